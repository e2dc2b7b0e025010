"""A real process that writes audit and agreements is killed with SIGKILL at any moment."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from agreement_texts import NAME, PINS
from audit_logs import KEY
from skypact.agreement.store import AgreementStore
from skypact.audit.log import AuditLog
from skypact.audit.record import fields_of
from skypact.audit.verify import verify_log
from skypact.node.disk import SystemDisk

TESTS = Path(__file__).parents[1]
WRITER = """
import sys
from pathlib import Path
from agreement_texts import NAME, PINS, amended, first_version, signatures
from audit_logs import KEY, entries
from skypact.agreement.store import AgreementStore
from skypact.audit.group import GroupCommit
from skypact.audit.log import AuditLog
from skypact.node.disk import SystemDisk

folder = Path(sys.argv[1])
log = AuditLog(SystemDisk(), folder / "audit", KEY, 1, segment_records=64)
store = AgreementStore(SystemDisk(), folder / "store", PINS)
text = first_version()
with GroupCommit(log) as group:
    for turn in range(1_000_000):
        numbers = group.append(entries(1 + turn % 7))
        store.add(text, "2030-01-15")
        for signature in signatures(text):
            store.add(signature, "2030-01-15")
        print(numbers.stop, text.agreement.version, flush=True)
        text = amended(text, f"text {turn}")
"""


@pytest.mark.parametrize("turns", [1, 4, 9, 15])
def test_after_kill_9_the_log_verifies_and_the_last_signed_text_counts(
    tmp_path: Path, turns: int
) -> None:
    paths = os.pathsep.join([str(TESTS), str(TESTS.parent / "src")])
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, str(tmp_path)],
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": paths},
    ) as writer:
        assert writer.stdout is not None
        for _ in range(turns):
            told = writer.stdout.readline()
        writer.send_signal(signal.SIGKILL)  # in the middle of the next turn
        told = (writer.stdout.read().splitlines() or [told])[-1]
    records, version = (int(word) for word in told.split())

    store = AgreementStore(SystemDisk(), tmp_path / "store", PINS)
    newest = store.chains[NAME].newest
    assert newest is not None
    assert newest.document.agreement.version in (version, version + 1)
    log = AuditLog(SystemDisk(), tmp_path / "audit", KEY, 2, segment_records=64)
    assert log.size > records
    assert fields_of(log.slot(records - 1))["number"] == records - 1
    log.head(3)
    verdict = verify_log(SystemDisk(), tmp_path / "audit", KEY.public_key(), segment_records=64)
    assert verdict.findings == ()
    assert verdict.records == log.size
