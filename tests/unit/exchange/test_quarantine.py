"""What is refused is counted, and enough of it is kept to show to others."""

from pathlib import Path

import pytest

from failing_disk import FailingDisk
from lying_station import Message, Scene, lies
from made_up_stations import NOW_NS
from skypact.exchange.header import cut, evidence_holds
from skypact.exchange.quarantine import (
    EVIDENCE_KEPT,
    SAMPLES_KEPT,
    SLOTS,
    WRITES_A_FLUSH,
    Case,
    Quarantine,
    read_case,
)
from skypact.exchange.refusals import EnvelopeRefused, Refusal
from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS
from skypact.node.disk import SystemDisk

FOLDER = Path("/link/quarantine")
SCENE = Scene.open()
LIES = lies(SCENE)


def refuse(message: Message) -> EnvelopeRefused:
    with pytest.raises(EnvelopeRefused) as error:
        SCENE.receiver.handshake.opener.open(message.subject, message.payload, message.now_ns)
    return error.value


def take(quarantine: Quarantine, reason: Refusal, times: int, start_ns: int = NOW_NS) -> None:
    for n in range(times):
        message = LIES[reason](start_ns % 1000 + n)
        quarantine.take(refuse(message), message.subject, message.payload, start_ns + n)


def cases(disk: FailingDisk, folder: Path = FOLDER) -> dict[str, tuple[Case, bytes]]:
    return {name: read_case(disk.read(folder / name)) for name in disk.names(folder)}


def test_the_first_and_the_last_of_each_reason_are_kept_more_of_what_was_signed() -> None:
    disk = FailingDisk()
    quarantine = Quarantine(disk, FOLDER)
    take(quarantine, Refusal.WRONG_ORIGINATOR, 50)
    take(quarantine, Refusal.FORGED, 50)
    quarantine.write()
    kept = cases(disk)
    times = {
        reason: sorted(c.received_ns - NOW_NS for c, _ in kept.values() if c.reason == reason)
        for reason in ("WrongOriginator", "Forged")
    }
    ends = [*range(EVIDENCE_KEPT), *range(50 - EVIDENCE_KEPT, 50)]
    assert times["WrongOriginator"] == ends
    assert times["Forged"] == [*range(SAMPLES_KEPT), *range(50 - SAMPLES_KEPT, 50)]
    assert quarantine.counts == {"WrongOriginator": 50, "Forged": 50}


def test_what_is_kept_proves_who_sent_it() -> None:
    disk = FailingDisk()
    quarantine = Quarantine(disk, FOLDER)
    take(quarantine, Refusal.EQUIVOCATION, 1)
    quarantine.write()
    ((case, payload),) = cases(disk).values()
    key = SCENE.liar.side.station.card.signing_key
    first = evidence_holds(bytes.fromhex(case.first), key)
    second = evidence_holds(cut(payload).evidence(), key)
    assert first is not None
    assert second is not None
    assert first.number == second.number
    assert bytes.fromhex(case.first) != cut(payload).evidence()
    assert (case.subject, case.form) == ("KG.RU.live", "whole")


def test_a_large_envelope_is_kept_as_what_proves_it_and_junk_in_part() -> None:
    disk = FailingDisk()
    quarantine = Quarantine(disk, FOLDER)
    payload = SCENE.liar.envelope(b"\x01" + bytes(200_000), epoch=99)
    message = Message(payload, "KG.RU.live")
    quarantine.take(refuse(message), message.subject, payload, NOW_NS)
    junk = Message(bytes(250_000), "KG.RU.live")
    quarantine.take(refuse(junk), junk.subject, junk.payload, NOW_NS)
    quarantine.write()
    kept = {case.reason: (case, data) for case, data in cases(disk).values()}
    case, data = kept["UnknownEpoch"]
    assert (case.form, case.length) == ("evidence", len(payload))
    assert evidence_holds(data, SCENE.liar.side.station.card.signing_key) is not None
    assert kept["NotAnEnvelope"][0].form == "part"


