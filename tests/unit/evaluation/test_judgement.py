"""A judge tells what a tracker did right and wrong, and says what it cannot tell."""

import json

import numpy as np
import pytest

from made_up_standing import flight, stacked, tracked
from skypact.evaluation.consistency import chi_square_quantile, mean_bounds
from skypact.evaluation.curves import thinned
from skypact.evaluation.judgement import Extras, Judgement, Settings, judge
from skypact.evaluation.limits import SHIPPED, judge_limits, read_limits
from skypact.evaluation.paths import Paths, make_paths
from skypact.evaluation.plausibility import plausibility
from skypact.evaluation.report import report_page
from skypact.model.errors import BadTable
from skypact.model.time import SECOND_NS

SECONDS = np.arange(0.0, 300.0)
NOW = Settings(settle_s=0.0, warm_s=0.0)
NAMES = {
    "measured_ns": "time_ns",
    "velocity_east_mps": "east_mps",
    "velocity_north_mps": "north_mps",
    "velocity_up_mps": "up_mps",
    "horizontal_sigma_m": "sigma_m",
}


def paths(kind: str, table: dict[str, np.ndarray]) -> Paths:
    """A table's columns as paths."""
    key = "target" if kind == "truth" else "track"
    columns = {
        NAMES.get(name, name): values
        for name, values in table.items()
        if name not in (key, "confirmed", "latitude_deg", "longitude_deg")
    }
    return make_paths(
        kind,  # type: ignore[arg-type]
        table[key],
        latitude_rad=np.radians(table["latitude_deg"]),
        longitude_rad=np.radians(table["longitude_deg"]),
        **columns,
    )


def judged(truth: dict, tracks: dict, settings: Settings = NOW, **extras: object) -> Judgement:
    return judge(paths("tracks", tracks), paths("truth", truth), settings, Extras(**extras))


TRUTH = flight(1, SECONDS)


def test_a_perfect_track_has_no_error_at_all() -> None:
    figures = judged(TRUTH, tracked(TRUTH, 7)).figures
    assert figures["gospa"]["mean_m"] == 0.0
    assert figures["accuracy"]["all"]["horizontal_m"]["max"] == 0.0
    assert figures["continuity"]["completeness"] == 1.0
    assert figures["continuity"]["purity"] == 1.0
    assert figures["siap"]["ambiguity"] == 1.0
    assert figures["latency_s"]["max"] == 0.0


def test_a_track_ten_metres_ahead_and_two_fast_is_told_so() -> None:
    ahead = flight(1, SECONDS + 0.05)
    late = tracked(
        ahead, 7, measured_ns=TRUTH["measured_ns"],
        velocity_east_mps=TRUTH["velocity_east_mps"] + 2.0,
        altitude_m=TRUTH["altitude_m"] + 30.0,
    )  # fmt: skip
    figures = judged(TRUTH, late).figures
    errors = figures["accuracy"]["all"]
    # 10 m at the equator's radius; the ellipsoid is a little larger at 42 N
    assert errors["along_m"]["mean"] == pytest.approx(10.0, rel=3e-3)
    assert errors["across_m"]["max"] < 0.01
    assert errors["speed_mps"]["mean"] == pytest.approx(2.0)
    assert errors["height_m"]["rms"] == pytest.approx(30.0)
    assert errors["position_3d_m"]["rms"] == pytest.approx(np.hypot(30.0, 10.0), rel=1e-3)
    assert figures["time_offset_s"] == pytest.approx(0.05, rel=3e-3)


def test_a_hole_is_a_break_and_a_new_number_a_switch() -> None:
    number = np.where(SECONDS < 200, 7, 8)
    table = tracked(TRUTH, number)
    keep = (SECONDS < 100) | (SECONDS >= 120)
    held = judged(TRUTH, {key: values[keep] for key, values in table.items()}).figures["continuity"]
    assert (held["breaks"], held["switches"]) == (1, 1)
    assert held["longest_gap_s"] == 20.0
    assert held["completeness"] == pytest.approx(280 / 300)


