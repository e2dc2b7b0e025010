"""A rotating radar: what it would see of the truth, as CAT048 plots with CAT034 marks.

In: an exercise and one of its radars. Out: for each antenna sector (1/32 turn), when it is
complete, the datagrams a radar sends: its plots, then the sector's mark. Documents:
EUROCONTROL SUR.ET1.ST05.2000-STD part 4 (CAT048) and part 2b (CAT034). Terrain is not known
here yet: the horizon is that of a smooth earth of 4/3 radius at the antenna's own height.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.encode import encode
from skypact.geodesy import enu_to_geodetic, geodetic_to_ecef
from skypact.kernels.simulator_truth import beam_passages
from skypact.model.plots import NO_CODE
from skypact.simulator.exercise import Exercise, SimulatedSensor
from skypact.simulator.randomness import Chance
from skypact.simulator.traffic import FOOT_M
from skypact.simulator.truth import Floats

SECTORS = 32
"""Sectors of a turn; CAT034 counts them in 360/256 degrees."""

DAY_S = 86_400
NAUTICAL_MILE_M = 1852.0
MAX_DATAGRAM = 1400
"""Bytes of a UDP payload that passes any Ethernet unfragmented."""

NORTH_MARKER, SECTOR_CROSSING = 1, 2
PRIMARY, SECONDARY, COMBINED, MODE_S, MODE_S_COMBINED = 1, 2, 3, 5, 7
"""Kinds of detection in I048/020."""

THETA_STEP_DEG = 360.0 / 65536.0
RHO_LIMIT_NM = 65535.0 / 256.0


def time_of_day_s(time_ns: NDArray[np.int64] | int) -> Floats:
    """Seconds since midnight UTC in the steps of 1/128 s that ASTERIX sends, below 86,400."""
    # split first: whole seconds are exact, and only the rest is rounded
    seconds, rest = np.divmod(np.asarray(time_ns, dtype=np.int64), 1_000_000_000)
    steps = (seconds % DAY_S) * 128 + np.rint(rest * 128e-9).astype(np.int64)
    of_day: Floats = (steps % (DAY_S * 128)) / 128.0
    return of_day


@dataclass(frozen=True, slots=True)
class RadarPlots:
    """Plots of one sector in time order, with the radar's noise; arrays of shape (plots,).

    ``flight`` is the true target's index, -1 for clutter; ``kind`` the detection of I048/020.
    """

    flight: NDArray[np.int64]
    time_s: Floats
    range_m: Floats
    azimuth_rad: Floats
    kind: NDArray[np.int64]


class RadarSource:
    """One radar of an exercise, asked sector by sector, in any order.

    Parameters
    ----------
    exercise
        Truth, seed and time.
    simulated
        The radar.
    """

    def __init__(self, exercise: Exercise, simulated: SimulatedSensor) -> None:
        self.simulated = simulated
        self.channel = simulated.channel
        self._truth = truth = exercise.truth
        sensor = simulated.sensor
        self._chance = Chance(exercise.seed, sensor.name)
        self._sector_s = sensor.rotation_s / SECTORS
        # antennas do not turn in step: each begins the exercise somewhere else
        start = Chance(exercise.seed, f"{sensor.name} antenna").stream(0)
        self._first_sector = int(start.integers(SECTORS))
        origin = (sensor.latitude_rad, sensor.longitude_rad, sensor.altitude_m)
        place = np.array([float(value) for value in geodetic_to_ecef(*origin)])
        elevations = (simulated.least_elevation_rad, simulated.greatest_elevation_rad)
        self._site = np.concatenate([place, [sensor.min_range_m], np.sin(elevations)])
        steps = np.eye(3)
        tips = np.array(geodetic_to_ecef(*enu_to_geodetic(*steps, origin=origin))).T
        self._axes = np.ascontiguousarray(tips - place)
        answers = truth.mode_3a != NO_CODE
        primary_m = min(simulated.primary_range_m, sensor.max_range_m)
        self._reach_m = np.where(answers, sensor.max_range_m, primary_m)
        self._primary_m = primary_m
        self._flights = np.empty(len(truth), np.int64)
        self._passages = np.empty((4, len(truth)))

    def due_s(self, step: int) -> float:
        """Exercise second at which sector ``step`` is complete."""
        return (step + 1) * self._sector_s

    def plots(self, step: int) -> RadarPlots:
        """What the radar makes of one sector."""
        sensor, truth = self.simulated.sensor, self._truth
        start_s = step * self._sector_s
        width = 2.0 * np.pi / SECTORS
        azimuth0 = ((step + self._first_sector) % SECTORS) * width
        sweep = np.array([start_s, azimuth0, width / self._sector_s, self._sector_s])
        found = beam_passages(
            truth.segments,
            truth.first,
            truth.begin_s,
            truth.end_s,
            self._reach_m,
            self._site,
            self._axes,
            sweep,
            self._flights,
            *self._passages,
        )
        flight = self._flights[:found].copy()
        time_s, range_m, azimuth_rad, _ = self._passages[:, :found].copy()
        chance = self._chance.stream(step)
        # one draw of each for every flight in the beam, seen or not: chances do not shift
        seen = chance.random(found) < sensor.detection_probability
        confirmed = chance.random(found) < self.simulated.primary_share
        noise = chance.standard_normal((2, found))
        kind = self._kinds(flight, confirmed & (range_m <= self._primary_m))
        range_m += noise[0] * sensor.range_sigma_m
        azimuth_rad += noise[1] * sensor.azimuth_sigma_rad
        false = int(chance.poisson(sensor.clutter_per_scan / SECTORS))
        part = chance.random(false)
        plots = (
            np.concatenate([flight[seen], np.full(false, -1, np.int64)]),
            np.concatenate([time_s[seen], start_s + part * self._sector_s]),
            np.concatenate(
                [range_m[seen], chance.uniform(sensor.min_range_m, self._primary_m, false)]
            ),
            np.concatenate([azimuth_rad[seen], azimuth0 + part * width]),
            np.concatenate([kind[seen], np.full(false, PRIMARY, np.int64)]),
        )
        order = np.argsort(plots[1], kind="stable")
        return RadarPlots(*(column[order] for column in plots))

    def _kinds(self, flight: NDArray[np.int64], confirmed: NDArray[np.bool_]) -> NDArray[np.int64]:
        """Detection kinds: what answers, and whether the primary radar sees it as well."""
        kind = np.where(confirmed, COMBINED, SECONDARY)
        selective = self._truth.mode_s[flight] != NO_CODE
        kind = np.where(selective, np.where(confirmed, MODE_S_COMBINED, MODE_S), kind)
        return np.where(self._truth.mode_3a[flight] == NO_CODE, PRIMARY, kind)

    def payloads(self, step: int) -> list[bytes]:
        """Datagrams of one sector: its plots, then the mark of the sector that begins."""
        plots = self.plots(step)
        blocks = []
        if len(plots.flight):
            blocks += encode(48, self._columns(plots), max_block_bytes=MAX_DATAGRAM)
        blocks.append(self._mark(step + 1))
        if len(blocks) > 1 and len(blocks[-2]) + len(blocks[-1]) <= MAX_DATAGRAM:
            blocks[-2:] = [blocks[-2] + blocks[-1]]
        return blocks

    def _columns(self, plots: RadarPlots) -> dict[str, object]:
        """CAT048 fields: position always, codes and level where the transponder answered."""
        truth, sensor = self._truth, self.simulated.sensor
        target = np.maximum(plots.flight, 0)
        answered = plots.kind != PRIMARY
        primary = (plots.kind & 1) == 1  # 1, 3 and 7 are the kinds with a primary echo
        state = truth.state(target, plots.time_s)
        selective = np.where(answered, state.mode_s, NO_CODE)
        # Mode C answers in 100 ft, Mode S in 25 ft; a flight level is 100 ft
        step_ft = np.where(selective == NO_CODE, 100.0, 25.0)
        level = np.rint(state.pressure_altitude_m / FOOT_M / step_ft) * step_ft / 100.0
        off = self.simulated.misalignment
        azimuth_deg = np.degrees(plots.azimuth_rad + off.azimuth_bias_rad)
        theta = np.rint(azimuth_deg / THETA_STEP_DEG) % 65536 * THETA_STEP_DEG
        range_m = plots.range_m * (1.0 + off.range_scale) + off.range_bias_m
        rho = np.clip(range_m / NAUTICAL_MILE_M, 0.0, RHO_LIMIT_NM)
        clock_ns = truth.nanoseconds(plots.time_s + off.time_offset_s)
        # echoes fade with range; -60 dBm at 100 km is an invented, typical level
        decibels = 20.0 * np.log10(np.maximum(plots.range_m, 1000.0) / 100e3)
        return {
            "I048/010/SAC": sensor.sac,
            "I048/010/SIC": sensor.sic,
            "I048/140": time_of_day_s(clock_ns),
            "I048/020/TYP": plots.kind,
            "I048/020/SIM": 1,
            "I048/040/RHO": rho,
            "I048/040/THETA": theta,
            "I048/070/MODE3A": np.where(answered, state.mode_3a, NO_CODE),
            "I048/090/FL": np.where(answered, level, np.nan),
            "I048/130/SAM": np.where(answered, np.rint(-60.0 - decibels), np.nan),
            "I048/130/PAM": np.where(primary, np.rint(-70.0 - 2.0 * decibels), np.nan),
            "I048/220": selective,
            "I048/240": np.where(selective == NO_CODE, b"", state.callsign),
            # alert, SPI: none; airborne; answers in 25 ft and tells its callsign
            "I048/230/COM": np.where(selective == NO_CODE, NO_CODE, 1),
            "I048/230/STAT": np.where(selective == NO_CODE, NO_CODE, 0),
            "I048/230/ARC": np.where(selective == NO_CODE, NO_CODE, 1),
            "I048/230/AIC": np.where(selective == NO_CODE, NO_CODE, 1),
        }

    def _mark(self, step: int) -> bytes:
        """CAT034: the sector that begins, and at north a north marker before it."""
        sensor = self.simulated.sensor
        sector = (step + self._first_sector) % SECTORS
        kinds = [NORTH_MARKER, SECTOR_CROSSING] if sector == 0 else [SECTOR_CROSSING]
        north = np.array(kinds) == NORTH_MARKER
        time_ns = self._truth.nanoseconds(np.array([step * self._sector_s]))
        # a north marker names no sector
        azimuth = np.where(north, np.nan, sector * 360.0 / SECTORS)
        columns = {
            "I034/010/SAC": sensor.sac,
            "I034/010/SIC": sensor.sic,
            "I034/000": np.array(kinds),
            "I034/030": np.repeat(time_of_day_s(time_ns), len(kinds)),
            "I034/020": azimuth,
            "I034/041": np.where(north, sensor.rotation_s, np.nan),
            "I034/120/HGT": np.where(north, np.rint(sensor.altitude_m), np.nan),
            "I034/120/LAT": np.where(north, np.degrees(sensor.latitude_rad), np.nan),
            "I034/120/LON": np.where(north, np.degrees(sensor.longitude_rad), np.nan),
        }
        return encode(34, columns, max_block_bytes=MAX_DATAGRAM)[0]
