"""What people carry things in."""

from merkato.transfer.demo.canvas import Canvas, darker, lighter, mix
from merkato.transfer.demo.looks import BARK, CREAM, Look
from merkato.transfer.demo.shapes import circle, ellipse, path, rectangle
from merkato.transfer.demo.stage import gleam, ornamented, shadow


def tote(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 26)
    canvas.line(path("M38 46 C36 10 64 10 62 46"), 3.2, darker(look.main, 0.2))
    body = path("M27 38 L73 38 L76 80 L24 80 Z")
    canvas.solid(body, CREAM, 5)
    canvas.fill(rectangle((27, 38, 73, 41.5)), darker(CREAM, 0.12))
    canvas.solid(circle(50, 61, 11), look.main, 2.5)
    canvas.fill(path("M41 61 C45 57 48 65 51 61 C54 57 57 63 60.5 60 C61 74 40 75 41 61 Z"), look.second)
    canvas.fill(circle(54, 55.5, 2.2), look.accent)
    for x in (38, 62):
        canvas.line([(x, 40), (x, 47)], 3.2, look.main)


def backpack(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 26)
    canvas.line(ellipse(50, 20, 8, 8, 180, 360), 3, BARK)
    for x in (22, 72):
        canvas.solid(rectangle((x, 50, x + 6, 76), 3), look.second, 1.5)
    body = path("M27 38 C27 22 38 18 50 18 C62 18 73 22 73 38 L73 74 C73 78 71 80 67 80 L33 80 C29 80 27 78 27 74 Z")
    canvas.solid(body, look.main, 6)
    canvas.solid(rectangle((32, 52, 68, 75), 4), lighter(look.main, 0.16), 4)
    canvas.line([(32, 58), (68, 58)], 1.2, darker(look.main, 0.24))
    flap = path("M26 38 C26 22 38 17 50 17 C62 17 74 22 74 38 C74 46 66 49 50 49 C34 49 26 46 26 38 Z")
    canvas.solid(flap, look.second, 5)
    for x in (39, 61):
        canvas.fill(rectangle((x - 2, 40, x + 2, 57), 1), BARK)
        canvas.fill(rectangle((x - 2.8, 50, x + 2.8, 54), 0.8), look.accent)
    gleam(canvas, "M33 37 C33 30 37 26 42 25", lighter(look.second, 0.35), 2)


def pouch(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 33)
    body = path("M21 42 L79 42 L84 74 C85 78 82 80 79 80 L21 80 C18 80 15 78 16 74 Z")
    canvas.solid(body, look.main, 6)
    ornamented(canvas, path("M20 50 L78 50 L82 80 L18 80 Z"), look, ground=look.main, colour=lighter(look.main, 0.45))
    canvas.fill(rectangle((20, 40, 80, 46), 3), look.second)
    canvas.line([(23, 43), (77, 43)], 0.9, look.accent)
    canvas.line([(75, 43), (83, 52)], 2, look.accent)
    canvas.fill(circle(84, 54, 2.4), look.accent)
    canvas.fill(rectangle((14.5, 52, 18, 60), 1), BARK)


def net(canvas: Canvas, look: Look) -> None:
    shadow(canvas, look, 27)
    canvas.line(path("M30 46 C34 10 66 10 70 46"), 2.6, look.main)
    body = path("M28 44 L72 44 C80 58 76 80 50 80 C24 80 20 58 28 44 Z")
    canvas.fill(body, mix(look.halo, look.main, 0.16))
    with canvas.within(body):
        for x, y, radius, colour in (
            (38, 68, 10.5, "#D8543F"),
            (59, 69, 10.5, "#F0A63C"),
            (49, 57, 9.5, "#8FBF6A"),
            (66, 56, 8, "#F5D152"),
        ):
            canvas.solid(circle(x, y, radius), colour, 2.5)
            canvas.fill(circle(x - 3.4, y - 3.6, 1.4), lighter(colour, 0.6))
        for at in range(-6, 16):
            canvas.line([(at * 7.0, 40), (at * 7.0 + 46, 86)], 0.9, look.main)
            canvas.line([(at * 7.0 + 46, 40), (at * 7.0, 86)], 0.9, look.main)
    canvas.line([*body, body[0]], 1.6, look.main)
    canvas.fill(rectangle((26.5, 42, 73.5, 46.5), 2), look.main)


DRAWINGS = {
    "tote": tote,
    "backpack": backpack,
    "pouch": pouch,
    "net": net,
}
