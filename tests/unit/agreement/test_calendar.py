"""When an agreement binds: the founding case, every state, notices, leap days and zones."""

import datetime
from pathlib import Path
from typing import get_args

import msgspec
import pytest

from agreements_made_up import IN_FORCE, agreement, words
from skypact.agreement.calendar import (
    Decision,
    Notice,
    State,
    first_day,
    in_force_at,
    standing,
)
from skypact.agreement.dates import days, warnings
from skypact.agreement.document import Document, Heading, Party
from skypact.agreement.effective import Held, binds, effective
from skypact.agreement.reading import read_agreement
from skypact.agreement.reckoning import begins_ns, day_at, months_after, zone
from skypact.model.errors import BadInput

Day = datetime.date
EXAMPLES = Path(__file__).parents[3] / "examples" / "agreements"
FOUNDING = read_agreement(EXAMPLES / "ru-kg-2022.toml").document


def test_the_founding_agreement_ends_on_2_november_2028_with_notice_until_2_may() -> None:
    now = standing(FOUNDING, [], Day(2026, 11, 23))
    assert (now.state, now.first_day) == ("in-force", Day(2023, 11, 2))
    assert (now.ends, now.notice_by) == (Day(2028, 11, 2), Day(2028, 5, 2))
    assert now.bound == ("RU", "KG")
    assert not now.final


def test_without_notice_it_is_renewed_by_five_years_again_and_again() -> None:
    assert standing(FOUNDING, [], Day(2028, 11, 2)).renewed == 0
    first = standing(FOUNDING, [], Day(2028, 11, 3))
    assert (first.state, first.renewed, first.ends) == ("in-force", 1, Day(2033, 11, 2))
    later = standing(FOUNDING, [], Day(2045, 1, 1))
    assert (later.renewed, later.ends) == (4, Day(2048, 11, 2))


@pytest.mark.parametrize("party", ["RU", "KG"])
def test_notice_on_the_last_day_ends_it_with_the_term(party: str) -> None:
    notices = [Notice(party, Day(2028, 5, 2))]
    told = standing(FOUNDING, notices, Day(2028, 5, 2))
    assert (told.state, told.final, told.ends) == ("notice-given", True, Day(2028, 11, 2))
    assert standing(FOUNDING, notices, Day(2028, 10, 3)).state == "notice-given"
    assert standing(FOUNDING, notices, Day(2028, 10, 4)).state == "wind-down"
    assert standing(FOUNDING, notices, Day(2028, 11, 2)).binding
    over = standing(FOUNDING, notices, Day(2028, 11, 3))
    assert (over.state, over.bound, over.ends) == ("lapsed", (), Day(2028, 11, 2))


def test_late_notice_is_refused_for_this_term_and_noted_for_the_next() -> None:
    notices = [Notice("KG", Day(2028, 5, 3))]
    now = standing(FOUNDING, notices, Day(2028, 5, 3))
    assert (now.state, now.final) == ("in-force", False)
    assert now.answers[0].verdict == "late"
    assert now.answers[0].ends == Day(2033, 11, 2)
    then = standing(FOUNDING, notices, Day(2028, 11, 3))
    assert (then.state, then.renewed, then.ends) == ("notice-given", 1, Day(2033, 11, 2))
    assert then.answers[0].verdict == "late"
    assert standing(FOUNDING, notices, Day(2033, 11, 3)).state == "lapsed"


def test_a_notice_taken_back_before_it_takes_effect_is_as_if_never_given() -> None:
    notices = [Notice("KG", Day(2028, 5, 1), withdrawn=Day(2028, 9, 1))]
    assert standing(FOUNDING, notices, Day(2028, 8, 31)).state == "notice-given"
    assert standing(FOUNDING, notices, Day(2028, 9, 1)).state == "in-force"
    assert standing(FOUNDING, notices, Day(2028, 11, 3)).renewed == 1
    too_late = [Notice("KG", Day(2028, 5, 1), withdrawn=Day(2028, 11, 3))]
    assert standing(FOUNDING, too_late, Day(2028, 11, 3)).state == "lapsed"


@pytest.mark.parametrize(
    ("notice", "reason"),
    [
        (Notice("KZ", Day(2024, 1, 1)), "KZ is not bound by it"),
        (Notice("KG", Day(2024, 1, 1), "spoken"), "notice must be written, not spoken"),
        (Notice("KG", Day(2023, 1, 1)), "it is not in force"),
    ],
)
def test_a_notice_that_is_none_is_refused_with_its_reason(notice: Notice, reason: str) -> None:
    answer = standing(FOUNDING, [notice], Day(2026, 1, 1)).answers[0]
    assert (answer.verdict, answer.reason) == ("refused", reason)


