"""When an agreement binds whom: a pure function of its text, what parties did, and a day.

In: a :class:`Document`, the notices and decisions of renewal that were recorded, a day. Out: a
:class:`Standing`. Nothing here asks what day it is. Acts after the day asked about are not
looked at, so that the answer for a day never changes because of what came later.

The rules (days are counted as ``reckoning`` says):

- It binds from ``first_day``: ``term.in_force``, or for an amendment ``agreement.effective``,
  and only if every founder has signed and (where needed) ratified by then.
- A term's last day still binds. Notice given on ``notice_by`` is in time; later it is refused for
  this term and noted for the next.
- Tacit renewal happens unless fewer than two parties would be left; explicit renewal needs a
  decision of all that are left, recorded by the last day of the term.
- Without end, a party leaves ``notice_months`` after its notice.
- Notice may be withdrawn until it takes effect (Vienna Convention on the Law of Treaties,
  article 68).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from skypact.agreement.document import Day, Document
from skypact.agreement.reckoning import day_after, day_at, months_after

State = Literal[
    "drafted",
    "signed",
    "partly-ratified",
    "ratified",
    "in-force",
    "notice-given",
    "wind-down",
    "lapsed",
]
BINDING: frozenset[State] = frozenset({"in-force", "notice-given", "wind-down"})
Verdict = Literal["accepted", "late", "refused", "withdrawn"]


@dataclass(frozen=True, slots=True)
class Notice:
    """A party's notice that it does not go on, and the day it took it back, if it did."""

    party: str
    given: Day
    form: str = "written"
    withdrawn: Day | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """The parties' decision to renew the term that runs on the day of it."""

    decided: Day
    parties: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """What becomes of a notice: on which last day it takes effect, or why it has none."""

    notice: Notice
    verdict: Verdict
    ends: Day | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How an agreement stands on a day.

    Parameters
    ----------
    state
        ``in-force``, ``notice-given`` (it will end) and ``wind-down`` (nothing new begins) bind.
    renewed
        How often its term has been renewed.
    first_day
        On which this text binds, None while signatures, ratifications or the date are missing.
    ends
        Last day of the term that runs, or on which it ended; None without end.
    notice_by
        Last day on which notice ends it with this term; None without end or renewal.
    final
        Whether it ends on ``ends`` if nobody acts any more.
    bound
        Codes of the parties it binds on this day, in the document's order.
    leaving
        Parties whose notice stands, with their last day.
    signed_by, ratified_by
        By this day.
    answers
        What became of each notice given until this day.
    """

    day: Day
    state: State
    renewed: int
    first_day: Day | None
    ends: Day | None
    notice_by: Day | None
    final: bool
    bound: tuple[str, ...]
    leaving: tuple[tuple[str, Day], ...]
    signed_by: tuple[str, ...]
    ratified_by: tuple[str, ...]
    answers: tuple[Answer, ...]

    @property
    def binding(self) -> bool:
        """Whether it binds on this day."""
        return self.state in BINDING


@dataclass(frozen=True, slots=True)
class Period:
    """One term; ``ends`` is None without end, ``goes_on`` whether another follows it."""

    number: int
    ends: Day | None
    notice_by: Day | None
    goes_on: bool


@dataclass(frozen=True, slots=True)
class Course:
    """The terms until a day, who leaves when, and the answers to notices."""

    periods: tuple[Period, ...]
    last_days: dict[str, Day]
    answers: tuple[Answer, ...]


def first_day(document: Document) -> Day | None:
    """The day from which this text binds; None while anything it needs is missing."""
    amends = document.agreement.version > 1
    start = document.agreement.effective if amends else document.term.in_force
    founders = [party for party in document.party if party.acceded is None]
    if start is None or document.term.in_force is None or start < document.term.in_force:
        return None
    if len(founders) < 2:
        return None
    for party in founders:
        if party.signed is None or party.signed > start:
            return None
        if document.term.ratification_needed and (party.ratified is None or party.ratified > start):
            return None
    return start


def last_day(document: Document) -> Day | None:
    """Last day of the initial term; None without end or before entry into force is known."""
    term = document.term
    if term.in_force is None or term.months == 0:
        return None
    return months_after(term.in_force, term.months)


def renews(document: Document) -> bool:
    """Whether its text knows a term after this one."""
    term = document.term
    return term.months > 0 and term.renewal != "none" and term.renewal_months > 0


def bound_on(document: Document, day: Day, last_days: dict[str, Day]) -> tuple[str, ...]:
    """Parties bound on a day of the agreement's force, in the document's order."""
    joined = (
        party.code
        for party in document.party
        if party.acceded is None or (document.agreement.accession and party.acceded <= day)
    )
    return tuple(code for code in joined if code not in last_days or day <= last_days[code])


def standing(
    document: Document,
    notices: Sequence[Notice],
    day: Day,
    *,
    decisions: Sequence[Decision] = (),
) -> Standing:
    """How the agreement stands on a day.

    Parameters
    ----------
    document
        One version of the text; that it is signed with keys is not asked here.
    notices, decisions
        All that were recorded, in any order; those after ``day`` are passed over.
    day
        Calendar day in ``Term.time_zone``.
    """
    start = first_day(document)
    signed = tuple(p.code for p in document.party if p.signed is not None and p.signed <= day)
    ratified = tuple(p.code for p in document.party if p.ratified is not None and p.ratified <= day)
    known = [notice for notice in dict.fromkeys(notices) if notice.given <= day]
    if start is None or day < start:
        early = tuple(
            Answer(notice, "refused", reason="it is not in force")
            for notice in known
            if document.term.in_force is None or notice.given < document.term.in_force
        )
        state = _before(document, signed, ratified)
        ends = last_day(document) if start is not None else None
        return Standing(day, state, 0, start, ends, None, False, (), (), signed, ratified, early)
    way = course(document, known, [d for d in decisions if d.decided <= day], day)
    period = way.periods[-1]
    over = period.ends is not None and day > period.ends
    bound = () if over else bound_on(document, day, way.last_days)
    leaving = tuple((code, way.last_days[code]) for code in bound if code in way.last_days)
    final = period.ends is not None and not period.goes_on
    return Standing(
        day=day,
        state=_state(document, period, way, day, over=over),
        renewed=period.number,
        first_day=start,
        ends=period.ends,
        notice_by=None if over else period.notice_by,
        final=final,
        bound=bound,
        leaving=leaving,
        signed_by=signed,
        ratified_by=ratified,
        answers=way.answers,
    )


def in_force_at(
    document: Document,
    notices: Sequence[Notice],
    time_ns: int,
    *,
    decisions: Sequence[Decision] = (),
) -> bool:
    """Whether it binds at an instant, int64 UTC nanoseconds."""
    day = day_at(time_ns, document.term.time_zone)
    return standing(document, notices, day, decisions=decisions).binding


def _before(document: Document, signed: Sequence[str], ratified: Sequence[str]) -> State:
    founders = {party.code for party in document.party if party.acceded is None}
    if not founders <= set(signed):
        return "drafted"
    if not document.term.ratification_needed:
        return "signed"
    done = founders & set(ratified)
    if done == founders:
        return "ratified"
    return "partly-ratified" if done else "signed"


def _state(document: Document, period: Period, way: Course, day: Day, *, over: bool) -> State:
    if over:
        return "lapsed"
    if period.ends is None or period.goes_on:
        return "in-force"
    if day > day_after(period.ends, -document.term.wind_down_days):
        return "wind-down"
    by_notice = any(last <= period.ends for last in way.last_days.values())
    stays = bound_on(document, day_after(period.ends), way.last_days)
    return "notice-given" if by_notice and len(stays) < 2 else "in-force"


def course(
    document: Document,
    notices: Sequence[Notice],
    decisions: Sequence[Decision],
    day: Day,
) -> Course:
    """The terms from entry into force until the one that holds ``day``, or the last one.

    Call it only where ``first_day`` is not None. All ``notices`` and ``decisions`` are taken as
    known, also those after ``day``.
    """
    waiting = sorted(dict.fromkeys(notices), key=lambda notice: (notice.given, notice.party))
    if document.term.months == 0:
        return _endless(document, waiting, day)
    term = document.term
    begin = term.in_force
    assert begin is not None  # first_day is not None
    last_days: dict[str, Day] = {}
    answers: list[Answer] = []
    periods: list[Period] = []
    before = begin  # last day of the term before; notices later than that are in this term
    while True:
        number = len(periods)
        ends = months_after(begin, term.months + number * term.renewal_months)
        by = months_after(ends, -term.notice_months) if renews(document) else ends
        while waiting and waiting[0].given <= by:
            notice = waiting.pop(0)
            late = number > 0 and notice.given <= before
            answers.append(_answer(document, notice, last_days, ends, day, late=late))
        stays = bound_on(document, day_after(ends), last_days)
        goes_on = renews(document) and len(stays) >= 2 and ends < Day.max
        if goes_on and term.renewal == "explicit":
            goes_on = any(
                decision.decided <= ends
                and (number == 0 or decision.decided > before)
                and set(stays) <= set(decision.parties)
                for decision in decisions
            )
        periods.append(Period(number, ends, by if renews(document) else None, goes_on))
        if day <= ends or not goes_on:
            break
        before = ends
    following = months_after(begin, term.months + len(periods) * term.renewal_months)
    noted: dict[str, Day] = {}
    for notice in waiting:  # after the last day for notice of the term that runs
        if notice.given > ends:
            answers.append(Answer(notice, "refused", reason="it is no longer in force"))
        elif not goes_on and term.renewal == "tacit":
            answers.append(Answer(notice, "refused", reason="too late, and it ends with this term"))
        else:
            known = last_days | noted
            answers.append(_answer(document, notice, known, following, day, late=True))
            noted = {code: last for code, last in known.items() if code not in last_days}
    return Course(tuple(periods), last_days, tuple(answers))


def _endless(document: Document, waiting: Sequence[Notice], day: Day) -> Course:
    """The one term of an agreement without end: it lapses when fewer than two are left."""
    last_days: dict[str, Day] = {}
    answers: list[Answer] = []
    ends: Day | None = None
    for notice in waiting:
        leaves = months_after(notice.given, document.term.notice_months)
        if ends is not None and notice.given > ends:
            answers.append(Answer(notice, "refused", reason="it is no longer in force"))
            continue
        answers.append(_answer(document, notice, last_days, leaves, day, late=False))
        alone = (
            last
            for last in sorted(last_days.values())
            if len(bound_on(document, day_after(last), last_days)) < 2
        )
        ends = next(alone, None)
    return Course((Period(0, ends, None, ends is None),), last_days, tuple(answers))


def _answer(
    document: Document,
    notice: Notice,
    last_days: dict[str, Day],
    ends: Day,
    day: Day,
    *,
    late: bool,
) -> Answer:
    """What becomes of one notice; an effective one is entered in ``last_days``."""
    term = document.term
    if term.in_force is None or notice.given < term.in_force:
        return Answer(notice, "refused", reason="it is not in force")
    if notice.party not in bound_on(document, notice.given, last_days):
        return Answer(notice, "refused", reason=f"{notice.party} is not bound by it")
    if notice.form != term.notice_form:
        reason = f"notice must be {term.notice_form}, not {notice.form}"
        return Answer(notice, "refused", reason=reason)
    if notice.party in last_days:
        return Answer(notice, "refused", reason="notice was given before")
    back = notice.withdrawn
    if back is not None and back <= min(day, ends):
        return Answer(notice, "withdrawn", reason=f"withdrawn on {back}")
    last_days[notice.party] = ends
    if late:
        return Answer(notice, "late", ends, "too late for the term in which it was given")
    return Answer(notice, "accepted", ends)
