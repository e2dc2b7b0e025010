"""What the rules of agreements mean, case by case; docs/explanation/release.md in tests."""

import datetime

import pytest
from msgspec.structs import replace as changed

from release_cases import agreement, area, binding, consent, item, rule
from skypact.agreement.document import Blur, Party, Release, Term
from skypact.agreement.effective import Held, effective
from skypact.model.errors import BadRule, ClassificationsConflict, RuleTableFull, UnknownParty
from skypact.model.time import from_iso
from skypact.release import compile_release, explain
from skypact.release.deciding import decide
from skypact.release.examples import WORD
from skypact.release.item import coded
from skypact.release.terms import bindings_from


def verdict(documents, thing, to="B", party="A", now_ns=0, **words):
    return verdict_of(
        [binding(document, **words) for document in documents], thing, to, party, now_ns
    )


def verdict_of(made, thing, to="B", party="A", now_ns=0):
    """The table's verdict; the plain reading must say the same."""
    table = compile_release(made, party)
    labelled, lying_in = coded([thing], table)
    decided = decide(table, labelled, [to], now_ns, lying_in)
    told = explain(made, party, thing, to, now_ns)
    found = WORD[int(decided.verdict[0, 0])]
    assert told.verdict == found
    return found


def by_rules(*rules, thing=None, **words):
    return verdict([agreement(release=rules)], thing or item(), **words)


def test_without_a_rule_nothing_leaves():
    assert by_rules() == "nothing"


def test_a_rule_that_names_originator_and_receiver_lets_leave():
    assert by_rules(rule()) == "whole"
    assert by_rules(rule(originator=("B",))) == "nothing"
    assert by_rules(rule(to=("A",))) == "nothing"


def test_a_refusal_wins_wherever_it_stands():
    assert by_rules(rule(1), rule(2, "nothing")) == "nothing"
    assert by_rules(rule(1, "nothing"), rule(2)) == "nothing"


def test_of_grants_the_first_in_the_document_decides():
    assert by_rules(rule(1, "blurred"), rule(2)) == "blurred"
    assert by_rules(rule(1), rule(2, "blurred")) == "whole"


def test_of_two_agreements_the_wider_grant_decides():
    blurred = agreement("a1", release=(rule(1, "blurred"),))
    whole = agreement("a2", release=(rule(1),))
    assert verdict([blurred, whole], item()) == "whole"
    assert verdict([whole, blurred], item()) == "whole"


def test_a_refusal_in_one_agreement_binds_under_all():
    grants = agreement("a1", release=(rule(1),))
    refuses = agreement("a2", ("A", "C"), (rule(1, "nothing"),))
    assert verdict([grants, refuses], item()) == "nothing", "A promised C not to show it to B"


def test_an_agreement_between_others_says_nothing_to_this_node():
    theirs = agreement("bc", ("B", "C"), (rule(),))
    assert "ab" not in compile_release([binding(theirs)], "A").codes.agreements
    made = agreement("ac", ("A", "C"), (rule(to=("B",)),))
    assert verdict([made, theirs], item()) == "nothing", "a rule may name B, but binds it not"


def test_the_items_own_label_is_a_ceiling():
    assert by_rules(rule(), thing=item(releasable_to=("C",))) == "nothing"
    assert by_rules(rule(up_to="official"), thing=item(classification="official")) == "whole"
    assert by_rules(rule(up_to="official"), thing=item(classification="secret")) == "nothing"
    assert by_rules(rule(up_to=""), thing=item(classification="official")) == "nothing"


def test_a_refusal_holds_for_secrets_too():
    refusal = rule(1, "nothing", up_to="open")
    assert by_rules(refusal, rule(2), thing=item(classification="secret")) == "nothing"


@pytest.mark.parametrize(
    ("asked", "unknown"),
    [
        ({"aircraft": ("state",)}, {"aircraft": ""}),
        ({"aircraft": ("state",)}, {"aircraft": "unknown"}),
        ({"identities": ("friend",)}, {"identity": ""}),
        ({"identities": ("friend",)}, {"identity": "pending"}),
        ({"areas": ("north",)}, {"latitude_deg": None}),
        ({"outside": ("south",)}, {"longitude_deg": None}),
        ({"min_altitude_m": 100.0}, {"altitude_m": None}),
        ({"sensors": ("radar-1",)}, {"sensors": ()}),
        ({"categories": ("AIR",)}, {"categories": ("ODD",)}),
        ({"items": ("track",)}, {"kind": ""}),
    ],
)
def test_what_is_unknown_fits_no_grant_and_every_refusal(asked, unknown):
    thing = item(**unknown)
    assert by_rules(rule(**asked), thing=thing) == "nothing"
    anything = rule(2)
    if "kind" not in unknown and "categories" not in unknown:
        assert by_rules(anything, thing=thing) == "whole"
    assert by_rules(rule(1, "nothing", **asked), anything, thing=thing) == "nothing"


