"""One table for all state vectors, whatever format they came in, and the plots it gives.

In: columns read by a format's module. Out: :class:`States` with what is known of each aircraft
carried along, and a :class:`~skypact.feeds.batch.FeedBatch`. Quality: NACp (RTCA DO-260B, Table
2-71), else half the radius of containment; formats without either leave sigma to the sensor.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, ClassVar, Protocol

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.batch import FeedBatch
from skypact.kernels import mode_s_states
from skypact.kernels.mode_s_aircraft import COLUMNS, rehash
from skypact.kernels.mode_s_fields import NOT_ICAO
from skypact.kernels.mode_s_integrity import RADII_PER_SIGMA, SIGMA_M
from skypact.model.errors import Rejection
from skypact.model.frames import Frames
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable

KNOT_MPS = 1852.0 / 3600.0
FOOT_M = 0.3048
FOOT_MINUTE_MPS = FOOT_M / 60.0
FIRST_SLOTS, LARGEST_SLOTS = 1 << 10, 1 << 18


@dataclass(frozen=True, slots=True)
class States:
    """State vectors in the order of the source; every array has shape (states,).

    Parameters
    ----------
    position
        Byte offset of the line or object in its source, int64; row number in a Parquet file.
    measured_ns, received_ns
        int64 UTC nanoseconds; ``received_ns`` never decreases.
    key
        24-bit address, int32, with ``NOT_ICAO`` set where it is no ICAO address; -1 none.
    latitude_deg, longitude_deg
        WGS-84, float64, NaN none.
    pressure_altitude_m, altitude_m
        Of the 1013.25 hPa surface, and above the ellipsoid; float64, NaN none.
    on_ground
        int32: 1 on the ground, 0 airborne, -1 not told.
    velocity_east_mps, velocity_north_mps, velocity_up_mps
        float64, NaN none.
    mode_3a
        int32, -1 none.
    callsign
        dtype ``S8``.
    source
        How the position was come by (``adsb_icao``, ``tisb_icao``, ``mlat`` ...), dtype ``S16``.
    emergency, category
        As the source tells them, dtypes ``S12`` and ``S2``.
    nic, nac_p, nac_v, sil, version
        int32, -1 none.
    containment_radius_m
        float64, NaN none.
    repeated
        Whether the same position came before.
    """

    position: NDArray[np.int64]
    measured_ns: NDArray[np.int64]
    received_ns: NDArray[np.int64]
    key: NDArray[np.int32]
    latitude_deg: NDArray[np.float64]
    longitude_deg: NDArray[np.float64]
    pressure_altitude_m: NDArray[np.float64]
    altitude_m: NDArray[np.float64]
    on_ground: NDArray[np.int32]
    velocity_east_mps: NDArray[np.float64]
    velocity_north_mps: NDArray[np.float64]
    velocity_up_mps: NDArray[np.float64]
    mode_3a: NDArray[np.int32]
    callsign: NDArray[np.bytes_]
    source: NDArray[np.bytes_]
    emergency: NDArray[np.bytes_]
    category: NDArray[np.bytes_]
    nic: NDArray[np.int32]
    nac_p: NDArray[np.int32]
    nac_v: NDArray[np.int32]
    sil: NDArray[np.int32]
    version: NDArray[np.int32]
    containment_radius_m: NDArray[np.float64]
    repeated: NDArray[np.bool_]

    def __len__(self) -> int:
        return len(self.key)

    @classmethod
    def blank(cls, count: int, **columns: NDArray[Any]) -> States:
        """``count`` states with every column at its none value, but for those given."""
        arrays: dict[str, NDArray[Any]] = {}
        for name, (dtype, none) in STATE_COLUMNS.items():
            given = columns.pop(name, None)
            arrays[name] = (
                np.full(count, none, dtype=dtype)
                if given is None
                else np.ascontiguousarray(given, dtype=dtype)
            )
        if columns:
            raise ValueError(f"no such state columns: {sorted(columns)}")
        return cls(**arrays)

    @staticmethod
    def join(parts: list[States]) -> States:
        """Parts end to end."""
        if not parts:
            return States.blank(0)
        names = STATE_COLUMNS
        return States(**{n: np.concatenate([getattr(p, n) for p in parts]) for n in names})

    @property
    def horizontal_sigma_m(self) -> NDArray[np.float64]:
        """Standard deviation per axis: by NACp, else by the radius of containment, else NaN."""
        by_nac_p = SIGMA_M[0][np.clip(self.nac_p, 0, 31)]
        by_radius = np.hypot(0.5 * self.containment_radius_m / RADII_PER_SIGMA, 1.5)
        return np.where(self.nac_p > 0, by_nac_p, by_radius)

    def as_table(self) -> dict[str, NDArray[Any]]:
        """Columns for files: those of the class, the address for its key, and sigma."""
        table: dict[str, NDArray[Any]] = {n: getattr(self, n) for n in STATE_COLUMNS if n != "key"}
        icao = (self.key >= 0) & (self.key < NOT_ICAO)
        table["mode_s"] = np.where(icao, self.key, -1).astype(np.int32)
        table["other_address"] = np.where(self.key >= NOT_ICAO, self.key & 0xFFFFFF, -1)
        table["horizontal_sigma_m"] = self.horizontal_sigma_m
        return table


STATE_COLUMNS: dict[str, tuple[str, Any]] = {
    "position": ("int64", 0), "measured_ns": ("int64", 0), "received_ns": ("int64", -1),
    "key": ("int32", -1), "latitude_deg": ("float64", np.nan), "longitude_deg": ("float64", np.nan),
    "pressure_altitude_m": ("float64", np.nan), "altitude_m": ("float64", np.nan),
    "on_ground": ("int32", -1), "velocity_east_mps": ("float64", np.nan),
    "velocity_north_mps": ("float64", np.nan), "velocity_up_mps": ("float64", np.nan),
    "mode_3a": ("int32", -1), "callsign": ("S8", b""), "source": ("S16", b""),
    "emergency": ("S12", b""), "category": ("S2", b""), "nic": ("int32", -1),
    "nac_p": ("int32", -1), "nac_v": ("int32", -1), "sil": ("int32", -1),
    "version": ("int32", -1), "containment_radius_m": ("float64", np.nan),
    "repeated": ("bool", False),
}  # fmt: skip
"""Column name to (dtype, value meaning none)."""

assert [field.name for field in fields(States)] == list(STATE_COLUMNS)


class StateFollower:
    """Dates states, marks repeated ones, and carries what lines apart say of one aircraft.

    Bounded: at most ``LARGEST_SLOTS // 2`` aircraft at a time, each forgotten after ten minutes.
    """

    def __init__(self) -> None:
        self._book = np.zeros(4, np.int64)
        self._memory = np.full((FIRST_SLOTS, COLUMNS), -1, np.int64)
        self._places = np.zeros((FIRST_SLOTS, 5))
        self._latest_ns = -1

    def follow(self, states: States) -> States:
        """The states with ``received_ns``, ``repeated`` and what was known filled in."""
        count = len(states)
        measured = np.where(
            states.received_ns >= 0,
            np.minimum(states.measured_ns, states.received_ns),
            states.measured_ns,
        )
        received = np.where(states.received_ns >= 0, states.received_ns, measured)
        if count:
            received = np.maximum(np.maximum.accumulate(received), self._latest_ns)
            self._latest_ns = int(received[-1])
        place = np.stack([states.latitude_deg, states.longitude_deg], axis=1)
        place[~(np.abs(place) <= (90.0, 180.0)).all(axis=1)] = np.nan
        velocity = np.stack(
            [states.velocity_east_mps, states.velocity_north_mps, states.velocity_up_mps], axis=1
        )
        velocity[~np.isfinite(velocity)] = np.nan
        callsign = states.callsign.copy().view(np.int64).reshape(-1)
        mode_3a, repeated = states.mode_3a.copy(), np.zeros(count, np.bool_)
        done = 0
        while done < count:
            done = mode_s_states.follow_states(
                done, len(self._memory) < LARGEST_SLOTS, measured, states.key, place, callsign,
                mode_3a, velocity, self._book, self._memory, self._places, repeated,
            )  # fmt: skip
            if done < count:
                larger = np.full((2 * len(self._memory), COLUMNS), -1, np.int64)
                places = np.zeros((len(larger), 5))
                rehash(self._memory, self._places, larger, places)
                self._memory, self._places = larger, places
        kept = {name: getattr(states, name) for name in STATE_COLUMNS}
        kept |= {
            "measured_ns": measured,
            "received_ns": received,
            "latitude_deg": place[:, 0].copy(),
            "longitude_deg": place[:, 1].copy(),
            "velocity_east_mps": velocity[:, 0].copy(),
            "velocity_north_mps": velocity[:, 1].copy(),
            "velocity_up_mps": velocity[:, 2].copy(),
            "callsign": callsign.view("S8"),
            "mode_3a": mode_3a,
            "repeated": repeated,
        }
        return States(**kept)


def velocity_of(
    speed_mps: NDArray[np.float64], track_deg: NDArray[np.float64]
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """East and north components of a ground speed along a track."""
    track = np.radians(track_deg)
    east, north = speed_mps * np.sin(track), speed_mps * np.cos(track)
    still = speed_mps == 0.0  # what stands still has no track
    return np.where(still, 0.0, east), np.where(still, 0.0, north)


def batch_of(
    states: States, rejections: tuple[Rejection, ...], sensor: int, sensors: SensorTable
) -> FeedBatch:
    """A plot for each state with a position that did not come before."""
    placed = np.isfinite(states.latitude_deg)
    rows = np.flatnonzero(placed & ~states.repeated)
    key = states.key[rows]
    plots = Plots.blank(
        len(rows),
        sensor=np.full(len(rows), sensor),
        measured_ns=states.measured_ns[rows],
        received_ns=states.received_ns[rows],
        pressure_altitude_m=states.pressure_altitude_m[rows],
        latitude_rad=np.radians(states.latitude_deg[rows]),
        longitude_rad=np.radians(states.longitude_deg[rows]),
        altitude_m=states.altitude_m[rows],
        horizontal_sigma_m=states.horizontal_sigma_m[rows],
        velocity_east_mps=states.velocity_east_mps[rows],
        velocity_north_mps=states.velocity_north_mps[rows],
        velocity_up_mps=states.velocity_up_mps[rows],
        mode_3a=states.mode_3a[rows],
        mode_s=np.where((key >= 0) & (key < NOT_ICAO), key, -1),
        callsign=states.callsign[rows],
        position=states.position[rows],
    )
    name = sensors[sensor].name
    named = tuple(
        Rejection(r.reason, r.source, name, r.offset, r.received_ns, r.detail, r.count)
        for r in rejections
    )
    return FeedBatch(
        plots,
        heard=np.full(len(states), sensor, np.int32),
        heard_ns=states.received_ns,
        rejections=named,
        duplicates=int(np.count_nonzero(placed & states.repeated)),
    )


class StateReader(Protocol):
    """What turns one source's frames into states; it remembers what has not ended."""

    def decode(self, frames: Frames) -> tuple[States, tuple[Rejection, ...]]:
        """States that end in these frames, and what was refused."""
        ...


class StatePlots:
    """Reads one source's states into plots; a format says which reader it takes.

    Parameters
    ----------
    sensor_index, sensors
        The source's place in the node's sensors.
    start_ns
        Not needed: every state has a time.
    """

    reader: ClassVar[type[StateReader]]

    def __init__(
        self, sensor_index: int, sensors: SensorTable, *, start_ns: int | None = None
    ) -> None:
        if not 0 <= sensor_index < len(sensors):
            raise ValueError(f"no sensor {sensor_index} in a table of {len(sensors)}")
        self._index, self._sensors = sensor_index, sensors
        self._reader = self.reader()

    def read(self, frames: Frames) -> FeedBatch:
        """Plots of the states that end in these frames."""
        states, rejections = self._reader.decode(frames)
        return batch_of(states, rejections, self._index, self._sensors)
