"""Of each track only the newest state waits; what is replaced or ended is counted and told."""

import dataclasses
from collections.abc import Iterator

import numpy as np
import pytest

from linked_stations import offer, states
from made_up_stations import KG_LABEL, NOW_NS
from skypact.exchange.live import (
    KEYFRAME_NS,
    MOST_MARKS,
    MOST_PLOTS,
    OLDEST_PLOT_NS,
    Content,
    LiveStates,
    TrackOffer,
    WaitingPlots,
)
from skypact.exchange.plot_content import decode_plots
from skypact.exchange.track_content import MOST_ROWS, MOST_WHOLE, TrackContent, decode_tracks
from skypact.model.exchange import TrackClaims
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor
from skypact.model.time import SECOND_NS

OPEN = dataclasses.replace(KG_LABEL, classification="open")


def told(contents: Iterator[Content] | list[Content]) -> list[TrackContent]:
    return [decode_tracks(one.content) for one in contents]


def numbers(contents: Iterator[Content] | list[Content]) -> list[int]:
    return [n for one in told(contents) for n in one.tracks.track.tolist()]


def begun(count: int = 10) -> LiveStates:
    """States that have all been sent, with their keyframe."""
    live = LiveStates()
    live.offer([offer(states(count))])
    assert numbers(live.contents(NOW_NS)) == list(range(1, count + 1))
    return live


