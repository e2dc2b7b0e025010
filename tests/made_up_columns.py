"""Random columns for the encoder: about half the fields of a category, absent in half the rows."""

from typing import Any

import numpy as np

from skypact.feeds.asterix import definitions


def random_columns(
    category: int, rows: int, dice: np.random.Generator, edition: str | None = None
) -> dict[str, Any]:
    """Columns for about half the fields of a category, each present in half of the rows."""
    table = definitions.table(category, edition)
    columns: dict[str, Any] = {}
    begin: dict[int, Any] = {}
    for name, leaf in table.leaves.items():
        if (
            leaf.depends_on
            or leaf.width > 63
            or (dice.random() < 0.4 and not name.endswith(("/SAC", "/SIC")))
        ):
            continue
        low = -(1 << (leaf.width - 1)) if leaf.signed else 0
        high = (1 << (leaf.width - 1 if leaf.signed else leaf.width)) - 1
        count = rows
        if leaf.element_bits:
            if leaf.node not in begin:
                cuts = dice.integers(0, 4, rows + 1)
                cuts[0] = 0
                begin[leaf.node] = np.cumsum(cuts)
            count = int(begin[leaf.node][-1])
        if leaf.kind in ("ascii", "icao"):
            letters = np.array([b"A", b"Z", b"0", b"9"])
            size = leaf.width // (6 if leaf.kind == "icao" else 8)
            words = [b"".join(dice.choice(letters, size)) for _ in range(count)]
            values = np.array(words, f"S{size}")
            absent: Any = b""
        else:
            whole = dice.integers(low, high, count, endpoint=True)
            values = whole * leaf.lsb if leaf.kind == "quantity" else whole
            absent = np.nan if leaf.kind == "quantity" else -1
            if leaf.signed and leaf.kind != "quantity":
                absent = np.iinfo(np.int64).min
        if leaf.element_bits:
            columns[name] = values, begin[leaf.node]
        else:
            missing = dice.random(count) < 0.5
            if name.endswith(("010/SAC", "010/SIC")):
                missing[:] = False
            columns[name] = np.where(missing, absent, values)
    return columns
