"""What a partner that seals well may put inside, and what a disk may hand back."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from failing_disk import FailingDisk, Inode
from linked_stations import items, offer, states
from made_up_stations import KG_LABEL, NOW_NS, seeded
from skypact.exchange.inbox import Inbox
from skypact.exchange.item_content import batch_content, item_row, receipt_content, receipt_from
from skypact.exchange.journal import Journal
from skypact.exchange.journal_files import file_name
from skypact.exchange.journal_frames import JournalDamaged
from skypact.exchange.link_health import LinkHealth, ping_content, pong_content
from skypact.exchange.outbox import Outbox
from skypact.exchange.plot_content import decode_plots, encode_plots, plot_records
from skypact.exchange.rows import ROW_FAULTS, BadContent
from skypact.exchange.track_content import WHOLE, decode_tracks, encode_tracks, track_records
from skypact.model.plots import PLOT_COLUMNS, Plots
from skypact.model.sensors import Sensor
from skypact.model.tracks import TRACK_COLUMNS

FOLDER = Path("/link")


def read_tracks(data: bytes) -> None:
    """States are refused or sound; each row is one or the other."""
    try:
        found = decode_tracks(data)
    except BadContent:
        return
    if not set(found.refused) <= set(ROW_FAULTS):
        raise AssertionError(f"refused without a name: {found.refused}")
    for name in TRACK_COLUMNS:
        if len(getattr(found.tracks, name)) != len(found.claims.joint):
            raise AssertionError(f"rows of {name}")
    if len(np.unique(found.tracks.track)) != len(found.tracks):
        raise AssertionError("a track twice")
    if not found.blurred and not np.isfinite(found.tracks.velocity_east_mps).all():
        raise AssertionError("a velocity that is none")
    again = encode_tracks(
        track_records(found.tracks, found.claims), found.claims.stations, int(found.blurred)
    )
    if decode_tracks(again).refused:
        raise AssertionError("what was taken would be refused by the next")


def read_plots(data: bytes) -> None:
    """Plots are refused or sound, and of sensors that are named."""
    try:
        found = decode_plots(data)
    except BadContent:
        return
    if not set(found.refused) <= set(ROW_FAULTS):
        raise AssertionError(f"refused without a name: {found.refused}")
    if len({len(getattr(found.plots, name)) for name in PLOT_COLUMNS}) != 1:
        raise AssertionError("columns of several lengths")
    if (found.plots.sensor >= len(found.sensors)).any():
        raise AssertionError("a sensor that is not there")
    again = decode_plots(encode_plots(plot_records(found.plots), found.sensors))
    if again.refused or len(again.plots) != len(found.plots):
        raise AssertionError("what was taken would be refused by the next")


def read_items(data: bytes) -> None:
    """Items are refused, or taken, acknowledged and handed out in order."""
    inbox = Inbox(FailingDisk(), FOLDER, seeded("in"))
    try:
        inbox.take(data, KG_LABEL, NOW_NS)
    except BadContent:
        return
    inbox.settle(NOW_NS)
    numbers = [number for number, _, _ in inbox.handed()]
    if numbers != sorted(set(numbers)) or len(numbers) + inbox.unknown > 1000:
        raise AssertionError("out of order")
    receipt_from(inbox.receipt() or b"")


def read_words(data: bytes) -> None:
    """Receipts, pings and pongs: refused, or without effect on what was not sent."""
    outbox = Outbox(FailingDisk(), FOLDER, seeded("out"))
    outbox.post(items(2), NOW_NS)
    health = LinkHealth()
    health.asked(NOW_NS)
    for read in (
        lambda: outbox.take_receipt(receipt_from(data), NOW_NS),
        lambda: health.take_pong(data, NOW_NS + 5),
        lambda: pong_content(data, NOW_NS, NOW_NS),
    ):
        try:
            read()
        except BadContent:
            continue
    if outbox.waiting != 2:
        raise AssertionError("an item was let go that nobody received")


def read_journal(data: bytes) -> None:
    """A file as a disk may hand it back: refused, or a beginning of what was written."""
    disk = FailingDisk()
    disk.now = {FOLDER / file_name(1): Inode(bytearray(data), data)}
    try:
        journal = Journal(disk, FOLDER, seeded("after"))
    except JournalDamaged:
        return
    last = journal.last
    journal.append([b"next"], [0])
    if Journal(disk.survivor(), FOLDER, seeded("again")).last != last + 1:
        raise AssertionError("what was appended is not there")


def keep_pieces(data: bytes) -> None:
    """Any bytes are kept as pieces; a write torn anywhere leaves those before it."""
    disk = FailingDisk()
    journal = Journal(disk, FOLDER, seeded("a salt nobody knows"), 500)
    parts = data.split(b"\n")[:50]
    kept = len(parts) // 2
    for part in parts[:kept]:
        journal.append([part], [0])
    journal.append(parts[kept:], [0] * len(parts[kept:]))
    newest = disk.now[FOLDER / disk.names(FOLDER)[-1]].data
    torn = len(data) % 40
    del newest[len(newest) - torn :]
    found = Journal(disk, FOLDER, seeded("after")).pieces(1, 1 << 30, 1000)
    bodies = [piece.body for piece in found]
    if bodies != parts[: len(bodies)] or len(bodies) < kept:
        raise AssertionError("pieces were lost")


def _plots() -> bytes:
    sensors = (Sensor("Batken", "radar", 0.7, 1.2, 1000.0), Sensor("Osh", "adsb"))
    made = Plots.blank(
        3,
        sensor=np.array([0, 1, 0]),
        measured_ns=np.full(3, NOW_NS),
        range_m=np.full(3, 1e4),
        azimuth_rad=np.ones(3),
    )
    return encode_plots(plot_records(made), sensors)


def _tracks() -> bytes:
    one = offer(states(3))
    records = track_records(one.tracks, one.claims)
    return encode_tracks(records, ("KG",), WHOLE, np.arange(2), np.arange(3))


def _journal() -> bytes:
    disk = FailingDisk()
    journal = Journal(disk, FOLDER, seeded("journal"))
    journal.append([b"one", b"two"], [1, 2])
    journal.let_go(1)
    journal.note()
    return bytes(disk.now[FOLDER / file_name(1)].data)


ITEMS = batch_content(bytes(8), 1, 1, bytes(8), [item_row(item) for item in items(2)])
WORDS = (
    receipt_content(bytes(8), 5, bytes(8)),
    ping_content(NOW_NS),
    pong_content(ping_content(NOW_NS), NOW_NS, NOW_NS + 1),
)
SEEDS: dict[str, tuple[Callable[[bytes], None], tuple[bytes, ...]]] = {
    "track-content": (read_tracks, (_tracks(),)),
    "plot-content": (read_plots, (_plots(),)),
    "item-content": (read_items, (ITEMS,)),
    "link-words": (read_words, WORDS),
    "link-journal": (read_journal, (_journal(),)),
    "link-pieces": (keep_pieces, (b"one\ntwo\nthree", _journal())),
}
"""By name: what to do with an input, and inputs to begin with."""
