"""Truth: where every aircraft of an exercise is at any time, and what it answers.

In: flights placed in time. Out: struct-of-arrays states, WGS-84. Nothing is stepped: a state is
a function of the time alone (``kernels.simulator_truth``), so batches cannot change it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.kernels.simulator_truth import HEIGHT, SEGMENT_COLUMNS, START, flight_states
from skypact.model.time import SECOND_NS
from skypact.simulator.flights import Flight

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class TruthState:
    """States of aircraft; every array has shape (aircraft,).

    Parameters
    ----------
    latitude_rad, longitude_rad, altitude_m
        WGS-84 position and ellipsoidal height; NaN where not alive.
    pressure_altitude_m
        Height above the 1013.25 hPa surface.
    velocity_east_mps, velocity_north_mps, velocity_up_mps
        Over ground, in the tangent plane at the aircraft.
    mode_3a, mode_s
        Codes answered, int32, -1 none.
    callsign
        Dtype ``S8``, empty where none is sent.
    alive
        Whether the aircraft is airborne.
    """

    latitude_rad: Floats
    longitude_rad: Floats
    altitude_m: Floats
    pressure_altitude_m: Floats
    velocity_east_mps: Floats
    velocity_north_mps: Floats
    velocity_up_mps: Floats
    mode_3a: NDArray[np.int32]
    mode_s: NDArray[np.int32]
    callsign: NDArray[np.bytes_]
    alive: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Truth:
    """All flights of an exercise; a flight is one target from its first to its last second.

    Parameters
    ----------
    start_ns
        Exercise second 0, int64 UTC nanoseconds.
    segments
        Rows in time order within a flight, float64, shape (rows, 15); heights ellipsoidal.
    first
        Row where each flight begins, and the end, int64, shape (flights + 1,).
    begin_s, end_s
        When each flight is airborne, exercise seconds, [begin, end).
    mode_3a, mode_s, callsign, adsb
        What each flight answers.
    pressure_offset_m
        Ellipsoidal height less pressure altitude, everywhere alike.
    """

    start_ns: int
    segments: Floats
    first: NDArray[np.int64]
    begin_s: Floats
    end_s: Floats
    mode_3a: NDArray[np.int32]
    mode_s: NDArray[np.int32]
    callsign: NDArray[np.bytes_]
    adsb: NDArray[np.bool_]
    pressure_offset_m: float = 0.0

    def __len__(self) -> int:
        return len(self.begin_s)

    def seconds(self, time_ns: int) -> float:
        """Exercise seconds of a UTC time."""
        return (time_ns - self.start_ns) / SECOND_NS

    def nanoseconds(self, time_s: Floats) -> NDArray[np.int64]:
        """UTC times of exercise seconds, int64 nanoseconds."""
        return self.start_ns + np.rint(time_s * SECOND_NS).astype(np.int64)

    def airborne(self, time_s: float) -> NDArray[np.int64]:
        """Indices of the flights in the air at one time."""
        return np.flatnonzero((self.begin_s <= time_s) & (time_s < self.end_s))

    def state(self, flight: NDArray[np.int64], time_s: Floats) -> TruthState:
        """States of ``flight`` at ``time_s``, both shape (n,); each may have its own time."""
        flight = np.ascontiguousarray(flight, dtype=np.int64)
        time_s = np.ascontiguousarray(time_s, dtype=np.float64)
        columns = np.empty((6, len(flight)))
        flight_states(self.segments, self.first, flight, time_s, *columns)
        alive = (self.begin_s[flight] <= time_s) & (time_s < self.end_s[flight])
        columns[:, ~alive] = np.nan
        latitude, longitude, altitude, east, north, up = columns
        return TruthState(
            latitude_rad=latitude,
            longitude_rad=longitude,
            altitude_m=altitude,
            pressure_altitude_m=altitude - self.pressure_offset_m,
            velocity_east_mps=east,
            velocity_north_mps=north,
            velocity_up_mps=up,
            mode_3a=self.mode_3a[flight],
            mode_s=self.mode_s[flight],
            callsign=self.callsign[flight],
            alive=alive,
        )

    def at(self, time_ns: int) -> TruthState:
        """States of all flights at one UTC time; arrays have shape (flights,)."""
        flights = np.arange(len(self), dtype=np.int64)
        return self.state(flights, np.full(len(self), self.seconds(time_ns)))


def assemble(
    placed: Sequence[tuple[float, Flight]], start_ns: int, pressure_offset_m: float
) -> Truth:
    """Join flights, each with the exercise second at which it begins, to one truth."""
    tables = [np.zeros((0, SEGMENT_COLUMNS))]
    for begin_s, flight in placed:
        rows = flight.segments.copy()
        rows[:, START] += begin_s
        rows[:, HEIGHT] += pressure_offset_m
        tables.append(rows)
    begin = np.array([begin_s for begin_s, _ in placed], dtype=np.float64)
    identities = [flight.identity for _, flight in placed]
    return Truth(
        start_ns=start_ns,
        segments=np.ascontiguousarray(np.concatenate(tables)),
        first=np.cumsum([len(rows) for rows in tables], dtype=np.int64),
        begin_s=begin,
        end_s=begin + np.array([flight.duration_s for _, flight in placed], dtype=np.float64),
        mode_3a=np.array([identity.mode_3a for identity in identities], dtype=np.int32),
        mode_s=np.array([identity.mode_s for identity in identities], dtype=np.int32),
        callsign=np.array([identity.callsign for identity in identities], dtype="S8"),
        adsb=np.array([identity.adsb for identity in identities], dtype=np.bool_),
        pressure_offset_m=pressure_offset_m,
    )


def truth_table(truth: Truth, duration_s: float, period_s: float) -> dict[str, NDArray[Any]]:
    """Columns of TRUTH.parquet: a row per airborne flight and period, in time order.

    Degrees in the file, as its contract says; ``target`` is the flight's index.
    """
    times = np.arange(0.0, duration_s, period_s)
    flights = [truth.airborne(float(time)) for time in times]
    flight = np.concatenate([np.empty(0, np.int64), *flights])
    time_s = np.repeat(times, [len(at) for at in flights])
    state = truth.state(flight, time_s)
    return {
        "target": flight,
        "measured_ns": truth.nanoseconds(time_s),
        "latitude_deg": np.degrees(state.latitude_rad),
        "longitude_deg": np.degrees(state.longitude_rad),
        "altitude_m": state.altitude_m,
        "velocity_east_mps": state.velocity_east_mps,
        "velocity_north_mps": state.velocity_north_mps,
        "velocity_up_mps": state.velocity_up_mps,
        "pressure_altitude_m": state.pressure_altitude_m,
        "mode_3a": state.mode_3a,
        "mode_s": state.mode_s,
    }
