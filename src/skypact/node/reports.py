"""Threat reports: written at a console, sent as durable items, kept, shown while they hold.

In: what a duty officer wrote, or a partner's item. Out: :class:`~skypact.model.exchange.
ThreatReport` nouns, the bytes of an item, and rows for the status. A body is JSON without unknown
keys; what is not in its range is refused by name and nothing of it is kept. A report is kept on
disk under the name of its station and its own; the same one twice is one.
"""

from __future__ import annotations

import contextlib
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated

import msgspec

from skypact.model.disk import Disk
from skypact.model.errors import BadInput, Unavailable
from skypact.model.exchange import DurableItem, ThreatReport
from skypact.model.labels import Label
from skypact.model.status import ReportStatus
from skypact.model.time import DAY_NS

LONGEST_TEXT = 4000
MOST_CORNERS = 200
MOST_TRACKS = 100
LONGEST_NS = 366 * DAY_NS
MOST_KEPT = 1000
"""Reports of one station that are kept at a time; more are refused until older ones have ended."""

LARGEST_RADIUS_M = 2.0e7
UNREADABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ufeff]")
"""Control characters, and those that turn the direction of writing: a text says what it shows."""

Name = Annotated[str, msgspec.Meta(pattern=r"^[A-Z0-9][A-Z0-9-]{0,7}$")]
Whole = Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
Number = Annotated[int, msgspec.Meta(ge=1, le=2**32 - 2)]
Corners = Annotated[tuple[tuple[float, float], ...], msgspec.Meta(max_length=MOST_CORNERS)]
Numbers = Annotated[tuple[Number, ...], msgspec.Meta(max_length=MOST_TRACKS)]
Text = Annotated[str, msgspec.Meta(min_length=1, max_length=LONGEST_TEXT)]


class ReportRefused(BadInput):
    """A threat report that is malformed, out of range, or another one under a known name."""


class ReportsFailed(Unavailable):
    """The disk did not take a report: it has no effect."""


