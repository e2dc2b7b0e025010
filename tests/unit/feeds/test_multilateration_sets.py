"""Multilateration through its door: refusals by name, clocks, and the LocaRDS sets."""

import gzip
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from skypact.feeds.multilateration import STATUS, Arrivals, Limits, ReceiverClocks, Receivers, solve
from skypact.feeds.multilateration.arrivals import LIGHT_MPS
from skypact.feeds.multilateration.locards import (
    ArrivalSet,
    plots_of_set,
    read_arrivals,
    read_receivers,
)
from skypact.geodesy import ecef_to_geodetic, enu_to_geodetic, geodetic_to_ecef
from skypact.kernels import multilateration as kernels
from skypact.model.errors import BadTable

ORIGIN = (np.radians(47.0), np.radians(8.5), 0.0)
REFRACTED = 1.0 + 0.6 * 0.0003
Floats = NDArray[np.float64]


def square(side_m: float = 60e3, centre_m: float = 0.0) -> Receivers:
    east = np.array([-1.0, 1.0, 1.0, -1.0, 0.1]) * side_m / 2 + centre_m
    north = np.array([-1.0, -0.9, 1.1, 0.8, 0.0]) * side_m / 2
    up = np.array([300.0, 600.0, 450.0, 800.0, 400.0])
    return Receivers.at(np.arange(5), *enu_to_geodetic(east, north, up, origin=ORIGIN))


def heard(receivers: Receivers, place: Floats, offset_ns: Floats, *, held: bool = True) -> Arrivals:
    """Every place heard by every receiver, one transmission a second."""
    count, many = len(place), len(receivers)
    flight = np.linalg.norm(place[:, None] - receivers.site_m[None], axis=2)
    when = flight / LIGHT_MPS * REFRACTED * 1e9 + np.arange(1, count + 1)[:, None] * 1e9 + offset_ns
    height = ecef_to_geodetic(*place.T)[2]
    return Arrivals(
        np.arange(count + 1, dtype=np.int64) * many,
        np.tile(np.arange(many, dtype=np.int32), count),
        np.round(when).astype(np.int64).ravel(),
        height if held else np.full(count, np.nan),
        place,
    )


def flight(count: int, north_m: float = 5e3) -> Floats:
    east = np.linspace(-40e3, 40e3, count)
    geodetic = enu_to_geodetic(east, np.full(count, north_m), np.full(count, 9e3), origin=ORIGIN)
    return np.stack(geodetic_to_ecef(*geodetic), axis=1)


def test_five_receivers_give_a_place_and_a_time() -> None:
    receivers, place = square(), flight(30)
    found = solve(heard(receivers, place, np.zeros((1, 5))), receivers)
    assert found.solved.all()
    assert np.linalg.norm(found.position_m - place, axis=1).max() < 20.0
    assert np.abs(found.emission_ns - np.arange(1, 31) * 10**9).max() < 100


@pytest.mark.parametrize(("held", "fewest"), [(True, 3), (False, 4)])
def test_too_few_receivers_are_refused_by_name(held: bool, fewest: int) -> None:
    receivers, place = square(), flight(10)
    arrivals = heard(receivers, place, np.zeros((1, 5)), held=held)
    for many in range(fewest):
        keep = np.tile(np.arange(5) < many, 10)
        few = replace(
            arrivals,
            first=np.arange(11, dtype=np.int64) * many,
            receiver=arrivals.receiver[keep],
            arrival_ns=arrivals.arrival_ns[keep],
        )
        assert set(solve(few, receivers).status) == {kernels.TOO_FEW}
    assert "fewer than 4 receivers" in STATUS[kernels.TOO_FEW]


def test_receivers_in_one_spot_are_refused_for_their_geometry() -> None:
    receivers = square(side_m=150.0, centre_m=100e3)
    found = solve(heard(receivers, flight(20), np.zeros((1, 5))), receivers)
    assert not found.solved.any()
    assert np.isnan(found.position_m).all()


