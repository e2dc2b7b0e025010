"""The joint picture of one station, second by second: what partners can and cannot do to it."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray

from joint_pictures import LABEL, START_NS, blocks_for, claimed, told_by, tracks_at
from skypact.model.exchange import PartnerTracks
from skypact.model.joint import JointTracks
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture import JointPicture
from skypact.picture.assembly import PASSING

BLOCKS = blocks_for("KG", "KZ", "RU", "KANT")
SPEED_MPS = 200.0


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def kyrgyz() -> JointPicture:
    return JointPicture("KG", BLOCKS)


def own_at(second: int, numbers: tuple[int, ...] = (1, 2), **more: object) -> Tracks:
    """Own tracks in line abreast, 20 km apart, flying east."""
    north = 20e3 * np.array(numbers, float)
    return tracks_at(
        list(numbers), np.full(len(numbers), SPEED_MPS * second), north, at(second), **more
    )


def theirs_at(second: int, numbers: tuple[int, ...] = (1, 2), **more: object) -> Tracks:
    """The same aircraft as another station has them: 50 m off, its numbers 100 higher."""
    tracks = own_at(second, numbers, **more)
    return replace(tracks, track=tracks.track + 100, latitude_rad=tracks.latitude_rad + 50 / 6.4e6)


def run(
    picture: JointPicture, seconds: range, told: object = None, own: object = own_at
) -> JointTracks:
    """Step each second; ``told(second)`` gives the batches that have come."""
    shown = None
    for second in seconds:
        for batch in told(second) if told else ():
            picture.take(batch)
        shown = picture.step(own(second), at(second))
    assert shown is not None
    return shown


def russian(second: int) -> list[PartnerTracks]:
    tracks = theirs_at(second)
    return [told_by("RU", tracks, at(second), claimed([3_001, 3_002], [at(-99)] * 2, "RU"))]


def same(one: Tracks, other: Tracks) -> bool:
    return all(
        np.array_equal(getattr(one, n), getattr(other, n), equal_nan=one_is_float(one, n))
        for n in TRACK_COLUMNS
    )


def one_is_float(tracks: Tracks, name: str) -> bool:
    column: NDArray[np.generic] = getattr(tracks, name)
    return column.dtype.kind == "f"


def test_without_partners_the_picture_is_the_own_one_bit_for_bit_but_for_numbers() -> None:
    own = own_at(0)
    shown = kyrgyz().step(own, at(0))
    assert shown.tracks.track.tolist() == [-1, -2]
    assert shown.own_track.tolist() == [1, 2]
    assert same(replace(shown.tracks, track=own.track), own)
    assert shown.stations[0] == "KG"
    assert shown.contributors.tolist() == [1, 1]
    assert not shown.unconfirmed.any()
    assert len(kyrgyz().step(Tracks.empty(), at(0))) == 0


def test_a_track_of_ours_gets_a_number_of_our_block_and_keeps_it() -> None:
    picture = kyrgyz()
    assert run(picture, range(4)).tracks.track.tolist() == [1_000, 1_001]
    assert run(picture, range(4, 60)).tracks.track.tolist() == [1_000, 1_001]
    assert picture.next_number == 1_002
    claims = picture.claims(np.array([2, 77, 1]))
    assert claims.joint.tolist() == [1_001, 0, 1_000]
    assert claims.reporter.tolist() == [0, -1, 0]
    assert claims.allotted_ns.tolist() == [at(3), 0, at(3)]
    assert claims.stations[0] == "KG"
    assert claims.contributors.tolist() == [1, 1, 1]


def test_a_tentative_track_is_shown_as_it_is_and_gets_no_number_and_no_partner() -> None:
    picture = kyrgyz()
    shown = run(picture, range(8), russian, lambda s: own_at(s, confirmed=False))
    assert shown.tracks.track[:2].tolist() == [-1, -2]
    assert shown.own_track.tolist() == [1, 2, -1, -1]
    assert shown.tracks.confirmed.tolist() == [False, False, True, True]
    shown = run(picture, range(8, 12), russian)
    assert shown.own_track.tolist() == [1, 2]


def test_a_station_without_a_block_shows_its_tracks_under_their_own_numbers() -> None:
    picture = JointPicture("KG", blocks_for("RU"))
    shown = run(picture, range(10))
    assert shown.tracks.track.tolist() == [-1, -2]
    assert picture.blocks.exhausted


def test_what_a_partner_tells_of_our_tracks_becomes_one_with_them_under_the_older_number() -> None:
    picture = kyrgyz()
    run(picture, range(5))
    shown = run(picture, range(5, 15), russian)
    assert shown.own_track.tolist() == [1, 2]
    assert shown.tracks.track.tolist() == [3_001, 3_002]
    assert picture.blocks.current(1_000) == 3_001
    assert picture.claims(np.array([1, 2])).joint.tolist() == [3_001, 3_002]
    ours, theirs = np.uint64(1), np.uint64(1 << shown.stations.index("RU"))
    assert (shown.contributors == ours | theirs).all()
    assert (shown.tracks.horizontal_sigma_m < 100.0).all(), "two are surer than one"
    status = picture.statuses()["RU"]
    assert (status.tracks, status.paired, status.unconfirmed) == (2, 2, 0)


def test_a_partner_with_a_younger_number_takes_ours() -> None:
    def later(second: int) -> list[PartnerTracks]:
        claims = claimed([3_001, 3_002], [at(8), at(8)], "RU")
        return [told_by("RU", theirs_at(second), at(second), claims)]

    picture = kyrgyz()
    run(picture, range(5))
    assert run(picture, range(8, 12), later).tracks.track.tolist() == [1_000, 1_001]


def test_what_one_partner_alone_tells_is_unconfirmed_and_two_that_share_no_sensor_confirm() -> None:
    def with_kazakh(second: int) -> list[PartnerTracks]:
        tracks = theirs_at(second, (1,))
        return [*russian(second), told_by("KZ", tracks, at(second))]

    picture = kyrgyz()
    nothing = lambda s: Tracks.empty()  # noqa: E731
    shown = run(picture, range(6), russian, nothing)
    assert shown.tracks.track.tolist() == [3_001, 3_002]
    assert shown.unconfirmed.all()
    shown = run(picture, range(6, 9), with_kazakh, nothing)
    assert dict(zip(shown.tracks.track.tolist(), shown.unconfirmed.tolist(), strict=True)) == {
        3_001: False,
        3_002: True,
    }


def test_a_post_that_passes_on_a_partner_s_track_confirms_nothing() -> None:
    def through_kant(second: int) -> list[PartnerTracks]:
        tracks = theirs_at(second)
        claims = claimed([3_001, 3_002], [at(-99)] * 2, "KANT", contributors=("RU",))
        return [*russian(second), told_by("KANT", tracks, at(second), claims)]

    shown = run(kyrgyz(), range(6), through_kant, lambda s: Tracks.empty())
    assert len(shown) == 2
    assert shown.unconfirmed.all()


def test_our_own_data_coming_back_brings_numbers_but_no_information() -> None:
    def echo(second: int) -> list[PartnerTracks]:
        tracks = theirs_at(second, sigma_m=10.0)
        claims = claimed([4_001, 4_002], [at(-99)] * 2, "KANT", contributors=("KG", "RU"))
        return [told_by("KANT", tracks, at(second), claims)]

    picture = kyrgyz()
    shown = run(picture, range(12), echo)
    own = own_at(11)
    assert shown.tracks.track.tolist() == [4_001, 4_002]
    assert same(replace(shown.tracks, track=own.track), own), "not a bit of it was ours to take"
    assert shown.contributors.tolist() == [1, 1]


def test_a_track_that_ends_here_does_not_live_on_as_our_own_echo() -> None:
    def echo(second: int) -> list[PartnerTracks]:
        tracks = theirs_at(second, plotted_ns=at(5))
        return [
            told_by("KANT", tracks, at(second), claimed([0, 0], [0, 0], "K", contributors=("KG",)))
        ]

    picture = kyrgyz()
    run(picture, range(6), echo)
    shown = run(picture, range(6, 20), echo, lambda s: Tracks.empty())
    assert len(shown) == 2
    shown = run(picture, range(20, 67), echo, lambda s: Tracks.empty())
    assert len(shown) == 0


def test_ghosts_move_hide_and_end_no_own_track() -> None:
    """5,000 ghosts on and around our tracks, sure to the metre, claiming all numbers."""
    rng = np.random.default_rng(8)
    picture, alone = kyrgyz(), kyrgyz()
    for second in range(20):
        own = own_at(second)
        count = 5_000
        ghosts = tracks_at(
            np.arange(count) + 1,
            SPEED_MPS * second + rng.normal(0.0, 3e3, count),
            20e3 * rng.integers(1, 3, count) + rng.normal(0.0, 3e3, count),
            at(second),
            sigma_m=1.0,
        )
        claims = claimed([3_000 + k % 1_000 for k in range(count)], [1] * count, "RU")
        picture.take(told_by("RU", ghosts, at(second), claims))
        before = {name: getattr(own, name).copy() for name in TRACK_COLUMNS}
        shown = picture.step(own, at(second))
        expected = alone.step(own, at(second))
        assert same(own, Tracks(**before)), "what came in as ours is not written to"
        assert shown.own_track[:2].tolist() == expected.own_track.tolist()
        assert shown.tracks.confirmed[:2].all()
        assert (shown.own_track >= 0).sum() == 2
        assert len(np.unique(shown.tracks.track)) == len(shown)
        off_m = 6.371e6 * np.abs(shown.tracks.latitude_rad[:2] - own.latitude_rad)
        assert (off_m < 5.0 * 100.0 + 300.0).all(), "beyond the gate nothing is fused"
    lone = shown.own_track < 0
    assert shown.unconfirmed[lone].all()


def test_a_hand_over_across_a_border_keeps_the_number_and_has_a_reporter_at_every_second() -> None:
    def ours(second: int) -> Tracks:
        if second > 45:
            return Tracks.empty()
        sigma = 60.0 + 6.0 * max(0, second - 20)
        return own_at(second, (1,), sigma_m=sigma, plotted_ns=at(min(second, 40)))

    def russian_side(second: int) -> list[PartnerTracks]:
        if second < 15:
            return []
        tracks = theirs_at(second, (1,), sigma_m=80.0)
        joint = 0 if second < 18 else 1_000
        claims = claimed([joint], [at(3) if joint else 0], "RU", reporting=second > 36)
        return [told_by("RU", tracks, at(second), claims)]

    picture = kyrgyz()
    reporters = []
    for second in range(70):
        shown = run(picture, range(second, second + 1), russian_side, ours)
        assert len(shown) == 1
        if second > 2:
            assert shown.tracks.track.tolist() == [1_000]
        reporters.append(shown.stations[shown.reporter[0]])
    assert "".join(name[0] for name in reporters) == "K" * 42 + "R" * 28


def test_a_lost_partner_s_tracks_coast_and_go_while_ours_go_on() -> None:
    def both(second: int) -> list[PartnerTracks]:
        tracks = theirs_at(second, (1, 2, 3))
        claims = claimed([3_001, 3_002, 3_003], [at(-99)] * 3, "RU")
        return [told_by("RU", tracks, at(second), claims)]

    picture = kyrgyz()
    shown = run(picture, range(10), both)
    assert shown.tracks.track.tolist() == [3_001, 3_002, 3_003]
    assert not shown.tracks.coasting.any()
    picture.lost("RU", at(10))
    shown = run(picture, range(10, 12))
    assert shown.tracks.coasting.tolist() == [False, False, True]
    assert shown.stations[shown.reporter[2]] == "RU"
    shown = run(picture, range(12, 45))
    assert shown.tracks.track.tolist() == [3_001, 3_002], "the number stays with what we see"
    assert [shown.stations[k] for k in shown.reporter] == ["KG", "KG"]
    shown = run(picture, range(45, 47), both)
    assert shown.tracks.track.tolist() == [3_001, 3_002, 3_003]
    picture.lost("NOBODY", at(47))


def test_a_number_that_its_giver_uses_for_something_else_is_given_up() -> None:
    """The Russians call our first aircraft otherwise for long; the Kazakhs repeat the old name."""

    def told(second: int) -> list[PartnerTracks]:
        number = 3_001 if second < 10 else 3_009
        claims = claimed([number], [at(-99) if second < 10 else at(-50)], "RU")
        repeated = claimed([3_001], [at(-99)], "KZ", reporting=False)
        tracks = theirs_at(second, (1,))
        return [
            told_by("RU", tracks, at(second), claims),
            told_by("KZ", replace(tracks, track=tracks.track + 7), at(second), repeated),
        ]

    picture = kyrgyz()
    one = lambda s: own_at(s, (1,))  # noqa: E731
    assert run(picture, range(10), told, one).tracks.track.tolist() == [3_001]
    assert run(picture, range(10, 30), told, one).tracks.track.tolist() == [3_001]
    assert run(picture, range(30, 60), told, one).tracks.track.tolist() == [3_009]


def test_a_blurred_track_is_shown_apart_unless_a_known_one_explains_it() -> None:
    def coarse(second: int) -> list[PartnerTracks]:
        tracks = tracks_at([901, 902], [-24e3, 300e3], [20e3, 300e3], at(second - 120), sigma_m=3e3)
        return [told_by("RU", tracks, at(second), blurred=True)]

    picture = kyrgyz()
    shown = run(picture, range(6), coarse)
    assert shown.blurred.tolist() == [False, False, True]
    assert shown.own_track.tolist() == [1, 2, -1]
    assert shown.tracks.track[:2].tolist() == [1_000, 1_001]
    assert shown.tracks.track[2] < -PASSING
    assert shown.unconfirmed.tolist() == [False, False, True]
    number = shown.tracks.track[2]
    assert run(picture, range(6, 9), coarse).tracks.track[2] == number
    shown = run(picture, range(9, 10), coarse, lambda s: Tracks.empty())
    assert shown.blurred.tolist() == [True, True]


def test_every_number_shown_fits_what_displays_can_take() -> None:
    picture = kyrgyz()
    claims = claimed([0, 0], [0, 0], "RU")
    for second in range(3):
        picture.take(told_by("RU", theirs_at(second), at(second), claims))
        picture.take(told_by("KZ", theirs_at(second, (5, 6)), at(second), blurred=True))
        shown = picture.step(own_at(second, (7, 8)), at(second))
    numbers = np.abs(shown.tracks.track)
    assert len(np.unique(numbers)) == 6
    assert numbers.max() < 2**32 - 1


def test_the_parts_of_a_track_are_told_with_their_labels() -> None:
    secret = replace(LABEL, classification="secret", originator="KZ")

    def told(second: int) -> list[PartnerTracks]:
        tracks = theirs_at(second, (1,))
        return [
            *russian(second),
            told_by("KZ", tracks, at(second), label=secret),
            told_by("KZ", tracks_at([9], [3e5], [3e5], at(second)), at(second), blurred=True),
        ]

    picture = JointPicture("KANT", BLOCKS)
    shown = run(picture, range(8), told, lambda s: Tracks.empty())
    parts = picture.parts()
    assert len(parts.joint_id) == len(shown) == 3
    found = {
        int(number): sorted(
            (parts.marks[k].station, parts.marks[k].label.classification)
            for k in parts.part[parts.row == row]
        )
        for row, number in enumerate(shown.tracks.track)
    }
    blurred = int(shown.tracks.track[2])
    assert found == {
        3_001: [("KZ", "secret"), ("RU", "restricted")],
        3_002: [("RU", "restricted")],
        blurred: [("KZ", "restricted")],
    }
    claims = picture.joint_claims()
    assert claims.joint.tolist() == [3_001, 3_002, 0]
    bits = {code: 1 << k for k, code in enumerate(claims.stations)}
    assert claims.contributors.tolist() == [bits["KZ"] | bits["RU"], bits["RU"], bits["KZ"]]
    assert (claims.reporter == -1).all(), "it is no post by any agreement: it names nobody"
    before = parts.joint_id.tolist()
    run(picture, range(8, 10), told, lambda s: Tracks.empty())
    assert picture.parts().joint_id.tolist() == before, "marks keep from step to step"


def test_tracks_of_other_stations_plots_rest_on_those_stations() -> None:
    """A post's own tracker is fed with partners' plots: its bits say so."""
    picture = JointPicture("KANT", BLOCKS)
    bits = np.array([1 << picture.bit("RU"), 1 << picture.bit("RU") | 1 << picture.bit("KG")])
    for second in range(6):
        shown = picture.step(own_at(second), at(second), bits.astype(np.uint64))
    assert shown.contributors.tolist() == bits.tolist()
    assert shown.unconfirmed.tolist() == [True, False], "one partner's plots alone"


def test_a_partner_cannot_speak_in_our_name() -> None:
    picture = kyrgyz()
    picture.take(told_by("KG", theirs_at(0), at(0)))
    assert len(picture.step(own_at(0), at(0))) == 2
    assert picture.refused_rows == 2


def test_changed_blocks_keep_the_numbers_of_tracks() -> None:
    picture = kyrgyz()
    run(picture, range(5))
    picture.renew((*BLOCKS[:3], replace(BLOCKS[3], station="TJ")))
    shown = run(picture, range(5, 10), russian, lambda s: own_at(s, (1, 2, 3)))
    assert shown.tracks.track.tolist() == [3_001, 3_002, 1_002]


def test_a_block_that_began_anew_is_known_to_be_given_after_a_change_of_blocks() -> None:
    blocks = (replace(BLOCKS[0], last=1_003), *BLOCKS[1:])
    picture = JointPicture("KG", blocks, next_number=1_003)
    shown = run(picture, range(6))
    assert shown.tracks.track.tolist() == [1_003, 1_000]
    picture.renew(blocks)
    claims = claimed([1_002], [at(-99)], "RU")
    shown = run(picture, range(6, 9), lambda s: [told_by("RU", theirs_at(s, (1,)), at(s), claims)])
    assert shown.tracks.track.tolist() == [1_002, 1_000]


@pytest.mark.parametrize("latitude", [-np.pi / 2, 0.0, np.pi / 2])
def test_the_picture_has_no_edge(latitude: float) -> None:
    """Own and partner's states on either side of the date line, and at the poles."""
    picture = kyrgyz()
    for second in range(15):
        own = replace(
            own_at(second, (1,), velocity_mps=(0.0, 0.0)),
            latitude_rad=np.array([latitude]),
            longitude_rad=np.array([np.pi - 1e-6]),
        )
        theirs = replace(own, track=own.track + 100, longitude_rad=np.array([-np.pi + 1e-6]))
        picture.take(told_by("RU", theirs, at(second)))
        shown = picture.step(own, at(second))
    assert len(shown) == 1
    assert np.isfinite(shown.tracks.latitude_rad).all()


