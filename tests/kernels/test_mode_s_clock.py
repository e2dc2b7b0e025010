"""Times from a 12 MHz counter: wraps, restarts, drift and missing times of reception."""

import numpy as np
import pytest

from skypact.kernels import mode_s_clock as kernels

SECOND = 1_000_000_000
TICKS = 12_000_000
TURN = 1 << 48
START = 1_700_000_000 * SECOND


def tagged(
    counter: list[int], frame: list[int], reception: list[int], clock: np.ndarray | None = None
) -> tuple[list[int], list[int]]:
    measured, received = np.empty(len(counter), np.int64), np.empty(len(counter), np.int64)
    kernels.tag_times(
        np.array(counter, np.int64),
        np.array(frame, np.int64),
        np.array(reception, np.int64),
        START,
        np.zeros(4, np.int64) if clock is None else clock,
        measured,
        received,
    )
    return measured.tolist(), received.tolist()


def from_start(*seconds: float) -> list[int]:
    return [START + round(s * SECOND) for s in seconds]


def test_without_reception_times_run_from_the_start() -> None:
    measured, received = tagged([500, 500 + TICKS, 500 + 3 * TICKS], [0, 0, 0], [-1])
    assert measured == from_start(0, 1, 3)
    assert received == measured


def test_a_tick_is_a_twelfth_of_a_microsecond() -> None:
    assert tagged([0, 1, 2, 3, 12], [0] * 5, [-1])[0] == [
        START + n for n in (0, 83, 166, 250, 1000)
    ]


def test_the_wrap_of_48_bits_is_not_seen() -> None:
    measured, _ = tagged([TURN - TICKS, 0, TICKS], [0] * 3, [-1])
    assert measured == from_start(0, 1, 2)


def test_a_slightly_late_message_keeps_its_time_but_reception_never_goes_back() -> None:
    measured, received = tagged([0, TICKS, TICKS // 2], [0] * 3, [-1])
    assert measured == from_start(0, 1, 0.5)
    assert received == from_start(0, 1, 1)


@pytest.mark.parametrize("jump", [-5_000 * TICKS, -2 * TICKS, 4_000 * TICKS, TURN // 2 + 7])
def test_a_restart_of_the_counter_goes_on_from_the_latest_time(jump: int) -> None:
    counter = [10 * TICKS, 11 * TICKS, (11 * TICKS + jump) % TURN, (12 * TICKS + jump) % TURN]
    assert tagged(counter, [0] * 4, [-1])[0] == from_start(0, 1, 1, 2)


def test_years_of_counting_gather_no_error() -> None:
    clock = np.zeros(4, np.int64)
    hours = 24 * 365 * 3
    counter = [(7 + hour * 3_599 * TICKS) % TURN for hour in range(hours)]
    measured, _ = tagged(counter, [0] * hours, [-1], clock)
    assert measured[-1] == START + (hours - 1) * 3_599 * SECOND


def test_with_reception_the_last_message_of_the_first_frame_sets_the_clock() -> None:
    at = START + 50 * SECOND
    measured, received = tagged(
        [4, 4 + TICKS // 4, 4 + TICKS // 2], [0, 0, 1], [at, at + SECOND // 4]
    )
    assert measured == [at - SECOND // 4, at, at + SECOND // 4]
    assert received == [at, at, at + SECOND // 4]


def test_no_message_is_measured_after_its_reception_and_the_least_delayed_frame_counts() -> None:
    at = START
    reception = [at + SECOND // 2, at + SECOND, at + 2 * SECOND]  # the first came late
    measured, _ = tagged([TICKS, 2 * TICKS - 1200, 3 * TICKS], [0, 1, 2], reception)
    assert measured[1] == reception[1]
    # 1,200 ticks are 100 us: the third frame was delayed by that much less than the second
    assert measured == [reception[0], reception[1], reception[2]]


@pytest.mark.parametrize("behind", [2 * TICKS, 10_000 * TICKS])
def test_a_counter_over_a_second_behind_reception_is_set_anew(behind: int) -> None:
    reception = [START, START + 20_000 * SECOND]
    measured, _ = tagged([0, 20_000 * TICKS - behind], [0, 1], reception)
    assert measured == reception


@pytest.mark.parametrize("counter", [0, kernels.MLAT_COUNTER])
def test_a_counter_that_tells_no_time_leaves_the_clock_alone(counter: int) -> None:
    reception = [START, START + SECOND, START + 2 * SECOND]
    measured, _ = tagged([TICKS, counter, 3 * TICKS], [0, 1, 2], reception)
    assert measured == reception


def test_a_made_up_counter_in_a_recording_takes_the_latest_time() -> None:
    counter = [TICKS, 2 * TICKS, kernels.MLAT_COUNTER, 3 * TICKS]
    assert tagged(counter, [0] * 4, [-1])[0] == from_start(0, 1, 1, 2)
