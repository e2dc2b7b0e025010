"""What an operator sees of an exchange: links in every state, joint tracks, threat reports.

All that partners say is made up here as hostile as it can be; the page fixture fails a test
that leaves a console error, a dialog, a violation of the page's policy or a foreign request.
"""

import gzip
import threading
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, expect

from shown_pages import PATIENCE_S, show, wait_for
from skypact.model.errors import QueueFull
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, PartnerStatus, ReportStatus
from skypact.model.time import SECOND_NS

pytestmark = pytest.mark.browser
START_NS = 1_793_520_000 * SECOND_NS
SCRIPT = "<script>alert(1)</script><img src=x onerror=alert(2)>"
TURNED = "\u202egnp.exe"
STATIONS = ("KG", "RU", "KANT", "KZ")
OWN, JOINT, PARTNERS, ALONE, BLURRED = 0b0001, 0b0011, 0b0110, 0b0010, 0b1000


def partner(station: str, **more: Any) -> PartnerStatus:
    known: dict[str, Any] = {
        "state": "live",
        "last_heard_ns": START_NS - SECOND_NS // 2,
        "clock_offset_s": 0.012,
        "delay_s": 0.04,
        "delay_p95_s": 0.09,
        "sent_per_s": 42.0,
        "received_per_s": 37.0,
        "tracks": 25,
        "paired": 18,
        "unconfirmed": 7,
        "delivered": 12,
        "epoch": 3,
        "credentials_end": "2027-01-31",
    }
    return PartnerStatus(station, station[:2], "two-rivers", **known | more)


PARTNERS_SEEN = (
    partner("RU", bias_east_m=104.0, bias_north_m=-31.0),
    partner("KANT", state="late", delay_s=2.4, throttled=True, superseded=140, gaps=3),
    partner("KZ", state="stale", last_heard_ns=START_NS - 20 * SECOND_NS, waiting=5),
    partner(
        "TJ",
        state="lost",
        last_heard_ns=START_NS - 95 * SECOND_NS,
        trouble=f"connection refused {SCRIPT}{TURNED}",
        refused={f"Forged{SCRIPT}": 9, "Replay": 2},
    ),
    partner("BY", state="closed", last_heard_ns=-1, delay_s=None, clock_offset_s=None, epoch=0),
)


def report(name: str, text: str, **more: Any) -> ReportStatus:
    until_ns = START_NS + 3600 * SECOND_NS
    return ReportStatus(name, "RU", "RU", "ДСП", text, START_NS, START_NS, until_ns, **more)


REPORTS_SEEN = (
    report(
        "01" * 16,
        f"{SCRIPT}{TURNED} Z\u0335\u0336\u0337\u0338\u0334\u0335 {'long ' * 200}",
        latitude_deg=42.2,
        longitude_deg=73.4,
        radius_m=60_000.0,
        tracks=(1011,),
    ),
    report(
        "02" * 16,
        "Балаклаву не видно\nвторая строка",
        outline_deg=((40.6, 75.2), (41.4, 75.0), (41.6, 76.4), (40.8, 76.6)),
    ),
    report("03" * 16, "At a point", latitude_deg=41.0, longitude_deg=72.2),
    replace(report("04" * 16, "Ours, nowhere in particular"), station="KG", party="KG"),
)


class JointSky:
    """The made-up sky with every kind of joint track, and partners in every state."""

    def __init__(self, sky: Any) -> None:
        self.sky = sky
        self.partners = PARTNERS_SEEN
        self.reports = REPORTS_SEEN
        self.numbered: dict[int, int] = {}

    @property
    def now_ns(self) -> int:
        return int(self.sky.now_ns)

    def picture(self) -> tuple[JointTracks, NodeStatus]:
        tracks, status = self.sky.picture()
        kinds = np.array([OWN, JOINT, PARTNERS, ALONE, BLURRED], dtype=np.uint64)
        bits = kinds[np.arange(len(tracks)) % 5]
        own = np.where(bits & np.uint64(1), tracks.track - 900, -1)
        numbers = np.where(bits == OWN, -own, tracks.track)
        for own_number, joint in self.numbered.items():
            numbers[own == own_number] = joint
        joint = JointTracks(
            tracks=replace(tracks, track=numbers),
            stations=STATIONS,
            reporter=np.select([bits == BLURRED, bits == OWN], [3, 0], 1).astype(np.int16),
            contributors=bits,
            own_track=own.astype(np.int64),
            unconfirmed=bits == ALONE,
            blurred=bits == BLURRED,
        )
        return joint, replace(status, station="KG", partners=self.partners, reports=self.reports)


