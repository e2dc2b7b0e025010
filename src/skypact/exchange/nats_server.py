"""Runs a station's own NATS server: starts it, keeps it running, and tells it what changed.

In: a plan (``nats_config``) and a system user's credentials. Out: a server on this machine that
ends with its node, is started again if it dies, takes new and revoked credentials at once, and
tells which leaf links are up. This is an edge: asyncio, processes and files.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from nats.aio.client import Client
from nats.errors import Error as NatsError

from skypact.exchange.nats_binary import Version, find_server, server_version
from skypact.exchange.nats_client import ANSWER_S, client_context, connect
from skypact.exchange.nats_config import ServerPlan, server_config
from skypact.exchange.nats_errors import ServerFailed, ServerRefused
from skypact.exchange.nats_files import write_file
from skypact.exchange.nats_process import (
    LOOK_S,
    STOP_S,
    ServerSetup,
    end_client,
    end_left_behind,
    is_running,
    last_words,
)

READY_S = 20.0
FIRST_PAUSE_S = 0.1
LONGEST_PAUSE_S = 30.0
STEADY_S = 60.0
"""A server that ran so long has started well: the next end counts as the first again."""

State = Literal["stopped", "starting", "running", "failing"]


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf connection that the server has: its number, account and round trip."""

    number: int
    account: str
    round_trip: str
    heard: int
    """Messages that came in over it since it was made."""


