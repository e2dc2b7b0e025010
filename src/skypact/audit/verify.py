"""Verifies a whole log: every record, link, subtree and signed head.

In: a folder and the log's public key. Out: a :class:`Verdict` that names what is wrong. Reads
whole segments, hashes each record once for chain and tree together, and spreads segments over
processes. Nothing the log stores about itself is believed: seals are reckoned anew.
"""

from __future__ import annotations

import multiprocessing
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from hashlib import sha256
from pathlib import Path

import numpy as np
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skypact.audit.errors import AuditDamaged
from skypact.audit.heads import SignedHead, head_holds, stored_heads
from skypact.audit.merkle import Frontier, levels_of, peaks_at
from skypact.audit.naming import Finding, name_damage
from skypact.audit.record import FIRST_PREVIOUS, FORMAT, KINDS, SLOT, SLOT_BYTES, is_whole
from skypact.audit.segments import (
    SEGMENT_RECORDS,
    heads_name,
    segment_firsts,
    segment_name,
    slots_of,
)
from skypact.model.disk import Disk

Step = Callable[[float], None]
Peaks = list[tuple[int, bytes]]
WORTH_A_PROCESS = 16
"""Segments: a million records take about as long as two processes take to start."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the verification came to.

    Parameters
    ----------
    records
        Whole records.
    root
        Root of the tree over them.
    heads
        Signed heads that agree with the records.
    newest_head
        The newest of them, None without any.
    findings
        What is wrong, in the order of the records.
    """

    records: int
    root: bytes
    heads: int
    newest_head: SignedHead | None
    findings: tuple[Finding, ...]

    @property
    def holds(self) -> bool:
        """Whether nothing was changed; an unfinished write at the end is no change."""
        return all(finding.what == "unfinished" for finding in self.findings)


@dataclass(frozen=True, slots=True)
class Task:
    """One segment to check: its place, and the sizes of the log at which heads were signed."""

    path: Path
    first: int
    records: int
    is_last: bool
    head_sizes: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Checked:
    """What one segment holds: see :func:`check_segment`."""

    task: Task
    count: int
    previous: bytes  # that its first record names
    last_leaf: bytes
    peaks: dict[int, Peaks]  # of its first so many records, by size of the log
    suspect: bool


def check_segment(task: Task, disk: Disk) -> Checked:
    """Hash a segment's records and check each against the next, all at once."""
    data = disk.read(task.path)
    count = len(data) // SLOT_BYTES
    slots = np.frombuffer(data, SLOT, count)
    whole = slots_of(data)
    leaves = [sha256(slot).digest() for slot in whole]
    linked = np.frombuffer(b"".join(leaves), "V32")
    numbers = np.arange(task.first, task.first + count, dtype=np.uint64)
    fine = (
        len(data) % SLOT_BYTES == 0
        and count > 0
        and bool((slots["previous"][1:] == linked[:-1]).all())
        and bool((slots["number"] == numbers).all())
        and not slots["leaf_prefix"].any()
        and bool((slots["format"] == FORMAT).all())
        and bool(np.isin(slots["kind"], sorted(KINDS)).all())
        and is_whole(whole[-1])
        and (task.is_last or count == task.records)
    )
    levels = levels_of(leaves)
    sizes = {*task.head_sizes, task.first + count}
    inside = (size for size in sizes if task.first <= size <= task.first + count)
    peaks = {size: peaks_at(levels, size - task.first) for size in inside}
    return Checked(
        task,
        count,
        slots["previous"][0].tobytes() if count else b"",
        leaves[-1] if leaves else b"",
        peaks,
        not fine,
    )


def verify_log(
    disk: Disk,
    folder: Path,
    key: Ed25519PublicKey | None,
    *,
    segment_records: int = SEGMENT_RECORDS,
    workers: int = 1,
    step: Step = lambda done: None,
) -> Verdict:
    """Verify a log from its first record to its last.

    Parameters
    ----------
    disk, folder
        Where it lies. Nothing is written.
    key
        The log's public key, from a place that who writes the log cannot change; without it the
        heads' signatures are not checked.
    segment_records
        Records in a full segment.
    workers
        Processes to spread segments over.
    step
        Told the number of records done.

    Raises
    ------
    AuditDamaged
        If the folder holds no log.
    """
    names = disk.names(folder)
    firsts = segment_firsts(names)
    if not firsts:
        raise AuditDamaged("no audit log in this folder", where=str(folder))
    walk = _Walk(disk, folder, segment_records)
    heads = walk.heads(names, key)
    sizes = sorted({head.size for head in heads})
    walk.durable = max(sizes, default=0)
    tasks = [
        Task(
            folder / segment_name(first),
            first,
            segment_records,
            first == firsts[-1],
            tuple(n for n in sizes if first < n <= first + segment_records),
        )
        for first in firsts
    ]
    with _checks(tasks, disk, workers) as results:
        for checked in results:
            walk.take(checked)
            step(walk.records)
    newest = walk.judge(heads)
    findings = tuple(sorted(walk.findings, key=lambda finding: (finding.number, finding.byte)))
    root = walk.frontier.root()
    agreeing = sum(walk.roots.get(head.size) == head.root for head in heads)
    return Verdict(walk.records, root, agreeing, newest, findings)


