"""The encoder: known bytes, blocks below their limit, refusals that name field and row."""

from typing import Any

import numpy as np
import pytest

from skypact.feeds.asterix import AsterixPlots, decode_items
from skypact.feeds.asterix.encode import encode, encode_blocks
from skypact.kernels.compilation import REGISTRY
from skypact.model.frames import Frames
from skypact.model.sensors import SensorTable

SOURCE = {"I048/010/SAC": 25, "I048/010/SIC": 11}


def decoded(payloads: list[bytes], category: int) -> Any:
    frames = Frames.from_payloads("asterix", "x", payloads, [-1] * len(payloads))
    batch = decode_items(frames)
    assert batch.rejections == ()
    return batch.categories[category]


def test_a_north_mark_has_the_bytes_of_the_standard() -> None:
    # FSPEC 1110 1000: 010, 000, 030, 041; 5 s turn in 1/128 s is 640
    columns = {
        "I034/010/SAC": 25,
        "I034/010/SIC": 14,
        "I034/000": 1,
        "I034/030": 2.0,
        "I034/041": 5.0,
    }
    assert encode(34, columns) == [bytes.fromhex("22000c e8 190e 01 000100 0280".replace(" ", ""))]


def test_rows_fill_blocks_in_order_below_the_limit() -> None:
    rows = 500
    columns = SOURCE | {"I048/140": np.arange(rows) / 128, "I048/220": np.arange(rows)}
    encoded = encode_blocks(48, columns, max_block_bytes=100)
    assert max(map(len, encoded.payloads)) <= 100
    assert encoded.first_row[0] == 0
    assert encoded.first_row[-1] == rows
    items = decoded(encoded.payloads, 48)
    assert items.columns["I048/220"].tolist() == list(range(rows))
    starts = np.searchsorted(items.frame, np.arange(len(encoded.payloads)))
    assert starts.tolist() == encoded.first_row[:-1].tolist()


def test_no_rows_give_no_blocks() -> None:
    assert encode(48, {"I048/140": np.empty(0)}) == []


def test_items_are_left_out_where_all_their_fields_are_absent() -> None:
    items = decoded(
        encode(
            48,
            SOURCE
            | {
                "I048/040/RHO": [1.0, np.nan],
                "I048/070/MODE3A": [-1, 0o7000],
                "I048/240": ["", "KGA1"],
                "I048/130/SRL": [np.nan, 0.0],
                "I048/170/TRE": [1, -1],
            },
        ),
        48,
    )
    assert items.columns["I048/040/RHO"][0] == 1.0
    assert np.isnan(items.columns["I048/040/RHO"][1])
    assert items.columns["I048/070/MODE3A"].tolist() == [-1, 0o7000]
    assert items.columns["I048/240"].tolist() == [b"", b"KGA1"]
    assert items.columns["I048/130/SRL"][1] == 0.0
    assert items.columns["I048/170/TRE"].tolist() == [1, -1]
    assert items.columns["I048/170/CNF"].tolist() == [0, -1], "the part before it is sent as zeros"


@pytest.mark.parametrize("angle", [360.0, 359.999, 0.0])
def test_an_azimuth_that_rounds_to_a_whole_turn_is_north(angle: float) -> None:
    columns = SOURCE | {"I048/040/RHO": [1.0], "I048/040/THETA": [angle]}
    assert decoded(encode(48, columns), 48).columns["I048/040/THETA"][0] == 0.0


def test_midnight_reached_by_rounding_is_zero() -> None:
    columns = SOURCE | {"I048/140": [86_399.999]}
    assert decoded(encode(48, columns), 48).columns["I048/140"][0] == 0.0


