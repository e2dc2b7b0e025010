"""The signed bytes are the same for the same text, however its file is laid out."""

import struct
import unicodedata

import msgspec
import pytest

from agreement_texts import first_version
from skypact.agreement.canonical import (
    canonical_bytes,
    canonical_json,
    digest_of,
    document_from,
    number_text,
)
from skypact.agreement.document import Area
from skypact.model.errors import BadInput


@pytest.mark.parametrize(
    ("bits", "text"),
    [  # RFC 8785, appendix B
        ("0000000000000000", "0"),
        ("8000000000000000", "0"),
        ("0000000000000001", "5e-324"),
        ("8000000000000001", "-5e-324"),
        ("7fefffffffffffff", "1.7976931348623157e+308"),
        ("ffefffffffffffff", "-1.7976931348623157e+308"),
        ("4340000000000000", "9007199254740992"),
        ("c340000000000000", "-9007199254740992"),
        ("4430000000000000", "295147905179352830000"),
        ("44b52d02c7e14af5", "9.999999999999997e+22"),
        ("44b52d02c7e14af6", "1e+23"),
        ("44b52d02c7e14af7", "1.0000000000000001e+23"),
        ("444b1ae4d6e2ef4e", "999999999999999700000"),
        ("444b1ae4d6e2ef4f", "999999999999999900000"),
        ("444b1ae4d6e2ef50", "1e+21"),
        ("3eb0c6f7a0b5ed8c", "9.999999999999997e-7"),
        ("3eb0c6f7a0b5ed8d", "0.000001"),
        ("41b3de4355555553", "333333333.3333332"),
        ("41b3de4355555554", "333333333.33333325"),
        ("41b3de4355555555", "333333333.3333333"),
        ("41b3de4355555556", "333333333.3333334"),
        ("41b3de4355555557", "333333333.33333343"),
        ("becbf647612f3696", "-0.0000033333333333333333"),
        ("43143ff3c1cb0959", "1424953923781206.2"),
    ],
)
def test_numbers_are_written_as_rfc_8785_shows(bits: str, text: str) -> None:
    (value,) = struct.unpack(">d", bytes.fromhex(bits))
    assert number_text(value) == text
    assert float(text) == value


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf"), 2**53 + 1, 1e30])
def test_a_number_that_readers_would_take_differently_is_refused(value: float) -> None:
    with pytest.raises(BadInput):
        canonical_json({"number": value})


def test_text_and_literals_are_written_as_rfc_8785_section_3_2_2_shows() -> None:
    value = {
        "numbers": [333333333.33333329, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": '€$\u000f\nA\'B"\\\\"/',
        "literals": [None, True, False],
    }
    assert canonical_json(value) == (
        b'{"literals":[null,true,false],"numbers":[333333333.3333333,4.5,0.002,1e-27],'
        b'"string":"\xe2\x82\xac$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )


def test_keys_are_sorted_as_rfc_8785_section_3_2_3_shows() -> None:
    keys = ["€", "\r", "דּ", "1", "😀", "\x80", "ö"]
    ordered = list(msgspec.json.decode(canonical_json(dict.fromkeys(keys, 0))))
    expected = ["\r", "1", "\x80", "ö", "€", "😀", "דּ"]
    # U+FB33 is taken apart by normal form C; RFC 8785 itself leaves strings as they are.
    assert ordered == sorted(
        (unicodedata.normalize("NFC", key) for key in expected),
        key=lambda key: key.encode("utf-16-be"),
    )


def test_letters_made_in_two_ways_are_the_same_text() -> None:
    one, two = "\u0439", "\u0438\u0306"
    assert canonical_json(one) == canonical_json(two)
    with pytest.raises(BadInput, match="two keys"):
        canonical_json({one: 1, two: 2})


def test_half_a_character_is_refused() -> None:
    with pytest.raises(BadInput, match="half a character"):
        canonical_json("\ud800")


def test_a_documents_bytes_give_the_document_back() -> None:
    document = first_version()
    data = canonical_bytes(document)
    assert canonical_bytes(document_from(data)) == data
    assert document_from(data).party == document.party


def test_bytes_that_are_not_canonical_are_refused() -> None:
    data = canonical_bytes(first_version())
    with pytest.raises(BadInput, match="not in its canonical form"):
        document_from(data.replace(b",", b", ", 1))
    with pytest.raises(BadInput, match="not an agreement"):
        document_from(data[:-1])


def test_what_stands_at_its_default_leaves_no_trace() -> None:
    assert b"notice_form" not in canonical_bytes(first_version())


def test_an_integer_and_the_same_float_in_a_geometry_are_the_same() -> None:
    one = first_version()
    geometry = {
        "coordinates": [[[1.0, 2.0], [3.5, 2.0], [1.0, 4.0], [1.0, 2.0]]],
        "type": "Polygon",
    }
    area = msgspec.structs.replace(one.area[0], geometry=geometry)
    assert digest_of(msgspec.structs.replace(one, area=(area,))) == digest_of(one)


def test_an_area_that_only_names_its_file_cannot_be_signed() -> None:
    area = Area(id="a", name={"en": "A"}, clause="art-1", kind="own", file="a.geojson")
    with pytest.raises(BadInput, match=r"a\.geojson"):
        canonical_bytes(msgspec.structs.replace(first_version(), area=(area,)))


def test_the_digest_of_a_known_text_never_changes() -> None:
    # A golden number: if it differs, every signature made so far is void.
    assert (
        digest_of(first_version()).hex()
        == "441b6ea256be493ab293f9828a9f9f95a4dfe868b03ae0d881177ec973c9cb1f"
    )
