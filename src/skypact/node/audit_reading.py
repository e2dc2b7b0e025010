"""Reads audit logs on disk for the commands: verify, prove, heads.

In: a folder, also while a node writes to it. Out: verdicts, proofs and heads in plain fields.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from skypact.audit.errors import AuditDamaged
from skypact.audit.heads import SignedHead, head_from, head_holds
from skypact.audit.merkle import leaf_hash
from skypact.audit.naming import Finding
from skypact.audit.proofs import included, inclusion_path
from skypact.audit.record import fields_of
from skypact.audit.segments import SegmentFolder, segment_firsts
from skypact.audit.verify import verify_log
from skypact.model.errors import BadInput, UsageError
from skypact.node.disk import SystemDisk
from skypact.node.keys import public_from_hex


@dataclass(frozen=True, slots=True)
class FolderVerdict:
    """What verifying a folder came to; digests in hexadecimal."""

    holds: bool
    records: int
    root: str
    heads: int
    newest_head: dict[str, Any] | None
    findings: tuple[Finding, ...]

    def fields(self) -> dict[str, Any]:
        """For JSON."""
        return asdict(self)


def verify_folder(
    folder: Path,
    *,
    key: str,
    head: Path | None,
    workers: int,
    step: Callable[[float], None],
) -> FolderVerdict:
    """Verify a log, and that it contains what a head kept elsewhere was signed over.

    Raises
    ------
    BadInput
        If the folder holds no log, or key or head are none.
    """
    public = public_from_hex(key, "--key") if key else None
    disk = SystemDisk()
    verdict = verify_log(disk, folder, public, workers=workers, step=step)
    findings = list(verdict.findings)
    if head is not None:
        kept = _head_in(head)
        if public is not None and not head_holds(kept, public):
            raise BadInput("this head is not signed with that key", where=str(head))
        findings += _against(kept, SegmentFolder(disk, folder), verdict.records)
    newest = verdict.newest_head.fields() if verdict.newest_head else None
    holds = all(finding.what == "unfinished" for finding in findings)
    return FolderVerdict(
        holds, verdict.records, verdict.root.hex(), verdict.heads, newest, tuple(findings)
    )


def _against(kept: SignedHead, files: SegmentFolder, records: int) -> list[Finding]:
    """What a head kept elsewhere shows that the log's own heads cannot."""
    if kept.size > records:
        detail = "a head kept elsewhere was signed for them"
        return [Finding("removed", records, kept.size - 1, "", 0, "", detail)]
    if files.root_of(0, kept.size) != kept.root:
        detail = "a head kept elsewhere was signed over other bytes"
        return [Finding("rewritten", 0, kept.size - 1, "", 0, "", detail)]
    return []


def _head_in(path: Path) -> SignedHead:
    try:
        return head_from(json.loads(path.read_text(encoding="utf-8")))
    except (OSError, ValueError, RecursionError) as problem:
        raise BadInput(f"not a head: {problem}", where=str(path)) from None


def newest_heads(folder: Path, last: int) -> list[SignedHead]:
    """The newest stored heads, oldest first.

    Raises
    ------
    AuditDamaged
        If the folder holds no log, or a head cannot be read.
    """
    disk = SystemDisk()
    files = SegmentFolder(disk, folder)
    found: list[SignedHead] = []
    firsts = segment_firsts(disk.names(folder))
    if not firsts:
        raise AuditDamaged("no audit log in this folder", where=str(folder))
    for first in reversed(firsts):
        heads, _ = files.heads_of(first)
        found = [one.head for one in heads] + found
        if len(found) >= last:
            break
    return found[-last:]


def prove_record(folder: Path, number: int) -> dict[str, Any]:
    """A record, its proof and the newest head, with all that a verifier needs.

    Raises
    ------
    UsageError
        If there is no such record under a signed head.
    AuditDamaged
        If the log does not agree with its head.
    """
    heads = newest_heads(folder, 1)
    files = SegmentFolder(SystemDisk(), folder)
    if not heads or number >= heads[0].size:
        size = heads[0].size if heads else 0
        raise UsageError(f"no record {number} is under a signed head: the newest is of {size}")
    head = heads[0]
    slot = files.slot(number)
    path = inclusion_path(number, head.size, files.root_of)
    if not included(leaf_hash(slot[1:]), number, head.size, path, head.root):
        raise AuditDamaged(
            "the log does not agree with its newest head",
            where=str(folder),
            remedy="skypact audit verify says what was changed",
        )
    return {
        "record": fields_of(slot),
        "entry": slot[1:].hex(),
        "path": [step.hex() for step in path],
        "head": head.fields(),
    }
