"""What the database refuses is known before the first row is written: planned otherwise by name, or refused by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import synthseed
from synthseed.errors import LoadError, Refused

SHAPES = """
create table parts (
    id integer primary key, name varchar(40) not null,
    code varchar(20) not null, grade varchar(10) not null default 'plain',
    constraint odd_code check (replace(code, 'x', '') in ('ab', 'cd')),
    constraint odd_grade check (lower(substr(grade, 1, 2)) = 'pl'));
create table uses (
    id integer primary key, part_id integer not null references parts, up_id integer references uses, amount integer not null);
"""
HOPELESS = "create table t (id integer primary key, a varchar(20) not null, constraint never check (length(a || 'x') * 0 = 1));"
FUNCTION = """
create function fine(t text) returns boolean language sql immutable as 'select t = reverse(t)';
create table words (id integer primary key, word varchar(9) not null default 'level', constraint palindrome check (fine(word)));
"""

# Tables t whose CHECK nobody reads, and what all their rows hold afterwards.
UNREAD = {
    "length": ("code varchar(12) not null, constraint c check (length(replace(code, '-', '')) = 3)", "length(code) = 3"),
    "twins": ("a varchar(9) not null, b varchar(9) not null, constraint c check (lower(a) || 'x' = lower(b) || 'x')", "a = b"),
    "multiple": ("n integer not null, constraint c check (n % 7 = 0 and n * 2 > 10)", "n % 7 = 0"),
    "difference": ("n integer not null, m integer not null, constraint c check (abs(n - m) * 3 = 0)", "n = m"),
    "optional": ("a varchar(9), constraint c check (length(a || 'xx') * 0 = 1)", "a is null"),
}
UNREAD_BY_POSTGRESQL = {
    "regex": "code text not null, constraint c check (code ~ '^(?:INV|CRN)-[[:digit:]]{4,6}(-[a-f])?$')",
    "look ahead": r"code text not null unique, constraint c check (code ~ '^(?=[A-Z])[[:upper:]]{2,}\d{5}\Z')",
    "similar": "code text not null, constraint c check (code similar to '(ab|cd)[0-9]+')",
    "document": "d jsonb not null, constraint c check (jsonb_typeof(d->'a') = 'array' and d ? 'b')",
    "raised": "w varchar(9) not null default 'level', constraint c check (mirrored(w))",
    "domain": "a odd not null, b odd not null",
}
PARTS = """
create domain odd as varchar(12) check (length(replace(value, '-', '')) = 3);
create function mirrored(t text) returns boolean language plpgsql immutable as
    'begin if t <> reverse(t) then raise ''% is none'', t; end if; return true; end';
