"""From what binds now to what release compiles.

In: :class:`~skypact.agreement.effective.Effective`, the calendar's answer for an instant. Out:
bindings whose hours are those of that answer: a table compiled from them lets nothing leave
once the answer is out of date, whether the node asked again or not.
"""

from __future__ import annotations

from collections.abc import Sequence

from skypact.agreement.document import Document
from skypact.agreement.effective import Effective
from skypact.release.table import Binding


def bindings_from(now: Effective) -> tuple[Binding, ...]:
    """What binds, until the calendar's answer may change; in its last days nothing leaves."""
    return tuple(
        Binding(
            binding.document,
            binding.parties,
            from_ns=now.now_ns,
            releases_until_ns=(
                now.now_ns if binding.standing.state == "wind-down" else now.next_change_ns
            ),
            binds_until_ns=now.next_change_ns,
        )
        for binding in now.bindings
    )


def as_if_in_force(documents: Sequence[Document]) -> tuple[Binding, ...]:
    """Agreements taken to bind all their parties for ever: to try a text before it is signed."""
    return tuple(
        Binding(document, tuple(party.code for party in document.party), from_ns=0)
        for document in documents
    )
