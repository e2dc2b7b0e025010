"""Whatever is agreed and consented to, nothing of another's leaves but by every clause it needs.

Four nations with made-up agreements exchange tracks and reports over sealed links. What arrives is
held against an oracle written from the documents alone: it knows no tables, gates and links.
"""

from dataclasses import dataclass
from itertools import combinations

from hypothesis import HealthCheck, event, given, settings
from hypothesis import strategies as st

from pacts_made_up import NOW, flying, rule
from skypact.agreement.document import Document, Onward
from skypact.model.exchange import PartnerTracks
from skypact.model.time import SECOND_NS
from systems_made_up import named, world_of

NATIONS = ("EA", "NO", "SO", "WE")
NAMES = ("alpha", "beta", "gamma")
KINDS = ("track", "threat-report")

some = st.sets(st.sampled_from(NATIONS), min_size=1).map(lambda codes: tuple(sorted(codes)))
most = st.one_of(*(st.just(NATIONS) for _ in range(5)), some)  # most clauses name everyone
kinds = st.sampled_from(((),) * 6 + (("track",), ("threat-report",), ("alert",)))
shapes = st.sampled_from(
    (
        (("EA", "WE"), ("SO", "WE"), ("NO", "SO")),
        (("EA", "WE"), ("SO", "WE"), ("EA", "SO")),
        (("EA", "WE"), ("NO", "SO", "WE")),
        (("EA", "WE"), ("EA", "SO", "WE")),
        (("EA", "SO", "WE"), ("NO", "SO")),
        (("EA", "NO", "SO"), ("EA", "SO", "WE"), ("NO", "WE")),
    )
)


@st.composite
def documents(draw: st.DrawFn) -> list[Document]:
    """Two or three agreements of two or three nations that touch, and who consents to what."""
    made = []
    for name, parties in zip(NAMES, draw(shapes), strict=False):
        rules = [
            rule(
                f"r{k}",
                draw(st.sampled_from(("whole",) * 11 + ("nothing",))),
                originator=draw(most),
                to=draw(most),
                items=draw(kinds),
            )
            for k in range(draw(st.integers(1, 2)))
        ]
        onward = tuple(
            Onward(
                id=f"o{k}",
                clause="art-1",
                originator=draw(most),
                by=draw(most),
                to=draw(most),
                under=draw(st.sampled_from((NAMES, NAMES, NAMES[:2], NAMES[1:]))),
                items=draw(kinds),
            )
            for k in range(draw(st.integers(0, 2)))
        )
        made.append(named(name, parties, *rules, onward=onward))
    return made


@dataclass(frozen=True)
class Held:
    """Something of a nation's that a nation has: from whom, under what, and for whose eyes."""

    holder: str
    teller: str
    under: str
    eyes: frozenset[str]


def allowed(texts: list[Document], maker: str, kind: str) -> set[Held]:
    """Everything of a nation's that may come to others, by every way that clauses open."""
    members = {t.agreement.id: {p.code for p in t.party} for t in texts}

    def says(text: Document, verdict: str, to: str) -> bool:
        return any(
            r.verdict == verdict
            and maker in r.originator
            and to in r.to
            and (not r.items or kind in r.items)
            for r in text.release
        )

    def granted(holder: str, text: Document, to: str) -> bool:
        refused = any(says(t, "nothing", to) for t in texts if holder in members[t.agreement.id])
        return not refused and says(text, "whole", to)

    def consented(text: Document, holder: str, to: str, under: str, what: str | None) -> bool:
        return maker in members[text.agreement.id] and any(
            maker in o.originator
            and holder in o.by
            and to in o.to
            and under in o.under
            and (what is None or not o.items or what in o.items)
            for o in text.onward
        )

    def named_by(text: Document, originator: str | None) -> set[str]:
        return {
            code
            for o in text.onward
            if originator is None or originator in o.originator
            for code in o.to
        }

    found: set[Held] = set()
    for text in texts:
        name = text.agreement.id
        if maker in members[name]:
            eyes = frozenset(members[name] | named_by(text, maker))
            found |= {
                Held(to, maker, name, eyes)
                for to in members[name] - {maker}
                if granted(maker, text, to)
            }
    left = list(found)
    while left:
        one = left.pop()
        came = next(t for t in texts if t.agreement.id == one.under)
        for text in texts:
            name = text.agreement.id
            if one.holder not in members[name]:
                continue
            for to in members[name] - {maker, one.holder, one.teller}:
                may = (
                    to in one.eyes
                    and consented(came, one.holder, to, name, kind)
                    and granted(one.holder, text, to)
                    and (maker not in members[name] or consented(text, one.holder, to, name, None))
                )
                eyes = one.eyes & (members[name] | named_by(text, None))
                passed = Held(to, one.holder, name, frozenset(eyes))
                if may and passed not in found:
                    found.add(passed)
                    left.append(passed)
    return found


