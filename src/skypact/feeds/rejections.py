"""Refusals of one read, kept few: alike ones as one row, and a bound on how many rows there are."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from skypact.model.errors import Rejection

MOST_ROWS = 200


def few(rejections: Iterable[Rejection]) -> tuple[Rejection, ...]:
    """Alike refusals (reason, source, sensor, words) as one row at the first's place, in order.

    Beyond two hundred rows the rest are counted in one row that says so.
    """
    kept: dict[tuple[str, str, str, str], Rejection] = {}
    for each in sorted(rejections, key=lambda rejection: rejection.offset):
        key = (each.reason, each.source, each.sensor, each.detail)
        row = each
        if key not in kept and len(kept) >= MOST_ROWS:
            key = (each.reason, each.source, "", "")
            row = replace(each, sensor="", detail="more of other kinds")
        first = kept.get(key)
        kept[key] = row if first is None else replace(first, count=first.count + row.count)
    return tuple(kept.values())
