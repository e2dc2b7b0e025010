"""``skypact agreement sign`` and ``verify``: signatures beside an agreement."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from skypact.cli.keys import Passphrase, passphrase_for
from skypact.cli.options import JsonOut
from skypact.cli.output import emit, say

Agreement = Annotated[Path, typer.Argument(help="AGREEMENT.toml", metavar="AGREEMENT.toml")]
Key = Annotated[Path, typer.Option("--key", help="KEY.pem of the party", metavar="KEY.pem")]


def sign(
    file: Agreement,
    key: Key,
    party: Annotated[
        str,
        typer.Option(
            "--party", help="Code of the party; without it, the party whose key the text names."
        ),
    ] = "",
    day: Annotated[
        str, typer.Option("--day", help="Day of signature; default today.", metavar="YYYY-MM-DD")
    ] = "",
    passphrase: Passphrase = False,
    *,
    json_out: JsonOut = False,
) -> None:
    """Sign an agreement for a party; the signature is added to FILE's .signatures.toml.

    Exit code 1: the document has errors and cannot be signed.
    Example: skypact agreement sign two-rivers.toml --party ELM --key elm.pem
    """
    from skypact.agreement.checking import check
    from skypact.agreement.reading import read_agreement
    from skypact.agreement.signing import (
        public_hex,
        read_signatures,
        sign_document,
        signature_path,
        signatures_text,
        with_signature,
    )
    from skypact.node.disk import write_whole
    from skypact.node.keys import read_key

    reading = read_agreement(file)
    errors = [problem for problem in check(reading.document) if problem.severity == "error"]
    for problem in errors:
        say(f"{reading.place(problem.path)}: {problem.detail} ({problem.name})")
    if errors:
        say("not signed: skypact agreement check says what to do")
        raise typer.Exit(1)
    signing_key = read_key(key, passphrase_for(passphrase))
    named = [one.code for one in reading.document.party if one.key == public_hex(signing_key)]
    party = _party(party, named, [one.code for one in reading.document.party])
    signature = sign_document(reading.document, party, signing_key, _day(day))
    path = signature_path(file)
    text = signatures_text(with_signature(read_signatures(path), signature))
    write_whole(path, text.encode())
    if json_out:
        emit({"file": str(path), "party": party, "digest": signature.digest, "key": signature.key})
    else:
        say(f"signed for {party}: version {signature.version}, digest {signature.digest}")
        say(f"signature added to {path}")


def notice(
    file: Agreement,
    key: Key,
    party: Annotated[str, typer.Option("--party", help="Code of the party.")],
    day: Annotated[
        str, typer.Option("--day", help="Day it is given; default today.", metavar="YYYY-MM-DD")
    ] = "",
    withdraws: Annotated[
        str,
        typer.Option("--withdraws", help="Take back the notice of this day.", metavar="DAY"),
    ] = "",
    renews: Annotated[
        str,
        typer.Option("--renews", help="Renew the term whose last day this is.", metavar="DAY"),
    ] = "",
    passphrase: Passphrase = False,
    *,
    json_out: JsonOut = False,
) -> None:
    """Sign a party's notice that it does not go on (or its withdrawal, or its word to renew).

    It is added to FILE's .signatures.toml; whether it is in time, the calendar says.
    Example: skypact agreement notice ru-kg-2022.toml --party KG --key kg.pem --day 2028-05-02
    """
    from skypact.agreement.canonical import digest_of
    from skypact.agreement.reading import read_agreement
    from skypact.agreement.signing import (
        SignedNotice,
        read_signatures,
        sign_notice,
        signature_path,
        signatures_text,
        with_notice_added,
    )
    from skypact.model.errors import UsageError
    from skypact.node.disk import write_whole
    from skypact.node.keys import read_key

    if withdraws and renews:
        raise UsageError("--withdraws and --renews are two declarations", remedy="Sign each")
    document = read_agreement(file).document
    party = _party(party, [], [one.code for one in document.party])
    unsigned = SignedNotice(
        agreement=document.agreement.id,
        digest=digest_of(document).hex(),
        party=party,
        kind="withdrawal" if withdraws else "renewal" if renews else "notice",
        day=_day(day),
        form=document.term.notice_form,
        of=_day(withdraws or renews) if withdraws or renews else None,
    )
    signed = sign_notice(unsigned, read_key(key, passphrase_for(passphrase)))
    path = signature_path(file)
    text = signatures_text(with_notice_added(read_signatures(path), signed))
    write_whole(path, text.encode())
    if json_out:
        emit({"file": str(path), "party": party, "kind": signed.kind, "day": str(signed.day)})
    else:
        say(f"{signed.kind} of {party}, {signed.day}, added to {path}")


def _party(asked: str, named: list[str], parties: list[str]) -> str:
    from skypact.model.errors import UsageError

    if asked in parties:
        return asked
    if not asked and len(named) == 1:
        return named[0]
    what = f"{asked!r} is no party" if asked else "the agreement does not say whose key this is"
    raise UsageError(what, remedy=f"Say --party with one of {', '.join(parties)}")


def _day(text: str) -> Any:
    import datetime

    from skypact.model.errors import UsageError

    if not text:
        return datetime.datetime.now(datetime.UTC).date()
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no day", remedy="Write 2028-05-02") from None


def verify(
    files: Annotated[
        list[Path],
        typer.Argument(help="AGREEMENT.toml, all versions, in any order", metavar="FILE..."),
    ],
    trust: Annotated[
        Path,
        typer.Option("--trust", help="TRUST.toml with the parties' keys", metavar="TRUST.toml"),
    ],
    *,
    json_out: JsonOut = False,
) -> None:
    """Verify signatures and chain of agreements as a node would take them.

    Exit code 0: every version is signed by all parties; 1: something is missing or refused.
    Example: skypact agreement verify two-rivers.toml --trust trust.toml
    """
    from skypact.node.agreement_verifying import verify_files

    verdict = verify_files(files, trust)
    if json_out:
        emit(verdict.fields())
    else:
        for version in verdict.versions:
            missing = ", ".join(version.missing)
            state = f"not signed by {missing}" if missing else "signed by all parties"
            signed = ", ".join(version.signed) or "nobody"
            say(
                f"{version.agreement} version {version.version} ({version.digest[:16]}...): {state}"
            )
            say(f"  signatures that hold: {signed}")
        for refused in verdict.refused:
            say(f"{refused.where}: refused: {refused.words} ({refused.name})")
    raise typer.Exit(0 if verdict.holds else 1)
