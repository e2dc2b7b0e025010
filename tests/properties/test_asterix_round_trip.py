"""What is encoded is decoded again: every category and edition, every field, from any dice."""

from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from made_up_columns import random_columns
from skypact.feeds.asterix import decode_items, definitions
from skypact.feeds.asterix.encode import encode_blocks
from skypact.feeds.asterix.table import Leaf
from skypact.model.frames import Frames

ROWS = 12
SPOKEN = [
    (category, edition) for category, known in definitions.editions().items() for edition in known
]


@settings(max_examples=150, deadline=None)
@given(st.sampled_from(SPOKEN), st.integers(0, 1 << 32), st.sampled_from([300, 1400, 65_535]))
def test_columns_come_back_as_they_were_sent(
    spoken: tuple[int, str], seed: int, limit: int
) -> None:
    category, edition = spoken
    dice = np.random.default_rng(seed)
    columns = random_columns(category, ROWS, dice, edition)
    leaves = definitions.table(category, edition).leaves
    named = [name for name in columns if name.split("/")[1] == "010"]
    if not named or leaves[named[0]].element_bits:
        return
    try:
        encoded = encode_blocks(category, columns, edition=edition, max_block_bytes=limit)
    except ValueError as refusal:
        # a record may be too long, or mix the two layouts of its category
        too_long, mixed = "does not fit a block" in str(refusal), "layout" in str(refusal)
        assert too_long or (mixed and category in (1, 7)), refusal  # noqa: PT017
        return
    assert max(map(len, encoded.payloads)) <= limit
    frames = Frames.from_payloads("asterix", "x", encoded.payloads, [-1] * len(encoded.payloads))
    batch = decode_items(frames, {category: edition})
    assert batch.rejections == ()
    items = batch.categories[category]
    assert len(items) == ROWS
    for name, given_column in columns.items():
        leaf = leaves[name]
        if leaf.element_bits:
            if name in items.lists:
                values, begin = items.lists[name]
                assert np.array_equal(begin, given_column[1]), name
                assert np.array_equal(values, given_column[0]), name
            else:
                assert len(given_column[0]) == 0, name
            continue
        sent = sent_rows(leaf, given_column)
        if sent.any():
            assert np.array_equal(items.columns[name][sent], given_column[sent]), name


def sent_rows(leaf: Leaf, given_column: Any) -> Any:
    """Rows that say something; the others may come back as zeros beside their neighbours."""
    if given_column.dtype.kind == "S":
        return given_column != b""
    if leaf.kind == "quantity":
        return np.isfinite(given_column)
    return given_column != (np.iinfo(np.int64).min if leaf.signed else -1)
