"""Columns of Mode S messages: as cut from the stream, as read singly, as followed in order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import mode_s_fields
from skypact.kernels.mode_s_encode import KNOT_MPS
from skypact.model.errors import Rejection

FOOT_M = 0.3048
MODE_AC_BYTES = 2


@dataclass(frozen=True, slots=True)
class RawMessages:
    """Messages of a Beast stream; every array has shape (messages,) unless said.

    Parameters
    ----------
    messages
        Bytes, uint8, shape (messages, 14), zeros after ``length``.
    length
        2 (Mode A/C), 7 or 14.
    counter
        The receiver's 48-bit counter of 12 MHz, int64.
    signal
        Signal level 0-255, uint8, linear in voltage.
    position
        Byte offset of the message in its stream, int64.
    frame
        Index of the frame in which the message ended, int64, never decreasing.
    """

    messages: NDArray[np.uint8]
    length: NDArray[np.int64]
    counter: NDArray[np.int64]
    signal: NDArray[np.uint8]
    position: NDArray[np.int64]
    frame: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.length)


@dataclass(frozen=True, slots=True)
class Fields:
    """What messages say singly: the outputs of ``mode_s_fields.read_fields``, described there."""

    df: NDArray[np.int32]
    overlay: NDArray[np.int32]
    key: NDArray[np.int32]
    type_code: NDArray[np.int32]
    altitude_ft: NDArray[np.float64]
    height_ft: NDArray[np.float64]
    mode_3a: NDArray[np.int32]
    emergency: NDArray[np.int32]
    nac_p: NDArray[np.int32]
    callsign: NDArray[np.uint8]
    velocity: NDArray[np.float64]
    cpr: NDArray[np.int32]

    @classmethod
    def read(cls, raw: RawMessages) -> Fields:
        """Read every message by itself."""
        count = len(raw)
        fields = cls(
            df=np.empty(count, np.int32),
            overlay=np.empty(count, np.int32),
            key=np.empty(count, np.int32),
            type_code=np.empty(count, np.int32),
            altitude_ft=np.empty(count),
            height_ft=np.empty(count),
            mode_3a=np.empty(count, np.int32),
            emergency=np.empty(count, np.int32),
            nac_p=np.empty(count, np.int32),
            callsign=np.empty((count, 8), np.uint8),
            velocity=np.empty((count, 5)),
            cpr=np.empty((count, 4), np.int32),
        )
        outputs = (getattr(fields, name) for name in cls.__slots__)
        mode_s_fields.read_fields(raw.messages, raw.length, *outputs)
        return fields


@dataclass(frozen=True, slots=True)
class Followed:
    """What following messages in order adds; see ``mode_s_follow.follow``."""

    crc_ok: NDArray[np.bool_]
    repeated: NDArray[np.bool_]
    position: NDArray[np.float64]
    mode_3a: NDArray[np.int32]
    velocity: NDArray[np.float64]
    callsign: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class MessageColumns:
    """Decoded messages in the order of the stream, one row each.

    Parameters
    ----------
    raw, fields, followed
        The three stages of decoding, rows alike.
    measured_ns, received_ns
        int64 UTC nanoseconds, shape (messages,).
    rejections
        What was refused while the rest went on.
    """

    raw: RawMessages
    fields: Fields
    followed: Followed
    measured_ns: NDArray[np.int64]
    received_ns: NDArray[np.int64]
    rejections: tuple[Rejection, ...] = ()

    def __len__(self) -> int:
        return len(self.measured_ns)

    def as_table(self) -> dict[str, NDArray[Any]]:
        """Columns for people and files: degrees, feet and knots, as the field speaks.

        Values of messages whose parity does not hold are none: NaN, -1 or ``b""``. Units are
        last in the names; ``raw`` is the message in hexadecimal, dtype ``S28``.
        """
        fields, followed, ok = self.fields, self.followed, self.followed.crc_ok

        def codes(values: NDArray[np.int32]) -> NDArray[np.int32]:
            return np.where(ok, values, -1).astype(np.int32)

        def numbers(values: NDArray[np.float64], unit: float = 1.0) -> NDArray[np.float64]:
            return np.where(ok, values / unit, np.nan)

        velocity = fields.velocity
        address = np.where(fields.key < mode_s_fields.NOT_ICAO, fields.key, -1).astype(np.int32)
        east, north = velocity[:, 0], velocity[:, 1]
        moving = (east != 0.0) | (north != 0.0)  # what stands still has no direction
        track_deg = np.where(moving, np.mod(np.degrees(np.arctan2(east, north)), 360.0), np.nan)
        return {
            "position": self.raw.position,
            "received_ns": self.received_ns,
            "measured_ns": self.measured_ns,
            "counter": self.raw.counter,
            "signal": self.raw.signal,
            "df": fields.df,
            "crc_ok": ok,
            "repeated": followed.repeated,
            "mode_s": codes(address),
            "type_code": codes(fields.type_code),
            "latitude_deg": followed.position[:, 0],
            "longitude_deg": followed.position[:, 1],
            "horizontal_sigma_m": followed.position[:, 2],
            "pressure_altitude_ft": numbers(fields.altitude_ft),
            "height_ft": numbers(fields.height_ft),
            "mode_3a": codes(fields.mode_3a),
            "emergency": codes(fields.emergency),
            "callsign": np.where(ok, _text(fields.callsign), b""),
            "ground_speed_kt": numbers(np.hypot(east, north), KNOT_MPS),
            "track_deg": numbers(track_deg),
            "climb_ftmin": numbers(velocity[:, 2], FOOT_M / 60.0),
            "airspeed_kt": numbers(velocity[:, 3], KNOT_MPS),
            "heading_deg": numbers(np.degrees(velocity[:, 4])),
            "nac_p": codes(fields.nac_p),
            "raw": hexadecimal(self.raw),
        }


def _text(characters: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Rows of eight ASCII bytes as dtype ``S8``."""
    return np.ascontiguousarray(characters).view("S8").reshape(-1)


def hexadecimal(raw: RawMessages) -> NDArray[np.bytes_]:
    """Each message's bytes in hexadecimal, dtype ``S28``, shape (messages,)."""
    digits = np.frombuffer(raw.messages.tobytes().hex().encode(), np.uint8).reshape(-1, 28)
    shown = np.arange(28) < 2 * raw.length[:, None]
    return np.where(shown, digits, 0).astype(np.uint8).view("S28").reshape(-1)
