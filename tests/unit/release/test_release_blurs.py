"""What a partner gets of a blurred track or plot, and when."""

import itertools

import numpy as np
import pytest

from release_cases import agreement, binding, rule
from skypact.agreement.document import Blur
from skypact.model.labels import NOTHING, WHOLE, Label
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.release import compile_release
from skypact.release.blurring import coarse_sigma_m, released
from skypact.release.coding import Marks, labelled_plots, labelled_tracks, recoded
from skypact.release.holding import HeldBack

SECRET = b"a secret of the node"
SENSORS = SensorTable(tuple(Sensor(f"radar-{k}", "radar") for k in (1, 2, 9)))
OPEN = Label("ab", "open", (), ("B", "C"), "A")
NOW_NS = 1000 * SECOND_NS


def table_of(*rules, blur=(), **words):
    document = agreement(release=rules, blur=(Blur(id="coarse", grid_m=5000.0), *blur))
    return compile_release([binding(document, **words)], "A")


def blurred_by(**words):
    return table_of(rule(1, "blurred", blur="it"), blur=(Blur(id="it", **words),))


def tracks_at(count, measured_ns=NOW_NS, first=7):
    random = np.random.default_rng(2)
    floats = {
        name: random.uniform(1.0, 300.0, count)
        for name in (
            "altitude_m",
            "pressure_altitude_m",
            "velocity_east_mps",
            "velocity_north_mps",
            "velocity_up_mps",
            "horizontal_sigma_m",
        )
    }
    return Tracks(
        track=np.arange(first, first + count),
        measured_ns=np.full(count, measured_ns),
        latitude_rad=np.radians(43.5) + random.uniform(0, 0.01, count),
        longitude_rad=np.radians(75.0) + random.uniform(0, 0.01, count),
        confirmed=np.ones(count, np.bool_),
        coasting=np.zeros(count, np.bool_),
        last_plot_ns=np.full(count, measured_ns - 5),
        mode_3a=np.full(count, 0o1234, np.int32),
        mode_s=np.arange(count, dtype=np.int32),
        callsign=np.full(count, b"ABC123", "S8"),
        sensors=np.full((count, 1), 0b011, np.uint64),
        covariance=np.ones((count, 10)),
        **floats,
    )


def labels_of(tracks, table, label=OPEN, **marks):
    return labelled_tracks(tracks, Marks([label], **marks), table.codes, SENSORS)


def given(tracks, table, now_ns=NOW_NS):
    return released(tracks, labels_of(tracks, table), table, "B", now_ns, SECRET)


def test_a_whole_track_leaves_as_it_is():
    tracks = tracks_at(3)
    gone, told = given(tracks, table_of(rule()))
    for name in Tracks.__dataclass_fields__:
        assert np.array_equal(getattr(gone, name), getattr(tracks, name))
    assert told.leaving.tolist() == [0, 1, 2]


def test_what_leaves_carries_its_label_and_the_agreement_it_leaves_under():
    mine = agreement(release=(rule(aircraft=("civil",)),))
    other = agreement("0", ("A", "C"))
    table = compile_release([binding(mine), binding(other)], "A")
    tracks = tracks_at(3)
    labels = labels_of(tracks, table, aircraft=np.array([1, 2, 1], np.int8))
    gone, told = released(tracks, labels, table, "B", NOW_NS, SECRET)
    assert gone.track.tolist() == [7, 9]
    assert [table.codes.agreements[k] for k in told.agreement] == ["ab", "ab"]
    assert told.labels.aircraft.tolist() == [1, 1]