@contextmanager
def _checks(tasks: list[Task], disk: Disk, workers: int) -> Iterator[Iterator[Checked]]:
    """Results of the segments in their order, from as many processes as are worth their start."""
    check = partial(check_segment, disk=disk)
    workers = min(workers, len(tasks) // WORTH_A_PROCESS)
    if workers < 2:
        yield map(check, tasks)
        return
    # Spawned, not forked: a fork of a process with threads may never wake.
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, mp_context=spawn) as pool:
        yield pool.map(check, tasks)


class _Walk:
    """Joins the segments' results to one log."""

    def __init__(self, disk: Disk, folder: Path, segment_records: int) -> None:
        self.frontier = Frontier()
        self.records = 0
        self.roots: dict[int, bytes] = {}  # of the log at the sizes heads were signed at
        self.findings: list[Finding] = []
        self.durable = 0  # size of the log at its newest signed head
        self._disk = disk
        self._folder = folder
        self._segment_records = segment_records
        self._previous = FIRST_PREVIOUS
        self._broken = False  # records are missing: the tree cannot be reckoned any more

    def heads(self, names: list[str], key: Ed25519PublicKey | None) -> list[SignedHead]:
        """All heads whose signature holds; the others are findings."""
        found = []
        for first in segment_firsts(names, ".heads"):
            name = heads_name(first)
            try:
                stored, _ = stored_heads(self._disk.read(self._folder / name), name)
            except AuditDamaged as problem:
                self._bad_head(first, name, f"{problem.where}: {problem.what}")
                continue
            for one in stored:
                if key is not None and not head_holds(one.head, key):
                    self._bad_head(one.head.size, name, "not signed with the log's key")
                else:
                    found.append(one.head)
        return found

    def _bad_head(self, number: int, file: str, detail: str) -> None:
        self.findings.append(Finding("bad-head", number, number, file, 0, "", detail))

    def take(self, checked: Checked) -> None:
        """Take the next segment."""
        task, first = checked.task, checked.task.first
        if first != self.records:
            if first > self.records:
                name = segment_name(self.records)
                self._removed(self.records, first - 1, name, "the file is missing")
            self._broken, self._previous = True, checked.previous
        count, peaks_at_end = checked.count, checked.peaks[first + checked.count]
        if checked.suspect or (count and checked.previous != self._previous):
            count, peaks_at_end = self._name(task, count, peaks_at_end)
        if task.is_last or count == task.records:
            for size, peaks in checked.peaks.items():
                if size <= first + count and size in task.head_sizes and not self._broken:
                    self.roots[size] = self._with(peaks).root()
            if not self._broken:
                self.frontier = self._with(peaks_at_end)
            self._previous = checked.last_leaf
        else:
            self._broken = True
        self.records = first + (count if task.is_last else task.records)

    def _with(self, peaks: Peaks) -> Frontier:
        grown = self.frontier.below(64)
        for height, root in peaks:
            grown.push(root, height)
        return grown

    def _name(self, task: Task, count: int, peaks: Peaks) -> tuple[int, Peaks]:
        """Name what is wrong in a segment; how many records it has without what is unfinished."""
        data = self._disk.read(task.path)
        slots = slots_of(data)
        end = None if task.is_last else task.first + task.records
        named = name_damage(
            slots,
            task.first,
            self._previous,
            task.path.name,
            end_number=end,
            durable=self.durable,
        )
        before = segment_name(max(task.first - task.records, 0))
        last_byte = (task.records - 1) * SLOT_BYTES
        for one in named:
            elsewhere = one.number < task.first and one.what == "changed"
            self.findings.append(replace(one, file=before, byte=last_byte) if elsewhere else one)
        unfinished = [one for one in named if one.what == "unfinished"]
        if unfinished:
            count = unfinished[0].byte // SLOT_BYTES
            leaves = [sha256(slot).digest() for slot in slots[:count]]
            peaks = peaks_at(levels_of(leaves), count)
        elif len(data) % SLOT_BYTES and task.is_last:
            detail = f"{len(data) % SLOT_BYTES} bytes of a record that a crash interrupted"
            at = count * SLOT_BYTES
            number = task.first + count
            self.findings.append(
                Finding("unfinished", number, number, task.path.name, at, "", detail)
            )
        return count, peaks

    def _removed(self, first: int, last: int, file: str, detail: str) -> None:
        self.findings.append(Finding("removed", first, last, file, 0, "", detail))

    def judge(self, heads: list[SignedHead]) -> SignedHead | None:
        """Compare the records with the signed heads; the newest head that agrees."""
        newest = max((head.size for head in heads), default=0)
        if newest > self.records:
            file = segment_name(self.records - self.records % self._segment_records)
            self._removed(self.records, newest - 1, file, "they were signed for and are gone")
        agreeing = None
        for head in sorted(heads, key=lambda head: (head.size, head.time_ns)):
            if head.size > self.records or head.size not in self.roots:
                continue
            if self.roots[head.size] == head.root:
                agreeing = head
                continue
            if all(one.what in ("unfinished", "bad-head") for one in self.findings):
                begin = agreeing.size if agreeing else 0
                at = begin % self._segment_records * SLOT_BYTES
                file = segment_name(begin - begin % self._segment_records)
                detail = f"the head of {head.size} records was signed over other bytes"
                self.findings.append(
                    Finding("rewritten", begin, head.size - 1, file, at, "", detail)
                )
            break
        return agreeing
