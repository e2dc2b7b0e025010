"""Recordings are framed by their bytes, damage is refused by name, neighbours stay."""

import gzip
import struct
from pathlib import Path

import numpy as np
import pytest

from skypact.feeds.asterix.encode import encode
from skypact.feeds.framing import Recording, read_recording
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
        (b"\x0a\x0d\x0d\x0a" + bytes(40), FramingError, "pcapng"),
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


@pytest.mark.recordings
@pytest.mark.parametrize(
    "name",
    [
        "asterix/small/gps_framed.gps",
        "asterix/singles/fixmpts_cat021_1.bin",
        "modes/ulss7_20180403_1min.sbs.gz",
        "modes/toulouse_20240606_17ac.jsonl.gz",
        "modes/pymodes_commb_df20.csv.gz",
    ],
)
def test_recordings_of_other_framings_are_refused_by_name(name: str, recordings: Path) -> None:
    with pytest.raises((FramingError, TruncatedBlock)):
        read_recording(recordings / name)
