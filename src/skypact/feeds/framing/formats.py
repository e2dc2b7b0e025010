"""Formats other than ASTERIX and Beast, told from the first bytes of a file or packet.

In: the head of a file. Out: the :class:`Format` it is in, or None. Each format's own module says
whether bytes look like it; it is imported only when the bytes are no ASTERIX, pcap or Beast.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec

from skypact.model.frames import FeedFormat

HEAD_BYTES = 4096
"""How much of a file a format is told from."""


@dataclass(frozen=True, slots=True)
class Format:
    """One format that a file may be in.

    Parameters
    ----------
    format
        Its name in frames.
    module
        Module below ``skypact.feeds`` whose ``looks_like(head: bytes) -> bool`` knows it.
    lines
        ``lines``: messages are lines; ``document``: a file is one message; ``either``: a file
        whose first line is a whole JSON document is lines.
    title
        In words, for people.
    """

    format: FeedFormat
    module: str
    lines: str
    title: str


FORMATS: tuple[Format, ...] = (
    Format("opensky", "states.opensky", "either", "OpenSky state vectors (CSV, Parquet)"),
    Format("geojson", "geojson.plots", "document", "GeoJSON feature collections"),
    Format("readsb", "states.readsb", "either", "readsb aircraft.json, and its JSON lines"),
    Format("jet1090", "mode_s.jet1090", "lines", "jet1090 JSON lines"),
    Format("cot", "cot.plots", "document", "Cursor on Target XML"),
    Format("sapient", "sapient.wire", "document", "SAPIENT, BSI Flex 335 v2 (length and protobuf)"),
    Format("dis", "dis.plots", "document", "DIS 7 protocol data units (IEEE 1278.1-2012)"),
    Format("avr", "mode_s.avr", "lines", "AVR: Mode S in hexadecimal between * or @ and ;"),
    Format("hexcsv", "mode_s.hexcsv", "lines", "time,hexadecimal CSV of Mode S"),
    Format("sbs", "states.sbs", "lines", "SBS BaseStation CSV"),
)
"""In the order they are asked. OpenSky's CSV has a header line of its own, so it may come first."""


def format_of(head: bytes) -> Format | None:
    """The format whose module knows these bytes; modules that are not there are passed over."""
    for known in FORMATS:
        looks_like = _recogniser(known.module)
        if looks_like is not None and looks_like(head):
            return known
    return None


def _recogniser(module: str) -> Callable[[bytes], bool] | None:
    name = f"skypact.feeds.{module}"
    try:
        if find_spec(name) is None:
            return None
    except ModuleNotFoundError:
        return None
    return getattr(import_module(name), "looks_like", None)


def is_in_lines(known: Format, head: bytes) -> bool:
    """Whether a file of this format is read line by line."""
    if known.lines != "either":
        return known.lines == "lines"
    if head.startswith(b"PAR1"):
        return False
    first, newline, _ = head.partition(b"\n")
    if not first.lstrip().startswith(b"{"):
        return True  # CSV
    if not newline:
        # longer than the head: one line, whatever it is
        return True
    try:
        json.loads(first)
    except ValueError:
        return False
    return True
