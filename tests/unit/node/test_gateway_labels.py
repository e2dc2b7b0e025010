"""What of a node's own tracks each partner gets, by the agreements and the time."""

from collections import Counter

import msgspec
import numpy as np
import pytest

from pacts_made_up import ENTRY, LAPSED, NOW, flying, label, pact, rule, state_of
from skypact.agreement.document import Document
from skypact.model.labels import Label
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.exchange_settings import Marking
from skypact.node.gateway_labels import (
    Audience,
    Rules,
    TrackGate,
    audience_of,
    lets_plots_pass,
    may_leave,
    own_label,
    own_tracks_coded,
)
from skypact.release.item import Item

SENSORS = SensorTable((Sensor("radar-1", "radar", 0.75, 1.3, 0.0),))
SECRET = b"sixteen bytes or more"
BOTH = ("EA", "WE")
THREE = ("EA", "SO", "WE")


def rules_of(*documents: Document, now_ns: int = NOW) -> Rules:
    rules = Rules("EA", state_of(*documents, now_ns=now_ns)[0])
    rules.advance(now_ns)
    return rules


def named(document: Document, name: str) -> Document:
    heading = msgspec.structs.replace(document.agreement, id=name)
    return msgspec.structs.replace(document, agreement=heading)


def gated(
    rules: Rules, gate: TrackGate, tracks: Tracks, now_ns: int, marked: Label
) -> tuple[Tracks, Tracks]:
    table = rules.tables[gate.audience.agreement]
    coded = own_tracks_coded(tracks, marked, table, SENSORS, exercise=False)
    return gate.step(tracks, coded, table, now_ns)


def test_a_partner_gets_whole_what_the_agreement_gives_it() -> None:
    rules = rules_of(pact(rule("all")))
    gate = TrackGate(Audience("east-west", ("WE",)), SECRET)
    whole, blurred = gated(rules, gate, flying(3), NOW, label())
    assert (whole.track.tolist(), len(blurred)) == ([1, 2, 3], 0)
    assert gate.counts == Counter({("east-west", "WE", "art-1", 2): 3})


def test_nothing_leaves_without_a_rule_and_that_is_counted() -> None:
    rules = rules_of(pact())
    gate = TrackGate(Audience("east-west", ("WE",)), SECRET)
    whole, blurred = gated(rules, gate, flying(2), NOW, label())
    assert len(whole) == len(blurred) == 0
    assert gate.counts == Counter({("east-west", "WE", "", 0): 2})


def test_a_label_limits_what_any_rule_gives() -> None:
    rules = rules_of(pact(rule("all", up_to="official")))
    gate = TrackGate(Audience("east-west", ("WE",)), SECRET)
    for marked in (label(to=("EA",)), label(classification="secret"), label(classification="?")):
        whole, blurred = gated(rules, gate, flying(2), NOW, marked)
        assert len(whole) == len(blurred) == 0


def test_blurred_tracks_leave_late_under_numbers_that_lead_back_to_none() -> None:
    rules = rules_of(pact(rule("late", "blurred", blur="late")))
    gate = TrackGate(Audience("east-west", ("WE",)), SECRET)
    assert [len(part) for part in gated(rules, gate, flying(2), NOW, label())] == [0, 0]
    later = NOW + 60 * SECOND_NS
    whole, blurred = gated(rules, gate, flying(0), later, label())
    assert (len(whole), len(blurred)) == (0, 2)
    assert not set(blurred.track.tolist()) & {1, 2}
    assert np.isnan(blurred.velocity_east_mps).all()


def test_a_joint_post_gets_only_what_every_other_party_may_see_whole() -> None:
    document = pact(
        rule("to-west", to=("WE",)),
        rule("to-south", "blurred", to=("SO",), blur="coarse", emergency=False),
        rule("distress", to=("SO",), emergency=True),
        parties=THREE,
    )
    rules = rules_of(document)
    audience = audience_of("east-west", THREE, "EA", "WE", joint_post=True)
    assert audience == Audience("east-west", ("SO", "WE"))
    tracks = flying(3, mode_3a=[0o1000, 0o7700, 0o1001])
    marked = label(to=THREE)
    whole, blurred = gated(rules, TrackGate(audience, SECRET), tracks, NOW, marked)
    assert (whole.track.tolist(), len(blurred)) == ([2], 0)


