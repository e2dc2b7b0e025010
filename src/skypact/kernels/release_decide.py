"""Whether an item may leave, for many items and partners at once.

In: items as codes and bits (``model.labels.LabelledItems``), and the compiled rules: for each
value that a feature of an item can take, the rules it fits, as bits of 64-bit words. Out: for
each item and partner a verdict and the rule that decided. The rules an item fits are the AND of
its features' rows, worked out once for all partners; a partner's part is one more AND. Meaning:
docs/explanation/release.md; plain-Python definition: ``skypact.release.considering``.
"""

import math

import numpy as np

from skypact.kernels.compilation import bare, kernel

NOTHING, BLURRED, WHOLE = 0, 1, 2
AREAS, CATEGORIES, SOURCES = 0, 1, 2
"""Rows of the tables of features that are sets."""

CHUNK = 256
"""Items taken through all steps together: a call of a kernel costs as much as an item."""

DE_BRUIJN = np.uint64(0x03F79D71B4CB0A89)
"""Every six bits of it, shifted out on the left, differ (Leiserson et al., 1998)."""

BIT_OF = np.zeros(64, np.int64)
for _bit in range(64):
    BIT_OF[(int(DE_BRUIJN) << _bit) % 2**64 >> 58] = _bit


@bare
def row_of(value, count):
    """Row of a code in its table; the last row is for what has no code."""
    return value if 0 <= value < count else count


@bare
def band_of(altitude_m, band_from_m):
    """Altitude band; a band holds its lower bound and not its upper. The last: unknown."""
    bounds = band_from_m.shape[0]
    if not math.isfinite(altitude_m):
        return bounds + 1
    low, high = 0, bounds
    while low < high:
        middle = (low + high) // 2
        if band_from_m[middle] <= altitude_m:
            low = middle + 1
        else:
            high = middle
    return low


@bare
def lowest_bit(word):
    """Number of the lowest bit set in a word that is not 0 (de Bruijn's sequence)."""
    alone = word & (~word + np.uint64(1))
    return BIT_OF[(alone * DE_BRUIJN) >> np.uint64(58)]


@bare
def and_rules_of_sets(
    first, last, feature, members, placed, base, unknown, adds, bars, fits
):
    """AND into ``fits`` the rules that a set of areas, categories or sources fits.

    A member can add rules (it is one the rule asks for) and bar rules (it is one the rule does
    not allow beside others). Items ``first`` up to ``last``; ``fits`` (items of a chunk, words).
    """
    one, none = np.uint64(1), np.uint64(0)
    for i in range(first, last):
        known = placed[i] if feature == AREAS else feature == CATEGORIES or members[i] != none
        if not known:
            for w in range(fits.shape[1]):
                fits[i - first, w] &= unknown[feature, w]
            continue
        for w in range(fits.shape[1]):
            added, barred = base[feature, w], none
            left = members[i]
            while left:
                m = lowest_bit(left)
                added |= adds[feature, m, w]
                barred |= bars[feature, m, w]
                left &= left - one
            fits[i - first, w] &= added & ~barred


