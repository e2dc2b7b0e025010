"""The memory of aircraft heard: arrays for :mod:`skypact.kernels.mode_s_follow`, and their growth.

In: decoded messages in order. Out: which are believed, and positions. Bounded: at most
``LARGEST_SLOTS // 2`` aircraft are remembered at a time; messages of more are counted.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.columns import Fields, Followed, not_vouched
from skypact.kernels import mode_s_follow
from skypact.kernels.mode_s_aircraft import COLUMNS, rehash

FIRST_SLOTS = 1 << 10
LARGEST_SLOTS = 1 << 18
"""A slot takes 224 bytes, so at most 59 MB; the busiest receivers hear a few thousand."""


Table = tuple[NDArray[np.int64], NDArray[np.float64]]
"""``memory`` and ``places``: see :mod:`skypact.kernels.mode_s_aircraft`."""


class AircraftMemory:
    """Aircraft heard lately and what they said.

    Parameters
    ----------
    site
        The receiver's latitude, longitude (degrees) and largest range (m) for the check of
        positions; NaN where it is not known.
    slots
        Size of the table at first, a power of two.
    largest_slots
        Size that it never exceeds.
    """

    def __init__(
        self,
        site: tuple[float, float, float] = (np.nan, np.nan, np.nan),
        *,
        slots: int = FIRST_SLOTS,
        largest_slots: int = LARGEST_SLOTS,
    ) -> None:
        self._site = np.array(site, dtype=np.float64)
        self._largest = largest_slots
        self._book = np.zeros(4, np.int64)
        self._arrays = _free_table(slots)

    def __len__(self) -> int:
        return int(self._book[mode_s_follow.TAKEN])

    @property
    def implausible(self) -> int:
        """Positions refused so far: too far to be the same aircraft's, or out of range."""
        return int(self._book[mode_s_follow.IMPLAUSIBLE])

    @property
    def crowded_out(self) -> int:
        """Messages so far of aircraft for which the table had no room."""
        return int(self._book[mode_s_follow.CROWDED_OUT])

    def follow(
        self,
        fields: Fields,
        measured_ns: NDArray[np.int64],
        vouched: NDArray[np.int32] | None = None,
    ) -> Followed:
        """Take in messages in order of the stream; what is believed and known of each."""
        count = len(measured_ns)
        vouched = not_vouched(count) if vouched is None else vouched
        out = Followed(
            crc_ok=np.zeros(count, np.bool_),
            repeated=np.zeros(count, np.bool_),
            position=np.full((count, 4), np.nan),
            mode_3a=np.full(count, -1, np.int32),
            velocity=np.full((count, 3), np.nan),
            callsign=np.zeros(count, np.int64),
            level_ft=np.full(count, np.nan),
            nic=np.full(count, -1, np.int8),
            version=np.full(count, -1, np.int8),
        )
        done = 0
        while done < count:
            done = mode_s_follow.follow(
                done,
                len(self._arrays[0]) < self._largest,
                self._site,
                measured_ns,
                fields.df,
                fields.overlay,
                fields.key,
                vouched,
                fields.type_code,
                fields.mode_3a,
                fields.nac_p,
                fields.callsign.view(np.int64).reshape(-1),
                fields.altitude_ft,
                fields.velocity,
                fields.cpr,
                fields.quality,
                self._book,
                *self._arrays,
                out.crc_ok,
                out.repeated,
                out.position,
                out.mode_3a,
                out.velocity,
                out.callsign,
                out.level_ft,
                out.nic,
                out.version,
            )
            if done < count:
                larger = _free_table(2 * len(self._arrays[0]))
                rehash(*self._arrays, *larger)
                self._arrays = larger
        return out


def _free_table(slots: int) -> Table:
    return np.full((slots, COLUMNS), -1, np.int64), np.zeros((slots, 5))
