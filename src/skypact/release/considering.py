"""Why an item leaves or not: every rule considered in turn, in plain Python.

In: agreements that bind, an item in words, a partner and a moment. Out: an
:class:`Explanation` with the verdict, the rule that decided, what stood in the way, and for
every other rule which of its conditions the item does not meet. This is the plain definition
of what ``kernels.release_decide`` computes in bits; tests hold the two equal.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from skypact.agreement.document import Clause, Document, Onward, Release
from skypact.model.labels import ITEM_KINDS
from skypact.release.areas import polygons
from skypact.release.columns import removed_columns
from skypact.release.item import Item
from skypact.release.table import Binding

Words = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Unmet:
    """A condition that an item does not meet: what was asked, and what the item has."""

    condition: str
    asked: Words
    has: Words


@dataclass(frozen=True, slots=True)
class Considered:
    """A rule and why it did not decide: conditions unmet, or another came first."""

    agreement: str
    rule: Release
    unmet: tuple[Unmet, ...]
    asked: bool
    """Whether its agreement had a say: a grant needs an agreement that allows it."""

    @property
    def fits(self) -> bool:
        """Whether the item meets every condition."""
        return not self.unmet


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Something other than a rule that stands in the way, such as "label" or "no-consent"."""

    kind: str
    about: Words = ()


@dataclass(frozen=True, slots=True)
class Explanation:
    """A verdict and its reasons.

    Parameters
    ----------
    verdict
        "whole", "blurred" or "nothing".
    decided
        The rule that decided, None where nothing leaves because no rule says so.
    clause
        The clause that rule rests on.
    consents
        Clauses by which originators agreed that it is passed on, with their agreements.
    obstacles
        What else stands in the way.
    considered
        All rules of the agreements that bind, in their order.
    """

    verdict: str
    decided: Considered | None
    clause: Clause | None
    consents: tuple[tuple[str, Onward], ...]
    obstacles: tuple[Obstacle, ...]
    considered: tuple[Considered, ...]


def explain(
    bindings: Sequence[Binding], party: str, item: Item, to: str, now_ns: int
) -> Explanation:
    """Why ``party``'s node would release ``item`` to ``to`` at ``now_ns``, or not."""
    own = sorted((b for b in bindings if party in b.parties), key=lambda b: b.document.agreement.id)
    releasing = [b for b in own if b.from_ns <= now_ns < b.releases_until_ns]
    asked = [b for b in releasing if to in b.parties]
    obstacles = list(_obstacles(own, releasing, item, party, to))
    consents: list[tuple[str, Onward]] = []
    if item.came_under or item.originator != party:
        consents = _consents(releasing, party, item, to)
        allowed = {name for _, consent in consents for name in consent.under}
        asked = [b for b in asked if b.document.agreement.id in allowed]
        if not asked:
            obstacles.append(Obstacle("no-consent", (item.originator, item.came_under)))
    allowing = [b.document.agreement.id for b in asked]
    considered = [
        Considered(
            b.document.agreement.id,
            rule,
            tuple(unmet(rule, item, to, b.document)),
            rule.verdict == "nothing" or b.document.agreement.id in allowing,
        )
        for b in own
        if b.from_ns <= now_ns < b.binds_until_ns
        for rule in b.document.release
    ]
    documents = {b.document.agreement.id: b.document for b in own}
    decided = None
    if to != party:
        barred = item.releasable_to is not None and to not in item.releasable_to
        decided = _deciding(considered, documents, barred=barred)
    clause = None
    if decided is not None:
        clauses = {clause.id: clause for clause in documents[decided.agreement].clause}
        clause = clauses.get(decided.rule.clause)
    return Explanation(
        decided.rule.verdict if decided is not None else "nothing",
        decided,
        clause,
        tuple(consents),
        tuple(obstacles),
        tuple(considered),
    )


def _deciding(
    considered: Sequence[Considered], documents: dict[str, Document], *, barred: bool
) -> Considered | None:
    """The first refusal that fits; else, of each agreement's first fitting grant, the widest."""
    fitting = [one for one in considered if one.fits and one.asked]
    for one in fitting:
        if one.rule.verdict == "nothing":
            return one
    if barred:
        return None
    first: dict[str, Considered] = {}
    for one in fitting:
        first.setdefault(one.agreement, one)
    return min(
        first.values(), key=lambda one: _narrowness(one, documents[one.agreement]), default=None
    )


def _narrowness(one: Considered, document: Document) -> tuple[object, ...]:
    """Grows as a grant gives less; ends in the agreement, so that no two are alike."""
    if one.rule.verdict == "whole":
        return (0, one.agreement)
    blur = next(blur for blur in document.blur if blur.id == one.rule.blur)
    removed = len(removed_columns(blur))
    return (1, blur.delay_s, blur.grid_m, removed, blur.hide_source, one.agreement)


def _obstacles(
    own: Sequence[Binding], releasing: Sequence[Binding], item: Item, party: str, to: str
) -> Iterator[Obstacle]:
    if to == party:
        yield Obstacle("own-party", (to,))
    for binding in own:
        if binding not in releasing and to in binding.parties:
            yield Obstacle("not-in-force", (binding.document.agreement.id,))
    if not any(to in binding.parties for binding in own):
        yield Obstacle("no-agreement", (party, to))
    if item.releasable_to is not None and to not in item.releasable_to:
        yield Obstacle("label", (to, *item.releasable_to))


