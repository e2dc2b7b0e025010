"""Recordings opened for reading: their frames, their sensors, and the date they began.

In: files of any framing. Out: frames with the reader of their format, and a sensor table
either from SENSORS.toml or from what the recording itself tells.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path

from skypact.feeds.asterix import sensors_in
from skypact.feeds.asterix.detection import editions_for
from skypact.feeds.framing import Recording, read_recording
from skypact.feeds.readers import NAMES_ITS_SENSORS, FeedReader, open_reader
from skypact.model.errors import BadInput, Rejection, UsageError
from skypact.model.sensors import Sensor, SensorTable
from skypact.model.time import from_iso, to_iso
from skypact.node.replay import Recorded
from skypact.node.settings import read_sensors

WITHOUT_DATES = ("asterix", "beast", "avr")
"""Formats that keep the time of day, or a counter, but no date."""

DATE_IN_NAME = re.compile(r"(?<!\d)(19|20)(\d\d)-?(0[1-9]|1[0-2])-?(0[1-9]|[12]\d|3[01])(?!\d)")


@dataclass(slots=True)
class Opened:
    """Recordings ready for a watch.

    Parameters
    ----------
    sensors
        Given, or heard in the recordings.
    recorded
        One per file.
    rejections
        What was refused while the files were cut into frames.
    notes
        What the reader should know: guessed dates, sensors without a position.
    """

    sensors: SensorTable
    recorded: list[Recorded]
    rejections: list[Rejection] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @property
    def frames(self) -> int:
        """Number of frames in all recordings."""
        return sum(len(recorded.frames) for recorded in self.recorded)


def start_of(path: Path, date: str | None) -> tuple[int, str]:
    """When a recording that keeps no reception times began, and what to say about it.

    Returns
    -------
    start_ns, note
        int64 UTC nanoseconds; the note is empty when the date was given or stands in the name.
    """
    if date is not None:
        try:
            return from_iso(date), ""
        except ValueError:
            raise UsageError(
                f"--date {date!r} is no ISO date", remedy="Write it as 2023-11-02"
            ) from None
    named = DATE_IN_NAME.search(path.name)
    if named:
        century, year, month, day = named.groups()
        try:
            return from_iso(f"{century}{year}-{month}-{day}"), ""
        except ValueError:
            pass  # the 31st of a short month: no date after all
    return 0, f"{path.name}: no date known, times count from 1970-01-01; --date gives one"


def _heard_in(path: Path, recording: Recording) -> tuple[Sensor, ...]:
    if recording.frames.format not in NAMES_ITS_SENSORS:
        return (Sensor(path.name.split(".")[0], "adsb", rotation_s=1.0),)
    return sensors_in(recording.frames)


def _survey(paths: list[Path], recordings: list[Recording]) -> tuple[SensorTable, list[str]]:
    found: dict[str, Sensor] = {}
    for path, recording in zip(paths, recordings, strict=True):
        for sensor in _heard_in(path, recording):
            known = found.get(sensor.name)
            if known is None or (sensor.located and not known.located):
                found[sensor.name] = sensor
    lost = [s.name for s in found.values() if s.kind == "radar" and not s.located]
    notes = []
    if lost:
        notes.append(
            f"the recording does not say where radar {', '.join(lost)} stands; its plots cannot"
            " be placed without --sensors SENSORS.toml"
        )
    return SensorTable(tuple(found.values())), notes


def _reader(
    path: Path,
    recording: Recording,
    opened: Opened,
    start_ns: int,
    keep_unplaced: bool,
) -> FeedReader:
    format = recording.frames.format
    sensors = opened.sensors
    if format == "asterix":
        editions, notes = editions_for(recording.frames)
        opened.notes.extend(f"{path.name}: {note}" for note in notes)
        return open_reader(
            format, sensors, start_ns=start_ns, keep_unplaced=keep_unplaced, editions=editions
        )
    return open_reader(format, sensors, sensor=_owner(path, format, sensors), start_ns=start_ns)


def _owner(path: Path, format: str, sensors: SensorTable) -> int:
    """Index of the sensor whose bytes a file of a format without sensor names holds."""
    name = path.name.split(".")[0]
    index = sensors.index_of(name)
    if index < 0:
        receivers = [k for k, sensor in enumerate(sensors) if sensor.kind == "adsb"]
        if len(receivers) != 1:
            raise BadInput(
                f"{format} carries no sensor name and the sensor table has {len(receivers)}"
                " ADS-B receivers",
                where=str(path),
                remedy=f"Name the one that heard this file {name!r}",
            )
        index = receivers[0]
    return index


def open_recordings(
    paths: list[Path],
    *,
    sensors_file: Path | None = None,
    date: str | None = None,
    keep_unplaced: bool = False,
) -> Opened:
    """Open recordings for the watch, or with ``keep_unplaced`` for a decode to a file.

    A watch cannot use the plots of a radar whose position is not known, and has them refused by
    name; a file may keep their range and azimuth.

    Raises
    ------
    BadInput
        If a file is missing, unreadable or of no known framing, or SENSORS.toml is wrong.
    UsageError
        If ``date`` is no ISO date.
    """
    recordings = [read_recording(path) for path in paths]
    if sensors_file is not None:
        opened = Opened(read_sensors(sensors_file), [])
    else:
        sensors, notes = _survey(paths, recordings)
        opened = Opened(sensors, [], notes=[] if keep_unplaced else notes)
    for path, recording in zip(paths, recordings, strict=True):
        start_ns, note = start_of(path, date)
        if date is None and recording.date_ns is not None:
            start_ns, note = recording.date_ns, ""
        frames = recording.frames
        timeless = len(frames) > 0 and int(frames.received_ns[0]) < 0
        if note and timeless and frames.format in WITHOUT_DATES:
            opened.notes.append(note)
        opened.recorded.append(
            Recorded(_reader(path, recording, opened, start_ns, keep_unplaced), recording.frames)
        )
        opened.rejections.extend(recording.rejections)
    return opened


def moment(time_ns: int) -> str:
    """ISO text of a time, or a dash where there is none."""
    return to_iso(time_ns) if time_ns >= 0 else "-"
