"""Two stations exchange states, plots and items through whatever the net does to them."""

import dataclasses

import numpy as np
import pytest

from linked_stations import TICK_NS, Net, items, offer, pair, states
from made_up_stations import KG_LABEL
from skypact.model.exchange import PartnerTracks
from skypact.model.time import SECOND_NS


def told(came: list[PartnerTracks]) -> dict[int, int]:
    """What a receiver knows of each track: the newest plot, by number; ended ones are gone."""
    known: dict[int, int] = {}
    for batch in came:
        known |= dict(zip(batch.tracks.track.tolist(), batch.tracks.last_plot_ns, strict=True))
        for number in batch.ended.tolist():
            known.pop(number, None)
        if batch.whole is not None:
            known = {n: t for n, t in known.items() if n in set(batch.whole.tolist())}
    return known


def fly(net: Net, seconds: int, count: int = 50) -> None:
    """Offer a round each second."""
    for _ in range(seconds):
        net.left.link.offer_round([offer(states(count, net.now_ns))])
        net.run(1)


def test_two_stations_meet_and_each_gets_what_the_other_offers() -> None:
    net = pair()
    fly(net, 2)
    assert len(told(net.right.tracks)) == 50
    batch = net.right.tracks[0]
    assert (batch.station, batch.agreement, batch.label) == ("KG", "two-rivers", KG_LABEL)
    sent = states(50, int(batch.tracks.measured_ns[0]))
    assert (batch.tracks.latitude_rad == sent.latitude_rad).all()
    assert (batch.tracks.callsign == sent.callsign).all()
    assert batch.claims.stations == ("KG",)


def test_a_state_without_news_is_sent_at_keyframes_only() -> None:
    net = pair()
    same = offer(states(10))
    for _ in range(30):
        net.left.link.offer_round([same])
        net.run(1)
    assert sum(len(batch.tracks) for batch in net.right.tracks) == 10 * 3
    assert sum(batch.whole is not None for batch in net.right.tracks) == 3


def test_a_track_that_a_round_lacks_is_told_to_have_ended() -> None:
    net = pair()
    fly(net, 2, count=20)
    fly(net, 1, count=15)
    assert sorted(told(net.right.tracks)) == list(range(1, 16))
    assert [n for batch in net.right.tracks for n in batch.ended.tolist()] == [16, 17, 18, 19, 20]


def test_durable_items_arrive_once_and_in_order_through_loss_doubling_and_reordering() -> None:
    net = pair(loss=0.3, double=0.1, jitter_ns=SECOND_NS // 2)
    for start in range(0, 600, 60):
        net.left.link.post(items(60, start=start), net.now_ns)
        net.run(0.5)
    net.run(40)
    assert [one.number for one in net.right.items] == list(range(1, 601))
    assert [one.item for one in net.right.items] == items(600)
    assert net.left.link.status(net.now_ns).waiting == 0
    assert net.left.link.status(net.now_ns).delivered == 600


def test_after_a_cut_items_arrive_within_two_seconds_and_only_newest_states() -> None:
    net = pair()
    fly(net, 3)
    net.cut = True
    for n in range(60):
        net.left.link.post(items(200, start=200 * n), net.now_ns)
        fly(net, 1)
    status = net.left.link.status(net.now_ns)
    assert status.state == "lost"
    assert status.waiting == 12_000
    assert status.superseded >= 50 * 50  # sixty rounds, of which the first few went into the cut
    net.cut = False
    before = len(net.right.tracks)
    net.left.link.offer_round([offer(states(50, net.now_ns))])
    net.run(2)
    assert net.right.items, "nothing came within two seconds"
    states_after = sum(len(batch.tracks) for batch in net.right.tracks[before:])
    assert states_after <= 2 * 50  # the keyframe, twice at most; not what was superseded
    net.run(8)
    assert [one.item for one in net.right.items] == items(12_000)
    assert net.left.link.status(net.now_ns).state == "live"


@pytest.mark.parametrize("which", ["left", "right"])
def test_a_station_that_starts_anew_is_met_again_and_nothing_is_lost_or_taken_twice(
    which: str,
) -> None:
    net = pair()
    net.left.link.post(items(100), net.now_ns)
    fly(net, 2)
    end = getattr(net, which)
    end.start()
    net.left.link.post(items(100, start=100), net.now_ns)
    net.run(4)
    assert [one.item for one in net.right.items] == items(200)
    before = len(net.right.tracks)
    fly(net, 2)
    assert len(told(net.right.tracks[before:])) == 50


def test_states_are_told_of_again_where_an_envelope_was_lost() -> None:
    net = pair()
    fly(net, 3)
    net.cut = True
    net.left.link.offer_round([offer(states(50, net.now_ns))])
    net.run(0.1)  # its states go nowhere
    net.cut = False
    before = len(net.right.tracks)
    net.run(4)  # far from the next keyframe
    assert len(told(net.right.tracks[before:])) == 50
    assert net.right.link.status(net.now_ns).gaps >= 1


def test_the_clocks_of_two_stations_are_compared() -> None:
    net = pair(delay_ns=40_000_000)
    net.right.clock_ns = 2 * SECOND_NS
    fly(net, 5)
    status = net.left.link.status(net.now_ns)
    assert status.clock_offset_s == pytest.approx(2.0, abs=0.05)
    assert "2.0 s off" in status.trouble
    assert net.right.link.status(net.now_ns + net.right.clock_ns).delay_s == pytest.approx(
        0.04, abs=2.5 * TICK_NS / SECOND_NS
    )


def test_states_of_a_clock_that_is_far_off_are_held_apart_and_its_items_pass() -> None:
    net = pair()
    net.run(2)
    net.left.clock_ns = 60 * SECOND_NS
    fly(net, 40)  # until no ping from before the clock was set counts any more
    before = len(net.right.tracks)
    net.left.link.post(items(5), net.now_ns)
    fly(net, 3)
    assert len(net.right.tracks) == before
    assert len(net.right.items) == 5
    status = net.right.link.status(net.now_ns)
    assert status.refused["WrongTime"] >= 1
    assert "clock" in status.trouble


def test_what_two_labels_mark_travels_apart() -> None:
    net = pair()
    secret = dataclasses.replace(KG_LABEL, classification="secret")
    net.left.link.offer_round([offer(states(5)), offer(states(7, first=100), secret)])
    net.run(1)
    rows = {label.classification: 0 for label in (KG_LABEL, secret)}
    for batch in net.right.tracks:
        rows[batch.label.classification] += len(batch.tracks)
        expected = np.arange(1, 6) if batch.label == KG_LABEL else np.arange(100, 107)
        assert np.isin(batch.tracks.track, expected).all()
    assert rows == {"restricted": 5, "secret": 7}
