"""``skypact agreement``: check, read, date and compare the agreements between nations."""

from __future__ import annotations

import datetime
from pathlib import Path
from typing import Annotated, Literal

import typer

from skypact.cli import agreement_release, agreement_signing
from skypact.cli.options import JsonOut
from skypact.cli.output import emit, say
from skypact.model.errors import UsageError

app = typer.Typer(
    help="Agreements: what nations signed, as the node obeys it.", no_args_is_help=True
)

Agreement = Annotated[Path, typer.Argument(help="AGREEMENT.toml", metavar="AGREEMENT.toml")]


@app.callback()
def _group() -> None:
    """Agreements: what nations signed, as the node obeys it."""


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="AGREEMENT.toml ...", metavar="FILE...")],
    *,
    json_out: JsonOut = False,
) -> None:
    """Say what is wrong with agreements, each alone and all together, with line and remedy.

    Exit code 0: no errors (warnings may be); 1: errors; 3: a file cannot be read.
    Example: skypact agreement check examples/agreements/two-rivers.toml
    """
    from skypact.agreement.checking import check as check_document
    from skypact.agreement.checking_together import check_together
    from skypact.agreement.reading import read_agreement

    readings = [read_agreement(path) for path in files]
    found = [
        (reading.place(problem.path), problem)
        for reading in readings
        for problem in check_document(reading.document)
    ]
    found += [
        (readings[problem.document].place(problem.path), problem)
        for problem in check_together([reading.document for reading in readings])
    ]
    errors = sum(problem.severity == "error" for _, problem in found)
    if json_out:
        emit(
            {
                "files": [str(path) for path in files],
                "errors": errors,
                "problems": [
                    {
                        "place": place,
                        "name": problem.name,
                        "severity": problem.severity,
                        "detail": problem.detail,
                        "remedy": problem.remedy,
                    }
                    for place, problem in found
                ],
            }
        )
    else:
        for place, problem in found:
            say(
                f"{place}: {problem.severity}: {problem.detail} ({problem.name}). {problem.remedy}."
            )
        say(f"{len(files)} agreements, {errors} errors, {len(found) - errors} warnings")
    raise typer.Exit(1 if errors else 0)


Language = Annotated[
    str, typer.Option("--language", "-l", help="en, ru or ky.", metavar="LANGUAGE")
]


def _language(word: str) -> Literal["en", "ru", "ky"]:
    from skypact.agreement.prose_words import LANGUAGES

    for language in LANGUAGES:
        if language == word:
            return language
    raise UsageError(f"no language {word!r}", remedy="There are en, ru and ky")


def _day(text: str) -> datetime.date:
    try:
        return datetime.date.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no date", remedy="Write YYYY-MM-DD") from None


@app.command()
def show(file: Agreement, *, language: Language = "en", json_out: JsonOut = False) -> None:
    """Print an agreement as a lawyer can read it.

    Example: skypact agreement show examples/agreements/ru-kg-2022.toml --language ru
    """
    from skypact.agreement.prose import prose
    from skypact.agreement.reading import read_agreement

    document = read_agreement(file).document
    text = prose(document, _language(language))
    if json_out:
        emit({"id": document.agreement.id, "version": document.agreement.version, "text": text})
    else:
        typer.echo(text, nl=False)


