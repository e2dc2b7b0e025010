"""Mode S messages and Beast bytes from columns: what the simulator puts on the wire.

In: columns of n values (angles rad, WGS-84; heights ft; velocities m/s); one outside what its
field can say is a ValueError. Out: messages, uint8, shape (n, 14), parity filled; short
messages (DF4, DF5, DF11) use the first 7 bytes. Documents: ICAO Annex 10 Volume IV, 3.1.2;
Doc 9871 (2nd ed.), Appendix C; RTCA DO-260B, 2.2.3.2.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from skypact.kernels import mode_s_beast, mode_s_encode

Messages = NDArray[np.uint8]
HALF_PI = np.pi / 2 + 1e-9
COUNTER_BITS = 48


def _column(values: ArrayLike, dtype: Any, count: int) -> NDArray[Any]:
    """A writable C-contiguous copy of ``values``, spread over ``count`` rows."""
    return np.array(np.broadcast_to(np.asarray(values, dtype=dtype), (count,)))


def _begin(icao: ArrayLike) -> tuple[NDArray[np.int64], Messages]:
    addresses = np.array(icao, dtype=np.int64).reshape(-1)
    _bounded(addresses, 0, 0xFFFFFF, "a Mode S address")
    return addresses, np.zeros((len(addresses), 14), np.uint8)


def _bounded(values: NDArray[Any], low: float, high: float, what: str) -> NDArray[Any]:
    """The values, all of which lie within bounds; NaN does not."""
    if len(values) and not (values.min() >= low and values.max() <= high):
        raise ValueError(f"{what} is outside {low:g} to {high:g}")
    return values


def encode_airborne_position(
    icao: ArrayLike,
    latitude_rad: ArrayLike,
    longitude_rad: ArrayLike,
    altitude_ft: ArrayLike,
    odd: ArrayLike,
    *,
    type_code: ArrayLike = 11,
    surveillance_status: int = 0,
) -> Messages:
    """DF17 airborne positions (register 0,5), shape (n, 14); Doc 9871, C.2.3.2.

    Parameters
    ----------
    icao
        24-bit addresses, shape (n,).
    latitude_rad, longitude_rad
        WGS-84, shape (n,); any longitude.
    altitude_ft
        Pressure altitude, or ellipsoidal height with type codes 20-22; -1,200 to 126,700 ft,
        in 25-ft steps to 50,175 ft; NaN or beyond is sent as not available.
    odd
        CPR format, bool, shape (n,) or one for all.
    type_code
        9-18 barometric, 20-22 GNSS height; says the position's quality (11: NIC 8).
    surveillance_status
        0 none, 1 permanent alert, 2 temporary alert, 3 SPI.
    """
    addresses, messages = _begin(icao)
    count = len(addresses)
    mode_s_encode.airborne_position(
        addresses,
        _bounded(_column(latitude_rad, np.float64, count), -HALF_PI, HALF_PI, "latitude_rad"),
        _bounded(_column(longitude_rad, np.float64, count), -1e3, 1e3, "longitude_rad"),
        _column(altitude_ft, np.float64, count),
        _column(odd, np.bool_, count),
        _bounded(_column(type_code, np.int64, count), 9, 22, "type code"),
        surveillance_status,
        messages,
    )
    return messages


def encode_velocity(
    icao: ArrayLike,
    velocity_east_mps: ArrayLike,
    velocity_north_mps: ArrayLike,
    velocity_up_mps: ArrayLike = np.nan,
    *,
    nac_v: int = 2,
) -> Messages:
    """DF17 airborne velocities over ground (register 0,9), shape (n, 14); Doc 9871, C.2.3.5.

    Steps of 1 kt (subtype 1), or 4 kt where a component is above 1,021 kt (subtype 2);
    climb in 64 ft/min. NaN is sent as not available.
    """
    addresses, messages = _begin(icao)
    count = len(addresses)
    mode_s_encode.airborne_velocity(
        addresses,
        _column(velocity_east_mps, np.float64, count),
        _column(velocity_north_mps, np.float64, count),
        _column(velocity_up_mps, np.float64, count),
        nac_v,
        messages,
    )
    return messages


def encode_identification(icao: ArrayLike, callsign: ArrayLike, *, category: int = 0) -> Messages:
    """DF17 aircraft identification (register 0,8), shape (n, 14); Doc 9871, C.2.3.4.

    ``callsign`` is up to eight ASCII characters (dtype ``S8`` or text), shape (n,); what the
    six-bit set has not is sent as a blank. ``category`` 0-7 of emitter set A.
    """
    addresses, messages = _begin(icao)
    text = np.array(np.broadcast_to(np.asarray(callsign).astype("S8"), (len(addresses),)))
    characters = text.view(np.uint8).reshape(len(addresses), 8)
    mode_s_encode.identification(addresses, characters, category, messages)
    return messages


def encode_operational_status(icao: ArrayLike, nac_p: ArrayLike = 9) -> Messages:
    """DF17 airborne operational status, version 2, with NACp (0-11); Doc 9871, C.2.4.5."""
    addresses, messages = _begin(icao)
    column = _bounded(_column(nac_p, np.int64, len(addresses)), 0, 11, "NACp")
    mode_s_encode.operational_status(addresses, column, messages)
    return messages


def encode_all_call(icao: ArrayLike, *, interrogator: int = 0) -> Messages:
    """DF11 acquisition squitters, or all-call replies to an interrogator code; 7 bytes used."""
    addresses, messages = _begin(icao)
    mode_s_encode.all_call(addresses, interrogator, messages)
    return messages


def encode_identity_reply(icao: ArrayLike, mode_3a: ArrayLike) -> Messages:
    """DF5 surveillance replies with the Mode 3/A code (0-4095); 7 bytes used."""
    addresses, messages = _begin(icao)
    column = _bounded(_column(mode_3a, np.int64, len(addresses)), 0, 0o7777, "a Mode 3/A code")
    mode_s_encode.identity_reply(addresses, column, messages)
    return messages


def encode_altitude_reply(icao: ArrayLike, altitude_ft: ArrayLike) -> Messages:
    """DF4 surveillance replies with the pressure altitude in feet; 7 bytes used."""
    addresses, messages = _begin(icao)
    column = _column(altitude_ft, np.float64, len(addresses))
    mode_s_encode.altitude_reply(addresses, column, messages)
    return messages


def message_length(messages: Messages) -> NDArray[np.int64]:
    """7 or 14 bytes by the downlink format's first bit; Annex 10 IV, 3.1.2.3.2.1."""
    return np.where(messages[:, 0] & 0x80, 14, 7).astype(np.int64)


