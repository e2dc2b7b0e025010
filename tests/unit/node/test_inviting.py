"""Inviting and accepting: what binds two stations, and every reason why it does not."""

import base64
import json
import os
import stat
import time
from pathlib import Path

import pytest

from skypact.agreement.signing import pins_from
from skypact.exchange.authority import DAY_NS, ends_ns
from skypact.exchange.cards import CardNotPinned, KeysDoNotFit, read_card
from skypact.exchange.keys import fingerprint
from skypact.exchange.nats_tokens import make_nats_key, read_user_token
from skypact.model.errors import BadInput, UsageError
from skypact.node import inviting
from skypact.node.agreement_opening import open_agreements
from skypact.node.invites import InviteForged, InviteMalformed, InviteRefused, read_invite
from skypact.node.new_station import NewStation, init_station
from skypact.node.revoking import revoke
from skypact.node.station import open_station
from skypact.node.station_files import StationPaths, put
from skypact.node.station_trust import NotInForce, OtherFingerprint, StationNotNamed
from two_stations import Pair, invite, joined_stations, two_stations


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return two_stations(tmp_path)


def now() -> int:
    return time.time_ns()


def ask(pair: Pair, **more) -> bytes:
    return inviting.invite(pair.east, pair.west / "WE.card", [pair.agreement], now(), **more)[1]


def take(pair: Pair, data: bytes, **more) -> None:
    path = pair.east.parent / "an.invite"
    path.write_bytes(data)
    inviting.accept(pair.west, path, now(), **more)


def unchanged(folder: Path) -> dict[str, bytes]:
    return {str(p): p.read_bytes() for p in sorted(folder.rglob("*")) if p.is_file()}


def test_a_text_that_both_parties_signed_and_that_names_their_keys_is_enough(pair: Pair) -> None:
    take(pair, ask(pair))
    east, west = open_station(pair.east, now()), open_station(pair.west, now())
    assert [link.id for link in east.links] == ["east-west/WE"]
    assert [link.id for link in west.links] == ["east-west/EA"]
    assert (east.links[0].dials, west.links[0].dials) == (False, True)
    assert west.links[0].ends.dials == f"127.0.0.1:{pair.proxy}"
    assert pins_from(east.paths.trust) == pins_from(west.paths.trust)
    assert set(pins_from(east.paths.trust)) == {"EA", "WE"}


def test_what_was_carried_is_enough_for_both_nodes_to_obey_the_agreement(pair: Pair) -> None:
    take(pair, ask(pair))
    for folder in (pair.east, pair.west):
        live = open_agreements(open_station(folder, now()).agreements, now())
        assert live.state.refused == []
        assert [one.in_force for one in live.state.situations.values()] == [True]
        live.close(now())


def test_without_a_key_in_the_text_a_person_must_have_compared_the_fingerprint(
    tmp_path: Path,
) -> None:
    pair = two_stations(tmp_path, keys=False)
    before = unchanged(pair.east)
    with pytest.raises(BadInput, match="compare this with WE over a way you trust") as told:
        ask(pair)
    west = read_card((pair.west / "WE.card").read_bytes())
    east = read_card((pair.east / "EA.card").read_bytes())
    shown = fingerprint(west.party_key)
    assert f"--fingerprint '{shown}'" in str(told.value)
    with pytest.raises(OtherFingerprint, match="Do not go on"):
        ask(pair, compared=fingerprint(east.party_key))
    assert unchanged(pair.east) == before, "a refused command writes nothing"
    data = ask(pair, compared=shown.upper())
    with pytest.raises(BadInput, match="over a way you trust"):
        take(pair, data)
    take(pair, data, compared=east.party_key.hex())


def test_a_trust_file_vouches_too_and_may_not_contradict(tmp_path: Path) -> None:
    pair = two_stations(tmp_path, keys=False)
    west = read_card((pair.west / "WE.card").read_bytes())
    east = read_card((pair.east / "EA.card").read_bytes())
    trust = tmp_path / "trust.toml"
    row = '[[party]]\ncode = "WE"\nkey = "{}"\n'
    trust.write_text(row.format(west.party_key.hex()))
    take(pair, ask(pair, trust=trust), compared=east.party_key.hex())
    trust.write_text(row.format("ab" * 32))
    with pytest.raises(BadInput, match="another key is trusted for WE"):
        ask(pair, trust=trust)


def test_a_card_that_another_hand_signed_is_refused(pair: Pair, tmp_path: Path) -> None:
    init_station(tmp_path / "false", NewStation("WE", "WE"), now())
    before = unchanged(pair.east)
    with pytest.raises(CardNotPinned):
        inviting.invite(pair.east, tmp_path / "false/WE.card", [pair.agreement], now())
    assert unchanged(pair.east) == before


