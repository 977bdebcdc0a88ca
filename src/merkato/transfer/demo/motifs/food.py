"""What the café bakes, fills and cooks."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import (
    BARK,
    BERRY,
    CHOCOLATE,
    CREAM,
    CRUMB,
    CRUST,
    HONEY,
    LEAF,
    LEMON,
    MINT,
    MOSS,
    OLIVE,
    STEEL,
    TOMATO,
    Look,
)
from merkato.transfer.demo.shapes import (
    Shape,
    circle,
    ellipse,
    leaf,
    mirrored,
    moved,
    path,
    polygon,
    rectangle,
    spiral,
    turned,
)
from merkato.transfer.demo.stage import ornamented, shade_of, shadow, steam


def _plate(canvas: Canvas, look: Look) -> None:
    colour = lighter(look.main, 0.6)
    shadow(canvas, look, 37)
    canvas.fill(ellipse(50, 78.5, 38, 4.2), darker(colour, 0.22))
    canvas.fill(ellipse(50, 77, 38, 4.2), colour)
    canvas.fill(ellipse(50, 76.6, 26, 2.2), darker(colour, 0.12))


def croissant(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    horn = path(
        "M17 73 C18 57 27 50 33 48 C36 39 44 36 50 36 C56 36 64 39 67 48 C73 50 82 57 83 73"
        " C84 77 78 78 75 75 C70 69 60 67 50 67 C40 67 30 69 25 75 C22 78 16 77 17 73 Z"
    )
    canvas.solid(horn, CRUST, 4)
    with canvas.within(horn):
        for text in ("M33 46 C31 54 33 63 36 70", "M22 56 C24 62 26 68 30 72", "M43 36 C41 46 42 58 44 69"):
            canvas.line(path(text), 1.8, darker(CRUST, 0.26))
            canvas.line(mirrored(path(text)), 1.8, darker(CRUST, 0.26))
        for text in ("M47 40 C46 48 46 54 47 60", "M37 46 C36 52 37 56 38 60", "M61 45 C62 51 62 55 61 59"):
            canvas.line(path(text), 2.2, lighter(HONEY, 0.35))


def roll(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    canvas.solid(circle(50, 52, 25.5), CRUST, 4)
    canvas.line(spiral(50, 52, 21, 2.6), 2.6, darker(BARK, 0.05))
    icing = path(
        "M30 44 C34 32 50 28 62 34 C70 38 72 46 70 52 C69 57 65 56 64 51 C62 46 58 48 57 54 C56 60 51 59 51 53"
        " C50 47 45 48 44 54 C43 60 38 58 38 52 C38 48 34 50 33 53 C31 55 29 50 30 44 Z"
    )
    canvas.fill(moved(icing, 0.6, 1.2), darker(CRUST, 0.2))
    canvas.fill(icing, CREAM)
    canvas.line(path("M37 42 C41 36 50 34 56 36"), 1.6, "#FFFFFF")


def pastry(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    body = path(
        "M20 70 C15 58 20 46 32 44 C44 41 60 41 70 44 C82 46 85 58 80 70 C79 76 75 76 70 76 L30 76 C25 76 21 76 20 70 Z"
    )
    canvas.solid(body, CRUST, 5)
    with canvas.within(body):
        for x in (28, 39, 50, 61, 72):
            canvas.line(path(f"M{x} 40 C{x - 4} 52 {x - 4} 62 {x - 1} 78"), 2, darker(CRUST, 0.24))
            canvas.line(path(f"M{x + 4} 45 C{x + 1} 52 {x + 1} 56 {x + 2} 62"), 1.8, lighter(HONEY, 0.35))
    for x in (23, 77):
        canvas.fill(circle(x, 65, 5), darker(CRUST, 0.24))
        canvas.fill(circle(x, 65, 3.6), CHOCOLATE)


def cake(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    side = polygon(18, 50, 82, 46, 82, 75, 18, 76)
    canvas.fill(side, mix(CRUST, BARK, 0.3))
    with canvas.within(side):
        canvas.fill(polygon(0, 58, 100, 54, 100, 58, 0, 62), CREAM)
        canvas.fill(polygon(0, 67, 100, 64, 100, 68, 0, 71), CREAM)
        for x, y in ((28, 65), (40, 54), (53, 61.5), (66, 73), (75, 61), (35, 74), (58, 52.5), (47, 73.5)):
            canvas.fill(circle(x, y, 1.1), darker(BARK, 0.2))
        canvas.fill(polygon(78, 40, 90, 40, 90, 80, 78, 80), darker(BARK, 0.12))
    top = polygon(18, 50, 60, 34, 82, 46)
    canvas.fill(top, CREAM)
    canvas.fill(
        path(
            "M18 49.6 L82 45.6 L82 50 C79 54 77 49 73 50 C69 51 69 56 65 54 C61 51 57 51 53 52 C48 58 45 52"
            " 40 53 C35 54 34 58 30 55 C26 51 21 56 18 53 Z"
        ),
        lighter(CREAM, 0.5),
    )
    canvas.fill(turned(path("M58 36 C54 32 55 26 59 25 C63 26 64 32 60 38 Z"), 30, (59, 34)), mix(HONEY, TOMATO, 0.45))
    for degrees in (250, 285, 315):
        canvas.fill(leaf(62, 28, 8, degrees, width=0.28), LEAF)


def tart(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    canvas.solid(path("M22 58 L78 58 L71 76 L29 76 Z"), CRUST, 5)
    for step in range(8):
        canvas.line([(26 + step * 6.9, 60), (31 + step * 5.5, 75)], 1.3, darker(CRUST, 0.24))
    filling = path("M24 58 C28 46 40 43 50 43 C60 43 72 46 76 58 Z")
    canvas.solid(filling, LEMON, 4)
    canvas.line(path("M31 53 C34 48 41 46.5 46 46.5"), 1.6, lighter(LEMON, 0.7))
    canvas.solid(rectangle((20, 55.5, 80, 61), 2.7), lighter(CRUST, 0.2), 3)
    for x, y, radius in ((45, 41, 4.6), (54, 40, 5), (50, 34.5, 4.4)):
        canvas.solid(circle(x, y, radius), BERRY, 1.6)
        canvas.fill(circle(x - 1.4, y - 1.6, 0.9), lighter(BERRY, 0.6))
    canvas.fill(leaf(58, 38, 11, 325, width=0.28), LEAF)


def _biscuit(canvas: Canvas, x: float, y: float, radius: float) -> None:
    canvas.solid(circle(x, y, radius), CRUST, 3.5)
    for across, down, size in (
        (-0.45, -0.4, 0.13),
        (0.2, -0.55, 0.1),
        (0.5, -0.1, 0.14),
        (-0.1, -0.05, 0.15),
        (-0.6, 0.2, 0.1),
        (0.25, 0.45, 0.13),
        (-0.3, 0.55, 0.12),
        (0.62, 0.4, 0.08),
    ):
        chip = circle(x + across * radius, y + down * radius, size * radius)
        canvas.fill(moved(chip, 0.5, 0.6), darker(CRUST, 0.3))
        canvas.fill(chip, CHOCOLATE)


def cookie(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    _biscuit(canvas, 62, 54, 20)
    canvas.fill(circle(42, 52.5, 24.5), darker(CRUST, 0.3))
    _biscuit(canvas, 40, 52, 24)


def _wave(y: float, low: float, left: float = 18, right: float = 82) -> Shape:
    """A frilly edge hanging from y, as of a lettuce leaf."""
    step = (right - left) / 8
    frill = f"M{right} {y} "
    for at in range(8):
        x = right - at * step
        frill += f"Q{x - step / 2} {low + 3 + at % 2 * 2} {x - step} {low - 2} "
    return [*path(frill), (left, y)]


def sandwich(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    filling = look.choose("filling", ((TOMATO, LEMON), (TOMATO, CREAM), (BERRY, LEMON)))
    canvas.solid(rectangle((20, 66, 80, 76.5), 3, bottom=5), CRUST, 4)
    canvas.fill(rectangle((20, 64.5, 80, 68), 1.5), CRUMB)
    canvas.solid(rectangle((19, 60.5, 81, 65.5), 2.2), filling[0], 4)
    canvas.fill(polygon(18, 57, 82, 57, 74, 64, 66, 58.5, 44, 58.5, 34, 66, 26, 58.5), filling[1])
    canvas.fill(_wave(53, 58), LEAF)
    canvas.fill(_wave(52, 55, 20, 80), MINT)
    top = path(
        "M18 52 C15 42 24 37 34 36.5 C45 35.5 57 35.5 67 36.5 C77 37 85 42 82 52 C82 55 79 55.5 76 55.5 L24 55.5"
        " C21 55.5 18 55 18 52 Z"
    )
    canvas.solid(top, CRUST, 5)
    for x in (32, 44, 56):
        canvas.fill(leaf(x, 49, 14, 320, width=0.16), CRUMB)
    canvas.line(path("M23 46 C25 42.5 29 40.5 34 40"), 1.8, lighter(CRUST, 0.4))


def focaccia(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    canvas.solid(rectangle((19, 66, 81, 76.5), 2.5, bottom=4), CRUST, 4)
    canvas.fill(rectangle((20, 64.5, 80, 68)), CRUMB)
    canvas.fill(_wave(62, 66, 20, 80), MOSS)
    canvas.solid(rectangle((18, 57.5, 82, 63.5), 3), TOMATO, 4)
    canvas.solid(rectangle((21, 52.5, 79, 58.5), 3), CREAM, 4)
    canvas.fill(rectangle((20, 49, 80, 53)), CRUMB)
    top = path("M18 50 C17 42 20 38 27 38 C33 36.5 38 39 44 37.5 C52 36 58 39 64 37.5 C72 36.5 83 38 82 50 Z")
    canvas.solid(top, mix(CRUST, HONEY, 0.4), 5)
    for x, y in ((29, 43), (42, 45), (56, 42.5), (69, 44.5)):
        canvas.fill(ellipse(x, y, 3, 1.5), darker(CRUST, 0.16))
    for x, y, degrees in ((35, 40.5, 20), (49, 41, -25), (63, 45.5, 15), (75, 42, -40)):
        canvas.fill(leaf(x - 2.5, y, 6, degrees, width=0.2), MOSS)


def bagel(canvas: Canvas, look: Look) -> None:
    _plate(canvas, look)
    canvas.solid(path("M18 66 L82 66 C82 74 76 77 70 77 L30 77 C24 77 18 74 18 66 Z"), CRUST, 4)
    canvas.fill(rectangle((18, 63.5, 82, 67), 1.7), CRUMB)
    canvas.fill(_wave(59, 64), MINT)
    canvas.solid(rectangle((17, 56, 83, 62), 3), CREAM, 4)
    top = path("M18 57 C15 44 30 37 50 37 C70 37 85 44 82 57 Z")
    canvas.solid(top, CRUST, 5)
    canvas.fill(ellipse(50, 43, 11, 3.4), darker(CRUST, 0.34))
    canvas.fill(ellipse(50, 44.2, 9.4, 2.4), CRUMB)
    for x, y, degrees in (
        (28, 49, 30),
        (35, 44, -20),
        (41, 51, 10),
        (51, 51, -30),
        (60, 50, 20),
        (67, 45, 40),
        (73, 51, 0),
        (34, 53, 60),
    ):
        canvas.fill(turned(ellipse(x, y, 1.6, 0.8), degrees, (x, y)), CREAM if x % 2 else darker(BARK, 0.4))


def _bowl(canvas: Canvas, look: Look) -> None:
    body = path("M18 54 L82 54 C81 69 70 77 62 78 L61 80 L39 80 L38 78 C30 77 19 69 18 54 Z")
    canvas.solid(body, look.main, 6)
    with canvas.within(body):
        canvas.fill(rectangle((0, 58, 100, 60.5)), look.accent)
        canvas.line(path("M25 63 C27 69 32 73 37 75"), 2, lighter(look.main, 0.4))


def salad(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    greens = (LEAF, MINT, darker(LEAF, 0.12), OLIVE)
    for at, degrees in enumerate((190, 215, 236, 258, 280, 302, 324, 348)):
        canvas.fill(leaf(50, 55, 29 - at % 3 * 2, degrees, width=0.32), greens[at % 4])
    for x, y, radius in ((34.0, 46.0, 6.4), (66.0, 47.0, 6.0), (51.0, 38.0, 5.6)):
        canvas.solid(circle(x, y, radius), TOMATO, 2)
        canvas.fill(circle(x - 2, y - 2, 1.2), lighter(TOMATO, 0.6))
    for x, y, degrees in ((44, 47, 20), (59, 43, -25), (73, 51, 30)):
        canvas.solid(turned(rectangle((x - 4, y - 3.6, x + 4, y + 3.6), 0.8), degrees, (x, y)), CREAM, 1.8)
    for x, y in ((27.0, 50.0), (52.0, 49.0), (42.0, 39.5)):
        canvas.solid(ellipse(x, y, 3.4, 3), darker(MOSS, 0.4), 1)
        canvas.fill(circle(x, y, 1), look.halo)
    _bowl(canvas, look)


def lentils(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    for degrees in (196, 218, 322, 344):
        canvas.fill(leaf(50, 55, 29, degrees, width=0.3), LEAF)
    canvas.fill(path("M23 56 C26 42 40 37 50 37 C60 37 74 42 77 56 Z"), darker(OLIVE, 0.35))
    for at in range(64):
        x, y = 27 + at * 17 % 47, 39 + at * 7 % 16
        if (x - 50) ** 2 / 700 + (y - 56) ** 2 / 330 < 1:
            canvas.fill(ellipse(x, y, 1.9, 1.4), (OLIVE, mix(OLIVE, BARK, 0.5), lighter(OLIVE, 0.2))[at % 3])
    for x, y, degrees in ((38, 45, 25), (60, 43, -20), (50, 50, 10), (68, 52, 40)):
        canvas.solid(turned(rectangle((x - 4.4, y - 3.6, x + 4.4, y + 3.6), 1.6), degrees, (x, y)), "#EE9440", 2)
    for x, y, degrees in ((47, 38, 235), (51, 37, 300)):
        canvas.fill(leaf(x, y, 9, degrees, width=0.3), MINT)
    _bowl(canvas, look)


def soup(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    canvas.line(path("M66 54 L86 33"), 2.6, STEEL)
    _bowl(canvas, look)
    canvas.fill(ellipse(50, 54, 32, 6.4), lighter(look.main, 0.6))
    canvas.fill(ellipse(50, 54.8, 28.6, 5), HONEY)
    canvas.line(ellipse(48, 55, 15, 2.3, 20, 300), 1.5, CREAM)
    for x, degrees in ((57, 200), (58, 330), (57, 260)):
        canvas.fill(leaf(x, 55, 6, degrees, width=0.3), MOSS)
    steam(canvas, look, 45)


def bread(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 36)
    cloth = polygon(12, 77, 88, 77, 82, 82, 18, 82)
    canvas.fill(cloth, look.accent)
    ornamented(canvas, cloth, look, ground=look.accent, colour=lighter(look.accent, 0.5))
    loaf = path("M14 70 C12 54 28 42 50 42 C72 42 88 54 86 70 C85 79 76 79 70 79 L30 79 C24 79 15 79 14 70 Z")
    canvas.solid(loaf, mix(CRUST, BARK, 0.25), 6)
    for x in (30, 45, 60):
        cut = path(f"M{x - 4} 66 C{x - 2} 58 {x + 4} 51 {x + 12} 47 C{x + 10} 56 {x + 4} 64 {x - 4} 66 Z")
        canvas.fill(cut, CRUMB)
        canvas.line(path(f"M{x - 4} 66 C{x - 2} 58 {x + 4} 51 {x + 12} 47"), 1.3, shade_of(look))


DRAWINGS = {
    "croissant": croissant,
    "roll": roll,
    "pastry": pastry,
    "cake": cake,
    "tart": tart,
    "cookie": cookie,
    "sandwich": sandwich,
    "focaccia": focaccia,
    "bagel": bagel,
    "salad": salad,
    "lentils": lentils,
    "soup": soup,
    "bread": bread,
}