def _consents(
    releasing: Sequence[Binding], party: str, item: Item, to: str
) -> list[tuple[str, Onward]]:
    """Clauses by which the originator agreed that this is passed on to ``to``."""
    return [
        (binding.document.agreement.id, consent)
        for binding in releasing
        # only what the originator itself signed is its consent
        if binding.document.agreement.id == item.came_under and item.originator in binding.parties
        for consent in binding.document.onward
        if item.originator in consent.originator
        and party in consent.by
        and to in consent.to
        and item.kind in (consent.items or ITEM_KINDS)
    ]


def unmet(rule: Release, item: Item, to: str, document: Document) -> Iterator[Unmet]:
    """Conditions of a rule that an item for ``to`` does not meet.

    What is not known of the item meets no condition of a grant and every one of a refusal.
    """
    refusal = rule.verdict == "nothing"

    def has(condition: str, asked: Words, word: str, *undecided: str) -> Iterator[Unmet]:
        if not asked or word in asked or (refusal and word in ("", *undecided)):
            return
        yield Unmet(condition, asked, (word,) if word else ())

    if to not in rule.to:
        yield Unmet("to", rule.to, (to,))
    if item.originator not in rule.originator:
        yield Unmet("originator", rule.originator, (item.originator,) if item.originator else ())
    if item.exercise != rule.exercise:
        yield Unmet("exercise", (_truth(rule.exercise),), (_truth(item.exercise),))
    if rule.emergency is not None and item.emergency != rule.emergency:
        yield Unmet("emergency", (_truth(rule.emergency),), (_truth(item.emergency),))
    yield from has("items", rule.items or ITEM_KINDS, item.kind)
    yield from has("aircraft", rule.aircraft, item.aircraft, "unknown")
    yield from has("identities", rule.identities, item.identity, "pending")
    if not refusal:
        ladder = document.classifications
        reach = ladder[: ladder.index(rule.up_to) + 1] if rule.up_to else ladder[:1]
        if item.classification not in reach:
            yield Unmet("up_to", reach, (item.classification,) if item.classification else ())
    yield from _sets_unmet(rule, item, document, refusal)
    yield from _altitude_unmet(rule, item, refusal)


def _sets_unmet(rule: Release, item: Item, document: Document, refusal: bool) -> Iterator[Unmet]:
    strange = [word for word in item.categories if word not in document.categories]
    if refusal:
        if rule.categories and not strange and not set(item.categories) & set(rule.categories):
            yield Unmet("categories", rule.categories, item.categories)
        if rule.sensors and item.sensors and not set(item.sensors) & set(rule.sensors):
            yield Unmet("sensors", rule.sensors, item.sensors)
    else:
        if strange:
            yield Unmet("categories", document.categories, tuple(strange))
        elif rule.categories and not set(item.categories) & set(rule.categories):
            yield Unmet("categories", rule.categories, item.categories)
        if rule.sensors and not (item.sensors and set(item.sensors) <= set(rule.sensors)):
            yield Unmet("sensors", rule.sensors, item.sensors)
    if not (rule.areas or rule.outside) or (refusal and not item.placed):
        return
    inside = _areas_of(item, document, (*rule.areas, *rule.outside))
    if rule.areas and not (item.placed and set(inside) & set(rule.areas)):
        yield Unmet("areas", rule.areas, inside)
    if rule.outside and not (item.placed and not set(inside) & set(rule.outside)):
        yield Unmet("outside", rule.outside, inside)


def _altitude_unmet(rule: Release, item: Item, refusal: bool) -> Iterator[Unmet]:
    low, high, height = rule.min_altitude_m, rule.max_altitude_m, item.altitude_m
    if low is None and high is None:
        return
    if height is None or not math.isfinite(height):
        if not refusal:
            yield Unmet("altitude", (_metres(low), _metres(high)), ())
    elif (low is not None and height < low) or (high is not None and height >= high):
        yield Unmet("altitude", (_metres(low), _metres(high)), (_metres(height),))


def _areas_of(item: Item, document: Document, names: Words) -> Words:
    """Of the named areas, those the item lies in."""
    if item.areas is not None:
        return tuple(name for name in names if name in item.areas)
    if item.latitude_deg is None or item.longitude_deg is None:
        return ()
    x, y = item.longitude_deg, item.latitude_deg
    wanted = [area for area in document.area if area.id in names]
    return tuple(
        area.id
        for area in wanted
        if any(_crossings(polygon, x, y) % 2 for polygon in polygons(area))
    )


def _crossings(rings: Sequence[object], x: float, y: float) -> int:
    """How many edges lie to the west of a place, over all turns of the globe."""
    east = ((x + 180.0) % 360.0) - 180.0
    y = min(y, 90.0 - 1e-12)
    count = 0
    for ring in rings:
        points: list[list[float]] = ring.tolist()  # type: ignore[attr-defined]
        for turn in (-720.0, -360.0, 0.0, 360.0, 720.0):
            for one, other in itertools.pairwise(points):
                (x1, y1), (x2, y2) = (one, other) if one[1] <= other[1] else (other, one)
                if y1 <= y < y2:
                    along = (y - y1) / (y2 - y1)
                    count += x1 + turn + along * (x2 - x1) <= east
    return count


def _truth(value: bool) -> str:
    return "yes" if value else "no"


def _metres(value: float | None) -> str:
    return "" if value is None else f"{value:g}"
