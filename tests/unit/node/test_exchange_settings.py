"""``[exchange]`` of a node's file: where the station lies and how own data is marked."""

from pathlib import Path

import pytest

from skypact.model.errors import BadInput
from skypact.node.exchange_settings import ExchangeSettings, Marking
from skypact.node.settings import read_node

NODE = """
[node]
name = "East"

[[sensor]]
name = "r"
kind = "radar"

[[feed]]
name = "f"
format = "asterix"
address = "udp://127.0.0.1:8600"
"""


def read(tmp_path: Path, text: str) -> ExchangeSettings | None:
    path = tmp_path / "node.toml"
    path.write_text(NODE + text)
    return read_node(path).exchange


def test_a_node_without_the_table_exchanges_with_nobody(tmp_path: Path) -> None:
    assert read(tmp_path, "") is None


def test_the_station_lies_beside_the_nodes_file(tmp_path: Path) -> None:
    read_back = read(tmp_path, '[exchange]\nfolder = "station"\nsend_plots = false\n')
    assert read_back == ExchangeSettings(tmp_path / "station", send_plots=False)


def test_own_data_is_marked_as_the_file_says_and_else_by_the_agreement(tmp_path: Path) -> None:
    text = """
[exchange]
folder = "s"

[[exchange.marking]]
agreement = "east-west"
classification = "official"
categories = ["AIR-THREAT"]
releasable_to = ["WE"]
"""
    settings = read(tmp_path, text)
    assert settings is not None
    marked = Marking("east-west", "official", ("AIR-THREAT",), ("WE",))
    assert settings.marking("east-west") == marked
    assert settings.marking("another") == Marking("another")


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[exchange]\n", "folder must be a text"),
        ('[exchange]\nfolder = "s"\nfolders = "t"\n', "unknown settings"),
        ('[exchange]\nfolder = "s"\nuse_plots = 1\n', "use_plots = 1 is not true or false"),
        ('[exchange]\nfolder = "s"\n[[exchange.marking]]\n', "agreement must be a text"),
        (
            '[exchange]\nfolder = "s"\n[[exchange.marking]]\nagreement = "a"\ncategories = "X"\n',
            "categories must be a list",
        ),
        (
            '[exchange]\nfolder = "s"\n' + '[[exchange.marking]]\nagreement = "a"\n' * 2,
            "marked twice",
        ),
    ],
)
def test_mistakes_are_said(tmp_path: Path, table: str, said: str) -> None:
    with pytest.raises(BadInput, match=said):
        read(tmp_path, table)