def test_an_older_edition_can_be_sent() -> None:
    assert encode(62, {"I062/010/SAC": 1, "I062/010/SIC": [2]}, edition="1.18")


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"I048/040/RHO": [1.0, 256.0]}, "I048/040/RHO: .*256.0.* in row 1"),
        ({"I048/040/RHO": [1.0, -0.1]}, "in row 1"),
        ({"I048/040/RHO": [1.0, np.inf]}, "in row 1"),
        ({"I048/220": [0, 1 << 24]}, "I048/220: .*in row 1"),
        ({"I048/220": [0, -2]}, "in row 1"),
        ({"I048/240": ["OK", "TOOLONGNAME"]}, "I048/240: .*in row 1"),
        ({"I048/240": ["OK", "lower"]}, "in row 1"),
        ({"I048/090/FL": [1.0, 2048.0]}, "signed bits of 0.25 FL"),
        ({"I048/090/FL": ["1", "2"]}, "takes numbers"),
        ({"I048/240": [1, 2]}, "takes text"),
        ({"I048/999": [1, 2]}, "has no I048/999"),
        ({"I048/250/MBDATA": [1, 2]}, "is repetitive"),
        ({"I048/220": [1, 2], "I048/161/TRN": [1]}, "differ in length"),
    ],
)
def test_what_does_not_fit_is_refused_by_field_and_row(columns: dict[str, Any], words: str) -> None:
    with pytest.raises(ValueError, match=words):
        encode(48, SOURCE | columns)


def test_an_item_of_the_other_layout_is_refused_rather_than_lost() -> None:
    plots = {"I001/010/SAC": 25, "I001/010/SIC": 11, "I001/020/TYP": [1, 0]}
    with pytest.raises(ValueError, match="I001/161 is no part of the layout that row 1"):
        encode(1, plots | {"I001/161": [7, 8]})


def test_a_row_without_any_field_is_refused() -> None:
    with pytest.raises(ValueError, match="row 1 has no field"):
        encode(48, {"I048/220": [1, -1]})


def test_a_record_larger_than_a_block_is_refused() -> None:
    with pytest.raises(ValueError, match="row 0 does not fit"):
        encode(48, SOURCE | {"I048/240": ["ABCDEFGH"]}, max_block_bytes=10)


def test_a_repetitive_item_has_as_many_elements_as_its_row_says() -> None:
    begin = np.array([0, 0, 3])
    columns = SOURCE | {
        "I048/161/TRN": [1, 2],
        "I048/250/MBDATA": (np.array([1, 2, 3]), begin),
        "I048/250/BDS1": (np.array([4, 5, 6]), begin),
    }
    items = decoded(encode(48, columns), 48)
    for name in ("I048/250/MBDATA", "I048/250/BDS1"):
        values, rows = items.lists[name]
        assert values.tolist() == columns[name][0].tolist()
        assert rows.tolist() == [0, 0, 3]


def test_an_expansion_field_too_long_for_its_length_byte_is_refused() -> None:
    count = 80
    begin = np.array([0, count])
    columns = {
        "I062/010/SAC": 1,
        "I062/010/SIC": [2],
        "I062/RE/CST/SAC": (np.ones(count, int), begin),
        "I062/RE/CST/SIC": (np.arange(count), begin),
    }
    with pytest.raises(ValueError, match="row 0 does not fit"):
        encode(62, columns)
    begin[1] = 3
    for name in ("I062/RE/CST/SAC", "I062/RE/CST/SIC"):
        columns[name] = (columns[name][0][:3], begin)
    items = decoded(encode(62, columns), 62)
    assert items.lists["I062/RE/CST/SIC"][0].tolist() == [0, 1, 2]


def test_kernels_meet_only_the_types_they_were_compiled_for() -> None:
    columns = SOURCE | {"I048/040/RHO": [1.0], "I048/240": ["KGA1"]}
    frames = Frames.from_payloads("asterix", "x", encode(48, columns), [-1])
    AsterixPlots(SensorTable(())).read(frames)
    decode_items(frames)
    for dispatcher, signature in REGISTRY:
        if ".asterix_" in dispatcher.py_func.__module__:
            dispatcher.compile(signature)
            assert len(dispatcher.signatures) == 1, dispatcher.py_func.__name__
