"""Opens a node's agreements: keys, audit log, store, and the files that the settings name.

In: ``[agreements]`` of NODE.toml. Out: a :class:`LiveAgreements` that a running node ticks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from skypact.agreement.reading import read_agreement
from skypact.agreement.refusals import AgreementRefused, StoreFailed
from skypact.agreement.signing import pins_from, read_signatures, signature_path
from skypact.agreement.store import AgreementStore, Item
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry, Kind
from skypact.model.errors import BadInput
from skypact.model.status import AgreementStatus
from skypact.model.time import SECOND_NS
from skypact.node.agreement_state import AgreementState
from skypact.node.agreement_status import agreement_statuses
from skypact.node.disk import FolderLock, SystemDisk
from skypact.node.keys import read_or_make_key
from skypact.node.settings import AgreementSettings

HEAD_NS = 60 * SECOND_NS
"""A head is signed every minute."""


def items_of(files: tuple[Path, ...]) -> Iterator[tuple[Path, Item]]:
    """Documents of the files by agreement and version, each with what is signed beside it."""
    texts = [(path, read_agreement(path).document) for path in files]
    texts.sort(key=lambda text: (text[1].agreement.id, text[1].agreement.version))
    for path, document in texts:
        signed = read_signatures(signature_path(path))
        yield path, document
        for signature in signed.signature:
            yield path, signature
        for notice in signed.notice:
            yield path, notice


@dataclass(slots=True)
class LiveAgreements:
    """A running node's agreements, with its audit log."""

    state: AgreementState
    log: AuditLog
    files: tuple[Path, ...]
    locks: contextlib.ExitStack = field(default_factory=contextlib.ExitStack)
    _headed_ns: int = 0
    _seen: dict[Path, int] = field(default_factory=dict)

    def tick(self, now_ns: int) -> None:
        """Go on to now; once a minute take in files that were changed, and sign a head."""
        if now_ns - self._headed_ns >= HEAD_NS:
            self._headed_ns = now_ns
            try:
                self.take_changed_files(now_ns)
                self.log.head(now_ns)
            except (AuditFull, AuditStopped) as problem:
                self.state.trouble = str(problem)
            except StoreFailed as problem:  # what is new has no effect; the rest goes on
                self.state.refuse(problem.where, problem)
        self.state.advance(now_ns)

    def take_changed_files(self, now_ns: int) -> None:
        """Take in agreements and signatures whose files were changed since they were last read.

        What is refused, or cannot be read, has no effect and is kept in ``state.refused``.

        Raises
        ------
        AuditFull, AuditStopped, StoreFailed
            If what is new could not be recorded or stored; it is tried again next time.
        """
        changed = {path: time for path, time in _times(self.files) if self._seen.get(path) != time}
        if not changed:
            return
        try:
            items = list(items_of(self.files))
        except BadInput as problem:
            self.state.refuse(problem.where, problem)
            items = []
        for path, item in items:
            try:
                self.state.add(item, now_ns, str(path))
            except AgreementRefused:
                continue  # kept in state.refused and recorded
        self._seen |= changed

    def statuses(self) -> tuple[AgreementStatus, ...]:
        """For the node's status."""
        return agreement_statuses(self.state)

    def close(self, now_ns: int) -> None:
        """Record the end, sign a last head, and let others write in the folders."""
        now_ns = max(now_ns, self.state.believed_ns)
        try:
            self.log.append([Entry(Kind.LOG_CLOSED, now_ns)])
            self.log.head(now_ns)
        except (AuditFull, AuditStopped) as problem:
            self.state.trouble = str(problem)
        self.locks.close()


def _times(files: tuple[Path, ...]) -> Iterator[tuple[Path, int]]:
    """When each file and the signatures beside it were last changed; 0 where there is none."""
    for path in files:
        for one in (path, signature_path(path)):
            try:
                yield one, one.stat().st_mtime_ns
            except OSError:
                yield one, 0


def open_agreements(settings: AgreementSettings, now_ns: int) -> LiveAgreements:
    """Open what a node needs to obey agreements.

    A file that is refused by name is kept in ``state.refused`` and has no effect: the node goes
    on with the last fully signed text it has.

    Raises
    ------
    BadInput
        If a file cannot be read or a key is none.
    AuditDamaged, StoreDamaged
        If what was durable is changed or missing.
    Unavailable
        If the disk does not take what must be durable, or another process writes there.
    """
    disk = SystemDisk()
    list(items_of(settings.files))  # a file that cannot be read is said before anything is made
    pins = pins_from(settings.trust)
    key = read_or_make_key(settings.audit_key)
    with contextlib.ExitStack() as locks:
        for folder in (settings.audit, settings.store):
            locks.enter_context(contextlib.closing(FolderLock(folder)))
        log = AuditLog(disk, settings.audit, key, now_ns)
        store = AgreementStore(disk, settings.store, pins)
        state = AgreementState(store, log, believed_ns=max(now_ns, log.opened_after_ns))
        live = LiveAgreements(state, log, settings.files)
        live.take_changed_files(now_ns)
        state.advance(now_ns)
        live.locks = locks.pop_all()  # kept until it is closed
    return live
