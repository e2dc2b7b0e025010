"""Joint numbers: whose they are, which are given, and which of several an aircraft keeps."""

from __future__ import annotations

import numpy as np

from joint_pictures import blocks_for
from skypact.model.exchange import NumberBlock
from skypact.picture.numbers import MOST_RETIRED, NumberBlocks, NumberClaims, resolve
from skypact.picture.stations import MOST_STATIONS, StationIndex

NONE = np.empty(0, np.int64)


def blocks(next_number: int = 0, *more: NumberBlock) -> NumberBlocks:
    known = (*blocks_for("KG", "KZ", "RU"), *more)
    return NumberBlocks(StationIndex("KG", ["KG", "KZ", "RU"]), known, next_number)


def claims(*rows: tuple[int, int, int, int, int]) -> NumberClaims:
    """Rows of (group, number, allotted_ns, standing, rank)."""
    table = np.array(rows, np.int64).reshape(-1, 5)
    count = len(table)
    return NumberClaims(*table.T, heard_ns=np.zeros(count, np.int64), track=np.arange(count))


def test_a_number_belongs_to_the_station_in_whose_block_it_lies_both_ends_included() -> None:
    numbers = np.array([0, 999, 1_000, 1_999, 2_000, 3_999, 4_000, -1, 2**40])
    assert blocks().owner(numbers).tolist() == [-1, -1, 0, 0, 1, 2, -1, -1, -1]


def test_numbers_are_given_one_after_another_and_go_on_after_a_restart() -> None:
    one = blocks()
    assert one.give(3, NONE).tolist() == [1_000, 1_001, 1_002]
    assert one.next_number == 1_003
    assert one.given(np.array([1_002, 1_003])).tolist() == [True, False]
    again = blocks(one.next_number)
    assert again.give(2, NONE).tolist() == [1_003, 1_004]


def test_a_second_block_follows_the_first_and_a_full_one_begins_anew_with_what_is_free() -> None:
    one = blocks(1_998, NumberBlock("KG", 9_000, 9_001))
    assert one.give(3, NONE).tolist() == [1_998, 1_999, 9_000]
    one.retire(np.array([1_001]), np.array([1_000]))
    in_use = np.array([1_000, 1_998, 1_999, 9_000])
    assert one.give(3, in_use).tolist() == [9_001, 1_002, 1_003]
    assert one.given(np.array([1_500])).tolist() == [True], "it may have been given before"


def test_a_block_in_which_everything_is_in_use_gives_nothing_and_says_so() -> None:
    one = NumberBlocks(StationIndex("KG", []), [NumberBlock("KG", 1, 3)])
    assert one.give(5, NONE).tolist() == [1, 2, 3]
    assert one.exhausted
    assert one.give(1, np.array([1, 2, 3])).tolist() == []
    assert one.give(1, np.array([1, 3])).tolist() == [2]
    assert not one.exhausted


def test_a_station_without_a_block_gives_nothing() -> None:
    assert len(NumberBlocks(StationIndex("KG", []), blocks_for("RU")).give(2, NONE)) == 0


def test_the_oldest_allotment_stays_and_of_equal_ones_the_lower_number() -> None:
    number, allotted = resolve(
        claims(
            (0, 1_005, 20, 1, 0), (0, 3_001, 10, 0, 1), (1, 3_002, 10, 0, 1), (1, 1_006, 10, 0, 0)
        ),
        3,
    )
    assert number.tolist() == [3_001, 1_006, 0]
    assert allotted.tolist() == [10, 10, 0]


def test_a_number_claimed_for_two_tracks_stays_where_its_giver_means_it() -> None:
    number, _ = resolve(claims((0, 3_001, 10, 1, 0), (1, 3_001, 10, 0, 2)), 2)
    assert number.tolist() == [0, 3_001]
    number, _ = resolve(claims((0, 3_001, 10, 1, 0), (0, 1_007, 30, 0, 0), (1, 3_001, 10, 0, 2)), 2)
    assert number.tolist() == [1_007, 3_001], "the loser goes by its next number"


def test_where_the_giver_is_silent_the_first_station_by_code_is_believed() -> None:
    number, _ = resolve(claims((0, 3_001, 10, 1, 2), (1, 3_001, 10, 1, 0)), 2)
    assert number.tolist() == [0, 3_001]


def test_what_is_only_remembered_counts_where_nobody_claims() -> None:
    number, _ = resolve(claims((0, 3_001, 10, 2, 9), (0, 3_005, 50, 0, 2)), 1)
    assert number.tolist() == [3_005]
    number, _ = resolve(claims((0, 3_001, 10, 2, 9), (1, 3_001, 10, 0, 2), (2, 3_009, 1, 2, 9)), 3)
    assert number.tolist() == [0, 3_001, 3_009]


def random_claims(rng: np.random.Generator, count: int) -> NumberClaims:
    """Few joint tracks, numbers, times, standings and stations, so that they meet often."""
    most = np.array([8, 6, 3, 3, 3])
    table = rng.integers(0, most, (count, 5))
    return claims(*[tuple(row) for row in table.tolist()])


def test_no_number_is_given_to_two_tracks_however_many_claim_it() -> None:
    rng = np.random.default_rng(4)
    for _ in range(300):
        number, _ = resolve(random_claims(rng, 30), 8)
        given = number[number > 0]
        assert len(np.unique(given)) == len(given)


def test_the_result_does_not_depend_on_the_order_of_claims() -> None:
    rng = np.random.default_rng(5)
    for _ in range(100):
        rows = random_claims(rng, 20)
        mixed = rows.take(rng.permutation(20))
        assert resolve(rows, 8)[0].tolist() == resolve(mixed, 8)[0].tolist()


def test_a_retired_number_leads_to_the_one_that_stayed() -> None:
    one = blocks()
    one.retire(np.array([3_005]), np.array([3_001]))
    one.retire(np.array([3_001]), np.array([1_000]))
    assert [one.current(n) for n in (3_005, 3_001, 1_000, 77)] == [1_000, 1_000, 1_000, 77]
    one.retire(np.array([1_000]), np.array([3_005]))
    assert one.current(3_001) == 3_005, "no circle, however often numbers are exchanged"


def test_the_memory_of_retired_numbers_is_bounded() -> None:
    one = blocks()
    numbers = np.arange(MOST_RETIRED + 50)
    one.retire(numbers + 10**6, np.full(len(numbers), 1_000))
    assert len(one.retired) == MOST_RETIRED
    assert one.current(10**6) == 10**6
    assert one.current(10**6 + MOST_RETIRED) == 1_000


def test_stations_have_indexes_of_their_own_until_there_are_no_more() -> None:
    index = StationIndex("KG", ["RU", "KZ"])
    assert index.codes == ["KG", "KZ", "RU"]
    for k in range(MOST_STATIONS):
        index.index(f"S{k}")
    assert len(index.codes) == MOST_STATIONS
    assert index.index("LATE") == -1
    assert index.index("KZ") == 1
    assert [index.codes[k] for k in np.argsort(index.rank())] == sorted(index.codes)
