"""Who may bring whose items under a text, and to whom items may go on: by the text alone."""

from dataclasses import replace

import msgspec
import pytest

from agreement_texts import first_version
from made_up_stations import KG_LABEL, terms
from pacts_made_up import pact, rule
from skypact.agreement.consent import consented_to, spoken_for
from skypact.exchange.refusals import Refusal
from skypact.exchange.terms import label_fault
from systems_made_up import consent

ALL = ("EA", "SO", "WE")


def test_items_may_go_on_to_whom_their_originator_names() -> None:
    text = pact(onward=(consent("EA", "WE", "SO", "x"), consent("WE", "EA", "NO", "x")))
    assert consented_to(text) == ("NO", "SO")
    assert consented_to(text, "EA") == ("SO",)
    assert consented_to(first_version()) == ()


def test_whoever_is_bound_speaks_for_itself() -> None:
    text = pact(rule("all"), parties=ALL)
    assert spoken_for(text, ALL) == ()
    elsewhere = msgspec.structs.replace(text, onward=(consent("EA", "WE", "SO", "elsewhere"),))
    assert spoken_for(elsewhere, ALL) == ()


def test_one_that_is_bound_may_let_another_bring_its_items() -> None:
    text = pact(rule("all"), parties=ALL, onward=(consent("EA", "WE", "SO", "east-west"),))
    assert spoken_for(text, ALL) == (("EA", "WE", "SO"),)
    assert spoken_for(text, ("EA", "SO")) == (), "the bringer has left"
    assert spoken_for(text, ("SO", "WE")) == (), (
        "who has left has no voice, and nobody speaks for it"
    )


def test_of_a_stranger_each_party_may_bring_what_a_rule_knows() -> None:
    text = pact(rule("strangers", originator=("NO",), to=("WE",)))
    assert spoken_for(text, ("EA", "WE")) == (("NO", "EA", "WE"),)
    refusal = pact(rule("strangers", "nothing", originator=("NO",), to=("WE",)))
    assert spoken_for(refusal, ("EA", "WE")) == ()


@pytest.mark.parametrize(
    ("originator", "sender", "receiver", "fault"),
    [
        ("BY", "KG", "RU", None),
        ("BY", "RU", "KG", Refusal.WRONG_ORIGINATOR),
        ("RU", "KG", "RU", Refusal.WRONG_ORIGINATOR),
        ("UZ", "KG", "RU", Refusal.WRONG_ORIGINATOR),
    ],
)
def test_an_envelope_may_name_another_originator_only_as_the_terms_say(
    originator: str, sender: str, receiver: str, fault: Refusal | None
) -> None:
    brought = terms(spoken_for=(("BY", "KG", "RU"),))
    marked = replace(KG_LABEL, originator=originator)
    found = label_fault(marked, brought, sender, sender, receiver)
    assert (found and found[0]) == fault


def test_a_label_may_name_a_state_beyond_the_parties_only_if_consent_does() -> None:
    marked = replace(KG_LABEL, releasable_to=("KG", "RU", "UZ"))
    found = label_fault(marked, terms(), "KG", "KG", "RU")
    assert found is not None
    assert found[0] == Refusal.WRONG_LABEL
    assert label_fault(marked, terms(onward_to=("UZ",)), "KG", "KG", "RU") is None
