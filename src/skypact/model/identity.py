"""Who an aircraft is taken for: identities with their evidence, and what people have said.

An identity is one of the seven words of ``labels.IDENTITIES``; in an exercise the same words
stand with a flag. The machine weighs evidence and says at most ``suspect``: ``hostile`` is a word
of people, under the authority that the agreement names.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from skypact.model.labels import IDENTITIES
from skypact.model.orders import Actor

EvidenceKind = Literal[
    "address",
    "code",
    "plan",
    "corridor",
    "airspace",
    "origin",
    "motion",
    "approach",
    "silence",
    "consistency",
    "partner",
    "report",
]
"""What a piece of evidence is about; a track has at most one piece of each kind at a time."""

EVIDENCE_KINDS: tuple[EvidenceKind, ...] = (
    "address",
    "code",
    "plan",
    "corridor",
    "airspace",
    "origin",
    "motion",
    "approach",
    "silence",
    "consistency",
    "partner",
    "report",
)

HYPOTHESES = ("friendly-state", "civil", "foreign-state", "intruder")
"""What an aircraft may be: a state aircraft of the nation or its allies; a civil one that keeps
to the rules; another state's with a right to be there; one that hides or means harm."""
FRIENDLY_STATE, CIVIL, FOREIGN_STATE, INTRUDER = range(4)

PENDING, UNKNOWN, ASSUMED_FRIEND, FRIEND, NEUTRAL, SUSPECT, HOSTILE = range(7)
"""Indexes in ``labels.IDENTITIES``."""
assert IDENTITIES[PENDING] == "pending"
assert IDENTITIES[HOSTILE] == "hostile"

NO_OUTCOME = -1
"""Of a kind of evidence that a track has none of."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One piece of evidence as people read it.

    Parameters
    ----------
    kind
        What it is about.
    outcome
        What was found, a word of the likelihood tables.
    words
        A sentence in plain words.
    observed_ns
        When it was observed, int64 UTC nanoseconds.
    latitude_rad, longitude_rad
        Where the aircraft was then; NaN where the evidence has no place.
    address
        24-bit address it is bound to, -1 none.
    weight
        How much of its weight is left: 1 when observed, less with age and doubt.
    favours
        The hypothesis that it speaks for most, a word of ``HYPOTHESES``; empty: for none.
    ratio
        Natural logarithm of how much likelier it is under that hypothesis than under the one
        that it speaks for least, as weighed now.
    """

    kind: EvidenceKind
    outcome: str
    words: str
    observed_ns: int
    latitude_rad: float
    longitude_rad: float
    address: int
    weight: float
    favours: str
    ratio: float


@dataclass(frozen=True, slots=True)
class IdentityGiven:
    """One track's identity with its reasons, as shown and passed on.

    Parameters
    ----------
    track
        Number of the track in the joint picture.
    identity
        A word of ``labels.IDENTITIES``.
    aircraft
        A word of ``labels.AIRCRAFT_CLASSES``.
    exercise
        Whether it is of an exercise.
    probability
        Of each of ``HYPOTHESES``, in their order.
    since_ns
        Since when it holds, int64 UTC nanoseconds.
    words
        A sentence that says what it rests on.
    evidence
        All pieces that are weighed now, the weightiest first.
    override
        What a person said in the machine's place; None where the machine's word stands.
    machine
        What the machine says, also where a person said otherwise.
    """

    track: int
    identity: str
    aircraft: str
    exercise: bool
    probability: tuple[float, ...]
    since_ns: int
    words: str
    evidence: tuple[Evidence, ...]
    override: Override | None
    machine: str


@dataclass(frozen=True, slots=True)
class Override:
    """A person's word on one track's identity, in the machine's place, until it expires.

    Parameters
    ----------
    id
        16 bytes: the same word never takes effect twice.
    agreement
        Id of the agreement under whose authority it is given.
    track
        Number of the track in the joint picture.
    address
        24-bit address the track had when it was said, -1 none.
    latitude_rad, longitude_rad, observed_ns
        Where and when the track was seen that is meant; the word is bound to it.
    identity
        A word of ``labels.IDENTITIES``.
    aircraft
        A word of ``labels.AIRCRAFT_CLASSES``, empty: as the machine says.
    reason
        In the person's words, at most 500 characters, never empty.
    by
        Who says so.
    made_ns, until_ns
        When it was said and when it expires; int64 UTC nanoseconds.
    exercise
        Whether it is of an exercise.
    key, signature
        Ed25519 public key and signature, hexadecimal.
    """

    id: bytes
    agreement: str
    track: int
    address: int
    latitude_rad: float
    longitude_rad: float
    observed_ns: int
    identity: str
    aircraft: str
    reason: str
    by: Actor
    made_ns: int
    until_ns: int
    exercise: bool = False
    key: str = ""
    signature: str = ""


@dataclass(frozen=True, slots=True)
class Findings:
    """What one evidence function found of tracks; every array has shape (tracks,).

    Parameters
    ----------
    kind
        Index in ``EVIDENCE_KINDS``.
    outcome
        Index of the outcome in the likelihood table of the kind; -1 nothing found, int16.
    weight
        How much of the full weight it has, 0 to 1, float64.
    detail
        What it is of: a state, plan, area, sensor; int32, its meaning is the kind's; -1 none.
    observed_ns
        When it was observed, int64.
    latitude_rad, longitude_rad
        Where, float64.
    address
        24-bit address it came with and is bound to, int32; -1 bound to none.
    """

    kind: int
    outcome: NDArray[np.int16]
    weight: NDArray[np.float64]
    detail: NDArray[np.int32]
    observed_ns: NDArray[np.int64]
    latitude_rad: NDArray[np.float64]
    longitude_rad: NDArray[np.float64]
    address: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.outcome)


@dataclass(frozen=True, slots=True)
class Identities:
    """Identities of a joint picture at one instant; every array has shape (tracks,) unless said.

    Parameters
    ----------
    track
        Number of the track, as in the joint picture and in its order, int64.
    identity, machine
        What holds, and what the machine says: indexes in ``labels.IDENTITIES``, int8.
    aircraft
        Index in ``labels.AIRCRAFT_CLASSES``, int8.
    probability
        Of each hypothesis, float64, shape (tracks, hypotheses).
    overridden
        Whether a person's word stands, bool.
    since_ns
        Since when the identity holds, int64 UTC nanoseconds.
    exercise
        Whether all of it is of an exercise.
    """

    track: NDArray[np.int64]
    identity: NDArray[np.int8]
    machine: NDArray[np.int8]
    aircraft: NDArray[np.int8]
    probability: NDArray[np.float64]
    overridden: NDArray[np.bool_]
    since_ns: NDArray[np.int64]
    exercise: bool = False

    def __len__(self) -> int:
        return len(self.track)

    def take(self, index: NDArray[Any] | slice) -> Identities:
        """Rows by index array, mask or slice."""
        rows = {f.name: getattr(self, f.name)[index] for f in fields(self) if f.name != "exercise"}
        return Identities(exercise=self.exercise, **rows)
