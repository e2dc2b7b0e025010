"""Calendar arithmetic of treaties: months from a day, and when a day begins.

A term of months ends on the day whose number is that of the day it is counted from, or, where
the month has no such day, on the month's last one; the day it is counted from is not itself
counted. European Convention on the Calculation of Time-Limits (ETS 76), articles 3 and 4.2; the
same in the Civil Code of the Russian Federation, articles 191 and 192. So a term of five years
from 2 November 2023 has 2 November 2028 as its last day, and twelve months from 29 February end
on 28 February of a common year. Later ends are counted from the first day too, not from one
another, so that 29 February comes back in a leap year.
"""

from __future__ import annotations

import calendar
import datetime
from functools import lru_cache

from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS

FIRST_NS, LAST_NS = -(2**63), 2**63 - 1
"""Ends of int64; the last one stands for never: nothing more will happen."""

_EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)
_DAY = datetime.timedelta(days=1)


def months_after(day: datetime.date, months: int) -> datetime.date:
    """The day so many months later (earlier if negative); at the calendar's ends, its last day.

    Parameters
    ----------
    day
        The day it is counted from, not itself counted.
    months
        Calendar months.
    """
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    if year > datetime.MAXYEAR:
        return datetime.date.max
    if year < datetime.MINYEAR:
        return datetime.date.min
    last = calendar.monthrange(year, month + 1)[1]
    return datetime.date(year, month + 1, min(day.day, last))


def day_after(day: datetime.date, days: int = 1) -> datetime.date:
    """So many days later (earlier if negative), within the calendar."""
    try:
        return day + datetime.timedelta(days=days)
    except OverflowError:
        return datetime.date.max if days > 0 else datetime.date.min


@lru_cache(maxsize=64)
def zone(name: str) -> datetime.tzinfo:
    """The time zone of this name in the IANA database.

    Raises
    ------
    BadInput
        If there is none, or this machine has no database.
    """
    if name == "UTC":
        return datetime.UTC
    import zoneinfo  # noqa: PLC0415  (only an agreement with a zone of its own needs it)

    try:
        return zoneinfo.ZoneInfo(name)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        raise BadInput(
            f"no time zone {name[:60]!r} is known here",
            remedy='Write a name such as "Asia/Bishkek"; a machine without the time zone'
            " database needs the package tzdata",
        ) from None


def begins_ns(day: datetime.date, time_zone: str) -> int:
    """When a day begins: its first instant in the zone, int64 UTC nanoseconds.

    Where clocks skip midnight the day begins at the jump; where they show it twice, the first
    time (the rule of ``fold`` in Python's datetime, PEP 495).
    """
    midnight = datetime.datetime(day.year, day.month, day.day, tzinfo=zone(time_zone))
    offset = midnight.utcoffset() or datetime.timedelta()
    since = midnight.replace(tzinfo=datetime.UTC) - _EPOCH - offset
    return max(FIRST_NS, min((since.days * 86_400 + since.seconds) * SECOND_NS, LAST_NS))


def day_at(time_ns: int, time_zone: str) -> datetime.date:
    """The day it is in the zone at an instant: the last one that has begun."""
    seconds = time_ns // SECOND_NS
    moment = _EPOCH + datetime.timedelta(seconds=seconds)
    day = moment.astimezone(zone(time_zone)).date()
    while begins_ns(day + _DAY, time_zone) <= time_ns:  # clocks went back over midnight
        day += _DAY
    return day
