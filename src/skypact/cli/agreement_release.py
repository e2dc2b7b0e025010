"""``skypact agreement explain`` and ``skypact agreement test``: what rules say to an item."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from skypact.cli.options import JsonOut
from skypact.cli.output import emit

if TYPE_CHECKING:
    from skypact.agreement.document import Document, Language
    from skypact.release.considering import Considered, Explanation
    from skypact.release.examples import Report
    from skypact.release.table import Binding

Files = Annotated[list[Path], typer.Argument(help="AGREEMENT.toml ...", metavar="FILE...")]
Tongue = Annotated[str, typer.Option("--language", "-l", help="en, ru or ky.", metavar="LANGUAGE")]


def explain(
    files: Files,
    *,
    item: Annotated[
        str,
        typer.Option(
            help="ITEM.toml, ITEM.json, or the item itself as an inline table.", metavar="ITEM"
        ),
    ],
    to: Annotated[str, typer.Option(help="Party that would receive it.", metavar="PARTY")],
    by: Annotated[
        str,
        typer.Option(
            help="Party whose node would release it; else the item's 'by' or originator.",
            metavar="PARTY",
        ),
    ] = "",
    at: Annotated[
        str | None,
        typer.Option(
            help="Date, for the term as the calendar sees it; without, as if in force.",
            metavar="YYYY-MM-DD",
        ),
    ] = None,
    language: Tongue = "en",
    json_out: JsonOut = False,
) -> None:
    """Say whether an item may leave for a partner, by which clause, and why other rules do not.

    Exit code 0: it leaves, whole or blurred; 1: it does not; 3: bad item or agreement.
    Example: skypact agreement explain examples/agreements/ru-kg-2022.toml --to RU
    --item '{ kind = "track", originator = "KG", aircraft = "civil", areas = ["kyrgyzstan"] }'
    """
    from skypact.agreement.reading import read_agreement
    from skypact.release.compiling import compile_release
    from skypact.release.considering import explain as explain_item
    from skypact.release.item import item_from
    from skypact.release.wording import told

    tongue = _language(language)
    documents = [read_agreement(path).document for path in files]
    case = item_from(_item_words(item), documents[0])
    bindings, now_ns = _bindings(documents, at)
    party = by or case.holder
    compile_release(bindings, party)  # says by name what is wrong with a rule
    explanation = explain_item(bindings, party, case, to, now_ns)
    if json_out:
        emit(_as_json(explanation, party, to, tongue))
    else:
        for line in told(explanation, case.kind, case.originator, to, tongue):
            typer.echo(line)
    raise typer.Exit(int(explanation.verdict == "nothing"))


def try_examples(files: Files, *, language: Tongue = "en", json_out: JsonOut = False) -> None:
    """Run the examples that agreements contain, and name the rules that none of them reaches.

    Exit code 0: all as expected; 1: some answer is another; 3: a file or item cannot be used.
    Example: skypact agreement test examples/agreements/ru-kg-2022.toml
    """
    from skypact.agreement.reading import read_agreement
    from skypact.release.examples import run_examples

    tongue = _language(language)
    report = run_examples([read_agreement(path).document for path in files])
    if json_out:
        emit(_report_as_json(report))
    else:
        _show_report(report, tongue)
    raise typer.Exit(1 if report.failed else 0)


def _language(word: str) -> Language:
    from skypact.model.errors import UsageError
    from skypact.release.wording import LANGUAGES

    for known in LANGUAGES:
        if word == known:
            return known
    raise UsageError(f"no language {word!r}", remedy="It is en, ru or ky")


def _item_words(given: str) -> Mapping[str, Any]:
    """The item's table: from a file, or written on the command line."""
    import json
    import tomllib

    from skypact.model.errors import BadInput

    inline = given.lstrip().startswith("{")
    try:
        text = given if inline else Path(given).read_text(encoding="utf-8")
    except (OSError, ValueError) as problem:
        raise BadInput(f"the item cannot be read: {problem}", where=given) from None
    for form in (None, "{}", "item = {}"):
        try:
            words = json.loads(text) if form is None else tomllib.loads(form.replace("{}", text))
        except (ValueError, RecursionError):
            continue
        if isinstance(words, dict):
            inner = words.get("item")
            return inner if isinstance(inner, dict) else words
    raise BadInput(
        "the item is neither a TOML table nor a JSON object",
        where="" if inline else given,
        remedy='Such as { kind = "track", originator = "KG" }',
    )


