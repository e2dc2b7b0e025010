"""Which sensors a recording holds, so that it can be replayed without a configuration.

In: a recording's frames. Out: one :class:`~skypact.model.sensors.Sensor` per data source
(item 010), its kind told by category, its place by I034/120 or I019/600 and its turn by I034/041
where the recording says so.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.records import CategoryRecords, find_records
from skypact.feeds.asterix.reports import data_source
from skypact.model.frames import Frames
from skypact.model.sensors import Sensor, SensorKind

KINDS: dict[int, SensorKind] = {
    1: "radar",
    2: "radar",
    10: "radar",
    19: "mlat",
    20: "mlat",
    21: "adsb",
    23: "adsb",
    34: "radar",
    48: "radar",
    62: "tracker",
    63: "tracker",
    65: "tracker",
}
"""Kind by category; CAT010 is told by what its target reports say."""

SURFACE_TYPES: dict[int, SensorKind] = {0: "mlat", 1: "mlat", 2: "adsb", 3: "radar", 4: "radar"}
"""I010/020 TYP: SSR and Mode S multilateration, ADS-B, PSR, magnetic loop."""

TURNS_S: dict[SensorKind, float] = {"radar": 4.0, "adsb": 1.0, "mlat": 1.0, "tracker": 4.0}
SITES = {
    34: ("I034/120/HGT", "I034/120/LAT", "I034/120/LON", "I034/041"),
    19: ("I019/610", "I019/600/LAT", "I019/600/LON"),
}
"""Fields with height, latitude, longitude and turn of a data source, by category."""


def sensors_in(frames: Frames) -> tuple[Sensor, ...]:
    """Sensors heard in a recording, named ``SAC/SIC``, in the order of these numbers.

    Parameters
    ----------
    frames
        All frames of the recording, of format ``asterix``.
    """
    wanted = dict.fromkeys(KINDS, ()) | SITES | {10: ("I010/020/TYP",)}
    found = find_records(frames, wanted=wanted)
    kinds: dict[int, SensorKind] = {}
    for category in sorted(found.categories):
        if category not in KINDS:
            continue
        records = found.categories[category]
        source = data_source(records)
        for number in np.unique(source[source >= 0]).tolist():
            kind = KINDS[category]
            if category == 10:
                kind = _surface_kind(records, source == number)
            kinds.setdefault(number, kind)
    return tuple(_sensor(number, kinds[number], found.categories) for number in sorted(kinds))


def _surface_kind(records: CategoryRecords, own: NDArray[np.bool_]) -> SensorKind:
    types = records.integers("I010/020/TYP")[own]
    types = types[types >= 0]
    if len(types) == 0:
        return "radar"
    return SURFACE_TYPES.get(int(np.bincount(types).argmax()), "radar")


def _sensor(number: int, kind: SensorKind, categories: Mapping[int, CategoryRecords]) -> Sensor:
    sac, sic = number >> 8, number & 255
    latitude = longitude = altitude = math.nan
    turn = TURNS_S[kind]
    for category, names in SITES.items():
        records = categories.get(category)
        if records is None:
            continue
        own = data_source(records) == number
        if not own.any():
            continue
        told = [_last(records, name, own) for name in names]
        altitude, latitude, longitude = told[:3]
        turn = told[3] if len(told) > 3 and told[3] > 0 else turn
    return Sensor(
        f"{sac}/{sic}",
        kind,
        math.radians(latitude),
        math.radians(longitude),
        altitude,
        sac=sac,
        sic=sic,
        rotation_s=turn,
    )


def _last(records: CategoryRecords, name: str, own: NDArray[np.bool_]) -> float:
    """Last value that was sent, NaN where none was."""
    values = records.floats(name)[own]
    values = values[np.isfinite(values)]
    return float(values[-1]) if len(values) else math.nan
