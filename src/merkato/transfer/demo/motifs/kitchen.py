"""What stands and hangs in a kitchen."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import BARK, CREAM, GLASS, HONEY, INK, IRON, STEEL, WOOD, Look
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
from merkato.transfer.demo.stage import checks, gleam, ornamented, shade_of, shadow, stripes


def mug(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    canvas.line(ellipse(69, 57, 12, 12.5, -90, 90), 5, darker(look.main, 0.1))
    body = rectangle((28, 36, 70, 80), 1, bottom=7)
    canvas.solid(body, look.main, 6)
    with canvas.within(body):
        glaze = path("M20 30 L80 30 L80 50 C74 57 68 49 62 53 C56 59 52 50 46 52 C40 57 36 49 28 53 L20 50 Z")
        canvas.fill(glaze, lighter(look.main, 0.55))
        canvas.fill(rectangle((65, 30, 80, 58)), lighter(look.main, 0.35))
        for x, y in ((36, 62), (47, 67), (57, 61), (40, 73), (53, 74), (62, 69)):
            canvas.fill(circle(x, y, 0.9), darker(look.main, 0.3))
    canvas.fill(ellipse(49, 36, 21, 4.2), lighter(look.main, 0.75))
    canvas.fill(ellipse(49, 36.6, 18.4, 3.1), darker(look.main, 0.3))
    gleam(canvas, "M33 44 L33 58", lighter(look.main, 0.85))


def glass(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 31)
    for left, top, tint in ((46.0, 34.0, look.second), (24.0, 42.0, look.main)):
        colour = mix(GLASS, tint, 0.42)
        body = rectangle((left, top, left + 30, 80), 1, bottom=5)
        canvas.fill(body, mix(look.halo, colour, 0.85))
        with canvas.within(body):
            for x in (7, 15, 23):
                canvas.fill(rectangle((left + x - 2.2, top + 12, left + x + 2.2, 74), 2), mix(colour, GLASS, 0.4))
            canvas.fill(rectangle((0, 76, 100, 80)), darker(colour, 0.12))
        canvas.fill(ellipse(left + 15, top, 15, 2.6), mix(colour, GLASS, 0.6))
        canvas.line([(left + 3.5, top + 8), (left + 3.5, 70)], 1.3, "#FFFFFF")


def carafe(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 22)
    body = symmetric("M50 26 L43 26 L43 40 C43 48 29 54 29 68 C29 77 33 80 38 80 L50 80")
    canvas.fill(body, mix(look.halo, GLASS, 0.8))
    with canvas.within(body):
        canvas.solid([(x, max(y, 56.0)) for x, y in body], mix(GLASS, "#5FA8C4", 0.45), 5)
    canvas.line(path("M34 67 C34 60 39 56 43 52"), 1.7, "#FFFFFF")
    canvas.line([(42, 26), (58, 26)], 2.2, GLASS)
    canvas.solid(symmetric("M50 13 L44 13 L45 28 L50 28"), WOOD, 2.5)


def plate(canvas: Canvas, look: Look) -> None:
    """From above, between its fork and knife."""
    canvas.fill(circle(52, 53, 29), shade_of(look))
    canvas.solid(circle(50, 50, 29), CREAM, 2.5)
    canvas.line(circle(50, 50, 26.5), 2, look.main)
    canvas.fill(circle(50.6, 50.8, 19.5), darker(CREAM, 0.1))
    canvas.fill(circle(50, 50, 19), lighter(CREAM, 0.3))
    for step in range(12):
        canvas.fill(turned(ellipse(50, 27.5, 1.2, 2.1), step * 30), look.accent)
    steel = darker(STEEL, 0.06)
    canvas.line(path("M12.5 50 L12.5 76"), 2.4, steel)
    canvas.fill(path("M8.2 38 L16.8 38 C17 46 15 50 12.5 51 C10 50 8 46 8.2 38 Z"), steel)
    for x in (9, 12.5, 16):
        canvas.line([(x, 27), (x, 40)], 1.5, steel)
    canvas.line(path("M87 52 L87 76"), 2.6, steel)
    canvas.fill(path("M85.7 54 L85.7 27 C91 29 91.5 44 89.5 54 Z"), steel)


def pan(canvas: Canvas, look: Look) -> None:
    """From above: a cast-iron pan is a circle with a handle."""
    canvas.fill(circle(44, 58, 28), shade_of(look))
    handle = turned(rectangle((66, 47.5, 95, 54.5), 3.4), -45, (42, 51))
    canvas.fill(moved(handle, 1.4, 2.6), shade_of(look))
    canvas.solid(handle, IRON, 1.5)
    canvas.fill(turned(ellipse(90, 51, 2.3, 1.5), -45, (42, 51)), look.wall)
    canvas.solid(circle(42, 55, 28), IRON, 3)
    canvas.fill(circle(42, 55, 24.5), darker(IRON, 0.45))
    canvas.fill(circle(41.2, 54.2, 23.4), darker(IRON, 0.2))
    canvas.fill(path("M28 52 C27 43 36 41 42 43 C49 40 58 45 56 53 C60 60 53 68 45 65 C37 69 27 63 28 52 Z"), CREAM)
    canvas.solid(circle(42, 54, 7), HONEY, 2)
    canvas.fill(circle(39.6, 51.6, 1.5), lighter(HONEY, 0.6))


def pot(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 33)
    for left, right in ((15, 26), (74, 85)):
        canvas.line(rectangle((left, 54, right, 62), 3), 3.2, darker(look.main, 0.2))
    body = rectangle((22, 48, 78, 80), 1, bottom=8)
    canvas.solid(body, look.main, 7)
    canvas.fill(rectangle((22, 48, 78, 51)), darker(look.main, 0.25))
    canvas.solid(path("M21 47 C24 35 76 35 79 47 C79 49 77 49 76 49 L24 49 C23 49 21 49 21 47 Z"), look.main, 6)
    canvas.line([(21.5, 48.6), (78.5, 48.6)], 1.6, lighter(look.main, 0.5))
    canvas.solid(path("M46 38 L45 32 C45 29 55 29 55 32 L54 38 Z"), look.accent, 2)
    gleam(canvas, "M30 57 L30 68 C30 71 31 73 33 74", lighter(look.main, 0.5), 2.2)
    gleam(canvas, "M33 42.6 C37 40.5 41 40 44 39.8", lighter(look.main, 0.5))


def moka(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 23)
    canvas.line(path("M64 33 L77 33 L74 57"), 4.4, INK)
    canvas.solid(polygon(35, 56, 65, 56, 69, 80, 31, 80), STEEL, 7)
    canvas.solid(polygon(31, 30, 69, 30, 64, 54, 36, 54), STEEL, 7)
    canvas.fill(polygon(31, 30, 25, 28, 33, 39), darker(STEEL, 0.1))
    for top, low in ((polygon(42, 30, 44, 54), 0), (polygon(57, 30, 55, 54), 0), (polygon(44, 57, 41, 79), 0)):
        canvas.line(moved(top, low), 1, darker(STEEL, 0.22))
    canvas.line(polygon(56, 57, 59, 79), 1, darker(STEEL, 0.22))
    canvas.fill(rectangle((34, 53, 66, 57.5), 1.5), look.main)
    canvas.solid(polygon(30, 30, 42, 22, 58, 22, 70, 30), lighter(STEEL, 0.25), 5)
    canvas.solid(path("M46 22 L45 16 L55 16 L54 22 Z"), INK, 2)
    canvas.fill(circle(38, 71, 1.6), darker(STEEL, 0.35))
    gleam(canvas, "M37 34 L39.5 50", lighter(STEEL, 0.8))


def dripper(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 25)
    flask = symmetric("M50 50 L38 50 C36 58 28 62 28 71 C28 77 31 80 36 80 L50 80")
    canvas.fill(flask, mix(look.halo, GLASS, 0.85))
    with canvas.within(flask):
        canvas.solid([(x, max(y, 66.0)) for x, y in flask], "#6B4328", 5)
    canvas.line(path("M33 70 C33 66 37 62 40 58"), 1.6, "#FFFFFF")
    canvas.line(ellipse(70, 38, 8, 6.5, -90, 90), 3, darker(look.main, 0.12))
    canvas.solid(polygon(35, 22, 65, 22, 60, 27, 40, 27), CREAM, 4)
    canvas.solid(polygon(28, 26, 72, 26, 56, 48, 44, 48), look.main, 6)
    for text in ("M38 29 L46 45", "M50 29 L50 45", "M62 29 L54 45"):
        canvas.line(path(text), 1.2, lighter(look.main, 0.35))
    canvas.solid(rectangle((33, 47, 67, 51.5), 2), look.main, 4)


def spoons(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 21)
    for x, degrees, kind in ((44, -17, "spoon"), (52, 0, "slice"), (57, 17, "spoon")):
        wood = WOOD if kind == "spoon" else mix(WOOD, BARK, 0.35)
        stick = turned(rectangle((x - 1.7, 26, x + 1.7, 70), 1.6), degrees, (x, 70))
        canvas.solid(stick, wood, 1)
        head = ellipse(x, 23, 6, 8.5) if kind == "spoon" else rectangle((x - 5.5, 11, x + 5.5, 29), 3)
        canvas.solid(turned(head, degrees, (x, 70)), wood, 2)
        detail = ellipse(x - 0.4, 23, 3.8, 6) if kind == "spoon" else rectangle((x - 0.9, 15, x + 0.9, 25), 0.9)
        canvas.fill(turned(detail, degrees, (x, 70)), darker(wood, 0.2))
    jar = rectangle((33, 47, 68, 80), 2, bottom=5)
    canvas.solid(jar, look.main, 6)
    ornamented(canvas, rectangle((33, 54, 68, 73)), look, ground=look.main, colour=lighter(look.main, 0.4))
    canvas.fill(rectangle((32, 45.5, 69, 50), 2), lighter(look.main, 0.35))


def board(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 30)
    slab = symmetric(
        "M50 12 C45 12 44 15 44 19 L44 27 C44 31 41 31 36 31 C31 31 28 34 28 38 L28 75 C28 79 31 80 34 80 L50 80"
    )
    tilted = turned(slab, 5, (50, 80))
    canvas.solid(tilted, WOOD, 4)
    with canvas.within(tilted):
        for x in (36, 44, 53, 61):
            grain = path(f"M{x} 28 C{x + 3} 42 {x - 3} 56 {x + 1} 84")
            canvas.line(turned(grain, 5, (50, 80)), 1, mix(WOOD, BARK, 0.4))
        canvas.fill(turned(rectangle((20, 70, 80, 74)), 5, (50, 80)), look.main)
    canvas.fill(turned(circle(50, 19, 2.6), 5, (50, 80)), look.halo)


def towel(canvas: Canvas, look: Look) -> None:
    canvas.line([(20, 22), (80, 22)], 3, BARK)
    for x in (20, 80):
        canvas.solid(circle(x, 22, 3.2), WOOD, 1.2)
    back = path("M34 22 L72 22 L71 72 L35 70 Z")
    canvas.fill(moved(back, 2, 3), shade_of(look))
    cloth = path("M30 21 C30 19 31 19 33 19 L67 19 C69 19 70 19 70 21 L71 77 C60 79 52 75 44 77 C38 78 34 78 29 77 Z")
    canvas.solid(cloth, CREAM, 3)
    if look.choose("weave", (True, False)):
        checks(canvas, cloth, look.main, CREAM)
    else:
        stripes(canvas, rectangle((29, 54, 71, 78)), look.main, gap=3.5)
    for x in (43, 57):
        canvas.line(path(f"M{x} 26 C{x + 1} 42 {x - 2} 56 {x} 73"), 1, darker(CREAM, 0.2))
    canvas.line([(30, 22), (70, 22)], 1, darker(CREAM, 0.14))


def apron(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 24)
    canvas.line(path("M40 26 C40 10 60 10 60 26"), 2.2, look.second)
    for side in (path("M31 47 C22 50 20 58 24 64"), mirrored(path("M31 47 C22 50 20 58 24 64"))):
        canvas.line(side, 2, look.second)
    body = symmetric("M50 24 L38 24 C38 36 36 42 28 46 L27 76 C34 79 42 78 50 78")
    canvas.solid(body, look.main, 5)
    canvas.fill(rectangle((38, 24, 62, 28)), look.second)
    pocket = rectangle((38, 53, 62, 68), 0.5, bottom=4)
    canvas.fill(pocket, lighter(look.main, 0.22))
    canvas.line([(38, 54), (62, 54)], 1.3, look.accent)
    canvas.line([(50, 54), (50, 68)], 0.9, darker(look.main, 0.2))


def bowl(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    body = path("M17 46 L83 46 C83 66 70 77 62 78 L61 80 L39 80 L38 78 C30 77 17 66 17 46 Z")
    canvas.solid(body, look.main, 6)
    with canvas.within(rectangle((0, 54, 100, 72))):
        ornamented(canvas, body, look, ground=look.main, colour=lighter(look.main, 0.45))
    canvas.fill(ellipse(50, 46, 33, 7), lighter(look.main, 0.65))
    canvas.fill(ellipse(50, 47, 29.5, 5.4), darker(look.main, 0.22))
    canvas.fill(ellipse(47, 48.2, 24, 3.9), darker(look.main, 0.1))


DRAWINGS = {
    "mug": mug,
    "glass": glass,
    "carafe": carafe,
    "plate": plate,
    "pan": pan,
    "pot": pot,
    "moka": moka,
    "dripper": dripper,
    "spoons": spoons,
    "board": board,
    "towel": towel,
    "apron": apron,
    "bowl": bowl,
}
