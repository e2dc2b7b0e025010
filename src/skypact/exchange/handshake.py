"""The handshake: two stations find that the other is there now, and give each other keys.

In: hails that were opened, the time. Out: hails to send, and a :class:`Sealer` that is ready. Each
side draws a challenge at its start; a hail that repeats ours is fresh and is acted upon, another
is only answered. Four hails from cold::

    A  hello (A's challenge)                          B  answers: it may be an old one
    B  hello (B's challenge, A's repeated)            A  B is there: makes a key
    A  grant (B's challenge repeated, key)            B  A is there: takes the key, makes its own
    B  grant (A's challenge repeated, key, A's held)  A  seals; says that it holds B's key
    A  hello (B's key held)                           B  seals
"""

from __future__ import annotations

from collections.abc import Callable

from skypact.exchange.cards import Card, OwnStation
from skypact.exchange.hails import NO_CHALLENGE, PROTOCOL, Hail
from skypact.exchange.opener import Opened, Opener
from skypact.exchange.sealer import SOFTWARE, Sealer
from skypact.exchange.terms import Terms
from skypact.model.time import SECOND_NS

HAILS_IN_HASTE = 4
"""Answers that may go out at once; then one a second."""


class Handshake:
    """Both directions with one partner.

    Parameters
    ----------
    own, partner, terms
        As of :class:`Sealer` and :class:`Opener`; None as terms sends and opens nothing.
    random
        Source of sessions, challenges and keys.
    """

    def __init__(
        self,
        own: OwnStation,
        partner: Card,
        terms: Terms | None,
        random: Callable[[int], bytes],
    ) -> None:
        self.sealer = Sealer(own, partner, terms, random)
        self.opener = Opener(own, partner, terms, random)
        self.partner_software = ""
        self._terms = terms
        self._theirs = NO_CHALLENGE  # the partner's challenge, as a fresh hail told it
        self._heard = NO_CHALLENGE  # the same, as the last signed hail told it: worth an echo only
        self._haste = float(HAILS_IN_HASTE)
        self._counted_ns: int | None = None
        self._granting = False  # whether a grant went out at the last tick that hailed
        self._ticked_ns: int | None = None

    @property
    def ready(self) -> bool:
        """Whether :meth:`Sealer.seal` has a key that the partner holds."""
        return self.sealer.ready

    @property
    def done(self) -> bool:
        """Whether both directions have keys and nothing waits for an answer."""
        return self.sealer.ready and self.sealer.pending is None and self.opener.keyed

    def renew(self, terms: Terms | None, now_ns: int) -> list[bytes]:
        """Take new terms, and grant a key under them at once; nothing if they are the same."""
        if terms == self._terms:
            return []
        self._terms = terms
        self.sealer.renew(terms)
        self.opener.renew(terms)
        if self._theirs == NO_CHALLENGE or self.sealer.silence(now_ns):
            return []
        return self._new_key(now_ns)

    def take(self, opened: Opened, now_ns: int) -> list[bytes]:
        """Act upon a hail that was opened; what is to be sent."""
        hail = opened.hail
        if hail is None or self.sealer.silence(now_ns):
            return []
        self._heard = hail.challenge
        if not opened.fresh:
            return self._hello(now_ns) if self._may_answer(now_ns) else []
        self.partner_software = hail.software
        self.sealer.confirm(hail.held)
        newest = self.sealer.pending or self.sealer.current
        if hail.challenge != self._theirs or newest is None:
            if not self._may_answer(now_ns):
                return []  # a partner that starts anew without end is not given keys without end
            self._theirs = hail.challenge
            return self._new_key(now_ns)
        if opened.kind == "grant":
            return self._hello(now_ns) if self._may_answer(now_ns) else []
        if hail.held != newest.confirmation and self._may_answer(now_ns):
            return self._grant(now_ns)
        return []

    def tick(self, now_ns: int) -> list[bytes]:
        """What time asks for: hails while keys are missing, a new key each hour."""
        if self.sealer.silence(now_ns):
            return []
        if self.sealer.due(now_ns):
            return self._new_key(now_ns)
        if (self.done and not self.opener.astray) or not self._is_time(now_ns):
            return []
        self.opener.astray = False
        # A grant may answer a challenge that is no longer the partner's, and is then refused in
        # silence: two of these could wait for each other for ever. A hello is always answered.
        self._granting = self.sealer.pending is not None and not self._granting
        return self._grant(now_ns) if self._granting else self._hello(now_ns)

    def _is_time(self, now_ns: int) -> bool:
        """Whether a second has passed; hails of our own are not counted against answers."""
        if self._ticked_ns is not None and 0 <= now_ns - self._ticked_ns < SECOND_NS:
            return False
        self._ticked_ns = now_ns
        return True

    def _new_key(self, now_ns: int) -> list[bytes]:
        self.sealer.new_epoch(self._theirs, now_ns)
        self._ticked_ns = now_ns
        return self._grant(now_ns)

    def _grant(self, now_ns: int) -> list[bytes]:
        """The newest key: for the first time, or because it was lost or is not confirmed yet."""
        return [self.sealer.grant(self.opener.challenge, self.opener.held, now_ns)]

    def _hello(self, now_ns: int) -> list[bytes]:
        """Who we are, whom we heard, what we hold."""
        opener = self.opener
        hail = Hail(opener.challenge, self._heard, opener.held, SOFTWARE, PROTOCOL)
        return [self.sealer.hello(hail, now_ns)]

    def _may_answer(self, now_ns: int) -> bool:
        """Whoever repeats hails to us cannot make us send more than one a second."""
        if self._counted_ns is not None:
            passed = max(0, now_ns - self._counted_ns) / SECOND_NS
            self._haste = min(HAILS_IN_HASTE, self._haste + passed)
        self._counted_ns = now_ns
        if self._haste < 1:
            return False
        self._haste -= 1
        return True
