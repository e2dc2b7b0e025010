"""NATS tokens, configuration, authority and binary: what a station's server is given to believe."""

import datetime
import os
import stat
import time
from dataclasses import replace
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from hypothesis import given
from hypothesis import strategies as st

from skypact.exchange.authority import (
    CERTIFICATE_DAYS,
    DAY_NS,
    check_authority,
    ends_ns,
    hosts_of,
    issue_certificate,
    make_authority,
    read_authority,
)
from skypact.exchange.nats_binary import find_server, server_version
from skypact.exchange.nats_config import LeafRemote, ServerPlan, host_and_port, server_config
from skypact.exchange.nats_errors import ServerMissing, ServerTooOld, TokenRefused
from skypact.exchange.nats_tokens import (
    credentials_text,
    make_nats_key,
    public_bytes,
    read_nats_key,
    read_user_token,
    token_in,
    user_token,
)
from skypact.model.errors import BadInput
from skypact.model.time import SECOND_NS

NOW_NS = 1_795_000_000 * SECOND_NS


def given_token(**more) -> tuple[str, str, str]:
    account, user = make_nats_key("account", os.urandom), make_nats_key("user", os.urandom)
    token = user_token(account, user.public, "x", NOW_NS, publish=["WE.>"], **more)
    return token, account.public, user.public


def test_a_users_token_says_who_may_publish_what_until_when() -> None:
    token, account, user = given_token(subscribe=["EA.WE.>"], until_ns=NOW_NS + 5 * SECOND_NS)
    claims = read_user_token(token, "test")
    assert (claims.account, claims.user) == (account, user)
    assert (claims.publish, claims.subscribe) == (("WE.>",), ("EA.WE.>",))
    assert (claims.made_ns, claims.until_ns) == (NOW_NS, NOW_NS + 5 * SECOND_NS)


@given(st.data())
def test_a_token_changed_anywhere_is_refused(data: st.DataObject) -> None:
    token, _, _ = given_token()
    place = data.draw(st.integers(0, len(token) - 1))
    letter = data.draw(st.sampled_from("Aa0-_.%é"))
    changed = token[:place] + letter + token[place + 1 :]
    # The last letter of a part carries bits that are not its content's.
    ends = {at - 1 for at, one in enumerate(token + ".") if one == "."}
    if changed == token or place in ends:
        return
    with pytest.raises(TokenRefused):
        read_user_token(changed, "test")


