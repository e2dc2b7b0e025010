"""Reading: what a file says, and complaints that name file, line and remedy."""

import json
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from skypact.agreement.lines import lines_of, steps
from skypact.agreement.reading import LONGEST_BYTES, agreement_from, read_agreement
from skypact.model.errors import BadInput

EXAMPLES = Path(__file__).parents[3] / "examples" / "agreements"
SHORT = """\
[agreement]
id = "rivers"
title = { en = "Rivers" }

[term]
clause = "a"
in_force = 2024-01-01

[[party]]
code = "AV"
name = { en = "Averna" }

[[party]]
code = "BO"
name = { en = "Borland" }

[[clause]]
id = "a"
text = { en = "a" }
source = "invented"
"""


def test_a_short_document_is_read() -> None:
    reading = agreement_from(SHORT, where="rivers.toml")
    assert [party.code for party in reading.document.party] == ["AV", "BO"]
    assert reading.place("party[1].code") == "rivers.toml, line 14"
    assert reading.place("party[1].key") == "rivers.toml, line 13"


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.stem)
def test_every_example_is_read_with_its_outlines_inside(path: Path) -> None:
    document = read_agreement(path).document
    for area in document.area:
        assert area.file == ""
        assert area.geometry["type"] in ("Polygon", "MultiPolygon")


@pytest.mark.parametrize(
    ("old", "new", "line", "words"),
    [
        ("[term]", "[term", 5, "not TOML"),
        ('code = "BO"', 'cdoe = "BO"', 14, "party has no key cdoe"),
        ('code = "BO"', "", 13, "party[1] has no code"),
        ('code = "BO"', "code = 7", 14, "party[1].code: expected str, got int"),
        ('code = "BO"', 'code = "borland"', 14, "party[1].code: expected str matching regex"),
        ("2024-01-01", '"soon"', 7, "A date is written without quotes: 2023-11-02"),
        ("2024-01-01", "2024-01-01T00:00:00Z", 7, "expected date"),
        ('clause = "a"', 'clause = "a"\nmonths = -1', 7, "term.months: expected int >= 0"),
        ('clause = "a"', 'clause = "a"\nrenewal = "always"', 7, "invalid enum value 'always'"),
        ('{ en = "Borland" }', "{ en = 3 }", 15, "party[1].name"),
        ('source = "invented"', "", 17, "clause[0] has no source"),
        ('id = "rivers"', 'id = "rivers"\nversion = nan', 3, "cannot be signed|signed"),
        ('id = "rivers"', f'id = "rivers"\nversion = {2**60}', 3, "number"),
    ],
)
def test_a_mistake_is_told_with_its_line(old: str, new: str, line: int, words: str) -> None:
    with pytest.raises(BadInput) as caught:
        agreement_from(SHORT.replace(old, new, 1), where="rivers.toml")
    assert f"rivers.toml, line {line}: " in str(caught.value)
    assert any(word in str(caught.value) for word in words.split("|"))
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff", "not UTF-8"),
        (b"a = " + b"[" * 5000, "nested too deeply"),
        (b"a = " + b"9" * 5000, "not TOML"),
        (b"", "has no agreement"),
        (b"agreement = 3", "expected object"),
    ],
)
def test_what_is_no_agreement_is_refused_by_name(data: bytes, words: str) -> None:
    with pytest.raises(BadInput, match=words):
        agreement_from(data)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="no such file"):
        read_agreement(tmp_path / "none.toml")
    with pytest.raises(BadInput, match="cannot be read"):
        read_agreement(tmp_path)


