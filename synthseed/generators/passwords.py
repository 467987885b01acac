"""Hash one known password, so that a developer can sign in as any row of a table of users.

Hashing is slow on purpose (0.05 to 0.3 s), so a column has one salt and all its rows share one hash: a million users cost what one
does. The salt comes from the column's stream: same plan, same hash.
"""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, Form, texts
from synthseed.errors import PlanError, suggestion
from synthseed.generators.base import Generator, Rows, Setting, Space
from synthseed.generators.drawn import is_unique
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Words, below

DEFAULT = "bcrypt"
ROUNDS = "10"  # bcrypt's cost; a reader of the hash takes it from there
ITERATIONS = 600_000  # OWASP's least for PBKDF2-HMAC-SHA256; Django takes any number, and hashes anew at the next sign-in
LONGEST = 72  # bytes of a password that bcrypt looks at; the package refuses longer ones
PLAIN = str.maketrans(
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/",
    "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",  # bcrypt's own base64
)
LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"  # of Django's salts


def _bcrypt(password: str, words: Words) -> str:
    import bcrypt

    salt = base64.b64encode(_bytes(words)).decode().rstrip("=").translate(PLAIN)
    return bcrypt.hashpw(password.encode(), f"$2b${ROUNDS}${salt}".encode()).decode()


def _argon2(password: str, words: Words) -> str:
    from argon2 import PasswordHasher, Type

    # Spelled out (RFC 9106's second choice): another version of the package may have other defaults, and rows must not change.
    hasher = PasswordHasher(time_cost=3, memory_cost=65536, parallelism=4, hash_len=32, salt_len=16, type=Type.ID)
    return hasher.hash(password, salt=_bytes(words))


def _pbkdf2(password: str, words: Words) -> str:
    """Return what `django.contrib.auth.hashers.PBKDF2PasswordHasher.encode` does: the salt is hashed as the text that it is."""
    salt = "".join(LETTERS[at] for at in below(words, len(LETTERS)))
    digest = hashlib.pbkdf2_hmac("sha256", password.encode(), salt.encode(), ITERATIONS)
    return f"pbkdf2_sha256${ITERATIONS}${salt}${base64.b64encode(digest).decode()}"


def _bytes(words: Words) -> bytes:
    return words[:2].astype("<u8").tobytes()


@dataclass(frozen=True, slots=True)
class Scheme:
    """Describe a form of hashes.

    Attributes:
        shape: A text in this form, as long as all are, with letters x where salt and hash stand.
        make: Return the hash of a password, salted by 22 words.
    """

    shape: str
    make: Callable[[str, Words], str]

    @property
    def length(self) -> int:
        """Return how many characters a hash has."""
        return len(self.shape)


SCHEMES: Mapping[str, Scheme] = {
    "bcrypt": Scheme(f"$2b${ROUNDS}${'x' * 53}", _bcrypt),
    "argon2": Scheme(f"$argon2id$v=19$m=65536,t=3,p=4${'x' * 22}${'x' * 43}", _argon2),
    "pbkdf2_sha256": Scheme(f"pbkdf2_sha256${ITERATIONS}${'x' * 22}${'x' * 43}=", _pbkdf2),
}


@lru_cache(maxsize=256)
def _hashed(scheme: str, password: str, salt: tuple[int, ...]) -> str:
    return SCHEMES[scheme].make(password, np.array(salt, np.uint64))


@dataclass(frozen=True)
class Known:
    """Give every row the one hash of a password; it is made when the first rows are, and never again in this process."""

    name: str
    scheme: str
    password: str
    binary: bool = False
    distinct: bool = False
    version: int = 1
    group: str = ""

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row: a text, or its ASCII bytes in a column of bytes."""
        salt = rows.stream(self.name, "password").bits(np.arange(22)).tolist()
        hashed = _hashed(self.scheme, self.password, tuple(salt))
        return self._cell(hashed).take(np.zeros(len(rows.numbers), np.int64))

    def _cell(self, hashed: str) -> Cells:
        if not self.binary:
            return texts(chunk.strings([hashed]))
        import pyarrow as pa

        return Cells(Form.BYTES, pa.array([hashed.encode()], pa.binary()))

    def space(self) -> Space | None:
        """Return None: all rows hold the same."""
        return None


def build_password(gen: Semantic, setting: Setting) -> Generator:
    """Return the generator of a known password's hash.

    Raises:
        PlanError: The words don't go together, the scheme is not known or doesn't take the password, the column is too short or unique.
    """
    _refuse_words(gen, setting)
    name = gen.scheme or DEFAULT
    _refuse_room(name, setting)
    if is_unique(setting):
        raise PlanError(
            f"{setting.where}: the column is unique, and every row would have the hash of one password; take `password` and `scheme` out"
        )
    return Known(setting.name, name, gen.password, binary=setting.column is not None and setting.column.type.kind is Kind.BYTES)


def _refuse_words(gen: Semantic, setting: Setting) -> None:
    """Raise where `password` and `scheme` say nothing together, or what no scheme does."""
    if gen.type != "password_hash":
        raise PlanError(f"{setting.where}: `password` and `scheme` go with the type password_hash, not with {gen.type}; take them out")
    if not gen.password:
        raise PlanError(f"{setting.where}: `scheme` without the password that is hashed; add `password:`, or take the scheme out")
    if (gen.scheme or DEFAULT) not in SCHEMES:
        known = f"one of {', '.join(SCHEMES)} is expected{suggestion(gen.scheme, SCHEMES)}"
        raise PlanError(f"{setting.where}: scheme {gen.scheme!r} was found, {known}")
    if (gen.scheme or DEFAULT) != "bcrypt":
        return
    size = len(gen.password.encode())
    if size > LONGEST:
        raise PlanError(f"{setting.where}: the password has {size} bytes, bcrypt takes {LONGEST}; shorten it, or use `scheme: argon2`")
    if "\0" in gen.password:  # where it ends for readers that are written in C
        raise PlanError(f"{setting.where}: the password holds a zero character, where bcrypt's passwords end; take it out")


def _refuse_room(name: str, setting: Setting) -> None:
    """Raise where the column is too short for the scheme's hashes."""
    length, width = setting.column.type.length if setting.column else None, SCHEMES[name].length
    if length is None or setting.column is None or length >= width:
        return
    fitting = next((other for other, scheme in SCHEMES.items() if scheme.length <= length), "")
    advice = f"use {fitting}, or widen the column" if fitting else "widen the column, or take `password` and `scheme` out"
    raise PlanError(f"{setting.where}: a hash by {name} has {width} characters, {setting.column.type.sql} takes {length}; {advice}")
