"""What can be wrong with an audit log; branches of the tree in ``model/errors.py``.

::

    BadInput
    ├── AuditDamaged         a record that was durable is changed, missing or out of place
    └── AuditHeadRefused     a head of a partner that is forged or contradicts an earlier one
    Unavailable
    ├── AuditFull            the disk is full: nothing was recorded, so nothing may take effect
    └── AuditStopped         the disk failed: the log takes nothing more until it is opened anew
"""

from __future__ import annotations

from skypact.model.errors import BadInput, Unavailable


class AuditDamaged(BadInput):
    """A record that was durable is changed, missing or out of place."""


class AuditHeadRefused(BadInput):
    """A signed head that is forged, of another log, or contradicts an earlier one."""


class AuditFull(Unavailable):
    """The disk is full; nothing was recorded, so nothing may take effect."""


class AuditStopped(Unavailable):
    """The disk failed while recording; the log takes nothing more until it is opened anew."""
