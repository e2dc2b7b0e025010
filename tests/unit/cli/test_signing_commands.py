"""Keys, signatures and audit logs from the command line: exit codes and plain words."""

import contextlib
import json
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import typer
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from typer.testing import CliRunner

from audit_logs import KEY, entries
from skypact.agreement.signing import public_hex
from skypact.audit.heads import head_from
from skypact.audit.log import AuditLog
from skypact.audit.merkle import leaf_hash
from skypact.audit.proofs import included
from skypact.cli import agreement, audit, keys
from skypact.model.errors import SkypactError
from skypact.node.disk import SystemDisk

ROOT = Path(__file__).parents[3]
TEXT = ROOT / "examples/agreements/two-rivers.toml"


app = typer.Typer()
app.add_typer(agreement.app, name="agreement")
app.add_typer(audit.app, name="audit")
app.add_typer(keys.app, name="keys")


@dataclass(frozen=True)
class Done:
    returncode: int
    stdout: str
    stderr: str


def skypact(*words: str | Path, folder: Path, passphrase: str = "") -> Done:
    """A command in this process, which is far quicker, with the exit code that ``main`` gives."""
    with contextlib.chdir(folder):
        result = CliRunner().invoke(
            app, [str(word) for word in words], env={"SKYPACT_PASSPHRASE": passphrase}
        )
    problem = result.exception
    if isinstance(problem, SkypactError):
        return Done(problem.exit_code, result.stdout, str(problem))
    assert problem is None or isinstance(problem, SystemExit), problem
    return Done(result.exit_code, result.stdout, result.stderr)