def test_a_text_that_does_not_bind_yet_gives_out_nothing(tmp_path: Path) -> None:
    pair = two_stations(tmp_path, in_force="2999-01-01")
    with pytest.raises(NotInForce, match="does not bind now"):
        ask(pair)


def test_a_text_that_one_party_has_not_signed_gives_out_nothing(pair: Pair) -> None:
    signed = pair.agreement.with_name("east-west.signatures.toml")
    text = signed.read_text()
    signed.write_text(text[: text.rindex("[[signature]]")])
    with pytest.raises(NotInForce, match="not signed by WE"):
        ask(pair)


def test_a_station_that_the_agreement_does_not_name_is_refused(pair: Pair, tmp_path: Path) -> None:
    new = NewStation("WE-2", "WE", party_key=pair.west.parent / "WE.pem")
    init_station(tmp_path / "second", new, now())
    with pytest.raises(StationNotNamed, match="no station WE-2 of WE"):
        inviting.invite(pair.east, tmp_path / "second/WE-2.card", [pair.agreement], now())


def test_an_invite_serves_only_the_station_it_was_made_for(pair: Pair, tmp_path: Path) -> None:
    data = ask(pair)
    path = tmp_path / "an.invite"
    path.write_bytes(data)
    other = tmp_path / "other"
    new = NewStation("WE", "WE", party_key=pair.west.parent / "WE.pem")
    init_station(other, new, now())
    with pytest.raises(InviteRefused, match="another key"):
        inviting.accept(other, path, now())
    assert not list((other / "links").iterdir())


def test_an_invite_changed_on_its_way_is_refused(pair: Pair) -> None:
    data = ask(pair)
    fields = json.loads(data)
    changes = [
        ("token", ask(pair)[10:50].decode()),
        ("agreement", "other"),
        ("station", "XX"),
        ("files", {**fields["files"], "more.toml": ""}),
    ]
    for key, value in changes:
        text = json.dumps(fields | {key: value}, sort_keys=True, separators=(",", ":"))
        with pytest.raises(InviteForged):
            read_invite(text.encode() + b"\n", "test")
    for wrong in (b"", b"{}", data[:-1], data + b" ", b"x" * 100):
        with pytest.raises(InviteMalformed):
            read_invite(wrong, "test")


