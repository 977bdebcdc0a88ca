"""What is kept on a larder's shelf."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import (
    BARK,
    BERRY,
    CHOCOLATE,
    COFFEE,
    CREAM,
    GLASS,
    HONEY,
    INK,
    LEAF,
    MINT,
    MOSS,
    OLIVE,
    STEEL,
    WOOD,
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
    symmetric,
    turned,
)
from merkato.transfer.demo.stage import checks, gleam, shade_of, shadow


def _bean(canvas: Canvas, x: float, y: float, degrees: float, size: float = 1.0) -> None:
    canvas.fill(turned(ellipse(x, y, 4.2 * size, 2.9 * size), degrees, (x, y)), COFFEE)
    crease = path(
        f"M{x - 3 * size:.2f} {y:.2f} Q{x - 1:.2f} {y - 1.6 * size:.2f} {x:.2f} {y:.2f}"
        f" Q{x + 1:.2f} {y + 1.6 * size:.2f} {x + 3 * size:.2f} {y:.2f}"
    )
    canvas.line(turned(crease, degrees, (x, y)), 0.8 * size, darker(COFFEE, 0.45))


def beans(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 28)
    body = path("M32 22 L68 22 L71 76 C71 79 69 80 67 80 L33 80 C31 80 29 79 29 76 Z")
    canvas.solid(body, look.main, 6)
    canvas.fill(path("M32 14 L68 14 L68 24 L32 24 Z"), darker(look.main, 0.18))
    canvas.line([(31, 24), (69, 24)], 1.4, lighter(look.main, 0.35))
    for x in (33, 67):
        canvas.line([(x, 18), (x + (50 - x) * 0.16, 18)], 2.4, HONEY)
    canvas.fill(rectangle((36, 36, 64, 68), 2), CREAM)
    _bean(canvas, 50, 48, -35, 2.0)
    canvas.line([(42, 60), (58, 60)], 1.4, look.accent)
    canvas.line([(45, 64), (55, 64)], 1.2, darker(CREAM, 0.24))
    for x, y, degrees in ((77, 78, 20), (84, 80, -30), (22, 79, 10), (80, 83, 60)):
        _bean(canvas, x, y, degrees)


def bottle(canvas: Canvas, look: Look) -> None:
    """Olive oil, with a sprig."""
    shadow(canvas, look, 20)
    body = symmetric("M50 20 L45 20 L45 32 C45 39 34 40 34 50 L34 76 C34 79 36 80 38 80 L50 80")
    oil = mix(OLIVE, HONEY, 0.35)
    canvas.fill(body, mix(look.halo, GLASS, 0.6))
    canvas.solid(body, darker(oil, 0.05), 5)
    canvas.solid(rectangle((44, 12, 56, 22), 1.5), INK, 3)
    label = rectangle((34, 53, 66, 73))
    canvas.fill(label, CREAM)
    canvas.fill(rectangle((60, 53, 66, 73)), darker(CREAM, 0.14))
    canvas.fill(rectangle((34, 53, 66, 55)), look.main)
    canvas.line(path("M42 69 C46 66 50 62 54 58"), 1, MOSS)
    for x, y, degrees in ((45, 67, 250), (49, 63, 350), (50, 62, 240), (54, 58, 320), (46, 66, 0)):
        canvas.fill(leaf(x, y, 6, degrees, width=0.24), LEAF)
    canvas.fill(ellipse(52, 67.5, 2, 2.6), OLIVE)
    gleam(canvas, "M38.5 50 C38.5 45 42 43 45 41", lighter(oil, 0.5))


def _jar(canvas: Canvas, look: Look, inside: str) -> None:
    shadow(canvas, look, 24)
    canvas.fill(rectangle((29, 32, 71, 80), 7, bottom=7), mix(look.halo, GLASS, 0.7))
    canvas.solid(rectangle((31.5, 37, 68.5, 77.5), 5, bottom=5), inside, 5)
    gleam(canvas, "M35.5 42 L35.5 52", lighter(inside, 0.6), 1.8)


def _cloth_cap(canvas: Canvas, look: Look) -> None:
    cloth = path(
        "M27 38 C29 34 29 31 32 27 L68 27 C71 31 71 34 73 38 C69 36 67 39 63 37 C59 35.5 56 39 50 37"
        " C44 39 41 35.5 37 37 C33 39 31 36 27 38 Z"
    )
    for piece in (cloth, path("M32 28 C32 18 68 18 68 28 Z")):
        canvas.solid(piece, CREAM, 3)
        checks(canvas, piece, look.main, CREAM)
    canvas.line([(31, 29), (69, 29)], 2, look.second)


def jam(canvas: Canvas, look: Look) -> None:
    _jar(canvas, look, BERRY)
    canvas.fill(circle(50, 60, 11), CREAM)
    berry = path("M50 68 C43 64 42 58 45 56 C48 55 49 56 50 57 C51 56 52 55 55 56 C58 58 57 64 50 68 Z")
    canvas.solid(berry, "#D8434E", 2)
    for degrees in (215, 270, 325):
        canvas.fill(leaf(50, 57, 6, degrees, width=0.3), LEAF)
    _cloth_cap(canvas, look)


def cherries(canvas: Canvas, look: Look) -> None:
    _jar(canvas, look, darker(BERRY, 0.35))
    canvas.fill(circle(50, 60, 11), CREAM)
    for stalk in ("M52 53 C48 55 46 58 45.6 61", "M52 53 C53 56 54 59 54.4 62"):
        canvas.line(path(stalk), 0.9, MOSS)
    canvas.fill(leaf(52, 53, 6, 10, width=0.28), LEAF)
    for x, y in ((45.4, 63), (54.6, 64)):
        canvas.solid(circle(x, y, 3.5), BERRY, 1.4)
        canvas.fill(circle(x - 1.2, y - 1.2, 0.7), lighter(BERRY, 0.6))
    _cloth_cap(canvas, look)


def honey(canvas: Canvas, look: Look) -> None:
    _jar(canvas, look, HONEY)
    cell = [
        (50 + 11.5 * x, 59 + 11.5 * y)
        for x, y in ((0, -1), (0.87, -0.5), (0.87, 0.5), (0, 1), (-0.87, 0.5), (-0.87, -0.5))
    ]
    canvas.fill(cell, CREAM)
    canvas.fill(ellipse(47.5, 56.5, 4.6, 3.2), lighter(look.halo, 0.2))
    canvas.fill(turned(ellipse(53.5, 56, 4.4, 2.8), -30, (53, 56)), look.halo)
    bee = ellipse(50, 61, 7, 4.6)
    canvas.fill(bee, HONEY)
    with canvas.within(bee):
        for x in (46, 50.5, 55):
            canvas.fill(rectangle((x, 50, x + 2, 70)), INK)
    canvas.solid(rectangle((30, 23, 70, 35), 3), WOOD, 5)
    canvas.line([(31, 31), (69, 31)], 1, mix(WOOD, BARK, 0.5))
    canvas.line(path("M72 14 L60 26"), 2.2, BARK)


def jar(canvas: Canvas, look: Look) -> None:
    """Dried leaves in a jar with a cork."""
    _jar(canvas, look, mix(OLIVE, LEAF, 0.5))
    with canvas.within(rectangle((31.5, 37, 66, 77.5), 5, bottom=5)):
        for at in range(30):
            x, y = 33 + at * 11 % 34, 39 + at * 17 % 38
            canvas.fill(leaf(x, y, 5, at * 53 % 360, width=0.3), (MOSS, MINT, darker(OLIVE, 0.2))[at % 3])
    canvas.fill(rectangle((38, 50, 62, 68), 1.5), CREAM)
    canvas.fill(leaf(43, 62.5, 14, 335, width=0.24), look.main)
    canvas.solid(path("M34 20 L66 20 L63 34 L37 34 Z"), WOOD, 5)
    for x, y in ((41, 25), (48, 29), (56, 24), (60, 30), (45, 31)):
        canvas.fill(circle(x, y, 0.9), mix(WOOD, BARK, 0.5))


def pasta(canvas: Canvas, look: Look) -> None:
    """A paper bag with a window onto bows of pasta."""
    shadow(canvas, look, 24)
    body = path("M30 24 L70 24 L71 76 C71 79 69 80 67 80 L33 80 C31 80 29 79 29 76 Z")
    canvas.solid(body, look.main, 5)
    fold = polygon(30, 15, 70, 15, 70, 27, 30, 27)
    canvas.solid(fold, CREAM, 4)
    canvas.fill(rectangle((48.5, 20, 51.5, 34), 1), look.second)
    window = ellipse(50, 56, 16, 17)
    canvas.fill(window, darker(look.main, 0.3))
    with canvas.within(window):
        for at, (x, y) in enumerate(((40, 46), (54, 43), (63, 53), (46, 57), (58, 64), (40, 68), (52, 73), (34, 57))):
            bow = path(
                f"M{x - 7} {y - 5} L{x} {y - 1.6} L{x + 7} {y - 5} L{x + 7} {y + 5} L{x} {y + 1.6} L{x - 7} {y + 5} Z"
            )
            canvas.fill(turned(bow, at * 47 % 180, (x, y)), "#F2D077" if at % 2 else "#E8BE5F")
            canvas.fill(circle(x, y, 1.5), "#D2A044")
    canvas.line(window, 1.3, lighter(look.main, 0.5))


def tin(canvas: Canvas, look: Look) -> None:
    """A caddy of tea."""
    shadow(canvas, look, 24)
    body = rectangle((30, 36, 70, 80), 1, bottom=4)
    canvas.solid(body, look.main, 6)
    canvas.fill(rectangle((30, 42, 70, 44)), look.accent)
    canvas.fill(rectangle((30, 74, 70, 76)), look.accent)
    canvas.fill(ellipse(50, 59, 12.5, 10.5), CREAM)
    for degrees in (225, 270, 315):
        canvas.fill(leaf(50, 66, 13, degrees, width=0.26), LEAF)
    canvas.solid(
        path("M29 37 L29 29 C29 24 37 22 50 22 C63 22 71 24 71 29 L71 37 C64 39 36 39 29 37 Z"),
        lighter(look.main, 0.18),
        6,
    )
    canvas.solid(ellipse(50, 20.5, 5, 3.2), look.accent, 1.5)
    gleam(canvas, "M34.5 49 L34.5 69", lighter(look.main, 0.45))


def chocolate(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 24)

    def tilted(shape: Shape) -> Shape:
        return turned(shape, 7, (50, 80))

    canvas.solid(tilted(rectangle((31, 13, 69, 60), 1)), CHOCOLATE, 2)
    for row in range(3):
        for column in range(3):
            x, y = 33 + column * 11.8, 15.5 + row * 11
            canvas.fill(tilted(rectangle((x, y, x + 10.2, y + 9.4), 1)), lighter(CHOCOLATE, 0.13))
            canvas.line(tilted([(x + 1.4, y + 1.4), (x + 7, y + 1.4)]), 0.8, lighter(CHOCOLATE, 0.3))
    canvas.fill(
        tilted(polygon(30, 41, 35, 38, 41, 42, 47, 37.5, 53, 42, 59, 38, 65, 41.5, 70, 38, 70, 48, 30, 48)), STEEL
    )
    canvas.solid(tilted(rectangle((29.5, 44, 70.5, 80), 1)), look.main, 3)
    canvas.fill(tilted(rectangle((29.5, 49, 70.5, 51))), look.accent)
    canvas.fill(tilted(ellipse(49, 65, 10, 8)), CREAM)
    canvas.fill(tilted(ellipse(49, 65, 6.6, 4.4)), CHOCOLATE)
    canvas.line(tilted(path("M43.5 65 Q49 61.6 54.5 65")), 0.8, CREAM)


def sardines(canvas: Canvas, look: Look) -> None:
    """From above, the lid half rolled."""
    canvas.fill(rectangle((15, 34, 89, 80), 13), shade_of(look))
    canvas.solid(rectangle((12, 30, 86, 76), 13), STEEL, 3)
    inner = rectangle((16, 34, 82, 72), 10)
    canvas.fill(inner, mix(HONEY, OLIVE, 0.35))
    with canvas.within(inner):
        for y in (41, 50.5, 60, 69):
            fish = path(
                f"M12 {y} C20 {y - 6} 40 {y - 6} 52 {y - 1}"
                f" L59 {y - 4} L57 {y} L59 {y + 4} L52 {y + 1} C40 {y + 5} 20 {y + 5} 12 {y} Z"
            )
            canvas.fill(moved(fish, 20, 0.8), darker(HONEY, 0.4))
            canvas.fill(moved(fish, 20), mix(STEEL, "#5F7F95", 0.4))
            canvas.line(moved(path(f"M20 {y - 2} C30 {y - 4} 40 {y - 4} 48 {y - 1}"), 20), 1, lighter(STEEL, 0.6))
    canvas.solid(rectangle((12, 30, 44, 76), 13, bottom=13), look.main, 0.1)
    canvas.fill(rectangle((34, 30, 46, 76)), look.main)
    canvas.solid(rectangle((40, 28, 50, 78), 4.5), lighter(look.main, 0.3), 3)
    canvas.fill(circle(26, 53, 7.5), look.accent)
    canvas.line(ellipse(26, 53, 4, 4, 0, 360), 1.2, darker(look.accent, 0.3))


def citrus(canvas: Canvas, look: Look) -> None:
    """A crate of fruit."""
    shadow(canvas, look, 35)
    for x, y, radius in ((30, 46, 10), (49, 42, 11), (69, 46, 10.5), (39, 52, 9), (60, 52, 9.5)):
        canvas.solid(circle(x, y, radius), "#F0983C", 3)
        canvas.fill(circle(x - 3.4, y - 4, 1.5), lighter("#F0983C", 0.6))
    for degrees in (210, 330):
        canvas.fill(leaf(50, 32, 12, degrees, width=0.3), LEAF)
    for y in (52, 62, 72):
        canvas.solid(rectangle((15, y, 85, y + 8), 1), WOOD, 3)
        canvas.line(path(f"M19 {y + 4} C36 {y + 2.5} 60 {y + 5.5} 80 {y + 4}"), 0.8, mix(WOOD, BARK, 0.45))
    for post in (rectangle((18, 49, 24, 80.5), 1), mirrored(rectangle((18, 49, 24, 80.5), 1))):
        canvas.fill(post, mix(WOOD, BARK, 0.4))


DRAWINGS = {
    "beans": beans,
    "bottle": bottle,
    "jam": jam,
    "cherries": cherries,
    "honey": honey,
    "jar": jar,
    "pasta": pasta,
    "tin": tin,
    "chocolate": chocolate,
    "sardines": sardines,
    "citrus": citrus,
}
