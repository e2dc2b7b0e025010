"""What a node says about itself: sensors, rates, refusals, clock and mode. Only shown."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

Mode = Literal["live", "replay", "exercise"]
SensorState = Literal["live", "late", "silent"]
LinkState = Literal["live", "late", "stale", "lost", "closed"]
SensorHealth = Literal["good", "learning", "doubtful", "withheld"]


@dataclass(frozen=True, slots=True)
class RegistrationStatus:
    """How far off a sensor measures, as estimated on line; None where it has no such error.

    Parameters
    ----------
    range_bias_m, range_scale, azimuth_bias_deg, time_offset_s, tilt_deg
        Estimates, each with its standard deviation in the field that ends in ``_sigma``.
    health
        ``withheld``: its plots are not used.
    reason
        What is wrong, in plain words; empty while nothing is.
    """

    health: SensorHealth
    reason: str = ""
    range_bias_m: float | None = None
    range_bias_m_sigma: float | None = None
    range_scale: float | None = None
    range_scale_sigma: float | None = None
    azimuth_bias_deg: float | None = None
    azimuth_bias_deg_sigma: float | None = None
    time_offset_s: float | None = None
    time_offset_s_sigma: float | None = None
    tilt_deg: float | None = None
    tilt_deg_sigma: float | None = None


@dataclass(frozen=True, slots=True)
class PartyStatus:
    """One party of an agreement; dates as ISO text, None where not yet."""

    code: str
    name: dict[str, str]
    signed: str | None
    ratified: str | None
    signature: bool
    """Whether its signature under the document's bytes is here and holds."""


@dataclass(frozen=True, slots=True)
class RoleStatus:
    """Who holds which role of an agreement."""

    kind: str
    party: str
    office: dict[str, str]
    scope: str
    clause: str


@dataclass(frozen=True, slots=True)
class AgreementStatus:
    """An agreement as the node obeys it now; texts by language code, dates as ISO text.

    Parameters
    ----------
    id, version, title, digest
        Which text; the digest of its canonical bytes, 64 hex digits.
    standing
        Such as "in-force", see ``skypact.agreement.calendar``.
    in_force, ends, notice_by
        First day, last day of the term, last day on which notice ends it with the term.
    renewed
        How often its term has been renewed.
    warnings
        What is near, in plain words by language.
    """

    id: str
    version: int
    title: dict[str, str]
    digest: str
    standing: str
    in_force: str | None
    ends: str | None
    notice_by: str | None
    renewed: int
    warnings: tuple[dict[str, str], ...]
    parties: tuple[PartyStatus, ...]
    roles: tuple[RoleStatus, ...]


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
    registration
        Its estimated errors and health, None where registration does not run.
    latency_s, latency_p95_s
        Median and 95th percentile of the time from measurement to reception over the last five
        minutes; None while nothing came.
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
    registration: RegistrationStatus | None = None
    latency_s: float | None = None
    latency_p95_s: float | None = None


@dataclass(frozen=True, slots=True)
class PartnerStatus:
    """One partner station under one agreement, as the exchange sees it.

    Parameters
    ----------
    station, party, agreement
        Who, staffed by whom, under what.
    state
        ``live``: heard within 2 s; ``late``: within 5 s, or its states come late; ``stale``:
        within 30 s; ``lost``: longer or never; ``closed``: by an operator or by the agreement.
    last_heard_ns
        Time of the last envelope that was let in, -1 never.
    clock_offset_s, delay_s, delay_p95_s
        The partner's clock less ours, and how long envelopes take; None while not measured.
    sent_per_s, received_per_s
        Track states over the last ten seconds.
    tracks, paired, unconfirmed
        Track states it tells of now; those paired with another station's; those it alone tells
        of.
    waiting, delivered
        Durable items that wait for its receipt, and those it has acknowledged.
    superseded, gaps
        Track states skipped because newer ones replaced them; envelopes that never came.
    refused
        Envelopes and rows that were refused, by reason.
    throttled
        Whether it sends too much and is heard only now and then.
    epoch
        Number of the key epoch we send under, 0 before the first.
    bias_east_m, bias_north_m
        Its picture's offset from ours, as estimated and taken away; None while not known.
    credentials_end
        When its credentials end, ISO text; None where unknown.
    trouble
        What is wrong, in plain words; empty while nothing is.
    """

    station: str
    party: str
    agreement: str
    state: LinkState
    last_heard_ns: int = -1
    clock_offset_s: float | None = None
    delay_s: float | None = None
    delay_p95_s: float | None = None
    sent_per_s: float = 0.0
    received_per_s: float = 0.0
    tracks: int = 0
    paired: int = 0
    unconfirmed: int = 0
    waiting: int = 0
    delivered: int = 0
    superseded: int = 0
    gaps: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    throttled: bool = False
    epoch: int = 0
    bias_east_m: float | None = None
    bias_north_m: float | None = None
    credentials_end: str | None = None
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class ReportStatus:
    """A threat report for the display; places in degrees, times in int64 UTC nanoseconds.

    ``via`` is the station that brought it, empty where ``station``, its maker, sent it: then that
    ``station`` made it is the other one's word.
    """

    id: str
    station: str
    party: str
    classification: str
    text: str
    made_ns: int
    from_ns: int
    until_ns: int
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    radius_m: float | None = None
    outline_deg: tuple[tuple[float, float], ...] = ()
    tracks: tuple[int, ...] = ()
    via: str = ""


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
    agreements
        The agreements the node has been given, in force or not.
    station
        The node's code in the exchange, empty where it has none.
    partners
        Stations it exchanges with, a row for each and agreement.
    reports
        Threat reports that hold, own and partners', newest first.
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
    agreements: tuple[AgreementStatus, ...] = ()
    station: str = ""
    partners: tuple[PartnerStatus, ...] = ()
    reports: tuple[ReportStatus, ...] = ()
