"""The reference page of feeds says what the code does."""

from pathlib import Path

from skypact.feeds.asterix import definitions
from skypact.feeds.framing.formats import FORMATS
from skypact.feeds.readers import PLACES
from skypact.feeds.reference import CATEGORIES, pages

PAGE = Path(__file__).parents[3] / "docs/reference/feeds.md"


def test_the_page_is_what_the_code_writes() -> None:
    wanted = "\n".join(pages()) + "\n"
    assert PAGE.read_text() == wanted, (
        "write it anew: python -m skypact.feeds.reference > docs/reference/feeds.md"
    )


def test_every_category_has_its_words_and_every_format_its_reader() -> None:
    assert set(CATEGORIES) == set(definitions.editions())
    assert {known.format for known in FORMATS} <= set(PLACES)
