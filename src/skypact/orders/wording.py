"""Whether an order says what its kind needs, and nothing that it may not."""

from __future__ import annotations

from skypact.model.orders import OrderContent, OrderEvent
from skypact.orders.refusals import BadContent, UnknownOrderKind
from skypact.orders.rules import Rules

LONGEST_TEXT = 2_000
LONGEST_UNIT = 64
MOST_TRACKS = 64
LARGEST_NUMBER = 2**32 - 2


def check_content(content: OrderContent | None, event: OrderEvent, rules: Rules) -> OrderContent:
    """The content of a proposal or amendment.

    Raises
    ------
    UnknownOrderKind
        If the agreement has no rule for it.
    BadContent
        If something is missing, too long, or names what is not there.
    """
    if content is None:
        raise BadContent(f"{event.kind} without content")
    rule = rules.kinds.get(content.kind)
    if rule is None:
        raise UnknownOrderKind(
            f"{rules.agreement} has no rule for the order {content.kind!r}",
            remedy=f"It has rules for {', '.join(sorted(rules.kinds)) or 'none'}",
        )
    parties = {
        "unit_party": (content.unit_party, True),
        "territory": (content.territory, rule.consent or rule.acknowledge),
        "receiver_party": (content.receiver_party, rule.accept),
    }
    for name, (party, needed) in parties.items():
        if party not in rules.parties and (party or needed):
            raise BadContent(f"{name} = {party!r} is no party of {rules.agreement}")
    wrong = [
        words
        for bad, words in (
            (not 0 < len(content.unit) <= LONGEST_UNIT, "no unit, or its name is too long"),
            (len(content.text) > LONGEST_TEXT, f"a text of over {LONGEST_TEXT} characters"),
            (len(content.tracks) > MOST_TRACKS, f"over {MOST_TRACKS} tracks"),
            (any(not 0 < n <= LARGEST_NUMBER for n in content.tracks), "a track's number"),
            (content.until_ns <= event.time_ns, "a time limit that is over already"),
            (content.kind == "hand-over-track" and not content.tracks, "no track to hand over"),
        )
        if bad
    ]
    if wrong:
        raise BadContent("; ".join(wrong))
    return content
