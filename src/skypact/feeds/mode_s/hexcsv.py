"""Timestamped hexadecimal CSV: a line per message, decimal UTC seconds first; how it is recognised.

In: the head of a file. Out: whether it is such CSV. Messages are read by
:class:`~skypact.feeds.mode_s.lines.LineStream`; the message may stand in any column, quoted or
not, and a column of six hexadecimal digits is the address that the writer believed. No standard;
files of pyModeS and OpenSky have this shape.
"""

import re

from skypact.feeds.mode_s.lines import BYTE_ORDER_MARK
from skypact.feeds.mode_s.plots import ModeSPlots

HexCsvPlots = ModeSPlots
"""The reader: the format of the frames decides."""

_LINE = re.compile(
    rb'"?\d{1,10}(\.\d*)?"?\s*,([^,\n]*,){0,8}\s*"?([0-9A-Fa-f]{14}|[0-9A-Fa-f]{28})"?\s*(,|$)'
)


def looks_like(head: bytes) -> bool:
    """Whether one of the first two lines is a time and a message; the first may name columns."""
    lines = head.removeprefix(BYTE_ORDER_MARK).split(b"\n", 2)[:2]
    return any(_LINE.match(line.strip()) for line in lines)
