"""A newcomer's view: sensors send real bytes from one process, a node in another tracks them,
and a real Chromium shows aircraft that move.
"""

import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser

from processes import EXERCISE, console_url, node_on_free_ports, process

pytestmark = pytest.mark.browser

ENOUGH_AIRCRAFT = 40
PATIENCE_S = 60


def until(condition: Callable[[], Any], what: str) -> Any:
    give_up = time.monotonic() + PATIENCE_S
    while time.monotonic() < give_up:
        if found := condition():
            return found
        time.sleep(0.1)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for: {what}")


def test_aircraft_move_in_the_browser_from_bytes_on_sockets(
    browser: Browser, tmp_path: Path
) -> None:
    node = node_on_free_ports(tmp_path)
    with (
        process("run", str(node), "--port", "0", "--json", folder=tmp_path) as running,
        process("exercise", "transmit", str(EXERCISE), "--to", str(node), folder=tmp_path),
    ):
        page = browser.new_page()
        errors: list[str] = []
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.goto(console_url(tmp_path, running))

        def shown() -> dict[int, tuple[float, float]] | None:
            found = page.evaluate("window.skypact ? window.skypact.symbols() : []")
            symbols = {symbol["track"]: (symbol["x"], symbol["y"]) for symbol in found}
            return symbols if len(symbols) >= ENOUGH_AIRCRAFT else None

        first = until(shown, f"{ENOUGH_AIRCRAFT} aircraft on the display")

        def moved() -> bool:
            now = shown() or {}
            return sum(now[n] != first[n] for n in now.keys() & first.keys()) > len(first) // 2

        until(moved, "more than half of the symbols to move")
        assert page.get_by_text("EXERCISE").first.is_visible()
        assert not errors
        page.close()
    summary = json.loads((tmp_path / "run.out").read_text())
    assert summary["plots"] > 200
    assert summary["tracks"] >= ENOUGH_AIRCRAFT
