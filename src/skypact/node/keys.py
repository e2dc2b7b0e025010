"""Signing keys in files: Ed25519 as PEM (PKCS #8, RFC 8410), for the owner's eyes alone.

In: a path and, where wanted, a passphrase. Out: keys. A key that other accounts may read is
refused, as is a file that would be overwritten: a key lost is a party that cannot sign.
"""

from __future__ import annotations

import os
import stat
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
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
from skypact.node.disk import SystemDisk

PASSPHRASE = "SKYPACT_PASSPHRASE"
"""Environment variable with the passphrase, where nobody is there to type it."""


def make_key(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """Make a key in a new file of mode 0600; durable on return.

    Raises
    ------
    BadInput
        If the file is there already, or cannot be made.
    """
    key = Ed25519PrivateKey.generate()
    lock: KeySerializationEncryption = NoEncryption()
    if passphrase:
        lock = BestAvailableEncryption(passphrase.encode())
    data = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, lock)
    try:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
        with os.fdopen(os.open(path, flags, 0o600), "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        SystemDisk().sync_folder(path.parent)
    except FileExistsError:
        raise BadInput(
            "there is a file of this name", where=str(path), remedy="Keys are never overwritten"
        ) from None
    except OSError as problem:
        raise BadInput(f"cannot be made: {problem.strerror}", where=str(path)) from None
    return key


def read_key(path: Path, passphrase: str = "") -> Ed25519PrivateKey:
    """Read a signing key.

    Raises
    ------
    BadInput
        If it is none, others may read it, or the passphrase is missing or wrong.
    """
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        data = path.read_bytes()
    except OSError as problem:
        raise BadInput(f"cannot be read: {problem.strerror}", where=str(path)) from None
    if mode & 0o077:
        raise BadInput(
            f"other accounts may read this key (mode {mode:04o})",
            where=str(path),
            remedy=f"chmod 600 {path}; if others could read it, replace it",
        )
    try:
        key = load_pem_private_key(data, passphrase.encode() if passphrase else None)
    except TypeError:
        needed = b"ENCRYPTED" in data
        what = "the key needs its passphrase" if needed else "the key has no passphrase"
        raise BadInput(what, where=str(path), remedy=f"See --passphrase and {PASSPHRASE}") from None
    except (ValueError, UnsupportedAlgorithm):
        wrong = passphrase and b"ENCRYPTED" in data
        what = "the passphrase is wrong" if wrong else "not a key in PEM"
        raise BadInput(what, where=str(path)) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise BadInput("a key, but not of Ed25519", where=str(path))
    return key


def read_or_make_key(path: Path) -> Ed25519PrivateKey:
    """A node's own key: read, or made at its first start (passphrase from the environment)."""
    passphrase = os.environ.get(PASSPHRASE, "")
    if path.exists():
        return read_key(path, passphrase)
    SystemDisk().make_folder(path.parent)
    return make_key(path, passphrase)


def public_from_hex(text: str, where: str) -> Ed25519PublicKey:
    """A public key from its 64 hex digits.

    Raises
    ------
    BadInput
        If they are none.
    """
    try:
        return Ed25519PublicKey.from_public_bytes(bytes.fromhex(text))
    except ValueError:
        raise BadInput(f"{text!r} is not a key of 64 hex digits", where=where) from None
