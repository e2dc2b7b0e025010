"""Track states and plots that wait to be sent: of each track only the newest state.

In: the whole picture that a partner may see, about once a second, and plots as they come. Out:
contents of ``tracks`` and ``plots`` envelopes. A state goes out when there is news of its track
(a plot, another claim, code or label); all states go out as a keyframe every ten seconds and when
the partner asks. While the link does not take them, newer states replace older ones, which are
counted. Tracks that a round lacks have ended, or may no longer be seen: the partner is told.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from skypact.exchange import plot_content
from skypact.exchange.plot_content import encode_plots, plot_records
from skypact.exchange.track_content import (
    BLURRED,
    KEYFRAME,
    MOST_ENDED,
    MOST_ROWS,
    MOST_STATIONS,
    MOST_WHOLE,
    NO_NUMBERS,
    TRACK_RECORD,
    WHOLE,
    encode_tracks,
    news,
    track_records,
)
from skypact.model.exchange import TrackClaims
from skypact.model.labels import Label
from skypact.model.plots import Plots
from skypact.model.sensors import Sensor
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks

KEYFRAME_NS = 10 * SECOND_NS
LEAST_KEYFRAME_NS = 2 * SECOND_NS
"""A partner that asks more often waits."""
WHOLE_AFTER_NS = 5 * SECOND_NS
"""A keyframe that does not get done in this time says what tracks there are all the same."""
OLDEST_PLOT_NS = 10 * SECOND_NS
MOST_PLOTS = 50_000
MOST_MARKS = 256
"""Labels kept in mind before those that are not used are let go."""

_NO_RECORDS: NDArray[Any] = np.empty(0, TRACK_RECORD)


@dataclass(frozen=True, slots=True)
class TrackOffer:
    """States of one label that a partner may see now, all of them."""

    tracks: Tracks
    claims: TrackClaims
    label: Label
    blurred: bool = False


@dataclass(frozen=True, slots=True)
class Content:
    """What one envelope is to hold, and how many rows that is."""

    label: Label
    content: bytes
    rows: int


_Mark = tuple[Label, tuple[str, ...]]  # label, stations of the claims


class _Class:
    """Whole or blurred states: apart, for their numbers are not of one kind."""

    def __init__(self, flag: int) -> None:
        self.flag = flag
        self.superseded = 0
        self.ended: dict[_Mark, NDArray[np.int64]] = {}
        self._marks: list[_Mark] = []
        self._records = _NO_RECORDS  # by track number, ascending
        self._news = news(_NO_RECORDS)
        self._mark: NDArray[np.int64] = NO_NUMBERS
        self._sent_news = news(_NO_RECORDS)
        self._sent_mark: NDArray[np.int64] = NO_NUMBERS  # -1: never sent
        self._due: NDArray[np.bool_] = np.empty(0, np.bool_)
        self._whole_from_ns: int | None = None
        self._last_mark: _Mark | None = None

    def offer(self, offers: Sequence[TrackOffer]) -> None:
        """Take a round in place of the one before."""
        if any(not 1 <= len(offer.claims.stations) <= MOST_STATIONS for offer in offers):
            raise ValueError(f"claims are of 1 to {MOST_STATIONS} stations")
        if len(self._marks) > MOST_MARKS:
            self._forget_marks()
        parts = [track_records(offer.tracks, offer.claims) for offer in offers]
        marks = [self._mark_of(offer) for offer in offers]
        records = np.concatenate([_NO_RECORDS, *parts])
        mark = np.repeat(np.array(marks, np.int64), [len(part) for part in parts])
        order = np.argsort(records["track"], kind="stable")
        numbers = records["track"][order]
        latest = np.ones(len(order), np.bool_)
        latest[:-1] = numbers[1:] != numbers[:-1]  # of a track that is told of twice, the last
        order = order[latest]
        self._replace(records[order], mark[order])

    def _replace(self, records: NDArray[Any], mark: NDArray[np.int64]) -> None:
        old, told = self._records["track"], news(records)
        numbers = np.ascontiguousarray(records["track"])
        at = np.searchsorted(old, numbers)
        at[at == len(old)] = 0
        known = old[at] == numbers if len(old) else np.zeros(len(numbers), np.bool_)
        at = at[known]
        sent_news = np.zeros_like(told)
        sent_mark = np.full(len(numbers), -1, np.int64)
        sent_news[known], sent_mark[known] = self._sent_news[at], self._sent_mark[at]
        due = (sent_mark != mark) | (told != sent_news).any(axis=1)
        waited = self._due[at]
        due[known] |= waited
        replaced = waited & (told[known] != self._news[at]).any(axis=1)
        gone = np.ones(len(old), np.bool_)
        gone[at] = False
        self.superseded += int(replaced.sum()) + int((gone & self._due).sum())
        self._end(old[gone], self._sent_mark[gone], numbers)
        self._records, self._news, self._mark, self._due = records, told, mark, due
        self._sent_news, self._sent_mark = sent_news, sent_mark

    def _end(
        self, gone: NDArray[np.int64], sent: NDArray[np.int64], there: NDArray[np.int64]
    ) -> None:
        """Tell of tracks that are no more, under the label they were last sent with."""
        self.ended = {
            mark: left
            for mark, numbers in self.ended.items()
            if len(left := numbers[~np.isin(numbers, there)])
        }
        for number in np.unique(sent[sent >= 0]):
            mark = self._marks[number]
            before = self.ended.get(mark, NO_NUMBERS)
            self.ended[mark] = np.concatenate([before, gone[sent == number]])[-MOST_WHOLE:]

    def _mark_of(self, offer: TrackOffer) -> int:
        mark = offer.label, offer.claims.stations
        if mark not in self._marks:
            self._marks.append(mark)
        return self._marks.index(mark)

    def _forget_marks(self) -> None:
        """Let go of labels that nothing has any more."""
        used = np.unique(np.concatenate([self._mark, self._sent_mark[self._sent_mark >= 0]]))
        new = np.full(len(self._marks) + 1, -1)  # the last stands for -1
        new[used] = np.arange(len(used))
        self._marks = [self._marks[k] for k in used]
        self._mark, self._sent_mark = new[self._mark], new[self._sent_mark]

    def keyframe(self, now_ns: int) -> None:
        """All states are to go out, and the list of them."""
        self._due[:] = True
        if self._whole_from_ns is None:
            self._whole_from_ns = now_ns

    @property
    def waiting(self) -> int:
        return int(self._due.sum())

    def contents(self, now_ns: int) -> Iterator[Content]:
        """What is to be sent now; what is not asked for stays due."""
        for mark in list(self.ended):
            numbers = self.ended.pop(mark)
            for k in range(0, len(numbers), MOST_ENDED):
                part = numbers[k : k + MOST_ENDED]
                content = encode_tracks(_NO_RECORDS, mark[1], self.flag, ended=part)
                yield Content(mark[0], content, 0)
        keyframe = KEYFRAME if self._whole_from_ns is not None else 0
        rows = np.flatnonzero(self._due)
        for number in np.unique(self._mark[rows]):
            label, stations = mark = self._marks[number]
            its_rows = rows[self._mark[rows] == number]
            for k in range(0, len(its_rows), MOST_ROWS):
                some = its_rows[k : k + MOST_ROWS]
                content = encode_tracks(self._records[some], stations, self.flag | keyframe)
                self._due[some] = False
                self._sent_news[some], self._sent_mark[some] = self._news[some], number
                self._last_mark = mark
                yield Content(label, content, len(some))
        if whole := self._whole(now_ns):
            yield whole

    def _whole(self, now_ns: int) -> Content | None:
        """The last part of a keyframe: the numbers of all tracks there are."""
        begun = self._whole_from_ns
        if begun is None or self._last_mark is None:
            return None
        if self._due.any() and 0 <= now_ns - begun < WHOLE_AFTER_NS:
            return None
        self._whole_from_ns = None
        numbers = np.ascontiguousarray(self._records["track"])
        if len(numbers) > MOST_WHOLE:
            return None  # notes of ended tracks are all there is
        label, stations = self._last_mark
        marks = self.flag | KEYFRAME | WHOLE
        return Content(label, encode_tracks(_NO_RECORDS, stations, marks, whole=numbers), 0)


class LiveStates:
    """What waits of track states for one partner."""

    def __init__(self) -> None:
        self._classes = (_Class(0), _Class(BLURRED))
        self._keyframe_ns: int | None = None
        self._asked = True

    @property
    def superseded(self) -> int:
        """States that were replaced by newer ones before they went out."""
        return sum(one.superseded for one in self._classes)

    @property
    def waiting(self) -> int:
        """States that are to go out."""
        return sum(one.waiting for one in self._classes)

    def offer(self, offers: Sequence[TrackOffer]) -> None:
        """Take a round: every state that the partner may see now, of all labels."""
        for one in self._classes:
            one.offer([offer for offer in offers if offer.blurred == bool(one.flag)])

    def ask_keyframe(self) -> None:
        """The partner missed something, or has just begun."""
        self._asked = True

    def contents(self, now_ns: int) -> Iterator[Content]:
        """What is to be sent now."""
        last = self._keyframe_ns
        pause = LEAST_KEYFRAME_NS if self._asked else KEYFRAME_NS
        if last is None or not 0 <= now_ns - last < pause:
            self._keyframe_ns, self._asked = now_ns, False
            for one in self._classes:
                one.keyframe(now_ns)
        for one in self._classes:
            yield from one.contents(now_ns)


class WaitingPlots:
    """Plots that wait to be sent: for some seconds, then they are worth nothing."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[int, NDArray[Any], tuple[Sensor, ...], Label]] = deque()
        self.rows = 0
        self.superseded = 0

    def offer(self, plots: Plots, sensors: tuple[Sensor, ...], label: Label, now_ns: int) -> None:
        """Take plots of one label; where too many wait, the oldest are dropped and counted."""
        records = plot_records(plots)
        for k in range(0, len(records), plot_content.MOST_ROWS):
            part = records[k : k + plot_content.MOST_ROWS]
            self._waiting.append((now_ns, part, sensors, label))
            self.rows += len(part)
        while self.rows > MOST_PLOTS:
            self._drop()

    def contents(self, now_ns: int) -> Iterator[Content]:
        """What is to be sent now; small offers of one label and table of sensors are joined."""
        while self._waiting and not 0 <= now_ns - self._waiting[0][0] <= OLDEST_PLOT_NS:
            self._drop()
        while self._waiting:
            _, records, sensors, label = self._waiting.popleft()
            parts, rows = [records], len(records)
            while self._waiting:
                _, more, its_sensors, its_label = self._waiting[0]
                if (its_sensors, its_label) != (sensors, label):
                    break
                if rows + len(more) > plot_content.MOST_ROWS:
                    break
                parts.append(self._waiting.popleft()[1])
                rows += len(more)
            self.rows -= rows
            yield Content(label, encode_plots(np.concatenate(parts), sensors), rows)

    def _drop(self) -> None:
        rows = len(self._waiting.popleft()[1])
        self.rows -= rows
        self.superseded += rows
