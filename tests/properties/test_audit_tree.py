"""The tree, its proofs and the log's records, against definitions written out naively."""

from hashlib import sha256
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from audit_logs import KEY
from failing_disk import FailingDisk
from skypact.audit.heads import sign_head
from skypact.audit.log import AuditLog
from skypact.audit.merkle import Frontier, levels_of, peaks_at
from skypact.audit.proofs import consistency_path, consistent, included, inclusion_path
from skypact.audit.record import (
    CRC_AT,
    SLOT_BYTES,
    Entry,
    Kind,
    blinded,
    digest_of,
    slot_of,
)
from skypact.audit.segments import SegmentFolder


def naive_root(leaves: list[bytes]) -> bytes:
    """MTH of RFC 6962, section 2.1, as it stands there, over hashes of leaves."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return sha256(b"\x01" + naive_root(leaves[:k]) + naive_root(leaves[k:])).digest()


def naive_path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH of section 2.1.1."""
    if len(leaves) == 1:
        return []
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m < k:
        return [*naive_path(m, leaves[:k]), naive_root(leaves[k:])]
    return [*naive_path(m - k, leaves[k:]), naive_root(leaves[:k])]


def naive_proof(m: int, leaves: list[bytes], whole: bool = True) -> list[bytes]:
    """SUBPROOF of section 2.1.2."""
    if m == len(leaves):
        return [] if whole else [naive_root(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if m <= k:
        return [*naive_proof(m, leaves[:k], whole), naive_root(leaves[k:])]
    return [*naive_proof(m - k, leaves[k:], False), naive_root(leaves[:k])]


def leaves_of(count: int) -> list[bytes]:
    return [sha256(b"%d" % n).digest() for n in range(count)]


sizes = st.integers(1, 150)


@given(sizes, st.data())
def test_roots_and_proofs_are_those_of_the_definition(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root_of = lambda a, b: naive_root(leaves[a:b])  # noqa: E731
    frontier = Frontier()
    frontier.push_all(leaves)
    assert frontier.root() == naive_root(leaves)
    assert frontier.size == size
    part = data.draw(st.integers(1, size))
    assert Frontier(peaks_at(levels_of(leaves), part)).root() == naive_root(leaves[:part])
    index = data.draw(st.integers(0, size - 1))
    assert inclusion_path(index, size, root_of) == naive_path(index, leaves)
    assert consistency_path(part, size, root_of) == naive_proof(part, leaves)


@given(sizes, st.data())
def test_a_proof_shows_what_it_should_and_nothing_else(size: int, data: st.DataObject) -> None:
    leaves = leaves_of(size)
    root = naive_root(leaves)
    index = data.draw(st.integers(0, size - 1))
    path = naive_path(index, leaves)
    assert included(leaves[index], index, size, path, root)
    other = data.draw(st.integers(0, size - 1))
    if other != index:
        assert not included(leaves[other], index, size, path, root)
        assert not included(leaves[index], other, size, path, root)
    assert not included(leaves[index], index, size, [*path, root], root)
    assert not included(leaves[index], index, size, path, sha256(root).digest())
    if path:
        assert not included(leaves[index], index, size, path[:-1], root)
    old = data.draw(st.integers(1, size))
    proof = naive_proof(old, leaves)
    old_root = naive_root(leaves[:old])
    assert consistent(old, size, old_root, root, proof)
    assert not consistent(old, size, sha256(old_root).digest(), root, proof)
    if proof:
        spot = data.draw(st.integers(0, len(proof) - 1))
        changed = [*proof[:spot], sha256(proof[spot]).digest(), *proof[spot + 1 :]]
        assert not consistent(old, size, old_root, root, changed)
        assert not consistent(old, size, old_root, root, proof[:-1])
        assert not consistent(old, size, old_root, root, [*proof, root])


@given(
    st.integers(-1, 300),
    st.integers(-1, 300),
    st.lists(st.binary(min_size=32, max_size=32), max_size=70),
    st.binary(min_size=32, max_size=32),
)
def test_checking_any_proof_ends_and_a_made_up_one_shows_nothing(
    one: int, two: int, path: list[bytes], root: bytes
) -> None:
    assert not included(sha256(b"leaf").digest(), one, two, path, sha256(root).digest())
    if one not in (0, two):
        assert not consistent(one, two, root, sha256(root).digest(), path)


@given(st.lists(st.integers(1, 12), min_size=1, max_size=12), st.data())
def test_a_log_of_segments_proves_like_one_tree(groups: list[int], data: st.DataObject) -> None:
    disk, folder = FailingDisk(), Path("/audit")
    log = AuditLog(disk, folder, KEY, 1, segment_records=8)
    for time_ns, count in enumerate(groups, start=2):
        log.append([Entry(Kind.KEY_EPOCH, time_ns, reference=n) for n in range(count)])
    leaves = [sha256(log.slot(number)).digest() for number in range(log.size)]
    files = SegmentFolder(disk, folder, 8)
    assert files.root_of(0, log.size) == naive_root(leaves) == log.head(99).root
    index = data.draw(st.integers(0, log.size - 1))
    assert log.inclusion(index) == naive_path(index, leaves)
    old = data.draw(st.integers(1, log.size))
    assert log.consistency(old) == naive_proof(old, leaves)


contents = st.binary(max_size=200)


def without_subject(slot: bytes) -> bytes:
    return slot[:72] + slot[104:CRC_AT]


@given(contents, contents, st.binary(min_size=16, max_size=32), st.sampled_from(list(Kind)))
def test_records_of_different_content_differ_in_the_digest_alone(
    one: bytes, two: bytes, secret: bytes, kind: Kind
) -> None:
    for digest in (digest_of, lambda content: blinded(content, secret)):
        slots = [
            slot_of(Entry(kind, 0, party="KG", subject=digest(content)), 1, bytes(32), begins=True)
            for content in (one, two)
        ]
        assert [len(slot) for slot in slots] == [SLOT_BYTES, SLOT_BYTES]
        assert without_subject(slots[0]) == without_subject(slots[1])
        assert [slot[72:104] for slot in slots] == [digest(one), digest(two)]


@given(st.text(max_size=12))
def test_a_partys_field_takes_codes_only(text: str) -> None:
    is_code = len(text) <= 8 and all(
        letter in "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-" for letter in text
    )
    try:
        Entry(Kind.ALERT_RAISED, 0, party=text)
    except ValueError:
        assert not is_code
    else:
        assert is_code


@given(st.binary(max_size=40).filter(lambda data: len(data) != 32))
def test_a_digests_field_takes_no_other_length(data: bytes) -> None:
    for field in ("subject", "agreement"):
        try:
            Entry(Kind.ALERT_RAISED, 0, **{field: data})
        except ValueError:
            continue
        raise AssertionError(field)


@given(st.integers(0, 2**40), st.integers(-(2**62), 2**62), st.binary(min_size=32, max_size=32))
def test_a_head_signs_its_size_time_and_root(size: int, time_ns: int, root: bytes) -> None:
    message = sign_head(KEY, size, time_ns, root).message()
    assert message != sign_head(KEY, size + 1, time_ns, root).message()
    assert message != sign_head(KEY, size, time_ns + 1, root).message()
    assert message.endswith(root)