AREA = """
[[area]]
id = "valley"
name = { en = "Valley" }
clause = "a"
kind = "joint"
file = "%s"
"""
SQUARE = {"type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]]}


@pytest.mark.parametrize(
    "content",
    [
        SQUARE,
        {"type": "Feature", "properties": {}, "geometry": SQUARE},
        {
            "type": "FeatureCollection",
            "features": [{"type": "Feature", "properties": {}, "geometry": SQUARE}],
        },
    ],
)
def test_an_outline_is_taken_from_geojson_of_any_shape(tmp_path: Path, content: dict) -> None:
    (tmp_path / "valley.geojson").write_text(json.dumps(content))
    text = SHORT + AREA % "valley.geojson"
    document = agreement_from(text, folder=tmp_path).document
    assert document.area[0].geometry == SQUARE


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("../valley.geojson", None, "leads out of the document's folder"),
        ("/etc/passwd", None, "leads out of the document's folder"),
        ("valley.geojson", None, "no such file"),
        ("valley.geojson", "{", "is not JSON"),
        ("valley.geojson", "[" * 100_000, "is not JSON"),
        ("valley.geojson", "{}", "holds no geometry"),
        ("valley.geojson", '{"features": []}', "holds 0 features"),
        ("valley.geojson", '{"type": "Polygon", "coordinates": [NaN]}', "no number"),
        ("valley.geojson", " " * (LONGEST_BYTES + 1), "longer than"),
    ],
)
def test_a_bad_outline_is_told_at_the_line_that_names_it(
    tmp_path: Path, name: str, content: str | None, words: str
) -> None:
    if content is not None:
        (tmp_path / "valley.geojson").write_text(content)
    with pytest.raises(BadInput, match=words) as caught:
        agreement_from(SHORT + AREA % name, where="rivers.toml", folder=tmp_path)
    assert "rivers.toml, line 27" in str(caught.value)


def test_an_area_with_both_file_and_geometry_is_refused(tmp_path: Path) -> None:
    text = SHORT + AREA % "x.geojson" + 'geometry = { type = "Polygon", coordinates = [] }\n'
    with pytest.raises(BadInput, match="both file and geometry"):
        agreement_from(text, folder=tmp_path)
    with pytest.raises(BadInput, match="no folder"):
        agreement_from(SHORT + AREA % "x.geojson")


def test_lines_are_found_through_every_way_of_writing_toml() -> None:
    text = '''# first
a.b = 1 # comment with [brackets] = "and" 'quotes'
"c d" = """
many
lines ""\\"""
"""
e = [
  1,
  # between
  { f = 2, g = [3,
    4] },
]
[h."i".j]
k = \'\'\'
x = 1\'\'\'
[[l]]
m = 1
[[l.n]]
o = 1
[[l]]
[[l.n]]
o = "\\""
[[l.n]]
o = 2024-01-01 00:00:00
'''
    lines = lines_of(text)
    found = {
        "a.b": 2,
        "c d": 3,
        "e[0]": 8,
        "e[1].f": 10,
        "e[1].g[1]": 11,
        "h.i.j.k": 14,
        "l[0].m": 17,
        "l[0].n[0].o": 19,
        "l[1]": 20,
        "l[1].n[0].o": 22,
        "l[1].n[1].o": 24,
    }
    assert {path: lines.at(f"$.{path}") for path in found} == found
    assert lines.at("l[1].n[1].nothing") == 23
    assert lines.at("nothing") == 1
    assert lines_of(text.replace("\n", "\r\n")) == lines


def keys_of(value: object, path: str = "") -> Iterator[tuple[str, str]]:
    """Every key of parsed TOML: its path and its name."""
    if isinstance(value, dict):
        for key, item in value.items():
            inner = f"{path}.{key}" if path else key
            yield inner, key
            yield from keys_of(item, inner)
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from keys_of(item, f"{path}[{number}]")


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.toml")), ids=lambda p: p.stem)
def test_every_key_of_the_examples_stands_in_the_line_that_is_told(path: Path) -> None:
    text = path.read_text()
    told, lines = lines_of(text), text.splitlines()
    keys = list(keys_of(tomllib.loads(text)))
    assert len(keys) > 100
    for place, key in keys:
        assert key in lines[told.at(place) - 1], place
        assert steps(place) in told.by_path


@given(st.text(alphabet="[]{}=\"'\\.,# \nab1", max_size=60))
def test_no_text_breaks_the_search_for_lines(text: str) -> None:
    for line in lines_of(text).by_path.values():
        assert 1 <= line <= text.count("\n") + 1