def test_a_partner_that_renames_its_tracks_for_ever_cannot_keep_ours_changing() -> None:
    """New track numbers with ever older joint numbers: each is believed, but not without end."""

    def restless(second: int) -> list[PartnerTracks]:
        tracks = replace(theirs_at(second, (1,)), track=np.array([1_000 + second]))
        claims = claimed([3_500 - second], [at(-500 - second)], "RU")
        return [told_by("RU", tracks, at(second), claims, whole=(1_000 + second,))]

    picture = kyrgyz()
    numbers = [
        int(run(picture, range(s, s + 1), restless, lambda s: own_at(s, (1,))).tracks.track[0])
        for s in range(60)
    ]
    changes = sum(a != b for a, b in pairwise(numbers))
    assert 4 <= changes <= 10
    assert len(set(numbers[20:])) == 1


def test_a_retired_number_of_a_partner_s_track_leads_to_the_one_it_has() -> None:
    def told(second: int) -> list[PartnerTracks]:
        number = 3_002 if second < 3 else 3_001
        claims = claimed([number], [at(-50 if second < 3 else -90)], "RU")
        return [told_by("RU", theirs_at(second, (1,)), at(second), claims)]

    picture = kyrgyz()
    run(picture, range(5), told, lambda s: Tracks.empty())
    assert picture.blocks.current(3_002) == 3_001
