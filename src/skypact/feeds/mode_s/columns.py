"""Columns of Mode S messages: as cut from the stream, as read singly, as followed in order."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.kernels import mode_s_fields

FOOT_M = 0.3048
MODE_AC_BYTES = 2


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
    quality: NDArray[np.int8]

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
            quality=np.empty((count, 6), np.int8),
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
    nic: NDArray[np.int8]
    version: NDArray[np.int8]
