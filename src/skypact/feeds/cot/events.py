"""One Cursor on Target event: XML to a frozen dataclass.

In: the bytes of one ``<event>`` element. Out: an :class:`Event`, or a named error. Document:
MITRE, "Cursor on Target Message Router User's Guide", MP090284, and Event.xsd 2.0 (2003).
"""

from __future__ import annotations

import io
import math
import re
from dataclasses import dataclass
from xml.etree.ElementTree import Element, ParseError

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import iterparse

from skypact.feeds.moments import moment_ns
from skypact.model.errors import MalformedRecord

MOST_BYTES = 1 << 16
DEEPEST = 32
MOST_ELEMENTS = 2_000
UNKNOWN = 9_999_999.0
"""What hae, ce and le say when they are not known (Event.xsd)."""

TYPE = re.compile(r"[A-Za-z0-9]+(-[A-Za-z0-9.]+)*", re.ASCII)
AIR = re.compile(r"a-[A-Za-z.]-A(-.*)?")
"""Atoms of the battle dimension air."""


@dataclass(frozen=True, slots=True)
class Event:
    """One event; NaN where it does not say.

    Parameters
    ----------
    uid, type, how
        As sent; ``type`` such as ``a-u-A-M-F``.
    time_ns, start_ns, stale_ns
        Made, valid from, valid until; int64 UTC nanoseconds.
    latitude_deg, longitude_deg, altitude_m
        WGS-84, height above the ellipsoid.
    circular_error_m, linear_error_m
        One sigma.
    course_deg, speed_mps
        From true north, and over ground.
    callsign
        Of ``detail/contact``, empty where none.
    """

    uid: str
    type: str
    how: str
    time_ns: int
    start_ns: int
    stale_ns: int
    latitude_deg: float
    longitude_deg: float
    altitude_m: float = math.nan
    circular_error_m: float = math.nan
    linear_error_m: float = math.nan
    course_deg: float = math.nan
    speed_mps: float = math.nan
    callsign: str = ""

    @property
    def airborne(self) -> bool:
        """Whether the event is about something in the air."""
        return AIR.fullmatch(self.type) is not None


def _tree(content: bytes) -> Element:
    """The event element; entities, document types, depth and size refused."""
    if len(content) > MOST_BYTES:
        raise MalformedRecord(f"{len(content)} bytes of XML are more than {MOST_BYTES}")
    depth = elements = 0
    root: Element | None = None
    try:
        steps = iterparse(io.BytesIO(content), events=("start", "end"), forbid_dtd=True)
        for step, element in steps:
            if root is None:
                root = element
            depth += 1 if step == "start" else -1
            elements += step == "start"
            if depth > DEEPEST or elements > MOST_ELEMENTS:
                raise MalformedRecord(f"XML deeper than {DEEPEST} or over {MOST_ELEMENTS} elements")
    except DefusedXmlException as error:
        raise MalformedRecord(f"hostile XML: {type(error).__name__}") from error
    except (ParseError, ValueError, LookupError) as error:
        raise MalformedRecord(f"no XML: {str(error)[:80]}") from error
    if root is None or root.tag != "event":
        raise MalformedRecord("no event element")
    return root


def _number(element: Element, name: str, largest: float) -> float:
    """An attribute as a number; NaN where it is absent."""
    text = element.get(name)
    if text is None:
        return math.nan
    try:
        value = float(text)
    except ValueError as error:
        raise MalformedRecord(f"{name} is no number: {text[:40]!r}") from error
    if not abs(value) <= largest:
        raise MalformedRecord(f"{name} is {text[:40]!r}, beyond {largest:g}")
    return value


def _known(value: float) -> float:
    return math.nan if abs(value) >= UNKNOWN else value


def _time(element: Element, name: str) -> int:
    try:
        return moment_ns(element.get(name))
    except ValueError as error:
        raise MalformedRecord(f"event {name}: {error}") from error


def parse(content: bytes) -> Event:
    """An event from its XML.

    Raises
    ------
    MalformedRecord
        If it is hostile, no event, or lacks what every event must have.
    """
    if b"<point" not in content and b"event" in content:
        raise MalformedRecord("event without point")  # said before the costly look
    event = _tree(content)
    uid, kind = event.get("uid", ""), event.get("type", "")
    if not uid or len(uid) > 256:
        raise MalformedRecord("event without uid, or with one over 256 characters")
    if len(kind) > 64 or TYPE.fullmatch(kind) is None:
        raise MalformedRecord(f"event type is {kind[:40]!r}")
    point = event.find("point")
    if point is None:
        raise MalformedRecord("event without point")
    latitude, longitude = _number(point, "lat", 90.0), _number(point, "lon", 180.0)
    if math.isnan(latitude) or math.isnan(longitude):
        raise MalformedRecord("point without lat or lon")
    track, contact = event.find("detail/track"), event.find("detail/contact")
    error_m = _known(_number(point, "ce", UNKNOWN))
    return Event(
        uid,
        kind,
        event.get("how", "")[:16],
        _time(event, "time"),
        _time(event, "start"),
        _time(event, "stale"),
        latitude,
        longitude,
        _known(_number(point, "hae", UNKNOWN)),
        error_m if error_m > 0.0 else math.nan,
        _known(_number(point, "le", UNKNOWN)),
        math.nan if track is None else _number(track, "course", 720.0),
        math.nan if track is None else _number(track, "speed", 1e5),
        "" if contact is None else contact.get("callsign", "")[:64],
    )
