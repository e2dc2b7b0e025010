"""Target reports of each category as plot columns, before sensors and times are looked up.

In: :class:`~skypact.feeds.asterix.records.CategoryRecords`. Out: :class:`Reports` in metres,
radians and metres a second. Documents: EUROCONTROL SUR.ET1.ST05.2000-STD (ASTERIX) parts
2a (CAT001), 7 (CAT010), 14 (CAT020), 12 (CAT021), 4 (CAT048), 9 (CAT062); item numbers stand
beside what is read from them.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.records import CategoryRecords

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NAUTICAL_MILE_M = 1852.0
FOOT_M = 0.3048
FLIGHT_LEVEL_M = 30.48
DAY_UNITS = 86_400 * 128
TRUNCATED_UNITS = 512 * 128
"""I001/141 keeps the two lower bytes of the time of day: it starts again every 512 s."""

NACP_SIGMA_M = np.array(
    # EPU (95 % radius) by NACp, DO-260B table N-6, over 2.448, the 95 % radius of a circular
    # normal distribution with unit deviation; 0 says nothing, above 11 is not defined
    [
        np.nan,
        *(epu / 2.448 for epu in (18520, 7408, 3704, 1852, 926, 555.6, 185.2, 92.6, 30, 10, 3)),
        *[np.nan] * 4,
    ]
)

MAX_CLIMB_MPS = 500.0
"""A reported climb beyond this is not believed: half of those in the Rome recording of CAT062
say -850 m/s, where the sender wraps negative rates wrongly."""

TIME_OF_DAY = {
    1: ("I001/141",),
    2: ("I002/030",),
    10: ("I010/140",),
    19: ("I019/140",),
    20: ("I020/140",),
    # reception of the position, its applicability, then of the velocity, then the report's
    21: ("I021/073", "I021/071", "I021/075", "I021/077", "I021/030"),
    23: ("I023/070",),
    34: ("I034/030",),
    48: ("I048/140",),
    62: ("I062/070",),
    63: ("I063/030",),
    65: ("I065/030",),
}
"""Fields with the time of day, the first present one counts."""


@dataclass(frozen=True, slots=True)
class Reports:
    """Target reports among the records of one category; arrays of shape (records,).

    Parameters
    ----------
    target
        Whether the record is a plot of a target.
    monitor
        Whether it says that it is a test target or a fixed transponder instead.
    columns
        Plot columns that need no sensor position.
    polar
        Whether range and azimuth are the only position.
    east_m, north_m
        Position from the sensor where that is the only one, else NaN.
    """

    target: Flags
    monitor: Flags
    columns: dict[str, NDArray[Any]] = field(default_factory=dict)
    polar: Flags | None = None
    east_m: Floats | None = None
    north_m: Floats | None = None


class _Fields:
    """The fields of one category by item, absent ones as NaN or -1; notes what was asked."""

    def __init__(self, records: CategoryRecords) -> None:
        self.records = records
        self.prefix = f"I{records.table.category:03d}/"

    def floats(self, item: str, scale: float = 1.0) -> Floats:
        name = self.prefix + item
        if name not in self.records:
            return np.full(len(self.records), np.nan)
        values = self.records.floats(name)
        return values if scale == 1.0 else values * scale

    def codes(self, item: str) -> Integers:
        name = self.prefix + item
        if name not in self.records:
            return np.full(len(self.records), -1, np.int64)
        return self.records.integers(name)

    def callsign(self, item: str) -> NDArray[np.bytes_]:
        """Callsign, empty where a character is none that aircraft can send."""
        name = self.prefix + item
        if name not in self.records:
            return np.zeros(len(self.records), "S8")
        named = self.records.text(name)
        characters = named.view(np.uint8).reshape(len(named), 8)
        return np.where((characters == ord("?")).any(axis=1), b"", named)

    def mode_3a(self, item: str) -> Integers:
        """Mode 3/A code, -1 where not validated (V) or garbled (G)."""
        good = (self.codes(f"{item}/V") <= 0) & (self.codes(f"{item}/G") <= 0)
        return np.where(good, self.codes(f"{item}/MODE3A"), -1)

    def mode_c(self, item: str, level: str = "FL") -> Floats:
        """Pressure altitude, NaN where not validated (V) or garbled (G)."""
        good = (self.codes(f"{item}/V") == 0) & (self.codes(f"{item}/G") == 0)
        return np.where(good, self.floats(f"{item}/{level}", FLIGHT_LEVEL_M), np.nan)

    def address(self, item: str) -> Integers:
        """24-bit address; all zeros and all ones are none (ICAO Annex 10 vol. III, 9.2.1)."""
        codes = self.codes(item)
        return np.where((codes == 0) | (codes == 0xFFFFFF), -1, codes)

    def polar_velocity(self, speed: str, heading: str) -> tuple[Floats, Floats]:
        """East and north velocity from NM/s and degrees."""
        mps = self.floats(speed, NAUTICAL_MILE_M)
        track = np.radians(self.floats(heading))
        return mps * np.sin(track), mps * np.cos(track)

    def flagged(self, *items: str) -> Flags:
        """Whether any of these bits is set."""
        found = np.zeros(len(self.records), np.bool_)
        for item in items:
            found |= self.codes(item) == 1
        return found


def _cat001(f: _Fields) -> Reports:
    return Reports(
        target=np.isfinite(f.floats("040/RHO")),
        monitor=f.flagged("020/TST", "020/RAB"),
        polar=np.isfinite(f.floats("040/RHO")),
        columns={
            "range_m": f.floats("040/RHO", NAUTICAL_MILE_M),
            "azimuth_rad": np.radians(f.floats("040/THETA")),
            "pressure_altitude_m": f.mode_c("090", "HGT"),
            "mode_3a": f.mode_3a("070"),
            "source_track": f.codes("161"),
        },
    )


def _cat048(f: _Fields) -> Reports:
    polar = np.isfinite(f.floats("040/RHO"))
    return Reports(
        target=polar,
        monitor=f.flagged("020/TST", "020/RAB"),
        polar=polar,
        columns={
            "range_m": f.floats("040/RHO", NAUTICAL_MILE_M),
            "azimuth_rad": np.radians(f.floats("040/THETA")),
            "pressure_altitude_m": f.mode_c("090"),
            "altitude_m": f.floats("110/3DH", FOOT_M),
            "mode_3a": f.mode_3a("070"),
            "mode_s": f.address("220"),
            "callsign": f.callsign("240"),
            "source_track": f.codes("161/TRN"),
        },
    )


def _cat010(f: _Fields) -> Reports:
    latitude, longitude = f.floats("041/LAT"), f.floats("041/LON")
    geodetic = np.isfinite(latitude)
    cartesian = ~geodetic & np.isfinite(f.floats("042/X"))
    polar = ~geodetic & ~cartesian & np.isfinite(f.floats("040/RHO"))
    east, north = f.floats("202/VX"), f.floats("202/VY")
    by_track = f.polar_velocity("200/GSP", "200/TRA")
    plain = np.isfinite(east)
    return Reports(
        target=(f.codes("000") == 1) & (geodetic | cartesian | polar),
        monitor=f.flagged("020/TST", "020/RAB"),
        polar=polar,
        east_m=np.where(cartesian, f.floats("042/X"), np.nan),
        north_m=np.where(cartesian, f.floats("042/Y"), np.nan),
        columns={
            "range_m": np.where(polar, f.floats("040/RHO"), np.nan),
            "azimuth_rad": np.where(polar, np.radians(f.floats("040/TH")), np.nan),
            "latitude_rad": np.radians(latitude),
            "longitude_rad": np.radians(longitude),
            "pressure_altitude_m": f.mode_c("090"),
            "altitude_m": f.floats("091", FOOT_M),
            "horizontal_sigma_m": _sigma(f.floats("500/DEVX"), f.floats("500/DEVY")),
            "velocity_east_mps": np.where(plain, east, by_track[0]),
            "velocity_north_mps": np.where(plain, north, by_track[1]),
            "mode_3a": f.mode_3a("060"),
            "mode_s": f.address("220"),
            "callsign": f.callsign("245/CHR"),
            "source_track": f.codes("161/TRK"),
        },
    )


def _cat020(f: _Fields) -> Reports:
    latitude, longitude = f.floats("041/LAT"), f.floats("041/LON")
    geodetic = np.isfinite(latitude)
    cartesian = ~geodetic & np.isfinite(f.floats("042/X"))
    return Reports(
        target=geodetic | cartesian,
        monitor=f.flagged("020/TST", "020/RAB"),
        polar=np.zeros(len(latitude), np.bool_),
        east_m=np.where(cartesian, f.floats("042/X"), np.nan),
        north_m=np.where(cartesian, f.floats("042/Y"), np.nan),
        columns={
            "latitude_rad": np.radians(latitude),
            "longitude_rad": np.radians(longitude),
            "pressure_altitude_m": f.mode_c("090"),
            "altitude_m": f.floats("105", FOOT_M),
            "horizontal_sigma_m": _sigma(f.floats("500/SDP/X"), f.floats("500/SDP/Y")),
            "velocity_east_mps": f.floats("202/VX"),
            "velocity_north_mps": f.floats("202/VY"),
            "mode_3a": f.mode_3a("070"),
            "mode_s": f.address("220"),
            "callsign": f.callsign("245/CHR"),
            "source_track": f.codes("161/TRN"),
        },
    )


def _cat021(f: _Fields) -> Reports:
    fine = np.isfinite(f.floats("131/LAT"))
    latitude = np.where(fine, f.floats("131/LAT"), f.floats("130/LAT"))
    longitude = np.where(fine, f.floats("131/LON"), f.floats("130/LON"))
    east, north = f.polar_velocity("160/GS", "160/TA")
    climb = f.floats("157/GVR")
    climb = np.where(np.isfinite(climb), climb, f.floats("155/BVR"))
    quality = f.codes("090/NACP")
    return Reports(
        target=np.isfinite(latitude),
        monitor=f.flagged("040/TST", "040/RAB"),
        columns={
            "latitude_rad": np.radians(latitude),
            "longitude_rad": np.radians(longitude),
            "pressure_altitude_m": f.floats("145", FLIGHT_LEVEL_M),
            "altitude_m": f.floats("140", FOOT_M),
            "horizontal_sigma_m": np.where(quality >= 0, NACP_SIGMA_M[quality], np.nan),
            "velocity_east_mps": east,
            "velocity_north_mps": north,
            "velocity_up_mps": _believable(climb * (FOOT_M / 60.0)),
            "mode_3a": f.codes("070/MODE3A"),
            "mode_s": f.address("080"),
            "callsign": f.callsign("170"),
            "source_track": f.codes("161/TRNUM"),
        },
    )


def _cat062(f: _Fields) -> Reports:
    latitude, longitude = f.floats("105/LAT"), f.floats("105/LON")
    level = f.floats("136", FLIGHT_LEVEL_M)
    named = f.callsign("245/CHR")
    return Reports(
        target=np.isfinite(latitude),
        monitor=np.zeros(len(latitude), np.bool_),
        columns={
            "latitude_rad": np.radians(latitude),
            "longitude_rad": np.radians(longitude),
            "pressure_altitude_m": level,
            "altitude_m": f.floats("130", FOOT_M),
            "horizontal_sigma_m": _sigma(f.floats("500/APC/X"), f.floats("500/APC/Y")),
            "velocity_east_mps": f.floats("185/VX"),
            "velocity_north_mps": f.floats("185/VY"),
            "velocity_up_mps": _believable(f.floats("220", FOOT_M / 60.0)),
            "mode_3a": f.mode_3a("060"),
            "mode_s": f.address("380/ADR"),
            "callsign": np.where(named == b"", f.callsign("380/ID"), named),
            "source_track": f.codes("040"),
        },
    )


def _sigma(x_m: Floats, y_m: Floats) -> Floats:
    """Deviation per axis from those of two axes; zero says that nobody knows it."""
    sigma = np.sqrt((x_m * x_m + y_m * y_m) / 2.0)
    return np.where(sigma > 0.0, sigma, np.nan)


def _believable(climb_mps: Floats) -> Floats:
    """Climb, NaN beyond what anything that reports it can do."""
    return np.where(np.abs(climb_mps) <= MAX_CLIMB_MPS, climb_mps, np.nan)


TARGETS: dict[int, Callable[[_Fields], Reports]] = {
    1: _cat001,
    10: _cat010,
    20: _cat020,
    21: _cat021,
    48: _cat048,
    62: _cat062,
}
"""Categories with target reports."""

WANTED: dict[int, str] = {
    1: "020/TST 020/RAB 040/RHO 070/V 090/V 161",
    10: (
        "000 020/TST 041/LAT 042/X 040/RHO 200/GSP 202/VX 161/TRK 060/V 090/V 091 500/DEVX"
        " 220 245/CHR"
    ),
    20: "020/TST 041/LAT 042/X 202/VX 161/TRN 070/V 090/V 105 500/SDP/X 220 245/CHR",
    21: (
        "040/TST 040/RAB 130/LAT 131/LAT 145 140 090/NACP 160/GS 157/GVR 155/BVR 070/MODE3A"
        " 080 170 161/TRNUM"
    ),
    48: "020/TST 020/RAB 040/RHO 070/V 090/V 110/3DH 161/TRN 220 240",
    62: "105/LAT 136 130 500/APC/X 185/VX 220 060/V 380/ADR 245/CHR 380/ID 040",
}
"""Fields that a walk must note per category: one per item is enough, since a node has them all."""


@functools.cache
def wanted_fields() -> Mapping[int, tuple[str, ...]]:
    """Field names by category that :func:`target_reports` and the times need."""
    names: dict[int, tuple[str, ...]] = dict(TIME_OF_DAY)
    for category, items in WANTED.items():
        prefix = f"I{category:03d}/"
        names[category] = names[category] + tuple(prefix + item for item in items.split())
    return names


def target_reports(records: CategoryRecords) -> Reports:
    """Target reports among ``records``; none in categories that carry no targets."""
    reader = TARGETS.get(records.table.category)
    if reader is None:
        none = np.zeros(len(records), np.bool_)
        return Reports(target=none, monitor=none)
    return reader(_Fields(records))


def data_source(records: CategoryRecords) -> Integers:
    """SAC * 256 + SIC of each record, -1 where it has none; item 010 in every category."""
    prefix = f"I{records.table.category:03d}/010/"
    if prefix + "SAC" not in records:
        return np.full(len(records), -1, np.int64)
    sac, sic = records.integers(prefix + "SAC"), records.integers(prefix + "SIC")
    source = np.where(sac >= 0, sac * 256 + sic, -1)
    if records.table.category == 1 and (source < 0).any():
        # I001/010 stands in the first record of a block only and holds for all of them
        rows = np.arange(len(source))
        told = np.maximum.accumulate(np.where(source >= 0, rows, 0))
        source = np.where(records.block[told] == records.block, source[told], -1)
    return source


def time_of_day(records: CategoryRecords) -> tuple[Integers, int]:
    """Time of day of each record in 1/128 s, -1 where none, and after how many it starts again."""
    category = records.table.category
    units = np.full(len(records), -1, np.int64)
    for name in TIME_OF_DAY.get(category, ()):
        if name in records and (units < 0).any():
            units = np.where(units < 0, records.integers(name), units)
    # beyond 24 h is no time of day
    units[units >= DAY_UNITS] = -1
    return units, TRUNCATED_UNITS if category == 1 else DAY_UNITS
