"""Two nations set up from the command line: five commands, files carried by hand."""

import contextlib
import json
from dataclasses import dataclass
from pathlib import Path

import typer
from typer.testing import CliRunner

from skypact.cli import keys, node_station
from skypact.model.errors import SkypactError
from two_stations import agreement_file

app = typer.Typer()
app.add_typer(keys.app, name="keys")
app.add_typer(node_station.app, name="node")


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str


def skypact(folder: Path, *words: str) -> Done:
    with contextlib.chdir(folder):
        result = CliRunner().invoke(app, [*words], env={"SKYPACT_PASSPHRASE": ""})
    if isinstance(result.exception, SkypactError):
        return Done(result.exception.exit_code, result.stdout, str(result.exception))
    assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
    return Done(result.exit_code, result.stdout, result.stderr)


def test_two_nations_are_set_up_by_four_commands_and_files_carried_by_hand(tmp_path: Path) -> None:
    agreement_file(tmp_path)  # signed by both, with the keys EA.pem and WE.pem beside it
    commands = (
        ("node", "init", "east", "--party", "EA", "--key", "EA.pem", "--listen", "127.0.0.1:7422"),
        ("node", "init", "west", "--party", "WE", "--key", "WE.pem"),
        ("node", "invite", "west/WE.card", "east", "--agreement", "east-west.toml"),
        ("node", "accept", "we.invite", "west"),
    )
    for words in commands:
        done = skypact(tmp_path, *words)
        assert done.code == 0, done.err
    shown = json.loads(skypact(tmp_path, "node", "show", "west", "--json").out)
    assert [link["way"] for link in shown["links"]] == ["dials 127.0.0.1:7422"]
    assert shown["links"][0]["revoked"] is False
    table = skypact(tmp_path, "node", "show", "east").err
    assert "east-west/WE" in table
    assert "is dialled" in table


def test_a_revoked_link_is_shown_so_and_no_server_needs_to_run(tmp_path: Path) -> None:
    test_two_nations_are_set_up_by_four_commands_and_files_carried_by_hand(tmp_path)
    done = skypact(tmp_path, "node", "revoke", "WE", "east", "--json")
    assert json.loads(done.out) == {"revoked": ["east-west/WE"], "running_server_told": False}
    shown = json.loads(skypact(tmp_path, "node", "show", "east", "--json").out)
    assert shown["links"][0]["revoked"] is True
    assert skypact(tmp_path, "node", "revoke", "XX", "east").code == 3


def test_a_party_may_make_its_key_first_and_its_station_takes_it(tmp_path: Path) -> None:
    made = json.loads(skypact(tmp_path, "keys", "init", "kg", "--json").out)
    assert len(made["fingerprint"].replace(" ", "")) == 40
    done = skypact(tmp_path, "node", "init", "kg", "--party", "KG", "--json")
    assert json.loads(done.out)["fingerprint"] == made["fingerprint"]
    assert json.loads(done.out)["party_key"] == made["public_key"]
    assert skypact(tmp_path, "keys", "init", "kg").code == 3, "a key is never overwritten"


def test_wrong_words_and_bad_files_have_their_own_exit_codes(tmp_path: Path) -> None:
    assert skypact(tmp_path, "node", "init", "x").code == 2
    assert skypact(tmp_path, "node", "init", "x", "--party", "kg").code == 2
    assert skypact(tmp_path, "node", "show", "x").code == 3
    assert skypact(tmp_path, "node", "accept", "absent.invite", "x").code == 3


def test_every_command_shows_an_example(tmp_path: Path) -> None:
    for command in ("init", "invite", "accept", "show", "revoke"):
        assert "Example: skypact node" in skypact(tmp_path, "node", command, "--help").out
