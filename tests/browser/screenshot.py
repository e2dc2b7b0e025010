"""Take a picture of a running console for the documentation.

Run ``.venv/bin/python tests/browser/screenshot.py http://127.0.0.1:8470/ OUT.png`` while a node
serves there; the seconds to let the picture grow may follow (default 20).
"""

import os
import shutil
import sys

from playwright.sync_api import sync_playwright


def take(url: str, out: str, seconds: float) -> None:
    """Open the display, wait, fit the map to the traffic and save what it shows."""
    executable = os.environ.get("SKYPACT_CHROMIUM") or shutil.which("chromium")
    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--disable-gpu"]
        browser = playwright.chromium.launch(executable_path=executable, args=arguments)
        page = browser.new_page(viewport={"width": 1440, "height": 860}, locale="en-GB")
        page.goto(url)
        page.wait_for_timeout(1000 * seconds)
        page.keyboard.press("f")
        page.wait_for_timeout(2000)
        page.screenshot(path=out)
        browser.close()


if __name__ == "__main__":
    take(sys.argv[1], sys.argv[2], float(sys.argv[3]) if len(sys.argv) > 3 else 20.0)
