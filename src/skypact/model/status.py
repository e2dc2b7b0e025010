"""What a node says about itself: sensors, rates, refusals, clock and mode. Only shown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Mode = Literal["live", "replay", "exercise"]
SensorState = Literal["live", "late", "silent"]


@dataclass(frozen=True, slots=True)
class SensorStatus:
    """One sensor's health as the node sees it.

    Parameters
    ----------
    name, kind
        As configured.
    latitude_deg, longitude_deg
        Position in degrees for the display, None where unknown.
    state
        ``live``: heard within two turns; ``late``: within five; ``silent``: longer or never.
    plots, plots_per_s
        Since start, and over the last ten seconds.
    last_received_ns
        Last time of reception, -1 never.
    rejected
        Refused pieces of input by reason.
    """

    name: str
    kind: str
    latitude_deg: float | None
    longitude_deg: float | None
    state: SensorState
    plots: int
    plots_per_s: float
    last_received_ns: int
    rejected: dict[str, int]


@dataclass(frozen=True, slots=True)
class NodeStatus:
    """The node at one output time.

    Parameters
    ----------
    node
        Name of the node.
    mode
        Where the bytes come from: the world, a recording, or an exercise.
    now_ns
        The picture's time, int64 UTC nanoseconds.
    speed
        Times real time; 0 means as fast as possible.
    plots, plots_per_s, tracks
        Totals since start, rate over ten seconds, confirmed tracks now.
    finished
        Whether a replay has come to its end.
    sensors
        One row per sensor of the table, in its order.
    rejected
        Refused input that no sensor could be named for, by reason.
    """

    node: str
    mode: Mode
    now_ns: int
    speed: float
    plots: int
    plots_per_s: float
    tracks: int
    finished: bool
    sensors: tuple[SensorStatus, ...]
    rejected: dict[str, int]
