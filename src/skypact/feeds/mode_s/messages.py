"""Decoded Mode S messages, and the table of them for people and files.

In: the three stages of decoding (:mod:`~skypact.feeds.mode_s.columns`) and the registers read.
Out: :class:`MessageColumns`. Units of the table are the field's: degrees, feet, knots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.columns import FOOT_M, Fields, Followed, RawMessages
from skypact.feeds.mode_s.registers import Registers
from skypact.kernels import mode_s_fields
from skypact.kernels.mode_s_encode import KNOT_MPS
from skypact.model.errors import Rejection

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
        told = np.where(ok[:, None], self.fields.quality, -1).astype(np.int32)
        kind, version = self.fields.type_code, self.followed.version
        before = ok & (version < 1) & (self.fields.cpr[:, 0] > 0)  # NUCp came before NIC
        stated = told[:, mode_s_fields.VERSION]
        return {
            "category": CATEGORIES[told[:, mode_s_fields.CATEGORY]],
            "version": np.where(stated >= 0, stated, version).astype(np.int32),
            "nic": self.followed.nic.astype(np.int32),
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