@pytest.mark.parametrize(
    "name", ["../x.toml", "/etc/x", "a/../../x", ".hidden", "a\\b", "", "a\nb"]
)
def test_an_invites_files_stay_in_their_folder(pair: Pair, name: str) -> None:
    fields = json.loads(ask(pair))
    fields["files"][name] = "x"
    text = json.dumps(fields, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    with pytest.raises(InviteMalformed, match="out of a folder"):
        read_invite(text.encode() + b"\n", "test")


def test_a_token_given_out_lets_the_partner_do_only_its_part_and_ends_with_the_card(
    pair: Pair,
) -> None:
    made, _, bond = inviting.invite(pair.east, pair.west / "WE.card", [pair.agreement], now())
    claims = read_user_token(made.token, "test")
    west = read_card((pair.west / "WE.card").read_bytes())
    assert (claims.publish, claims.subscribe) == (("WE.>",), ("EA.WE.>",))
    assert claims.user == west.nats_user
    assert bond.credentials_end_ns == west.until_ns >= claims.until_ns > now()


def test_inviting_and_accepting_again_renews_the_link_and_keeps_its_account(pair: Pair) -> None:
    take(pair, ask(pair))
    before = open_station(pair.east, now()).held[0].account.public
    take(pair, ask(pair))
    assert open_station(pair.east, now()).held[0].account.public == before


def test_an_older_card_does_not_take_the_place_of_a_newer_one(pair: Pair, tmp_path: Path) -> None:
    older = (pair.west / "WE.card").read_bytes()
    new = NewStation("WE", "WE", party_key=pair.west.parent / "WE.pem")
    init_station(tmp_path / "again", new, now())
    inviting.invite(pair.east, tmp_path / "again/WE.card", [pair.agreement], now())
    (tmp_path / "old.card").write_bytes(older)
    with pytest.raises(BadInput, match="does not replace"):
        inviting.invite(pair.east, tmp_path / "old.card", [pair.agreement], now())


def test_a_station_does_not_invite_itself_nor_one_that_invited_it(pair: Pair) -> None:
    with pytest.raises(InviteRefused, match="linked with itself"):
        inviting.invite(pair.east, pair.east / "EA.card", [pair.agreement], now())
    with pytest.raises(InviteRefused, match="takes no partners on"):
        inviting.invite(pair.west, pair.east / "EA.card", [pair.agreement], now())


def test_another_text_under_the_name_of_one_that_is_there_is_refused(pair: Pair) -> None:
    data = ask(pair)
    put(StationPaths(pair.west).agreements / "east-west.toml", b"# another\n")
    with pytest.raises(InviteRefused, match="another file of this name"):
        take(pair, data)


def test_revoking_ends_the_link_and_voids_the_partners_user_for_ever(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)
    before = open_station(pair.east, now())
    assert revoke(pair.east, "WE", now()) == ("east-west/WE",)
    after = open_station(pair.east, now())
    assert before.changed()
    assert (after.links, len(after.held)) == ((), 1)
    token = json.loads(_claims(after.server.plan.accounts[after.held[0].account.public]))
    assert list(token["nats"]["revocations"]) == [after.held[0].partner.nats_user]
    with pytest.raises(BadInput, match="no link with XX"):
        revoke(pair.east, "XX", now())
    made = read_invite(invite(pair).read_bytes(), "test")
    again = open_station(pair.east, now())
    assert len(again.links) == 1
    void_s = token["nats"]["revocations"][made_for(made.token)]
    assert read_user_token(made.token, "test").made_ns // 10**9 > void_s


def test_a_dialling_station_that_revokes_dials_no_more(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)
    assert len(open_station(pair.west, now()).server.plan.remotes) == 1
    revoke(pair.west, "EA", now(), "east-west")
    assert open_station(pair.west, now()).server.plan.remotes == ()


def test_private_files_are_for_their_owner_alone_and_others_are_refused(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)
    for path in (p for p in pair.west.rglob("*") if p.is_file()):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600, path
    key = StationPaths(pair.west).key("signing")
    key.chmod(0o644)
    with pytest.raises(BadInput, match="other accounts may read"):
        open_station(pair.west, now())


def test_keys_of_another_station_do_not_fit_the_card(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)
    east, west = StationPaths(pair.east), StationPaths(pair.west)
    put(west.key("sealing"), east.key("sealing").read_bytes())
    with pytest.raises(KeysDoNotFit):
        open_station(pair.west, now())


def test_a_certificate_that_ends_soon_is_made_anew_and_partners_need_not_know(
    tmp_path: Path,
) -> None:
    pair = joined_stations(tmp_path)
    paths = StationPaths(pair.east)
    before = paths.certificate.read_bytes()
    open_station(pair.east, now())
    assert paths.certificate.read_bytes() == before
    late_ns = now() + 320 * DAY_NS
    open_station(pair.east, late_ns)
    assert ends_ns(paths.certificate.read_bytes(), "test") > late_ns + 300 * DAY_NS
    card = read_card(paths.card("EA").read_bytes())
    assert card.ca_pem.encode() == paths.authority.read_bytes()


def test_the_same_folder_gives_a_running_server_nothing_new(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)
    first, second = open_station(pair.east, now()), open_station(pair.east, now() + DAY_NS)
    assert first.server.plan == second.server.plan
    assert not second.changed()


def test_codes_addresses_and_folders_that_cannot_be_are_refused(tmp_path: Path) -> None:
    for new in (
        NewStation("kg", "KG"),
        NewStation("A" * 9, "KG"),
        NewStation("KG", "KG", "0.0.0.0:7422"),
    ):
        with pytest.raises(UsageError):
            init_station(tmp_path / "x", new, now())
    with pytest.raises(BadInput, match="no address"):
        init_station(tmp_path / "x", NewStation("KG", "KG", "nowhere"), now())
    with pytest.raises(BadInput, match="no station in this folder"):
        open_station(tmp_path, now())
    init_station(tmp_path / "x", NewStation("KG", "KG"), now())
    with pytest.raises(BadInput, match="a station already"):
        init_station(tmp_path / "x", NewStation("KG", "KG"), now())


def test_a_joint_post_is_signed_for_by_the_party_that_staffs_it(tmp_path: Path) -> None:
    init_station(tmp_path / "kg", NewStation("KG", "KG"), now())
    key = tmp_path / "kg/party.pem"
    card = init_station(tmp_path / "post", NewStation("KANT", "KG", party_key=key), now())
    assert (card.station, card.party) == ("KANT", "KG")
    assert not (tmp_path / "post/party.pem").exists()


def test_randomness_comes_in_through_its_seam() -> None:
    assert make_nats_key("user", bytes) == make_nats_key("user", bytes)
    assert make_nats_key("user", os.urandom) != make_nats_key("user", os.urandom)


def _claims(token: str) -> bytes:
    body = token.split(".")[1]
    return base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))


def made_for(token: str) -> str:
    return read_user_token(token, "test").user
