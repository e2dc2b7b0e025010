"""NIC and the radius of containment of ADS-B positions, by version, and what sigma they give.

Sources: DO-260 Table 2-11 (version 0, NUCp), DO-260A Table 2-14 (version 1), DO-260B Tables
2-14 and 2-15, 2.2.3.2.7.2.6 (version 2); NACp: DO-260B, Table 2-71.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare

MILE_M = 1852.0
CPR_SIGMA_M = 1.5
"""Rounding of a position to CPR's 5-m step."""
RADII_PER_SIGMA = 2.448
"""95 % of a circular normal distribution lie within so many standard deviations."""


def sigma_tables():
    """Standard deviation per axis (m) by NACp (0-11) and by type code (0-31), NaN unknown.

    NACp gives the radius that holds 95 % (DO-260B, Table 2-71); type codes give it through
    NUCp (DO-260, Table 2-11), which transmitters without NACp send.
    """
    radius = np.full((2, 32), np.nan)
    by_nac_p = [10.0, 4.0, 2.0, 1.0, 0.5, 0.3, 0.1, 0.05]
    for nac_p, miles in enumerate(by_nac_p, start=1):
        radius[0, nac_p] = miles * MILE_M
    radius[0, 9:12] = (30.0, 10.0, 3.0)
    by_type = {5: 3.0, 6: 10.0, 7: 92.6, 9: 3.0, 10: 10.0, 11: 92.6, 12: 185.2, 13: 463.0,
               14: 926.0, 15: 1852.0, 16: 9260.0, 17: 18520.0, 20: 4.0, 21: 15.0}
    for type_code, metres in by_type.items():
        radius[1, type_code] = metres
    return np.sqrt((radius / RADII_PER_SIGMA) ** 2 + CPR_SIGMA_M**2)


SIGMA_M = sigma_tables()


def integrity_tables():
    """NIC int64 and radius (m) by version 1 or 2, type code and supplements, each (3, 32, 8).

    Supplements are A + 2 B + 4 C; NIC -1 and radius NaN where the table says nothing.
    """
    nic = np.full((3, 32, 8), -1, np.int64)
    radius = np.full((3, 32, 8), np.nan)

    def say(versions, kinds, supplements, value, metres):
        for version in versions:
            for kind in kinds:
                for supplement in supplements:
                    nic[version, kind, supplement] = value
                    radius[version, kind, supplement] = metres

    both, every = (1, 2), tuple(range(8))
    for kinds, value, metres in (
        ((9, 20, 5), 11, 7.5), ((10, 21, 6), 10, 25.0), ((12,), 7, 0.2 * MILE_M),
        ((14,), 5, MILE_M), ((15,), 4, 2 * MILE_M), ((17,), 1, 20 * MILE_M),
        ((18, 22, 8), 0, np.nan),
    ):
        say(both, kinds, every, value, metres)
    with_a, without_a = (1, 3, 5, 7), (0, 2, 4, 6)
    say(both, (11, 7), without_a, 8, 0.1 * MILE_M)
    say(both, (11, 7), with_a, 9, 75.0)
    say(both, (13,), without_a, 6, 0.5 * MILE_M)
    say(both, (13,), with_a, 6, 0.6 * MILE_M)
    say(both, (16,), without_a, 2, 8 * MILE_M)
    say(both, (16,), with_a, 3, 4 * MILE_M)
    # version 2: A and B in the air, A and C on the ground
    say((2,), (11,), (1, 2, 5, 6), 8, 0.1 * MILE_M)
    say((2,), (13,), (2, 6), 6, 0.3 * MILE_M)
    say((2,), (16,), (1, 2, 5, 6), 2, 8 * MILE_M)
    say((2,), (8,), (5, 7), 7, 0.2 * MILE_M)
    say((2,), (8,), (1, 3), 6, 0.3 * MILE_M)
    say((2,), (8,), (4, 6), 6, 0.6 * MILE_M)
    return nic, radius


NIC, RADIUS_M = integrity_tables()


@bare
def integrity(version: int, kind: int, a_and_c: int, b: int):
    """NIC and radius of containment (m) of a position's type code; -1, NaN before version 1.

    ``a_and_c`` is supplement A and twice C as the status message gave them, ``b`` that of the
    position itself (-1 on the ground).
    """
    if version < 1:
        return -1, np.nan
    supplements = (a_and_c & 1) | (a_and_c & 2) << 1
    if b > 0:
        supplements |= 2
    v = min(version, 2)
    return NIC[v, kind, supplements], RADIUS_M[v, kind, supplements]


@bare
def sigma_of(nac_p: int, radius_m: float, type_code: int) -> float:
    """Standard deviation per axis (m): by NACp if given, else NIC's radius, else type code.

    A containment radius is about twice the radius that holds 95 %, as DO-260's Table 2-11 has
    it for NUCp.
    """
    if nac_p > 0:
        return SIGMA_M[0, nac_p]
    if not math.isnan(radius_m):
        return math.sqrt((0.5 * radius_m / RADII_PER_SIGMA) ** 2 + CPR_SIGMA_M**2)
    return SIGMA_M[1, type_code]
