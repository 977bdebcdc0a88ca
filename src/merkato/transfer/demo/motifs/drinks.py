"""What the café pours."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import (
    CHOCOLATE,
    COFFEE,
    CREAM,
    CREMA,
    GLASS,
    HONEY,
    LEAF,
    LEMON,
    MINT,
    STEEL,
    Look,
)
from merkato.transfer.demo.shapes import (
    Shape,
    circle,
    ellipse,
    leaf,
    path,
    polygon,
    rectangle,
    scaled,
    symmetric,
    turned,
)
from merkato.transfer.demo.stage import gleam, shade_of, shadow, steam

_CUP = path("M28 45 L72 45 C72 64 65 76 50 76 C35 76 28 64 28 45 Z")
_TUMBLER = path("M32 24 L68 24 L63.5 77 C63.5 80 61 80 58 80 L42 80 C39 80 36.5 80 36.5 77 Z")


def _saucer(canvas: Canvas, look: Look, colour: str, width: float = 31) -> None:
    shadow(canvas, look, width)
    canvas.fill(ellipse(50, 78.5, width, 4), darker(colour, 0.22))
    canvas.fill(ellipse(50, 77.2, width, 4), colour)
    canvas.fill(ellipse(50, 76.8, width * 0.6, 2), darker(colour, 0.12))


def _filled_cup(canvas: Canvas, look: Look, drink: str, share: float = 1.0) -> None:
    def at(shape: Shape) -> Shape:
        return scaled(shape, share, (50, 77))

    canvas.line(at(ellipse(73, 56, 9, 8.5, -100, 110)), 4.2 * share, darker(look.main, 0.1))
    canvas.solid(at(_CUP), look.main, 5)
    with canvas.within(at(_CUP)):
        canvas.fill(at(rectangle((20, 66, 80, 69))), look.accent)
        canvas.line(at(path("M33 52 Q34 62 39 68")), 2 * share, lighter(look.main, 0.35))
    canvas.fill(at(ellipse(50, 45, 22, 4.8)), lighter(look.main, 0.55))
    canvas.fill(at(ellipse(50, 45.6, 19.5, 3.6)), drink)


def cup(canvas: Canvas, look: Look) -> None:
    _saucer(canvas, look, lighter(look.main, 0.55))
    _filled_cup(canvas, look, COFFEE)
    canvas.line(ellipse(50, 45.8, 15, 2.2, 150, 260), 0.9, CREMA)
    steam(canvas, look, 38)


def cappuccino(canvas: Canvas, look: Look) -> None:
    _saucer(canvas, look, lighter(look.main, 0.55))
    canvas.fill(path("M29.5 46 C30 37 40 35 50 35 C60 35 70 37 70.5 46 Z"), CREAM)
    _filled_cup(canvas, look, CREAM)
    canvas.fill(path("M30.5 45.5 C31 38.5 41 36.5 50 36.5 C59 36.5 69 38.5 69.5 45.5 C62 50 38 50 30.5 45.5 Z"), CREAM)
    canvas.line(path("M64 40 C67 41.6 68.4 43.4 68.6 45.4"), 1.2, darker(CREAM, 0.1))
    for x, y in ((42, 41), (47, 43.5), (53, 40.5), (58, 44), (50, 46), (38, 44.5), (62, 41.5), (45, 38.8)):
        canvas.fill(circle(x, y, 0.8), CREMA)
    steam(canvas, look, 30)


def espresso(canvas: Canvas, look: Look) -> None:
    _saucer(canvas, look, CREAM, 29)
    _filled_cup(canvas, look, CREMA, 0.68)
    canvas.line(path("M68 75.8 L82 72.6"), 1.5, STEEL)
    canvas.fill(turned(ellipse(67, 76, 4, 1.8), -12, (67, 76)), STEEL)
    steam(canvas, look, 48)


def latte(canvas: Canvas, look: Look) -> None:
    """From above, for the sake of the heart."""
    canvas.fill(circle(52.5, 53.5, 34), shade_of(look))
    canvas.solid(circle(50, 50, 34), lighter(look.main, 0.62), 3)
    canvas.line(circle(50, 50, 29), 0.8, lighter(look.main, 0.3))
    canvas.fill(turned(rectangle((70, 46.5, 87, 53.5), 3), 38), look.main)
    canvas.fill(circle(51, 51.5, 24.5), lighter(look.main, 0.35))
    canvas.solid(circle(50, 50, 24), look.main, 3)
    canvas.fill(circle(50, 50, 20.5), darker(COFFEE, 0.1))
    canvas.fill(circle(50.4, 50.8, 19.6), mix(COFFEE, CREMA, 0.65))
    heart = path("M50 63 C36 55 34 43 42 40 C46 38.5 49 41 50 44 C51 41 54 38.5 58 40 C66 43 64 55 50 63 Z")
    canvas.fill(scaled(heart, 1.06), mix(CREMA, CREAM, 0.35))
    canvas.fill(scaled(heart, 0.9), CREAM)
    canvas.fill(scaled(heart, 0.52, (50, 51)), mix(COFFEE, CREMA, 0.8))
    canvas.fill(scaled(heart, 0.36, (50, 51)), CREAM)


def matcha(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    bowl = path("M22 48 L78 48 C78 66 68 75 60 76 L59 80 L41 80 L40 76 C32 75 22 66 22 48 Z")
    canvas.solid(bowl, look.main, 5)
    with canvas.within(bowl):
        canvas.fill(path("M20 50 C30 60 38 52 46 58 C56 66 66 54 80 60 L80 44 L20 44 Z"), lighter(look.main, 0.4))
    canvas.fill(ellipse(50, 48, 28, 5.6), lighter(look.main, 0.65))
    canvas.fill(ellipse(50, 48.8, 25, 4.3), darker(LEAF, 0.08))
    canvas.fill(ellipse(49.4, 49.2, 22.5, 3.4), MINT)
    for x, y in ((42, 48.6), (46, 50.4), (55, 48.2), (60, 50)):
        canvas.fill(ellipse(x, y, 1.6, 0.7), lighter(MINT, 0.6))
    steam(canvas, look, 40)


def cocoa(canvas: Canvas, look: Look) -> None:
    _saucer(canvas, look, lighter(look.main, 0.55))
    canvas.fill(path("M31 45 C29 37 36 34 39 35 C39 28 47 27 50 28 C54 25 62 29 61 35 C66 34 71 38 69 45 Z"), CREAM)
    canvas.line(path("M38 42 C42 38 47 40 49 43"), 1.3, darker(CREAM, 0.12))
    canvas.line(path("M51 37 C55 33 60 36 62 41"), 1.3, darker(CREAM, 0.12))
    _filled_cup(canvas, look, CREAM)
    canvas.fill(path("M32 45 C36 39 46 42 50 40 C55 38 64 41 68 45 C60 49 40 49 32 45 Z"), CREAM)
    for x, y, degrees in ((42, 33, 20), (52, 31, -35), (58, 38, 60), (46, 40, -10), (36, 41, 40)):
        canvas.line(turned([(x - 1.2, y), (x + 1.2, y)], degrees, (x, y)), 1.1, CHOCOLATE)


def _glass(canvas: Canvas, look: Look, drink: str) -> Shape:
    """An empty tumbler filled with a drink up to a finger below the rim; what may be painted over."""
    shadow(canvas, look, 20)
    canvas.fill(_TUMBLER, mix(look.halo, GLASS, 0.75))
    inside = scaled(_TUMBLER, 0.9, (50, 54))
    liquid = [(x, max(y, 34.0)) for x, y in inside]
    canvas.solid(liquid, drink, 4)
    return liquid


def iced(canvas: Canvas, look: Look) -> None:
    canvas.line(path("M57 60 L65 12"), 2.2, look.main)
    liquid = _glass(canvas, look, COFFEE)
    with canvas.within(liquid):
        canvas.fill(path("M20 30 L80 30 L80 47 C66 53 60 45 50 48 C40 52 34 46 20 48 Z"), CREMA)
        canvas.fill(rectangle((20, 30, 80, 38)), CREAM)
        for x, y, degrees in ((43, 43, 12), (56, 47, -18), (45, 57, 30)):
            ice = turned(rectangle((x - 5, y - 5, x + 5, y + 5), 1.4), degrees, (x, y))
            canvas.fill(ice, mix(CREMA, CREAM, 0.62))
            canvas.line(turned([(x - 3, y - 2.6), (x + 1, y - 2.6)], degrees, (x, y)), 1, CREAM)
    canvas.line(path("M60.6 38 L65 12"), 2.2, look.main)
    gleam(canvas, "M36.5 30 L39.5 70", lighter(GLASS, 0.8))


def lemonade(canvas: Canvas, look: Look) -> None:
    canvas.line(path("M46 60 L38 13"), 2.2, look.main)
    liquid = _glass(canvas, look, mix(LEMON, CREAM, 0.35))
    with canvas.within(liquid):
        for x, y, radius in ((44, 47, 1.4), (57, 63, 1.6), (47, 70, 1.1), (53, 42, 1.1), (60, 50, 1)):
            canvas.fill(circle(x, y, radius), lighter(LEMON, 0.75))
        canvas.fill(circle(50, 57, 9), lighter(LEMON, 0.55))
        canvas.fill(circle(50, 57, 7.8), LEMON)
    canvas.line(path("M42.3 38 L38 13"), 2.2, look.main)
    canvas.fill(circle(66, 26, 10.5), HONEY)
    canvas.fill(circle(66, 26, 9.2), lighter(LEMON, 0.7))
    for step in range(8):
        wedge = turned(polygon(66, 25, 64, 18.6, 66, 17.8, 68, 18.6), step * 45, (66, 26))
        canvas.fill(wedge, LEMON)
    for degrees in (200, 250, 300):
        canvas.fill(leaf(46, 32, 10, degrees, width=0.3), LEAF)
    gleam(canvas, "M36.5 32 L39.5 70", lighter(GLASS, 0.8))


def tea(canvas: Canvas, look: Look) -> None:
    _saucer(canvas, look, lighter(look.main, 0.4))
    glass = symmetric("M50 32 L33 32 C33 46 39 50 38 58 C37 66 40 76 46 76 L50 76")
    canvas.fill(glass, mix(look.halo, GLASS, 0.8))
    drink = [(x, max(y, 40.0)) for x, y in scaled(glass, 0.9, (50, 54))]
    canvas.solid(drink, mix(HONEY, MINT, 0.35), 4)
    with canvas.within(drink):
        for x, y, degrees in ((47, 66, 250), (52, 70, 290), (50, 62, 215), (52, 60, 325)):
            canvas.fill(leaf(x, y, 13, degrees, width=0.3), darker(LEAF, 0.05))
    for degrees in (215, 255, 300, 335):
        canvas.fill(leaf(50, 41, 13, degrees, width=0.3), LEAF)
    canvas.line(path("M36 35 C36 44 41 49 41 57"), 1.5, lighter(GLASS, 0.8))
    steam(canvas, look, 27)


def teapot(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 29)
    canvas.line(ellipse(26, 57, 11, 11, 95, 290), 4.4, darker(look.main, 0.1))
    canvas.solid(path("M70 66 C80 64 79 50 88 45 L83 42.5 C75 45 74 54 68 54 Z"), look.main, 2)
    body = path("M50 38 C66 38 75 48 75 60 C75 72 67 79 62 80 L38 80 C33 79 25 72 25 60 C25 48 34 38 50 38 Z")
    canvas.solid(body, look.main, 6)
    with canvas.within(body):
        canvas.fill(rectangle((0, 62, 100, 66)), look.accent)
        canvas.fill(rectangle((0, 68.5, 100, 70)), lighter(look.main, 0.5))
    canvas.solid(path("M36 41 C38 33 62 33 64 41 C58 44 42 44 36 41 Z"), lighter(look.main, 0.2))
    canvas.solid(circle(50, 32, 4), look.accent, 1.5)
    gleam(canvas, "M32 61 C32 53 36 48 41 46", lighter(look.main, 0.5), 2)


DRAWINGS = {
    "cup": cup,
    "cappuccino": cappuccino,
    "espresso": espresso,
    "latte": latte,
    "matcha": matcha,
    "cocoa": cocoa,
    "iced": iced,
    "lemonade": lemonade,
    "tea": tea,
    "teapot": teapot,
}
