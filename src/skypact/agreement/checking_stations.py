"""Checks the stations of an agreement and the joint track numbers they give out.

In: a :class:`Document`, or several. Out: problems. Two stations that may give out one number would
call two aircraft by the same name, and nobody could tell who is meant.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import combinations

from skypact.agreement.document import Document, Numbers
from skypact.agreement.problems import Problem

MOST_STATIONS = 64
"""Whose sensors a track rests on travels as bits of one word."""


def station_problems(document: Document) -> Iterator[Problem]:
    """What is wrong with one agreement's stations; names and references are ``checking``'s."""
    rows = document.numbers
    if len(rows) > MOST_STATIONS:
        detail = f"{len(rows)} stations, more than {MOST_STATIONS}"
        yield Problem("too-many", "error", "numbers", detail, "Split the text")
        return
    parties = {party.code for party in document.party}
    for number, row in enumerate(rows):
        if row.station in parties and (row.joint_post or row.station != row.party):
            what = "is a joint post" if row.joint_post else f"is staffed by {row.party}"
            yield Problem(
                "station-named-as-party",
                "error",
                f"numbers[{number}].station",
                f"station {row.station!r} has the code of a party, but {what}",
                "Give it a code of its own",
            )
        if row.first > row.last:
            yield Problem(
                "empty-block",
                "error",
                f"numbers[{number}].first",
                f"the numbers of {row.station!r} begin above where they end",
                "Exchange first and last",
            )
    for (_, one), (number, other) in combinations(enumerate(rows), 2):
        if one.station != other.station and _overlap(one, other):
            yield _overlapping(number, one, other, "")
    staffed = {row.party for row in rows}
    for number, party in enumerate(document.party):
        if rows and party.code not in staffed:
            yield Problem(
                "party-without-station",
                "warning",
                f"party[{number}].code",
                f"{party.code} staffs no station: it takes no part in the exchange",
                "Add a [[numbers]] table for it",
            )


def stations_together(documents: Sequence[Document]) -> Iterator[Problem]:
    """Whether a station is the same, and its numbers its own, in every agreement it is of."""
    rows = [
        (document, place, number, row)
        for place, document in enumerate(documents)
        for number, row in enumerate(document.numbers)
    ]
    for (first, _, _, one), (second, place, number, other) in combinations(rows, 2):
        if first.agreement.id == second.agreement.id:
            continue  # versions of one agreement: the later one holds
        where = f" of {first.agreement.id}"
        if one.station != other.station:
            if _overlap(one, other):
                yield _overlapping(number, one, other, where, place)
        elif (one.party, one.joint_post) != (other.party, other.joint_post):
            yield Problem(
                "station-contradicted",
                "error",
                f"numbers[{number}]",
                f"station {other.station!r} is another one in {first.agreement.id}:"
                f" {_who(one)}, here {_who(other)}",
                "A code names one station in all agreements; rename one of them",
                place,
            )


def _who(row: Numbers) -> str:
    return f"{'a joint post hosted' if row.joint_post else 'staffed'} by {row.party}"


def _overlap(one: Numbers, other: Numbers) -> bool:
    return max(one.first, other.first) <= min(one.last, other.last)


def _overlapping(
    number: int, one: Numbers, other: Numbers, where: str, document: int = 0
) -> Problem:
    return Problem(
        "overlapping-numbers",
        "error",
        f"numbers[{number}].first",
        f"{other.station!r} may give out {max(one.first, other.first)}, and so may"
        f" {one.station!r}{where}",
        "Give each station numbers of its own",
        document,
    )
