"""Prose, differences and the published schema: what lawyers, signatories and editors see."""

import datetime
import json
import tomllib
from pathlib import Path
from typing import Any, get_args, get_type_hints

import jsonschema
import msgspec
import pytest

from agreements_made_up import agreement
from skypact.agreement import document as nouns
from skypact.agreement import schema
from skypact.agreement.calendar import State
from skypact.agreement.calendar_words import DATA, EVENTS, FOLLOWS, STANDING, STATES, WARNINGS
from skypact.agreement.difference import difference
from skypact.agreement.document import Document, Language
from skypact.agreement.prose import prose
from skypact.agreement.prose_words import LANGUAGES, word
from skypact.agreement.reading import agreement_from, read_agreement

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "agreements"
FILES = sorted(EXAMPLES.glob("*.toml"))
RIVERS = (EXAMPLES / "two-rivers.toml").read_text()


def rivers(old: str = "", new: str = "") -> Document:
    assert old in RIVERS
    return agreement_from(RIVERS.replace(old, new, 1), folder=EXAMPLES).document


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
@pytest.mark.parametrize("language", get_args(Language))
def test_every_clause_party_and_source_is_printed(path: Path, language: Language) -> None:
    document = read_agreement(path).document
    text = prose(document, language)
    for clause in document.clause:
        assert clause.text[language] in text
        assert clause.source in text
        assert clause.note in text
    for party in document.party:
        assert party.name[language] in text
    for role in document.role:
        assert role.office[language] in text
    assert word("provisions", language) in text


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_examples_are_written_in_all_three_languages(path: Path) -> None:
    def texts(thing: object) -> None:
        if isinstance(thing, msgspec.Struct):
            for field in msgspec.structs.fields(thing):
                value = getattr(thing, field.name)
                if field.name in ("title", "text", "name", "office"):
                    assert set(value) == {"en", "ru", "ky"}, value
                else:
                    texts(value)
        elif isinstance(thing, tuple):
            for item in thing:
                texts(item)

    texts(read_agreement(path).document)


def test_the_founding_agreement_reads_as_it_was_reported() -> None:
    text = prose(read_agreement(EXAMPLES / "ru-kg-2022.toml").document)
    assert "last day of the first term: 2028-11-02" in text
    assert "last day for it: 2028-05-02" in text
    assert (
        "Commander-in-Chief of the Aerospace Forces, Russian Federation — coordinates: joint"
        in text
    )
    assert "Commander of the Air Defence Forces, Kyrgyz Republic — directs: joint actions" in text
    assert "5 hectares" in text
    assert "5 hectares or 12 acres" in text


def test_a_text_without_translation_is_printed_in_english() -> None:
    text = prose(agreement(), "ky")
    assert "# Rivers" in text
    assert word("parties", "ky") in text


def test_every_value_of_the_format_has_its_word_in_every_language() -> None:
    for words in (nouns.RoleKind, nouns.ItemKind, nouns.AircraftClass, nouns.Verdict,
                  nouns.OrderKind, nouns.AreaKind, nouns.Renewal):  # fmt: skip
        for value in get_args(words):
            assert all(word(value, language, 1) for language in LANGUAGES)
    assert set(STATES) == set(get_args(State))
    told = [text for pair in EVENTS.values() for text in pair]
    for text in [
        *told,
        STANDING,
        *STATES.values(),
        *DATA.values(),
        *FOLLOWS.values(),
        *WARNINGS.values(),
    ]:
        assert set(text) == set(LANGUAGES)


def changes(old: Document, new: Document) -> dict[str, str]:
    return {change.words: change.kind for change in difference(old, new)}


def test_the_same_text_twice_differs_in_nothing() -> None:
    for path in FILES:
        assert difference(read_agreement(path).document, read_agreement(path).document) == ()


