"""Where the next sensors should stand: choose p of n candidate sites for most weighted coverage.

In: which candidate would see which cell, and what each cell is worth. Out: the choice, what it
covers, and a bound that no choice can pass. Greedy choice is within 1 - 1/e of the best
(Nemhauser, Wolsey and Fisher 1978) and swaps make it better; HiGHS' linear relaxation tells how
much better it could be at most (Church and ReVelle 1974, maximal covering location).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import highspy
import numpy as np
from numpy.typing import NDArray
from scipy import sparse


@dataclass(frozen=True, slots=True)
class Choice:
    """Chosen sites.

    Parameters
    ----------
    sites
        Indexes of candidates, those that were fixed first, then in the order of choice.
    covered
        Weight of the cells they see.
    bound
        Weight that no choice of as many sites exceeds; infinite where none was computed.
    """

    sites: tuple[int, ...]
    covered: float
    bound: float

    @property
    def gap(self) -> float:
        """How far the choice may lie under the best, as a share of the bound."""
        return 1.0 - self.covered / self.bound if self.bound else 0.0


def choose_sites(
    sees: NDArray[np.bool_],
    weight: NDArray[np.float64],
    count: int,
    *,
    fixed: Sequence[int] = (),
    redundancy: int = 1,
    cost: NDArray[np.float64] | None = None,
    budget: float = np.inf,
    limit_s: float = 20.0,
) -> Choice:
    """Choose ``count`` sites beside the fixed ones.

    Parameters
    ----------
    sees
        bool (sites, cells).
    weight
        What a covered cell is worth, float64 (cells,), not negative.
    fixed
        Sites that stand already.
    redundancy
        A cell counts when so many sites see it.
    cost, budget
        Of each site (sites,), and of all that are added.
    limit_s
        For the bound; what HiGHS has proved by then counts.

    Raises
    ------
    ValueError
        If there are fewer candidates than asked for, or a weight is negative.
    """
    sites = len(sees)
    if not 0 < count <= sites - len(set(fixed)) or redundancy < 1 or (weight < 0).any():
        raise ValueError(f"{count} of {sites} sites, {len(fixed)} fixed, redundancy {redundancy}")
    rows, worth = merged(sees, weight)
    price = np.zeros(sites) if cost is None else np.asarray(cost, np.float64)
    kept = list(dict.fromkeys(fixed))
    chosen = _greedy(rows, worth, count, kept, redundancy, (price, budget))
    chosen = _swapped(rows, worth, chosen, len(kept), redundancy, (price, budget))
    covered = _value(rows, worth, chosen, redundancy)
    bound = _bound(rows, worth, count, tuple(fixed), redundancy, (price, budget, limit_s))
    return Choice(tuple(chosen), covered, max(bound, covered))


def greedy_and_swaps(
    sees: NDArray[np.bool_], weight: NDArray[np.float64], count: int
) -> tuple[int, ...]:
    """Only the choice, without the bound: for many trials of a plan."""
    rows, worth = merged(sees, weight)
    free = (np.zeros(len(sees)), float("inf"))
    return tuple(_swapped(rows, worth, _greedy(rows, worth, count, [], 1, free), 0, 1, free))


def merged(
    sees: NDArray[np.bool_], weight: NDArray[np.float64]
) -> tuple[NDArray[np.float32], NDArray[np.float64]]:
    """Cells seen by the same sites as one cell of their weight; unseen cells are left out.

    The problem stays the same and becomes several times smaller. float32 (sites, classes).
    """
    packed = np.packbits(sees, axis=0)
    keys, which = np.unique(packed, axis=1, return_inverse=True)
    worth = np.zeros(keys.shape[1])
    np.add.at(worth, which.ravel(), weight)
    rows = np.unpackbits(keys, axis=0, count=len(sees)).astype(np.float32)
    kept = (rows.any(axis=0)) & (worth > 0.0)
    return np.ascontiguousarray(rows[:, kept]), worth[kept]


def _gains(
    rows: NDArray[np.float32], worth: NDArray[np.float64], seen: NDArray[np.float32], need: int
) -> NDArray[np.float64]:
    """What each site would add; where more than one is needed, a step towards it counts too."""
    lacking = need - seen
    # half of the worth for the first of two: else nothing would ever be begun
    value = np.where(lacking >= 1.0, worth / np.maximum(lacking, 1.0) ** 2, 0.0)
    return np.asarray(rows @ value.astype(np.float32), np.float64)


def _greedy(
    rows: NDArray[np.float32],
    worth: NDArray[np.float64],
    count: int,
    fixed: list[int],
    need: int,
    prices: tuple[NDArray[np.float64], float],
) -> list[int]:
    price, left = prices
    chosen = list(fixed)
    seen = rows[chosen].sum(axis=0) if chosen else np.zeros(rows.shape[1], np.float32)
    for _ in range(count):
        gain = _gains(rows, worth, seen, need)
        gain[chosen] = -1.0
        gain[price > left] = -1.0
        best = int(np.argmax(gain))
        if gain[best] < 0.0:
            break
        chosen.append(best)
        left -= float(price[best])
        seen = seen + rows[best]
    return chosen


def _value(
    rows: NDArray[np.float32], worth: NDArray[np.float64], chosen: Sequence[int], need: int
) -> float:
    return float(worth[rows[list(chosen)].sum(axis=0) >= need].sum())


def _swapped(
    rows: NDArray[np.float32],
    worth: NDArray[np.float64],
    chosen: list[int],
    fixed: int,
    need: int,
    prices: tuple[NDArray[np.float64], float],
) -> list[int]:
    """Exchange one chosen site for another as long as that covers more."""
    price, budget = prices
    chosen = list(chosen)
    best = _value(rows, worth, chosen, need)
    improved = True
    while improved:
        improved = False
        for place in range(fixed, len(chosen)):
            rest = [site for k, site in enumerate(chosen) if k != place]
            seen = rows[rest].sum(axis=0) if rest else np.zeros(rows.shape[1], np.float32)
            one_short = np.where(seen == need - 1, worth, 0.0)
            gain = np.asarray(rows @ one_short.astype(np.float32), np.float64)
            gain[rest] = -1.0
            spent = float(price[[site for site in rest if site not in chosen[:fixed]]].sum())
            gain[price > budget - spent] = -1.0
            site = int(np.argmax(gain))
            value = _value(rows, worth, [*rest, site], need)
            if value > best * (1.0 + 1e-9):
                chosen[place], best, improved = site, value, True
    return chosen


def _bound(
    rows: NDArray[np.float32],
    worth: NDArray[np.float64],
    count: int,
    fixed: tuple[int, ...],
    need: int,
    limits: tuple[NDArray[np.float64], float, float],
) -> float:
    """What the linear relaxation allows at most; infinite if HiGHS did not solve it in time."""
    price, budget, limit_s = limits
    sites, classes = rows.shape
    seen = sparse.csr_matrix(rows.T.astype(np.float64))
    lines = [
        sparse.hstack([seen, -float(need) * sparse.identity(classes)]),
        sparse.csr_matrix(np.concatenate([np.ones(sites), np.zeros(classes)])),
        sparse.csr_matrix(np.concatenate([price, np.zeros(classes)])),
    ]
    matrix = sparse.csr_matrix(sparse.vstack(lines))
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = sites + classes, classes + 2
    model.col_cost_ = np.concatenate([np.zeros(sites), -worth])
    lower = np.zeros(sites + classes)
    lower[list(fixed)] = 1.0
    model.col_lower_, model.col_upper_ = lower, np.ones(sites + classes)
    model.row_lower_ = np.concatenate([np.zeros(classes), [0.0, -highspy.kHighsInf]])
    spendable = budget + float(price[list(fixed)].sum()) if fixed else budget
    model.row_upper_ = np.concatenate(
        [
            np.full(classes, highspy.kHighsInf),
            [count + len(set(fixed)), min(spendable, highspy.kHighsInf)],
        ]
    )
    model.a_matrix_.format_ = highspy.MatrixFormat.kRowwise
    model.a_matrix_.start_ = matrix.indptr
    model.a_matrix_.index_ = matrix.indices
    model.a_matrix_.value_ = matrix.data
    solver = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("time_limit", limit_s)
    solver.passModel(model)
    solver.run()
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
        return float("inf")
    return -float(solver.getInfo().objective_function_value)
