"""A real process that gives numbers to tracks is killed with SIGKILL at any moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from skypact.node.disk import SystemDisk
from skypact.node.track_numbers import TrackNumbers

SOURCE = Path(__file__).parents[2] / "src"
WRITER = """
import sys
from pathlib import Path
from skypact.node import track_numbers
from skypact.node.disk import SystemDisk

track_numbers.BLOCK = 7
numbers = track_numbers.TrackNumbers(Path(sys.argv[1]), SystemDisk())
number = numbers.first
print(number, flush=True)
while True:
    if numbers.reach(number + 1):
        print(number, flush=True)
    number += 1
"""


def test_numbers_of_processes_that_are_killed_never_meet(tmp_path: Path) -> None:
    path, highest = tmp_path / "numbers", 0
    for turn in range(5):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)],
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ | {"PYTHONPATH": str(SOURCE)},
        ) as writer:
            assert writer.stdout is not None
            told = [int(writer.stdout.readline()) for _ in range(3 + 40 * turn)]
            writer.send_signal(signal.SIGKILL)  # in the middle of reserving or not
            told += [int(line) for line in writer.stdout.read().split("\n")[:-1]]
        assert min(told) > highest
        highest = max(told)
    assert TrackNumbers(path, SystemDisk()).first > highest
