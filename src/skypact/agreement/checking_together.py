"""Checks several agreements together: versions, terms that overlap, what is part of what."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from skypact.agreement.calendar import first_day, last_day, renews
from skypact.agreement.checking_stations import stations_together
from skypact.agreement.document import Document
from skypact.agreement.problems import Problem
from skypact.agreement.reckoning import day_after


def check_together(documents: Sequence[Document]) -> tuple[Problem, ...]:
    """What is wrong with documents as a set; ``Problem.document`` says with which of them."""
    return (
        *_versions(documents),
        *_cycles(documents),
        *_onward(documents),
        *stations_together(documents),
    )


def _versions(documents: Sequence[Document]) -> Iterator[Problem]:
    by_id: dict[str, list[int]] = {}
    for number, document in enumerate(documents):
        by_id.setdefault(document.agreement.id, []).append(number)
    for name, numbers in by_id.items():
        numbers.sort(key=lambda number: documents[number].agreement.version)
        for earlier, later in pairwise(numbers):
            old, new = documents[earlier], documents[later]
            version = new.agreement.version
            if old.agreement.version == version:
                if old != new:
                    yield Problem(
                        "forked-version",
                        "error",
                        "agreement.version",
                        f"{name} has two texts of version {version}",
                        "One of them is not what was signed; keep that one out",
                        later,
                    )
                continue
            if new.agreement.amends and _after_the_end(old, new):
                yield Problem(
                    "amends-lapsed",
                    "error",
                    "agreement.effective",
                    f"version {version} of {name} takes effect after the one before has ended",
                    "An agreement that has lapsed is concluded anew, under another id",
                    later,
                )
            if _overlap(old, new):
                yield Problem(
                    "overlapping-terms",
                    "error",
                    "term",
                    f"versions {old.agreement.version} and {version} of {name} bind on the same"
                    " days",
                    "An amendment names the text it replaces (amends) and from when (effective),"
                    " after that text's first day",
                    later,
                )


def _after_the_end(old: Document, new: Document) -> bool:
    """Whether an amendment would begin when the text before it, not renewable, has ended."""
    ends, start = last_day(old), first_day(new)
    return ends is not None and start is not None and not renews(old) and start > day_after(ends)


def _overlap(old: Document, new: Document) -> bool:
    """Whether both bind on a day, and the new one is no amendment that takes the old one's place.

    Only days that are in the documents count: a renewal depends on what parties will do.
    """
    begins, start = first_day(old), first_day(new)
    if begins is None or start is None:
        return False
    if new.agreement.amends:
        return start <= begins
    ends = last_day(old)
    return ends is None or start <= ends


def _cycles(documents: Sequence[Document]) -> Iterator[Problem]:
    parents: dict[str, set[str]] = {}
    for document in documents:
        parents.setdefault(document.agreement.id, set()).update(document.agreement.part_of)
    for number, document in enumerate(documents):
        name = document.agreement.id
        trail = _way_back(name, parents)
        if len(trail) > 1:  # of itself alone is told by the check of one document
            yield Problem(
                "cyclic-part-of",
                "error",
                "agreement.part_of",
                f"{' is part of '.join([name, *trail])}",
                "Take one of them out: a system cannot be part of its own part",
                number,
            )


def _way_back(name: str, parents: dict[str, set[str]]) -> list[str]:
    """The shortest way from an agreement by ``part_of`` to itself; empty if there is none."""
    came_from: dict[str, str] = {}
    waiting = [name]
    for here in waiting:  # grows while it is walked, by each agreement once
        for parent in sorted(parents.get(here, ())):
            if parent == name:
                trail = [name]
                while here != name:
                    trail.append(here)
                    here = came_from[here]  # noqa: PLW2901  (walks back along the trail)
                return trail[::-1]
            if parent not in came_from:
                came_from[parent] = here
                waiting.append(parent)
    return []


def _onward(documents: Sequence[Document]) -> Iterator[Problem]:
    known = {document.agreement.id for document in documents}
    if len(known) < 2:
        return
    for number, document in enumerate(documents):
        for row, consent in enumerate(document.onward):
            for name in consent.under:
                if name not in known:
                    yield Problem(
                        "unknown-agreement",
                        "warning",
                        f"onward[{row}].under",
                        f"{consent.id!r} consents to release under {name!r}, which is not here",
                        "Check the id, or add that agreement to the call",
                        number,
                    )
