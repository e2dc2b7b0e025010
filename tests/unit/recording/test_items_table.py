"""Item tables hold every record, also where sensors speak different editions of a category."""

from skypact.feeds.asterix.encode import encode
from skypact.model.frames import Frames
from skypact.recording.items_table import items_to_arrow


def record(sic: int, edition: str, seconds: float) -> bytes:
    columns = {
        "I062/010/SAC": [254],
        "I062/010/SIC": [sic],
        "I062/070": [seconds],
        "I062/040": [sic],
    }
    return b"".join(encode(62, columns, edition=edition))


def test_records_of_one_category_stand_in_the_order_of_their_bytes() -> None:
    payloads = [record(1, "1.18", 1.0), record(2, "1.20", 2.0), record(1, "1.18", 3.0)]
    frames = Frames.from_payloads("asterix", "test", payloads, [1, 2, 3])
    tables, rejections = items_to_arrow(frames)
    assert not rejections
    assert tables["cat062"].column("I062/070").to_pylist() == [1.0, 2.0, 3.0]
    assert tables["cat062"].column("I062/010/SIC").to_pylist() == [1, 2, 1]
