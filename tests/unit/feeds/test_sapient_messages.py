"""SAPIENT messages: the field's own valid and invalid examples, and our records both ways."""

import json
import tarfile
from pathlib import Path

import pytest

from skypact.feeds.sapient.json_form import from_json
from skypact.feeds.sapient.mapping import content_of, encode, time_of
from skypact.feeds.sapient.messages import definitions
from skypact.feeds.sapient.records import Alert, AlertAck, Command, FollowObject, Task, TaskAck
from skypact.feeds.sapient.validation import faults
from skypact.feeds.sapient.wire import HEADER_BYTES, decode, framed
from skypact.model.errors import MalformedRecord, UsageError

NODE = "a8654cdf-4328-47de-81fa-c495589e30c8"
ULID = "01H4R63D7NVN8444Z5M77WEBY6"

NO_FIELD_OF_V2 = "0112.DetectionReport.DetectionLocation.RangeBearing.json"
"""Its fault lies in ``detectionLocation``, no field of v2: only its JSON shows it."""

Examples = dict[str, bytes]


def examples(recordings: Path) -> Examples:
    with tarfile.open(recordings / "sapient" / "flex335v2_messages.tar.gz") as archive:
        files = [member for member in archive.getmembers() if member.isfile()]
        return {m.name: f.read() for m in files if (f := archive.extractfile(m)) is not None}


def test_valid_examples_are_accepted_and_invalid_ones_refused(recordings: Path) -> None:
    given = examples(recordings)
    assert len(given) == 156
    wrong = []
    for name, text in given.items():
        message, unknown = from_json(text)
        refused = bool(faults(message) or unknown)
        if refused != name.startswith("False/"):
            wrong.append(name)
    assert not wrong


def test_a_refusal_names_the_fault_that_the_file_name_states(recordings: Path) -> None:
    """The last word of the name that is a field is the field complained about."""
    unnamed = []
    for name, text in examples(recordings).items():
        if not name.startswith("False/") or name.endswith(NO_FIELD_OF_V2):
            continue
        message, _ = from_json(text)
        told = " ".join(faults(message)).replace("_", "").lower()
        words = name.removeprefix("False/").lower().split(".")[1:-1]
        words = [w for w in words if w not in ("missing", "error", "empty", "wrong", "json", "2")]
        last = words[-1].removesuffix("s").removeprefix("badid")
        if last not in told and last[:6] not in told and words[0].rstrip("s")[:8] not in told:
            unnamed.append((name, told))
    assert not unnamed


def test_the_one_example_that_only_json_can_show(recordings: Path) -> None:
    message, unknown = from_json(examples(recordings)[f"False/{NO_FIELD_OF_V2}"])
    assert faults(message) == ()
    assert "detectionLocation" in unknown[0]


def test_valid_examples_survive_the_wire(recordings: Path) -> None:
    for name, text in examples(recordings).items():
        if name.startswith("False/"):
            continue
        message, _ = from_json(text)
        sent = framed(message)
        assert int.from_bytes(sent[:HEADER_BYTES], "little") == len(sent) - HEADER_BYTES
        assert decode(sent[HEADER_BYTES:]) == message


def test_records_of_valid_examples_encode_to_the_same_record(recordings: Path) -> None:
    kinds = set()
    for name, text in examples(recordings).items():
        message, _ = from_json(text)
        if name.startswith("False/") or message.WhichOneof("content_choice") == "registration":
            continue
        record = content_of(message)
        kinds.add(type(record).__name__)
        sent = encode(
            record,
            node_id=message.node_id,
            time_ns=time_of(message),
            destination_id=message.destination_id,
        )
        again = decode(sent[HEADER_BYTES:])
        assert content_of(again) == record
        if type(record).__name__ in ("Task", "TaskAck", "Alert", "RegistrationAck", "Error"):
            message.ClearField("additional_information")
            assert again == message, "alerts, tasks and answers keep every field"
    assert kinds == {
        "Alert", "DetectionReport", "Error", "RegistrationAck", "StatusReport", "Task", "TaskAck",
    }  # fmt: skip