def counter_12mhz(measured_ns: ArrayLike, *, epoch_ns: int = 0) -> NDArray[np.int64]:
    """The receiver's 48-bit counter at times (int64 ns), 0 at ``epoch_ns``; 1/12 us steps."""
    elapsed = np.asarray(measured_ns, dtype=np.int64) - epoch_ns
    whole, rest = np.divmod(elapsed, 1000)  # apart, so that no product overflows
    ticks: NDArray[np.int64] = (whole * 12 + rest * 12 // 1000) & ((1 << COUNTER_BITS) - 1)
    return ticks


def beast_bytes(
    messages: Messages,
    counter: ArrayLike,
    *,
    length: ArrayLike | None = None,
    signal: ArrayLike = 128,
) -> bytes:
    """Join messages into Beast bytes, each 0x1A inside doubled.

    Parameters
    ----------
    messages
        uint8, shape (n, 14).
    counter
        12 MHz counter, int64, shape (n,); see :func:`counter_12mhz`.
    length
        Bytes of each message: 2 (Mode A/C), 7 or 14; by the downlink format if not given.
    signal
        Signal level 0-255, shape (n,) or one for all.
    """
    count = len(messages)
    rows = np.array(messages, dtype=np.uint8).reshape(count, 14)
    lengths = message_length(rows) if length is None else _column(length, np.int64, count)
    if not np.isin(lengths, (2, 7, 14)).all():
        raise ValueError("a Beast message has 2, 7 or 14 bytes")
    out = np.empty(count * 44, np.uint8)
    used = mode_s_beast.join(
        rows, lengths, _column(counter, np.int64, count), _column(signal, np.uint8, count), out
    )
    return out[:used].tobytes()
