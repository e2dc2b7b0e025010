"""A node is killed at every operation while it takes in an agreement and its amendment.

Audit log and store lie on one disk. Whatever the moment: after the start the log verifies, the
text that counts is the last fully signed one, and nothing counts that was not recorded before.
"""

from pathlib import Path

import pytest

from agreement_texts import NAME, PINS, amended, first_version, signatures
from audit_logs import KEY
from failing_disk import FailingDisk, Killed
from skypact.agreement.store import AgreementStore, item_digest
from skypact.audit.log import AuditLog
from skypact.audit.record import fields_of
from skypact.audit.verify import verify_log
from skypact.model.time import from_iso
from skypact.node.agreement_state import AgreementState

AUDIT, STORE = Path("/node/audit"), Path("/node/store")
FIRST = first_version()
SECOND = amended(FIRST)
ITEMS = [FIRST, *signatures(FIRST), SECOND, *signatures(SECOND)]
NOW_NS = from_iso("2030-03-01")
SEGMENT = 8


def start(disk: FailingDisk) -> tuple[AgreementState, AuditLog]:
    log = AuditLog(disk, AUDIT, KEY, NOW_NS, segment_records=SEGMENT)
    state = AgreementState(AgreementStore(disk, STORE, PINS), log, log.opened_after_ns)
    state.advance(NOW_NS)
    return state, log


def live(disk: FailingDisk, taken: list[object]) -> None:
    state, log = start(disk)
    for item in ITEMS:
        state.add(item, NOW_NS, "partner")
        taken.append(item)
        state.advance(NOW_NS)
        log.head(NOW_NS)


def operations_in_all() -> int:
    disk = FailingDisk()
    live(disk, [])
    return disk.operations


def version_after(items: int) -> int:
    return 0 if items < 3 else 1 if items < 6 else 2


def check_survivor(disk: FailingDisk, taken: int) -> None:
    state, log = start(disk)
    in_force = [one.document.agreement.version for one in state.in_force()]
    assert in_force in ([n] * (n > 0) for n in (version_after(taken), version_after(taken + 1)))
    subjects = {fields_of(log.slot(number))["subject"] for number in range(log.size)}
    chain = state.store.chains.get(NAME)
    if chain is not None:
        for version in (*chain.accepted, *chain.drafts):
            assert version.digest in subjects
            for signature in version.signatures.values():
                assert item_digest(signature).hex() in subjects
    log.head(NOW_NS)
    verdict = verify_log(disk, AUDIT, KEY.public_key(), segment_records=SEGMENT)
    assert verdict.findings == ()
    for item in ITEMS:
        state.add(item, NOW_NS, "partner")
    state.advance(NOW_NS)
    assert [one.document for one in state.in_force()] == [SECOND]


@pytest.mark.parametrize("stop_after", range(operations_in_all()))
def test_what_was_signed_and_recorded_counts_after_a_kill_at_any_operation(
    stop_after: int,
) -> None:
    disk, taken = FailingDisk(stop_after), []
    with pytest.raises(Killed):
        live(disk, taken)
    check_survivor(disk.survivor(), len(taken))
    check_survivor(disk.survivor(power_loss=stop_after), len(taken))
