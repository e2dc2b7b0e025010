"""Sensors, links and clocks: what the node says of itself that somebody must know of.

In: the node's status (model.status). Out: conditions. When a status counts as silent, stale or
lost is decided where it is made; here only whom it must reach.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from skypact.alerts.conditions import Condition, Key
from skypact.alerts.rules import ClockRule, LinkRule, Rule, SensorRule
from skypact.model.status import NodeStatus, PartnerStatus, SensorStatus
from skypact.model.time import SECOND_NS

KEEP_OFFSET = 0.8
"""A clock is right again when it is off by less than this part of the rule's limit."""


def sensors(status: NodeStatus, rules: Sequence[SensorRule]) -> Iterator[Condition]:
    """Conditions of sensors; none when a replay is over, whose sensors are all silent."""
    for rule in rules:
        for sensor in () if status.finished else status.sensors:
            said = (
                _silence(sensor, status.now_ns) if rule.kind == "sensor-silent" else _bias(sensor)
            )
            if said:
                yield Condition(
                    key=Key(rule.id, source=sensor.name),
                    rule=rule,
                    kind=rule.kind,
                    severity=rule.severity,
                    text=said,
                    latitude_rad=_radians(sensor.latitude_deg),
                    longitude_rad=_radians(sensor.longitude_deg),
                )


def links(status: NodeStatus, rules: Sequence[LinkRule]) -> Iterator[Condition]:
    """Conditions of links to partners; a link that is closed was closed by people."""
    for rule in rules:
        wanted = "stale" if rule.kind == "link-stale" else "lost"
        for partner in status.partners:
            if partner.state != wanted:
                continue
            text = f"the link to {_named(partner)} is {wanted}"
            text += f": {_since(partner.last_heard_ns, status.now_ns)}"
            if partner.trouble:
                text += f" ({partner.trouble})"
            yield _of_partner(rule, partner, rule.kind, text)


def clocks(
    status: NodeStatus, rules: Sequence[ClockRule], standing: Mapping[str, Mapping[Key, int]]
) -> Iterator[Condition]:
    """Conditions of partners' clocks; ``standing``: alerts of each rule that stand."""
    for rule in rules:
        for partner in status.partners:
            offset = partner.clock_offset_s
            if offset is None or not math.isfinite(offset):
                continue
            stands = _key(rule, partner) in standing[rule.id]
            if abs(offset) < rule.offset_s * (KEEP_OFFSET if stands else 1.0):
                continue
            way = "ahead of" if offset > 0 else "behind"
            text = f"the clock of {_named(partner)} is {abs(offset):.2f} s {way} ours"
            yield _of_partner(rule, partner, "clock", text, abs(offset) >= rule.offset_s)


def _silence(sensor: SensorStatus, now_ns: int) -> str:
    if sensor.state != "silent":
        return ""
    return f"Sensor {sensor.name} is silent: {_since(sensor.last_received_ns, now_ns)}"


def _bias(sensor: SensorStatus) -> str:
    found = sensor.registration
    if found is None or found.health != "withheld":
        return ""
    return f"Sensor {sensor.name} is withheld: {found.reason or 'it measures wrongly'}"


def _since(last_ns: int, now_ns: int) -> str:
    if last_ns < 0:
        return "never heard"
    return f"nothing heard for {max(0, now_ns - last_ns) // SECOND_NS} s"


def _named(partner: PartnerStatus) -> str:
    return f"{partner.station} ({partner.party}, {partner.agreement})"


def _key(rule: Rule, partner: PartnerStatus) -> Key:
    return Key(rule.id, source=f"{partner.station} {partner.agreement}")


def _of_partner(
    rule: LinkRule | ClockRule,
    partner: PartnerStatus,
    kind: str,
    text: str,
    raises: bool = True,
) -> Condition:
    return Condition(
        key=_key(rule, partner),
        rule=rule,
        kind=kind,  # type: ignore[arg-type]
        severity=rule.severity,
        text=text[:1].upper() + text[1:],
        raises=raises,
    )


def _radians(degrees: float | None) -> float:
    return math.nan if degrees is None else math.radians(degrees)
