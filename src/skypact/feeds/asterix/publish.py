"""What a node tells others: its tracks as CAT062, its sensors as CAT063, itself as CAT065.

In: :class:`~skypact.model.tracks.Tracks` and :class:`~skypact.model.status.NodeStatus`. Out:
datagrams of one data block each. Documents: EUROCONTROL SUR.ET1.ST05.2000-STD parts 9 (CAT062),
10 (CAT063) and 15 (CAT065); only items that editions from 1.18, 1.6 and 1.4 on have alike.

What a field cannot hold is left out or, where the standard says that the largest value means
"or more", held at it; a track without a position is not told.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.asterix.encode import encode
from skypact.model.sensors import SensorTable
from skypact.model.status import NodeStatus
from skypact.model.time import DAY_NS, SECOND_NS
from skypact.model.tracks import Tracks

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]

FOOT_M = 0.3048
FLIGHT_LEVEL_M = 30.48
NO_FIELD = -1
SDPS_STATUS, END_OF_BATCH, SERVICE_STATUS = 1, 2, 3
"""I065/000: SDPS status, end of batch, service status report."""

OPERATIONAL, DEGRADED = 0, 1
"""I065/040 NOGO; degraded while no sensor is live."""

SERVICE_DEGRADED = 1
"""I065/050."""

CONNECTED = {"live": 0, "late": 1, "silent": 3}
"""I063/060 CON: operational, degraded, not currently connected."""

GNSS_HEIGHT, RADAR_HEIGHT, MLAT_HEIGHT = 1, 2, 7
"""I062/080 SRC: where the geometric altitude comes from; 0 for none."""

MAX_DATAGRAM_BYTES = 1400
LARGEST = {
    "apc_m": 32767.5,
    "age_s": 63.75,
    "mps": 8191.75,
    "level": 1500.0,
    "climb": 1000.0,
    "height_m": 45_720.0,
}
"""Largest values told in I062/500 APC, 290, 185, 136 (its stated range), 220 (metres a second;
the field would hold 1,040) and 130 (the stated 150,000 ft)."""


def track_messages(
    tracks: Tracks,
    sensors: SensorTable,
    *,
    sac: int,
    sic: int,
    now_ns: int,
    service: int = 1,
    simulated: bool = False,
    ended: Tracks | None = None,
) -> list[bytes]:
    """CAT062 datagrams, one record a track.

    Parameters
    ----------
    tracks
        The picture. A track's number is sent modulo 65,536.
    sensors
        The node's table, for the kinds of the contributing sensors.
    sac, sic
        The sending system.
    now_ns
        Time of the picture, int64 UTC nanoseconds, for the ages of I062/290.
    service
        I062/015.
    simulated
        Whether the tracks are of an exercise (SIM in I062/080).
    ended
        Tracks that are told for the last time (TSE in I062/080).
    """
    blocks = []
    for batch, ends in ((tracks, False), (ended, True)):
        if batch is None:
            continue
        told = batch.take(np.isfinite(batch.latitude_rad) & np.isfinite(batch.longitude_rad))
        if len(told):
            columns = _tracks(told, sensors, now_ns)
            columns |= {
                "I062/010/SAC": sac,
                "I062/010/SIC": sic,
                "I062/015": service,
                "I062/080/SIM": int(simulated),
                "I062/080/TSE": int(ends),
            }
            blocks += encode(62, columns, max_block_bytes=MAX_DATAGRAM_BYTES)
    return blocks


def _tracks(tracks: Tracks, sensors: SensorTable, now_ns: int) -> dict[str, Any]:
    """Fields of CAT062 by name, one row a track."""
    radar, adsb, mlat = (_contributed(tracks, sensors, kind) for kind in ("radar", "adsb", "mlat"))
    age_s = np.clip((now_ns - tracks.last_plot_ns) / SECOND_NS, 0.0, LARGEST["age_s"])
    # one age is known, that of the last plot: whose it was is known where one kind contributes
    sole = radar.astype(np.int64) + adsb + mlat == 1
    mode_s, mode_3a = tracks.mode_s >= 0, tracks.mode_3a >= 0
    level = _within(tracks.pressure_altitude_m / FLIGHT_LEVEL_M, LARGEST["level"])
    geometric = np.isfinite(tracks.altitude_m)
    height_source = np.select(
        [~geometric, adsb, mlat, radar], [0, GNSS_HEIGHT, MLAT_HEIGHT, RADAR_HEIGHT], 0
    )
    sigma_m = np.clip(tracks.horizontal_sigma_m, 0.5, LARGEST["apc_m"])
    climb = _within(tracks.velocity_up_mps, LARGEST["climb"]) / FOOT_M * 60.0
    # both components make one item
    speed = np.maximum(np.abs(tracks.velocity_east_mps), np.abs(tracks.velocity_north_mps))
    moving = speed <= LARGEST["mps"]
    callsign = _sendable(tracks.callsign)
    return {
        "I062/040": tracks.track % 65536,
        "I062/070": (tracks.measured_ns % DAY_NS) / SECOND_NS,
        "I062/105/LAT": np.degrees(tracks.latitude_rad),
        "I062/105/LON": np.degrees(tracks.longitude_rad),
        "I062/185/VX": np.where(moving, tracks.velocity_east_mps, np.nan),
        "I062/185/VY": np.where(moving, tracks.velocity_north_mps, np.nan),
        "I062/060/MODE3A": np.where(mode_3a, tracks.mode_3a, NO_FIELD),
        "I062/245/CHR": callsign,
        "I062/380/ADR": np.where(mode_s, tracks.mode_s, NO_FIELD),
        "I062/380/ID": callsign,
        "I062/080/MON": _contributors(tracks) == 1,
        "I062/080/MRH": geometric & ~np.isfinite(level),
        "I062/080/SRC": height_source,
        "I062/080/CNF": ~tracks.confirmed,
        "I062/080/CST": tracks.coasting,
        "I062/080/PSR": ~radar,
        "I062/080/SSR": ~(radar & mode_3a),
        "I062/080/MDS": ~(radar & mode_s),
        "I062/080/ADS": ~adsb,
        "I062/290/PSR": np.where(sole & radar & ~mode_3a & ~mode_s, age_s, np.nan),
        "I062/290/SSR": np.where(sole & radar & mode_3a & ~mode_s, age_s, np.nan),
        "I062/290/MDS": np.where(sole & radar & mode_s, age_s, np.nan),
        "I062/290/ES": np.where(sole & adsb, age_s, np.nan),
        "I062/290/MLT": np.where(sole & mlat, age_s, np.nan),
        "I062/136": level,
        "I062/130": _within(tracks.altitude_m, LARGEST["height_m"]) / FOOT_M,
        "I062/220": climb,
        "I062/500/APC/X": sigma_m,
        "I062/500/APC/Y": sigma_m,
    }


def _within(values: Floats, largest: float) -> Floats:
    """Values, NaN where the field cannot hold them."""
    return np.where(np.abs(values) <= largest, values, np.nan)


def _sendable(callsign: NDArray[np.bytes_]) -> NDArray[np.bytes_]:
    """Callsigns in capitals, empty where a character is none of ICAO Annex 10 vol. IV, 3.1.2.9."""
    capitals = np.char.upper(callsign).astype("S8")
    characters = np.ascontiguousarray(capitals).view(np.uint8).reshape(len(capitals), 8)
    plain = np.arange(8) >= np.char.str_len(capitals)[:, None]
    plain |= (characters == 32) | ((characters >= 48) & (characters <= 57))
    plain |= (characters >= 65) & (characters <= 90)
    return np.where(plain.all(axis=1), capitals, b"")


def _contributors(tracks: Tracks) -> NDArray[np.int64]:
    """Number of sensors that contributed to each track lately."""
    counted: NDArray[np.int64] = np.bitwise_count(tracks.sensors).sum(axis=1, dtype=np.int64)
    return counted


def _contributed(tracks: Tracks, sensors: SensorTable, kind: str) -> Flags:
    """Whether a sensor of this kind contributed to each track lately."""
    words = np.zeros(tracks.sensors.shape[1], np.uint64)
    for index, sensor in enumerate(sensors):
        if sensor.kind == kind and index // 64 < len(words):
            words[index // 64] |= np.uint64(1 << (index % 64))
    return np.asarray((tracks.sensors & words).any(axis=1))


def service_messages(
    status: NodeStatus, sensors: SensorTable, *, sac: int, sic: int, service: int = 1
) -> list[bytes]:
    """CAT063 and CAT065 datagrams: each sensor's state, the system's own, and the end of the batch.

    Parameters
    ----------
    status
        Of the node at the time of the picture.
    sensors
        The node's table; sensors without SAC and SIC cannot be named and are left out.
    sac, sic
        The sending system.
    service
        I063/015 and I065/015.
    """
    blocks = []
    time_s = (status.now_ns % DAY_NS) / SECOND_NS
    named = [
        (sensor, CONNECTED[told.state])
        for sensor, told in zip(sensors, status.sensors, strict=True)
        if 0 <= sensor.sac <= 255 and 0 <= sensor.sic <= 255
    ]
    if named:
        reports = {
            "I063/010/SAC": sac,
            "I063/010/SIC": sic,
            "I063/015": service,
            "I063/030": time_s,
            "I063/050/SAC": np.array([sensor.sac for sensor, _ in named]),
            "I063/050/SIC": np.array([sensor.sic for sensor, _ in named]),
            "I063/060/CON": np.array([connected for _, connected in named]),
        }
        blocks += encode(63, reports, max_block_bytes=MAX_DATAGRAM_BYTES)
    blocks += _own(status, sac, sic, service, time_s)
    return blocks


def _own(status: NodeStatus, sac: int, sic: int, service: int, time_s: float) -> list[bytes]:
    """CAT065: SDPS status, a service report while a sensor is not live, end of batch."""
    degraded = any(sensor.state != "live" for sensor in status.sensors)
    kinds = [SDPS_STATUS, *[SERVICE_STATUS] * degraded, END_OF_BATCH]
    batch = status.now_ns // SECOND_NS % 256
    live = any(sensor.state == "live" for sensor in status.sensors) or not status.sensors

    def told(kind: int, value: int) -> NDArray[np.int64]:
        return np.array([value if each == kind else NO_FIELD for each in kinds])

    columns = {
        "I065/010/SAC": sac,
        "I065/010/SIC": sic,
        "I065/000": np.array(kinds),
        "I065/015": np.array([NO_FIELD if k == SDPS_STATUS else service for k in kinds]),
        "I065/030": time_s,
        "I065/020": told(END_OF_BATCH, batch),
        "I065/040/NOGO": told(SDPS_STATUS, OPERATIONAL if live else DEGRADED),
        "I065/050": told(SERVICE_STATUS, SERVICE_DEGRADED),
    }
    return encode(65, columns, max_block_bytes=MAX_DATAGRAM_BYTES)
