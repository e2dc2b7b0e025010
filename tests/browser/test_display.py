"""What an operator sees and does, in a real Chromium with a real socket to the console.

The page fixture fails every test that leaves a console error, a violation of the page's
policy, a dialog or a request to another host behind.
"""

from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, FloatRect, Page, expect

from shown_pages import show

pytestmark = pytest.mark.browser


def layer(page: Page) -> FloatRect:
    box = page.get_by_test_id("live-layer").bounding_box()
    assert box is not None
    return box


def symbols(page: Page) -> dict[int, tuple[float, float]]:
    found = page.evaluate("window.skypact.symbols()")
    return {symbol["track"]: (symbol["x"], symbol["y"]) for symbol in found}


def pixels(page: Page) -> int:
    """A digest of all that the live layer shows."""
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


def ink_at(page: Page, x: float, y: float) -> int:
    """How many pixels around a point of the live layer are drawn on."""
    return int(
        page.evaluate(
            """([x, y]) => {
              const canvas = document.querySelector('canvas.live');
              const ratio = devicePixelRatio;
              const data = canvas.getContext('2d').getImageData(
                (x - 8) * ratio, (y - 8) * ratio, 16 * ratio, 16 * ratio).data;
              let ink = 0;
              for (let i = 3; i < data.length; i += 4) if (data[i] > 200) ink++;
              return ink;
            }""",
            [x, y],
        )
    )


def click_track(page: Page, track: int) -> None:
    x, y = symbols(page)[track]
    box = layer(page)
    page.mouse.click(box["x"] + x, box["y"] + y)


def test_symbols_move_as_the_tracks_do(page: Page, console: Any, make_sky: Any) -> None:
    sky = make_sky()
    first = show(page, console, sky)
    page.wait_for_timeout(300)
    places, drawn = symbols(page), pixels(page)
    assert len(places) > 50
    assert ink_at(page, *places[1010]) > 20  # there is a symbol where the page says there is
    for _ in range(3):
        sky.step(20)
    second = show(page, console, sky)
    moved = symbols(page)
    assert second["sequence"] > first["sequence"]
    assert pixels(page) != drawn
    # North is up: who flies east goes right, who flies north goes up.
    for index in (10, 16, 25):
        (x0, y0), (x1, y1) = places[1000 + index], moved[1000 + index]
        angle = np.arctan2(x1 - x0, y0 - y1)
        assert np.cos(angle - sky.angle_rad[index]) > 0.9


def test_the_picture_says_what_was_published(page: Page, console: Any, make_sky: Any) -> None:
    sky = make_sky()
    picture = show(page, console, sky)
    assert picture["tracks"] == 60
    assert picture["confirmed"] == sky.picture()[1].tracks
    at = {p["track"]: p for p in picture["positions"]}[1010]
    assert at["latitude"] == pytest.approx(sky.latitude_deg[10], abs=1e-5)
    assert at["longitude"] == pytest.approx(sky.longitude_deg[10], abs=1e-5)
    expect(page.get_by_test_id("clock")).to_contain_text("08:00:00")
    expect(page.get_by_test_id("tracks")).to_contain_text("53")


def test_a_click_opens_the_details_and_escape_closes_them(
    page: Page, console: Any, make_sky: Any
) -> None:
    sky = make_sky()
    show(page, console, sky)
    click_track(page, 1010)
    panel = page.get_by_test_id("track-panel")
    for text in ("KGA110", "60100A", "FL183", "Kant, Manas ADS-B", "2.0 s ago", "confirmed"):
        expect(panel).to_contain_text(text)
    expect(panel).to_contain_text("not known")  # its Mode A code
    sky.step(1)
    show(page, console, sky)
    expect(panel).to_contain_text("KGA110")
    page.keyboard.press("Escape")
    expect(panel).to_have_count(0)


def test_a_hostile_callsign_stays_text(page: Page, console: Any, make_sky: Any) -> None:
    show(page, console, make_sky())
    click_track(page, 1001)
    panel = page.get_by_test_id("track-panel")
    expect(panel).to_contain_text("<b>x</b>")
    assert panel.locator("b").count() == 0


def test_sensors_show_their_state_in_words(page: Page, console: Any, make_sky: Any) -> None:
    show(page, console, make_sky())
    rows = page.locator("aside tbody tr:not(.registration)")
    for row, words in enumerate((("Kant", "live", "12.4", "3"), ("Batken", "late"), ("silent",))):
        for word in words:
            expect(rows.nth(row)).to_contain_text(word)


@pytest.mark.parametrize(
    ("mode", "words"), [("live", "LIVE"), ("replay", "REPLAY×4"), ("exercise", "EXERCISE")]
)
def test_the_mode_cannot_be_mistaken(
    page: Page, console: Any, make_sky: Any, mode: str, words: str
) -> None:
    show(page, console, make_sky(mode=mode))
    expect(page.get_by_test_id("mode")).to_have_text(words)
    framed = page.evaluate("getComputedStyle(document.querySelector('main'), '::after').content")
    assert (framed == "none") == (mode == "live")