def test_one_wrong_receiver_is_left_out() -> None:
    receivers, place = square(), flight(20)
    wrong = np.zeros((20, 5))
    wrong[:, 2] = 40_000.0  # 12 km
    extra = Receivers(
        np.arange(7),
        np.vstack([receivers.site_m, square(100e3).site_m[[0, 2]]]),
    )
    found = solve(heard(extra, place, np.pad(wrong, ((0, 0), (0, 2)))), extra)
    assert found.solved.all()
    assert (found.left_out % 7 == 2).all()
    assert np.linalg.norm(found.position_m - place, axis=1).max() < 30.0


def test_clocks_that_disagree_are_learnt_and_then_corrected() -> None:
    receivers, place = square(), flight(200)
    offset_ns = np.array([[0.0, 9_000.0, -14_000.0, 4_000.0, 21_000.0]])
    drift_ns = np.arange(200)[:, None] * np.array([[0.0, 5.0, -3.0, 8.0, 1.0]])
    arrivals = heard(receivers, place, offset_ns + drift_ns)
    clocks = ReceiverClocks(
        receivers, drift_walk_m2ps3=1e-3, start_sigma_m=1e4, start_drift_mps=10.0
    )
    offset, sigma = clocks.follow(arrivals)
    blind, seeing = (
        solve(arrivals, receivers),
        solve(arrivals, receivers, offset_m=offset, offset_sigma_m=sigma),
    )
    assert not blind.solved[100:].any(), "kilometres of clock offset contradict each other"
    late = slice(100, None)
    assert seeing.solved[late].all()
    assert np.linalg.norm((seeing.position_m - place)[late], axis=1).max() < 100.0


def test_a_clock_that_jumps_is_learnt_anew() -> None:
    receivers, place = square(), flight(120)
    jump = np.zeros((120, 5))
    jump[60:, 3] = 50_000.0
    arrivals = heard(receivers, place, jump)
    offset, sigma = ReceiverClocks(receivers, start_sigma_m=2e4).follow(arrivals)
    found = solve(arrivals, receivers, offset_m=offset, offset_sigma_m=sigma)
    assert found.solved[90:].all()
    assert np.linalg.norm((found.position_m - place)[90:], axis=1).max() < 100.0


def test_batches_do_not_change_the_clocks_or_the_places() -> None:
    receivers, place = square(), flight(60)
    arrivals = heard(receivers, place, np.array([[0.0, 300.0, -200.0, 100.0, 50.0]]))
    whole, _ = ReceiverClocks(receivers).follow(arrivals)
    clocks = ReceiverClocks(receivers)
    parts = [clocks.follow(arrivals.part(a, a + 20))[0] for a in (0, 20, 40)]
    assert np.array_equal(whole, np.concatenate(parts))


def locards(recordings: Path) -> tuple[Receivers, list[tuple[str, str]]]:
    folder = recordings / "modes" / "locards_mlat"
    sets = [("set_1.csv.gz", gzip.decompress((folder / "set_1.csv.gz").read_bytes()).decode())]
    sets += [(f"set_{n}.csv", (folder / f"set_{n}.csv").read_text()) for n in (2, 3, 5, 6)]
    return read_receivers((folder / "sensors.csv").read_text()), sets


def errors(found: ArrivalSet, position_m: Floats, covariance: Floats) -> tuple[Floats, Floats]:
    """Horizontal error, and squared error across the flight over its variance.

    The aircraft reports where it was up to a second ago, so along the flight its report is no
    truth; across the flight it is. The flight's direction comes from its next report.
    """
    known = found.arrivals.known_m
    latitude, longitude, _ = ecef_to_geodetic(*known.T)
    sp, cp, sl, cl = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    east = np.stack([-sl, cl, 0 * sl], axis=1)
    north = np.stack([-sp * cl, -sp * sl, cp], axis=1)
    error = position_m - known
    flat = np.hypot(np.sum(error * east, axis=1), np.sum(error * north, axis=1))
    across = []
    seconds = found.arrivals.begin_ns * 1e-9
    for aircraft in np.unique(found.aircraft):
        rows = np.flatnonzero(found.aircraft == aircraft)
        for i, j in pairwise(rows):
            gone = known[j] - known[i]
            along = np.array([gone @ east[i], gone @ north[i]])
            size = np.linalg.norm(along)
            if not (1 < seconds[j] - seconds[i] < 300 and size > 100 * (seconds[j] - seconds[i])):
                continue
            side = (along[1] * east[i] - along[0] * north[i]) / size
            across.append((error[i] @ side) ** 2 / (side @ covariance[i] @ side))
    return flat, np.array(across)


