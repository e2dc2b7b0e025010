"""The commands as people and scripts call them: real processes, exit codes, plain words."""

import contextlib
import json
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from processes import EXERCISE, NODE, node_on_free_ports
from skypact.feeds.asterix import decode_items
from skypact.feeds.asterix.encode import encode
from skypact.model.frames import Frames

ROOT = Path(__file__).parents[3]


def skypact(*words: str | Path, within_s: float = 120) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "skypact", *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, timeout=within_s, check=False)


def two_radar_turns() -> bytes:
    """Raw ASTERIX: north marks that tell the radar's place, and two aircraft over six turns."""
    blocks: list[bytes] = []
    for turn in range(6):
        seconds = 36_000.0 + 5.0 * turn
        blocks += encode(
            34,
            {
                "I034/010/SAC": [254],
                "I034/010/SIC": [1],
                "I034/000": [1],
                "I034/030": [seconds],
                "I034/120/HGT": [792],
                "I034/120/LAT": [42.8532],
                "I034/120/LON": [74.8465],
            },
        )
        blocks += encode(
            48,
            {
                "I048/010/SAC": [254] * 2,
                "I048/010/SIC": [1] * 2,
                "I048/140": [seconds + 1.0, seconds + 2.0],
                "I048/020/TYP": [5, 5],
                "I048/040/RHO": [40.0 + 0.5 * turn, 90.0 - 0.5 * turn],
                "I048/040/THETA": [45.0, 200.0],
                "I048/220": [0x601234, 0x605678],
            },
        )
    return b"".join(blocks)


@pytest.fixture(scope="module")
def recording(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recording") / "radar_20231102.ast"
    path.write_bytes(two_radar_turns())
    return path


def result(done: subprocess.CompletedProcess[str]) -> Any:
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_a_recording_becomes_plots_and_plots_become_tracks(recording: Path, tmp_path: Path) -> None:
    plots, tracks = tmp_path / "plots.parquet", tmp_path / "tracks.parquet"
    decoded = result(skypact("decode", recording, "-o", plots, "--json"))
    assert decoded["rows"] == 12
    assert decoded["per_kind"] == {"254/1": 12}
    sensors = tmp_path / "sensors.toml"
    sensors.write_text(NODE.read_text().replace('name = "Kant"', 'name = "254/1"'))
    tracked = result(skypact("track", plots, "--sensors", sensors, "-o", tracks, "--json"))
    assert tracked["tracks"] == 2
    table = pq.read_table(tracks)
    assert set(table.column("mode_s").to_pylist()) == {0x601234, 0x605678}
    assert table.num_rows == tracked["states"]


def test_a_recording_that_tells_its_radars_place_replays_without_a_sensor_file(
    recording: Path,
) -> None:
    once = result(skypact("replay", recording, "--json"))
    assert (once["plots"], once["tracks"], once["rejected"]) == (12, 2, {})
    assert once["from"].startswith("2023-11-02T10:00")
    assert result(skypact("replay", recording, "--json"))["digest"] == once["digest"]


def test_every_item_of_every_record_is_there(recording: Path, tmp_path: Path) -> None:
    done = result(skypact("decode", recording, "--items", "-o", tmp_path / "i.parquet", "--json"))
    assert done["per_kind"] == {"cat034": 6, "cat048": 12}
    table = pq.read_table(tmp_path / "i.cat048.parquet")
    assert table.column("I048/040/RHO").to_pylist()[:2] == [40.0, 90.0]
    assert table.schema.field("I048/040/RHO").metadata[b"unit"] == b"NM"


def test_lines_go_to_standard_output_without_what_a_row_has_not(recording: Path) -> None:
    done = skypact("decode", recording)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(rows) == 12
    assert rows[0]["mode_s"] == 0x601234
    assert "callsign" not in rows[0]
    assert "latitude_deg" not in rows[0]


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (["decode", "absent.ast"], 3, "absent.ast"),
        (["replay", "README.md"], 3, "FramingError"),
        (["decode", "README.md", "-o", "out.xlsx"], 2, ".parquet"),
        (["run", "absent.toml"], 3, "no such file"),
        (["replay", "README.md", "--speed", "fast"], 2, "--speed"),
        (["track", "p", "--sensors", "s.toml", "-o", "t"], 3, "s.toml"),
        (["juggle"], 2, "juggle"),
    ],
)
def test_mistakes_are_said_in_words_with_their_exit_code(
    words: list[str], code: int, said: str
) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "skypact", *words],
        capture_output=True, text=True, timeout=60, check=False, cwd=ROOT,
    )  # fmt: skip
    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert done.stdout == ""


