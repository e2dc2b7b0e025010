"""Values as flight plans write them: times, levels, speeds, positions, codes.

Formats: ICAO Doc 4444 (PANS-ATM, 16th edition), appendix 3, field types 7, 13, 15, 16 and 18;
ADEXP 3.x (EUROCONTROL-SPEC-0107), annex A, writes them alike.
"""

from __future__ import annotations

import math
import re
from datetime import UTC, datetime

from skypact.identity.plans.plan import FOOT_M, KNOT_MPS, MalformedPlan
from skypact.model.time import DAY_NS, SECOND_NS

CALLSIGN = re.compile(r"[A-Z0-9]{2,7}")
PLACE = re.compile(r"[A-Z]{4}")
LEVEL = re.compile(r"F(\d{3})|S(\d{4})|A(\d{3})|M(\d{4})", re.ASCII)
SPEED = re.compile(r"N(\d{4})|K(\d{4})|M(\d{3})", re.ASCII)
DEGREES = re.compile(r"(\d{2})(\d{2})?([NS])(\d{3})(\d{2})?([EW])", re.ASCII)
SOUND_MPS = 295.07
"""Speed of sound above 11 km in the standard atmosphere: what a Mach number filed is of."""


def level_m(text: str) -> float:
    """Pressure height of ``F330``, ``S1130`` (tens of metres), ``A045``, ``M0840``; VFR: NaN."""
    if text == "VFR":
        return math.nan
    found = LEVEL.fullmatch(text)
    if not found:
        raise MalformedPlan(f"{text!r} is no level")
    if found[1] or found[3]:
        return int(found[1] or found[3]) * 100.0 * FOOT_M
    return int(found[2] or found[4]) * 10.0


def speed_mps(text: str) -> float:
    """True air speed of ``N0450`` (knots), ``K0830`` (km/h) or ``M082`` (Mach)."""
    found = SPEED.fullmatch(text)
    if not found:
        raise MalformedPlan(f"{text!r} is no speed")
    if found[1]:
        return int(found[1]) * KNOT_MPS
    return int(found[2]) / 3.6 if found[2] else int(found[3]) / 100.0 * SOUND_MPS


def position_rad(text: str) -> tuple[float, float] | None:
    """Place of ``46N078W`` or ``4620N07805W``; None if it is none."""
    found = DEGREES.fullmatch(text)
    if not found or (found[2] is None) != (found[5] is None):
        return None
    south_north = int(found[1]) + int(found[2] or 0) / 60.0
    west_east = int(found[4]) + int(found[5] or 0) / 60.0
    minutes = max(int(found[2] or 0), int(found[5] or 0))
    if south_north > 90.0 or west_east > 180.0 or minutes > 59:
        return None
    return (
        math.radians(south_north if found[3] == "N" else -south_north),
        math.radians(west_east if found[6] == "E" else -west_east),
    )


def clock_s(text: str) -> int:
    """Seconds into the day of ``HHMM`` or ``HHMMSS``."""
    if not re.fullmatch(r"\d{4}|\d{6}", text, re.ASCII):
        raise MalformedPlan(f"{text!r} is no time")
    hours, minutes, seconds = int(text[:2]), int(text[2:4]), int(text[4:] or 0)
    if hours > 23 or minutes > 59 or seconds > 59:
        raise MalformedPlan(f"{text!r} is no time")
    return hours * 3600 + minutes * 60 + seconds


def duration_s(text: str) -> int:
    """Seconds of an elapsed time ``HHMM``; it may be longer than a day."""
    if not re.fullmatch(r"\d{4}", text, re.ASCII) or int(text[2:]) > 59:
        raise MalformedPlan(f"{text!r} is no elapsed time")
    return int(text[:2]) * 3600 + int(text[2:]) * 60


def day_ns(text: str) -> int:
    """Midnight of ``YYMMDD``, int64 UTC nanoseconds; years are of this century."""
    if not re.fullmatch(r"\d{6}", text, re.ASCII):
        raise MalformedPlan(f"{text!r} is no date")
    try:
        day = datetime(2000 + int(text[:2]), int(text[2:4]), int(text[4:]), tzinfo=UTC)
    except ValueError:
        raise MalformedPlan(f"{text!r} is no date") from None
    return int(day.timestamp()) * SECOND_NS


def next_at_ns(seconds: int, received_ns: int) -> int:
    """The instant at this time of day that a plan without a date means.

    Doc 4444, appendix 2, item 18: without DOF the flight is within 24 hours of filing. A plan
    filed in the air or late is of up to four hours before.
    """
    midnight = received_ns - received_ns % DAY_NS
    at = midnight + seconds * SECOND_NS
    earliest = received_ns - 4 * 3600 * SECOND_NS
    if at < earliest:
        return at + DAY_NS
    return at - DAY_NS if at - DAY_NS >= earliest else at


def mode_3a(text: str) -> int:
    """Code of ``A1234``."""
    if not re.fullmatch(r"A[0-7]{4}", text):
        raise MalformedPlan(f"{text!r} is no Mode A code")
    return int(text[1:], 8)


def mode_s(text: str) -> int:
    """24-bit address of six hexadecimal digits."""
    if not re.fullmatch(r"[0-9A-F]{6}", text):
        raise MalformedPlan(f"{text!r} is no 24-bit address")
    return int(text, 16)


def place(text: str) -> str:
    """A location indicator."""
    if not PLACE.fullmatch(text):
        raise MalformedPlan(f"{text!r} is no location indicator")
    return text


def callsign(text: str) -> str:
    """An aircraft identification."""
    if not CALLSIGN.fullmatch(text):
        raise MalformedPlan(f"{text!r} is no aircraft identification")
    return text
