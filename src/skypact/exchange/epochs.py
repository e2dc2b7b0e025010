"""Key epochs: content keys of one sender for one audience, made anew hourly and on every change.

In: random bytes, sessions and challenges, wrapped keys. Out: sealed and opened content. A key is
wrapped (HPKE, RFC 9180) under an ``info`` that names purpose, sender, audience, agreement, session,
epoch and the receiver's challenge, so that a key granted for one use opens nothing else. The nonce
is epoch and number: a key lives in one process, which counts, so no nonce is used twice.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from skypact.exchange.window import Window
from skypact.model.time import SECOND_NS

EPOCH_NS = 3600 * SECOND_NS
"""A sender makes a new key after so long."""
OVERLAP_NS = 30 * SECOND_NS
"""How long the epoch before may still be read once the next one is in use."""
MOST_UNUSED = 3
"""Keys held that nothing came under yet."""
WRAP_PURPOSE = b"skypact content key 1"
CONFIRM_DOMAIN = b"skypact content key held 1\n"
NOTHING_HELD = bytes(16)


@dataclass(frozen=True, slots=True)
class Direction:
    """What a key is bound to beside epoch and challenge."""

    sender: str
    audience: str
    agreement: bytes
    exercise: bool
    session: bytes

    def info(self, epoch: int, answers: bytes) -> bytes:
        """HPKE's ``info`` of one epoch's key."""
        return msgspec.msgpack.encode(
            [
                WRAP_PURPOSE,
                self.sender,
                self.audience,
                self.agreement,
                self.exercise,
                self.session,
                epoch,
                answers,
            ]
        )


def confirmation(key: bytes) -> bytes:
    """What the holder of a content key shows the sender: 16 bytes that nobody else can know."""
    return sha256(CONFIRM_DOMAIN + key).digest()[:16]


def nonce(epoch: int, number: int) -> bytes:
    """ChaCha20-Poly1305's 12 bytes (RFC 8439): epoch and number, big-endian."""
    return epoch.to_bytes(4, "big") + number.to_bytes(8, "big")


class OwnEpoch:
    """A key that we seal under, and how often it was used."""

    def __init__(
        self, number: int, key: bytes, answers: bytes, wrapped: bytes, now_ns: int
    ) -> None:
        self.number = number
        self.answers = answers
        self.wrapped = wrapped
        self.made_ns = now_ns
        self.confirmation = confirmation(key)
        self.sealed = 0
        self._cipher = ChaCha20Poly1305(key)

    def seal(self, number: int, content: bytes, head: bytes) -> bytes:
        """Ciphertext and tag; ``head`` is bound to it."""
        return self._cipher.encrypt(nonce(self.number, number), content, head)


@dataclass(slots=True)
class HeldEpoch:
    """A key of the partner's that we read under."""

    number: int
    answers: bytes
    wrapped: bytes
    confirmation: bytes
    cipher: ChaCha20Poly1305 = field(repr=False)
    window: Window = field(default_factory=Window, repr=False)
    until_ns: int | None = None
    """When it stops being read; None while no newer one is in use."""

    def open(self, number: int, content: bytes, head: bytes) -> bytes | None:
        """The content; None if it is not sealed under this key with this head."""
        try:
            return self.cipher.decrypt(nonce(self.number, number), content, head)
        except InvalidTag:
            return None


class HeldEpochs:
    """The partner's keys that we hold: the one in use, the one before, and those granted since."""

    def __init__(self, newest: int = 0) -> None:
        self._held: dict[int, HeldEpoch] = {}
        self._using = newest
        self.newest = newest

    def add(self, number: int, key: bytes, answers: bytes, wrapped: bytes) -> None:
        """Hold a new key.

        The partner may still seal under one that it granted before and that nothing came under
        yet; of those the newest are held, lest a partner that grants without end fills memory.
        """
        unused = sorted(n for n in self._held if n > self._using)
        for other in unused[: max(0, len(unused) - MOST_UNUSED + 1)]:
            del self._held[other]
        cipher = ChaCha20Poly1305(key)
        self._held[number] = HeldEpoch(number, answers, wrapped, confirmation(key), cipher)
        self.newest = number

    def get(self, number: int, now_ns: int) -> HeldEpoch | None:
        """The epoch of this number, if it may still be read."""
        epoch = self._held.get(number)
        if epoch is not None and epoch.until_ns is not None and now_ns >= epoch.until_ns:
            del self._held[number]
            return None
        return epoch

    def use(self, number: int, now_ns: int) -> None:
        """The partner seals under this one: those before end soon."""
        if number <= self._using:
            return
        self._using = number
        for other in [n for n in self._held if n < number]:
            epoch = self._held[other]
            if epoch.until_ns is None:
                epoch.until_ns = now_ns + OVERLAP_NS
            elif now_ns >= epoch.until_ns:
                del self._held[other]

    @property
    def newest_held(self) -> HeldEpoch | None:
        """The newest key, None before the first."""
        return self._held.get(self.newest)