def _bindings(documents: list[Document], at: str | None) -> tuple[list[Binding], int]:
    """The agreements as they bind on a day, or as if all were in force."""
    from skypact.agreement.effective import Held, effective
    from skypact.model.errors import UsageError
    from skypact.model.time import from_iso
    from skypact.release.table import FOREVER_NS, Binding
    from skypact.release.terms import as_if_in_force, bindings_from

    if at is None:
        return list(as_if_in_force(documents)), 0
    try:
        now_ns = from_iso(at)
    except ValueError:
        raise UsageError(f"{at!r} is no date", remedy="Write YYYY-MM-DD") from None
    now = effective([Held(document, fully_signed=True) for document in documents], now_ns)
    found = list(bindings_from(now))
    bound = {binding.document.agreement.id for binding in found}
    for document in documents:
        if document.agreement.id not in bound:  # named, so that it can be said that it is not
            parties = tuple(party.code for party in document.party)
            found.append(Binding(document, parties, from_ns=FOREVER_NS))
            bound.add(document.agreement.id)
    return found, now_ns


def _as_json(explanation: Explanation, party: str, to: str, tongue: Language) -> dict[str, Any]:
    from skypact.release.wording import obstacle_told, reasons

    def rule(one: Considered) -> dict[str, Any]:
        return {
            "agreement": one.agreement,
            "rule": one.rule.id,
            "verdict": one.rule.verdict,
            "clause": one.rule.clause,
        }

    decided, clause = explanation.decided, explanation.clause
    return {
        "by": party,
        "to": to,
        "verdict": explanation.verdict,
        "decided": rule(decided) | {"blur": decided.rule.blur} if decided is not None else None,
        "clause": (
            {"id": clause.id, "text": clause.text, "source": clause.source}
            if clause is not None
            else None
        ),
        "consents": [
            {"agreement": name, "onward": one.id, "clause": one.clause}
            for name, one in explanation.consents
        ],
        "obstacles": [
            {"name": one.kind, "detail": obstacle_told(one, tongue)}
            for one in explanation.obstacles
        ],
        "considered": [
            rule(one) | {"fits": one.fits, "reasons": reasons(one, tongue)}
            for one in explanation.considered
            if one is not decided
        ],
    }


def _report_as_json(report: Report) -> dict[str, Any]:
    return {
        "examples": [
            {
                "agreement": outcome.agreement,
                "number": outcome.number + 1,
                "text": outcome.example.text,
                "expect": outcome.example.expect,
                "verdict": outcome.verdict,
                "rule": outcome.rule.release.id if outcome.rule is not None else None,
                "clause": outcome.rule.release.clause if outcome.rule is not None else None,
                "expect_clause": outcome.example.clause or None,
                "holds": outcome.holds,
            }
            for outcome in report.outcomes
        ],
        "failed": len(report.failed),
        "untried": [{"agreement": name, "rule": rule} for name, rule in report.untried],
    }


def _show_report(report: Report, tongue: Language) -> None:
    for outcome in report.outcomes:
        text = outcome.example.text.get(tongue) or outcome.example.text.get("en", "")
        typer.echo(f"{'holds ' if outcome.holds else 'FAILED'} {outcome.agreement}: {text}")
        if not outcome.holds:
            by = "no rule"
            if outcome.rule is not None:
                by = f"rule {outcome.rule.release.id} (clause {outcome.rule.release.clause})"
            wanted: str = outcome.example.expect
            if outcome.example.clause:
                wanted += f" by clause {outcome.example.clause}"
            typer.echo(f"       expected {wanted}, got {outcome.verdict} by {by}")
    for name, rule in report.untried:
        typer.echo(f"untried {name}: no example is decided by rule {rule}")
    typer.echo(f"{len(report.outcomes)} examples, {len(report.failed)} failed")
