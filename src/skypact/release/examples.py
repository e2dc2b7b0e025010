"""Runs the examples that agreements contain, and tells which rules none of them reaches.

In: agreement documents. Out: for each example what was expected and what the compiled table
says. A text is tried as if it were in force, so that a draft can be tested before signature.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from skypact.agreement.document import Document, Example
from skypact.model.labels import BLURRED, NOTHING, WHOLE
from skypact.release.compiling import compile_release
from skypact.release.deciding import decide
from skypact.release.item import Item, coded, item_from
from skypact.release.table import ReleaseTable, Rule
from skypact.release.terms import as_if_in_force

WORD = {NOTHING: "nothing", BLURRED: "blurred", WHOLE: "whole"}


@dataclass(frozen=True, slots=True)
class Outcome:
    """An example and what the rules say to it.

    Parameters
    ----------
    agreement, number
        Where it stands; ``number`` counts from 0.
    example
        The case.
    verdict
        What the table says.
    rule
        The rule that decided, None where none did.
    holds
        Whether verdict and, if the example names one, clause are as expected.
    """

    agreement: str
    number: int
    example: Example
    verdict: str
    rule: Rule | None
    holds: bool


@dataclass(frozen=True, slots=True)
class Report:
    """Outcomes of all examples; ``untried`` are agreement and rule that decided none of them."""

    outcomes: tuple[Outcome, ...]
    untried: tuple[tuple[str, str], ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Examples whose answer is another."""
        return tuple(outcome for outcome in self.outcomes if not outcome.holds)


def run_examples(documents: Sequence[Document]) -> Report:
    """Run every example of every document.

    Each document is tried by itself; with the agreement that an example's item came under, if
    it is among ``documents``.

    Raises
    ------
    BadRule
        If an example's item is wrong, with the example's number; else as ``compile_release``.
    """
    by_id = {document.agreement.id: document for document in documents}
    tables: dict[tuple[str, ...], ReleaseTable] = {}
    outcomes: list[Outcome] = []
    for document in documents:
        own = document.agreement.id
        for number, example in enumerate(document.example):
            item = item_from(example.item, document)
            beside = item.came_under if item.came_under in by_id else own
            key = (item.holder, *sorted({own, beside}))
            if key not in tables:
                texts = [by_id[name] for name in key[1:]]
                tables[key] = compile_release(as_if_in_force(texts), item.holder)
            verdict, rule = decided(tables[key], item, example.to)
            clause = rule.release.clause if rule is not None else ""
            holds = verdict == example.expect and example.clause in ("", clause)
            outcomes.append(Outcome(own, number, example, verdict, rule, holds))
    tried = {(o.rule.agreement, o.rule.release.id) for o in outcomes if o.rule is not None}
    rules = [(d.agreement.id, rule.id) for d in documents for rule in d.release]
    return Report(tuple(outcomes), tuple(rule for rule in rules if rule not in tried))


def decided(table: ReleaseTable, item: Item, to: str) -> tuple[str, Rule | None]:
    """The table's verdict on one item; a partner it does not know gets nothing."""
    if to not in table.codes.parties or to == table.party:
        return "nothing", None
    labelled, lying_in = coded([item], table)
    decisions = decide(table, labelled, [to], 0, lying_in)
    return WORD[int(decisions.verdict[0, 0])], decisions.rule_of(0)
