"""Two stations find each other, over hails that anybody may repeat, and give each other keys."""

from dataclasses import replace

import pytest

from lying_station import Liar, Scene
from made_up_stations import (
    KG_LABEL,
    NOW_NS,
    RU_LABEL,
    UNTIL_NS,
    Side,
    joined_pair,
    pass_hails,
    terms,
)
from skypact.exchange.epochs import EPOCH_NS, OVERLAP_NS, Direction
from skypact.exchange.hails import PROTOCOL, Hail, hail_bytes
from skypact.exchange.header import cut
from skypact.exchange.keys import wrap
from skypact.exchange.opener import CHALLENGE_EVERY_NS, MOST_RETIRED
from skypact.exchange.refusals import EnvelopeRefused, NotReady, Refusal
from skypact.exchange.sealer import SOFTWARE
from skypact.model.time import SECOND_NS


def works(left: Side, right: Side, now_ns: int = NOW_NS) -> None:
    assert left.handshake.done
    assert right.handshake.done
    assert right.open_from(left, left.seal(b"\x01a", KG_LABEL, now_ns), now_ns).content == b"\x01a"
    assert left.open_from(right, right.seal(b"\x01b", RU_LABEL, now_ns), now_ns).content == b"\x01b"


def refusal(receiver: Side, sender: Side, payload: bytes, kind: str, now_ns: int) -> Refusal:
    with pytest.raises(EnvelopeRefused) as refused:
        receiver.handshake.opener.open(sender.subject(kind), payload, now_ns)
    return refused.value.reason


def hear(receiver: Side, sender: Side, payload: bytes, now_ns: int = NOW_NS) -> list[bytes]:
    opened = receiver.handshake.opener.open(sender.subject("hello"), payload, now_ns)
    return receiver.handshake.take(opened, now_ns)


def restarted(side: Side, seed: object) -> Side:
    return Side.of(side.station.card.station, side.partner.card.station, seed=seed)


def test_two_stations_hold_each_others_keys_within_the_instant_they_first_hear_each_other() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    assert not left.handshake.ready
    assert pass_hails(left, right) <= 8
    works(left, right)
    assert left.handshake.partner_software == SOFTWARE


def test_one_that_starts_later_is_found_by_its_first_hail() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    for second in range(20):
        left.handshake.tick(NOW_NS + second * SECOND_NS)
    now_ns = NOW_NS + 20 * SECOND_NS
    pass_hails(left, right, now_ns)
    works(left, right, now_ns)


def test_nothing_is_sealed_before_the_partner_shows_that_it_holds_the_key() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    (hello,) = left.handshake.tick(NOW_NS)
    (answer,) = hear(right, left, hello)
    (grant,) = hear(left, right, answer)
    with pytest.raises(NotReady):
        left.seal(b"\x01a", KG_LABEL)
    for back in hear(right, left, grant):
        hear(left, right, back)
    assert right.open_from(left, left.seal(b"\x01a", KG_LABEL)).epoch == 1


