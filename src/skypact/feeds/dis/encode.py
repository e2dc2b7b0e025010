"""System tracks to DIS Entity State PDUs, for simulators and trainers beside us.

In: a batch of tracks. Out: a PDU a track. Document: IEEE 1278.1-2012, 7.2.2; axes and Euler angles
1.6.3: about z (psi), then y (theta), then x (phi), from the world's axes to the body's.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.dis import layout
from skypact.geodesy import geodetic_to_ecef
from skypact.model.errors import UsageError
from skypact.model.tracks import Tracks

ENTITIES = 65_534
"""Entity numbers 1 to 65534 of one application; 0 and 65535 are taken (6.2.28)."""

Floats = NDArray[np.float64]


def local_axes(latitude: Floats, longitude: Floats) -> Floats:
    """East, north and up as ECEF unit vectors, shape (n, 3, 3), one a row."""
    sp, cp, sl, cl = np.sin(latitude), np.cos(latitude), np.sin(longitude), np.cos(longitude)
    zero = np.zeros_like(sp)
    east = np.stack([-sl, cl, zero], axis=1)
    north = np.stack([-sp * cl, -sp * sl, cp], axis=1)
    up = np.stack([cp * cl, cp * sl, sp], axis=1)
    return np.stack([east, north, up], axis=1)


def euler_angles(forward: Floats, down: Floats) -> Floats:
    """Psi, theta, phi of bodies whose nose and belly point so (ECEF unit vectors, (n, 3))."""
    right = np.cross(down, forward)
    psi = np.arctan2(forward[:, 1], forward[:, 0])
    theta = -np.arcsin(np.clip(forward[:, 2], -1.0, 1.0))
    phi = np.arctan2(right[:, 2], down[:, 2])
    return np.stack([psi, theta, phi], axis=1)


def entity_states(
    tracks: Tracks,
    *,
    exercise_id: int,
    site: int = 1,
    application: int = 1,
    force: int = 0,
    absolute: bool = True,
) -> list[bytes]:
    """An Entity State PDU for each track, in order.

    Parameters
    ----------
    tracks
        What to tell; a track without geometric height flies at its pressure altitude, without
        any at zero, for DIS has no way to leave it out.
    exercise_id
        1 to 255 (6.2.34); it keeps exercises apart on one network.
    site, application
        Who sends. Track numbers beyond 65534 go on in the next applications.
    force
        0 other, 1 friendly, 2 opposing, 3 neutral (7.2.2).
    absolute
        Whether our clock is synchronised to UTC.

    Raises
    ------
    UsageError
        If a number does not fit its field.
    """
    numbers = tracks.track % ENTITIES + 1
    applications = application + tracks.track // ENTITIES
    fits = 1 <= exercise_id <= 255 and 0 <= site < 1 << 16 and 0 <= force <= 255
    if len(tracks) and (tracks.track.min() < 0 or applications.max() >= (1 << 16) - 1):
        fits = False
    if not fits or not np.isfinite([tracks.latitude_rad, tracks.longitude_rad]).all():
        raise UsageError("an exercise, site, force, track number or position that DIS cannot hold")
    height = np.where(np.isnan(tracks.altitude_m), tracks.pressure_altitude_m, tracks.altitude_m)
    height = np.nan_to_num(height, nan=0.0)
    axes = local_axes(tracks.latitude_rad, tracks.longitude_rad)
    local = np.stack(
        [tracks.velocity_east_mps, tracks.velocity_north_mps, tracks.velocity_up_mps], axis=1
    )
    velocity = np.einsum("ni,nij->nj", np.nan_to_num(local, nan=0.0), axes)
    pdu = np.zeros(len(tracks), layout.ENTITY_STATE)
    header, kind = pdu["header"], pdu["type"]
    header["version"], header["exercise"] = 7, exercise_id
    header["pdu_type"], header["family"] = layout.ENTITY_STATE_TYPE, layout.FAMILY_ENTITY
    header["timestamp"] = layout.timestamp_of(tracks.measured_ns, absolute=absolute)
    header["length"] = layout.ENTITY_STATE.itemsize
    pdu["site"], pdu["application"], pdu["entity"], pdu["force"] = (
        site,
        applications,
        numbers,
        force,
    )
    kind["kind"], kind["domain"] = layout.KIND_PLATFORM, layout.DOMAIN_AIR
    pdu["velocity_mps"] = velocity
    pdu["location_m"] = np.stack(
        geodetic_to_ecef(tracks.latitude_rad, tracks.longitude_rad, height), axis=1
    )
    pdu["orientation_rad"] = euler_angles(_nose(velocity, axes), -axes[:, 2])
    pdu["dead_reckoning"] = layout.DEAD_RECKONING_FPW
    pdu["marking_set"] = layout.ASCII
    marking = tracks.callsign.astype("S11")
    pdu["marking"] = np.frombuffer(marking.tobytes(), np.uint8).reshape(-1, 11)
    content = pdu.tobytes()
    size = layout.ENTITY_STATE.itemsize
    return [content[k : k + size] for k in range(0, len(content), size)]


def _nose(velocity: Floats, axes: Floats) -> Floats:
    """Level unit vector along the flight; north where it stands still."""
    up = axes[:, 2]
    level = velocity - np.sum(velocity * up, axis=1, keepdims=True) * up
    speed = np.linalg.norm(level, axis=1, keepdims=True)
    nose: Floats = np.where(speed > 0.1, level / np.maximum(speed, 0.1), axes[:, 1])
    return nose
