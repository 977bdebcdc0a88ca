"""A picture for every product of the demo shop, drawn when it is asked for."""

import re
from collections.abc import Callable

from merkato.transfer.demo.canvas import Canvas
from merkato.transfer.demo.keywords import KEYWORDS
from merkato.transfer.demo.looks import Look, look_of
from merkato.transfer.demo.motifs import (
    apparel,
    bags,
    bath,
    drinks,
    food,
    garden,
    kitchen,
    living,
    pantry,
    paper,
    toys,
)
from merkato.transfer.demo.stage import backdrop

Drawing = Callable[[Canvas, Look], None]

SIZE = 800
FALLBACK = "box"

_WORD = re.compile(r"[^\W_]+")

MOTIFS: dict[str, Drawing] = {
    **drinks.DRAWINGS,
    **food.DRAWINGS,
    **kitchen.DRAWINGS,
    **living.DRAWINGS,
    **garden.DRAWINGS,
    **apparel.DRAWINGS,
    **bags.DRAWINGS,
    **paper.DRAWINGS,
    **bath.DRAWINGS,
    **pantry.DRAWINGS,
    **toys.DRAWINGS,
}


def draw(handle: str, motif: str, *, size: int = SIZE) -> bytes:
    """A square WebP of the motif in the handle's colours: the same bytes for the same handle, every time."""
    look = look_of(handle)
    canvas = Canvas(size, look.wall)
    backdrop(canvas, look)
    MOTIFS.get(motif, MOTIFS[FALLBACK])(canvas, look)
    return canvas.developed()


def motif_of(handle: str, category: str, title: str) -> str:
    """What to draw: the title knows best, then the handle, then the category from its last step to its first."""
    for text in (title, handle, *reversed(category.split(">"))):
        # Spaces on both sides let a phrase match whole words only: a pan is no pancake.
        words = f" {' '.join(_WORD.findall(text.casefold()))} "
        for motif, phrases in KEYWORDS:
            if any(f" {phrase}{ending} " in words for phrase in phrases for ending in ("", "s")):
                return motif
    return FALLBACK
