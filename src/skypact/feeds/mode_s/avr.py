"""AVR: Mode S in hexadecimal between ``*`` or ``@`` and ``;``; how it is recognised.

In: the head of a file. Out: whether it is AVR. Messages are read by
:class:`~skypact.feeds.mode_s.lines.LineStream`. Document: Mode-S Beast Wiki, "Data Output Formats".
"""

import re

from skypact.feeds.mode_s.plots import ModeSPlots

AvrPlots = ModeSPlots
"""The reader: the format of the frames decides."""

_MESSAGE = re.compile(
    rb"([*:]([0-9A-Fa-f]{4}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{28})"
    rb"|[@%][0-9A-Fa-f]{12}([0-9A-Fa-f]{4}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{28})"
    rb"|<[0-9A-Fa-f]{14}([0-9A-Fa-f]{4}|[0-9A-Fa-f]{14}|[0-9A-Fa-f]{28}));"
)


def looks_like(head: bytes) -> bool:
    """Whether the bytes begin with an AVR message, and a second one where there is more."""
    first = _MESSAGE.match(head.lstrip())
    if first is None:
        return False
    rest = head.lstrip()[first.end() :].lstrip()
    return len(rest) < 46 or _MESSAGE.match(rest) is not None
