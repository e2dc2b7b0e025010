"""Every category and edition reads its golden block as libasterix read it when it was written."""

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from skypact.feeds.asterix import definitions
from skypact.feeds.asterix.records import CategoryRecords, find_records
from skypact.feeds.asterix.table import TEXT_KINDS
from skypact.model.frames import Frames

ENTRIES: list[dict[str, Any]] = json.loads(
    (Path(__file__).parent / "asterix_editions.json").read_text()
)


def element_bits(records: CategoryRecords, name: str) -> tuple[list[int], list[int]]:
    """Bits of a repetitive field's elements, and where each record's begin."""
    leaf = records.leaf(name)
    values, begin = records.elements(name)
    if leaf.kind == "quantity":
        values = np.rint(values / leaf.lsb).astype(np.int64)
    if leaf.kind == "bytes":
        return [int.from_bytes(value.tobytes()) for value in values], begin.tolist()
    if leaf.kind in TEXT_KINDS:
        padded = [value.ljust(leaf.width // 8) for value in values.tolist()]
        return [int.from_bytes(text) for text in padded], begin.tolist()
    return [int(value) % (1 << leaf.width) for value in values], begin.tolist()


def fields_of(records: CategoryRecords) -> list[str]:
    """A line for each field of each record: record, name, bits; as the recipe writes them."""
    found: dict[tuple[int, str], list[int]] = {}
    explicit = [
        name
        for name, kind in zip(records.table.node_name, records.table.node_kind, strict=True)
        if kind in (5, 6)
    ]
    for name, leaf in records.table.leaves.items():
        if leaf.element_bits:
            bits, begin = element_bits(records, name)
            for row in range(len(records)):
                if begin[row + 1] > begin[row]:
                    found[row, name] = bits[begin[row] : begin[row + 1]]
            continue
        present = records.present(name)
        if leaf.width <= 64:
            values = [int(v) % (1 << leaf.width) for v in records.integers(name, none=0)]
        else:
            values = [int.from_bytes(v.tobytes()) for v in records.column(name)]
        for row in np.flatnonzero(present).tolist():
            found[row, name] = [values[row]]
    # RE and SP are bytes here, as libasterix gives them
    return [
        f"{row} {name} {bits}"
        for (row, name), bits in sorted(found.items())
        if not name.startswith(tuple(f"{item}/" for item in explicit))
    ]


def test_every_edition_but_those_of_two_layouts_has_a_golden_block() -> None:
    golden = {(entry["category"], entry["edition"]) for entry in ENTRIES}
    defined = {(c, edition) for c, known in definitions.editions().items() for edition in known}
    assert {category for category, _ in defined - golden} == {1, 7}


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda e: f"{e['category']:03d}-{e['edition']}")
def test_a_golden_block_is_read_as_libasterix_read_it(entry: dict[str, Any]) -> None:
    block = bytes.fromhex(entry["block"])
    frames = Frames.from_payloads("asterix", "golden", [block], [-1])
    found = find_records(frames, {entry["category"]: entry["edition"]})
    assert found.rejections == ()
    lines = fields_of(found.categories[entry["category"]])
    assert len(lines) == entry["fields"], lines
    assert hashlib.sha256("\n".join(lines).encode()).hexdigest() == entry["sha256"], lines
