"""What is remembered of each aircraft: an open-addressing hash table kept as arrays.

``address`` (slots,) int32 holds the address key, -1 free; slots are a power of two and at most
half are taken. The other arrays hold a row per slot: ``times`` (slots, 9) int64 UTC ns,
``places`` (slots, 5) float64, ``codes`` (slots, 7) int32, ``text`` (slots, 8) uint8. Linear
probing; removal shifts back, so that no search passes over graves.
"""

from skypact.kernels.compilation import inner, kernel

NEVER = -(1 << 62)
VERIFIED, SEEN, EVEN, ODD, PLACED, MOVED, NAMED, SQUAWKED, RATED = 0, 1, 2, 3, 4, 5, 6, 7, 8
"""Columns of ``times``: address verified, anything heard, even and odd CPR, position,
velocity, callsign, Mode 3/A code, NACp."""
LATITUDE_DEG, LONGITUDE_DEG, EAST_MPS, NORTH_MPS, UP_MPS = 0, 1, 2, 3, 4
"""Columns of ``places``."""
EVEN_Y, EVEN_X, ODD_Y, ODD_X, MODE_3A, NAC_P, CONFLICTS = 0, 1, 2, 3, 4, 5, 6
"""Columns of ``codes``."""


@inner
def home(key: int, slots: int) -> int:
    """Slot at which the search for a key begins (multiplicative hashing, Knuth 6.4)."""
    return ((key * 2654435761) >> 9) & (slots - 1)


@inner
def find(address, key: int) -> int:
    """Slot that holds a key, or the free one where it would go."""
    slots = address.shape[0]
    slot = home(key, slots)
    while address[slot] >= 0 and address[slot] != key:
        slot = (slot + 1) & (slots - 1)
    return slot


@inner
def clear(slot: int, key: int, address, times, places, codes, text):
    """Make a slot a key's, with nothing known."""
    address[slot] = key
    for k in range(times.shape[1]):
        times[slot, k] = NEVER
    for k in range(places.shape[1]):
        places[slot, k] = 0.0
    for k in range(codes.shape[1]):
        codes[slot, k] = 0
    for k in range(8):
        text[slot, k] = 0


@inner
def move(source: int, target: int, address, times, places, codes, text):
    """Copy a slot's row onto another's."""
    address[target] = address[source]
    times[target] = times[source]
    places[target] = places[source]
    codes[target] = codes[source]
    text[target] = text[source]


@inner
def remove(slot: int, address, times, places, codes, text):
    """Free a slot and shift back the rows that a search reaches through it (Knuth 6.4, R)."""
    slots = address.shape[0]
    gap, at = slot, slot
    while True:
        at = (at + 1) & (slots - 1)
        if address[at] < 0:
            break
        away = (at - home(address[at], slots)) & (slots - 1)
        if away >= ((at - gap) & (slots - 1)):
            move(at, gap, address, times, places, codes, text)
            gap = at
    address[gap] = -1


@kernel(
    "void(int32[::1], int64[:, ::1], float64[:, ::1], int32[:, ::1], uint8[:, ::1],"
    " int32[::1], int64[:, ::1], float64[:, ::1], int32[:, ::1], uint8[:, ::1])"
)
def rehash(
    address, times, places, codes, text,
    new_address, new_times, new_places, new_codes, new_text,
):
    """Copy every taken slot into a larger table, given free (address -1)."""
    for slot in range(address.shape[0]):
        if address[slot] >= 0:
            target = find(new_address, address[slot])
            new_address[target] = address[slot]
            new_times[target] = times[slot]
            new_places[target] = places[slot]
            new_codes[target] = codes[slot]
            new_text[target] = text[slot]
