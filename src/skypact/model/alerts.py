"""Alerts: what people must be told of now, why, where, and whether somebody has taken note.

Out of the room ``alerts``; into the console, the audit and the exchange. An alert is only what
needs somebody's answer (ISA-18.2; EEMUA 191): everything else is shown with the picture.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, get_args

AlertKind = Literal[
    "area-infringement-predicted",
    "area-infringement",
    "unknown-approaching",
    "unknown-entering",
    "unlawful-interference",
    "radio-failure",
    "emergency",
    "low-and-slow",
    "transponder-lost",
    "transponder-changed",
    "duplicate-address",
    "track-lost",
    "many-losses",
    "formation-split",
    "separation",
    "renegade-suspected",
    "renegade-probable",
    "renegade-confirmed",
    "sensor-silent",
    "sensor-bias",
    "link-stale",
    "link-lost",
    "clock",
]
ALERT_KINDS: tuple[AlertKind, ...] = get_args(AlertKind)

Severity = Literal["advisory", "caution", "warning"]
"""``advisory``: look when you can; ``caution``: look now; ``warning``: act now (the ladder of
flight-deck alerting, 14 CFR 25.1322, so that one word means one thing in the air and here)."""
SEVERITIES: tuple[Severity, ...] = get_args(Severity)

AlertState = Literal["raised", "acknowledged", "shelved", "over", "cleared"]
"""``raised``: nobody has taken note; ``shelved``: put aside until a time; ``over``: its condition
has passed and it stays until somebody takes note; ``cleared``: it is no more (told once)."""


@dataclass(frozen=True, slots=True)
class Alert:
    """One alert as it stands; heights and places are NaN where it has none.

    Parameters
    ----------
    id
        16 bytes: the same for as long as it goes on, never used again.
    kind, rule
        What it is, and the id of the rule that raised it.
    severity, state
        How much it matters, and whether somebody has taken note.
    text
        The cause in plain words.
    first_ns, last_ns
        When its condition was first and last seen; int64 UTC nanoseconds.
    changed_ns
        When its kind, severity or state last changed.
    tracks
        Numbers of the tracks it is of, as in the picture.
    area, source
        Id of the area, name of the sensor or code of the station it is of; empty where none.
    latitude_rad, longitude_rad, altitude_m
        Where it is (WGS-84).
    at_ns
        When what it predicts is expected (a border crossed, the closest approach); -1 where it
        predicts nothing.
    acknowledged_by, acknowledged_ns
        Who took note and when; empty and -1 while nobody has.
    shelved_by, shelved_until_ns
        Who put it aside and until when; empty and -1 where nobody has.
    """

    id: bytes
    kind: AlertKind
    rule: str
    severity: Severity
    state: AlertState
    text: str
    first_ns: int
    last_ns: int
    changed_ns: int
    tracks: tuple[int, ...] = ()
    area: str = ""
    source: str = ""
    latitude_rad: float = float("nan")
    longitude_rad: float = float("nan")
    altitude_m: float = float("nan")
    at_ns: int = -1
    acknowledged_by: str = ""
    acknowledged_ns: int = -1
    shelved_by: str = ""
    shelved_until_ns: int = -1


@dataclass(frozen=True, slots=True)
class AlertChanges:
    """What one look at the picture changed.

    Parameters
    ----------
    now_ns
        Time of the look.
    alerts
        All that stand, gravest first, then oldest; without those cleared.
    raised, changed, cleared
        Those that are new, whose kind, severity or state changed, and that are no more.
    left_out
        Conditions that would have raised an alert beyond the limit of alerts that can stand.
    """

    now_ns: int
    alerts: tuple[Alert, ...]
    raised: tuple[Alert, ...]
    changed: tuple[Alert, ...]
    cleared: tuple[Alert, ...]
    left_out: int = 0
