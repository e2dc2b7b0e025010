"""What an exchange leaves in the audit log, and how partners hold each other to theirs.

In: counts of envelopes and decisions, key epochs, partners' heads. Out: records of digests and
numbers, and once a minute the node's signed head for every partner, with proofs from the heads
it sent before. A partner's head must prove to continue the last one taken from it; one that does
not is recorded as refused, and both are kept: together they show that its log was rewritten.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from skypact.agreement.document import Document
from skypact.audit.errors import AuditHeadRefused
from skypact.audit.heads import SignedHead, check_partner_head, head_from
from skypact.audit.log import AuditLog
from skypact.audit.record import Entry, Kind, Outcome, digest_of
from skypact.model.disk import Disk
from skypact.model.labels import NOTHING
from skypact.node.gateway_labels import Counts

PROVED_FROM = 3
"""Heads sent last that a new one is proved from: a crash may leave open which of them went."""

SEEN = 64
"""Heads remembered as taken: an hour of them."""

LONGEST_PROOF = 64
"""Hashes: a log of 2**63 records needs no more."""

Hash = Annotated[bytes, msgspec.Meta(min_length=32, max_length=32)]


class Proof(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """That the log of ``size`` records begins the log of the head."""

    size: Annotated[int, msgspec.Meta(ge=0, le=2**63 - 1)]
    path: Annotated[tuple[Hash, ...], msgspec.Meta(max_length=LONGEST_PROOF)]


class Head(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A head as it is sent: the log's fields, bytes in hexadecimal."""

    log: str
    size: int
    time_ns: int
    root: str
    signature: str


