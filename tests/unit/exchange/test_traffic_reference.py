"""docs/reference/traffic.md says what the code does."""

import re
from itertools import pairwise
from pathlib import Path

import pytest

from skypact.exchange import (
    inbox,
    item_content,
    journal_frames,
    outbox,
    plot_content,
    track_content,
)
from skypact.exchange.link_settings import RATES, LinkSettings
from skypact.exchange.live import KEYFRAME_NS, LEAST_KEYFRAME_NS, OLDEST_PLOT_NS
from skypact.exchange.rows import ROW_FAULTS
from skypact.exchange.track_content import TRACK_RECORD
from skypact.model.exchange import LARGEST_BODY
from skypact.model.time import SECOND_NS

PAGE = (Path(__file__).parents[3] / "docs" / "reference" / "traffic.md").read_text()
SIZES = {
    **dict.fromkeys(("i64", "u64", "f64"), 8),
    **dict.fromkeys(("f32", "u32", "i32"), 4),
    "i16": 2,
    **dict.fromkeys(("u8", "i8", "bytes"), 1),
}


def test_every_reason_for_a_refused_row_is_listed_with_its_words() -> None:
    assert dict(re.findall(r"^\| `(Row\w+)` \| (.+) \|$", PAGE, re.MULTILINE)) == ROW_FAULTS


def test_the_table_of_a_state_s_row_is_its_layout() -> None:
    fields = re.findall(r"^\| (\d+) \| (?:(\d+)(?: x)? )?(\w+) \| ", PAGE, re.MULTILINE)
    rows = [(int(at), int(times or 1) * SIZES[kind]) for at, times, kind in fields]
    assert rows[0] == (0, 8)
    for (at, size), (after, _) in pairwise(rows):
        assert at + size == after
    assert sum(rows[-1]) == TRACK_RECORD.itemsize


@pytest.mark.parametrize("channel", RATES)
def test_rates_are_those_listed(channel: str) -> None:
    rate = LinkSettings().rates[channel]
    line = (
        f"| {channel} | {rate.envelopes_per_s:,.0f} | {rate.bytes_per_s / 1e6:g} MB"
        f" | {rate.burst_s:g} s' worth |"
    )
    assert line in PAGE


def test_limits_are_those_listed() -> None:
    limits = outbox.OutboxLimits()
    plots, tracks = plot_content, track_content
    for said in (
        f"at most {tracks.MOST_ROWS}, {tracks.MOST_ENDED:,}, {tracks.MOST_WHOLE:,}",
        f"stations, 1 to {tracks.MOST_STATIONS}",
        f"{TRACK_RECORD.itemsize} each",
        f"{plots.PLOT_RECORD.itemsize} each",
        f"rows, at most {plots.MOST_ROWS}",
        f"description, at most {plots.MOST_DESCRIPTION:,}",
        f"name (1 to {plots.LONGEST_NAME} printable",
        f"body (at most {LARGEST_BODY // 1024} KiB)",
        f"At most {item_content.MOST_ITEMS:,} items",
        f"{limits.items:,} items\nor {limits.bytes >> 20} MiB may wait",
        f"{outbox.WINDOW_BYTES >> 20} MiB may be under way",
        f"after {outbox.LEAST_PAUSE_NS / SECOND_NS:g} s",
        f"{limits.segment_bytes >> 20} MiB each",
        f"{inbox.MOST_UNAPPLIED:,} items may wait to take effect",
        f"body, at most {journal_frames.LARGEST_PIECE:,}",
        f"Every {KEYFRAME_NS // SECOND_NS} s, when the partner asks (at most every"
        f" {LEAST_KEYFRAME_NS // SECOND_NS} s)",
        f"plots wait {OLDEST_PLOT_NS // SECOND_NS} s",
    ):
        assert said in PAGE, said