class Node:
    """Takes reports and switches lines, as the node behind a console does."""

    def __init__(self) -> None:
        self.reports: list[dict[str, Any]] = []
        self.came = threading.Event()
        self.full = False
        self.lines = {"KG-RU": True, f"KG-{SCRIPT}": True}

    def on_report(self, form: dict[str, Any]) -> dict[str, Any]:
        if self.full:
            raise QueueFull(f"the link holds no more {SCRIPT}")
        self.reports.append(form)
        self.came.set()
        return {"id": "05" * 16}

    def links(self) -> list[dict[str, Any]]:
        return [{"link": name, "open": state} for name, state in self.lines.items()]

    def set(self, link: str, open: bool) -> None:
        self.lines[link] = open


@pytest.fixture
def node() -> Node:
    return Node()


@pytest.fixture
def console(make_console: Any, node: Node) -> Iterator[Any]:
    with make_console(on_report=node.on_report, link_switch=node) as running:
        yield running


@pytest.fixture
def sky(make_sky: Any) -> JointSky:
    return JointSky(make_sky())


def symbols(page: Page) -> dict[int, tuple[float, float]]:
    found = page.evaluate("window.skypact.symbols()")
    return {symbol["track"]: (symbol["x"], symbol["y"]) for symbol in found}


def click_track(page: Page, track: int) -> None:
    box = page.get_by_test_id("live-layer").bounding_box()
    assert box is not None
    x, y = symbols(page)[track]
    page.mouse.click(box["x"] + x, box["y"] + y)


def own_number(number: int) -> int:
    """Where the display puts a number of the node's own that is no joint one."""
    return 2**32 + number


def has_no_markup(page: Page, place: str) -> None:
    panel = page.get_by_test_id(place)
    expect(panel).to_contain_text("<script>alert(1)</script>")
    assert panel.locator("script, img").count() == 0
    assert "\u202e" not in (panel.text_content() or "")


def test_a_node_without_an_exchange_looks_as_before(
    page: Page, console: Any, make_sky: Any
) -> None:
    show(page, console, make_sky())
    assert page.get_by_test_id("link-lights").count() == 0
    for key in ("p", "r"):
        page.keyboard.press(key)
    assert page.get_by_test_id("links").count() == 0
    assert page.get_by_test_id("reports").count() == 0
    click_track(page, 1010)
    panel = page.get_by_test_id("track-panel")
    expect(panel).to_contain_text("#1010")
    expect(panel).not_to_contain_text("Joint")


def test_every_link_says_its_state_in_a_word_and_a_shape(
    page: Page, console: Any, sky: JointSky
) -> None:
    show(page, console, sky)
    page.keyboard.press("p")
    rows = page.get_by_test_id("links").locator("article")
    expect(rows).to_have_count(5)
    for row, words in enumerate(
        (
            ("RU", "live", "0.5 s ago", "0.04 s (0.09 s)", "+104, −31 m", "2027-01-31"),
            ("KANT", "late", "2.40 s", "heard only now and then", "140", "3"),
            ("KZ", "stale", "20.0 s ago", "5, 12"),
            ("TJ", "LOST", "95 s ago", "Replay 2"),
            ("BY", "closed", "never"),
        )
    ):
        for word in words:
            expect(rows.nth(row)).to_contain_text(word)
    shapes = [rows.nth(row).locator("svg path").get_attribute("d") for row in range(5)]
    assert len(set(shapes)) == 5
    expect(page.get_by_test_id("link-lights")).to_contain_text("1/5")
    expect(page.get_by_test_id("notice")).to_have_text("LINK LOST: TJ")
    has_no_markup(page, "links")


def test_a_link_that_comes_back_is_no_longer_called_lost(
    page: Page, console: Any, sky: JointSky
) -> None:
    show(page, console, sky)
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("LINK LOST")
    sky.partners = tuple(replace(p, state="live") for p in PARTNERS_SEEN)
    sky.sky.step(1)
    show(page, console, sky)
    expect(notice).to_be_empty()
    expect(page.get_by_test_id("link-lights")).to_contain_text("5/5")


