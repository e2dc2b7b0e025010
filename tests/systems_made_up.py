"""Agreements side by side and above one another, with stations between them, in one process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from gateways_in_process import InProcess, World, numbers
from pacts_made_up import pact
from skypact.agreement.document import Document, Onward, Release

BLOCKS = {code: 10_000 * k for k, code in enumerate(("EA", "WE", "SO", "NO"), 1)}


def named(name: str, parties: tuple[str, ...], *rules: Release, **words: Any) -> Document:
    """An agreement of these parties, with a station of each that gives out numbers."""
    stations = tuple(numbers(code, code, BLOCKS[code]) for code in parties)
    document = pact(*rules, parties=parties, **({"numbers": stations} | words))
    heading = msgspec.structs.replace(document.agreement, id=name)
    return msgspec.structs.replace(document, agreement=heading)


def consent(originator: str, by: str, to: str, under: str, items: tuple[str, ...] = ()) -> Onward:
    """An originator's consent to one hop."""
    return Onward(
        id=f"{originator}-{by}-{to}-{under}",
        clause="art-1",
        originator=(originator,),
        by=(by,),
        to=(to,),
        under=(under,),
        items=items,
    )


def world_of(*documents: Document, **words: Mapping[str, Any]) -> World:
    """A station for each party, each linked with all others under every agreement of both.

    ``words`` are further words of each station by its code.
    """
    parties = {d.agreement.id: {p.code for p in d.party} for d in documents}
    codes = sorted(set().union(*parties.values()))
    stations = []
    for code in codes:
        own = [d for d in documents if code in parties[d.agreement.id]]
        under: dict[str, list[str]] = {}
        for document in own:
            name = document.agreement.id
            for other in parties[name] - {code}:
                under.setdefault(other, []).append(name)
        stations.append(
            InProcess(code, code, {o: o for o in under}, *own, under=under, **words.get(code, {}))
        )
    return World(stations)


def station(world: World, code: str) -> InProcess:
    """One station of a world."""
    return next(one for one in world.stations if one.code == code)
