"""A scenario of close flight: pairs, fours, crossings at 5 degrees and overtaking; who is who.

In: a seed, and the shared scenario module (radars, plots and clutter come from it). Out: a
scenario in its format, with ``group_of`` (aircraft,) and ``kind_of`` beside it, and the pairs of
one group whose track numbers were exchanged. Aircraft of one group fly at one height and turn
together; the radars do not merge plots, but their cross-range errors (100 to 300 m) are as large
as the distances flown.
"""

from __future__ import annotations

import json
from itertools import combinations
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Scenario = dict[str, Any]

REGION = (42.0, 75.0, 300.0, 200.0)
SITES = [
    {"e": -120.0, "n": -60.0, "alt": 1500.0},
    {"e": 20.0, "n": 90.0, "alt": 1100.0},
    {"e": 130.0, "n": -50.0, "alt": 2200.0},
]
DURATION_S = 600.0
CLUTTER = 10.0
KINDS = {"pair": 10, "late": 5, "four": 5, "crossing": 8, "overtaking": 8}
"""Groups of each kind; of a ``late`` pair the second comes up beside the first."""

LATE_S = 150.0

WINDOW_S = 60.0
"""A number belongs to the aircraft that it was nearest to for most of such a window."""


def offsets(kind: str, random: np.random.Generator) -> Floats:
    """Metres right and ahead of the leader, of each aircraft, (aircraft, 2) at the start."""
    apart = random.uniform(300.0, 1000.0)
    if kind in ("pair", "late"):
        angle = random.uniform(0.0, 2.0 * np.pi)
        return np.array([[0.0, 0.0], [apart * np.sin(angle), apart * np.cos(angle)]])
    if kind == "four":
        # finger four: two to one side, one to the other, each behind
        return apart * np.array([[0.0, 0.0], [0.75, -0.7], [-0.75, -0.7], [1.5, -1.4]])
    raise ValueError(kind)


def flown(
    scenarios: ModuleType, start: tuple[float, float, float, float, float], turn_radps: Floats
) -> tuple[Floats, Floats, Floats]:
    """Second by second: position (T, 3) ECEF, ahead and right (T, 3) unit vectors.

    ``start`` is latitude, longitude (degrees), altitude (m), heading (rad) and speed (m/s).
    """
    latitude, longitude, altitude_m, heading, speed = start
    a, e2 = scenarios.A, scenarios.E2
    position, ahead, right = (np.empty((len(turn_radps), 3)) for _ in range(3))
    for k, turn in enumerate(turn_radps):
        basis = scenarios.enu_basis(np.float64(latitude), np.float64(longitude))
        position[k] = scenarios.llh_to_ecef(latitude, longitude, altitude_m)
        ahead[k] = np.sin(heading) * basis[0] + np.cos(heading) * basis[1]
        right[k] = np.cos(heading) * basis[0] - np.sin(heading) * basis[1]
        s = np.sin(np.radians(latitude))
        meridian = a * (1 - e2) / (1 - e2 * s * s) ** 1.5 + altitude_m
        normal = a / np.sqrt(1 - e2 * s * s) + altitude_m
        convergence = speed * np.sin(heading) * np.tan(np.radians(latitude)) / normal
        middle = heading + 0.5 * (turn + convergence)
        latitude += np.degrees(speed * np.cos(middle) / meridian)
        longitude += np.degrees(speed * np.sin(middle) / (normal * np.cos(np.radians(latitude))))
        heading += turn + convergence
    return position, ahead, right


def paths(kind: str, scenarios: ModuleType, random: np.random.Generator) -> list[Floats]:
    """Positions (T, 3) ECEF of a group's aircraft."""
    seconds = np.arange(0.0, DURATION_S + 1.0)
    latitude = REGION[0] + random.uniform(-50e3, 50e3) / 111.2e3
    longitude = REGION[1] + random.uniform(-90e3, 90e3) / 82.6e3
    altitude_m, heading = random.uniform(4e3, 11e3), random.uniform(0.0, 2.0 * np.pi)
    speed = random.uniform(130.0, 240.0)
    # halfway through the group is at the place drawn
    back = speed * DURATION_S / 2.0
    start = (
        latitude - back * np.cos(heading) / 111.2e3,
        longitude - back * np.sin(heading) / 82.6e3,
        altitude_m,
    )
    still = np.zeros(len(seconds))
    if kind == "crossing":
        half, angle = DURATION_S / 2.0, np.radians(2.5)
        tracks = []
        for side in (-1.0, 1.0):
            wide = side * speed * half * np.sin(angle) + random.uniform(-100.0, 100.0)
            begin = (
                start[0] - wide * np.sin(heading) / 111.2e3,
                start[1] + wide * np.cos(heading) / 82.6e3,
                altitude_m,
            )
            tracks.append(flown(scenarios, (*begin, heading - side * angle, speed), still)[0])
        return tracks
    if kind == "overtaking":
        slow = flown(scenarios, (*start, heading, speed), still)
        faster = random.uniform(15.0, 35.0)
        aside = random.uniform(300.0, 600.0) * random.choice([-1.0, 1.0])
        ahead_m = faster * (seconds - DURATION_S / 2.0)
        return [slow[0], slow[0] + slow[2] * aside + slow[1] * ahead_m[:, None]]
    turn = still.copy()
    if random.uniform() < 0.5:
        begin = int(random.uniform(150.0, 350.0))
        turn[begin : begin + 60] = np.radians(random.choice([-1.0, 1.0]))
    position, ahead, right = flown(scenarios, (*start, heading, speed), turn)
    return [position + x * right + y * ahead for x, y in offsets(kind, random)]


