"""The calendar against an independent reckoning, over random agreements, notices and days."""

import datetime
from itertools import pairwise

from dateutil.relativedelta import relativedelta
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from agreements_made_up import CODES, Day, agreement, days, decision, documents, notice
from skypact.agreement.calendar import (
    Notice,
    Standing,
    bound_on,
    first_day,
    in_force_at,
    renews,
    standing,
)
from skypact.agreement.dates import days as dates
from skypact.agreement.dates import warnings
from skypact.agreement.document import Document
from skypact.agreement.effective import Held, effective
from skypact.agreement.reckoning import LAST_NS, begins_ns, day_at, months_after

ONE = datetime.timedelta(days=1)
notices = st.lists(notice(), max_size=5)
decisions = st.lists(decision, max_size=3)


@given(days, st.integers(-480, 480))
def test_months_are_counted_as_dateutil_counts_them(day: Day, months: int) -> None:
    assert months_after(day, months) == day + relativedelta(months=months)


@given(st.integers(1, 12), st.sampled_from(["UTC", "Asia/Bishkek", "America/Havana"]), days)
def test_a_day_begins_once_and_ends_where_the_next_begins(
    hours: int, time_zone: str, day: Day
) -> None:
    begin, end = begins_ns(day, time_zone), begins_ns(day + ONE, time_zone)
    assert 23 * 3600 <= (end - begin) // 10**9 <= 25 * 3600
    assert day_at(begin, time_zone) == day_at(end - 1, time_zone) == day
    assert day_at(begin - 1, time_zone) == day - ONE
    assert day_at(begin + hours * 3600 * 10**9, time_zone) == day


def last_day_by_hand(document: Document, given_on: list[Day]) -> Day | None:
    """Of a bilateral agreement with tacit renewal: the end that the first timely notice meets."""
    term = document.term
    assert term.in_force is not None
    ends: list[Day] = []
    for day in given_on:
        renewed = 0
        while True:
            end = term.in_force + relativedelta(months=term.months + renewed * term.renewal_months)
            if day <= end - relativedelta(months=term.notice_months):
                break
            renewed += 1
        ends.append(end)
    return min(ends, default=None)


@given(
    st.dates(Day(2000, 1, 1), Day(2012, 12, 31)) | st.just(Day(2004, 2, 29)),
    st.sampled_from([7, 12, 24, 60]),
    st.sampled_from([7, 12, 60]),
    st.sampled_from([0, 1, 3, 6]),
    st.lists(st.tuples(st.sampled_from(CODES[:2]), days), max_size=3, unique_by=lambda n: n[0]),
    days,
)
def test_renewals_and_notices_of_two_parties_follow_the_independent_oracle(
    in_force: Day, months: int, renewal: int, notice_months: int, gave: list, day: Day
) -> None:
    document = agreement(
        in_force=in_force,
        signed=in_force,
        ratified=in_force,
        months=months,
        renewal_months=renewal,
        notice_months=notice_months,
    )
    gave = [(party, when) for party, when in gave if when >= in_force]
    now = standing(document, [Notice(party, when) for party, when in gave], day)
    last = last_day_by_hand(document, [when for _, when in gave if when <= day])
    binds = day >= in_force and (last is None or day <= last)
    assert now.binding == binds
    if binds:
        ends = in_force + relativedelta(months=months)
        renewed = 0
        while ends < day:
            renewed += 1
            ends = in_force + relativedelta(months=months + renewed * renewal)
        assert (now.renewed, now.ends) == (renewed, ends)
        assert now.notice_by == ends - relativedelta(months=notice_months)
        assert now.final == (last == ends)
    elif last is not None and day > last:
        assert now.state == "lapsed"
        assert now.ends == last


@given(documents(), notices, decisions, days)
def test_nothing_binds_before_the_last_signature_and_ratification(
    document: Document, gave: list, decided: list, day: Day
) -> None:
    now = standing(document, gave, day, decisions=decided)
    if now.binding:
        assert document.term.in_force is not None
        assert document.term.in_force <= day
        for party in document.party:
            if party.acceded is None:
                assert party.signed is not None
                assert party.signed <= day
                if document.term.ratification_needed:
                    assert party.ratified is not None
                    assert party.ratified <= day
        assert len(now.bound) >= 2
    else:
        assert now.bound == ()


