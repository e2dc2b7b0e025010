"""The demonstration's processes end when whoever started them is gone, however it went."""

import json
import subprocess
import sys
from pathlib import Path

from processes import EXERCISE, node_on_free_ports


def when_the_parent_is_gone(*words: str) -> subprocess.CompletedProcess[str]:
    """How a process of the demonstration ends whose standard input ends at once."""
    return subprocess.run(
        [sys.executable, "-m", *words],
        input="",
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_the_sensors_end_with_the_demonstration(tmp_path: Path) -> None:
    node = node_on_free_ports(tmp_path)
    ended = when_the_parent_is_gone("skypact.node.demo_sensors", str(EXERCISE), str(node))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_station_ends_with_the_demonstration_and_says_what_it_came_to(tmp_path: Path) -> None:
    node = node_on_free_ports(tmp_path)
    ended = when_the_parent_is_gone("skypact.node.demo_node", str(node), "0")
    assert ended.returncode == 0, ended.stderr
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert told[0]["url"].startswith("http://127.0.0.1:")
    assert told[-1]["summary"]["console_url"] == told[0]["url"]


def test_a_station_that_cannot_start_says_why_with_its_exit_code(tmp_path: Path) -> None:
    ended = when_the_parent_is_gone("skypact.node.demo_node", str(tmp_path / "absent.toml"), "0")
    assert ended.returncode == 3
    assert "BadInput" in ended.stderr
    assert "absent.toml" in ended.stderr
