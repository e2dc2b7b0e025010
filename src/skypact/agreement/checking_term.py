"""Checks signatures, ratifications, the term and the notice period of an agreement."""

from __future__ import annotations

import datetime
from collections.abc import Iterator

from skypact.agreement.document import Document, Party
from skypact.agreement.problems import Problem
from skypact.agreement.reckoning import months_after, zone
from skypact.model.errors import SkypactError

EARLIEST, LATEST = datetime.date(1900, 1, 1), datetime.date(2199, 12, 31)
"""A date beyond these is a slip of the pen; times in nanoseconds end in 2262."""


def _error(name: str, path: str, detail: str, remedy: str) -> Problem:
    return Problem(name, "error", path, detail, remedy)


def term_problems(document: Document) -> Iterator[Problem]:
    """What is wrong with the dates."""
    yield from _zone(document)
    yield from _period(document)
    for number, party in enumerate(document.party):
        yield from _party_dates(document, party, f"party[{number}]")
    heading, term = document.agreement, document.term
    for path, day in (
        ("term.in_force", term.in_force),
        ("agreement.effective", heading.effective),
    ):
        yield from _range(path, day)
    if heading.effective is not None:
        if heading.version == 1:
            yield _error(
                "dates-out-of-order",
                "agreement.effective",
                "version 1 begins with its term, not on a day of its own",
                "Take effective out; term.in_force says when it begins",
            )
        elif term.in_force is None or heading.effective < term.in_force:
            yield _error(
                "dates-out-of-order",
                "agreement.effective",
                "an amendment takes effect before the agreement is in force",
                "Write the day of entry into force of the agreement as term.in_force",
            )


def _zone(document: Document) -> Iterator[Problem]:
    try:
        zone(document.term.time_zone)
    except SkypactError as problem:
        yield _error("unknown-time-zone", "term.time_zone", problem.what, problem.remedy)


def _period(document: Document) -> Iterator[Problem]:
    term = document.term
    if term.months == 0:
        if term.renewal != "none":
            yield _error(
                "renewal-without-term",
                "term.renewal",
                "an agreement without end cannot be renewed",
                'Write months, or renewal = "none"',
            )
        if term.wind_down_days > 31 * max(term.notice_months, 1):
            yield _error(
                "wind-down-longer-than-notice",
                "term.wind_down_days",
                f"winding down takes {term.wind_down_days} days, notice less",
                "Shorten it",
            )
        return
    if term.in_force is not None and months_after(term.in_force, term.months) > LATEST:
        yield _error("date-out-of-range", "term.months", "its term hardly ends", "Shorten it")
    periods = [("months", term.months)]
    if term.renewal == "none":
        if term.renewal_months:
            yield _error(
                "renewal-without-rule",
                "term.renewal_months",
                "it has a renewal period and is not renewed",
                'Write renewal = "tacit" or "explicit"',
            )
    elif term.renewal_months == 0:
        yield _error(
            "renewal-without-period",
            "term.renewal_months",
            "it does not say for how long it is renewed",
            "Write renewal_months",
        )
    else:
        periods.append(("renewal_months", term.renewal_months))
    for name, months in periods:
        if term.notice_months >= months:
            yield _error(
                "notice-longer-than-term",
                "term.notice_months",
                f"notice of {term.notice_months} months cannot be given in a term of {months}",
                f"Notice must be shorter than {name}",
            )
        if term.wind_down_days >= 28 * months:
            yield _error(
                "wind-down-longer-than-term",
                "term.wind_down_days",
                f"winding down takes {term.wind_down_days} days of a term of {months} months",
                "Shorten it",
            )


def _range(path: str, day: datetime.date | None) -> Iterator[Problem]:
    if day is not None and not EARLIEST <= day <= LATEST:
        yield _error(
            "date-out-of-range",
            path,
            f"{day} is not between {EARLIEST.year} and {LATEST.year}",
            "Correct the year",
        )


def _party_dates(document: Document, party: Party, path: str) -> Iterator[Problem]:
    for key in ("signed", "ratified", "acceded"):
        yield from _range(f"{path}.{key}", getattr(party, key))
    signed, ratified = party.signed, party.ratified
    start = document.term.in_force
    if document.agreement.version > 1:
        start = document.agreement.effective
    if party.acceded is not None:
        if not document.agreement.accession:
            yield _error(
                "closed-to-accession",
                f"{path}.acceded",
                f"{party.code} acceded to an agreement that is not open to it",
                "Write accession = true under [agreement], or its signature and ratification",
            )
        if signed is not None or ratified is not None:
            yield _error(
                "dates-out-of-order",
                path,
                f"{party.code} both signed and acceded",
                "A party signs and ratifies, or it accedes",
            )
        return
    if ratified is not None and (signed is None or ratified < signed):
        yield _error(
            "dates-out-of-order",
            f"{path}.ratified",
            f"{party.code} ratified before it signed",
            "Correct one of the dates",
        )
    if start is None:
        return
    needed = [("signature", "signed", signed)]
    if document.term.ratification_needed:
        needed.append(("ratification", "ratified", ratified))
    for what, key, day in needed:
        if day is None:
            yield _error(
                f"missing-{what}",
                path,
                f"in force from {start}, but {party.code} has no date of {what}",
                f"Write {key}, or leave in_force out until it is there",
            )
        elif day > start:
            yield _error(
                "dates-out-of-order",
                f"{path}.{key}",
                f"in force from {start}, before the {what} of {party.code} on {day}",
                "Correct one of the dates",
            )
