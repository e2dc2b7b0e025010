"""The rules by which alerts are raised, and the areas they watch: data, read from TOML.

In: text of a rules file. Out: :class:`Rules`. A word the format does not know is an error. Every
rule says why it is as it is (``reason``). The rules that hold where a nation gives none are in
default_rules.toml beside this file.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections import Counter
from collections.abc import Iterator
from importlib.resources import files
from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta

from skypact.model.alerts import Severity
from skypact.model.errors import BadAlertRule

LONGEST_BYTES = 16_000_000
"""Of a rules file: 60 areas of 2,000 corners take 5 MB."""
MOST_RULES, MOST_AREAS = 200, 1_000

Name = Annotated[str, Meta(pattern=r"^[a-z0-9][a-z0-9-]{0,63}$")]
Words = Annotated[str, Meta(min_length=1, max_length=2_000)]
Seconds = Annotated[float, Meta(ge=0.0, le=3_600.0)]
Ahead = Annotated[float, Meta(ge=0.0, le=600.0)]
Metres = Annotated[float, Meta(ge=0.0, le=1e6)]
Speed = Annotated[float, Meta(ge=0.0, le=5_000.0)]
Count = Annotated[int, Meta(ge=1, le=100_000)]
Code = Annotated[str, Meta(pattern="^[0-7]{4}$")]
Day = Literal["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
Identity = Literal[
    "pending", "unknown", "assumed-friend", "friend", "neutral", "suspect", "hostile"
]  # model.labels.IDENTITIES
AreaKind = Literal[
    "prohibited", "restricted", "danger", "protected", "national", "border", "control"
]


class Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Base of all tables: a word the format does not know is an error, not a comment."""


class Rule(Table, frozen=True, kw_only=True, tag_field="watch"):
    """What all rules have.

    Times are of the condition: it must hold for ``raise_after_s`` before people are told, and
    be gone for ``clear_after_s`` before the alert is: a condition that comes and goes faster is
    one alert, or none.
    """

    id: Name
    severity: Severity
    reason: Words
    enabled: bool = True
    raise_after_s: Seconds = 0.0
    clear_after_s: Seconds = 10.0
    latched: bool = False  # stays, when over, until somebody has taken note


class AreaRule(Rule, frozen=True, kw_only=True, tag="area"):
    """A track in an area, or about to be."""

    area_kinds: tuple[AreaKind, ...] = ()  # areas of these kinds
    areas: tuple[Name, ...] = ()  # and these
    who: Literal["everybody", "unknown"] = "everybody"  # unknown: no code, or so assessed
    identities: tuple[Identity, ...] = ()  # of these alone; none: whatever they are
    tentative: bool = False  # tracks that are not confirmed, too
    look_ahead_s: Ahead = 120.0  # 0: no prediction
    predicted_severity: Severity = "caution"
    follow_turns: bool = True  # predict along the present turn, where it is steady
    exit_margin_m: Metres = 500.0  # beyond the border, before it counts as left
    exit_margin_sigmas: Annotated[float, Meta(ge=0.0, le=10.0)] = 2.0  # and so many of the track's
    exit_margin_height_m: Metres = 100.0  # beyond floor or ceiling


class CodeRule(Rule, frozen=True, kw_only=True, tag="code"):
    """Exactly these Mode 3/A codes, or these values of the ADS-B emergency field."""

    kind: Literal["unlawful-interference", "radio-failure", "emergency"]
    mode_3a: tuple[Code, ...] = ()
    adsb: tuple[Annotated[int, Meta(ge=1, le=7)], ...] = ()


class LowSlowRule(Rule, frozen=True, kw_only=True, tag="low-and-slow"):
    """A track lower and slower than aircraft fly here."""

    below_m: Metres
    slower_mps: Speed
    faster_mps: Speed = 5.0  # what hardly moves is no aircraft in flight
    area_kinds: tuple[AreaKind, ...] = ()  # in areas of these kinds; none: everywhere
    areas: tuple[Name, ...] = ()
    without_codes: bool = True  # only tracks without transponder
    margin: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.2  # by which it must leave the limits


class TransponderRule(Rule, frozen=True, kw_only=True, tag="transponder"):
    """A track that had codes and has none any more, or has others."""

    kind: Literal["transponder-lost", "transponder-changed"]
    held_s: Seconds = 30.0  # how long it must have had the old ones
    stands_s: Seconds = 120.0  # of a change: how long it is told