def test_a_new_rule_says_who_would_newly_see_what() -> None:
    rule = """
[[release]]
id = "recordings"
clause = "art-5"
verdict = "whole"
originator = ["AV"]
to = ["BO"]
items = ["recording"]
areas = ["valley"]
"""
    told = changes(rivers(), rivers("[[onward]]", rule + "\n[[onward]]"))
    assert told["BO would newly see recordings of AV"] == "sees-more"
    assert (
        told[
            "BO would newly see items of AV: recordings; inside: The valley of the two rivers;"
            " marked up to open — whole (art-5)"
        ]
        == "sees-more"
    )


@pytest.mark.parametrize(
    ("old", "new", "words", "kind"),
    [
        ('areas = ["averna"]', 'areas = ["averna", "borland"]',
         "BO would newly see items of AV with areas: borland (rule unknown-in-averna, art-5)",
         "sees-more"),
        ('sensors = ["North Radar"]', "",
         "BO would newly see items of AV with any sensors (rule unknown-in-averna, art-5)",
         "sees-more"),
        ("max_altitude_m = 20000.0", "max_altitude_m = 30000.0",
         "AV would newly see items of BO with higher altitudes (rule valley, art-5)", "sees-more"),
        ('identities = ["unknown", "suspect", "hostile"]', 'identities = ["hostile"]',
         "BO would no longer see items of AV with identities: unknown, suspect"
         " (rule unknown-in-averna, art-5)", "sees-less"),
        ('items = ["threat-report", "alert"]', 'items = ["alert"]',
         "AV would no longer see threat reports of BO", "sees-less"),
        ('to = ["CO"]', 'to = ["CO", "DE"]',
         "consent would be to AV passing alerts of BO on to CO, DE under three-lakes (art-6);"
         " it is to AV passing alerts of BO on to CO under three-lakes (art-6)", "changed"),
        ("notice_months = 3", "notice_months = 6",
         "the term's notice_months would be 6, not 3", "changed"),
        ('verdict = "blurred"', 'verdict = "whole"',
         "", "changed"),
        ("grid_m = 5000.0", "grid_m = 500.0",
         "blur coarse would be positions to a grid of 500 m, 60 s late, without its source,"
         " without: callsign; it is positions to a grid of 5000 m, 60 s late, without its source,"
         " without: callsign", "changed"),
        ("[-41.5, 30.0]]]", "[-41.5, 30.0]]]", "", ""),
        ("[[[-45.0, 30.0]", "[[[-45.0, 30.0], [-43.0, 30.0]",
         "area averna: geometry would be another outline, not another outline", "changed"),
        ('party = "AV"\noffice = { en = "Air Marshal', 'party = "BO"\noffice = { en = "Air Marshal',
         "role coordinator: party would be BO, not AV", "changed"),
        ("people = 2 ", "people = 1 ", "", "changed"),
        ("secrecy_survives = true", "secrecy_survives = false",
         "when it lapses, secrecy_survives would be no, not yes", "changed"),
    ],
)  # fmt: skip
def test_a_change_is_told_in_words(old: str, new: str, words: str, kind: str) -> None:
    told = changes(rivers(), rivers(old, new))
    if not kind:
        assert told == {}
    elif words:
        assert told[words] == kind
    else:
        assert kind in told.values()


def test_what_was_blurred_and_would_be_whole_is_told_as_more() -> None:
    rule = nouns.Release(
        id="r", clause="a", verdict="blurred", originator=("AV",), to=("BO",), items=("track",)
    )
    blurred = msgspec.structs.replace(agreement(), release=(rule,))
    whole = msgspec.structs.replace(
        blurred, release=(msgspec.structs.replace(rule, verdict="whole"),)
    )
    assert changes(agreement(), blurred)["BO would newly see tracks of AV, blurred"] == "sees-more"
    told = changes(blurred, whole)
    assert told["BO would see whole, not only blurred, tracks of AV"] == "sees-more"
    assert changes(whole, blurred)["BO would see only blurred tracks of AV"] == "sees-less"


