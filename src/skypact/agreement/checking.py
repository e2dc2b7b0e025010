"""Checks one agreement: that all its tables name exists, and that nothing is named twice.

In: a :class:`Document`, from a file or built in a test. Out: problems in the order of the
document, each with its name; none means that it may be signed. ``checking_term`` has the dates,
``checking_areas`` the geometry, ``checking_stations`` stations and their numbers,
``checking_together`` what only several documents show.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, get_args

import msgspec

from skypact.agreement.checking_areas import area_problems
from skypact.agreement.checking_stations import station_problems
from skypact.agreement.checking_term import term_problems
from skypact.agreement.document import Document, Language, Release
from skypact.agreement.problems import Problem
from skypact.model.labels import IDENTITIES

MOST_BITS = 64
"""Parties and categories travel as bits of one word in every item's label."""

UNIT = "unit"
"""In an order rule: the national command of the unit's own nation."""


def check(document: Document) -> tuple[Problem, ...]:
    """All that is wrong with one document, in its own order; errors and warnings."""
    return tuple(
        problem
        for part in (
            _heading,
            _counts,
            _names_once,
            _clauses,
            _words,
            _references,
            _roles,
            _orders,
            _releases,
            _end,
            term_problems,
            area_problems,
            station_problems,
        )
        for problem in part(document)
    )


def _error(name: str, path: str, detail: str, remedy: str) -> Problem:
    return Problem(name, "error", path, detail, remedy)


def _warning(name: str, path: str, detail: str, remedy: str) -> Problem:
    return Problem(name, "warning", path, detail, remedy)


def _heading(document: Document) -> Iterator[Problem]:
    heading = document.agreement
    if not heading.id:
        yield _error("no-id", "agreement.id", "the agreement has no id", "Give it one")
    if heading.id in heading.part_of:
        yield _error(
            "cyclic-part-of", "agreement.part_of", "it is part of itself", "Take its own id out"
        )
    if heading.version > 1 and not heading.amends:
        yield _error(
            "amends-nothing",
            "agreement.version",
            f"version {heading.version} does not say which text it amends",
            "Write the digest of the version before as amends",
        )
    if heading.version == 1 and heading.amends:
        yield _error(
            "first-version-amends",
            "agreement.amends",
            "version 1 amends another text",
            "Raise version, or take amends out",
        )


def _counts(document: Document) -> Iterator[Problem]:
    if len(document.party) < 2:
        yield _error("too-few-parties", "party", "fewer than two parties", "Name every party")
    for name, things in (("party", document.party), ("categories", document.categories)):
        if len(things) > MOST_BITS:
            yield _error(
                "too-many", name, f"{len(things)} {name}, more than {MOST_BITS}", "Split the text"
            )
    if not document.classifications:
        yield _error(
            "no-classification",
            "classifications",
            "there is no classification",
            'Write at least the lowest, such as ["open"]',
        )


def _twice(path: str, ids: Sequence[str]) -> Iterator[Problem]:
    seen: dict[str, int] = {}
    for number, name in enumerate(ids):
        if name in seen:
            yield _error(
                "duplicate-id",
                f"{path}[{number}]",
                f"{path} {name!r} is there twice, first as number {seen[name] + 1}",
                "Rename one of them",
            )
        elif not name:
            yield _error("no-id", f"{path}[{number}]", f"a {path} without id", "Give it one")
        seen.setdefault(name, number)


def _names_once(document: Document) -> Iterator[Problem]:
    yield from _twice("party", [party.code for party in document.party])
    for path in ("clause", "area", "site", "role", "blur", "release", "onward"):
        yield from _twice(path, [thing.id for thing in getattr(document, path)])
    yield from _twice("order", [rule.order for rule in document.order])
    yield from _twice("numbers", [row.station for row in document.numbers])
    yield from _twice("classifications", document.classifications)
    yield from _twice("categories", document.categories)