def test_locards_sets_come_out_where_the_aircraft_say_they_are(recordings: Path) -> None:
    receivers, sets = locards(recordings)
    solved, total = {True: 0, False: 0}, 0
    flat: dict[bool, list[Floats]] = {True: [], False: []}
    across: dict[bool, list[Floats]] = {True: [], False: []}
    for name, text in sets:
        found = read_arrivals(text, receivers, name)
        assert not found.rejections
        total += len(found.arrivals)
        offset, sigma = ReceiverClocks(receivers).follow(found.arrivals)
        for corrected in (True, False):
            solution = solve(
                found.arrivals,
                receivers,
                offset_m=offset if corrected else None,
                offset_sigma_m=sigma if corrected else None,
            )
            solved[corrected] += int(solution.solved.sum())
            e, a = errors(found, solution.position_m, solution.covariance_m2)
            flat[corrected].append(e[np.isfinite(e)])
            across[corrected].append(a[np.isfinite(a)])
    assert total == 1068
    error = {k: np.concatenate(v) for k, v in flat.items()}
    nees = {k: np.concatenate(v) for k, v in across.items()}
    assert solved[True] >= 1040
    assert solved[True] > solved[False] + 50, "offsets make arrivals contradict each other"
    assert np.median(error[True]) < 46.0
    assert np.percentile(error[True], 95) < 260.0
    assert np.median(error[True]) < np.median(error[False])
    assert error[True].max() < 1500.0, "never a wild position"
    # one degree of freedom: the median of chi square is 0.455
    assert 0.35 < np.median(nees[True]) < 0.65
    assert np.median(nees[False]) > 0.8


def test_locards_plots_carry_height_sigma_and_aircraft(recordings: Path) -> None:
    receivers, sets = locards(recordings)
    batch = plots_of_set(sets[1][1], receivers, 3, start_ns=10**18)
    plots = batch.plots
    assert len(plots) + sum(r.count for r in batch.rejections) == 298
    assert {r.reason for r in batch.rejections} == {"NoPosition"}
    assert set(plots.sensor) == {3}
    assert (np.diff(plots.received_ns) >= 0).all()
    assert (plots.horizontal_sigma_m > 5).all()
    assert np.isnan(plots.altitude_m).all()
    assert np.isfinite(plots.pressure_altitude_m).all()
    assert np.degrees(plots.latitude_rad).min() > 38


def test_a_tight_limit_refuses_poor_geometry_by_name(recordings: Path) -> None:
    receivers, sets = locards(recordings)
    batch = plots_of_set(sets[2][1], receivers, 0, limits=Limits(largest_dop=1.0))
    assert STATUS[kernels.POOR_GEOMETRY] in {r.detail for r in batch.rejections}


def test_a_table_without_its_columns_is_refused() -> None:
    with pytest.raises(BadTable, match="measurements"):
        read_arrivals("id,latitude\n1,2\n", square())
    with pytest.raises(BadTable):
        read_receivers("")


@pytest.mark.parametrize(
    "cell", ["[[", "7", "[[1]]", "[[1,[2]]]", '[[1,"a"]]', "[[1,NaN]]", "[" * 5000, "[[0,1e300]]"]
)
def test_a_damaged_line_is_refused_and_its_neighbours_stay(cell: str) -> None:
    head = "latitude,longitude,baroAltitude,geoAltitude,measurements\n"
    good = '47.0,8.0,9000,9000,"[[0,5000],[1,6000],[2,7000]]"\n'
    text = head + good + f'47.0,8.0,9000,9000,"{cell.replace(chr(34), chr(34) * 2)}"\n' + good
    found = read_arrivals(text, square())
    assert len(found.arrivals) == 2
    assert [r.reason for r in found.rejections] == ["MalformedRecord"]
    assert found.rejections[0].offset == 3
