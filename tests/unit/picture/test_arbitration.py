"""A joint post names who reports a track, and whoever hears it goes by that, with no flapping."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from joint_pictures import START_NS, blocks_for, claimed, told_by, tracks_at
from skypact.model.exchange import TrackClaims
from skypact.model.time import SECOND_NS
from skypact.model.tracks import Tracks
from skypact.picture import JointPicture

BLOCKS = blocks_for("KG", "KZ", "RU", "AAA", "KANT")
POSTS = ("AAA", "KANT")


def at(second: float) -> int:
    return START_NS + round(second * SECOND_NS)


def one_at(second: int, number: int = 1, sigma_m: float = 100.0, **more: object) -> Tracks:
    """The one aircraft, flying east."""
    return tracks_at([number], [200.0 * second], [0.0], at(second), sigma_m=sigma_m, **more)


def post(code: str = "KANT") -> JointPicture:
    return JointPicture(code, BLOCKS, posts=POSTS)


def nation(code: str = "KG", posts: tuple[str, ...] = POSTS) -> JointPicture:
    return JointPicture(code, BLOCKS, posts=posts)


def tell(picture: JointPicture, code: str, second: int, sigma_m: float = 100.0, **more) -> None:  # type: ignore[no-untyped-def]
    """A nation's station tells of the aircraft."""
    reporting = more.pop("reporting", False)
    claims = claimed([0], [0], code, reporting=reporting)
    tracks = one_at(second, 100, sigma_m, **more)
    picture.take(told_by(code, tracks, at(second), claims))


def naming(picture: JointPicture, second: int, name: str, code: str = "KANT") -> None:
    """A post, or what calls itself one, tells of the aircraft and names a reporter."""
    stations = (code, "KG", "KZ", "RU")
    reporter = stations.index(name) if name in stations else -1
    claims = TrackClaims(
        np.zeros(1, np.int64),
        np.zeros(1, np.int64),
        np.array([reporter], np.int16),
        np.array([0b1000], np.uint64),
        stations,
    )
    picture.take(told_by(code, one_at(second, 900), at(second), claims))


def named_by(picture: JointPicture, second: int) -> str:
    """Whom a post names at a second, "" nobody."""
    shown = picture.step(Tracks.empty(), at(second))
    claims = picture.joint_claims()
    assert len(shown) == len(claims.reporter) == 1
    reporter = int(claims.reporter[0])
    return claims.stations[reporter] if reporter >= 0 else ""


def shown_by(picture: JointPicture, second: int, **more: object) -> tuple[str, bool]:
    """Who reports in a nation's picture, and whether it claims the track itself."""
    shown = picture.step(one_at(second, **more), at(second))
    assert len(shown) == 1
    claims = picture.claims(np.array([1]))
    return shown.stations[int(shown.reporter[0])], int(claims.reporter[0]) == 0


def test_a_post_names_who_claims_and_else_the_best_after_a_while() -> None:
    one, other = post(), post()
    found = []
    for second in range(6):
        tell(one, "KG", second, 100.0, reporting=True)
        tell(other, "KG", second, 100.0)
        for picture in (one, other):
            tell(picture, "RU", second, 60.0)
        found.append((named_by(one, second), named_by(other, second)))
    assert found == [("KG", "")] * 3 + [("KG", "RU")] * 3


def test_a_post_names_another_once_that_has_been_better_for_a_while_and_claims_change_nothing() -> (
    None
):
    picture, found = post(), []
    for second in range(40):
        tell(picture, "KG", second, 100.0, reporting=True)
        # better by turns at first, then on end; it claims from the beginning
        sigma = 60.0 if second % 6 or second > 20 else 90.0
        tell(picture, "RU", second, sigma, reporting=True)
        found.append(named_by(picture, second))
    assert found == ["KG"] * 29 + ["RU"] * 11


def test_a_post_names_who_still_sees_the_track_when_the_reporter_is_out_of_date() -> None:
    picture, found = post(), []
    for second in range(34):
        tell(picture, "KG", second, 60.0, reporting=True, plotted_ns=at(0))
        tell(picture, "RU", second, 200.0)
        found.append(named_by(picture, second))
    assert found == ["KG"] * 29 + ["RU"] * 5


