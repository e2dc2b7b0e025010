"""Made-up agreements, rules and items for the tests of release."""

from typing import Any

from hypothesis import strategies as st

from skypact.agreement.document import (
    Area,
    Blur,
    Clause,
    Document,
    Heading,
    Onward,
    Party,
    Release,
    Term,
)
from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES, ITEM_KINDS
from skypact.release.item import Item
from skypact.release.table import FOREVER_NS, Binding

PARTIES = ("A", "B", "C", "D")
AREAS = ("north", "south", "strip", "pole")
SENSORS = ("radar-1", "radar-2", "radar-3")
CATEGORIES = ("AIR", "FORCES", "SITES")
LADDERS = (("open", "official", "secret"), ("open", "secret"), ("official", "secret", "most"))
DAY_NS = 86_400_000_000_000

GEOMETRY: dict[str, dict[str, Any]] = {
    "north": {
        "type": "Polygon",
        "coordinates": [
            [[70, 40], [80, 40], [80, 45], [70, 45], [70, 40]],
            [[73, 42], [74, 42], [74, 43], [73, 43], [73, 42]],
        ],
    },
    "south": {
        "type": "MultiPolygon",
        "coordinates": [
            [[[70, 35], [80, 35], [75, 41], [70, 35]]],
            [[[60, 35], [65, 35], [65, 40], [60, 35]]],
        ],
    },
    "strip": {
        "type": "Polygon",
        "coordinates": [[[178, -5], [-178, -5], [-178, 5], [178, 5], [178, -5]]],
    },
    "pole": {
        "type": "Polygon",
        "coordinates": [[[-180, 80], [0, 78], [180, 80], [180, 90], [-180, 90], [-180, 80]]],
    },
}


def area(name: str) -> Area:
    return Area(id=name, name={"en": name}, clause="c", kind="joint", geometry=GEOMETRY[name])


def rule(number: int | str = 1, verdict: Any = "whole", **words: Any) -> Release:
    """A rule by which A's items may go to B, unless said otherwise."""
    given = {"originator": ("A",), "to": ("B",), "up_to": "secret"} | words
    if verdict == "blurred":
        given.setdefault("blur", "coarse")
    return Release(id=f"r{number}", clause="c", verdict=verdict, **given)


def agreement(
    name: str = "ab",
    parties: tuple[str, ...] = ("A", "B"),
    release: tuple[Release, ...] = (),
    onward: tuple[Onward, ...] = (),
    **words: Any,
) -> Document:
    given: dict[str, Any] = {
        "classifications": LADDERS[0],
        "categories": CATEGORIES,
        "area": tuple(area(n) for n in AREAS),
        "blur": (
            Blur(id="coarse", grid_m=5000.0),
            Blur(id="late", delay_s=60.0),
            Blur(id="nameless", hide_source=True, remove=("callsign",)),
        ),
    }
    return Document(
        agreement=Heading(id=name, title={"en": name}),
        term=Term(clause="c"),
        party=tuple(Party(code=code, name={"en": code}) for code in parties),
        clause=(Clause(id="c", text={"en": "As agreed"}, source="made up"),),
        release=release,
        onward=onward,
        **(given | words),
    )


def consent(by: str, to: str, under: str, originator: str = "A", **words: Any) -> Onward:
    return Onward(
        id="o", clause="c", originator=(originator,), by=(by,), to=(to,), under=(under,), **words
    )


def binding(document: Document, **words: Any) -> Binding:
    return Binding(document, tuple(p.code for p in document.party), **({"from_ns": 0} | words))


def item(**words: Any) -> Item:
    """A's open track over the north, seen by a radar, that may go to anyone."""
    given = {
        "kind": "track",
        "originator": "A",
        "classification": "open",
        "aircraft": "civil",
        "identity": "neutral",
        "sensors": ("radar-1",),
        "latitude_deg": 43.5,
        "longitude_deg": 75.0,
        "altitude_m": 9000.0,
    }
    return Item(**(given | words))


def some(words: tuple[str, ...], least: int = 0) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(words), min_size=least, max_size=3, unique=True).map(tuple)


def seldom(words: tuple[str, ...]) -> st.SearchStrategy[tuple[str, ...]]:
    """Mostly no condition at all, so that rules often fit."""
    return st.one_of(st.just(()), st.just(()), some(words))


HEIGHTS = st.sampled_from([None, None, None, 0.0, 3000.0, 6000.0])


