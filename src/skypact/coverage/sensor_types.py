"""Sensor types: generic, public figures of classes of sensors, as TOML data files.

In: the name of a type that ships under ``types`` or a TOML file. Out: its figures, and how likely
it detects at a range and elevation in sight as tables the kernels look up. A radar's chance
follows from the radar equation and detection statistics (:mod:`skypact.coverage.detection`); an
ADS-B receiver's from a one-way link budget (free-space loss, ITU-R P.525), messages a second and
the share of them that is not garbled.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special

from skypact.coverage.detection import (
    LIGHT_MPS,
    SWERLING,
    RadarFigures,
    decibels,
    detection_probability,
    elevation_gain,
    ratio,
    strength,
)
from skypact.model.errors import BadInput

TYPES = Path(__file__).parent / "types"
KINDS = ("radar", "adsb")
NOTHING_DB = -400.0
"""Level of what the antenna does not look at."""

ELEVATION_LOW_DEG, ELEVATION_STEP_DEG = -20.0, 0.05
ELEVATIONS = 2201
LEVEL_STEP_DB = 0.05
LEVELS = 1801
READ_AT_LEVEL = 0.9
"""Share of messages read at a receiver's level (minimum trigger level, RTCA DO-260B)."""


@dataclass(frozen=True, slots=True)
class ReceiverFigures:
    """A receiver of what aircraft send.

    Parameters
    ----------
    transmitted_w, frequency_hz
        At the aircraft's antenna.
    gain_db, losses_db
        Of the receiver's antenna and cable.
    level_dbm
        Level at which nine messages in ten are read.
    spread_db
        Standard deviation of the level over an aircraft's attitudes.
    messages_per_s, clear_share
        Sent, and not garbled by others.
    beam_low_deg, beam_top_deg, beam_cover_deg
        As a radar's.
    """

    transmitted_w: float
    frequency_hz: float
    gain_db: float
    losses_db: float
    level_dbm: float
    spread_db: float
    messages_per_s: float
    clear_share: float
    beam_low_deg: float = -10.0
    beam_top_deg: float = 60.0
    beam_cover_deg: float = 85.0


@dataclass(frozen=True, slots=True)
class SensorType:
    """A class of sensors.

    Parameters
    ----------
    name, title
        Of the file, and for people.
    kind
        ``radar`` or ``adsb``.
    figures
        What its chance follows from.
    rotation_s, range_sigma_m, azimuth_sigma_rad, position_sigma_m, max_range_m
        As :class:`~skypact.model.sensors.Sensor`'s, NaN where the type has none.
    """

    name: str
    title: str
    kind: str
    figures: RadarFigures | ReceiverFigures
    rotation_s: float
    range_sigma_m: float
    azimuth_sigma_rad: float
    position_sigma_m: float
    max_range_m: float


@dataclass(frozen=True, slots=True)
class ChanceTables:
    """How likely a sensor detects, for kernels.

    The level at range R (m) and an elevation is ``strength_db - decade_db log10 R + gain``.

    Parameters
    ----------
    strength_db, decade_db
        Level at 1 m at full gain; loss for each tenfold of range.
    gain_db
        float64 (2201,): by elevation, -20 degrees on by 0.05; what counts for the whole way.
    low_db
        Level of the first chance.
    chance
        float64 (1801,): by level, every 0.05 dB.
    """

    strength_db: float
    decade_db: float
    gain_db: NDArray[np.float64]
    low_db: float
    chance: NDArray[np.float64]

    def at(
        self, range_m: ArrayLike, elevation_rad: ArrayLike, loss_db: ArrayLike = 0.0
    ) -> NDArray[np.float64]:
        """Probability of detection, shape of the arguments together.

        ``loss_db`` is beyond free space, for the whole way.
        """
        elevation = (np.degrees(elevation_rad) - ELEVATION_LOW_DEG) / ELEVATION_STEP_DEG
        gain = np.interp(elevation, np.arange(ELEVATIONS), self.gain_db)
        distance = np.maximum(np.asarray(range_m, np.float64), 1.0)
        level = self.strength_db - self.decade_db * np.log10(distance) + gain
        level = level - np.asarray(loss_db, np.float64)
        place = (level - self.low_db) / LEVEL_STEP_DB
        found = np.interp(place, np.arange(LEVELS), self.chance)
        return np.asarray(np.where(place < 0.0, 0.0, found))


def type_names() -> list[str]:
    """Names of the types that ship."""
    return sorted(file.stem for file in TYPES.glob("*.toml"))


def read_type(name: str, folder: Path | None = None) -> SensorType:
    """A type that ships, or one's own: ``name`` then ends in .toml, from ``folder`` on.

    Raises
    ------
    BadInput
        If there is none of that name, or with what is wrong in its file.
    """
    if name.endswith(".toml"):
        file = (folder or Path()) / name
    elif name in type_names():
        file = TYPES / f"{name}.toml"
    else:
        raise BadInput(
            f"no sensor type {name!r}",
            remedy=f"There are {', '.join(type_names())}; or name a TOML file",
        )
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise BadInput(f"cannot be read: {error}", where=str(file)) from None
    return _type_of(content, file)