def test_a_ghost_is_a_false_track_and_its_states_are_false_data() -> None:
    ghost = tracked(flight(9, SECONDS[:90], latitude_deg=44.0), 99)
    figures = judged(TRUTH, stacked(tracked(TRUTH, 7), ghost)).figures
    assert figures["continuity"]["false_tracks"] == 1
    assert figures["continuity"]["false_tracks_per_hour"] == pytest.approx(12.0)
    assert figures["surveillance"]["false_data_share"] == pytest.approx(90 / 390)
    assert figures["siap"]["spuriousness"] == pytest.approx(90 / 390)


def test_a_target_outside_coverage_is_owed_no_track_and_may_have_one() -> None:
    covered = (SECONDS < 100) | (SECONDS >= 200)
    truth = flight(1, SECONDS, covered=covered)
    missing = {key: values[covered] for key, values in tracked(TRUTH, 7).items()}
    assert judged(truth, missing).figures["continuity"]["completeness"] == 1.0
    assert judged(truth, tracked(TRUTH, 7)).figures["gospa"]["false_per_instant"] == 0.0


def test_a_turn_and_a_climb_are_seen_in_the_truth() -> None:
    heading = np.radians(90.0 + 3.0 * np.clip(SECONDS - 100.0, 0.0, 30.0))
    up = np.where((SECONDS > 200) & (SECONDS < 250), 10.0, 0.0)
    truth = flight(
        1, SECONDS, velocity_east_mps=200 * np.sin(heading),
        velocity_north_mps=200 * np.cos(heading), velocity_up_mps=up,
    )  # fmt: skip
    table = judged(truth, tracked(truth, 7)).figures["accuracy"]
    counted = {phase: (row["horizontal_m"] or {"n": 0})["n"] for phase, row in table.items()}
    assert 30 <= counted["turning"] <= 40
    assert 45 <= counted["climbing"] <= 55
    assert counted["descending"] == 0
    assert counted["all"] == 300
    assert counted["steady"] + counted["turning"] + counted["climbing"] == 300


def test_truth_is_never_interpolated_across_a_gap() -> None:
    keep = (SECONDS % 5 == 0) & ((SECONDS < 100) | (SECONDS > 200))
    truth = {key: values[keep] for key, values in TRUTH.items()}
    judgement = judged(truth, tracked(TRUTH, 7))
    when = judgement.standing[1].instant
    assert set(when.tolist()) == {*range(96), *range(205, 296)}


def test_a_truth_that_would_fly_impossibly_fast_is_two_things() -> None:
    far = flight(1, SECONDS[150:], latitude_deg=43.0)
    truth = stacked({key: values[:145] for key, values in TRUTH.items()}, far)
    when = judged(truth, tracked(TRUTH, 7)).standing[1].instant
    assert not np.isin(np.arange(145, 150), when).any()


def test_asynchronous_reports_are_judged_at_their_own_times() -> None:
    rng = np.random.default_rng(5)
    when = np.sort(rng.uniform(1.0, 298.0, 70))
    when = np.floor(when * 1000.0) / 1000.0
    reports = flight(1, when)
    reports["measured_ns"] = 1_700_000_000 * SECOND_NS + np.round(when * SECOND_NS).astype(np.int64)
    figures = judged(TRUTH, tracked(reports, 7)).figures
    assert figures["judged"]["rhythm"] == "asynchronous"
    # the made-up velocity is that of a sphere: centimetres between rows a second apart
    assert figures["accuracy"]["all"]["horizontal_m"]["max"] < 0.1
    assert figures["accuracy"]["all"]["horizontal_m"]["n"] > 55
    assert any("times of their own" in note for note in figures["notes"])


def test_truth_without_velocity_is_no_judge_of_speed_but_of_place() -> None:
    truth = {key: v for key, v in TRUTH.items() if not key.startswith("velocity")}
    figures = judged(truth, tracked(TRUTH, 7)).figures
    assert figures["accuracy"]["all"]["speed_mps"] is None
    assert figures["accuracy"]["all"]["along_m"]["n"] == 300
    assert any("no velocity" in note for note in figures["notes"])


