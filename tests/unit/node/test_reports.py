"""Threat reports: what may be written, what is believed of a partner's, and what is kept."""

import errno
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from failing_disk import FailingDisk, Killed
from pacts_made_up import NOW, label
from skypact.model.exchange import DurableItem
from skypact.model.time import DAY_NS, SECOND_NS
from skypact.node.reports import (
    MOST_KEPT,
    Body,
    ReportBook,
    ReportRefused,
    ReportsFailed,
    checked,
    read_form,
    read_item,
    report_of,
    status_of,
    written,
)

FOLDER = Path("/reports")
NAME = bytes(range(16))
FORM = {
    "text": "Four aircraft without codes over the pass, heading north.",
    "until_ns": NOW + 3600 * SECOND_NS,
    "latitude_deg": 42.5,
    "longitude_deg": 75.25,
    "radius_m": 20_000.0,
    "tracks": [17],
}


def body(**changes: object) -> Body:
    made = written(read_form(FORM), "EA", "EA", NOW)
    return msgspec.structs.replace(made, **changes)


def item(content: bytes) -> DurableItem:
    return DurableItem("threat-report", NAME, label(), content, NOW)


def test_what_is_written_is_what_a_partner_reads() -> None:
    read = read_item(item(msgspec.json.encode(body())), "EA", "EA")
    assert read == body()
    stored = ReportBook(FailingDisk(), FOLDER).add(NAME, read, label(), "east-west", NOW)
    status = status_of(stored)
    assert status.latitude_deg == pytest.approx(42.5)
    assert (status.radius_m, status.tracks, status.from_ns) == (20_000.0, (17,), NOW)
    assert report_of(stored).latitude_rad == read.latitude_rad


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": ""},
        {"text": "x" * 4001},
        {"until_ns": "soon"},
        {"radius": 3.0},
        {"tracks": [0]},
        {"tracks": [2**32 - 1]},
        {"outline_deg": [[1.0, 2.0]] * 201},
        {"until_ns": -1},
    ],
)
def test_a_form_that_is_wrong_is_refused_with_the_field(wrong: dict[str, object]) -> None:
    with pytest.raises(ReportRefused):
        read_form(FORM | wrong)
    with pytest.raises(ReportRefused):
        read_form([FORM])


@pytest.mark.parametrize(
    "wrong",
    [
        {"text": " \n"},
        {"text": "turned \u202eback"},
        {"text": "bell\x07"},
        {"until_ns": NOW - 1},
        {"until_ns": NOW + 367 * DAY_NS},
        {"latitude_rad": None},
        {"latitude_rad": 1.6},
        {"latitude_rad": float("nan")},
        {"longitude_rad": 3.2},
        {"radius_m": 0.0},
        {"radius_m": float("inf")},
        {"outline": ((0.1, 0.1), (0.2, 0.2))},
        {"outline": ((0.1, 0.1), (0.2, 0.2), (0.2, 9.0))},
    ],
)
def test_what_is_out_of_range_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(ReportRefused):
        checked(body(**wrong))


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"[1]", b'{"text": "x"}'])
def test_bytes_that_are_no_report_are_refused(content: bytes) -> None:
    with pytest.raises(ReportRefused):
        read_item(item(content), "EA", "EA")


def test_a_partner_speaks_for_itself_only() -> None:
    content = msgspec.json.encode(body())
    with pytest.raises(ReportRefused, match="WE sent it as EA's"):
        read_item(replace(item(content), label=label(by="WE")), "WE", "WE")
    assert read_item(item(content), "WE", "WE") == body(), "marked as EA's: the link lets it or not"


def test_a_report_taken_twice_is_one_and_survives_a_restart() -> None:
    disk = FailingDisk()
    book = ReportBook(disk, FOLDER)
    book.add(NAME, body(), label(), "", NOW)
    writes = disk.operations
    book.add(NAME, body(), label(), "", NOW)
    assert disk.operations == writes
    again = ReportBook(disk.survivor(power_loss=1), FOLDER)
    assert [one.body for one in again.holding(NOW, frozenset())] == [body()]


def test_another_report_under_a_known_name_is_refused() -> None:
    book = ReportBook(FailingDisk(), FOLDER)
    book.add(NAME, body(), label(), "", NOW)
    with pytest.raises(ReportRefused, match="one name to two"):
        book.add(NAME, body(text="Nothing to see."), label(), "", NOW)


def test_reports_are_shown_newest_first_until_they_end_or_their_agreement_lapses() -> None:
    book = ReportBook(FailingDisk(), FOLDER)
    book.add(NAME, body(), label(), "", NOW)
    book.add(b"b" * 16, body(made_ns=NOW + 1, station="WE"), label(), "east-west", NOW)
    shown = book.holding(NOW, frozenset())
    assert [one.body.station for one in shown] == ["WE", "EA"]
    assert [one.body.station for one in book.holding(NOW, frozenset({"east-west"}))] == ["EA"]
    assert book.holding(NOW + 3601 * SECOND_NS, frozenset()) == ()


def test_a_station_cannot_fill_the_book() -> None:
    book = ReportBook(FailingDisk(), FOLDER)
    for number in range(MOST_KEPT):
        book.add(number.to_bytes(16, "big"), body(), label(), "", NOW)
    with pytest.raises(ReportRefused, match="over 1000"):
        book.add(b"z" * 16, body(), label(), "", NOW)
    book.add(b"z" * 16, body(station="WE"), label(), "", NOW)


def test_a_damaged_file_is_named_and_the_others_are_shown() -> None:
    disk = FailingDisk()
    book = ReportBook(disk, FOLDER)
    book.add(NAME, body(), label(), "", NOW)
    book.add(b"b" * 16, body(), label(), "", NOW)
    disk.now[FOLDER / f"EA-{NAME.hex()}.json"].data[20:40] = b"x" * 20
    again = ReportBook(disk, FOLDER)
    assert again.damaged == [f"EA-{NAME.hex()}.json"]
    assert len(again.holding(NOW, frozenset())) == 1


def test_a_report_the_disk_does_not_take_has_no_effect() -> None:
    for operation in range(5):
        disk = FailingDisk(errors={operation: errno.EIO})
        book = ReportBook(disk, FOLDER)
        with pytest.raises(ReportsFailed):
            book.add(NAME, body(), label(), "", NOW)
        assert book.holding(NOW, frozenset()) == ()


def test_a_report_is_whole_or_not_there_after_any_loss_of_power() -> None:
    for operation in range(8):
        disk = FailingDisk(stop_after=operation)
        try:
            ReportBook(disk, FOLDER).add(NAME, body(), label(), "", NOW)
        except Killed:
            left = ReportBook(disk.survivor(power_loss=operation), FOLDER)
            assert left.damaged == []
            assert [one.body for one in left.holding(NOW, frozenset())] in ([], [body()])
