"""What a running node may do under its agreements, instant by instant.

In: the store of agreements, the audit log, and a time at each :meth:`AgreementState.advance`.
Out: which texts bind now, what may leave, what is frozen, what is near, and when to ask again.
Pure but for its two seams: it reads no clock and touches no file.

Every change is recorded before it takes effect. Where it cannot be recorded nothing may leave at
all until it can. A time before the last recorded one is not believed: setting a clock back brings
no lapsed agreement to life.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

from skypact.agreement.amendments import Chain, Version, held_of
from skypact.agreement.calendar import Standing, first_day
from skypact.agreement.dates import DateWarning, warnings
from skypact.agreement.document import Day, Document
from skypact.agreement.effective import Held
from skypact.agreement.reckoning import LAST_NS, begins_ns, day_after, day_at
from skypact.agreement.refusals import AgreementRefused, StoreFailed
from skypact.agreement.signing import Signature
from skypact.agreement.store import AgreementStore, Item, agreement_of, item_digest
from skypact.audit.errors import AuditFull, AuditStopped
from skypact.audit.heads import SignedHead
from skypact.audit.record import Entry, Kind, Outcome
from skypact.model.errors import BadInput, SkypactError
from skypact.model.time import to_iso

OUTCOMES: dict[str, Outcome] = {
    "drafted": Outcome.DRAFTED,
    "signed": Outcome.SIGNED,
    "partly-ratified": Outcome.PARTLY_RATIFIED,
    "ratified": Outcome.RATIFIED,
    "in-force": Outcome.IN_FORCE,
    "notice-given": Outcome.NOTICE_GIVEN,
    "wind-down": Outcome.WIND_DOWN,
    "lapsed": Outcome.LAPSED,
}

MOST_REFUSED = 1000
"""Refusals kept for people; all are recorded."""


class Recorder(Protocol):
    """What records: an ``AuditLog``, or a ``GroupCommit`` in front of one."""

    def append(self, entries: Sequence[Entry]) -> range:
        """Record entries; durable on return."""
        ...

    def head(self, now_ns: int) -> SignedHead:
        """Sign the log as it stands; durable on return."""
        ...


@dataclass(frozen=True, slots=True)
class Situation:
    """One agreement as the node obeys it.

    Parameters
    ----------
    version
        The text that counts: the highest that has begun, else the newest fully signed one, else
        the newest draft.
    standing
        Of that text; a draft is ``drafted`` whatever dates it tells of.
    warnings
        What is near, nearest first.
    fully_signed
        Whether every party's signature is here and holds.
    """

    version: Version
    standing: Standing
    warnings: tuple[DateWarning, ...]
    fully_signed: bool

    @property
    def document(self) -> Document:
        """The text that counts."""
        return self.version.document

    @property
    def in_force(self) -> bool:
        """Whether anything may leave under it."""
        return self.fully_signed and self.standing.binding

    @property
    def new_epochs(self) -> bool:
        """Whether new key epochs may begin: as long as it binds, also while it winds down."""
        return self.in_force

    @property
    def received_frozen(self) -> bool:
        """Whether what was received under it may only be kept, not used or passed on."""
        return self.fully_signed and self.standing.state == "lapsed"

    @property
    def credentials_end_ns(self) -> int:
        """When credentials given out under it now must end at the latest, int64 UTC ns.

        The end of the term that runs, also where it will be renewed: who renews it then gives
        out new ones. 0 while nothing may be given out.
        """
        if not self.in_force:
            return 0
        if self.standing.ends is None:
            return LAST_NS
        return begins_ns(day_after(self.standing.ends), self.document.term.time_zone)

    def outline(self) -> tuple[object, ...]:
        """What of it is recorded when it changes."""
        standing = self.standing
        return (self.version.digest, self.fully_signed, standing.state, standing.bound,
                standing.renewed, standing.ends)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Refused:
    """Something that did not enter a chain, for people: from where, by which name, why."""

    where: str
    name: str
    words: str


@dataclass(slots=True)
class AgreementState:
    """The agreements of a running node.

    Parameters
    ----------
    store
        What it holds.
    recorder
        Where changes are recorded.
    believed_ns
        The latest time that was recorded before: the clock is not believed to be earlier.
    """

    store: AgreementStore
    recorder: Recorder
    believed_ns: int = 0
    situations: dict[str, Situation] = field(default_factory=dict)
    final_heads: dict[str, SignedHead] = field(default_factory=dict)
    """The head sealed when an agreement was found lapsed, by its id."""
    refused: list[Refused] = field(default_factory=list)
    trouble: str = ""
    """Why nothing may leave although it would be in force; empty while all is well."""
    next_change_ns: int = 0
    """When to ask again at the latest, int64 UTC nanoseconds."""
    _told: set[tuple[object, ...]] = field(default_factory=set)

    def __post_init__(self) -> None:
        self.refused += [
            Refused(name, problem.name, problem.what) for name, problem in self.store.refused
        ]

    def advance(self, now_ns: int) -> bool:
        """Go on to an instant; whether anything changed.

        Cheap until ``next_change_ns``: call it as often as there is a tick.
        """
        self.believed_ns = now_ns = max(now_ns, self.believed_ns)
        if now_ns < self.next_change_ns and not self.trouble:
            return False
        return self._reckon(now_ns)

    def add(self, item: Item, now_ns: int, where: str) -> None:
        """Take a document, signature or notice: recorded, stored, then in effect.

        Raises
        ------
        AgreementRefused
            By the name of what is wrong with it; the refusal is recorded too.
        StoreFailed, AuditFull, AuditStopped
            It could not be made durable and has no effect.
        """
        now_ns = max(now_ns, self.believed_ns)
        subject = item_digest(item)
        try:
            chain = self.store.check(item)
        except AgreementRefused as problem:
            self.refuse(where, problem)
            entry = Entry(Kind.AGREEMENT_REFUSED, now_ns, Outcome.REFUSED, subject=subject)
            self.recorder.append([entry])
            raise
        if chain == self.store.chains.get(agreement_of(item)):
            return
        entry = _accepted(item, chain, subject, now_ns)
        self.recorder.append([entry])
        try:
            self.store.add(item, to_iso(now_ns))
        except StoreFailed:
            self.recorder.append([replace(entry, outcome=Outcome.REFUSED)])
            raise
        self.next_change_ns = 0

    def refuse(self, where: str, problem: SkypactError) -> None:
        """Keep a refusal for people."""
        refused = Refused(where, problem.name, problem.what)
        if refused not in self.refused:
            self.refused = [*self.refused[1 - MOST_REFUSED :], refused]

    def in_force(self) -> tuple[Situation, ...]:
        """Agreements under which something may leave now; none while there is trouble."""
        if self.trouble:
            return ()
        return tuple(one for one in self.situations.values() if one.in_force)

    def held(self) -> tuple[Held, ...]:
        """All versions for ``agreement.effective``, as release compiles them."""
        return tuple(
            held for name in sorted(self.store.chains) for held in held_of(self.store.chains[name])
        )

    def _reckon(self, now_ns: int) -> bool:
        now = {name: one for name in sorted(self.store.chains) if (one := self._of(name, now_ns))}
        entries = [entry for name, one in now.items() for entry in self._news(name, one, now_ns)]
        lapsed = [
            name
            for name, one in now.items()
            if one.received_frozen and name not in self.final_heads
        ]
        try:
            if self.trouble:
                self.recorder.head(now_ns)  # is the log whole again?
            if entries:
                self.recorder.append(entries)
            heads = {name: self.recorder.head(now_ns) for name in lapsed}
        except (AuditFull, AuditStopped) as problem:
            changed = self.trouble != str(problem)
            self.trouble = str(problem)
            return changed
        changed = bool(entries) or bool(self.trouble) or now != self.situations
        self.trouble = ""
        self.situations = now
        self.final_heads |= heads
        for name in list(self.final_heads):
            if name not in now or not now[name].received_frozen:
                del self.final_heads[name]
        self._told |= {_warning_key(name, w) for name, one in now.items() for w in one.warnings}
        self.next_change_ns = min([LAST_NS, *(_tomorrow_ns(one, now_ns) for one in now.values())])
        return changed

    def _of(self, name: str, now_ns: int) -> Situation | None:
        """An agreement's situation; one that cannot be reckoned is refused and stops no other."""
        try:
            return situation(self.store.chains[name], now_ns)
        except BadInput as problem:  # such as a time zone that this machine does not know
            self.refuse(name, problem)
            return None

    def _news(self, name: str, one: Situation, now_ns: int) -> list[Entry]:
        """What is recorded of a situation before it takes effect."""
        digest = bytes.fromhex(one.version.digest)
        before = self.situations.get(name)
        entries = []
        version = one.document.agreement.version
        if before is None or before.outline() != one.outline():
            outcome = OUTCOMES[one.standing.state]
            entries.append(
                Entry(
                    Kind.STANDING_CHANGED,
                    now_ns,
                    outcome,
                    reference=version,
                    subject=digest,
                    agreement=digest,
                )
            )
            if one.received_frozen:
                frozen = replace(entries[0], kind=Kind.RECEIVED_DATA_FROZEN, outcome=Outcome.DONE)
                entries.append(frozen)
        for warning in one.warnings:
            if _warning_key(name, warning) not in self._told:
                near = Entry(Kind.END_NEAR, now_ns, reference=warning.left, agreement=digest)
                entries.append(near)
        return entries


