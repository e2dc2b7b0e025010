"""A node's durable store of agreements, signatures and notices.

In: items, one after the other, through the disk seam. Out: the chains they make, the same after
every restart. An item is a file of its own, ``0000000007.json``, written under another name,
fsynced, renamed, and its folder fsynced, before it has any effect; so no file is ever half there.
Each holds the SHA-256 of the file before it. Why files and not a database: docs/adr/0006.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Literal

import msgspec

from skypact.agreement.amendments import Chain, with_document, with_notice, with_signature
from skypact.agreement.canonical import canonical_bytes, canonical_json, document_from
from skypact.agreement.document import Document
from skypact.agreement.refusals import AgreementRefused, StoreDamaged, StoreFailed
from skypact.agreement.signing import Signature, SignedNotice
from skypact.model.disk import Disk
from skypact.model.errors import BadInput

Item = Document | Signature | SignedNotice
FIRST_PREVIOUS = "0" * 64


class Stored(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One file of the store."""

    number: int
    previous: str  # SHA-256 of the file before, in hexadecimal
    received: str  # when, ISO 8601
    kind: Literal["document", "signature", "notice"]
    item: msgspec.Raw

    def content(self) -> Item:
        """The item itself."""
        if self.kind == "document":
            return document_from(bytes(self.item))
        if self.kind == "signature":
            return msgspec.json.decode(self.item, type=Signature)
        return msgspec.json.decode(self.item, type=SignedNotice)


def item_digest(item: Item) -> bytes:
    """SHA-256 that names an item; of a document, the digest that is signed."""
    return sha256(_bytes_of(item)).digest()


def _bytes_of(item: Item) -> bytes:
    if isinstance(item, Document):
        return canonical_bytes(item)
    fields: dict[str, Any] = msgspec.to_builtins(item)
    return canonical_json(fields)


def agreement_of(item: Item) -> str:
    """Id of the agreement that an item belongs to."""
    return item.agreement.id if isinstance(item, Document) else item.agreement


class AgreementStore:
    """What a node holds of agreements. One process writes it.

    Parameters
    ----------
    disk, folder
        Where it lies; made if it is not there.
    pins
        The keys that the node trusts for parties, 64 hex digits by party's code.

    Raises
    ------
    StoreDamaged
        If a stored file is changed, missing or out of place.
    StoreFailed
        If the disk fails.
    """

    def __init__(self, disk: Disk, folder: Path, pins: Mapping[str, str]) -> None:
        self.chains: dict[str, Chain] = {}
        """The chain of each agreement, by its id."""
        self.refused: list[tuple[str, AgreementRefused]] = []
        """Stored items that are refused now, by file: the node's pins were changed since."""
        self._disk = disk
        self._folder = folder
        self._pins = dict(pins)
        self._count = 0
        self._previous = FIRST_PREVIOUS
        self._stopped = ""
        with self._named_failures():
            disk.make_folder(folder)
            names = [name for name in disk.names(folder) if name.endswith(".json")]
            for number, name in enumerate(names, start=1):
                self._load(number, name)
            # What is read is believed from now on, so it must outlast a loss of power as well.
            disk.sync_folder(folder)

    def check(self, item: Item) -> Chain:
        """The chain that an item would make; nothing is stored.

        Raises
        ------
        AgreementRefused
            By the name of what is wrong with it.
        """
        name = agreement_of(item)
        chain = self.chains.get(name, Chain(name))
        if isinstance(item, Document):
            return with_document(chain, item, self._pins)
        if isinstance(item, Signature):
            return with_signature(chain, item)
        return with_notice(chain, item)

    def add(self, item: Item, received: str) -> Chain:
        """Take an item: it is durable when the chain with it is returned.

        Parameters
        ----------
        item
            A document, signature or notice.
        received
            When, ISO 8601.

        Raises
        ------
        AgreementRefused
            By the name of what is wrong with it; nothing is stored.
        StoreFailed
            The disk did not take it; it has no effect.
        """
        chain = self.check(item)
        if chain == self.chains.get(chain.agreement):
            return chain
        kind = {Document: "document", Signature: "signature", SignedNotice: "notice"}[type(item)]
        content = {
            "number": self._count + 1,
            "previous": self._previous,
            "received": received,
            "kind": kind,
            "item": msgspec.json.decode(_bytes_of(item)),
        }
        data = canonical_json(content)
        with self._named_failures():
            self._write(f"{self._count + 1:010d}.json", data)
        self._count += 1
        self._previous = sha256(data).hexdigest()
        self.chains[chain.agreement] = chain
        return chain

    def _write(self, name: str, data: bytes) -> None:
        path = self._folder / name
        unfinished = path.with_suffix(".unfinished")
        with contextlib.closing(self._disk.open(unfinished)) as file:
            file.cut(0)  # a crash may have left one
            file.write_at(0, data)
            file.sync()
        self._disk.replace(unfinished, path)
        self._disk.sync_folder(self._folder)

    def _load(self, number: int, name: str) -> None:
        where = str(self._folder / name)
        data = self._disk.read(self._folder / name)
        try:
            stored = msgspec.json.decode(data, type=Stored)
            item = stored.content()
        except (msgspec.MsgspecError, BadInput, UnicodeDecodeError, RecursionError) as problem:
            raise _damaged(f"cannot be read any more: {problem}", where) from None
        if name != f"{number:010d}.json" or stored.number != number:
            raise _damaged(f"item {number} is missing", where)
        if stored.previous != self._previous:
            raise _damaged(f"item {number - 1} is not the one that this one followed", where)
        try:
            chain = self.check(item)
        except AgreementRefused as problem:
            self.refused.append((name, problem))
        else:
            self.chains[chain.agreement] = chain
        self._count = number
        self._previous = sha256(data).hexdigest()

    @contextlib.contextmanager
    def _named_failures(self) -> Iterator[None]:
        if self._stopped:
            raise StoreFailed(
                f"the store of agreements has stopped: {self._stopped}",
                where=str(self._folder),
                remedy="Look after the disk, then start the node again",
            )
        try:
            yield
        except OSError as problem:
            self._stopped = str(problem)
            raise StoreFailed(
                f"the disk failed: {problem}",
                where=str(self._folder),
                remedy="It has no effect. Look after the disk, then start the node again",
            ) from problem


def _damaged(what: str, where: str) -> StoreDamaged:
    return StoreDamaged(
        what,
        where=where,
        remedy="The audit log tells the digest that was in force; restore the folder from a copy",
    )
