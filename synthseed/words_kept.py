"""Keep what takes long to work out of packages' data in the user's cache folder: it depends on nothing but their versions.

The towns of America take 0.5 s (a compressed list, weighed by airports), the names of a locale 0.2 s: half of what a small
fill takes. A file is named by what it holds and by a digest of the packages' versions and of the code that reads them, so
that another version never reads it. It holds words only; without a folder to write to, all is worked out each time.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

PACKAGES = ("airportsdata", "faker", "mimesis", "zipcodes")


def kept(name: str, work_out: Callable[[], Any]) -> Any:
    """Return what `work_out` returns, from the cache where it was kept; it must survive JSON unchanged."""
    path = folder() / f"{name}-{_digest()}.json"
    with suppress(OSError, ValueError):
        return json.loads(path.read_text("utf-8"))
    found = work_out()
    with suppress(OSError):
        path.parent.mkdir(parents=True, exist_ok=True)
        _write(path, json.dumps(found, ensure_ascii=False, separators=(",", ":")))
    return found


def folder() -> Path:
    """Return the cache folder: SYNTHSEED_CACHE, else `synthseed` below the XDG base directory for caches."""
    own = os.environ.get("SYNTHSEED_CACHE")
    if own:
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME")
    return (Path(base) if base else Path("~/.cache").expanduser()) / "synthseed"


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all: two fills may keep the same words at once."""
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".kept-")
    with os.fdopen(handle, "w", encoding="utf-8") as file:
        file.write(text)
    os.replace(aside, path)


@cache
def _digest() -> str:
    digest = hashlib.blake2b(digest_size=8)
    for package in PACKAGES:
        digest.update(f"{package} {version(package)}\n".encode())
    for source in sorted(Path(__file__).parent.glob("words*.py")):
        digest.update(source.read_bytes())
    return digest.hexdigest()
