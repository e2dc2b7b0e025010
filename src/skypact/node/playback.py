"""Playing opened recordings: as fast as possible to a file, or paced to the console.

In: opened recordings. Out: a summary for people and scripts, and TRACKS.parquet if asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from skypact.console import Console
from skypact.feeds.batch import FeedBatch
from skypact.model.errors import Rejection
from skypact.model.plots import Plots
from skypact.model.tracks import Tracks
from skypact.node.recordings import Opened, moment
from skypact.node.replay import Replay, play
from skypact.node.service import say_if_no_display
from skypact.node.signals import stop_on_signals
from skypact.node.watch import Watch
from skypact.recording.tracks_table import TracksDigest, write_tracks

SHOWN_REJECTIONS = 10


def watch_for(opened: Opened) -> Watch:
    """A watch over the recordings' sensors that already counts what framing refused."""
    watch = Watch("replay", "replay", opened.sensors)
    watch.take(FeedBatch(Plots.blank(0), rejections=tuple(opened.rejections)))
    return watch


class Account:
    """Keeps the books of a run: digest, states, confirmed tracks, and the states if wanted."""

    def __init__(self, *, keep_states: bool) -> None:
        self.digest = TracksDigest()
        self.confirmed: set[int] = set()
        self.first_ns = -1
        self.last_ns = -1
        self.states: list[Tracks] = []
        self._keep = keep_states

    def add(self, states: Tracks) -> None:
        """Take the states of the instants passed."""
        if len(states) == 0:
            return
        self.digest.add(states)
        self.confirmed.update(np.unique(states.track[states.confirmed]).tolist())
        if self.first_ns < 0:
            self.first_ns = int(states.measured_ns[0])
        self.last_ns = int(states.measured_ns[-1])
        if self._keep:
            self.states.append(states)

    def summary(self, watch: Watch) -> dict[str, Any]:
        """What the run came to."""
        rejected: dict[str, int] = dict(watch.health.rejected_nameless)
        for sensor in watch.health.sensors(0):
            for reason, count in sensor.rejected.items():
                rejected[reason] = rejected.get(reason, 0) + count
        return {
            "plots": watch.health.plots,
            "tracks": len(self.confirmed),
            "states": self.digest.rows,
            "from": moment(self.first_ns),
            "to": moment(self.last_ns),
            "duplicates": watch.duplicates,
            "sensors": {s.name: s.plots for s in watch.health.sensors(0)},
            "rejected": rejected,
            "rejections": [told(r) for r in watch.health.rejections[:SHOWN_REJECTIONS]],
            "digest": self.digest.hexdigest(),
        }


def told(rejection: Rejection) -> str:
    """A refusal in one line."""
    who = f" {rejection.sensor}" if rejection.sensor else ""
    many = f" ({rejection.count} times)" if rejection.count > 1 else ""
    return (
        f"{rejection.reason}{who}: {rejection.detail}"
        f" [{rejection.source} at byte {rejection.offset}]{many}"
    )


def play_through(
    opened: Opened,
    *,
    output: Path | None = None,
    step: Callable[[float], None] = lambda _: None,
) -> dict[str, Any]:
    """Replay everything as fast as possible; write the confirmed and tentative states if asked."""
    watch = watch_for(opened)
    replay = Replay(watch, opened.recorded)
    account = Account(keep_states=False)

    def states() -> Iterator[Tracks]:
        for batch in replay.steps():
            account.add(batch)
            step(replay.frames_done[0])
            yield batch

    if output is None:
        for _ in states():
            pass
    else:
        write_tracks(output, states(), opened.sensors)
    return account.summary(watch)


def play_with_console(
    opened: Opened,
    *,
    speed: float,
    port: int,
    output: Path | None,
    announce: Callable[[str], None],
) -> dict[str, Any]:
    """Replay at a pace with the operator display; ends when interrupted."""
    return asyncio.run(_play_with_console(opened, speed, port, output, announce))


async def _play_with_console(
    opened: Opened, speed: float, port: int, output: Path | None, announce: Callable[[str], None]
) -> dict[str, Any]:
    watch = watch_for(opened)
    account = Account(keep_states=output is not None)
    console = Console(port=port)
    stop = asyncio.Event()
    async with console.serving() as url, stop_on_signals(stop):
        say_if_no_display(announce)
        announce(f"console at {url} (Ctrl-C ends)")
        playing = asyncio.create_task(
            play(
                Replay(watch, opened.recorded),
                console.publish,
                speed=speed,
                wall_ns=time.monotonic_ns,
                sleep_s=asyncio.sleep,
                keep=account.add,
            )
        )
        stopping = asyncio.create_task(stop.wait())
        await asyncio.wait({playing, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if playing.done():
            playing.result()
            announce("replay finished; the last picture stays until Ctrl-C")
            await stop.wait()
        playing.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await playing
        await stopping
    if output is not None:
        write_tracks(output, account.states, opened.sensors)
    return account.summary(watch)
