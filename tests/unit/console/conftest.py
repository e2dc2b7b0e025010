"""The golden tracks and a status, for every test of the console."""

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from skypact.model.joint import JointTracks
from skypact.model.status import NodeStatus, SensorStatus
from skypact.model.tracks import Tracks

RECIPE = Path(__file__).parents[2] / "golden" / "picture_frame_recipe.py"


@pytest.fixture(scope="session")
def recipe() -> ModuleType:
    """The module that makes the golden frame."""
    spec = importlib.util.spec_from_file_location("picture_frame_recipe", RECIPE)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def golden_tracks(recipe: ModuleType) -> Tracks:
    return recipe.golden_tracks()


@pytest.fixture
def golden_joint(recipe: ModuleType) -> JointTracks:
    return recipe.golden_joint()


@pytest.fixture
def status(recipe: ModuleType) -> NodeStatus:
    """A node with two sensors, one of them never heard and of unknown position."""
    kant = SensorStatus(
        "Kant", "radar", 42.853, 74.846, "live", 120, 12.0, 5, {"TruncatedBlock": 2}
    )
    batken = SensorStatus("Batken", "radar", None, None, "silent", 0, 0.0, -1, {})
    return NodeStatus(
        node="KGZ",
        mode="replay",
        now_ns=recipe.NOW_NS,
        speed=4.0,
        plots=120,
        plots_per_s=12.0,
        tracks=3,
        finished=False,
        sensors=(kant, batken),
        rejected={},
    )
