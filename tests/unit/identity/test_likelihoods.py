"""A nation's likelihoods: strict, complete, with reasons; the shipped ones are held to the same."""

import numpy as np
import pytest

from skypact.identity.likelihoods import (
    _check_kind,
    default_likelihoods,
    likelihoods_from,
    read_likelihoods,
)
from skypact.identity.outcomes import KIND, OUTCOMES
from skypact.identity.refusals import BadLikelihoods
from skypact.model.errors import BadInput
from skypact.model.identity import CIVIL, EVIDENCE_KINDS, INTRUDER

PRIOR = '[prior]\nprobability = [0.1, 0.7, 0.1, 0.1]\nreason = "much is unknown here"\n'
MOTION = """
[[evidence]]
kind = "motion"
half_life_s = 30.0
longest_s = 60.0
bound = false
reason = "r"
outcome = [
  { name = "ordinary", likelihood = [0.5, 0.9, 0.7, 0.4], words = "w", reason = "r" },
  { name = "low-fast", likelihood = [0.1, 0.001, 0.1, 0.2], words = "at {detail} kt", reason = "r" },
  { name = "low-slow", likelihood = [0.1, 0.05, 0.1, 0.2], words = "w", reason = "r" },
  { name = "supersonic", likelihood = [0.1, 0.001, 0.1, 0.1], words = "w", reason = "r" },
]
"""  # noqa: E501


def test_the_shipped_file_keeps_the_rules_that_nations_files_must_keep() -> None:
    shipped = default_likelihoods()
    for kind in shipped.kinds:
        _check_kind(kind, "shipped")
        assert len(kind.reason) > 10
        assert all(len(outcome.reason) > 10 for outcome in kind.outcome)
    assert tuple(kind.kind for kind in shipped.kinds) == EVIDENCE_KINDS


def test_a_nation_changes_what_it_names_and_nothing_else() -> None:
    shipped, own = default_likelihoods(), likelihoods_from(PRIOR + MOTION)
    motion = KIND["motion"]
    np.testing.assert_allclose(np.exp(own.log_prior), [0.1, 0.7, 0.1, 0.1])
    assert own.log_likelihood[motion, 1, INTRUDER] == pytest.approx(np.log(0.2))
    assert own.log_likelihood[motion, 1, CIVIL] == pytest.approx(np.log(0.001))
    others = [k for k in range(len(EVIDENCE_KINDS)) if k != motion]
    np.testing.assert_array_equal(own.log_likelihood[others], shipped.log_likelihood[others])
    np.testing.assert_array_equal(own.threshold, shipped.threshold)
    assert own.words(motion, 1, "450") == "at 450 kt."


def test_no_single_piece_of_shipped_evidence_makes_an_intruder() -> None:
    shipped = default_likelihoods()
    for kind, names in OUTCOMES.items():
        for o, name in enumerate(names):
            weight = np.exp(shipped.log_prior + shipped.log_likelihood[KIND[kind], o])
            assert weight[INTRUDER] / weight.sum() < 0.8, (kind, name)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("x = 1", "unknown field"),
        ("format = 2", "format 2"),
        ("[prior", "Expected"),
        (PRIOR.replace("0.7", "0.6"), "add up to 1"),
        (PRIOR.replace("0.7", "nan"), "Expected"),
        (PRIOR.replace('"much is unknown here"', '""'), "length"),
        (MOTION.replace("0.001", "0.0"), ">= 0.0001"),
        (MOTION.replace("0.9", "0.95").replace("0.05", "0.2"), "for civil add up to"),
        (MOTION.replace("low-fast", "fast-low"), "has the outcomes"),
        (MOTION.replace('"motion"', '"mood"'), "Invalid enum"),
        (MOTION + MOTION, "stands twice"),
        (MOTION.replace("30.0", "90.0"), "before half its life"),
        ("a = " + "9" * 5000, "digits"),
        ("a = " + "[" * 5000, "likelihoods"),
    ],
)
def test_a_file_that_makes_no_sense_is_refused_by_name(text: str, complaint: str) -> None:
    with pytest.raises(BadLikelihoods, match=complaint):
        likelihoods_from(text)


def test_a_bar_that_is_left_above_where_it_is_entered_is_refused() -> None:
    bars = """
[thresholds]
reason = "r"
suspect = { enter = 0.7, leave = 0.8, kinds = 2 }
friend = { enter = 0.9, leave = 0.8, kinds = 2 }
assumed-friend = { enter = 0.9, leave = 0.8, kinds = 2 }
neutral = { enter = 0.9, leave = 0.8, kinds = 2 }
class_enter = 0.9
class_leave = 0.8
pending_s = 5.0
"""
    with pytest.raises(BadLikelihoods, match="leave is above enter"):
        likelihoods_from(bars)
    assert likelihoods_from(bars.replace("0.7", "0.9")).threshold[0] == 0.9
    with pytest.raises(BadLikelihoods, match=">= 2"):
        likelihoods_from(bars.replace("0.7", "0.9").replace("kinds = 2", "kinds = 1", 1))
    with pytest.raises(BadLikelihoods, match="hostile"):
        likelihoods_from(bars + "hostile = { enter = 0.9, leave = 0.8, kinds = 2 }")


def test_a_file_that_is_not_there_or_no_text_is_refused(tmp_path) -> None:
    with pytest.raises(BadInput):
        read_likelihoods(tmp_path / "none.toml")
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadLikelihoods):
        read_likelihoods(tmp_path / "bytes.toml")
