"""A station's keys as bytes: for signing (Ed25519) and for sealing (ML-KEM-768 with X25519).

In: random bytes or PEM. Out: keys, public halves, PEM (PKCS #8: RFC 8410, and for ML-KEM
draft-ietf-lamps-kyber-certificates). Files are the node's business. The sealing key is a hybrid
(HPKE's MLKEM768-X25519, draft-ietf-hpke-pq): whoever wants to read what was recorded today must
break both the lattice and the curve. It costs 0.1 ms a side and key epoch, of which there is one
an hour: no reason to leave it.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import sha256

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from skypact.model.errors import BadInput

Random = Callable[[int], bytes]
"""So many random bytes: ``os.urandom`` in a node, a seeded source in a simulation."""

LATTICE_BYTES = 1184
SEALING_PUBLIC_BYTES = LATTICE_BYTES + 32
"""ML-KEM-768's encapsulation key (FIPS 203, table 3), then X25519's (RFC 7748)."""
LATTICE_SEED_BYTES = 64
WRAPPED_KEY_BYTES = 1088 + 32 + 32 + 16
"""ML-KEM's ciphertext, X25519's ephemeral key, the content key and its tag."""
LARGEST_PEM = 16 * 1024

_PEM_BLOCK = re.compile(rb"-----BEGIN [A-Z ]+-----[^-]+-----END [A-Z ]+-----\n?")


def _suite() -> Suite:
    return Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.CHACHA20_POLY1305)


@dataclass(frozen=True, slots=True, repr=False)
class SealingKey:
    """The private half of a sealing key."""

    lattice: MLKEM768PrivateKey
    curve: X25519PrivateKey

    def public_bytes(self) -> bytes:
        """The public half, ``SEALING_PUBLIC_BYTES`` long."""
        return (
            self.lattice.public_key().public_bytes_raw()
            + self.curve.public_key().public_bytes_raw()
        )

    def unwrap(self, wrapped: bytes, info: bytes) -> bytes | None:
        """What was wrapped for this key under ``info``; None if not (RFC 9180, base mode)."""
        if len(wrapped) != WRAPPED_KEY_BYTES:
            return None
        try:
            pair = MLKEM768X25519PrivateKey(self.lattice, self.curve)
            return _suite().decrypt(wrapped, pair, info=info)
        except (InvalidTag, ValueError):
            return None


def wrap(content_key: bytes, sealing_public: bytes, info: bytes) -> bytes:
    """A content key of 32 bytes, wrapped by HPKE for the holder of a sealing key.

    The ephemeral keys are the library's own, from the system's randomness; nothing but these
    bytes depends on them.
    """
    return _suite().encrypt(content_key, _public(sealing_public), info=info)


def is_sealing_public(data: bytes) -> bool:
    """Whether these bytes are a public sealing key that something can be wrapped for."""
    try:
        # Wrapping looks at the curve's point: one of low order gives no shared secret.
        wrap(bytes(32), data, b"")
    except ValueError:
        return False
    return True


def _public(data: bytes) -> MLKEM768X25519PublicKey:
    if len(data) != SEALING_PUBLIC_BYTES:
        raise ValueError(f"{len(data)} bytes are no sealing key")
    return MLKEM768X25519PublicKey(
        MLKEM768PublicKey.from_public_bytes(data[:LATTICE_BYTES]),
        X25519PublicKey.from_public_bytes(data[LATTICE_BYTES:]),
    )


def make_signing_key(random: Random) -> Ed25519PrivateKey:
    """A new signing key."""
    return Ed25519PrivateKey.from_private_bytes(random(32))


def make_sealing_key(random: Random) -> SealingKey:
    """A new sealing key."""
    return SealingKey(
        MLKEM768PrivateKey.from_seed_bytes(random(LATTICE_SEED_BYTES)),
        X25519PrivateKey.from_private_bytes(random(32)),
    )


def signing_pem(key: Ed25519PrivateKey, passphrase: str = "") -> bytes:
    """A signing key for its file."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, _lock(passphrase))


def signing_from_pem(data: bytes, passphrase: str = "", where: str = "") -> Ed25519PrivateKey:
    """The signing key of a file.

    Raises
    ------
    BadInput
        If there is none in it, or the passphrase is missing or wrong.
    """
    key = _load(data, passphrase, where)
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("a key, but not of Ed25519", where=where)
    return key


def sealing_pem(key: SealingKey, passphrase: str = "") -> bytes:
    """A sealing key for its file: two PEM blocks, the lattice's and the curve's."""
    lock = _lock(passphrase)
    lattice = key.lattice.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    return lattice + key.curve.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)


def sealing_from_pem(data: bytes, passphrase: str = "", where: str = "") -> SealingKey:
    """The sealing key of a file.

    Raises
    ------
    BadInput
        If there is none in it, or the passphrase is missing or wrong.
    """
    blocks = _PEM_BLOCK.findall(data) if len(data) <= LARGEST_PEM else []
    keys = [_load(block, passphrase, where) for block in blocks[:3]]
    match keys:
        case [MLKEM768PrivateKey() as lattice, X25519PrivateKey() as curve]:
            return SealingKey(lattice, curve)
    raise BadInput("not a sealing key: ML-KEM-768, then X25519", where=where)


def _lock(passphrase: str) -> KeySerializationEncryption:
    return BestAvailableEncryption(passphrase.encode()) if passphrase else NoEncryption()


def _load(data: bytes, passphrase: str, where: str) -> object:
    locked = b"ENCRYPTED" in data
    try:
        return load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except TypeError:
        what = "the key needs its passphrase" if locked else "the key has no passphrase"
    except (ValueError, UnsupportedAlgorithm):
        what = "the passphrase is wrong" if locked and passphrase else "not a key in PEM"
    raise BadInput(what, where=where)


def fingerprint(public: bytes) -> str:
    """A public key's name for reading aloud: 40 hex digits of its SHA-256, in fours."""
    digits = sha256(public).hexdigest()[:40]
    return " ".join(digits[at : at + 4] for at in range(0, 40, 4))
