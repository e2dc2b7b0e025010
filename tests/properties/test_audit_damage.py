"""Any damage below a signed head is found; anything else that is read is refused by name."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit_logs import FOLDER, KEY, SEGMENT, entries
from failing_disk import FailingDisk, Inode
from skypact.agreement.canonical import canonical_bytes, document_from
from skypact.agreement.signing import pins_from, read_signatures
from skypact.audit.errors import AuditDamaged, AuditHeadRefused
from skypact.audit.heads import head_from, stored_heads
from skypact.audit.log import AuditLog
from skypact.audit.record import SLOT_BYTES, fields_of
from skypact.audit.verify import verify_log
from skypact.model.errors import BadInput


def made() -> dict[Path, bytes]:
    """A log of 27 records in four segments, a head signed over all of it."""
    disk = FailingDisk()
    log = AuditLog(disk, FOLDER, KEY, 1_000, segment_records=SEGMENT)
    for count in (5, 9, 1, 11):
        log.append(entries(count, start=count))
    log.head(9_000)
    return {path: bytes(inode.data) for path, inode in disk.now.items()}


FILES = made()
SEGMENTS = sorted(path for path in FILES if path.suffix == ".audit")


def disk_of(files: dict[Path, bytes]) -> FailingDisk:
    disk = FailingDisk()
    disk.now = {path: Inode(bytearray(data), data) for path, data in files.items()}
    disk.durable = dict(disk.now)
    return disk


@st.composite
def damaged(draw: st.DrawFn) -> dict[Path, bytes]:
    """The log with one thing done to the bytes of its records."""
    files = dict(FILES)
    path = draw(st.sampled_from(SEGMENTS))
    data = files[path]
    at = draw(st.integers(0, len(data) - 1))
    how = draw(st.sampled_from(["flip", "cut", "delete", "insert", "copy", "gone", "swap"]))
    if how == "flip":
        data = data[:at] + bytes([data[at] ^ draw(st.integers(1, 255))]) + data[at + 1 :]
    elif how == "cut":
        data = data[:at]
    elif how == "delete":
        data = data[:at] + data[at + draw(st.integers(1, 3 * SLOT_BYTES)) :]
    elif how == "insert":
        data = data[:at] + draw(st.binary(min_size=1, max_size=2 * SLOT_BYTES)) + data[at:]
    elif how == "copy":
        other = draw(st.sampled_from(SEGMENTS))
        source = draw(st.integers(0, len(files[other]) // SLOT_BYTES - 1)) * SLOT_BYTES
        spot = at - at % SLOT_BYTES
        slot = files[other][source : source + SLOT_BYTES]
        data = data[:spot] + slot + data[spot + SLOT_BYTES :]
    elif how == "swap":
        other = draw(st.sampled_from(SEGMENTS))
        files[path], files[other] = files[other], files[path]
        return files
    if how == "gone":
        del files[path]
    else:
        files[path] = data
    return files


@given(damaged())
def test_any_damage_below_a_signed_head_is_found_and_named(files: dict[Path, bytes]) -> None:
    same = files == FILES
    verdict = verify_log(disk_of(files), FOLDER, KEY.public_key(), segment_records=SEGMENT)
    # What is put in behind the last signed record may be the beginning of a write.
    last = SEGMENTS[-1]
    behind = {**files, last: files.get(last, b"")[: len(FILES[last])]} == FILES
    if same or behind:
        assert all(one.what in ("unfinished", "moved") for one in verdict.findings)
        return
    assert not verdict.holds
    for one in verdict.findings:
        assert 0 <= one.number <= one.last
        assert one.detail


@given(damaged())
def test_a_damaged_log_opens_never_as_if_nothing_had_happened(files: dict[Path, bytes]) -> None:
    # Of older segments only the end is read at the opening; the last one is read as a whole.
    kept = {path: files.get(path, b"") if path == SEGMENTS[-1] else FILES[path] for path in FILES}
    if SEGMENTS[-1] not in files:
        del kept[SEGMENTS[-1]]
    try:
        log = AuditLog(disk_of(kept), FOLDER, KEY, 20_000, segment_records=SEGMENT)
    except AuditDamaged:
        return
    whole = b"".join(FILES[path] for path in SEGMENTS)
    slots = [whole[at : at + SLOT_BYTES] for at in range(0, len(whole), SLOT_BYTES)]
    assert [log.slot(number) for number in range(len(slots))] == slots


@given(st.binary(min_size=SLOT_BYTES, max_size=SLOT_BYTES))
def test_any_bytes_of_a_record_can_be_shown(slot: bytes) -> None:
    assert json.dumps(fields_of(slot))


heads = [line for path, data in FILES.items() if path.suffix == ".heads" for line in [data]]


@given(
    st.binary(max_size=300)
    | st.builds(
        lambda data, at, bits: data[:at] + bytes([data[at] ^ bits]) + data[at + 1 :],
        st.sampled_from(heads),
        st.integers(0, min(map(len, heads)) - 1),
        st.integers(1, 255),
    )
)
def test_any_file_of_heads_is_read_or_refused_by_name(data: bytes) -> None:
    try:
        found, whole = stored_heads(data, "heads")
    except AuditDamaged:
        return
    assert whole <= len(data)
    assert all(len(one.head.root) == 32 for one in found)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=70),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["log", "size", "time_ns", "root", "signature"]), inner, max_size=5
        )
    ),
    max_leaves=8,
)


@given(json_values)
def test_any_json_is_a_head_or_refused_by_name(value: object) -> None:
    with pytest.raises(AuditHeadRefused):
        head_from(value)


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_any_file_of_signatures_or_keys_is_read_or_refused_by_name(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_bytes(data)
    for read in (read_signatures, pins_from):
        try:
            read(path)
        except BadInput:
            continue


@given(st.binary(max_size=200) | json_values.map(lambda v: json.dumps(v).encode()))
def test_any_bytes_are_a_canonical_document_or_refused_by_name(data: bytes) -> None:
    try:
        document = document_from(data)
    except BadInput:
        return
    assert canonical_bytes(document) == data
