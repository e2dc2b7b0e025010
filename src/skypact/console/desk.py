"""The desk on which the node lays the current picture and from which every browser reads.

In: tracks and status once an output second. Out: the encoded frame and messages, made once
for all browsers. Nothing queues: a new picture replaces the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass

from skypact.console.frame import encode_picture
from skypact.console.texts import PictureTexts
from skypact.console.views import status_view
from skypact.model.status import NodeStatus
from skypact.model.tracks import Tracks


@dataclass(frozen=True, slots=True)
class PublishedPicture:
    """One picture as it lies on the desk.

    Parameters
    ----------
    sequence
        Its number, counting from 1.
    tracks, status
        As published.
    frame, status_text
        The same for browsers: the binary frame and the status message.
    """

    sequence: int
    tracks: Tracks
    status: NodeStatus
    frame: bytes
    status_text: str

    @property
    def sensor_names(self) -> list[str]:
        """Names of the sensors in the order of the node's table."""
        return [sensor.name for sensor in self.status.sensors]


class PictureDesk:
    """Holds the newest picture and tells the browsers' tasks that it is there.

    Used within one event loop. The arrays given to :meth:`publish` must not change afterwards.
    """

    def __init__(self) -> None:
        self.current: PublishedPicture | None = None
        self.texts = PictureTexts()
        self.waiting: set[asyncio.Event] = set()
        self.closing = asyncio.Event()

    def publish(self, tracks: Tracks, status: NodeStatus) -> None:
        """Lay down the next picture; see :meth:`skypact.console.Console.publish`."""
        sequence = self.current.sequence + 1 if self.current else 1
        self.texts.update(tracks)
        frame = encode_picture(
            tracks,
            sequence=sequence,
            now_ns=status.now_ns,
            mode=status.mode,
            speed=status.speed,
            texts_revision=self.texts.revision,
        )
        message = {"type": "status"} | status_view(status, sequence)
        text = json.dumps(message, separators=(",", ":"), allow_nan=False)
        self.current = PublishedPicture(sequence, tracks, status, frame, text)
        for news in self.waiting:
            news.set()

    @contextlib.contextmanager
    def seat(self) -> Iterator[asyncio.Event]:
        """Take part: the event is set whenever there is a picture not yet looked at."""
        news = asyncio.Event()
        if self.current is not None:
            news.set()
        self.waiting.add(news)
        try:
            yield news
        finally:
            self.waiting.discard(news)
