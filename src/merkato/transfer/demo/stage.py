"""What surrounds and dresses a motif: the wall, the light behind it, its shadow, its pattern, its steam."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import Look
from merkato.transfer.demo.shapes import Shape, circle, ellipse, path, polygon, rectangle

FLOOR = 80.0
HALO = (50.0, 48.0, 38.0)

# Where small ornaments may float without touching a motif: around the halo's edge.
_CORNERS = (
    ((15.0, 22.0), (86.0, 31.0), (11.0, 62.0)),
    ((84.0, 20.0), (13.0, 33.0), (90.0, 58.0)),
    ((17.0, 17.0), (88.0, 48.0), (9.0, 48.0)),
)


def backdrop(canvas: Canvas, look: Look) -> None:
    canvas.fill(circle(*HALO), look.halo)
    ornament = darker(look.halo, 0.1)
    ring, cross, dot = look.choose("ornaments", _CORNERS)
    canvas.line(circle(*ring, 2.0), 0.8, ornament)
    canvas.line([(cross[0] - 2, cross[1]), (cross[0] + 2, cross[1])], 0.9, ornament)
    canvas.line([(cross[0], cross[1] - 2), (cross[0], cross[1] + 2)], 0.9, ornament)
    canvas.fill(circle(*dot, 1.3), ornament)


def shade_of(look: Look) -> str:
    return darker(look.halo, 0.2)


def shadow(canvas: Canvas, look: Look, width: float = 28, x: float = 51) -> None:
    """The pool of shade that a standing thing throws on the floor."""
    canvas.fill(ellipse(x, FLOOR, width, width * 0.11 + 0.6), shade_of(look))


def steam(canvas: Canvas, look: Look, y: float, *, x: float = 50) -> None:
    colour = lighter(look.wall, 0.75)
    for offset, rise in ((-8.0, 0.0), (0.0, -4.0), (8.0, 0.0)):
        at, low = x + offset, y + rise
        curl = f"M{at} {low} C{at - 5} {low - 5} {at + 5} {low - 9} {at} {low - 14}"
        canvas.line(path(curl), 1.8, colour)


def gleam(canvas: Canvas, text: str, colour: str, width: float = 1.6) -> None:
    """A streak of light along a path."""
    canvas.line(path(text), width, colour)


def stripes(canvas: Canvas, shape: Shape, colour: str, *, gap: float = 6, width: float = 2.4) -> None:
    """Level stripes across the shape."""
    top, low = min(y for _, y in shape), max(y for _, y in shape)
    with canvas.within(shape):
        y = top + gap
        while y < low:
            canvas.fill(rectangle((0, y, 100, y + width)), colour)
            y += gap + width


def checks(canvas: Canvas, shape: Shape, colour: str, ground: str) -> None:
    """A woven check: where two bands cross the colour is full."""
    left, top = min(x for x, _ in shape), min(y for _, y in shape)
    pale = mix(ground, colour, 0.45)
    with canvas.within(shape):
        bands = [at * 11 + 4 for at in range(9)]
        for at in bands:
            canvas.fill(rectangle((left + at, 0, left + at + 4.5, 100)), pale)
            canvas.fill(rectangle((0, top + at, 100, top + at + 4.5)), pale)
        for across in bands:
            for down in bands:
                x, y = left + across, top + down
                canvas.fill(rectangle((x, y, x + 4.5, y + 4.5)), colour)


def dots(canvas: Canvas, shape: Shape, colour: str, *, gap: float = 8, radius: float = 1.4) -> None:
    with canvas.within(shape):
        for row in range(round(100 / gap) + 1):
            for column in range(-1, round(100 / gap) + 1):
                canvas.fill(circle(column * gap + row % 2 * gap / 2, row * gap, radius), colour)


def zigzag(canvas: Canvas, shape: Shape, colour: str, *, y: float, width: float = 1.8) -> None:
    points = [number for step in range(28) for number in (step * 4.0, y + step % 2 * 4)]
    with canvas.within(shape):
        canvas.line(polygon(*points), width, colour)


def ornamented(canvas: Canvas, shape: Shape, look: Look, *, ground: str, colour: str) -> None:
    """One of the shop's patterns, by the product's own choice."""
    kind = look.choose("pattern", ("stripes", "dots", "checks", "zigzag"))
    top, low = min(y for _, y in shape), max(y for _, y in shape)
    if kind == "stripes":
        stripes(canvas, shape, colour, gap=4.5)
    elif kind == "dots":
        dots(canvas, shape, colour)
    elif kind == "checks":
        checks(canvas, shape, colour, ground)
    else:
        for share in (0.3, 0.5, 0.7):
            zigzag(canvas, shape, colour, y=top + (low - top) * share - 2)
