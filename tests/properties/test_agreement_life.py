"""The life of an agreement, act by act: signed, ratified, amended, left; seen as a node sees it."""

import datetime

import msgspec
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from agreements_made_up import CODES, Day, terms, words
from skypact.agreement.calendar import Decision, Notice, first_day, standing
from skypact.agreement.document import Clause, Document, Heading, Party
from skypact.agreement.effective import Effective, Held, binds, effective
from skypact.agreement.reckoning import begins_ns

NOON_NS = 43_200 * 10**9


waits = st.sampled_from([0, 1, 5, 27, 180, 366, 1500])
"""Days that pass after an act: acts of one day, of one term, of different terms."""


class Life(RuleBasedStateMachine):
    """Two to four states write, sign, ratify, amend and leave an agreement while days pass."""

    @initialize(
        data=st.data(),
        parties=st.integers(2, 4),
        accession=st.booleans(),
        begun=st.booleans(),
    )
    def draft(self, data: st.DataObject, parties: int, accession: bool, begun: bool) -> None:
        self.day = Day(2004, 2, 20)
        self.codes = CODES[:parties]
        self.versions = [
            Document(
                agreement=Heading(id="rivers", title=words("Rivers"), accession=accession),
                term=data.draw(terms(None)),
                party=tuple(Party(code=code, name=words(code)) for code in self.codes),
                clause=(Clause(id="a", text=words("a"), source="invented"),),
            )
        ]
        self.notices: list[Notice] = []
        self.decisions: list[Decision] = []
        self.seen: dict[Day, tuple] = {}
        if begun:
            self.a_ceremony(wait=0)
            self.exchange_instruments(ahead=1, wait=1)

    def now(self, day: Day) -> Effective:
        held = [
            Held(
                document,
                all(party.signed is not None for party in document.party),
                tuple(self.notices),
                tuple(self.decisions),
            )
            for document in self.versions
        ]
        return effective(held, begins_ns(day, self.zone()) + NOON_NS)

    def zone(self) -> str:
        return self.versions[0].term.time_zone

    def change(self, **values: object) -> None:
        self.versions[-1] = msgspec.structs.replace(self.versions[-1], **values)

    @rule(number=st.integers(0, 3), key=st.sampled_from(["signed", "ratified"]))
    def one_signs_or_ratifies(self, number: int, key: str) -> None:
        self.sign_or_ratify(number, key)

    def sign_or_ratify(self, number: int, key: str) -> None:
        parties = list(self.versions[-1].party)
        number %= len(self.codes)
        if getattr(parties[number], key) is None:
            if key == "ratified" and parties[number].signed is None:
                return
            parties[number] = msgspec.structs.replace(parties[number], **{key: self.day})
            self.change(party=tuple(parties))

    @rule(wait=waits)
    def a_ceremony(self, wait: int) -> None:
        """All that have not yet done so sign and ratify on one day."""
        for number in range(len(self.codes)):
            for key in ("signed", "ratified"):
                self.sign_or_ratify(number, key)
        self.days_pass(wait)

    @rule(ahead=st.integers(1, 40), wait=waits)
    def exchange_instruments(self, ahead: int, wait: int) -> None:
        """All is there: the day of entry into force is written."""
        document = self.versions[-1]
        done = all(
            party.signed and (party.ratified or not document.term.ratification_needed)
            for party in document.party
        )
        if not done:
            return
        day = self.day + datetime.timedelta(days=ahead)
        if len(self.versions) == 1 and document.term.in_force is None:
            self.change(term=msgspec.structs.replace(document.term, in_force=day))
        elif len(self.versions) > 1 and document.agreement.effective is None:
            self.change(agreement=msgspec.structs.replace(document.agreement, effective=day))
        self.days_pass(wait)

    @precondition(lambda self: first_day(self.versions[-1]) is not None)
    @rule(data=st.data())
    def amend(self, data: st.DataObject) -> None:
        """A next version, with another term; it is signed and ratified anew."""
        last = self.versions[-1]
        number = last.agreement.version + 1
        zone = self.zone()
        in_force = last.term.in_force
        term = msgspec.structs.replace(data.draw(terms(in_force)), time_zone=zone)
        parties = tuple(Party(code=code, name=words(code)) for code in self.codes)
        heading = Heading(
            id="rivers", title=words("Rivers"), version=number, amends=f"{number:064x}"
        )
        self.versions.append(
            msgspec.structs.replace(last, agreement=heading, term=term, party=parties)
        )

    @rule(number=st.integers(0, 3), wait=waits)
    def give_notice(self, number: int, wait: int) -> None:
        self.notices.append(Notice(self.codes[number % len(self.codes)], self.day))
        self.days_pass(wait)

    @precondition(lambda self: self.notices)
    @rule(number=st.integers(0, 9))
    def withdraw_notice(self, number: int) -> None:
        number %= len(self.notices)
        if self.notices[number].withdrawn is None:
            old = self.notices[number]
            self.notices[number] = Notice(old.party, old.given, old.form, self.day)

    @rule(wait=waits)
    def decide_to_renew(self, wait: int) -> None:
        self.decisions.append(Decision(self.day, self.codes))
        self.days_pass(wait)

    def days_pass(self, wait: int) -> None:
        if wait:
            self.seen[self.day] = self.shown(self.day)
        self.day += datetime.timedelta(days=wait)

    def teardown(self) -> None:
        """What bound on a day that is over is not changed by what was done since."""
        for day, bound in getattr(self, "seen", {}).items():
            assert self.shown(day) == bound

    def shown(self, day: Day) -> tuple:
        now = self.now(day)
        return tuple((b.document.agreement.version, b.parties) for b in now.bindings)

    @invariant()
    def never_twice_in_force(self) -> None:
        ids = [binding.document.agreement.id for binding in self.now(self.day).bindings]
        assert len(ids) == len(set(ids))

    @invariant()
    def it_binds_only_who_signed_in_time_and_within_the_term(self) -> None:
        now = self.now(self.day)
        for binding in now.bindings:
            start = first_day(binding.document)
            assert start is not None
            assert start <= self.day
            assert binding.standing.ends is None or self.day <= binding.standing.ends
            signed = {p.code for p in binding.document.party if p.signed and p.signed <= self.day}
            assert set(binding.parties) <= signed
            assert len(binding.parties) >= 2
            assert binds(now, binding.parties[0], binding.parties[1])
        assert now.next_change_ns > now.now_ns
        assert not now.refused

    @invariant()
    def an_amendment_brings_no_earlier_text_back(self) -> None:
        begun = [d for d in self.versions if (first_day(d) or Day.max) <= self.day]
        for binding in self.now(self.day).bindings:
            assert binding.document == begun[-1]
            alone = standing(begun[-1], self.notices, self.day, decisions=self.decisions)
            assert alone == binding.standing


Life.TestCase.settings = settings(max_examples=80, stateful_step_count=40)
TestLife = Life.TestCase