def test_decisions_are_counted_by_rule_and_verdict():
    table = table_of(rule(1, "nothing", aircraft=("state",)), rule(2, identities=("neutral",)))
    tracks = tracks_at(4)
    labels = labels_of(
        tracks,
        table,
        aircraft=np.array([1, 2, 1, 1], np.int8),
        identity=np.array([4, 4, 4, 1], np.int8),
    )
    _, told = released(tracks, labels, table, "B", NOW_NS, SECRET)
    counts = {
        (one.rule.release.id if one.rule else None, one.verdict): one.items
        for one in told.decisions.counts()
    }
    assert counts == {(None, NOTHING): 1, ("r1", NOTHING): 1, ("r2", WHOLE): 2}


def test_what_is_refused_does_not_leave_and_the_batch_is_untouched():
    tracks = tracks_at(3)
    gone, told = given(tracks, table_of(rule(aircraft=("state",))))
    assert len(gone) == 0
    assert (told.decisions.verdict == NOTHING).all()
    assert np.array_equal(tracks.track, [7, 8, 9])


def test_a_grid_hides_position_speed_and_accuracy_and_says_so_honestly():
    tracks = tracks_at(200)
    gone, _ = given(tracks, blurred_by(grid_m=50_000.0))
    assert len(np.unique(gone.latitude_rad)) <= 2
    away = np.hypot(
        gone.latitude_rad - tracks.latitude_rad,
        (gone.longitude_rad - tracks.longitude_rad) * np.cos(tracks.latitude_rad),
    )
    assert (away * 6.371e6 < 36_500).all()
    assert np.isnan(gone.velocity_east_mps).all()
    assert np.isnan(gone.velocity_north_mps).all()
    assert (gone.horizontal_sigma_m == 50_000 / np.sqrt(12)).all()
    assert np.array_equal(gone.altitude_m, tracks.altitude_m)


def test_a_grid_is_not_undone_by_averaging_over_time():
    table = blurred_by(grid_m=5000.0)
    one = tracks_at(1)
    told = set()
    for second in range(100):
        jitter = 1e-6 * np.sin(second)
        moved = Tracks(
            **{f: getattr(one, f) for f in Tracks.__dataclass_fields__}
            | {"latitude_rad": one.latitude_rad + jitter, "measured_ns": one.measured_ns + second}
        )
        gone, _ = given(moved, table, NOW_NS + second)
        told.add((float(gone.latitude_rad[0]), float(gone.longitude_rad[0])))
    assert len(told) == 1


def test_a_hidden_source_leaves_no_trace_of_the_sensor():
    tracks = tracks_at(4)
    gone, _ = given(tracks, blurred_by(hide_source=True))
    assert not gone.sensors.any()
    assert np.isnan(gone.covariance).all(), "its axes would point at the sensor"
    assert (gone.last_plot_ns == -1).all()
    assert np.array_equal(gone.latitude_rad, tracks.latitude_rad)
    powers = np.log2(gone.horizontal_sigma_m)
    assert np.array_equal(powers, np.round(powers)), "an exact accuracy would tell the range"
    assert (gone.horizontal_sigma_m >= tracks.horizontal_sigma_m).all()


def test_a_removed_column_takes_along_what_would_tell_it():
    gone, _ = given(tracks_at(2), blurred_by(remove=("callsign",)))
    assert (gone.callsign == b"").all()
    assert (gone.mode_s == -1).all()
    assert (gone.mode_3a == -1).all()
    gone, _ = given(tracks_at(2), blurred_by(remove=("altitude_m",)))
    for name in ("altitude_m", "pressure_altitude_m", "velocity_up_mps"):
        assert np.isnan(getattr(gone, name)).all()


def test_blurred_numbers_follow_a_track_and_lead_back_to_none():
    tracks = tracks_at(50)
    table = table_of(rule(1, "blurred", to=("B", "C")))
    document_parties = table.codes.parties
    assert "C" in document_parties
    first, _ = given(tracks, table)
    again, _ = given(tracks, table)
    assert np.array_equal(first.track, again.track)
    assert len(np.unique(first.track)) == 50
    assert not set(first.track) & set(tracks.track)
    assert (first.track >= 0).all()
    assert (first.track < 2**53).all(), "readers of JSON keep no more"
    other, _ = released(tracks, labels_of(tracks, table), table, "B", NOW_NS, b"another secret...")
    assert not set(first.track) & set(other.track)


