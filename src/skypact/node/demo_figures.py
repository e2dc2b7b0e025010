"""What the demonstration came to, as its consoles tell it: figures of each station and of all.

In: the consoles' addresses. Out: counts for the last line of ``skypact demo``.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

ANSWER_S = 3.0
LARGEST_ANSWER = 1 << 26

View = dict[str, Any]


async def station_views(urls: Mapping[str, str]) -> dict[str, tuple[View, View]]:
    """Status and tracks of every station that answers, by its code."""
    asked = await asyncio.gather(*(asyncio.to_thread(_views, url) for url in urls.values()))
    return dict(zip(urls, asked, strict=True))


def _views(url: str) -> tuple[View, View]:
    return _answer(url + "api/status"), _answer(url + "api/tracks")


def _answer(url: str) -> View:
    """An answer of a console on this machine; empty where it has none."""
    try:
        with urlopen(url, timeout=ANSWER_S) as answer:
            found: View = json.loads(answer.read(LARGEST_ANSWER))
            return found
    except (URLError, OSError, ValueError):
        return {}


def figures(views: Mapping[str, tuple[View, View]]) -> View:
    """Counts of each station, and of the joint numbers that all of them show.

    Parameters
    ----------
    views
        Status and tracks as the consoles show them, by station.
    """
    numbers = {code: _joint_numbers(tracks) for code, (_, tracks) in views.items()}
    shown = set().union(*numbers.values())
    return {
        "joint": {
            "tracks": len(shown),
            "at_all_stations": len(shown.intersection(*numbers.values())),
            "reporters_agree": _agreeing_reporters(views),
        },
        "stations": {code: _station(status, tracks) for code, (status, tracks) in views.items()},
    }


def _rows(tracks: View) -> list[View]:
    return [row for row in tracks.get("tracks", []) if row["confirmed"]]


def _joint_numbers(tracks: View) -> set[int]:
    return {row["joint_number"] for row in _rows(tracks) if row.get("joint_number") is not None}


def _agreeing_reporters(views: Mapping[str, tuple[View, View]]) -> int:
    """Joint numbers that every station which shows them says the same station reports."""
    reporters: dict[int, set[str | None]] = {}
    for _, tracks in views.values():
        for row in _rows(tracks):
            if row.get("joint_number") is not None:
                reporters.setdefault(row["joint_number"], set()).add(row["reporter"])
    return sum(len(said) == 1 for said in reporters.values())


def _station(status: View, tracks: View) -> View:
    rows = _rows(tracks)
    return {
        "plots": status.get("plots", 0),
        "tracks": len(rows),
        "own": sum(row.get("own_track") is not None for row in rows),
        "with_joint_number": len(_joint_numbers(tracks)),
        "shared": sum(len(row.get("contributors", ())) > 1 for row in rows),
        "unconfirmed": sum(bool(row.get("unconfirmed")) for row in rows),
        "links": {
            row["station"]: {
                key: row[key] for key in ("state", "tracks", "delivered", "superseded", "gaps")
            }
            | {"refused": sum(row["refused"].values())}
            for row in status.get("partners", [])
        },
    }