"""


@pytest.mark.parametrize("shape", UNREAD)
def test_an_unread_check_of_any_class_is_met(database: Any, shape: str) -> None:
    columns, holds = UNREAD[shape]
    database.execute(f"create table t (id integer primary key, {columns});")

    done = synthseed.fill(url=database.url, rows=40)

    assert database.query(f"select count(*) from t where {holds}") == [(40,)]
    assert any(note.startswith("t.") and "refused" in note and "23514, c" in note for note in done.notes)


@pytest.mark.parametrize("shape", UNREAD_BY_POSTGRESQL)
def test_what_postgresql_alone_can_ask_for_is_met(postgresql: Any, shape: str) -> None:
    postgresql.execute(f"{PARTS} create table t (id integer primary key, {UNREAD_BY_POSTGRESQL[shape]});")

    done = synthseed.fill(url=postgresql.url, rows=40)

    assert done.rows == 40
    assert any(note.startswith("t.") and "refused" in note for note in done.notes)


def test_all_that_is_refused_is_planned_otherwise_at_once(database: Any) -> None:
    database.execute(
        "create table t (id integer primary key, a varchar(9) not null, b varchar(9) not null,"
        "    constraint z1 check (replace(a, 'q', '') in ('one', 'two')), constraint z2 check (substr(b, 1, 1) || substr(b, 2, 1) = 'ok'));"
        "create table u (id integer primary key, t_id integer not null references t, c varchar(9) not null,"
        "    constraint z3 check (trim(c, 'y') = 'nine'));"
    )

    done = synthseed.fill(url=database.url, rows=20)

    assert [sum(name in note for note in done.notes) for name in ("z1", "z2", "z3")] == [1, 1, 1]


def test_a_circle_of_keys_is_rehearsed_too(postgresql: Any) -> None:
    postgresql.execute(
        "create table a (id integer primary key, b_id integer not null, code varchar(9) not null check (replace(code, '-', '') = 'k'));"
        "create table b (id integer primary key, a_id integer not null references a);"
        "alter table a add constraint ab foreign key (b_id) references b;"
    )

    synthseed.fill(url=postgresql.url, rows=20)

    assert postgresql.query("select distinct code from a") == [("k",)]


def test_what_a_person_set_is_not_planned_otherwise(database: Any) -> None:
    database.execute(SHAPES)

    with pytest.raises(Refused, match="odd_code"):
        synthseed.fill(url=database.url, rows=10, set={"parts.code": "wrong"})
    assert database.query("select count(*) from parts") == [(0,)]


def test_tables_that_are_emptied_are_rehearsed_as_if_they_were_empty(database: Any) -> None:
    database.execute(SHAPES)
    synthseed.fill(url=database.url, rows=30)

    done = synthseed.fill(url=database.url, rows=40, truncate=True)

    assert database.query("select count(*) from uses") == [(40,)]
    assert any("odd_code" in note for note in done.notes)


def test_numbers_that_triggers_draw_in_a_rehearsal_are_not_lost(postgresql: Any) -> None:
    postgresql.execute(
        "create table log (id serial primary key, what text);"
        "create table t (id integer primary key, name varchar(20) not null);"
        "create function noted() returns trigger language plpgsql as "
        "'begin insert into log (what) values (''x''); return new; end';"
        "create trigger notes before insert on t for each row execute function noted();"
    )

    synthseed.fill(url=postgresql.url, tables=["t"], rows=5, dry_run=True)

    assert postgresql.query("select last_value, is_called from log_id_seq") == [(1, False)]


@pytest.mark.parametrize("kind", ["trigger", "constraint trigger"])
def test_a_trigger_that_takes_nothing_is_told_and_leaves_nothing(postgresql: Any, kind: str) -> None:
    when = "after insert on t deferrable initially deferred" if kind == "constraint trigger" else "before insert on t"
    postgresql.execute(
        "create table t (id integer primary key, name varchar(20) not null default 'canary-7731');"
        "create function never() returns trigger language plpgsql as 'begin raise ''no %'', new; end';"
        f"create {kind} g {when} for each row execute function never();"
    )

    with pytest.raises(LoadError, match="P0001") as raised:
        synthseed.fill(url=postgresql.url, rows=5)
    assert "canary" not in str(raised.value)
    assert postgresql.query("select count(*) from t") == [(0,)]


def test_duckdb_is_rehearsed_one_refusal_after_the_other(duckdb_database: Any) -> None:
    duckdb_database.execute(
        "create table t (id integer primary key, a varchar not null, check (replace(a, 'q', '') in ('one', 'two')));"
        "create table u (id integer primary key, t_id integer references t (id), c varchar not null, check (trim(c, 'y') = 'nine'));"
    )

    done = synthseed.fill(url=duckdb_database.url, rows=20)

    assert duckdb_database.query("select distinct c from u") == [("nine",)]
    assert [sum(note.startswith(name) and "refused" in note for note in done.notes) for name in ("t.a", "u.c")] == [1, 1]


def test_an_exclusion_that_no_try_meets_is_refused_by_name(postgresql: Any) -> None:
    postgresql.execute("create table t (id integer primary key, lane integer not null, constraint one_lane exclude ((lane % 2) with =));")

    with pytest.raises(Refused, match=r"23P01.*one_lane") as raised:
        synthseed.fill(url=postgresql.url, rows=30)
    assert "nothing was written" in str(raised.value)
    assert postgresql.query("select count(*) from t") == [(0,)]


def test_an_unread_check_is_met_by_what_its_own_text_names(database: Any) -> None:
    database.execute(SHAPES)

    done = synthseed.fill(url=database.url, rows=30)

    assert done.rows == 60
    assert {row[0] for row in database.query("select distinct code from parts")} <= {"ab", "cd"}
    assert any("parts.code: planned as" in note and "odd_code" in note for note in done.notes)


def test_a_function_of_the_database_is_met_by_the_default(postgresql: Any) -> None:
    postgresql.execute(FUNCTION)

    done = synthseed.fill(url=postgresql.url, rows=20)

    assert postgresql.query("select distinct word from words") == [("level",)]
    assert any("23514, palindrome" in note for note in done.notes)


def test_what_nothing_meets_is_refused_by_name_and_leaves_nothing(database: Any) -> None:
    database.execute(HOPELESS)

    with pytest.raises(Refused, match="never") as raised:
        synthseed.fill(url=database.url, rows=10)
    assert "nothing was written" in str(raised.value)
    assert database.query("select count(*) from t") == [(0,)]


def test_a_committed_plan_is_never_changed(database: Any, tmp_path: Path, monkeypatch: Any) -> None:
    from synthseed.verbs.plan import plan

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", database.url)
    database.execute(SHAPES)
    synthseed.init(database.url)
    plan(db="dev")
    before = {file.name: file.read_text() for file in (tmp_path / "seeds_config" / "plans" / "dev").iterdir()}

    with pytest.raises(Refused, match="odd_code"):
        synthseed.fill(db="dev", rows=10)
    assert {file.name: file.read_text() for file in (tmp_path / "seeds_config" / "plans" / "dev").iterdir()} == before
    assert database.query("select count(*) from parts") == [(0,)]


def test_no_value_of_a_row_is_told(database: Any) -> None:
    database.execute(HOPELESS.replace("varchar(20) not null", "varchar(20) not null default 'canary-7731'"))

    with pytest.raises(Refused) as raised:
        synthseed.fill(url=database.url, rows=10)
    assert "Failing row" not in str(raised.value)
    assert "DETAIL" not in str(raised.value)


def test_a_rehearsal_leaves_no_trace(postgresql: Any) -> None:
    postgresql.execute("create table t (id serial primary key, name varchar(20) not null);")

    synthseed.fill(url=postgresql.url, rows=5, dry_run=True)

    assert postgresql.query("select last_value, is_called from t_id_seq") == [(1, False)]
    assert postgresql.query("select count(*) from t") == [(0,)]
    assert postgresql.query("select count(*) from pg_namespace where nspname = 'synthseed'") == [(0,)]


def test_what_a_trigger_raises_of_a_sample_is_left_to_the_load(postgresql: Any) -> None:
    postgresql.execute(
        "create table t (id integer primary key, name varchar(20) not null);"
        "create function enough() returns trigger language plpgsql as "
        "'begin if (select count(*) from t) < 50 then raise ''few''; end if; return null; end';"
        "create trigger many after insert on t for each statement execute function enough();"
    )

    assert synthseed.fill(url=postgresql.url, rows=100).rows == 100
