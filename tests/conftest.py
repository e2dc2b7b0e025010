"""Fixtures shared by all tests: few, and nothing is patched."""

import os
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of real recordings; the test is skipped by name where it is absent."""
    place = Path(os.environ.get("SKYPACT_RECORDINGS", ROOT.parent / "shared" / "data" / "feeds"))
    if not place.is_dir():
        pytest.skip(f"no recordings at {place}: set SKYPACT_RECORDINGS to their folder")
    return place
