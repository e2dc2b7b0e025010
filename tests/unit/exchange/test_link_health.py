"""How a link is told to be: heard or not, early or late, by clocks that agree or do not."""

import pytest

from made_up_stations import NOW_NS
from skypact.exchange.link_health import LinkHealth, ping_content, pong_content
from skypact.exchange.rows import BadContent
from skypact.exchange.throttle import (
    CALM_NS,
    EXCESS_BEFORE,
    LONGEST_CALM_NS,
    RELAPSE_NS,
    Rate,
    Throttle,
)
from skypact.model.time import SECOND_NS

MS = SECOND_NS // 1000


def exchanged(
    health: LinkHealth, now_ns: int, *, ahead_ns: int, there_ns: int, back_ns: int
) -> int:
    """A ping and its pong, with a partner whose clock is ahead; the time then."""
    health.asked(now_ns)
    came_ns = now_ns + there_ns + ahead_ns
    pong = pong_content(ping_content(now_ns), came_ns, came_ns + 3 * MS)
    back = now_ns + there_ns + 3 * MS + back_ns
    health.take_pong(pong, back)
    return back


@pytest.mark.parametrize("ahead_s", [0, 3, -40, 86_400])
def test_the_offset_is_that_of_the_quickest_exchange(ahead_s: int) -> None:
    health, now_ns, ahead_ns = LinkHealth(), NOW_NS, ahead_s * SECOND_NS
    for there, back in ((10, 90), (20, 20), (400, 10), (10, 300)):
        now_ns = exchanged(
            health, now_ns, ahead_ns=ahead_ns, there_ns=there * MS, back_ns=back * MS
        )
    assert health.offset_ns == ahead_ns
    assert health.round_trip_s == 0.04
    assert health.clock_doubted == (abs(ahead_s) > 1)
    assert health.clock_refused == (abs(ahead_s) > 5)


def test_a_clock_that_is_set_is_believed_at_once_where_no_delay_explains_it() -> None:
    health = LinkHealth()
    now_ns = exchanged(health, NOW_NS, ahead_ns=0, there_ns=5 * MS, back_ns=5 * MS)
    now_ns = exchanged(health, now_ns, ahead_ns=SECOND_NS, there_ns=40 * MS, back_ns=40 * MS)
    assert health.offset_ns == SECOND_NS
    exchanged(health, now_ns, ahead_ns=SECOND_NS, there_ns=5 * MS, back_ns=1000 * MS)
    assert health.offset_ns == SECOND_NS, "a slow answer is no clock that was set"


def test_a_pong_that_answers_no_ping_or_comes_twice_is_no_measurement() -> None:
    health = LinkHealth()
    pong = pong_content(ping_content(NOW_NS), NOW_NS, NOW_NS)
    with pytest.raises(BadContent):
        health.take_pong(pong, NOW_NS)
    health.asked(NOW_NS)
    health.take_pong(pong, NOW_NS)
    with pytest.raises(BadContent):
        health.take_pong(pong, NOW_NS)
    assert health.offset_ns == 0


@pytest.mark.parametrize(
    ("came", "answered", "back"),
    [(0, -1, 0), (0, 10, 5), (0, 0, -1), (0, 0, 61 * SECOND_NS)],
)
def test_a_pong_whose_times_cannot_be_is_no_measurement(
    came: int, answered: int, back: int
) -> None:
    health = LinkHealth()
    health.asked(NOW_NS)
    pong = pong_content(ping_content(NOW_NS), NOW_NS + came, NOW_NS + answered)
    with pytest.raises(BadContent):
        health.take_pong(pong, NOW_NS + back)
    assert health.offset_ns is None


@pytest.mark.parametrize(
    "content", [b"", b"\x90", b"\x91\xa1x", b"\x92\x01\x02", b"\xc1", b"\xff" * 9]
)
def test_what_is_no_ping_and_no_pong_is_refused(content: bytes) -> None:
    with pytest.raises(BadContent):
        pong_content(content, NOW_NS, NOW_NS)
    with pytest.raises(BadContent):
        LinkHealth().take_pong(content, NOW_NS)