@bare
def rules_of_items(
    first, last, kind, originator, classification, aircraft, identity, emergency, exercise,
    altitude_m, by_kind, by_class, by_originator, by_classification, by_band, band_from_m, fits,
):
    """Fill ``fits`` (items of a chunk, words): rules that single-valued features fit."""
    for i in range(first, last):
        a = 4 * row_of(kind[i], by_kind.shape[0] // 4 - 1) + 2 * emergency[i] + exercise[i]
        b = 8 * row_of(aircraft[i], 3) + row_of(identity[i], 7)
        c = row_of(originator[i], by_originator.shape[0] - 1)
        d = row_of(classification[i], by_classification.shape[0] - 1)
        e = band_of(altitude_m[i], band_from_m)
        for w in range(fits.shape[1]):
            fits[i - first, w] = (
                by_kind[a, w] & by_class[b, w] & by_originator[c, w]
                & by_classification[d, w] & by_band[e, w]
            )


@bare
def decide_for_partners(
    first, last, kind, originator, came_under, releasable_to, partners, by_partner, refusing,
    open_agreements, binding, consent, agreement_of, agreement_rules, breadth,
    rule_verdict, party, fits, left, verdict, rule,
):
    """Fill rows ``first`` up to ``last`` of ``verdict`` and ``rule``.

    ``fits`` (items of a chunk, words) are the rules each item fits, whoever would receive it;
    ``left`` (words,) is room to work in.
    """
    one, none = np.uint64(1), np.uint64(0)
    words = fits.shape[1]
    for i in range(first, last):
        own = came_under[i] < 0 and originator[i] == party
        came, made_by = came_under[i], originator[i]
        received = (
            came >= 0 and came < consent.shape[0] and made_by >= 0 and made_by < consent.shape[1]
            and (open_agreements >> np.uint64(came)) & one != none
        )
        k = row_of(kind[i], consent.shape[2] - 1)
        for j in range(partners.shape[0]):
            partner = partners[j]
            best, refused = -1, False
            for w in range(words):
                left[w] = fits[i - first, w] & by_partner[partner, w]
                refusal = left[w] & refusing[w]
                if refusal and not refused:
                    best, refused = 64 * w + lowest_bit(refusal), True
            verdict[i, j], rule[i, j] = NOTHING, best
            if refused or not (releasable_to[i] >> np.uint64(partner)) & one:
                continue
            allowed = none
            if own:
                allowed = binding[partner] & open_agreements
            elif received:
                allowed = consent[came, made_by, k, partner] & open_agreements
            if not allowed:
                continue
            # of the first grant of each agreement that is allowed, the widest
            for w in range(words):
                while left[w]:
                    number = 64 * w + lowest_bit(left[w])
                    under = agreement_of[number]
                    for v in range(w, words):
                        left[v] &= ~agreement_rules[under, v]
                    if (allowed >> np.uint64(under)) & one and (
                        best < 0 or breadth[number] < breadth[best]
                    ):
                        best = number
            if best >= 0:
                verdict[i, j], rule[i, j] = rule_verdict[best], best


@kernel(
    "void(int8[::1], int16[::1], int16[::1], int16[::1], uint64[::1], uint64[::1], int8[::1],"
    " int8[::1], uint64[::1], boolean[::1], boolean[::1], float64[::1], uint64[::1], boolean[::1],"
    " int64[::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1], uint64[:, ::1],"
    " float64[::1], uint64[:, ::1], uint64[:, ::1], uint64[:, :, ::1], uint64[:, :, ::1],"
    " uint64[:, ::1], uint64[::1], uint64, uint64[::1], uint64[:, :, :, ::1], int64[::1],"
    " uint64[:, ::1], int32[::1], int8[::1], int64, int8[:, ::1], int32[:, ::1])"
)
def decide(
    kind, originator, came_under, classification, categories, releasable_to, aircraft,
    identity, sources, emergency, exercise, altitude_m, area_bits, placed,
    partners, by_kind, by_class, by_originator, by_classification, by_band,
    band_from_m, base, unknown, adds, bars,
    by_partner, refusing, open_agreements, binding, consent, agreement_of,
    agreement_rules, breadth, rule_verdict, party, verdict, rule,
):
    """Fill ``verdict`` and ``rule`` (items, partners); rule -1 where no rule decided.

    Parameters
    ----------
    kind ... altitude_m
        Columns of ``LabelledItems``, each (items,).
    area_bits, placed
        Areas each item lies in, and whether it has a position, (items,).
    partners
        Codes of parties asked for, (partners,).
    by_kind, by_class, by_originator, by_classification, by_band
        (values + 1, words): rules that each value fits, last row for what is unknown; by_kind
        is indexed by 4 kind + 2 emergency + exercise, by_class by 8 aircraft + identity.
    band_from_m
        Heights at which altitude bands begin, ascending, (bands - 1,).
    base, unknown, adds, bars
        (3, words) and (3, 64, words), see :func:`and_rules_of_sets`.
    by_partner, refusing
        Rules that name a partner, (parties, words); refusals that bind now, (words,).
    open_agreements, binding, consent
        Bits of agreements: under which anything leaves now; that bind the node's party and each
        partner, (parties,); that originators consented to for what came under an agreement,
        (agreements, originators, kinds + 1, partners).
    agreement_of, agreement_rules, breadth, rule_verdict
        Of each rule its agreement, place from widest to narrowest, and verdict, (rules,); the
        rules of each agreement, (agreements, words).
    party
        The node's own party.
    """
    words = refusing.shape[0]
    fits, left = np.empty((CHUNK, words), np.uint64), np.empty(words, np.uint64)
    for first in range(0, kind.shape[0], CHUNK):
        last = min(first + CHUNK, kind.shape[0])
        rules_of_items(
            first, last, kind, originator, classification, aircraft, identity, emergency,
            exercise, altitude_m, by_kind, by_class, by_originator, by_classification, by_band,
            band_from_m, fits,
        )
        and_rules_of_sets(
            first, last, AREAS, area_bits, placed, base, unknown, adds, bars, fits
        )
        and_rules_of_sets(
            first, last, CATEGORIES, categories, placed, base, unknown, adds, bars, fits
        )
        and_rules_of_sets(
            first, last, SOURCES, sources, placed, base, unknown, adds, bars, fits
        )
        decide_for_partners(
            first, last, kind, originator, came_under, releasable_to, partners, by_partner,
            refusing, open_agreements, binding, consent, agreement_of, agreement_rules, breadth,
            rule_verdict, party, fits, left, verdict, rule,
        )
