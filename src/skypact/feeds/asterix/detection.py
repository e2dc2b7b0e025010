"""Which editions a recording speaks, told from what parses without a refusal.

In: a recording's frames. Out: the fitting edition by category, or by sensor too. Among several
that fit equally the latest is taken, for most editions only add to the one before.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix import definitions
from skypact.feeds.asterix.blocks import block_sources, find_blocks
from skypact.feeds.asterix.editions import Editions
from skypact.feeds.asterix.records import find_records
from skypact.kernels import asterix_walk as walk
from skypact.model.frames import Frames

Integers = NDArray[np.int64]
TRIED_BLOCKS = 2000
"""Data blocks of one category and sensor that editions are tried on, spread over the recording."""


@dataclass(frozen=True, slots=True)
class EditionFit:
    """How the editions of one category fit what was received.

    Parameters
    ----------
    category, edition
        The edition that fits best; the latest of those that fit equally.
    equal
        All that fit as well, oldest first: ``edition`` is the last of them.
    refused, blocks
        Data blocks that this edition refuses, and how many it was tried on.
    latest_refused
        Data blocks that the latest edition refuses.
    """

    category: int
    edition: str
    equal: tuple[str, ...]
    refused: int
    blocks: int
    latest_refused: int

    @property
    def latest(self) -> bool:
        """Whether the latest edition fits as well as any."""
        return self.edition == definitions.editions()[self.category][-1]

    def __str__(self) -> str:
        said = f"category {self.category:03d} read with edition {self.edition}"
        if self.refused:
            said += f", which refuses {self.refused} of {self.blocks} blocks"
        if not self.latest:
            said += f"; the latest refuses {self.latest_refused}"
        return said


def detect_editions(frames: Frames) -> dict[int, EditionFit]:
    """Edition of every category of a recording that fits best, by category.

    Parameters
    ----------
    frames
        All frames of the recording, of format ``asterix``.
    """
    return {
        category: _fit(frames, category, rows) for category, rows in _by_category(frames).items()
    }


def detect_sensor_editions(frames: Frames) -> dict[tuple[int, int], dict[int, EditionFit]]:
    """The same for each data source, by SAC and SIC."""
    found: dict[tuple[int, int], dict[int, EditionFit]] = {}
    for category, rows in _by_category(frames).items():
        sources = block_sources(frames, rows)
        for number in np.unique(sources[sources >= 0]).tolist():
            own = rows[np.flatnonzero(sources == number)]
            fits = found.setdefault((number >> 8, number & 255), {})
            fits[category] = _fit(frames, category, own)
    return found


def editions_for(frames: Frames) -> tuple[Editions, list[str]]:
    """Editions to read a recording with, and what to say about those that are not the latest.

    Categories whose latest edition fits as well as any are left out.
    """
    by_category: dict[int, str] = {}
    by_sensor: dict[tuple[int, int], dict[int, str]] = {}
    notes = []
    odd = {fit.category for fit in detect_editions(frames).values() if fit.latest_refused}
    if not odd:
        return Editions(), []
    for (sac, sic), fits in detect_sensor_editions(frames).items():
        for category, fit in fits.items():
            if category in odd and not fit.latest:
                by_sensor.setdefault((sac, sic), {})[category] = fit.edition
                notes.append(f"SAC {sac} SIC {sic}: {fit}")
    return Editions(by_category, by_sensor), notes


def _by_category(frames: Frames) -> dict[int, Integers]:
    """Offset and length of the sound blocks of each defined category, shape (blocks, 2)."""
    blocks = find_blocks(frames)
    found = {}
    for category in np.unique(blocks.category[blocks.status == walk.OK]).tolist():
        own = (blocks.category == category) & (blocks.status == walk.OK)
        found[category] = np.stack((blocks.offset[own], blocks.length[own]), axis=1)
    return found


def _fit(frames: Frames, category: int, blocks: Integers) -> EditionFit:
    step = max(1, len(blocks) // TRIED_BLOCKS)
    tried = np.ascontiguousarray(blocks[::step])
    none = np.full(len(tried), -1, np.int64)
    offset, length = np.ascontiguousarray(tried[:, 0]), np.ascontiguousarray(tried[:, 1])
    part = Frames("asterix", frames.source, frames.data, offset, length, offset, none)
    known = definitions.editions()[category]
    refused = {}
    for edition in known:
        found = find_records(part, {category: edition}, wanted={})
        refused[edition] = sum(rejection.count for rejection in found.rejections)
    least = min(refused.values())
    equal = tuple(edition for edition in known if refused[edition] == least)
    return EditionFit(category, equal[-1], equal, least, len(tried), refused[known[-1]])
