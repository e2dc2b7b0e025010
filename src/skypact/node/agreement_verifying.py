"""Verifies agreements and the signatures beside them, as a node would take them at its start.

In: files and a trust file. Out: each version with the signatures that hold, and what is refused.
Nothing is stored.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skypact.agreement.amendments import Chain, with_document, with_notice, with_signature
from skypact.agreement.document import Document
from skypact.agreement.refusals import AgreementRefused
from skypact.agreement.signing import Signature, pins_from
from skypact.agreement.store import agreement_of
from skypact.node.agreement_opening import items_of
from skypact.node.agreement_state import Refused


@dataclass(frozen=True, slots=True)
class VerifiedVersion:
    """One version: who has signed it, and whose signature is missing."""

    agreement: str
    version: int
    digest: str
    signed: tuple[str, ...]
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SignatureVerdict:
    """What the verification came to."""

    versions: tuple[VerifiedVersion, ...]
    refused: tuple[Refused, ...]

    @property
    def holds(self) -> bool:
        """Whether every version is signed by all and nothing is refused."""
        return not self.refused and all(not version.missing for version in self.versions)

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return {"holds": self.holds, **asdict(self)}


def verify_files(files: Sequence[Path], trust: Path) -> SignatureVerdict:
    """Verify agreements with their signatures.

    Raises
    ------
    BadInput
        If a file cannot be read.
    """
    pins = pins_from(trust)
    chains: dict[str, Chain] = {}
    refused = []
    for path, item in items_of(tuple(files)):
        name = agreement_of(item)
        chain = chains.get(name, Chain(name))
        try:
            if isinstance(item, Document):
                chain = with_document(chain, item, pins)
            elif isinstance(item, Signature):
                chain = with_signature(chain, item)
            else:
                chain = with_notice(chain, item)
        except AgreementRefused as problem:
            refused.append(Refused(str(path), problem.name, problem.what))
            continue
        chains[name] = chain
    versions = tuple(
        VerifiedVersion(
            chain.agreement,
            version.document.agreement.version,
            version.digest,
            tuple(version.signatures),
            version.missing,
        )
        for chain in chains.values()
        for version in (*chain.accepted, *chain.drafts)
    )
    return SignatureVerdict(versions, tuple(refused))
