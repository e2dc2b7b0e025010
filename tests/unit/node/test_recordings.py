"""When a recording began is taken from where it is said, and a wrong date is refused."""

from pathlib import Path

import pytest

from skypact.model.errors import UsageError
from skypact.model.time import from_iso
from skypact.node.recordings import start_of


@pytest.mark.parametrize(
    ("name", "date", "start"),
    [
        ("lebl_20201002_mlat.ast.gz", None, "2020-10-02"),
        ("radar-2023-11-02.pcap", None, "2023-11-02"),
        ("radar-2023-11-02.pcap", "2024-02-29T08:30:00", "2024-02-29T08:30:00"),
        ("cat062_120201002345.ast", None, "1970-01-01"),
        ("radar_20230231.ast", None, "1970-01-01"),
    ],
)
def test_the_given_date_goes_before_the_names(name: str, date: str | None, start: str) -> None:
    found, note = start_of(Path(name), date)
    assert found == from_iso(start)
    assert bool(note) == (start == "1970-01-01")


def test_a_date_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match="2023-13-40"):
        start_of(Path("radar.ast"), "2023-13-40")
