"""The drawn pictures of the demo shop: one for every product, small, and always the same."""

import csv
import io
import subprocess
import sys
from collections import Counter
from importlib.resources import files

import pytest
from PIL import Image

from merkato.transfer.demo.keywords import KEYWORDS
from merkato.transfer.demo.looks import PALETTES, look_of
from merkato.transfer.demo.pictures import FALLBACK, MOTIFS, draw, motif_of

WEIGHT_MAX = 40_000


def shown() -> dict[str, str]:
    """The motif of every product in the catalogue, by handle."""
    text = files("merkato.transfer.demo").joinpath("catalogue.csv").read_text(encoding="utf-8")
    return {
        row["Handle"]: motif_of(row["Handle"], row["Product Category"], row["Title"])
        for row in csv.DictReader(io.StringIO(text, newline=""))
        if row["Title"]
    }


@pytest.mark.parametrize("handle", shown())
def test_every_product_is_drawn_within_limits(handle: str) -> None:
    picture = draw(handle, shown()[handle])
    assert len(picture) < WEIGHT_MAX
    with Image.open(io.BytesIO(picture)) as image:
        assert image.format == "WEBP"
        assert image.size == (800, 800)


@pytest.mark.parametrize("motif", MOTIFS)
def test_every_motif_stands_out_in_every_palette(motif: str) -> None:
    seen: set[str] = set()
    number = 0
    while len(seen) < len(PALETTES):
        handle, number = f"{motif}-{number}", number + 1
        look = look_of(handle)
        if look.wall in seen:
            continue
        seen.add(look.wall)
        with Image.open(io.BytesIO(draw(handle, motif, size=48))) as image:
            centre = image.convert("RGB").crop((8, 8, 40, 40))
        colours = centre.getcolors(maxcolors=32 * 32)
        assert colours is not None
        assert len(colours) > 100


def test_the_same_handle_is_drawn_the_same() -> None:
    assert draw("stoneware-mug", "mug") == draw("stoneware-mug", "mug")


def test_another_process_draws_the_same() -> None:
    """Python salts the hashes of strings anew in each process; the pictures must not notice."""
    program = (
        "import sys; from merkato.transfer.demo.pictures import draw;"
        "sys.stdout.buffer.write(draw('抹茶ラテ', 'matcha', size=64))"
    )
    finished = subprocess.run([sys.executable, "-X", "utf8", "-c", program], capture_output=True, check=True)
    assert finished.stdout == draw("抹茶ラテ", "matcha", size=64)


def test_handles_differ_in_colour() -> None:
    assert len({look_of(handle).wall for handle in shown()}) == len(PALETTES)


def test_products_are_recognised() -> None:
    motifs = Counter(shown().values())
    assert motifs[FALLBACK] <= 3
    assert set(MOTIFS) - set(motifs) <= {FALLBACK}
    assert motifs.most_common(1)[0][1] <= 3


def test_every_keyword_leads_to_a_motif() -> None:
    assert {motif for motif, _ in KEYWORDS} <= set(MOTIFS)


@pytest.mark.parametrize(
    ("handle", "category", "title", "motif"),
    [
        ("olive-soap", "Bath & Body > Soap", "Olive Oil Soap", "soap"),
        ("x", "Home > Kitchen > Mugs", "Nordlicht", "mug"),
        ("green-teapot", "", "Nordlicht", "teapot"),
        ("x", "", "Two Mugs", "mug"),
        ("x", "", "Pancake", "box"),
        ("ρίγανη", "Groceries > Herbs & Spices", "Ρίγανη", "jar"),
        ("", "", "", "box"),
        ("🫖", " > ", "!!!", "box"),
    ],
)
def test_a_motif_is_found_for_anything(handle: str, category: str, title: str, motif: str) -> None:
    assert motif_of(handle, category, title) == motif


def test_an_unknown_motif_is_a_box() -> None:
    assert draw("x", "submarine", size=64) == draw("x", "box", size=64)