def situation(chain: Chain, now_ns: int) -> Situation | None:
    """How an agreement stands at an instant; None of a chain without a text."""
    held = held_of(chain)
    versions = (*chain.accepted, *chain.drafts)
    if not versions:
        return None
    pairs = list(zip(versions, held, strict=True))
    begun = [pair for pair in pairs if pair[1].fully_signed and _begun(pair[1].document, now_ns)]
    signed = [pair for pair in pairs if pair[1].fully_signed]
    version, one = (begun or signed or pairs)[-1]
    document = one.document
    day = day_at(now_ns, document.term.time_zone)
    standing = one.standing(day)
    if not one.fully_signed:
        standing = replace(standing, state="drafted", bound=(), first_day=None)
        return Situation(version, standing, (), fully_signed=False)
    near = warnings(document, one.notices, day, decisions=one.decisions)
    return Situation(version, standing, near, fully_signed=True)


def _begun(document: Document, now_ns: int) -> bool:
    start = first_day(document)
    return start is not None and begins_ns(start, document.term.time_zone) <= now_ns


def _tomorrow_ns(one: Situation, now_ns: int) -> int:
    """The next midnight of the agreement: nothing of it changes within a day."""
    zone = one.document.term.time_zone
    today: Day = day_at(now_ns, zone)
    return begins_ns(day_after(today), zone)


def _warning_key(name: str, warning: DateWarning) -> tuple[object, ...]:
    return (name, warning.of, warning.day, warning.threshold, warning.party)


def _accepted(item: Item, chain: Chain, subject: bytes, now_ns: int) -> Entry:
    """The record of an item that is about to be stored."""
    if isinstance(item, Document):
        return Entry(
            Kind.AGREEMENT_ACCEPTED,
            now_ns,
            Outcome.DRAFTED,
            reference=item.agreement.version,
            subject=subject,
            agreement=subject,
        )
    agreement = bytes.fromhex(item.digest)
    if isinstance(item, Signature):
        newest = chain.newest
        complete = newest is not None and newest.digest == item.digest.lower()
        return Entry(
            Kind.SIGNATURE_ACCEPTED,
            now_ns,
            Outcome.SIGNED if complete else Outcome.DONE,
            party=item.party,
            reference=item.version,
            subject=subject,
            agreement=agreement,
        )
    return Entry(
        Kind.NOTICE_ACCEPTED,
        now_ns,
        Outcome.DONE,
        party=item.party,
        subject=subject,
        agreement=agreement,
    )
