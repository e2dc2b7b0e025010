"""Fixtures shared by all tests: few, and nothing is patched."""

import os
from pathlib import Path

import pytest
from hypothesis import settings

# A build server repeats the same examples, so that what passed once passes again; people get
# new ones each time. No deadline: a shared machine may stand still for a moment.
settings.register_profile("people", deadline=None)
settings.register_profile("server", deadline=None, derandomize=True)
settings.load_profile("server" if os.environ.get("CI") else "people")

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def recordings() -> Path:
    """Folder of real recordings; the test is skipped by name where it is absent."""
    place = Path(os.environ.get("SKYPACT_RECORDINGS", ROOT.parent / "shared" / "data" / "feeds"))
    if not place.is_dir():
        pytest.skip(f"no recordings at {place}: set SKYPACT_RECORDINGS to their folder")
    return place
