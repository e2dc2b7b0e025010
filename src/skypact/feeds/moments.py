"""Text times of XML and JSON feeds to int64 UTC nanoseconds, all nine digits kept.

Document: RFC 3339, "Date and Time on the Internet: Timestamps".
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from skypact.model.time import SECOND_NS, from_iso

FORM = re.compile(
    r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:[.,](\d{1,12}))?([Zz]|[+-]\d\d:\d\d)?", re.ASCII
)
LATEST_NS = (1 << 33) * SECOND_NS
"""Year 2242; times before 1970 and later than this are refused."""


def moment_ns(text: object) -> int:
    """A time to int64 UTC nanoseconds; without an offset it is UTC.

    Raises
    ------
    ValueError
        If the text is no RFC 3339 time between 1970 and 2242.
    """
    match = FORM.fullmatch(text.strip()) if isinstance(text, str) else None
    if match is None:
        raise ValueError("no RFC 3339 time")
    day, clock, fraction, zone = match.groups()
    try:
        whole = from_iso(f"{day}T{clock}{(zone or 'Z').upper()}")
    except OverflowError as error:
        raise ValueError("no time of our era") from error
    moment = whole + int((fraction or "0")[:9].ljust(9, "0"))
    if not 0 <= moment < LATEST_NS:
        raise ValueError("no time of our era")
    return moment


def moment_text(time_ns: int) -> str:
    """RFC 3339 text with nine digits and a Z.

    Raises
    ------
    ValueError
        If the time lies before 1970 or after 2242.
    """
    if not 0 <= time_ns < LATEST_NS:
        raise ValueError(f"no time of our era: {time_ns}")
    seconds, rest = divmod(time_ns, SECOND_NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest:09d}Z"
