"""The stations of an agreement: who they are, and that no two give out one track number."""

from itertools import combinations
from pathlib import Path

import msgspec
import pytest

from agreement_texts import first_version
from agreements_made_up import agreement
from skypact.agreement.canonical import canonical_bytes, digest_of, document_from
from skypact.agreement.checking import check
from skypact.agreement.checking_together import check_together
from skypact.agreement.difference import difference
from skypact.agreement.document import Document, Heading, Numbers
from skypact.agreement.prose import prose
from skypact.agreement.reading import agreement_from, read_agreement
from skypact.agreement.stations import Station, number_blocks, stations_of
from skypact.model.errors import BadInput
from skypact.model.exchange import NumberBlock, blocks_of, is_station_code

EXAMPLES = Path(__file__).parents[3] / "examples" / "agreements"
LARGEST = 2**32 - 2


def row(station: str, first: int, last: int, party: str = "AV", **values: bool) -> Numbers:
    return Numbers(station=station, party=party, clause="a", first=first, last=last, **values)


def with_rows(*rows: Numbers, name: str = "rivers") -> Document:
    heading = Heading(id=name, title={"en": name})
    return msgspec.structs.replace(agreement(heading=heading), numbers=rows)


def names(*documents: Document) -> list[str]:
    found = check(*documents) if len(documents) == 1 else check_together(documents)
    return [problem.name for problem in found if problem.severity == "error"]


def test_the_founding_agreement_has_two_nations_and_a_joint_post() -> None:
    document = read_agreement(EXAMPLES / "ru-kg-2022.toml").document
    assert stations_of(document) == (
        Station("RU", "RU"),
        Station("KG", "KG"),
        Station("KANT", "KG", joint_post=True),
    )
    blocks = number_blocks(document)
    assert blocks_of(blocks, "KANT") == (NumberBlock("KANT", 30_000_000, 39_999_999),)


def test_no_two_stations_of_the_examples_share_a_number() -> None:
    blocks = {
        block
        for path in EXAMPLES.glob("*.toml")
        for block in number_blocks(read_agreement(path).document)
    }
    assert len(blocks) > 10
    for one, other in combinations(blocks, 2):
        assert one.station != other.station
        assert one.last < other.first or other.last < one.first
    assert all(is_station_code(block.station) for block in blocks)


def test_an_agreement_without_the_table_has_a_station_for_each_party_and_no_numbers() -> None:
    assert stations_of(agreement()) == (Station("AV", "AV"), Station("BO", "BO"))
    assert number_blocks(agreement()) == ()


def test_a_text_without_the_table_keeps_the_digest_it_was_signed_under() -> None:
    """These digests were made before the format knew the table."""
    signed = (
        (first_version(), "441b6ea256be493ab293f9828a9f9f95a4dfe868b03ae0d881177ec973c9cb1f"),
        (agreement(), "aa34cfb4ef017a0e006b202d5d02c5c57401cf42215cd753e4366f47caf991b3"),
    )
    for document, digest in signed:
        assert digest_of(document).hex() == digest


def test_the_table_is_part_of_what_is_signed() -> None:
    one = with_rows(row("AV", 1, 9), row("BO", 10, 19, "BO"))
    other = with_rows(row("AV", 1, 9), row("BO", 10, 20, "BO"))
    assert digest_of(one) != digest_of(other)
    assert digest_of(one) != digest_of(agreement())
    assert document_from(canonical_bytes(one)) == one


@pytest.mark.parametrize(
    ("number", "fits"), [(0, False), (1, True), (LARGEST, True), (LARGEST + 1, False)]
)
def test_a_number_lies_between_one_and_the_largest(number: int, fits: bool) -> None:
    text = (EXAMPLES / "two-rivers.toml").read_text()
    changed = text.replace("first = 3_000_000", f"first = {number}").replace(
        "last = 3_999_999", f"last = {LARGEST if fits else 3_999_999}"
    )
    if fits:
        block = blocks_of(number_blocks(agreement_from(changed, folder=EXAMPLES).document), "WATCH")
        assert block == (NumberBlock("WATCH", number, LARGEST),)
        return
    with pytest.raises(BadInput) as refused:
        agreement_from(changed, folder=EXAMPLES)
    line = changed[: changed.index(f"first = {number}\n")].count("\n") + 1
    assert f"line {line}" in str(refused.value.where)


