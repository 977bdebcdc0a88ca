"""A process that draws: `python -m merkato.transfer.demo.drawing FOLDER`, handle and motif in, file name out, line by line.

Drawing is Python at work for seconds: beside the event loop, even in a thread, it would hold up everything else.
"""

import asyncio
import json
import sys
from pathlib import Path
from typing import Final

from merkato.kit import storage
from merkato.transfer.demo.pictures import draw

ENDING: Final = "webp"
SIZE: Final = 640
"""Half the work of the full size, and more than a page shows."""


async def draw_all(folder: Path) -> None:
    """One JSON list a line on both sides: `[handle, motif]` asks, `[handle, name]` answers."""
    for line in sys.stdin:
        handle, motif = json.loads(line)
        name = await storage.keep(folder, draw(handle, motif, size=SIZE), ENDING)
        sys.stdout.write(json.dumps([handle, name]) + "\n")


if __name__ == "__main__":
    asyncio.run(draw_all(Path(sys.argv[1])))
