"""Labels of what is made from labelled things."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.model.errors import ClassificationsConflict, LabelDowngraded
from skypact.model.labels import Label, Ladders, joined_label, without_downgrade

WORDS = ("open", "official", "secret")
LADDERS = Ladders.of([WORDS])


def label(classification="open", categories=(), to=("B", "C"), originator="A", policy="ab"):
    return Label(policy, classification, tuple(categories), tuple(to), originator)


LABELS = st.builds(
    label,
    st.sampled_from(WORDS),
    st.lists(st.sampled_from(["AIR", "FORCES"]), unique=True),
    st.lists(st.sampled_from(["B", "C", "D"]), unique=True),
    st.sampled_from(["A", "E"]),
)


def test_a_joint_label_is_the_strictest_in_everything():
    joint = joined_label(
        [label("official", ["AIR"], ("B", "C")), label("secret", ["FORCES"], ("C", "D"))], LADDERS
    )
    assert joint == label("secret", ("AIR", "FORCES"), ("C",))


def test_what_two_states_made_is_neithers_to_release():
    assert joined_label([label(), label(originator="B")], LADDERS).originator == ""


def test_words_that_no_ladder_ranks_join_to_one_that_no_rule_admits():
    ladders = Ladders.of([("open", "secret"), ("open", "closed")])
    assert ladders.highest(["open", "secret"]) == "secret"
    assert ladders.highest(["closed", "secret"]) == ""
    assert ladders.highest(["open", "unheard"]) == ""


def test_ladders_rank_through_one_another():
    ladders = Ladders.of([("open", "official"), ("official", "secret")])
    assert ladders.highest(["secret", "open"]) == "secret"


def test_ladders_that_contradict_one_another_are_refused_by_name():
    with pytest.raises(ClassificationsConflict):
        Ladders.of([("a", "b"), ("b", "c"), ("c", "a")])


@given(st.lists(LABELS, min_size=1, max_size=4))
def test_the_joint_label_is_no_downgrade(parts):
    joint = joined_label(parts, LADDERS)
    assert without_downgrade(joint, parts, LADDERS) is joint


@given(st.lists(LABELS, min_size=1, max_size=4), LABELS)
def test_a_label_weaker_in_any_way_is_refused_by_name(parts, wanted):
    weaker = (
        any(WORDS.index(wanted.classification) < WORDS.index(p.classification) for p in parts)
        or any(set(p.categories) - set(wanted.categories) for p in parts)
        or any(set(wanted.releasable_to) - set(p.releasable_to) for p in parts)
        or any(p.originator != wanted.originator for p in parts)
    )
    if weaker:
        with pytest.raises(LabelDowngraded):
            without_downgrade(wanted, parts, LADDERS)
    else:
        assert without_downgrade(wanted, parts, LADDERS) == wanted


def test_nobodys_item_stays_nobodys():
    parts = [label(), label(originator="B")]
    with pytest.raises(LabelDowngraded):
        without_downgrade(label(), parts, LADDERS)