def _named_clauses(document: Document) -> Iterator[tuple[str, str, bool]]:
    """Path, clause and whether it must be there, of all that rests on a clause."""
    term = document.term
    yield "term.clause", term.clause, True
    yield "term.renewal_clause", term.renewal_clause, term.renewal != "none"
    yield "term.notice_clause", term.notice_clause, term.notice_months > 0
    for path in ("area", "site", "numbers", "role", "order", "release", "onward"):
        for number, thing in enumerate(getattr(document, path)):
            yield f"{path}[{number}].clause", thing.clause, True
    if document.end is not None:
        yield "end.clause", document.end.clause, True
    for path in ("party", "example"):
        for number, thing in enumerate(getattr(document, path)):
            yield f"{path}[{number}].clause", thing.clause, False


def _clauses(document: Document) -> Iterator[Problem]:
    known = {clause.id for clause in document.clause}
    for number, clause in enumerate(document.clause):
        if not clause.source.strip():
            yield _error(
                "no-source",
                f"clause[{number}]",
                f"clause {clause.id!r} does not say where it was read",
                "Write document and paragraph, or the press report",
            )
    for path, name, needed in _named_clauses(document):
        if name and name not in known:
            yield _error(
                "unknown-clause",
                path,
                f"there is no clause {name!r}",
                f"Clauses are {_list(known)}",
            )
        elif needed and not name:
            yield _error("no-clause", path, f"{path} is empty", "Name the clause it rests on")


def _words(document: Document) -> Iterator[Problem]:
    yield from _texts(document, "")


def _texts(thing: Any, path: str) -> Iterator[Problem]:
    """Every text has English; every language is one that Skypact prints."""
    for field in msgspec.structs.fields(thing):
        value = getattr(thing, field.name)
        inner = f"{path}.{field.name}" if path else field.name
        if field.name in ("title", "text", "name", "office") and isinstance(value, dict):
            if not value.get("en", "").strip():
                yield _error("no-english", inner, "the text has no English", 'Write en = "..."')
            for language in sorted(set(value) - set(get_args(Language))):
                yield _warning(
                    "unknown-language",
                    f"{inner}.{language}",
                    f"no language {language!r} is printed",
                    f"Languages are {', '.join(get_args(Language))}",
                )
        elif isinstance(value, msgspec.Struct):
            yield from _texts(value, inner)
        elif isinstance(value, tuple):
            for number, item in enumerate(value):
                if isinstance(item, msgspec.Struct):
                    yield from _texts(item, f"{inner}[{number}]")


def _unknown(kind: str, path: str, names: Sequence[str], known: set[str]) -> Iterator[Problem]:
    for name in names:
        if name not in known:
            yield _error(
                f"unknown-{kind}", path, f"there is no {kind} {name!r}", f"There are {_list(known)}"
            )


def _list(names: set[str]) -> str:
    return ", ".join(sorted(names)) or "none"


def _references(document: Document) -> Iterator[Problem]:
    parties = {party.code for party in document.party}
    for number, site in enumerate(document.site):
        for key in ("owner", "host"):
            yield from _unknown("party", f"site[{number}].{key}", [getattr(site, key)], parties)
        yield from _unknown("party", f"site[{number}].users", site.users, parties)
    for number, row in enumerate(document.numbers):
        yield from _unknown("party", f"numbers[{number}].party", [row.party], parties)
    for number, area in enumerate(document.area):
        if area.owner or area.kind == "own":
            yield from _unknown("party", f"area[{number}].owner", [area.owner], parties)
    for number, onward in enumerate(document.onward):
        for key in ("originator", "by"):
            path = f"onward[{number}].{key}"
            yield from _unknown("party", path, getattr(onward, key), parties)
        # those to whom it goes on may be parties of the other agreement only
        for key in ("originator", "by", "to", "under"):
            if not getattr(onward, key):
                yield _error(
                    "rule-without-party",
                    f"onward[{number}]",
                    f"consent {onward.id!r} names nobody as {key}",
                    "Consent is given by name; an empty list consents to nothing",
                )
    for number, example in enumerate(document.example):
        if example.expect != "nothing":  # that a stranger sees nothing is a case worth writing
            yield from _unknown("party", f"example[{number}].to", [example.to], parties)


