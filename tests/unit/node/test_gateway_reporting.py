"""Who reports among gateways: through a joint post, and when an agreement ends."""

from __future__ import annotations

import msgspec
import numpy as np

from gateways_in_process import InProcess, World, numbered_pact, numbers
from pacts_made_up import flying, rule
from skypact.model.time import SECOND_NS, from_iso

LAST_DAY = from_iso("2035-02-02")


def reporters(one: InProcess) -> dict[int, str]:
    """By joint number, who reports each track that a station shows."""
    picture = one.picture
    return {
        int(number): picture.stations[int(reporter)]
        for number, reporter in zip(picture.tracks.track, picture.reporter, strict=True)
    }


def test_nations_that_meet_through_the_post_alone_name_one_reporter() -> None:
    document = numbered_pact(rule("all"))
    east = InProcess("EA", "EA", {"POST": "EA"}, document)
    west = InProcess("WE", "WE", {"POST": "EA"}, document)
    post = InProcess("POST", "EA", {"EA": "EA", "WE": "WE"}, document)
    world = World([east, west, post])
    east.own = flying(5)
    west.own = flying(6, horizontal_sigma_m=np.full(6, 40.0)).take(np.array([3, 4, 5]))
    world.run(20)
    assert len(reporters(post)) == 6
    assert reporters(east) == reporters(west) == reporters(post)
    assert set(reporters(east).values()) == {"EA", "WE"}
    before = reporters(east)
    world.cut = {frozenset(("EA", "POST")), frozenset(("WE", "POST"))}
    for _ in range(20):
        world.run(1)
        assert set(reporters(east).values()) == set(reporters(west).values()) == {"EA", "WE"}
    world.run(55)
    for one in (east, west):
        assert set(reporters(one).values()) == {one.code}, "each goes on by itself"
        assert set(reporters(one)) <= set(before)
    world.cut.clear()
    world.run(15)
    assert reporters(east) == reporters(west) == reporters(post)
    assert set(reporters(east)) == set(before)


def test_a_post_names_nobody_to_whom_the_track_itself_is_not_shown() -> None:
    document = numbered_pact(rule("east-to-west", originator=("EA",), to=("WE",)))
    east = InProcess("EA", "EA", {"POST": "EA"}, document)
    west = InProcess("WE", "WE", {"POST": "EA"}, document)
    post = InProcess("POST", "EA", {"EA": "EA", "WE": "WE"}, document)
    world = World([east, west, post])
    east.own, west.own = flying(5), flying(6).take(np.array([3, 4, 5]))
    world.run(20)
    assert set(reporters(post).values()) == {"EA"}, "the west gives nothing"
    assert set(reporters(east).values()) == {"EA"}
    # what the east reports the west does not, though only the post tells it so
    assert sorted(reporters(west).values()) == ["EA"] * 5 + ["WE"]


def test_the_end_of_one_agreement_changes_no_number_and_no_reporter_of_another() -> None:
    first = numbered_pact(rule("all"))
    second = numbered_pact(
        rule("all"),
        stations=(numbers("EA", "EA", 40_000), numbers("WE", "WE", 50_000)),
        agreement=msgspec.structs.replace(first.agreement, id="five-years"),
        term=msgspec.structs.replace(first.term, renewal="none"),
    )
    begin_ns = LAST_DAY - 20 * SECOND_NS
    linked = {"EA": ("east-west",), "WE": ("east-west",)}
    east, west = (
        InProcess(code, code, {other: other}, first, second, now_ns=begin_ns, under=linked)
        for code, other in (("EA", "WE"), ("WE", "EA"))
    )
    world = World([east, west], now_ns=begin_ns)
    east.own = flying(5, begin_ns)
    west.own = flying(6, begin_ns).take(np.array([3, 4, 5]))
    assert set(east.agreements.state.situations) == {"east-west", "five-years"}
    world.run(15)
    before = reporters(east)
    assert len(before) == 6
    assert min(before) > 0
    for _ in range(15):
        world.run(1)
        assert reporters(east) == reporters(west) == before
        assert east.partner("WE", world.now_ns).paired == 2
    assert not east.agreements.state.situations["five-years"].in_force
