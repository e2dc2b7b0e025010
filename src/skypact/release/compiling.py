"""Agreements in force compiled into the table by which items leave.

In: the agreements that bind the node's party. Out: a :class:`~skypact.release.table.ReleaseTable`,
the same whatever order the agreements come in. What a rule means: docs/explanation/release.md.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Area, Blur
from skypact.model.errors import BadRule, RuleTableFull
from skypact.model.labels import BLURRED, ITEM_KINDS, NOTHING, WHOLE, Ladders
from skypact.release.areas import area_index
from skypact.release.columns import removed_columns
from skypact.release.features import rule_bits
from skypact.release.table import (
    BITS,
    NAMED_LIMIT,
    RULES_LIMIT,
    Binding,
    Codes,
    ReleaseTable,
    Rule,
    packed,
)

VERDICTS = {"nothing": NOTHING, "blurred": BLURRED, "whole": WHOLE}


def compile_release(bindings: Sequence[Binding], party: str) -> ReleaseTable:
    """Compile the agreements among ``bindings`` that bind ``party``; the others say nothing here.

    Raises
    ------
    BadRule
        If a rule names no party or what its agreement does not have, or an id stands twice.
    BadArea
        If an area that a rule names has no usable outline.
    ClassificationsConflict
        If two agreements rank classifications in opposite order.
    RuleTableFull
        If there is more than a table holds.
    """
    own = tuple(sorted((b for b in bindings if party in b.parties), key=_id))
    ids = [_id(b) for b in own]
    if len(set(ids)) != len(ids):
        twice = next(name for name in ids if ids.count(name) > 1)
        raise BadRule(f"agreement {twice!r} is given twice", remedy="Give the version in force")
    rules = tuple(rule for binding in own for rule in _rules_of(binding))
    ladders = Ladders.of([binding.document.classifications for binding in own])
    codes = _codes(own, party)
    areas = _areas(own)
    _bounded(rules, own, codes, areas)
    words = max(1, -(-len(rules) // BITS))
    area_bits = {name: bit for bit, (name, _) in enumerate(areas)}
    documents = {_id(b): b.document for b in own}
    agreement_of = np.array([ids.index(rule.agreement) for rule in rules], np.int64)
    verdict = np.array([VERDICTS[rule.release.verdict] for rule in rules], np.int8)
    return ReleaseTable(
        party=party,
        bindings=own,
        codes=codes,
        ladders=ladders,
        rules=rules,
        areas=area_index([area for _, area in areas]),
        area_names=tuple(area_bits),
        fitting=rule_bits(rules, codes, area_bits, documents, words),
        agreement_of=agreement_of,
        agreement_rules=packed(agreement_of == np.arange(max(1, len(own)))[:, None], words),
        breadth=_breadth(rules),
        rule_verdict=verdict,
        refusals=packed(verdict == NOTHING, words),
        binding=_binding(own, codes),
        consent=_consent(own, codes, party),
    )


def _id(binding: Binding) -> str:
    return binding.document.agreement.id


def _rules_of(binding: Binding) -> list[Rule]:
    """The agreement's rules in its order, each checked by itself."""
    document = binding.document
    blurs = {blur.id: blur for blur in document.blur}
    rules: list[Rule] = []
    if not document.classifications:
        raise BadRule(
            f"{document.agreement.id} has no classifications", remedy='Leave it at ["open"]'
        )
    for release in document.release:
        where = f"release {release.id!r} of {document.agreement.id}"
        if not release.originator or not release.to:
            raise BadRule(f"{where} names no party", remedy="Name originators and receivers")
        blur = blurs.get(release.blur) if release.verdict == "blurred" else None
        if release.verdict == "blurred" and blur is None:
            raise BadRule(f"{where} has no blur {release.blur!r}", remedy="Add a [[blur]]")
        if blur is not None:
            _checked_blur(blur, where)
        low, high = release.min_altitude_m, release.max_altitude_m
        bounds = (-math.inf if low is None else low, math.inf if high is None else high)
        if not bounds[0] < bounds[1]:  # nor if one of them is no number
            raise BadRule(f"{where} allows no altitude", remedy="min_altitude_m is the lower")
        if release.up_to and release.up_to not in document.classifications:
            raise BadRule(
                f"{where} goes up to {release.up_to!r}, which is no classification",
                remedy=f"They are {', '.join(document.classifications)}",
            )
        rules.append(Rule(document.agreement.id, release, blur))
    return rules


