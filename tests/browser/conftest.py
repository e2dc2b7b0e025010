"""A console with a synthetic moving sky in its own thread, and a real Chromium that looks at it."""

import asyncio
import math
import os
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from skypact.console import Console
from skypact.console.front_end import ASSETS
from skypact.model.status import (
    AgreementStatus,
    Mode,
    NodeStatus,
    PartyStatus,
    RegistrationStatus,
    RoleStatus,
    SensorStatus,
)
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks

QUIET = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
HOSTILE = b"<b>x</b>"  # all that the eight characters of a callsign can carry
START_NS = 1_793_520_000 * SECOND_NS  # 2026-11-01T08:00:00Z
MAX_TURN_RAD_PER_S = 0.004


def radar(name: str, latitude_deg: float, longitude_deg: float) -> SensorStatus:
    return SensorStatus(
        name, "radar", latitude_deg, longitude_deg, "live", 0, 12.4, START_NS, {"TruncatedBlock": 3}
    )


MEASURED = RegistrationStatus(
    "good",
    range_bias_m=102.4,
    range_bias_m_sigma=3.6,
    azimuth_bias_deg=-0.151,
    azimuth_bias_deg_sigma=0.004,
    time_offset_s=0.1,
    time_offset_s_sigma=0.02,
)
NORTH_OFF = RegistrationStatus("withheld", reason="north is off by 107 degrees")
SENSORS = (
    replace(radar("Kant", 42.853, 74.846), registration=MEASURED, latency_s=0.21),
    replace(radar("Batken", 40.043, 70.839), state="late", plots_per_s=3.1, registration=NORTH_OFF),
    replace(radar("Issyk-Kul", 42.588, 76.713), state="silent", plots_per_s=0.0, rejected={}),
    replace(radar("Manas ADS-B", 43.061, 74.477), kind="adsb", plots_per_s=41.7),
)

AGREEMENT = AgreementStatus(
    id="two-rivers",
    version=2,
    title={"en": "Agreement of the two rivers", "ru": "Соглашение двух рек"},
    digest="ab" * 32,
    standing="in-force",
    in_force="2023-11-02",
    ends="2028-11-02",
    notice_by="2028-05-02",
    renewed=0,
    warnings=({"en": "30 days are left to give notice", "ru": "30 дней до уведомления"},),
    parties=(
        PartyStatus("A", {"en": "Aland"}, "2022-08-16", "2023-10-11", True),
        PartyStatus("B", {"en": "Beland"}, "2022-08-16", "2023-05-29", False),
    ),
    roles=(RoleStatus("director", "A", {"en": "Commander"}, "joint-actions", "art-6"),),
)