def test_a_hello_that_does_not_repeat_our_challenge_is_answered_once_a_second_and_no_more() -> None:
    right = Side.of("RU", "KG")
    answers = 0
    for n in range(3000):  # 30 s
        stranger = restarted(Side.of("KG", "RU"), 0)
        (hello,) = stranger.handshake.tick(NOW_NS)
        answers += len(hear(right, stranger, hello, NOW_NS + n * SECOND_NS // 100))
        if n > 30:
            break
    assert answers <= 4
    assert not right.handshake.ready


def test_hails_of_another_start_open_nothing_and_change_nothing() -> None:
    left, right = joined_pair()
    recorded = [left.seal(b"\x01a", KG_LABEL)]
    # Everything that was said to RU before its restart is said to it again.
    hails: list[bytes] = []
    again = Side.of("KG", "RU", seed=5), Side.of("RU", "KG", seed=5)
    hails += again[0].handshake.tick(NOW_NS)
    for hail in list(hails):
        for answer in hear(again[1], again[0], hail):
            hails += hear(again[0], again[1], answer)
    grants = [hail for hail in hails if cut(hail).header.kind == "grant"]
    assert grants
    new = restarted(right, "new")
    for grant in grants:
        assert refusal(new, left, grant, "grant", NOW_NS) is Refusal.STALE_GRANT
    for payload in recorded:
        assert refusal(new, left, payload, "tracks", NOW_NS) is Refusal.UNKNOWN_EPOCH
    assert not new.handshake.ready


def test_after_a_restart_of_either_side_the_link_is_up_again_and_nothing_old_is_read() -> None:
    left, right = joined_pair()
    old_left, old_right = left.seal(b"\x01a", KG_LABEL), right.seal(b"\x01b", RU_LABEL)
    now_ns = NOW_NS
    for n in range(5):
        now_ns += 10 * SECOND_NS
        right = restarted(right, f"again {n}")
        pass_hails(left, right, now_ns)
        works(left, right, now_ns)
        assert refusal(right, left, old_left, "tracks", now_ns) is Refusal.OLD_EPOCH
    assert refusal(left, right, old_right, "tracks", now_ns) is Refusal.OLD_EPOCH


def test_a_new_key_comes_every_hour_without_a_gap_and_the_old_one_is_read_for_30_seconds() -> None:
    left, right = joined_pair()
    late = [left.seal(b"\x01late", KG_LABEL) for _ in range(2)]
    now_ns = NOW_NS + EPOCH_NS
    assert left.handshake.tick(now_ns - 1) == []
    (grant,) = left.handshake.tick(now_ns)
    before = left.seal(b"\x01before", KG_LABEL, now_ns)
    for answer in hear(right, left, grant, now_ns):
        hear(left, right, answer, now_ns)
    after = left.seal(b"\x01after", KG_LABEL, now_ns)
    assert right.open_from(left, after, now_ns).epoch == 2
    opened = right.open_from(left, before, now_ns)
    assert (opened.epoch, opened.content) == (1, b"\x01before")
    # The late ones are too old for live data by then; their key would still do.
    edge_ns = now_ns + OVERLAP_NS
    assert refusal(right, left, late[0], "tracks", edge_ns - 1) is Refusal.WRONG_TIME
    assert refusal(right, left, late[1], "tracks", edge_ns) is Refusal.OLD_EPOCH


def test_a_grant_that_is_lost_is_sent_again_and_meanwhile_the_old_key_serves() -> None:
    left, right = joined_pair()
    now_ns = NOW_NS + EPOCH_NS
    left.handshake.tick(now_ns)  # lost
    for second in range(1, 90):
        moment_ns = now_ns + second * SECOND_NS // 2
        left.handshake.tick(moment_ns)  # lost too
        sealed = left.seal(b"\x01a", KG_LABEL, moment_ns)
        assert right.open_from(left, sealed, moment_ns).epoch == 1
    pass_hails(left, right, now_ns + 60 * SECOND_NS)
    works(left, right, now_ns + 60 * SECOND_NS)
    assert left.handshake.sealer.epoch == 2


def test_new_terms_end_every_key_on_both_sides() -> None:
    left, right = joined_pair()
    old = left.seal(b"\x01a", KG_LABEL)
    amended = terms(digest=b"\x08" * 32)
    now_ns = NOW_NS + 10 * SECOND_NS
    (grant,) = left.handshake.renew(amended, now_ns)
    assert left.handshake.renew(amended, now_ns) == []
    with pytest.raises(NotReady):
        left.seal(b"\x01a", KG_LABEL, now_ns)
    assert refusal(right, left, grant, "grant", now_ns) is Refusal.WRONG_AGREEMENT
    right.handshake.renew(amended, now_ns)
    assert refusal(right, left, old, "tracks", now_ns) is Refusal.WRONG_AGREEMENT
    pass_hails(left, right, now_ns + SECOND_NS)
    works(left, right, now_ns + SECOND_NS)


def test_a_key_of_terms_that_come_back_does_not() -> None:
    left, right = joined_pair()
    old = left.seal(b"\x01a", KG_LABEL)
    for members in (("KG", "RU", "BY"), ("KG", "RU")):
        for side in (left, right):
            side.handshake.renew(terms(parties=members), NOW_NS)
    now_ns = NOW_NS + 5 * SECOND_NS
    assert refusal(right, left, old, "tracks", now_ns) is Refusal.OLD_EPOCH
    pass_hails(left, right, now_ns)
    assert refusal(right, left, old, "tracks", now_ns) is Refusal.OLD_EPOCH
    works(left, right, now_ns)


def test_nothing_leaves_or_comes_in_once_the_agreement_or_a_card_has_ended() -> None:
    left, right = joined_pair()
    payload = left.seal(b"\x01a", KG_LABEL)
    end_ns = terms().until_ns
    right.open_from(left, left.seal(b"\x01b", KG_LABEL, end_ns - 1), end_ns - 1)
    assert left.handshake.tick(end_ns) == []
    for ended in (end_ns, UNTIL_NS):
        with pytest.raises(NotReady):
            left.seal(b"\x01a", KG_LABEL, ended)
        assert refusal(right, left, payload, "tracks", ended) is Refusal.LAPSED
    for side in (left, right):
        assert side.handshake.renew(None, NOW_NS) == []
    assert left.handshake.tick(NOW_NS) == []
    assert refusal(right, left, payload, "tracks", NOW_NS) is Refusal.LAPSED
    for side in (left, right):
        side.handshake.renew(terms(until_ns=UNTIL_NS + SECOND_NS), NOW_NS)
    assert left.handshake.tick(UNTIL_NS) == []
    with pytest.raises(NotReady, match="card"):
        left.seal(b"\x01a", KG_LABEL, UNTIL_NS)


def test_a_live_link_and_an_exercise_never_share_a_key() -> None:
    live, _ = joined_pair()
    _, exercise = joined_pair(terms(exercise=True))
    payload = live.seal(b"\x01a", KG_LABEL)
    assert refusal(exercise, live, payload, "tracks", NOW_NS) is Refusal.WRONG_EXERCISE


def test_a_hail_said_again_is_a_replay() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    (hello,) = left.handshake.tick(NOW_NS)
    (answer,) = hear(right, left, hello)
    (grant,) = hear(left, right, answer)
    hear(right, left, grant)
    assert refusal(right, left, grant, "grant", NOW_NS) is Refusal.REPLAYED
    assert refusal(right, left, hello, "hello", NOW_NS) is Refusal.REPLAYED


def test_a_hail_withheld_over_a_restart_cannot_break_the_link_for_longer_than_a_handshake() -> None:
    """A relay keeps a hail of KG's first start, and plays it once KG has started anew."""
    left, right = joined_pair()
    challenge = right.handshake.opener.challenge
    hail = Hail(b"\x09" * 16, challenge, bytes(16), SOFTWARE, PROTOCOL)
    now_ns = NOW_NS + 10 * SECOND_NS
    withheld = left.handshake.sealer.hello(hail, now_ns)
    left = restarted(left, "again")
    pass_hails(left, right, now_ns)
    works(left, right, now_ns)
    # It is of a session that ended, so it is refused, and what follows from it heals.
    assert refusal(right, left, withheld, "hello", now_ns) is Refusal.OLD_EPOCH
    for second in range(1, 5):
        pass_hails(left, right, now_ns + second * SECOND_NS)
    works(left, right, now_ns + 5 * SECOND_NS)


def test_a_session_that_was_never_seen_may_be_played_late_and_the_link_still_heals() -> None:
    left, right = joined_pair()
    challenge = right.handshake.opener.challenge
    unseen = restarted(left, "unseen")
    hail = Hail(b"\x09" * 16, challenge, bytes(16), SOFTWARE, PROTOCOL)
    withheld = unseen.handshake.sealer.hello(hail, NOW_NS)
    now_ns = NOW_NS + 10 * SECOND_NS
    hear(right, left, withheld, now_ns)  # taken for a restart: KG's real session is retired
    assert (
        refusal(right, left, left.seal(b"\x01a", KG_LABEL), "tracks", now_ns) is Refusal.OLD_EPOCH
    )
    # KG's next hail shows a session that ended: a new challenge settles who is there.
    next_hail = left.handshake.sealer.hello(hail, now_ns)
    assert refusal(right, left, next_hail, "hello", now_ns) is Refusal.OLD_EPOCH
    for second in range(1, 6):
        pass_hails(left, right, now_ns + second * SECOND_NS)
    works(left, right, now_ns + 6 * SECOND_NS)


def test_a_partner_that_starts_anew_without_end_costs_neither_memory_nor_keys() -> None:
    left, right = joined_pair()
    now_ns = NOW_NS
    for n in range(3 * MOST_RETIRED):
        now_ns += CHALLENGE_EVERY_NS
        left = restarted(left, f"start {n}")
        pass_hails(left, right, now_ns)
        pass_hails(left, right, now_ns + 2 * SECOND_NS)
        pass_hails(left, right, now_ns + 4 * SECOND_NS)
    works(left, right, now_ns + 5 * SECOND_NS)
    assert len(right.handshake.opener._retired) <= MOST_RETIRED


def test_a_partner_cannot_give_two_keys_one_number() -> None:
    left, right = joined_pair()
    liar = Liar(left)
    challenge = right.handshake.opener.challenge
    hail = Hail(b"\x09" * 16, challenge, bytes(16), SOFTWARE, PROTOCOL, bytes(1168))
    payload = liar.envelope(hail_bytes(hail), kind="grant", epoch=1, number=1000)
    assert refusal(right, left, payload, "grant", NOW_NS) is Refusal.EQUIVOCATION
    payload = liar.envelope(hail_bytes(hail), kind="grant", epoch=2, number=1001)
    assert refusal(right, left, payload, "grant", NOW_NS) is Refusal.UNDECIPHERABLE
    works(left, right)


def test_a_clock_set_back_does_not_stop_the_handshake() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    for hour in range(3):
        left.handshake.tick(NOW_NS - hour * EPOCH_NS)
    for now_ns in (NOW_NS - 10 * EPOCH_NS, NOW_NS - 20 * EPOCH_NS):
        for second in range(5):
            pass_hails(left, right, now_ns + second * SECOND_NS)
        works(left, right, now_ns + 5 * SECOND_NS)


def test_a_hello_that_shows_no_key_confirms_none() -> None:
    left, right = Side.of("KG", "RU"), Side.of("RU", "KG")
    (hello,) = left.handshake.tick(NOW_NS)
    (answer,) = hear(right, left, hello)
    hear(left, right, answer)  # KG's grant is lost
    for second in range(1, 4):
        moment_ns = NOW_NS + second * SECOND_NS
        for shown in (bytes(16), b"\x05" * 16):
            mine = left.handshake.opener.challenge
            hail = Hail(right.handshake.opener.challenge, mine, shown, SOFTWARE, PROTOCOL)
            hear(left, right, right.handshake.sealer.hello(hail, moment_ns), moment_ns)
    assert left.handshake.sealer.pending is not None
    assert not left.handshake.ready


def test_a_key_that_the_partner_granted_well_but_with_an_old_number_is_not_taken() -> None:
    scene = Scene.open()
    left, right = scene.liar.side, scene.receiver
    assert right.handshake.opener.epoch == 2
    challenge = right.handshake.opener.challenge
    session = left.handshake.sealer.session
    for epoch, reason in ((1, Refusal.OLD_EPOCH), (3, None)):
        info = Direction("KG", "RU", b"\x07" * 32, False, session).info(epoch, challenge)
        wrapped = wrap(bytes(32), right.station.card.sealing_key, info)
        hail = Hail(b"\x09" * 16, challenge, bytes(16), SOFTWARE, PROTOCOL, wrapped)
        payload = scene.liar.envelope(
            hail_bytes(hail), kind="grant", epoch=epoch, number=1000 + epoch
        )
        if reason:
            assert refusal(right, left, payload, "grant", NOW_NS) is reason
        else:
            hear(right, left, payload)
            assert right.handshake.opener.epoch == 3


def test_a_key_is_bound_to_everything_that_it_is_for() -> None:
    whole = Direction("KG", "RU", b"\x07" * 32, False, b"s" * 16)
    others = [
        replace(whole, sender="BY"),
        replace(whole, audience="BY"),
        replace(whole, agreement=b"\x08" * 32),
        replace(whole, exercise=True),
        replace(whole, session=b"t" * 16),
    ]
    infos = {one.info(1, b"c" * 16) for one in [whole, *others]}
    infos |= {whole.info(2, b"c" * 16), whole.info(1, b"d" * 16)}
    assert len(infos) == 8


def test_a_hail_has_one_form_only() -> None:
    left, right = joined_pair()
    hail = Hail(b"\x09" * 16, right.handshake.opener.challenge, bytes(16), SOFTWARE, PROTOCOL)
    content = hail_bytes(hail)
    text = SOFTWARE.encode()
    longer = content.replace(bytes([0xA0 + len(text)]) + text, bytes([0xD9, len(text)]) + text)
    assert longer != content
    payload = Liar(left).envelope(longer, kind="hello", number=1000)
    assert refusal(right, left, payload, "hello", NOW_NS) is Refusal.MALFORMED_HAIL