def test_a_link_is_live_late_stale_or_lost_by_how_long_it_was_silent() -> None:
    health = LinkHealth()
    assert health.state(NOW_NS) == "lost", "never heard"
    health.heard(NOW_NS)
    told = [health.state(NOW_NS + s * SECOND_NS) for s in (0, 2, 3, 5, 6, 30, 31)]
    assert told == ["live", "live", "late", "late", "stale", "stale", "lost"]
    health.heard(NOW_NS - 60 * SECOND_NS)  # our own clock was set back
    assert health.state(NOW_NS - 60 * SECOND_NS) == "live"


def test_a_link_whose_states_come_late_is_late_though_it_is_heard() -> None:
    health = LinkHealth()
    exchanged(health, NOW_NS, ahead_ns=SECOND_NS, there_ns=MS, back_ns=MS)
    for k in range(20):
        health.delayed(NOW_NS + SECOND_NS, NOW_NS + (3 * SECOND_NS if k % 10 == 0 else 50 * MS))
    health.heard(NOW_NS)
    assert health.delay_s(0.5) == 0.05
    assert health.delay_s(0.95) == 3.0
    assert health.state(NOW_NS) == "late"
    health.forget()
    assert health.delay_s(0.95) is None
    assert health.state(NOW_NS) == "live"


# The throttle -------------------------------------------------------------------------------


def throttle(**changes: float) -> Throttle:
    rates = {"envelopes_per_s": 100.0, "bytes_per_s": 10_000.0} | changes
    return Throttle({"live": Rate(**rates), "items": Rate(**rates)})


def admitted(one: Throttle, channel: str, count: int, now_ns: int, size: int = 10) -> int:
    return sum(one.admit(channel, size, now_ns) for _ in range(count))


def test_a_second_s_worth_may_come_at_once_and_then_the_rate() -> None:
    one = throttle()
    assert admitted(one, "live", 500, NOW_NS) == 100
    assert admitted(one, "live", 500, NOW_NS + SECOND_NS // 2) == 50
    assert admitted(one, "live", 500, NOW_NS + 60 * SECOND_NS) == 100


def test_bytes_are_limited_as_envelopes_are() -> None:
    assert admitted(throttle(), "live", 100, NOW_NS, size=1_000) == 10


def test_a_flood_on_one_channel_holds_up_no_other() -> None:
    one = throttle()
    admitted(one, "live", 10_000, NOW_NS)
    assert admitted(one, "items", 100, NOW_NS) == 100
    assert admitted(one, "nonsense", 100, NOW_NS) == 10


def test_a_flood_is_told_within_a_second_and_until_it_was_calm_for_ten() -> None:
    one, now_ns = throttle(), NOW_NS
    assert not one.throttled(now_ns)
    for _ in range(5):
        admitted(one, "live", 20, now_ns)  # within the rate
        now_ns += SECOND_NS // 5
    assert not one.throttled(now_ns)
    admitted(one, "live", 100 + EXCESS_BEFORE, now_ns)
    assert one.throttled(now_ns)
    assert one.throttled(now_ns + CALM_NS - 1)
    assert not one.throttled(now_ns + CALM_NS)
    assert not one.throttled(now_ns), "once over it is over"


def test_whoever_floods_again_at_once_waits_twice_as_long_up_to_a_limit() -> None:
    one, now_ns, calm_ns = throttle(), NOW_NS, CALM_NS
    for _ in range(6):
        admitted(one, "live", 100 + EXCESS_BEFORE, now_ns)
        assert one.flooded(now_ns + calm_ns - 1) == {"live"}
        now_ns += calm_ns
        assert not one.throttled(now_ns)
        calm_ns = min(2 * calm_ns, LONGEST_CALM_NS)
        now_ns += SECOND_NS
    now_ns += RELAPSE_NS
    admitted(one, "live", 100 + EXCESS_BEFORE, now_ns)
    assert one.throttled(now_ns + CALM_NS - 1)
    assert not one.throttled(now_ns + CALM_NS)


def test_what_could_not_be_looked_at_in_time_counts_as_too_much() -> None:
    one = throttle()
    for _ in range(EXCESS_BEFORE):
        one.exceed("live", NOW_NS)
    assert one.flooded(NOW_NS) == {"live"}


def test_a_clock_that_is_set_back_fills_no_bucket_and_blocks_none_for_ever() -> None:
    one = throttle()
    admitted(one, "live", 100, NOW_NS)
    earlier = NOW_NS - 3600 * SECOND_NS
    assert admitted(one, "live", 100, earlier) == 0
    assert admitted(one, "live", 500, earlier + SECOND_NS) == 100