def test_damage_is_told_with_file_and_offset_and_the_rest_is_kept(
    recording: Path, tmp_path: Path
) -> None:
    whole = recording.read_bytes()
    damaged = tmp_path / "damaged_20231102.ast"
    damaged.write_bytes(whole[:-5])
    done = skypact("replay", damaged)
    assert done.returncode == 0
    assert "TruncatedBlock" in done.stderr
    assert "damaged_20231102.ast at byte" in done.stderr
    assert "10 plots" in done.stderr


def test_a_port_in_use_is_named_and_ends_the_node(tmp_path: Path) -> None:
    node = node_on_free_ports(tmp_path)
    port = int(node.read_text().split("udp://127.0.0.1:")[1].split('"')[0])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", port))
        done = skypact("run", node, "--for", "5", "--port", "0")
    assert done.returncode == 4
    assert "PortInUse" in done.stderr
    assert str(port) in done.stderr


def test_a_node_hears_an_exercise_and_a_consumer_hears_the_node(tmp_path: Path) -> None:
    node = node_on_free_ports(tmp_path)
    port = int(node.read_text().split("[[output]]")[1].split("udp://127.0.0.1:")[1].split('"')[0])
    consumer = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    consumer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
    consumer.bind(("127.0.0.1", port))
    consumer.setblocking(False)
    words = ["exercise", "transmit", str(EXERCISE), "--to", str(node)]
    sender = subprocess.Popen([sys.executable, "-m", "skypact", *words])
    try:
        heard = result(skypact("run", node, "--for", "8", "--port", "0", "--json"))
    finally:
        sender.terminate()
        sender.wait(timeout=20)
    assert heard["plots"] > 100
    assert heard["tracks"] > 10
    datagrams = []
    with consumer, contextlib.suppress(BlockingIOError):
        while True:
            datagrams.append(consumer.recv(2048))
    frames = Frames.from_payloads("asterix", "consumer", datagrams, [0] * len(datagrams))
    items = decode_items(frames)
    assert not items.rejections
    assert set(items.categories) == {62, 63, 65}
    tracks = items.categories[62].columns
    assert len(np.unique(tracks["I062/040"])) > 10
    assert (tracks["I062/080/SIM"] == 1).all(), "exercise tracks say that they are simulated"


def test_a_sensor_that_two_nodes_want_elsewhere_is_refused_by_name(tmp_path: Path) -> None:
    other = node_on_free_ports(tmp_path)
    done = skypact("exercise", "transmit", EXERCISE, "--to", NODE, "--to", other, "--for", "0")
    assert done.returncode == 2
    assert "would go to two addresses" in done.stderr
    assert other.name in done.stderr


def test_the_doctor_says_what_is_there() -> None:
    done = skypact("doctor", "--json")
    findings = {row["what"]: row for row in json.loads(done.stdout)}
    assert findings["Python"]["state"] == "ok"
    assert findings["numba"]["state"] == "ok"
    assert done.returncode == int(any(row["state"] == "missing" for row in findings.values()))


def test_help_shows_every_command() -> None:
    done = skypact("--help")
    for command in ("demo", "run", "replay", "decode", "mlat", "track", "doctor", "exercise"):
        assert command in done.stdout
        assert "Example" in skypact(command, "--help").stdout or command == "exercise"