def _roles(document: Document) -> Iterator[Problem]:
    parties = {party.code for party in document.party}
    sites = {site.id for site in document.site}
    directs_all: str = ""
    for number, role in enumerate(document.role):
        yield from _unknown("party", f"role[{number}].party", [role.party], parties)
        if role.site:
            yield from _unknown("site", f"role[{number}].site", [role.site], sites)
        if role.kind == "director" and role.scope != "own-forces":
            if directs_all:
                yield _error(
                    "two-directors",
                    f"role[{number}]",
                    f"{role.id!r} directs {role.scope}, which {directs_all!r} directs already",
                    "One directs joint actions; narrow the other's scope to own-forces",
                )
            directs_all = role.id


def _orders(document: Document) -> Iterator[Problem]:
    roles = {role.id for role in document.role} | {UNIT}
    for number, rule in enumerate(document.order):
        for key in ("propose", "authorise"):
            path = f"order[{number}].{key}"
            yield from _unknown("role", path, getattr(rule, key), roles)
            if not getattr(rule, key):
                yield _error(
                    "order-without-role",
                    path,
                    f"nobody may {key} {rule.order!r}",
                    'Name roles, or "unit" for the national command of the unit',
                )


def _releases(document: Document) -> Iterator[Problem]:
    known = {
        "party": {party.code for party in document.party},
        "area": {area.id for area in document.area},
        "category": set(document.categories),
        "identity": set(IDENTITIES),
        "blur": {blur.id for blur in document.blur},
        "classification": set(document.classifications),
    }
    keys = {
        "originator": "party",
        "to": "party",
        "areas": "area",
        "outside": "area",
        "categories": "category",
        "identities": "identity",
    }
    for number, rule in enumerate(document.release):
        path = f"release[{number}]"
        for key, kind in keys.items():
            yield from _unknown(kind, f"{path}.{key}", getattr(rule, key), known[kind])
        if rule.up_to:
            yield from _unknown(
                "classification", f"{path}.up_to", [rule.up_to], known["classification"]
            )
        yield from _one_release(rule, path, known["blur"])
    for number, blur in enumerate(document.blur):
        if not (blur.grid_m or blur.delay_s or blur.hide_source or blur.remove):
            yield _error(
                "empty-blur",
                f"blur[{number}]",
                f"blur {blur.id!r} takes nothing away",
                "Give it a grid_m, a delay_s, hide_source or remove",
            )


def _one_release(rule: Release, path: str, blurs: set[str]) -> Iterator[Problem]:
    for key in ("originator", "to"):
        if not getattr(rule, key):
            yield _error(
                "rule-without-party",
                f"{path}.{key}",
                f"rule {rule.id!r} names no party as {key}",
                "Release is by name: write the parties out",
            )
    if set(rule.originator) == set(rule.to) and len(rule.to) == 1:
        yield _warning(
            "rule-to-itself",
            path,
            f"rule {rule.id!r} releases {rule.to[0]}'s items to {rule.to[0]}",
            "A party sees its own items without a rule",
        )
    if rule.verdict == "blurred" and not rule.blur:
        yield _error(
            "no-blur", f"{path}.verdict", f"rule {rule.id!r} does not say how", "Name a blur"
        )
    elif rule.blur:
        yield from _unknown("blur", f"{path}.blur", [rule.blur], blurs)
        if rule.verdict != "blurred":
            yield _warning(
                "unused-blur",
                f"{path}.blur",
                f"rule {rule.id!r} says {rule.verdict}, so its blur does nothing",
                'Take it out or write verdict = "blurred"',
            )
    if rule.verdict == "nothing" and rule.up_to:
        yield _warning(
            "unused-up-to",
            f"{path}.up_to",
            f"rule {rule.id!r} withholds, at every classification, so its up_to does nothing",
            "Take it out",
        )
    low, high = rule.min_altitude_m, rule.max_altitude_m
    if low is not None and high is not None and low > high:
        yield _error(
            "empty-band",
            f"{path}.min_altitude_m",
            f"rule {rule.id!r} begins above where it ends",
            "Exchange the two altitudes",
        )


def _end(document: Document) -> Iterator[Problem]:
    if document.end is None:
        yield _warning(
            "no-end",
            "agreement",
            "it does not say what happens to received data when it lapses",
            "Add an [end] table; without one received data is frozen",
        )
