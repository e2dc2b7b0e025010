"""Numbers: what is missing, what comes twice, what comes too late."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lying_station import Liar
from made_up_stations import joined_pair
from skypact.exchange.header import Parts
from skypact.exchange.refusals import EnvelopeRefused, Refusal
from skypact.exchange.window import MOST_MISSING, WINDOW, Window

HEADER = Liar(joined_pair()[0]).header(number=1)


def parts(number: int, content: bytes = b"") -> Parts:
    header = msgspec.structs.replace(HEADER, number=number)
    return Parts(header, number.to_bytes(8, "big"), b"", content.ljust(32), bytes(64))


def refused(window: Window, number: int, content: bytes = b"") -> Refusal:
    with pytest.raises(EnvelopeRefused) as error:
        window.take(parts(number, content))
    assert error.value.signed
    return error.value.reason


def test_what_is_skipped_is_missing_and_what_comes_late_is_taken_back() -> None:
    window = Window()
    assert window.take(parts(1)).missing == 0
    assert window.take(parts(5)).missing == 3
    place = window.take(parts(3))
    assert (place.missing, place.late) == (0, True)
    assert window.take(parts(6)).missing == 0


def test_the_same_twice_is_a_duplicate_and_another_of_its_number_equivocation() -> None:
    window = Window()
    window.take(parts(7, b"one"))
    assert refused(window, 7, b"one") is Refusal.DUPLICATE
    assert refused(window, 7, b"other") is Refusal.EQUIVOCATION


def test_the_window_ends_where_it_says() -> None:
    window = Window()
    window.take(parts(WINDOW + 1))
    assert window.take(parts(2)).late
    assert refused(window, 1) is Refusal.REPLAYED
    assert refused(window, 2) is Refusal.DUPLICATE


def test_a_partner_cannot_make_us_count_without_end_or_slow_down() -> None:
    window = Window()
    assert window.take(parts(2**63 - 1)).missing == MOST_MISSING
    assert refused(window, 5) is Refusal.REPLAYED


@given(st.lists(st.integers(1, 3000), max_size=300))
def test_each_number_is_let_in_once_and_the_count_of_missing_is_right(numbers: list[int]) -> None:
    window, come, missing = Window(), set(), 0
    for number in numbers:
        newest = window.newest
        if number <= newest - WINDOW:
            assert refused(window, number) is Refusal.REPLAYED
        elif number in come:
            assert refused(window, number) is Refusal.DUPLICATE
        else:
            place = window.take(parts(number))
            come.add(number)
            missing += place.missing - place.late
    assert missing == window.newest - len(come)
    assert window.newest == max(come, default=0)
