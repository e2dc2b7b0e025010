"""The tracker's arrays: made, grown by doubling, and read out as tracks."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from skypact.geodesy import geodetic_to_ecef
from skypact.kernels import tracking_arrays as names
from skypact.model.innovations import INNOVATION_COLUMNS, Innovations
from skypact.model.sensors import SensorTable
from skypact.model.tracks import COVARIANCE, Tracks
from skypact.tracking.settings import TrackerSettings

BUCKETS_PER_TRACK = 2


def empty_state(capacity: int, models: int) -> names.State:
    """State arrays for ``capacity`` tracks, none of them in use."""
    return names.State(
        x=np.zeros((capacity, models, names.STATES)),
        covariance=np.zeros((capacity, models, names.PACKED)),
        weight=np.zeros((capacity, models)),
        mean=np.zeros((capacity, names.MEANS)),
        frame=np.zeros((capacity, names.FRAME)),
        gauge=np.zeros((capacity, names.GAUGE)),
        vertical=np.zeros((capacity, 2, 5)),
        stamp=np.zeros((capacity, names.STAMP), np.int64),
        code=np.zeros((capacity, names.CODE), np.int32),
        callsign=np.zeros(capacity, np.uint64),
        seen_ns=np.zeros((capacity, names.SEEN), np.int64),
        seen_sensor=np.full((capacity, names.SEEN), -1, np.int32),
        seen_missed=np.zeros((capacity, names.SEEN), np.int32),
        link=np.full((capacity, 2), -1, np.int64),
        cell=np.zeros(capacity, np.int64),
        head=np.full(BUCKETS_PER_TRACK * capacity, -1, np.int64),
        air=np.zeros((names.AIR_CELLS, 3)),
    )


def grown(state: names.State, least: int) -> names.State:
    """A copy of the state with its capacity doubled until it is ``least`` or more.

    The cells' lists are empty in it: lay them with ``kernels.tracking_cells.rebuild``.
    """
    used = len(state.cell)
    capacity = used
    while capacity < least:
        capacity *= 2
    larger = empty_state(capacity, state.weight.shape[1])
    for name in names.State._fields:
        if name == "air":
            larger.air[:] = state.air
        elif name != "head":
            getattr(larger, name)[:used] = getattr(state, name)
    return larger


def bytes_per_track(state: names.State) -> float:
    """Memory of one track in bytes, the lookup's share included."""
    return float(sum(a.nbytes for a in state if a is not state.air) / len(state.cell))


def axes_at(latitude_rad: float, longitude_rad: float) -> NDArray[np.float64]:
    """East, north and up at a place as ECEF unit vectors, end to end: float64 (9,)."""
    sp, cp = math.sin(latitude_rad), math.cos(latitude_rad)
    sl, cl = math.sin(longitude_rad), math.cos(longitude_rad)
    return np.array([-sl, cl, 0.0, -sp * cl, -sp * sl, cp, cp * cl, cp * sl, sp])


def sensor_arrays(sensors: SensorTable, settings: TrackerSettings) -> names.SensorArrays:
    """Sensors as the kernels read them; a sensor without position has NaN for its site."""
    count = len(sensors)
    fixed = np.zeros((count, names.SENSOR_FIXED))
    for row, sensor in zip(fixed, sensors, strict=True):
        height = sensor.altitude_m if math.isfinite(sensor.altitude_m) else 0.0
        place = geodetic_to_ecef(sensor.latitude_rad, sensor.longitude_rad, height)
        row[names.SITE : names.SITE + 3] = [float(axis) for axis in place]
        row[names.SITE_AXES : names.SITE_AXES + 9] = axes_at(
            sensor.latitude_rad, sensor.longitude_rad
        )
        row[names.RANGE_SIGMA] = sensor.range_sigma_m
        row[names.AZIMUTH_SIGMA] = sensor.azimuth_sigma_rad
        row[names.POSITION_SIGMA] = sensor.position_sigma_m
        row[names.ELEVATION_SIGMA] = sensor.elevation_sigma_rad
        # a certain or an impossible detection would make a single miss or hit decide
        row[names.DETECTION] = min(max(sensor.detection_probability, 0.05), 0.98)
        area = math.pi * max(sensor.max_range_m**2 - sensor.min_range_m**2, 1e6)
        row[names.CLUTTER_DENSITY] = (
            sensor.clutter_per_scan / area + settings.new_target_density_pm2
        )
        row[names.ROTATION] = max(sensor.rotation_s, 0.1)
        row[names.MAX_RANGE] = max(sensor.max_range_m, 1e3)
    return names.SensorArrays(
        fixed,
        np.array([sensor.kind == "radar" for sensor in sensors], dtype=np.int32),
        np.zeros(count, np.int64),
        fixed[:, names.ROTATION].copy(),
        np.zeros(count, np.int64),
        np.zeros((count, names.MAP, 3)),
        np.zeros((count, names.MAP), np.int64),
    )


def empty_rows(capacity: int, words: int) -> names.Rows:
    """Room for ``capacity`` output rows."""
    return names.Rows(
        np.zeros((capacity, 8)),
        np.zeros((capacity, 3), np.int64),
        np.zeros((capacity, 4), np.int32),
        np.zeros(capacity, np.uint64),
        np.zeros((capacity, words), np.uint64),
        np.zeros((capacity, COVARIANCE)),
    )


def empty_learned(capacity: int) -> names.Learned:
    """Room for ``capacity`` innovations."""
    return names.Learned(
        np.zeros((capacity, 15)),
        np.zeros((capacity, 3), np.int64),
        np.zeros((capacity, 3), np.int32),
    )


def innovations_from(learned: names.Learned, count: int) -> Innovations:
    """The first ``count`` rows, in the order of use."""
    stamp, code = learned.stamp[:count], learned.code[:count]
    floats = [name for name, kind in INNOVATION_COLUMNS.items() if kind == "float64"]
    return Innovations(
        plot=stamp[:, 0].copy(),
        track=stamp[:, 1].copy(),
        measured_ns=stamp[:, 2].copy(),
        sensor=code[:, 0].copy(),
        polar=code[:, 1].astype(np.bool_),
        confirmed=code[:, 2].astype(np.bool_),
        **{name: learned.value[:count, k].copy() for k, name in enumerate(floats)},
    )


def tracks_from(rows: names.Rows, count: int) -> Tracks:
    """The first ``count`` rows as tracks, by time and then by number."""
    order = np.lexsort((rows.stamp[:count, 0], rows.stamp[:count, 1]))

    def floats(column: int) -> NDArray[np.float64]:
        return np.ascontiguousarray(rows.value[order, column])

    def stamps(column: int) -> NDArray[np.int64]:
        return np.ascontiguousarray(rows.stamp[order, column])

    def codes(column: int) -> NDArray[np.int32]:
        return np.ascontiguousarray(rows.code[order, column])

    return Tracks(
        track=stamps(0),
        measured_ns=stamps(1),
        latitude_rad=floats(0),
        longitude_rad=floats(1),
        altitude_m=floats(2),
        pressure_altitude_m=floats(3),
        velocity_east_mps=floats(4),
        velocity_north_mps=floats(5),
        velocity_up_mps=floats(6),
        horizontal_sigma_m=floats(7),
        confirmed=codes(2).astype(np.bool_),
        coasting=codes(3).astype(np.bool_),
        last_plot_ns=stamps(2),
        mode_3a=codes(0),
        mode_s=codes(1),
        callsign=rows.callsign[order].view("S8"),
        sensors=rows.sensors[order],
        covariance=rows.covariance[order],
    )
