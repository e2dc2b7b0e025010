"""System tracks to Cursor on Target events.

In: a batch of tracks. Out: an XML document a track. Document: Event.xsd 2.0 (MITRE, 2003); types
after MIL-STD-2525: an atom (a), its identity, the battle dimension air (A).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from types import MappingProxyType
from xml.sax.saxutils import quoteattr

import numpy as np

from skypact.feeds.moments import moment_text
from skypact.model.errors import UsageError
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks

TYPES: Mapping[str, str] = MappingProxyType({
    "pending": "a-p-A",
    "unknown": "a-u-A",
    "assumed friend": "a-a-A",
    "friend": "a-f-A",
    "neutral": "a-n-A",
    "suspect": "a-s-A",
    "hostile": "a-h-A",
})  # fmt: skip
"""Type by identity (the seven of STANAG 1241)."""

UNKNOWN = "9999999.0"


def _attribute(text: str) -> str:
    """Quoted, escaped, and without the characters that XML 1.0 forbids."""
    return quoteattr("".join(c if c.isprintable() else "?" for c in text))


def cot_events(
    tracks: Tracks,
    *,
    prefix: str = "skypact",
    identities: Sequence[str] | None = None,
    types: Mapping[str, str] = TYPES,
    stale_ns: int = 30 * SECOND_NS,
) -> list[bytes]:
    """An event for each track, in order.

    Parameters
    ----------
    tracks
        What to tell.
    prefix
        Begin of each uid; the node's name keeps two nodes' tracks apart.
    identities
        One of ``types`` a track; none: all unknown.
    types
        Type by identity.
    stale_ns
        How long an event is valid.

    Raises
    ------
    UsageError
        If there are not as many identities as tracks, or one has no type.
    """
    named = ["unknown"] * len(tracks) if identities is None else list(identities)
    strange = sorted(set(named) - types.keys())
    if len(named) != len(tracks) or strange:
        raise UsageError(f"{len(named)} identities for {len(tracks)} tracks, unknown: {strange}")
    latitude, longitude = np.degrees(tracks.latitude_rad), np.degrees(tracks.longitude_rad)
    course = np.degrees(np.arctan2(tracks.velocity_east_mps, tracks.velocity_north_mps)) % 360.0
    speed = np.hypot(tracks.velocity_east_mps, tracks.velocity_north_mps)
    return [
        _event(
            tracks,
            row,
            f"{prefix}.{tracks.track[row]}",
            types[named[row]],
            stale_ns,
            (latitude[row], longitude[row], course[row], speed[row]),
        )
        for row in range(len(tracks))
    ]


def _event(
    tracks: Tracks,
    row: int,
    uid: str,
    kind: str,
    stale_ns: int,
    motion: tuple[float, float, float, float],
) -> bytes:
    latitude, longitude, course, speed = motion
    when = int(tracks.measured_ns[row])
    altitude, sigma = float(tracks.altitude_m[row]), float(tracks.horizontal_sigma_m[row])
    hae = f"{altitude:.1f}" if np.isfinite(altitude) else UNKNOWN
    error = f"{sigma:.1f}" if np.isfinite(sigma) else UNKNOWN
    name = tracks.callsign[row].decode("ascii", "replace") or f"T{tracks.track[row]}"
    track = f'<track course="{course:.2f}" speed="{speed:.2f}"/>' if np.isfinite(speed) else ""
    made = moment_text(when)
    text = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<event version="2.0" uid={_attribute(uid)} type={_attribute(kind)} how="m-f"'
        f' time="{made}" start="{made}" stale="{moment_text(when + stale_ns)}">'
        f'<point lat="{latitude:.8f}" lon="{longitude:.8f}" hae="{hae}" ce="{error}"'
        f' le="{UNKNOWN}"/>'
        f"<detail><contact callsign={_attribute(name)}/>{track}</detail></event>\n"
    )
    return text.encode()
