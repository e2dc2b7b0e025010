"""One seed's trouble among simulated nations, and what must be true of it afterwards.

Also a command: ``python tests/nations_through_trouble.py --seeds 5000`` (``make sim SEEDS=5000``)
plays many seeds, says which failed and why, and ends with 1 if any did.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from simulated_nations import World

TROUBLE_S = 40
"""So long things go wrong; then all links are whole, though never perfect."""

HEALED_S = 60
"""So long the nodes have to agree again."""


@dataclass
class Outcome:
    """What a seed came to."""

    seed: int
    faults: list[str] = field(default_factory=list)
    stations: int = 0
    shared: int = 0
    reports: int = 0
    digest: str = ""


def play(seed: int) -> Outcome:
    """Play one seed."""
    world = World(seed)
    dice = random.Random(seed + 2)
    outcome = Outcome(seed, stations=len(world.nodes))
    written: dict[str, str] = {}
    trace = hashlib.sha256()

    def each_second(second: int) -> None:
        if second % 3 == 0:
            node = dice.choice(list(world.nodes.values()))
            if node.gateway is not None:
                written[node.report(f"report {len(written)}")] = node.code
        for code, node in world.nodes.items():
            if node.picture is not None:
                trace.update(code.encode() + node.picture.tracks.track.tobytes())
                trace.update(node.picture.tracks.latitude_rad.tobytes())

    disturb(world, dice, each_second)
    world.run(HEALED_S, each_second)
    outcome.reports, outcome.digest = len(written), trace.hexdigest()
    world.run(5)  # what was written last arrives
    outcome.faults += sorted(set(world.leaks))
    outcome.faults += lost_or_doubled(world, written)
    outcome.faults += disagreements(world, outcome)
    return outcome


def disturb(world: World, dice: random.Random, each_second: object) -> None:
    """Let one thing after another go wrong."""
    net, codes = world.net, list(world.nodes)
    pairs = [frozenset((a, b)) for a in codes for b in world.partners_of(a)]
    world.run(8, each_second)
    net.loss, net.double = dice.uniform(0.0, 0.25), dice.uniform(0.0, 0.2)
    net.delay_s = (0.005, dice.choice([0.05, 0.3, 1.5]))
    world.run(6, each_second)
    net.parted = set(dice.sample(sorted(set(pairs), key=sorted), dice.randint(1, len(set(pairs)))))
    world.run(dice.randint(4, 10), each_second)
    jumping = world.nodes[dice.choice(codes)]
    jumping.ahead_ns += int(dice.uniform(-0.9, 0.9) * 10**9)
    crashed = world.nodes[dice.choice(codes)]
    crashed.lose_power(dice.randint(0, 10**6))
    world.run(dice.randint(1, 6), each_second)
    crashed.start()
    rest = TROUBLE_S - (world.now_ns // 10**9) % 10**9 % 100
    world.run(max(rest, 3), each_second)
    net.parted, net.loss, net.double, net.delay_s = set(), 0.01, 0.01, (0.005, 0.05)


def lost_or_doubled(world: World, written: dict[str, str]) -> list[str]:
    """Every report stands once at every station it could be told to, and nowhere twice."""
    faults = []
    for code, node in world.nodes.items():
        held = [report.id for report in node.reports()]
        if len(held) != len(set(held)):
            faults.append(f"{code} has a report twice")
        for name, maker in written.items():
            told = maker == code or maker in world.partners_of(code)
            if told and name not in held:
                faults.append(f"{code} lacks a report of {maker}")
            if not told and name in held:
                faults.append(f"{code} has a report of {maker} that nobody sent it")
    return sorted(set(faults))


def disagreements(world: World, outcome: Outcome) -> list[str]:
    """All stations show what they share once, under one number, with one reporter."""
    faults = []
    for aircraft in world.shared():
        known = world.known_as(aircraft)
        outcome.shared += 1
        names = set()
        for code, shown in known.items():
            if sum(shown.values()) != 1:
                faults.append(f"{code} shows aircraft {aircraft} {sum(shown.values())} times")
            names |= set(shown)
        if len(names) > 1:
            faults.append(f"aircraft {aircraft} is {sorted(names)} in {len(known)} pictures")
    return faults


def main() -> int:
    """Play many seeds."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=50)
    parser.add_argument("--first", type=int, default=0)
    asked = parser.parse_args()
    failed = 0
    for seed in range(asked.first, asked.first + asked.seeds):
        outcome = play(seed)
        if outcome.faults:
            failed += 1
            say = [f"seed {seed} ({outcome.stations} stations):", *outcome.faults]
            sys.stdout.write("\n  ".join(say) + "\n")
        elif sys.stderr.isatty():
            sys.stderr.write(f"\rseed {seed} holds")
    sys.stdout.write(f"{asked.seeds - failed} of {asked.seeds} seeds hold\n")
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