def test_a_post_names_no_station_by_what_others_saw() -> None:
    picture = post("AAA")
    for second in range(5):
        naming(picture, second, "RU")
        assert named_by(picture, second) == ""
    shown = picture.step(Tracks.empty(), at(5))
    assert shown.stations[int(shown.reporter[0])] == "RU", "what it is told it shows"


def test_of_two_posts_the_later_one_goes_by_the_earlier_one() -> None:
    early, late = post("AAA"), post("KANT")
    for second in range(12):
        tell(early, "RU", second, 60.0)
        tell(late, "KG", second, 100.0, reporting=True)
        naming(early, second, "KG", "KANT")
        naming(late, second, "RU", "AAA")
        names = named_by(early, second), named_by(late, second)
    assert names == ("RU", "RU")


def test_who_hears_a_post_goes_by_what_it_names() -> None:
    picture = nation()
    for second in range(6):
        assert shown_by(picture, second) == ("KG", True)
    naming(picture, 6, "RU")
    assert shown_by(picture, 6) == ("RU", False)
    naming(picture, 7, "KG")
    assert shown_by(picture, 7) == ("KG", True)


def test_what_a_post_names_counts_before_what_others_claim() -> None:
    picture = nation()
    for second in range(10):
        tell(picture, "KZ", second, 31.0, reporting=True)
        naming(picture, second, "KG")
        assert shown_by(picture, second) == ("KG", True)


def test_a_lost_post_leaves_all_as_it_was_and_its_return_changes_nothing_without_need() -> None:
    picture, found = nation(), []
    for second in range(60):
        tell(picture, "RU", second, 100.0, reporting=second < 15)
        if second < 10 or second >= 40:
            naming(picture, second, "RU" if second < 10 else "KG")
        if second == 10:
            picture.lost("KANT", at(10))
        found.append(shown_by(picture, second))
    # the Russians go on after the post is lost; when they cease we follow, and so does the post
    changes = [k for k in range(1, 60) if found[k] != found[k - 1]]
    assert found[0] == ("RU", False)
    assert len(changes) == 1
    assert 15 <= changes[0] <= 25
    assert found[-1] == ("KG", True)


def test_a_post_that_falls_silent_without_notice_is_no_longer_followed() -> None:
    picture, found = nation(), []
    naming(picture, 0, "RU")
    for second in range(40):
        found.append(shown_by(picture, second)[1])
    assert found.index(True) > 25
    assert all(found[30:])


@pytest.mark.parametrize("posts", [(), ("AAA",)])
def test_who_is_no_post_may_claim_for_itself_alone(posts: tuple[str, ...]) -> None:
    picture = nation(posts=posts)
    for second in range(6):
        naming(picture, second, "RU")
        shown = shown_by(picture, second)
    assert shown == ("KG", True)
    status = picture.statuses()["KANT"]
    assert status.refused == {"ForeignReporter": 6}
    assert status.paired == 1, "its states are kept"


def test_a_post_that_names_nobody_known_is_counted_and_not_followed() -> None:
    picture = nation()
    claims = claimed([0], [0], "KANT")
    stranger = replace(claims, stations=("XX",))
    for second in range(6):
        picture.take(told_by("KANT", one_at(second, 900), at(second), stranger))
        shown = shown_by(picture, second)
    assert shown == ("KG", True)
    assert picture.statuses()["KANT"].refused == {"ForeignReporter": 6}


def test_a_station_that_becomes_a_post_by_an_amendment_is_followed_from_then_on() -> None:
    picture = nation(posts=())
    for second in range(12):
        if second == 6:
            picture.renew(BLOCKS, POSTS)
        naming(picture, second, "RU")
        shown = shown_by(picture, second)
        assert shown == (("KG", True) if 3 <= second < 6 else ("RU", False)) or second < 3


def test_no_flapping_sigma_of_a_liar_makes_a_post_change_the_reporter() -> None:
    picture = post()
    for second in range(60):
        tell(picture, "KG", second, 100.0, reporting=True)
        tell(picture, "RU", second, 1.0 if second % 9 else 500.0, reporting=bool(second % 2))
        assert named_by(picture, second) == "KG"