@app.command()
def calendar(
    file: Agreement,
    *,
    on: Annotated[
        str | None,
        typer.Option("--on", help="The day asked about; default: today.", metavar="DATE"),
    ] = None,
    until: Annotated[
        str | None,
        typer.Option("--until", help="Last day listed; default: ten years on.", metavar="DATE"),
    ] = None,
    notice: Annotated[
        list[str] | None,
        typer.Option("--notice", help="As if notice were given.", metavar="PARTY:DATE"),
    ] = None,
    renew: Annotated[
        list[str] | None,
        typer.Option("--renew", help="As if all parties decided to renew.", metavar="DATE"),
    ] = None,
    language: Language = "en",
    json_out: JsonOut = False,
) -> None:
    """Show how an agreement stands on a day, every date, and what follows if nobody acts.

    Example: skypact agreement calendar examples/agreements/ru-kg-2022.toml --notice KG:2028-05-02
    """
    from skypact.agreement.calendar import Decision, Notice, standing
    from skypact.agreement.calendar_words import STANDING, STATES, filled
    from skypact.agreement.dates import days, missing, warnings
    from skypact.agreement.reading import read_agreement
    from skypact.agreement.reckoning import day_at, months_after
    from skypact.node.clock import SystemClock

    spoken = _language(language)
    document = read_agreement(file).document
    zone = document.term.time_zone
    day = _day(on) if on else day_at(SystemClock().now_ns(), zone)
    last = _day(until) if until else months_after(day, 120)
    notices = []
    for word in notice or ():
        party, colon, given = word.rpartition(":")
        if not colon:
            raise UsageError(f"{word!r} is no notice", remedy="Write PARTY:YYYY-MM-DD")
        notices.append(Notice(party, _day(given), document.term.notice_form))
    parties = tuple(party.code for party in document.party)
    decisions = [Decision(_day(word), parties) for word in renew or ()]
    now = standing(document, notices, day, decisions=decisions)
    near = warnings(document, notices, day, decisions=decisions)
    events = days(document, notices, last, decisions=decisions)
    if json_out:
        emit(
            {
                "id": document.agreement.id,
                "on": day.isoformat(),
                "state": now.state,
                "renewed": now.renewed,
                "first_day": _iso(now.first_day),
                "ends": _iso(now.ends),
                "notice_by": _iso(now.notice_by),
                "final": now.final,
                "bound": list(now.bound),
                "missing": list(missing(document)),
                "warnings": [warning.words for warning in near],
                "days": [
                    {
                        "day": event.day.isoformat(),
                        "kind": event.kind,
                        "party": event.party,
                        "words": event.words,
                        "follows": event.follows,
                    }
                    for event in events
                ],
            }
        )
        return
    head = filled(
        STANDING,
        id=document.agreement.id,
        day=day.isoformat(),
        zone=zone,
        state=STATES[now.state],
        renewed=str(now.renewed),
        ends=_iso(now.ends) or "-",
    )
    typer.echo(head[spoken])
    for words in missing(document):
        typer.echo(f"  ! {words[spoken]}")
    for warning in near:
        typer.echo(f"  ! {warning.words[spoken]}")
    for event in events:
        mark = "  " if event.day <= day else "> "
        typer.echo(f"{mark}{event.day}  {event.words[spoken]}: {event.follows[spoken]}")


def _iso(day: datetime.date | None) -> str | None:
    return day.isoformat() if day else None


@app.command()
def diff(
    old: Annotated[Path, typer.Argument(help="OLD.toml", metavar="OLD.toml")],
    new: Annotated[Path, typer.Argument(help="NEW.toml", metavar="NEW.toml")],
    *,
    json_out: JsonOut = False,
) -> None:
    """Say in words what an amendment changes; first what a party would newly see.

    Example: skypact agreement diff two-rivers.toml two-rivers-2.toml
    """
    from dataclasses import asdict

    from skypact.agreement.difference import difference
    from skypact.agreement.reading import read_agreement

    changes = difference(read_agreement(old).document, read_agreement(new).document)
    if json_out:
        emit([asdict(change) for change in changes])
        return
    for change in changes:
        mark = {"sees-more": "!", "sees-less": "-"}.get(change.kind, " ")
        typer.echo(f"{mark} {change.words}")
    if not changes:
        say("both say the same")


# Commands of other modules join the group here, each light to import:
#     from skypact.cli.agreement_signing import sign
#     app.command()(sign)
app.command()(agreement_release.explain)
app.command("test")(agreement_release.try_examples)
app.command()(agreement_signing.sign)
app.command()(agreement_signing.notice)
app.command()(agreement_signing.verify)