def generate(scenarios: ModuleType, seed: int) -> Scenario:
    """The scenario of a seed, in the format of ``scenario.generate``."""
    options = {"pd": 0.9, "clutter": CLUTTER, "bias_range": 0.0, "bias_az": 0.0, "bias_time": 0.0}
    shape = {"sites": SITES, "region": REGION, "duration": DURATION_S, "clutter": CLUTTER}
    spawn = np.random.SeedSequence([seed, 20261123]).spawn(4)
    radar_random, path_random, plot_random, height_random = (
        np.random.default_rng(s) for s in spawn
    )
    radars = scenarios.make_sensors(shape, radar_random, options)
    groups, kinds, flights, born = [], [], [], []
    for kind, count in KINDS.items():
        for _ in range(count):
            members = paths(kind, scenarios, path_random)
            groups += [len(set(groups))] * len(members)
            kinds += [kind] * len(members)
            flights += members
            born += [0.0] * (len(members) - 1) + [LATE_S if kind == "late" else 0.0]
    position = np.stack(flights, axis=1)
    seconds = np.arange(len(position), dtype=np.float64)
    latitude, longitude, altitude_m = scenarios.ecef_to_llh(position)
    truth = {
        "t": seconds,
        "pos": position,
        "vel": np.gradient(position, axis=0),
        "llh": np.stack([latitude, longitude, altitude_m], -1),
        "born": np.array(born),
        "dead": np.full(len(flights), DURATION_S),
    }
    plots = scenarios.make_plots(shape, radars, truth, plot_random, 0.0, height_random)
    return {
        "meta": np.array(json.dumps({"duration": DURATION_S, "region": REGION, "seed": seed})),
        **truth_columns(scenarios, truth, radars),
        **{f"sensor_{name}": np.asarray(values) for name, values in radars.items()},
        **plots,
        "group_of": np.array(groups),
        "kind_of": np.array(kinds),
    }


def truth_columns(scenarios: ModuleType, truth: Scenario, radars: Scenario) -> Scenario:
    """Truth second by second, sorted by aircraft and time, as the scorer reads it."""
    count, aircraft = truth["pos"].shape[:2]
    covered = np.zeros((count, aircraft), np.uint8)
    for i in range(len(radars["lat"])):
        site = scenarios.llh_to_ecef(radars["lat"][i], radars["lon"][i], radars["alt"][i])
        distance = np.linalg.norm(truth["pos"] - site, axis=-1)
        covered += scenarios.visible(radars, i, distance, truth["llh"][..., 2])
    flying = (truth["t"][:, None] >= truth["born"]).T.ravel()

    def column(values: NDArray[Any]) -> NDArray[Any]:
        return np.asarray(np.ascontiguousarray(values.T).ravel()[flying])

    turning = np.zeros((count, aircraft), np.uint8)
    return {
        "truth_id": np.repeat(np.arange(aircraft, dtype=np.int32), count)[flying],
        "truth_time": np.tile(truth["t"], aircraft)[flying],
        "truth_lat": column(truth["llh"][..., 0]),
        "truth_lon": column(truth["llh"][..., 1]),
        "truth_alt": column(truth["llh"][..., 2]),
        "truth_mode": column(turning),
        "truth_ncov": column(covered),
    }


def owners(
    scenario: Scenario, estimate: Scenario, scenarios: ModuleType, scorer: ModuleType
) -> NDArray[np.int64]:
    """The number nearest to each aircraft for most of each minute, (minutes, aircraft); -1 none."""
    aircraft = int(scenario["truth_id"].max()) + 1
    minutes = round(DURATION_S / WINDOW_S)
    votes: list[list[dict[int, int]]] = [[{} for _ in range(aircraft)] for _ in range(minutes)]
    truth = scenarios.llh_to_ecef(scenario["truth_lat"], scenario["truth_lon"], 0.0)
    seen = scenarios.llh_to_ecef(estimate["est_lat"], estimate["est_lon"], 0.0)
    for second in range(5, int(DURATION_S) + 1, 5):
        rows = np.flatnonzero(scenario["truth_time"] == second)
        shown = np.flatnonzero(np.round(estimate["est_time"]) == second)
        a, b, _ = scorer.assign(truth[rows], seen[shown], 2000.0)
        minute = min(int(second // WINDOW_S), minutes - 1)
        for i, number in zip(
            scenario["truth_id"][rows[a]], estimate["est_track"][shown[b]], strict=True
        ):
            ballot = votes[minute][int(i)]
            ballot[int(number)] = ballot.get(int(number), 0) + 1
    won = np.full((minutes, aircraft), -1, np.int64)
    for m in range(minutes):
        for i in range(aircraft):
            if votes[m][i]:
                won[m, i] = max(votes[m][i], key=lambda n: (votes[m][i][n], -n))
    return won


def swapped_pairs(
    scenario: Scenario, estimate: Scenario, scenarios: ModuleType, scorer: ModuleType
) -> dict[str, tuple[int, int]]:
    """By kind: pairs of one group of which one took over the other's number, and all pairs.

    The first minute, in which tracks are begun, does not count. Fours are six pairs.
    """
    won = owners(scenario, estimate, scenarios, scorer)[1:]
    found = dict.fromkeys(KINDS, (0, 0))
    group = scenario["group_of"]
    for number in np.unique(group):
        members = np.flatnonzero(group == number)
        kind = str(scenario["kind_of"][members[0]])
        for i, j in combinations(members, 2):
            swapped = any(
                (won[m, i] >= 0 and won[m, i] in won[m + 1 :, j])
                or (won[m, j] >= 0 and won[m, j] in won[m + 1 :, i])
                for m in range(len(won))
            )
            exchanged, pairs = found[kind]
            found[kind] = exchanged + swapped, pairs + 1
    return found
