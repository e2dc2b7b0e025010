"""The live node: sockets to frames to the watch to the console, ten times a second.

In: NODE.toml's feeds. Out: a picture a second. One asyncio loop, one thread; a stage takes
well under the 100 ms of a tick, and what the sockets bring meanwhile waits in bounded queues.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import numpy as np

from skypact.feeds.asterix.copies import Copies
from skypact.feeds.asterix.plots import AsterixPlots, read_together
from skypact.feeds.batch import FeedBatch
from skypact.feeds.readers import FeedReader, open_reader
from skypact.feeds.receive import Receiver, open_receiver
from skypact.model.frames import Frames
from skypact.model.joint import JointTracks
from skypact.model.plots import Plots
from skypact.model.sensors import SensorTable
from skypact.model.status import NodeStatus
from skypact.model.time import MILLISECOND_NS, SECOND_NS, Clock
from skypact.model.tracks import Tracks
from skypact.node.agreement_opening import LiveAgreements
from skypact.node.gateway import Gateway
from skypact.node.outlets import open_outlet
from skypact.node.settings import FeedSettings, NodeSettings
from skypact.node.track_numbers import TrackNumbers
from skypact.node.watch import Watch
from skypact.tracking import TrackerSettings

Publish = Callable[[JointTracks | Tracks, NodeStatus], None]

TICK_NS = 100 * MILLISECOND_NS
"""A live node takes in what came ten times a second."""


def reader_of(feed: FeedSettings, sensors: SensorTable, copies: Copies | None = None) -> FeedReader:
    """The reader for a feed of a node's file."""
    return open_reader(feed.format, sensors, sensor=sensors.index_of(feed.sensor), copies=copies)


@dataclass(slots=True)
class LiveFeed:
    """A feed of a running node: where bytes come in and what reads them."""

    settings: FeedSettings
    receiver: Receiver
    reader: FeedReader


def read_all(feeds: list[LiveFeed]) -> Iterator[FeedBatch]:
    """What came on every feed since the last tick; networks that bring the same are read once."""
    asterix: list[tuple[AsterixPlots, Frames]] = []
    for feed in feeds:
        rejections = feed.receiver.rejections()
        if rejections:
            yield FeedBatch(Plots.blank(0), rejections=rejections)
        frames = feed.receiver.drain()
        if frames is None:
            continue
        if isinstance(feed.reader, AsterixPlots):
            asterix.append((feed.reader, frames))
        else:
            yield feed.reader.read(frames)
    yield from read_together([reader for reader, _ in asterix], [frames for _, frames in asterix])


class LiveNode:
    """A node on live feeds.

    Parameters
    ----------
    settings
        The node's file.
    clock
        Gives reception times and the picture's time.
    agreements
        What the node obeys, None where its file names none.
    numbers
        Where numbers of tracks are kept, None where its file names no place.
    gateway
        Its exchange with partners, None where it exchanges with nobody.
    """

    def __init__(
        self,
        settings: NodeSettings,
        clock: Clock,
        agreements: LiveAgreements | None = None,
        numbers: TrackNumbers | None = None,
        gateway: Gateway | None = None,
    ) -> None:
        self.watch = Watch(
            settings.name,
            settings.mode,
            settings.sensors,
            # which plots make which track tells which tracks of the joint tracker are one with own
            TrackerSettings(keep_innovations=gateway is not None),
            registration=settings.registration,
            first_track_number=1 if numbers is None else numbers.first,
        )
        self._clock = clock
        self._agreements = agreements
        self._numbers = numbers
        self._gateway = gateway
        self._plots = 0
        # Two networks may bring the same records on two sockets; one memory knows both.
        copies = Copies()
        self._outlets = [open_outlet(output) for output in settings.outputs]
        self._feeds = [
            LiveFeed(
                feed,
                open_receiver(feed.address, feed.format, clock=clock),
                reader_of(feed, settings.sensors, copies),
            )
            for feed in settings.feeds
        ]

    async def start(self) -> None:
        """Open every feed's socket.

        Raises
        ------
        PortInUse
            If another process holds a port; sockets already opened are closed again.
        """
        try:
            for feed in self._feeds:
                await feed.receiver.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Close every socket."""
        for outlet in self._outlets:
            outlet.close()
        for feed in self._feeds:
            await feed.receiver.stop()
        if self._agreements is not None:
            self._agreements.close(self._clock.now_ns())
        if self._numbers is not None:
            self._numbers.close(self.watch.tracker.next_track_number)

    def outputs(self) -> dict[str, dict[str, int]]:
        """Datagrams sent, and those the network did not take, by output."""
        return {
            outlet.settings.name: {"sent": outlet.sent, "refused": outlet.refused}
            for outlet in self._outlets
        }

    def tick(self) -> Tracks:
        """Take in what came, advance the picture to now; states of the instants completed."""
        if self._agreements is not None:
            self._agreements.tick(self._clock.now_ns())
        for batch in read_all(self._feeds):
            self._plots += len(batch.plots)
            self.watch.take(batch)
        self._reserve_numbers()
        now_ns = self._clock.now_ns()
        states = self.watch.advance(now_ns)
        if self._gateway is not None:
            self._gateway.advance(now_ns)
            self._gateway.take_plots(self.watch, now_ns)
        return states

    def _reserve_numbers(self) -> None:
        """See to it that every plot not used yet may begin a track with a number of its own."""
        if self._numbers is not None:
            counts = self.watch.tracker.counts
            unused = self._plots - counts.received + counts.waiting
            self._numbers.reach(self.watch.tracker.next_track_number + unused)

    def status(self, now_ns: int) -> NodeStatus:
        """The watch's account of itself, with agreements and partners."""
        status = self.watch.status(now_ns)
        if self._agreements is not None:
            status = replace(status, agreements=self._agreements.statuses())
        return status if self._gateway is None else self._gateway.status(status)

    async def run(self, publish: Publish, stop: asyncio.Event) -> None:
        """Tick until ``stop``; publish the picture at every whole second.

        With partners that is the joint picture, also for the outputs.
        """
        published_s = self._clock.now_ns() // SECOND_NS
        while not stop.is_set():
            rest_ns = TICK_NS - self._clock.now_ns() % TICK_NS
            try:
                async with asyncio.timeout(rest_ns / SECOND_NS):
                    await stop.wait()
            except TimeoutError:
                pass
            self.tick()
            now_ns = self._clock.now_ns()
            if now_ns // SECOND_NS > published_s:
                published_s = now_ns // SECOND_NS
                picture: JointTracks | Tracks = self.watch.picture
                if self._gateway is not None:
                    picture = self._gateway.second(self.watch.picture, now_ns)
                status = self.status(now_ns)
                publish(picture, status)
                for outlet in self._outlets:
                    outlet.send(told_tracks(picture), status, self.watch.sensors)


def told_tracks(picture: JointTracks | Tracks) -> Tracks:
    """A picture as outputs tell it: by joint numbers, or own ones where there is none yet.

    The two do not meet: joint numbers begin far above those of one node's tracks.
    """
    if isinstance(picture, Tracks):
        return picture
    return replace(picture.tracks, track=np.abs(picture.tracks.track))
