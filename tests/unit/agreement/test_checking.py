"""Checking: every problem has a name, is found at its line, and is in the reference."""

import datetime
from pathlib import Path

import msgspec
import pytest

from agreements_made_up import agreement, words
from skypact.agreement.checking import check
from skypact.agreement.checking_together import check_together
from skypact.agreement.document import Area, Document, Heading, Onward
from skypact.agreement.reading import agreement_from, read_agreement

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "agreements"
RIVERS = (EXAMPLES / "two-rivers.toml").read_text()
REFERENCE = (ROOT / "docs" / "reference" / "agreement.md").read_text()


def problems(text: str) -> dict[str, int]:
    """Names of the problems of a text, with the line of the first of each."""
    reading = agreement_from(text, folder=EXAMPLES)
    found: dict[str, int] = {}
    for problem in check(reading.document):
        found.setdefault(problem.name, reading.lines.at(problem.path))
        assert problem.detail
        assert problem.remedy
    return found


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.stem)
def test_the_examples_have_no_problems(path: Path) -> None:
    assert check(read_agreement(path).document) == ()


def test_the_examples_hold_together() -> None:
    documents = [read_agreement(path).document for path in sorted(EXAMPLES.glob("*.toml"))]
    assert check_together(documents) == ()
    lakes = next(d for d in documents if d.agreement.id == "three-lakes")
    without = [document for document in documents if document != lakes]
    assert {p.name for p in check_together(without)} == {"unknown-agreement"}


