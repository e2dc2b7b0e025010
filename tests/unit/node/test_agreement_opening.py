"""A node with ``[agreements]`` in its file: opened, ticked, closed, opened again."""

from pathlib import Path

import pytest

from agreement_texts import DAY, KEYS, PINS
from skypact.agreement.reading import read_agreement
from skypact.agreement.refusals import StoreDamaged
from skypact.agreement.signing import (
    SignatureFile,
    read_signatures,
    sign_document,
    signature_path,
    signatures_text,
)
from skypact.audit.errors import AuditDamaged
from skypact.audit.verify import verify_log
from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS, from_iso
from skypact.node.agreement_opening import open_agreements
from skypact.node.disk import FolderInUse, SystemDisk
from skypact.node.keys import read_key
from skypact.node.settings import AgreementSettings, read_node

ENTRY = from_iso("2030-02-01")
TEXT = """
[agreement]
id = "east-west"
title = { en = "East and West" }

[term]
clause = "art-1"
in_force = 2030-02-01
months = 60

[[party]]
code = "EA"
name = { en = "Eastland" }
signed = 2030-01-15
ratified = 2030-01-15

[[party]]
code = "WE"
name = { en = "Westland" }
signed = 2030-01-15
ratified = 2030-01-15

[[clause]]
id = "art-1"
text = { en = "Five years." }
source = "invented"
"""
NODE = """
[node]
name = "East"

[[sensor]]
name = "r"
kind = "radar"

[[feed]]
name = "f"
format = "asterix"
address = "udp://127.0.0.1:8600"
"""


@pytest.fixture
def settings(tmp_path: Path) -> AgreementSettings:
    text = tmp_path / "east-west.toml"
    text.write_text(TEXT)
    document = read_agreement(text).document
    signed = tuple(sign_document(document, party, KEYS[party], DAY) for party in ("EA", "WE"))
    signature_path(text).write_text(signatures_text(SignatureFile(signature=signed)))
    trust = "".join(f'[[party]]\ncode = "{code}"\nkey = "{key}"\n' for code, key in PINS.items())
    (tmp_path / "trust.toml").write_text(trust)
    return AgreementSettings(
        (text,),
        tmp_path / "trust.toml",
        tmp_path / "state" / "store",
        tmp_path / "state" / "audit",
        tmp_path / "state" / "audit.pem",
    )


def test_a_node_obeys_the_files_it_names_and_makes_its_audit_key(
    settings: AgreementSettings,
) -> None:
    live = open_agreements(settings, ENTRY - SECOND_NS)
    assert live.state.in_force() == ()
    live.tick(ENTRY)
    assert [one.document.agreement.id for one in live.state.in_force()] == ["east-west"]
    assert live.statuses()[0].standing == "in-force"
    live.close(ENTRY + SECOND_NS)
    key = read_key(settings.audit_key).public_key()
    verdict = verify_log(SystemDisk(), settings.audit, key)
    assert verdict.findings == ()
    assert verdict.newest_head is not None
    assert verdict.newest_head.size == verdict.records


def test_a_running_node_takes_in_signatures_and_notices_as_they_come(
    settings: AgreementSettings,
) -> None:
    text = settings.files[0]
    signed = read_signatures(signature_path(text))
    signature_path(text).unlink()
    live = open_agreements(settings, ENTRY)
    live.tick(ENTRY)
    assert live.state.in_force() == ()
    signature_path(text).write_text(signatures_text(signed))
    live.tick(ENTRY + 61 * SECOND_NS)
    assert live.state.in_force()
    signature_path(text).write_text("not TOML")
    live.tick(ENTRY + 122 * SECOND_NS)
    assert live.state.in_force()
    assert [one.name for one in live.state.refused] == ["BadInput"]


def test_two_nodes_never_write_in_the_same_folders(settings: AgreementSettings) -> None:
    live = open_agreements(settings, ENTRY)
    with pytest.raises(FolderInUse):
        open_agreements(settings, ENTRY)
    live.close(ENTRY)
    open_agreements(settings, ENTRY).close(ENTRY)


def test_a_head_is_signed_every_minute(settings: AgreementSettings) -> None:
    live = open_agreements(settings, ENTRY)
    sizes = []
    for second in range(0, 180, 10):
        live.tick(ENTRY + second * SECOND_NS)
        sizes.append(len(list(settings.audit.glob("*.heads"))))
    lines = (settings.audit / "0000000000000000.heads").read_text().splitlines()
    assert sizes[0] == 1
    assert len(lines) == 1  # nothing happened in between: the log has not grown


def test_a_text_that_is_no_longer_signed_still_counts_once_it_was_taken(
    settings: AgreementSettings,
) -> None:
    open_agreements(settings, ENTRY).close(ENTRY)
    signature_path(settings.files[0]).unlink()
    again = open_agreements(settings, ENTRY + SECOND_NS)
    assert again.state.in_force()
    assert again.state.refused == []


def test_a_text_changed_in_its_file_is_refused_and_the_signed_one_goes_on(
    settings: AgreementSettings,
) -> None:
    open_agreements(settings, ENTRY).close(ENTRY)
    settings.files[0].write_text(TEXT.replace("months = 60", "months = 600"))
    again = open_agreements(settings, ENTRY + SECOND_NS)
    assert {one.name for one in again.state.refused} == {"ForkRefused"}
    assert again.state.in_force()[0].document.term.months == 60


def test_a_changed_store_or_log_is_named(settings: AgreementSettings) -> None:
    open_agreements(settings, ENTRY).close(ENTRY)
    item = settings.store / "0000000001.json"
    kept = item.read_bytes()
    item.write_bytes(kept.replace(b"Eastland", b"Eastlend"))
    with pytest.raises(StoreDamaged):
        open_agreements(settings, ENTRY)
    item.write_bytes(kept)
    log = settings.audit / "0000000000000000.audit"
    data = bytearray(log.read_bytes())
    data[200] ^= 1
    log.write_bytes(data)
    with pytest.raises(AuditDamaged):
        open_agreements(settings, ENTRY)


def test_the_nodes_file_names_everything_relative_to_itself(tmp_path: Path) -> None:
    path = tmp_path / "node.toml"
    places = 'trust = "t.toml"\nstore = "s"\naudit = "a"\naudit_key = "k.pem"\n'
    path.write_text(NODE + '[agreements]\nfiles = ["one.toml"]\n' + places)
    read = read_node(path).agreements
    assert read == AgreementSettings(
        (tmp_path / "one.toml",),
        tmp_path / "t.toml",
        tmp_path / "s",
        tmp_path / "a",
        tmp_path / "k.pem",
    )
    path.write_text(NODE)
    assert read_node(path).agreements is None


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ("[agreements]\n", "trust and store and audit and audit_key missing"),
        ('[agreements]\nfile = "x"\n', "unknown settings"),
        ('[agreements]\nfiles = "x"\n', "files must be a list"),
        ('[agreements]\ntrust = ""\nstore="s"\naudit="a"\naudit_key="k"\n', "trust must be"),
    ],
)
def test_mistakes_in_the_nodes_file_are_said(tmp_path: Path, table: str, said: str) -> None:
    path = tmp_path / "node.toml"
    path.write_text(NODE + table)
    with pytest.raises(BadInput, match=said):
        read_node(path)
