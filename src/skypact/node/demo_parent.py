"""What a process of the demonstration hears from the one that started it.

In: standard input. Out: its lines. When it ends, the demonstration has ended or died, and who
listens ends too: nobody is left behind.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator

LONGEST_LINE = 1 << 16


async def lines_of_parent() -> AsyncIterator[bytes]:
    """Lines of standard input until it ends."""
    reader = asyncio.StreamReader(LONGEST_LINE)
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        yield line
