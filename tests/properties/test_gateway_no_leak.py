"""What arrives at a partner is what the plain reading of the agreement gives it, and no more.

Three parties and a joint post with made-up rules exchange over sealed links; every row that
arrives is held against ``release.considering``, which knows nothing of tables, gates and links.
"""

import math

import numpy as np
from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from gateways_in_process import InProcess, World, numbered_pact, numbers
from pacts_made_up import flying, rule
from skypact.agreement.document import Document
from skypact.model.exchange import PartnerTracks
from skypact.model.tracks import Tracks
from skypact.node.exchange_settings import Marking
from skypact.release.considering import explain
from skypact.release.item import Item
from skypact.release.terms import as_if_in_force

PARTIES = ("EA", "SO", "WE")
CODES = {"EA": "EA", "WE": "WE", "SO": "SO", "POST": "EA"}
STATIONS = (
    numbers("EA", "EA", 10_000),
    numbers("WE", "WE", 20_000),
    numbers("SO", "SO", 30_000),
    numbers("POST", "EA", 40_000, post=True),
)
OWN = flying(
    6,
    altitude_m=[2000.0, 5000.0, 9000.0, 12000.0, math.nan, 9000.0],
    pressure_altitude_m=[2000.0, 5000.0, 9000.0, 12000.0, math.nan, math.nan],
    mode_3a=[0o1000, 0o7700, 0o1001, 0o7500, 0o1002, -1],
)

some = st.sets(st.sampled_from(PARTIES), min_size=1).map(lambda codes: tuple(sorted(codes)))
rules = st.builds(
    lambda verdict, to, by, words: (verdict, {"to": to, "originator": by} | words),
    st.sampled_from(("whole", "whole", "blurred", "nothing")),
    some,
    some,
    st.fixed_dictionaries(
        {},
        optional={
            "emergency": st.booleans(),
            "min_altitude_m": st.sampled_from((0.0, 6000.0)),
            "max_altitude_m": st.sampled_from((8000.0, 11000.0)),
            "up_to": st.sampled_from(("open", "official")),
            "categories": st.just(("AIR",)),
        },
    ),
)
markings = st.builds(
    lambda word, categories, to: (Marking("east-west", word, categories, to),),
    st.sampled_from(("", "official", "secret")),
    st.sampled_from(((), ("AIR",))),
    st.none() | some,
)


def numbered(words: list[tuple[str, dict[str, object]]]) -> Document:
    made = []
    for number, (verdict, given_words) in enumerate(words):
        blur = {"blur": "coarse"} if verdict == "blurred" else {}
        made.append(rule(f"r{number}", verdict, **given_words, **blur))
    return numbered_pact(*made, stations=STATIONS, parties=PARTIES)


def verdicts(document: Document, marking: Marking, tracks: Tracks, to: str) -> list[str]:
    """What the plain reading says of each of East's tracks for a party."""
    said = []
    for row in range(len(tracks)):
        heights = (tracks.altitude_m[row], tracks.pressure_altitude_m[row])
        height = heights[1] if math.isnan(heights[0]) else heights[0]
        item = Item(
            kind="track",
            originator="EA",
            classification=marking.classification or "open",
            categories=marking.categories,
            releasable_to=PARTIES if marking.releasable_to is None else marking.releasable_to,
            aircraft="unknown",
            identity="pending",
            sensors=("radar-1",),
            emergency=int(tracks.mode_3a[row]) in (0o7500, 0o7600, 0o7700),
            latitude_deg=float(np.degrees(tracks.latitude_rad[row])),
            longitude_deg=float(np.degrees(tracks.longitude_rad[row])),
            altitude_m=None if math.isnan(height) else float(height),
        )
        bindings = as_if_in_force([document])
        said.append(explain(bindings, "EA", item, to, 0).verdict)
    return said


class Listening(InProcess):
    """A station that keeps what came of each partner's states."""

    def __init__(self, *words, **named) -> None:
        super().__init__(*words, **named)
        self.came: list[PartnerTracks] = []
        taken = self.gateway.picture.take_tracks

        def keep(batch: PartnerTracks) -> None:
            self.came.append(batch)
            taken(batch)

        self.gateway.picture.take_tracks = keep  # type: ignore[method-assign]

    def numbers_of(self, station: str, *, blurred: bool) -> set[int]:
        return {
            int(number)
            for batch in self.came
            if batch.station == station and batch.blurred == blurred
            for number in batch.tracks.track
        }

    def addresses_of(self, station: str) -> set[int]:
        return {
            int(address)
            for batch in self.came
            if batch.station == station and not batch.blurred
            for address in batch.tracks.mode_s
        }


@settings(max_examples=12, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(rules, min_size=1, max_size=4), markings)
def test_what_arrives_is_what_the_plain_reading_gives(
    words: list[tuple[str, dict[str, object]]], marking: tuple[Marking, ...]
) -> None:
    document = numbered(words)
    world = World(
        [
            Listening(
                code,
                party,
                {k: v for k, v in CODES.items() if k != code},
                document,
                markings=marking if code == "EA" else (),
            )
            for code, party in CODES.items()
        ]
    )
    east, west, south, post = world.stations
    assert isinstance(west, Listening)
    assert isinstance(south, Listening)
    assert isinstance(post, Listening)
    east.own = OWN
    world.run(4)
    told = {to: verdicts(document, marking[0], OWN, to) for to in ("WE", "SO")}
    whole = {to: {n + 1 for n, v in enumerate(said) if v == "whole"} for to, said in told.items()}
    blurred = {to: sum(v == "blurred" for v in said) for to, said in told.items()}
    for to, station in (("WE", west), ("SO", south)):
        assert station.numbers_of("EA", blurred=False) == whole[to]
        assert len(station.numbers_of("EA", blurred=True)) == blurred[to]
    both = whole["WE"] & whole["SO"]
    event(f"whole for all: {bool(both)}, blurred: {any(blurred.values())}")
    assert post.numbers_of("EA", blurred=False) == both
    assert post.numbers_of("EA", blurred=True) == set()
    may_be_passed_on = {0x600000 + n - 1 for n in both}
    for station in (west, south):
        assert station.addresses_of("POST") <= may_be_passed_on
