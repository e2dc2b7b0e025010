"""The table of bits decides as the plain reading of the rules does, on made-up agreements and
items; and it lets nothing leave that the plain conditions of the treaty forbid."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from release_cases import DAY_NS, PARTIES, agreement, binding, bindings, items, rule
from skypact.agreement.document import Area, Blur
from skypact.model.errors import BadInput
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


ODD = st.sampled_from(["", "A", "north", "open", "AIR", "track", "odd", "\u202e", "ю" * 70])
ODD_LISTS = st.lists(ODD, max_size=3).map(tuple)
ODD_FLOATS = st.one_of(st.none(), st.floats(), st.sampled_from([0.0, 5000.0]))
POSITIONS = st.lists(st.one_of(st.floats(), st.integers(-200, 200)), max_size=3)
ODD_GEOMETRY = st.fixed_dictionaries(
    {
        "type": st.sampled_from(["Polygon", "MultiPolygon", "Point", None, 3]),
        "coordinates": st.recursive(POSITIONS, lambda inner: st.lists(inner, max_size=5)),
    }
)


@settings(max_examples=150)
@given(
    st.builds(
        rule,
        number=ODD,
        verdict=st.sampled_from(["whole", "blurred", "nothing"]),
        **{
            key: st.one_of(st.just(()), ODD_LISTS)
            for key in ("items", "areas", "outside", "aircraft", "identities", "sensors")
        },
        categories=ODD_LISTS,
        up_to=ODD,
        min_altitude_m=ODD_FLOATS,
        max_altitude_m=ODD_FLOATS,
        blur=ODD,
    ),
    st.lists(ODD, max_size=3).map(tuple),
    st.builds(Blur, id=ODD, grid_m=st.floats(), delay_s=st.floats(), remove=ODD_LISTS),
    ODD_GEOMETRY,
    items(),
)
def test_rules_that_make_no_sense_are_refused_by_name_or_decided(
    odd, classifications, blur, geometry, case
):
    place = Area(id="north", name={}, clause="c", kind="own", geometry=geometry)
    document = agreement(
        release=(odd,), classifications=classifications, blur=(blur,), area=(place,)
    )
    try:
        told = decisions([binding(document)], "A", [case], 0)
    except BadInput:
        return
    explained = explain([binding(document)], "A", case, "B", 0)
    assert VERDICTS[explained.verdict] == told.verdict[0, told.partners.index("B")]
