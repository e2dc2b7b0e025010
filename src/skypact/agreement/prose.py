"""Prints an agreement as a lawyer can read it, in English, Russian or Kyrgyz.

In: a :class:`Document`. Out: plain text in Markdown, in the order of a treaty: parties,
provisions with their sources, term, areas, sites, stations, roles, orders, release, end. Every
line names the clause it rests on. Texts that have no translation are in English.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from skypact.agreement.calendar import last_day, renews
from skypact.agreement.document import (
    Blur,
    Document,
    Language,
    Numbers,
    OrderRule,
    Party,
    Release,
    Role,
    Site,
)
from skypact.agreement.prose_words import known, told, word
from skypact.agreement.reckoning import months_after


def prose(document: Document, language: Language = "en") -> str:
    """The agreement as text.

    Parameters
    ----------
    document
        What to print.
    language
        Of headings and sentences, and of its own texts where they are there.
    """
    parts: list[tuple[str, list[str]]] = [
        ("parties", [_party(document, party, language) for party in document.party]),
        ("provisions", list(_provisions(document, language))),
        ("term", list(_term(document, language))),
        ("areas", list(_areas(document, language))),
        ("sites", [_site(document, site, language) for site in document.site]),
        ("stations", [_station(document, row, language) for row in document.numbers]),
        ("roles", [_role(document, role, language) for role in document.role]),
        ("orders", [_order(document, rule, language) for rule in document.order]),
        ("release", list(_releases(document, language))),
        ("onward", list(_onward(document, language))),
        ("ending", list(_ending(document, language))),
        ("examples", list(_examples(document, language))),
    ]
    lines = [f"# {told(document.agreement.title, language)}", "", *_heading(document, language)]
    for number, (name, part) in enumerate([p for p in parts if p[1]], 1):
        lines += ["", f"## {number}. {word(name, language)}", "", *part]
    return "\n".join(lines) + "\n"


def party_name(document: Document, code: str, language: Language) -> str:
    """Name of a party by its code; a stranger's code as it is."""
    for party in document.party:
        if party.code == code:
            return told(party.name, language)
    return code


def _parties(document: Document, codes: Sequence[str], language: Language) -> str:
    return ", ".join(party_name(document, code, language) for code in codes)


def _line(clause: str, *parts: str) -> str:
    said = "; ".join(part for part in parts if part)
    return f"- {said} ({clause})" if clause else f"- {said}"


def _heading(document: Document, language: Language) -> Iterator[str]:
    heading = document.agreement
    version = f"{heading.id}, {word('version', language, heading.version)}"
    yield version
    if heading.amends:
        yield word("amends", language, heading.amends)
    if heading.effective:
        yield word("effective", language, heading.effective)
    if heading.part_of:
        yield word("part-of", language, ", ".join(heading.part_of))
    if heading.accession:
        yield word("accession", language)
    yield word("classifications", language, ", ".join(document.classifications))
    if document.categories:
        yield word("categories", language, ", ".join(document.categories))


def _party(document: Document, party: Party, language: Language) -> str:
    said = [f"{told(party.name, language)} ({party.code})"]
    if party.acceded is not None:
        said.append(word("acceded", language, party.acceded))
    else:
        signed, ratified = party.signed, party.ratified
        said.append(word("signed", language, signed) if signed else word("not-signed", language))
        if document.term.ratification_needed:
            name = "ratified" if ratified else "not-ratified"
            said.append(word(name, language, ratified))
    return _line(party.clause, *said)


def _provisions(document: Document, language: Language) -> Iterator[str]:
    for number, clause in enumerate(document.clause):
        if number:
            yield ""
        yield f"**{clause.id}.** {told(clause.text, language)}"
        yield f"    {word('source', language)}: {clause.source}"
        if clause.note:
            yield f"    {word('note', language)}: {clause.note}"


def _term(document: Document, language: Language) -> Iterator[str]:
    term = document.term
    entry = word("in-force", language, term.in_force) if term.in_force else ""
    length = word("months", language, term.months) if term.months else word("endless", language)
    end = last_day(document)
    yield _line(
        term.clause,
        entry or word("not-in-force", language),
        length,
        word("initial-end", language, end) if end else "",
    )
    if term.months:
        name = word(term.renewal, language, term.renewal_months)
        yield _line(term.renewal_clause or term.clause, name)
    if term.notice_months:
        form = known(term.notice_form, language)
        by = months_after(end, -term.notice_months) if end and renews(document) else None
        yield _line(
            term.notice_clause,
            word("notice", language, term.notice_months, form),
            word("notice-by", language, by) if by else "",
        )
    if not term.ratification_needed:
        yield _line(term.clause, word("no-ratification", language))
    if term.wind_down_days:
        yield _line(term.clause, word("wind-down", language, term.wind_down_days))
    yield _line(term.clause, word("time-zone", language, term.time_zone))


def _areas(document: Document, language: Language) -> Iterator[str]:
    for area in document.area:
        owner = _parties(document, [area.owner], language) if area.owner else ""
        yield _line(
            area.clause,
            told(area.name, language),
            word(area.kind, language),
            word("owner", language, owner) if owner else "",
        )


def _site(document: Document, site: Site, language: Language) -> str:
    return _line(
        site.clause,
        told(site.name, language),
        site.purpose,
        word("owner", language, _parties(document, [site.owner], language)),
        word("host", language, _parties(document, [site.host], language)),
        word("users", language, _parties(document, site.users, language)) if site.users else "",
        word("hectares", language, f"{site.size_ha:g}") if site.size_ha is not None else "",
        word(site.status, language),
        word("ends-with-term", language) if site.ends_with_term else "",
    )