def test_orders_are_printed_with_all_they_need() -> None:
    text = prose(rivers())
    assert (
        "by 2 different persons; with the consent of the territorial state;"
        " acknowledged by air traffic control (art-4)"
    ) in text
    assert "different persons" not in text.replace("by 2 different persons", "")


def test_a_third_party_is_told_as_new_with_all_it_would_see() -> None:
    old = rivers()
    corvia = nouns.Party(code="CO", name={"en": "Corvia"}, acceded=datetime.date(2025, 1, 1))
    joined = msgspec.structs.replace(
        old,
        party=(*old.party, corvia),
        release=tuple(
            msgspec.structs.replace(rule, to=(*rule.to, "CO")) if rule.id == "valley" else rule
            for rule in old.release
        ),
    )
    told = changes(old, joined)
    assert told["Corvia (CO) would become a party"] == "added"
    for kind in ("plots", "tracks", "identities"):
        for originator in ("AV", "BO"):
            assert told[f"CO would newly see {kind} of {originator}"] == "sees-more"
    back = changes(joined, old)
    assert back["CO would no longer see tracks of AV"] == "sees-less"
    assert back["Corvia (CO) would no longer be a party"] == "removed"


def test_every_field_that_changes_is_told() -> None:
    """Each table's every field in turn: a change that is told to nobody would be signed blindly."""
    document = rivers()
    for table in msgspec.structs.fields(document):
        value = getattr(document, table.name)
        if isinstance(value, tuple) and value:
            fewer = msgspec.structs.replace(document, **{table.name: value[1:]})
            assert difference(document, fewer)
            assert difference(fewer, document)
            turned = msgspec.structs.replace(document, **{table.name: value[::-1]})
            assert (turned == document) == (difference(document, turned) == ())
        thing = value[0] if isinstance(value, tuple) else value
        if not isinstance(thing, msgspec.Struct):
            continue
        for field in msgspec.structs.fields(thing):
            was = getattr(thing, field.name)
            now: Any = "changed" if was != "changed" else "again"
            if isinstance(was, tuple):
                now = (*was, "x")
            elif isinstance(was, dict):
                now = was | {"en": "changed"}
            elif choices := get_args(get_type_hints(type(thing))[field.name]):
                now = next((c for c in choices if isinstance(c, str) and c != was), not was)
            elif isinstance(was, bool):
                now = not was
            elif isinstance(was, int | float):
                now = was + 1
            other = msgspec.structs.replace(thing, **{field.name: now})
            parts = (other, *value[1:]) if isinstance(value, tuple) else other
            changed = msgspec.structs.replace(document, **{table.name: parts})
            assert all(change.path for change in difference(document, changed))
            assert difference(document, changed)


def test_the_published_schema_and_tables_are_current() -> None:
    published = ROOT / "docs" / "reference"
    remedy = "run: python -m skypact.agreement.schema docs/reference"
    assert (published / "agreement.schema.json").read_text() == schema.text(), remedy
    page = (published / "agreement.md").read_text()
    assert schema.renewed(page) == page, remedy


def test_every_key_is_described_in_the_schema() -> None:
    for name, table in schema.schema()["$defs"].items():
        assert table["description"], name
        for field, described in table["properties"].items():
            if name != "Document":
                assert described.get("description"), (name, field)


def as_json(value: Any) -> Any:
    return json.loads(json.dumps(value, default=lambda day: day.isoformat()))


@pytest.mark.parametrize("path", FILES, ids=lambda p: p.stem)
def test_the_examples_fit_the_published_schema_and_name_it_for_editors(path: Path) -> None:
    text = path.read_text()
    first = text.splitlines()[0]
    assert first.startswith("#:schema ")
    named = (path.parent / first.removeprefix("#:schema ")).resolve()
    published = json.loads(named.read_text())
    jsonschema.Draft202012Validator.check_schema(published)
    jsonschema.validate(as_json(tomllib.loads(text)), published)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(as_json(tomllib.loads(text) | {"extra": 1}), published)
