"""Names of objects in other systems to numbers that fit a plot's ``source_track``.

In: any name that identifies an object within one feed. Out: a number, the same while the object is
among those named last.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable


class ObjectNumbers:
    """Numbers from 0 upwards in order of first appearance; bounded, oldest forgotten first.

    Parameters
    ----------
    most
        How many objects are remembered.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most = most
        self._numbers: OrderedDict[Hashable, int] = OrderedDict()
        self._next = 0

    def of(self, name: Hashable) -> int:
        """The number of an object."""
        number = self._numbers.get(name)
        if number is None:
            number = self._next
            self._next = (number + 1) % (1 << 31)
            self._numbers[name] = number
            if len(self._numbers) > self._most:
                self._numbers.popitem(last=False)
        else:
            self._numbers.move_to_end(name)
        return number


def plain_callsign(text: str) -> bytes:
    """A name in capitals where it could be an aircraft's callsign, else empty."""
    name = text.strip().upper()
    return name.encode() if name.isascii() and name.isalnum() and len(name) <= 8 else b""
