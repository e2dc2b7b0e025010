"""Texts reach a browser when they change, and a late browser gets all of them once."""

import json
from dataclasses import replace
from typing import Any

import numpy as np

from skypact.console.texts import PictureTexts
from skypact.model.tracks import Tracks


def message(texts: PictureTexts, revision: int) -> dict[str, Any]:
    text = texts.since(revision)
    assert text is not None
    return json.loads(text)


def test_a_new_browser_gets_every_text(golden_tracks: Tracks) -> None:
    texts = PictureTexts()
    texts.update(golden_tracks)
    whole = message(texts, -1)
    assert whole["base"] is None
    assert whole["rows"][0] == [1, "KGA101", [0, 2]]
    assert whole["rows"][2] == [3, "<b>x</b>", [0]]
    assert whole["rows"][4] == [4_294_967_294, "", [63]]


def test_nothing_is_said_while_nothing_changes(golden_tracks: Tracks) -> None:
    texts = PictureTexts()
    texts.update(golden_tracks)
    revision = texts.revision
    texts.update(golden_tracks.take(slice(None, None, -1)))  # another order is no news
    assert texts.since(revision) is None


def test_only_what_changed_is_told(golden_tracks: Tracks) -> None:
    texts = PictureTexts()
    texts.update(golden_tracks)
    renamed = golden_tracks.callsign.copy()
    renamed[1] = b"UZB7"
    texts.update(replace(golden_tracks, callsign=renamed).take(np.array([0, 1, 2, 3])))
    step = message(texts, texts.revision - 1)
    assert step["rows"] == [[2, "UZB7", []]]
    assert step["gone"] == [4_294_967_294]


def test_a_browser_that_missed_steps_gets_the_whole(golden_tracks: Tracks) -> None:
    texts = PictureTexts()
    for last in (1, 3, 5):
        texts.update(golden_tracks.take(slice(0, last)))
    whole = message(texts, 1)
    assert whole["base"] is None
    assert len(whole["rows"]) == 5


def test_the_last_track_going_is_told(golden_tracks: Tracks) -> None:
    texts = PictureTexts()
    texts.update(golden_tracks.take(slice(0, 1)))
    texts.update(Tracks.empty())
    assert message(texts, 1)["gone"] == [1]


def test_bytes_that_are_no_ascii_do_not_break_the_picture(golden_tracks: Tracks) -> None:
    texts = PictureTexts()
    odd = golden_tracks.callsign.copy()
    odd[0] = b"\xff\x00\x01AB"
    texts.update(replace(golden_tracks, callsign=odd))
    assert message(texts, -1)["rows"][0][1].startswith("�")


def test_stations_are_named_in_every_message_once_there_is_an_exchange(
    golden_tracks: Tracks,
) -> None:
    texts = PictureTexts()
    texts.update(golden_tracks)
    assert "stations" not in message(texts, -1)
    texts.update(golden_tracks, ("KG", "RU"))
    step = message(texts, texts.revision - 1)
    assert (step["stations"], step["rows"]) == (["KG", "RU"], [])
    texts.update(golden_tracks, ("KG", "RU"))
    assert texts.since(texts.revision) is None
    assert message(texts, -1)["stations"] == ["KG", "RU"]