def test_a_second_notice_of_the_same_party_changes_nothing() -> None:
    notices = [Notice("KG", Day(2025, 1, 1)), Notice("KG", Day(2026, 1, 1))]
    now = standing(FOUNDING, notices, Day(2026, 1, 1))
    assert [answer.verdict for answer in now.answers] == ["accepted", "refused"]
    assert now.ends == Day(2028, 11, 2)


def one_day_of_each_state() -> dict[str, tuple[Document, list[Notice], Day]]:
    whole = agreement(wind_down_days=30)
    unsigned = agreement(signed=None, ratified=None, in_force=None)
    half = msgspec.structs.replace(
        whole, party=(whole.party[0], msgspec.structs.replace(whole.party[1], ratified=None))
    )
    notices = [Notice("AV", Day(2028, 1, 1))]
    return {
        "drafted": (unsigned, [], Day(2025, 1, 1)),
        "signed": (whole, [], Day(2023, 10, 10)),
        "partly-ratified": (half, [], Day(2023, 10, 11)),
        "ratified": (whole, [], Day(2023, 11, 1)),
        "in-force": (whole, [], Day(2023, 11, 2)),
        "notice-given": (whole, notices, Day(2028, 1, 1)),
        "wind-down": (whole, notices, Day(2028, 11, 2)),
        "lapsed": (whole, notices, Day(2028, 11, 3)),
    }


@pytest.mark.parametrize("state", get_args(State))
def test_every_state_is_reached(state: str) -> None:
    document, notices, day = one_day_of_each_state()[state]
    now = standing(document, notices, day)
    assert now.state == state
    assert now.binding == (state in ("in-force", "notice-given", "wind-down"))


def test_a_missing_ratification_keeps_it_out_of_force_whatever_date_is_written() -> None:
    document = agreement(ratified=None)
    assert first_day(document) is None
    assert standing(document, [], Day(2030, 1, 1)).state == "signed"
    assert standing(agreement(ratified=Day(2023, 11, 3)), [], Day(2030, 1, 1)).state == "ratified"
    assert standing(agreement(ratified=None, ratification_needed=False), [], IN_FORCE).binding


def test_a_leap_day_ends_on_28_february_and_comes_back() -> None:
    start = Day(2024, 2, 29)
    document = agreement(
        in_force=start, months=12, renewal_months=12, notice_months=1, ratified=start
    )
    ends = [standing(document, [], Day(year, 1, 1)).ends for year in (2025, 2026, 2027, 2028)]
    assert ends == [Day(2025, 2, 28), Day(2026, 2, 28), Day(2027, 2, 28), Day(2028, 2, 29)]
    assert months_after(Day(2023, 8, 31), -6) == Day(2023, 2, 28)


def test_explicit_renewal_needs_a_decision_of_all_parties_within_the_term() -> None:
    document = agreement(renewal="explicit", renewal_months=12)
    last = Day(2028, 11, 2)
    assert standing(document, [], last).final
    assert standing(document, [], Day(2028, 11, 3)).state == "lapsed"
    in_time = [Decision(last, ("AV", "BO"))]
    assert standing(document, [], Day(2028, 11, 1), decisions=in_time).final  # not yet decided
    assert not standing(document, [], last, decisions=in_time).final
    renewed = standing(document, [], Day(2028, 11, 3), decisions=in_time)
    assert (renewed.state, renewed.renewed, renewed.ends) == ("in-force", 1, Day(2029, 11, 2))
    assert standing(document, [], Day(2029, 11, 3), decisions=in_time).state == "lapsed"
    for short in (Decision(Day(2028, 11, 3), ("AV", "BO")), Decision(last, ("AV",))):
        assert standing(document, [], Day(2028, 11, 4), decisions=[short]).state == "lapsed"


def test_winding_down_stops_when_renewal_is_decided_after_all() -> None:
    document = agreement(renewal="explicit", renewal_months=12, wind_down_days=30)
    day = Day(2028, 10, 20)
    assert standing(document, [], day).state == "wind-down"
    decided = [Decision(day, ("AV", "BO"))]
    assert standing(document, [], day, decisions=decided).state == "in-force"


def test_an_agreement_without_end_is_left_by_notice() -> None:
    document = agreement("AV", "BO", "CO", months=0, renewal="none", renewal_months=0)
    notices = [Notice("CO", Day(2025, 1, 31))]
    now = standing(document, notices, Day(2025, 2, 1))
    assert (now.state, now.leaving, now.ends) == ("in-force", (("CO", Day(2025, 7, 31)),), None)
    assert standing(document, notices, Day(2025, 7, 31)).bound == ("AV", "BO", "CO")
    assert standing(document, notices, Day(2025, 8, 1)).bound == ("AV", "BO")
    notices.append(Notice("AV", Day(2026, 1, 1)))
    assert standing(document, notices, Day(2026, 1, 1)).state == "notice-given"
    assert standing(document, notices, Day(2026, 7, 2)).state == "lapsed"


