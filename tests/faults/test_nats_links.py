"""Two stations on real servers over TLS: what crosses, what a partner may, cuts, kills, ends."""

import asyncio
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from nats.aio.client import Client
from nats.aio.msg import Msg

from skypact.agreement.amendments import Chain
from skypact.exchange.authority import make_authority
from skypact.exchange.nats_client import connect
from skypact.exchange.nats_errors import ServerFailed, ServerTooOld
from skypact.exchange.nats_server import NatsServer
from skypact.exchange.nats_tokens import (
    account_token,
    credentials_text,
    make_nats_key,
    user_token,
)
from skypact.model.time import SECOND_NS
from skypact.node import inviting
from skypact.node.agreement_opening import open_agreements
from skypact.node.credentials import renew
from skypact.node.revoking import revoke, tell_server
from skypact.node.station import open_station, read_seed
from skypact.node.station_files import put
from two_stations import (
    WAIT_S,
    Datagram,
    Pair,
    Running,
    both_running,
    crosses,
    invite,
    joined_stations,
    running,
    until,
    until_joined,
)


@pytest.fixture
def pair(tmp_path: Path) -> Pair:
    return joined_stations(tmp_path)


def test_what_either_station_sends_arrives_at_the_other_with_its_subject(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            assert await crosses(west, east, b"to the east") == [("WE.EA.live", b"to the east")]
            assert await crosses(east, west, b"to the west") == [("EA.WE.live", b"to the west")]
            await east.link.look()
            await west.link.look()
            assert (east.link.state, west.link.state) == ("joined", "joined")
            assert east.link.trouble == west.link.trouble == ""

    asyncio.run(run())


def test_after_a_cut_of_the_line_datagrams_cross_again_both_ways(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, proxy):
            await crosses(west, east, b"before")
            proxy.break_off()
            await until_joined(east, joined=False)
            await until_joined(west, joined=False)
            await west.link.look()
            assert west.link.state == "no-leaf"
            proxy.mend()
            await crosses(west, east, b"after")
            await crosses(east, west, b"and back")

    asyncio.run(run())


def test_a_killed_server_is_started_again_and_its_link_comes_back_by_itself(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            url = east.server.url
            _kill_server(east)
            await until(lambda: east.server.restarts == 1, "the end is noticed")
            assert "started again" in east.server.trouble or east.server.state == "running"
            await crosses(west, east, b"after")
            await crosses(east, west, b"and back")
            assert (east.server.url, east.server.trouble) == (url, "")

    asyncio.run(run())


def test_while_the_own_server_is_away_datagrams_are_dropped_and_counted(pair: Pair) -> None:
    async def run() -> None:
        async with running(pair.east) as east:
            await east.server.stop()
            await until(lambda: east.link.state == "no-server", "the loss is noticed")
            await east.link.send([Datagram("EA.WE.live", b"old")] * 3)
            assert east.link.unsent == 3

    asyncio.run(run())


def test_a_server_that_stands_still_does_not_hold_up_who_sends(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            _signal_server(east, signal.SIGSTOP)
            try:
                async with asyncio.timeout(WAIT_S):
                    while not east.link.unsent:
                        await east.link.send([Datagram("EA.WE.live", bytes(200_000))] * 20)
                        await asyncio.sleep(0)
            finally:
                _signal_server(east, signal.SIGCONT)
            await crosses(east, west, b"after")

    asyncio.run(run())


def test_a_server_that_a_killed_node_left_behind_is_ended_at_the_next_start(pair: Pair) -> None:
    program = (
        "import asyncio, os, signal, sys, time\n"
        "from pathlib import Path\n"
        "from skypact.exchange.nats_server import NatsServer\n"
        "from skypact.node.station import open_station\n"
        "server = NatsServer(open_station(Path(sys.argv[1]), time.time_ns()).server)\n"
        "async def run():\n"
        "    await server.start()\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "asyncio.run(run())\n"
    )
    killed = subprocess.run([sys.executable, "-c", program, str(pair.east)], check=False)
    assert killed.returncode == -signal.SIGKILL

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"the port was free")
            assert east.server.restarts == 0

    asyncio.run(run())


def test_a_server_that_cannot_have_its_port_says_so_and_leaves_nothing_behind(pair: Pair) -> None:
    async def run() -> None:
        held = await asyncio.start_server(lambda *_: None, "127.0.0.1", pair.listen)
        server = NatsServer(open_station(pair.east, time.time_ns()).server)
        async with held:
            with pytest.raises(ServerFailed, match="address already in use"):
                await server.start()
        assert server.state == "stopped"
        assert not server.setup.running.exists()

    asyncio.run(run())


def test_an_old_server_is_refused_before_it_is_started(pair: Pair, tmp_path: Path) -> None:
    old = tmp_path / "nats-server"
    old.write_text(f"#!/bin/sh\necho nats-server: v2.9.10\necho started >> {tmp_path}/started\n")
    old.chmod(0o700)

    async def run() -> None:
        server = NatsServer(open_station(pair.east, time.time_ns()).server, old)
        with pytest.raises(ServerTooOld):
            await server.start()
        assert server.state == "stopped"

    asyncio.run(run())
    assert (tmp_path / "started").read_text() == "started\n", "only asked for its version"


def test_a_partner_reaches_only_subjects_that_begin_with_its_own_code(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            listener, client = await _anybody(east), await _anybody(west)
            seen = await _overhear(listener)
            await crosses(west, east, b"joined")
            for subject in ("EA.WE.items", "XX.EA.live", "$SYS.REQ.SERVER.PING", "WE.EA.items"):
                await client.publish(subject, subject.encode())
            await client.flush()
            await crosses(west, east, b"last")
            assert {one for one in seen if one != "WE.EA.live"} == {"WE.EA.items"}
            await client.close()
            await listener.close()

    asyncio.run(run())


def test_a_partner_hears_only_what_is_addressed_to_it(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            listener, client = await _anybody(west), await _anybody(east)
            seen = await _overhear(listener)
            await crosses(east, west, b"joined")
            for subject in ("EA.XX.live", "WE.EA.live", "own.secret", "EA.WE.items"):
                await client.publish(subject, b"x")
            await client.flush()
            await crosses(east, west, b"last")
            assert {one for one in seen if one != "EA.WE.live"} == {"EA.WE.items"}
            await client.close()
            await listener.close()

    asyncio.run(run())


def test_a_partner_whose_server_shows_another_authority_is_not_dialled(pair: Pair) -> None:
    stranger = make_authority("EA", time.time_ns())
    link = open_station(pair.west, time.time_ns()).held[0].paths
    put(link.authority, stranger.certificate_pem)

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await _logged(west, "certificate signed by unknown authority")
            assert await east.server.leaves() == ()

    asyncio.run(run())


def test_a_caller_without_a_certificate_of_a_partner_is_not_let_in(pair: Pair) -> None:
    def greeting(context: ssl.SSLContext) -> bytes:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        with socket.create_connection(("127.0.0.1", pair.listen), WAIT_S) as plain:
            try:
                with context.wrap_socket(plain) as secured:
                    return secured.recv(1000)
            except (ssl.SSLError, ConnectionError):
                return b""

    async def run() -> None:
        async with running(pair.east):
            nobody = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            assert await asyncio.to_thread(greeting, nobody) == b""
            west = open_station(pair.west, time.time_ns()).server.plan
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.load_cert_chain(west.certificate, west.key)
            assert b"INFO" in await asyncio.to_thread(greeting, old)
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            assert await asyncio.to_thread(greeting, old) == b""

    asyncio.run(run())


def test_credentials_that_end_cut_the_link_at_that_second(pair: Pair) -> None:
    station = open_station(pair.east, time.time_ns())
    ends_ns = time.time_ns() + 2 * SECOND_NS
    _give_credentials(pair, ends_ns)

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"while they last")
            await until_joined(east, joined=False)
            assert time.time_ns() >= ends_ns - SECOND_NS  # tokens know whole seconds
            await _logged(west, "User Authentication Expired")

    assert station.links[0].credentials_end_ns > ends_ns
    asyncio.run(run())


def test_a_revoked_partner_is_cut_off_at_once_and_comes_back_only_with_a_new_invite(
    pair: Pair,
) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            assert revoke(pair.east, "WE", time.time_ns()) == ("east-west/WE",)
            assert await tell_server(pair.east, time.time_ns())
            await until_joined(east, joined=False)
            assert east.station.changed()
            assert open_station(pair.east, time.time_ns()).links == ()
            await _logged(west, "User Authentication Revoked")
            _kill_server(east)  # what was revoked stays so when the server starts again
            await until(lambda: east.server.restarts == 1, "the end is noticed")
            await until(lambda: east.server.state == "running", "it is up again")
            assert await east.server.leaves() == ()

            file = await asyncio.to_thread(invite, pair)
            await asyncio.to_thread(inviting.accept, pair.west, file, time.time_ns())
            assert await tell_server(pair.east, time.time_ns())
            await crosses(west, east, b"again")

    asyncio.run(run())


def test_credentials_are_renewed_over_the_link_before_they_end(pair: Pair) -> None:
    _give_credentials(pair, time.time_ns() + 600 * SECOND_NS)

    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            chains = {"east-west": _chain(pair)}
            async with asyncio.timeout(WAIT_S):
                while not west.link.offered:
                    await renew(east.station, {"east-west/WE": east.link}, chains, time.time_ns())
                    await asyncio.sleep(0.01)
            await renew(west.station, {"east-west/EA": west.link}, chains, time.time_ns())
            held = open_station(pair.west, time.time_ns()).links[0]
            assert held.credentials_end_ns > time.time_ns() + 3600 * SECOND_NS
            (leaf,) = await east.server.leaves()
            await east.server.drop(leaf)
            await crosses(west, east, b"let in with the new ones")

    asyncio.run(run())


def test_the_watchdog_makes_a_silent_connection_anew_and_counts_it(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            await east.link.look()
            before = east.link.leaf
            assert before is not None
            east.clock.ahead_ns = 20 * SECOND_NS
            await east.link.look()
            assert (east.link.redials, "nothing heard" in east.link.trouble) == (1, True)
            await east.link.look()
            assert east.link.redials == 1, "not again before a pause"
            await crosses(west, east, b"after")
            await east.link.look()
            assert east.link.leaf not in (None, before)
            assert east.link.trouble == ""

    asyncio.run(run())


def test_the_watchdog_tells_a_dead_line_from_a_partner_that_lets_nobody_in(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, proxy):
            await crosses(west, east, b"before")
            await east.server.push_account(*_void_user(east))
            await until_joined(west, joined=False)
            west.clock.ahead_ns = 20 * SECOND_NS
            await west.link.look()
            assert "answers, but lets this station not in" in west.link.trouble
            assert west.link.redials == 1
            await proxy.stop()
            west.clock.ahead_ns = 60 * SECOND_NS
            await west.link.look()
            assert "does not answer" in west.link.trouble
            assert west.link.redials == 1, "dialling a dead line again does not help"

    asyncio.run(run())


def test_a_paused_link_hears_nothing_and_keeps_nothing(pair: Pair) -> None:
    async def run() -> None:
        async with both_running(pair) as (east, west, _):
            await crosses(west, east, b"before")
            await east.link.pause()
            client = await _anybody(east)
            heard = asyncio.Event()

            async def noted(_: object) -> None:
                heard.set()

            await client.subscribe("WE.EA.>", cb=noted)
            await client.flush()
            async with asyncio.timeout(WAIT_S):
                while not heard.is_set():
                    await west.link.send([Datagram("WE.EA.live", b"while paused")])
                    await asyncio.sleep(0.01)
            assert east.link.drain() == []
            await client.close()
            await east.link.resume()
            await crosses(west, east, b"after")

    asyncio.run(run())


def test_a_new_partner_is_taken_on_while_the_server_runs(tmp_path: Path) -> None:
    pair = joined_stations(tmp_path)

    async def run() -> None:
        station = open_station(pair.west, time.time_ns())
        bare = replace(station.server.plan, remotes=(), accounts={
            station.server.plan.system_account:
                station.server.plan.accounts[station.server.plan.system_account]
        })  # fmt: skip
        server = NatsServer(replace(station.server, plan=bare))
        await server.start()
        try:
            async with running(pair.east):
                assert await server.leaves() == ()
                await server.reload(station.server.plan)
                # West dials the proxy, where nobody listens: what counts is that it dials.
                log = station.server.plan.log
                await until(lambda: str(pair.proxy) in log.read_text(), "it dials")
        finally:
            await server.stop()

    asyncio.run(run())


def _signal_server(side: Running, number: signal.Signals) -> None:
    os.kill(json.loads(side.server.setup.running.read_bytes())["pid"], number)


def _kill_server(side: Running) -> None:
    _signal_server(side, signal.SIGKILL)


async def _logged(side: Running, *words: str) -> None:
    log = side.server.setup.plan.log
    await until(lambda: any(one in log.read_text() for one in words), f"logged: {words}")


async def _anybody(side: Running) -> Client:
    """A client of the link's account without any limit, as a hostile node would have."""
    user = make_nats_key("user", os.urandom)
    token = user_token(side.station.held[0].account, user.public, "any", time.time_ns())
    credentials = credentials_text(token, user.seed)
    return await connect(side.server.url, credentials, side.server.context, "anybody")


async def _overhear(listener: Client) -> list[str]:
    """Subjects of all that a client may hear, from now on."""
    seen: list[str] = []

    async def noted(message: Msg) -> None:
        seen.append(message.subject)

    await listener.subscribe(">", cb=noted)
    await listener.flush()
    return seen


def _chain(pair: Pair) -> Chain:
    """The agreement as a node's store would hold it."""
    live = open_agreements(open_station(pair.east, time.time_ns()).agreements, time.time_ns())
    try:
        return live.state.store.chains["east-west"]
    finally:
        live.close(time.time_ns())


def _give_credentials(pair: Pair, ends_ns: int) -> None:
    east = open_station(pair.east, time.time_ns()).held[0]
    west = open_station(pair.west, time.time_ns())
    user = read_seed(west.paths.seed("user"), "user")
    token = user_token(
        east.account,
        user.public,
        "West",
        time.time_ns(),
        publish=["WE.>"],
        subscribe=["EA.WE.>"],
        leaf=True,
        until_ns=ends_ns,
    )
    put(west.held[0].paths.credentials, credentials_text(token, user.seed).encode())


def _void_user(east: Running) -> tuple[str, str]:
    held = east.station.held[0]
    operator = read_seed(east.station.paths.seed("operator"), "operator")
    now_ns = time.time_ns()
    revoked = {held.partner.nats_user: now_ns}
    token = account_token(operator, held.account.public, "link", now_ns, revoked=revoked)
    return held.account.public, token
