"""Outlines on a square of 100 by 100, as lists of points: what the motifs are cut from."""

import math
import re
from collections.abc import Callable, Iterator
from itertools import pairwise

Point = tuple[float, float]
Shape = list[Point]
Box = tuple[float, float, float, float]

# Curves are cut into this many straight pieces, which is smooth at any size that a shop shows.
STEPS = 24
MIDDLE = 50.0

_TOKEN = re.compile(r"[MLQCZ]|-?\d+(?:\.\d+)?")
_ORDER = {"M": 1, "L": 1, "Q": 2, "C": 3}


def _bezier(*controls: Point) -> Iterator[Point]:
    """The points after the first control, by de Casteljau's halving of any order."""
    for step in range(1, STEPS + 1):
        share = step / STEPS
        points = list(controls)
        while len(points) > 1:
            points = [(ax + (bx - ax) * share, ay + (by - ay) * share) for (ax, ay), (bx, by) in pairwise(points)]
        yield points[0]


def path(text: str) -> Shape:
    """The points of one SVG subpath, of which the absolute commands M, L, Q, C and Z are understood."""
    points: Shape = []
    tokens = _TOKEN.findall(text)
    command, at = "M", 0
    while at < len(tokens):
        if tokens[at] in "MLQCZ":
            command, at = tokens[at], at + 1
            continue
        numbers = [float(token) for token in tokens[at : at + 2 * _ORDER[command]]]
        at += 2 * _ORDER[command]
        controls = list(zip(numbers[::2], numbers[1::2], strict=True))
        points.extend(controls if len(controls) == 1 else _bezier(points[-1], *controls))
    return points


def symmetric(text: str) -> Shape:
    """The path of a left side, from top to bottom, closed by its mirror image on the right."""
    left = path(text)
    return left + mirrored(left)[::-1]


def ellipse(x: float, y: float, across: float, down: float, start: float = 0, end: float = 360) -> Shape:
    """An ellipse by its radii, or an arc of it: degrees run clockwise from three o'clock."""
    count = max(8, round(abs(end - start) / 4))
    return [
        (x + across * math.cos(angle), y + down * math.sin(angle))
        for angle in (math.radians(start + (end - start) * step / count) for step in range(count + 1))
    ]


def circle(x: float, y: float, radius: float) -> Shape:
    return ellipse(x, y, radius, radius)


def rectangle(box: Box, radius: float = 0, *, bottom: float | None = None) -> Shape:
    """A box with rounded corners, whose lower two may be rounder or sharper than the upper two."""
    left, top, right, low = box
    upper, lower = radius, radius if bottom is None else bottom
    return [
        *ellipse(left + upper, top + upper, upper, upper, 180, 270),
        *ellipse(right - upper, top + upper, upper, upper, 270, 360),
        *ellipse(right - lower, low - lower, lower, lower, 0, 90),
        *ellipse(left + lower, low - lower, lower, lower, 90, 180),
    ]


def polygon(*numbers: float) -> Shape:
    """Straight edges between x, y, x, y, ..."""
    return list(zip(numbers[::2], numbers[1::2], strict=True))


def spiral(x: float, y: float, radius: float, turns: float) -> Shape:
    count = round(turns * 40)
    return [
        (x + radius * at * math.cos(turns * math.tau * at), y + radius * at * math.sin(turns * math.tau * at))
        for at in (step / count for step in range(count + 1))
    ]


def leaf(x: float, y: float, length: float, degrees: float, *, width: float = 0.22) -> Shape:
    """A pointed leaf that grows from x, y; 0 degrees points right, 270 up."""
    half = length * width * 2
    outline = [(x, y), *_bezier((x, y), (x + length * 0.45, y - half), (x + length, y))]
    outline += list(_bezier((x + length, y), (x + length * 0.45, y + half), (x, y)))
    return turned(outline, degrees, (x, y))


def _each(shape: Shape, change: Callable[[float, float], Point]) -> Shape:
    return [change(x, y) for x, y in shape]


def moved(shape: Shape, right: float = 0, down: float = 0) -> Shape:
    return _each(shape, lambda x, y: (x + right, y + down))


def mirrored(shape: Shape, axis: float = MIDDLE) -> Shape:
    return _each(shape, lambda x, y: (2 * axis - x, y))


def scaled(shape: Shape, share: float, centre: Point = (MIDDLE, MIDDLE)) -> Shape:
    across, down = centre
    return _each(shape, lambda x, y: (across + (x - across) * share, down + (y - down) * share))


def turned(shape: Shape, degrees: float, centre: Point = (MIDDLE, MIDDLE)) -> Shape:
    """The shape turned clockwise."""
    across, down = centre
    cosine, sine = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    return _each(
        shape,
        lambda x, y: (
            across + (x - across) * cosine - (y - down) * sine,
            down + (x - across) * sine + (y - down) * cosine,
        ),
    )
