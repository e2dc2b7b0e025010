"""libasterix as oracle: real recordings and random records, read and written both ways."""

import random
from collections.abc import Iterator
from importlib import import_module
from itertools import chain
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from made_up_columns import random_columns
from skypact.feeds.asterix import definitions
from skypact.feeds.asterix.encode import encode, encode_blocks
from skypact.feeds.asterix.records import CategoryRecords, find_records
from skypact.feeds.framing import read_recording
from skypact.model.frames import Frames

RECORDINGS = {
    "asterix/lebl_20201002_mlat_cat010_0800_0920.ast.gz": {10: 75_112},
    "asterix/lebl_20201002_smr_cat010_0800_0920.ast.gz": {10: 35_223},
    "asterix/rome_cat062_063_065_30min.ff.gz": {62: 22_396, 63: 5_772, 65: 6_057},
    "asterix/croatia_7radars_cat_034_048.pcap": {34: 34, 48: 128},
}
ERRATA = ("I010/202/", "I010/210/")
"""Fields whose weights libasterix has wrong (see the compiler); their bits are compared."""


@pytest.fixture(scope="module")
def base() -> ModuleType:
    return import_module("asterix.base")


@pytest.fixture(scope="module")
def generated() -> ModuleType:
    return import_module("asterix.generated")


def version(generated: ModuleType, category: int, edition: str | None = None) -> Any:
    """libasterix's class of a category, the latest edition unless one is named."""
    versions = generated.manifest["CATS"][category]
    for spec in versions:
        if ".".join(map(str, spec.cv_edition)) == edition:
            return spec
    return versions[-1]


def leaves(base: ModuleType, name: str, node: Any) -> Iterator[tuple[str, int, float | None]]:
    """Name, bits and quantity of every field below one of libasterix's objects."""
    if isinstance(node, base.NonSpare):
        if isinstance(node.arg, base.RuleVariationDependent):
            yield name, node.arg.bs.to_uinteger(), None
        else:
            yield from leaves(base, name, node.arg.arg)
    elif isinstance(node, base.Element):
        content = type(node).cv_rule
        quantity = None
        if issubclass(content, base.RuleContentContextFree) and issubclass(
            content.cv_content, base.ContentQuantity
        ):
            quantity = content.cv_content(node.bs)._as_quantity()
        yield name, node.bs.to_uinteger(), quantity
    elif isinstance(node, base.Group | base.Extended):
        parts = [node.arg] if isinstance(node, base.Group) else node.arg
        for item in chain.from_iterable(parts):
            if isinstance(item, base.Item):
                yield from leaves(base, f"{name}/{item.arg.cv_name}", item.arg)
    elif isinstance(node, base.Repetitive):
        for element in node.arg:
            yield from leaves(base, name, element)
    elif isinstance(node, base.Compound):
        for key, item in node.arg.items():
            yield from leaves(base, f"{name}/{key}", item)


def oracle_record(base: ModuleType, spec: Any, profile: str | None, raw: bytes) -> Any:
    """One record as libasterix sees it."""
    record = spec.cv_uap.cv_uaps[profile] if profile else spec.cv_uap.cv_record
    parsed = record.parse(base.ParsingMode.StrictParsing, base.Bits.from_bytes(raw))
    assert not isinstance(parsed, ValueError), parsed
    assert len(parsed[1]) == 0
    return parsed[0]


def assert_same(
    base: ModuleType,
    spec: Any,
    records: CategoryRecords,
    rows: list[int],
    profile: str | None = None,
) -> None:
    """Every field of these records has libasterix's bits and quantity, and no other is present."""
    data = records.frames.data
    references = import_module("asterix.generated").manifest["REFS"].get(spec.cv_category)
    expansion = references[-1].cv_expansion if references else None
    prefix = f"I{spec.cv_category:03d}"
    ours = {
        name: records.elements(name) if leaf.element_bits else records.column(name)
        for name, leaf in records.table.leaves.items()
    }
    raw = {
        name: records.integers(name, none=-9)
        for name, leaf in records.table.leaves.items()
        if not leaf.element_bits and leaf.width <= 64
    }
    for row in rows:
        start = int(records.offset[row])
        content = data[start : start + int(records.length[row])].tobytes()
        record = oracle_record(base, spec, profile, content)
        expected: dict[str, list[tuple[int, float | None]]] = {}
        for key, item in record.items_regular.items():
            for name, bits, quantity in leaves(base, f"{prefix}/{key}", item):
                expected.setdefault(name, []).append((bits, quantity))
            if key == "RE" and expansion is not None:
                content = base.Bits.from_bytes(item.arg.arg.get_bytes())
                for sub, inside in expansion.parse(content)[0].arg.items():
                    for name, bits, quantity in leaves(base, f"{prefix}/RE/{sub}", inside):
                        expected.setdefault(name, []).append((bits, quantity))
        for name, leaf in records.table.leaves.items():
            if leaf.element_bits:
                values, begin = ours[name]
                mine = values[begin[row] : begin[row + 1]]
                if leaf.kind != "quantity" and leaf.kind not in ("ascii", "icao"):
                    wanted = [bits for bits, _ in expected.get(name, [])]
                    wide = leaf.kind == "bytes"
                    got = [int.from_bytes(v.tobytes()) if wide else int(v) for v in mine]
                    assert [value % (1 << leaf.width) for value in got] == wanted, name
                assert len(mine) == len(expected.get(name, [])), name
                continue
            if name not in expected:
                assert not records.present(name)[row], name
                continue
            ((bits, quantity),) = expected[name]
            if leaf.width <= 64:
                assert int(raw[name][row]) % (1 << leaf.width) == bits, name
            if quantity is not None and not name.startswith(ERRATA):
                assert ours[name][row] == pytest.approx(quantity, rel=1e-12), name
        unknown = {name for name in expected if name not in records.table.leaves}
        assert not unknown


