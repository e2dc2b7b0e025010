"""A partner with a valid card that floods, lies or sends nonsense is refused by name and held."""

import dataclasses
import errno
from typing import Any

import numpy as np
import pytest

from linked_stations import Net, items, offer, pair, states
from made_up_stations import KG_LABEL, UNTIL_NS, terms
from skypact.exchange.header import Kind
from skypact.exchange.item_content import receipt_content
from skypact.exchange.journal_frames import JournalFull, JournalStopped
from skypact.exchange.link import Datagram
from skypact.exchange.link_health import ping_content
from skypact.exchange.refusals import EnvelopeRefused
from skypact.exchange.terms import UNLABELLED
from skypact.exchange.track_content import encode_tracks, track_records
from skypact.model.exchange import TrackClaims
from skypact.model.time import SECOND_NS


def joined() -> Net:
    net = pair()
    net.run(1)
    assert net.right.link.status(net.now_ns).state == "live"
    return net


def send(net: Net, kind: Kind, content: bytes) -> None:
    """KG seals whatever it likes."""
    label = KG_LABEL if kind in ("tracks", "plots", "items") else UNLABELLED
    payload = net.left.link.reader.handshake.sealer.seal(kind, content, label, net.now_ns)
    channel = "items" if kind in ("items", "receipt") else "live"
    net.right.link.receive(f"KG.RU.{channel}", payload, net.now_ns)


@pytest.mark.parametrize("kind", ["tracks", "plots", "items", "receipt", "ping", "pong"])
@pytest.mark.parametrize("content", [b"", b"\x90", b"\xff" * 100, b"\x91" * 2000, bytes(5000)])
def test_nonsense_that_is_signed_and_sealed_is_counted_and_the_link_goes_on(
    kind: Kind, content: bytes
) -> None:
    net = joined()
    send(net, kind, content)
    assert net.right.link.status(net.now_ns).refused == {"BadContent": 1}
    net.left.link.post(items(1), net.now_ns)
    net.left.link.offer_round([offer(states(3))])
    net.run(1)
    assert len(net.right.items) == 1
    assert sum(len(batch.tracks) for batch in net.right.tracks) == 3


def test_bytes_of_any_kind_on_any_subject_never_raise() -> None:
    net = joined()
    dice = np.random.default_rng(1)
    for k in range(300):
        subject = ["KG.RU.live", "KG.RU.items", "KG.RU.hail", "", "x" * 1000, "\udcff"][k % 6]
        net.right.link.receive(subject, dice.bytes(int(dice.integers(0, 400))), net.now_ns)
    net.run(1)
    assert sum(net.right.link.status(net.now_ns).refused.values()) >= 300


def test_a_flood_of_states_is_dropped_before_any_crypto_and_orders_still_pass() -> None:
    net = joined()
    content = encode_tracks(track_records(states(1), TrackClaims.own_only(1, "KG")), ("KG",), 0)
    sealer = net.left.link.reader.handshake.sealer
    junk = sealer.seal("tracks", content, KG_LABEL, net.now_ns)
    for _ in range(20_000):
        net.right.link.receive("KG.RU.live", junk, net.now_ns)
    net.left.link.post(items(3), net.now_ns)
    net.run(1)
    assert net.right.link.throttled
    status = net.right.link.status(net.now_ns)
    assert status.refused["Flood"] >= 17_000
    assert status.refused["Duplicate"] <= 2_100
    assert status.throttled
    assert len(net.right.items) == 3
    net.run(12)
    assert not net.right.link.throttled


def test_receipts_for_what_was_never_sent_lose_nothing() -> None:
    net = joined()
    net.cut = True
    net.right.link.post(items(5, dataclasses.replace(KG_LABEL, originator="RU")), net.now_ns)
    net.run(0.2)
    stream = net.right.link._writer.outbox._journal.stream
    for stream_told, number in ((stream, 3), (stream, 2**62), (b"whatever", 5)):
        send(net, "receipt", receipt_content(stream_told, number, b"invented"))
        net.right.tick(net.now_ns)
    assert net.right.link.status(net.now_ns).waiting == 5
    net.cut = False
    net.run(5)
    assert [one.item.id for one in net.left.items][-5:] == [one.id for one in items(5)]


def test_pings_without_end_are_answered_a_few_at_a_time() -> None:
    net = joined()
    for _ in range(500):
        send(net, "ping", ping_content(net.now_ns))
    answers = [d for d in net.right.tick(net.now_ns) if d.subject.endswith("live")]
    assert len(answers) <= 70


def test_a_label_that_may_not_go_to_the_partner_keeps_its_states_here_and_others_go() -> None:
    net = joined()
    foreign = dataclasses.replace(KG_LABEL, classification="cosmic")
    net.left.link.offer_round([offer(states(2, first=9), foreign), offer(states(3))])
    net.run(1)
    assert sum(len(batch.tracks) for batch in net.right.tracks) == 3
    assert "marked" in net.left.link.status(net.now_ns).trouble
    with pytest.raises(EnvelopeRefused):
        net.left.link.post(items(1) + items(1, foreign), net.now_ns)
    assert net.left.link.status(net.now_ns).waiting == 0


