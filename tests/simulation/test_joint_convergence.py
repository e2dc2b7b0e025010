"""Stations that exchange their tracks over bad links come to the same numbers and reporters.

One process, one clock, a made-up sky; links delay, lose and part. Everything follows from the
seed, so that a failure is a seed.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pytest

from joint_pictures import START_NS, Network, Post, Sky, Station, blocks_for
from skypact.model.time import SECOND_NS
from skypact.picture import JointPicture

CODES = ("KG", "RU", "KZ", "UZ", "TJ", "BY")
AIRCRAFT = 24
PARTED_S, LOST_S, HEALED_S, AGREED_S, END_S = 30, 45, 75, 135, 150
"""Links part, are found lost, come back; all must agree a minute later, and stay so."""

LONGEST_S = 15
"""A track that is being handed over has two reporters in two pictures for so long at most."""


@dataclass
class Told:
    """What one station shows of each aircraft that it has a track of, and which it claims."""

    number: dict[int, int] = field(default_factory=dict)
    reporter: dict[int, str] = field(default_factory=dict)
    claims: set[int] = field(default_factory=set)


class Simulation:
    """Stations, a sky and a network out of one seed.

    Aircraft appear before, while and after the links are parted. Each station sees a circle.
    """

    def __init__(self, seed: int, stations: int, post: str = "", mix: int = 0) -> None:
        self.rng = np.random.default_rng(seed)
        self.sky = Sky.of(self.rng, AIRCRAFT, 120e3)
        self.born_s = self.rng.integers(0, HEALED_S + 20, AIRCRAFT)
        self.born_s[: AIRCRAFT // 2] = 0
        self.second = 0
        codes = CODES[:stations]
        blocks, posts = blocks_for(*codes, "KANT"), (post,) if post else ()
        self.stations: dict[str, Station | Post] = {
            code: Station(
                code,
                JointPicture(code, blocks, posts=posts),
                self.circle(),
                turn_s=int(self.rng.integers(2, 13)),
                sigma_m=float(self.rng.uniform(40.0, 200.0)),
                rng=np.random.default_rng((seed, k)),
            )
            for k, code in enumerate(codes)
        }
        if post:
            self.stations[post] = Post(post, JointPicture(post, blocks, posts=posts))
        self.network = Network(np.random.default_rng((seed, 77 + mix)))
        self.links = [(a, b) for a in self.stations for b in self.stations if a != b]
        chance = {code for code in self.stations if self.rng.random() < 0.5}
        half = chance - {codes[-1]} or {codes[0]}
        self.cut = {frozenset((a, b)) for a, b in self.links if (a in half) != (b in half)}
        self.told: list[dict[str, Told]] = []

    def circle(self):  # type: ignore[no-untyped-def]
        centre, radius = self.rng.uniform(-60e3, 60e3, 2), self.rng.uniform(100e3, 180e3)

        def sees(east, north):  # type: ignore[no-untyped-def]
            near = np.hypot(east - centre[0], north - centre[1]) < radius
            return near & (self.born_s <= self.second)

        return sees

    def run(self, end_s: int = END_S) -> None:
        for second in range(end_s):
            self.second = second
            self.network.parted = self.cut if PARTED_S <= second < HEALED_S else set()
            for to, batch in self.network.arrived(second):
                self.stations[to].picture.take(batch)
            if LOST_S <= second < HEALED_S:
                for a, b in map(tuple, self.cut):
                    self.stations[a].picture.lost(b, START_NS + second * SECOND_NS)
                    self.stations[b].picture.lost(a, START_NS + second * SECOND_NS)
            self.step(second)
            for code, to in self.links:
                for batch in self.stations[code].told(to, second):
                    self.network.send(batch, to, second)

    def step(self, second: int) -> None:
        now_ns = START_NS + second * SECOND_NS
        told = {}
        for code, station in self.stations.items():
            own = Post.own()
            if isinstance(station, Station):
                station.look(self.sky, second)
                own = station.own
            station.shown = shown = station.picture.step(own, now_ns)
            number = shown.tracks.track
            assert len(np.unique(number)) == len(shown), "a number stands for two tracks"
            assert shown.own_track[: len(own)].tolist() == own.track.tolist(), "own tracks first"
            assert (shown.own_track[len(own) :] == -1).all()
            assert np.array_equal(
                shown.tracks.last_plot_ns[: len(own)] >= own.last_plot_ns, [True] * len(own)
            )
            told[code] = Told()
            if isinstance(station, Station):
                names = [shown.stations[k] for k in shown.reporter[: len(own)]]
                claims = station.picture.claims(own.track).reporter >= 0
                told[code] = Told(
                    dict(zip(station.aircraft.tolist(), number.tolist(), strict=False)),
                    dict(zip(station.aircraft.tolist(), names, strict=False)),
                    set(station.aircraft[claims].tolist()),
                )
        self.told.append(told)

    def agrees(self, second: int, what: str) -> dict[int, bool]:
        """Whether all stations with a track of it say the same of each aircraft."""
        said: dict[int, set[object]] = {}
        for told in self.told[second].values():
            for aircraft, value in getattr(told, what).items():
                said.setdefault(aircraft, set()).add(value)
        return {aircraft: len(values) == 1 for aircraft, values in said.items()}

    def longest(self, first_s: int, last_s: int, what: str) -> int:
        """Most seconds at a stretch that stations differ about an aircraft."""
        longest, since = 0, dict.fromkeys(range(AIRCRAFT), 0)
        for second in range(first_s, last_s):
            for aircraft, same in self.agrees(second, what).items():
                since[aircraft] = 0 if same else since[aircraft] + 1
                longest = max(longest, since[aircraft])
        return longest


@pytest.mark.parametrize(("seed", "stations"), [(1, 2), (2, 3), (3, 4), (5, 6)])
def test_a_minute_after_the_links_return_all_show_the_same_numbers_and_reporters(
    seed: int, stations: int
) -> None:
    sim = Simulation(seed, stations)
    sim.run()
    assert all(sim.agrees(END_S - 1, "number").values())
    assert sim.longest(AGREED_S, END_S, "number") == 0
    assert sim.longest(AGREED_S, END_S, "reporter") <= LONGEST_S
    assert sim.longest(PARTED_S, HEALED_S, "reporter") > LONGEST_S, "the cut was felt"
    shown = [set(s.shown.tracks.track.tolist()) for s in sim.stations.values() if s.shown]
    assert all(numbers == shown[0] for numbers in shown), "tracks that partners alone tell of too"


@pytest.mark.parametrize(("seed", "stations"), [(6, 3), (21, 4), (22, 5)])
def test_a_joint_post_brings_stations_together_that_have_no_link(seed: int, stations: int) -> None:
    sim = Simulation(seed, stations, post="KANT")
    sim.links = [(a, b) for a, b in sim.links if "KANT" in (a, b)]
    sim.cut = {frozenset((a, b)) for a, b in sim.links if "KG" in (a, b)}
    sim.run()
    assert sim.longest(AGREED_S, END_S, "number") == 0
    assert sim.longest(AGREED_S, END_S, "reporter") <= LONGEST_S
    assert sim.longest(PARTED_S, HEALED_S, "reporter") > LONGEST_S, "the cut was felt"
    shown = [set(s.shown.tracks.track.tolist()) for s in sim.stations.values() if s.shown]
    assert all(numbers == shown[0] for numbers in shown)


def test_a_post_that_is_lost_and_comes_back_leaves_no_track_without_a_reporter() -> None:
    """All stations hear each other, and the post, which is cut off from all of them for a while."""
    sim = Simulation(10, 4, post="KANT")
    sim.cut = {frozenset(link) for link in sim.links if "KANT" in link}
    sim.run()
    silent = dict.fromkeys(range(AIRCRAFT), 0)
    changes = 0
    for second in range(LOST_S - 10, END_S):
        told, before = sim.told[second], sim.told[second - 1]
        for k in {k for one in told.values() for k in one.number}:
            anyone = any(k in one.claims for one in told.values())
            silent[k] = 0 if anyone else silent[k] + 1
            assert silent[k] <= LONGEST_S, f"nobody reports aircraft {k} at second {second}"
        changes += sum(
            told[code].reporter[k] != name
            for code, one in before.items()
            for k, name in one.reporter.items()
            if k in told[code].reporter
        )
    assert sim.longest(AGREED_S, END_S, "reporter") <= LONGEST_S
    assert changes < 4 * AIRCRAFT * 2, "a hand-over or two for each aircraft at each station"


def test_the_same_seed_gives_the_same_pictures_and_other_delays_the_same_end() -> None:
    one, again, mixed = Simulation(7, 3), Simulation(7, 3), Simulation(7, 3, mix=1)
    for sim in (one, again):
        sim.run(60)
    assert one.told == again.told
    mixed.network.loss = 0.2
    mixed.network.delay_s = (0.5, 4.0)
    mixed.run()
    assert mixed.longest(AGREED_S, END_S, "number") == 0
