"""A plain recursive twin of the walk over items, held against the kernel on noise."""

import functools

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.asterix.definitions import table
from skypact.feeds.asterix.encode import encode
from skypact.feeds.asterix.records import find_records
from skypact.feeds.asterix.table import CategoryTable
from skypact.kernels import asterix_walk as walk
from skypact.model.frames import Frames


class Refused(Exception):
    """Status and node of a fault."""


class Walker:
    """Walks one record of a category and notes where each node begins."""

    def __init__(self, category: CategoryTable, content: bytes) -> None:
        self.t, self.content, self.found = category, content, {}

    def byte(self, at: int, end: int) -> int:
        if at >= end:
            raise Refused(walk.ITEM_PAST_END)
        return self.content[at]

    def children(self, node: int) -> list[int]:
        first, count = int(self.t.node_first[node]), int(self.t.node_count[node])
        return self.t.child[first : first + count].tolist()

    def flags(self, at: int, end: int) -> tuple[list[int], int]:
        """Numbers of the bits set in a field specification with FX bits, and where it ends."""
        bits: list[int] = []
        seven = 0
        while True:
            if at >= end:
                raise Refused(walk.FSPEC_PAST_END)
            value = self.content[at]
            bits += [seven + i for i in range(7) if value & (0x80 >> i)]
            seven += 7
            at += 1
            if not value & 1:
                return bits, at

    def node(self, node: int, at: int, end: int) -> int:
        """Where the node at ``at`` ends."""
        kind, size = int(self.t.node_kind[node]), int(self.t.node_size[node])
        self.found[node] = at
        if kind == walk.FIXED:
            at += size
        elif kind == walk.EXTENDED:
            return self.extended(node, at, end, ends_bare=size == 1)
        elif kind == walk.REPETITIVE:
            rep = int(self.t.node_count[node])
            if at + rep > end:
                raise Refused(walk.ITEM_PAST_END)
            at += rep + size * int.from_bytes(self.content[at : at + rep])
        elif kind == walk.REPETITIVE_FX:
            while True:
                at += size
                if at > end:
                    raise Refused(walk.ITEM_PAST_END)
                if not self.content[at - 1] & 1:
                    break
        elif kind == walk.COMPOUND:
            bits, at = self.flags(at, end)
            at = self.chosen(self.children(node), bits, at, end)
        else:
            length = self.byte(at, end)
            if length == 0:
                raise Refused(walk.BAD_EXPLICIT)
            if kind == walk.EXPANSION and at + length <= end:
                self.expansion(node, at + 1, at + length, size)
            at += length
        if at > end:
            raise Refused(walk.ITEM_PAST_END)
        return at

    def extended(self, node: int, at: int, end: int, *, ends_bare: bool) -> int:
        parts = self.children(node)
        for number, part in enumerate(parts):
            size = int(self.t.node_size[part])
            if at + size > end:
                raise Refused(walk.ITEM_PAST_END)
            self.found[part] = at
            at += size
            last = number + 1 == len(parts)
            if (last and ends_bare) or not self.content[at - 1] & 1:
                return at
        raise Refused(walk.BAD_EXTENSION)

    def chosen(self, items: list[int], bits: list[int], at: int, end: int) -> int:
        for bit in bits:
            if bit >= len(items) or items[bit] < 0:
                raise Refused(walk.SPARE_ITEM)
            at = self.node(items[bit], at, end)
        return at

    def expansion(self, node: int, at: int, end: int, size: int) -> None:
        """Note the content of a reserved expansion field, or nothing if it does not fit."""
        before = dict(self.found)
        flags = self.content[at : at + size]
        bits = [i for i in range(8 * len(flags)) if flags[i // 8] & (0x80 >> (i % 8))]
        try:
            fits = at + size <= end and (
                self.chosen(self.children(node), bits, at + size, end) == end
            )
        except Refused:
            fits = False
        if not fits:
            self.found = before

    def record(self, at: int, end: int) -> int:
        items = self.t.child[self.t.uap_first[0] :][: self.t.uap_count[0]].tolist()
        bits, inside = self.flags(at, end)
        if not bits:
            raise Refused(walk.FSPEC_EMPTY)
        return self.chosen(items, bits, inside, end)


def twin(category: CategoryTable, block: bytes) -> list[tuple[int, int, dict[int, int]]]:
    """Offset, length and nodes of the records before the first fault."""
    records, at = [], 3
    while at < len(block):
        walker = Walker(category, block)
        try:
            end = walker.record(at, len(block))
        except Refused:
            break
        found = {node: where - at for node, where in walker.found.items()}
        records.append((at, end - at, found))
        at = end
    return records


@functools.cache
def sound_blocks() -> dict[int, bytes]:
    """One block each with compound, extended, repetitive and expansion items."""
    begin = np.array([0, 2, 3])
    lists = {"I062/RE/CST/SAC": ([1, 2, 3], begin), "I062/RE/CST/SIC": ([4, 5, 6], begin)}
    (tracks,) = encode(
        62,
        {
            "I062/010/SAC": [1, 2],
            "I062/010/SIC": 3,
            "I062/080/AFF": 0,
            "I062/380/ADR": 0x400001,
            "I062/380/IAS/IM": 0,
            "I062/500/APC/X": 5.0,
            "I062/510/IDENT": ([1, 2, 3], begin),
            "I062/510/TRACK": ([1, 2, 3], begin),
            **lists,
        },
    )
    (plots,) = encode(
        48,
        {
            "I048/010/SAC": [1, 2],
            "I048/010/SIC": 3,
            "I048/020/TYP": 5,
            "I048/130/SRL": [1.0, np.nan],
            "I048/130/PAM": -60.0,
            "I048/250/MBDATA": ([7, 8, 9], begin),
        },
    )
    (adsb,) = encode(
        21, {"I021/010/SAC": [1, 2], "I021/010/SIC": 3, "I021/040/ATP": 1, "I021/295/AOS": 1.0}
    )
    return {62: tracks, 48: plots, 21: adsb}


@settings(max_examples=400, deadline=None)
@given(st.sampled_from([21, 48, 62]), st.data())
def test_the_walk_finds_what_the_plain_twin_finds(category: int, data: st.DataObject) -> None:
    block = bytearray(sound_blocks()[category])
    if data.draw(st.booleans()):
        block[3:] = data.draw(st.binary(min_size=1, max_size=80))
        block[1:3] = len(block).to_bytes(2)
    for _ in range(data.draw(st.integers(0, 3))):
        at = data.draw(st.integers(3, len(block) - 1))
        block[at] = data.draw(st.integers(0, 255))
    definition = table(category)
    expected = twin(definition, bytes(block))
    found = find_records(Frames.from_payloads("asterix", "x", [bytes(block)], [-1]))
    records = found.categories[category]
    assert list(zip(records.offset.tolist(), records.length.tolist(), strict=True)) == [
        (at, length) for at, length, _ in expected
    ]
    for row, (_, _, nodes) in enumerate(expected):
        present = np.flatnonzero(records.slots[:, row] >= 0)
        assert {int(node): int(records.slots[node, row]) for node in present} == nodes
    read = sum(length for _, length, _ in expected)
    assert bool(found.rejections) == (read + 3 < len(block))
