"""``agreement explain`` and ``agreement test`` as people call them."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from skypact.cli.agreement import app
from skypact.model.errors import BadInput, BadRule, UsageError

TEXT = """
classifications = ["open", "secret"]

[agreement]
id = "ab-2024"
title = { en = "Made up" }

[term]
clause = "art-1"
in_force = 2024-01-01
months = 12

[[party]]
code = "A"
name = { en = "A" }
signed = 2023-01-01
ratified = 2023-06-01

[[party]]
code = "B"
name = { en = "B" }
signed = 2023-01-01
ratified = 2023-06-01

[[clause]]
id = "art-1"
text = { en = "It lasts a year", ru = "Срок — год" }
source = "made up, 1"

[[clause]]
id = "art-2"
text = { en = "Civil flights are shown", ru = "Гражданские полёты показываются" }
source = "made up, 2"

[[release]]
id = "civil"
clause = "art-2"
verdict = "whole"
originator = ["A"]
to = ["B"]
aircraft = ["civil"]

[[release]]
id = "emergencies"
clause = "art-2"
verdict = "whole"
originator = ["A"]
to = ["B"]
emergency = true

[[example]]
text = { en = "A civil aircraft is shown" }
item = { kind = "track", originator = "A", aircraft = "civil" }
to = "B"
expect = "whole"
clause = "art-2"

[[example]]
text = { en = "A stranger sees nothing" }
item = { kind = "track", originator = "A", aircraft = "civil" }
to = "C"
expect = "nothing"
"""

CIVIL = '{ kind = "track", originator = "A", aircraft = "civil" }'
STATE = '{"kind": "track", "originator": "A", "aircraft": "state"}'


@pytest.fixture
def agreement(tmp_path: Path) -> Path:
    path = tmp_path / "ab.toml"
    path.write_text(TEXT, encoding="utf-8")
    return path


def call(*words: object):
    return CliRunner().invoke(app, [str(word) for word in words])


def told(*words: object) -> dict:
    return json.loads(call(*words, "--json").stdout)


def test_what_leaves_is_explained_by_clause_and_source(agreement):
    answer = call("explain", agreement, "--item", CIVIL, "--to", "B")
    assert answer.exit_code == 0
    assert "track of A to B: leaves whole" in answer.stdout
    assert "clause art-2: Civil flights are shown" in answer.stdout
    assert "source: made up, 2" in answer.stdout
    assert "emergencies (whole): an emergency must be yes, the item has no" in answer.stdout


def test_what_does_not_leave_is_the_answer_no_with_every_reason(agreement):
    answer = call("explain", agreement, "--item", STATE, "--to", "B")
    assert answer.exit_code == 1
    told_json = told("explain", agreement, "--item", STATE, "--to", "B")
    assert told_json["verdict"] == "nothing"
    assert told_json["decided"] is None
    assert [one["rule"] for one in told_json["considered"]] == ["civil", "emergencies"]
    assert told_json["considered"][0]["reasons"] == [
        "the class of aircraft must be civil, the item has state"
    ]


@pytest.mark.parametrize(
    ("language", "words"), [("ru", "передаётся полностью"), ("ky", "толук берилет")]
)
def test_it_is_explained_in_the_languages_of_the_parties(agreement, language, words):
    answer = call("explain", agreement, "--item", CIVIL, "--to", "B", "--language", language)
    assert words in answer.stdout
    if language == "ru":
        assert "Гражданские полёты показываются" in answer.stdout


def test_the_item_may_stand_in_a_file(agreement, tmp_path):
    for name, text in (
        ("item.json", STATE),
        ("item.toml", 'kind = "track"\noriginator = "A"\naircraft = "state"'),
    ):
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        assert call("explain", agreement, "--item", path, "--to", "B").exit_code == 1


@pytest.mark.parametrize(
    ("day", "verdict"),
    [
        ("2023-12-31", "nothing"),
        ("2024-01-01", "whole"),
        ("2025-01-01", "whole"),
        ("2025-01-02", "nothing"),
    ],
)
def test_with_a_date_the_calendar_has_its_say(agreement, day, verdict):
    answer = told("explain", agreement, "--item", CIVIL, "--to", "B", "--at", day)
    assert answer["verdict"] == verdict
    names = [one["name"] for one in answer["obstacles"]]
    assert names == ([] if verdict == "whole" else ["not-in-force"])


def test_a_stranger_gets_nothing_and_is_told_why(agreement):
    answer = told("explain", agreement, "--item", CIVIL, "--to", "C")
    assert [one["name"] for one in answer["obstacles"]] == ["no-agreement"]


@pytest.mark.parametrize(
    ("words", "error"),
    [
        (["--item", "{ what = 1 }"], BadRule),
        (["--item", '{ kind = "odd" }'], BadRule),
        (["--item", "{ no table"], BadInput),
        (["--item", "no-such-file.toml"], BadInput),
        (["--item", CIVIL, "--language", "xx"], UsageError),
        (["--item", CIVIL, "--at", "soon"], UsageError),
    ],
)
def test_a_wrong_item_language_or_date_is_refused_by_name(agreement, words, error):
    assert isinstance(call("explain", agreement, "--to", "B", *words).exception, error)


def test_the_examples_of_a_document_are_run_and_untried_rules_named(agreement):
    answer = call("test", agreement)
    assert answer.exit_code == 0
    assert "2 examples, 0 failed" in answer.stdout
    assert told("test", agreement)["untried"] == [{"agreement": "ab-2024", "rule": "emergencies"}]


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('expect = "whole"', 'expect = "blurred"'),
        ('clause = "art-2"\n\n[[ex', 'clause = "art-1"\n\n[[ex'),
    ],
)
def test_an_example_with_another_answer_or_clause_fails(agreement, right, wrong):
    assert right in TEXT
    agreement.write_text(TEXT.replace(right, wrong), encoding="utf-8")
    answer = call("test", agreement)
    assert answer.exit_code == 1
    assert "FAILED ab-2024: A civil aircraft is shown" in answer.stdout
    assert "got whole by rule civil (clause art-2)" in answer.stdout


def test_the_examples_of_all_shipped_agreements_hold():
    shipped = sorted((Path(__file__).parents[3] / "examples" / "agreements").glob("*.toml"))
    assert shipped
    answer = call("test", *shipped)
    assert answer.exit_code == 0, answer.stdout
