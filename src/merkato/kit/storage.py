"""Files in a folder, each named by its content: written once, whole or not at all, and never changed."""

import asyncio
import hashlib
import os
import re
import tempfile
from pathlib import Path
from typing import Final

_NAME: Final = re.compile(r"[0-9a-f]{32}\.[a-z0-9]{1,5}", re.ASCII)


async def keep(folder: Path, content: bytes, ending: str) -> str:
    """Store the content and give its name, which is the same for the same content."""
    return await asyncio.to_thread(_keep, folder, content, ending)


async def found(folder: Path, name: str) -> Path | None:
    """The file of this name. Only names that we give are looked for, so that nobody walks out of the folder."""
    if _NAME.fullmatch(name) is None:
        return None
    path = folder / name
    return path if await asyncio.to_thread(path.is_file) else None


def _keep(folder: Path, content: bytes, ending: str) -> str:
    name = f"{hashlib.sha256(content).hexdigest()[:32]}.{ending}"
    path = folder / name
    if path.exists():
        return name
    folder.mkdir(parents=True, exist_ok=True)
    write(path, content)
    return name


def write(path: Path, content: bytes) -> None:
    """Write a file so that nobody ever sees half of it, whatever dies in between."""
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        Path(draft).replace(path)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise
