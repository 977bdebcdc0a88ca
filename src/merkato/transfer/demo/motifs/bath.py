"""What stands beside a basin."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import BARK, CREAM, GLASS, LEAF, WOOD, Look
from merkato.transfer.demo.shapes import circle, ellipse, leaf, path, rectangle, turned
from merkato.transfer.demo.stage import gleam, shadow, stripes


def soap(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 33)
    for x, y, radius in ((66, 26, 6), (76, 37, 3.6), (57, 17, 3.2), (70, 14, 2.2), (34, 30, 3)):
        canvas.fill(circle(x, y, radius), lighter(look.halo, 0.5))
        canvas.line(ellipse(x, y, radius * 0.66, radius * 0.66, 190, 260), 0.9, "#FFFFFF")
    canvas.solid(rectangle((17, 72, 83, 79), 3), WOOD, 4)
    for x in (26, 74):
        canvas.fill(rectangle((x - 4, 78, x + 4, 81.5), 1), BARK)
    canvas.solid(rectangle((25, 57, 77, 73), 5), look.second, 5)
    canvas.fill(rectangle((25, 62, 77, 64)), lighter(look.second, 0.2))
    top = rectangle((22, 40, 73, 58), 6)
    canvas.solid(top, look.main, 5)
    canvas.line(rectangle((29, 44.5, 66, 53.5), 3), 1, darker(look.main, 0.2))
    canvas.fill(leaf(41, 50.5, 13, 345, width=0.26), lighter(look.main, 0.5))
    gleam(canvas, "M25.5 50 C25.5 46 27 44 30 43", lighter(look.main, 0.6))


def tube(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 18)
    body = path("M30 17 L70 17 L64 66 L36 66 Z")
    canvas.solid(body, look.main, 5)
    canvas.fill(rectangle((29, 14, 71, 20), 1), darker(look.main, 0.16))
    for x in range(32, 71, 3):
        canvas.line([(x, 15), (x, 19)], 0.7, darker(look.main, 0.32))
    canvas.solid(rectangle((36, 65, 64, 80), 1.5, bottom=3), CREAM, 4)
    for x in range(39, 63, 4):
        canvas.line([(x, 68), (x, 77)], 0.9, darker(CREAM, 0.16))
    canvas.fill(circle(50, 40, 10.5), CREAM)
    for degrees in (230, 270, 310):
        canvas.fill(leaf(50, 47, 13.5, degrees, width=0.24), look.second)
    gleam(canvas, "M35.5 25 L38.5 56", lighter(look.main, 0.5))


def pump(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 20)
    canvas.line(path("M50 27 L50 17 L36 17 L34 21"), 3.4, CREAM)
    canvas.fill(rectangle((45, 13.5, 57, 18.5), 1.6), CREAM)
    canvas.solid(rectangle((42, 26, 58, 34), 1.5), darker(CREAM, 0.08), 3)
    body = path(
        "M41 34 L59 34 C66 37 68 41 68 46 L68 75 C68 78 66 80 63 80"
        " L37 80 C34 80 32 78 32 75 L32 46 C32 41 34 37 41 34 Z"
    )
    canvas.solid(body, look.main, 6)
    canvas.fill(rectangle((32, 50, 68, 72)), CREAM)
    canvas.fill(rectangle((62, 50, 68, 72)), darker(CREAM, 0.12))
    canvas.line(path("M47 69 C47 63 47 60 47 54"), 1.1, LEAF)
    for y, degrees in ((67, 215), (67, 325), (62, 215), (62, 325), (57, 270)):
        canvas.fill(leaf(47, y, 6.5, degrees, width=0.26), LEAF)
    gleam(canvas, "M36.5 48 C36.5 44 38 41 40.5 39.5", lighter(look.main, 0.5))


def salts(canvas: Canvas, look: Look) -> None:
    """A clip jar of crystals with a scoop."""
    shadow(canvas, look, 24)
    body = rectangle((29, 32, 71, 80), 6, bottom=7)
    canvas.fill(body, mix(look.halo, GLASS, 0.8))
    with canvas.within(rectangle((32, 32, 68, 77), 4)):
        canvas.solid(path("M20 46 C32 42 40 48 50 45 C60 42 66 47 80 44 L80 90 L20 90 Z"), lighter(look.main, 0.4), 4)
        for at in range(34):
            x, y = 33 + at * 13 % 35, 48 + at * 7 % 29
            crystal = turned(rectangle((x - 1.2, y - 1.2, x + 1.2, y + 1.2)), at * 31, (x, y))
            canvas.fill(crystal, look.main if at % 3 else CREAM)
    canvas.solid(rectangle((33, 20, 67, 30), 4, bottom=1), WOOD, 4)
    canvas.fill(rectangle((30, 29, 70, 33), 1.5), darker(CREAM, 0.1))
    canvas.line(path("M70 31 L75 37 L72 44"), 1.5, "#8A929B")
    canvas.fill(rectangle((39, 55, 61, 69), 1.5), CREAM)
    canvas.fill(leaf(44, 64.5, 12, 340, width=0.26), look.second)
    gleam(canvas, "M34.5 40 L34.5 68", "#FFFFFF")


def brush(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 37)
    for row, colour in enumerate((mix(CREAM, WOOD, 0.3), CREAM)):
        for x in range(14, 53, 3):
            canvas.line([(x + row * 1.5, 64), (x + row * 1.5 - 0.6, 78.5)], 2.2, colour)
    body = path(
        "M10 58 C10 50 20 46 34 46 C48 46 54 51 62 54"
        " C70 56 82 52 88 54 C92 56 92 61 88 63 C80 66 66 65 58 66 L16 66 C12 66 10 62 10 58 Z"
    )
    canvas.solid(body, WOOD, 2)
    with canvas.within(body):
        canvas.line(path("M14 55 C30 50 44 52 58 58 C68 62 80 59 92 58"), 1, mix(WOOD, BARK, 0.4))
        canvas.line(path("M14 61 C30 57 44 58 56 62"), 1, mix(WOOD, BARK, 0.4))
        canvas.fill(rectangle((60, 40, 65, 80)), look.main)
    canvas.fill(circle(86, 58.5, 1.6), look.halo)
    canvas.line(path("M86 58.5 C92 50 84 40 78 44 C73 48 80 56 86 58.5"), 1.3, look.main)


def bathtowel(canvas: Canvas, look: Look) -> None:
    """A pile of folded towels, with one rolled on top."""
    shadow(canvas, look, 33)
    for top, colour in ((67.0, look.second), (54.5, look.main), (42.0, lighter(look.main, 0.45))):
        fold = rectangle((19, top, 81, top + 13), 6)
        canvas.solid(fold, colour, 5)
        stripes(canvas, rectangle((62, top, 74, top + 13)), lighter(colour, 0.45), gap=0.2, width=13)
        canvas.line([(25, top + 6.5), (77, top + 6.5)], 1, darker(colour, 0.26))
    canvas.solid(rectangle((28, 26, 74, 42.5), 8), look.accent, 3)
    canvas.fill(circle(36, 34.2, 8.2), lighter(look.accent, 0.35))
    for radius in (6.2, 3.6, 1.2):
        canvas.line(circle(36, 34.2, radius), 1, darker(look.accent, 0.14))


DRAWINGS = {
    "soap": soap,
    "tube": tube,
    "pump": pump,
    "salts": salts,
    "brush": brush,
    "bathtowel": bathtowel,
}