@pytest.fixture(scope="module")
def signed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the teaching example, signed by both parties, and a trust file."""
    folder = tmp_path_factory.mktemp("signing")
    (folder / "areas").symlink_to(TEXT.parent / "areas")
    (folder / "text.toml").write_text(TEXT.read_text())
    trust = ""
    for party in ("AV", "BO"):
        made = skypact("keys", "new", f"{party}.pem", "--json", folder=folder)
        assert made.returncode == 0, made.stderr
        trust += f'[[party]]\ncode = "{party}"\nkey = "{json.loads(made.stdout)["public_key"]}"\n'
        words = ("--party", party, "--key", f"{party}.pem", "--day", "2024-01-02", "--json")
        done = skypact("agreement", "sign", "text.toml", *words, folder=folder)
        assert done.returncode == 0, done.stderr
    (folder / "trust.toml").write_text(trust)
    return folder


def test_a_key_file_is_for_its_owner_alone_and_is_never_overwritten(tmp_path: Path) -> None:
    made = skypact("keys", "new", "k.pem", folder=tmp_path)
    assert made.returncode == 0
    Ed25519PublicKey.from_public_bytes(bytes.fromhex(made.stdout.strip()))
    assert stat.S_IMODE((tmp_path / "k.pem").stat().st_mode) == 0o600
    again = skypact("keys", "new", "k.pem", folder=tmp_path)
    assert again.returncode == 3
    assert "never overwritten" in again.stderr
    shown = skypact("keys", "show", "k.pem", folder=tmp_path)
    assert shown.stdout == made.stdout
    (tmp_path / "k.pem").chmod(0o640)
    seen = skypact("keys", "show", "k.pem", folder=tmp_path)
    assert seen.returncode == 3
    assert "other accounts" in seen.stderr


def test_a_key_with_a_passphrase_opens_with_it_alone(tmp_path: Path) -> None:
    made = skypact("keys", "new", "k.pem", folder=tmp_path, passphrase="open sesame")
    assert b"ENCRYPTED" in (tmp_path / "k.pem").read_bytes()
    assert skypact("keys", "show", "k.pem", folder=tmp_path).returncode == 3
    wrong = skypact("keys", "show", "k.pem", folder=tmp_path, passphrase="wrong")
    assert "passphrase is wrong" in wrong.stderr
    right = skypact("keys", "show", "k.pem", folder=tmp_path, passphrase="open sesame")
    assert right.stdout == made.stdout


def test_a_text_signed_by_all_verifies(signed: Path) -> None:
    done = skypact("agreement", "verify", "text.toml", "--trust", "trust.toml", folder=signed)
    assert done.returncode == 0, done.stderr
    assert "two-rivers version 1" in done.stderr
    assert "signed by all parties" in done.stderr


def test_a_notice_is_added_and_verifies_with_the_rest(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "areas").symlink_to(TEXT.parent / "areas")
    for name in ("text.toml", "text.signatures.toml", "trust.toml"):
        (tmp_path / name).write_text((signed / name).read_text())
    words = ("agreement", "notice", "text.toml", "--key", signed / "AV.pem", "--party", "AV")
    for more in (("--day", "2026-10-01"), ("--day", "2026-10-09", "--withdraws", "2026-10-01")):
        assert skypact(*words, *more, folder=tmp_path).returncode == 0
    verify = ("agreement", "verify", "text.toml", "--trust", "trust.toml")
    assert skypact(*verify, folder=tmp_path).returncode == 0
    outsider = ("agreement", "notice", "text.toml", "--key", signed / "BO.pem", "--party", "AV")
    assert skypact(*outsider, folder=tmp_path).returncode == 0
    done = skypact(*verify, folder=tmp_path)
    assert done.returncode == 1
    assert "SignedByAnother" in done.stderr


def test_a_letter_changed_after_signing_is_found(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "areas").symlink_to(TEXT.parent / "areas")
    for name in ("text.signatures.toml", "trust.toml"):
        (tmp_path / name).write_text((signed / name).read_text())
    changed = TEXT.read_text().replace("months = 36", "months = 37")
    (tmp_path / "text.toml").write_text(changed)
    words = ("agreement", "verify", "text.toml", "--trust", "trust.toml", "--json")
    done = skypact(*words, folder=tmp_path)
    assert done.returncode == 1
    verdict = json.loads(done.stdout)
    assert verdict["versions"][0]["missing"] == ["AV", "BO"]
    assert {one["name"] for one in verdict["refused"]} == {"PredecessorUnknown"}


def test_layout_and_comments_do_not_matter_to_signatures(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "areas").symlink_to(TEXT.parent / "areas")
    for name in ("text.signatures.toml", "trust.toml"):
        (tmp_path / name).write_text((signed / name).read_text())
    (tmp_path / "text.toml").write_text("# another comment\n" + TEXT.read_text() + "\n\n")
    done = skypact("agreement", "verify", "text.toml", "--trust", "trust.toml", folder=tmp_path)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--key", "AV.pem"), 2, "--party"),
        (("--key", "AV.pem", "--party", "XX"), 2, "no party"),
        (("--key", "AV.pem", "--party", "AV", "--day", "tomorrow"), 2, "no day"),
        (("--key", "missing.pem", "--party", "AV"), 3, "cannot be read"),
        (("--key", "trust.toml", "--party", "AV"), 3, "other accounts"),
    ],
)
def test_signing_says_what_is_missing(
    signed: Path, words: tuple[str, ...], code: int, said: str
) -> None:
    done = skypact("agreement", "sign", "text.toml", *words, folder=signed)
    assert done.returncode == code
    assert said in done.stderr


def test_a_document_with_errors_is_not_signed(signed: Path, tmp_path: Path) -> None:
    (tmp_path / "areas").symlink_to(TEXT.parent / "areas")
    broken = TEXT.read_text().replace('renewal_clause = "art-9"', 'renewal_clause = "art-99"')
    (tmp_path / "text.toml").write_text(broken)
    words = ("--key", signed / "AV.pem", "--party", "AV")
    done = skypact("agreement", "sign", "text.toml", *words, folder=tmp_path)
    assert done.returncode == 1
    assert "unknown-clause" in done.stderr
    assert not (tmp_path / "text.signatures.toml").exists()


def test_the_program_knows_the_commands(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "skypact", "audit", "verify", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 3
    assert "AuditDamaged" in done.stderr


@pytest.fixture
def log(tmp_path: Path) -> AuditLog:
    log = AuditLog(SystemDisk(), tmp_path / "audit", KEY, 1_000)
    log.append(entries(40))
    log.head(2_000_000)
    return log


def test_a_log_verifies_and_a_change_in_it_is_named(log: AuditLog, tmp_path: Path) -> None:
    words = ("audit", "verify", "audit", "--key", public_hex(KEY))
    fine = skypact(*words, folder=tmp_path)
    assert fine.returncode == 0, fine.stderr
    assert "41 records, 1 signed heads agree" in fine.stderr
    path = tmp_path / "audit" / "0000000000000000.audit"
    data = bytearray(path.read_bytes())
    data[17 * 128 + 80] ^= 4
    path.write_bytes(data)
    changed = skypact(*words, "--json", folder=tmp_path)
    assert changed.returncode == 1
    (found,) = json.loads(changed.stdout)["findings"]
    assert (found["what"], found["number"], found["byte"]) == ("changed", 17, 17 * 128)
    assert found["kind"] == "ENVELOPE_SENT"
    assert "record 17 (ENVELOPE_SENT) changed" in skypact(*words, folder=tmp_path).stderr


def test_a_head_kept_elsewhere_meets_a_log_that_was_rewritten(tmp_path: Path) -> None:
    shown = ("audit", "heads", "audit", "--last", "1", "--json")
    for number, folder in enumerate((tmp_path / "true", tmp_path / "forged")):
        log = AuditLog(SystemDisk(), folder / "audit", KEY, 1_000 + number)
        log.append(entries(9))
        log.head(2_000_000)
    head = skypact(*shown, folder=tmp_path / "true")
    (tmp_path / "head.json").write_text(head.stdout)
    words = ("audit", "verify", "audit", "--head", tmp_path / "head.json", "--json")
    assert skypact(*words, folder=tmp_path / "true").returncode == 0
    met = skypact(*words, folder=tmp_path / "forged")
    assert met.returncode == 1
    assert json.loads(met.stdout)["findings"][0]["what"] == "rewritten"


def test_a_proof_can_be_checked_by_others(log: AuditLog, tmp_path: Path) -> None:
    done = skypact("audit", "prove", "audit", "7", "-o", "p.json", "--json", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    proof = json.loads((tmp_path / "p.json").read_text())
    assert proof == json.loads(done.stdout)
    head = head_from(proof["head"])
    path = [bytes.fromhex(step) for step in proof["path"]]
    leaf = leaf_hash(bytes.fromhex(proof["entry"]))
    assert included(leaf, 7, head.size, path, head.root)


def test_what_is_no_log_or_record_is_said(log: AuditLog, tmp_path: Path) -> None:
    assert skypact("audit", "prove", "audit", "99", folder=tmp_path).returncode == 2
    for command in ("verify", "heads"):
        done = skypact("audit", command, "nowhere", folder=tmp_path)
        assert done.returncode == 3
        assert "no audit log" in done.stderr