@pytest.mark.recordings
@pytest.mark.parametrize("name", RECORDINGS)
def test_every_item_of_the_recordings_is_read_as_libasterix_reads_it(
    name: str, recordings: Path, base: ModuleType, generated: ModuleType
) -> None:
    found = find_records(read_recording(recordings / name).frames)
    assert found.rejections == ()
    assert {k: len(v) for k, v in found.categories.items()} == RECORDINGS[name]
    for category, records in found.categories.items():
        rows = np.linspace(0, len(records) - 1, min(len(records), 150)).astype(int).tolist()
        assert_same(base, version(generated, category), records, rows)


def made_up(base: ModuleType, variation: Any, dice: random.Random) -> Any:
    """A random argument for libasterix's ``create`` of a variation."""
    if issubclass(variation, base.Group):
        return tuple(
            0 if issubclass(item, base.Spare) else made_up_rule(base, item.cv_non_spare, dice)
            for item, _ in variation.cv_items_list
        )
    if issubclass(variation, base.Element):
        return dice.getrandbits(variation.cv_bit_size)
    if issubclass(variation, base.Extended):
        parts = []
        for part in variation.cv_items_list[: dice.randint(1, len(variation.cv_items_list))]:
            parts.append(
                tuple(
                    None
                    if entry is None
                    else 0
                    if issubclass(entry[0], base.Spare)
                    else made_up_rule(base, entry[0].cv_non_spare, dice)
                    for entry in part
                )
            )
        return parts
    if issubclass(variation, base.Repetitive):
        return [made_up(base, variation.cv_variation, dice) for _ in range(dice.randint(1, 4))]
    if issubclass(variation, base.Compound):
        items = [item for item in variation.cv_items_list if item is not None]
        chosen = dice.sample(items, dice.randint(1, len(items)))
        return {item.cv_name: made_up_rule(base, item, dice) for item in chosen}
    return dice.randbytes(dice.randint(1, 9))


def made_up_rule(base: ModuleType, non_spare: Any, dice: random.Random) -> Any:
    rule = non_spare.cv_rule
    if issubclass(rule, base.RuleVariationDependent):
        return made_up(base, rule.cv_default_variation, dice)
    return made_up(base, rule.cv_variation, dice)


def random_block(base: ModuleType, spec: Any, dice: random.Random, count: int) -> bytes:
    """A data block of random records made by libasterix."""
    record = spec.cv_uap.cv_record
    items = [i.cv_non_spare for i in record.cv_items_list if issubclass(i, base.UapItem)]
    records = []
    for _ in range(count):
        chosen = dice.sample(items, dice.randint(1, len(items)))
        # a random RE would not follow its definition
        args = {i.cv_name: made_up_rule(base, i, dice) for i in chosen if i.cv_name != "RE"}
        records.append(record.create(args or {"010": None, chosen[0].cv_name: b"1"}))
    return spec.create(records).unparse().to_bytes()


def test_random_records_of_every_edition_made_by_libasterix_are_read_alike(
    base: ModuleType, generated: ModuleType
) -> None:
    dice = random.Random(2026)
    for category, names in definitions.editions().items():
        for edition in names:
            spec = version(generated, category, edition)
            if not issubclass(spec.cv_uap, base.UapSingle):
                continue
            block = random_block(base, spec, dice, 3)
            frames = Frames.from_payloads("asterix", "made up", [block], [-1])
            found = find_records(frames, {category: edition})
            assert found.rejections == (), (category, edition)
            assert_same(base, spec, found.categories[category], [0, 1, 2])