def _type_of(content: dict[str, Any], file: Path) -> SensorType:
    kind = content.get("kind")
    if kind not in KINDS:
        raise BadInput(f"kind = {kind!r} is not one of {', '.join(KINDS)}", where=str(file))
    known = {"title", "kind", "radar", "receiver", "rotation_s", "range_sigma_m"}
    known |= {"azimuth_sigma_deg", "position_sigma_m", "max_range_m"}
    unknown = sorted(content.keys() - known)
    if unknown:
        raise BadInput(f"unknown settings {unknown}", where=str(file))
    part = "radar" if kind == "radar" else "receiver"
    figures = _figures(content.get(part), part, file)
    numbers = {
        key: _number(content, key, math.nan, str(file))
        for key in ("rotation_s", "range_sigma_m", "azimuth_sigma_deg", "position_sigma_m")
    }
    reach_m = _number(content, "max_range_m", 470e3, str(file))
    for key, value in (*numbers.items(), ("max_range_m", reach_m)):
        if value <= 0.0:
            raise BadInput(f"{key} is not above 0", where=str(file))
    return SensorType(
        file.stem,
        str(content.get("title", file.stem)),
        kind,
        figures,
        numbers["rotation_s"],
        numbers["range_sigma_m"],
        math.radians(numbers["azimuth_sigma_deg"]),
        numbers["position_sigma_m"],
        reach_m,
    )


def _figures(row: Any, part: str, file: Path) -> RadarFigures | ReceiverFigures:
    where = f"{file}: {part}"
    if not isinstance(row, dict):
        raise BadInput(f"has no [{part}]", where=str(file))
    made = RadarFigures if part == "radar" else ReceiverFigures
    names = {field.name for field in fields(made)} - {"name"}
    unknown = sorted(row.keys() - names)
    if unknown:
        raise BadInput(f"unknown settings {unknown}", where=where)
    values: dict[str, Any] = {key: _number(row, key, math.nan, where) for key in row}
    for key in ("pulses", "swerling"):
        if key in values:
            if not values[key].is_integer():
                raise BadInput(f"{key} is no whole number", where=where)
            values[key] = int(values[key])
    try:
        figures = RadarFigures(file.stem, **values) if made is RadarFigures else made(**values)
    except TypeError as error:
        raise BadInput(str(error).partition("__init__() ")[2] or str(error), where=where) from None
    _check(figures, where)
    return figures


def _check(figures: Any, where: str) -> None:
    above = ("peak_power_w", "transmitted_w", "frequency_hz", "pulse_s", "noise_temperature_k")
    wrong = [
        f"{key} is not above 0"
        for key in (*above, "spread_db", "messages_per_s")
        if getattr(figures, key, 1.0) <= 0.0
    ]
    if not figures.beam_low_deg < figures.beam_top_deg <= figures.beam_cover_deg <= 90.0:
        wrong.append("beam_low_deg, beam_top_deg, beam_cover_deg do not ascend to 90 at most")
    if isinstance(figures, RadarFigures):
        if figures.pulses < 1 or figures.swerling not in SWERLING:
            wrong.append("pulses is below 1 or swerling not 0 to 4")
        if not 0.0 < figures.false_alarm < 1.0:
            wrong.append("false_alarm is not in (0, 1)")
    elif not 0.0 < figures.clear_share <= 1.0:
        wrong.append("clear_share is not in (0, 1]")
    if wrong:
        raise BadInput("; ".join(wrong), where=where)


def _number(row: dict[str, Any], key: str, default: float, where: str) -> float:
    value = row.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or math.isinf(value):
        raise BadInput(f"{key} = {value!r} is not a finite number", where=where)
    return float(value)


def chance_tables(kind: SensorType, cross_section_m2: float, interval_s: float) -> ChanceTables:
    """Tables of a type: a radar's chance in one visit, a receiver's within ``interval_s``."""
    elevation = np.radians(ELEVATION_LOW_DEG + ELEVATION_STEP_DEG * np.arange(ELEVATIONS))
    gain = np.maximum(decibels(elevation_gain(kind.figures, elevation)), NOTHING_DB)
    steps = LEVEL_STEP_DB * np.arange(LEVELS)
    if isinstance(kind.figures, RadarFigures):
        radar = kind.figures
        chance = detection_probability(
            ratio(steps - 30.0),
            pulses=radar.pulses,
            false_alarm=radar.false_alarm,
            swerling=radar.swerling,
        )
        level = float(decibels(strength(radar, cross_section_m2)))
        return ChanceTables(level, 40.0, 2.0 * gain, -30.0, chance)
    receiver = kind.figures
    wavelength_m = LIGHT_MPS / receiver.frequency_hz
    level = float(decibels(receiver.transmitted_w * 1e3 * (wavelength_m / (4.0 * math.pi)) ** 2))
    level += receiver.gain_db - receiver.losses_db
    low_db = receiver.level_dbm - 45.0
    margin = (low_db + steps - receiver.level_dbm) / receiver.spread_db
    read = receiver.clear_share * special.ndtr(margin + special.ndtri(READ_AT_LEVEL))
    chance = 1.0 - (1.0 - read) ** (receiver.messages_per_s * interval_s)
    return ChanceTables(level, 20.0, gain, low_db, np.asarray(chance))


def farthest_m(tables: ChanceTables, chance: float) -> float:
    """Range to which a sensor detects with at least ``chance`` at full gain, whatever stands."""
    enough = np.flatnonzero(tables.chance >= chance)
    if not len(enough):
        return 0.0
    level = tables.low_db + LEVEL_STEP_DB * float(enough[0])
    return float(10.0 ** ((tables.strength_db - level) / tables.decade_db))