@pytest.mark.parametrize(
    ("track", "words"),
    [
        (own_number(100), ("own sensors", "none yet", "(100)", "KG")),
        (1001, ("joint: own sensors and partners", "#1001", "(101)", "RU", "KG, RU")),
        (1002, ("partners only", "own sensors do not see it", "RU, KANT")),
        (1003, ("UNCONFIRMED: one partner alone", "#1003")),
        (1054, ("blurred: coarse and late", "KZ")),
    ],
)
def test_a_joint_track_says_whose_it_is(
    page: Page, console: Any, sky: JointSky, track: int, words: tuple[str, ...]
) -> None:
    show(page, console, sky)
    click_track(page, track)
    panel = page.get_by_test_id("track-panel")
    for word in words:
        expect(panel).to_contain_text(word)
    if track in (1003, 1054):
        expect(panel.locator(".life")).not_to_contain_text("confirmed")


def test_every_kind_of_joint_track_has_a_shape_of_its_own(
    page: Page, console: Any, sky: JointSky
) -> None:
    """In grey, so that colour cannot help: as the colour-blind see it, or a printer."""
    sky.reports = ()
    show(page, console, sky)
    page.keyboard.press("?")
    expect(page.get_by_test_id("help").locator("canvas")).to_have_count(7)
    drawn = page.evaluate(
        """() => [...document.querySelectorAll('[data-testid=help] canvas')].map(canvas => {
          const g = canvas.getContext('2d');
          const data = g.getImageData(0, 0, canvas.width, canvas.height).data;
          const grey = i => (data[i] * 0.3 + data[i + 1] * 0.59 + data[i + 2] * 0.11);
          return Array.from({length: data.length / 4}, (_, i) =>
            grey(4 * i) * data[4 * i + 3] / 255);
        })"""
    )
    shapes = np.array(drawn)
    for first in range(len(shapes)):
        for second in range(first):
            assert (np.abs(shapes[first] - shapes[second]) > 50).sum() >= 12, (first, second)


def test_a_chosen_track_stays_chosen_when_it_gets_its_joint_number(
    page: Page, console: Any, sky: JointSky
) -> None:
    show(page, console, sky)
    click_track(page, own_number(110))
    panel = page.get_by_test_id("track-panel")
    expect(panel).to_contain_text("none yet")
    sky.numbered[110] = 777
    sky.sky.step(1)
    show(page, console, sky)
    expect(panel).to_contain_text("#777")
    expect(panel).to_contain_text("KGA110")
    sky.numbered[110] = 555  # an older number of the same track was found
    sky.sky.step(1)
    show(page, console, sky)
    expect(panel).to_contain_text("#555")


def test_reports_are_listed_and_drawn_and_never_run(
    page: Page, console: Any, sky: JointSky
) -> None:
    sky.reports = ()
    show(page, console, sky)
    before = layer_digest(page)
    sky.reports = REPORTS_SEEN
    show(page, console, sky)
    wait_for(lambda: layer_digest(page) != before, "the areas of reports on the map")
    page.keyboard.press("r")
    panel = page.get_by_test_id("reports")
    rows = panel.locator("article")
    expect(rows).to_have_count(4)
    expect(rows.nth(0)).to_contain_text("08:00 until 09:00 UTC")
    expect(rows.nth(1)).to_contain_text("Балаклаву")
    expect(rows.nth(3)).to_contain_text("own")
    has_no_markup(page, "reports")
    short = len(rows.nth(0).text_content() or "")
    rows.nth(0).get_by_text("Whole text").click()
    expect(rows.nth(0)).to_contain_text("Shorter")
    assert len(rows.nth(0).text_content() or "") > short + 500
    rows.nth(0).get_by_role("button", name="#1011").click()
    sky.reports = ()
    sky.sky.step(1)
    show(page, console, sky)
    expect(panel).to_contain_text("No report holds now.")


def layer_digest(page: Page) -> int:
    return int(
        page.evaluate(
            """() => {
              const canvas = document.querySelector('canvas.live');
              const data = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height);
              let sum = 0;
              for (const value of new Uint32Array(data.data.buffer)) sum = (sum * 31 + value) | 0;
              return sum;
            }"""
        )
    )