class DuplicateRule(Rule, frozen=True, kw_only=True, tag="duplicate-address"):
    """One 24-bit address on two tracks."""

    apart_m: Metres = 2_000.0  # nearer ones may be one aircraft, tracked twice


class LostRule(Rule, frozen=True, kw_only=True, tag="track-lost"):
    """A track that ended in the air, or many at once."""

    kind: Literal["track-lost", "many-losses"]
    confirmed_s: Seconds = 30.0  # tracks confirmed so long
    above_m: Metres = 600.0  # lower ones may have landed
    stands_s: Seconds = 120.0  # how long it is told
    within_s: Seconds = 30.0  # of many: lost within so long
    least: Count = 5  # so many
    share: Annotated[float, Meta(ge=0.0, le=1.0)] = 0.1  # and so large a part of all


class FormationRule(Rule, frozen=True, kw_only=True, tag="formation-split"):
    """A track from which a second one parts."""

    near_m: Metres = 1_500.0  # a new track so near to an old one
    speed_mps: Speed = 40.0  # with so like a velocity
    apart_m: Metres = 2_000.0  # and then so far from it
    within_s: Seconds = 120.0
    stands_s: Seconds = 120.0


class SeparationRule(Rule, frozen=True, kw_only=True, tag="separation"):
    """Two tracks that are, or will be, nearer to each other than they should."""

    horizontal_m: Metres
    vertical_m: Metres
    look_ahead_s: Annotated[float, Meta(ge=0.0, le=300.0)] = 60.0
    predicted_severity: Severity = "caution"
    company_m: Metres = 0.0  # pairs so near, and so alike for ``company_s``, go together
    company_height_m: Metres = 300.0
    company_speed_mps: Speed = 20.0
    company_s: Seconds = 60.0
    unknown_height: Literal["near", "far"] = "far"
    slower_mps: Speed = 25.0  # tracks slower than this are left out
    keep_factor: Annotated[float, Meta(ge=1.0, le=3.0)] = 1.2  # minima, for a pair once told of


class SuspicionRule(Rule, frozen=True, kw_only=True, tag="suspicion"):
    """Levels of suspicion; severities are those of the levels."""

    least: Annotated[int, Meta(ge=2, le=4)] = 2  # criteria that make a suspicion


class SensorRule(Rule, frozen=True, kw_only=True, tag="sensor"):
    """A sensor that is silent, or measures wrongly."""

    kind: Literal["sensor-silent", "sensor-bias"]


class LinkRule(Rule, frozen=True, kw_only=True, tag="link"):
    """A link to a partner that is stale or lost."""

    kind: Literal["link-stale", "link-lost"]


class ClockRule(Rule, frozen=True, kw_only=True, tag="clock"):
    """A clock that is off: a partner's against ours."""

    offset_s: Annotated[float, Meta(gt=0.0, le=3_600.0)] = 0.5


AnyRule = (
    AreaRule
    | CodeRule
    | LowSlowRule
    | TransponderRule
    | DuplicateRule
    | LostRule
    | FormationRule
    | SeparationRule
    | SuspicionRule
    | SensorRule
    | LinkRule
    | ClockRule
)


class Circle(Table, frozen=True, kw_only=True):
    """A circle on the ellipsoid."""

    latitude_deg: Annotated[float, Meta(ge=-90.0, le=90.0)]
    longitude_deg: Annotated[float, Meta(ge=-180.0, le=180.0)]
    radius_m: Annotated[float, Meta(gt=0.0, le=2e6)]


class Window(Table, frozen=True, kw_only=True, rename={"opens": "from", "closes": "until"}):
    """When an area is active: from one date and time to another, or at times of certain days.

    With ``days``, ``from`` and ``until`` are times of day (UTC, ``"06:00"``), and an ``until``
    that is not after ``from`` is of the next day. Without, both are ISO dates and times.
    """

    opens: Annotated[str, Meta(max_length=40)]
    closes: Annotated[str, Meta(max_length=40)]
    days: tuple[Day, ...] = ()


