"""What is played with, and the boxes that everything else comes in."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import BARK, CREAM, INK, WOOD, Look
from merkato.transfer.demo.shapes import (
    circle,
    ellipse,
    mirrored,
    path,
    polygon,
    rectangle,
    symmetric,
    turned,
)
from merkato.transfer.demo.stage import gleam, shade_of, shadow


def _wheel(canvas: Canvas, x: float, y: float, radius: float, colour: str) -> None:
    canvas.solid(circle(x, y, radius), colour, 2)
    canvas.fill(circle(x, y, radius * 0.55), lighter(colour, 0.4))
    canvas.fill(circle(x, y, radius * 0.2), INK)


def train(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 37)
    for x, y, radius in ((24.0, 20, 5), (32.0, 14, 3.6), (17.0, 15, 3)):
        canvas.fill(circle(x, y, radius), lighter(look.wall, 0.7))
    canvas.solid(polygon(19, 30, 31, 30, 28.5, 46, 21.5, 46), look.second, 3)
    canvas.solid(rectangle((52, 26, 82, 68), 2), look.main, 4)
    canvas.fill(rectangle((58, 33, 75, 48), 2), lighter(look.halo, 0.5))
    canvas.solid(rectangle((48, 21, 86, 28), 3), look.second, 4)
    canvas.solid(rectangle((14, 43, 56, 68), 7, bottom=2), look.accent, 4)
    for left in (26, 42):
        canvas.fill(rectangle((left, 43, left + 3.5, 68)), darker(look.accent, 0.14))
    canvas.fill(circle(14.5, 52, 3), CREAM)
    canvas.solid(rectangle((12, 66, 86, 71), 2), WOOD, 3)
    for x, radius, colour in ((24.0, 7.5, look.main), (43.0, 7.5, look.main), (70.0, 10.5, look.second)):
        _wheel(canvas, x, 80 - radius, radius, colour)


def bear(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 25)
    fur = mix(WOOD, BARK, 0.25)
    for ear in (circle(36, 21, 6.5), mirrored(circle(36, 21, 6.5))):
        canvas.fill(ear, darker(fur))
        canvas.fill([(50 + (x - 50) * 0.99, y + 1.2) for x, y in ear], fur)
    for limb in (turned(ellipse(31, 56, 7, 11.5), 30, (31, 56)), turned(ellipse(69, 56, 7, 11.5), -30, (69, 56))):
        canvas.solid(limb, fur, 2)
    canvas.solid(ellipse(50, 62, 19, 18), fur, 4)
    canvas.fill(ellipse(50, 64, 11.5, 11.5), lighter(fur, 0.4))
    for foot in (ellipse(34, 74, 9, 7), ellipse(66, 74, 9, 7)):
        canvas.solid(foot, darker(fur, 0.06), 2)
    for x in (34, 66):
        canvas.fill(ellipse(x, 74.5, 4.8, 3.6), lighter(fur, 0.4))
    canvas.solid(ellipse(50, 33, 18.5, 16.5), fur, 4)
    canvas.fill(ellipse(50, 38.5, 8, 6.4), lighter(fur, 0.5))
    canvas.fill(ellipse(50, 35.5, 3, 2.2), INK)
    canvas.line(path("M50 37 L50 40 C49 42 47 42 46 41"), 0.9, INK)
    canvas.line(path("M50 40 C51 42 53 42 54 41"), 0.9, INK)
    for x in (42, 58):
        canvas.fill(circle(x, 31, 1.7), INK)
    canvas.line(path("M36 47 C42 51.5 58 51.5 64 47"), 4.2, look.second)
    canvas.solid(turned(rectangle((54, 48, 61, 62), 1), -12, (57, 49)), look.second, 1.6)


def blocks(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 32)
    canvas.solid(rectangle((21, 56, 45, 80), 1.5), look.main, 4)
    canvas.fill(circle(32, 68, 6.5), lighter(look.main, 0.5))
    canvas.solid(rectangle((55, 56, 79, 80), 1.5), look.second, 4)
    canvas.fill(polygon(66, 61, 73, 74, 59, 74), lighter(look.second, 0.5))
    canvas.solid(rectangle((19, 47, 81, 56), 1.5), WOOD, 4)
    arch = [*path("M33 47 L33 26 L67 26 L67 47 L58.5 47"), *ellipse(50, 47, 8.5, 9.5, 0, -180), (33.0, 47.0)]
    canvas.solid(arch, look.accent, 4)
    canvas.solid(polygon(31, 26, 50, 11, 69, 26), look.main, 5)


def top(canvas: Canvas, look: Look) -> None:
    """A spinning top, mid-spin."""
    canvas.fill(ellipse(55, 80, 17, 2.8), shade_of(look))

    def leaned(shape: list[tuple[float, float]]) -> list[tuple[float, float]]:
        return turned(shape, 10, (52, 80))

    canvas.solid(leaned(rectangle((49.5, 16, 54.5, 40), 2.4)), WOOD, 1.6)
    canvas.solid(leaned(circle(52, 16, 4)), look.second, 1.4)
    body = path("M22 47 C22 41 40 38 52 38 C64 38 82 41 82 47 C82 56 62 64 54 80 L50 80 C42 64 22 56 22 47 Z")
    canvas.solid(leaned(body), look.main, 6)
    with canvas.within(leaned(body)):
        canvas.line(leaned(path("M18 50 C34 56 70 56 86 50")), 4, look.accent)
        canvas.line(leaned(path("M28 58 C40 63 64 63 76 58")), 2.4, CREAM)
        canvas.fill(leaned(ellipse(52, 43, 25, 3.6)), lighter(look.main, 0.22))
    for text in ("M14 38 C12 44 13 50 17 55", "M90 44 C93 50 91 56 87 61"):
        canvas.line(path(text), 1.3, shade_of(look))


def boat(canvas: Canvas, look: Look) -> None:
    canvas.line([(48, 14), (48, 66)], 2.2, BARK)
    canvas.solid(path("M51 17 C66 28 74 42 77 58 C68 56 59 56 51 58 Z"), CREAM, 4)
    canvas.line(path("M53 44 C61 43 67 43 72 45"), 2.4, look.main)
    canvas.solid(path("M45 24 C37 34 30 46 25 58 L45 57 Z"), look.accent, 3)
    canvas.fill(polygon(48, 10, 60, 13.5, 48, 17), look.second)
    hull = path("M14 63 L88 63 C85 73 78 80 72 80 L30 80 C23 80 17 73 14 63 Z")
    canvas.solid(hull, look.main, 6)
    canvas.fill(rectangle((15.5, 66, 86.5, 68.5)), CREAM)
    for x in (34, 50, 66):
        canvas.fill(circle(x, 73, 2.2), lighter(look.main, 0.6))
    sea = path(
        "M8 80 C14 75 20 75 26 79 C32 83 38 75 46 78 C54 82 60 75 68 78 C76 82 82 75 92 79"
        " C88 86 78 86 50 86 C22 86 12 86 8 80 Z"
    )
    canvas.fill(sea, mix(look.halo, "#5FA3BF", 0.7))


def kite(canvas: Canvas, look: Look) -> None:
    canvas.line(path("M44 62 C36 70 50 76 40 84 C34 89 28 84 22 90"), 1.2, BARK)
    for x, y, degrees, colour in ((42.5, 68, 20, look.second), (44, 77, -30, look.accent), (33, 86.4, 40, look.main)):
        for side in (0, 180):
            canvas.fill(turned(polygon(x, y, x + 6, y - 3.4, x + 6, y + 3.4), degrees + side, (x, y)), colour)
    north, east, south, west = (64.0, 10.0), (80.0, 38.0), (44.0, 62.0), (32.0, 24.0)
    centre = (56.0, 31.5)
    canvas.fill([(x + 4, y + 5) for x, y in (north, east, south, west)], shade_of(look))
    for corner, colour in (
        ((north, centre, west), look.main),
        ((north, centre, east), look.accent),
        ((south, centre, west), look.second),
        ((south, centre, east), lighter(look.main, 0.4)),
    ):
        canvas.fill(list(corner), colour)
    canvas.line([north, south], 1.1, CREAM)
    canvas.line([west, east], 1.1, CREAM)


def puzzle(canvas: Canvas, look: Look) -> None:
    canvas.fill(rectangle((26, 27, 82, 83), 2), shade_of(look))
    pale = lighter(look.main, 0.4)
    for left, upper, colour in ((22, 22, look.main), (50, 22, look.accent), (22, 50, look.second), (50, 50, pale)):
        canvas.fill(rectangle((left, upper, left + 28, upper + 28)), colour)
    for x, y, colour in (
        (52.5, 36.0, look.main),
        (36.0, 47.5, look.second),
        (47.5, 64.0, pale),
        (64.0, 52.5, look.accent),
    ):
        canvas.fill(circle(x, y, 5.2), colour)
    for x in (28, 56):
        for y in (28, 56):
            canvas.line([(x, y), (x + 5, y)], 1.2, CREAM)


def rabbit(canvas: Canvas, look: Look) -> None:
    """A wooden rabbit on wheels, with a string to pull it by."""
    shadow(canvas, look, 32)
    canvas.line(path("M84 70 C92 66 88 54 94 50"), 1.3, BARK)
    canvas.fill(circle(94, 49, 2.2), look.accent)
    wood = mix(WOOD, CREAM, 0.2)
    canvas.solid(turned(ellipse(58, 20, 4.4, 13), -14, (60, 34)), darker(wood, 0.1), 1.5)
    canvas.solid(turned(ellipse(64, 20, 4.6, 13.5), 8, (63, 34)), wood, 1.5)
    canvas.fill(turned(ellipse(63.6, 20, 2, 9), 8, (63, 34)), look.accent)
    canvas.fill(circle(21, 56, 6), CREAM)
    canvas.solid(path("M22 66 C18 48 32 42 46 44 C48 34 58 29 67 32 C78 35 79 46 71 49 C68 52 70 60 70 66 Z"), wood, 4)
    canvas.fill(circle(68, 39, 1.6), INK)
    canvas.line(path("M51 48 C56 52 64 52 69 49"), 3, look.main)
    canvas.solid(rectangle((15, 64, 83, 71), 3), look.main, 3)
    for x in (28.0, 70.0):
        _wheel(canvas, x, 72.5, 7.5, look.second)


def box(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 33)
    card = mix(WOOD, CREAM, 0.2)
    canvas.fill(polygon(20, 40, 50, 48, 50, 83, 20, 73), card)
    canvas.fill(polygon(80, 40, 50, 48, 50, 83, 80, 73), darker(card, 0.16))
    canvas.fill(polygon(20, 40, 50, 32, 80, 40, 50, 48), lighter(card, 0.3))
    canvas.fill(polygon(32, 36.8, 38, 35.2, 68, 43.2, 62, 44.8), look.main)
    canvas.fill(polygon(62, 44.8, 68, 43.2, 68, 54, 65, 53.4, 62, 56), darker(look.main, 0.12))
    canvas.fill(polygon(26, 61, 38, 65, 38, 73, 26, 69), CREAM)


def gift(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 29)
    canvas.solid(rectangle((24, 48, 76, 80), 1, bottom=3), look.main, 6)
    canvas.solid(rectangle((20, 38, 80, 50), 2), lighter(look.main, 0.16), 5)
    canvas.fill(rectangle((20, 50, 80, 51.8)), darker(look.main, 0.24))
    canvas.solid(rectangle((45, 38, 55, 80)), look.accent, 2.5)
    loop = path("M50 38 C46 22 30 16 26 24 C23 32 36 38 50 38 Z")
    for side in (loop, mirrored(loop)):
        canvas.solid(side, look.accent, 3)
    hole = path("M46 35 C42 28 34 24 31 27 C30 31 37 35 46 35 Z")
    for side in (hole, mirrored(hole)):
        canvas.fill(side, darker(look.accent, 0.26))
    canvas.solid(symmetric("M50 31 C46 31 45 33 45 36 C45 38 46 40 50 40"), lighter(look.accent, 0.2), 2)
    gleam(canvas, "M28.5 55 L28.5 70", lighter(look.main, 0.4))


DRAWINGS = {
    "train": train,
    "bear": bear,
    "blocks": blocks,
    "top": top,
    "boat": boat,
    "kite": kite,
    "puzzle": puzzle,
    "rabbit": rabbit,
    "box": box,
    "gift": gift,
}
