"""What is believed of a partner's rows, one by one: what is refused, and that neighbours stay."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from joint_pictures import LABEL, START_NS, blocks_for, claimed, told_by, tracks_at
from skypact.model.time import SECOND_NS
from skypact.picture.limits import PictureLimits
from skypact.picture.numbers import NumberBlocks
from skypact.picture.partners import Partner
from skypact.picture.row_checks import ROW_REASONS
from skypact.picture.stations import ELSEWHERE, StationIndex

STATIONS = StationIndex("KG", ["KG", "KZ", "RU"])
BLOCKS = NumberBlocks(STATIONS, blocks_for("KG", "KZ", "RU"))
SMALL = PictureLimits(tracks=3, labels=2, waiting=10)


def russian(limits: PictureLimits | None = None) -> Partner:
    partner = Partner("RU", limits or PictureLimits())
    partner.index = STATIONS.known("RU")
    return partner


def step(partner: Partner, seconds: float = 0.0) -> list[int]:
    partner.step(START_NS + round(seconds * SECOND_NS), STATIONS, BLOCKS)
    return partner.rows.tracks.track.tolist()


def at(seconds: float) -> int:
    return START_NS + round(seconds * SECOND_NS)


def test_every_reason_is_said_in_plain_words() -> None:
    assert all(words and words[0].islower() for words in ROW_REASONS.values())


@pytest.mark.parametrize(
    ("reason", "measured_s", "plotted_s"),
    [("FutureState", 5.1, 0.0), ("FutureState", 0.0, 5.1), ("StaleState", 0.0, -60.1)],
)
def test_a_state_of_a_time_that_cannot_be_is_refused_and_its_neighbours_stay(
    reason: str, measured_s: float, plotted_s: float
) -> None:
    tracks = tracks_at([1, 2, 3], [0.0, 20e3, 40e3], [0.0] * 3, START_NS)
    tracks.measured_ns[1] = at(measured_s)
    tracks.last_plot_ns[1] = at(plotted_s)
    partner = russian()
    partner.put(told_by("RU", tracks, START_NS))
    assert step(partner) == [1, 3]
    assert partner.refused == {reason: 1}


def test_times_at_the_limits_are_believed() -> None:
    tracks = tracks_at([1, 2], [0.0, 20e3], [0.0] * 2, START_NS)
    tracks.measured_ns[0], tracks.last_plot_ns[1] = at(5.0), at(-60.0)
    partner = russian()
    partner.put(told_by("RU", tracks, START_NS))
    assert step(partner) == [1, 2]
    assert not partner.refused


def test_a_track_that_teleports_is_refused_until_the_place_it_was_at_is_forgotten() -> None:
    partner = russian()
    partner.put(told_by("RU", tracks_at([1, 2], [0.0, 0.0], [0.0, 9e3], START_NS), START_NS))
    step(partner)
    for second in range(1, 61):
        far = tracks_at([1, 2], [300e3, 200.0 * second], [0.0, 9e3], at(second))
        partner.put(told_by("RU", far, at(second)))
        assert step(partner, second) == [1, 2]
    assert partner.refused == {"Teleporting": 60}
    assert float(partner.rows.tracks.longitude_rad[0]) == pytest.approx(1.2959)
    far = tracks_at([1], [300e3], [0.0], at(61))
    partner.put(told_by("RU", far, at(61)))
    assert step(partner, 61) == [2]  # the old place goes with its last plot
    partner.put(told_by("RU", tracks_at([1], [300e3], [0.0], at(62)), at(62)))
    assert step(partner, 62) == [1, 2]


def test_a_fast_track_does_not_teleport() -> None:
    partner = russian()
    for second in range(5):
        tracks = tracks_at([1], [1400.0 * second], [0.0], at(second), velocity_mps=(1400.0, 0.0))
        partner.put(told_by("RU", tracks, at(second)))
        step(partner, second)
    assert not partner.refused


def test_a_teleport_across_the_date_line_is_none() -> None:
    partner = russian()
    for second, east in ((0, np.pi - 1e-5), (1, -np.pi + 1e-5)):
        tracks = tracks_at([1], [0.0], [0.0], at(second))
        tracks.longitude_rad[:] = east
        partner.put(told_by("RU", tracks, at(second)))
        step(partner, second)
    assert not partner.refused
    assert float(partner.rows.tracks.longitude_rad[0]) < 0.0


def test_of_too_many_tracks_the_newest_are_refused() -> None:
    partner = russian(SMALL)
    partner.put(told_by("RU", tracks_at([5, 6], [0.0, 9e3], [0.0] * 2, START_NS), START_NS))
    step(partner)
    more = tracks_at([1, 2, 5, 6], [0.0, 9e3, 200.0, 9.2e3], [30e3, 30e3, 0.0, 0.0], at(1))
    partner.put(told_by("RU", more, at(1)))
    assert step(partner, 1) == [1, 5, 6]
    assert partner.refused == {"TooManyTracks": 1}


def test_more_than_can_wait_is_refused_whole_and_counted() -> None:
    partner = russian(SMALL)
    for batch in range(3):
        numbers = np.arange(6) + 10 * batch
        tracks = tracks_at(numbers, 9e3 * np.arange(6), np.zeros(6), START_NS)
        partner.put(told_by("RU", tracks, START_NS))
    assert partner.refused == {"Flooding": 12}
    assert len(step(partner)) == SMALL.tracks


def test_a_label_too_many_is_refused_until_another_is_not_needed_any_more() -> None:
    partner = russian(SMALL)
    labels = [replace(LABEL, categories=(word,)) for word in ("a", "b", "c")]
    for number, label in enumerate(labels, 1):
        tracks = tracks_at([number], [9e3 * number], [0.0], START_NS)
        partner.put(told_by("RU", tracks, START_NS, label=label))
    assert step(partner) == [1, 2]
    assert partner.refused == {"TooManyLabels": 1}
    partner.put(told_by("RU", tracks_at([], [], [], at(1)), at(1), ended=(1,)))
    step(partner, 1)
    tracks = tracks_at([3], [27e3], [0.0], at(2))
    partner.put(told_by("RU", tracks, at(2), label=labels[2]))
    assert step(partner, 2) == [2, 3]
    assert [partner.parts[k].label.categories for k in partner.rows.label] == [("b",), ("c",)]


@pytest.mark.parametrize(
    ("reason", "number", "allotted_s"),
    [
        ("NumberOutsideBlock", 999, -1.0),
        ("NumberOutsideBlock", 4_000, -1.0),
        ("NumberOutsideBlock", -7, -1.0),
        ("NumberNotGiven", 1_000, -1.0),
        ("AllotmentTime", 3_001, 5.1),
        ("AllotmentTime", 3_001, -2e9),
    ],
)
def test_a_number_that_cannot_be_is_not_believed_but_the_state_is(
    reason: str, number: int, allotted_s: float
) -> None:
    partner = russian()
    tracks = tracks_at([1, 2], [0.0, 20e3], [0.0] * 2, START_NS)
    claims = claimed([number, 3_000], [at(allotted_s), at(-1)], "RU")
    partner.put(told_by("RU", tracks, START_NS, claims))
    assert step(partner) == [1, 2]
    assert partner.rows.joint.tolist() == [0, 3_000]
    assert partner.refused == {reason: 1}


def test_a_number_of_a_third_station_is_believed() -> None:
    partner = russian()
    tracks = tracks_at([1], [0.0], [0.0], START_NS)
    partner.put(told_by("RU", tracks, START_NS, claimed([2_005], [at(-1)], "RU")))
    step(partner)
    assert partner.rows.joint.tolist() == [2_005]


def test_a_track_that_keeps_changing_its_number_loses_it() -> None:
    partner = russian()
    for second in range(20):
        tracks = tracks_at([1], [200.0 * second], [0.0], at(second))
        claims = claimed([3_000 + second], [at(-second - 1)], "RU")
        partner.put(told_by("RU", tracks, at(second), claims))
        step(partner, second)
    allowed = PictureLimits().renumberings
    assert partner.refused["Renumbering"] == 19 - allowed
    assert partner.rows.joint.tolist() == [0]


def test_the_newest_state_counts_in_whatever_order_states_come() -> None:
    early = told_by("RU", tracks_at([1], [0.0], [0.0], at(0)), at(2))
    late = told_by("RU", tracks_at([1], [200.0], [0.0], at(1)), at(2))
    for order in ((early, late), (late, early)):
        partner = russian()
        for batch in order:
            partner.put(batch)
        step(partner, 2)
        assert partner.rows.tracks.measured_ns.tolist() == [at(1)]
    for batch in (late, early):
        partner = russian()
        partner.put(late)
        step(partner, 2)
        partner.put(batch)
        step(partner, 3)
        assert partner.rows.tracks.measured_ns.tolist() == [at(1)]


def test_what_has_ended_or_is_not_in_a_keyframe_goes() -> None:
    partner = russian()
    partner.put(
        told_by("RU", tracks_at([1, 2, 3, 4], [0, 9e3, 18e3, 27e3], [0.0] * 4, at(0)), at(0))
    )
    step(partner)
    partner.put(told_by("RU", tracks_at([], [], [], at(1)), at(1), ended=(3, 77)))
    assert step(partner, 1) == [1, 2, 4]
    keyframe = tracks_at([1, 4], [400.0, 27.4e3], [0.0] * 2, at(2))
    partner.put(told_by("RU", keyframe, at(2), whole=(1, 4)))
    assert step(partner, 2) == [1, 4]


def test_a_state_that_overtook_a_keyframe_on_the_way_stays() -> None:
    partner = russian()
    partner.put(told_by("RU", tracks_at([2], [9e3], [0.0], at(3)), at(4)))
    partner.put(told_by("RU", tracks_at([1], [0.0], [0.0], at(2)), at(4), keyframe=True))
    partner.put(told_by("RU", tracks_at([], [], [], at(2)), at(4), whole=(1,)))
    assert step(partner, 4) == [1, 2]


def test_whole_and_blurred_states_do_not_end_one_another() -> None:
    """Their numbers are of two kinds: the same number may stand for two aircraft."""
    partner = russian()
    partner.put(told_by("RU", tracks_at([1, 2], [0.0, 9e3], [0.0] * 2, at(0)), at(0)))
    coarse = tracks_at([2, 9], [0.0, 9e3], [0.0] * 2, at(-60))
    partner.put(told_by("RU", coarse, at(0), blurred=True))
    step(partner)
    partner.put(told_by("RU", tracks_at([], [], [], at(1)), at(1), whole=(1, 2)))
    partner.put(told_by("RU", tracks_at([], [], [], at(1)), at(1), ended=(2,), blurred=True))
    assert step(partner, 1) == [1, 2]
    assert partner.blurred.tracks.track.tolist() == [9]


def test_an_empty_keyframe_ends_everything() -> None:
    partner = russian()
    partner.put(told_by("RU", tracks_at([1], [0.0], [0.0], at(0)), at(0)))
    step(partner)
    partner.put(told_by("RU", tracks_at([], [], [], at(1)), at(1), whole=()))
    assert step(partner, 1) == []


def test_a_keyframe_ends_nothing_that_came_under_another_agreement() -> None:
    partner = russian()
    one = told_by("RU", tracks_at([1], [0.0], [0.0], at(0)), at(0))
    partner.put(one)
    partner.put(replace(one, agreement="other", tracks=tracks_at([2], [9e3], [0.0], at(0))))
    step(partner)
    partner.put(told_by("RU", tracks_at([], [], [], at(1)), at(1), whole=()))
    assert step(partner, 1) == [2]


def test_states_of_a_lost_link_coast_and_go_and_come_back() -> None:
    partner = russian()
    tracks = tracks_at([1], [0.0], [0.0], at(0))
    partner.put(told_by("RU", tracks, at(0)))
    step(partner)
    assert partner.fresh(partner.rows, at(0)).tolist() == [True]
    partner.lose(at(1), "")
    partner.lose(at(20), "accord")  # said again and again: the first time counts
    assert step(partner, 20) == [1]
    assert partner.fresh(partner.rows, at(1)).tolist() == [False]
    assert not partner.live
    assert step(partner, 31) == [1]
    assert step(partner, 31.1) == []
    partner.put(told_by("RU", tracks_at([1], [7e3], [0.0], at(35)), at(35)))
    assert step(partner, 35) == [1]
    assert partner.live
    assert partner.fresh(partner.rows, at(35)).tolist() == [True]


def test_a_state_without_new_plots_goes_after_a_minute() -> None:
    partner = russian()
    partner.put(told_by("RU", tracks_at([1], [0.0], [0.0], at(0)), at(0)))
    step(partner)
    tracks = tracks_at([1], [12e3], [0.0], at(60), plotted_ns=at(0))
    partner.put(told_by("RU", tracks, at(60)))
    assert step(partner, 60) == [1]
    assert partner.fresh(partner.rows, at(60)).tolist() == [False]
    assert step(partner, 60.1) == []


def test_blurred_states_may_be_late_and_go_when_they_are_not_told_any_more() -> None:
    partner = russian()
    tracks = tracks_at([1], [0.0], [0.0], at(-900))
    partner.put(told_by("RU", tracks, at(0), blurred=True))
    assert step(partner) == []
    assert partner.blurred.tracks.track.tolist() == [1]
    step(partner, 61)
    assert len(partner.blurred) == 0


def test_bits_of_stations_are_told_apart_and_unknown_ones_are_elsewhere() -> None:
    bits = np.array([0b01, 0b10, 0b100, 1 << 40], np.uint64)
    ours = STATIONS.bits(bits, ("RU", "XX", "KG"))
    assert ours.tolist() == [1 << 2, int(ELSEWHERE), 1 << 0, int(ELSEWHERE)]


def test_a_state_of_unknown_pedigree_rests_on_its_sender() -> None:
    partner = russian()
    claims = replace(claimed([0], [0], "RU"), contributors=np.zeros(1, np.uint64))
    partner.put(told_by("RU", tracks_at([1], [0.0], [0.0], START_NS), START_NS, claims))
    step(partner)
    assert partner.rows.contributors.tolist() == [1 << STATIONS.known("RU")]
