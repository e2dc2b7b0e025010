"""Who may do what with an order: the agreement's rules, ready to be asked.

In: an agreement document and whether it is in force. Out: :class:`Rules`, and answers about one
actor and one order. The coordinator coordinates, the director directs within the scope that the
text gives, and nobody but a nation's own command authorises for its own units, unless the text of
the agreement says otherwise for that kind of order.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from skypact.agreement.document import Document
from skypact.model.orders import CIVIL, NODE, UNIT, Actor, OrderContent, OrderVersion


@dataclass(frozen=True, slots=True)
class KindRules:
    """What one kind of order takes.

    Parameters
    ----------
    clause
        Id of the clause that says so.
    propose, authorise
        Ids of roles; in ``authorise``, ``unit`` is the command of the unit's nation.
    people
        How many different persons must authorise.
    consent, acknowledge, accept
        Whether the territory's command, civil air traffic control and the receiving unit are
        asked.
    """

    clause: str
    propose: frozenset[str]
    authorise: frozenset[str]
    people: int
    consent: bool
    acknowledge: bool
    accept: bool


@dataclass(frozen=True, slots=True)
class Rules:
    """One agreement's rules on orders.

    Parameters
    ----------
    agreement
        Its id.
    in_force
        Whether it binds now: while it does not, nobody does anything with another's units.
    parties
        Codes of the parties.
    kinds
        Rules by kind of order; a kind that is not there is not given at all.
    role_party
        Party whose officer holds each role.
    commands
        Roles of national command by party.
    """

    agreement: str
    in_force: bool
    parties: frozenset[str]
    kinds: Mapping[str, KindRules]
    role_party: Mapping[str, str]
    commands: Mapping[str, frozenset[str]]

    def genuine(self, actor: Actor) -> bool:
        """Whether an actor's role is one that somebody of that party may hold."""
        if actor.party not in self.parties:
            return False
        if actor.role == NODE:
            return actor.person == ""
        if actor.person == "":
            return False
        return actor.role in (UNIT, CIVIL) or self.role_party.get(actor.role) == actor.party

    def commands_of(self, party: str, actor: Actor) -> bool:
        """Whether the actor holds the national command of a party."""
        return actor.party == party and actor.role in self.commands.get(party, frozenset())

    def may_propose(self, actor: Actor, content: OrderContent) -> bool:
        """Whether the actor may ask for it; a duty officer for the own unit only."""
        allowed = self.kinds[content.kind].propose
        if actor.role == UNIT:
            return UNIT in allowed and actor.party == content.unit_party
        own_command = UNIT in allowed and self.commands_of(content.unit_party, actor)
        return actor.role in allowed or own_command

    def decides(self, actor: Actor, content: OrderContent) -> bool:
        """Whether the actor holds one of the roles that the text lets authorise it."""
        allowed = self.kinds[content.kind].authorise
        if UNIT in allowed and self.commands_of(content.unit_party, actor):
            return True
        return actor.role != UNIT and actor.role in allowed

    def may_authorise(self, actor: Actor, version: OrderVersion) -> bool:
        """Whether the actor may be one of the people who authorise it.

        Beside those who decide, a duty officer of a party that decides counts as a further
        person where more than one is asked for; who proposed it does not, then.
        """
        rule = self.kinds[version.content.kind]
        if rule.people > 1 and same_person(actor, version.proposed_by):
            return False
        if self.decides(actor, version.content):
            return True
        deciding = {self.role_party[role] for role in rule.authorise if role in self.role_party}
        if UNIT in rule.authorise:
            deciding.add(version.content.unit_party)
        return rule.people > 1 and actor.role == UNIT and actor.party in deciding

    def may_stop(self, actor: Actor, version: OrderVersion) -> bool:
        """Whether the actor is in the chain of an order: any one of it may stop it."""
        content = version.content
        return (
            self.may_propose(actor, content)
            or self.decides(actor, content)
            or (actor.party == content.unit_party and actor.role == UNIT)
            or self.commands_of(content.unit_party, actor)
            or (content.territory != "" and self.commands_of(content.territory, actor))
        )

    def may_amend(self, actor: Actor, version: OrderVersion) -> bool:
        """Whether the actor may put other words in its place."""
        proposer = version.proposed_by
        same_office = actor.party == proposer.party and actor.role == proposer.role
        return same_office or self.commands_of(version.content.unit_party, actor)

    def ready(self, version: OrderVersion) -> bool:
        """Whether everybody has said yes whom the text asks."""
        rule = self.kinds[version.content.kind]
        people = {(actor.party, actor.person) for actor in version.authorised_by}
        return (
            len(people) >= rule.people
            and any(self.decides(actor, version.content) for actor in version.authorised_by)
            and (version.consented or not rule.consent)
            and (version.acknowledged or not rule.acknowledge)
            and (version.accepted or not rule.accept)
        )


def same_person(one: Actor, other: Actor) -> bool:
    """Whether two actors are the same person, whatever the role."""
    return (one.party, one.person) == (other.party, other.person)


def rules_of(document: Document, *, in_force: bool) -> Rules:
    """The rules on orders of an agreement."""
    commands: dict[str, set[str]] = {}
    for role in document.role:
        if role.kind == "national-command":
            commands.setdefault(role.party, set()).add(role.id)
    return Rules(
        agreement=document.agreement.id,
        in_force=in_force,
        parties=frozenset(party.code for party in document.party),
        kinds={
            rule.order: KindRules(
                clause=rule.clause,
                propose=frozenset(rule.propose),
                authorise=frozenset(rule.authorise),
                people=rule.people,
                consent=rule.territorial_consent,
                acknowledge=rule.civil_acknowledgement,
                accept=rule.acceptance,
            )
            for rule in document.order
        },
        role_party={role.id: role.party for role in document.role},
        commands={party: frozenset(roles) for party, roles in commands.items()},
    )
