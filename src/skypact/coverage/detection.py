"""How likely a radar detects what it has in sight: the radar equation and detection statistics.

In: a radar's public, generic figures and a target's cross-section. Out: signal-to-noise ratio,
probability of detection, range. Radar equation: Skolnik, "Introduction to Radar Systems", 3rd
ed., ch. 2. Detection of N pulses summed after a square-law detector, targets that fluctuate as
Swerling (1954) has it: the sum is a non-central chi-square whose Poisson weights have a gamma
distributed rate, so the weights are negative binomial (Shnidman, IEEE Trans. IT-41, 1995): one
exact series for all cases. Nothing here says what a target is worth or how to act on it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import special, stats

BOLTZMANN = 1.380649e-23
LIGHT_MPS = 299_792_458.0
STANDARD_TEMPERATURE_K = 290.0
SWERLING = (0, 1, 2, 3, 4)


@dataclass(frozen=True, slots=True)
class RadarFigures:
    """A radar as its data sheet has it; generic figures ship under ``coverage/types``.

    Parameters
    ----------
    name
        Of the type.
    peak_power_w, frequency_hz, gain_db, pulse_s
        Transmitter and antenna (the same for both ways).
    noise_temperature_k, losses_db
        Of the whole receiving chain.
    pulses
        Summed in one visit.
    false_alarm
        Probability of a false alarm in one cell and visit.
    beam_low_deg, beam_top_deg, beam_cover_deg
        Full gain from ``beam_low_deg`` to ``beam_top_deg`` of elevation, falling above as a
        cosecant squared to ``beam_cover_deg``, nothing beyond.
    swerling
        How targets fluctuate: 0 not, 1 and 3 from visit to visit, 2 and 4 from pulse to pulse.
    """

    name: str
    peak_power_w: float
    frequency_hz: float
    gain_db: float
    pulse_s: float
    noise_temperature_k: float = STANDARD_TEMPERATURE_K
    losses_db: float = 0.0
    pulses: int = 1
    false_alarm: float = 1e-6
    beam_low_deg: float = -1.0
    beam_top_deg: float = 10.0
    beam_cover_deg: float = 40.0
    swerling: int = 1

    @property
    def wavelength_m(self) -> float:
        """Wavelength in vacuum."""
        return LIGHT_MPS / self.frequency_hz


def decibels(ratio: ArrayLike) -> NDArray[np.float64]:
    """A power ratio in dB; minus infinity for none."""
    with np.errstate(divide="ignore"):
        return np.asarray(10.0 * np.log10(np.asarray(ratio, np.float64)))


def ratio(level_db: ArrayLike) -> NDArray[np.float64]:
    """A level in dB as a power ratio."""
    return np.asarray(10.0 ** (np.asarray(level_db, np.float64) / 10.0))


def strength(radar: RadarFigures, cross_section_m2: float) -> float:
    """Signal-to-noise ratio of one pulse at 1 m, in free space at full gain."""
    gain = float(ratio(radar.gain_db))
    noise = BOLTZMANN * radar.noise_temperature_k / radar.pulse_s
    echo = radar.peak_power_w * gain**2 * radar.wavelength_m**2 * cross_section_m2
    return echo / ((4.0 * math.pi) ** 3 * noise * float(ratio(radar.losses_db)))


def free_space_range_m(radar: RadarFigures, cross_section_m2: float, snr_db: float) -> float:
    """Range at which one pulse has a signal-to-noise ratio, in free space at full gain."""
    return float((strength(radar, cross_section_m2) / ratio(snr_db)) ** 0.25)


class Beam(Protocol):
    """What has a cosecant-squared pattern in elevation."""

    @property
    def beam_low_deg(self) -> float:
        """Where full gain begins."""

    @property
    def beam_top_deg(self) -> float:
        """Where it ends."""

    @property
    def beam_cover_deg(self) -> float:
        """Where all ends."""


def elevation_gain(radar: Beam, elevation_rad: ArrayLike) -> NDArray[np.float64]:
    """One-way gain over the greatest, 0 to 1, of the cosecant-squared pattern."""
    elevation = np.asarray(elevation_rad, np.float64)
    low, top = math.radians(radar.beam_low_deg), math.radians(radar.beam_top_deg)
    sine = np.sin(np.maximum(elevation, top))
    gain = np.where(elevation <= top, 1.0, (math.sin(top) / np.maximum(sine, 1e-9)) ** 2)
    out = (elevation < low) | (elevation > math.radians(radar.beam_cover_deg))
    return np.asarray(np.where(out, 0.0, gain))


def signal_to_noise(
    radar: RadarFigures,
    range_m: ArrayLike,
    cross_section_m2: float,
    elevation_rad: ArrayLike = 0.0,
    extra_loss_db: ArrayLike = 0.0,
) -> NDArray[np.float64]:
    """Signal-to-noise ratio of one pulse; shape of the arguments together.

    ``extra_loss_db`` is two-way, such as diffraction's on both ways.
    """
    distance = np.maximum(np.asarray(range_m, np.float64), 1.0)
    gain = elevation_gain(radar, elevation_rad) ** 2
    return np.asarray(strength(radar, cross_section_m2) * gain / distance**4 / ratio(extra_loss_db))


def threshold(pulses: int, false_alarm: float) -> float:
    """Threshold on the sum of ``pulses`` in units of the noise power."""
    return float(special.gammainccinv(pulses, false_alarm))


def detection_probability(
    snr: ArrayLike, *, pulses: int = 1, false_alarm: float = 1e-6, swerling: int = 1
) -> NDArray[np.float64]:
    """Probability of detection at signal-to-noise ratios of one pulse (power ratio, any shape).

    Raises
    ------
    ValueError
        If ``swerling`` is not 0 to 4, ``pulses`` below 1 or ``false_alarm`` not within (0, 1).
    """
    if swerling not in SWERLING or pulses < 1 or not 0.0 < false_alarm < 1.0:
        raise ValueError(f"swerling {swerling}, pulses {pulses}, false_alarm {false_alarm}")
    level = threshold(pulses, false_alarm)
    given = np.asarray(snr, np.float64)
    flat = np.clip(given.ravel(), 0.0, 1e9)
    if flat.size > TABLE_SIZE:
        # probabilities are smooth in dB: a fine table is as good and a thousand times faster
        table_db = np.linspace(-30.0, 60.0, TABLE_SIZE)
        table = _probability(ratio(table_db), pulses, level, swerling)
        found = np.interp(decibels(np.maximum(flat, 1e-9)), table_db, table)
    else:
        found = _probability(flat, pulses, level, swerling)
    return np.asarray(found.reshape(given.shape))


TABLE_SIZE = 1801


def _probability(
    snr: NDArray[np.float64], pulses: int, level: float, swerling: int
) -> NDArray[np.float64]:
    total = pulses * snr
    if swerling == 0:
        return np.asarray(stats.ncx2.sf(2.0 * level, 2 * pulses, 2.0 * total))
    # shape of the gamma distribution of the summed cross-section
    shape = {1: 1, 2: pulses, 3: 2, 4: 2 * pulses}[swerling]
    found = np.empty(len(snr))
    for k, mean in enumerate(total):
        found[k] = _mixed(float(mean), shape, pulses, level)
    return found


def _mixed(mean: float, shape: int, pulses: int, level: float) -> float:
    """Sum over j of P(j) Q(pulses + j, level), P negative binomial of the given mean and shape.

    Q comes near 1 for j well above the threshold; from there on only the tail's weight counts.
    """
    enough = int(level + 12.0 * math.sqrt(level + 1.0)) + 10
    j = np.arange(enough)
    success = shape / (shape + mean)
    weight = stats.nbinom.pmf(j, shape, success)
    tail = float(stats.nbinom.sf(enough - 1, shape, success))
    return float(weight @ special.gammaincc(pulses + j, level)) + tail
