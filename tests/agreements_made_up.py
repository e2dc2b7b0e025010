"""Agreements of two to four invented states, for tests: one by hand, and random ones."""

from __future__ import annotations

import datetime

import msgspec
from hypothesis import strategies as st

from skypact.agreement.calendar import Decision, Notice
from skypact.agreement.document import Clause, Document, Heading, Party, Term

Day = datetime.date
CODES = ("AV", "BO", "CO", "DE")
SIGNED, RATIFIED, IN_FORCE = Day(2022, 8, 16), Day(2023, 10, 11), Day(2023, 11, 2)
FIRST, LAST = Day(2000, 1, 1), Day(2040, 12, 31)


def words(text: str) -> dict[str, str]:
    return {"en": text}


CLAUSES = (Clause(id="a", text=words("a"), source="invented"),)


def agreement(
    *codes: str,
    in_force: Day | None = IN_FORCE,
    signed: Day | None = SIGNED,
    ratified: Day | None = RATIFIED,
    heading: Heading | None = None,
    **term: object,
) -> Document:
    """Signed, ratified and in force, for five years with tacit renewal, unless told otherwise."""
    settings: dict[str, object] = {
        "clause": "a",
        "in_force": in_force,
        "months": 60,
        "renewal": "tacit",
        "renewal_clause": "a",
        "renewal_months": 60,
        "notice_months": 6,
        "notice_clause": "a",
    }
    return Document(
        agreement=heading or Heading(id="rivers", title=words("Rivers")),
        term=msgspec.convert(settings | term, Term),
        party=tuple(
            Party(code=code, name=words(code), signed=signed, ratified=ratified)
            for code in codes or CODES[:2]
        ),
        clause=CLAUSES,
    )


days = st.dates(FIRST, LAST)
month_ends = st.builds(
    lambda year, month, back: Day(year, month, 1) - datetime.timedelta(days=back),
    st.integers(2003, 2012),
    st.integers(1, 12),
    st.integers(0, 3),
)


@st.composite
def terms(draw: st.DrawFn, in_force: Day | None) -> Term:
    months = draw(st.sampled_from([0, 1, 6, 12, 13, 60]))
    renewal = draw(st.sampled_from(["tacit", "explicit", "none"])) if months else "none"
    return Term(
        clause="a",
        in_force=in_force,
        months=months,
        renewal=renewal,  # type: ignore[arg-type]
        renewal_clause="a",
        renewal_months=draw(st.sampled_from([1, 6, 12, 60])) if renewal != "none" else 0,
        notice_months=draw(st.sampled_from([0, 1, 3, 6])),
        notice_clause="a",
        wind_down_days=draw(st.sampled_from([0, 1, 14])),
        ratification_needed=draw(st.booleans()),
        time_zone=draw(st.sampled_from(["UTC", "Asia/Bishkek", "America/Havana"])),
    )


@st.composite
def documents(draw: st.DrawFn, *, complete: bool = False) -> Document:
    """Random agreements; complete ones enter into force."""
    in_force = draw(month_ends | st.dates(Day(2003, 1, 1), LAST))
    dated = complete or draw(st.integers(0, 5)) > 0
    before = st.dates(FIRST, in_force)
    accession = draw(st.booleans())
    parties: list[Party] = []
    for number, code in enumerate(CODES[: draw(st.integers(2, 4))]):
        if number >= 2 and accession and draw(st.booleans()):
            parties.append(Party(code=code, name=words(code), acceded=draw(days)))
            continue
        known = before if complete else st.none() | before | before | days
        signed, ratified = draw(known), draw(known)
        if signed and ratified and ratified < signed:
            signed, ratified = ratified, signed
        parties.append(Party(code=code, name=words(code), signed=signed, ratified=ratified))
    return Document(
        agreement=Heading(id="rivers", title=words("Rivers"), accession=accession),
        term=draw(terms(in_force if dated else None)),
        party=tuple(parties),
        clause=CLAUSES,
    )


@st.composite
def notice(draw: st.DrawFn) -> Notice:
    given = draw(days)
    return Notice(
        party=draw(st.sampled_from(CODES)),
        given=given,
        form=draw(st.sampled_from(["written", "written", "written", "spoken"])),
        withdrawn=draw(st.none() | st.none() | st.dates(given, LAST)),
    )


decision = st.builds(
    Decision,
    decided=days,
    parties=st.lists(st.sampled_from(CODES), min_size=2, unique=True).map(tuple),
)
