"""Flight plans as anybody may send them, and a nation's likelihoods as anybody may write them."""

from __future__ import annotations

import math
from collections.abc import Callable

from skypact.identity import refusals
from skypact.identity.likelihoods import likelihoods_from
from skypact.identity.plans import plan as nouns
from skypact.identity.plans.reading import read_plans
from skypact.identity.plans.table import PlanTable

NOW_NS = 1_795_392_000_000_000_000
FIXES = {
    "UCFM": [(0.751, 1.301)],
    "UAAA": [(0.757, 1.345)],
    "TOVLA": [(0.75, 1.31), (-0.4, 2.4)],
    "BHT": [(0.752, 1.302)],
}
NAMED = {name for name in vars(nouns) if isinstance(getattr(nouns, name), type)}
FPL = b"""(FPL-KZR131/A4301-IS
-A320/M-SDFGIRWY/LB1
-UAAA0010
-N0450F340 DCT TOVLA/N0440F320 A123 BHT180010 4230N07430E DCT 43N075E STAY1/0010
C/TOVLA/M078F340F360
-UCFM0045 UAAA
-DOF/261123 CODE/683123 RMK/NIL)"""
ADEXP = b"""-TITLE IFPL -ARCID KZR131 -ADEP UAAA -ADES UCFM -EOBD 261123 -EOBT 0010 -TTLEET 0045
-FLTRUL I -FLTTYP S -ARCTYP A320 -ARCADDR 683123 -SSRCODE A4301
-GEO -GEOID GEO01 -LATTD 423000N -LONGTD 0743000E
-ROUTE N0450F340 DCT TOVLA
-BEGIN RTEPTS
-AD -ADID UAAA -FL F000 -ETO 261123001000
-PT -PTID TOVLA -FL F340 -ETO 261123002000
-PT -PTID GEO01 -FL F340 -ETO 261123003000
-AD -ADID UCFM
-END RTEPTS"""
CSV = b"""callsign,departure,destination,off_block,enroute,route,address,code,flight_type
KZR131,UAAA,UCFM,2026-11-23T00:10:00Z,0045,N0450F340 DCT TOVLA,683123,A4301,S
"""
LIKELIHOODS = b"""
format = 1
[prior]
probability = [0.1, 0.7, 0.1, 0.1]
reason = "r"
[[evidence]]
kind = "corridor"
half_life_s = 30.0
longest_s = 60.0
bound = false
reason = "r"
outcome = [
  { name = "follows", likelihood = [0.5, 0.9, 0.7, 0.4], words = "w", reason = "r" },
  { name = "outside", likelihood = [0.1, 0.05, 0.1, 0.2], words = "w", reason = "r" },
]
"""


def read_text(data: bytes) -> None:
    """Plans are refused by name, or sound: finite, on the earth; a table can be made of them."""
    found = read_plans(data.decode("utf-8", "replace"), NOW_NS, FIXES)
    for rejection in found.rejections:
        if rejection.reason not in NAMED or not rejection.detail:
            raise AssertionError(f"refused without a name: {rejection}")
    for plan in found.plans:
        if not 2 <= len(plan.callsign) <= 7 or not math.isfinite(plan.speed_mps):
            raise AssertionError(f"not sound: {plan}")
        for point in plan.points:
            if abs(point.latitude_rad) > 1.5708 or abs(point.longitude_rad) > 3.1416:
                raise AssertionError(f"not on the earth: {point}")
    PlanTable.of(found.plans)


def read_likelihoods(data: bytes) -> None:
    """A nation's file is refused by name, or whole."""
    try:
        likelihoods_from(data.decode("utf-8", "replace"))
    except refusals.BadLikelihoods:
        return


SEEDS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "flight-plans": (read_text, (FPL, ADEXP, CSV, FPL + b"\n" + FPL)),
    "likelihoods": (read_likelihoods, (LIKELIHOODS,)),
}
"""By name: what to do with an input, and inputs to begin with."""
