"""The reader of each format: what turns one source's frames into plots.

In: a format's name. Out: an object with ``read(frames) -> FeedBatch``. Modules are imported
when their format is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Protocol

from skypact.feeds.batch import FeedBatch
from skypact.model.frames import FeedFormat, Frames
from skypact.model.sensors import SensorTable
from skypact.model.time import DAY_NS

PLACES: dict[FeedFormat, str] = {
    "beast": "mode_s.plots:ModeSPlots",
}
"""Formats whose bytes all belong to one sensor: module and class below ``skypact.feeds``."""

NAMES_ITS_SENSORS: frozenset[FeedFormat] = frozenset({"asterix"})
"""Formats whose records say which sensor they come from."""


class FeedReader(Protocol):
    """What turns one feed's frames into plots; one object per feed, it remembers."""

    def read(self, frames: Frames) -> FeedBatch:
        """Decode frames that follow those of the last call."""
        ...


def open_reader(
    format: FeedFormat,
    sensors: SensorTable,
    *,
    sensor: int = -1,
    start_ns: int | None = None,
    keep_unplaced: bool = False,
) -> FeedReader:
    """A reader for one source of bytes.

    Parameters
    ----------
    format
        What the bytes are.
    sensors
        The node's sensors.
    sensor
        Index of the sensor the bytes belong to, for formats that do not say.
    start_ns
        When a recording that keeps no reception times began, int64 UTC nanoseconds.
    keep_unplaced
        Keep range and azimuth of radars whose position is not known.
    """
    if format == "asterix":
        from skypact.feeds.asterix.plots import AsterixPlots

        date_ns = None if start_ns is None else start_ns // DAY_NS * DAY_NS
        return AsterixPlots(sensors, date_ns=date_ns, keep_unplaced=keep_unplaced)
    module, _, name = PLACES[format].partition(":")
    reader: FeedReader = getattr(import_module(f"skypact.feeds.{module}"), name)(
        sensor, sensors, start_ns=start_ns
    )
    return reader
