"""The compiled standard: complete, cached, found without importing the slow classes."""

import subprocess
import sys
from pathlib import Path

import pytest

from skypact.feeds.asterix import definitions
from skypact.model.errors import UnknownEdition


def test_all_categories_and_editions_of_libasterix_are_there() -> None:
    known = definitions.editions()
    assert len(known) == 27
    assert sum(map(len, known.values())) == 68
    assert known[48][-1] == "1.32"
    assert known[21][0] == "0.23"
    assert known[20] == ("1.9", "1.10", "1.11"), "editions stand in the order of their numbers"


def test_a_field_knows_its_place_weight_and_unit() -> None:
    leaf = definitions.table(48).leaves["I048/040/RHO"]
    assert (leaf.bit, leaf.width, leaf.kind, leaf.lsb, leaf.unit) == (
        0,
        16,
        "quantity",
        1 / 256,
        "NM",
    )
    assert leaf.title
    assert definitions.table(62).leaves["I062/380/ADR"].width == 24
    assert definitions.table(62).leaves["I062/105/LAT"].signed
    assert definitions.table(48).leaves["I048/250/MBDATA"].element_bits == 64


def test_an_edition_can_be_chosen() -> None:
    assert definitions.table(62, "1.18").edition == "1.18"
    assert definitions.table(62).edition == definitions.editions()[62][-1]


@pytest.mark.parametrize(("category", "edition"), [(99, None), (48, "9.9")])
def test_what_is_not_defined_is_refused_with_what_is(category: int, edition: str | None) -> None:
    with pytest.raises(UnknownEdition, match="defined are"):
        definitions.table(category, edition)


def test_velocities_of_category_010_have_the_weight_of_the_standard() -> None:
    # libasterix has a quarter of it; the Barcelona recordings tell who is right
    assert definitions.table(10).leaves["I010/202/VX"].lsb == 0.25


def test_tables_are_read_without_the_slow_import() -> None:
    definitions.editions()
    check = (
        "import sys\n"
        "from skypact.feeds.asterix import definitions\n"
        "for category in (1, 2, 10, 20, 21, 34, 48, 62, 63, 65):\n"
        "    definitions.table(category)\n"
        "assert 'asterix.generated' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", check], check=True)


def test_a_cold_or_damaged_cache_is_built_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SKYPACT_CACHE", str(tmp_path))
    assert definitions.cached_editions() == 0
    cold = definitions.table(34)
    assert definitions.cached_editions() == 68
    folder = definitions.cache_folder()
    assert folder.parent == tmp_path
    (folder / "cat048-1.32.json").write_text('{"category": 48, "edi')
    assert definitions.table(48).leaves["I048/040/RHO"].width == 16
    assert cold.leaves.keys() == definitions.table(34).leaves.keys()
    assert not list(folder.glob("*.part"))
