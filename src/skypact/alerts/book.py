"""The book of alerts: which stand, since when, and what people have said to them.

In: the conditions of one look, or a person's word. Out: what changed. An alert is raised when its
condition has held for its rule's ``raise_after_s`` without a gap, and cleared when it has been
gone for ``clear_after_s``: so nothing flaps that comes and goes faster. Acknowledging and shelving
follow ISA-18.2; what grows graver must be acknowledged anew and leaves the shelf.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from skypact.alerts.conditions import Condition, Key
from skypact.alerts.rules import Rule
from skypact.model.alerts import SEVERITIES, Alert, AlertChanges, AlertState, Severity
from skypact.model.errors import NoSuchAlert
from skypact.model.time import SECOND_NS

MOST_ALERTS = 2_000
"""That stand at once: nobody reads more, and a rule without measure must not stop the node."""
MOST_PENDING = 20_000
LONGEST_SHELF_S = 8 * 3_600.0
"""A watch: who comes after must not find alerts put aside that he knows nothing of."""
GAP_NS = 3 * SECOND_NS
"""Longest time between two looks at which a condition held that counts as holding between."""


@dataclass(slots=True)
class _Pending:
    """A condition that has not held long enough."""

    first_ns: int
    last_ns: int


@dataclass(slots=True)
class _Standing:
    """An alert, and what decides its end and its stage."""

    alert: Alert
    level: int
    level_ns: int
    """When its condition was last seen at its stage or a graver one."""


class AlertBook:
    """The alerts of one node.

    Parameters
    ----------
    station
        Code of the station, which makes ids its own.
    """

    def __init__(self, station: str) -> None:
        self.station = station
        self._pending: dict[Key, _Pending] = {}
        self._standing: dict[Key, _Standing] = {}
        self._now_ns = -(1 << 62)

    def __len__(self) -> int:
        return len(self._standing)

    @property
    def alerts(self) -> tuple[Alert, ...]:
        """All that stand, gravest first, then oldest."""
        return tuple(sorted((one.alert for one in self._standing.values()), key=_order))

    def levels(self, rule: str) -> dict[Key, int]:
        """Stage of each alert of a rule that stands."""
        return {key: one.level for key, one in self._standing.items() if key.rule == rule}

    def renumber(self, numbers: Mapping[int, int]) -> None:
        """Let alerts go on under new track numbers."""
        if not numbers:
            return
        self._pending = {_renumbered(k, numbers): one for k, one in self._pending.items()}
        standing: dict[Key, _Standing] = {}
        for key, one in self._standing.items():
            new = _renumbered(key, numbers)
            if new is not key:
                one.alert = replace(one.alert, tracks=new.tracks)
            standing.setdefault(new, one)
        self._standing = standing

    def look(
        self, conditions: Iterable[Condition], now_ns: int, rules: Mapping[str, Rule]
    ) -> AlertChanges:
        """Take in the conditions that hold now; ``rules`` are those that are in use, by id.

        A look at a time before the last one (a replay that begins again) clears everything first.
        """
        cleared: list[Alert] = []
        if now_ns < self._now_ns:
            cleared = [_cleared(one.alert, now_ns) for one in self._standing.values()]
            self._standing, self._pending = {}, {}
        self._now_ns = now_ns
        raised: list[Alert] = []
        changed: list[Alert] = []
        left_out = 0
        gravest: dict[Key, Condition] = {}
        for condition in conditions:
            had = gravest.get(condition.key)
            if not condition.raises and condition.key not in self._standing:
                continue
            if had is None or _weight(condition) > _weight(had):
                gravest[condition.key] = condition
        for key, condition in gravest.items():
            one = self._standing.get(key)
            if one is not None:
                if self._go_on(one, condition, now_ns):
                    changed.append(one.alert)
            elif self._held(key, condition, now_ns):
                if len(self._standing) >= MOST_ALERTS:
                    left_out += 1
                    continue
                raised.append(self._raise(key, condition, now_ns))
        self._forget_pending(gravest, now_ns)
        for key in list(self._standing):
            ended, other = self._end(key, key in gravest, now_ns, rules.get(key.rule))
            cleared += ended
            changed += other
        return AlertChanges(
            now_ns, self.alerts, tuple(raised), tuple(changed), tuple(cleared), left_out
        )

    def acknowledge(self, id: bytes, by: str, now_ns: int) -> Alert:
        """Somebody has taken note; one that was over and stayed for this is cleared.

        Raises
        ------
        NoSuchAlert
            If it does not stand (any more).
        """
        key, one = self._find(id)
        if one.alert.state == "over":
            del self._standing[key]
            return replace(_cleared(one.alert, now_ns), acknowledged_by=by, acknowledged_ns=now_ns)
        if one.alert.state == "raised":
            one.alert = replace(
                one.alert,
                state="acknowledged",
                changed_ns=now_ns,
                acknowledged_by=by,
                acknowledged_ns=now_ns,
            )
        return one.alert

    def shelve(self, id: bytes, by: str, until_ns: int, now_ns: int) -> Alert:
        """Put an alert aside until a time, at most a watch from now; a past time takes it back.

        Raises
        ------
        NoSuchAlert
            If it does not stand (any more).
        """
        _, one = self._find(id)
        until_ns = min(until_ns, now_ns + round(LONGEST_SHELF_S * SECOND_NS))
        if until_ns <= now_ns:
            if one.alert.state == "shelved":
                one.alert = _from_shelf(one.alert, now_ns)
            return one.alert
        one.alert = replace(
            one.alert,
            state="shelved",
            changed_ns=now_ns,
            shelved_by=by,
            shelved_until_ns=until_ns,
        )
        return one.alert

    def _find(self, id: bytes) -> tuple[Key, _Standing]:
        for key, one in self._standing.items():
            if one.alert.id == id:
                return key, one
        raise NoSuchAlert(f"no alert {id.hex()} stands", remedy="It was cleared, or never was")

    def _held(self, key: Key, condition: Condition, now_ns: int) -> bool:
        """Whether a condition has held for long enough to be told."""
        wait_ns = round(condition.rule.raise_after_s * SECOND_NS)
        pending = self._pending.get(key)
        if pending is None or now_ns - pending.last_ns > GAP_NS:
            if len(self._pending) >= MOST_PENDING and pending is None and wait_ns:
                return False
            self._pending[key] = pending = _Pending(now_ns, now_ns)
        pending.last_ns = now_ns
        return now_ns - pending.first_ns >= wait_ns

    def _raise(self, key: Key, condition: Condition, now_ns: int) -> Alert:
        pending = self._pending.pop(key)
        named = repr((self.station, tuple(key), pending.first_ns)).encode()
        alert = Alert(
            id=hashlib.blake2b(named, digest_size=16).digest(),
            kind=condition.kind,
            rule=key.rule,
            severity=condition.severity,
            state="raised",
            text=condition.text,
            first_ns=pending.first_ns,
            last_ns=now_ns,
            changed_ns=now_ns,
            tracks=key.tracks,
            area=key.area,
            source=key.source,
            latitude_rad=condition.latitude_rad,
            longitude_rad=condition.longitude_rad,
            altitude_m=condition.altitude_m,
            at_ns=condition.at_ns,
        )
        self._standing[key] = _Standing(alert, condition.level, now_ns)
        return alert

    def _go_on(self, one: _Standing, condition: Condition, now_ns: int) -> bool:
        """Take in that an alert's condition still holds; whether people must be told."""
        was = one.alert
        if was.state == "over" and not condition.raises:
            return False
        rises = condition.level > one.level
        if condition.level >= one.level:
            one.level_ns = now_ns
        lasted_ns = now_ns - one.level_ns
        falls = condition.level < one.level and lasted_ns >= _clear_ns(condition.rule)
        if rises or falls:
            one.level, one.level_ns = condition.level, now_ns
        told = rises or falls or condition.level == one.level
        state: AlertState = was.state
        graver = rises or _gravity(condition.severity) > _gravity(was.severity)
        if state == "over" or (graver and state in ("acknowledged", "shelved")):
            state = "raised"
        again = state == "raised" and was.state != "raised"
        one.alert = replace(
            was,
            kind=condition.kind if told else was.kind,
            severity=condition.severity if told else was.severity,
            state=state,
            text=condition.text,
            last_ns=now_ns,
            latitude_rad=condition.latitude_rad,
            longitude_rad=condition.longitude_rad,
            altitude_m=condition.altitude_m,
            at_ns=condition.at_ns,
            acknowledged_by="" if again else was.acknowledged_by,
            acknowledged_ns=-1 if again else was.acknowledged_ns,
            shelved_by="" if again else was.shelved_by,
            shelved_until_ns=-1 if again else was.shelved_until_ns,
        )
        now = one.alert
        if (now.kind, now.severity, now.state) == (was.kind, was.severity, was.state):
            return False
        one.alert = replace(now, changed_ns=now_ns)
        return True

    def _forget_pending(self, seen: Mapping[Key, Condition], now_ns: int) -> None:
        gone = [
            key
            for key, pending in self._pending.items()
            if key not in seen or now_ns - pending.last_ns > GAP_NS
        ]
        for key in gone:
            del self._pending[key]

    def _end(
        self, key: Key, seen: bool, now_ns: int, rule: Rule | None
    ) -> tuple[list[Alert], list[Alert]]:
        """What ends (cleared) and what becomes of others that time alone changes (changed)."""
        one = self._standing[key]
        alert = one.alert
        if rule is None or not rule.enabled:
            del self._standing[key]
            return [_cleared(alert, now_ns)], []
        if not seen and now_ns - alert.last_ns >= _clear_ns(rule) and alert.state != "over":
            if rule.latched and alert.state in ("raised", "shelved"):
                one.alert = replace(
                    alert,
                    state="over",
                    changed_ns=now_ns,
                    at_ns=-1,
                    shelved_by="",
                    shelved_until_ns=-1,
                )
                return [], [one.alert]
            del self._standing[key]
            return [_cleared(alert, now_ns)], []
        if alert.state == "shelved" and now_ns >= alert.shelved_until_ns:
            one.alert = _from_shelf(alert, now_ns)
            return [], [one.alert]
        return [], []


def _renumbered(key: Key, numbers: Mapping[int, int]) -> Key:
    if not any(track in numbers for track in key.tracks):
        return key
    return key._replace(tracks=tuple(sorted(numbers.get(track, track) for track in key.tracks)))


def _clear_ns(rule: Rule) -> int:
    return round(rule.clear_after_s * SECOND_NS)


def _gravity(severity: Severity) -> int:
    return SEVERITIES.index(severity)


def _weight(condition: Condition) -> tuple[int, int, bool]:
    return condition.level, _gravity(condition.severity), condition.raises


def _order(alert: Alert) -> tuple[int, int, bytes]:
    return -_gravity(alert.severity), alert.first_ns, alert.id


def _cleared(alert: Alert, now_ns: int) -> Alert:
    return replace(alert, state="cleared", changed_ns=now_ns, at_ns=-1)


def _from_shelf(alert: Alert, now_ns: int) -> Alert:
    """As it was before: who took note has taken note."""
    return replace(
        alert,
        state="acknowledged" if alert.acknowledged_by else "raised",
        changed_ns=now_ns,
        shelved_by="",
        shelved_until_ns=-1,
    )