@given(st.text(max_size=200) | st.from_regex(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+"))
def test_any_other_text_is_no_token_and_no_key(text: str) -> None:
    for reads in (
        lambda: read_user_token(text, "test"),
        lambda: token_in(text, "test"),
        lambda: read_nats_key(text, "user", "test"),
        lambda: public_bytes(text, "user", "test"),
    ):
        with pytest.raises(TokenRefused):
            reads()


def test_a_key_of_one_role_does_not_pass_for_another() -> None:
    user = make_nats_key("user", os.urandom)
    assert read_nats_key(user.seed, "user", "test") == user
    with pytest.raises(TokenRefused, match="not of an account"):
        read_nats_key(user.seed, "account", "test")
    with pytest.raises(TokenRefused, match="not of an account"):
        public_bytes(user.public, "account", "test")
    assert user.seed not in repr(user)


def test_credentials_carry_their_token() -> None:
    token, _, _ = given_token()
    assert token_in(credentials_text(token, "SUSEED"), "test") == token


def made_plan(folder: Path, **more) -> ServerPlan:
    plan = ServerPlan(
        name="EA",
        operator="token",
        system_account="ASYS",
        accounts={"ASYS": "t"},
        listen="127.0.0.1:7422",
        remotes=(),
        certificate=folder / "c.pem",
        key=folder / "k.pem",
        own_authority=folder / "a.pem",
        partner_authorities=folder / "p.pem",
        tokens=folder / "tokens",
        log=folder / "log",
    )
    return replace(plan, **more)


def test_the_configuration_asks_for_certificates_and_tls_1_3_wherever_it_listens() -> None:
    remote = LeafRemote("ALINK", "192.0.2.1:7422", Path("/x/link.creds"), Path("/x/p.pem"))
    text = server_config(made_plan(Path("/x"), remotes=(remote,)))
    assert text.count("verify: true") == text.count('min_version: "1.3"') == 3
    assert text.count("handshake_first: true") == 3
    assert 'host: "127.0.0.1"' in text
    for absent in ("jetstream", "websocket", "mqtt", "http", "password", "no_auth_user", "cluster"):
        assert absent not in text


def test_a_path_cannot_write_lines_of_the_configuration() -> None:
    quoted = server_config(made_plan(Path('/a"b\\c')))
    assert 'cert_file: "/a\\"b\\\\c/c.pem"' in quoted
    with pytest.raises(BadInput, match="control character"):
        server_config(made_plan(Path("/a\nhttp: 0.0.0.0:80")))


@pytest.mark.parametrize(
    "text", ["", "host", "host:", "host:0", "host:65536", "a b:1", ":1", "::1"]
)
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="no address"):
        host_and_port(text, "test")


def test_an_address_may_be_a_name_or_of_either_internet_protocol() -> None:
    assert host_and_port("a.example:7422", "test") == ("a.example", 7422)
    assert host_and_port("192.0.2.1:1", "test") == ("192.0.2.1", 1)
    assert host_and_port("[2001:db8::1]:65535", "test") == ("2001:db8::1", 65535)


def test_an_authority_comes_back_from_its_files_and_signs_for_the_hosts() -> None:
    made = make_authority("EA", NOW_NS)
    authority = read_authority(made.certificate_pem, made.key_pem, "test")
    pem, key = issue_certificate(authority, "EA", ["127.0.0.1", "ea.example"], NOW_NS)
    assert set(hosts_of(pem, "test")) == {"127.0.0.1", "ea.example"}
    assert ends_ns(pem, "test") == NOW_NS + CERTIFICATE_DAYS * DAY_NS
    x509.load_pem_x509_certificate(pem).verify_directly_issued_by(authority.certificate)
    with pytest.raises(BadInput, match="does not belong"):
        read_authority(made.certificate_pem, key, "test")


def test_only_one_self_signed_authority_on_p_256_is_taken_from_a_partner() -> None:
    made = make_authority("EA", NOW_NS)
    pem = made.certificate_pem
    other = make_authority("EA", NOW_NS).certificate_pem
    server, _ = issue_certificate(made, "EA", ["127.0.0.1"], NOW_NS)
    assert check_authority(pem, "test") == made.certificate
    for wrong in (b"", b"x", pem + other, server, pem[:-40], _on_another_curve()):
        with pytest.raises(BadInput):
            check_authority(wrong, "test")


def _on_another_curve() -> bytes:
    key = ec.generate_private_key(ec.SECP384R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "x")])
    start = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1).not_valid_before(start)
    builder = builder.not_valid_after(start + datetime.timedelta(days=1))
    basic = x509.BasicConstraints(ca=True, path_length=0)
    made = builder.add_extension(basic, critical=True).sign(key, hashes.SHA384())
    return made.public_bytes(Encoding.PEM)


def fake_server(folder: Path, words: str) -> Path:
    path = folder / "nats-server"
    path.write_text(f"#!/bin/sh\n{words}\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return path


@pytest.mark.parametrize("version", ["v2.9.10", "v2.11.16", "v2.12.6", "1.4.1"])
def test_a_server_with_known_holes_is_refused_with_the_reason(tmp_path: Path, version: str) -> None:
    with pytest.raises(ServerTooOld, match=r"CVE-2026-33218.*2\.12\.7 or newer"):
        server_version(fake_server(tmp_path, f"echo nats-server: {version}"))


def test_servers_from_the_first_good_version_on_are_taken(tmp_path: Path) -> None:
    for said, version in (("v2.12.7", (2, 12, 7)), ("v2.15.1", (2, 15, 1)), ("v3.0.0", (3, 0, 0))):
        assert server_version(fake_server(tmp_path, f"echo nats-server: {said}")) == version


def test_what_is_no_server_is_named(tmp_path: Path) -> None:
    with pytest.raises(ServerMissing, match="does not say"):
        server_version(fake_server(tmp_path, "echo hello"))
    with pytest.raises(ServerMissing, match="cannot be run"):
        server_version(tmp_path / "absent")
    with pytest.raises(ServerMissing, match="SKYPACT_NATS_SERVER"):
        find_server({"SKYPACT_NATS_SERVER": str(tmp_path / "absent")})


def test_the_operators_own_server_goes_before_the_one_that_came_along(tmp_path: Path) -> None:
    own = fake_server(tmp_path, "echo nats-server: v2.12.7")
    assert find_server({"SKYPACT_NATS_SERVER": str(own)}) == own
    assert find_server({"PATH": ""}).name == "nats-server"


def test_a_token_made_now_is_good_now() -> None:
    account, user = make_nats_key("account", os.urandom), make_nats_key("user", os.urandom)
    now_ns = time.time_ns()
    assert read_user_token(user_token(account, user.public, "x", now_ns), "t").made_ns <= now_ns
