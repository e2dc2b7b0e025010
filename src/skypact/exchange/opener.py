"""Opening: the other direction of a link, partner to own station.

In: what came from the network, with its subject and the time. Out: content whose sender, order,
secrecy and label hold, or a refusal by name. Checks go from cheap to dear; the order is that of
docs/reference/envelope.md and of ``Refusal``. No state needs to outlive the process: a key counts
only if it was granted in answer to the challenge that this process drew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from skypact.exchange.cards import Card, OwnStation
from skypact.exchange.epochs import NOTHING_HELD, Direction, HeldEpochs
from skypact.exchange.hails import CHALLENGE_BYTES, Hail, hail_from
from skypact.exchange.header import (
    HAILS,
    LABELLED,
    LIVE,
    Header,
    Kind,
    Parts,
    cut,
    is_compressed,
    label_of,
    signature_holds,
    subject_of,
)
from skypact.exchange.refusals import EnvelopeRefused, Refusal
from skypact.exchange.terms import UNLABELLED, Terms, label_fault
from skypact.exchange.window import Place
from skypact.model.labels import Label
from skypact.model.time import SECOND_NS

LARGEST_OFFSET_NS = 5 * SECOND_NS
"""A partner's clock further off than this: its live states are held apart."""
FUTURE_NS = 5 * SECOND_NS
OLDEST_NS = 60 * SECOND_NS
MOST_RETIRED = 64
"""Sessions remembered; beyond it a new challenge makes them all old at once."""
ASTRAY = frozenset({Refusal.STALE_GRANT, Refusal.UNKNOWN_EPOCH, Refusal.OLD_EPOCH})
CHALLENGE_EVERY_NS = 10 * SECOND_NS
"""A replay can make us draw a new challenge; not more often than this."""


@dataclass(frozen=True, slots=True)
class Opened:
    """What an envelope held.

    Parameters
    ----------
    kind, content, label
        The content is checked to be the partner's; that it makes sense is for its reader to see.
    session, epoch, number
        Its place in the partner's order.
    sent_ns
        By the partner's clock, int64 UTC nanoseconds.
    missing
        Numbers that were skipped just before it: lost, unless they come ``late``.
    late
        Whether it was counted as missing before.
    hail
        What a hello or a grant says, else None.
    fresh
        Of a hail: whether it answers our challenge.
    """

    kind: Kind
    content: bytes
    label: Label
    session: bytes
    epoch: int
    number: int
    sent_ns: int
    missing: int = 0
    late: bool = False
    hail: Hail | None = None
    fresh: bool = False


