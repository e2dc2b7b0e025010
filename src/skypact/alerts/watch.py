"""The room's door: the picture once a second against the rules, and people's words.

In: joint or own tracks, what is known beside them, the node's status, the time. Out:
:class:`~skypact.model.alerts.AlertChanges`. The same looks give the same alerts, ids included.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeVar

import msgspec
import numpy as np

from skypact.agreement.document import Area
from skypact.alerts.areas import AreaIndex, area_index, of_agreement
from skypact.alerts.behaviour import Birth, births_of, formation_splits, low_and_slow
from skypact.alerts.book import AlertBook
from skypact.alerts.codes import emergencies
from skypact.alerts.conditions import Condition, Key, Look, TrackFacts
from skypact.alerts.health import clocks, links, sensors
from skypact.alerts.infringement import infringements
from skypact.alerts.losses import Covered, Loss, losses_of, lost_tracks
from skypact.alerts.memory import TrackMemory, remember
from skypact.alerts.rules import (
    AreaRule,
    AreaTable,
    ClockRule,
    CodeRule,
    DuplicateRule,
    FormationRule,
    LinkRule,
    LostRule,
    LowSlowRule,
    Rule,
    Rules,
    SensorRule,
    SeparationRule,
    SuspicionRule,
    TransponderRule,
    check_rules,
)
from skypact.alerts.separation import Company, company_of, separations
from skypact.alerts.suspicion import suspicions
from skypact.alerts.transponders import duplicates, transponders
from skypact.model.alerts import Alert, AlertChanges
from skypact.model.errors import BadAlertRule
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus
from skypact.model.tracks import Tracks

R = TypeVar("R", bound=Rule)


class AlertWatch:
    """Watches a node's picture.

    Parameters
    ----------
    station
        Code of the station.
    rules
        What to watch for; see ``rules.default_rules``.
    areas
        Areas of agreements: ``own`` and joint ones are watched as national, border strips as
        border, under their ids. An area of the rules of the same id without a geometry takes its
        outline from here, and keeps its own kind, limits and schedule.

    Raises
    ------
    BadAlertRule, BadArea
        If a rule names an area that is not there, or an area is wrong.
    """

    def __init__(self, station: str, rules: Rules, areas: Sequence[Area] = ()) -> None:
        self._book = AlertBook(station)
        self._memory: TrackMemory | None = None
        self._lost: tuple[Loss, ...] = ()
        self._births: tuple[Birth, ...] = ()
        self._company = Company({})
        self._use(rules, areas)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All that stand, gravest first, then oldest."""
        return self._book.alerts

    def use(self, rules: Rules, areas: Sequence[Area] = ()) -> None:
        """Go by other rules from the next look on.

        Alerts whose rule (by id) is still there go on, with who took note of them; others are
        cleared at that look. Wrong rules change nothing.

        Raises
        ------
        BadAlertRule, BadArea
            As for new ones.
        """
        self._use(rules, areas)

    def look(
        self,
        picture: JointTracks | Tracks,
        now_ns: int,
        *,
        status: NodeStatus | None = None,
        facts: TrackFacts | None = None,
        covered: Covered | None = None,
    ) -> AlertChanges:
        """Look at the picture.

        Parameters
        ----------
        picture
            Tracks as shown, all valid at about ``now_ns``.
        now_ns
            Time of the look; about a second after the last one.
        status
            The node's status, None where there is none: then no alert of sensors, links or
            clocks is raised, and those that stand are cleared in time.
        facts
            Of the picture's tracks; None: nothing known.
        covered
            Says where the node's sensors should see an aircraft. None: nobody knows, and then
            no single loss is an alert, only many at once.
        """
        # what is no number in a picture compares as false, and that is all that may come of it
        with np.errstate(invalid="ignore", over="ignore"):
            return self._look(picture, now_ns, status, facts, covered)

    def acknowledge(self, id: bytes, by: str, now_ns: int) -> Alert:
        """Somebody has taken note of an alert; see :meth:`AlertBook.acknowledge`."""
        return self._book.acknowledge(id, by, now_ns)

    def shelve(self, id: bytes, by: str, until_ns: int, now_ns: int) -> Alert:
        """Put an alert aside; see :meth:`AlertBook.shelve`."""
        return self._book.shelve(id, by, until_ns, now_ns)

    def _use(self, rules: Rules, areas: Sequence[Area]) -> None:
        check_rules(rules)
        index = watched_areas(rules, areas)
        self._rules: dict[str, Rule] = {rule.id: rule for rule in rules.rule if rule.enabled}
        self._index: AreaIndex = index

    def _of(self, kind: type[R]) -> list[R]:
        return [rule for rule in self._rules.values() if isinstance(rule, kind)]

    def _look(
        self,
        picture: JointTracks | Tracks,
        now_ns: int,
        status: NodeStatus | None,
        facts: TrackFacts | None,
        covered: Covered | None,
    ) -> AlertChanges:
        tracks = picture.tracks if isinstance(picture, JointTracks) else picture
        facts = facts or TrackFacts.none(len(tracks))
        numbers = renumberings(picture)
        self._book.renumber(numbers)
        before = self._remembered(tracks, numbers, now_ns)
        memory = remember(before, tracks, now_ns)
        look = Look(now_ns, tracks, facts, memory.steady_turn_rps(tracks.track))
        self._memory = memory
        self._lost = losses_of(look, before, self._lost, covered)
        self._births = births_of(look, before, self._births, self._of(FormationRule))
        self._company = company_of(look, self._of(SeparationRule), self._company)
        conditions = [*self._of_tracks(look), *self._of_status(status)]
        return self._book.look(conditions, now_ns, self._rules)

    def _remembered(self, tracks: Tracks, numbers: dict[int, int], now_ns: int) -> TrackMemory:
        """Memory of the last look under today's numbers; empty when time runs back."""
        if self._memory is None or now_ns < self._memory.now_ns:
            self._lost, self._births, self._company = (), (), Company({})
            return TrackMemory.of(tracks.take(slice(0)), now_ns)
        return self._memory.renumbered(numbers)

    def _standing(self, rules: Sequence[Rule]) -> dict[str, dict[Key, int]]:
        return {rule.id: self._book.levels(rule.id) for rule in rules}

    def _of_tracks(self, look: Look) -> Iterator[Condition]:
        areas, low, near = self._of(AreaRule), self._of(LowSlowRule), self._of(SeparationRule)
        assert self._memory is not None
        yield from infringements(look, self._index, areas, self._standing(areas))
        yield from emergencies(look, self._of(CodeRule))
        yield from suspicions(look, self._of(SuspicionRule))
        yield from low_and_slow(look, self._index, low, self._standing(low))
        yield from transponders(look, self._memory, self._of(TransponderRule))
        yield from duplicates(look, self._of(DuplicateRule))
        yield from lost_tracks(look, self._lost, self._of(LostRule))
        yield from formation_splits(look, self._births, self._of(FormationRule))
        yield from separations(look, near, self._standing(near), self._company)

    def _of_status(self, status: NodeStatus | None) -> Iterator[Condition]:
        if status is None:
            return
        off = self._of(ClockRule)
        yield from sensors(status, self._of(SensorRule))
        yield from links(status, self._of(LinkRule))
        yield from clocks(status, off, self._standing(off))


