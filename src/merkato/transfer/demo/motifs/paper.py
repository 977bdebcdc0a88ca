"""What is read, written on and written with, and what comes on paper or as a file."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter
from merkato.transfer.demo.looks import BARK, CREAM, HONEY, INK, LEAF, STEEL, Look
from merkato.transfer.demo.shapes import (
    circle,
    ellipse,
    leaf,
    mirrored,
    path,
    polygon,
    rectangle,
    turned,
)
from merkato.transfer.demo.stage import ornamented, shade_of, shadow


def book(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 30)
    canvas.fill(polygon(31, 20, 76, 20, 76, 80, 31, 80), darker(look.main, 0.3))
    canvas.fill(polygon(31, 18, 73, 18, 73, 77, 31, 77), CREAM)
    for x in (69.5, 71.2):
        canvas.line([(x, 19), (x, 76)], 0.5, darker(CREAM, 0.24))
    canvas.solid(rectangle((26, 17, 69, 77), 1.5), look.main, 3)
    canvas.fill(rectangle((26, 17, 33, 77), 1.5), darker(look.main, 0.2))
    canvas.fill(path("M29 77 L76 77 L76 80.5 L29 80.5 C26 80.5 26 77 29 77 Z"), darker(look.main, 0.24))
    kind = look.choose("cover", ("moon", "leaf", "sea"))
    if kind == "moon":
        canvas.fill(circle(51, 42, 11), look.accent)
        canvas.fill(circle(56, 39, 9.5), look.main)
        for x, y in ((42, 28), (61, 52), (60, 27), (40, 55)):
            canvas.fill(circle(x, y, 1.1), look.accent)
    elif kind == "leaf":
        canvas.line(path("M51 60 C51 48 51 40 51 30"), 1.3, look.accent)
        for y, degrees in ((54, 215), (54, 325), (46, 215), (46, 325), (38, 270)):
            canvas.fill(leaf(51, y, 12, degrees, width=0.26), look.accent)
    else:
        canvas.fill(circle(51, 36, 7.5), look.accent)
        for y in (48, 53, 58):
            wave = f"M39 {y} C43 {y - 4} 47 {y + 4} 51 {y} C55 {y - 4} 59 {y + 4} 63 {y}"
            canvas.line(path(wave), 1.7, lighter(look.main, 0.6))
    for y, width in ((66, 10), (70, 6)):
        canvas.line([(51 - width, y), (51 + width, y)], 1.5, lighter(look.main, 0.6))


def cookbook(canvas: Canvas, look: Look) -> None:
    """Open, at a recipe."""
    shadow(canvas, look, 39)
    canvas.fill(path("M9 34 L91 34 L93 78 C78 76 60 76 50 80 C40 76 22 76 7 78 Z"), look.main)
    left = path("M50 33 C42 28 24 27 13 30 L11 73 C24 71 41 71 50 76 Z")
    canvas.fill(left, CREAM)
    canvas.fill(mirrored(left), darker(CREAM, 0.06))
    canvas.fill(path("M50 33 C47 31 44 30 42 29.6 L42 72.6 C46 73.4 48 74.6 50 76 Z"), darker(CREAM, 0.12))
    canvas.solid(circle(28, 46, 10), look.accent, 2)
    canvas.fill(circle(28, 46, 7), CREAM)
    for x, y, colour in ((26, 44, LEAF), (30, 46, "#D8543F"), (27, 49, HONEY)):
        canvas.fill(circle(x, y, 2.6), colour)
    for y, right in ((61, 39), (65, 36)):
        canvas.line([(17, y), (right, y)], 1.2, darker(CREAM, 0.24))
    canvas.line([(58, 38), (76, 36.5)], 2.2, look.main)
    for at, right in enumerate((84, 80, 84, 77, 83, 79)):
        canvas.line([(58, 45 + at * 4.6), (right, 44 + at * 4.6)], 1.2, darker(CREAM, 0.24))
    canvas.line(path("M50 33 C53 48 52 64 56 84"), 2, look.second)


def notebook(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)

    def tilted(shape: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(shape, 5, (50, 80))

    canvas.fill(tilted(rectangle((30, 20, 75, 80), 2)), CREAM)
    cover = tilted(rectangle((28, 18, 72, 79), 2.5))
    canvas.solid(cover, look.main, 3)
    with canvas.within(cover):
        ornamented(canvas, tilted(rectangle((20, 18, 80, 54))), look, ground=look.main, colour=lighter(look.main, 0.35))
        canvas.fill(tilted(rectangle((63, 10, 66, 90))), look.second)
    canvas.fill(tilted(rectangle((36, 59, 57, 69), 1.2)), CREAM)
    canvas.line(tilted([(39, 63), (54, 63)]), 1, STEEL)
    for step in range(9):
        y = 23 + step * 6.4
        canvas.fill(tilted(circle(31.5, y, 1.5)), darker(look.main, 0.5))
        canvas.line(tilted(ellipse(28.5, y, 3.6, 1.7, 0, 230)), 1.3, STEEL)


def pencils(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 19)
    for x, top, degrees, colour in (
        (43, 22, -13, look.accent),
        (48, 15, -4, look.second),
        (53, 19, 5, CREAM),
        (58, 24, 14, look.main),
    ):
        stick = turned(rectangle((x - 3, top + 9, x + 3, 70)), degrees, (50, 70))
        canvas.solid(stick, colour, 2)
        canvas.fill(turned(polygon(x, top, x - 3, top + 9.3, x + 3, top + 9.3), degrees, (50, 70)), "#EBCFA0")
        canvas.fill(
            turned(polygon(x, top, x - 1.1, top + 3.6, x + 1.1, top + 3.6), degrees, (50, 70)), darker(colour, 0.5)
        )
    beaker = rectangle((35, 46, 66, 80), 1, bottom=4)
    canvas.solid(beaker, look.main, 5)
    with canvas.within(beaker):
        canvas.fill(rectangle((0, 46, 100, 50)), lighter(look.main, 0.4))
        canvas.fill(path("M30 66 C40 58 48 70 58 62 C62 59 66 60 70 62 L70 84 L30 84 Z"), look.second)


def pen(canvas: Canvas, look: Look) -> None:
    """A fountain pen that has just drawn a line."""
    canvas.line(path("M14 78 C24 66 30 86 38 76 C44 69 48 84 58 77"), 2, look.second)

    def held(shape: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(shape, 38, (50, 76))

    canvas.fill([(x + 5, y + 3) for x, y in held(rectangle((44.5, 6, 55.5, 54), 5))], shade_of(look))
    canvas.solid(held(path("M45.5 58 L54.5 58 L50.6 76 L49.4 76 Z")), HONEY, 2)
    canvas.line(held([(50, 65), (50, 75)]), 0.7, BARK)
    canvas.fill(held(circle(50, 65, 1.2)), BARK)
    canvas.solid(held(path("M44.5 34 L55.5 34 L54.5 59 L45.5 59 Z")), look.main, 3)
    canvas.solid(held(rectangle((44, 2, 56, 37), 5.5, bottom=0)), darker(look.main, 0.2), 3)
    canvas.fill(held(rectangle((44, 34, 56, 37.5))), HONEY)
    canvas.fill(held(rectangle((52.5, 8, 54.5, 27), 1)), HONEY)


def card(canvas: Canvas, look: Look) -> None:
    """Greeting cards and their envelope."""
    shadow(canvas, look, 36)
    sheet = turned(rectangle((28, 17, 68, 66), 1), -7, (48, 50))
    canvas.solid(sheet, CREAM, 2)
    for step in range(6):
        canvas.fill(turned(ellipse(46, 28, 3.2, 5), step * 60, (46, 34.5)), look.accent)
    canvas.fill(circle(46, 34.5, 3.2), BARK)
    canvas.solid(rectangle((15, 40, 85, 80), 2), look.main, 3)
    canvas.fill(polygon(15, 80, 43, 58, 57, 58, 85, 80), darker(look.main, 0.1))
    canvas.fill(path("M15 41 L85 41 L54 63 C51 65 49 65 46 63 Z"), lighter(look.main, 0.25))
    canvas.line(path("M16 42 L46 63 C49 65 51 65 54 63 L84 42"), 1.2, darker(look.main, 0.24))
    canvas.solid(circle(50, 63, 5.4), look.second, 1.6)
    canvas.fill(
        path("M50 66 C45 63 46 60 48.4 60 C49.4 60 50 61 50 61.6 C50 61 50.6 60 51.6 60 C54 60 55 63 50 66 Z"), CREAM
    )


def calendar(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 30)
    canvas.fill(polygon(24, 80, 76, 80, 82, 83, 18, 83), darker(look.main, 0.3))
    sheet = rectangle((22, 24, 78, 80), 2.5)
    canvas.solid(sheet, CREAM, 3)
    with canvas.within(sheet):
        canvas.fill(rectangle((0, 20, 100, 39)), look.main)
    for row in range(4):
        for column in range(6):
            x, y = 28 + column * 7.6, 44 + row * 8.5
            chosen = (row * 6 + column) % 7 == len(look.digest) % 7
            canvas.fill(rectangle((x, y, x + 5.6, y + 5.6), 1), look.accent if chosen else darker(CREAM, 0.1))
    for x in (34, 50, 66):
        canvas.fill(circle(x, 29.5, 2), darker(look.main, 0.4))
        canvas.line([(x, 20), (x, 28.5)], 2, STEEL)


def screen(canvas: Canvas, look: Look) -> None:
    """A tablet that shows what can be read or watched at once."""
    shadow(canvas, look, 27)
    canvas.solid(rectangle((26, 14, 74, 80), 5), INK, 2.5)
    view = rectangle((30, 19, 70, 75), 1.5)
    canvas.fill(view, CREAM)
    with canvas.within(view):
        canvas.fill(rectangle((30, 19, 70, 49)), look.main)
        canvas.fill(circle(58, 31, 5), look.accent)
        canvas.fill(path("M24 46 C36 34 44 44 52 42 C60 38 66 42 76 38 L76 49 L24 49 Z"), look.second)
    if look.choose("file", (True, False)):
        canvas.fill(circle(50, 37, 6.5), CREAM)
        canvas.fill(polygon(48, 33.6, 53.4, 37, 48, 40.4), look.main)
    for y, right in ((55, 65), (59.5, 60), (64, 64), (68.5, 52)):
        canvas.line([(35, y), (right, y)], 1.5, darker(CREAM, 0.2))


def voucher(canvas: Canvas, look: Look) -> None:
    """A gift card with its ribbon."""
    canvas.fill(turned(rectangle((16, 36, 88, 80), 5), -7), shade_of(look))
    body = turned(rectangle((14, 31, 86, 75), 5), -7)
    canvas.solid(body, look.main, 2)
    with canvas.within(body):
        canvas.fill(turned(rectangle((28, 20, 35, 90)), -7), look.accent)
        canvas.fill(turned(rectangle((0, 49, 100, 56)), -7), look.accent)
        canvas.fill(turned(circle(80, 80, 22), -7), lighter(look.main, 0.14))
    for loop in (
        path("M31.5 52 C20 38 12 44 16 51 C18 56 26 56 31.5 52 Z"),
        path("M31.5 52 C43 38 51 44 47 51 C45 56 37 56 31.5 52 Z"),
    ):
        canvas.solid(turned(loop, -7), lighter(look.accent, 0.2), 1)
    canvas.fill(turned(circle(31.5, 52, 3.2), -7), darker(look.accent, 0.2))
    canvas.line(turned([(56, 66), (78, 66)], -7), 1.8, lighter(look.main, 0.6))


def ticket(canvas: Canvas, look: Look) -> None:
    bite = 4.5
    outline = [
        (12.0, 34.0),
        *ellipse(64, 34, bite, bite, 180, 0),
        (88.0, 34.0),
        (88.0, 68.0),
        *ellipse(64, 68, bite, bite, 0, -180),
        (12.0, 68.0),
    ]
    canvas.fill(turned([(x + 2, y + 4) for x, y in outline], -8), shade_of(look))
    canvas.solid(turned(outline, -8), look.main, 2)
    for y in (42, 47, 52, 57):
        canvas.line(turned([(64, y), (64, y + 1.6)], -8), 1.2, look.halo)
    star = [turned([(36.0, 51.0 - (11 if at % 2 == 0 else 4.8))], at * 36, (36, 51))[0] for at in range(10)]
    canvas.fill(turned(star, -8), look.accent)
    for y in (45, 51, 57):
        canvas.line(turned([(71, y), (81, y)], -8), 1.8, lighter(look.main, 0.6))
    canvas.line(turned(rectangle((16, 38, 56, 64), 2), -8), 0.9, lighter(look.main, 0.4))


DRAWINGS = {
    "book": book,
    "cookbook": cookbook,
    "notebook": notebook,
    "pencils": pencils,
    "pen": pen,
    "card": card,
    "calendar": calendar,
    "screen": screen,
    "voucher": voucher,
    "ticket": ticket,
}
