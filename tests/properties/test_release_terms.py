"""Nothing leaves outside a term, whatever the dates, notices and delays of the node."""

import datetime

from hypothesis import given, settings
from hypothesis import strategies as st

from release_cases import agreement, item, rule
from skypact.agreement.calendar import Notice, standing
from skypact.agreement.document import Heading, Party, Term
from skypact.agreement.effective import Held, effective
from skypact.agreement.reckoning import begins_ns, day_at
from skypact.model.labels import NOTHING
from skypact.release import compile_release, decide
from skypact.release.item import coded
from skypact.release.terms import bindings_from

START = datetime.date(2023, 11, 2)
ZONES = ("UTC", "Asia/Bishkek", "America/New_York", "Pacific/Kiritimati")


@st.composite
def held(draw: st.DrawFn) -> Held:
    document = agreement(release=(rule(),))
    days = st.integers(-400, 400).map(lambda days: START + datetime.timedelta(days))
    months = draw(st.sampled_from([0, 1, 6, 60]))
    renewal = draw(st.sampled_from(["tacit", "none"]))
    term = Term(
        clause="c",
        in_force=draw(st.one_of(st.none(), st.just(START))),
        months=months,
        renewal=renewal,
        renewal_months=draw(st.sampled_from([1, 6])) if renewal == "tacit" else 0,
        notice_months=draw(st.sampled_from([0, 1])),
        ratification_needed=draw(st.booleans()),
        wind_down_days=draw(st.sampled_from([0, 5, 40])),
        time_zone=draw(st.sampled_from(ZONES)),
    )
    early = START - datetime.timedelta(100)
    parties = tuple(
        Party(
            code=code,
            name={"en": code},
            signed=draw(st.sampled_from([early, early, None])),
            ratified=draw(st.sampled_from([early, early, None])),
        )
        for code in ("A", "B")
    )
    notices = tuple(
        Notice(party, given)
        for party, given in draw(st.lists(st.tuples(st.sampled_from(["A", "B"]), days), max_size=2))
    )
    words = {f: getattr(document, f) for f in document.__struct_fields__}
    head = Heading(id="ab", title={"en": "ab"})
    made = type(document)(**words | {"agreement": head, "term": term, "party": parties})
    return Held(made, draw(st.sampled_from([True, True, True, False])), notices)


HOUR_NS = 3_600_000_000_000


@settings(max_examples=150)
@given(held(), st.integers(-500, 900), st.integers(0, 24 * 400), st.sampled_from([-1, 0, 1]))
def test_what_leaves_leaves_on_a_day_of_the_term(one, days, hours_later, nanosecond):
    """The node asks the calendar once, and uses its answer for up to a year."""
    zone = one.document.term.time_zone
    asked_ns = begins_ns(START + datetime.timedelta(days), zone) + nanosecond
    table = compile_release(bindings_from(effective([one], asked_ns)), "A")
    if "B" not in table.codes.parties:
        return
    for now_ns in (asked_ns, asked_ns + hours_later * HOUR_NS):
        labelled, lying_in = coded([item()], table)
        left = decide(table, labelled, ["B"], now_ns, lying_in).verdict[0, 0] != NOTHING
        day = standing(one.document, one.notices, day_at(now_ns, zone))
        may = one.fully_signed and day.state in ("in-force", "notice-given")
        assert not left or may
        if now_ns == asked_ns:
            assert left == (may and set(day.bound) == {"A", "B"})