def renumberings(picture: JointTracks | Tracks) -> dict[int, int]:
    """Joint numbers of tracks that went by minus their own number before they had one."""
    if not isinstance(picture, JointTracks):
        return {}
    number, own = picture.tracks.track, picture.own_track
    rows = np.flatnonzero((number > 0) & (own > 0))
    return {-int(own[row]): int(number[row]) for row in rows}


def watched_areas(rules: Rules, areas: Sequence[Area]) -> AreaIndex:
    """Index of the rules' areas and the agreements'.

    Raises
    ------
    BadAlertRule, BadArea
        If a rule names an area that is not there, or an area is wrong.
    """
    given = {area.id: area for area in areas}
    tables: list[AreaTable] = []
    for table in rules.area:
        drawn = table.geometry is not None or table.circle is not None
        if not drawn and table.id in given:
            tables.append(_with_outline(table, given[table.id]))
        else:
            tables.append(table)
    named = {table.id for table in tables}
    tables += [
        of_agreement(area, "border" if area.kind == "border" else "national")
        for area in areas
        if area.id not in named and area.geometry
    ]
    index = area_index(tables)
    for rule in rules.rule:
        missing = sorted(set(getattr(rule, "areas", ())) - index.number.keys())
        if missing:
            raise BadAlertRule(
                f"rule {rule.id!r} names the area {missing[0]!r}, which is not there",
                remedy="Define it in an [[area]] table or name another one",
            )
    return index


def _with_outline(table: AreaTable, area: Area) -> AreaTable:
    return msgspec.structs.replace(table, geometry=area.geometry)
