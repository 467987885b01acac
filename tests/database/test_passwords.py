"""One signs in to a filled database: what a SELECT returns verifies by the packages that applications use."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import argon2
import bcrypt
import pytest
from django.contrib.auth.hashers import PBKDF2PasswordHasher

import synthseed

TABLES = """
create table auth_user (id integer primary key, username varchar(150) not null unique, password varchar(128) not null);
create table members (id integer primary key, email varchar(80) not null, encrypted_password varchar(255) not null);
create table staff (id integer primary key, name text not null, pwd_hash text not null check (pwd_hash like '$argon2id$%'));
create table devices (id integer primary key, name text not null, password_hash {bytes} not null, password_hint varchar(80));
"""


@pytest.fixture
def filled(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A database with users of four applications, thirty rows each, planned offline."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database.url)
    database.execute(TABLES.format(bytes="bytea" if database.dialect == "postgresql" else "blob"))
    synthseed.init(database.url)
    synthseed.fill(db="dev", rows=dict.fromkeys(("auth_user", "members", "staff", "devices"), 30))
    return database


def only(database: Any, table: str, column: str) -> Any:
    ((found, count),) = database.query(f"select {column}, count(*) from {table} group by 1")
    assert count == 30
    return found


def test_every_user_signs_in_after_a_fill(filled: Any) -> None:
    assert PBKDF2PasswordHasher().verify("synthseed", only(filled, "auth_user", "password"))
    assert bcrypt.checkpw(b"synthseed", only(filled, "members", "encrypted_password").encode())
    assert argon2.PasswordHasher().verify(only(filled, "staff", "pwd_hash"), "synthseed")
    assert bcrypt.checkpw(b"synthseed", bytes(only(filled, "devices", "password_hash")))
    assert not filled.query("select 1 from devices where password_hint like '$%'")


def test_rows_that_are_added_later_have_the_hash_of_those_that_stand(filled: Any) -> None:
    before = only(filled, "members", "encrypted_password")
    synthseed.fill(db="dev", rows={"members": 50})

    assert filled.query("select encrypted_password, count(*) from members group by 1") == [(before, 50)]


def test_a_password_of_the_plan_is_the_one_that_counts(filled: Any, tmp_path: Path) -> None:
    file = tmp_path / "seeds_config" / "plans" / "dev" / "members.yml"
    synthseed.plan(db="dev")
    assert "# sign in with the password synthseed" in file.read_text()
    file.write_text(file.read_text().replace("password: synthseed", "password: let-me-in"))
    synthseed.fill(db="dev", rows={"members": 30}, truncate=True)

    assert bcrypt.checkpw(b"let-me-in", only(filled, "members", "encrypted_password").encode())
