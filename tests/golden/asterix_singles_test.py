"""Single messages against the decode that another library's authors wrote beside them.

The values are read from the ``.expected.txt`` files of FixMPTS (see the recordings' README);
a few of their own slips are left out: SAC/SIC and L of CAT010, metres of CAT020's plane, a
mistyped azimuth of CAT048.
"""

from pathlib import Path

import pytest

from skypact.feeds.asterix import decode_items
from skypact.feeds.framing import read_recording

EXPECTED: dict[str, dict[str, float | int | bytes]] = {
    "cat010Report": {
        "I010/000": 1,
        "I010/020/TYP": 5,
        "I010/020/CHN": 1,
        "I010/020/TOT": 1,
        "I010/140": 513.9921875,
        "I010/041/LAT": 50.044146935,
        "I010/041/LON": 8.526995005,
        "I010/040/RHO": 259,
        "I010/040/TH": 24.098510742,
        "I010/042/X": 142,
        "I010/042/Y": 2865,
        "I010/200/TRA": 121.997680664,
        "I010/202/VX": 3,
        "I010/202/VY": -10,
        "I010/161/TRK": 2095,
        "I010/170/CST": 2,
        "I010/170/TOM": 3,
        "I010/060/MODE3A": 744,
        "I010/220": 2369312,
        "I010/300": 14,
        "I010/090/FL": 0,
        "I010/091": 31.25,
    },
    "cat020_1": {
        "I020/010/SAC": 98,
        "I020/010/SIC": 102,
        "I020/020/MS": 1,
        "I020/020/TST": 1,
        "I020/140": 50432.265625,
        "I020/041/LAT": -21.131601334,
        "I020/041/LON": 55.30357182,
        "I020/042/X": -299.5,
        "I020/042/Y": 684,
        "I020/161/TRN": 374,
        "I020/170/CDM": 2,
        "I020/070/MODE3A": 70,
        "I020/202/VX": 101,
        "I020/202/VY": 9,
        "I020/090/FL": 340,
        "I020/220": 5116898,
        "I020/245/CHR": b"DLH510",
        "I020/110": 33800,
        "I020/105": 33850,
        "I020/210/AX": 12,
        "I020/500/DOP/X": 0.5,
        "I020/500/DOP/Y": 25,
    },
    "cat023_GSStatus": {"I023/070": 34308.25, "I023/100/MSC": 1, "I023/200": 170},
    "cat034_1": {
        "I034/010/SAC": 25,
        "I034/000": 2,
        "I034/030": 29906.3359375,
        "I034/020": 90,
        "I034/050/COM/RDPC": 1,
        "I034/050/SSR/CHAB": 2,
    },
    "cat048_1": {
        "I048/140": 27354.6015625,
        "I048/040/RHO": 50607 / 256,
        "I048/070/MODE3A": 0o1000,
        "I048/090/FL": 330,
        "I048/220": 3958284,
        "I048/161/TRN": 3563,
        "I048/200/HDG": 124.0027,
        "I048/170/RAD": 2,
        "I048/230/COM": 1,
        "I048/230/B1B": 5,
    },
    "cat063": {
        "I063/015": 85,
        "I063/030": 32798.0625,
        "I063/050/SIC": 11,
        "I063/080/SRG": 0.12916,
        "I063/080/SRB": -193.375,
        "I063/090/PRG": -0.0024,
        "I063/090/PRB": 2.890625,
    },
    "cat065": {"I065/010/SAC": 120, "I065/000": 1, "I065/030": 638.40625, "I065/020": 55},
}


@pytest.mark.recordings
@pytest.mark.parametrize("name", EXPECTED)
def test_a_single_message_says_what_its_authors_wrote(name: str, recordings: Path) -> None:
    recording = read_recording(recordings / f"asterix/singles/fixmpts_{name}.bin")
    batch = decode_items(recording.frames)
    assert batch.rejections == ()
    (items,) = batch.categories.values()
    assert len(items) == 1
    for field, value in EXPECTED[name].items():
        got = items.columns[field][0]
        assert got == (value if isinstance(value, bytes) else pytest.approx(value, rel=1e-6)), field
