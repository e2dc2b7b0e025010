"""Two real processes for tests: an exercise's sensors, and the node that listens to them.

Ports are free ones, so that a demonstration on the same machine is not disturbed.
"""

import contextlib
import re
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
EXERCISE = ROOT / "examples/exercises/kyrgyzstan.toml"
NODE = ROOT / "examples/nodes/kyrgyzstan.toml"


def free_port(kind: socket.SocketKind) -> int:
    """A port that nobody holds now."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def node_on_free_ports(folder: Path) -> Path:
    """The example's node file with every port replaced by a free one."""

    def moved(found: re.Match[str]) -> str:
        kind = socket.SOCK_DGRAM if found[1] == "udp" else socket.SOCK_STREAM
        return f"{found[1]}://127.0.0.1:{free_port(kind)}"

    path = folder / "node.toml"
    path.write_text(re.sub(r"(udp|tcp)://127\.0\.0\.1:\d+", moved, NODE.read_text()))
    return path


@contextlib.contextmanager
def process(*words: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """``skypact WORDS`` while inside; its output goes to files in ``folder``."""
    name = words[0]
    with (folder / f"{name}.out").open("w") as out, (folder / f"{name}.err").open("w") as err:
        running = subprocess.Popen(
            [sys.executable, "-m", "skypact", *words], stdout=out, stderr=err, text=True
        )
        try:
            yield running
        finally:
            running.terminate()
            running.wait(timeout=20)


def console_url(folder: Path, running: subprocess.Popen[str], within_s: float = 60.0) -> str:
    """Where the node says its console is, as soon as it says so."""
    give_up = time.monotonic() + within_s
    while time.monotonic() < give_up:
        said = re.search(r"console at (http\S+)", (folder / "run.err").read_text())
        if said:
            return said[1]
        assert running.poll() is None, (folder / "run.err").read_text()
        time.sleep(0.1)
    raise AssertionError("the node did not start: " + (folder / "run.err").read_text())