def test_two_partners_get_different_numbers_for_one_blurred_track():
    document = agreement(parties=("A", "B", "C"), release=(rule(1, "blurred", to=("B", "C")),))
    table = compile_release([binding(document)], "A")
    tracks = tracks_at(20)
    seen = [
        released(tracks, labels_of(tracks, table), table, partner, NOW_NS, SECRET)[0].track
        for partner in ("B", "C")
    ]
    assert not set(seen[0]) & set(seen[1])


def plots_of_radar(count):
    return Plots.blank(
        count,
        sensor=np.zeros(count),
        measured_ns=np.full(count, NOW_NS),
        received_ns=np.full(count, NOW_NS + 7),
        range_m=np.full(count, 90e3),
        azimuth_rad=np.full(count, 1.0),
        source_track=np.arange(count),
        position=np.arange(count),
    )


def test_a_blurred_plot_keeps_nothing_that_the_radar_measured():
    plots = plots_of_radar(3)
    place = np.full(3, np.radians(43.5)), np.full(3, np.radians(75.0))
    for words in ({"grid_m": 5000.0, "hide_source": True}, {"hide_source": True}):
        table = blurred_by(**words)
        labels = labelled_plots(plots, Marks([OPEN]), table.codes, SENSORS, place)
        gone, _ = released(plots, labels, table, "B", NOW_NS, SECRET)
        assert np.isnan(gone.range_m).all()
        assert np.isnan(gone.azimuth_rad).all()
        assert np.allclose(gone.latitude_rad, place[0], atol=0.001)
        for name in ("sensor", "source_track", "position", "received_ns"):
            assert (getattr(gone, name) == -1).all()


def test_sigma_grows_to_a_step_that_covers_it():
    found = coarse_sigma_m(np.array([np.nan, 10.0, 1500.0, 5000.0]), 5000.0)
    least = 5000 / np.sqrt(12)
    assert found.tolist() == [least, least, 2 * least, 4 * least]
    assert np.isnan(coarse_sigma_m(np.array([np.nan]), 0.0)).all()