@pytest.mark.parametrize(
    ("category", "profile", "chooser"),
    [
        (1, "plot", {"020": [(0, 0, 2, 0, 0, 0, None)]}),
        (1, "track", {"020": [(1, 0, 2, 0, 0, 0, None)]}),
        (7, "downlink", {"410": 2}),
        (7, "uplink", {"410": 6}),
    ],
)
def test_random_records_of_both_layouts_are_told_by_what_they_say(
    category: int, profile: str, chooser: dict[str, Any], base: ModuleType, generated: ModuleType
) -> None:
    dice = random.Random(profile)
    for spec in generated.manifest["CATS"][category]:
        record = spec.cv_uap.cv_uaps[profile]
        items = [i.cv_non_spare for i in record.cv_items_list if issubclass(i, base.UapItem)]
        made = []
        for _ in range(5):
            chosen = dice.sample(items, dice.randint(1, len(items)))
            args = {i.cv_name: made_up_rule(base, i, dice) for i in chosen if i.cv_name != "RE"}
            made.append(record.create(args | chooser))
        block = spec.create(made).unparse().to_bytes()
        edition = ".".join(map(str, spec.cv_edition))
        frames = Frames.from_payloads("asterix", "made up", [block], [-1])
        found = find_records(frames, {category: edition})
        assert found.rejections == (), (category, edition)
        assert_same(base, spec, found.categories[category], list(range(5)), profile)


@pytest.mark.parametrize("profile", ["plot", "track"])
def test_both_profiles_of_category_001_are_told_by_their_descriptor(
    profile: str, base: ModuleType, generated: ModuleType
) -> None:
    spec = version(generated, 1)
    record = spec.cv_uap.cv_uaps[profile].create(
        {
            "010": (25, 11),
            "020": [(int(profile == "track"), 0, 2, 0, 0, 0, None)],
            "040": (1280, 16384),
            "070": (0, 0, 0, 0, 0o7700),
            "141": 128,
        }
    )
    block = spec.create([record, record]).unparse().to_bytes()
    found = find_records(Frames.from_payloads("asterix", "made up", [block], [-1]))
    assert found.rejections == ()
    assert found.categories[1].floats("I001/040/RHO").tolist() == [10.0, 10.0]
    assert found.categories[1].integers("I001/070/MODE3A").tolist() == [0o7700] * 2


@pytest.mark.parametrize("category", [2, 4, 8, 10, 19, 20, 21, 23, 34, 48, 62, 63, 65, 247])
def test_what_we_encode_libasterix_reads_alike(
    category: int, base: ModuleType, generated: ModuleType
) -> None:
    columns = random_columns(category, 40, np.random.default_rng(category))
    blocks = encode_blocks(category, columns)
    assert max(map(len, blocks.payloads)) <= 1400
    frames = Frames.from_payloads("asterix", "x", blocks.payloads, [-1] * len(blocks.payloads))
    found = find_records(frames)
    assert found.rejections == ()
    records = found.categories[category]
    assert len(records) == 40
    assert_same(base, version(generated, category), records, list(range(40)))
    for name, given in columns.items():
        leaf = records.leaf(name)
        if leaf.element_bits:
            values, begin = records.elements(name)
            assert np.array_equal(values, given[0]), name
            assert np.array_equal(begin, given[1]), name
            continue
        sent = (given != b"") if given.dtype.kind == "S" else np.isfinite(given.astype(float))
        if leaf.kind not in ("quantity", "ascii", "icao"):
            sent = given != (np.iinfo(np.int64).min if leaf.signed else -1)
        assert np.array_equal(records.column(name)[sent], given[sent]), name


def test_category_001_is_encoded_in_the_profile_its_rows_name(
    base: ModuleType, generated: ModuleType
) -> None:
    (block,) = encode(
        1,
        {
            "I001/010/SAC": 25,
            "I001/010/SIC": 11,
            "I001/020/TYP": [0, 1],
            "I001/040/RHO": [10.0, 20.0],
            "I001/040/THETA": [90.0, 180.0],
            "I001/161": [-1, 77],
        },
    )
    spec = version(generated, 1)
    parsed = spec.cv_uap._parse_any_uap(base.Bits.from_bytes(block[3:]), 10)
    assert any(
        [type(r) for r in records] == [spec.cv_uap.cv_uaps["plot"], spec.cv_uap.cv_uaps["track"]]
        for records in parsed
    )


def test_an_airspeed_is_sent_and_read_in_the_unit_its_flag_names() -> None:
    columns = {
        "I062/010/SAC": 1,
        "I062/010/SIC": 2,
        "I062/380/IAS/IM": [0, 1],
        "I062/380/IAS/IAS": [0.125, 0.78],
    }
    frames = Frames.from_payloads("asterix", "x", encode(62, columns), [-1])
    records = find_records(frames).categories[62]
    assert records.column("I062/380/IAS/IAS") == pytest.approx([0.125, 0.78], abs=1e-12)
    assert records.integers("I062/380/IAS/IAS").tolist() == [2048, 780]
