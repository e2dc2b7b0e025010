"""The commands on agreements as people and scripts call them: exit codes, words, JSON."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from skypact.cli.agreement import app
from skypact.model.errors import BadInput, UsageError

EXAMPLES = Path(__file__).parents[3] / "examples" / "agreements"
FOUNDING = EXAMPLES / "ru-kg-2022.toml"
RIVERS = EXAMPLES / "two-rivers.toml"


def call(*words: str | Path) -> Result:
    done = CliRunner().invoke(app, [str(word) for word in words])
    if done.exception and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done


def test_sound_agreements_pass_and_mistakes_are_told_with_file_and_line(tmp_path: Path) -> None:
    assert call("check", *EXAMPLES.glob("*.toml")).exit_code == 0
    wrong = tmp_path / "wrong.toml"
    text = (EXAMPLES / "cis-1995.toml").read_text()
    wrong.write_text(text.replace('clause = "coordination"', 'clause = "cordination"', 1))
    line = text[: text.index('clause = "coordination"')].count("\n") + 1
    done = call("check", wrong)
    assert done.exit_code == 1
    assert f"{wrong}, line {line}: error: there is no clause 'cordination'" in done.stderr
    told = json.loads(call("check", wrong, "--json").stdout)
    assert told["errors"] == 1
    assert told["problems"][0]["name"] == "unknown-clause"


def test_a_file_that_cannot_be_read_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput) as caught:
        call("check", tmp_path / "none.toml")
    assert caught.value.exit_code == 3


@pytest.mark.parametrize(
    ("language", "words"), [("en", "Parties"), ("ru", "Стороны"), ("ky", "Тараптар")]
)
def test_an_agreement_is_printed_in_each_language(language: str, words: str) -> None:
    assert f"## 1. {words}" in call("show", FOUNDING, "--language", language).stdout
    told = json.loads(call("show", FOUNDING, "-l", language, "--json").stdout)
    assert words in told["text"]


def test_the_calendar_shows_the_last_day_for_notice_and_what_follows() -> None:
    shown = call("calendar", FOUNDING, "--on", "2028-04-25").stdout
    assert shown.startswith(
        "ru-kg-2022 on 2028-04-25 (Asia/Bishkek): in force; renewed 0 times;"
        " last day of the term: 2028-11-02\n"
    )
    assert "! 7 days until 2028-05-02, the last day for notice" in shown
    assert "> 2028-05-02  last day for notice: without notice it is renewed" in shown
    ended = call("calendar", FOUNDING, "--on", "2028-11-03", "--notice", "KG:2028-05-02").stdout
    assert "lapsed" in ended.splitlines()[0]
    late = call("calendar", FOUNDING, "--on", "2028-11-03", "--notice", "KG:2028-05-03", "--json")
    told = json.loads(late.stdout)
    assert (told["state"], told["renewed"], told["ends"]) == ("notice-given", 1, "2033-11-02")


def test_the_calendar_says_what_keeps_an_agreement_out_of_force() -> None:
    shown = call("calendar", EXAMPLES / "ru-by-2009.toml", "--on", "2026-11-23").stdout
    assert "ratified by some" in shown
    assert "! the ratification of RU is missing" in shown
    assert "! the day of entry into force is not written" in shown
    assert "BY is missing" not in shown
    told = json.loads(call("calendar", FOUNDING, "--on", "2026-11-23", "--json").stdout)
    assert told["missing"] == []


def test_the_calendar_plays_a_decision_to_renew() -> None:
    told = json.loads(
        call("calendar", RIVERS, "--on", "2027-03-01", "--renew", "2027-02-28", "--json").stdout
    )
    assert (told["state"], told["renewed"], told["ends"]) == ("in-force", 1, "2028-02-29")
    told = json.loads(call("calendar", RIVERS, "--on", "2027-03-01", "--json").stdout)
    assert (told["state"], told["bound"]) == ("lapsed", [])


def test_the_calendar_without_a_day_is_of_today() -> None:
    assert call("calendar", FOUNDING).exit_code == 0


@pytest.mark.parametrize(
    "words",
    [
        ("calendar", FOUNDING, "--on", "tomorrow"),
        ("calendar", FOUNDING, "--notice", "2028-05-02"),
        ("calendar", FOUNDING, "--language", "fr"),
        ("show", FOUNDING, "--language", "fr"),
    ],
)
def test_wrong_words_are_told_with_a_remedy(words: tuple[str | Path, ...]) -> None:
    with pytest.raises(UsageError) as caught:
        call(*words)
    assert caught.value.remedy


def test_what_an_amendment_changes_is_told(tmp_path: Path) -> None:
    (tmp_path / "areas").symlink_to(EXAMPLES / "areas")
    new = tmp_path / "new.toml"
    new.write_text(RIVERS.read_text().replace('sensors = ["North Radar"]\n', ""))
    shown = call("diff", RIVERS, new).stdout
    assert "! BO would newly see items of AV with any sensors" in shown
    kinds = [change["kind"] for change in json.loads(call("diff", RIVERS, new, "--json").stdout)]
    assert kinds == ["sees-more", "changed"]
    assert "both say the same" in call("diff", RIVERS, RIVERS).stderr


def test_every_command_of_the_group_has_an_example_in_its_help() -> None:
    for command in ("check", "show", "calendar", "diff"):
        assert f"skypact agreement {command}" in " ".join(call(command, "--help").stdout.split())
