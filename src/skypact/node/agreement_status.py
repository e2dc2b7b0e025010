"""The node's agreements for people: in the status that travels to the display, and as rows.

In: an :class:`AgreementState`. Out: :class:`AgreementStatus` nouns, or dictionaries for JSON.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from skypact.agreement.document import Words
from skypact.model.status import AgreementStatus, PartyStatus, RoleStatus
from skypact.node.agreement_state import AgreementState, Situation

TROUBLE: Words = {
    "en": "nothing may leave: changes cannot be recorded ({why})",
    "ru": "передача запрещена: изменения не записываются ({why})",
    "ky": "берүүгө тыюу салынган: өзгөрүүлөр жазылбай жатат ({why})",
}


def agreement_statuses(state: AgreementState) -> tuple[AgreementStatus, ...]:
    """One status an agreement, in the order of their ids."""
    trouble = (
        ({language: text.format(why=state.trouble) for language, text in TROUBLE.items()},)
        if state.trouble
        else ()
    )
    return tuple(_status(one, trouble) for one in state.situations.values())


def agreement_rows(state: AgreementState, now_ns: int) -> list[dict[str, Any]]:
    """The same as dictionaries, after going on to ``now_ns``."""
    state.advance(now_ns)
    return [asdict(status) for status in agreement_statuses(state)]


def _status(one: Situation, trouble: tuple[Words, ...]) -> AgreementStatus:
    document, standing = one.document, one.standing
    return AgreementStatus(
        id=document.agreement.id,
        version=document.agreement.version,
        title=document.agreement.title,
        digest=one.version.digest,
        standing=standing.state,
        in_force=_iso(standing.first_day),
        ends=_iso(standing.ends),
        notice_by=_iso(standing.notice_by),
        renewed=standing.renewed,
        warnings=(*trouble, *(warning.words for warning in one.warnings)),
        parties=tuple(
            PartyStatus(
                party.code,
                party.name,
                _iso(party.signed),
                _iso(party.ratified),
                party.code in one.version.signatures,
            )
            for party in document.party
        ),
        roles=tuple(
            RoleStatus(role.kind, role.party, role.office, role.scope, role.clause)
            for role in document.role
        ),
    )


def _iso(day: Any) -> str | None:
    return None if day is None else str(day.isoformat())