class TestHoldingBack:
    """Items whose blur delays them by a minute."""

    table = blurred_by(delay_s=60.0)

    def step(self, held, tracks, seconds, table=None):
        table = table or self.table
        now_ns = NOW_NS + round(seconds * SECOND_NS)
        gone, _ = held.step(tracks, labels_of(tracks, table), table, now_ns)
        return gone

    def test_an_item_leaves_when_its_delay_is_over_and_once(self):
        held = HeldBack("B", SECRET)
        assert len(self.step(held, tracks_at(2), 0)) == 0
        nothing = tracks_at(0)
        assert len(self.step(held, nothing, 59.9)) == 0
        assert len(self.step(held, nothing, 60)) == 2
        assert len(self.step(held, nothing, 61)) == 0

    def test_held_items_leave_in_the_order_they_became_due(self):
        held = HeldBack("B", SECRET)
        for offset in (3, 1, 2):
            self.step(held, tracks_at(1, NOW_NS + offset * SECOND_NS, first=offset), 3)
        gone = self.step(held, tracks_at(0), 100)
        assert gone.measured_ns.tolist() == [NOW_NS + k * SECOND_NS for k in (1, 2, 3)]

    def test_the_batching_changes_nothing(self):
        answers = []
        for cuts in ((0, 10), (0, 3, 4, 10)):
            held = HeldBack("B", SECRET)
            tracks = tracks_at(10)
            for first, last in itertools.pairwise(cuts):
                self.step(held, tracks.take(slice(first, last)), 0)
            answers.append(self.step(held, tracks_at(0), 60).track.tolist())
        assert answers[0] == answers[1]

    def test_what_is_held_when_the_agreement_ends_never_leaves(self):
        document = agreement(
            release=(rule(1, "blurred", blur="it"),), blur=(Blur(id="it", delay_s=60.0),)
        )
        ending = compile_release(
            [binding(document, releases_until_ns=NOW_NS + 30 * SECOND_NS)], "A"
        )
        held = HeldBack("B", SECRET)
        self.step(held, tracks_at(2), 0, ending)
        assert len(held) == 2
        assert len(self.step(held, tracks_at(0), 60, ending)) == 0
        assert len(held) == 0

    def test_what_is_held_obeys_the_amended_rules(self):
        held = HeldBack("B", SECRET)
        self.step(held, tracks_at(2), 0)
        other = agreement("zz", ("A", "D"), (rule(1, "nothing", originator=("A",), to=("B",)),))
        mine = agreement(
            release=(rule(1, "blurred", blur="it"),), blur=(Blur(id="it", delay_s=60.0),)
        )
        amended = compile_release([binding(mine), binding(other)], "A")
        assert len(self.step(held, tracks_at(0), 60, amended)) == 0

    def test_what_is_held_keeps_its_label_when_codes_change(self):
        held = HeldBack("B", SECRET)
        self.step(held, tracks_at(2), 0)
        mine = agreement(
            release=(rule(1, "blurred", blur="it"),), blur=(Blur(id="it", delay_s=60.0),)
        )
        other = agreement("0", ("A", "AA"), classifications=("lowest", "open"))
        amended = compile_release([binding(mine), binding(other)], "A")
        assert amended.codes.parties == ("A", "AA", "B")
        assert amended.codes.classifications.index("open") > 0
        assert len(self.step(held, tracks_at(0), 60, amended)) == 2

    def test_at_the_limit_the_newest_are_refused_and_counted(self):
        held = HeldBack("B", SECRET, limit=3)
        self.step(held, tracks_at(2, first=1), 0)
        self.step(held, tracks_at(5, first=10), 1)
        assert (len(held), held.refused) == (3, 4)

    def test_an_item_of_unknown_time_is_never_let_go(self):
        held = HeldBack("B", SECRET)
        assert len(self.step(held, tracks_at(1, measured_ns=-1), 0)) == 0
        assert len(held) == 0


def test_tracks_are_coded_with_all_that_contributed_and_emergencies():
    table = table_of(rule(1, sensors=("radar-1",)), rule(2, sensors=("radar-2",)))
    tracks = tracks_at(4)
    tracks.sensors[:, 0] = [0b001, 0b011, 0b101, 0]
    tracks.mode_3a[3] = 0o7700
    items = labels_of(tracks, table)
    assert [int(bits) for bits in items.sources] == [0b01, 0b11, 1 << 63 | 0b01, 0]
    assert items.emergency.tolist() == [False, False, False, True]


def test_items_recoded_for_another_table_lose_what_it_does_not_know():
    old = table_of(rule(1, sensors=("radar-1",), to=("B", "C")))
    new = table_of(rule(1, sensors=("radar-2",)))
    tracks = tracks_at(2)
    tracks.sensors[:, 0] = [0b001, 0b101]
    items = labels_of(tracks, old, came_under=np.array([-1, 0], np.int16))
    moved = recoded(items, old.codes, new.codes)
    assert new.codes.parties == ("A", "B")
    assert moved.releasable_to.tolist() == [0b10, 0b10]
    assert moved.came_under.tolist() == [-1, 0]
    assert int(moved.sources[0]) == 1 << 63
    assert int(moved.sources[1]) == 0, "an unnamed sensor may be one that is named now"


def test_labels_and_items_are_of_one_length():
    table = table_of(rule())
    with pytest.raises(ValueError, match="labels"):
        released(tracks_at(2), labels_of(tracks_at(3), table), table, "B", NOW_NS, SECRET)
