"""Who tells a state: the station that sent it, or one whose word that station only brings.

In: batches as links bring them, claims as they leave. Out: batches with their teller as station,
and claims in words that the other side knows. What a station brings of another party's is kept
apart from what it tells itself: it is another's state of perhaps the same aircraft, with that
other's errors. Such a teller is written ``SOURCE/STATION``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from skypact.model.exchange import NO_REPORTER, PartnerTracks, TrackClaims
from skypact.picture.outlook import PartnerPicture

MOST_BROUGHT = 16
"""Stations whose word one station may bring."""
BETWEEN = "/"
"""No station's code has it."""


def sender_of(teller: str) -> str:
    """The station that a teller's states came from."""
    return teller.rpartition(BETWEEN)[2]


@dataclass(slots=True)
class Tellers:
    """The tellers of each station, as far as they have told anything."""

    refused: Counter[str] = field(default_factory=Counter)
    """States of stations beyond those that one may bring, by the station that sent them."""
    _known: dict[str, list[str]] = field(default_factory=dict)

    def of(self, station: str) -> tuple[str, ...]:
        """The station itself, and whose word it has brought."""
        return (station, *self._known.get(station, ()))

    def apart(self, batch: PartnerTracks, party: str, *, post: bool) -> list[PartnerTracks]:
        """A batch as its tellers'; what has ended is told to all tellers of the station.

        Parameters
        ----------
        batch
            As it came.
        party
            That staffs the station.
        post
            Whether the station is a joint post: it speaks for all.
        """
        station, originator = batch.station, batch.label.originator
        batches = [batch] if post or originator in (party, station) else self._brought(batch)
        if len(batch.ended) or batch.whole is not None:
            rows = slice(0, 0)
            rest = replace(batch, tracks=batch.tracks.take(rows), claims=batch.claims.take(rows))
            there = {one.station for one in batches}
            batches += [
                replace(rest, station=other) for other in self.of(station) if other not in there
            ]
        return batches

    def _brought(self, batch: PartnerTracks) -> list[PartnerTracks]:
        """States of stations whose word this one brings, apart by the station they rest on."""
        bits, stations = batch.claims.contributors, batch.claims.stations
        known = self._known.setdefault(batch.station, [])
        batches = []
        for bit in np.unique(bits).tolist():
            first = (bit & -bit).bit_length() - 1
            source = stations[first] if 0 <= first < len(stations) else batch.label.originator
            teller = f"{source}{BETWEEN}{batch.station}"
            if teller not in known:
                if len(known) >= MOST_BROUGHT:
                    self.refused[batch.station] += int((bits == bit).sum())
                    continue
                known.append(teller)
            rows = bits == bit
            batches.append(
                replace(
                    batch,
                    station=teller,
                    tracks=batch.tracks.take(rows),
                    claims=batch.claims.take(rows),
                )
            )
        return batches

    def folded(self, pictures: Mapping[str, PartnerPicture]) -> dict[str, PartnerPicture]:
        """What the picture says of each station, with what it brought of others."""
        found: dict[str, PartnerPicture] = {}
        for teller in sorted(pictures, key=lambda name: (BETWEEN in name, name)):
            one, station = pictures[teller], sender_of(teller)
            whole = found.get(station)
            if whole is None:
                found[station] = (
                    one if teller == station else replace(one, bias_east_m=None, bias_north_m=None)
                )
                continue
            reasons = {*whole.refused, *one.refused}
            found[station] = replace(
                whole,
                tracks=whole.tracks + one.tracks,
                paired=whole.paired + one.paired,
                unconfirmed=whole.unconfirmed + one.unconfirmed,
                refused={r: whole.refused.get(r, 0) + one.refused.get(r, 0) for r in reasons},
            )
        return found


def reworded(
    claims: TrackClaims, named: Sequence[str], code_of: Callable[[str], str] = sender_of
) -> TrackClaims:
    """Claims whose bits and reporters stand for other codes.

    Parameters
    ----------
    claims
        As they are.
    named
        Codes that bits are to stand for, in this order.
    code_of
        The code that each of the claims' stations becomes; bits of one that is not in ``named``
        are dropped, and so is a reporter.
    """
    bits = np.zeros(len(claims.joint), np.uint64)
    reporter = np.full(len(claims.joint), NO_REPORTER, np.int16)
    place = {code: k for k, code in enumerate(named)}
    for k, station in enumerate(claims.stations[:64]):
        to = place.get(code_of(station))
        if to is None:
            continue
        bits |= ((claims.contributors >> np.uint64(k)) & np.uint64(1)) << np.uint64(to)
        reporter[claims.reporter == k] = to
    return TrackClaims(claims.joint, claims.allotted_ns, reporter, bits, tuple(named))


def without_tellers(claims: TrackClaims) -> TrackClaims:
    """Claims in codes of stations alone, as they go over links."""
    if not any(BETWEEN in station for station in claims.stations):
        return claims
    return reworded(claims, [s for s in claims.stations if BETWEEN not in s])