def _station(document: Document, row: Numbers, language: Language) -> str:
    return _line(row.clause, *station_words(document, row, language))


def station_words(document: Document, row: Numbers, language: Language) -> list[str]:
    """One station in words, in parts."""
    staffed = "hosted-by" if row.joint_post else "staffed-by"
    party = party_name(document, row.party, language)
    said = [f"{row.station} — {word(staffed, language, party)}"]
    if row.joint_post:
        said.append(word("for-all", language))
    return [*said, word("numbers", language, row.first, row.last)]


def _role(document: Document, role: Role, language: Language) -> str:
    scope = "all-forces" if role.scope == "all" else role.scope
    does = f"{word(role.kind, language)}: {word(scope, language)}"
    place = next((told(s.name, language) for s in document.site if s.id == role.site), "")
    who = f"{told(role.office, language)}, {party_name(document, role.party, language)}"
    return _line(role.clause, f"{who} — {does}", place)


def role_names(document: Document, ids: Sequence[str], language: Language) -> str:
    """Roles by their ids, as office and party."""
    offices = {
        role.id: f"{told(role.office, language)} ({role.party})" for role in document.role
    } | {"unit": word("unit", language)}
    return ", ".join(offices.get(name, name) for name in ids)


def _order(document: Document, rule: OrderRule, language: Language) -> str:
    return _line(rule.clause, *order_words(document, rule, language))


def order_words(document: Document, rule: OrderRule, language: Language) -> list[str]:
    """One order rule in words, in parts."""
    said = [
        f"{word(rule.order, language)} — "
        + word("propose", language, role_names(document, rule.propose, language)),
        word("authorise", language, role_names(document, rule.authorise, language)),
    ]
    if rule.people > 1:
        said.append(word("people", language, rule.people))
    for name in ("territorial_consent", "civil_acknowledgement", "acceptance"):
        if getattr(rule, name):
            said.append(word(name.replace("_", "-"), language))
    return said


def _releases(document: Document, language: Language) -> Iterator[str]:
    for rule in document.release:
        whose = _parties(document, rule.originator, language)
        to = _parties(document, rule.to, language)
        way = f"{whose} → {to}"
        if set(rule.originator) == set(rule.to):
            way = word("among", language, to)
        yield _line(rule.clause, f"{way}: {release_words(document, rule, language)}")
    if document.release:
        yield f"- {word('deny', language)}"


def release_words(document: Document, rule: Release, language: Language) -> str:
    """What a rule releases and how, without whose and to whom."""
    items = ", ".join(known(item, language) for item in rule.items)
    said = [items or word("all-items", language), *_conditions(document, rule, language)]
    how = word(rule.verdict, language)
    blur = next((blur for blur in document.blur if blur.id == rule.blur), None)
    if rule.verdict == "blurred" and blur is not None:
        how += f" ({', '.join(blur_words(blur, language))})"
    return f"{'; '.join(said)} — {how}"


def _conditions(document: Document, rule: Release, language: Language) -> Iterator[str]:
    areas = {area.id: told(area.name, language) for area in document.area}
    for name, values in (
        ("inside", [areas.get(a, a) for a in rule.areas]),
        ("outside", [areas.get(a, a) for a in rule.outside]),
        ("aircraft", [known(a, language) for a in rule.aircraft]),
        ("identities", [known(i, language) for i in rule.identities]),
        ("of-categories", list(rule.categories)),
        ("sensors", list(rule.sensors)),
    ):
        if values:
            yield word(name, language, ", ".join(values))
    if rule.verdict != "nothing":  # what withholds holds at every classification
        lowest = document.classifications[0] if document.classifications else ""
        yield word("up-to", language, rule.up_to or lowest)
    if rule.emergency is not None:
        yield word("emergency" if rule.emergency else "no-emergency", language)
    if rule.min_altitude_m is not None:
        yield word("above", language, f"{rule.min_altitude_m:g}")
    if rule.max_altitude_m is not None:
        yield word("below", language, f"{rule.max_altitude_m:g}")
    if rule.exercise:
        yield word("exercise", language)


def blur_words(blur: Blur, language: Language) -> list[str]:
    """What a blur takes away, in parts."""
    said = []
    if blur.grid_m:
        said.append(word("grid", language, f"{blur.grid_m:g}"))
    if blur.delay_s:
        said.append(word("delay", language, f"{blur.delay_s:g}"))
    if blur.hide_source:
        said.append(word("hide-source", language))
    if blur.remove:
        said.append(word("remove", language, ", ".join(blur.remove)))
    return said


def _onward(document: Document, language: Language) -> Iterator[str]:
    for consent in document.onward:
        items = ", ".join(known(item, language) for item in consent.items)
        said = word(
            "consent",
            language,
            _parties(document, consent.originator, language),
            _parties(document, consent.by, language),
            _parties(document, consent.to, language),
            ", ".join(consent.under),
            items or word("all-items", language),
        )
        yield _line(consent.clause, said)


def _ending(document: Document, language: Language) -> Iterator[str]:
    end = document.end
    if end is not None:
        secrecy = "secrecy" if end.secrecy_survives else "no-secrecy"
        yield _line(end.clause, word(end.received_data, language), word(secrecy, language))


def _examples(document: Document, language: Language) -> Iterator[str]:
    for example in document.example:
        to = word("to-party", language, party_name(document, example.to, language))
        verdict = f"{to}: {word(example.expect, language)}"
        yield _line(example.clause, told(example.text, language), verdict)
