"""Damaged content is read or refused by name; what is read of it is within the promised ranges."""

import math
from collections.abc import Callable
from pathlib import Path

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from failing_disk import FailingDisk, Inode
from linked_stations import items, offer, states
from made_up_stations import NOW_NS, seeded
from skypact.exchange.item_content import batch_content, batch_from, item_row, receipt_from
from skypact.exchange.journal import Journal
from skypact.exchange.journal_files import file_name
from skypact.exchange.journal_frames import JournalDamaged
from skypact.exchange.plot_content import HEAD as PLOT_HEAD
from skypact.exchange.plot_content import decode_plots, encode_plots, plot_records
from skypact.exchange.rows import ROW_FAULTS, BadContent
from skypact.exchange.track_content import HEAD as TRACK_HEAD
from skypact.exchange.track_content import WHOLE, decode_tracks, encode_tracks, track_records
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor

ROUND = offer(states(6))
TRACKS = encode_tracks(
    track_records(ROUND.tracks, ROUND.claims), ("KG",), WHOLE, np.arange(3), np.arange(4)
)
SENSORS = (Sensor("Batken", "radar", 0.7, 1.2, 1000.0), Sensor("Osh", "adsb"))
PLOTS = encode_plots(
    plot_records(
        Plots.blank(
            5,
            sensor=np.arange(5) % 2,
            measured_ns=np.full(5, NOW_NS),
            range_m=np.full(5, 1e4),
            azimuth_rad=np.ones(5),
        )
    ),
    SENSORS,
)
ITEMS = batch_content(bytes(8), 1, 1, bytes(8), [item_row(item) for item in items(4)])
FOLDER = Path("/journal")


def flipped(content: bytes) -> st.SearchStrategy[bytes]:
    """Content with a few bytes written over, cut short, or doubled in part."""

    @st.composite
    def made(draw: st.DrawFn) -> bytes:
        damaged = bytearray(content)
        for _ in range(draw(st.integers(1, 4))):
            damaged[draw(st.integers(0, len(damaged) - 1))] = draw(st.integers(0, 255))
        at = draw(st.integers(0, len(damaged)))
        ending = draw(st.sampled_from(["whole", "cut", "longer"]))
        if ending == "cut":
            return bytes(damaged[:at])
        return bytes(damaged + (damaged[at:] if ending == "longer" else b""))

    return made()


def read_or_refused(read: Callable[[bytes], object], content: bytes) -> object:
    try:
        return read(content)
    except BadContent:
        return None


@given(flipped(TRACKS))
def test_damaged_states_are_sound_or_refused(content: bytes) -> None:
    try:
        found = decode_tracks(content)
    except BadContent:
        return
    tracks = found.tracks
    assert set(found.refused) <= set(ROW_FAULTS)
    rows = TRACK_HEAD.unpack_from(content)[4]
    assert len(tracks) + sum(found.refused.values()) == rows <= 6
    assert len(np.unique(tracks.track)) == len(tracks)
    if not found.blurred:
        assert np.isfinite(tracks.horizontal_sigma_m).all()
        assert (np.abs(tracks.latitude_rad) <= math.pi / 2).all()
        assert (np.hypot(tracks.velocity_east_mps, tracks.velocity_north_mps) < 12_000).all()
    known = np.isfinite(tracks.covariance).all(axis=1)
    assert (known | np.isnan(tracks.covariance).all(axis=1)).all()


@given(flipped(PLOTS))
def test_damaged_plots_are_sound_or_refused(content: bytes) -> None:
    try:
        found = decode_plots(content)
    except BadContent:
        return
    rows = PLOT_HEAD.unpack_from(content)[3]
    assert len(found.plots) + sum(found.refused.values()) == rows <= 5
    assert (found.plots.sensor < len(found.sensors)).all()
    assert (found.plots.sensor >= -1).all()


@given(st.one_of(flipped(ITEMS), st.binary(max_size=200)))
def test_damaged_items_and_receipts_are_read_or_refused(content: bytes) -> None:
    read_or_refused(batch_from, content)
    read_or_refused(receipt_from, content)
    read_or_refused(decode_tracks, content)
    read_or_refused(decode_plots, content)


def journal_bytes() -> bytes:
    disk = FailingDisk()
    journal = Journal(disk, FOLDER, seeded("journal"))
    for k in range(4):
        journal.append([b"piece %d" % k, b"more"], [k, k])
    journal.let_go(3)
    journal.note()
    return bytes(disk.now[FOLDER / file_name(1)].data)


WRITTEN = journal_bytes()


@given(flipped(WRITTEN))
def test_a_damaged_journal_is_refused_or_holds_a_beginning_of_what_was_written(
    content: bytes,
) -> None:
    disk = FailingDisk()
    disk.now = {FOLDER / file_name(1): Inode(bytearray(content), content)}
    try:
        journal = Journal(disk, FOLDER, seeded("after"))
    except JournalDamaged:
        return
    whole = [b"piece %d" % (k // 2) if k % 2 == 0 else b"more" for k in range(8)]
    found = [piece.body for piece in journal.pieces(1, 1 << 20, 100)]
    assert found == whole[: len(found)]
    journal.append([b"next"], [9])
    assert Journal(disk.survivor(), FOLDER, seeded("again")).last == len(found) + 1