def test_only_states_with_news_go_out() -> None:
    live = begun()
    seen = np.full(10, NOW_NS - SECOND_NS // 4)
    seen[[2, 5]] = NOW_NS + SECOND_NS
    live.offer([offer(states(10, NOW_NS + SECOND_NS, last_plot_ns=seen))])
    assert numbers(live.contents(NOW_NS + SECOND_NS)) == [3, 6]
    assert numbers(live.contents(NOW_NS + SECOND_NS)) == []


def test_a_claim_or_a_label_that_changes_is_news() -> None:
    live = begun(4)
    tracks = states(4)
    claims = TrackClaims.own_only(4, "KG")
    claims.joint[1] = 5001
    live.offer([TrackOffer(tracks, claims, KG_LABEL)])
    assert numbers(live.contents(NOW_NS)) == [2]
    live.offer(
        [
            TrackOffer(tracks.take(slice(0, 3)), claims.take(slice(0, 3)), KG_LABEL),
            TrackOffer(tracks.take(slice(3, 4)), claims.take(slice(3, 4)), OPEN),
        ]
    )
    [content] = live.contents(NOW_NS)
    assert (content.label, numbers([content])) == (OPEN, [4])


def test_every_ten_seconds_and_when_asked_all_states_go_with_the_list_of_them() -> None:
    live = begun(3)
    assert told(live.contents(NOW_NS + KEYFRAME_NS - 1)) == []
    *parts, last = told(live.contents(NOW_NS + KEYFRAME_NS))
    assert [n for one in parts for n in one.tracks.track] == [1, 2, 3]
    assert all(one.keyframe for one in parts)
    assert last.whole is not None
    assert last.whole.tolist() == [1, 2, 3]
    live.ask_keyframe()
    assert told(live.contents(NOW_NS + KEYFRAME_NS + SECOND_NS)) == [], "not more often than so"
    assert told(live.contents(NOW_NS + KEYFRAME_NS + 2 * SECOND_NS))[-1].whole is not None


def test_while_nothing_is_taken_newer_states_replace_older_ones_and_are_counted() -> None:
    live = begun(10)
    for second in range(1, 6):
        live.offer([offer(states(10, NOW_NS + second * SECOND_NS))])
    assert live.superseded == 4 * 10
    assert live.waiting == 10
    [content] = live.contents(NOW_NS + 5 * SECOND_NS)
    assert (told([content])[0].tracks.measured_ns == NOW_NS + 5 * SECOND_NS).all()


def test_what_finds_no_room_stays_due() -> None:
    live = LiveStates()
    count = 3 * MOST_ROWS
    live.offer([offer(states(count))])
    contents = live.contents(NOW_NS)
    assert len(numbers([next(contents)])) == MOST_ROWS
    contents.close()  # type: ignore[attr-defined]
    assert live.waiting == count - MOST_ROWS
    rest = told(live.contents(NOW_NS))
    assert sum(len(one.tracks) for one in rest) == count - MOST_ROWS
    assert rest[-1].whole is not None


def test_tracks_that_ended_are_told_under_their_label_and_not_if_they_come_back() -> None:
    live = begun(5)
    live.offer([offer(states(3))])
    live.offer([offer(states(4))])
    contents = list(live.contents(NOW_NS))
    assert [one.ended.tolist() for one in told(contents)] == [[5], []]
    assert numbers(contents) == [4]


def test_a_track_that_was_never_sent_ends_in_silence() -> None:
    live = begun(2)
    live.offer([offer(states(4))])
    live.offer([offer(states(2))])
    assert told(live.contents(NOW_NS)) == []
    assert live.superseded == 2


def test_whole_and_blurred_states_of_one_number_are_two() -> None:
    live = LiveStates()
    live.offer([offer(states(2)), offer(states(3), blurred=True)])
    contents = told(live.contents(NOW_NS))
    assert [(one.blurred, len(one.tracks)) for one in contents if len(one.tracks)] == [
        (False, 2),
        (True, 3),
    ]
    assert {one.blurred: len(one.whole) for one in contents if one.whole is not None} == {
        False: 2,
        True: 3,
    }
    live.offer([offer(states(2))])
    assert [(one.blurred, one.ended.tolist()) for one in told(live.contents(NOW_NS))] == [
        (True, [1, 2, 3])
    ]


def test_of_a_track_that_is_told_of_twice_in_a_round_the_last_counts() -> None:
    live = LiveStates()
    live.offer([offer(states(2)), offer(states(1, NOW_NS + 5))])
    contents = told(live.contents(NOW_NS))
    rows = {
        n: t for c in contents for n, t in zip(c.tracks.track, c.tracks.measured_ns, strict=True)
    }
    assert rows == {1: NOW_NS + 5, 2: NOW_NS}


def test_a_picture_that_became_empty_is_told_to_be() -> None:
    live = begun(3)
    live.offer([])
    assert told(live.contents(NOW_NS))[0].ended.tolist() == [1, 2, 3]
    [last] = told(live.contents(NOW_NS + KEYFRAME_NS))
    assert last.whole is not None
    assert len(last.whole) == 0


def test_a_keyframe_too_large_for_its_list_goes_without_it() -> None:
    live = LiveStates()
    live.offer([offer(states(MOST_WHOLE + 1))])
    contents = told(live.contents(NOW_NS))
    assert sum(len(one.tracks) for one in contents) == MOST_WHOLE + 1
    assert all(one.whole is None for one in contents)


def test_labels_without_end_are_forgotten_and_their_tracks_still_end() -> None:
    live = LiveStates()
    for k in range(2 * MOST_MARKS):
        label = dataclasses.replace(KG_LABEL, categories=(str(k),))
        live.offer([offer(states(2, first=2 * k), label)])
        contents = list(live.contents(NOW_NS))
        assert numbers(contents) == [2 * k, 2 * k + 1]
        if k:
            [ended] = [one for one in contents if len(decode_tracks(one.content).ended)]
            assert ended.label.categories == (str(k - 1),)
    assert len(live._classes[0]._marks) <= MOST_MARKS + 1


def test_claims_of_too_many_stations_are_not_taken() -> None:
    claims = dataclasses.replace(
        TrackClaims.own_only(1, "KG"), stations=tuple(f"S{k}" for k in range(65))
    )
    with pytest.raises(ValueError, match="64 stations"):
        LiveStates().offer([TrackOffer(states(1), claims, KG_LABEL)])


# Plots --------------------------------------------------------------------------------------

SENSORS = (Sensor("Batken", "radar", 0.7, 1.2, 1000.0),)


def plots(count: int) -> Plots:
    return Plots.blank(count, measured_ns=np.full(count, NOW_NS), source_track=np.arange(count))


def test_small_offers_of_plots_go_in_one_envelope_and_large_ones_in_several() -> None:
    waiting = WaitingPlots()
    for _ in range(10):
        waiting.offer(plots(7), SENSORS, KG_LABEL, NOW_NS)
    waiting.offer(plots(1200), SENSORS, KG_LABEL, NOW_NS)
    waiting.offer(plots(3), SENSORS, OPEN, NOW_NS)
    contents = list(waiting.contents(NOW_NS))
    assert [one.rows for one in contents] == [70, 500, 500, 200, 3]
    assert contents[-1].label == OPEN
    assert len(decode_plots(contents[0].content).plots) == 70
    assert waiting.rows == 0


def test_plots_that_wait_too_long_or_are_too_many_are_dropped_and_counted() -> None:
    waiting = WaitingPlots()
    waiting.offer(plots(5), SENSORS, KG_LABEL, NOW_NS)
    waiting.offer(plots(2), SENSORS, KG_LABEL, NOW_NS + SECOND_NS)
    late = NOW_NS + OLDEST_PLOT_NS + 1
    assert [one.rows for one in waiting.contents(late)] == [2]
    assert waiting.superseded == 5
    waiting.offer(plots(MOST_PLOTS), SENSORS, KG_LABEL, late)
    waiting.offer(plots(1), SENSORS, KG_LABEL, late)
    assert waiting.rows <= MOST_PLOTS
    assert waiting.superseded == 5 + 500