def _checked_blur(blur: Blur, where: str) -> None:
    if not (0.0 <= blur.grid_m < 2e7 and 0.0 <= blur.delay_s <= 366 * 86_400):
        raise BadRule(
            f"{where}: blur {blur.id!r} has a grid of {blur.grid_m:g} m and a delay of"
            f" {blur.delay_s:g} s",
            remedy="The grid is smaller than the globe, the delay at most a year",
        )
    removed_columns(blur)


def _codes(bindings: Sequence[Binding], party: str) -> Codes:
    def every(words: Iterable[str]) -> tuple[str, ...]:
        return tuple(sorted(set(words)))

    documents = [binding.document for binding in bindings]
    rules = [rule for document in documents for rule in document.release]
    onward = [consent for document in documents for consent in document.onward]
    named = {party, *(code for binding in bindings for code in binding.parties)}
    for rule in rules:
        named |= {*rule.originator, *rule.to}
    for consent in onward:
        named |= {*consent.originator, *consent.to}
    return Codes(
        parties=every(named),
        agreements=tuple(document.agreement.id for document in documents),
        classifications=every(word for document in documents for word in document.classifications),
        categories=every(word for document in documents for word in document.categories),
        sensors=every(name for rule in rules for name in rule.sensors),
    )


def _areas(bindings: Sequence[Binding]) -> list[tuple[tuple[str, str], Area]]:
    """Areas that rules name, with agreement and id."""
    found: dict[tuple[str, str], Area] = {}
    for binding in bindings:
        document = binding.document
        areas = {area.id: area for area in document.area}
        for rule in document.release:
            for name in (*rule.areas, *rule.outside):
                if name not in areas:
                    raise BadRule(
                        f"release {rule.id!r} of {document.agreement.id} names no area {name!r}",
                        remedy="Add an [[area]]",
                    )
                found[document.agreement.id, name] = areas[name]
    return list(found.items())


def _bounded(
    rules: Sequence[Rule], bindings: Sequence[Binding], codes: Codes, areas: Sequence[object]
) -> None:
    for what, count, limit in (
        ("rules", len(rules), RULES_LIMIT),
        ("agreements", len(bindings), BITS),
        ("parties", len(codes.parties), BITS),
        ("areas", len(areas), BITS),
        ("classifications", len(codes.classifications), BITS),
        ("categories", len(codes.categories), NAMED_LIMIT),
        ("sensors", len(codes.sensors), NAMED_LIMIT),
    ):
        if count > limit:
            raise RuleTableFull(
                f"the agreements of one node have {count} {what}, a table holds {limit}",
                remedy="Join rules that differ in one word, or run a node per agreement",
            )


def _breadth(rules: Sequence[Rule]) -> NDArray[np.int32]:
    """Place of each rule from widest to narrowest; no two share one, whatever order they came."""

    def narrowness(number: int) -> tuple[object, ...]:
        rule = rules[number]
        blur = rule.blur
        if blur is None:
            return (0, 0.0, 0.0, 0, False, rule.agreement, number)
        removed = len(removed_columns(blur))
        return (
            1, blur.delay_s, blur.grid_m, removed, blur.hide_source, rule.agreement, number,
        )  # fmt: skip

    places = np.empty(len(rules), np.int32)
    places[sorted(range(len(rules)), key=narrowness)] = np.arange(len(rules), dtype=np.int32)
    return places


def _binding(bindings: Sequence[Binding], codes: Codes) -> NDArray[np.uint64]:
    """Bits of the agreements that bind each party beside the node's own, (parties,)."""
    return np.array(
        [
            sum(1 << k for k, binding in enumerate(bindings) if party in binding.parties)
            for party in codes.parties
        ],
        np.uint64,
    )


def _consent(bindings: Sequence[Binding], codes: Codes, party: str) -> NDArray[np.uint64]:
    """Bits of agreements under which what came under another may be passed on.

    Shape (agreements, originators, kinds + 1, partners). Consent is what the originator itself
    signed: a clause about a state that the agreement does not bind is not that state's.
    """
    count = len(codes.parties)
    consent = np.zeros((max(1, len(bindings)), count, len(ITEM_KINDS) + 1, count), np.uint64)
    for held, binding in enumerate(bindings):
        for clause in binding.document.onward:
            if party not in clause.by:
                continue
            kinds = [k for k, kind in enumerate(ITEM_KINDS) if kind in (clause.items or ITEM_KINDS)]
            for under, other in enumerate(bindings):
                if codes.agreements[under] not in clause.under:
                    continue
                made_by = [
                    codes.parties.index(c) for c in clause.originator if c in binding.parties
                ]
                to = [codes.parties.index(c) for c in clause.to if c in other.parties]
                consent[held][np.ix_(made_by, kinds, to)] |= np.uint64(1 << under)
    return consent
