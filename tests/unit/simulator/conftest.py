"""The example exercise, loaded once."""

from pathlib import Path

import pytest

from skypact.simulator.document import load_exercise
from skypact.simulator.exercise import Exercise

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    return load_exercise(EXAMPLES / "exercises" / "kyrgyzstan.toml")