@st.composite
def rules(draw: st.DrawFn, number: int, ladder: tuple[str, ...]) -> Release:
    verdict = draw(st.sampled_from(["whole", "whole", "blurred", "blurred", "nothing"]))
    low, high = draw(HEIGHTS), draw(HEIGHTS)
    if low is not None and high is not None and low >= high:
        high = None
    return Release(
        id=f"r{number}",
        clause="c",
        verdict=verdict,
        originator=draw(some(PARTIES, 1)),
        to=draw(some(PARTIES, 1)),
        items=draw(seldom(ITEM_KINDS)),
        areas=draw(seldom(AREAS)),
        outside=draw(seldom(AREAS)),
        aircraft=draw(seldom(AIRCRAFT_CLASSES)),
        identities=draw(seldom(IDENTITIES)),
        categories=draw(seldom(CATEGORIES[:2])),
        up_to=draw(st.sampled_from(["", *ladder])),
        sensors=draw(seldom(SENSORS)),
        emergency=draw(st.sampled_from([None, None, None, True, False])),
        exercise=draw(st.sampled_from([False, False, False, True])),
        min_altitude_m=low,
        max_altitude_m=high,
        blur=draw(st.sampled_from(["coarse", "late", "nameless"])) if verdict == "blurred" else "",
    )


@st.composite
def documents(draw: st.DrawFn, name: str, names: tuple[str, ...]) -> Document:
    # ladders that rank two words differently do not meet in one node
    ladder = draw(st.sampled_from(LADDERS))
    parties = draw(st.lists(st.sampled_from(PARTIES), min_size=2, max_size=4, unique=True))
    release = tuple(draw(rules(number, ladder)) for number in range(draw(st.integers(0, 6))))
    onward = tuple(
        Onward(
            id=f"o{number}",
            clause="c",
            originator=draw(some(PARTIES, 1)),
            by=draw(some(PARTIES, 1)),
            to=draw(some(PARTIES, 1)),
            under=draw(some(names, 1)),
            items=draw(seldom(ITEM_KINDS)),
        )
        for number in range(draw(st.integers(0, 3)))
    )
    categories = draw(st.sampled_from([CATEGORIES, CATEGORIES[:2]]))
    return agreement(
        name, tuple(parties), release, onward, classifications=ladder, categories=categories
    )


@st.composite
def bindings(draw: st.DrawFn) -> list[Binding]:
    names = ("a1", "a2", "a3")[: draw(st.integers(1, 3))]
    days = st.sampled_from([0, 0, 0, 5, 10, 20])
    found = []
    for name in names:
        start, length, last = draw(days), draw(days), draw(days)
        release_end = FOREVER_NS if not length else (start + length) * DAY_NS
        end = FOREVER_NS if not length else release_end + last * DAY_NS
        document = draw(documents(name, names))
        found.append(
            binding(
                document, from_ns=start * DAY_NS, releases_until_ns=release_end, binds_until_ns=end
            )
        )
    return found


def words(known: tuple[str, ...]) -> st.SearchStrategy[str]:
    return st.sampled_from(["", *known])


@st.composite
def items(draw: st.DrawFn) -> Item:
    place = draw(
        st.sampled_from(
            [
                {},
                {"latitude_deg": 43.5, "longitude_deg": 75.0},
                {"latitude_deg": 40.5, "longitude_deg": 75.0},
                {"latitude_deg": 42.5, "longitude_deg": 73.5},
                {"latitude_deg": 36.0, "longitude_deg": 64.0},
                {"latitude_deg": 0.0, "longitude_deg": 180.0},
                {"latitude_deg": 0.0, "longitude_deg": -179.0},
                {"latitude_deg": 90.0, "longitude_deg": 12.0},
                {"latitude_deg": 0.0, "longitude_deg": 0.0},
                {"areas": ("north", "strip")},
                {"areas": ()},
            ]
        )
    )
    return Item(
        kind=draw(words(ITEM_KINDS)),
        originator=draw(st.sampled_from([*PARTIES, *PARTIES, "Z", ""])),
        came_under=draw(st.sampled_from(["", "", "a1", "a2", "a3", "gone"])),
        classification=draw(words(("open", "official", "secret", "most", "odd"))),
        categories=draw(some((*CATEGORIES, "ODD"))),
        releasable_to=draw(st.one_of(st.none(), some((*PARTIES, "Z")))),
        aircraft=draw(words(AIRCRAFT_CLASSES)),
        identity=draw(words(IDENTITIES)),
        sensors=draw(some((*SENSORS, "radar-9"))),
        emergency=draw(st.booleans()),
        exercise=draw(st.sampled_from([False, False, False, True])),
        altitude_m=draw(st.sampled_from([None, -50.0, 0.0, 2999.9, 3000.0, 6000.0, 9000.0])),
        **place,
    )
