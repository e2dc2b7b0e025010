"""Registration as a node shows it: one status per sensor, in degrees, None where not known.

In: the picture of :class:`~skypact.registration.Registration`. Out: rows for the sensors' status.
"""

from __future__ import annotations

import math

from skypact.model.registration import RegistrationPicture
from skypact.model.status import RegistrationStatus


def _known(value: float, factor: float = 1.0) -> float | None:
    return value * factor if math.isfinite(value) else None


def registration_status(picture: RegistrationPicture, sensor: int) -> RegistrationStatus:
    """What registration knows of one sensor; an error it cannot have is None with its sigma."""
    errors = picture.errors
    numbers: dict[str, float | None] = {}
    for name, shown, factor in (
        ("range_bias_m", "range_bias_m", 1.0),
        ("range_scale", "range_scale", 1.0),
        ("azimuth_bias_rad", "azimuth_bias_deg", 180.0 / math.pi),
        ("time_offset_s", "time_offset_s", 1.0),
        ("tilt_rad", "tilt_deg", 180.0 / math.pi),
    ):
        sigma = _known(float(getattr(errors, f"{name}_sigma")[sensor]), factor)
        value = _known(float(getattr(errors, name)[sensor]), factor)
        numbers[shown] = None if sigma is None else value
        numbers[f"{shown}_sigma"] = sigma
    return RegistrationStatus(picture.health[sensor], picture.reason[sensor], **numbers)