class Opener:
    """Opens the envelopes of one partner.

    Parameters
    ----------
    own, partner
        To whom, and from whom.
    terms
        What is checked; None opens nothing.
    random
        Source of challenges.
    """

    def __init__(
        self,
        own: OwnStation,
        partner: Card,
        terms: Terms | None,
        random: Callable[[int], bytes],
    ) -> None:
        self._own = own
        self._partner = partner
        self._terms = terms
        self._random = random
        self.challenge = random(CHALLENGE_BYTES)
        self.clock_offset_ns = 0
        """The partner's clock less ours, as measured; 0 while it is not."""
        self.astray = False
        """Whether the partner speaks under a key or to a challenge that is not ours: it may have
        been misled about who is there, and one hello sets it right."""
        self._challenge_ns: int | None = None
        self._session: bytes | None = None
        self._retired: set[bytes] = set()
        self._hails = 0  # number of the newest hail of the partner's session
        self._epochs = HeldEpochs()
        self._checked: tuple[object, Label, tuple[Refusal, str] | None] | None = None

    @property
    def held(self) -> bytes:
        """Confirmation of the newest key we hold of the partner's, zeros for none."""
        newest = self._epochs.newest_held
        return newest.confirmation if newest else NOTHING_HELD

    @property
    def epoch(self) -> int:
        """Number of the newest key we hold of the partner's, 0 for none."""
        newest = self._epochs.newest_held
        return newest.number if newest else 0

    @property
    def keyed(self) -> bool:
        """Whether we hold a key that was granted in answer to the challenge that counts now."""
        newest = self._epochs.newest_held
        return newest is not None and newest.answers == self.challenge

    def renew(self, terms: Terms | None) -> None:
        """Take new terms; if they differ, no key granted before opens anything."""
        if terms != self._terms:
            self._terms, self._checked = terms, None
            # Its number goes on, so that a key granted under the old terms cannot come back.
            self._epochs = HeldEpochs(self._epochs.newest)

    def open(self, subject: str, payload: bytes, now_ns: int) -> Opened:
        """Check and open one envelope.

        Raises
        ------
        EnvelopeRefused
        """
        parts = cut(payload)
        terms = self._check_header(parts.header, subject, now_ns)
        if not signature_holds(parts, self._partner.signing_key):
            raise EnvelopeRefused(Refusal.FORGED)
        try:
            if parts.header.kind in HAILS:
                return self._open_hail(parts, terms, now_ns)
            return self._open_sealed(parts, terms, now_ns)
        except EnvelopeRefused as refused:
            self.astray |= refused.reason in ASTRAY
            raise

    def _check_header(self, header: Header, subject: str, now_ns: int) -> Terms:
        """What costs nothing to check; nobody can be blamed for what fails here."""
        terms, partner = self._terms, self._partner
        reason, detail = None, ""
        if header.sender != partner.station:
            reason, detail = Refusal.UNKNOWN_SENDER, repr(header.sender)
        elif header.audience != self._own.card.station:
            reason, detail = Refusal.WRONG_AUDIENCE, repr(header.audience)
        elif header.party != partner.party:
            reason, detail = Refusal.WRONG_PARTY, repr(header.party)
        elif subject != subject_of(header.sender, header.audience, header.kind):
            reason, detail = Refusal.WRONG_SUBJECT, repr(subject[:80])
        elif terms is None or now_ns >= terms.until_ns:
            reason = Refusal.LAPSED
        elif now_ns >= partner.until_ns:
            reason = Refusal.CARD_EXPIRED
        elif header.agreement != terms.digest:
            reason, detail = Refusal.WRONG_AGREEMENT, header.agreement[:8].hex()
        elif header.exercise != terms.exercise:
            reason = Refusal.WRONG_EXERCISE
        if reason is not None or terms is None:
            raise EnvelopeRefused(reason or Refusal.LAPSED, detail)
        return terms

    def _open_sealed(self, parts: Parts, terms: Terms, now_ns: int) -> Opened:
        header = parts.header
        if header.session != self._session:
            old = header.session in self._retired
            raise EnvelopeRefused(
                Refusal.OLD_EPOCH if old else Refusal.UNKNOWN_EPOCH, "session", signed=True
            )
        epoch = self._epochs.get(header.epoch, now_ns)
        if epoch is None:
            old = header.epoch <= self._epochs.newest
            raise EnvelopeRefused(
                Refusal.OLD_EPOCH if old else Refusal.UNKNOWN_EPOCH,
                f"epoch {header.epoch}",
                signed=True,
            )
        place = epoch.window.take(parts)
        content = epoch.open(header.number, parts.content, parts.head)
        if content is None:
            raise EnvelopeRefused(Refusal.UNDECIPHERABLE, signed=True)
        self._epochs.use(header.epoch, now_ns)
        label = label_of(header.label)
        self._check_content(header, content, label, terms)
        self._check_time(header, now_ns)
        return _opened(header, content, label, place)

    def _check_content(self, header: Header, content: bytes, label: Label, terms: Terms) -> None:
        if header.kind not in LABELLED:
            if label != UNLABELLED:
                raise EnvelopeRefused(Refusal.WRONG_LABEL, f"a {header.kind} has none", signed=True)
            return
        if is_compressed(content):
            raise EnvelopeRefused(Refusal.COMPRESSED, signed=True)
        fault = self.label_fault(label)
        if fault is not None:
            raise EnvelopeRefused(*fault, signed=True)

    def label_fault(self, label: Label) -> tuple[Refusal, str] | None:
        """What is wrong with a label of the partner's, of an envelope or of an item in it."""
        terms = self._terms
        if terms is None:
            return Refusal.LAPSED, ""
        if self._checked is None or self._checked[0] is not terms or self._checked[1] != label:
            partner = self._partner
            fault = label_fault(label, terms, partner.station, partner.party, self._own.card.party)
            self._checked = terms, label, fault
        return self._checked[2]

    def _check_time(self, header: Header, now_ns: int) -> None:
        if header.kind not in LIVE:
            return
        offset_ns = self.clock_offset_ns
        age_ns = now_ns - (header.sent_ns - offset_ns)
        if abs(offset_ns) > LARGEST_OFFSET_NS:
            detail = f"its clock is {offset_ns / SECOND_NS:.1f} s off"
        elif age_ns < -FUTURE_NS:
            detail = f"{-age_ns / SECOND_NS:.1f} s ahead"
        elif age_ns > OLDEST_NS:
            detail = f"{age_ns / SECOND_NS:.1f} s old"
        else:
            return
        raise EnvelopeRefused(Refusal.WRONG_TIME, detail, signed=True)

    def _open_hail(self, parts: Parts, terms: Terms, now_ns: int) -> Opened:
        header = parts.header
        hail = hail_from(header.kind, parts.content)
        if label_of(header.label) != UNLABELLED:
            raise EnvelopeRefused(Refusal.WRONG_LABEL, f"a {header.kind} has none", signed=True)
        fresh = hail.echo == self.challenge
        if fresh and header.session != self._session:
            self._begin(header.session, now_ns)
        elif header.session == self._session and header.number <= self._hails:
            raise EnvelopeRefused(Refusal.REPLAYED, f"hail {header.number}", signed=True)
        if header.session == self._session:
            self._hails = header.number
        if header.kind == "grant":
            if not fresh:
                raise EnvelopeRefused(Refusal.STALE_GRANT, signed=True)
            self._take_key(parts, hail, terms)
        return _opened(header, b"", UNLABELLED, Place(0, late=False), hail, fresh)

    def _begin(self, session: bytes, now_ns: int) -> None:
        """The partner started anew: it shows our challenge from a session that we do not know.

        A session that ended cannot come back, or what was said in it could be said again. If one
        seems to, someone repeats it, or withheld a hail until now: a new challenge settles which.
        """
        if session in self._retired or len(self._retired) >= MOST_RETIRED:
            self._draw_challenge(now_ns)
            raise EnvelopeRefused(Refusal.OLD_EPOCH, "a session that had ended", signed=True)
        if self._session is not None:
            self._retired.add(self._session)
        self._session = session
        self._epochs = HeldEpochs()

    def _draw_challenge(self, now_ns: int) -> None:
        last = self._challenge_ns
        if last is None or not 0 <= now_ns - last < CHALLENGE_EVERY_NS:
            self._challenge_ns = now_ns
            self.challenge = self._random(CHALLENGE_BYTES)
            self._retired.clear()

    def _take_key(self, parts: Parts, hail: Hail, terms: Terms) -> None:
        header = parts.header
        held = self._epochs.newest_held
        if held is not None and header.epoch == held.number:
            if hail.wrapped != held.wrapped:
                raise EnvelopeRefused(
                    Refusal.EQUIVOCATION, f"two keys of epoch {header.epoch}", signed=True
                )
            return
        if header.epoch <= self._epochs.newest:
            raise EnvelopeRefused(Refusal.OLD_EPOCH, f"epoch {header.epoch}", signed=True)
        direction = Direction(
            header.sender, header.audience, terms.digest, terms.exercise, header.session
        )
        key = self._own.sealing.unwrap(hail.wrapped, direction.info(header.epoch, hail.echo))
        if key is None or len(key) != 32:
            raise EnvelopeRefused(Refusal.UNDECIPHERABLE, "the granted key", signed=True)
        self._epochs.add(header.epoch, key, hail.echo, hail.wrapped)


def _opened(
    header: Header,
    content: bytes,
    label: Label,
    place: Place,
    hail: Hail | None = None,
    fresh: bool = False,
) -> Opened:
    return Opened(
        kind=header.kind,  # type: ignore[arg-type]  # looked at by ``cut``
        content=content,
        label=label,
        session=header.session,
        epoch=header.epoch,
        number=header.number,
        sent_ns=header.sent_ns,
        missing=place.missing,
        late=place.late,
        hail=hail,
        fresh=fresh,
    )
