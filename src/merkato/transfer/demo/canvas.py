"""A square to paint flat shapes on, in hundredths of its side, smoothed when it is developed."""

import io
import math
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageColor, ImageDraw

from merkato.transfer.demo.shapes import Point, Shape, moved

# Pillow's shapes have hard edges: they are painted this many times larger and shrunk.
OVERSAMPLING = 3
SIDE = 100

_DARK = "#33203A"
_BRIGHT = "#FFFDF6"


def mix(one: str, other: str, share: float) -> str:
    """The first colour with a share of the second, both as #RRGGBB."""
    parts = zip(ImageColor.getrgb(one)[:3], ImageColor.getrgb(other)[:3], strict=True)
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in parts)


def darker(colour: str, share: float = 0.16) -> str:
    """Shaded with a plum rather than with black, which keeps shadows warm."""
    return mix(colour, _DARK, share)


def lighter(colour: str, share: float = 0.3) -> str:
    return mix(colour, _BRIGHT, share)


class Canvas:
    def __init__(self, size: int, colour: str) -> None:
        self._size = size
        self._scale = size * OVERSAMPLING / SIDE
        self._image = Image.new("RGB", (size * OVERSAMPLING, size * OVERSAMPLING), colour)
        self._corner = (0, 0)

    def _pixels(self, shape: Shape) -> list[Point]:
        left, top = self._corner
        return [(x * self._scale - left, y * self._scale - top) for x, y in shape]

    def fill(self, shape: Shape, colour: str) -> None:
        ImageDraw.Draw(self._image).polygon(self._pixels(shape), fill=colour)

    def line(self, shape: Shape, width: float, colour: str) -> None:
        """A stroke along the points, with round ends."""
        draw = ImageDraw.Draw(self._image)
        pixels = self._pixels(shape)
        thick = width * self._scale
        draw.line(pixels, fill=colour, width=max(1, round(thick)), joint="curve")
        for x, y in (pixels[0], pixels[-1]):
            draw.ellipse((x - thick / 2, y - thick / 2, x + thick / 2, y + thick / 2), fill=colour)

    def solid(self, shape: Shape, colour: str, depth: float = 3.5) -> None:
        """A filled shape with a shaded edge on the right, away from the light."""
        self.fill(shape, darker(colour))
        with self.within(shape):
            self.fill(moved(shape, -depth), colour)

    @contextmanager
    def within(self, shape: Shape) -> Iterator[None]:
        """Whatever is painted in the block stays inside the shape, as with masking tape."""
        outer, corner = self._image, self._corner
        pixels = self._pixels(shape)
        left, top = (max(0, math.floor(min(values))) for values in zip(*pixels, strict=True))
        right, low = (math.ceil(max(values)) + 1 for values in zip(*pixels, strict=True))
        box = (left, top, min(right, outer.width), min(low, outer.height))
        layer = outer.crop(box)
        mask = Image.new("L", layer.size)
        ImageDraw.Draw(mask).polygon([(x - left, y - top) for x, y in pixels], fill=255)
        self._image, self._corner = layer, (corner[0] + left, corner[1] + top)
        try:
            yield
        finally:
            self._image, self._corner = outer, corner
        outer.paste(layer, (left, top), mask)

    def developed(self) -> bytes:
        """The finished picture as WebP."""
        out = io.BytesIO()
        self._image.reduce(OVERSAMPLING).save(out, "WEBP", quality=88, method=2)
        return out.getvalue()
