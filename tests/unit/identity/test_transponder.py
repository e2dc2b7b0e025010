"""What a transponder says of who it is, and what its silence says."""

import numpy as np
import pytest

from identity_pictures import LATITUDE, LONGITUDE, NOW_NS, SECOND_NS, picture
from skypact.identity.outcomes import OUTCOMES
from skypact.identity.refusals import BadBlocks
from skypact.identity.registration import StateBlock, state_blocks_of
from skypact.identity.transponder import (
    AddressList,
    CodeList,
    address_findings,
    address_name,
    code_findings,
    code_name,
    silence_findings,
)
from skypact.model.identity import Findings

KNOWN = AddressList(
    own="KG",
    parties=frozenset({"RU"}),
    watched=frozenset({"ZW"}),
    state_blocks=state_blocks_of(
        [
            StateBlock(0x601380, 0x6013FF, "friendly-state", "Kyrgyz Air Force"),
            StateBlock(0xADF7C8, 0xAFFFFF, "foreign-state", "United States forces"),
        ]
    ),
)


def words(kind: str, found: Findings) -> list[str]:
    names = OUTCOMES[kind]  # type: ignore[index]
    return [names[o] if o >= 0 else "" for o in found.outcome.tolist()]


def test_an_address_means_what_the_nation_says_of_its_block() -> None:
    told = {
        0x601001: ("own", "Kyrgyzstan"),
        0x601381: ("friendly-state-block", "Kyrgyz Air Force"),
        0x150000: ("party", "Russian Federation"),
        0x3C6444: ("other", "Germany"),
        0x004001: ("watched", "Zimbabwe"),
        0xAE0001: ("foreign-state-block", "United States forces"),
        0xD00000: ("unallocated", "no state"),
        -1: ("", "no state"),
        0: ("", "no state"),
    }
    joint = picture(len(told), mode_s=list(told))
    found = address_findings(joint, KNOWN)
    assert words("address", found) == [word for word, _ in told.values()]
    names = [address_name(KNOWN, detail) for detail in found.detail.tolist()]
    assert names == [name for _, name in told.values()]
    assert found.address.tolist() == list(told)


def test_codes_are_exact() -> None:
    told = {
        0o7500: "unlawful-interference",
        0o7501: "unassigned",
        0o7577: "unassigned",
        0o7600: "",
        0o7700: "",
        0o7000: "conspicuity",
        0o4301: "assigned",
        0o0401: "friendly-range",
        0o0000: "",
        -1: "",
        4096: "",
    }
    joint = picture(len(told), mode_3a=list(told))
    known = CodeList.of(friendly=range(0o0400, 0o0500), assigned=[0o4301, 0o0401, 0o7500])
    found = code_findings(joint, known)
    assert words("code", found) == list(told.values())
    assert code_name(0o401) == "0401"


def test_a_code_that_is_none_is_refused() -> None:
    with pytest.raises(BadBlocks):
        CodeList.of(assigned=[4096])


def test_silence_is_found_only_where_somebody_would_hear() -> None:
    joint = picture(5)
    replied = NOW_NS + np.array([-1, -31, -31, 0, 0]) * SECOND_NS
    replied[[3, 4]] = -1
    covered = np.array([True, True, False, True, False])
    found = silence_findings(joint, covered, replied)
    assert words("silence", found) == ["replies", "stopped", "", "silent", ""]


def test_what_was_heard_keeps_the_place_where_it_was_heard() -> None:
    """A coasting track has moved on; its address was heard where its last plot was."""
    joint = picture(1, last_plot_ns=[NOW_NS - 10 * SECOND_NS], mode_s=[0x601001])
    found = address_findings(joint, KNOWN)
    assert found.observed_ns.tolist() == [NOW_NS - 10 * SECOND_NS]
    assert found.latitude_rad[0] == pytest.approx(LATITUDE)
    west_m = (LONGITUDE - found.longitude_rad[0]) * np.cos(LATITUDE) * 6.371e6
    assert west_m == pytest.approx(2000.0, rel=1e-3)