@settings(max_examples=30, suppress_health_check=[HealthCheck.too_slow])
@given(documents())
def test_what_arrives_is_what_every_clause_on_its_way_lets_pass(texts: list[Document]) -> None:
    world = world_of(*texts)
    came: dict[str, list[PartnerTracks]] = {}
    for number, one in enumerate(world.stations):
        one.own = flying(1, mode_s=[NATIONS.index(one.code)], latitude_rad=[0.7 + number / 50])
        batches = came[one.code] = []
        taken = one.gateway.picture.take_tracks

        def keep(batch, taken=taken, batches=batches) -> None:
            batches.append(batch)
            taken(batch)

        one.gateway.picture.take_tracks = keep  # type: ignore[method-assign]
    world.run(2)
    words = {"text": "Seen.", "until_ns": NOW + 3600 * SECOND_NS}
    for one in world.stations:
        one.gateway.write_report(words, world.now_ns)
    world.run(7)
    told = {
        (NATIONS[int(address)], batch.station.rpartition("/")[2], batch.agreement, holder)
        for holder, batches in came.items()
        for batch in batches
        for address in batch.tracks.mode_s
    }
    for batches in came.values():
        for batch in batches:  # each state says whose it is, and rests on that one's sensors
            for row in range(len(batch.tracks)):
                maker = NATIONS[int(batch.tracks.mode_s[row])]
                assert batch.label.originator == maker
                assert batch.claims.stations[0] == maker
    way = {(m, h.teller, h.under, h.holder) for m in world_codes(world)
           for h in allowed(texts, m, "track")}  # fmt: skip
    assert told <= way, f"leaked {sorted(told - way)}"
    members = [{p.code for p in t.party} for t in texts]
    if all(len(a & b) < 2 for a, b in combinations(members, 2)):
        assert told == way, f"kept back {sorted(way - told)}"
        event("no two nations have two agreements")
    event(f"passed on: {sum(teller != maker for maker, teller, _, _ in told) > 0}")
    for one in world.stations:
        for report in one.status(world.now_ns).reports:
            if report.party != one.code:
                ways = {(h.teller, h.holder) for h in allowed(texts, report.party, "threat-report")}
                assert (report.via or report.station, one.code) in ways
                event(f"report brought: {bool(report.via)}")


def world_codes(world) -> list[str]:
    return [one.code for one in world.stations]


def test_the_oracle_knows_a_way_and_a_closed_one() -> None:
    onward = Onward(id="o", clause="c", originator=("EA",), by=("WE",), to=("SO",), under=("beta",))
    first = named("alpha", ("EA", "WE"), rule("all"), onward=(onward,))
    second = named("beta", ("SO", "WE"), rule("all"))
    assert {h.holder for h in allowed([first, second], "EA", "track")} == {"WE", "SO"}
    closed = named("alpha", ("EA", "WE"), rule("all"))
    assert {h.holder for h in allowed([closed, second], "EA", "track")} == {"WE"}
