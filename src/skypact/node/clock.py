"""The real clock, the one place where wall time enters Skypact."""

from __future__ import annotations

import time


class SystemClock:
    """UTC of this machine, made never to step back.

    A machine whose clock is set back would otherwise give plots that are received before
    their predecessors; the clock stands still instead until real time has caught up.
    """

    def __init__(self) -> None:
        self._last_ns = 0

    def now_ns(self) -> int:
        """Current time, int64 UTC nanoseconds, never less than before."""
        self._last_ns = max(self._last_ns, time.time_ns())
        return self._last_ns
