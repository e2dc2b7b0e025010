"""Recordings are framed by their bytes, damage is refused by name, neighbours stay."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from skypact.feeds.asterix import decode_items
from skypact.feeds.asterix.encode import encode
from skypact.feeds.framing import Recording, cut_recording, read_recording
from skypact.model.errors import BadInput, FramingError, TruncatedBlock


def block(number: int) -> bytes:
    (encoded,) = encode(
        48, {"I048/010/SAC": 25, "I048/010/SIC": 11, "I048/140": [float(number)], "I048/161/TRN": 5}
    )
    return encoded


BLOCKS = [block(number) for number in range(20)]


def payloads(recording: Recording) -> list[bytes]:
    frames = recording.frames
    return [
        frames.data[o : o + n].tobytes() for o, n in zip(frames.offset, frames.length, strict=True)
    ]


def written(folder: Path, content: bytes, name: str = "recording") -> Recording:
    path = folder / name
    path.write_bytes(content)
    return read_recording(path)


def final(payload: bytes) -> bytes:
    return struct.pack(">HHI", len(payload) + 12, 0, 0x3A5C3C) + payload + b"\xa5" * 4


def udp(payload: bytes) -> bytes:
    return struct.pack(">HHHH", 8600, 8600, len(payload) + 8, 0) + payload


def ipv4(payload: bytes, fragment: int = 0, protocol: int = 17) -> bytes:
    size = 20 + len(payload)
    head = struct.pack(">BBHHHBBH", 0x45, 0, size, 1, fragment, 64, protocol, 0)
    return head + bytes([10, 0, 0, 1, 239, 1, 1, 1]) + payload


def ipv6(payload: bytes) -> bytes:
    extension = bytes([17, 0, 0, 0, 0, 0, 0, 0])
    size = len(payload) + len(extension)
    return struct.pack(">IHBB", 6 << 28, size, 0, 64) + bytes(32) + extension + payload


LINKS = {
    "Ethernet": (1, lambda ip, kind: bytes(12) + kind + ip),
    "VLAN": (1, lambda ip, kind: bytes(12) + b"\x81\x00\x00\x05" + kind + ip),
    "two VLANs": (1, lambda ip, kind: bytes(12) + b"\x88\xa8\0\x05\x81\0\0\x05" + kind + ip),
    "Linux cooked": (113, lambda ip, kind: bytes(14) + kind + ip),
    "Linux cooked 2": (276, lambda ip, kind: kind + bytes(18) + ip),
    "raw IP": (101, lambda ip, kind: ip),
}


def pcap(packets: list[bytes], link: int, order: str = "<", nanoseconds: bool = False) -> bytes:
    magic = 0xA1B23C4D if nanoseconds else 0xA1B2C3D4
    out = struct.pack(order + "IHHiIII", magic, 2, 4, 0, 0, 65535, link)
    for number, packet in enumerate(packets):
        fraction = number * (1000 if nanoseconds else 1)
        head = struct.pack(order + "IIII", 1_700_000_000, fraction, len(packet), len(packet))
        out += head + packet
    return out


def test_raw_blocks_become_one_frame_each(tmp_path: Path) -> None:
    recording = written(tmp_path, b"".join(BLOCKS))
    assert recording.framing == "raw"
    assert payloads(recording) == BLOCKS
    assert recording.frames.position.tolist() == [12 * k for k in range(20)]
    assert (recording.frames.received_ns == -1).all()
    assert recording.frames.data.flags.writeable


def test_gzip_is_read_whatever_the_name(tmp_path: Path) -> None:
    assert payloads(written(tmp_path, gzip.compress(b"".join(BLOCKS)), "x.dat")) == BLOCKS


def test_final_format_frames_lose_header_and_trailer(tmp_path: Path) -> None:
    recording = written(tmp_path, b"".join(final(b) for b in BLOCKS))
    assert recording.framing == "final"
    assert payloads(recording) == BLOCKS


@pytest.mark.parametrize("link", LINKS)
@pytest.mark.parametrize("version", [4, 6])
@pytest.mark.parametrize("order", ["<", ">"])
def test_pcap_packets_become_their_udp_payloads(
    link: str, version: int, order: str, tmp_path: Path
) -> None:
    number, wrap = LINKS[link]
    kind, packet = (b"\x08\x00", ipv4) if version == 4 else (b"\x86\xdd", ipv6)
    content = pcap([wrap(packet(udp(b)), kind) for b in BLOCKS], number, order)
    recording = written(tmp_path, content)
    assert recording.framing == "pcap"
    assert payloads(recording) == BLOCKS
    assert recording.rejections == ()
    expected = [1_700_000_000_000_000_000 + 1000 * k for k in range(20)]
    assert recording.frames.received_ns.tolist() == expected


def test_nanosecond_pcap_keeps_its_nanoseconds(tmp_path: Path) -> None:
    content = pcap([ipv4(udp(b)) for b in BLOCKS], 101, nanoseconds=True)
    frames = written(tmp_path, content).frames
    assert np.diff(frames.received_ns).tolist() == [1000] * 19


def test_fragments_are_counted_and_other_traffic_is_passed_over(tmp_path: Path) -> None:
    packets = [ipv4(udp(BLOCKS[0]), fragment=0x2000), ipv4(bytes(20), protocol=6)]
    packets += [ipv4(udp(BLOCKS[1])), ipv4(udp(BLOCKS[2]), fragment=5)]
    recording = written(tmp_path, pcap(packets, 101))
    assert payloads(recording) == [BLOCKS[1]]
    assert [(r.reason, r.count) for r in recording.rejections] == [("FramingError", 2)]


def test_oradis_headers_are_taken_off(tmp_path: Path) -> None:
    wrapped = b"".join(struct.pack(">HI", len(b) + 6, 77) + b for b in BLOCKS[:3])
    recording = written(tmp_path, pcap([ipv4(udp(wrapped))], 101))
    assert payloads(recording) == BLOCKS[:3]


@pytest.mark.parametrize("wrap", [bytes, final])
def test_a_damaged_length_costs_its_own_frame_only(wrap: type[bytes], tmp_path: Path) -> None:
    pieces = [bytearray(wrap(b)) for b in BLOCKS]
    at = 1 if wrap is bytes else 0
    for number, value in ((5, 9000), (11, 0), (15, 40)):
        pieces[number][at : at + 2] = value.to_bytes(2, "big")
    recording = written(tmp_path, b"".join(pieces))
    kept = payloads(recording)
    assert [b for b in kept if b in BLOCKS] == [
        b for k, b in enumerate(BLOCKS) if k not in (5, 11, 15)
    ]
    assert recording.rejections


def test_a_pcap_that_ends_within_a_packet_keeps_the_others(tmp_path: Path) -> None:
    recording = written(tmp_path, pcap([ipv4(udp(b)) for b in BLOCKS], 101)[:-3])
    assert payloads(recording) == BLOCKS[:-1]
    assert [r.reason for r in recording.rejections] == ["TruncatedBlock"]


def test_a_beast_stream_is_handed_on_as_it_is(tmp_path: Path) -> None:
    message = b"\x1a\x33" + bytes(7) + bytes(range(0x8D, 0x8D + 14))
    escaped = b"\x1a\x32" + bytes(5) + b"\x1a\x1a" + bytes(8)
    content = (message + escaped) * 100
    recording = written(tmp_path, content)
    assert recording.framing == "beast"
    assert recording.frames.format == "beast"
    assert b"".join(payloads(recording)) == content


def test_unknown_categories_are_passed_on_for_a_named_refusal(tmp_path: Path) -> None:
    strange = bytes([204, 0, 6, 1, 2, 3])
    assert payloads(written(tmp_path, BLOCKS[0] + strange + BLOCKS[1])) == [
        BLOCKS[0],
        strange,
        BLOCKS[1],
    ]


@pytest.mark.parametrize(
    ("content", "error", "words"),
    [
        (b"", FramingError, "empty"),
        (b"PK\x03\x04" + bytes(40), FramingError, "ZIP"),
        (b"\x7e\xff\x03" + bytes(range(128, 250)) + b"\x7e", FramingError, "HDLC"),
        (b'{"time": 1}\n' * 50, FramingError, "7b 22 74"),
        (b"0,1,2,3\n" * 5000, FramingError, "30 2c 31"),
        (b"\xcd" * 3000, FramingError, "cd cd"),
        (bytes(5000), FramingError, "00 00"),
        (BLOCKS[0][:-4], TruncatedBlock, "announces 12 bytes, 8"),
        (gzip.compress(b"".join(BLOCKS))[:-12], TruncatedBlock, "gzip"),
        (b"\x1f\x8b" + bytes(30), FramingError, "gzip"),
        (pcap([], 147), FramingError, "link type 147"),
    ],
)
def test_anything_else_is_refused_with_what_was_seen(
    content: bytes, error: type[BadInput], words: str, tmp_path: Path
) -> None:
    with pytest.raises(error, match=words):
        written(tmp_path, content)


def test_a_missing_file_is_bad_input(tmp_path: Path) -> None:
    with pytest.raises(BadInput, match="cannot be read"):
        read_recording(tmp_path / "absent.ast")


@pytest.mark.recordings
@pytest.mark.parametrize(
    ("name", "framing", "frames"),
    [
        ("asterix/rome_cat062_063_065_30min.ff.gz", "final", 18_163),
        ("asterix/croatia_7radars_cat_034_048.pcap", "pcap", 100),
        ("asterix/lebl_20201002_mlat_cat010_0800_0920.ast.gz", "raw", 75_112),
        ("asterix/small/cat062cat065.raw", "raw", 2),
        ("asterix/small/cat_001_002.pcap", "pcap", 6),
        ("asterix/small/NATS_CAT048_119bytes_TCAS.ff", "final", 1),
        ("asterix/small/gps_framed.gps", "gps", 15),
        ("asterix/singles/fixmpts_cat204All.bin", "raw", 1),
        ("modes/ulss7_20180403_1min.beast.gz", "beast", None),
        ("modes/sample_dump1090.beast", "beast", None),
    ],
)
def test_the_recordings_are_recognised(
    name: str, framing: str, frames: int | None, recordings: Path
) -> None:
    recording = read_recording(recordings / name)
    assert recording.framing == framing
    assert recording.rejections == ()
    assert frames is None or len(recording.frames) == frames


# what the recordings' README counts, and for single messages what their bytes hold
EVERY_FILE: dict[str, dict[int, int] | str] = {
    "croatia_7radars_cat_034_048.pcap": {34: 34, 48: 128},
    "lebl_20201002_mlat_cat010_0800_0920.ast.gz": {10: 75_112},
    "lebl_20201002_smr_cat010_0800_0920.ast.gz": {10: 35_223},
    "rome_cat062_063_065_30min.ff.gz": {62: 22_396, 63: 5_772, 65: 6_057},
    "small/NATS_CAT048_119bytes_TCAS.ff": {48: 2},
    "small/cat034.raw": {34: 1},
    "small/cat048.raw": {48: 1},
    "small/cat062cat065.raw": {62: 2, 65: 1},
    "small/cat21_re.ast": {21: 2},
    "small/cat_001_002.pcap": {1: 7, 2: 1},
    "small/cat_062_065.pcap": {62: 2, 65: 1},
    "small/final_frame_062_one_packet_sample2.FF": {62: 3, 65: 1},
    "small/gps_framed.gps": {34: 3, 48: 15},
    "singles/fixmpts_cat001.bin": {1: 2},
    "singles/fixmpts_cat002.bin": {2: 1},
    "singles/fixmpts_cat010Report.bin": {10: 1},
    "singles/fixmpts_cat011Status.bin": "TruncatedBlock",
    "singles/fixmpts_cat019Start.bin": {19: 1},
    "singles/fixmpts_cat020_1.bin": {20: 1},
    "singles/fixmpts_cat021_1.bin": "TruncatedBlock",
    "singles/fixmpts_cat023_GSStatus.bin": {23: 1},
    "singles/fixmpts_cat032.bin": {32: 1},
    "singles/fixmpts_cat034_1.bin": {34: 1},
    "singles/fixmpts_cat048_1.bin": {48: 1},
    "singles/fixmpts_cat063.bin": {63: 1},
    "singles/fixmpts_cat065.bin": {65: 1},
    "singles/fixmpts_cat204All.bin": "UnknownEdition",
}


@pytest.mark.recordings
def test_every_asterix_file_gives_what_its_readme_says_or_is_refused_by_name(
    recordings: Path,
) -> None:
    folder = recordings / "asterix"
    present = {
        str(path.relative_to(folder))
        for path in folder.rglob("*")
        if path.is_file() and path.suffix != ".txt"
    }
    assert present == set(EVERY_FILE)
    found = {name: contents(folder / name) for name in EVERY_FILE}
    assert found == EVERY_FILE


def contents(path: Path) -> dict[int, int] | str:
    """Records by category, or the name of the refusal where there are none."""
    try:
        batch = decode_items(read_recording(path).frames)
    except BadInput as refusal:
        return refusal.name
    if batch.rejections:
        return ", ".join(rejection.reason for rejection in batch.rejections)
    return {number: len(items) for number, items in batch.categories.items()}


def section(order: str) -> bytes:
    return option_block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))


def option_block(order: str, kind: int, body: bytes) -> bytes:
    body += bytes(-len(body) % 4)
    size = len(body) + 12
    return struct.pack(order + "II", kind, size) + body + struct.pack(order + "I", size)


def interface(order: str, link: int, resolution: int | None = None, offset_s: int = 0) -> bytes:
    body = struct.pack(order + "HHI", link, 0, 0)
    if resolution is not None:
        body += struct.pack(order + "HHB3x", 9, 1, resolution)
        body += struct.pack(order + "HHq", 14, 8, offset_s)
        body += struct.pack(order + "HH", 0, 0)
    return option_block(order, 1, body)


def packet(order: str, number: int, ticks: int, content: bytes) -> bytes:
    head = struct.pack(
        order + "IIIII", number, ticks >> 32, ticks & 0xFFFFFFFF, len(content), len(content)
    )
    return option_block(order, 6, head + content)


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(
    ("resolution", "ticks_in_a_second"),
    [(None, 10**6), (3, 10**3), (9, 10**9), (12, 10**12), (0x8A, 1 << 10), (0x9E, 1 << 30)],
)
def test_pcapng_packets_become_their_udp_payloads_at_their_interfaces_clock(
    order: str, resolution: int | None, ticks_in_a_second: int, tmp_path: Path
) -> None:
    offset_s = 0 if resolution is None else 1_699_000_000
    content = section(order) + interface(order, 101) + interface(order, 1, resolution, offset_s)
    content += option_block(order, 4, bytes(16))
    for number, one in enumerate(BLOCKS):
        ticks = (1_700_000_000 - offset_s + number) * ticks_in_a_second + ticks_in_a_second // 2
        content += packet(order, 1, ticks, bytes(12) + b"\x08\x00" + ipv4(udp(one)))
    recording = written(tmp_path, content)
    assert recording.framing == "pcapng"
    assert payloads(recording) == BLOCKS
    assert recording.rejections == ()
    expected = [1_700_000_000_500_000_000 + k * 1_000_000_000 for k in range(20)]
    assert recording.frames.received_ns.tolist() == expected


def test_pcapng_sections_may_differ_in_byte_order_and_unknown_links_are_refused(
    tmp_path: Path,
) -> None:
    raw_ip = [ipv4(udp(b)) for b in BLOCKS]
    content = section("<") + interface("<", 101) + packet("<", 0, 10**6, raw_ip[0])
    content += option_block("<", 3, struct.pack("<I", len(raw_ip[1])) + raw_ip[1])
    content += section(">") + interface(">", 101) + packet(">", 0, 2 * 10**6, raw_ip[2])
    content += packet(">", 5, 0, raw_ip[3]) + packet(">", 0, 3 * 10**6, raw_ip[4])[:-9]
    recording = written(tmp_path, content)
    assert payloads(recording) == BLOCKS[:3]
    assert recording.frames.received_ns.tolist() == [10**9, 10**9, 2 * 10**9]
    reasons = sorted(r.reason for r in recording.rejections)
    assert reasons == ["MalformedRecord", "TruncatedBlock"]


def sequenced(number: int, payload: bytes) -> bytes:
    head = struct.pack(">HIHI", len(payload) + 16, number, 0, 0x3A5C3C)
    return head + payload + b"\xa5" * 4


def rff(payloads: list[bytes], start: bytes = b"2024-03-05 06:07:08") -> bytes:
    header = start.ljust(20, b"\0") + b"2024-03-05 07:00:00".ljust(20, b"\0") + bytes(88)
    return header + b"".join(
        struct.pack("<IH", 100 * k, len(p)) + p for k, p in enumerate(payloads)
    )


def gps(payloads: list[bytes]) -> bytes:
    return b"\xcd" * 2200 + b"".join(p + b"\x11\xd2\x8f\x0a" + bytes(6) for p in payloads)


@pytest.mark.parametrize(
    ("framing", "content"),
    [
        ("final-sequenced", b"".join(sequenced(k, b) for k, b in enumerate(BLOCKS))),
        ("rff", rff(BLOCKS)),
        ("gps", gps(BLOCKS)),
    ],
)
def test_recorders_framings_are_told_apart_and_taken_off(
    framing: str, content: bytes, tmp_path: Path
) -> None:
    recording = written(tmp_path, content)
    assert recording.framing == framing
    assert payloads(recording) == BLOCKS
    assert recording.rejections == ()
    assert recording.date_ns == (1_709_596_800_000_000_000 if framing == "rff" else None)


@pytest.mark.parametrize("framing", ["final-sequenced", "rff", "gps"])
def test_a_damaged_length_in_a_recorders_framing_costs_its_own_frame_only(
    framing: str, tmp_path: Path
) -> None:
    if framing == "gps":
        pieces = [b"\xcd" * 2200, *(gps([b])[2200:] for b in BLOCKS)]
    elif framing == "rff":
        pieces = [rff([]), *(rff([b])[128:] for b in BLOCKS)]
    else:
        pieces = [b"", *(sequenced(0, b) for b in BLOCKS)]
    at = {"gps": 1, "rff": 4, "final-sequenced": 0}[framing]
    damaged = bytearray(pieces[11])
    damaged[at : at + 2] = b"\xf0\xf0"
    recording = written(tmp_path, b"".join([*pieces[:11], bytes(damaged), *pieces[12:]]))
    assert [b for b in payloads(recording) if b in BLOCKS] == BLOCKS[:10] + BLOCKS[11:]
    assert recording.rejections


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(["raw", "final", "sequenced", "rff", "gps", "pcap", "pcapng"]),
    st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), max_size=6),
    st.floats(0.1, 1),
)
def test_damaged_recordings_are_cut_or_refused_by_name(
    framing: str, damage: list[tuple[float, int]], kept: float
) -> None:
    content = bytearray(
        {
            "raw": lambda: b"".join(BLOCKS),
            "final": lambda: b"".join(map(final, BLOCKS)),
            "sequenced": lambda: b"".join(sequenced(k, b) for k, b in enumerate(BLOCKS)),
            "rff": lambda: rff(BLOCKS),
            "gps": lambda: gps(BLOCKS),
            "pcap": lambda: pcap([ipv4(udp(b)) for b in BLOCKS], 101),
            "pcapng": lambda: (
                section("<")
                + interface("<", 101, 9)
                + b"".join(packet("<", 0, k, ipv4(udp(b))) for k, b in enumerate(BLOCKS))
            ),
        }[framing]()
    )
    for place, value in damage:
        content[int(place * (len(content) - 1))] = value
    content = content[: max(1, int(kept * len(content)))]
    try:
        recording = cut_recording(np.frombuffer(bytes(content), np.uint8).copy(), "damaged")
    except BadInput:
        return
    ends = recording.frames.offset + recording.frames.length
    assert (recording.frames.length >= 0).all()
    assert (recording.frames.offset >= 0).all()
    assert (ends <= len(content) + 1).all()
