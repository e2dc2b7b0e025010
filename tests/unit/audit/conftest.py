"""A small log on a disk in memory, and its parts."""

from pathlib import Path

import pytest

from audit_logs import FOLDER, KEY, SEGMENT, entries
from failing_disk import FailingDisk
from skypact.audit.log import AuditLog


@pytest.fixture
def disk() -> FailingDisk:
    return FailingDisk()


@pytest.fixture
def log(disk: FailingDisk) -> AuditLog:
    """19 records in segments of 8, written in several parts, with heads."""
    log = AuditLog(disk, FOLDER, KEY, 1_000, segment_records=SEGMENT)
    log.append(entries(5))
    log.head(2_000)
    log.append(entries(9, start=5))
    log.head(3_000)
    log.append(entries(4, start=14))
    return log


@pytest.fixture
def folder() -> Path:
    return FOLDER