def test_a_tracker_that_saw_nothing_missed_everything() -> None:
    nothing = {key: values[:0] for key, values in tracked(TRUTH, 7).items()}
    figures = judged(TRUTH, nothing).figures
    assert figures["continuity"]["completeness"] == 0.0
    assert figures["continuity"]["never_tracked"] == 1
    assert figures["gospa"]["mean_m"] == pytest.approx(2_000.0 / np.sqrt(2.0))
    assert figures["accuracy"]["all"]["horizontal_m"] is None
    json.dumps(figures, allow_nan=False)


def test_no_common_time_and_too_short_a_truth_are_named() -> None:
    later = tracked(TRUTH, 7, measured_ns=TRUTH["measured_ns"] + 10**13)
    with pytest.raises(BadTable, match="do not overlap in time"):
        judged(TRUTH, later)
    short = {key: values[:30] for key, values in TRUTH.items()}
    with pytest.raises(BadTable, match="warm-up"):
        judged(short, tracked(TRUTH, 7), Settings())


def test_a_truth_row_of_1970_does_not_make_millions_of_instants() -> None:
    stray = flight(2, SECONDS[:1])
    stray["measured_ns"][:] = 5
    with pytest.raises(BadTable, match="--from"):
        judged(stacked(TRUTH, stray), tracked(TRUTH, 7))
    within = Settings(settle_s=0.0, warm_s=0.0, from_ns=1_700_000_000 * SECOND_NS)
    held = judged(stacked(TRUTH, stray), tracked(TRUTH, 7), within).figures["continuity"]
    assert held["completeness"] == 1.0


def test_rows_in_any_order_twice_and_with_nan_give_the_same_figures() -> None:
    rng = np.random.default_rng(1)
    other = flight(2, SECONDS, latitude_deg=42.5)
    truth = stacked(TRUTH, other)
    noisy = tracked(truth, truth["target"] + 10)
    noisy["latitude_deg"] = noisy["latitude_deg"] + rng.normal(0, 1e-3, 600)
    clean = judged(truth, noisy).figures
    order = np.r_[rng.permutation(600), rng.integers(0, 600, 40)]
    order = np.r_[order[:600], order[600:]]
    mixed = {key: values[order] for key, values in noisy.items()}
    broken = stacked(mixed, {key: values[:3].copy() for key, values in noisy.items()})
    broken["latitude_deg"][-3:] = np.nan
    ours = judged(truth, broken).figures
    assert ours["gospa"] == clean["gospa"]
    assert ours["accuracy"] == clean["accuracy"]
    assert ours["continuity"] == clean["continuity"]
    told = " ".join(ours["notes"])
    assert "40 rows repeat" in told
    assert "3 rows without a usable time or position" in told


def test_across_the_antimeridian_and_at_the_pole_nothing_is_special() -> None:
    for place in ({"latitude_deg": 10.0, "longitude_deg": 179.9},
                  {"latitude_deg": 89.9, "north_mps": 200.0, "east_mps": 0.0}):  # fmt: skip
        truth = flight(1, SECONDS, **place)
        truth["longitude_deg"] = (truth["longitude_deg"] + 180.0) % 360.0 - 180.0
        sparse = {key: values[::3] for key, values in truth.items()}
        if place["latitude_deg"] > 80:
            sparse = truth
        figures = judged(sparse, tracked(truth, 7)).figures
        assert figures["continuity"]["completeness"] == pytest.approx(1.0, abs=0.01)
        assert figures["accuracy"]["all"]["horizontal_m"]["max"] < 1.0


def test_nees_is_two_where_the_tracks_tell_their_error_right() -> None:
    rng = np.random.default_rng(2)
    truth = stacked(*(flight(k, SECONDS, latitude_deg=40.0 + 0.5 * k) for k in range(20)))
    noise = rng.normal(0, 80.0, (2, len(truth["target"])))
    tracks = tracked(truth, truth["target"])
    tracks["horizontal_sigma_m"][:] = 80.0
    radius = 6_371_000.0
    tracks["latitude_deg"] = truth["latitude_deg"] + np.degrees(noise[0] / radius)
    squeeze = np.cos(np.radians(truth["latitude_deg"]))
    tracks["longitude_deg"] = truth["longitude_deg"] + np.degrees(noise[1] / radius / squeeze)
    nees = judged(truth, tracks).figures["consistency"]["nees"]
    assert nees["mean"] == pytest.approx(2.0, rel=0.06)
    assert nees["share_beyond_95"] == pytest.approx(0.05, abs=0.01)
    assert nees["instants_within_bounds"] > 0.88


