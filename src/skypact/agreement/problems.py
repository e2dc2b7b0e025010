"""What is wrong with an agreement: each thing with a name, a place and what to do."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning"]


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong.

    Parameters
    ----------
    name
        Such as ``unknown-clause``; docs/reference/agreement.md lists them.
    severity
        With an ``error`` the document cannot be signed or obeyed; a ``warning`` may be meant.
    path
        Place in the document, such as ``release[3].clause``; ``Reading.place`` has its line.
    detail, remedy
        In plain words.
    document
        Which of several documents that were checked together.
    """

    name: str
    severity: Severity
    path: str
    detail: str
    remedy: str
    document: int = 0
