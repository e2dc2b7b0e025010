"""jet1090's JSON lines: an object a line with ``timestamp`` (s, UTC) and ``frame`` (hexadecimal).

In: the head of a file. Out: whether it is jet1090's. Messages are read by
:class:`~skypact.feeds.mode_s.lines.LineStream`; what jet1090 decoded is left aside, the raw
frame is decoded here. Document: github.com/xoolive/rs1090, crate jet1090.
"""

from skypact.feeds.mode_s.lines import BYTE_ORDER_MARK
from skypact.feeds.mode_s.plots import ModeSPlots

Jet1090Plots = ModeSPlots
"""The reader: the format of the frames decides."""


def looks_like(head: bytes) -> bool:
    """Whether the first line is a JSON object with ``timestamp`` and ``frame``."""
    line = head.removeprefix(BYTE_ORDER_MARK).lstrip().split(b"\n", 1)[0]
    return line.startswith(b"{") and b'"timestamp"' in line and b'"frame"' in line