class Body(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as it is sent; angles in radians, times in int64 UTC nanoseconds."""

    station: Name
    party: Name
    text: Text
    made_ns: Whole
    from_ns: Whole
    until_ns: Whole
    latitude_rad: float | None = None
    longitude_rad: float | None = None
    radius_m: float | None = None
    outline: Corners = ()
    tracks: Numbers = ()


class Form(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A report as a console sends it; degrees, for people write it."""

    text: Text
    from_ns: Whole | None = None  # left out: now
    until_ns: Whole
    latitude_deg: float | None = None
    longitude_deg: float | None = None
    radius_m: float | None = None
    outline_deg: Corners = ()
    tracks: Numbers = ()
    agreement: str | None = None  # under which it leaves; left out: all in force
    classification: str | None = None  # left out: as the node marks its own data
    categories: tuple[str, ...] | None = None  # left out: those its release rule asks for
    releasable_to: tuple[str, ...] | None = None  # left out: all parties


class Stored(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One file: a report, what it is marked with, under what it was received and from whom."""

    format: int = 1
    id: str
    agreement: str  # empty of the node's own
    label: Label
    body: Body
    via: str = ""  # the station that brought it; empty where its maker sent it
    passed: tuple[str, ...] = ()  # links that it went on over


def read_form(content: object) -> Form:
    """What a console sent, as its JSON was read.

    Raises
    ------
    ReportRefused
        With the field that is wrong.
    """
    try:
        return msgspec.convert(content, Form)
    except msgspec.ValidationError as problem:
        raise ReportRefused(str(problem), remedy="docs/reference/console.md has the keys") from None


def written(form: Form, station: str, party: str, now_ns: int) -> Body:
    """A form as a body that is in range.

    Raises
    ------
    ReportRefused
        As :func:`checked`.
    """

    def radians(value: float | None) -> float | None:
        return None if value is None else math.radians(value)

    body = Body(
        station=station,
        party=party,
        text=form.text,
        made_ns=now_ns,
        from_ns=now_ns if form.from_ns is None else form.from_ns,
        until_ns=form.until_ns,
        latitude_rad=radians(form.latitude_deg),
        longitude_rad=radians(form.longitude_deg),
        radius_m=form.radius_m,
        outline=tuple((math.radians(a), math.radians(b)) for a, b in form.outline_deg),
        tracks=form.tracks,
    )
    return checked(body)


def checked(body: Body) -> Body:
    """The body, if all of it is in range and may be shown.

    Raises
    ------
    ReportRefused
        With what is not.
    """
    places = [*body.outline]
    if body.latitude_rad is not None and body.longitude_rad is not None:
        places.append((body.latitude_rad, body.longitude_rad))
    half = (body.latitude_rad is None) != (body.longitude_rad is None)
    wrong = ""
    if not body.text.strip() or UNREADABLE.search(body.text):
        wrong = "the text is empty or has characters that cannot be read"
    elif not body.from_ns <= body.until_ns <= body.from_ns + LONGEST_NS:
        wrong = "it ends before it begins, or holds for over a year"
    elif half or not all(abs(a) <= math.pi / 2 and abs(b) <= math.pi for a, b in places):
        wrong = "a place is not on the globe"
    elif body.radius_m is not None and not 0.0 < body.radius_m <= LARGEST_RADIUS_M:
        wrong = "the radius is not above 0 and below 20,000 km"
    elif len(body.outline) in (1, 2):
        wrong = "an outline has three corners at least"
    if wrong:
        raise ReportRefused(f"threat report: {wrong}")
    return body


def read_item(item: DurableItem, station: str, party: str) -> Body:
    """A partner's report: made by the station that sent it, or by the originator it is marked with.

    That the station may bring that originator's items, the link has looked at.

    Parameters
    ----------
    item
        As it came.
    station, party
        Who sent it.

    Raises
    ------
    ReportRefused
        If the body is malformed, out of range, or says that yet another made it.
    """
    try:
        body = msgspec.json.decode(item.body, type=Body)
    except (msgspec.DecodeError, UnicodeDecodeError) as problem:
        raise ReportRefused(f"threat report: {problem}") from None
    brought = station != body.station and body.party == item.label.originator != party
    if (body.station, body.party) != (station, party) and not brought:
        raise ReportRefused(f"threat report: {station} sent it as {body.station}'s")
    return checked(body)


def report_of(stored: Stored) -> ThreatReport:
    """The noun."""

    def known(value: float | None) -> float:
        return math.nan if value is None else value

    body = stored.body
    return ThreatReport(
        id=bytes.fromhex(stored.id),
        station=body.station,
        party=body.party,
        label=stored.label,
        text=body.text,
        made_ns=body.made_ns,
        from_ns=body.from_ns,
        until_ns=body.until_ns,
        latitude_rad=known(body.latitude_rad),
        longitude_rad=known(body.longitude_rad),
        radius_m=known(body.radius_m),
        outline=body.outline,
        tracks=body.tracks,
    )


def status_of(stored: Stored) -> ReportStatus:
    """For the display, in degrees."""

    def degrees(value: float | None) -> float | None:
        return None if value is None else math.degrees(value)

    body = stored.body
    return ReportStatus(
        id=stored.id,
        station=body.station,
        party=body.party,
        classification=stored.label.classification,
        text=body.text,
        made_ns=body.made_ns,
        from_ns=body.from_ns,
        until_ns=body.until_ns,
        latitude_deg=degrees(body.latitude_rad),
        longitude_deg=degrees(body.longitude_rad),
        radius_m=body.radius_m,
        outline_deg=tuple((math.degrees(a), math.degrees(b)) for a, b in body.outline),
        tracks=body.tracks,
        via=stored.via,
    )


@dataclass(slots=True)
class ReportBook:
    """The reports a node has, own and partners', on disk.

    Parameters
    ----------
    disk, folder
        Where they lie; made if it is not there.
    damaged
        Files that are none, by name: they are left alone and not shown.
    """

    disk: Disk
    folder: Path
    damaged: list[str] = field(default_factory=list)
    _reports: dict[str, Stored] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.disk.make_folder(self.folder)
        for name in self.disk.names(self.folder):
            if not name.endswith(".json"):
                continue
            try:
                stored = msgspec.json.decode(self.disk.read(self.folder / name), type=Stored)
                checked(stored.body)
                bytes.fromhex(stored.id)
            except (msgspec.DecodeError, ValueError, BadInput, OSError):
                self.damaged.append(name)
                continue
            self._reports[name] = stored

    def add(
        self,
        name: bytes,
        body: Body,
        label: Label,
        agreement: str,
        now_ns: int,
        via: str = "",
    ) -> Stored:
        """Keep a report; durable on return. One that is here already changes nothing.

        Parameters
        ----------
        name
            Of the report, 16 bytes.
        body, label
            What it says, and what it is marked with.
        agreement
            Under which it was received, empty of the node's own.
        now_ns
            The time, int64 UTC nanoseconds.
        via
            Station that brought it, empty where its maker sent it. What is brought takes nobody's
            name: two stations may bring two, and its maker may send a third.

        Raises
        ------
        ReportRefused
            If another one has its name, or who sent it has too many that hold.
        ReportsFailed
            If the disk did not take it.
        """
        stored = Stored(id=name.hex(), agreement=agreement, label=label, body=body, via=via)
        file, sender = _file_of(stored), via or body.station
        known = self._reports.get(file) or (self._same(stored) if via else None)
        if known is not None:
            if known.body != body:
                raise ReportRefused(f"threat report: {sender} gave one name to two")
            return known
        alike = [
            key
            for key, one in self._reports.items()
            if (one.via or one.body.station) == sender and one.body.until_ns >= now_ns
        ]
        if len(alike) >= MOST_KEPT:
            raise ReportRefused(f"threat report: {sender} has over {MOST_KEPT} that hold")
        self._keep(stored)
        return stored

    def _same(self, stored: Stored) -> Stored | None:
        """The same report, where it is here from somebody else."""
        return next(
            (
                one
                for one in self._reports.values()
                if one.id == stored.id and one.body == stored.body
            ),
            None,
        )

    def note_passed(self, stored: Stored, link: str) -> None:
        """Remember that a report went on over a link.

        Raises
        ------
        ReportsFailed
            If the disk did not take it.
        """
        known = self._reports[_file_of(stored)]
        self._keep(msgspec.structs.replace(known, passed=(*known.passed, link)))

    def _keep(self, stored: Stored) -> None:
        self._write(_file_of(stored), msgspec.json.encode(stored))
        self._reports[_file_of(stored)] = stored

    def holding(self, now_ns: int, frozen: frozenset[str]) -> tuple[Stored, ...]:
        """Those that have not ended, newest first; none that came under a lapsed agreement.

        Of one that its maker sent and others brought, the maker's.
        """
        held: dict[tuple[str, Body], Stored] = {}
        for one in sorted(self._reports.values(), key=lambda one: one.via):
            if one.body.until_ns >= now_ns and one.agreement not in frozen:
                held.setdefault((one.id, one.body), one)
        key = lambda one: (-one.body.made_ns, one.body.station, one.id, one.via)  # noqa: E731
        return tuple(sorted(held.values(), key=key))

    @property
    def count(self) -> int:
        """How many are here."""
        return len(self._reports)

    def _write(self, file: str, content: bytes) -> None:
        unfinished, path = self.folder / f"{file}.unfinished", self.folder / file
        try:
            with contextlib.closing(self.disk.open(unfinished)) as opened:
                opened.cut(0)
                opened.write_at(0, content)
                opened.sync()
            self.disk.replace(unfinished, path)
            self.disk.sync_folder(self.folder)
        except OSError as problem:
            raise ReportsFailed(
                f"the report could not be kept: {problem}",
                where=str(path),
                remedy="It has no effect. Look after the disk and send it again",
            ) from problem


def _file_of(stored: Stored) -> str:
    via = f"-{stored.via}" if stored.via else ""
    return f"{stored.body.station}-{stored.id}{via}.json"
