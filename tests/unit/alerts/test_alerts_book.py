"""The book of alerts: dwell times hold for any coming and going of a condition."""

from hypothesis import given
from hypothesis import strategies as st

from alert_skies import NOW_NS, SECOND_NS, rules_of
from skypact.alerts.book import AlertBook
from skypact.alerts.conditions import Condition, Key

RULE = """
[[rule]]
id = "r"
watch = "code"
kind = "emergency"
severity = "warning"
mode_3a = ["7700"]
reason = "test"
"""


def book_with(raise_after_s, clear_after_s):
    rule = rules_of(
        RULE + f"raise_after_s = {raise_after_s}\nclear_after_s = {clear_after_s}"
    ).rule[0]
    return AlertBook("KG"), {"r": rule}


def condition(rules, level=1):
    return Condition(Key("r", (1,)), rules["r"], "emergency", "warning", "x", level=level)


@given(
    st.lists(st.booleans(), min_size=1, max_size=80),
    st.integers(0, 4).map(float),
    st.integers(0, 9).map(float),
)
def test_an_alert_stands_from_when_it_has_held_until_it_has_been_gone(holds, wait_s, gone_s):
    book, rules = book_with(wait_s, gone_s)
    held, gone, stands = 0, 0, False
    for t, now in enumerate(holds):
        changes = book.look([condition(rules)] if now else [], NOW_NS + t * SECOND_NS, rules)
        held, gone = (held + 1, 0) if now else (0, gone + 1)
        rises, falls = not stands and held > wait_s, stands and gone and gone >= gone_s
        assert [len(changes.raised), len(changes.cleared)] == [rises, bool(falls)]
        stands = (stands or rises) and not falls
        assert len(changes.alerts) == stands
        for alert in changes.alerts:
            assert alert.first_ns <= alert.last_ns <= changes.now_ns


@given(st.lists(st.sampled_from([None, 0, 1]), min_size=30, max_size=120))
def test_a_stage_falls_only_after_the_dwell_and_rises_at_once(stages):
    book, rules = book_with(0.0, 10.0)
    fell = []
    stage = None
    for t, level in enumerate(stages):
        seen = [] if level is None else [condition(rules, level)]
        changes = book.look(seen, NOW_NS + t * SECOND_NS, rules)
        new = next(iter(book.levels("r").values()), None)
        if level == 1:
            assert new == 1
        if stage == 1 and new == 0:
            fell.append(t)
            assert 1 not in stages[t - 9 : t + 1]
        assert not (
            changes.cleared and any(one is not None for one in stages[max(0, t - 9) : t + 1])
        )
        stage = new


def test_a_gap_between_looks_is_no_time_in_which_a_condition_held():
    book, rules = book_with(5.0, 10.0)
    for t in (0, 10, 20, 30):
        assert not book.look([condition(rules)], NOW_NS + t * SECOND_NS, rules).raised
