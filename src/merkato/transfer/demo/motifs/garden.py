"""What grows, and what helps it grow."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import BARK, CLAY, CREAM, INK, LEAF, MINT, MOSS, OLIVE, STEEL, WOOD, Look
from merkato.transfer.demo.shapes import (
    circle,
    ellipse,
    leaf,
    moved,
    path,
    polygon,
    rectangle,
    symmetric,
    turned,
)
from merkato.transfer.demo.stage import gleam, shade_of, shadow

_EARTH = "#5A4038"


def _flowerpot(canvas: Canvas, colour: str) -> None:
    body = polygon(33, 60, 67, 60, 62, 80, 38, 80)
    canvas.solid(body, colour, 5)
    canvas.solid(rectangle((30, 54, 70, 62), 1.5), lighter(colour, 0.12), 5)
    canvas.fill(rectangle((33, 62, 67, 63.6)), darker(colour, 0.26))


def plant(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 21)
    for degrees, length, colour in (
        (200, 26, MOSS),
        (340, 26, MOSS),
        (222, 34, LEAF),
        (318, 34, MOSS),
        (248, 40, MOSS),
        (292, 40, LEAF),
        (270, 42, LEAF),
    ):
        blade = leaf(50, 55, length, degrees, width=0.24)
        canvas.fill(blade, colour)
        canvas.line(turned([(54, 55), (50 + length * 0.85, 55)], degrees, (50, 55)), 0.8, lighter(colour, 0.3))
    _flowerpot(canvas, look.main)
    gleam(canvas, "M38 66 L40.5 75", lighter(look.main, 0.4))


def herb(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 21)
    for x, y, bend in ((36, 30, -6), (50, 20, 0), (64, 29, 6), (43, 38, -3), (58, 40, 3)):
        stem = path(f"M50 56 C50 46 {50 + bend} 42 {x} {y}")
        canvas.line(stem, 1.3, MOSS)
        for at, size in ((0.45, 9.0), (0.7, 9.5), (0.95, 8.0)):
            px, py = stem[int(at * (len(stem) - 1))]
            for degrees, colour in ((200 + bend * 3, LEAF), (340 + bend * 3, darker(LEAF, 0.12))):
                canvas.fill(leaf(px, py, size, degrees, width=0.34), colour)
        canvas.fill(leaf(x, y + 2, 8.5, 270 + bend * 3, width=0.34), MINT)
    _flowerpot(canvas, CLAY)
    canvas.fill(rectangle((44, 64, 56, 73), 1), CREAM)
    canvas.fill(leaf(46, 69.5, 8, 345, width=0.24), LEAF)


def flowerpot(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 34)
    canvas.solid(polygon(52, 52, 84, 52, 80, 80, 56, 80), darker(CLAY, 0.06), 4)
    canvas.solid(rectangle((49.5, 46, 86.5, 54), 1.5), CLAY, 4)
    canvas.fill(rectangle((52.5, 54, 83.5, 55.6)), darker(CLAY, 0.3))
    front = polygon(19, 46, 59, 46, 53, 80, 25, 80)
    canvas.solid(front, CLAY, 6)
    canvas.fill(ellipse(39, 37, 21, 3.4), darker(CLAY, 0.35))
    canvas.solid(rectangle((16, 37, 62, 47.5), 1.5), lighter(CLAY, 0.14), 6)
    canvas.fill(rectangle((19, 47.5, 59, 49.2)), darker(CLAY, 0.3))
    gleam(canvas, "M25 54 L28.5 72", lighter(CLAY, 0.4), 2)
    canvas.line(path("M38 38 C38 30 37 26 38 22"), 1.6, MOSS)
    canvas.fill(leaf(38, 26, 13, 205, width=0.32), LEAF)
    canvas.fill(leaf(38, 24, 14, 322, width=0.32), MINT)


def tree(canvas: Canvas, look: Look) -> None:
    """A young olive tree in a tub."""
    shadow(canvas, look, 22)
    canvas.line(path("M50 62 C48 52 52 46 50 34"), 2.6, BARK)
    canvas.line(path("M50 48 C44 44 40 42 38 36"), 1.6, BARK)
    canvas.line(path("M50.5 44 C56 40 60 38 61 33"), 1.6, BARK)
    green = mix(OLIVE, MOSS, 0.45)
    for x, y, radius, colour in (
        (38, 32, 12.5, darker(green, 0.1)),
        (62, 31, 12.5, darker(green, 0.12)),
        (50, 22, 13.5, green),
        (50, 34, 13, green),
    ):
        canvas.fill(circle(x, y, radius), colour)
    for at in range(26):
        x, y = 30 + at * 11 % 41, 13 + at * 7 % 30
        canvas.fill(leaf(x, y, 5.5, at * 67 % 360, width=0.26), lighter(green, 0.28 if at % 2 else 0.1))
    for x, y in ((40, 28), (57, 24), (50, 38), (63, 35), (46, 18), (36, 37)):
        canvas.fill(ellipse(x, y, 1.5, 1.9), darker(MOSS, 0.5))
    canvas.solid(rectangle((34, 60, 66, 80), 1.5, bottom=4), look.main, 5)
    canvas.fill(rectangle((32, 58, 68, 63), 2), lighter(look.main, 0.2))


def can(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 28)
    canvas.line(ellipse(56, 40, 17, 19, 180, 395), 3.6, darker(look.main, 0.2))
    canvas.solid(polygon(42, 72, 40, 62, 21, 38, 16, 41), look.main, 0.1)
    canvas.solid(polygon(8, 42, 23, 32, 26, 41, 20, 45), look.main, 2)
    canvas.line(polygon(7.5, 42, 23, 31.5), 2.6, darker(look.main, 0.22))
    body = path("M37 46 L75 46 L77 76 C77 79 75 80 73 80 L39 80 C37 80 35 79 35 76 Z")
    canvas.solid(body, look.main, 6)
    canvas.fill(ellipse(56, 46, 19, 4), darker(look.main, 0.3))
    canvas.fill(path("M37 46 C44 41 54 44 56 49.8 C46 50 38 49 37 46 Z"), lighter(look.main, 0.25))
    canvas.fill(rectangle((35.6, 68, 76.6, 71)), look.accent)
    gleam(canvas, "M42 54 L41 64", lighter(look.main, 0.5), 2)
    for x, y in ((8, 49), (14, 52), (9, 57), (15, 61), (8, 66)):
        canvas.fill(ellipse(x, y, 1, 1.7), "#6FB1CC")


def trowel(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 30)
    canvas.fill(path("M24 80 C30 69 40 68 48 72 C58 67 70 71 76 80 Z"), _EARTH)
    for x, y in ((36, 76), (52, 75), (62, 77.5), (44, 78)):
        canvas.fill(circle(x, y, 1.1), lighter(_EARTH, 0.25))

    def leaned(shape: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(shape, 14, (50, 76))

    with canvas.within(path("M0 0 L100 0 L100 73 L58 71.5 C54 70 50 72 48 72.5 C44 71 40 70.5 36 71.5 L0 73 Z")):
        canvas.solid(leaned(path("M40 48 L60 48 C62 60 58 74 50 82 C42 74 38 60 40 48 Z")), STEEL, 4)
        canvas.line(leaned([(50, 52), (50, 74)]), 1.2, darker(STEEL, 0.2))
    canvas.line(leaned([(50, 49), (50, 38)]), 3, darker(STEEL, 0.15))
    canvas.solid(leaned(path("M46.5 39 L45 22 C44 14 56 14 55 22 L53.5 39 Z")), look.main, 3)
    canvas.fill(leaned(rectangle((46, 36, 54, 39.5), 1)), look.accent)
    canvas.line(path("M76 80 C76 74 78 70 77 64"), 1.4, MOSS)
    canvas.fill(leaf(77, 68, 9, 200, width=0.3), LEAF)
    canvas.fill(leaf(77, 66, 10, 325, width=0.3), MINT)


def seeds(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 26)
    packet = turned(rectangle((29, 18, 71, 80), 1), -4, (50, 80))
    canvas.solid(packet, CREAM, 4)
    with canvas.within(packet):
        canvas.fill(turned(rectangle((20, 10, 80, 27)), -4, (50, 80)), look.main)
        canvas.line(turned(path("M29 29.5 L71 29.5"), -4, (50, 80)), 1, look.accent)
    canvas.line(path("M47 73 C47 62 48 56 48 46"), 1.8, MOSS)
    for x, y, degrees in ((47.5, 66, 200), (47.5, 62, 335), (48, 57, 215), (48, 55, 325)):
        canvas.fill(leaf(x, y, 12, degrees, width=0.28), LEAF)
    for step in range(10):
        canvas.fill(turned(ellipse(48, 36, 2.3, 5), step * 36, (48, 44)), look.accent)
    canvas.fill(circle(48, 44, 4.6), BARK)
    for x, y, degrees in ((80, 78, 10), (85, 81, 50), (76, 82, -20)):
        canvas.fill(turned(ellipse(x, y, 2.2, 1.2), degrees, (x, y)), INK)


def birdhouse(canvas: Canvas, look: Look) -> None:
    canvas.line([(50, 76), (50, 90)], 4, BARK)
    canvas.fill(rectangle((36, 42, 74, 80)), shade_of(look))
    body = symmetric("M50 24 L33 40 L33 77 L50 77")
    canvas.solid(body, look.main, 5)
    for x in (41.5, 58.5):
        canvas.line([(x, 44), (x, 77)], 0.8, darker(look.main, 0.16))
    canvas.line(polygon(24, 46, 50, 20, 76, 46), 5, look.second)
    canvas.line(moved(polygon(24, 46, 50, 20), 0, -1), 1.2, lighter(look.second, 0.35))
    canvas.fill(circle(50.6, 50.6, 8.4), lighter(look.main, 0.4))
    canvas.fill(circle(50.6, 50.6, 6.8), INK)
    canvas.line([(50.5, 64), (50.5, 67)], 2.4, WOOD)
    canvas.fill(rectangle((28, 75, 72, 79.5), 1.5), WOOD)
    canvas.solid(
        path("M61 75 C58 66 64 61 69 63 C71 59 77 60 77 64 L80 65.5 L77 67 C77 73 71 76 61 75 Z"), look.accent, 2
    )
    canvas.fill(circle(74, 63.6, 0.9), INK)


DRAWINGS = {
    "plant": plant,
    "herb": herb,
    "flowerpot": flowerpot,
    "tree": tree,
    "can": can,
    "trowel": trowel,
    "seeds": seeds,
    "birdhouse": birdhouse,
}
