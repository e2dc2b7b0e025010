"""What browser tests do with a page: wait until something is so, and show it a sky."""

import time
from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page

PATIENCE_S = 20


def wait_for(condition: Callable[[], Any], what: str) -> Any:
    """Ask until it is so (the page's policy forbids the polling that Playwright offers)."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if found := condition():
            return found
        time.sleep(0.05)
    raise AssertionError(f"waited {PATIENCE_S} s in vain for: {what}")


def show(page: Page, console: Any, sky: Any) -> dict[str, Any]:
    """Publish the sky and wait until the page shows it."""
    console.publish(sky)

    def shown() -> dict[str, Any] | None:
        picture = page.evaluate("window.skypact ? window.skypact.picture() : null")
        return picture if picture and picture["timeMs"] == sky.now_ns // 1_000_000 else None

    picture: dict[str, Any] = wait_for(shown, "the published picture")
    page.evaluate("new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))")
    return picture