def test_a_joint_post_of_two_parties_gets_what_the_other_one_gets() -> None:
    assert audience_of("a", BOTH, "EA", "EA", joint_post=True) == Audience("a", ("WE",))
    assert audience_of("a", BOTH, "EA", "WE", joint_post=False) == Audience("a", ("WE",))


def test_a_refusal_in_another_agreement_still_holds() -> None:
    first = pact(rule("all"))
    other = pact(rule("hide", "nothing", originator=("EA",), to=("WE",)), parties=("EA", "SO"))
    other = named(other, "east-south")
    rules = rules_of(first, other)
    gate = TrackGate(Audience("east-west", ("WE",)), SECRET)
    whole, _ = gated(rules, gate, flying(2), NOW, label())
    assert len(whole) == 0


def test_grants_of_one_agreement_open_no_link_of_another() -> None:
    first = pact()  # gives nothing
    other = pact(rule("all"))
    other = named(other, "wide")
    rules = rules_of(first, other)
    marked = label()
    narrow = TrackGate(Audience("east-west", ("WE",)), SECRET)
    assert len(gated(rules, narrow, flying(2), NOW, marked)[0]) == 0
    wide = TrackGate(Audience("wide", ("WE",)), SECRET)
    assert len(gated(rules, wide, flying(2), NOW, marked)[0]) == 2


def test_nothing_leaves_before_entry_or_after_the_end() -> None:
    state, _ = state_of(pact(rule("all")), now_ns=ENTRY - SECOND_NS)
    rules = Rules("EA", state)
    rules.advance(ENTRY - SECOND_NS)
    assert rules.tables == {}
    state.advance(ENTRY)
    assert rules.advance(ENTRY)
    assert set(rules.tables) == {"east-west"}
    assert not rules.advance(ENTRY + SECOND_NS)  # nothing new
    late = Rules("EA", state_of(pact(rule("all")), now_ns=LAPSED)[0])
    assert late.state.in_force()  # renewed tacitly


def test_a_table_kept_too_long_lets_nothing_leave() -> None:
    term = msgspec.structs.replace(pact().term, renewal="none")
    rules = rules_of(pact(rule("all"), term=term))
    gate = TrackGate(Audience("east-west", ("WE",)), SECRET)
    whole, _ = gated(rules, gate, flying(2), LAPSED, label())
    assert len(whole) == 0


def test_own_data_is_marked_with_the_lowest_word_for_all_parties() -> None:
    document = pact()
    assert own_label(document, BOTH, "EA", Marking("east-west")) == label()
    given = Marking("east-west", "secret", ("AIR",), ("WE",))
    marked = own_label(document, BOTH, "EA", given)
    assert marked == label(to=("WE",), classification="secret", categories=("AIR",))


def test_whether_plots_pass_is_known_without_any_plot() -> None:
    audience = Audience("east-west", ("WE",))
    for rules, passes in (
        ((), False),
        ((rule("t", items=("track",)),), False),
        ((rule("p", items=("plot",)),), True),
        ((rule("p", items=("plot",), originator=("WE",)),), False),
        ((rule("all"),), True),
    ):
        table = rules_of(pact(*rules)).tables["east-west"]
        assert lets_plots_pass(table, "east-west", audience) == passes


@pytest.mark.parametrize(("classification", "leaves"), [("official", True), ("secret", False)])
def test_a_report_leaves_only_for_an_audience_that_may_all_see_it(
    classification: str, leaves: bool
) -> None:
    table = rules_of(pact(rule("r", items=("threat-report",), up_to="official"))).tables[
        "east-west"
    ]
    report = Item(
        kind="threat-report", originator="EA", classification=classification, releasable_to=BOTH
    )
    assert may_leave(report, table, Audience("east-west", ("WE",)), NOW) == leaves
    assert not may_leave(report, table, Audience("east-west", ("WE", "SO")), NOW)
    assert not may_leave(report, table, Audience("east-west", ()), NOW)