def test_two_of_three_go_on_when_one_leaves_a_renewed_agreement() -> None:
    document = agreement("AV", "BO", "CO")
    notices = [Notice("CO", Day(2026, 1, 1))]
    assert standing(document, notices, Day(2028, 11, 2)).bound == ("AV", "BO", "CO")
    after = standing(document, notices, Day(2028, 11, 3))
    assert (after.state, after.renewed, after.bound) == ("in-force", 1, ("AV", "BO"))


def test_who_accedes_is_bound_from_that_day_if_the_agreement_is_open() -> None:
    closed = agreement()
    late = Party(code="CO", name=words("CO"), acceded=Day(2025, 5, 5))
    closed = msgspec.structs.replace(closed, party=(*closed.party, late))
    opened = msgspec.structs.replace(
        closed, agreement=msgspec.structs.replace(closed.agreement, accession=True)
    )
    assert standing(opened, [], Day(2025, 5, 4)).bound == ("AV", "BO")
    assert standing(opened, [], Day(2025, 5, 5)).bound == ("AV", "BO", "CO")
    assert standing(closed, [], Day(2025, 5, 5)).bound == ("AV", "BO")


def test_a_day_begins_at_midnight_of_the_agreements_zone() -> None:
    begin = int(datetime.datetime(2023, 11, 1, 18, tzinfo=datetime.UTC).timestamp()) * 10**9
    assert FOUNDING.term.time_zone == "Asia/Bishkek"  # six hours ahead of UTC
    assert in_force_at(FOUNDING, [], begin)
    assert not in_force_at(FOUNDING, [], begin - 1)


def test_a_day_whose_midnight_is_skipped_begins_at_the_jump() -> None:
    begin = begins_ns(Day(2021, 3, 28), "Asia/Beirut")  # clocks went from 00:00 to 01:00
    assert day_at(begin, "Asia/Beirut") == Day(2021, 3, 28)
    assert day_at(begin - 1, "Asia/Beirut") == Day(2021, 3, 27)


def test_a_zone_that_does_not_exist_is_refused_by_name() -> None:
    for name in ("Asia/Atlantis", "../../etc/passwd", "", "\0"):
        with pytest.raises(BadInput, match="no time zone"):
            zone(name)


@pytest.mark.parametrize("left", [180, 90, 30, 7])
def test_it_warns_before_the_last_day_for_notice(left: int) -> None:
    day = Day(2028, 5, 2) - datetime.timedelta(days=left)
    warning = warnings(FOUNDING, [], day)[0]
    assert (warning.of, warning.left, warning.threshold) == ("notice", left, left)
    assert "2028-05-02" in warning.words["en"]
    assert set(warning.words) == {"en", "ru", "ky"}
    before = warnings(FOUNDING, [], day - datetime.timedelta(days=1))
    assert [w.threshold for w in before] == (
        [] if left == 180 else [{90: 180, 30: 90, 7: 30}[left]]
    )


def test_it_warns_before_the_end_the_decision_and_a_departure() -> None:
    ending = [Notice("KG", Day(2028, 1, 1))]
    assert [w.of for w in warnings(FOUNDING, ending, Day(2028, 10, 1))] == ["end"]
    explicit = agreement(renewal="explicit", renewal_months=12)
    assert [w.of for w in warnings(explicit, [], Day(2028, 10, 1))] == ["decision"]
    three = agreement("AV", "BO", "CO")
    leaving = [Notice("CO", Day(2028, 1, 1))]
    told = warnings(three, leaving, Day(2028, 10, 1))
    assert [(w.of, w.party) for w in told] == [("leaving", "CO")]
    assert warnings(FOUNDING, [], Day(2028, 5, 3)) == ()


def test_the_calendar_lists_every_date_and_what_follows_if_nobody_acts() -> None:
    listed = [(event.day, event.kind) for event in days(FOUNDING, [], Day(2033, 1, 1))]
    assert listed == [
        (Day(2022, 8, 16), "signed"),
        (Day(2022, 8, 16), "signed"),
        (Day(2023, 5, 29), "ratified"),
        (Day(2023, 10, 11), "ratified"),
        (Day(2023, 11, 2), "in-force"),
        (Day(2028, 5, 2), "notice-by"),
        (Day(2028, 11, 2), "ends"),
        (Day(2028, 11, 3), "renewed"),
    ]
    ended = days(FOUNDING, [Notice("RU", Day(2027, 1, 1))], Day(2033, 1, 1))
    assert [event.kind for event in ended][-4:] == ["notice-given", "wind-down", "ends", "lapsed"]
    assert "frozen" in ended[-1].follows["en"]


