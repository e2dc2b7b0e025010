"""The table of bits decides as the plain reading of the rules does, on made-up agreements and
items; and it lets nothing leave that the plain conditions of the treaty forbid."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from release_cases import DAY_NS, PARTIES, bindings, items
from skypact.model.labels import BLURRED, NOTHING, WHOLE
from skypact.release import compile_release, decide, explain
from skypact.release.item import coded

VERDICTS = {"nothing": NOTHING, "blurred": BLURRED, "whole": WHOLE}


def decisions(made, party, cases, now_ns):
    """The table's answers on every case for every other party."""
    table = compile_release(made, party)
    partners = [code for code in table.codes.parties if code != party]
    labelled, lying_in = coded(cases, table)
    return decide(table, labelled, partners, now_ns, lying_in)


CASES = st.lists(items(), min_size=1, max_size=8)


@settings(max_examples=80)
@given(bindings(), CASES, st.sampled_from(PARTIES), st.sampled_from([0, 7, 12, 40]))
def test_the_table_decides_as_the_rules_read(made, cases, party, day):
    now_ns = day * DAY_NS
    decided = decisions(made, party, cases, now_ns)
    for i, case in enumerate(cases):
        for j, partner in enumerate(decided.partners):
            told = explain(made, party, case, partner, now_ns)
            assert decided.verdict[i, j] == VERDICTS[told.verdict]
            rule = decided.rule_of(i, j)
            assert (rule is None) == (told.decided is None)
            if rule is not None and told.decided is not None:
                assert rule.agreement == told.decided.agreement
                assert rule.release == told.decided.rule


@settings(max_examples=25)
@given(bindings(), CASES, st.randoms())
def test_the_order_in_which_agreements_are_given_changes_nothing(made, cases, random):
    shuffled = list(made)
    random.shuffle(shuffled)
    one, other = (decisions(order, "A", cases, 0) for order in (made, shuffled))
    assert (one.verdict == other.verdict).all()
    assert (one.rule == other.rule).all()


@settings(max_examples=50)
@given(bindings(), CASES, st.sampled_from(PARTIES), st.integers(-1, 50))
def test_what_leaves_leaves_within_the_term_and_under_its_own_label(made, cases, party, day):
    now_ns = day * DAY_NS
    decided = decisions(made, party, cases, now_ns)
    for i, j in np.argwhere(decided.verdict != NOTHING):
        case, partner, rule = cases[i], decided.partners[j], decided.rule_of(i, j)
        assert rule is not None
        under = next(b for b in made if b.document.agreement.id == rule.agreement)
        assert under.from_ns <= now_ns < under.releases_until_ns
        assert {party, partner} <= set(under.parties)
        assert partner in rule.release.to
        assert case.originator in rule.release.originator
        assert case.releasable_to is None or partner in case.releasable_to
        assert case.exercise == rule.release.exercise
        ladder = under.document.classifications
        reach = ladder.index(rule.release.up_to or ladder[0])
        assert ladder.index(case.classification) <= reach
