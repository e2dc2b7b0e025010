"""Maps as PNG files with a legend, for slides and orders, and a world file beside each.

In: coloured cells of a grid. Out: the picture with masts marked, a strip below with title and
legend in capital letters of three by five dots, and a .pgw (degrees, north up) so that map tools
place it; the strip lies south of the map.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from skypact.coverage.maps import png
from skypact.coverage.network import Grid
from skypact.coverage.sweep import Mast

# rows of each letter from above, three dots a row as an octal digit
LETTERS = {
    "A": "25755", "B": "65656", "C": "34443", "D": "65556", "E": "74647", "F": "74644",
    "G": "34553", "H": "55755", "I": "72227", "J": "11152", "K": "55655", "L": "44447",
    "M": "57755", "N": "65555", "O": "25552", "P": "65644", "Q": "25563", "R": "65655",
    "S": "34216", "T": "72222", "U": "55557", "V": "55552", "W": "55775", "X": "55255",
    "Y": "55222", "Z": "71247", "0": "75557", "1": "26227", "2": "71747", "3": "71717",
    "4": "55711", "5": "74717", "6": "74757", "7": "71111", "8": "75757", "9": "75717",
    "+": "02720", "%": "51245", "-": "00700", ".": "00002", ",": "00024", " ": "00000",
}  # fmt: skip

INK, PAPER = (27, 31, 36, 255), (255, 255, 255, 255)
LETTER_HEIGHT, LETTER_WIDTH, MARGIN = 5, 4, 2
Entry = tuple[tuple[int, int, int], str]


def write_picture(
    file: Path,
    grid: Grid,
    cells: NDArray[np.uint8],
    title: str,
    entries: Sequence[Entry],
    masts: Sequence[Mast] = (),
) -> None:
    """Write coloured cells (rows, columns, 4) as PNG with legend, and its world file."""
    picture = cells.copy()
    for mast in masts:
        _mark(picture, grid, mast)
    strip = legend(picture.shape[1], title, entries)
    file.write_bytes(png(np.concatenate([picture, strip])))
    step = float(grid.latitude_deg[0] - grid.latitude_deg[1])
    wide = float(grid.longitude_deg[1] - grid.longitude_deg[0])
    numbers = (wide, 0.0, 0.0, -step, float(grid.longitude_deg[0]), float(grid.latitude_deg[0]))
    text = "".join(f"{number:.12f}\n" for number in numbers)
    file.with_suffix(".pgw").write_text(text, encoding="ascii")


def legend(width: int, title: str, entries: Sequence[Entry]) -> NDArray[np.uint8]:
    """A strip of ``width`` with the title, and a coloured box and words for each entry.

    Entries that do not fit a line go on the next; letters are as large as a wide map allows.
    """
    scale = 3 if width >= 600 else (2 if width >= 300 else 1)
    room = max(width // scale, 24)
    rows: list[list[tuple[int, Entry]]] = [[]]
    at = 0
    for entry in entries:
        need = (len(entry[1]) + 3) * LETTER_WIDTH
        if at and at + need > room - 2 * MARGIN:
            rows.append([])
            at = 0
        rows[-1].append((at, entry))
        at += need
    pitch = LETTER_HEIGHT + 2 * MARGIN
    strip = np.empty((pitch * (1 + len(rows)) + MARGIN, room, 4), np.uint8)
    strip[:] = PAPER
    _draw(strip, MARGIN, MARGIN, _dots(title))
    for number, row in enumerate(rows, 1):
        top = pitch * number + MARGIN
        for left, (colour, words) in row:
            box = strip[top : top + LETTER_HEIGHT, MARGIN + left : MARGIN + left + LETTER_HEIGHT]
            box[:] = (*colour, 255)
            _draw(strip, top, MARGIN + left + 2 * LETTER_WIDTH, _dots(words))
    large = strip.repeat(scale, axis=0).repeat(scale, axis=1)
    whole = np.empty((large.shape[0], width, 4), np.uint8)
    whole[:] = PAPER
    kept = min(width, large.shape[1])
    whole[:, :kept] = large[:, :kept]
    return whole


def _dots(text: str) -> NDArray[np.bool_]:
    """Text as dots (5, 4 a letter); what has no letter here is a blank."""
    dots = np.zeros((LETTER_HEIGHT, LETTER_WIDTH * max(len(text), 1)), np.bool_)
    for number, letter in enumerate(text.upper()):
        for row, digit in enumerate(LETTERS.get(letter, LETTERS[" "])):
            for column in range(3):
                bit = int(digit, 8) >> (2 - column) & 1
                dots[row, LETTER_WIDTH * number + column] = bool(bit)
    return dots


def _draw(strip: NDArray[np.uint8], top: int, left: int, dots: NDArray[np.bool_]) -> None:
    place = strip[top : top + dots.shape[0], left : left + dots.shape[1]]
    place[dots[:, : place.shape[1]]] = INK


def _mark(picture: NDArray[np.uint8], grid: Grid, mast: Mast) -> None:
    """A white cross with a dark rim at a mast."""
    row, column = grid.cell_of(mast.latitude_deg, mast.longitude_deg)
    arm = max(2, picture.shape[1] // 200)
    for reach, thick, colour in ((arm + 1, 1, INK), (arm, 0, PAPER)):
        for up, across in ((reach, thick), (thick, reach)):
            rows = slice(max(row - up, 0), max(row + up + 1, 0))
            columns = slice(max(column - across, 0), max(column + across + 1, 0))
            picture[rows, columns] = colour
