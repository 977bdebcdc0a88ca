"""What people wear."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import CREAM, WOOD, Look
from merkato.transfer.demo.shapes import (
    circle,
    ellipse,
    mirrored,
    moved,
    path,
    polygon,
    rectangle,
    symmetric,
    turned,
)
from merkato.transfer.demo.stage import gleam, ornamented, shadow, stripes, zigzag

_TORSO = "M50 27 L40 23 L31 27 L14 42 L23 53 L31 47 L31 78 C36 80 44 80 50 80"
_LONG = "M50 26 L41 22 C36 23 32 25 29 28 C23 38 17 54 14 70 L23 73 L31 52 L31 78 C36 80 44 80 50 80"


def shirt(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 24)
    body = symmetric(_TORSO)
    canvas.solid(body, look.main, 4)
    if look.choose("cloth", (True, False)):
        with canvas.within(rectangle((0, 36, 100, 76))):
            stripes(canvas, body, lighter(look.main, 0.6), gap=5, width=2.2)
    else:
        canvas.fill(circle(50, 51, 8.5), look.accent)
        canvas.fill(path("M41.5 52 C45 48 48 55 51 52 C54 49 56 54 58.5 52 C58.5 62 41.5 62 41.5 52 Z"), look.second)
    canvas.line(path("M40.5 23.5 C42 33 58 33 59.5 23.5"), 2.6, darker(look.main, 0.24))
    canvas.fill(path("M42 22.6 C43 30 57 30 58 22.6 C54 25 46 25 42 22.6 Z"), darker(look.main, 0.42))
    for seam in (path("M31 47 L33 38"), mirrored(path("M31 47 L33 38"))):
        canvas.line(seam, 0.9, darker(look.main, 0.26))


def blouse(canvas: Canvas, look: Look) -> None:
    """A shirt with a collar and buttons."""
    shadow(canvas, look, 24)
    body = symmetric(_LONG)
    ground = lighter(look.main, 0.55)
    canvas.solid(body, ground, 4)
    with canvas.within(body):
        for at in range(12):
            x = 14 + at * 6.6
            canvas.line([(x, 20), (x, 82)], 1.1, look.main)
    canvas.fill(rectangle((47.4, 26, 52.6, 80)), CREAM)
    for y in (36, 45, 54, 63, 72):
        canvas.fill(circle(50, y, 1.1), look.second)
    collar = polygon(41, 21, 50, 28, 43, 37, 36, 25)
    canvas.fill(collar, CREAM)
    canvas.fill(mirrored(collar), darker(CREAM, 0.1))
    for cuff in (polygon(14, 69, 23, 72, 22, 77, 12.5, 74), mirrored(polygon(14, 69, 23, 72, 22, 77, 12.5, 74))):
        canvas.fill(cuff, CREAM)
    for seam in (path("M31 53 L32 38"), mirrored(path("M31 53 L32 38"))):
        canvas.line(seam, 1, darker(ground, 0.3))


def jumper(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 25)
    body = symmetric(_LONG)
    canvas.solid(body, look.main, 4)
    with canvas.within(rectangle((29, 30, 71, 60))):
        canvas.fill(rectangle((29, 41, 71, 51)), lighter(look.main, 0.5))
        zigzag(canvas, body, look.second, y=44)
        for y in (37.5, 54.5):
            for x in range(30, 72, 5):
                canvas.fill(polygon(x, y - 1.4, x + 1.4, y, x, y + 1.4, x - 1.4, y), look.accent)
    for seam in (path("M31 53 L31.5 38"), mirrored(path("M31 53 L31.5 38"))):
        canvas.line(seam, 1.2, darker(look.main, 0.3))
    rib = darker(look.main, 0.2)
    with canvas.within(body):
        canvas.fill(rectangle((31, 74, 69, 82)), rib)
        for x in range(33, 70, 3):
            canvas.line([(x, 75), (x, 80)], 0.7, darker(look.main, 0.36))
    for cuff in (polygon(15, 66, 24.5, 69, 23, 75, 12.5, 72), mirrored(polygon(15, 66, 24.5, 69, 23, 75, 12.5, 72))):
        canvas.fill(cuff, rib)
    canvas.fill(path("M40 23 C42 33 58 33 60 23 C57 18.5 43 18.5 40 23 Z"), rib)
    canvas.fill(path("M43 22.5 C45 28 55 28 57 22.5 C54 20.5 46 20.5 43 22.5 Z"), darker(look.main, 0.5))


def jacket(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 25)
    canvas.solid(path("M37 29 C34 12 66 12 63 29 Z"), darker(look.main, 0.14), 3)
    canvas.fill(ellipse(50, 26, 8.5, 8), darker(look.main, 0.48))
    body = symmetric(_LONG.replace("L41 22", "L40 25"))
    canvas.solid(body, look.main, 4)
    canvas.line([(50, 28), (50, 80)], 1.4, darker(look.main, 0.34))
    for y in (37, 49, 61, 73):
        canvas.line([(47, y), (53, y)], 1.8, CREAM)
        canvas.fill(circle(46.6, y, 1.3), WOOD)
    for pocket in (polygon(34, 59, 44, 61, 44, 71, 34, 71), mirrored(polygon(34, 59, 44, 61, 44, 71, 34, 71))):
        canvas.fill(pocket, darker(look.main, 0.12))
        canvas.line(pocket[:2], 1.4, look.accent)
    for seam in (path("M31 53 L32 38"), mirrored(path("M31 53 L32 38"))):
        canvas.line(seam, 1.1, darker(look.main, 0.28))
    gleam(canvas, "M26 40 C23 47 21 54 20 60", lighter(look.main, 0.4))


def trousers(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 25)
    body = symmetric("M50 16 L34 16 L28 80 L45.5 80 L50 39 L50 38")
    canvas.solid(body, look.main, 4)
    with canvas.within(body):
        canvas.fill(polygon(50, 39, 66, 34, 70, 80, 54.5, 80), darker(look.main, 0.1))
        canvas.fill(rectangle((30, 15, 70, 20.5)), darker(look.main, 0.22))
        canvas.fill(rectangle((20, 76.5, 80, 81)), lighter(look.main, 0.3))
    for x in (38, 50, 62):
        canvas.fill(rectangle((x - 1, 15, x + 1, 21.5)), darker(look.main, 0.36))
    for pocket in (path("M33.2 30 C37 29 40 26 40 21"), mirrored(path("M33.2 30 C37 29 40 26 40 21"))):
        canvas.line(pocket, 1.1, look.accent)
    canvas.line(path("M50 21 L50 38"), 1, darker(look.main, 0.3))
    canvas.line(path("M40.5 36 L37.5 74"), 1, lighter(look.main, 0.2))
    canvas.fill(circle(52, 18, 0.9), WOOD)


def hat(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 29)
    crown = path("M24 66 C21 42 34 29 50 29 C66 29 79 42 76 66 Z")
    canvas.solid(crown, look.main, 5)
    with canvas.within(crown):
        for x in (-20, -10, 0, 10, 20):
            canvas.line(
                path(f"M{50 + x * 0.3} 28 C{50 + x} 40 {50 + x * 1.2} 52 {50 + x * 1.2} 68"),
                1.3,
                darker(look.main, 0.2),
            )
        canvas.fill(rectangle((20, 48, 80, 53)), look.accent)
    canvas.solid(rectangle((21, 60, 79, 78), 5), lighter(look.main, 0.3), 5)
    for x in range(27, 77, 5):
        canvas.line([(x, 63), (x, 75)], 1.1, darker(look.main, 0.06))
    for step in range(14):
        canvas.fill(turned(circle(50, 17, 3.4), step * 360 / 14, (50, 23.5)), darker(CREAM, 0.1 if step % 2 else 0))
    canvas.fill(circle(50, 23.5, 6.6), CREAM)


def sunhat(canvas: Canvas, look: Look) -> None:
    """A straw hat for the sun."""
    shadow(canvas, look, 38)
    straw = mix(WOOD, CREAM, 0.45)
    canvas.fill(path("M10 71 C20 63 80 63 90 71 C88 80 70 80 50 80 C30 80 12 80 10 71 Z"), darker(straw, 0.2))
    canvas.solid(path("M10 70 C20 61 80 61 90 70 C86 77 70 78 50 78 C30 78 14 77 10 70 Z"), straw, 2)
    crown = path(
        "M30 68 C29 46 34 36 42 36 C46 36 48 39 50 39 C52 39 54 36 58 36 C66 36 71 46 70 68 C62 72 38 72 30 68 Z"
    )
    canvas.solid(crown, lighter(straw, 0.2), 5)
    with canvas.within(crown):
        for y in (44, 49, 54):
            canvas.line(path(f"M20 {y} C40 {y + 3} 60 {y + 3} 80 {y}"), 0.8, darker(straw, 0.1))
        canvas.line(path("M26 62 C40 66.5 60 66.5 74 62"), 6.5, look.main)
    canvas.line(ellipse(50, 70, 35, 6, 25, 155), 0.9, darker(straw, 0.14))


def scarf(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 22)
    pale = lighter(look.main, 0.55)
    for tail, degrees in ((rectangle((50, 36, 65, 74)), -7), (rectangle((37, 38, 52, 76)), 6)):
        hanging = turned(tail, degrees, (51, 38))
        left, low = min(x for x, _ in tail), max(y for _, y in tail)
        for step in range(6):
            x = left + 1 + step * 15 / 5.4
            canvas.line(turned([(x, low - 2), (x, low + 4)], degrees, (51, 38)), 1.2, pale)
        canvas.solid(hanging, look.main, 3)
        with canvas.within(hanging):
            for y in (46, 54, 62, 70):
                canvas.fill(turned(rectangle((left - 5, y, left + 25, y + 2.6)), degrees, (51, 38)), pale)
    canvas.solid(path("M24 30 C26 14 74 14 76 30 C76 44 62 49 50 49 C38 49 24 44 24 30 Z"), look.main, 4)
    canvas.fill(path("M34 26 C36 19 64 19 66 26 C64 32 36 32 34 26 Z"), darker(look.main, 0.42))
    for text in ("M27 36 C36 44 46 44 54 40", "M73 34 C66 42 58 40 50 36"):
        canvas.line(path(text), 1.3, darker(look.main, 0.26))
    canvas.solid(turned(rectangle((37, 32, 58, 49), 6), -8, (48, 40)), lighter(look.main, 0.16), 3)
    canvas.line(path("M42 37 C43 41 43 43 42 46"), 1.2, darker(look.main, 0.2))


def socks(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 33)
    sock = path(
        "M34 18 L52 18 L52 52 C52 56 50 58 47 60 L30 76 C24 82 12 77 15 68 C16 65 18 64 21 61 C29 55 34 51 34 44 Z"
    )
    for right, colour in ((29.0, darker(look.main, 0.1)), (4.0, look.main)):
        shape = moved(sock, right, 1)
        canvas.solid(shape, colour, 3.5)
        with canvas.within(shape):
            with canvas.within(moved(rectangle((30, 30, 56, 50)), right)):
                ornamented(
                    canvas, moved(rectangle((30, 28, 56, 50)), right), look, ground=colour, colour=lighter(colour, 0.55)
                )
            canvas.fill(moved(circle(53, 56, 8.5), right, 1), look.accent)
            canvas.fill(moved(circle(17, 72, 10.5), right, 1), look.accent)
            canvas.fill(moved(rectangle((30, 15, 56, 27)), right), lighter(look.main, 0.4))
            for x in range(36, 53, 3):
                canvas.line(moved([(x, 20), (x, 25.5)], right), 0.8, look.main)


DRAWINGS = {
    "shirt": shirt,
    "blouse": blouse,
    "jumper": jumper,
    "jacket": jacket,
    "trousers": trousers,
    "hat": hat,
    "sunhat": sunhat,
    "scarf": scarf,
    "socks": socks,
}
