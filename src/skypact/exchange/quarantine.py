"""The quarantine: refused envelopes, counted all, kept in part, as evidence.

In: refusals with subject, payload and time. Out: counts by reason, and a folder of cases, a bounded
number of bounded size a reason: the first that came and the last. What a partner signed is
evidence, and more of it is kept; what nobody signed is junk that anybody can make, and a few
samples do. A case file is one line of JSON, then bytes (docs/reference/envelope.md, "Evidence").

Cases are written by :meth:`Quarantine.flush`, a few each second and without waiting for the disk:
evidence must not let a flood of forgeries slow the picture down.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from skypact.exchange.header import cut
from skypact.exchange.refusals import BEFORE_SIGNATURE, EnvelopeRefused, Refusal
from skypact.model.disk import Disk
from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS

EVIDENCE_KEPT = 8
"""First, and as many last, of each reason under which a signature holds."""
SAMPLES_KEPT = 2
"""First, and as many last, of each other reason."""
SLOTS = sum(2 * (SAMPLES_KEPT if r in BEFORE_SIGNATURE else EVIDENCE_KEPT) for r in Refusal)
CASE_OVERHEAD = 13 * 1024
"""Bytes of a case's line at most: reason, subject, detail, and the first of two envelopes."""
LIMIT_BYTES = 16 * 1024 * 1024
WRITES_A_FLUSH = 16
FLUSH_EVERY_NS = SECOND_NS

Form = Literal["whole", "evidence", "part"]
_CASE_NAME = re.compile(r"([A-Za-z]+)-(first|last)-([0-9])\.case")


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What stands in the line of a case.

    ``form`` says what the bytes are: the ``whole`` envelope; its ``evidence`` (head, digest of the
    content, signature: it proves as much); or the first ``part`` of what was no envelope.
    ``first`` is, of an equivocation, the evidence of the envelope that came before.
    """

    reason: str
    subject: str
    detail: str
    received_ns: Annotated[int, msgspec.Meta(ge=0)]
    length: Annotated[int, msgspec.Meta(ge=0)]
    form: Form
    first: str = ""
    sha256: str


@dataclass
class _Ring:
    """Where the next case of one reason goes."""

    size: int
    count: int = 0  # cases so far
    last: int = 0  # next place among the last ones

    def next_name(self, reason: Refusal) -> str:
        self.count += 1
        if self.count <= self.size:
            return f"{reason}-first-{self.count - 1}.case"
        place, self.last = self.last, (self.last + 1) % self.size
        return f"{reason}-last-{place}.case"


class Quarantine:
    """Of one link.

    Parameters
    ----------
    disk, folder
        Where cases lie; the folder is the quarantine's own.
    limit_bytes
        What the folder may hold at most.
    """

    def __init__(self, disk: Disk, folder: Path, limit_bytes: int = LIMIT_BYTES) -> None:
        self._room = limit_bytes // SLOTS - CASE_OVERHEAD
        if self._room < CASE_OVERHEAD:
            raise ValueError(f"{limit_bytes} bytes are too few for {SLOTS} cases")
        self._disk = disk
        self._folder = folder
        self._unwritten: dict[str, bytes] = {}
        self._flushed_ns: int | None = None
        self.counts: Counter[str] = Counter()
        """How many were refused since the start, by reason."""
        self.trouble = ""
        """Why cases are no longer written, in plain words; empty while they are."""
        self._rings = {
            reason: _Ring(SAMPLES_KEPT if reason in BEFORE_SIGNATURE else EVIDENCE_KEPT)
            for reason in Refusal
        }
        self._go_on()

    def count(self, reason: Refusal, times: int = 1) -> None:
        """Count what was not even looked at."""
        self.counts[reason.value] += times

    def take(self, refused: EnvelopeRefused, subject: str, payload: bytes, now_ns: int) -> None:
        """Count a refused envelope, and keep it if it is among the first or last."""
        self.counts[refused.reason.value] += 1
        if self.trouble:
            return
        name = self._rings[refused.reason].next_name(refused.reason)
        self._unwritten[name] = self._case(refused, subject, payload, now_ns)

    def flush(self, now_ns: int) -> None:
        """Write some of what is new; at most once a second, and it never raises."""
        last = self._flushed_ns
        if not self._unwritten or (last is not None and 0 <= now_ns - last < FLUSH_EVERY_NS):
            return
        self._flushed_ns = now_ns
        self.write(WRITES_A_FLUSH)

    def write(self, most: int = SLOTS) -> None:
        """Write cases now; all of them unless told otherwise (at the end of a link)."""
        try:
            if self._unwritten:
                self._disk.make_folder(self._folder)
            for name in list(self._unwritten)[:most]:
                self._write(name, self._unwritten.pop(name))
        except OSError as problem:
            self.trouble = f"evidence is no longer kept: {problem.strerror or problem}"
            self._unwritten.clear()

    def _write(self, name: str, data: bytes) -> None:
        file = self._disk.open(self._folder / name)
        try:
            file.write_at(0, data)
            file.cut(len(data))
        finally:
            file.close()

    def _case(self, refused: EnvelopeRefused, subject: str, payload: bytes, now_ns: int) -> bytes:
        form: Form = "whole"
        kept = payload
        if len(payload) > self._room:
            form, kept = "part", payload[: self._room]
            if refused.signed:
                form, kept = "evidence", cut(payload).evidence()
        line = Case(
            reason=refused.reason.value,
            subject=subject[:200],
            detail=refused.detail[:400],
            received_ns=max(0, now_ns),
            length=len(payload),
            form=form,
            first=refused.first.hex(),
            sha256=sha256(kept).hexdigest(),
        )
        return msgspec.json.encode(line) + b"\n" + kept

    def _go_on(self) -> None:
        """Find the cases of earlier runs, so that the newest are not the first to go."""
        try:
            newest = dict.fromkeys(Refusal, -1)
            for name in self._disk.names(self._folder):
                parsed = _CASE_NAME.fullmatch(name)
                if parsed is None or parsed[1] not in list(Refusal):
                    continue
                reason, place = Refusal(parsed[1]), int(parsed[3])
                ring = self._rings[reason]
                if parsed[2] == "first":
                    ring.count = max(ring.count, place + 1)
                    continue
                ring.count = max(ring.count, ring.size)
                received_ns = self._received_ns(name)
                if received_ns >= newest[reason]:
                    newest[reason], ring.last = received_ns, (place + 1) % ring.size
        except OSError as problem:
            self.trouble = f"evidence cannot be read: {problem.strerror or problem}"

    def _received_ns(self, name: str) -> int:
        try:
            return read_case(self._disk.read(self._folder / name))[0].received_ns
        except BadInput:
            return -1


def read_case(data: bytes, where: str = "") -> tuple[Case, bytes]:
    """The line and the bytes of a case file.

    Raises
    ------
    BadInput
        If it was not written to its end, or changed since.
    """
    line, _, kept = data.partition(b"\n")
    try:
        case = msgspec.json.decode(line, type=Case)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as problem:
        raise BadInput(f"not a case of the quarantine: {problem}", where=where) from None
    if sha256(kept).hexdigest() != case.sha256:
        raise BadInput("a case whose bytes are not those it was written with", where=where)
    return case, kept
