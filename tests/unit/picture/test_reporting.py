"""Who reports a track: taken, kept, handed over and handed back, without a break."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from skypact.model.time import SECOND_NS
from skypact.picture.arbitration import Reporters, judge, reporters_of
from skypact.picture.reporting import OwnReporting, ReportingRules, Told, best, claimant, decide

RULES = ReportingRules()
START_NS = 10**18
FRESH = {"able": True, "tier": 0}


def told(*rows: dict[str, float]) -> Told:
    """One joint track told of by station 0 (ours) and others; rank is the station unless said."""
    return Told(
        group=np.zeros(len(rows), np.int64),
        station=np.arange(len(rows)),
        rank=np.array([row.get("rank", k) for k, row in enumerate(rows)], np.int64),
        able=np.array([row.get("able", True) for row in rows], bool),
        claims=np.array([row.get("claims", False) for row in rows], bool),
        names=np.array([row.get("names", -1) for row in rows], np.int64),
        counts=np.array([row.get("counts", True) for row in rows], bool),
        tier=np.array([row.get("tier", 0) for row in rows], np.int64),
        sigma_m=np.array([row.get("sigma", 100.0) for row in rows]),
    )


def reporter(*rows: dict[str, float]) -> int:
    return int(claimant(told(*rows), 1, RULES)[0])


class OwnTrack:
    """Our own decision on one track, second by second; the fields are those of our own row."""

    def __init__(self, claims: bool = False) -> None:
        never = np.full(1, -1)
        self.state = OwnReporting(np.array([claims]), never, never)
        self.before = replace(Reporters.nobody(1), station=np.array([0 if claims else -1]))
        self.now_ns = START_NS

    def run(self, seconds: int, *rows: dict[str, float], alone: bool = False) -> list[bool]:
        claims = []
        for _ in range(seconds):
            one = told({**rows[0], "claims": self.state.claims[0]}, *rows[1:])
            seat = np.arange(len(rows))[np.newaxis]
            judged = judge(one, seat, self.before, self.now_ns, RULES)
            self.state = decide(
                one, judged.row, judged.named, self.state, self.now_ns, RULES, alone=alone
            )
            claims.append(bool(self.state.claims[0]))
            self.before = reporters_of(one, seat, judged, self.state.claims, self.before, RULES)
            self.now_ns += SECOND_NS
        return claims


def test_of_several_that_claim_the_first_by_code_reports_unless_another_is_much_better() -> None:
    assert reporter({"claims": True}, {"claims": True, "sigma": 71.0}) == 0
    assert reporter({"claims": True}, {"claims": True, "sigma": 69.0}) == 1
    assert reporter({"claims": True, "rank": 1}, {"claims": True, "rank": 0}) == 1


def test_nobody_reports_by_claiming_to_be_perfect() -> None:
    assert reporter({"claims": True, "sigma": 40.0}, {"claims": True, "sigma": 0.001}) == 0


def test_an_unknown_quality_is_the_worst() -> None:
    assert reporter({"claims": True, "sigma": np.nan}, {"claims": True, "sigma": 5e3}) == 1


def test_who_has_no_sensor_on_a_track_reports_it_only_if_nobody_has() -> None:
    post = {"claims": True, "tier": 1, "sigma": 30.0}
    assert reporter({"claims": True, "sigma": 300.0, "rank": 1}, {**post, "rank": 0}) == 0
    assert reporter({"claims": False}, post) == 1


def test_a_claim_to_a_state_out_of_date_does_not_count() -> None:
    assert reporter({"claims": True, "able": False}, {"claims": True, "sigma": 900.0}) == 1
    assert reporter({"claims": True, "able": False}) == -1


def test_the_best_state_is_up_to_date_then_of_own_sensors_then_surest_then_first() -> None:
    one = told(
        {"sigma": 10.0, "able": False}, {"sigma": 35.0, "tier": 1}, {"sigma": 90.0}, {"sigma": 80.0}
    )
    row, place = best(one, 1, RULES)
    assert row.tolist() == [3]
    assert place.tolist() == [3, 2, 1, 0]


def test_a_track_without_a_reporter_is_taken_by_the_best_first() -> None:
    assert OwnTrack().run(5, {}, {"sigma": 150.0}).index(True) == 3
    assert OwnTrack().run(8, {}, {"sigma": 50.0}).index(True) == 6
    assert OwnTrack().run(1, {}, alone=True) == [True]


def test_a_better_station_takes_over_after_it_has_been_better_for_a_while() -> None:
    russian = {"claims": True, "sigma": 100.0}
    assert OwnTrack().run(15, {"sigma": 60.0}, russian).index(True) == 10
    assert not any(OwnTrack().run(60, {"sigma": 75.0}, russian))
    track = OwnTrack()
    for _ in range(6):  # better by turns is not better
        assert not any(track.run(9, {"sigma": 60.0}, russian))
        assert not any(track.run(1, {"sigma": 90.0}, russian))


def test_a_station_that_is_not_the_best_does_not_take_over() -> None:
    others = ({"claims": True, "sigma": 200.0}, {"sigma": 60.0})
    assert not any(OwnTrack().run(60, {"sigma": 100.0}, *others))


def test_the_reporter_keeps_a_track_while_others_are_only_a_little_better() -> None:
    assert all(OwnTrack(claims=True).run(60, {"sigma": 100.0}, {"sigma": 75.0}))


def test_the_reporter_yields_to_who_took_over_once_that_is_no_passing_claim() -> None:
    better = {"sigma": 60.0, "claims": True}
    assert OwnTrack(claims=True).run(8, {"sigma": 100.0}, better) == [True] * 5 + [False] * 3


def test_a_partner_whose_sigma_or_claim_changes_with_every_plot_takes_nothing() -> None:
    track, honest = OwnTrack(claims=True), {"sigma": 100.0}
    for _ in range(10):
        assert all(track.run(4, honest, {"sigma": 31.0, "claims": True}))
        assert all(track.run(1, honest, {"sigma": 900.0, "claims": True}))
        assert all(track.run(4, honest, {"sigma": 31.0, "claims": True}))
        assert all(track.run(1, honest, {"sigma": 31.0}))


def test_a_track_out_of_date_is_kept_until_somebody_else_sees_it() -> None:
    track = OwnTrack(claims=True)
    old = {"able": False}
    assert all(track.run(20, old, {"able": False, "sigma": 50.0}))
    assert track.run(1, old, {"sigma": 500.0}) == [False]


def test_after_a_partition_one_of_two_reporters_yields_and_the_other_does_not() -> None:
    """Both see the same, each from its side: exactly one goes on."""
    for sigma in (30.0, 60.0, 100.0, 140.0, 300.0):
        first = OwnTrack(claims=True).run(6, {"rank": 0}, {"rank": 1, "sigma": sigma, "claims": 1})
        second = OwnTrack(claims=True).run(
            6, {"rank": 1, "sigma": sigma}, {"rank": 0, "claims": True}
        )
        assert first[-1] != second[-1]


def test_a_post_without_sensors_leaves_a_vacant_track_to_those_who_have() -> None:
    assert not any(OwnTrack().run(60, {"tier": 1, "sigma": 30.0}, {"sigma": 500.0}))
    assert any(OwnTrack().run(60, {"tier": 1}, {"tier": 1, "sigma": 50.0}))


def test_no_tracks_are_decided_on_without_trouble() -> None:
    none = told()
    empty = np.empty(0, np.int64)
    state = decide(
        none,
        empty,
        empty,
        OwnReporting(np.empty(0, bool), empty, empty),
        START_NS,
        RULES,
        alone=False,
    )
    assert len(state.claims) == 0


def test_rules_that_make_no_sense_are_refused() -> None:
    with pytest.raises(ValueError, match="better"):
        ReportingRules(better=0.0)
    assert replace(RULES, better=1.0).better == 1.0