@pytest.mark.parametrize("degrees", [8, 20, 400, 20_000])
def test_chi_square_bounds_are_those_of_the_tables(degrees: int) -> None:
    stats = pytest.importorskip("scipy.stats")
    for normal, probability in ((-1.959964, 0.025), (1.959964, 0.975)):
        want = stats.chi2.ppf(probability, degrees)
        assert chi_square_quantile(normal, degrees) == pytest.approx(want, rel=0.02)
    low, high = mean_bounds(degrees // 2)
    assert low < 2.0 < high


def test_codes_that_are_wrong_or_missing_lower_the_identity_measures() -> None:
    code = np.full(300, 0x4B1234, np.int32)
    shown = np.where(SECONDS < 100, -1, np.where(SECONDS < 150, 5, code)).astype(np.int32)
    figures = judged(flight(1, SECONDS, mode_s=code), tracked(TRUTH, 7, mode_s=shown)).figures
    assert figures["siap"]["id_completeness"] == pytest.approx(2 / 3)
    assert figures["siap"]["id_correctness"] == pytest.approx(0.5)
    assert figures["surveillance"]["identity_probability"] == pytest.approx(0.5)
    assert figures["surveillance"]["identity_wrong_share"] == pytest.approx(0.25)
    assert figures["targets"][0]["mode_s"] == "4B1234"


def test_by_codes_a_track_is_never_paired_with_a_nearer_aircraft_of_another_address() -> None:
    code = {1: np.full(300, 1, np.int32), 2: np.full(300, 2, np.int32)}
    truth = stacked(
        flight(1, SECONDS, mode_s=code[1]), flight(2, SECONDS, latitude_deg=42.001, mode_s=code[2])
    )
    crossed = tracked(truth, truth["target"])
    crossed["latitude_deg"] = crossed["latitude_deg"][::-1].copy()  # each is where the other is
    assert judged(truth, crossed).figures["accuracy"]["all"]["horizontal_m"]["max"] < 1.0
    strict = judged(truth, crossed, Settings(settle_s=0.0, warm_s=0.0, codes=True)).figures
    assert strict["accuracy"]["all"]["horizontal_m"]["mean"] == pytest.approx(111.0, abs=1.0)
    assert strict["gospa"]["pairs"] == 600


def test_gaps_between_updates_are_long_even_while_a_track_coasts_through() -> None:
    last = np.floor(SECONDS / 5.0) * 5.0
    last = np.where((SECONDS >= 100) & (SECONDS < 140), 95.0, last)
    told = 1_700_000_000 * SECOND_NS + (last * SECOND_NS).astype(np.int64)
    figures = judged(TRUTH, tracked(TRUTH, 7, last_plot_ns=told)).figures
    flow = figures["surveillance"]
    assert flow["longest_gap_s"] == 45.0
    assert flow["long_gap_share"] == pytest.approx(44 / 300)
    # within 8 s of the last plot: all but 104 to 139
    assert flow["update_probability"] == pytest.approx(1.0 - 36 / 300)
    assert figures["continuity"]["completeness"] == 1.0


def test_errors_that_last_are_correlated_and_single_ones_are_not() -> None:
    off = np.where((SECONDS >= 100) & (SECONDS < 140), 0.0120, 0.0)  # 1.3 km
    off[20] = 0.0120
    flow = judged(TRUTH, tracked(TRUTH, 7, latitude_deg=TRUTH["latitude_deg"] + off)).figures
    assert flow["surveillance"]["correlated_error_share"] == pytest.approx(40 / 300)
    assert flow["surveillance"]["beyond_tail_share"] == pytest.approx(41 / 300)


def test_a_jump_is_no_flight() -> None:
    jump = np.where(SECONDS >= 150, 0.05, 0.0)
    told = plausibility(paths("tracks", tracked(TRUTH, 7, latitude_deg=42.0 + jump)))
    assert (told["jumps"], told["too_fast"], told["paths_with_either"]) == (1, 1, 1)
    assert plausibility(paths("tracks", tracked(TRUTH, 7)))["jumps"] == 0


def test_a_correction_after_a_turn_that_nobody_saw_is_no_jump() -> None:
    table = tracked(TRUTH, 7, latitude_deg=42.0 + np.where(SECONDS >= 150, 0.003, 0.0))  # 333 m
    seen = np.where((SECONDS > 145) & (SECONDS < 150), 145.0, SECONDS)
    table["last_plot_ns"] = 1_700_000_000 * SECOND_NS + (seen * SECOND_NS).astype(np.int64)
    told = plausibility(paths("tracks", table | {"horizontal_sigma_m": np.full(300, 20.0)}))
    assert (told["corrections"], told["impossible"]) == (1, 0)


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_limits_name_figures_that_exist_and_say_that_nobody_checked_them(name: str) -> None:
    limits = read_limits(name)
    code = np.full(300, 5, np.int32)
    heading = np.radians(90.0 + 3.0 * np.clip(SECONDS - 100.0, 0.0, 30.0))
    truth = flight(
        1, SECONDS, mode_s=code, velocity_east_mps=200 * np.sin(heading),
        velocity_north_mps=200 * np.cos(heading),
    )  # fmt: skip
    figures = judged(truth, tracked(truth, 7), limits=limits).figures
    verdicts = {row["id"]: row["verdict"] for row in figures["requirements"]}
    assert set(verdicts.values()) == {"pass"}, verdicts
    assert not any(limit.verified for limit in limits.limits)
    assert all(limit.source for limit in limits.limits)


def test_a_limit_without_a_figure_is_not_judged_and_a_broken_file_is_named(tmp_path) -> None:
    file = tmp_path / "own.toml"
    text = '[[limit]]\nid="a"\ntext="b"\nfigure="no.such"\nunit="m"\nsource="c"\nverified=true\n'
    file.write_text(text + "at_most=3\n")
    assert judge_limits(read_limits(str(file)), {})[0]["verdict"] == "not judged"
    for broken, word in ((text, "exactly one"), ("[[limit", "TOML"), ("", "no \\[\\[limit"),
                         ("[terms]\nsize=3\n" + text, "Known are"),
                         (text.replace('id="a"', ""), "id is missing")):  # fmt: skip
        file.write_text(broken)
        with pytest.raises(BadTable, match=word):
            read_limits(str(file))
    with pytest.raises(BadTable, match="no such file"):
        read_limits(str(tmp_path / "absent.toml"))


def test_the_page_is_whole_fetches_nothing_and_escapes_names() -> None:
    ghost = tracked(flight(9, SECONDS[:90], latitude_deg=44.0), 99)
    judgement = judged(
        TRUTH, stacked(tracked(TRUTH, 7), ghost), limits=read_limits("5nm")
    )  # fmt: skip
    page = report_page("<b>title</b>", judgement)
    assert page.startswith("<!doctype html>")
    assert page.endswith("</html>")
    assert "<b>title</b>" not in page
    assert "http" not in page.replace("http://www.w3.org", "")
    assert "nan" not in page.lower().replace("isnan", "")
    assert page.count("<details") == 1
    assert "prefers-color-scheme:dark" in page


def test_thinned_curves_keep_their_peaks_and_holes() -> None:
    y = np.zeros(10_000)
    y[7_777] = 5.0
    y[2_000:4_000] = np.nan
    x, thin = thinned(np.arange(10_000.0), y)
    assert len(x) == len(thin) == 600
    assert np.nanmax(thin) == 5.0
    assert np.isnan(thin).sum() == pytest.approx(120, abs=2)


def test_the_page_of_a_tracker_that_saw_nothing_says_so() -> None:
    nothing = {key: values[:0] for key, values in tracked(TRUTH, 7).items()}
    page = report_page("nothing", judged(TRUTH, nothing))
    assert "no confirmed track" in page
