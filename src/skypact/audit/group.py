"""Group commit: many writers, one fsync.

In: entries from any thread. Out: futures that are done once the entry is durable. While the disk
is busy with one group, the next gathers; so the more is asked, the larger the groups.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from types import TracebackType

from skypact.audit.errors import AuditStopped
from skypact.audit.heads import SignedHead
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry

LARGEST_GROUP = 8192
"""Entries in one write: 1 MiB."""
MOST_WAITING = 1_000_000
"""Entries that may wait; past it the node is told that its audit does not keep up."""


class GroupCommit:
    """The one thread that writes a log for others.

    Parameters
    ----------
    log
        Written by this thread alone while it runs.
    """

    def __init__(self, log: AuditLog) -> None:
        self._log = log
        self._waiting: list[tuple[Sequence[Entry], Future[range]]] = []
        self._count = 0
        self._closed = False
        self._changed = threading.Condition()
        self._writing = threading.Lock()
        self._thread = threading.Thread(target=self._write, name="audit", daemon=True)

    def __enter__(self) -> GroupCommit:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Write what waits, then end."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join()

    def submit(self, entries: Sequence[Entry]) -> Future[range]:
        """Ask for entries to be recorded; the future gives their numbers once they are durable.

        Its exception is that of :meth:`AuditLog.append`: what was to be recorded must not happen.

        Raises
        ------
        AuditStopped
            If too much waits already, or the group is closed.
        """
        answer: Future[range] = Future()
        with self._changed:
            if self._closed:
                raise AuditStopped("the audit log is being closed")
            if self._count + len(entries) > MOST_WAITING:
                raise AuditStopped(f"{self._count} entries wait: the disk does not keep up")
            self._waiting.append((entries, answer))
            self._count += len(entries)
            self._changed.notify()
        return answer

    def append(self, entries: Sequence[Entry]) -> range:
        """Record entries and wait until they are durable; see :meth:`AuditLog.append`."""
        return self.submit(entries).result()

    def head(self, now_ns: int) -> SignedHead:
        """Sign the log as it stands; see :meth:`AuditLog.head`."""
        with self._writing:
            return self._log.head(now_ns)

    def _group(self) -> list[tuple[Sequence[Entry], Future[range]]]:
        """The next group, waited for; none once closed and written."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._closed)
            taken, entries = 0, 0
            while taken < len(self._waiting) and (taken == 0 or entries < LARGEST_GROUP):
                entries += len(self._waiting[taken][0])
                taken += 1
            group, self._waiting = self._waiting[:taken], self._waiting[taken:]
            self._count -= entries
        return group

    def _write(self) -> None:
        while group := self._group():
            try:
                with self._writing:
                    numbers = self._log.append([entry for entries, _ in group for entry in entries])
            except Exception as problem:  # nobody may wait for ever, whatever it was
                for _, answer in group:
                    answer.set_exception(problem)
                continue
            begin = numbers.start
            for entries, answer in group:
                answer.set_result(range(begin, begin + len(entries)))
                begin += len(entries)
