"""The compiled rules of one node: what ``compiling`` makes and ``deciding`` looks up.

Words of agreements (parties, classifications, categories, sensors) become codes, rules become
bits. Arrays are laid out as ``kernels.release_decide`` takes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from skypact.agreement.document import Blur, Document, Release
from skypact.model.errors import UnknownParty
from skypact.model.labels import Ladders
from skypact.release.areas import AreaIndex

RULES_LIMIT = 1024
BITS = 64
"""Most parties, agreements and areas: a bit each in one word."""

NAMED_LIMIT = 63
"""Most categories and most sensors that rules name; the last bit is for all others."""

OTHER_BIT = np.uint64(1) << np.uint64(63)
"""Bit of a category that the table lacks, or of a sensor that no rule names."""

FOREVER_NS = np.iinfo(np.int64).max

Bits = NDArray[np.uint64]


@dataclass(frozen=True, slots=True)
class Binding:
    """An agreement that binds, and from when until when.

    Parameters
    ----------
    document
        Its text.
    parties
        Codes of the parties it binds: those that signed and ratified, or acceded.
    from_ns
        Entry into force, int64 UTC nanoseconds: nothing leaves before.
    releases_until_ns
        When nothing more leaves under it: the beginning of its last days, or its end.
    binds_until_ns
        Its end; until then its refusals bind.
    """

    document: Document
    parties: tuple[str, ...]
    from_ns: int
    releases_until_ns: int = FOREVER_NS
    binds_until_ns: int = FOREVER_NS


@dataclass(frozen=True, slots=True)
class Codes:
    """Words by code: an item's code is the index of its word here, its bit likewise."""

    parties: tuple[str, ...]
    agreements: tuple[str, ...]
    classifications: tuple[str, ...]
    categories: tuple[str, ...]
    sensors: tuple[str, ...]

    @staticmethod
    def of(word: str, words: tuple[str, ...]) -> int:
        """Index of a word, -1 where it has none."""
        return words.index(word) if word in words else -1

    @staticmethod
    def bits(wanted: tuple[str, ...], words: tuple[str, ...], other: bool = False) -> np.uint64:
        """Bits of words; with ``other`` the highest bit for any word that is not there."""
        found = 0
        for word in wanted:
            if word in words:
                found |= 1 << words.index(word)
            elif other:
                found |= int(OTHER_BIT)
        return np.uint64(found)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of the table, as its agreement wrote it."""

    agreement: str
    release: Release
    blur: Blur | None


@dataclass(frozen=True, slots=True)
class RuleBits:
    """For each value of a feature, the rules that fit; see ``kernels.release_decide.decide``."""

    by_kind: Bits
    by_class: Bits
    by_originator: Bits
    by_classification: Bits
    by_band: Bits
    band_from_m: NDArray[np.float64]
    base: Bits
    unknown: Bits
    adds: Bits
    bars: Bits
    by_partner: Bits


@dataclass(frozen=True, slots=True)
class ReleaseTable:
    """All rules that bind one party, compiled.

    Parameters
    ----------
    party
        The node's own.
    bindings
        The agreements in force, by id.
    codes, ladders
        What items are coded with, and how classifications are ranked.
    rules
        By number, those of an agreement in the document's order.
    areas
        Index of the areas that rules name.
    area_names
        Agreement and area of each bit.
    fitting
        Rules by value of feature.
    agreement_of, agreement_rules, breadth, rule_verdict
        Of each rule its agreement, place from widest to narrowest, verdict; rules per agreement.
    refusals
        Bits of the rules that say "nothing", (words,).
    binding, consent
        Bits of agreements, see ``kernels.release_decide.decide``.
    """

    party: str
    bindings: tuple[Binding, ...]
    codes: Codes
    ladders: Ladders
    rules: tuple[Rule, ...]
    areas: AreaIndex
    area_names: tuple[tuple[str, str], ...]
    fitting: RuleBits
    agreement_of: NDArray[np.int64]
    agreement_rules: Bits
    breadth: NDArray[np.int32]
    rule_verdict: NDArray[np.int8]
    refusals: Bits
    binding: Bits
    consent: Bits

    def partner(self, code: str) -> int:
        """Code of a partner.

        Raises
        ------
        UnknownParty
            If no agreement in force names it, or it is the node's own party.
        """
        if code == self.party:
            raise UnknownParty(f"{code} is this node's own party", remedy="Ask for a partner")
        number = Codes.of(code, self.codes.parties)
        if number < 0:
            raise UnknownParty(
                f"no agreement of {self.party} in force names {code}",
                remedy=f"The parties are {', '.join(self.codes.parties) or 'none'}",
            )
        return number

    def releasing(self, now_ns: int) -> np.uint64:
        """Bits of the agreements under which something may leave now."""
        return _bits_of([b.from_ns <= now_ns < b.releases_until_ns for b in self.bindings])

    def refusing(self, now_ns: int) -> Bits:
        """Bits of the refusals that bind now, (words,)."""
        now = [b.from_ns <= now_ns < b.binds_until_ns for b in self.bindings]
        mask = np.zeros_like(self.refusals)
        for number in np.flatnonzero(now):
            mask |= self.agreement_rules[number]
        return mask & self.refusals


def _bits_of(flags: list[bool]) -> np.uint64:
    return np.uint64(sum(1 << k for k, flag in enumerate(flags) if flag))


def packed(fits: NDArray[np.bool_], words: int) -> Bits:
    """Booleans (..., rules) as bits of ``words`` 64-bit words (..., words), lowest bit first."""
    room = np.zeros((*fits.shape[:-1], 64 * words), np.bool_)
    room[..., : fits.shape[-1]] = fits
    return np.packbits(room, axis=-1, bitorder="little").view("<u8").astype(np.uint64, order="C")
