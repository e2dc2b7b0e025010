"""Rows that fulfil a condition in SQL: ``range_m > 100000 and mode_s is not null``.

DuckDB reads the Arrow table where it lies; it is given no access to files or the network.
"""

from __future__ import annotations

from types import TracebackType

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from skypact.model.errors import UsageError

ROW = "_row"
"""Column that numbers the rows while DuckDB looks at them."""


class Condition:
    """A condition over the columns of tables; names with slashes are quoted, as SQL asks.

    Parameters
    ----------
    text
        What follows WHERE, e.g. ``"I048/040/RHO" > 100``.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        self._base = duckdb.connect(":memory:", config={"enable_external_access": "false"})

    def __enter__(self) -> Condition:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._base.close()

    def matching(self, rows: pa.Table) -> NDArray[np.int64]:
        """Indices of the rows of a table that fulfil the condition, in order, shape (found,).

        Raises
        ------
        UsageError
            If the condition is no SQL, or names a column that the table has not.
        """
        numbered = rows.append_column(ROW, pa.array(np.arange(rows.num_rows)))
        self._base.register("rows", numbered)
        try:
            statement = f"SELECT {ROW} FROM rows WHERE ({self._text}) ORDER BY {ROW}"
            if len(self._base.extract_statements(statement)) != 1:
                raise duckdb.ParserException("more than one statement")
            found = self._base.sql(statement).fetchnumpy()[ROW]
        except duckdb.Error as problem:
            words = str(problem).splitlines()[0]
            raise UsageError(
                f"--where {self._text!r}: {words}",
                remedy=f"Columns are {', '.join(rows.column_names[:12])} ..."
                " (names with a slash go in double quotes)",
            ) from None
        finally:
            self._base.unregister("rows")
        indices: NDArray[np.int64] = np.asarray(found, dtype=np.int64)
        return indices
