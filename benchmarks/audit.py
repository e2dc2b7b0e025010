"""The audit log: records made durable a second, and verified a second.

Part of the benchmark ``agreement``, which yields these figures too.
"""

from __future__ import annotations

import itertools
import os
import statistics
import tempfile
import time
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from benchmarks.figures import Figure
from skypact.audit.group import GroupCommit
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry, Kind, Outcome, digest_of
from skypact.audit.verify import verify_log
from skypact.node.disk import SystemDisk

APPEND_BAR, VERIFY_BAR = 20_000.0, 1_000_000.0
OUTSTANDING = 4_096
"""Effects that wait for their record at any time, as an exchange under load has."""


def run(quick: bool) -> Iterator[Figure]:
    """``--quick`` writes for two seconds and verifies 2.2 million records."""
    with tempfile.TemporaryDirectory(dir=os.environ.get("SKYPACT_BENCH_DISK")) as place:
        folder = Path(place) / "audit"
        key = Ed25519PrivateKey.generate()
        log = AuditLog(SystemDisk(), folder, key, time.time_ns())
        per_s, waits_ms = append_one_by_one(log, 2.0 if quick else 10.0)
        yield Figure(
            "agreement: audit append, fsync in group commit", per_s, "records/s",
            APPEND_BAR, None, per_s >= APPEND_BAR,
        )  # fmt: skip
        yield Figure(
            "agreement: audit append, median wait until durable", statistics.median(waits_ms),
            "ms", None, None, None,
        )  # fmt: skip
        records = 2_200_000 if quick else 6_000_000
        entries = some_entries(8_192)
        began = time.perf_counter()
        before = log.size
        while log.size < records:
            log.append(entries)
        seconds = time.perf_counter() - began
        yield Figure(
            "agreement: audit append, batches of 8192", (log.size - before) / seconds,
            "records/s", None, None, None,
        )  # fmt: skip
        log.head(time.time_ns())
        for workers in (1, 2):
            began, began_cpu = time.perf_counter(), time.process_time()
            verdict = verify_log(SystemDisk(), folder, key.public_key(), workers=workers)
            per_s = verdict.records / (time.perf_counter() - began)
            assert verdict.holds
            if workers == 1:
                yield Figure(
                    "agreement: audit verification, of one core's CPU time",
                    verdict.records / (time.process_time() - began_cpu),
                    "records/CPU s", None, None, None,
                )  # fmt: skip
            bar = VERIFY_BAR if workers == 2 else None
            yield Figure(
                f"agreement: audit verification, {workers} process{'es' * (workers > 1)}",
                per_s, "records/s", bar, None, None if bar is None else per_s >= bar,
            )  # fmt: skip


def some_entries(count: int) -> list[Entry]:
    """Entries as exchange makes them."""
    now_ns = time.time_ns()
    text = digest_of(b"the agreement")
    return [
        Entry(Kind.ENVELOPE_SENT, now_ns + n, Outcome.DONE, "KZ", n, 3, digest_of(b"%d" % n), text)
        for n in range(count)
    ]


def append_one_by_one(log: AuditLog, seconds: float) -> tuple[float, list[float]]:
    """Records a second when each comes alone, and how long each waited, ms."""
    entries = itertools.cycle([[entry] for entry in some_entries(10_000)])
    waiting: deque[tuple[float, Future[range]]] = deque()
    waits_ms = []
    done = 0
    with GroupCommit(log) as group:
        began = time.perf_counter()
        while time.perf_counter() - began < seconds:
            while len(waiting) < OUTSTANDING:
                waiting.append((time.perf_counter(), group.submit(next(entries))))
            while waiting and (len(waiting) >= OUTSTANDING or waiting[0][1].done()):
                asked, answer = waiting.popleft()
                answer.result()
                done += 1
                if done % 64 == 0:
                    waits_ms.append((time.perf_counter() - asked) * 1e3)
        elapsed = time.perf_counter() - began
    return done / elapsed, waits_ms
