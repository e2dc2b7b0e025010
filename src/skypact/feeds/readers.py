"""The reader of each format: what turns one source's frames into plots.

In: a format's name. Out: an object with ``read(frames) -> FeedBatch``. Modules are imported
when their format is first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Protocol

from skypact.feeds.batch import FeedBatch
from skypact.model.frames import FeedFormat, Frames
from skypact.model.sensors import SensorTable
from skypact.model.time import DAY_NS

if TYPE_CHECKING:
    from skypact.feeds.asterix.copies import Copies
    from skypact.feeds.asterix.editions import Editions
    from skypact.feeds.asterix.plots import AsterixPlots

PLACES: dict[FeedFormat, str] = {
    "dis": "dis.plots:DisPlots",
    "geojson": "geojson.plots:GeoJsonPlots",
    "cot": "cot.plots:CotPlots",
    "sapient": "sapient.plots:SapientPlots",
    "beast": "mode_s.plots:ModeSPlots",
    "avr": "mode_s.plots:ModeSPlots",
    "hexcsv": "mode_s.plots:ModeSPlots",
    "jet1090": "mode_s.plots:ModeSPlots",
    "sbs": "states.sbs:SbsPlots",
    "readsb": "states.readsb:ReadsbPlots",
    "opensky": "states.opensky:OpenSkyPlots",
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
    copies: Copies | None = None,
    editions: Editions | None = None,
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
    copies
        Memory of ASTERIX records that come twice, shared by the feeds of a node.
    editions
        ASTERIX editions found in a recording; those of the sensor table go before.
    """
    if format == "asterix":
        return open_asterix(
            sensors, copies=copies, editions=editions, start_ns=start_ns,
            keep_unplaced=keep_unplaced,
        )  # fmt: skip
    module, _, name = PLACES[format].partition(":")
    reader: FeedReader = getattr(import_module(f"skypact.feeds.{module}"), name)(
        sensor, sensors, start_ns=start_ns
    )
    return reader


def open_asterix(
    sensors: SensorTable,
    *,
    copies: Copies | None = None,
    editions: Editions | None = None,
    start_ns: int | None = None,
    keep_unplaced: bool = False,
) -> AsterixPlots:
    """A reader of ASTERIX; the parameters are those of :func:`open_reader`."""
    from skypact.feeds.asterix.editions import Editions
    from skypact.feeds.asterix.plots import AsterixPlots

    found = editions or Editions()
    said = {(s.sac, s.sic): dict(s.editions) for s in sensors if s.editions}
    return AsterixPlots(
        sensors,
        editions=Editions(found.by_category, {**found.by_sensor, **said}),
        date_ns=None if start_ns is None else start_ns // DAY_NS * DAY_NS,
        keep_unplaced=keep_unplaced,
        copies=copies,
    )