def test_a_report_is_written_placed_on_the_map_and_sent(
    page: Page, console: Any, sky: JointSky, node: Node
) -> None:
    show(page, console, sky)
    click_track(page, 1001)
    page.keyboard.press("r")
    page.get_by_role("button", name="Write a report").click()
    form = page.get_by_test_id("report-form")
    send = form.get_by_role("button", name="Send")
    expect(send).to_be_disabled()
    form.locator("textarea").fill(f"Эки учак {SCRIPT}")
    form.get_by_role("button", name="Point on the map").click()
    page.mouse.click(500, 500)
    expect(form.get_by_label("Latitude, °")).not_to_have_value("")
    form.get_by_label("Radius, km").fill("25")
    form.get_by_label("Holds for").select_option("2 h")
    form.get_by_label("Of the chosen track").check()
    send.click()
    assert node.came.wait(PATIENCE_S)
    (sent,) = node.reports
    assert sent["text"] == f"Эки учак {SCRIPT}"
    assert sent["radius_m"] == 25_000.0
    assert 35 < sent["latitude_deg"] < 47
    assert sent["until_ns"] - sent["from_ns"] == 7200 * SECOND_NS
    assert abs(sent["from_ns"] - sky.now_ns) < 1000
    assert sent["tracks"] == (1001,)
    expect(form).to_have_count(0)


def test_a_report_that_is_refused_stays_in_the_form_and_says_why(
    browser: Browser, console: Any, sky: JointSky, node: Node
) -> None:
    node.full = True
    page = browser.new_page(locale="en-GB")  # the browser's console names every refused request
    page.goto(console.url)
    show(page, console, sky)
    page.keyboard.press("r")
    page.get_by_role("button", name="Write a report").click()
    form = page.get_by_test_id("report-form")
    form.locator("textarea").fill("x")
    form.get_by_label("Latitude, °").fill("99")
    expect(form.get_by_role("button", name="Send")).to_be_disabled()
    form.get_by_role("button", name="No area").click()
    with page.expect_response("**/api/reports") as answer:
        form.get_by_role("button", name="Send").click()
    assert answer.value.status == 503
    expect(form.get_by_role("alert")).to_contain_text("Not sent: the link holds no more <script>")
    expect(form.locator("textarea")).to_have_value("x")
    assert form.locator("script, img").count() == 0
    page.close()


def test_a_line_is_cut_and_restored_by_its_button(
    page: Page, console: Any, sky: JointSky, node: Node
) -> None:
    show(page, console, sky)
    page.keyboard.press("p")
    lines = page.get_by_test_id("lines")
    expect(lines.get_by_role("button")).to_have_count(2)
    lines.get_by_role("button", name="Cut").first.click()
    expect(lines.locator("p").first).to_contain_text("CUT")
    assert node.lines["KG-RU"] is False
    lines.get_by_role("button", name="Restore").click()
    expect(lines.locator("p").first).to_contain_text("open")
    assert node.lines["KG-RU"] is True
    assert lines.locator("script, img").count() == 0


def test_a_node_that_takes_nothing_shows_neither_form_nor_buttons(
    browser: Browser, make_console: Any, sky: JointSky
) -> None:
    page = browser.new_page(locale="en-GB")
    with make_console() as console:
        page.goto(console.url)
        show(page, console, sky)
        page.keyboard.press("p")
        page.keyboard.press("r")
        expect(page.get_by_test_id("reports").locator("article")).to_have_count(4)
        assert page.get_by_role("button", name="Write a report").count() == 0
        expect(page.get_by_test_id("links")).to_be_visible()
        assert page.get_by_test_id("lines").count() == 0
    page.close()


@pytest.mark.parametrize(
    ("tag", "words"), [("ru", ("ПОТЕРЯНА", "Донесения")), ("ky", ("ҮЗҮЛГӨН", "Коркунуч"))]
)
def test_the_exchange_speaks_every_language(
    page: Page, console: Any, sky: JointSky, tag: str, words: tuple[str, str]
) -> None:
    show(page, console, sky)
    page.get_by_label("Language").select_option(tag)
    page.keyboard.press("p")
    expect(page.get_by_test_id("links")).to_contain_text(words[0])
    page.keyboard.press("r")
    expect(page.get_by_test_id("reports")).to_contain_text(words[1])


def test_a_first_display_loads_at_most_600_kilobytes(
    browser: Browser, make_console: Any, sky: JointSky
) -> None:
    """As a server that compresses would send it; ours does not, on loopback it gains nothing."""
    context = browser.new_context(locale="en-GB")
    page = context.new_page()
    loaded: list[int] = []

    def count(response: Any) -> None:
        body = response.body()
        packed = "woff2" in response.url
        loaded.append(len(body) if packed else len(gzip.compress(body, 9)))

    page.on("requestfinished", lambda request: count(request.response()))
    with make_console() as console:
        page.goto(console.url)
        show(page, console, sky)
        page.wait_for_load_state("networkidle")
        assert sum(loaded) <= 600_000
    context.close()
