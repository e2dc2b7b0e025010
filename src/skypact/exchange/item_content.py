"""Content of ``items`` and ``receipt`` envelopes: durable items in their order, and what arrived.

In: durable items, or bytes that an opened envelope held. Out: bytes, or items. All are MessagePack
arrays in one strict form (docs/reference/traffic.md). The label of the items stands in the
envelope's header; in a journal it stands with each item, and the chain is reckoned over both.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, TypeVar, cast, get_args

import msgspec

from skypact.exchange.header import LabelFields, label_fields, label_of
from skypact.exchange.rows import BadContent
from skypact.model.exchange import LARGEST_BODY, DurableItem, DurableKind
from skypact.model.labels import Label

LAYOUT = 1
DURABLE_KINDS: tuple[str, ...] = get_args(DurableKind)
ID_BYTES = 16
MOST_ITEMS = 1_000
MOST_BYTES = 160 * 1024
"""Of the items of one envelope; one item alone may have more by its frame."""

EightBytes = Annotated[bytes, msgspec.Meta(min_length=8, max_length=8)]
Number = Annotated[int, msgspec.Meta(ge=0, le=2**62)]
LayoutNumber = Annotated[int, msgspec.Meta(ge=LAYOUT, le=LAYOUT)]


class ItemRow(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """A durable item as it goes over the link; a kind may be one that we do not know yet."""

    kind: Annotated[str, msgspec.Meta(min_length=1, max_length=24)]
    id: Annotated[bytes, msgspec.Meta(min_length=ID_BYTES, max_length=ID_BYTES)]
    made_ns: Number
    body: Annotated[bytes, msgspec.Meta(max_length=LARGEST_BODY)]


class PieceRow(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """The same with its label, as journals keep it."""

    label: LabelFields
    item: ItemRow


class ItemBatch(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """Content of an ``items`` envelope.

    ``stream`` names the outbox, ``oldest`` is the oldest number it still has, ``first`` that of
    the first item here, ``chain`` the chain before it.
    """

    layout: LayoutNumber
    stream: EightBytes
    oldest: Number
    first: Number
    chain: EightBytes
    items: Annotated[tuple[ItemRow, ...], msgspec.Meta(max_length=MOST_ITEMS)]


class Receipt(msgspec.Struct, array_like=True, forbid_unknown_fields=True, frozen=True):
    """Content of a ``receipt``: everything up to ``number`` is durable here, and what it was."""

    layout: LayoutNumber
    stream: EightBytes
    number: Number
    chain: EightBytes


_encoder = msgspec.msgpack.Encoder()
_piece = msgspec.msgpack.Decoder(PieceRow)
_batch = msgspec.msgpack.Decoder(ItemBatch)
_receipt = msgspec.msgpack.Decoder(Receipt)
Decoded = TypeVar("Decoded")


def _decoded(decoder: msgspec.msgpack.Decoder[Decoded], content: bytes, what: str) -> Decoded:
    try:
        return decoder.decode(content)
    except (msgspec.MsgspecError, RecursionError, UnicodeDecodeError) as problem:
        raise BadContent(f"no {what}: {problem}") from None


def item_row(item: DurableItem) -> ItemRow:
    """An item as it goes over the link.

    Raises
    ------
    ValueError
        If it cannot go.
    """
    if item.kind not in DURABLE_KINDS or len(item.id) != ID_BYTES or item.made_ns < 0:
        raise ValueError(f"no durable item: {item.kind!r}, {len(item.id)} bytes of id")
    if len(item.body) > LARGEST_BODY:
        raise ValueError(f"a durable item has at most {LARGEST_BODY} bytes, not {len(item.body)}")
    return ItemRow(item.kind, item.id, item.made_ns, item.body)


def piece_of(label: Label, row: ItemRow) -> bytes:
    """An item with its label, as journals keep it."""
    return _encoder.encode(PieceRow(label_fields(label), row))


def row_from(piece: bytes) -> tuple[Label, ItemRow]:
    """Label and row of a journal's piece.

    Raises
    ------
    BadContent
        If it is none.
    """
    found = _decoded(_piece, piece, "item")
    return label_of(found.label), found.item


def item_from(label: Label, row: ItemRow) -> DurableItem | None:
    """The item; None where its kind is not known here."""
    if row.kind not in DURABLE_KINDS:
        return None
    return DurableItem(cast(DurableKind, row.kind), row.id, label, row.body, row.made_ns)


def batch_content(
    stream: bytes, oldest: int, first: int, chain: bytes, rows: Sequence[ItemRow]
) -> bytes:
    """Content of an ``items`` envelope."""
    return _encoder.encode(ItemBatch(LAYOUT, stream, oldest, first, chain, tuple(rows)))


def batch_from(content: bytes) -> ItemBatch:
    """What an ``items`` envelope held.

    Raises
    ------
    BadContent
        If it is none.
    """
    batch = _decoded(_batch, content, "durable items")
    if not 1 <= batch.oldest <= batch.first or not batch.items:
        raise BadContent(f"items from {batch.first} of {batch.oldest}, {len(batch.items)} of them")
    return batch


def receipt_content(stream: bytes, number: int, chain: bytes) -> bytes:
    """Content of a ``receipt``."""
    return _encoder.encode(Receipt(LAYOUT, stream, number, chain))


def receipt_from(content: bytes) -> Receipt:
    """What a ``receipt`` held.

    Raises
    ------
    BadContent
        If it is none.
    """
    return _decoded(_receipt, content, "receipt")
