"""Plan the passwords that people sign in with: every row's hash is of one known password, in the form that the application reads.

What tells the form is the column itself: a word in its comment, default or CHECK, or Django's name and length.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from synthseed.generators.passwords import SCHEMES
from synthseed.plan import Semantic
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.limits import Limits
from synthseed.planners.offline.roles import PEOPLE
from synthseed.schema import Column, Kind

PASSWORD = "synthseed"
NOTE = f"sign in with the password {PASSWORD}"
DJANGO = 128  # django.contrib.auth.base_user: AbstractBaseUser.password is a CharField(max_length=128)
# Words around `password` that leave it what one signs in with. Others make it another thing (`password_hint`, `smtp_password`).
AROUND = PEOPLE | frozenset(
    [
        "hash",
        "hashed",
        "digest",
        "encrypted",
        "crypted",
        "salted",
        "account",
        "login",
        "admin",
        "new",
        "string",
        "value",
        "text",
        "mot",
        "de",
    ]
)
SALTS = frozenset(["salt", "password salt", "salt password", "hash salt"])
NAMED = (  # the first that is said somewhere counts; None: a form that nobody can sign in with here
    ("argon2", re.compile(r"argon2", re.I)),
    ("pbkdf2_sha256", re.compile(r"pbkdf2_sha256|\bdjango\b", re.I)),
    ("bcrypt", re.compile(r"bcrypt|\$2[abxy]\$", re.I)),
    (None, re.compile(r"\b(md[45]|sha-?\d{1,3}|ssha|scrypt|yescrypt|pbkdf2|plain ?text)\b|\$[156y]\$", re.I)),
)


def plan_passwords(draft: Draft) -> None:
    """Plan the columns of passwords that can be signed in with; what has no room for a hash, or a salt of its own, is left."""
    if draft.said & SALTS:
        return
    for column in draft.todo:
        if column.type.kind not in (Kind.TEXT, Kind.BYTES) or not _signs_in(draft.names[column.name]) or draft.needed(column.name):
            continue
        scheme = next((name for name in _schemes(draft, column) if _fits(name, column, draft.limits[column.name])), None)
        if scheme is not None:
            gen = Semantic("password_hash", password=PASSWORD, scheme=scheme)
            draft.put(column, gen, NOTE, nulls=10 + draft.scatter(column.name, 0, 12))


def _signs_in(words: tuple[str, ...]) -> bool:
    return "password" in words and all(word in AROUND for word in words if word != "password")


def _schemes(draft: Draft, column: Column) -> Iterator[str]:
    """Yield the schemes that a column may be meant for, the likeliest first."""
    for name, said in NAMED:
        if any(said.search(text) for text in _said(draft, column)):
            if name is not None:
                yield name
            return
    if column.name.lower() == "password" and column.type.length == DJANGO:
        yield "pbkdf2_sha256"
    yield from ("bcrypt", "argon2", "pbkdf2_sha256")  # another only where a CHECK is for it


def _said(draft: Draft, column: Column) -> Iterator[str]:
    """Yield what the database says of a column besides its name and type."""
    yield column.comment or ""
    yield column.default or ""
    mention = re.compile(rf"(?<!\w){re.escape(column.name)}(?!\w)", re.I)
    yield from (check.text for check in draft.table.checks if column.name in check.columns or mention.search(check.text))


def _fits(name: str, column: Column, limit: Limits) -> bool:
    """Tell whether type and CHECKs take hashes of a scheme."""
    scheme = SCHEMES[name]
    room = min(column.type.length or scheme.length, scheme.length if limit.longest is None else limit.longest)
    if limit.among or limit.case or not limit.shortest <= scheme.length <= room:
        return False
    return all(re.search(pattern, scheme.shape) for pattern in limit.patterns)
