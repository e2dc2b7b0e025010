"""What registers say, one row per reply or squitter that carries one.

In: long messages that are believed, and what was known of their aircraft then. Out:
:class:`Registers`, and columns. The bit map and the rule of each register stand in
:mod:`~skypact.kernels.mode_s_elementary`, ``_enhanced``, ``_weather`` and ``_registers``.
Document: ICAO Doc 9871 (2nd ed.), Appendix A; RTCA DO-260B, 2.2.3.2.7.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.feeds.mode_s.columns import Fields, Followed, RawMessages
from skypact.kernels import mode_s_registers
from skypact.kernels.mode_s_layout import CODES
from skypact.kernels.mode_s_layout import VALUES as WIDTH

VALUES: dict[int, tuple[str, ...]] = {
    10: (
        "continues", "overlay", "acas_works", "subnetwork_version", "enhanced_protocol",
        "specific_services", "uplink_elm", "downlink_elm", "identification_capable",
        "squitter_capable", "si_code_capable", "gicb_changed",
    ),
    17: ("gicb_registers",),
    30: (
        "ra_advisories", "ra_complements", "ra_terminated", "ra_several_threats",
        "ra_threat_kind", "ra_threat_address", "ra_threat_altitude_ft", "ra_threat_range_nm",
        "ra_threat_bearing_deg",
    ),
    40: (
        "selected_altitude_ft", "fms_altitude_ft", "barometric_setting_hpa", "vertical_modes",
        "target_altitude_source",
    ),
    44: (
        "weather_source", "wind_speed_kt", "wind_direction_deg", "air_temperature_c",
        "static_pressure_hpa", "turbulence", "humidity_percent",
    ),
    45: (
        "turbulence", "wind_shear", "microburst", "icing", "wake_vortex", "air_temperature_c",
        "static_pressure_hpa", "radio_height_ft",
    ),
    50: ("roll_deg", "true_track_deg", "reported_ground_speed_kt", "track_rate_degps",
         "true_airspeed_kt"),
    60: ("magnetic_heading_deg", "indicated_airspeed_kt", "mach", "barometric_climb_ftmin",
         "inertial_climb_ftmin"),
    62: (
        "selected_altitude_ft", "selected_altitude_by_fms", "barometric_setting_hpa",
        "selected_heading_deg", "flight_modes", "tcas_works", "nic_baro", "sil_supplement",
    ),
    65: (
        "on_surface", "", "", "", "", "gva", "nic_baro", "sil_supplement", "capabilities",
        "operational_modes", "length_width", "magnetic_reference",
    ),
}  # fmt: skip
"""Names of the values of each register, in the order in which its reader fills them.

Codes stay as the document has them; masks have their first bit highest: ``gicb_registers`` 24
bits from BDS 0,5 to 6,0, ``vertical_modes`` VNAV, altitude hold, approach, ``flight_modes``
autopilot, VNAV, altitude hold, approach, LNAV.
"""

UNITS = ("_ft", "_hpa", "_kt", "_deg", "_c", "_percent", "_ftmin", "_nm", "_degps", "mach")
"""Endings of the names of quantities; the other values are codes."""

NAMES = tuple(dict.fromkeys(name for names in VALUES.values() for name in names if name))

REGISTERED_TYPES = np.isin(np.arange(-1, 32), (28, 29, 31))
"""By type code and 1: extended squitters whose register is read here."""

CANDIDATES = np.array(
    [
        " ".join(str(c) for k, c in enumerate(CODES) if mask >> k & 1)
        for mask in range(1 << len(CODES))
    ],
    dtype="S26",
)


@dataclass(frozen=True, slots=True)
class Registers:
    """Registers read; every array has shape (registers,) unless said.

    Parameters
    ----------
    row
        Index of the message, int64, increasing.
    bds
        Register as two decimal digits, int32 (BDS 4,0 is 40): -1 where none fits, 0 where
        several do. 61, 62 and 65 are named by the squitter.
    candidates
        Bits of ``mode_s_layout.CODES``, int32: the registers that a reply may be.
    values
        float64, shape (registers, 12), as :data:`VALUES` names them; NaN where not given.
    callsign
        ASCII of BDS 2,0, uint8, shape (registers, 8).
    """

    row: NDArray[np.int64]
    bds: NDArray[np.int32]
    candidates: NDArray[np.int32]
    values: NDArray[np.float64]
    callsign: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.row)

    @classmethod
    def read(cls, raw: RawMessages, fields: Fields, followed: Followed) -> Registers:
        """Read the registers of the messages that are believed."""
        carries = (fields.df == 20) | (fields.df == 21) | REGISTERED_TYPES[fields.type_code + 1]
        row = np.flatnonzero(carries & followed.crc_ok)
        count = len(row)
        registers = cls(
            row,
            np.empty(count, np.int32),
            np.empty(count, np.int32),
            np.empty((count, WIDTH)),
            np.empty((count, 8), np.uint8),
        )
        mode_s_registers.read_registers(
            raw.messages,
            row,
            fields.df,
            followed.level_ft,
            followed.velocity,
            registers.bds,
            registers.candidates,
            registers.values,
            registers.callsign,
        )
        return registers

    def as_table(self, count: int) -> dict[str, NDArray[Any]]:
        """Columns for ``count`` messages: ``bds``, ``bds_candidates``, ``callsign``, the values.

        Quantities are float64 (NaN none), codes int32 (-1 none); ``bds_candidates`` names the
        registers, such as ``b"50 60"``, where ``bds`` is 0.
        """
        bds = np.full(count, -1, np.int32)
        bds[self.row] = self.bds
        told = np.zeros(count, "S26")
        told[self.row] = np.where(self.bds == 0, CANDIDATES[self.candidates], b"")
        callsign = np.zeros(count, "S8")
        callsign[self.row] = np.ascontiguousarray(self.callsign).view("S8").reshape(-1)
        columns: dict[str, NDArray[Any]] = {
            "bds": bds,
            "bds_candidates": told,
            "callsign": callsign,
        }
        wide = {name: np.full(count, np.nan) for name in NAMES}
        for code, names in VALUES.items():
            here = np.flatnonzero(self.bds == code)
            for place, name in enumerate(names):
                if name:
                    wide[name][self.row[here]] = self.values[here, place]
        for name, values in wide.items():
            if name.endswith(UNITS):
                columns[name] = values
            else:
                columns[name] = np.where(np.isnan(values), -1, values).astype(np.int32)
        return columns
