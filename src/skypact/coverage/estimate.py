"""What a plan will cost before it begins: cells, memory and time.

In: masts, a grid's shape, spacing of rays and layers. Out: figures in words, and a named error
where the machine is too small. Times are of this program on one processor of 2020's kind, and
meant to tell seconds from hours.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from dataclasses import dataclass

from skypact.coverage.network import processors
from skypact.coverage.sweep import Mast
from skypact.model.errors import BadInput

USABLE = 0.6
"""Share of a machine's memory that a plan may take."""

SECONDS_A_SAMPLE = 2.5e-8
SECONDS_A_CELL = 3.0e-8
SECONDS_A_CHANCE = 2.0e-8
BYTES_A_CELL = 60
"""Of work room: ground, gaps and their distances."""


class TooLarge(BadInput):
    """A plan does not fit this machine's memory."""


@dataclass(frozen=True, slots=True)
class Estimate:
    """What a plan costs.

    Parameters
    ----------
    cells, sensors
        Of the map.
    memory_bytes
        At most at a time.
    cpu_s
        Seconds of one processor.
    """

    cells: int
    sensors: int
    memory_bytes: int
    cpu_s: float

    def __str__(self) -> str:
        plural = "" if self.sensors == 1 else "s"
        return (
            f"{self.sensors} sensor{plural} over {self.cells / 1e6:.1f} million cells: about"
            f" {self.memory_bytes / 2**30:.1f} GiB of memory and {self.cpu_s:.0f} s of a processor"
        )


def estimate_of(
    masts: Sequence[Mast], shape: tuple[int, int], rays_m: float, layers: int
) -> Estimate:
    """Estimate a map of ``shape`` with ``layers`` altitudes and rays ``rays_m`` apart."""
    cells = shape[0] * shape[1]
    samples = [2.0 * math.pi * (mast.range_m / rays_m) ** 2 for mast in masts]
    # tables of the sweeps that run at a time; on the map each mast twice while it is written
    tables = sum(sorted(samples)[-processors() :]) * 6.0
    each = 8 * len(masts) + 20 * layers + BYTES_A_CELL
    seconds = sum(samples) * SECONDS_A_SAMPLE
    seconds += cells * len(masts) * (SECONDS_A_CELL + layers * SECONDS_A_CHANCE)
    return Estimate(cells, len(masts), int(cells * each + tables), seconds)


def require_memory(estimate: Estimate, machine_bytes: int | None = None) -> None:
    """Refuse what would not fit.

    Raises
    ------
    TooLarge
        With the figures and the machine's.
    """
    whole = machine_bytes or os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    if estimate.memory_bytes > USABLE * whole:
        raise TooLarge(
            f"{estimate}, and this machine has {whole / 2**30:.1f} GiB",
            remedy="Choose larger cells (--cell), fewer layers, or parts of the area (--box)",
        )
