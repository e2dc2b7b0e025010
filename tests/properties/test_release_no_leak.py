"""No transitive leak: an item reaches a nation only along clauses that each name it.

The item is passed on by every node that has it, to everyone its own table allows, until nothing
moves any more. The oracle is written from the documents alone.
"""

import itertools

from hypothesis import given, settings
from hypothesis import strategies as st

from release_cases import agreement, binding, consent, item, rule
from skypact.agreement.document import Document, Heading, Onward
from skypact.model.labels import NOTHING
from skypact.release import compile_release, decide
from skypact.release.item import coded


def passed_on(documents: list[Document], thing) -> set[tuple[str, str, str, str]]:
    """Every hop the nodes make: who, under which agreement it has it, to whom, under which."""
    made = [binding(document) for document in documents]
    tables = {}
    hops, left, seen = set(), [(thing.originator, "")], set()
    while left:
        holder, under = left.pop()
        if (holder, under) in seen:
            continue
        seen.add((holder, under))
        if holder not in tables:
            tables[holder] = compile_release(made, holder)
        table = tables[holder]
        partners = [code for code in table.codes.parties if code != holder]
        held = type(thing)(
            **{f: getattr(thing, f) for f in thing.__struct_fields__} | {"came_under": under}
        )
        decided = decide(table, *_parts(held, table, partners))
        for j, partner in enumerate(partners):
            if decided.verdict[0, j] != NOTHING:
                by = decided.rule_of(0, j).agreement
                hops.add((holder, under, partner, by))
                left.append((partner, by))
    return hops


def _parts(held, table, partners):
    labelled, lying_in = coded([held], table)
    return labelled, partners, 0, lying_in


def allowed(documents: list[Document], originator: str, hop: tuple[str, str, str, str]) -> bool:
    """Whether the clauses allow a hop; written without the product's code."""
    holder, came_under, receiver, under = hop
    texts = {document.agreement.id: document for document in documents}

    def parties(name: str) -> set[str]:
        return {party.code for party in texts[name].party}

    if not {holder, receiver} <= parties(under):
        return False
    rules = [r for d in documents if holder in {p.code for p in d.party} for r in d.release]
    if any(
        r.verdict == "nothing" and originator in r.originator and receiver in r.to for r in rules
    ):
        return False
    if not any(
        r.verdict != "nothing" and originator in r.originator and receiver in r.to
        for r in texts[under].release
    ):
        return False
    if holder == originator and not came_under:
        return True
    return originator in parties(came_under) and any(
        originator in o.originator and holder in o.by and receiver in o.to and under in o.under
        for o in texts[came_under].onward
    )


def test_in_every_chain_of_three_nations_the_third_sees_only_what_all_clauses_grant():
    """All 512 ways in which A-B and B-C can be agreed."""
    switches = itertools.product([False, True], repeat=9)
    for to_b, names_c, of_a, of_b, agreed, agreed_elsewhere, system, labelled, refused in switches:
        first = agreement(
            "ab",
            ("A", "B"),
            (rule(1),) * to_b + (rule(2, to=("C",)),) * names_c,
            (consent("B", "C", "bc"),) * agreed,
        )
        second = agreement(
            "bc",
            ("B", "C"),
            (rule(1, originator=("A",), to=("C",)),) * of_a
            + (rule(2, originator=("B",), to=("C",)),) * of_b
            + (rule(3, "nothing", originator=("A",), to=("C",)),) * refused,
            # C and B may not agree between themselves on what is A's
            (consent("B", "C", "bc"),) * agreed_elsewhere,
        )
        documents = [first, second]
        if system:
            documents = [_member_of_system(document) for document in documents]
        thing = item(releasable_to=("B", "C") if labelled else ("B",))
        reached = {receiver for _, _, receiver, _ in passed_on(documents, thing)}
        assert ("B" in reached) == to_b
        assert ("C" in reached) == (to_b and of_a and agreed and labelled and not refused)


def _member_of_system(document: Document) -> Document:
    words = {f: getattr(document, f) for f in document.__struct_fields__}
    head = document.agreement
    return Document(
        **words | {"agreement": Heading(id=head.id, title=head.title, part_of=("cis",))}
    )


NATIONS = ("A", "B", "C", "D", "E", "F")


@st.composite
def graphs(draw: st.DrawFn) -> list[Document]:
    nations = NATIONS[: draw(st.integers(2, 6))]
    some = st.lists(st.sampled_from(nations), min_size=1, max_size=3, unique=True).map(tuple)
    names = [f"g{k}" for k in range(draw(st.integers(1, 6)))]
    documents = []
    for name in names:
        parties = draw(st.lists(st.sampled_from(nations), min_size=2, max_size=4, unique=True))
        release = tuple(
            rule(
                k,
                draw(st.sampled_from(["whole", "whole", "whole", "blurred", "nothing"])),
                originator=draw(some),
                to=draw(some),
            )
            for k in range(draw(st.integers(0, 4)))
        )
        onward = tuple(
            Onward(
                id=f"o{k}",
                clause="c",
                originator=draw(some),
                by=draw(some),
                to=draw(some),
                under=draw(st.lists(st.sampled_from(names), min_size=1, max_size=3, unique=True)),
            )
            for k in range(draw(st.integers(0, 3)))
        )
        documents.append(agreement(name, tuple(parties), release, onward, area=()))
    return documents


@settings(max_examples=150)
@given(graphs())
def test_in_any_graph_of_nations_every_hop_is_named_by_clauses(documents):
    hops = passed_on(documents, item())
    for hop in hops:
        assert allowed(documents, "A", hop), hop
    # and nothing that the originator may give directly is kept back
    members = {p.code for d in documents for p in d.party} - {"A"}
    direct = {receiver for holder, under, receiver, _ in hops if (holder, under) == ("A", "")}
    names = [document.agreement.id for document in documents]
    assert direct == {
        one for one in members if any(allowed(documents, "A", ("A", "", one, n)) for n in names)
    }
