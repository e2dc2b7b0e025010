"""Rows of fixed size between arrays and bytes: what track content and plot content share.

In: columns. Out: packed little-endian records, and back: columns whose bad rows are left out and
counted by reason. The layout is that of docs/reference/traffic.md.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.model.errors import BadInput

FAULTS = (
    "",
    "RowNumber",
    "RowTime",
    "RowPlace",
    "RowHeight",
    "RowVelocity",
    "RowSpread",
    "RowCode",
    "RowPedigree",
    "RowSensor",
    "RowTwice",
)
"""Why a row is refused, by the codes of ``kernels.exchange_rows``; the first is none."""

ROW_FAULTS: dict[str, str] = {
    "RowNumber": "a track number or joint number that cannot be",
    "RowTime": "a time that cannot be",
    "RowPlace": "no place on earth",
    "RowHeight": "a height that nothing flies at",
    "RowVelocity": "a velocity that nothing flies with",
    "RowSpread": "an accuracy that is none",
    "RowCode": "a code, call sign or mark that cannot be",
    "RowPedigree": "contributors or a reporter that are not named",
    "RowSensor": "a sensor that is not named",
    "RowTwice": "a second state of one track",
}
"""The same in plain words."""

TWICE = FAULTS.index("RowTwice")


class BadContent(BadInput):
    """The content of an opened envelope is not what its kind must be: nothing of it is used."""


def refused_rows(fault: NDArray[np.uint8]) -> dict[str, int]:
    """How many rows have which fault; rows without one are not counted."""
    if not fault.any():
        return {}
    counts = np.bincount(fault, minlength=len(FAULTS))
    return {name: int(counts[k]) for k, name in enumerate(FAULTS) if k and counts[k]}


def exact(columns: NDArray[Any], dtype: Any) -> NDArray[Any]:
    """A field (n, k) of records as k contiguous columns (k, n) of a native type."""
    with np.errstate(invalid="ignore"):  # a NaN of the signalling kind is no less unknown
        return np.array(columns.T, dtype=dtype, order="C")


def letters(callsigns: NDArray[np.bytes_]) -> NDArray[np.uint8]:
    """Bytes (n, 8) of call signs of dtype ``S8``."""
    return np.ascontiguousarray(callsigns).view(np.uint8).reshape(-1, 8)


def records_in(content: bytes, dtype: np.dtype[Any], count: int, offset: int) -> NDArray[Any]:
    """Records that lie in ``content``, where its length has been checked."""
    return np.frombuffer(content, dtype, count, offset)
