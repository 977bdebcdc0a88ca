"""What makes a room a home."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import BARK, CREAM, HONEY, INK, LEAF, MINT, MOSS, WOOD, Look
from merkato.transfer.demo.shapes import (
    circle,
    ellipse,
    leaf,
    mirrored,
    path,
    polygon,
    rectangle,
    symmetric,
    turned,
)
from merkato.transfer.demo.stage import (
    checks,
    gleam,
    ornamented,
    shade_of,
    shadow,
    stripes,
)


def lamp(canvas: Canvas, look: Look) -> None:
    canvas.fill(polygon(30, 46, 70, 46, 86, 79, 14, 79), lighter(look.halo, 0.45))
    shadow(canvas, look, 21)
    canvas.solid(symmetric("M50 46 L48 46 L47.5 54 C42 58 39 65 42 72 C43 76 45 77 45 80 L50 80"), look.second, 4)
    gleam(canvas, "M45 68 C44 64 46 61 48 58", lighter(look.second, 0.4))
    canvas.line(path("M58 47 L58 57"), 1, BARK)
    canvas.fill(circle(58, 58, 1.7), look.accent)
    shade = path("M38 18 L62 18 L74 47 C60 50 40 50 26 47 Z")
    canvas.solid(shade, look.main, 6)
    with canvas.within(shade):
        canvas.line(path("M26 44 C40 47 60 47 74 44"), 2, lighter(look.main, 0.5))
        canvas.fill(rectangle((30, 18, 70, 20.5)), darker(look.main, 0.2))
    gleam(canvas, "M38 26 L33 39", lighter(look.main, 0.4), 2)


def cushion(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 32)
    body = path("M18 24 C34 30 66 30 82 24 C77 40 77 62 82 79 C66 75 34 75 18 79 C23 62 23 40 18 24 Z")
    tilted = turned(body, -4, (50, 78))
    canvas.solid(tilted, look.main, 5)
    with canvas.within(tilted):
        ornamented(canvas, tilted, look, ground=look.main, colour=lighter(look.main, 0.42))
        canvas.line(path("M77 20 C70 40 71 64 78 84"), 5, darker(look.main, 0.16))
    for x, y in ((18, 24), (82, 24), (82, 79), (18, 79)):
        canvas.fill(turned(circle(x, y, 2.6), -4, (50, 78)), look.accent)
    canvas.line(turned(path("M26 34 C28 42 28 52 27 60"), -4, (50, 78)), 1.6, lighter(look.main, 0.55))


def blanket(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 36)
    for top, colour in ((64.0, look.second), (48.0, look.main)):
        fold = rectangle((17, top, 83, top + 17), 8)
        canvas.solid(fold, colour, 5)
        if colour == look.main:
            checks(canvas, fold, lighter(colour, 0.35), colour)
        else:
            stripes(canvas, fold, lighter(colour, 0.3), gap=3, width=1.4)
        canvas.line(path(f"M24 {top + 8.5} L66 {top + 8.5}"), 1.2, darker(colour, 0.3))
    flap = path(
        "M27 48 C27 34 31 31 38 31 L74 31 C82 31 83 36 83 42 L83 50 C83 54 80 56 76 56 L33 56 C29 56 27 53 27 48 Z"
    )
    canvas.solid(flap, lighter(look.main, 0.2), 5)
    stripes(canvas, flap, look.accent, gap=8, width=2.2)
    for step in range(15):
        x = 31 + step * 3.3
        canvas.line([(x, 56), (x - 0.6, 61)], 1.1, lighter(look.main, 0.55))


def vase(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 20)
    for x, y, bend in ((36.0, 22, -8), (51.0, 15, 1), (65, 25, 9)):
        canvas.line(path(f"M50 52 C50 42 {50 + bend} 34 {x} {y}"), 1.5, MOSS)
    for x, y, degrees in ((46.0, 36, 200), (53.0, 38, 320), (50.5, 30, 230), (56, 34, 300)):
        canvas.fill(leaf(x, y, 11, degrees, width=0.28), LEAF)
    for x, y, colour in ((36, 22, look.accent), (51, 15, CREAM), (65, 25, look.accent)):
        for step in range(6):
            canvas.fill(turned(ellipse(x, y - 4, 2.5, 3.6), step * 60, (x, y)), colour)
        canvas.fill(circle(x, y, 2.3), HONEY if colour == CREAM else CREAM)
    body = symmetric("M50 45 L42 45 C41 49 45 52 43 55 C32 60 31 76 40 80 L50 80")
    canvas.solid(body, look.main, 6)
    with canvas.within(body):
        canvas.fill(path("M20 68 C34 63 42 72 54 67 C64 63 72 68 80 66 L80 90 L20 90 Z"), darker(look.main, 0.24))
    gleam(canvas, "M38.5 69 C38 65 40 62 43 60", lighter(look.main, 0.5), 1.8)


def candle(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 22)
    canvas.fill(circle(50, 30, 15), lighter(look.halo, 0.45))
    canvas.fill(circle(50, 31, 9.5), lighter(look.halo, 0.75))
    canvas.line([(50, 48), (50, 40)], 1.3, INK)
    canvas.fill(path("M50 19 C56 27 57 31 56 35 C55 40 45 40 44 35 C43 31 46 28 50 19 Z"), HONEY)
    canvas.fill(path("M50 27 C53 32 53.5 34 53 36.5 C52 39 48 39 47 36.5 C46.5 34 48 32 50 27 Z"), CREAM)
    body = rectangle((31, 46, 69, 80), 1, bottom=5)
    canvas.solid(body, look.main, 6)
    canvas.fill(ellipse(50, 46, 19, 3.6), lighter(look.main, 0.6))
    canvas.fill(ellipse(50, 46.7, 16.6, 2.6), CREAM)
    canvas.line([(50, 47), (50, 43)], 1.3, INK)
    canvas.fill(rectangle((38, 56, 62, 72), 1.5), CREAM)
    for degrees in (235, 270, 305):
        canvas.fill(leaf(50, 69, 9.5, degrees, width=0.24), look.second)


def clock(canvas: Canvas, look: Look) -> None:
    canvas.fill(circle(53, 54, 32), shade_of(look))
    canvas.solid(circle(50, 49, 32), look.main, 3.5)
    canvas.fill(circle(50.8, 50.2, 26), darker(look.main, 0.3))
    canvas.fill(circle(50, 49, 25.5), CREAM)
    for hour in range(12):
        size = 1.6 if hour % 3 == 0 else 0.9
        canvas.fill(turned(circle(50, 28, size), hour * 30, (50, 49)), look.second)
    canvas.line(turned([(50, 49), (50, 36)], 305, (50, 49)), 2.6, look.second)
    canvas.line(turned([(50, 49), (50, 31)], 50, (50, 49)), 2, look.second)
    canvas.line(turned([(50, 53), (50, 30)], 170, (50, 49)), 0.9, look.accent)
    canvas.fill(circle(50, 49, 2.2), look.accent)


def basket(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 30)
    canvas.line(ellipse(50, 46, 24, 28, 180, 360), 4, mix(WOOD, BARK, 0.5))
    cloth = path("M22 46 C28 36 38 42 44 37 C52 31 60 42 68 38 C74 36 78 42 79 46 Z")
    canvas.solid(cloth, look.main, 4)
    body = path("M20 46 L80 46 L74 76 C73 79 71 80 68 80 L32 80 C29 80 27 79 26 76 Z")
    canvas.solid(body, WOOD, 6)
    with canvas.within(body):
        for row in range(5):
            for column in range(-1, 9):
                x, y = 20 + column * 8 + row % 2 * 4, 50 + row * 6.4
                canvas.fill(rectangle((x, y, x + 6.4, y + 4.4), 1.8), mix(WOOD, BARK, 0.28 if row % 2 else 0.4))
    canvas.fill(rectangle((18, 43.5, 82, 49), 2.7), mix(WOOD, BARK, 0.5))
    canvas.line([(21, 45.2), (78, 45.2)], 1, WOOD)


def mirror(canvas: Canvas, look: Look) -> None:
    canvas.fill(ellipse(53, 54, 25, 32), shade_of(look))
    canvas.line(path("M50 10 L38 24"), 1.3, BARK)
    canvas.line(mirrored(path("M50 10 L38 24")), 1.3, BARK)
    canvas.fill(circle(50, 10, 1.8), BARK)
    canvas.solid(ellipse(50, 50, 25, 32), WOOD, 2.5)
    glass = ellipse(50, 50, 21, 28)
    canvas.fill(glass, mix(look.wall, "#BFD6DF", 0.6))
    with canvas.within(glass):
        for shift, width in ((0, 9), (16, 4)):
            beam = polygon(30 + shift, 70, 62 + shift, 18, 62 + shift + width, 18, 30 + shift + width, 70)
            canvas.fill(beam, lighter(mix(look.wall, "#BFD6DF", 0.6), 0.55))


def print_(canvas: Canvas, look: Look) -> None:
    """A framed picture of hills."""
    canvas.fill(rectangle((25, 17, 81, 87)), shade_of(look))
    canvas.solid(rectangle((22, 13, 78, 83), 1), WOOD, 2)
    canvas.fill(rectangle((26, 17, 74, 79)), CREAM)
    view = rectangle((32, 24, 68, 72))
    canvas.fill(view, lighter(look.halo, 0.3))
    with canvas.within(view):
        canvas.fill(circle(56, 40, 7), look.accent)
        canvas.fill(path("M20 56 C34 40 46 48 54 54 C62 60 68 52 80 50 L80 90 L20 90 Z"), MINT)
        canvas.fill(path("M20 62 C36 56 46 60 58 66 C66 69 74 64 80 62 L80 90 L20 90 Z"), look.main)
        canvas.fill(path("M20 70 C32 64 44 68 80 70 L80 90 L20 90 Z"), look.second)
    canvas.line(path("M27 79 L73 79"), 0.8, darker(CREAM, 0.2))


def rug(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 34)
    flat = path("M26 62 L88 62 L88 80 L26 80 Z")
    canvas.solid(flat, look.main, 2)
    for x, colour in ((40, look.accent), (47, CREAM), (60, look.second), (70, CREAM), (76, look.accent)):
        canvas.fill(rectangle((x, 62, x + 3.5, 80)), colour)
    for step in range(7):
        canvas.line([(88, 63.5 + step * 2.5), (92, 63.8 + step * 2.5)], 1, CREAM)
    canvas.solid(circle(28, 58, 22), look.main, 3)
    for radius, colour in (
        (18, lighter(look.main, 0.4)),
        (13.5, look.main),
        (9, lighter(look.main, 0.4)),
        (4.5, look.main),
    ):
        canvas.fill(circle(28, 58, radius), colour)
        canvas.line(circle(28, 58, radius), 0.8, darker(look.main, 0.25))


DRAWINGS = {
    "lamp": lamp,
    "cushion": cushion,
    "blanket": blanket,
    "vase": vase,
    "candle": candle,
    "clock": clock,
    "basket": basket,
    "mirror": mirror,
    "print": print_,
    "rug": rug,
}
