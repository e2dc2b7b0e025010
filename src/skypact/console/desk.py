"""The desk on which the node lays the current picture and from which every browser reads.

In: picture and status once an output second. Out: the encoded frame and messages, made once
for all browsers. Nothing queues: a new picture replaces the last.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace

from skypact.console.frame import encode_picture
from skypact.console.texts import PictureTexts
from skypact.console.views import report_views, status_view
from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, ReportStatus
from skypact.model.tracks import Tracks


@dataclass(frozen=True, slots=True)
class PublishedPicture:
    """One picture as it lies on the desk.

    Parameters
    ----------
    sequence
        Its number, counting from 1.
    picture, status
        As published.
    frame, status_text
        The same for browsers: the binary frame and the status message.
    """

    sequence: int
    picture: JointTracks | Tracks
    status: NodeStatus
    frame: bytes
    status_text: str

    @property
    def tracks(self) -> Tracks:
        """The picture's states alone."""
        return self.picture.tracks if isinstance(self.picture, JointTracks) else self.picture

    @property
    def sensor_names(self) -> list[str]:
        """Names of the sensors in the order of the node's table."""
        return [sensor.name for sensor in self.status.sensors]


class PictureDesk:
    """Holds the newest picture and tells the browsers' tasks that it is there.

    Used within one event loop. The arrays given to :meth:`publish` must not change afterwards.

    Parameters
    ----------
    takes
        What the node takes from operators, for the displays to offer: "reports", "links".
    """

    def __init__(self, takes: tuple[str, ...] = ()) -> None:
        self.current: PublishedPicture | None = None
        self.texts = PictureTexts()
        self.reports_text = ""
        """The reports that hold, as the message of which every browser has the newest."""
        self.reports_revision = 0
        self._takes = takes
        self._reports: tuple[ReportStatus, ...] = ()
        self.waiting: set[asyncio.Event] = set()
        self.closing = asyncio.Event()

    def publish(self, picture: JointTracks | Tracks, status: NodeStatus) -> None:
        """Lay down the next picture; see :meth:`skypact.console.Console.publish`."""
        sequence = self.current.sequence + 1 if self.current else 1
        if isinstance(picture, JointTracks):
            self.texts.update(picture.tracks, picture.stations)
        else:
            self.texts.update(picture)
        frame = encode_picture(
            picture,
            sequence=sequence,
            now_ns=status.now_ns,
            mode=status.mode,
            speed=status.speed,
            texts_revision=self.texts.revision,
        )
        # Reports are long and seldom change: they go out in a message of their own.
        spoken = status_view(replace(status, reports=()), sequence)
        text = _json({"type": "status"} | spoken | {"takes": list(self._takes)})
        self.current = PublishedPicture(sequence, picture, status, frame, text)
        if status.reports != self._reports:
            self._reports = status.reports
            self.reports_revision += 1
            self.reports_text = _json({"type": "reports", "reports": report_views(status)})
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


def _json(message: object) -> str:
    return json.dumps(message, separators=(",", ":"), allow_nan=False)
