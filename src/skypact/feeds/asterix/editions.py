"""Which edition of the standard each sensor speaks, as chosen by category and by sensor."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix import definitions

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Editions:
    """Editions to read with; the latest where none is named.

    Parameters
    ----------
    by_category
        Such as ``{62: "1.18"}``.
    by_sensor
        By SAC and SIC, such as ``{(25, 11): {48: "1.27"}}``; goes before ``by_category``.
    """

    by_category: Mapping[int, str] = field(default_factory=dict)
    by_sensor: Mapping[tuple[int, int], Mapping[int, str]] = field(default_factory=dict)

    @classmethod
    def of(cls, given: Mapping[int, str] | Editions | None) -> Editions:
        """The same, whatever form it was given in."""
        if isinstance(given, Editions):
            return given
        return cls(dict(given or {}))

    def check(self) -> None:
        """Look every named edition up.

        Raises
        ------
        UnknownEdition
            If one is not defined.
        """
        for named in (self.by_category, *self.by_sensor.values()):
            for category, edition in named.items():
                definitions.table(category, edition)

    def groups(self, category: int, sources: Integers | None) -> list[tuple[str | None, Integers]]:
        """Editions of one category with the rows of ``sources`` (SAC * 256 + SIC) each reads.

        ``sources`` None stands for blocks that no sensor's own edition concerns.
        """
        general = self.by_category.get(category)
        if sources is None:
            return [(general, np.empty(0, np.int64))]
        named: dict[str | None, list[int]] = {}
        for (sac, sic), editions in self.by_sensor.items():
            if category in editions:
                named.setdefault(editions[category], []).append(sac * 256 + sic)
        groups: list[tuple[str | None, Integers]] = []
        rest = np.ones(len(sources), np.bool_)
        for edition, numbers in named.items():
            own = np.isin(sources, numbers)
            rest &= ~own
            groups.append((edition, np.flatnonzero(own)))
        groups.append((general, np.flatnonzero(rest)))
        return [(edition, rows) for edition, rows in groups if len(rows)]

    def concern(self, category: int) -> bool:
        """Whether any sensor has an edition of its own for this category."""
        return any(category in editions for editions in self.by_sensor.values())