def test_a_task_and_its_answer_go_out_and_come_back() -> None:
    task = Task(
        ULID,
        "START",
        task_start_ns=1_700_000_000_123_456_789,
        command=Command(follow=FollowObject(ULID)),
    )
    for record in (task, TaskAck(ULID, "REJECTED", reason=("busy",)), AlertAck(ULID, "ACCEPTED")):
        message = decode(encode(record, node_id=NODE, time_ns=10**18)[HEADER_BYTES:])
        assert content_of(message) == record
        assert time_of(message) == 10**18


def test_an_alert_on_the_wire_has_the_bytes_of_the_standard() -> None:
    """Counted by hand: field 2 is the node, 10 the alert, in it 1 the id, 2 the type."""
    sent = encode(Alert(ULID, alert_type="WARNING"), node_id=NODE, time_ns=1_000_000_000)
    content = b"\x0a\x02\x08\x01" + b"\x12\x24" + NODE.encode()
    content += b"\x52\x1e" + b"\x0a\x1a" + ULID.encode() + b"\x10\x02"
    assert sent == len(content).to_bytes(4, "little") + content


def test_nothing_invalid_is_sent() -> None:
    with pytest.raises(UsageError, match="task_id is no ULID"):
        encode(TaskAck("7", "ACCEPTED"), node_id=NODE, time_ns=0)
    with pytest.raises(ValueError, match="no value 'MAYBE'"):
        encode(TaskAck(ULID, "MAYBE"), node_id=NODE, time_ns=0)
    with pytest.raises(ValueError, match="no message of its own"):
        encode(Command(request="x"), node_id=NODE, time_ns=0)


@pytest.mark.parametrize(
    ("field", "value", "fault"),
    [
        ("ranking", 1.5, "not from 0 to 1"),
        ("ranking", float("nan"), "no number"),
        ("alert_type", 99, "has no value 99"),
        ("alert_id", "0" * 26, None),
        ("alert_id", "8" + "0" * 25, "no ULID"),
        ("alert_id", "I" + "0" * 25, "no ULID"),
    ],
)
def test_values_outside_their_range_are_named(field: str, value: object, fault: str | None) -> None:
    message = definitions().classes["SapientMessage"](node_id=NODE)
    message.timestamp.seconds = 1
    message.alert.alert_id = ULID
    setattr(message.alert, field, value)
    told = " ".join(faults(message))
    assert (fault in told) if fault else not told


@pytest.mark.parametrize(("seconds", "nanos"), [(-1, 0), (1 << 40, 0), (5, 10**9), (5, -1)])
def test_times_outside_the_era_are_refused(seconds: int, nanos: int) -> None:
    message = definitions().classes["SapientMessage"](node_id=NODE)
    message.timestamp.seconds, message.timestamp.nanos = seconds, nanos
    message.alert.alert_id = ULID
    assert "outside the era" in faults(message)[0]


def test_nesting_and_size_are_bounded() -> None:
    message = definitions().classes["SapientMessage"](node_id=NODE)
    message.timestamp.seconds = 1
    held = message.detection_report.classification.add(type="x").sub_class.add(type="x", level=1)
    for _ in range(40):
        held = held.sub_class.add(type="x", level=1)
    assert any("nested deeper" in fault for fault in faults(message))
    with pytest.raises(MalformedRecord):
        decode(b"\x3a\x02" * 200_000)
    with pytest.raises(MalformedRecord, match="JSON"):
        from_json(b"[" * 100_000)
    with pytest.raises(MalformedRecord):
        from_json(b"{" + b" " * (1 << 18))


@pytest.mark.parametrize(
    "change",
    [
        {"timestamp": "yesterday"}, {"timestamp": 5}, {"nodeId": 7}, {"alert": []},
        {"alert": {"ranking": "x"}}, {"alert": {"ranking": True}}, {"alert": {"alertType": "NO"}},
        {"alert": {"associatedFile": {}}}, {"error": {"packet": "%%%"}}, {"more": 1},
    ],
)  # fmt: skip
def test_json_that_fits_no_definition_is_named(change: dict[str, object]) -> None:
    base: dict[str, object] = {"timestamp": "2023-07-07T12:44:17.0276387Z", "nodeId": NODE}
    _, unknown = from_json(json.dumps(base | change).encode())
    assert len(unknown) == 1
