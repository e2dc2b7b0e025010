"""The node that is attacked, a process of its own: as ``skypact run`` serves it, with a stopwatch.

Told by the parent over a pipe when to end; answers with when each tick and each publication was
done, when each plot had come, when its partner was throttled, and whether a watch without any
partner makes the same tracks of the same plots.
"""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np

from skypact.feeds.batch import FeedBatch
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus
from skypact.model.time import SECOND_NS, Clock
from skypact.model.tracks import TRACK_COLUMNS, Tracks
from skypact.node import service
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.clock import SystemClock
from skypact.node.gateway import Gateway
from skypact.node.live import TICK_NS, LiveNode, Publish
from skypact.node.settings import NodeSettings, read_node
from skypact.node.track_numbers import TrackNumbers
from skypact.node.watch import Watch
from skypact.tracking import TrackerSettings

LINK = "RU"


@dataclass
class Stopwatch:
    """What was measured; times are int64 UTC nanoseconds."""

    ticks: list[tuple[int, int]] = field(default_factory=list)
    """When each was due, and done."""
    published: list[tuple[int, int]] = field(default_factory=list)
    plots: list[tuple[int, int]] = field(default_factory=list)
    """Reception, and publication of the picture that it is in."""
    throttled: list[tuple[int, bool]] = field(default_factory=list)
    doings: list[int | FeedBatch] = field(default_factory=list)
    """What the watch took in, and up to when it went on."""
    pictures: list[bytes] = field(default_factory=list)
    hidden: int = 0
    """Own tracks that a published picture lacked."""
    unconfirmed: int = 0
    """Most tracks that a published picture showed as told by a partner alone."""
    believed: int = 0
    """Tracks that a partner alone tells of, shown as if confirmed."""
    mixed: int = 0
    """Tracks that own plots together with the partner's make, and own ones alone do not."""


class WatchedNode(LiveNode):
    """A live node that notes when it did what."""

    last: WatchedNode | None = None

    def __init__(
        self,
        settings: NodeSettings,
        clock: Clock,
        agreements: LiveAgreements | None = None,
        numbers: TrackNumbers | None = None,
        gateway: Gateway | None = None,
    ) -> None:
        super().__init__(settings, clock, agreements, numbers, gateway)
        WatchedNode.last = self
        self.settings, self.gateway = settings, gateway
        self.noted = Stopwatch()
        self._due_ns = 0
        self._came: list[np.ndarray] = []
        self._note_watch(self.watch)

    def _note_watch(self, watch: Watch) -> None:
        take, advance = watch.take, watch.advance

        def noted_take(batch: FeedBatch) -> int:
            self.noted.doings.append(batch)
            return take(batch)

        def noted_advance(until_ns: int) -> Tracks:
            self.noted.doings.append(until_ns)
            states = advance(until_ns)
            self.noted.pictures.append(digest(states))
            self._came.append(watch.used.received_ns)
            return states

        watch.take, watch.advance = noted_take, noted_advance  # type: ignore[method-assign]

    def tick(self) -> Tracks:
        """As it is, timed from when it was due, were no tick before it late."""
        now_ns = time.time_ns()
        due_ns = min(self._due_ns, now_ns) if self._due_ns else now_ns // TICK_NS * TICK_NS
        states = super().tick()
        self.noted.ticks.append((due_ns, time.time_ns()))
        self._due_ns = now_ns // TICK_NS * TICK_NS + TICK_NS
        if self.gateway is not None:
            links = [x for x in self.gateway.links.values() if x.partner.station == LINK]
            self.noted.throttled.append((time.time_ns(), any(x.flooded for x in links)))
        return states

    async def run(self, publish: Publish, stop: asyncio.Event) -> None:
        """As it is, with every publication noted."""

        def noted_publish(picture: JointTracks | Tracks, status: NodeStatus) -> None:
            publish(picture, status)
            now_ns = time.time_ns()
            self.noted.published.append((now_ns // SECOND_NS * SECOND_NS, now_ns))
            came, self._came = self._came, []
            self.noted.plots += [(t, now_ns) for part in came for t in part.tolist()]
            if isinstance(picture, JointTracks):
                self._look_at(picture)

        await super().run(noted_publish, stop)

    def _look_at(self, picture: JointTracks) -> None:
        shown = picture.own_track[picture.own_track >= 0]
        newest = self.watch.picture
        missing = ~np.isin(newest.track, shown)
        self.noted.hidden += int(missing.sum())
        alone = (picture.own_track < 0) & ~picture.blurred
        self.noted.unconfirmed = max(self.noted.unconfirmed, int(picture.unconfirmed.sum()))
        none_own = picture.contributors & np.uint64(1) == 0
        self.noted.believed += int((alone & none_own & ~picture.unconfirmed).sum())
        self.noted.mixed += int((alone & ~none_own).sum())

    def same_without_partner(self) -> tuple[int, int]:
        """Ticks, and those at which a watch of the same plots alone told something else."""
        watch = Watch(
            self.settings.name,
            self.settings.mode,
            self.settings.sensors,
            TrackerSettings(keep_innovations=True),
            registration=self.settings.registration,
        )
        told = iter(self.noted.pictures)
        ticks = other = 0
        for doing in self.noted.doings:
            if isinstance(doing, FeedBatch):
                watch.take(doing)
                continue
            ticks += 1
            other += digest(watch.advance(doing)) != next(told)
        return ticks, other


def digest(tracks: Tracks) -> bytes:
    """Of every bit of track states."""
    columns = (np.ascontiguousarray(getattr(tracks, name)).tobytes() for name in TRACK_COLUMNS)
    return hashlib.sha256(b"|".join(columns)).digest()


async def serve(file: Path, pipe: Connection) -> None:
    """Serve the node until told to end."""
    cast(Any, service).LiveNode = WatchedNode
    clock = SystemClock()

    async def until_told() -> None:
        while True:
            word = await asyncio.to_thread(pipe.recv)
            node = WatchedNode.last
            assert node is not None
            status = node.status(clock.now_ns())
            partner = next(p for p in status.partners if p.station == LINK)
            pipe.send({"tracks": status.tracks, "partner": partner})
            if word == "end":
                return

    say: Callable[[str], None] = lambda _: None  # noqa: E731
    await service.serve_node(read_node(file), 0, None, say, clock, until_told)


def main(file: Path, pipe: Connection) -> None:
    """Entry of the process."""
    asyncio.run(serve(file, pipe))
    node = WatchedNode.last
    assert node is not None
    ticks, other = node.same_without_partner()
    noted = node.noted
    pipe.send(
        {
            "ticks": np.array(noted.ticks),
            "published": np.array(noted.published),
            "plots": np.array(noted.plots),
            "throttled": np.array(noted.throttled, np.int64),
            "compared": ticks,
            "other": other,
            "hidden": noted.hidden,
            "unconfirmed": noted.unconfirmed,
            "believed": noted.believed,
            "mixed": noted.mixed,
        }
    )
