"""The example exercise, loaded once; its radars are aligned, so that noise can be told alone."""

from dataclasses import replace
from pathlib import Path

import pytest

from skypact.simulator.document import load_exercise
from skypact.simulator.exercise import ALIGNED, Exercise

EXAMPLES = Path(__file__).parents[3] / "examples"


@pytest.fixture(scope="session")
def exercise() -> Exercise:
    loaded = load_exercise(EXAMPLES / "exercises" / "kyrgyzstan.toml")
    aligned = tuple(replace(sensor, misalignment=ALIGNED) for sensor in loaded.sensors)
    return replace(loaded, sensors=aligned)
