"""Keep replies that could be used, so that asking the same again costs nothing and says the same.

A file is named by a digest of all that decides a reply: server, model, effort, schema, system and user prompt. It holds the
reply and no prompt. The folder is the user's own (`words_kept.folder`), files are readable by them alone.
"""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from synthseed.planners.model.request import Answer
from synthseed.words_kept import folder

_LARGEST = 4_000_000  # bytes; a reply has at most 2 MB


def default_folder() -> Path:
    """Return the folder of replies below the cache folder."""
    return folder() / "replies"


@dataclass(frozen=True, slots=True)
class Cache:
    """Keep replies in a folder.

    Attributes:
        folder: Where; None: nothing is looked up or kept.
    """

    folder: Path | None

    @staticmethod
    def key(*parts: str) -> str:
        """Return the digest of texts, in order; each is preceded by its length, so that no two lists of texts agree by accident."""
        digest = sha256()
        for part in parts:
            encoded = part.encode("utf-8", "surrogatepass")
            digest.update(b"%d:" % len(encoded) + encoded)
        return digest.hexdigest()

    def get(self, key: str) -> Answer | None:
        """Return the reply that was kept under a key; None where there is none, or none that is whole."""
        if self.folder is None:
            return None
        with suppress(OSError, ValueError, TypeError, KeyError, RecursionError):
            path = self._path(key)
            if path.stat().st_size > _LARGEST:
                return None
            kept = json.loads(path.read_text("utf-8"))
            if kept["key"] == key and kept["sha256"] == _digest(kept["text"]):
                return Answer(kept["text"], how="cache")
        return None

    def put(self, key: str, text: str) -> None:
        """Keep a reply; a folder that cannot be written costs a request next time, no more."""
        if self.folder is None:
            return
        with suppress(OSError):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            _write(self._path(key), json.dumps({"key": key, "sha256": _digest(text), "text": text}))

    def _path(self, key: str) -> Path:
        assert self.folder is not None
        return self.folder / f"{key}.json"


def _digest(text: str) -> str:
    return sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, readable by its owner alone (mkstemp creates it 0600)."""
    handle, aside = tempfile.mkstemp(dir=path.parent, prefix=".reply-")
    try:
        with os.fdopen(handle, "w", encoding="ascii") as file:
            file.write(text)
        os.replace(aside, path)
    except BaseException:
        with suppress(OSError):
            os.unlink(aside)
        raise