@pytest.mark.parametrize("code", ["kg", "1KG", "TOO-LONG-", "", "K G"])
def test_a_code_that_cannot_travel_is_refused_with_its_line(code: str) -> None:
    text = (EXAMPLES / "two-rivers.toml").read_text()
    changed = text.replace('station = "WATCH"', f'station = "{code}"')
    with pytest.raises(BadInput) as refused:
        agreement_from(changed, folder=EXAMPLES)
    line = changed[: changed.index(f'station = "{code}"')].count("\n") + 1
    assert f"line {line}" in str(refused.value.where)


def test_blocks_that_touch_are_sound_and_blocks_that_share_a_number_are_not() -> None:
    assert names(with_rows(row("AV", 1, 9), row("BO", 10, 19, "BO"))) == []
    assert names(with_rows(row("AV", 1, 10), row("BO", 10, 19, "BO"))) == ["overlapping-numbers"]
    assert names(with_rows(row("AV", 5, 5), row("BO", 1, 9, "BO"))) == ["overlapping-numbers"]


def test_a_joint_post_is_not_named_as_a_party_nor_a_station_as_another_party() -> None:
    post = row("BO", 20, 29, joint_post=True)
    assert "station-named-as-party" in names(with_rows(row("AV", 1, 9), post))
    assert "station-named-as-party" in names(with_rows(row("AV", 1, 9), row("BO", 20, 29)))
    assert names(with_rows(row("AV", 1, 9), row("POST", 20, 29, joint_post=True))) == []


def test_at_most_sixty_four_stations_take_part() -> None:
    def many(count: int) -> Document:
        return with_rows(*(row(f"S{n}", 10 * n + 1, 10 * n + 9) for n in range(count)))

    assert names(many(64)) == []
    assert names(many(65)) == ["too-many"]


def test_a_station_is_the_same_and_its_numbers_its_own_in_every_agreement() -> None:
    rivers = with_rows(row("AV", 1, 9), row("BO", 10, 19, "BO"))
    assert names(rivers, with_rows(row("AV", 1, 9), row("BO", 20, 29, "BO"), name="lakes")) == []
    assert names(rivers, with_rows(row("CO", 9, 20), name="lakes")) == ["overlapping-numbers"] * 2
    post = row("POST", 30, 39, joint_post=True)
    contradicted = with_rows(row("POST", 30, 39), name="lakes")
    assert names(with_rows(post), contradicted) == ["station-contradicted"]


def test_stations_read_as_a_treaty_would_put_them() -> None:
    text = prose(read_agreement(EXAMPLES / "ru-kg-2022.toml").document)
    assert (
        "- KANT — joint post, hosted by Kyrgyz Republic; gets what every other party may see;"
        " gives out joint track numbers 30000000 to 39999999 (numbers)"
    ) in text
    russian = prose(read_agreement(EXAMPLES / "ru-kg-2022.toml").document, "ru")
    assert "- RU — личный состав: Российская Федерация; присваивает номера" in russian


def test_a_change_of_stations_is_told() -> None:
    old = with_rows(row("AV", 1, 9), row("BO", 10, 19, "BO"))
    new = with_rows(row("AV", 1, 8), row("POST", 20, 29, joint_post=True))
    assert [(change.kind, change.path) for change in difference(old, new)] == [
        ("changed", "numbers AV"),
        ("added", "numbers POST"),
        ("removed", "numbers BO"),
    ]
    said = difference(old, new)[0].words
    assert "numbers 1 to 8 (a); it is AV" in said
