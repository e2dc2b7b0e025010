"""``skypact keys``: signing keys of parties and nodes."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit, say

app = typer.Typer(help="Signing keys (Ed25519) in files of one's own.", no_args_is_help=True)

KeyFile = Annotated[Path, typer.Argument(help="KEY.pem", metavar="KEY.pem")]
Passphrase = Annotated[
    bool,
    typer.Option(
        "--passphrase",
        help="Ask for the key's passphrase; SKYPACT_PASSPHRASE is used where it is set.",
        show_default=False,
    ),
]


def passphrase_for(asked: bool, *, confirm: bool = False) -> str:
    """The passphrase from the environment, or typed if it is to be asked for."""
    import os

    from skypact.node.keys import PASSPHRASE

    known = os.environ.get(PASSPHRASE, "")
    if known or not asked:
        return known
    return str(typer.prompt("passphrase", hide_input=True, confirmation_prompt=confirm, err=True))


@app.callback()
def _group() -> None:
    """Signing keys (Ed25519) in files of one's own."""


@app.command()
def new(key: KeyFile, passphrase: Passphrase = False, *, json_out: JsonOut = False) -> None:
    """Make a signing key in a new file that only its owner may read; show its public key.

    Example: skypact keys new kg.pem --passphrase
    """
    from skypact.agreement.signing import public_hex
    from skypact.node.keys import make_key

    made = make_key(key, passphrase_for(passphrase, confirm=True))
    _tell(key, public_hex(made), json_out)


@app.command()
def init(
    folder: Annotated[Path, typer.Argument(help="a FOLDER, made if not there", metavar="FOLDER")],
    passphrase: Passphrase = False,
    *,
    json_out: JsonOut = False,
) -> None:
    """Make the signing key of a party, party.pem, in the folder its station will have.

    Example: skypact keys init kg --passphrase
    """
    from skypact.agreement.signing import public_hex
    from skypact.node.disk import SystemDisk
    from skypact.node.keys import make_key

    word = passphrase_for(passphrase, confirm=True)
    SystemDisk().make_folder(folder)
    key = folder / "party.pem"
    _tell(key, public_hex(make_key(key, word)), json_out)


@app.command()
def show(key: KeyFile, passphrase: Passphrase = False, *, json_out: JsonOut = False) -> None:
    """Show the public key of a signing key: what others enter in their trust file.

    Example: skypact keys show kg.pem
    """
    from skypact.agreement.signing import public_hex
    from skypact.node.keys import read_key

    _tell(key, public_hex(read_key(key, passphrase_for(passphrase))), json_out)


def _tell(path: Path, public: str, json_out: bool) -> None:
    from hashlib import sha256

    from skypact.exchange.keys import fingerprint

    log = sha256(bytes.fromhex(public)).hexdigest()
    read_aloud = fingerprint(bytes.fromhex(public))
    if json_out:
        emit({"file": str(path), "public_key": public, "log": log, "fingerprint": read_aloud})
    else:
        typer.echo(public)
        say(f"fingerprint to compare: {read_aloud}")
        say(f"public key of {path}; an audit log signed with it is named {log[:16]}...")