class NatsServer:
    """A station's server process.

    Parameters
    ----------
    setup
        What it is run with.
    program
        The server's binary; looked for where it is not given.
    """

    def __init__(self, setup: ServerSetup, program: Path | None = None) -> None:
        self.setup = setup
        self.state: State = "stopped"
        self.trouble = ""
        """Why it does not run, in plain words; empty while it does."""
        self.restarts = 0
        """How often it ended by itself and was started again."""
        self.version: Version = (0, 0, 0)
        self.url = ""
        self.context = client_context(setup.plan)
        """TLS for this station's own clients."""
        self._program = program
        self._process: asyncio.subprocess.Process | None = None
        self._keeper: asyncio.Task[None] | None = None
        self._client: Client | None = None
        self._id = ""
        self._wanted = False
        self._on_purpose = False

    async def start(self) -> None:
        """Start it; it takes clients and links on return.

        Raises
        ------
        ServerMissing, ServerTooOld, ServerFailed
            If there is none, it has known holes, or it does not start.
        """
        program = self._program or find_server()
        self.version = await asyncio.to_thread(server_version, program)
        self._program = program
        await end_left_behind(self.setup)
        self._wanted = True
        try:
            self.setup.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            await self._launch()
        except (ServerFailed, ServerRefused, OSError) as problem:
            await self.stop()
            if isinstance(problem, ServerFailed):
                raise
            raise ServerFailed(f"it cannot be started: {problem}") from None
        self._keeper = asyncio.create_task(self._keep())

    async def stop(self) -> None:
        """End it."""
        self._wanted = False
        if self._keeper is not None:  # first, so that it starts no process after the last one
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None
        await self.leave()
        await self._end_process()
        self.state = "stopped"
        self.setup.running.unlink(missing_ok=True)

    async def join_running(self) -> bool:
        """Tell and ask the server that another process of this station runs; whether one does.

        For commands beside a running node; :meth:`leave` it afterwards.
        """
        try:
            told = json.loads(self.setup.running.read_bytes())
            if not is_running(int(told["pid"]), self.setup.config):
                return False
            self.url = str(told["url"])
            await self._join()
        except (OSError, ValueError, KeyError, TypeError, NatsError, ServerRefused):
            await self.leave()
            return False
        return True

    async def leave(self) -> None:
        """Ask no more; the process goes on."""
        client, self._client = self._client, None
        if client is not None:
            await end_client(client)

    async def restart(self) -> None:
        """End the process and start it again; for what it does not take while it runs.

        Raises
        ------
        ServerRefused
            If another process runs it.
        """
        if self._process is None:
            raise ServerRefused("the server must start again", remedy="Start the node again")
        self._on_purpose = True
        await self._end_process()
        async with asyncio.timeout(READY_S + STOP_S):
            while self._on_purpose or self.state != "running":
                await asyncio.sleep(LOOK_S)

    async def reload(self, plan: ServerPlan) -> None:
        """Take a new plan: accounts, links, certificates.

        Raises
        ------
        ServerRefused
            If the server does not answer.
        """
        before = self.setup.plan
        self.setup = replace(self.setup, plan=plan)
        for account, token in plan.accounts.items():
            if before.accounts.get(account) != token:
                await self.push_account(account, token)
        try:
            self.context.load_cert_chain(plan.certificate, plan.key)
        except OSError as problem:  # the library's errors of TLS are OSErrors too
            raise ServerRefused(f"the server's certificate: {problem}") from None
        self._write_config()
        refused = (await self._ask(f"$SYS.REQ.SERVER.{self._id}.RELOAD")).get("error")
        if refused:  # such as another address to listen on, or an older server and a new remote
            await self.restart()

    async def push_account(self, account: str, token: str) -> None:
        """Give a running server an account's new token: a revoked user is cut off at once.

        Raises
        ------
        ServerRefused
            If the server does not take it.
        """
        answer = await self._ask(f"$SYS.REQ.ACCOUNT.{account}.CLAIMS.UPDATE", token.encode())
        if answer.get("data", {}).get("code") != 200:
            raise ServerRefused(f"the server does not take an account's token: {answer}")
        known = dict(self.setup.plan.accounts) | {account: token}
        self.setup = replace(self.setup, plan=replace(self.setup.plan, accounts=known))
        self._write_config()  # a server that starts again must not go back to the older one

    async def leaves(self) -> tuple[Leaf, ...]:
        """The leaf connections there are.

        Raises
        ------
        ServerRefused
            If the server does not answer.
        """
        answer = await self._ask(f"$SYS.REQ.SERVER.{self._id}.LEAFZ")
        rows = answer.get("data", {}).get("leafs") or []
        return tuple(
            Leaf(
                row.get("id", 0), row.get("account", ""), row.get("rtt", ""), row.get("in_msgs", 0)
            )
            for row in rows
        )

    async def drop(self, leaf: Leaf) -> None:
        """End a leaf connection; who dialled it dials again."""
        await self._ask(
            f"$SYS.REQ.SERVER.{self._id}.KICK", json.dumps({"cid": leaf.number}).encode()
        )

    async def redial(self, account: str) -> None:
        """Make the server dial a partner anew, also where it had given up.

        Raises
        ------
        ServerRefused
            If the server does not answer.
        """
        plan = self.setup.plan
        others = tuple(remote for remote in plan.remotes if remote.account != account)
        try:
            await self.reload(replace(plan, remotes=others))
        finally:
            await self.reload(plan)

    async def _ask(self, subject: str, content: bytes = b"") -> dict[str, Any]:
        if self._client is None or not self._client.is_connected:
            raise ServerRefused("the server does not run", remedy=self.trouble)
        try:
            answer = await self._client.request(subject, content, timeout=ANSWER_S)
            told = json.loads(answer.data)
        except (NatsError, OSError, ValueError) as problem:
            raise ServerRefused(f"the server does not answer: {problem or subject}") from None
        return told if isinstance(told, dict) else {}

    async def _keep(self) -> None:
        """Start the server again whenever it ends, at a growing pace while it keeps ending."""
        loop = asyncio.get_running_loop()
        ends = 0
        while self._process is not None:
            began = loop.time()
            code = await self._process.wait()
            if not self._wanted:
                return
            if self._on_purpose:
                pause_s = 0.0
            else:
                ends = 0 if loop.time() - began > STEADY_S else ends
                pause_s = min(FIRST_PAUSE_S * 2.0**ends, LONGEST_PAUSE_S)
                ends += 1
                self.restarts += 1
                self.state = "failing"
                self.trouble = f"nats-server ended ({code}); it is started again"
            await asyncio.sleep(pause_s)
            try:
                await self._launch()
            except (ServerFailed, ServerRefused, OSError) as problem:
                self.state, self.trouble = "failing", str(problem)
                await self._end_process()
            self._on_purpose = False

    async def _launch(self) -> None:
        """Start a process and wait until it answers the system user."""
        self.state = "starting"
        await self.leave()
        self._write_config()
        port = self._port()
        errors = self.setup.folder / "start.log"
        with errors.open("wb") as file:
            self._process = await asyncio.create_subprocess_exec(
                str(self._program),
                *("-c", str(self.setup.config), "-a", "127.0.0.1", "-p", str(port)),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=file,
                stderr=file,
                env={"PATH": os.environ.get("PATH", "")},
            )
        self.url = f"tls://127.0.0.1:{port}"
        told = json.dumps({"pid": self._process.pid, "url": self.url}).encode()
        write_file(self.setup.running, told)
        try:
            async with asyncio.timeout(READY_S):
                await self._answered(self._process, port)
        except TimeoutError:
            raise ServerFailed(
                f"it did not answer within {READY_S:.0f} s", where=str(self.setup.config)
            ) from None
        self.state, self.trouble = "running", ""

    async def _join(self) -> None:
        self._client = await connect(
            self.url, self.setup.system_credentials, self.context, "system"
        )
        told = await self._ask("$SYS.REQ.SERVER.PING")
        self._id = str(told["server"]["id"])

    async def _answered(self, process: asyncio.subprocess.Process, port: int) -> None:
        while True:
            if process.returncode is not None:
                raise ServerFailed(
                    f"nats-server does not start: {last_words(self.setup)}",
                    where=str(self.setup.config),
                    remedy="If a port is in use, name another one in station.toml",
                )
            try:
                _, writer = await asyncio.open_connection("127.0.0.1", port)
                writer.close()
                await self._join()
                return
            except (OSError, NatsError, ServerRefused, KeyError):
                await self.leave()
                await asyncio.sleep(LOOK_S)

    def _port(self) -> int:
        """The port for clients: the one it had, so that they find it again, or a free one."""
        if self.url:
            return int(self.url.rpartition(":")[2])
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            return int(probe.getsockname()[1])

    def _write_config(self) -> None:
        try:
            write_file(self.setup.config, server_config(self.setup.plan).encode())
        except OSError as problem:
            raise ServerRefused(
                f"its configuration cannot be written: {problem}", where=str(self.setup.config)
            ) from None

    async def _end_process(self) -> None:
        process = self._process
        if process is None or process.returncode is not None:
            return
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        try:
            await asyncio.wait_for(process.wait(), STOP_S)
        except TimeoutError:
            with contextlib.suppress(ProcessLookupError):
                process.kill()
            await process.wait()
