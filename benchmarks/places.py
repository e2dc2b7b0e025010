"""Where benchmarks find things: the checkout, the shared scenarios and recordings, the peers."""

from __future__ import annotations

import os
from pathlib import Path

CHECKOUT = Path(__file__).parents[1]


def shared() -> Path:
    """Folder with ``bench/`` and ``data/``: SKYPACT_SHARED, else beside the checkout."""
    return Path(os.environ.get("SKYPACT_SHARED", CHECKOUT.parent / "shared"))


def recordings() -> Path:
    """Folder of real recordings: SKYPACT_RECORDINGS, else within the shared folder."""
    return Path(os.environ.get("SKYPACT_RECORDINGS", shared() / "data" / "feeds"))


def bench_python() -> Path:
    """Python with the peers installed (``make peers``): SKYPACT_BENCH_PYTHON or .venv-bench."""
    return Path(os.environ.get("SKYPACT_BENCH_PYTHON", CHECKOUT / ".venv-bench/bin/python"))
