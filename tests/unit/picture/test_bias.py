"""The offset of another nation's picture is learned from common aircraft, and removed with care."""

import numpy as np
import pytest

from made_up_pictures import NOW_NS, SECOND_NS, tracks_at
from skypact.picture.bias import NationBias
from skypact.picture.correspondence import Ties, correspond
from skypact.picture.settings import PictureSettings


def taught(bias, offset_m, seconds, *, count=60, wrong=0, scatter_m=0.0, station="RU", seed=1):
    """Let a bias look at common aircraft; ``wrong`` of the pairs are not of one aircraft."""
    random = np.random.default_rng(seed)
    east, north = random.uniform(-100e3, 100e3, (2, count))
    lasting = random.normal(0, max(scatter_m, 1e-9), (2, count))
    pairs = np.stack([np.arange(count)] * 2, axis=1)
    for second in range(seconds):
        now_ns = NOW_NS + second * SECOND_NS
        noise = random.normal(0, 50.0, (4, count))
        noise[2, :wrong] += 3e3
        own = tracks_at(east + noise[0], north + noise[1], sigma_m=50.0, now_ns=now_ns)
        theirs = tracks_at(
            east - offset_m[0] + lasting[0] + noise[2],
            north - offset_m[1] + lasting[1] + noise[3],
            sigma_m=50.0,
            now_ns=now_ns,
        )
        bias.update(station, own, theirs, pairs, now_ns)
    return bias


def test_a_bias_is_learned_within_its_own_sigma():
    bias = taught(NationBias(), (300.0, -200.0), 120)
    offset = bias.offset("RU")
    assert abs(offset.east_m - 300.0) < 4 * offset.sigma_east_m
    assert abs(offset.north_m + 200.0) < 4 * offset.sigma_north_m
    assert offset.sigma_east_m < 10.0
    east_m, north_m, sigma_m = bias.shift("RU")[:3]
    assert (east_m, north_m) == (pytest.approx(300.0, abs=25.0), pytest.approx(-200.0, abs=25.0))
    assert sigma_m < 40.0


def test_one_wrong_pair_in_five_moves_it_little():
    bias = taught(NationBias(), (300.0, -200.0), 120, count=50, wrong=10)
    assert abs(bias.offset("RU").east_m - 300.0) < 60.0


def test_what_is_not_significant_is_not_removed():
    bias = taught(NationBias(), (0.5, -0.5), 60)
    assert bias.shift("RU")[:2] == (0.0, 0.0)


def test_a_station_nobody_has_seen_is_unsure_and_not_moved():
    settings = PictureSettings()
    assert NationBias(settings).shift("RU")[:3] == (0.0, 0.0, pytest.approx(settings.bias_sigma_m))


def test_a_bias_too_large_to_be_one_is_shown_but_not_removed():
    settings = PictureSettings(bias_limit_m=500.0)
    bias = taught(NationBias(settings), (900.0, 0.0), 300)
    assert bias.offset("RU").east_m > 500.0
    assert not bias.offset("RU").believed
    assert bias.shift("RU")[:2] == (0.0, 0.0)


def test_what_differs_from_place_to_place_makes_pairing_less_sure():
    even, uneven = taught(NationBias(), (100.0, 0.0), 60), NationBias()
    taught(uneven, (100.0, 0.0), 60, scatter_m=250.0)
    assert even.offset("RU").scatter_m < 40.0
    assert uneven.offset("RU").scatter_m == pytest.approx(250.0, rel=0.25)
    assert uneven.shift("RU")[2] > 200.0


def test_when_fusing_both_pictures_bear_the_scatter():
    bias = taught(NationBias(), (0.0, 0.0), 60, scatter_m=300.0)
    taught(bias, (0.0, 0.0), 60, scatter_m=100.0, station="KZ", seed=2)
    own, russian, kazakh, unseen = bias.shifts(["KG", "RU", "KZ", "BY"])
    assert own[:2].tolist() == [0.0, 0.0]
    assert own[2] == pytest.approx(bias.offset("KZ").scatter_m / np.sqrt(2.0))
    both = own[2] ** 2 + russian[2] ** 2
    assert both == pytest.approx(bias.shift("RU")[2] ** 2)
    assert kazakh[2] < russian[2]
    assert unseen[2] == pytest.approx(PictureSettings().bias_sigma_m)


def test_stamps_that_err_are_told_from_an_offset_by_the_courses():
    random = np.random.default_rng(3)
    count, bias = 40, NationBias()
    velocity = random.uniform(-220, 220, (count, 2))
    east, north = random.uniform(-100e3, 100e3, (2, count))
    pairs = np.stack([np.arange(count)] * 2, axis=1)
    for second in range(120):
        now_ns = NOW_NS + second * SECOND_NS
        here = east + velocity[:, 0] * second, north + velocity[:, 1] * second
        noise = random.normal(0, 50.0, (2, count))
        own = tracks_at(*here, velocity_mps=velocity, sigma_m=50.0, now_ns=now_ns)
        # 6 s old and 200 m off
        theirs = tracks_at(
            here[0] - 6.0 * velocity[:, 0] - 200.0 + noise[0],
            here[1] - 6.0 * velocity[:, 1] + noise[1],
            velocity_mps=velocity,
            sigma_m=50.0,
            now_ns=now_ns,
        )
        bias.update("RU", own, theirs, pairs, now_ns)
    shift = bias.shift("RU")
    assert shift.time_s == pytest.approx(6.0, abs=0.4)
    assert shift.east_m == pytest.approx(200.0, abs=40.0)
    found = correspond(theirs, own, Ties.none(), now_ns, shift=shift)
    assert len(found.pairs) == count
    assert np.median(found.distance2) < 4.0


def test_a_bias_that_changes_is_followed():
    settings = PictureSettings(bias_memory_s=60.0)
    bias = taught(NationBias(settings), (300.0, 0.0), 60)
    pairs = np.stack([np.arange(60)] * 2, axis=1)
    for second in range(60, 400):
        now_ns = NOW_NS + second * SECOND_NS
        own = tracks_at(np.linspace(-90e3, 90e3, 60), 0.0, sigma_m=50.0, now_ns=now_ns)
        bias.update("RU", own, own, pairs, now_ns)
    assert abs(bias.offset("RU").east_m) < 30.0


def test_what_is_forgotten_is_gone_and_stations_do_not_mix():
    bias = taught(NationBias(), (300.0, 0.0), 30)
    assert bias.offset("KZ").east_m == 0.0
    bias.forget("RU")
    assert bias.offset("RU").east_m == 0.0
    bias.forget("RU")


def test_a_look_at_the_same_instant_teaches_nothing_new():
    bias = taught(NationBias(), (300.0, 0.0), 30)
    before = bias.offset("RU")
    own = tracks_at(0.0, 0.0, now_ns=NOW_NS)
    bias.update("RU", own, own, np.array([[0, 0]]), NOW_NS)
    assert bias.offset("RU") == before


def test_no_pairs_and_old_states_teach_nothing():
    bias = taught(NationBias(), (300.0, 0.0), 30)
    before = bias.offset("RU")
    now_ns = NOW_NS + 31 * SECOND_NS
    own = tracks_at([0.0, 10e3, 20e3, 30e3, 40e3], 0.0, now_ns=NOW_NS - 60 * SECOND_NS)
    pairs = np.stack([np.arange(5)] * 2, axis=1)
    bias.update("RU", own, own, pairs[:0], now_ns)
    bias.update("RU", own, own, pairs, now_ns + SECOND_NS)
    assert bias.offset("RU").east_m == pytest.approx(before.east_m, rel=1e-3)
