"""What is remembered of each aircraft: an open-addressing hash table kept as two arrays.

``memory`` (slots, 23) int64 has a row per slot: the address key (-1 free), times (UTC ns) and
codes; ``places`` (slots, 5) float64 position and velocity. Slots are a power of two and at
most half are taken. Linear probing; removal shifts back, so that no search passes over graves.
Two arrays only, because handing an array from function to function costs more than reading it.
"""

from skypact.kernels.compilation import bare, kernel

NEVER = -(1 << 62)
KEY = 0
VERIFIED, SEEN, EVEN, ODD, PLACED, MOVED, NAMED, SQUAWKED, RATED = 1, 2, 3, 4, 5, 6, 7, 8, 9
VERSIONED, LEVELLED = 10, 11
"""Columns of ``memory`` that are times: address verified, anything heard, even and odd CPR,
position, velocity, callsign, Mode 3/A code, NACp, ADS-B version, pressure altitude."""
EVEN_Y, EVEN_X, ODD_Y, ODD_X, MODE_3A, NAC_P, CONFLICTS, CALLSIGN = 12, 13, 14, 15, 16, 17, 18, 19
VERSION, SUPPLEMENTS, LEVEL_FT = 20, 21, 22
"""Columns of ``memory`` that are codes; the callsign is its eight bytes as they lie, and the
NIC supplements are A and twice C."""
COLUMNS = 23
LATITUDE_DEG, LONGITUDE_DEG, EAST_MPS, NORTH_MPS, UP_MPS = 0, 1, 2, 3, 4
"""Columns of ``places``."""


@bare
def home(key: int, slots: int) -> int:
    """Slot at which the search for a key begins (multiplicative hashing, Knuth 6.4)."""
    return ((int(key) * 2654435761) >> 9) & (slots - 1)


@bare
def find(key: int, memory) -> int:
    """Slot that holds a key, or the free one where it would go."""
    slots = memory.shape[0]
    slot = home(key, slots)
    while memory[slot, KEY] >= 0 and memory[slot, KEY] != key:
        slot = (slot + 1) & (slots - 1)
    return slot


@bare
def claim(slot: int, key: int, memory):
    """Make a free slot a key's, with nothing known."""
    memory[slot, KEY] = key
    for k in range(VERIFIED, EVEN_Y):
        memory[slot, k] = NEVER
    for k in range(EVEN_Y, COLUMNS):
        memory[slot, k] = 0


@bare
def copy_row(source: int, target: int, memory, places, new_memory, new_places):
    """Copy a slot's row into another slot, of the same or another table."""
    for k in range(COLUMNS):
        new_memory[target, k] = memory[source, k]
    for k in range(places.shape[1]):
        new_places[target, k] = places[source, k]


@bare
def remove(slot: int, memory, places):
    """Free a slot and shift back the rows that a search reaches through it (Knuth 6.4, R)."""
    slots = memory.shape[0]
    gap, at = slot, slot
    while True:
        at = (at + 1) & (slots - 1)
        if memory[at, KEY] < 0:
            break
        away = (at - home(memory[at, KEY], slots)) & (slots - 1)
        if away >= ((at - gap) & (slots - 1)):
            copy_row(at, gap, memory, places, memory, places)
            gap = at
    memory[gap, KEY] = -1


@kernel("void(int64[:, ::1], float64[:, ::1], int64[:, ::1], float64[:, ::1])")
def rehash(memory, places, new_memory, new_places):
    """Copy every taken slot into a larger table, given free (keys -1)."""
    for slot in range(memory.shape[0]):
        if memory[slot, KEY] >= 0:
            target = find(memory[slot, KEY], new_memory)
            copy_row(slot, target, memory, places, new_memory, new_places)
