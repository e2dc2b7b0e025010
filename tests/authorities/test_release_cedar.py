"""Release beside Cedar: the rules as Cedar policies give the same answer, yes or no.

Cedar (https://www.cedarpolicy.com) denies by default and lets a forbid win, as agreements do. It
knows no order among permits, so only whether an item leaves is compared, not how. Places are
given as the areas an item lies in; heights and passing on are left to other tests.
"""

from dataclasses import replace

import cedarpy
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace as changed

from release_cases import bindings, items
from skypact.model.labels import ITEM_KINDS, NOTHING
from skypact.release import compile_release, decide
from skypact.release.item import Item, coded


def listed(words) -> str:
    return "[" + ", ".join(f'"{word}"' for word in words) + "]"


def asks(rule, document) -> list[str]:
    """The rule's conditions in Cedar."""
    refusal = rule.verdict == "nothing"
    terms = [
        f"{listed(rule.originator)}.contains(context.originator)",
        f"{listed(rule.to)}.contains(context.to)",
        f"context.exercise == {str(rule.exercise).lower()}",
    ]

    def one_of(key, words, undecided=None):
        known = f"(context has {key} && {listed(words)}.contains(context.{key}))"
        if refusal:
            unsure = f" || !(context has {key})"
            if undecided:
                unsure += f' || context.{key} == "{undecided}"'
            known = f"({known}{unsure})"
        terms.append(known)

    one_of("kind", rule.items or ITEM_KINDS)
    if rule.aircraft:
        one_of("aircraft", rule.aircraft, "unknown")
    if rule.identities:
        one_of("identity", rule.identities, "pending")
    if rule.emergency is not None:
        terms.append(f"context.emergency == {str(rule.emergency).lower()}")
    strange = f"!{listed(document.categories)}.containsAll(context.categories)"
    if rule.categories:
        has = f"context.categories.containsAny({listed(rule.categories)})"
        terms.append(f"({has} || {strange})" if refusal else has)
    if rule.sensors and refusal:
        terms.append(
            f"(context.sensors == [] || context.sensors.containsAny({listed(rule.sensors)}))"
        )
    elif rule.sensors:
        terms.append(
            f"context.sensors != [] && {listed(rule.sensors)}.containsAll(context.sensors)"
        )
    places = []
    if rule.areas:
        places.append(f"context.areas.containsAny({listed(rule.areas)})")
    if rule.outside:
        places.append(f"!context.areas.containsAny({listed(rule.outside)})")
    if places:
        inside = "context has areas && " + " && ".join(places)
        terms.append(f"(!(context has areas) || ({inside}))" if refusal else f"({inside})")
    if not refusal:
        ladder = document.classifications
        reach = ladder[: ladder.index(rule.up_to or ladder[0]) + 1]
        parties = [party.code for party in document.party]
        terms += [
            f"{listed(reach)}.contains(context.classification)",
            f"!({strange})",
            f"{listed(parties)}.contains(context.to)",
            "context.releasable",
        ]
    return terms


def policies(made, party: str) -> str:
    texts = []
    for one in made:
        if party not in one.parties:
            continue
        for rule in one.document.release:
            effect = "forbid" if rule.verdict == "nothing" else "permit"
            conditions = " && ".join(asks(rule, one.document))
            texts.append(f"{effect}(principal, action, resource) when {{ {conditions} }};")
    return "\n".join(texts)


def request(item, to: str) -> dict:
    context = {
        "to": to,
        "originator": item.originator,
        "classification": item.classification,
        "categories": list(item.categories),
        "sensors": list(item.sensors),
        "emergency": item.emergency,
        "exercise": item.exercise,
        "releasable": item.releasable_to is None or to in item.releasable_to,
    }
    for key in ("kind", "aircraft", "identity"):
        if getattr(item, key):
            context[key] = getattr(item, key)
    if item.areas is not None:
        context["areas"] = list(item.areas)
    return {
        "principal": f'Party::"{to}"',
        "action": 'Action::"release"',
        "resource": 'Item::"one"',
        "context": context,
    }


PLACES = st.sampled_from([None, (), ("north",), ("south", "strip")])


def own_thing(thing: Item, areas: tuple[str, ...] | None) -> Item:
    """The item as A's own, placed by areas alone."""
    return changed(
        thing,
        originator="A",
        came_under="",
        areas=areas,
        latitude_deg=None,
        longitude_deg=None,
        altitude_m=None,
    )


def without_heights(made):
    """The agreements with every rule good for all heights, in force for ever."""
    return [
        replace(
            one,
            from_ns=0,
            document=changed(
                one.document,
                release=tuple(
                    changed(rule, min_altitude_m=None, max_altitude_m=None)
                    for rule in one.document.release
                ),
            ),
        )
        for one in made
    ]


@settings(max_examples=60)
@given(
    bindings().map(without_heights),
    st.lists(st.builds(own_thing, items(), PLACES), min_size=1, max_size=6),
)
def test_cedar_lets_the_same_items_leave(made, things):
    table = compile_release(made, "A")
    partners = [code for code in table.codes.parties if code != "A"]
    labelled, lying_in = coded(things, table)
    decided = decide(table, labelled, partners, 0, lying_in)
    pairs = [(i, j) for i in range(len(things)) for j in range(len(partners))]
    answers = cedarpy.is_authorized_batch(
        [request(things[i], partners[j]) for i, j in pairs],
        policies([one for one in made if one.releases_until_ns > 0], "A"),
        [],
    )
    for (i, j), answer in zip(pairs, answers, strict=True):
        assert not answer.diagnostics.errors
        assert answer.allowed == (decided.verdict[i, j] != NOTHING)
