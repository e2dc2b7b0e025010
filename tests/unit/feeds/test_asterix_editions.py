"""Editions: chosen by category and sensor, or told from what parses without a refusal."""

import numpy as np
import pytest

from skypact.feeds.asterix import decode_items
from skypact.feeds.asterix.detection import (
    detect_editions,
    detect_sensor_editions,
    editions_for,
)
from skypact.feeds.asterix.editions import Editions
from skypact.feeds.asterix.encode import encode
from skypact.feeds.asterix.records import find_records
from skypact.model.errors import UnknownEdition
from skypact.model.frames import Frames

STEP = np.arange(30)


def reports(sic: int, edition: str | None) -> list[bytes]:
    """ADS-B reports of a ground station in an edition; 0.26 and 2.7 share no layout."""
    old = {
        "I021/030": 100.0 + STEP,
        "I021/080": STEP + 0x400000,
        "I021/130/LAT": 42.0,
        "I021/130/LON": 74.0 + STEP / 10,
        "I021/032": 0.5,
        "I021/170": np.array([f"OLD{k}" for k in STEP]),
    }
    new = {
        "I021/071": 100.0 + STEP,
        "I021/080": STEP + 0x400000,
        "I021/131/LAT": 42.0,
        "I021/131/LON": 74.0 + STEP / 10,
        "I021/170": np.array([f"NEW{k}" for k in STEP]),
        "I021/040/ATP": 1,
    }
    source = {"I021/010/SAC": 25, "I021/010/SIC": sic}
    named = old if edition and edition.startswith("0") else new
    return encode(21, source | named, edition=edition, max_block_bytes=200)


def frames_of(payloads: list[bytes]) -> Frames:
    return Frames.from_payloads("asterix", "x", payloads, [-1] * len(payloads))


MIXED = [
    block for pair in zip(reports(1, "0.26"), reports(2, "2.7"), strict=False) for block in pair
]


def test_an_old_edition_is_told_from_what_it_says() -> None:
    fit = detect_editions(frames_of(reports(1, "0.26")))[21]
    assert "0.26" in fit.equal
    assert fit.refused == 0
    assert fit.latest_refused > 0
    assert not fit.latest
    assert "the latest refuses" in str(fit)


def test_among_editions_that_fit_the_latest_is_taken() -> None:
    fit = detect_editions(frames_of(reports(1, "2.1")))[21]
    assert {"2.1", "2.7"} <= set(fit.equal)
    assert fit.edition == "2.7"
    assert editions_for(frames_of(reports(1, "2.1"))) == (Editions(), [])


def test_two_sensors_may_speak_different_editions_of_one_category() -> None:
    frames = frames_of(MIXED)
    fits = detect_sensor_editions(frames)
    assert fits[25, 1][21].edition == "0.26"
    assert fits[25, 2][21].edition == "2.7"
    editions, notes = editions_for(frames)
    assert editions.by_sensor == {(25, 1): {21: "0.26"}}
    assert notes == [f"SAC 25 SIC 1: {fits[25, 1][21]}"]
    batch = decode_items(frames, editions)
    assert batch.rejections == ()
    assert [(items.category, items.edition) for items in batch.tables] == [
        (21, "0.26"),
        (21, "2.7"),
    ]
    names = [items.columns["I021/170"][0] for items in batch.tables]
    assert names == [b"OLD0", b"NEW0"]
    assert len(batch) == sum(len(items) for items in batch.tables)
    assert all((np.diff(items.frame) >= 0).all() for items in batch.tables)


def test_a_sensors_edition_goes_before_the_categorys() -> None:
    editions = Editions({21: "2.1"}, {(25, 1): {21: "0.26"}, (9, 9): {48: "1.27"}})
    found = find_records(frames_of(MIXED), editions)
    assert [part.table.edition for part in found.parts] == ["0.26", "2.1"]
    assert found.rejections == ()


@pytest.mark.parametrize(
    "editions", [Editions({21: "9.9"}), Editions({}, {(1, 1): {21: "9.9"}}), {21: "9.9"}]
)
def test_an_edition_that_does_not_exist_is_refused_at_once(editions: Editions) -> None:
    with pytest.raises(UnknownEdition, match=r"021 has no edition 9\.9"):
        find_records(frames_of(MIXED), editions)


def test_a_block_without_a_data_source_is_read_with_the_categorys_edition() -> None:
    lost = encode(21, {"I021/080": [5]}, edition="2.7")
    found = find_records(
        frames_of([*lost, bytes([21, 0, 4, 0x81])]), Editions({}, {(25, 1): {21: "0.26"}})
    )
    assert [part.table.edition for part in found.parts] == ["2.7"]
    assert len(found.rejections) == 1
