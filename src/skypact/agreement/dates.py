"""Every date of an agreement and what follows if nobody acts; and what is near.

In: document, notices, decisions, a day. Out: dated events in order (``days``), and warnings 180,
90, 30 and 7 days before a date that somebody may want to act on (``warnings``).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from skypact.agreement.calendar import (
    Answer,
    Course,
    Decision,
    Notice,
    Period,
    bound_on,
    course,
    first_day,
    renews,
    standing,
)
from skypact.agreement.calendar_words import (
    DATA,
    EVENTS,
    FOLLOWS,
    MISSING,
    SECRECY,
    WARNINGS,
    filled,
)
from skypact.agreement.document import Day, Document, Words
from skypact.agreement.reckoning import day_after

WARN_DAYS = (7, 30, 90, 180)
"""So many days before a date it is told; the node repeats it daily."""


@dataclass(frozen=True, slots=True)
class Event:
    """What happens on a day, and what follows if nobody acts; words by language."""

    day: Day
    kind: str
    words: Words
    follows: Words
    party: str = ""


@dataclass(frozen=True, slots=True)
class DateWarning:
    """A date that is near: ``threshold`` is the least of 7, 30, 90, 180 that holds ``left``."""

    of: Literal["notice", "decision", "end", "leaving"]
    day: Day
    left: int
    threshold: int
    words: Words
    party: str = ""


def _event(on: Day, kind: str, *, party: str = "", **values: str | Words) -> Event:
    what, follows = EVENTS[kind]
    blanks = {"party": party} | values
    return Event(on, kind, filled(what, **blanks), filled(follows, **blanks), party)


def days(
    document: Document,
    notices: Sequence[Notice],
    until: Day,
    *,
    decisions: Sequence[Decision] = (),
) -> tuple[Event, ...]:
    """Every date until a day, as it comes if nobody does more than is recorded.

    Parameters
    ----------
    document, notices, decisions
        As for ``standing``; all of them count, whenever they were given.
    until
        Last day to list; a renewed term is listed in full only as far as it.

    Returns
    -------
    tuple of Event
        In order of days; what needs another on the same day comes after it.
    """
    events = list(_towards(document))
    start = first_day(document)
    if start is not None:
        way = course(document, notices, decisions, max(until, start))
        events += _beginning(document, start)
        events += [event for answer in way.answers for event in _answered(answer)]
        for period in way.periods:
            events += _term(document, period, way)
        events += _leavings(way)
    else:
        now = standing(document, notices, until, decisions=decisions)
        events += [event for answer in now.answers for event in _answered(answer)]
    order = {kind: number for number, kind in enumerate(EVENTS)}
    listed = [event for event in events if event.day <= until]
    return tuple(sorted(listed, key=lambda event: (event.day, order[event.kind], event.party)))


def _towards(document: Document) -> Iterator[Event]:
    for party in document.party:
        for kind in ("signed", "ratified", "acceded"):
            day = getattr(party, kind)
            if day is not None:
                yield _event(day, kind, party=party.code)


def _beginning(document: Document, start: Day) -> Iterator[Event]:
    if document.agreement.version == 1:
        yield _event(start, "in-force")
    else:
        yield _event(start, "amended", number=str(document.agreement.version))


def _answered(answer: Answer) -> Iterator[Event]:
    notice = answer.notice
    kind = {"accepted": "notice-given", "late": "notice-late"}.get(answer.verdict, "notice-refused")
    until = answer.ends.isoformat() if answer.ends else ""
    yield _event(notice.given, kind, party=notice.party, day=until, reason=answer.reason)


def _term(document: Document, period: Period, way: Course) -> Iterator[Event]:
    """The dates of one term, from its beginning to the day after its end."""
    if period.ends is None:
        return
    ends = period.ends
    last = ends.isoformat()
    if period.number:
        begins = way.periods[period.number - 1].ends
        if begins is not None:
            yield _event(day_after(begins), "renewed", number=str(period.number), day=last)
    if document.term.renewal == "tacit" and period.goes_on and period.notice_by is not None:
        yield _event(period.notice_by, "notice-by", day=last)
    if document.term.renewal == "explicit" and renews(document):
        yield _event(ends, "decide-by")
    if period.goes_on:
        yield _event(ends, "ends", follows=FOLLOWS["renewed"])
        return
    if document.term.wind_down_days:
        begins = day_after(ends, 1 - document.term.wind_down_days)
        yield _event(begins, "wind-down", day=last)
    yield _event(ends, "ends", follows=FOLLOWS["lapsed"])
    end = document.end
    yield _event(
        day_after(ends),
        "lapsed",
        data=DATA[end.received_data if end else "freeze"],
        secrecy=SECRECY[end.secrecy_survives if end else True],
    )


def _leavings(way: Course) -> Iterator[Event]:
    """Parties that leave an agreement which the others go on with."""
    final = way.periods[-1]
    for code, last in way.last_days.items():
        if final.ends is None or final.goes_on or last < final.ends:
            yield _event(day_after(last), "left", party=code)


def missing(document: Document) -> tuple[Words, ...]:
    """What keeps the text from ever binding as it stands, in words; empty if nothing does."""
    told = [
        filled(MISSING[kind], party=party.code)
        for party in document.party
        if party.acceded is None
        for kind in ("signed", "ratified")
        if (kind == "signed" or document.term.ratification_needed) and getattr(party, kind) is None
    ]
    if document.term.in_force is None:
        told.append(MISSING["in-force"])
    elif document.agreement.version > 1 and document.agreement.effective is None:
        told.append(MISSING["effective"])
    return tuple(told)


def warnings(
    document: Document,
    notices: Sequence[Notice],
    day: Day,
    *,
    decisions: Sequence[Decision] = (),
) -> tuple[DateWarning, ...]:
    """Dates within 180 days on which somebody may want to act, nearest first.

    A node that says each warning when ``left`` equals ``threshold`` says it 180, 90, 30 and 7
    days before; the console shows them all.
    """
    now = standing(document, notices, day, decisions=decisions)
    if not now.binding:
        return ()
    near: list[DateWarning | None] = []
    if now.notice_by is not None and not now.final and document.term.renewal == "tacit":
        near.append(_near("notice", now.notice_by, day))
    if now.ends is not None and now.final:
        stays = bound_on(document, day_after(now.ends), dict(now.leaving))
        open_decision = document.term.renewal == "explicit" and renews(document) and len(stays) > 1
        near.append(_near("decision" if open_decision else "end", now.ends, day))
    for code, last in now.leaving:
        if not (now.final and last == now.ends):
            near.append(_near("leaving", last, day, code))
    told = [warning for warning in near if warning is not None]
    return tuple(sorted(told, key=lambda warning: (warning.day, warning.of, warning.party)))


def _near(
    of: Literal["notice", "decision", "end", "leaving"], what: Day, day: Day, party: str = ""
) -> DateWarning | None:
    left = (what - day).days
    threshold = next((days for days in WARN_DAYS if left <= days), None)
    if threshold is None or left < 0:
        return None
    words = filled(WARNINGS[of], left=str(left), day=what.isoformat(), party=party)
    return DateWarning(of, what, left, threshold, words, party)
