"""Sealing: one direction of a link, own station to partner.

In: content with its label, times, the partner's challenge. Out: envelopes as bytes. Order and
layout: docs/reference/envelope.md. A key is used only once the partner has shown that it holds it.
"""

from __future__ import annotations

from collections.abc import Callable

from skypact import __version__
from skypact.exchange.cards import Card, OwnStation
from skypact.exchange.epochs import EPOCH_NS, Direction, OwnEpoch
from skypact.exchange.hails import PROTOCOL, Hail
from skypact.exchange.header import (
    HAILS,
    LABELLED,
    LARGEST_CONTENT,
    Kind,
    fits_header,
    is_compressed,
)
from skypact.exchange.keys import wrap
from skypact.exchange.refusals import EnvelopeRefused, NotReady, Refusal
from skypact.exchange.signer import Signer
from skypact.exchange.terms import UNLABELLED, Terms, label_fault
from skypact.model.labels import Label

SOFTWARE = f"skypact {__version__}"


class Sealer:
    """Makes envelopes for one partner.

    Parameters
    ----------
    own, partner
        Who speaks, and to whom.
    terms
        What labels are checked against, and what digest stands in every header; None seals
        nothing.
    random
        Source of sessions and keys.
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
        self._signer = Signer(own, partner, random)
        self._epochs = 0
        self.session = self._signer.session
        self._current: OwnEpoch | None = None
        self._pending: OwnEpoch | None = None
        self._checked: tuple[Label, tuple[Refusal, str] | None] | None = None

    @property
    def ready(self) -> bool:
        """Whether the partner holds a key that we may seal under."""
        return self._current is not None and self._terms is not None

    @property
    def epoch(self) -> int:
        """Number of the epoch that is sealed under, 0 before the first."""
        return self._current.number if self._current else 0

    @property
    def pending(self) -> OwnEpoch | None:
        """The epoch that was granted and is not confirmed yet."""
        return self._pending

    @property
    def current(self) -> OwnEpoch | None:
        """The epoch that is sealed under."""
        return self._current

    def due(self, now_ns: int) -> bool:
        """Whether the newest key is older than a key may be, or from the future."""
        newest = self._pending or self._current
        return newest is not None and not 0 <= now_ns - newest.made_ns < EPOCH_NS

    def silence(self, now_ns: int) -> str:
        """Why nothing may be said now; empty if it may."""
        if self._terms is None or now_ns >= self._terms.until_ns:
            return "no agreement is in force that anything could leave under"
        if now_ns >= min(self._own.card.until_ns, self._partner.until_ns):
            return "a station's card has expired: new ones are to be exchanged"
        return ""

    def renew(self, terms: Terms | None) -> None:
        """Take new terms; if they differ, every key is dropped and none comes back."""
        if terms != self._terms:
            self._terms, self._checked = terms, None
            self._current = self._pending = None

    def hello(self, hail: Hail, now_ns: int) -> bytes:
        """A hello.

        Raises
        ------
        NotReady
            If no agreement is in force.
        """
        return self._signer.hail("hello", self._in_force(now_ns), 0, hail, now_ns)

    def new_epoch(self, answers: bytes, now_ns: int) -> None:
        """Make a key for the partner that drew the challenge ``answers``; see :meth:`grant`."""
        terms = self._in_force(now_ns)
        key = self._random(32)
        self._epochs += 1
        direction = Direction(
            self._own.card.station,
            self._partner.station,
            terms.digest,
            terms.exercise,
            self.session,
        )
        info = direction.info(self._epochs, answers)
        wrapped = wrap(key, self._partner.sealing_key, info)
        self._pending = OwnEpoch(self._epochs, key, answers, wrapped, now_ns)

    def grant(self, challenge: bytes, held: bytes, now_ns: int) -> bytes:
        """The newest key for the partner, as often as it is asked for.

        Raises
        ------
        NotReady
            If no agreement is in force, or no key was made.
        """
        epoch = self._pending or self._current
        if epoch is None:
            raise NotReady("no key was made")
        hail = Hail(challenge, epoch.answers, held, SOFTWARE, PROTOCOL, epoch.wrapped)
        return self._signer.hail("grant", self._in_force(now_ns), epoch.number, hail, now_ns)

    def confirm(self, shown: bytes) -> bool:
        """What the partner holds: if it is the pending key, from now on that is used."""
        if self._pending is not None and shown == self._pending.confirmation:
            self._current, self._pending = self._pending, None
            return True
        return False

    def seal(self, kind: Kind, content: bytes, label: Label, now_ns: int) -> bytes:
        """An envelope with this content.

        Parameters
        ----------
        kind
            Any but the hails.
        content
            At most ``LARGEST_CONTENT`` bytes; what begins as a compressed format does is refused.
        label
            Of all of the content; ``UNLABELLED`` for kinds that carry no item.
        now_ns
            Time of sending, int64 UTC nanoseconds.

        Raises
        ------
        NotReady
            If there is no key that the partner holds, or no agreement in force.
        EnvelopeRefused
            If the label may not go to this partner, or the content would be refused there.
        """
        terms = self._in_force(now_ns)
        if kind in HAILS:
            raise ValueError(f"a {kind} is not sealed")
        if self._current is None:
            raise NotReady(f"{self._partner.station} holds no key of ours yet")
        if len(content) > LARGEST_CONTENT:
            raise EnvelopeRefused(Refusal.TOO_LARGE, f"{len(content)} bytes")
        if is_compressed(content) and kind in LABELLED:
            raise EnvelopeRefused(Refusal.COMPRESSED)
        self._check(kind, label, terms)
        epoch = self._current
        epoch.sealed += 1
        head = self._signer.head(kind, terms, epoch.number, epoch.sealed, now_ns, label)
        return self._signer.envelope(head, epoch.seal(epoch.sealed, content, head))

    def _check(self, kind: Kind, label: Label, terms: Terms) -> None:
        """The last look before something leaves: a label that the partner would refuse stays."""
        if kind not in LABELLED:
            if label != UNLABELLED:
                raise EnvelopeRefused(Refusal.WRONG_LABEL, f"a {kind} has none")
            return
        if self._checked is None or self._checked[0] != label:
            own = self._own.card
            fault = label_fault(label, terms, own.station, own.party, self._partner.party)
            if fault is None and not fits_header(label):
                fault = Refusal.WRONG_LABEL, "longer than a header may be"
            self._checked = label, fault
        if self._checked[1] is not None:
            raise EnvelopeRefused(*self._checked[1])

    def _in_force(self, now_ns: int) -> Terms:
        silence = self.silence(now_ns)
        if silence or self._terms is None:
            raise NotReady(silence)
        return self._terms
