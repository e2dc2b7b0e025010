"""Identity of a joint picture of 3,000 tracks, second by second, everything that is looked at.

CPU time a track of one update: all evidence functions over the picture, then weighing and deciding.
Reading plans is a figure of its own: 2,000 messages of ICAO's format, the day of a busy region.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator

import numpy as np

from benchmarks.figures import Figure
from skypact.identity.agreement_of_sensors import Comparison, Consistency
from skypact.identity.conduct import Approaches, Sites, motion_findings
from skypact.identity.likelihoods import default_likelihoods
from skypact.identity.partners import ToldByPartners, partner_findings
from skypact.identity.plans.conformance import plan_findings
from skypact.identity.plans.reading import read_plans
from skypact.identity.plans.table import PlanTable
from skypact.identity.stage import IdentityPicture
from skypact.identity.transponder import (
    AddressList,
    CodeList,
    address_findings,
    code_findings,
    silence_findings,
)
from skypact.identity.whereabouts import (
    AirspaceRules,
    Corridor,
    CorridorTable,
    airspace_findings,
    corridor_findings,
)
from skypact.model.identity import Findings
from skypact.model.joint import JointTracks
from skypact.model.tracks import COVARIANCE, Tracks

TRACKS = 3000
PLANS = 2000
UPDATE_BAR_US = 5.0
NOW_NS = 1_795_392_000_000_000_000
SECOND_NS = 1_000_000_000
SITES, CORRIDORS = 20, 60


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: fewer updates."""
    random = np.random.default_rng(7)
    text = messages()
    start = time.process_time()
    read = read_plans(text, NOW_NS, {})
    plans_us = (time.process_time() - start) / PLANS * 1e6
    assert len(read.plans) == PLANS, read.rejections[:1]
    looks = evidence(random, PlanTable.of(read.plans))
    stage = IdentityPicture(default_likelihoods())
    whole, weighing = [], []
    for second in range(12 if quick else 60):
        now_ns = NOW_NS + 1800 * SECOND_NS + second * SECOND_NS
        joint = picture(now_ns)
        start = time.process_time()
        found = [look(joint, now_ns) for look in looks]
        found_at = time.process_time()
        stage.update(joint, found, now_ns)
        end = time.process_time()
        whole.append(end - start)
        weighing.append(end - found_at)
    whole_us = float(np.median(whole[2:])) / TRACKS * 1e6
    title = "identity: update of a track, all evidence"
    yield Figure(title, whole_us, "us CPU", UPDATE_BAR_US, None, whole_us < UPDATE_BAR_US)
    weighing_us = float(np.median(weighing[2:])) / TRACKS * 1e6
    yield Figure("identity: of it weighing and deciding", weighing_us, "us CPU", None, None, None)
    yield Figure("identity: reading a flight plan", plans_us, "us CPU", None, None, None)


def messages() -> str:
    """Plans of eastbound flights over ten points each, one a callsign."""
    lines = []
    for k in range(PLANS):
        north = 3000 + 3 * (k % 500)
        points = " DCT ".join(
            f"{north // 100:02d}{north % 100 % 60:02d}N{70 + j:03d}00E" for j in range(10)
        )
        lines.append(
            f"(FPL-ABC{k:04d}-IS-A320/M-SDFGIRWY/LB1-UAAA0000-N0450F340 {points}"
            f"-UCFM0200-DOF/261123 CODE/{0x100000 + k:06X})"
        )
    return "\n".join(lines)


def picture(now_ns: int) -> JointTracks:
    """3,000 tracks, two thirds of them with callsign and plan."""
    k = np.arange(TRACKS)
    nan = np.full(TRACKS, math.nan)
    callsign = np.array([f"ABC{i:04d}" if i < PLANS else "" for i in range(TRACKS)], "S8")
    tracks = Tracks(
        track=k + 1,
        measured_ns=np.full(TRACKS, now_ns),
        latitude_rad=np.radians(30.0 + 0.03 * (k % 500)),
        longitude_rad=np.radians(70.0 + 0.003 * k),
        altitude_m=np.full(TRACKS, 10_363.0),
        pressure_altitude_m=np.full(TRACKS, 10_363.0),
        velocity_east_mps=np.full(TRACKS, 230.0),
        velocity_north_mps=np.zeros(TRACKS),
        velocity_up_mps=np.zeros(TRACKS),
        horizontal_sigma_m=np.full(TRACKS, 80.0),
        confirmed=np.ones(TRACKS, bool),
        coasting=np.zeros(TRACKS, bool),
        last_plot_ns=np.full(TRACKS, now_ns - SECOND_NS),
        mode_3a=(k % 4096).astype(np.int32),
        mode_s=(0x100000 + k).astype(np.int32),
        callsign=callsign,
        sensors=np.ones((TRACKS, 1), np.uint64),
        covariance=np.repeat(nan[:, None], COVARIANCE, axis=1),
    )
    return JointTracks.of_own(tracks, "KG")


def evidence(
    random: np.random.Generator, plans: PlanTable
) -> list[Callable[[JointTracks, int], Findings]]:
    """All evidence functions, with what they need."""
    addresses, codes = AddressList("KG", frozenset({"RU"})), CodeList.of()
    places = random.uniform([0.53, 1.2], [0.8, 1.4], (SITES, 2))
    sites = Sites(tuple("abcdefghijklmnopqrst"), places[:, 0], places[:, 1], np.full(SITES, 10e3))
    approaches, consistency = Approaches(sites), Consistency()
    ends = random.uniform([0.53, 1.2], [0.8, 1.4], (CORRIDORS, 5, 2))
    corridors = CorridorTable.of(
        [Corridor(f"A{k}", tuple((b, a) for b, a in one.tolist())) for k, one in enumerate(ends)]
    )
    yes, no = np.ones(TRACKS, bool), np.zeros(TRACKS, bool)
    ground = np.full(TRACKS, 700.0)
    areas = random.integers(0, 4, TRACKS).astype(np.uint64)
    rules = AirspaceRules(region=1, prohibited=0, notice=2)
    noise = Comparison(*random.normal(0.0, 50.0, (2, TRACKS)), np.full(TRACKS, 60.0))
    identity = random.integers(-1, 7, TRACKS).astype(np.int8)

    def partner(joint: JointTracks, now_ns: int) -> Findings:
        told = ToldByPartners(
            identity,
            np.zeros(TRACKS, np.int16),
            np.full(TRACKS, now_ns),
            joint.tracks.latitude_rad,
            joint.tracks.longitude_rad,
            joint.tracks.mode_s,
        )
        return partner_findings(joint, told, np.ones(1))

    return [
        lambda joint, _: address_findings(joint, addresses),
        lambda joint, _: code_findings(joint, codes),
        lambda joint, _: silence_findings(joint, yes, joint.tracks.last_plot_ns),
        lambda joint, now_ns: plan_findings(plans, joint, now_ns, yes),
        lambda joint, _: corridor_findings(joint, corridors, yes),
        lambda joint, _: airspace_findings(joint, rules, areas, no, no),
        lambda joint, _: motion_findings(joint, ground),
        approaches.findings,
        lambda joint, now_ns: consistency.findings(joint, noise, now_ns),
        partner,
    ]