class Sky:
    """Synthetic aircraft over Kyrgyzstan: the same for the same count, moved by ``step``."""

    def __init__(self, count: int = 60, mode: Mode = "live") -> None:
        self.mode: Mode = mode
        self.finished = False
        self.now_ns = START_NS
        draw = np.random.default_rng(7)
        index = np.arange(count)
        self.speed_mps = draw.uniform(120, 260, count)
        self.angle_rad = draw.uniform(0, 2 * math.pi, count)
        self.turn_radps = np.where(index % 5 == 0, draw.uniform(-1, 1, count), 0.0)
        self.turn_radps *= MAX_TURN_RAD_PER_S
        wide = draw.normal(0, 1, (count, 2)) * (1.1, 3.0) + (41.6, 74.0)
        self.latitude_deg, self.longitude_deg = np.clip(wide, (37, 66), (46, 82)).T.copy()
        level_m = np.round(draw.uniform(1500, 12_000, count) / 30.48) * 30.48
        callsign = np.array([f"KGA{100 + k}".encode() for k in index], dtype="S8")
        if count > 2:
            callsign[1] = HOSTILE
            callsign[2] = b""
        self._tracks = Tracks(
            track=1000 + index.astype(np.int64),
            measured_ns=np.full(count, START_NS, dtype=np.int64),
            latitude_rad=np.radians(self.latitude_deg),
            longitude_rad=np.radians(self.longitude_deg),
            altitude_m=np.full(count, np.nan),
            pressure_altitude_m=np.where(index % 11 == 6, np.nan, level_m),
            velocity_east_mps=np.zeros(count),
            velocity_north_mps=np.zeros(count),
            velocity_up_mps=np.where(index % 3 == 0, draw.normal(0, 8, count), 0.0),
            horizontal_sigma_m=draw.uniform(30, 150, count),
            confirmed=index % 9 != 4,
            coasting=index % 13 == 5,
            last_plot_ns=np.full(count, START_NS, dtype=np.int64),
            mode_3a=np.where(index % 7 == 3, -1, 0o2000 + index % 0o1000).astype(np.int32),
            mode_s=(0x601000 + index).astype(np.int32),
            callsign=callsign,
            sensors=np.full((count, 1), 0b1001, dtype=np.uint64),
            covariance=np.full((count, 10), np.nan),
        )

    def step(self, seconds: float = 1.0) -> None:
        """Move on."""
        self.now_ns += int(seconds * SECOND_NS)
        self.angle_rad = self.angle_rad + self.turn_radps * seconds
        metres = self.speed_mps * seconds
        self.latitude_deg = self.latitude_deg + metres * np.cos(self.angle_rad) / 111_200
        narrow = 111_200 * np.cos(np.radians(self.latitude_deg))
        self.longitude_deg = self.longitude_deg + metres * np.sin(self.angle_rad) / narrow

    def picture(self) -> tuple[Tracks, NodeStatus]:
        tracks = replace(
            self._tracks,
            measured_ns=np.full(len(self._tracks), self.now_ns, dtype=np.int64),
            latitude_rad=np.radians(self.latitude_deg),
            longitude_rad=np.radians(self.longitude_deg),
            velocity_east_mps=self.speed_mps * np.sin(self.angle_rad),
            velocity_north_mps=self.speed_mps * np.cos(self.angle_rad),
            last_plot_ns=np.where(
                self._tracks.coasting, self.now_ns - 14 * SECOND_NS, self.now_ns - 2 * SECOND_NS
            ),
        )
        status = NodeStatus(
            node="KGZ",
            mode=self.mode,
            now_ns=self.now_ns,
            speed=1.0 if self.mode == "live" else 4.0,
            plots=1000,
            plots_per_s=57.2,
            tracks=int(tracks.confirmed.sum()),
            finished=self.finished,
            sensors=SENSORS,
            rejected={},
            agreements=(AGREEMENT,),
        )
        return tracks, status


class RunningConsole:
    """A console that serves from a thread; ``publish`` may be called from the test's."""

    def __init__(self, port: int = 0, **takes: Any) -> None:
        self.url = ""
        self._console = Console(port=port, **takes)
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> "RunningConsole":
        self._thread.start()
        assert self._ready.wait(10)
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)
        self._loop.close()

    def publish(self, sky: Sky) -> None:
        self._loop.call_soon_threadsafe(self._console.publish, *sky.picture())

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        self._loop.run_until_complete(self._serve())

    async def _serve(self) -> None:
        async with self._console.serving() as self.url:
            self._ready.set()
            await self._stop.wait()


@pytest.fixture
def make_sky() -> type[Sky]:
    return Sky


@pytest.fixture
def make_console() -> type[RunningConsole]:
    if not (ASSETS / "index.html").is_file():
        pytest.skip("the operator display is not built: run make setup")
    return RunningConsole


@pytest.fixture
def console(make_console: type[RunningConsole]) -> Iterator[RunningConsole]:
    with make_console() as running:
        yield running


@pytest.fixture(scope="module")  # Playwright holds the thread's event loop: others need it too
def browser() -> Iterator[Browser]:
    executable = os.environ.get("SKYPACT_CHROMIUM") or shutil.which("chromium")
    if executable is None:
        pytest.skip("no Chromium: install Debian's chromium or set SKYPACT_CHROMIUM")
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=executable, args=QUIET)
        yield chromium
        chromium.close()


@pytest.fixture
def page(browser: Browser, console: RunningConsole) -> Iterator[Page]:
    """The display, opened; any error, policy violation or foreign request fails the test."""
    context = browser.new_context(viewport={"width": 1440, "height": 860}, locale="en-GB")
    page = context.new_page()
    faults: list[str] = []
    page.on("console", lambda said: faults.append(said.text) if said.type == "error" else None)
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("dialog", lambda dialog: faults.append(f"dialog: {dialog.message}"))
    page.on(
        "request",
        lambda request: (
            None if request.url.startswith((console.url, "data:")) else faults.append(request.url)
        ),
    )
    page.add_init_script(
        "window.violations = [];"
        "addEventListener('securitypolicyviolation', e => violations.push(e.blockedURI));"
    )
    page.goto(console.url)
    yield page
    faults += page.evaluate("window.violations")
    context.close()
    assert not faults