def test_an_unknown_class_may_be_granted_by_name():
    assert by_rules(rule(aircraft=("unknown",)), thing=item(aircraft="unknown")) == "whole"
    assert by_rules(rule(aircraft=("unknown",)), thing=item(aircraft="")) == "nothing"


def test_an_originator_or_classification_that_nobody_knows_lets_nothing_leave():
    assert by_rules(rule(), thing=item(classification="odd")) == "nothing"
    assert verdict([agreement(release=(rule(),))], item(originator="Z")) == "nothing"


def test_areas_are_asked_inside_and_outside():
    here, there = item(), item(latitude_deg=40.5)
    assert by_rules(rule(areas=("north", "strip")), thing=here) == "whole"
    assert by_rules(rule(areas=("strip",)), thing=here) == "nothing"
    assert by_rules(rule(areas=("north",), outside=("south",)), thing=here) == "whole"
    assert by_rules(rule(areas=("north",), outside=("south",)), thing=there) == "nothing"


def test_a_height_band_holds_its_lower_bound_and_not_its_upper():
    band = rule(min_altitude_m=3000.0, max_altitude_m=6000.0)
    heights = {2999.9: "nothing", 3000.0: "whole", 5999.9: "whole", 6000.0: "nothing"}
    for height, expected in heights.items():
        assert by_rules(band, thing=item(altitude_m=height)) == expected


def test_a_grant_by_sensor_needs_all_that_contributed_a_refusal_one():
    both = item(sensors=("radar-1", "radar-2"))
    assert by_rules(rule(sensors=("radar-1",)), thing=both) == "nothing"
    assert by_rules(rule(sensors=("radar-1", "radar-2")), thing=both) == "whole"
    assert by_rules(rule(1, "nothing", sensors=("radar-2",)), rule(2), thing=both) == "nothing"


def test_exercise_and_live_never_mix():
    live, played = item(), item(exercise=True)
    assert by_rules(rule(), thing=played) == "nothing"
    assert by_rules(rule(exercise=True), thing=played) == "whole"
    assert by_rules(rule(exercise=True), thing=live) == "nothing"
    assert by_rules(rule(1, "nothing"), rule(2, exercise=True), thing=played) == "whole"


def test_nothing_leaves_before_entry_into_force_nor_from_the_last_days_on():
    documents = [agreement(release=(rule(),))]
    hours = {"from_ns": 100, "releases_until_ns": 200, "binds_until_ns": 300}
    for now_ns, expected in {
        99: "nothing",
        100: "whole",
        199: "whole",
        200: "nothing",
        300: "nothing",
    }.items():
        assert verdict(documents, item(), now_ns=now_ns, **hours) == expected


def test_the_calendars_last_days_let_nothing_leave():
    early, start = datetime.date(2023, 1, 1), datetime.date(2024, 1, 1)
    words = {
        "term": Term(clause="c", in_force=start, months=12, wind_down_days=10),
        "party": tuple(
            Party(code=code, name={"en": code}, signed=early, ratified=early) for code in "AB"
        ),
    }
    document = changed(agreement(release=(rule(),)), **words)
    found = {}
    for day in ("2023-12-31", "2024-01-01", "2024-12-21", "2024-12-22", "2025-01-01", "2025-01-02"):
        now_ns = from_iso(day)
        made = bindings_from(effective([Held(document, fully_signed=True)], now_ns))
        bound = any("B" in one.parties for one in made)
        found[day] = verdict_of(made, item(), now_ns=now_ns) if bound else "not bound"
    assert found == {
        "2023-12-31": "not bound",
        "2024-01-01": "whole",
        "2024-12-21": "whole",
        "2024-12-22": "whole",
        "2025-01-01": "nothing",
        "2025-01-02": "not bound",
    }


def test_in_its_last_days_an_agreement_still_refuses():
    ending = agreement("a1", ("A", "C"), (rule(1, "nothing"),))
    lasting = agreement("a2", release=(rule(1),))
    made = [binding(ending, releases_until_ns=100, binds_until_ns=200), binding(lasting)]
    found = [verdict_of(made, item(), now_ns=now_ns) for now_ns in (150, 200)]
    assert found == ["nothing", "whole"]