class HeadBody(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The body of an ``audit-head`` item."""

    head: Head
    proofs: Annotated[tuple[Proof, ...], msgspec.Meta(max_length=PROVED_FROM)] = ()


class KeptHeads(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What is kept of one link: sizes sent, the last head taken, and one that did not continue.

    ``seen`` are digests of heads taken lately: an item that is handed over again is no old head.
    """

    sent: tuple[int, ...] = ()
    taken: Head | None = None
    seen: tuple[str, ...] = ()
    refused: Head | None = None
    why: str = ""


@dataclass(frozen=True, slots=True)
class Traffic:
    """Envelopes of one link since start."""

    sent: int = 0
    received: int = 0
    refused: int = 0


@dataclass(slots=True)
class LinkAudit:
    """The heads that pass over one link.

    Parameters
    ----------
    disk, path
        The file that keeps what was sent and taken.
    log
        The node's own.
    key
        The partner's audit key, as its card says.
    party
        That staffs the partner's station.
    """

    disk: Disk
    path: Path
    log: AuditLog
    key: Ed25519PublicKey
    party: str
    kept: KeptHeads = field(default_factory=KeptHeads)
    _epoch: int = 0
    _traffic: Traffic = field(default_factory=Traffic)

    def __post_init__(self) -> None:
        self.disk.make_folder(self.path.parent)
        if self.path.name not in self.disk.names(self.path.parent):
            return
        try:
            self.kept = msgspec.json.decode(self.disk.read(self.path), type=KeptHeads)
        except (msgspec.DecodeError, UnicodeDecodeError, OSError):
            self.kept = KeptHeads(why="what was kept of this partner's heads is damaged")

    @property
    def trouble(self) -> str:
        """What is wrong with the partner's log, empty while nothing is."""
        return self.kept.why

    def body(self, now_ns: int) -> bytes:
        """The node's head as the body of an item, proved from the heads that were sent before.

        That it is sent is kept before it is: a proof is never missing.

        Raises
        ------
        AuditFull, AuditStopped, OSError
            If the head cannot be made durable.
        """
        head = self.log.head(now_ns)
        proofs = tuple(
            Proof(size, tuple(self.log.consistency(size, head.size)))
            for size in self.kept.sent
            if 0 < size <= head.size
        )
        if head.size not in self.kept.sent:
            self._keep(
                msgspec.structs.replace(
                    self.kept, sent=(*self.kept.sent[1 - PROVED_FROM :], head.size)
                )
            )
        return msgspec.msgpack.encode(HeadBody(Head(**head.fields()), proofs))

    def take(self, content: bytes, now_ns: int) -> list[Entry]:
        """Hold the partner's next head to the last; the record of it, none if it was taken before.

        Raises
        ------
        OSError
            If what was taken cannot be kept.
        """
        said: HeadBody | None = None
        try:
            said = msgspec.msgpack.decode(content, type=HeadBody)
            new = head_from(msgspec.to_builtins(said.head))
            digest = digest_of(new.message())
            if digest.hex() in self.kept.seen:
                return []
            self._check(new, said.proofs)
        except (msgspec.DecodeError, UnicodeDecodeError, AuditHeadRefused) as problem:
            if not self.kept.why:  # the first is the evidence
                head = None if said is None else said.head
                self._keep(msgspec.structs.replace(self.kept, refused=head, why=str(problem)))
            return [self._entry(now_ns, Outcome.REFUSED, digest_of(content))]
        seen = (*self.kept.seen[1 - SEEN :], digest.hex())
        self._keep(msgspec.structs.replace(self.kept, taken=said.head, seen=seen))
        return [self._entry(now_ns, Outcome.DONE, digest, new.size)]

    def _check(self, new: SignedHead, proofs: Sequence[Proof]) -> None:
        old, path = None, ()  # type: SignedHead | None, tuple[bytes, ...]
        if self.kept.taken is not None:
            old = head_from(msgspec.to_builtins(self.kept.taken))
        if old is not None and 0 < old.size < new.size:
            found = [proof.path for proof in proofs if proof.size == old.size]
            if not found:
                raise AuditHeadRefused(
                    f"the head of {new.size} records comes without a proof from {old.size}"
                )
            path = found[0]
        check_partner_head(old, new, path, self.key)

    def _entry(self, now_ns: int, outcome: Outcome, subject: bytes, size: int = -1) -> Entry:
        return Entry(
            Kind.HEAD_OF_PARTNER,
            now_ns,
            outcome,
            party=self.party,
            reference=size,
            subject=subject,
        )

    def _keep(self, kept: KeptHeads) -> None:
        unfinished = self.path.with_name(self.path.name + ".unfinished")
        with contextlib.closing(self.disk.open(unfinished)) as file:
            file.cut(0)
            file.write_at(0, msgspec.json.encode(kept))
            file.sync()
        self.disk.replace(unfinished, self.path)
        self.disk.sync_folder(self.path.parent)
        self.kept = kept

    def minute(self, traffic: Traffic, epoch: int, agreement: bytes, now_ns: int) -> list[Entry]:
        """What passed since the last call, as records; nothing of what did not."""
        last, self._traffic = self._traffic, traffic
        entry = Entry(Kind.ENVELOPE_SENT, now_ns, party=self.party, agreement=agreement)
        counts = (
            (Kind.ENVELOPE_SENT, Outcome.DONE, traffic.sent - last.sent),
            (Kind.ENVELOPE_RECEIVED, Outcome.DONE, traffic.received - last.received),
            (Kind.ENVELOPE_RECEIVED, Outcome.REFUSED, traffic.refused - last.refused),
        )
        entries = [
            replace(entry, kind=kind, outcome=outcome, reference=count)
            for kind, outcome, count in counts
            if count > 0
        ]
        if epoch != self._epoch:
            self._epoch = epoch
            entries.insert(0, replace(entry, kind=Kind.KEY_EPOCH, reference=epoch))
        return entries


def decided(
    counts: Counts, documents: dict[str, tuple[Document, bytes]], now_ns: int
) -> list[Entry]:
    """Items released and withheld, as one record for each partner, clause and verdict.

    Parameters
    ----------
    counts
        As gates keep them.
    documents
        By id of agreement its text and digest.
    now_ns
        The time, int64 UTC nanoseconds.
    """
    entries = []
    for (agreement, partner, clause, verdict), items in sorted(counts.items()):
        if agreement not in documents:
            continue
        document, digest = documents[agreement]
        places = [k for k, one in enumerate(document.clause) if one.id == clause]
        entries.append(
            Entry(
                Kind.ITEM_WITHHELD if verdict == NOTHING else Kind.ITEM_RELEASED,
                now_ns,
                Outcome.DONE,
                party=partner,
                reference=items,
                clause=places[0] if places else -1,
                agreement=digest,
            )
        )
    return entries
