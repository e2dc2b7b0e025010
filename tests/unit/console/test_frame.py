"""The picture frame keeps its promises to every browser that was built before it."""

from dataclasses import replace
from types import ModuleType

import numpy as np
import pytest

from skypact.console.frame import (
    BLURRED,
    COLUMN,
    COLUMNS,
    CONFIRMED,
    HEADER,
    JOINT_COLUMNS,
    OWN_NUMBER,
    UNCONFIRMED,
    UNKNOWN_I2,
    UNKNOWN_U1,
    UNKNOWN_U2,
    UNKNOWN_U4,
    encode_picture,
)
from skypact.model.joint import JointTracks
from skypact.model.tracks import Tracks


def decoded(frame: bytes) -> dict[str, np.ndarray]:
    """Columns by name, found through the frame's own table."""
    count, table = HEADER.unpack_from(frame)[4], HEADER.unpack_from(frame)[7]
    named = list((COLUMNS | JOINT_COLUMNS).items())
    columns = {}
    for index in range(table):
        number, _, _, offset = COLUMN.unpack_from(frame, HEADER.size + index * COLUMN.size)
        name, kind = named[number - 1]
        columns[name] = np.frombuffer(frame, f"<{kind}", count, offset)
    return columns


def test_the_frame_is_bit_for_bit_the_golden_one(recipe: ModuleType) -> None:
    assert recipe.golden_frame() == recipe.GOLDEN.read_bytes()


def test_every_column_begins_where_a_typed_array_may_begin(recipe: ModuleType) -> None:
    frame = recipe.golden_frame()
    for index in range(len(COLUMNS)):
        offset = COLUMN.unpack_from(frame, HEADER.size + index * COLUMN.size)[3]
        assert offset % 8 == 0


def test_what_is_not_known_differs_from_zero(recipe: ModuleType) -> None:
    columns = decoded(recipe.golden_frame())
    unknown, zero = 1, 2  # rows of the golden tracks
    for name, value in {
        "level_25ft": UNKNOWN_I2,
        "speed_dmps": UNKNOWN_U2,
        "climb_dmps": UNKNOWN_I2,
        "sigma_m": UNKNOWN_U2,
        "mode_3a": UNKNOWN_U2,
        "mode_s": UNKNOWN_U4,
        "age_2hz": UNKNOWN_U1,
    }.items():
        assert columns[name][unknown] == value
        assert columns[name][zero] == 0, name


def test_what_stands_still_has_no_direction(recipe: ModuleType) -> None:
    assert decoded(recipe.golden_frame())["track_angle_cdeg"][2] == UNKNOWN_U2


def test_what_is_too_big_stays_at_the_end_of_the_scale_and_is_not_unknown(
    recipe: ModuleType,
) -> None:
    columns = decoded(recipe.golden_frame())
    assert columns["level_25ft"][3] == 32_767
    assert columns["speed_dmps"][3] == UNKNOWN_U2 - 1
    assert columns["sigma_m"][3] == UNKNOWN_U2 - 1
    assert columns["age_2hz"][3] == UNKNOWN_U1 - 1


def test_an_angle_just_below_a_full_turn_is_north(golden_tracks: Tracks) -> None:
    north = replace(
        golden_tracks.take(slice(0, 1)),
        velocity_east_mps=np.array([-1e-7]),
        velocity_north_mps=np.array([100.0]),
    )
    frame = encode_picture(north, sequence=1, now_ns=0, mode="live")
    assert decoded(frame)["track_angle_cdeg"][0] == 0


def test_a_picture_without_tracks_is_a_frame() -> None:
    frame = encode_picture(Tracks.empty(), sequence=1, now_ns=0, mode="live")
    assert HEADER.unpack_from(frame)[4] == 0


def test_a_track_takes_at_most_32_bytes(golden_tracks: Tracks) -> None:
    many = golden_tracks.take(np.arange(5000) % 5)
    frame = encode_picture(many, sequence=1, now_ns=0, mode="live")
    assert len(frame) / 5000 <= 32


def test_a_track_number_beyond_the_format_is_refused(golden_tracks: Tracks) -> None:
    beyond = replace(golden_tracks, track=golden_tracks.track + 2**32)
    with pytest.raises(ValueError, match="32 bits"):
        encode_picture(beyond, sequence=1, now_ns=0, mode="live")


def test_a_joint_picture_is_bit_for_bit_the_golden_one(recipe: ModuleType) -> None:
    assert recipe.golden_joint_frame() == recipe.GOLDEN_JOINT.read_bytes()


def test_a_joint_picture_says_who_reports_who_contributes_and_whose_number_it_is(
    recipe: ModuleType,
) -> None:
    frame = recipe.golden_joint_frame()
    columns = decoded(frame)
    assert HEADER.unpack_from(frame)[1] == 2
    assert columns["track"].tolist() == [1, 2, 3, 70_000, 4_294_967_294]
    assert columns["own_track"].tolist() == [9, 2, UNKNOWN_U4, UNKNOWN_U4, UNKNOWN_U4]
    assert columns["contributors"].tolist() == [0b011, 0b001, 0b010, 0b100, 0b110]
    assert columns["reporter"].tolist() == [1, 0, 1, 2, UNKNOWN_U1]
    marks = columns["flags"] & (UNCONFIRMED | BLURRED | OWN_NUMBER)
    assert marks.tolist() == [0, OWN_NUMBER, UNCONFIRMED, BLURRED, 0]
    assert columns["flags"][0] & CONFIRMED


def test_the_sixty_fourth_station_keeps_its_bit(golden_joint: JointTracks) -> None:
    stations = ("KG", *(f"S{k}" for k in range(1, 64)))
    bits = np.full(5, 2**63 | 1, dtype=np.uint64)
    wide = replace(golden_joint, stations=stations, contributors=bits)
    columns = decoded(encode_picture(wide, sequence=1, now_ns=0, mode="live"))
    assert columns["contributors"].tolist() == [1] * 5
    assert columns["contributors_beyond_32"].tolist() == [2**31] * 5


def test_a_joint_track_takes_at_most_41_bytes(golden_joint: JointTracks) -> None:
    many = golden_joint.take(np.arange(5000) % 5)
    assert len(encode_picture(many, sequence=1, now_ns=0, mode="live")) / 5000 <= 41


def test_an_own_number_beyond_the_format_is_refused(golden_joint: JointTracks) -> None:
    beyond = replace(golden_joint, own_track=np.full(5, 2**32, dtype=np.int64))
    with pytest.raises(ValueError, match="32 bits"):
        encode_picture(beyond, sequence=1, now_ns=0, mode="live")


def test_a_joint_picture_without_tracks_is_a_frame() -> None:
    none = JointTracks.of_own(Tracks.empty(), "KG")
    frame = encode_picture(none, sequence=1, now_ns=0, mode="live")
    assert HEADER.unpack_from(frame)[4] == 0
