"""Identities over time: evidence goes with its track, and people have the last word for a time."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from identity_pictures import LATITUDE, LONGITUDE, NOW_NS, SECOND_NS, found, picture
from skypact.agreement.reading import read_agreement
from skypact.identity import refusals
from skypact.identity.likelihoods import default_likelihoods
from skypact.identity.override import Authority, authority_of, sign_override
from skypact.identity.stage import IdentityPicture
from skypact.model.identity import FRIEND, HOSTILE, PENDING, SUSPECT, UNKNOWN, Override
from skypact.model.orders import Actor

SHIPPED = default_likelihoods()
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(bytes(32))
COMMANDER = Actor("A. Asanov", "KG", "kg-command")
DUTY = Actor("A. Asanov", "KG", "unit")
AUTHORITY = Authority(
    agreement="pact",
    party="KG",
    roles=frozenset({"kg-command", "kg-director"}),
    hostile=frozenset({"kg-command"}),
    keys={"A. Asanov": KEY.public_key().public_bytes_raw().hex()},
)


def word(identity: str = "hostile", by: Actor = COMMANDER, **changed: object) -> Override:
    """What a person says, signed."""
    said = Override(
        id=bytes(16),
        agreement="pact",
        track=1,
        address=-1,
        latitude_rad=LATITUDE,
        longitude_rad=LONGITUDE,
        observed_ns=NOW_NS,
        identity=identity,
        aircraft="",
        reason="fired upon the post",
        by=by,
        made_ns=NOW_NS,
        until_ns=NOW_NS + 600 * SECOND_NS,
    )
    return sign_override(replace(said, **changed), KEY)


def started(**kinds: str) -> IdentityPicture:
    """One track with this evidence, looked at once."""
    stage = IdentityPicture(SHIPPED)
    joint = picture()
    stage.update(joint, found(joint, **kinds), NOW_NS)
    return stage


def test_a_new_track_is_pending_and_becomes_unknown() -> None:
    stage = IdentityPicture(SHIPPED)
    first, _ = stage.update(picture(), [], NOW_NS)
    later, _ = stage.update(picture(now_ns=NOW_NS + 20 * SECOND_NS), [], NOW_NS + 20 * SECOND_NS)
    assert (first.identity.tolist(), later.identity.tolist()) == ([PENDING], [UNKNOWN])
    assert later.since_ns.tolist() == [NOW_NS + 20 * SECOND_NS]
    given = stage.explain(1)
    assert given is not None
    assert given.words == "Unknown: there is no evidence."


def test_an_identity_lists_its_evidence_with_place_time_and_words() -> None:
    stage = started(plan="conforms", silence="replies", motion="ordinary")
    given = stage.explain(1)
    assert given is not None
    assert (given.identity, given.aircraft, given.machine) == ("neutral", "civil", "neutral")
    plan = given.evidence[0]
    assert plan.kind == "plan"
    assert plan.favours == "civil"
    assert plan.observed_ns == NOW_NS
    assert plan.latitude_rad == pytest.approx(LATITUDE)
    assert plan.words.endswith("in route, time and level.")
    assert {piece.kind for piece in given.evidence} == {"plan", "silence", "motion"}
    assert given.words.startswith("Neutral: It flies as flight plan")
    assert stage.explain(2) is None


def test_evidence_goes_with_its_track_whatever_the_order_of_the_picture() -> None:
    stage = IdentityPicture(SHIPPED)
    joint = picture(4)
    pieces = found(joint, address="friendly-state-block", code="friendly-range")
    for piece in pieces:
        piece.outcome[[0, 1, 3]] = -1
    stage.update(joint, pieces, NOW_NS)
    turned, _ = stage.update(joint.take(np.array([3, 2, 0])), [], NOW_NS + SECOND_NS)
    assert turned.track.tolist() == [4, 3, 1]
    assert turned.identity.tolist() == [PENDING, FRIEND, PENDING]


def test_evidence_goes_along_when_a_track_is_given_its_joint_number() -> None:
    stage = IdentityPicture(SHIPPED)
    early = picture(track=[-9], own_track=[9])
    stage.update(early, found(early, address="friendly-state-block", code="friendly-range"), NOW_NS)
    numbered = picture(track=[40_000], own_track=[9])
    identities, _ = stage.update(numbered, [], NOW_NS)
    assert identities.identity.tolist() == [FRIEND]


def test_a_track_that_ended_leaves_nothing_to_the_next_of_its_place() -> None:
    stage = started(address="friendly-state-block", code="friendly-range")
    identities, _ = stage.update(picture(track=[2], own_track=[2]), [], NOW_NS)
    assert identities.identity.tolist() == [PENDING]


def test_the_same_pictures_give_the_same_identities_bit_by_bit() -> None:
    def run() -> list[bytes]:
        stage = IdentityPicture(SHIPPED)
        out = []
        for second in range(5):
            now_ns = NOW_NS + second * SECOND_NS
            joint = picture(7, now_ns)
            given, _ = stage.update(joint, found(joint, plan="conforms", code="assigned"), now_ns)
            out.append(given.probability.tobytes() + given.identity.tobytes())
        return out

    assert run() == run()


def test_a_picture_of_nothing_but_nan_raises_nothing() -> None:
    nan = [np.nan]
    joint = picture(latitude_rad=nan, longitude_rad=nan, velocity_east_mps=nan, altitude_m=nan)
    stage = IdentityPicture(SHIPPED)
    identities, _ = stage.update(joint, found(joint, plan="conforms", code="assigned"), NOW_NS)
    assert np.isfinite(identities.probability).all()
    assert stage.explain(1) is not None


def test_the_machine_never_says_hostile_and_a_commander_may() -> None:
    stage = started(silence="silent", motion="low-fast", approach="towards-site", partner="hostile")
    given = stage.explain(1)
    assert given is not None
    assert given.identity == "suspect"
    stage.say(word(), AUTHORITY, NOW_NS)
    identities, _ = stage.update(picture(), [], NOW_NS)
    assert identities.identity.tolist() == [HOSTILE]
    assert identities.machine.tolist() == [SUSPECT]
    assert identities.overridden.tolist() == [True]
    given = stage.explain(1)
    assert given is not None
    assert "so said A. Asanov (kg-command, KG) until" in given.words
    assert "By the evidence: suspect" in given.words


def test_a_word_expires_and_says_so() -> None:
    stage = started()
    stage.say(word(), AUTHORITY, NOW_NS)
    last = NOW_NS + 600 * SECOND_NS
    before, none = stage.update(picture(now_ns=last - 1), [], last - 1)
    after, lifted = stage.update(picture(now_ns=last), [], last)
    assert (before.identity.tolist(), none) == ([HOSTILE], ())
    assert after.identity.tolist() == [UNKNOWN]
    assert [one.words for one in lifted] == ["Its time is over."]


def test_a_word_is_bound_to_the_address_that_was_meant() -> None:
    stage = IdentityPicture(SHIPPED)
    stage.update(picture(mode_s=[0x601001]), [], NOW_NS)
    stage.say(word(address=0x601001), AUTHORITY, NOW_NS)
    identities, _ = stage.update(picture(mode_s=[0x601001]), [], NOW_NS)
    assert identities.identity.tolist() == [HOSTILE]
    identities, lifted = stage.update(picture(mode_s=[0x3C6444]), [], NOW_NS)
    assert identities.identity.tolist() == [PENDING]
    assert "another address" in lifted[0].words


def test_a_word_follows_its_track_to_the_joint_number() -> None:
    stage = IdentityPicture(SHIPPED)
    stage.update(picture(track=[-9], own_track=[9]), [], NOW_NS)
    stage.say(word(track=-9), AUTHORITY, NOW_NS)
    identities, _ = stage.update(picture(track=[40_000], own_track=[9]), [], NOW_NS)
    assert identities.identity.tolist() == [HOSTILE]


def test_one_person_takes_a_word_back() -> None:
    stage = started()
    stage.say(word(), AUTHORITY, NOW_NS)
    stage.update(picture(), [], NOW_NS)
    back = word("", DUTY, id=b"1" * 16, reason="it was the wrong track")
    replaced = stage.say(back, AUTHORITY, NOW_NS)
    assert replaced is not None
    assert replaced.identity == "hostile"
    identities, _ = stage.update(picture(), [], NOW_NS)
    assert identities.identity.tolist() == [PENDING]
    assert not identities.overridden.any()


@pytest.mark.parametrize(
    ("changed", "refused"),
    [
        ({"by": DUTY}, refusals.NoAuthority),
        ({"by": Actor("A. Asanov", "KG", "kg-director")}, refusals.NoAuthority),
        ({"by": Actor("A. Asanov", "RU", "kg-command")}, refusals.NoAuthority),
        ({"by": Actor("B. Bek", "KG", "kg-command")}, refusals.NotSigned),
        ({"by": Actor("", "KG", "node")}, refusals.NotSigned),
        ({"agreement": "other"}, refusals.NoAuthority),
        ({"identity": "enemy"}, refusals.BadWord),
        ({"aircraft": "tank"}, refusals.BadWord),
        ({"exercise": True}, refusals.BadWord),
        ({"id": b"short"}, refusals.BadWord),
        ({"reason": "  "}, refusals.NoReason),
        ({"reason": "x" * 501}, refusals.NoReason),
        ({"made_ns": NOW_NS + 6 * SECOND_NS}, refusals.Expired),
        ({"made_ns": NOW_NS - 61 * SECOND_NS}, refusals.Expired),
        ({"until_ns": NOW_NS}, refusals.Expired),
        ({"until_ns": NOW_NS + 13 * 3600 * SECOND_NS}, refusals.Expired),
        ({"observed_ns": NOW_NS - 61 * SECOND_NS}, refusals.Expired),
        ({"track": 7}, refusals.NoSuchTrack),
        ({"latitude_rad": LATITUDE + 0.01}, refusals.NoSuchTrack),
        ({"latitude_rad": np.nan}, refusals.NoSuchTrack),
        ({"identity": ""}, refusals.NoSuchTrack),
    ],
)
def test_a_word_is_refused_by_name(changed: dict[str, object], refused: type) -> None:
    stage = started()
    changed.setdefault("identity", "hostile")
    with pytest.raises(refused):
        stage.say(word(**changed), AUTHORITY, NOW_NS)  # type: ignore[arg-type]
    identities, _ = stage.update(picture(), [], NOW_NS)
    assert identities.identity.tolist() == [PENDING]


@pytest.mark.parametrize("name", [f.name for f in Override.__dataclass_fields__.values()])
def test_a_word_changed_after_it_was_signed_is_refused(name: str) -> None:
    said = word()
    value = getattr(said, name)
    other: object
    if isinstance(value, bool):
        other = not value
    elif isinstance(value, Actor):
        other = replace(value, role="kg-director")
    elif isinstance(value, bytes):
        other = b"x" * 16
    else:
        other = value + (type(value)(1) if not isinstance(value, str) else "0")
    with pytest.raises(refusals.NotSigned):
        started().say(replace(said, **{name: other}), AUTHORITY, NOW_NS)


def test_a_word_signed_with_another_key_is_refused() -> None:
    with pytest.raises(refusals.NotSigned):
        started().say(sign_override(word(), OTHER_KEY), AUTHORITY, NOW_NS)


def test_only_the_national_command_of_the_own_party_may_say_hostile_by_a_real_agreement() -> None:
    path = Path(__file__).parents[3] / "examples" / "agreements" / "ru-kg-2022.toml"
    document = read_agreement(path).document
    authority = authority_of(document, "KG", {})
    assert authority.hostile == {"command-kg"}
    for role in document.role:
        for party in ("KG", "RU"):
            may = authority.may_say(Actor("A. Asanov", party, role.id), "hostile")
            assert may == (party == "KG" and role.id == "command-kg"), role.id


def test_the_same_word_takes_effect_once() -> None:
    stage = started()
    stage.say(word(), AUTHORITY, NOW_NS)
    with pytest.raises(refusals.SaidBefore):
        stage.say(word(), AUTHORITY, NOW_NS)