def renewed(net: Net, **changes: Any) -> None:
    for end in (net.left, net.right):
        end.terms = terms(**changes)
        end.link.renew(end.terms, net.now_ns)


def test_items_that_new_terms_forbid_are_dropped_and_the_others_arrive() -> None:
    net = joined()
    secret = dataclasses.replace(KG_LABEL, classification="secret")
    net.cut = True
    net.left.link.post(items(2) + items(2, secret, start=2) + items(2, start=4), net.now_ns)
    net.run(1)
    renewed(net, digest=b"\x08" * 32, classifications=("open", "restricted"))
    net.cut = False
    net.run(4)
    told = [int.from_bytes(one.item.id, "big") for one in net.right.items]
    assert told == [0, 1, 4, 5]
    assert "may not leave" in net.left.link.status(net.now_ns).trouble


def test_under_a_new_text_both_go_on_once_both_have_it() -> None:
    net = joined()
    net.left.link.renew(terms(digest=b"\x08" * 32), net.now_ns)
    net.left.link.post(items(3), net.now_ns)
    net.run(2)
    assert net.right.items == []
    assert net.right.link.status(net.now_ns).refused["WrongAgreement"] >= 1
    net.right.link.renew(terms(digest=b"\x08" * 32), net.now_ns)
    net.run(4)
    assert len(net.right.items) == 3
    with pytest.raises(ValueError, match="two-rivers"):
        net.left.link.renew(terms(agreement="another"), net.now_ns)


def test_a_link_that_ended_sends_and_takes_nothing_and_goes_on_when_it_is_renewed() -> None:
    net = joined()
    net.left.link.offer_round([offer(states(5))])
    net.left.link.end(net.now_ns)
    net.left.link.offer_round([offer(states(5))])
    net.right.link.post(items(1, dataclasses.replace(KG_LABEL, originator="RU")), net.now_ns)
    carried = net.carried
    net.run(3)
    status = net.left.link.status(net.now_ns)
    assert status.state == "closed"
    assert status.refused["Lapsed"] >= 1
    assert net.carried > carried  # RU still asks
    assert net.right.tracks == []
    assert net.left.items == []
    with pytest.raises(EnvelopeRefused):
        net.left.link.post(items(1), net.now_ns)
    net.left.link.renew(net.left.terms, net.now_ns)
    net.run(5)
    assert len(net.left.items) == 1
    assert sum(len(batch.tracks) for batch in net.right.tracks) == 5


@pytest.mark.parametrize("which", ["left", "right"])
def test_terms_that_change_back_and_forth_on_one_side_end_no_link(which: str) -> None:
    net = joined()
    link = getattr(net, which).link
    for digest in (b"\x08" * 32, b"\x07" * 32):
        link.renew(terms(digest=digest), net.now_ns)
        net.run(2)
    net.left.link.post(items(1), net.now_ns)
    net.right.link.post(items(1, dataclasses.replace(KG_LABEL, originator="RU")), net.now_ns)
    net.run(4)
    assert len(net.left.items) == len(net.right.items) == 1


@pytest.mark.parametrize("which", ["left", "right"])
def test_a_disk_that_fails_stops_items_by_name_and_no_state(which: str) -> None:
    net = joined()
    disk = getattr(net, which).disk
    disk.errors = dict.fromkeys(range(disk.operations, disk.operations + 2000), errno.EIO)
    if which == "left":
        with pytest.raises((JournalFull, JournalStopped)):
            net.left.link.post(items(1), net.now_ns)
    else:
        net.left.link.post(items(1), net.now_ns)
    for _ in range(3):
        net.left.link.offer_round([offer(states(5, net.now_ns))])
        net.run(1)
    assert net.right.items == []
    assert sum(len(batch.tracks) for batch in net.right.tracks) >= 15
    trouble = getattr(net, which).link.status(net.now_ns).trouble
    assert "disk failed" in trouble or "can be written" in trouble
    assert net.left.link.status(net.now_ns).delivered == 0


def test_from_its_last_instant_on_nothing_passes_under_an_agreement() -> None:
    net = pair()
    end_ns = net.now_ns + 2 * SECOND_NS
    for end in (net.left, net.right):
        end.terms = terms(until_ns=end_ns)
        end.link.renew(end.terms, net.now_ns)
    sent: list[Datagram] = []
    while net.now_ns < end_ns + SECOND_NS:
        net.left.link.offer_round([offer(states(5, net.now_ns))])
        before = sum(len(batch.tracks) for batch in net.right.tracks)
        net.tick()
        if net.now_ns >= end_ns:
            sent += net.left.tick(net.now_ns)
            assert sum(len(batch.tracks) for batch in net.right.tracks) == before
    assert sent == []
    assert end_ns < UNTIL_NS