def held(document: Document, *notices: Notice, signed: bool = True) -> Held:
    return Held(document, signed, notices)


def noon(day: Day) -> int:
    return begins_ns(day, "UTC") + 43_200 * 10**9


def test_a_node_wakes_exactly_at_entry_into_force_and_after_the_last_day() -> None:
    document = agreement(renewal="none", renewal_months=0, wind_down_days=10)
    before = effective([held(document)], noon(Day(2023, 10, 20)))
    assert before.bindings == ()
    assert before.next_change_ns == begins_ns(IN_FORCE, "UTC")
    during = effective([held(document)], before.next_change_ns)
    assert binds(during, "AV", "BO")
    assert during.next_change_ns == begins_ns(Day(2028, 10, 24), "UTC")  # winding down
    late = effective([held(document)], during.next_change_ns)
    assert late.next_change_ns == begins_ns(Day(2028, 11, 3), "UTC")
    assert effective([held(document)], late.next_change_ns).bindings == ()


def test_a_node_wakes_for_a_departure_that_a_coming_notice_brings() -> None:
    endless = agreement(
        "AV", "BO", "CO", months=0, renewal="none", renewal_months=0, notice_months=0
    )
    leaves = Notice("CO", Day(2025, 6, 1))
    now = effective([held(endless, leaves)], noon(Day(2025, 5, 1)))
    assert now.next_change_ns == begins_ns(Day(2025, 6, 2), "UTC")


def test_without_all_signatures_nothing_binds() -> None:
    assert effective([held(agreement(), signed=False)], noon(Day(2025, 1, 1))).bindings == ()


def amended(day: Day | None, version: int = 2) -> Document:
    heading = Heading(
        id="rivers", title=words("Rivers"), version=version, amends="ab" * 32, effective=day
    )
    return agreement(heading=heading, notice_months=3)


def test_an_amendment_replaces_the_text_from_its_own_day() -> None:
    both = [held(agreement()), held(amended(Day(2025, 1, 1)))]
    last = effective(both, begins_ns(Day(2025, 1, 1), "UTC") - 1)
    assert [b.document.agreement.version for b in last.bindings] == [1]
    assert last.next_change_ns == begins_ns(Day(2025, 1, 1), "UTC")
    then = effective(both, last.next_change_ns)
    assert [b.document.agreement.version for b in then.bindings] == [2]
    assert then.bindings[0].standing.notice_by == Day(2028, 8, 2)
    assert first_day(amended(None)) is None


def test_two_signed_texts_of_one_version_bind_nobody_and_are_reported() -> None:
    one = amended(Day(2025, 1, 1))
    other = msgspec.structs.replace(one, categories=("X",))
    now = effective([held(agreement()), held(one), held(other)], noon(Day(2025, 6, 1)))
    assert now.bindings == ()
    assert now.refused[0][0] == "rivers"


def test_an_agreement_that_cannot_be_reckoned_is_reported_and_the_others_go_on() -> None:
    lost = agreement(
        heading=Heading(id="atlantis", title=words("A")), time_zone="Atlantic/Atlantis"
    )
    now = effective([held(lost), held(agreement())], noon(Day(2025, 1, 1)))
    assert [b.document.agreement.id for b in now.bindings] == ["rivers"]
    assert now.refused[0][0] == "atlantis"
    assert "no time zone" in now.refused[0][1]


def test_notices_of_any_version_are_those_of_the_agreement() -> None:
    both = [
        held(agreement(), Notice("AV", Day(2024, 6, 1))),
        held(amended(Day(2025, 1, 1))),
    ]
    now = effective(both, noon(Day(2026, 1, 1)))
    assert now.bindings[0].standing.state == "notice-given"


def test_an_amendment_that_lapses_does_not_bring_back_what_it_replaced() -> None:
    short = replace_term(amended(Day(2025, 1, 1)), months=24, renewal="none", renewal_months=0)
    now = effective([held(agreement()), held(short)], noon(Day(2026, 1, 1)))
    assert now.bindings == ()


def replace_term(document: Document, **values: object) -> Document:
    return msgspec.structs.replace(document, term=msgspec.structs.replace(document.term, **values))


def test_several_agreements_bind_side_by_side() -> None:
    other = Heading(id="lakes", title=words("Lakes"))
    now = effective(
        [held(agreement()), held(agreement("BO", "CO", heading=other))], noon(Day(2025, 1, 1))
    )
    assert [b.document.agreement.id for b in now.bindings] == ["lakes", "rivers"]
    assert [b.document.agreement.id for b in binds(now, "CO", "BO")] == ["lakes"]
    assert binds(now, "AV", "CO") == ()
