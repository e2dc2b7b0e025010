"""Release by a large agreement: 20 parties, 200 rules, 20 areas; beside Cedar's engine.

A decision is one item and one partner. Items are a made-up picture, each with a position, class,
identity, category and sensors of its own, so that nothing can be remembered from one to the next.
The peer is ``cedarpy`` with the same rules as parsed policies; it is given the areas an item lies
in, and neither heights nor sensors, so its figure flatters it. Figures of the audit log follow,
from ``benchmarks.audit``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from benchmarks.figures import Figure
from skypact.agreement.document import Area, Blur, Document, Heading, Party, Release, Term
from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES, ITEM_KINDS, LabelledItems
from skypact.release import Binding, ReleaseTable, compile_release, decide

PARTIES = tuple(f"P{k:02d}" for k in range(20))
AREAS = tuple(f"area-{k}" for k in range(20))
SENSORS = tuple(f"radar-{k}" for k in range(9))
CATEGORIES = ("AIR", "FORCES", "SITES")
CLASSIFICATIONS = ("open", "official", "secret")
RULES = 200
ITEMS = 100_000
DECISION_BAR_US = 0.2
RATE_BAR = 10e6
COMPILE_BAR_S = 1.0


def run(quick: bool) -> Iterator[Figure]:
    """``--quick``: fewer repetitions and a smaller sample for the peer."""
    random = np.random.default_rng(1)
    document = agreement(random)
    binding = Binding(document, PARTIES, from_ns=0)
    compile_release([binding], PARTIES[0])  # kernels are compiled or loaded here
    runs = 3 if quick else 7
    compile_s = least_s(lambda: compile_release([binding], PARTIES[0]), runs)
    title = f"agreement: compile {RULES} rules of {len(PARTIES)} parties"
    yield Figure(title, compile_s, "s CPU", COMPILE_BAR_S, None, compile_s < COMPILE_BAR_S)
    table = compile_release([binding], PARTIES[0])
    items = picture(table, random, ITEMS)
    others = PARTIES[1:]
    peer_us = cedar_us(document, random, 200 if quick else 2000)
    for words, partners in (("19 partners", others), ("one partner", others[:1])):
        decide(table, items.take(slice(0, 10)), partners, 0)

        def decided(partners: tuple[str, ...] = partners) -> object:
            return decide(table, items, partners, 0)

        each_us = least_s(decided, runs) / (ITEMS * len(partners)) * 1e6
        title = f"agreement: release decision, {words}"
        holds = each_us < DECISION_BAR_US
        yield Figure(title, each_us, "us CPU", DECISION_BAR_US, peer_us, holds)
    area_us = least_s(lambda: table.areas.at(items.latitude_rad, items.longitude_rad), runs)
    title = "agreement: areas of an item, 20 outlines"
    yield Figure(title, area_us / ITEMS * 1e6, "us CPU", None, None, None)
    rate = on_two_cores(table, items, others, runs)
    title = "agreement: decisions on two cores"
    yield Figure(title, rate, "1/s", RATE_BAR, None, rate >= RATE_BAR)
    if importlib.util.find_spec("benchmarks.audit") is not None:
        yield from importlib.import_module("benchmarks.audit").run(quick)


def least_s(work: Callable[[], object], runs: int) -> float:
    """Least CPU time of several runs."""
    best = float("inf")
    for _ in range(runs):
        start = time.process_time()
        work()
        best = min(best, time.process_time() - start)
    return best


def on_two_cores(
    table: ReleaseTable, items: LabelledItems, partners: tuple[str, ...], runs: int
) -> float:
    """Decisions a second by the clock, the items halved between two threads."""
    halves = [items.take(slice(0, ITEMS // 2)), items.take(slice(ITEMS // 2, ITEMS))]
    best = float("inf")
    with ThreadPoolExecutor(2) as pool:
        for _ in range(runs):
            start = time.perf_counter()
            list(pool.map(lambda half: decide(table, half, partners, 0), halves))
            best = min(best, time.perf_counter() - start)
    return ITEMS * len(partners) / best


def agreement(random: np.random.Generator) -> Document:
    """A made-up agreement of many parties."""

    def some(words: tuple[str, ...], most: int, share: float) -> tuple[Any, ...]:
        if random.random() >= share:
            return ()
        count = int(random.integers(1, most + 1))
        return tuple(random.choice(words, count, replace=False).tolist())

    def rule(number: int) -> Release:
        verdict: Any = ("whole", "blurred", "nothing")[random.choice(3, p=[0.5, 0.3, 0.2])]
        return Release(
            id=f"rule-{number}",
            clause="c",
            verdict=verdict,
            originator=some(PARTIES, 6, 1.0),
            to=some(PARTIES, 8, 1.0),
            items=some(ITEM_KINDS, 4, 0.5),
            areas=some(AREAS, 4, 0.5),
            outside=some(AREAS, 2, 0.2),
            aircraft=some(AIRCRAFT_CLASSES, 2, 0.3),
            identities=some(IDENTITIES, 3, 0.3),
            categories=some(CATEGORIES, 2, 0.1),
            up_to=str(random.choice(CLASSIFICATIONS)),
            sensors=some(SENSORS, 5, 0.1),
            min_altitude_m=float(random.integers(0, 9) * 1000) if random.random() < 0.2 else None,
            blur="coarse" if verdict == "blurred" else "",
        )

    return Document(
        agreement=Heading(id="large", title={"en": "Large"}),
        term=Term(clause="c"),
        party=tuple(Party(code=code, name={"en": code}) for code in PARTIES),
        clause=(),
        classifications=CLASSIFICATIONS,
        categories=CATEGORIES,
        area=tuple(area(name, random) for name in AREAS),
        blur=(Blur(id="coarse", grid_m=5000.0),),
        release=tuple(rule(number) for number in range(RULES)),
    )


def area(name: str, random: np.random.Generator) -> Area:
    """A ragged outline of 100 corners, some 100 to 300 km across."""
    turn = np.linspace(0.0, 2.0 * np.pi, 100, endpoint=False)
    out = random.uniform(0.7, 1.3, 100) * random.uniform(0.5, 1.5)
    ring = np.stack(
        [
            random.uniform(68, 80) + out * np.cos(turn) * 1.3,
            random.uniform(38, 44) + out * np.sin(turn),
        ],
        axis=1,
    ).tolist()
    geometry = {"type": "Polygon", "coordinates": [[*ring, ring[0]]]}
    return Area(id=name, name={"en": name}, clause="c", kind="joint", geometry=geometry)


def picture(table: ReleaseTable, random: np.random.Generator, count: int) -> LabelledItems:
    """Own items of every kind over and around the areas."""
    own = table.codes.parties.index(table.party)
    return LabelledItems(
        kind=random.integers(0, len(ITEM_KINDS), count).astype(np.int8),
        originator=np.full(count, own, np.int16),
        came_under=np.full(count, -1, np.int16),
        classification=random.integers(0, 3, count).astype(np.int16),
        categories=random.integers(0, 8, count).astype(np.uint64),
        releasable_to=np.full(count, 2 ** len(PARTIES) - 1, np.uint64),
        aircraft=random.integers(0, 3, count).astype(np.int8),
        identity=random.integers(0, len(IDENTITIES), count).astype(np.int8),
        sources=random.integers(1, 16, count).astype(np.uint64),
        emergency=random.random(count) < 0.01,
        exercise=np.zeros(count, np.bool_),
        latitude_rad=np.radians(random.uniform(36, 46, count)),
        longitude_rad=np.radians(random.uniform(66, 82, count)),
        altitude_m=random.uniform(0, 12_000, count),
        measured_ns=np.zeros(count, np.int64),
    )


def cedar_us(document: Document, random: np.random.Generator, count: int) -> float | None:
    """Microseconds a decision takes Cedar, policies parsed beforehand; None where it is absent."""
    try:
        import cedarpy  # noqa: PLC0415  (a peer: the benchmark runs without it)
    except ImportError:
        print("agreement: no peer, as cedarpy is absent", file=sys.stderr)
        return None
    policies = cedarpy.PolicySet.from_str("\n".join(policy(rule) for rule in document.release))
    entities = cedarpy.Entities.from_json_str("[]")
    requests = [
        {
            "principal": f'Party::"{random.choice(PARTIES[1:])}"',
            "action": 'Action::"release"',
            "resource": 'Item::"one"',
            "context": {
                "originator": PARTIES[0],
                "kind": str(random.choice(ITEM_KINDS)),
                "aircraft": str(random.choice(AIRCRAFT_CLASSES)),
                "identity": str(random.choice(IDENTITIES)),
                "areas": random.choice(AREAS, 1).tolist(),
                "classification": str(random.choice(CLASSIFICATIONS)),
            },
        }
        for _ in range(count)
    ]
    work_s = least_s(lambda: cedarpy.is_authorized_batch(requests, policies, entities), 3)
    return work_s / count * 1e6


def policy(rule: Release) -> str:
    """A rule in Cedar, without heights, categories and sensors."""

    def named(words: tuple[str, ...]) -> str:
        return "[" + ", ".join(f'"{word}"' for word in words) + "]"

    parties = ", ".join(f'Party::"{code}"' for code in rule.to)
    terms = [
        f"[{parties}].contains(principal)",
        f"{named(rule.originator)}.contains(context.originator)",
    ]
    for key, words in (
        ("kind", rule.items),
        ("aircraft", rule.aircraft),
        ("identity", rule.identities),
    ):
        if words:
            terms.append(f"{named(words)}.contains(context.{key})")
    if rule.areas:
        terms.append(f"context.areas.containsAny({named(rule.areas)})")
    if rule.outside:
        terms.append(f"!context.areas.containsAny({named(rule.outside)})")
    if rule.verdict != "nothing":
        reach = CLASSIFICATIONS[: CLASSIFICATIONS.index(rule.up_to) + 1]
        terms.append(f"{named(reach)}.contains(context.classification)")
    effect = "forbid" if rule.verdict == "nothing" else "permit"
    return f"{effect}(principal, action, resource) when {{ {' && '.join(terms)} }};"