@given(documents(), notices, decisions, days, days)
def test_what_is_done_later_changes_no_day_before_it(
    document: Document, gave: list, decided: list, one: Day, other: Day
) -> None:
    day, later = sorted((one, other))
    assume(day < later)
    until = [
        notice
        if notice.withdrawn is None or notice.withdrawn <= day
        else Notice(notice.party, notice.given, notice.form)
        for notice in gave
        if notice.given <= day
    ]
    known = [decision for decision in decided if decision.decided <= day]
    alone = standing(document, until, day, decisions=known)
    full = standing(document, gave, day, decisions=decided)

    def told(now: Standing) -> tuple:
        return (now.state, now.renewed, now.ends, now.notice_by, now.final, now.bound, now.leaving)

    assert told(alone) == told(full)


@given(documents(complete=True), notices, decisions)
def test_once_lapsed_it_stays_lapsed_and_renewals_only_grow(
    document: Document, gave: list, decided: list
) -> None:
    start = first_day(document)
    assert start is not None
    walked = [
        standing(document, gave, start + 37 * number * ONE, decisions=decided)
        for number in range(120)
    ]
    for before, after in pairwise(walked):
        assert after.renewed >= before.renewed
        assert before.state != "lapsed" or after.state == "lapsed"


@given(documents(), notices, decisions, days)
def test_a_node_that_sleeps_until_the_next_change_misses_nothing(
    document: Document, gave: list, decided: list, day: Day
) -> None:
    held = [Held(document, True, tuple(gave), tuple(decided))]
    zone = document.term.time_zone
    now_ns = begins_ns(day, zone) + 43_200 * 10**9
    now = effective(held, now_ns)
    assert now.next_change_ns > now_ns

    def seen(time_ns: int) -> tuple:
        what = standing(document, gave, day_at(time_ns, zone), decisions=decided)
        return (what.state, what.bound, what.renewed, what.final, what.ends)

    end = min(now.next_change_ns, begins_ns(Day(2045, 1, 1), zone))
    for part in range(1, 20):
        between = now_ns + (end - 1 - now_ns) * part // 19
        assert seen(between) == seen(now_ns)
    if now.next_change_ns < LAST_NS:
        assert seen(now.next_change_ns) != seen(now_ns)
        assert seen(now.next_change_ns - 1) == seen(now_ns)


@given(documents(), notices, decisions, days)
def test_every_answer_names_a_last_day_or_a_reason(
    document: Document, gave: list, decided: list, day: Day
) -> None:
    now = standing(document, gave, day, decisions=decided)
    assert len(now.answers) <= sum(notice.given <= day for notice in gave)
    for answer in now.answers:
        if answer.verdict in ("accepted", "late"):
            assert answer.ends is not None
            assert answer.ends >= answer.notice.given
        else:
            assert answer.reason
    if now.binding and now.ends is not None:
        assert day <= now.ends
        assert now.final or renews(document)


@settings(max_examples=60)
@given(documents(), notices, decisions, days)
def test_the_list_of_dates_tells_the_same_as_the_standing(
    document: Document, gave: list, decided: list, until: Day
) -> None:
    listed = dates(document, gave, until, decisions=decided)
    assert [event.day for event in listed] == sorted(event.day for event in listed)
    for event in listed:
        assert event.day <= until
        assert event.words["en"]
        assert "{" not in "".join((*event.words.values(), *event.follows.values()))
    now = standing(document, gave, until, decisions=decided)
    kinds = [event.kind for event in listed]
    assert ("lapsed" in kinds) == (now.state == "lapsed")
    assert kinds.count("renewed") == now.renewed
    assert ("in-force" in kinds) == (now.first_day is not None and now.first_day <= until)


@given(documents(), notices, decisions, days)
def test_a_warning_is_of_a_day_within_its_threshold(
    document: Document, gave: list, decided: list, day: Day
) -> None:
    for warning in warnings(document, gave, day, decisions=decided):
        assert 0 <= warning.left <= warning.threshold
        assert (warning.day - day).days == warning.left
        assert warning.threshold in (7, 30, 90, 180)


@given(documents(complete=True), days)
def test_it_is_in_force_from_the_first_instant_of_its_first_day(
    document: Document, day: Day
) -> None:
    start = first_day(document)
    assert start is not None
    begin = begins_ns(start, document.term.time_zone)
    assert in_force_at(document, [], begin)
    assert not in_force_at(document, [], begin - 1)
    if document.term.months and not renews(document):
        last = months_after(start, document.term.months)
        end = begins_ns(last + ONE, document.term.time_zone)
        assert in_force_at(document, [], end - 1)
        assert not in_force_at(document, [], end)
    assert set(bound_on(document, day, {})) <= {party.code for party in document.party}