MISTAKES = [
    ('id = "two-rivers" #', 'id = "" #', "no-id"),
    ('id = "art-2"', 'id = "art-1"', "duplicate-id"),
    ('id = "emergencies"', 'id = "valley"', "duplicate-id"),
    ('["open", "restricted", "secret"]', "[]", "no-classification"),
    ('source = "invented for teaching, article 4"', 'source = " "', "no-source"),
    ('clause = "art-9"', 'clause = "art-99"', "unknown-clause"),
    ('notice_clause = "art-10"', "", "no-clause"),
    ('owner = "BO"', 'owner = "KG"', "unknown-party"),
    ('users = ["AV", "BO"]', 'users = ["AV", "XX"]', "unknown-party"),
    ('to = ["AV"]', 'to = ["CO"]', "unknown-party"),
    ('areas = ["valley"]', 'areas = ["vally"]', "unknown-area"),
    ('site = "watch-house"', 'site = "house"', "unknown-site"),
    ('propose = ["director", "unit"]', 'propose = ["admiral"]', "unknown-role"),
    ('categories = ["VIP"]\n', 'categories = ["VIPS"]\n', "unknown-category"),
    ('up_to = "secret"', 'up_to = "cosmic"', "unknown-classification"),
    ('identities = ["unknown",', 'identities = ["martian",', "unknown-identity"),
    ('blur = "coarse"', 'blur = "fine"', "unknown-blur"),
    ('originator = ["AV"]\nto', "originator = []\nto", "rule-without-party"),
    ('under = ["three-lakes"]', "under = []", "rule-without-party"),
    ('blur = "coarse"', "", "no-blur"),
    (
        'grid_m = 5000.0\ndelay_s = 60.0\nhide_source = true\nremove = ["callsign"]',
        "",
        "empty-blur",
    ),
    ("max_altitude_m = 20000.0", "max_altitude_m = 1.0\nmin_altitude_m = 2.0", "empty-band"),
    ('authorise = ["unit"]\npeople', "authorise = []\npeople", "order-without-role"),
    ('kind = "joint-post"', 'kind = "director"', "two-directors"),
    ('office = { en = "Shift at the Watch House",', "office = {", "no-english"),
    ('ky = "Күзөт үйү" }', 'xx = "Күзөт үйү" }', "unknown-language"),
    ("signed = 2023-06-01\nratified = 2023-12-15\n", "", "missing-signature"),
    ("ratified = 2024-02-10", "", "missing-ratification"),
    ("ratified = 2024-02-10", "ratified = 2023-05-01", "dates-out-of-order"),
    ("ratified = 2024-02-10", "ratified = 2024-03-01", "dates-out-of-order"),
    ("signed = 2023-06-01", "signed = 2023-06-01\nacceded = 2025-01-01", "dates-out-of-order"),
    ("version = 1\n", "version = 1\neffective = 2025-01-01\n", "dates-out-of-order"),
    ("in_force = 2024-02-29", "in_force = 1024-02-29", "date-out-of-range"),
    ("months = 36 ", "months = 36000 ", "date-out-of-range"),
    ("months = 36 ", "months = 0 ", "renewal-without-term"),
    ("renewal_months = 12", "", "renewal-without-period"),
    ('renewal = "explicit"', 'renewal = "none"', "renewal-without-rule"),
    ("notice_months = 3", "notice_months = 12", "notice-longer-than-term"),
    ("wind_down_days = 14", "wind_down_days = 400", "wind-down-longer-than-term"),
    ('time_zone = "Atlantic/Azores"', 'time_zone = "Atlantic/Atlantis"', "unknown-time-zone"),
    ('file = "areas/two-rivers-valley.geojson"', "", "area-without-outline"),
    ("[-41.0, 30.0], [-41.0, 34.0]", "[-41.0, 34.0], [-41.0, 30.0]", "area-invalid"),
    ("[[[-41.5, 30.0]", "[[[-241.5, 30.0]", "area-invalid"),
    ("[-45.0, 34.0], [-45.0, 30.0]]]", "[-45.0, 34.0], [-45.0, 31.0]]]", "area-invalid"),
    ("[[[-45.0, 30.0]", '[[["west", 30.0]', "area-invalid"),
    ("[[[-45.0, 30.0]", "[[[30.0]", "area-invalid"),
    ('"Polygon", coordinates = [[', '"Point", coordinates = [[', "area-invalid"),
    ('"Polygon", coordinates = [[', '"MultiPolygon", coordinates = [[', "area-invalid"),
    ("coordinates = [[[-45.0, 30.0],", "coordinates = [[], [[-45.0, 30.0],", "area-invalid"),
    ('kind = "border"\nowner = "AV"', 'kind = "border"', "area-without-owner"),
    ("version = 1\n", "version = 2\n", "amends-nothing"),
    ("version = 1\n", f'version = 1\namends = "{"ab" * 32}"\n', "first-version-amends"),
    ('part_of = ["great-basin"]', 'part_of = ["two-rivers"]', "cyclic-part-of"),
    ('clause = "art-13"\njoint_post', 'clause = "art-31"\njoint_post', "unknown-clause"),
    ('party = "BO" # hosts it', 'party = "CO"', "unknown-party"),
    ('station = "WATCH"', 'station = "BO"', "duplicate-id"),
    ('station = "BO"', 'station = "AV"', "station-named-as-party"),
    ('first = 2_000_000', 'first = 1_999_999', "overlapping-numbers"),
    ('last = 2_999_999', 'last = 3_000_000', "overlapping-numbers"),
    ('last = 2_999_999', 'last = 1_999_999', "empty-block"),
    ('station = "AV"\nparty = "AV"', 'station = "SO"\nparty = "BO"', "party-without-station"),
    (RIVERS[RIVERS.index("[end]") : RIVERS.index("# Cases with")], "", "no-end"),
    ('categories = ["VIP"]\n', 'categories = ["VIP"]\nup_to = "secret"\n', "unused-up-to"),
    ('originator = ["AV"]\nto = ["BO"]', 'originator = ["BO"]\nto = ["BO"]', "rule-to-itself"),
    ('max_altitude_m = 20000.0', 'blur = "coarse"', "unused-blur"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("old", "new", "name"), MISTAKES, ids=[m[2] + str(n) for n, m in enumerate(MISTAKES)]
)
def test_a_mistake_is_found_by_name_near_its_line(old: str, new: str, name: str) -> None:
    assert old in RIVERS
    found = problems(RIVERS.replace(old, new, 1))
    assert name in found
    at = RIVERS[: RIVERS.index(old)].count("\n") + 1
    if name not in ("no-end", "rule-to-itself", "party-without-station"):
        assert -9 <= found[name] - at <= 60
    assert f"`{name}`" in REFERENCE


@pytest.mark.parametrize(
    ("ring", "sound"),
    [
        ([[179, 60], [180, 60], [180, 61], [179, 61], [179, 60]], True),
        ([[179, 60], [-179, 60], [-179, 61], [179, 61], [179, 60]], False),
        ([[-180, 80], [180, 80], [180, 90], [-180, 90], [-180, 80]], True),
    ],
)
def test_an_outline_is_cut_at_the_antimeridian(ring: list[list[int]], sound: bool) -> None:
    area = Area(
        id="x",
        name=words("x"),
        clause="a",
        kind="joint",
        geometry={"type": "Polygon", "coordinates": [ring]},
    )
    document = msgspec.structs.replace(agreement(), area=(area,))
    assert ("area-invalid" not in {p.name for p in check(document)}) == sound


def test_accession_needs_an_open_agreement() -> None:
    text = RIVERS.replace("accession = true", "accession = false")
    joined = text + '[[party]]\ncode = "CO"\nname = { en = "Corvia" }\nacceded = 2025-01-01\n'
    assert "closed-to-accession" in problems(joined)


def test_an_agreement_needs_two_parties_and_at_most_sixty_four_categories() -> None:
    document = agreement()
    alone = msgspec.structs.replace(document, party=document.party[:1])
    assert "too-few-parties" in {p.name for p in check(alone)}
    many = msgspec.structs.replace(document, categories=tuple(f"C{n}" for n in range(65)))
    assert "too-many" in {p.name for p in check(many)}
    enough = msgspec.structs.replace(document, categories=tuple(f"C{n}" for n in range(64)))
    assert "too-many" not in {p.name for p in check(enough)}


def test_winding_down_without_end_is_no_longer_than_notice() -> None:
    endless = agreement(months=0, renewal="none", renewal_months=0, wind_down_days=200)
    assert "wind-down-longer-than-notice" in {p.name for p in check(endless)}


def test_a_stranger_may_be_named_in_a_case_that_shows_it_nothing() -> None:
    case = RIVERS[RIVERS.rindex("[[example]]") :].replace('to = "AV"', 'to = "ZZ"')
    assert "unknown-party" in problems(RIVERS + case)
    assert problems(RIVERS + case.replace('expect = "whole"', 'expect = "nothing"')) == {}


def named(name: str, *, part_of: tuple[str, ...] = (), **values: object) -> Document:
    heading = Heading(id=name, title=words(name), part_of=part_of, **values)  # type: ignore[arg-type]
    return agreement(heading=heading)


def together(*documents: Document) -> list[tuple[str, int]]:
    return [(problem.name, problem.document) for problem in check_together(documents)]


def test_a_circle_of_larger_systems_is_found_however_long() -> None:
    ring = [named(str(n), part_of=(str((n + 1) % 5),)) for n in range(5)]
    assert together(*ring) == [("cyclic-part-of", n) for n in range(5)]
    assert together(*ring[:4]) == []
    told = check_together(ring)[0].detail
    assert told == "0 is part of 1 is part of 2 is part of 3 is part of 4 is part of 0"


def test_two_texts_of_one_version_are_a_fork() -> None:
    one = named("a")
    other = msgspec.structs.replace(one, categories=("X",))
    assert together(one, one) == []
    assert together(one, other) == [("forked-version", 1)]


def test_terms_of_two_versions_overlap_unless_one_amends_the_other() -> None:
    day = datetime.date(2025, 1, 1)
    first = named("a")
    second = named("a", version=2, effective=day)
    assert together(first, second) == [("overlapping-terms", 1)]
    amending = named("a", version=2, effective=day, amends="ab" * 32)
    assert together(first, amending) == []
    at_once = named("a", version=2, effective=datetime.date(2023, 11, 2), amends="ab" * 32)
    assert together(first, at_once) == [("overlapping-terms", 1)]
    short = msgspec.structs.replace(
        first,
        term=msgspec.structs.replace(first.term, months=12, renewal="none", renewal_months=0),
    )
    assert together(short, amending) == [("amends-lapsed", 1)]


def test_consent_under_an_agreement_that_is_not_there_is_a_warning() -> None:
    consent = Onward(id="x", clause="a", originator=("AV",), by=("BO",), to=("CO",), under=("c",))
    one = msgspec.structs.replace(named("a"), onward=(consent,))
    assert together(one, named("b")) == [("unknown-agreement", 0)]
    assert together(one, named("c")) == []
