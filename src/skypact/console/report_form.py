"""The threat report as an operator sends it: read strictly, before anything else sees it.

In: the JSON body of ``POST /api/reports``. Out: a plain dictionary with the names and units of
:class:`~skypact.model.status.ReportStatus`, every field within its limits. Format and limits:
docs/reference/picture-frame.md.
"""

from __future__ import annotations

import unicodedata
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from skypact.model.errors import UsageError
from skypact.model.time import SECOND_NS

LONGEST_TEXT = 4000  # characters, as in model.exchange.ThreatReport
LONGEST_SPAN_NS = 30 * 86_400 * SECOND_NS
LARGEST_RADIUS_M = 1_000_000.0
MOST_CORNERS, MOST_TRACKS, MOST_WORDS = 200, 100, 32
LINES = "\n\t"
# Marks that turn the direction of writing around, so that a text reads otherwise than it is
# written: Unicode Technical Report 36, 3.1; Unicode Standard Annex 9, 2.
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")

_Latitude = Annotated[float, Meta(ge=-90.0, le=90.0)]
_Longitude = Annotated[float, Meta(ge=-180.0, le=180.0)]
_Time = Annotated[int, Meta(ge=0, le=2**63 - 1)]
_Name = Annotated[str, Meta(min_length=1, max_length=64)]
_Names = Annotated[tuple[_Name, ...], Meta(max_length=MOST_WORDS)]
_Outline = Annotated[tuple[tuple[_Latitude, _Longitude], ...], Meta(max_length=MOST_CORNERS)]


class ReportForm(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What an operator fills in; times in int64 UTC nanoseconds, places in WGS-84 degrees.

    Parameters
    ----------
    text
        The report in the operator's words.
    from_ns, until_ns
        When it holds; without ``from_ns`` from now.
    agreement, classification, categories, releasable_to
        Under which agreement it goes and how it is marked; None leaves it to the node.
    latitude_deg, longitude_deg, radius_m
        A circle: all three or none.
    outline_deg
        Corners (latitude, longitude) of an area, instead of a circle.
    tracks
        Joint numbers it is of.
    """

    text: Annotated[str, Meta(min_length=1, max_length=LONGEST_TEXT)]
    until_ns: _Time
    from_ns: _Time | None = None
    agreement: _Name | None = None
    classification: _Name | None = None
    categories: _Names | None = None
    releasable_to: _Names | None = None
    latitude_deg: _Latitude | None = None
    longitude_deg: _Longitude | None = None
    radius_m: Annotated[float, Meta(gt=0, le=LARGEST_RADIUS_M)] | None = None
    outline_deg: _Outline = ()
    tracks: Annotated[
        tuple[Annotated[int, Meta(ge=1, lt=2**32 - 1)], ...], Meta(max_length=MOST_TRACKS)
    ] = ()


_FORM = msgspec.json.Decoder(ReportForm, strict=True)


def read_report(body: bytes) -> dict[str, Any]:
    """Read a report that an operator sends.

    Returns
    -------
    dict
        Every field of :class:`ReportForm` by name.

    Raises
    ------
    UsageError
        If the body is not such a report; the message says which field is off.
    """
    try:
        form = _FORM.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise _refused(str(error)) from None
    if wrong := _fault(form):
        raise _refused(wrong)
    return msgspec.structs.asdict(form)


def _fault(form: ReportForm) -> str:
    """What is wrong between fields that are each within their limits; "" if nothing."""
    circle = (form.latitude_deg, form.longitude_deg, form.radius_m)
    names = (*(form.categories or ()), *(form.releasable_to or ()))
    texts = (form.text, form.agreement or "", form.classification or "", *names)
    held_ns = None if form.from_ns is None else form.until_ns - form.from_ns
    checks = {
        "the text is empty": not form.text.strip(),
        "a text holds control characters": any(map(_has_controls, texts)),
        "it ends before it begins": held_ns is not None and held_ns <= 0,
        "it holds for more than 30 days": held_ns is not None and held_ns > LONGEST_SPAN_NS,
        "a circle needs latitude, longitude and radius": 0 < circle.count(None) < 3,
        "it has both a circle and an outline": None not in circle and bool(form.outline_deg),
        "an outline needs three corners": 0 < len(form.outline_deg) < 3,
        "it names a track twice": len(set(form.tracks)) < len(form.tracks),
    }
    return next((wrong for wrong, found in checks.items() if found), "")


def _has_controls(text: str) -> bool:
    return any(
        sign in TURNING or (unicodedata.category(sign) in ("Cc", "Cs") and sign not in LINES)
        for sign in text
    )


def _refused(what: str) -> UsageError:
    return UsageError(f"this is no threat report: {what}", remedy="Correct it and send it again")
