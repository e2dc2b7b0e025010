"""Start-up: from a fresh clone to moving aircraft, the second start, and ``skypact --help``.

The fresh clone runs with empty caches of its own (uv, npm, ASTERIX definitions), so every
library is fetched and every kernel compiled, as on a newcomer's machine.
"""

from __future__ import annotations

import contextlib
import json
import os
import resource
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from benchmarks.figures import Figure
from benchmarks.places import CHECKOUT

FRESH_BAR_S, SECOND_BAR_S, HELP_BAR_S = 240.0, 5.0, 0.2
GIVE_UP_S = 300.0


def run(quick: bool) -> Iterator[Figure]:
    """``--quick`` leaves the fresh clone out."""
    yield Figure(
        "start: skypact --help, CPU", seconds := help_cpu_s(), "s", HELP_BAR_S, None,
        seconds <= HELP_BAR_S,
    )  # fmt: skip
    yield second_start(CHECKOUT, os.environ.copy())
    if quick:
        return
    with tempfile.TemporaryDirectory() as place:
        clone = Path(place) / "skypact"
        start = time.monotonic()
        subprocess.run(["git", "clone", "--quiet", str(CHECKOUT), str(clone)], check=True)
        environment = os.environ | {
            "XDG_CACHE_HOME": f"{place}/cache",
            "UV_CACHE_DIR": f"{place}/uv",
            "npm_config_cache": f"{place}/npm",
        }
        environment.pop("VIRTUAL_ENV", None)
        until_moving(clone, environment)
        seconds = time.monotonic() - start
        yield Figure(
            "start: fresh clone to moving aircraft", seconds, "s", FRESH_BAR_S, None,
            seconds <= FRESH_BAR_S,
        )  # fmt: skip


def help_cpu_s() -> float:
    """CPU seconds of ``skypact --help``, the least of five."""
    best = float("inf")
    for _ in range(5):
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(
            [CHECKOUT / ".venv/bin/skypact", "--help"], check=True, stdout=subprocess.DEVNULL
        )
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        spent = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        best = min(best, spent)
    return best


def second_start(checkout: Path, environment: dict[str, str]) -> Figure:
    """Seconds from ``make demo`` to the console's first answer with everything set up."""
    seconds = until_answer(checkout, environment, moving=False)
    return Figure(
        "start: second start to console", seconds, "s", SECOND_BAR_S, None, seconds <= SECOND_BAR_S
    )


def until_moving(checkout: Path, environment: dict[str, str]) -> float:
    """Seconds from ``make demo`` to aircraft that moved between two pictures."""
    return until_answer(checkout, environment, moving=True)


def until_answer(checkout: Path, environment: dict[str, str], *, moving: bool) -> float:
    """Run the demo and wait for its console; it is ended afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    start = time.monotonic()
    demo = subprocess.Popen(
        ["make", "demo", f"DEMO_PORT={port}"],
        cwd=checkout,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=sys.stderr if moving else subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        first: dict[int, tuple[float, float]] = {}
        while time.monotonic() - start < GIVE_UP_S and demo.poll() is None:
            time.sleep(0.1)
            with contextlib.suppress(OSError, ValueError):
                url = f"http://127.0.0.1:{port}/api/tracks"
                with urllib.request.urlopen(url, timeout=2) as answer:
                    tracks = json.load(answer)["tracks"]
                if not moving:
                    return time.monotonic() - start
                now = {t["track"]: (t["latitude_deg"], t["longitude_deg"]) for t in tracks}
                first = first or now
                if any(now[number] != first.get(number, now[number]) for number in now):
                    return time.monotonic() - start
        raise RuntimeError(f"the demo showed nothing within {GIVE_UP_S:.0f} s")
    finally:
        os.killpg(demo.pid, signal.SIGINT)
        demo.wait(timeout=30)