def test_the_folder_never_outgrows_its_limit() -> None:
    disk = FailingDisk()
    limit = SLOTS * 26 * 1024
    quarantine = Quarantine(disk, FOLDER, limit)
    for reason in Refusal:
        for n in range(40):
            refused = EnvelopeRefused(reason, "x" * 9000, signed=False, first=b"f" * 5000)
            quarantine.take(refused, "s" * 9000, bytes(256 * 1024), NOW_NS + n)
    quarantine.write()
    assert len(disk.names(FOLDER)) == SLOTS
    assert sum(len(disk.read(FOLDER / name)) for name in disk.names(FOLDER)) <= limit
    with pytest.raises(ValueError, match="too few"):
        Quarantine(disk, FOLDER, 1_000_000)


def test_a_flood_of_forgeries_makes_few_writes() -> None:
    disk = FailingDisk()
    quarantine = Quarantine(disk, FOLDER)
    for n in range(5000):
        refused = EnvelopeRefused(Refusal.FORGED if n % 2 else Refusal.WRONG_LABEL)
        quarantine.take(refused, "KG.RU.live", b"forged", NOW_NS)
        quarantine.flush(NOW_NS + n * SECOND_NS // 5000)
    # Making a folder and a case: open, write, cut, close.
    assert disk.operations <= 2 + 4 * WRITES_A_FLUSH
    quarantine.flush(NOW_NS + 2 * SECOND_NS)
    quarantine.flush(NOW_NS + 3 * SECOND_NS)
    assert len(disk.names(FOLDER)) == 2 * (SAMPLES_KEPT + EVIDENCE_KEPT)


def test_a_new_run_does_not_overwrite_the_first_nor_the_newest(tmp_path: Path) -> None:
    first_run = Quarantine(SystemDisk(), tmp_path)
    take(first_run, Refusal.WRONG_TIME, 3)
    first_run.write()
    second_run = Quarantine(SystemDisk(), tmp_path)
    take(second_run, Refusal.WRONG_TIME, 10, NOW_NS + 100)
    second_run.write()
    third_run = Quarantine(SystemDisk(), tmp_path)
    take(third_run, Refusal.WRONG_TIME, 1, NOW_NS + 200)
    third_run.write()
    kept = [read_case(path.read_bytes())[0].received_ns - NOW_NS for path in tmp_path.iterdir()]
    assert sorted(kept) == [0, 1, 2, *range(100, 110), 200]


def test_a_full_disk_ends_the_evidence_but_not_the_link() -> None:
    for stop in range(1, 8):
        disk = FailingDisk(errors={stop: 28})
        quarantine = Quarantine(disk, FOLDER)
        take(quarantine, Refusal.FORGED, 2)
        quarantine.write()
        take(quarantine, Refusal.FORGED, 2)
        quarantine.write()
        assert quarantine.counts["Forged"] == 4
        assert "evidence" in quarantine.trouble


def test_a_case_that_was_not_written_to_its_end_is_refused_by_name() -> None:
    disk = FailingDisk()
    quarantine = Quarantine(disk, FOLDER)
    take(quarantine, Refusal.FORGED, 1)
    quarantine.write()
    (name,) = disk.names(FOLDER)
    whole = disk.read(FOLDER / name)
    for length in range(0, len(whole), 5):
        with pytest.raises(BadInput):
            read_case(whole[:length], name)
    for noise in (b"", b"\n", b"[]\n", b"[" * 9999, bytes(99)):
        with pytest.raises(BadInput):
            read_case(noise, name)


def test_what_is_dropped_unseen_is_counted() -> None:
    quarantine = Quarantine(FailingDisk(), FOLDER)
    quarantine.count(Refusal.FLOOD, 500)
    assert quarantine.counts["Flood"] == 500