def test_silence_is_said_over_the_map_and_ends_with_the_next_frame(
    page: Page, console: Any, make_sky: Any
) -> None:
    sky = make_sky()
    show(page, console, sky)
    notice = page.get_by_test_id("notice")
    expect(notice).to_be_empty()
    expect(notice).to_contain_text("NO DATA FOR 3 s", timeout=6000)
    sky.step(1)
    show(page, console, sky)
    expect(notice).to_be_empty()


def test_a_broken_link_is_said_over_the_map_and_taken_up_again(
    browser: Browser, make_console: Any, make_sky: Any
) -> None:
    sky = make_sky()
    page = browser.new_page()
    with make_console() as console:
        page.goto(console.url)
        show(page, console, sky)
        port = int(console.url.rsplit(":", 1)[1].strip("/"))
    notice = page.get_by_test_id("notice")
    expect(notice).to_contain_text("CONNECTION LOST")
    with make_console(port) as console:
        sky.step(1)
        show(page, console, sky)
        expect(notice).to_be_empty()
        assert len(symbols(page)) > 50
    page.close()


def test_a_replay_at_its_end_says_so(page: Page, console: Any, make_sky: Any) -> None:
    sky = make_sky(mode="replay")
    sky.finished = True
    show(page, console, sky)
    expect(page.get_by_test_id("notice")).to_contain_text("The replay has ended")
    expect(page.get_by_test_id("mode")).to_contain_text("ENDED")


def test_a_sensor_says_how_far_off_it_measures_and_why_it_is_not_believed(
    page: Page, console: Any, make_sky: Any
) -> None:
    show(page, console, make_sky())
    rows = page.get_by_test_id("registration")
    expect(rows).to_have_count(2)
    expect(page.locator("aside tbody tr").first).to_contain_text("0.21 s")
    expect(rows.first).to_contain_text("+102 ± 4 m")
    expect(rows.first).to_contain_text("−0.151 ± 0.004°")
    expect(rows.nth(1)).to_contain_text("WITHHELD")
    expect(rows.nth(1)).to_contain_text("north is off by 107 degrees")


def test_agreements_are_shown_with_term_roles_and_what_is_missing(
    page: Page, console: Any, make_sky: Any
) -> None:
    show(page, console, make_sky())
    panel = page.get_by_test_id("agreements")
    expect(panel).to_have_count(0)
    page.keyboard.press("g")
    for text in ("two rivers", "in force", "2023-11-02 – 2028-11-02", "2028-05-02", "Commander"):
        expect(panel).to_contain_text(text)
    expect(panel).to_contain_text("no signature here")
    page.get_by_label("Language").select_option("ru")
    expect(panel).to_contain_text("Соглашение двух рек")
    page.keyboard.press("g")
    expect(panel).to_have_count(0)


def test_every_language_is_there_and_is_kept(page: Page, console: Any, make_sky: Any) -> None:
    show(page, console, make_sky())
    for tag, word in (("ru", "РЕАЛЬНОЕ ВРЕМЯ"), ("ky", "ТҮЗ УБАКЫТ")):
        page.get_by_role("combobox").select_option(tag)
        expect(page.get_by_test_id("mode")).to_have_text(word)
    page.reload()
    expect(page.get_by_test_id("mode")).to_have_text("ТҮЗ УБАКЫТ")


def test_the_keyboard_moves_zooms_and_filters(page: Page, console: Any, make_sky: Any) -> None:
    sky = make_sky()
    for _ in range(2):
        show(page, console, sky)
    before = symbols(page)
    page.keyboard.press("ArrowRight")
    moved = symbols(page)
    assert moved[1010][0] - before[1010][0] == pytest.approx(-140, abs=2)
    page.keyboard.press("t")
    assert 1004 in moved
    assert 1004 not in symbols(page)  # a tentative track
    drawn = pixels(page)
    page.keyboard.press("l")
    assert pixels(page) != drawn  # longer leaders
    page.keyboard.press("?")
    expect(page.get_by_test_id("help")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_test_id("help")).to_have_count(0)
    page.keyboard.press("-")
    apart = symbols(page)
    assert abs(apart[1010][0] - apart[1016][0]) < abs(moved[1010][0] - moved[1016][0])


def test_four_thousand_tracks_are_drawn_and_follow(page: Page, console: Any, make_sky: Any) -> None:
    sky = make_sky(count=4000)
    show(page, console, sky)
    assert len(symbols(page)) > 3000
    drawn = pixels(page)
    sky.step(60)
    show(page, console, sky)
    assert pixels(page) != drawn
