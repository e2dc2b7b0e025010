"""Says in words what an amendment changes in what parties see of one another.

In: two versions of an agreement. Out: changes, a sentence each. ``difference`` joins them with
the rest of the document's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from skypact.agreement.document import Document, Release
from skypact.agreement.prose import release_words
from skypact.agreement.prose_words import known
from skypact.model.labels import ITEM_KINDS

Kind = Literal["sees-more", "sees-less", "changed", "added", "removed"]
_RANK = {"nothing": 0, "blurred": 1, "whole": 2}


@dataclass(frozen=True, slots=True)
class Change:
    """One change: its place in the document, its kind, and a sentence."""

    path: str
    kind: Kind
    words: str


def sight(old: Document, new: Document) -> Iterator[Change]:
    """Kinds of items that a party would see for the first time, or no longer."""
    before, after = _best(old), _best(new)
    for key in sorted(before.keys() | after.keys()):
        originator, to, item, exercise = key
        was, now = before.get(key, 0), after.get(key, 0)
        what = f"{'exercise ' if exercise else ''}{known(item, 'en')} of {originator}"
        if now > was:
            how = "" if now == 2 else ", blurred"
            verb = "newly see" if was == 0 else "see whole, not only blurred,"
            yield Change("release", "sees-more", f"{to} would {verb} {what}{how}")
        elif now < was:
            verb = "no longer see" if now == 0 else "see only blurred"
            yield Change("release", "sees-less", f"{to} would {verb} {what}")


def _best(document: Document) -> dict[tuple[str, str, str, bool], int]:
    """The most that any rule gives, whatever its conditions, by originator, party and kind."""
    best: dict[tuple[str, str, str, bool], int] = {}
    for rule in document.release:
        for originator in rule.originator:
            for to in set(rule.to) - {originator}:
                for item in rule.items or ITEM_KINDS:
                    key = (originator, to, item, rule.exercise)
                    best[key] = max(best.get(key, 0), _RANK[rule.verdict])
    return {key: rank for key, rank in best.items() if rank}


def _way(document: Document, rule: Release) -> str:
    clause = f" ({rule.clause})" if rule.clause else ""
    words = release_words(document, rule, "en")
    return f"from {', '.join(rule.originator)} to {', '.join(rule.to)}: {words}{clause}"


def release(old: Document, new: Document) -> Iterator[Change]:
    """Release rules that are new, gone, changed, or stand in another order."""
    was = {rule.id: rule for rule in old.release}
    now = {rule.id: rule for rule in new.release}
    for name, rule in now.items():
        path = f"release {name}"
        if name not in was:
            yield from _new_rule(new, rule, path)
        elif was[name] != rule:
            before = was[name]
            for party in _missing(rule.to, before.to):
                words = f"{party} would fall under rule {name}, {_way(new, rule)}"
                yield Change(path, _more(rule), words)
            for party in _missing(before.to, rule.to):
                yield Change(path, _less(rule), f"{party} would no longer fall under rule {name}")
            yield from _reach(old, new, before, rule)
            words = f"rule {name} would say {_way(new, rule)}; it says {_way(old, before)}"
            yield Change(path, "changed", words)
    for name, rule in was.items():
        if name not in now:
            words = f"rule {name} would be gone: {_way(old, rule)}"
            yield Change(f"release {name}", _less(rule), words)
    kept = [name for name in was if name in now]
    if kept != [name for name in now if name in was]:
        words = "the release rules would stand in another order: the first that fits decides"
        yield Change("release", "changed", words)


def _reach(old: Document, new: Document, before: Release, rule: Release) -> Iterator[Change]:
    """What the same rule would fit that it does not fit now, and the other way round."""
    both = [party for party in rule.to if party in before.to]
    wider, narrower = _widened(old, new, before, rule), _widened(new, old, rule, before)
    for words, kind in ((wider, _more(rule)), (narrower, _less(rule))):
        verb = "newly see" if kind == "sees-more" else "no longer see"
        for party in both if words else ():
            whose = ", ".join(code for code in rule.originator if code != party)
            said = f"{party} would {verb} items of {whose} with {'; '.join(words)}"
            yield Change(f"release {rule.id}", kind, f"{said} (rule {rule.id}, {rule.clause})")


def _widened(old: Document, new: Document, before: Release, rule: Release) -> list[str]:
    """Conditions of the old rule that the new one loosens, in words."""
    said = []
    for name in ("originator", "items", "areas", "aircraft", "identities", "categories", "sensors"):
        was, now = getattr(before, name), getattr(rule, name)
        if was and not now:
            said.append(f"any {name}")
        elif was and (more := _missing(now, was)):
            said.append(f"{name}: {', '.join(more)}")
    if gone := _missing(before.outside, rule.outside):
        said.append(f"areas no longer kept out: {', '.join(gone)}")
    ranks = [
        {name: number for number, name in enumerate(document.classifications)}.get(up_to, 0)
        for document, up_to in ((old, before.up_to), (new, rule.up_to))
    ]
    if ranks[1] > ranks[0] and rule.verdict != "nothing":
        said.append(f"marks up to {rule.up_to}")
    if before.emergency is not None and rule.emergency is None:
        said.append("no emergency" if before.emergency else "emergencies")
    if _lower(rule.min_altitude_m, before.min_altitude_m):
        said.append("lower altitudes")
    if _lower(_negative(rule.max_altitude_m), _negative(before.max_altitude_m)):
        said.append("higher altitudes")
    return said


def _lower(one: float | None, other: float | None) -> bool:
    return other is not None and (one is None or one < other)


def _negative(value: float | None) -> float | None:
    return None if value is None else -value


def _new_rule(document: Document, rule: Release, path: str) -> Iterator[Change]:
    for party in rule.to:
        whose = ", ".join(code for code in rule.originator if code != party)
        if not whose:
            continue
        what = f"items of {whose}: {release_words(document, rule, 'en')} ({rule.clause})"
        verb = "would not see" if rule.verdict == "nothing" else "would newly see"
        yield Change(path, _more(rule), f"{party} {verb} {what}")


def _more(rule: Release) -> Kind:
    return "sees-less" if rule.verdict == "nothing" else "sees-more"


def _less(rule: Release) -> Kind:
    return "sees-more" if rule.verdict == "nothing" else "sees-less"


def _missing(these: tuple[str, ...], those: tuple[str, ...]) -> list[str]:
    return [name for name in these if name not in those]
