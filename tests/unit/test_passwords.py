"""A known password signs in: its hashes verify by the packages that write them."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import argon2
import bcrypt
import numpy as np
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

from synthseed import chunk
from synthseed.editions import Ledger
from synthseed.engine.program import Program, compile_program
from synthseed.errors import PlanError
from synthseed.generators.passwords import SCHEMES
from synthseed.plan import ColumnPlan, Plan, Semantic, TablePlan
from synthseed.planners import offline
from synthseed.schema import Check, Column, Kind, Schema, Table, Type, Unique

NUMBER = Type("integer", Kind.INTEGER, bits=32)
AS_OF = 1_760_000_000_000_000
ROOT = Path(__file__).parents[2]


def words(length: int | None = None) -> Type:
    return Type(f"varchar({length})" if length else "text", Kind.TEXT, length=length)


def users(type_: Type, *, name: str = "password", unique: bool = False) -> Schema:
    columns = (Column("id", NUMBER, nullable=False), Column(name, type_, nullable=False))
    return Schema((Table("users", columns, primary_key=Unique(("id",), primary=True), uniques=(Unique((name,)),) if unique else ()),))


def program(schema: Schema, gen: Semantic, rows: int = 5, *, seed: int = 0) -> Program:
    name = schema.table("users").columns[1].name
    plan = Plan({"users": TablePlan("users", rows, columns=(ColumnPlan(name, gen),))}, seed=seed)
    return compile_program(schema, plan, rows={"users": rows}, as_of=AS_OF, ledger=Ledger(), plans={})


def hashes(made: Program, rows: Any) -> list[Any]:
    column = made.schema.table("users").columns[1]
    return chunk.python(chunk.to_arrow(made.cells("users", np.array(rows), (column.name,))[column.name], column.type))


def verified(scheme: str, text: str, password: str) -> bool:
    """Return what the package says that wrote the scheme."""
    if scheme == "bcrypt":
        return bcrypt.checkpw(password.encode(), text.encode())
    if scheme == "pbkdf2_sha256":
        return PBKDF2PasswordHasher().verify(password, text)
    try:
        return argon2.PasswordHasher().verify(text, password)
    except argon2.exceptions.VerifyMismatchError:
        return False


@pytest.mark.parametrize("scheme", SCHEMES)
def test_every_row_signs_in_with_the_password_and_with_no_other(scheme: str) -> None:
    found = hashes(program(users(words(128)), Semantic("password_hash", password="lass-mich-rein é", scheme=scheme)), range(5))

    assert len(set(found)) == 1
    assert len(found[0]) == SCHEMES[scheme].length
    assert verified(scheme, found[0], "lass-mich-rein é")
    assert not verified(scheme, found[0], "let-me-in")


def test_the_parameters_are_those_that_the_packages_would_write() -> None:
    made = {name: hashes(program(users(words()), Semantic("password_hash", password="x", scheme=name)), [0])[0] for name in SCHEMES}

    assert argon2.extract_parameters(made["argon2"]) == argon2.profiles.RFC_9106_LOW_MEMORY
    assert PBKDF2PasswordHasher().decode(made["pbkdf2_sha256"])["iterations"] == 600_000
    assert not PBKDF2PasswordHasher().must_update(made["pbkdf2_sha256"].replace("600000", str(PBKDF2PasswordHasher.iterations)))


def test_a_hash_depends_on_seed_and_column_alone() -> None:
    gen = Semantic("password_hash", password="let-me-in")
    schema = users(words())
    (first, *_), (again, *_) = hashes(program(schema, gen), [0, 1]), hashes(program(schema, gen, rows=900), [899])

    assert first == again
    assert first != hashes(program(schema, gen, seed=1), [0])[0]
    assert first != hashes(program(users(words(), name="pin"), gen), [0])[0]


@pytest.mark.parametrize(
    ("type_", "gen", "message"),
    [
        (words(40), {"scheme": "bcrypt"}, r"users\.password: a hash by bcrypt has 60 characters, varchar\(40\) takes 40; widen the column"),
        (words(80), {"scheme": "argon2"}, r"97 characters, varchar\(80\) takes 80; use bcrypt, or widen"),
        (words(), {"scheme": "md5"}, "one of bcrypt, argon2, pbkdf2_sha256 is expected"),
        (words(), {"password": "", "scheme": "argon2"}, "add `password:`"),
        (words(), {"password": "é" * 37}, "the password has 74 bytes, bcrypt takes 72"),
        (words(), {"password": "a\0b"}, "zero character"),
        (words(), {"type": "token"}, "go with the type password_hash, not with token"),
    ],
)
def test_what_cannot_be_hashed_is_refused_by_name(type_: Type, gen: dict[str, str], message: str) -> None:
    with pytest.raises(PlanError, match=message):
        program(users(type_), replace(Semantic("password_hash", password="let-me-in"), **gen))


def test_a_unique_column_cannot_hold_one_hash() -> None:
    with pytest.raises(PlanError, match="unique, and every row would have the hash of one password"):
        program(users(words(), unique=True), Semantic("password_hash", password="let-me-in"))


@pytest.mark.parametrize(
    ("name", "length", "expected"),
    [
        ("password", 128, ("synthseed", "pbkdf2_sha256")),
        ("password_hash", 128, ("synthseed", "bcrypt")),
        ("encrypted_password", None, ("synthseed", "bcrypt")),
        ("password", 60, ("synthseed", "bcrypt")),
        ("password", 40, ("", "")),
    ],
)
def test_planned_offline_one_signs_in_where_a_hash_has_room(name: str, length: int | None, expected: tuple[str, str]) -> None:
    planned = offline.plan(users(words(length), name=name)).tables["users"].by_column[name]

    assert isinstance(planned.gen, Semantic)
    assert (planned.gen.type, planned.gen.password, planned.gen.scheme) == ("password_hash", *expected)
    assert planned.note == ("sign in with the password synthseed" if expected[0] else "")


def test_planned_offline_a_unique_hash_is_of_nothing() -> None:
    planned = offline.plan(users(words(), unique=True)).tables["users"].by_column["password"]

    assert planned.gen == Semantic("password_hash", "person")


# ---------------------------------------------------------------------------------------------- generators
def test_a_column_of_bytes_holds_the_ascii_text() -> None:
    found = hashes(program(users(Type("bytea", Kind.BYTES)), Semantic("password_hash", password="let-me-in")), range(3))

    assert isinstance(found[0], bytes)
    assert found == found[:1] * 3
    assert bcrypt.checkpw(b"let-me-in", found[0])


def test_a_million_users_cost_one_hash(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[bytes] = []
    hashpw = bcrypt.hashpw
    monkeypatch.setattr(bcrypt, "hashpw", lambda password, salt: calls.append(salt) or hashpw(password, salt))
    made = program(users(words()), Semantic("password_hash", password="counted"), rows=1_000_000)
    cells = [made.cells("users", np.arange(start, start + 100_000), ("password",)) for start in range(0, 1_000_000, 100_000)]

    assert len(calls) == 1
    assert sum(len(some["password"]) for some in cells) == 1_000_000


def test_packages_that_hash_are_loaded_only_where_a_column_asks_for_them() -> None:
    code = (
        "import sys, synthseed.generators.passwords, synthseed.planners.offline.passwords;"
        "assert not {'bcrypt', 'argon2'} & set(sys.modules), 'loaded'"
    )

    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT).stderr == ""


# ---------------------------------------------------------------------------------------------- offline
def planned(
    type_: Type, name: str = "password_hash", *, others: tuple[str, ...] = (), checks: tuple[str, ...] = (), **of: Any
) -> ColumnPlan:
    """Return how a column of a table of users is planned offline, beside other columns of text."""
    columns = (Column("id", NUMBER, nullable=False), Column(name, type_, **of), *(Column(other, words(80)) for other in others))
    key = Unique(("id",), primary=True)
    table = Table("users", columns, primary_key=key, checks=tuple(Check(text, (name,)) for text in checks))
    return offline.plan(Schema((table,), dialect="postgresql")).tables["users"].by_column[name]


def scheme(column: ColumnPlan) -> str:
    return column.gen.scheme if isinstance(column.gen, Semantic) else ""


SIGNED_IN = {
    (): "passwd pwd_hash pwdhash PasswordHash encrypted_password hashed_password user_pass mot_de_passe wachtwoord senha",
    ("vorname", "nachname", "strasse"): "passwort_hash Kennwort benutzerpasswort passworthash verschluesseltes_passwort",
    ("prenom", "nom", "adresse", "ville"): "mot_de_passe mdp_hash mot_de_passe_hash",
    ("nombre", "apellido", "direccion"): "contraseña contrasena_cifrada hash_contrasena",
    ("nome", "cognome", "indirizzo"): "parola_ordine password_cifrata",
    ("voornaam", "achternaam", "straat"): "wachtwoord wachtwoord_hash versleuteld_wachtwoord",
    ("nome", "sobrenome", "endereco"): "senha senha_hash palavra_passe",
}
OTHERS = (
    "password_hint password_reset_token reset_password_token password_salt password_changed_at smtp_password wifi_password "
    "passwort_hinweis wachtwoord_gewijzigd_op senha_alterada_em"
)


@pytest.mark.parametrize(("others", "name"), [(others, name) for others, names in SIGNED_IN.items() for name in names.split()])
def test_one_signs_in_whatever_a_language_calls_a_password(others: tuple[str, ...], name: str) -> None:
    assert planned(words(255), name, others=others).note == "sign in with the password synthseed"


@pytest.mark.parametrize("name", OTHERS.split())
def test_what_only_speaks_of_a_password_is_none(name: str) -> None:
    assert scheme(planned(words(255), name)) == ""


@pytest.mark.parametrize(
    ("length", "of", "expected"),
    [
        (255, {"comment": "Argon2id, PHC string"}, "argon2"),
        (255, {"default": "'$argon2id$v=19$m=65536,t=3,p=4$'::text"}, "argon2"),
        (255, {"checks": ("password_hash LIKE '$argon2id$%'",)}, "argon2"),
        (255, {"checks": ("password_hash LIKE '$2b$%'",)}, "bcrypt"),
        (255, {"checks": ("password_hash LIKE '$argon%'",)}, "argon2"),
        (255, {"checks": ("password_hash LIKE 'scram:%'",)}, ""),
        (255, {"checks": ("length(password_hash) = 60",)}, "bcrypt"),
        (255, {"checks": ("length(password_hash) = 97",)}, "argon2"),
        (None, {"comment": "as Django writes it"}, "pbkdf2_sha256"),
        (128, {"name": "password", "comment": "bcrypt, cost 12"}, "bcrypt"),
        (128, {"name": "password"}, "pbkdf2_sha256"),
        (80, {"comment": "argon2"}, ""),
        (255, {"comment": "SHA-1 of password and pepper"}, ""),
        (255, {"others": ("password_salt",)}, ""),
        (255, {"checks": ("length(password_hash) = 64",)}, ""),
    ],
)
def test_the_scheme_is_what_the_column_says(length: int | None, of: dict[str, Any], expected: str) -> None:
    assert scheme(planned(words(length), **of)) == expected


def test_bytes_are_signed_in_with_too() -> None:
    assert scheme(planned(Type("bytea", Kind.BYTES))) == "bcrypt"
    assert scheme(planned(Type("varbinary(32)", Kind.BYTES, length=32))) == ""
