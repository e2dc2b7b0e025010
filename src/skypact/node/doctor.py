"""What a machine has and lacks for running and building Skypact."""

from __future__ import annotations

import os
import shutil
import socket
import sys
from dataclasses import dataclass
from importlib import metadata, resources
from pathlib import Path
from typing import Literal

from skypact.feeds.asterix.definitions import cached_editions
from skypact.kernels.__main__ import digest_of, module_names, stamp_of

CONSOLE_PORT = 8400


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: ``ok``, ``missing`` (Skypact needs it) or ``absent`` (some part does).

    Parameters
    ----------
    what
        What was looked for.
    state
        The finding.
    detail
        Version or place if it is there, else what to do.
    """

    what: str
    state: Literal["ok", "missing", "absent"]
    detail: str

    def row(self) -> tuple[str, str, str]:
        """As a table row."""
        return self.what, self.state, self.detail


def examine() -> list[Finding]:
    """Look at everything; nothing is changed."""
    return [
        _python(),
        *[_library(name) for name in ("numpy", "numba", "pyarrow", "libasterix", "uvicorn")],
        _kernels(),
        _definitions(),
        _display(),
        _port(),
        _program("chromium", os.environ.get("SKYPACT_CHROMIUM", "chromium"), "browser tests"),
        _program("node", "node", "building the display; make setup brings one from PyPI"),
        _recordings(),
    ]


def _python() -> Finding:
    version = ".".join(str(part) for part in sys.version_info[:3])
    return Finding("Python", "ok", f"{version} at {sys.executable}")


def _library(name: str) -> Finding:
    try:
        return Finding(name, "ok", metadata.version(name))
    except metadata.PackageNotFoundError:
        return Finding(name, "missing", "run: make setup")


def _kernels() -> Finding:
    names = module_names()
    stale = [name for name in names if stamp_of(name) != digest_of(name)]
    if stale:
        return Finding(
            "compiled kernels",
            "absent",
            f"{', '.join(stale)} will be compiled at first use (slow); run: make kernels",
        )
    return Finding("compiled kernels", "ok", f"{len(names)} modules")


def _definitions() -> Finding:
    count = cached_editions()
    if count == 0:
        return Finding(
            "ASTERIX definitions",
            "absent",
            "will be built from libasterix at first use; run: make definitions",
        )
    return Finding("ASTERIX definitions", "ok", f"{count} editions")


def _display() -> Finding:
    page = Path(str(resources.files("skypact"))) / "console" / "assets" / "index.html"
    if page.is_file():
        return Finding("operator display", "ok", "built")
    return Finding("operator display", "missing", "run: make frontend")


def _port() -> Finding:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", CONSOLE_PORT))
        except OSError:
            return Finding(
                f"port {CONSOLE_PORT}", "absent", "in use; give another with --port, or 0 for any"
            )
    return Finding(f"port {CONSOLE_PORT}", "ok", "free")


def _program(what: str, command: str, purpose: str) -> Finding:
    place = shutil.which(command)
    return Finding(what, "ok", place) if place else Finding(what, "absent", f"for {purpose}")


def _recordings() -> Finding:
    place = os.environ.get("SKYPACT_RECORDINGS", "")
    if place and Path(place).is_dir():
        return Finding("recordings", "ok", place)
    return Finding(
        "recordings", "absent", "for tests on real data; set SKYPACT_RECORDINGS to their folder"
    )