class TestPassingOn:
    """What B received of A, to C."""

    used = agreement("bc", ("B", "C"), (rule(to=("C",)),))

    def passed(self, came, thing=None):
        thing = thing or item(came_under="ab")
        return verdict([came, self.used], thing, to="C", party="B")

    def test_only_by_the_originators_consent(self):
        assert self.passed(agreement("ab")) == "nothing"
        assert self.passed(agreement("ab", onward=(consent("B", "C", "bc"),))) == "whole"

    def test_consent_names_passer_receiver_agreement_and_kind(self):
        for words in (
            consent("C", "C", "bc"),
            consent("B", "D", "bc"),
            consent("B", "C", "bd"),
            consent("B", "C", "bc", originator="B"),
            consent("B", "C", "bc", items=("alert",)),
        ):
            assert self.passed(agreement("ab", onward=(words,))) == "nothing"

    def test_a_state_that_signed_nothing_has_consented_to_nothing(self):
        others = agreement("ab", ("B", "D"), onward=(consent("B", "C", "bc"),))
        assert self.passed(others) == "nothing"

    def test_what_came_under_no_known_agreement_stays(self):
        came = agreement("ab", onward=(consent("B", "C", "bc"),))
        assert self.passed(came, item(came_under="gone")) == "nothing"
        assert self.passed(came, item(came_under="")) == "nothing"

    def test_ones_own_item_that_came_back_is_a_received_one(self):
        came = agreement("ab", release=(rule(originator=("B",), to=("A",)),))
        thing = item(originator="B", came_under="ab")
        used = agreement("bc", ("B", "C"), (rule(originator=("B",), to=("C",)),))
        assert verdict([came, used], thing, to="C", party="B") == "nothing"

    def test_consent_lapses_with_its_agreement(self):
        came = agreement("ab", onward=(consent("B", "C", "bc"),))
        made = [binding(came, releases_until_ns=100), binding(self.used)]
        thing = item(came_under="ab")
        found = [verdict_of(made, thing, "C", "B", now_ns) for now_ns in (50, 100)]
        assert found == ["whole", "nothing"]


def test_a_partner_that_no_agreement_names_is_refused_by_name():
    table = compile_release([binding(agreement(release=(rule(),)))], "A")
    for stranger in ("Z", "A"):
        with pytest.raises(UnknownParty):
            table.partner(stranger)


@pytest.mark.parametrize(
    "bad",
    [
        rule(originator=()),
        rule(to=()),
        rule(1, "blurred", blur=""),
        rule(1, "blurred", blur="odd"),
        rule(areas=("nowhere",)),
        rule(up_to="odd"),
        rule(categories=("ODD",)),
        rule(identities=("odd",)),
        rule(min_altitude_m=10.0, max_altitude_m=10.0),
    ],
)
def test_a_rule_that_names_what_is_not_there_is_refused_by_name(bad):
    with pytest.raises(BadRule):
        compile_release([binding(agreement(release=(bad,)))], "A")


@pytest.mark.parametrize(
    "blur",
    [
        Blur(id="coarse", remove=("odd",)),
        Blur(id="coarse", remove=("track",)),
        Blur(id="coarse", grid_m=-1.0),
        Blur(id="coarse", delay_s=float("nan")),
    ],
)
def test_a_blur_that_cannot_be_done_is_refused_by_name(blur):
    with pytest.raises(BadRule):
        compile_release([binding(agreement(release=(rule(1, "blurred"),), blur=(blur,)))], "A")


def test_one_agreement_is_not_given_twice():
    with pytest.raises(BadRule, match="twice"):
        compile_release([binding(agreement()), binding(agreement())], "A")


def test_agreements_that_rank_words_differently_do_not_meet_in_one_node():
    one = agreement("a1", classifications=("open", "secret"))
    other = agreement("a2", classifications=("secret", "open"))
    with pytest.raises(ClassificationsConflict):
        compile_release([binding(one), binding(other)], "A")


def full(count: int, of: str) -> dict:
    """An agreement with ``count`` of something."""
    names = tuple(f"N{k}" for k in range(count))
    rules: tuple[Release, ...] = (rule(),)
    if of == "rules":
        rules = tuple(rule(k) for k in range(count))
    if of == "parties":
        rules = (rule(to=names[: count - 2]),)
    if of == "sensors":
        rules = (rule(sensors=names),)
    if of == "areas":
        rules = (rule(areas=names),)
    words = {"categories": names} if of == "categories" else {}
    if of == "areas":
        words = {"area": tuple(changed(area("strip"), id=name) for name in names)}
    if of == "classifications":
        words = {"classifications": names, "release": (rule(up_to=""),)}
    return {"release": rules} | words


@pytest.mark.parametrize(
    ("of", "limit"),
    [
        ("rules", 1024),
        ("parties", 64),
        ("areas", 64),
        ("sensors", 63),
        ("categories", 63),
        ("classifications", 64),
    ],
)
def test_a_table_holds_so_much_and_no_more(of, limit):
    compile_release([binding(agreement(**full(limit, of)))], "A")
    with pytest.raises(RuleTableFull, match=of):
        compile_release([binding(agreement(**full(limit + 1, of)))], "A")
