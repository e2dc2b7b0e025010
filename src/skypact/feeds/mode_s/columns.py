"""Columns of Mode S messages: as cut from the stream, as read singly, as followed in order.

In: the outputs of the kernels. Out: :class:`MessageColumns`, and the table for people and files.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.registers import Registers
from skypact.kernels import mode_s_fields
from skypact.kernels.mode_s_encode import KNOT_MPS
from skypact.model.errors import Rejection

FOOT_M = 0.3048
MODE_AC_BYTES = 2
SOURCES = np.array(
    [b"other", b"adsb_icao", b"adsb_other", b"tisb_icao", b"tisb_trackfile", b"tisb_coarse",
     b"adsr_icao", b"adsr_other", b""]
)  # fmt: skip
"""Names of ``mode_s_fields.SOURCE``, the last for -1."""
CATEGORIES = np.array([b""] * 8 + [f"{s}{c}".encode() for s in "DCBA" for c in range(8)] + [b""])
"""Emitter categories by 8 times the type code and the code, the last for -1."""
NUC_P = np.array([-1] * 5 + [9, 8, 7, 6, 9, 8, 7, 6, 5, 4, 3, 2, 1, 0, -1, 9, 8, 0] + [-1] * 9)
"""NUCp by type code; RTCA DO-260, Table 2-11."""


@dataclass(frozen=True, slots=True)
class RawMessages:
    """Messages of a stream, Beast or text; every array has shape (messages,) unless said.

    Parameters
    ----------
    messages
        Bytes, uint8, shape (messages, 14), zeros after ``length``.
    length
        2 (Mode A/C), 7 or 14.
    counter
        The receiver's 48-bit counter of 12 MHz, int64; -1 where the format dates messages itself.
    signal
        Signal level 0-255, uint8, linear in voltage.
    position
        Byte offset of the message in its stream, int64.
    frame
        Index of the frame in which the message ended, int64, never decreasing.
    vouched
        Address that the source names beside the message, int32, -1 none: a reply whose parity
        gives it is believed although no squitter gave it in clear.
    """

    messages: NDArray[np.uint8]
    length: NDArray[np.int64]
    counter: NDArray[np.int64]
    signal: NDArray[np.uint8]
    position: NDArray[np.int64]
    frame: NDArray[np.int64]
    vouched: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.length)


def not_vouched(count: int) -> NDArray[np.int32]:
    """``vouched`` of messages that come without an address beside them."""
    return np.full(count, -1, np.int32)


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
    quality: NDArray[np.int32]

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
            quality=np.empty((count, 6), np.int32),
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
    level_ft: NDArray[np.float64]
    nic: NDArray[np.int32]
    version: NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class MessageColumns:
    """Decoded messages in the order of the stream, one row each.

    Parameters
    ----------
    raw, fields, followed
        The three stages of decoding, rows alike.
    registers
        What registers say: Comm-B replies, target states and status; rows of their own.
    measured_ns, received_ns
        int64 UTC nanoseconds, shape (messages,).
    rejections
        What was refused while the rest went on.
    """

    raw: RawMessages
    fields: Fields
    followed: Followed
    registers: Registers
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
        east, north = velocity[:, 0], velocity[:, 1]
        moving = (east != 0.0) | (north != 0.0)  # what stands still has no direction
        track_deg = np.where(moving, np.mod(np.degrees(np.arctan2(east, north)), 360.0), np.nan)
        register = self.registers.as_table(len(self))
        callsign = np.where(ok, _text(fields.callsign), b"")
        replied = register.pop("callsign")
        return {
            "position": self.raw.position,
            "received_ns": self.received_ns,
            "measured_ns": self.measured_ns,
            "counter": self.raw.counter,
            "signal": self.raw.signal,
            "df": fields.df,
            "crc_ok": ok,
            "repeated": followed.repeated,
            "mode_s": codes(address_of(fields.key)),
            "source": np.where(ok, SOURCES[fields.quality[:, mode_s_fields.SOURCE]], b""),
            "type_code": codes(fields.type_code),
            "latitude_deg": followed.position[:, 0],
            "longitude_deg": followed.position[:, 1],
            "horizontal_sigma_m": followed.position[:, 2],
            "pressure_altitude_ft": numbers(fields.altitude_ft),
            "height_ft": numbers(fields.height_ft),
            "mode_3a": codes(fields.mode_3a),
            "emergency": codes(fields.emergency),
            "callsign": np.where(replied != b"", replied, callsign),
            "ground_speed_kt": numbers(np.hypot(east, north), KNOT_MPS),
            "track_deg": numbers(track_deg),
            "climb_ftmin": numbers(velocity[:, 2], FOOT_M / 60.0),
            "airspeed_kt": numbers(velocity[:, 3], KNOT_MPS),
            "heading_deg": numbers(np.degrees(velocity[:, 4])),
            "nac_p": codes(fields.nac_p),
            **self._quality(ok),
            **register,
            "raw": hexadecimal(self.raw),
        }

    def _quality(self, ok: NDArray[np.bool_]) -> dict[str, NDArray[Any]]:
        """How good an ADS-B message says it is."""
        told = np.where(ok[:, None], self.fields.quality, -1)
        kind, version = self.fields.type_code, self.followed.version
        before = ok & (version < 1) & (self.fields.cpr[:, 0] > 0)  # NUCp came before NIC
        stated = told[:, mode_s_fields.VERSION]
        return {
            "category": CATEGORIES[told[:, mode_s_fields.CATEGORY]],
            "version": np.where(stated >= 0, stated, version).astype(np.int32),
            "nic": self.followed.nic,
            "containment_radius_m": self.followed.position[:, 3],
            "nuc_p": np.where(before, NUC_P[kind], -1).astype(np.int32),
            "nac_v": told[:, mode_s_fields.NAC_V].copy(),
            "sil": told[:, mode_s_fields.SIL].copy(),
        }


def address_of(key: NDArray[np.int32]) -> NDArray[np.int32]:
    """ICAO addresses of keys, -1 where a key is none."""
    address = np.where(key & mode_s_fields.NOT_ICAO, -1, key & 0xFFFFFF)
    return np.where(key < 0, -1, address).astype(np.int32)


def _text(characters: NDArray[np.uint8]) -> NDArray[np.bytes_]:
    """Rows of eight ASCII bytes as dtype ``S8``."""
    return np.ascontiguousarray(characters).view("S8").reshape(-1)


def hexadecimal(raw: RawMessages) -> NDArray[np.bytes_]:
    """Each message's bytes in hexadecimal, dtype ``S28``, shape (messages,)."""
    digits = np.frombuffer(raw.messages.tobytes().hex().encode(), np.uint8).reshape(-1, 28)
    shown = np.arange(28) < 2 * raw.length[:, None]
    return np.where(shown, digits, 0).astype(np.uint8).view("S28").reshape(-1)
