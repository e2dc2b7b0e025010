"""Items held back until their delay is over, for one partner and one kind of item.

In: batches as they come, and the time. Out: what leaves now, of the new and of the held, in the
order in which it became due. What is held is held as it is, with its label, and decided on again
when it is due: an agreement that has lapsed or changed meanwhile has the last word. Bounded: at
the limit the newest are refused and counted, so that those before them still leave.
"""

from __future__ import annotations

from typing import Generic, TypeVar

import numpy as np
from numpy.typing import NDArray

from skypact.model.labels import LabelledItems
from skypact.model.plots import Plots
from skypact.model.tracks import Tracks
from skypact.release.blurring import NEVER_NS, Released, released
from skypact.release.coding import recoded
from skypact.release.table import Codes, ReleaseTable

Batch = TypeVar("Batch", Tracks, Plots)

HELD_LIMIT = 500_000
"""Items: five minutes of 1,600 a second; about 100 MB."""


class HeldBack(Generic[Batch]):
    """What one partner gets later.

    Parameters
    ----------
    partner
        Code of the receiving party.
    secret
        Of the node, see :func:`~skypact.release.numbering.passing_numbers`.
    limit
        Most items held.
    """

    def __init__(self, partner: str, secret: bytes, limit: int = HELD_LIMIT) -> None:
        self.partner = partner
        self.refused = 0
        self._secret = secret
        self._limit = limit
        self._held: tuple[Batch, LabelledItems] | None = None
        self._due_ns: NDArray[np.int64] = np.empty(0, np.int64)
        self._codes: Codes | None = None

    def __len__(self) -> int:
        return len(self._due_ns)

    def step(
        self, batch: Batch, labels: LabelledItems, table: ReleaseTable, now_ns: int
    ) -> tuple[Batch, Released]:
        """What leaves at ``now_ns`` of ``batch`` and of what was held, and the decisions on both.

        ``released`` speaks of the held rows that became due, in order, followed by ``batch``.
        """
        if self._held is not None and self._codes is not None:
            held, held_labels = self._held
            held_labels = recoded(held_labels, self._codes, table.codes)
            ripe = self._due_ns <= now_ns
            order = np.flatnonzero(ripe)[np.argsort(self._due_ns[ripe], kind="stable")]
            batch = type(batch).join([held.take(order), batch])
            labels = LabelledItems.joined([held_labels.take(order), labels])
            self._keep(held.take(~ripe), held_labels.take(~ripe), self._due_ns[~ripe])
        self._codes = table.codes
        gone, outcome = released(batch, labels, table, self.partner, now_ns, self._secret)
        later = np.flatnonzero((outcome.due_ns > now_ns) & (outcome.due_ns < NEVER_NS))
        room = max(0, self._limit - len(self))
        self.refused += max(0, len(later) - room)
        later = later[:room]
        self._add(batch.take(later), labels.take(later), outcome.due_ns[later])
        return gone, outcome

    def _keep(self, held: Batch, labels: LabelledItems, due_ns: NDArray[np.int64]) -> None:
        self._held = (held, labels) if len(due_ns) else None
        self._due_ns = due_ns

    def _add(self, batch: Batch, labels: LabelledItems, due_ns: NDArray[np.int64]) -> None:
        if not len(due_ns):
            return
        if self._held is None:
            self._keep(batch, labels, due_ns)
            return
        held, held_labels = self._held
        self._keep(
            type(batch).join([held, batch]),
            LabelledItems.joined([held_labels, labels]),
            np.concatenate([self._due_ns, due_ns]),
        )
