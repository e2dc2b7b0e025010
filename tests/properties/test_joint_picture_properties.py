"""Whatever partners tell, in whatever order: own tracks stand, numbers are unique, all goes on."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from joint_pictures import LABEL, START_NS, blocks_for, told_by, tracks_at
from skypact.model.exchange import PartnerTracks, TrackClaims
from skypact.model.joint import JointTracks
from skypact.model.time import SECOND_NS
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.picture import JointPicture

BLOCKS = blocks_for("KG", "KZ", "RU")
OWN = 3
SECONDS = 6
TIMES = (0, -1, 1, -10, 30, -100, 10**6, -(2**33), 2**33)
"""Seconds from the instant, some of them absurd."""

NUMBERS = (0, 1, -5, 999, 1_000, 1_500, 2_000, 2_001, 3_000, 3_001, 2**31, 2**62)


@st.composite
def batches(draw: st.DrawFn, second: int) -> PartnerTracks:
    """A batch of any times, claims and qualities, near our tracks or far from them."""
    count = draw(st.integers(0, 6))
    column = lambda values: draw(st.lists(values, min_size=count, max_size=count))  # noqa: E731
    numbers = draw(st.lists(st.integers(1, 8), min_size=count, max_size=count, unique=True))
    now_ns = START_NS + second * SECOND_NS
    tracks = tracks_at(
        numbers,
        column(st.sampled_from((0.0, 100.0, 5e3, 400e3))),
        column(st.sampled_from((20e3, 40e3, 60e3, 60.2e3, -9e3))),
        now_ns,
        sigma_m=np.array(column(st.sampled_from((0.0, 1.0, 100.0, 1e6, np.nan)))),
    )
    tracks.measured_ns[:] += np.array(column(st.sampled_from(TIMES)), np.int64) * SECOND_NS
    tracks.last_plot_ns[:] += np.array(column(st.sampled_from(TIMES)), np.int64) * SECOND_NS
    tracks.confirmed[:] = column(st.booleans())
    tracks.covariance[np.array(column(st.booleans()), bool)] = np.nan
    station = draw(st.sampled_from(("RU", "KZ", "XX", "KG")))
    claims = TrackClaims(
        joint=np.array(column(st.sampled_from(NUMBERS)), np.int64),
        allotted_ns=np.array(column(st.sampled_from((0, 1, START_NS - 9, 2**62))), np.int64),
        reporter=np.array(column(st.sampled_from((-1, 0, 1, 2, 63))), np.int16),
        contributors=np.array(column(st.sampled_from((0, 1, 2, 3, 2**63))), np.uint64),
        stations=draw(st.sampled_from(((station,), (station, "KG"), ("YY", "RU"), ()))),
    )
    whole = draw(st.none() | st.lists(st.integers(1, 8), max_size=3).map(tuple))
    return told_by(
        station,
        tracks,
        now_ns,
        claims,
        blurred=draw(st.booleans()),
        ended=tuple(draw(st.lists(st.integers(1, 8), max_size=2))),
        whole=whole,
        label=replace(LABEL, categories=(draw(st.sampled_from("abc")),)),
    )


def own_at(second: int) -> Tracks:
    now_ns = START_NS + second * SECOND_NS
    east = np.full(OWN, 200.0 * second)
    return tracks_at(np.arange(OWN) + 1, east, 20e3 * (np.arange(OWN) + 1), now_ns)


def run(told: list[list[PartnerTracks]], picture: JointPicture) -> list[JointTracks]:
    shown = []
    for second, batches_then in enumerate(told):
        for batch in batches_then:
            picture.take(batch)
        if second == 3:
            picture.lost("RU", START_NS + second * SECOND_NS)
        shown.append(picture.step(own_at(second), START_NS + second * SECOND_NS))
    return shown


STORIES = st.tuples(*[st.lists(batches(second), max_size=4) for second in range(SECONDS)]).map(list)


@settings(max_examples=60)
@given(STORIES)
def test_nothing_that_partners_tell_alters_hides_or_ends_an_own_track(
    told: list[list[PartnerTracks]],
) -> None:
    picture = JointPicture("KG", BLOCKS)
    for second, shown in enumerate(run(told, picture)):
        own = own_at(second)
        assert shown.own_track[:OWN].tolist() == own.track.tolist()
        assert (shown.own_track[OWN:] == -1).all()
        assert shown.tracks.confirmed[:OWN].all()
        assert not shown.unconfirmed[:OWN].any()
        assert not shown.blurred[:OWN].any()
        assert (shown.contributors[:OWN] != 0).all()
        off_m = 6.371e6 * np.abs(shown.tracks.latitude_rad[:OWN] - own.latitude_rad)
        assert (off_m < 1_000.0).all()
        assert (shown.tracks.last_plot_ns[:OWN] >= own.last_plot_ns).all()


@settings(max_examples=60)
@given(STORIES)
def test_whatever_is_told_every_row_shown_is_whole_and_has_a_number_of_its_own(
    told: list[list[PartnerTracks]],
) -> None:
    picture = JointPicture("KG", BLOCKS)
    for shown in run(told, picture):
        tracks = shown.tracks
        assert all(len(getattr(tracks, name)) == len(shown) for name in TRACK_COLUMNS)
        assert len(np.unique(tracks.track)) == len(shown)
        assert (np.abs(tracks.track) < 2**32 - 1).all()
        assert np.isfinite(tracks.latitude_rad).all()
        assert np.isfinite(tracks.longitude_rad).all()
        assert ((shown.reporter >= 0) & (shown.reporter < len(shown.stations))).all()
        assert "KG" not in shown.stations[1:]
    parts, claims = picture.parts(), picture.joint_claims()
    assert len(parts.joint_id) == len(claims.joint) == len(shown)
    assert len(np.unique(parts.joint_id)) == len(shown)
    assert set(range(len(shown))) == set(parts.row.tolist()), "every row has parts"
    for status in picture.statuses().values():
        assert 0 <= status.paired <= status.tracks
        assert 0 <= status.unconfirmed <= status.tracks


@settings(max_examples=40)
@given(STORIES, st.randoms(use_true_random=False))
def test_the_order_in_which_batches_of_one_instant_come_does_not_matter(
    told: list[list[PartnerTracks]],
    chance: object,
) -> None:
    """Batches of one station are put in order by their newest states, others are apart."""
    once = [one_state_a_track(batches_then) for batches_then in told]
    mixed = [list(batches_then) for batches_then in once]
    for batches_then in mixed:
        chance.shuffle(batches_then)  # type: ignore[attr-defined]
    one, other = JointPicture("KG", BLOCKS), JointPicture("KG", BLOCKS)
    for a, b in zip(run(once, one), run(mixed, other), strict=True):
        assert a.stations == b.stations
        for name in TRACK_COLUMNS:
            assert getattr(a.tracks, name).tobytes() == getattr(b.tracks, name).tobytes(), name
        for name in ("reporter", "contributors", "own_track", "unconfirmed", "blurred"):
            assert getattr(a, name).tobytes() == getattr(b, name).tobytes(), name


def one_state_a_track(batches_then: list[PartnerTracks]) -> list[PartnerTracks]:
    """Batches in which no station tells of one track twice at one instant: none could be newer."""
    seen: set[tuple[str, bool, int]] = set()
    kept = []
    for batch in batches_then:
        keys = [(batch.station, batch.blurred, n) for n in batch.tracks.track.tolist()]
        rows = np.array([key not in seen for key in keys], bool)
        seen.update(keys)
        index = np.flatnonzero(rows)
        kept.append(
            replace(batch, tracks=batch.tracks.take(index), claims=batch.claims.take(index))
        )
    return kept
