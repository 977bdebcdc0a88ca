"""Pictures: what is uploaded is decoded and written anew, so that nothing but the picture itself is kept and served.

In threads of its own, because inline it would stop the event loop for as long as it takes.
"""

import asyncio
import io
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from PIL import Image, ImageOps

FORMATS: Final = ("JPEG", "PNG", "WEBP", "GIF", "AVIF")
PIXELS_MAX: Final = 50_000_000
EDGE_MAX: Final = 2_000
ENDING: Final = "webp"
_executor: Final = ThreadPoolExecutor(max_workers=2, thread_name_prefix="pictures")


class NotAPicture(ValueError):  # noqa: N818 - it says what the bytes are not.
    """These bytes are no picture that we read."""


async def for_web(content: bytes) -> bytes:
    """The picture as WebP, upright, no edge longer than 2,000 pixels, without metadata. Raises NotAPicture."""
    return await asyncio.get_running_loop().run_in_executor(_executor, _for_web, content)


def _for_web(content: bytes) -> bytes:
    try:
        with Image.open(io.BytesIO(content), formats=FORMATS) as opened:
            _refuse_bomb(opened)
            opened.draft("RGB", (EDGE_MAX, EDGE_MAX))
            picture = ImageOps.exif_transpose(opened)
            picture = picture.convert("RGBA" if picture.has_transparency_data else "RGB")
            picture.thumbnail((EDGE_MAX, EDGE_MAX))
            written = io.BytesIO()
            # Metadata is written only where it is passed on.
            picture.save(written, "WEBP", quality=82, method=4)
            return written.getvalue()
    except NotAPicture:
        raise
    except Exception as error:
        # A decoder that is fed nonsense raises whatever comes to its mind.
        raise NotAPicture("is not a readable JPEG, PNG, WebP, GIF or AVIF picture") from error


def _refuse_bomb(opened: Image.Image) -> None:
    """Asked before anything is unpacked: a few bytes can claim to be a picture of gigabytes."""
    if opened.width * opened.height > PIXELS_MAX:
        raise NotAPicture(f"is larger than {PIXELS_MAX:,} pixels")
