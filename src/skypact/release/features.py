"""Which rules each value of each feature fits, as bits.

In: rules. Out: :class:`~skypact.release.table.RuleBits`. One principle throughout: what is
unknown of an item fits no grant that asks for it, and fits every refusal that asks for it.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Document, Release
from skypact.model.errors import BadRule
from skypact.model.labels import AIRCRAFT_CLASSES, IDENTITIES, ITEM_KINDS
from skypact.release.table import BITS, Codes, Rule, RuleBits, packed

Fits = NDArray[np.bool_]

UNDECIDED_CLASS, UNDECIDED_IDENTITY = "unknown", "pending"
"""Words that say nothing definite: a refusal that asks for another word fits them too."""

MISSING = ""
"""Stands in the tables for what an item does not tell."""


def rule_bits(
    rules: Sequence[Rule],
    codes: Codes,
    area_bits: Mapping[tuple[str, str], int],
    documents: Mapping[str, Document],
    words: int,
) -> RuleBits:
    """Compile rules of the agreements ``documents``, by id.

    Raises
    ------
    BadRule
        If a rule names a category, identity, class or kind that does not exist.
    """
    for rule in rules:
        _known_words(rule, documents[rule.agreement])
    bounds = sorted(
        {
            bound
            for rule in rules
            for bound in (rule.release.min_altitude_m, rule.release.max_altitude_m)
            if bound is not None
        }
    )
    sets = [
        _areas(rules, area_bits),
        _categories(rules, codes, documents),
        _sensors(rules, codes),
    ]
    base, unknown, adds, bars = (
        packed(np.stack([table[part] for table in sets]), words) for part in range(4)
    )
    return RuleBits(
        by_kind=packed(_kinds(rules), words),
        by_class=packed(_classes(rules), words),
        by_originator=packed(
            _rows(
                [*codes.parties, MISSING],
                rules,
                lambda rule, word: word in rule.release.originator,
            ),
            words,
        ),
        by_classification=packed(
            _rows(
                [*codes.classifications, MISSING],
                rules,
                lambda rule, word: _graded(rule, word, documents[rule.agreement].classifications),
            ),
            words,
        ),
        by_band=packed(_bands(rules, bounds), words),
        band_from_m=np.array(bounds, np.float64),
        base=base,
        unknown=unknown,
        adds=adds,
        bars=bars,
        by_partner=packed(
            _rows([*codes.parties], rules, lambda rule, word: word in rule.release.to), words
        ),
    )


def refuses(rule: Rule) -> bool:
    """Whether the rule is a refusal."""
    return rule.release.verdict == "nothing"


def _known_words(rule: Rule, document: Document) -> None:
    asked: list[tuple[str, Sequence[str], Sequence[str]]] = [
        ("kind of item", rule.release.items, ITEM_KINDS),
        ("class of aircraft", rule.release.aircraft, AIRCRAFT_CLASSES),
        ("identity", rule.release.identities, IDENTITIES),
        ("category", rule.release.categories, document.categories),
    ]
    for what, words, known in asked:
        for word in words:
            if word not in known:
                raise BadRule(
                    f"release {rule.release.id!r} of {rule.agreement} names no {what}: {word!r}",
                    remedy=f"Known are {', '.join(known) or 'none'}",
                )


def _rows(values: Sequence[str], rules: Sequence[Rule], fits: object) -> Fits:
    """(values, rules): whether each value fits each rule."""
    assert callable(fits)
    table = [[bool(fits(rule, value)) for rule in rules] for value in values]
    return np.array(table, np.bool_).reshape(len(values), len(rules))


def _graded(rule: Rule, word: str, ladder: tuple[str, ...]) -> bool:
    """A refusal holds at every classification: a secret is not freer than what is open."""
    if refuses(rule):
        return True
    highest = rule.release.up_to or ladder[0]
    return word in ladder[: ladder.index(highest) + 1]


def _kinds(rules: Sequence[Rule]) -> Fits:
    """(4 (kinds + 1), rules), by 4 kind + 2 emergency + exercise."""

    def fits(rule: Rule, kind: str, emergency: bool, exercise: bool) -> bool:
        asked = rule.release
        if asked.exercise != exercise or asked.emergency not in (None, emergency):
            return False
        if kind == MISSING:
            return refuses(rule)
        return not asked.items or kind in asked.items

    rows = [
        [fits(rule, kind, emergency, exercise) for rule in rules]
        for kind in (*ITEM_KINDS, MISSING)
        for emergency in (False, True)
        for exercise in (False, True)
    ]
    return np.array(rows, np.bool_).reshape(len(rows), len(rules))


def _classes(rules: Sequence[Rule]) -> Fits:
    """(8 (classes + 1), rules), by 8 class + identity."""

    def fits(asked: Sequence[str], word: str, undecided: str, refusal: bool) -> bool:
        if not asked or (word and word in asked):
            return True
        return refusal and word in (undecided, MISSING)

    rows = [
        [
            fits(rule.release.aircraft, aircraft, UNDECIDED_CLASS, refuses(rule))
            and fits(rule.release.identities, identity, UNDECIDED_IDENTITY, refuses(rule))
            for rule in rules
        ]
        for aircraft in (*AIRCRAFT_CLASSES, MISSING)
        for identity in (*IDENTITIES, MISSING)
    ]
    return np.array(rows, np.bool_).reshape(len(rows), len(rules))


def _bands(rules: Sequence[Rule], bounds: Sequence[float]) -> Fits:
    """(bands + 1, rules): altitude bands between bounds, then the unknown altitude."""
    edges = [-math.inf, *bounds, math.inf]

    def within(asked: Release, low: float, high: float) -> bool:
        at_least = asked.min_altitude_m is None or low >= asked.min_altitude_m
        return at_least and (asked.max_altitude_m is None or high <= asked.max_altitude_m)

    rows = [
        [within(rule.release, low, high) for rule in rules]
        for low, high in itertools.pairwise(edges)
    ]
    rows.append(
        [
            refuses(rule)
            or (rule.release.min_altitude_m is None and rule.release.max_altitude_m is None)
            for rule in rules
        ]
    )
    return np.array(rows, np.bool_).reshape(len(rows), len(rules))


SetTable = tuple[Fits, Fits, Fits, Fits]
"""What fits with no member, with members unknown, and what each member adds and bars."""


def _blank(rules: Sequence[Rule]) -> tuple[Fits, Fits]:
    return np.zeros((BITS, len(rules)), np.bool_), np.zeros((BITS, len(rules)), np.bool_)


def _areas(rules: Sequence[Rule], area_bits: Mapping[tuple[str, str], int]) -> SetTable:
    adds, bars = _blank(rules)
    base = np.array([not rule.release.areas for rule in rules], np.bool_)
    unknown = np.array(
        [refuses(r) or not (r.release.areas or r.release.outside) for r in rules], np.bool_
    )
    for number, rule in enumerate(rules):
        for name in rule.release.areas:
            adds[area_bits[rule.agreement, name], number] = True
        for name in rule.release.outside:
            bars[area_bits[rule.agreement, name], number] = True
    return base, unknown, adds, bars


def _categories(rules: Sequence[Rule], codes: Codes, documents: Mapping[str, Document]) -> SetTable:
    """A category that its agreement does not know bars a grant, and fits a refusal by category."""
    adds, bars = _blank(rules)
    base = np.array([not rule.release.categories for rule in rules], np.bool_)
    for number, rule in enumerate(rules):
        known = documents[rule.agreement].categories
        for bit in range(BITS):
            word = codes.categories[bit] if bit < len(codes.categories) else MISSING
            strange = word not in known
            adds[bit, number] = word in rule.release.categories or (refuses(rule) and strange)
            bars[bit, number] = strange and not refuses(rule)
    return base, base, adds, bars


def _sensors(rules: Sequence[Rule], codes: Codes) -> SetTable:
    """A grant by sensor holds if all that contributed are named, a refusal if one of them is."""
    adds, bars = _blank(rules)
    asked = np.array([bool(rule.release.sensors) for rule in rules], np.bool_)
    refusal = np.array([refuses(rule) for rule in rules], np.bool_)
    for number in map(int, np.flatnonzero(asked)):
        for bit in range(BITS):
            named = bit < len(codes.sensors) and codes.sensors[bit] in rules[number].release.sensors
            adds[bit, number] = refusal[number] and named
            bars[bit, number] = not refusal[number] and not named
    return ~(asked & refusal), ~asked | refusal, adds, bars
