"""Names what is wrong in a segment whose fast check failed.

In: a segment's slots and what should come before them. Out: a :class:`Finding` for each record
that was changed, removed or moved, with number, file and byte place. Slow, and needed only where
something is wrong.

What can be known: a record's own check sum tells a careless change; its number tells removal and
moving; the next record's ``previous`` tells a change with the check sum made anew, and which of
the two it was. Who recomputes everything that follows is met by the signed heads (``verify``).
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any, Literal

from skypact.audit.record import SLOT_BYTES, is_whole, kind_name
from skypact.audit.segments import NUMBER_AT, PREVIOUS_AT, begins_write

Wrong = Literal["changed", "removed", "moved", "unfinished", "rewritten", "bad-head"]
MOST_FINDINGS = 1000
"""In one segment; a file overwritten as a whole needs no more to be known for it."""


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it was written.

    Parameters
    ----------
    what
        ``changed``, ``removed``, ``moved`` (stands elsewhere than its number says),
        ``unfinished`` (a write that a crash interrupted: no damage), ``rewritten`` (somewhere in
        these records, with everything after them made anew), ``bad-head``.
    number, last
        First and last record concerned.
    file, byte
        Where it is, or should be.
    kind
        Name of the record's kind, where it can still be read.
    detail
        In plain words.
    """

    what: Wrong
    number: int
    last: int
    file: str
    byte: int
    kind: str
    detail: str

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def number_in(slot: bytes) -> int:
    """The number a slot says it has."""
    return int.from_bytes(slot[NUMBER_AT : NUMBER_AT + 8], "little")


def kind_in(slot: bytes) -> str:
    """Name of the kind a slot says it is of."""
    return kind_name(int.from_bytes(slot[2:4], "little"))


def name_damage(
    slots: list[bytes],
    first: int,
    previous: bytes,
    file: str,
    *,
    end_number: int | None,
    durable: int = 0,
) -> list[Finding]:
    """Name what is wrong in a segment, record by record.

    Parameters
    ----------
    slots
        Its slots of 128 bytes, as they stand.
    first
        Number that its first record should have.
    previous
        Leaf hash of the last record before it.
    file
        Its name.
    end_number
        Number that the next segment begins with; None of the log's last, whose end a crash may
        have left unfinished.
    durable
        Size of the log at its newest signed head: so many records were durable.
    """
    search = _Search(slots, first, previous, file)
    end = len(slots)
    if end_number is None:
        end = _unfinished_from(slots, search.whole, durable - first)
    for index in range(end):
        if len(search.findings) >= MOST_FINDINGS:
            break
        search.look(index, end)
    if end < len(slots):
        detail = f"{len(slots) - end} records of a write that a crash interrupted"
        search.tell("unfinished", end, search.next_number(), detail)
    if end_number is not None and search.next_number() < end_number:
        search.tell("removed", end, search.next_number(), "the file is short", end_number - 1)
    return search.findings


def _unfinished_from(slots: list[bytes], whole: list[bool], durable: int) -> int:
    """Where the write begins to be unfinished that a crash interrupted: see ``whole_tail``."""
    begun = [i for i, ok in enumerate(whole) if ok and begins_write(slots[i])]
    newest = max(begun[-1] if begun else -1, durable - 1)
    return next((i for i, ok in enumerate(whole) if not ok and i > newest), len(slots))


class _Search:
    """Walks a segment's slots, knowing which number should come next."""

    def __init__(self, slots: list[bytes], first: int, previous: bytes, file: str) -> None:
        self.slots = slots
        self.file = file
        self.whole = [is_whole(slot) for slot in slots]
        self.numbers = [
            number_in(slot) if ok else -1 for slot, ok in zip(slots, self.whole, strict=True)
        ]
        self.expected = first
        self.findings: list[Finding] = []
        self._first = first
        leaves = [previous, *(sha256(slot).digest() for slot in slots)]
        self._unlinked = [
            slot[PREVIOUS_AT : PREVIOUS_AT + 32] != leaf
            for slot, leaf in zip(slots, leaves[:-1], strict=True)
        ]
        self._last_place = {number: index for index, number in enumerate(self.numbers)}
        self._seen: set[int] = set()

    def tell(self, what: Wrong, index: int, number: int, detail: str, last: int = -1) -> None:
        kind = "" if what == "removed" or index < 0 else kind_in(self.slots[index])
        place = max(index, 0) * SLOT_BYTES
        last = max(last, number)
        self.findings.append(Finding(what, number, last, self.file, place, kind, detail))

    def next_number(self) -> int:
        """The number that no slot so far had, and the next one should."""
        while self.expected in self._seen:
            self.expected += 1
        return self.expected

    def look(self, index: int, end: int) -> None:
        """Look at one slot."""
        comes_later = self._last_place.get(self.next_number(), -1) > index
        number = self.numbers[index]
        if not self.whole[index]:
            self.tell("changed", index, self.expected, "its check sum does not fit its bytes")
            self.expected += not comes_later
            return
        if number > self.expected and not comes_later:
            there = min(n for n in self.numbers[index:end] if n > self.expected)
            detail = f"record {there} comes next"
            self.tell("removed", index, self.expected, detail, there - 1)
            self.expected = there
        if number != self.expected:
            self.tell("moved", index, number, f"it stands where record {self.expected} belongs")
        elif self._unlinked[index]:
            self._blame(index, end, number)
        self._seen.add(number)

    def _blame(self, index: int, end: int, number: int) -> None:
        """Say which of two whole records that do not fit together was changed.

        A record changed in its ``previous`` breaks the links on both its sides; any other change
        breaks only the link behind it, and the record before is to blame.
        """
        if index > 0 and self.numbers[index - 1] != number - 1:
            return  # what stands before is broken itself, and told
        anew = "; its check sum was made anew"
        if index + 1 < end and self._unlinked[index + 1] and self.whole[index + 1]:
            self.tell("changed", index, number, f"it does not follow the record before it{anew}")
        elif number == self._first == 0:
            self.tell("changed", index, number, f"the first record follows nothing{anew}")
        elif index == 0 or not self._unlinked[index - 1]:
            detail = f"the record after it was written behind other bytes{anew}"
            self.tell("changed", index - 1, number - 1, detail)
