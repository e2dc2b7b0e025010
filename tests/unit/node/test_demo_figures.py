"""The demonstration's figures say what the consoles show, also where one shows nothing."""

from typing import Any

from skypact.node.demo_figures import figures


def row(number: int | None, reporter: str, *contributors: str, **values: Any) -> dict[str, Any]:
    shown = {"confirmed": True, "own_track": None, "unconfirmed": False}
    told = {"joint_number": number, "reporter": reporter, "contributors": list(contributors)}
    return shown | told | values


PARTNER = {
    "station": "RU",
    "state": "live",
    "tracks": 2,
    "delivered": 7,
    "superseded": 0,
    "gaps": 1,
    "refused": {"Replay": 2, "Flood": 3},
}


def test_a_joint_number_counts_where_every_station_shows_it() -> None:
    kg = {
        "tracks": [
            row(11, "KG", "KG", "RU", own_track=1),
            row(12, "KG", "KG", own_track=2),
            row(None, "KG", "KG", own_track=3),
            row(13, "KG", "KG", own_track=4, confirmed=False),
        ]
    }
    ru = {"tracks": [row(11, "KG", "KG", "RU", own_track=8), row(12, "RU", "RU", unconfirmed=True)]}
    came_to = figures({"KG": ({"plots": 9, "partners": [PARTNER]}, kg), "RU": ({"plots": 4}, ru)})
    assert came_to["joint"] == {"tracks": 2, "at_all_stations": 2, "reporters_agree": 1}
    assert came_to["stations"]["KG"] == {
        "plots": 9,
        "tracks": 3,
        "own": 3,
        "with_joint_number": 2,
        "shared": 1,
        "unconfirmed": 0,
        "links": {
            "RU": {
                "state": "live",
                "tracks": 2,
                "delivered": 7,
                "superseded": 0,
                "gaps": 1,
                "refused": 5,
            }
        },
    }
    assert came_to["stations"]["RU"]["unconfirmed"] == 1


def test_a_console_that_does_not_answer_counts_as_showing_nothing() -> None:
    kg = {"tracks": [row(11, "KG", "KG")]}
    came_to = figures({"KG": ({}, kg), "RU": ({}, {})})
    assert came_to["joint"] == {"tracks": 1, "at_all_stations": 0, "reporters_agree": 1}
    assert came_to["stations"]["RU"]["tracks"] == 0


def test_a_picture_without_joint_numbers_is_counted_as_it_is() -> None:
    plain = {"confirmed": True, "track": 5}
    came_to = figures({"KG": ({"plots": 3}, {"tracks": [plain]})})
    assert came_to["joint"]["tracks"] == 0
    assert came_to["stations"]["KG"]["tracks"] == 1