class AreaTable(Table, frozen=True, kw_only=True):
    """An area that rules watch."""

    id: Name
    kind: AreaKind
    name: str = ""
    geometry: dict[str, Any] | None = None  # GeoJSON Polygon or MultiPolygon
    circle: Circle | None = None
    edges: Literal["geographic", "great-circle"] = "geographic"  # as RFC 7946, 3.1.1, has it
    floor: Annotated[str, Meta(max_length=20)] = "GND"  # or "FL095", "1500 m", "4500 ft"
    ceiling: Annotated[str, Meta(max_length=20)] = "UNL"
    unknown_height: Literal["inside", "outside"] = "inside"  # of a track of no known height
    height_tolerance_m: Metres = 300.0  # where pressure height stands in for height, or reversed
    window: tuple[Window, ...] = ()  # none: always active


class Rules(Table, frozen=True, kw_only=True):
    """A whole rules file."""

    rule: Annotated[tuple[AnyRule, ...], Meta(max_length=MOST_RULES)] = ()
    area: Annotated[tuple[AreaTable, ...], Meta(max_length=MOST_AREAS)] = ()


_ERROR = re.compile(r"^(?P<what>.*?)(?: - at `\$?\.?(?P<path>[^`]*)`)?$", re.DOTALL)


def rules_from(text: str | bytes, *, where: str = "alert rules") -> Rules:
    """Read rules from the text of their file (TOML, UTF-8).

    Raises
    ------
    BadAlertRule
        With what is wrong and where.
    """
    try:
        if len(text) > LONGEST_BYTES:
            raise BadAlertRule(f"longer than {LONGEST_BYTES} bytes", where=where)
        content = tomllib.loads(text.decode("utf-8-sig") if isinstance(text, bytes) else text)
    except RecursionError:
        raise BadAlertRule("nested too deeply", where=where) from None
    except ValueError as problem:  # of UTF-8, of TOML, of an integer of thousands of digits
        raise BadAlertRule(f"not TOML: {problem}", where=where, remedy="Correct it") from None
    if any(not math.isfinite(number) for number in _numbers(content)):
        raise BadAlertRule("a number is not finite", where=where, remedy="Write a finite number")
    try:
        rules = msgspec.convert(content, Rules)
    except msgspec.ValidationError as problem:
        told = _ERROR.match(str(problem))
        what, path = (told["what"], told["path"]) if told else (str(problem), None)
        raise BadAlertRule(
            what,
            where=f"{where}, {path}" if path else where,
            remedy="See default_rules.toml for every rule there is",
        ) from None
    check_rules(rules, where=where)
    return rules


def default_rules() -> Rules:
    """The rules that hold where a nation gives none; they watch no area of their own."""
    return rules_from(
        (files("skypact.alerts") / "default_rules.toml").read_bytes(), where="default_rules.toml"
    )


def check_rules(rules: Rules, *, where: str = "alert rules") -> None:
    """Check what concerns more than one field.

    Raises
    ------
    BadAlertRule
        If two rules or areas have one id, a rule can never fire, or its limits exclude another.
    """
    for noun, ids in (("rule", [r.id for r in rules.rule]), ("area", [a.id for a in rules.area])):
        twice = sorted(name for name, count in Counter(ids).items() if count > 1)
        if twice:
            raise BadAlertRule(f"more than one {noun} {twice[0]!r}", where=where)
    for rule in rules.rule:
        wrong = ""
        if isinstance(rule, CodeRule) and not rule.mode_3a and not rule.adsb:
            wrong = "names no code"
        elif isinstance(rule, AreaRule) and not rule.area_kinds and not rule.areas:
            wrong = "names no area and no kind of area"
        elif isinstance(rule, LowSlowRule) and rule.faster_mps >= rule.slower_mps:
            wrong = "lets no speed through: faster_mps is not below slower_mps"
        elif isinstance(rule, SeparationRule) and not rule.horizontal_m:
            wrong = "has no horizontal minimum"
        if wrong:
            raise BadAlertRule(f"rule {rule.id!r} {wrong}", where=where, remedy="It never fires")


def _numbers(content: Any) -> Iterator[float]:
    if isinstance(content, dict):
        for value in content.values():
            yield from _numbers(value)
    elif isinstance(content, list):
        for value in content:
            yield from _numbers(value)
    elif isinstance(content, float):
        yield content
