"""What a track's transponder says: address and code, or nothing.

In: the joint picture, the nation's blocks of addresses and lists of codes. Out: findings of the
kinds ``address``, ``code`` and ``silence``. Codes are those of ICAO Annex 10 volume IV, 2.1.4 and
Doc 4444, 8.5.2: 7500 is unlawful interference, exactly (7501 is not); 7600 and 7700 tell of
trouble, which says nothing of who it is (they are alerts).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from skypact.identity.finding import findings
from skypact.identity.outcomes import outcome
from skypact.identity.refusals import BadBlocks
from skypact.identity.registration import Blocks, registration_blocks, state_blocks_of
from skypact.model.identity import NO_OUTCOME, Findings
from skypact.model.joint import JointTracks

CODES = 4096
UNLAWFUL_INTERFERENCE = 0o7500
RADIO_FAILURE, DISTRESS = 0o7600, 0o7700
CONSPICUITY = (0o1000, 0o1200, 0o2000, 0o7000)
"""Codes that many aircraft show: 1000 where the address identifies, 1200 and 7000 in visual flight
(North America, Europe), 2000 before a code was given (Doc 4444, 8.5.2.2)."""


def _no_blocks() -> Blocks:
    return state_blocks_of([])


@dataclass(frozen=True, slots=True)
class AddressList:
    """Whose addresses mean what to a nation; states are ISO 3166-1 codes.

    Parameters
    ----------
    own
        The nation's state.
    parties
        States of the other parties to its agreements.
    watched
        States whose aircraft it watches.
    state_blocks
        Blocks of state aircraft that it knows, by ``registration.state_blocks_of``.
    """

    own: str
    parties: frozenset[str] = frozenset()
    watched: frozenset[str] = frozenset()
    blocks: Blocks = field(default_factory=registration_blocks)
    state_blocks: Blocks = field(default_factory=_no_blocks)

    def outcomes(self) -> NDArray[np.int16]:
        """What each block of a state means, shape (blocks + 1,); the last: no block."""
        found = np.full(len(self.blocks.state) + 1, outcome("address", "other"), np.int16)
        for at, state in enumerate(self.blocks.state):
            if state == self.own:
                found[at] = outcome("address", "own")
            elif state in self.watched:
                found[at] = outcome("address", "watched")
            elif state in self.parties:
                found[at] = outcome("address", "party")
        found[-1] = outcome("address", "unallocated")
        return found

    def state_outcomes(self) -> NDArray[np.int16]:
        """The same of the blocks of state aircraft; the last: no block, nothing found."""
        found = [outcome("address", f"{use}-block") for use in self.state_blocks.state]
        return np.array([*found, NO_OUTCOME], np.int16)


@dataclass(frozen=True, slots=True)
class CodeList:
    """What each Mode 3/A code means to a nation, shape (4096,): index of an outcome, -1 nothing."""

    meaning: NDArray[np.int16]

    @classmethod
    def of(
        cls,
        friendly: Iterable[int] = (),
        assigned: Iterable[int] = (),
        conspicuity: Iterable[int] = CONSPICUITY,
    ) -> CodeList:
        """A list from codes (0 to 4095) kept for friendly state aircraft and those assigned.

        Where a code stands in two lists, the first of this order has it.

        Raises
        ------
        BadBlocks
            If a code is none.
        """
        meaning = np.full(CODES, outcome("code", "unassigned"), np.int16)
        for name, codes in (
            ("conspicuity", conspicuity),
            ("assigned", assigned),
            ("friendly-range", friendly),
        ):
            for code in codes:
                if not 0 <= code < CODES:
                    raise BadBlocks(f"{code} is no Mode 3/A code", where=name)
                meaning[code] = outcome("code", name)
        meaning[UNLAWFUL_INTERFERENCE] = outcome("code", "unlawful-interference")
        meaning[[RADIO_FAILURE, DISTRESS, 0]] = NO_OUTCOME
        return cls(meaning)


def address_findings(joint: JointTracks, known: AddressList) -> Findings:
    """Whose block each track's address is in; ``detail``: the block, state blocks after the others.

    A track without address has no finding: ``silence`` says what that means.
    """
    address = joint.tracks.mode_s
    block, inner = known.blocks.of(address), known.state_blocks.of(address)
    of_state = known.state_outcomes()[inner]
    found = np.where(of_state != NO_OUTCOME, of_state, known.outcomes()[block])
    detail = np.where(inner >= 0, inner + len(known.blocks.state), block)
    shown = (address > 0) & (address < 1 << 24)
    return findings(
        "address",
        joint,
        np.where(shown, found, NO_OUTCOME).astype(np.int16),
        detail=detail.astype(np.int32),
    )


def address_name(known: AddressList, detail: int) -> str:
    """What a finding of an address is of."""
    names = (*known.blocks.name, *known.state_blocks.name)
    return names[detail] if 0 <= detail < len(names) else "no state"


def code_findings(joint: JointTracks, known: CodeList) -> Findings:
    """What each track's code means; ``detail``: the code."""
    code = joint.tracks.mode_3a
    shown = (code >= 0) & (code < CODES)
    found = np.where(shown, known.meaning[np.where(shown, code, 0)], NO_OUTCOME)
    return findings("code", joint, found.astype(np.int16), detail=code.astype(np.int32))


def code_name(detail: int) -> str:
    """A code in octal, as it is spoken."""
    return f"{detail:04o}" if 0 <= detail < CODES else "unknown"


def silence_findings(
    joint: JointTracks, covered: NDArray[np.bool_], replied_ns: NDArray[np.int64]
) -> Findings:
    """Whether each track's transponder answers.

    Parameters
    ----------
    covered
        Whether a secondary radar or multilateration covers the track's place and height now,
        shape (tracks,); where none does, silence is not found.
    replied_ns
        When a reply was last put with it, int64; negative: never.
    """
    measured = joint.tracks.measured_ns
    age_s = (measured - replied_ns) * 1e-9
    never = replied_ns < 0
    replies = ~never & (age_s <= REPLY_S)
    found = np.full(len(joint), NO_OUTCOME, np.int16)
    found[replies] = outcome("silence", "replies")
    found[covered & never] = outcome("silence", "silent")
    found[covered & ~never & ~replies] = outcome("silence", "stopped")
    return findings("silence", joint, found)


REPLY_S = 30.0
"""Two turns of a slow surveillance radar (12 s) and some: one missed reply is no silence."""
