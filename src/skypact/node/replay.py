"""Replay: recordings through the very watch a live node uses, at any speed.

In: recorded frames with their reception times, or times derived from their content.
Out: track states of every output instant, and the picture for the console at the pace asked.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass

from skypact.feeds.readers import FeedReader
from skypact.model.frames import Frames
from skypact.model.status import NodeStatus
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.node.watch import Watch

CHUNK_FRAMES = 2_000
"""Frames decoded ahead of the picture at a time."""

FAST_STEP_NS = 10 * SECOND_NS
"""Picture time between two looks at the wall clock when replaying as fast as possible."""

NEVER_NS = 2**62

Publish = Callable[[Tracks, NodeStatus], None]


@dataclass(slots=True)
class Recorded:
    """One recording on its way through the watch: its reader, its frames, how far it is read."""

    reader: FeedReader
    frames: Frames
    next_frame: int = 0
    reached_ns: int = -1
    chunk_frames: int = CHUNK_FRAMES

    @property
    def ended(self) -> bool:
        """Whether every frame has been offered."""
        return self.next_frame >= len(self.frames)

    def offer_chunk(self, watch: Watch) -> None:
        """Offer the next frames."""
        last = min(self.next_frame + self.chunk_frames, len(self.frames))
        newest = watch.offer(self.reader, self.frames.part(self.next_frame, last))
        if len(self.frames) and self.frames.received_ns[last - 1] >= 0:
            newest = max(newest, int(self.frames.received_ns[last - 1]))
        self.reached_ns = max(self.reached_ns, newest)
        self.next_frame = last


class Replay:
    """Recordings merged by reception time and fed to a watch.

    Parameters
    ----------
    watch
        The watch to drive.
    recordings
        Each with the reader of its feed.
    """

    def __init__(self, watch: Watch, recordings: list[Recorded]) -> None:
        self.watch = watch
        self._recordings = recordings
        self.start_ns = -1

    def _fill(self, until_ns: int) -> None:
        for recording in self._recordings:
            while not recording.ended and recording.reached_ns < until_ns:
                recording.offer_chunk(self.watch)

    @property
    def ended(self) -> bool:
        """Whether all recordings have been read to their end."""
        return all(recording.ended for recording in self._recordings)

    @property
    def frames_done(self) -> tuple[int, int]:
        """Frames offered so far, and in all."""
        done = sum(recording.next_frame for recording in self._recordings)
        return done, sum(len(recording.frames) for recording in self._recordings)

    def open(self) -> None:
        """Read until the first time is known; ``start_ns`` is -1 if there is nothing at all."""
        self._fill(0)
        first = self.watch.first_waiting_ns()
        self.start_ns = first // SECOND_NS * SECOND_NS if first >= 0 else -1

    def advance(self, until_ns: int) -> tuple[Tracks, int]:
        """Let the picture's time go to ``until_ns``, but not beyond the end.

        Returns
        -------
        states, now_ns
            States of the instants passed, and the picture's time now.
        """
        self._fill(until_ns)
        now_ns = min(until_ns, self._end_ns()) if self.ended else until_ns
        return self.watch.advance(now_ns), now_ns

    def _end_ns(self) -> int:
        # A fixed instant, so that the output does not depend on the steps: the first whole
        # second that is a second or more after the last thing received.
        newest_ns = max(recording.reached_ns for recording in self._recordings)
        return (newest_ns // SECOND_NS + 2) * SECOND_NS

    def steps(self, step_ns: int = FAST_STEP_NS) -> Iterator[Tracks]:
        """Go through everything as fast as possible, ``step_ns`` of picture time at a time.

        The states do not depend on ``step_ns``.
        """
        self.open()
        if self.start_ns < 0:
            return
        now_ns = self.start_ns
        while not self.finished(now_ns):
            states, now_ns = self.advance(now_ns + step_ns)
            yield states

    def finished(self, now_ns: int) -> bool:
        """Whether the picture's time has passed everything recorded."""
        return self.ended and now_ns >= self._end_ns()


async def play(
    replay: Replay,
    publish: Publish,
    *,
    speed: float,
    wall_ns: Callable[[], int],
    sleep_s: Callable[[float], Awaitable[None]],
    keep: Callable[[Tracks], None] = lambda _: None,
) -> None:
    """Play to the end, publishing one picture a second of wall time.

    Parameters
    ----------
    replay
        What to play.
    publish
        Takes the newest picture and the node's status.
    speed
        Times real time; 0: as fast as possible.
    wall_ns, sleep_s
        The clock and the sleep of the edge that calls.
    keep
        Takes every output state.
    """
    replay.open()
    watch = replay.watch
    if replay.start_ns < 0:
        publish(watch.picture, watch.status(0, speed=speed, finished=True))
        return
    now_ns, wall_start_ns = replay.start_ns, wall_ns()
    published_ns = wall_start_ns - SECOND_NS
    step_ns = max(int(speed * SECOND_NS), 1) if speed > 0 else FAST_STEP_NS
    while not replay.finished(now_ns):
        states, now_ns = replay.advance(now_ns + step_ns)
        keep(states)
        if speed > 0:
            due_ns = wall_start_ns + int((now_ns - replay.start_ns) / speed)
            await sleep_s(max(0.0, (due_ns - wall_ns()) / SECOND_NS))
        else:
            await sleep_s(0.0)
        if speed > 0 or wall_ns() - published_ns >= SECOND_NS:
            published_ns = wall_ns()
            publish(watch.picture, watch.status(now_ns, speed=speed))
    publish(watch.picture, watch.status(now_ns, speed=speed, finished=True))
