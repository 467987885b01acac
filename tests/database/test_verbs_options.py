"""The options of fill, and init, on every database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import synthseed
from synthseed.errors import Guarded, Refused
from synthseed.verbs.plan import plan

TABLES = """
create table author (id integer primary key, name varchar(40) not null);
create table book (id integer primary key, author_id integer not null references author (id), title varchar(80) not null);
"""


def counts(database: Any) -> tuple[int, int]:
    return database.query("select (select count(*) from author), (select count(*) from book)")[0]


def test_truncate_starts_again_with_fewer(database: Any) -> None:
    database.execute(TABLES)
    synthseed.fill(url=database.url, rows=40)

    done = synthseed.fill(url=database.url, rows=15, truncate=True)

    assert counts(database) == (15, 15)
    assert done.edition == 1


def test_truncate_of_one_of_the_tables_filled_together_is_refused(database: Any) -> None:
    database.execute(TABLES)
    synthseed.fill(url=database.url, rows=40)

    with pytest.raises(Refused, match="author were filled together"):
        synthseed.fill(url=database.url, rows=15, truncate=True, tables=["book"])

    assert counts(database) == (40, 40)


def test_truncate_leaves_the_rows_of_the_application_where_they_are_parents(database: Any) -> None:
    database.execute(TABLES + "insert into author values (7, 'mine');")
    synthseed.fill(url=database.url, rows={"book": 40})

    synthseed.fill(url=database.url, rows=15, truncate=True, tables=["book"])

    assert counts(database) == (1, 15)
    assert database.query("select name from author") == [("mine",)]


def test_append_adds_rows_beside_those_of_the_application(database: Any) -> None:
    database.execute(TABLES + "insert into author values (7, 'mine');")

    synthseed.fill(url=database.url, rows=20, append=True)

    assert counts(database) == (21, 20)
    assert database.query("select name from author where id = 7") == [("mine",)]


def test_a_table_of_the_application_is_not_filled_by_its_name(database: Any) -> None:
    database.execute(TABLES + "insert into author values (7, 'mine');")

    with pytest.raises(Guarded, match="`--append` keeps them"):
        synthseed.fill(url=database.url, tables=["author"])

    assert counts(database) == (1, 0)


def test_tables_fills_only_those(database: Any) -> None:
    database.execute(TABLES)

    synthseed.fill(url=database.url, rows=20, tables=["author"])
    first = counts(database)
    synthseed.fill(url=database.url, rows=30, tables=["book"])

    assert first == (20, 0)
    assert counts(database) == (20, 30)


def test_explain_and_preview_show_the_cells_of_a_filled_database(database: Any) -> None:
    database.execute(TABLES)
    planned = synthseed.preview("book", 5, url=database.url)
    synthseed.fill(url=database.url)

    stored = database.query("select id, author_id, title from book order by id limit 5")

    assert [tuple(row) for row in synthseed.preview("book", 5, url=database.url).values.tolist()] == stored
    assert [tuple(row) for row in planned.values.tolist()] == stored
    assert tuple(synthseed.explain("book", 3, url=database.url)["cells"].values()) == stored[3]


@pytest.mark.parametrize("kind", ["varchar(60)", "uuid"])
def test_rows_of_the_application_before_and_between_our_fills_stay_theirs(database: Any, kind: str) -> None:
    key = "00000000-0000-4000-8000-{:012d}".format
    database.execute(f"""
        create table host (k {kind} primary key, note varchar(40));
        create table visit (id integer primary key, host varchar(60) not null);""".replace(
        "host varchar(60) not null", f"host {kind} not null references host (k)"
    ))  # fmt: skip
    database.execute(f"insert into host values ('{key(1)}', 'before'), ('{key(2)}', 'before');")
    synthseed.fill(url=database.url, rows=30, append=True)
    first = database.query("select * from visit order by id")
    database.execute(f"insert into host values ('{key(3)}', 'between');")
    synthseed.fill(url=database.url, rows=45)
    second = database.query("select * from visit order by id")
    database.execute(f"insert into host values ('{key(4)}', 'after');")

    third = synthseed.fill(url=database.url, rows=45)

    assert (len(first), len(second)) == (30, 45)
    assert second[:30] == first
    assert third.rows == 0
    assert database.query("select count(*) from host") == [(49,)]
    synthseed.reset(url=database.url)
    assert sorted(note for (note,) in database.query("select note from host")) == ["after", "before", "before", "between"]


def test_a_row_of_the_application_that_ours_may_point_at_is_missed_when_it_is_gone(database: Any) -> None:
    database.execute(
        "create table host (k varchar(20) primary key); create table visit (id integer primary key, host varchar(20) not null);"
    )
    database.execute("insert into host values ('mine'), ('mine too');")
    synthseed.fill(url=database.url, rows=30, append=True)
    database.execute("delete from host where k = 'mine';")

    with pytest.raises(synthseed.LedgerError, match="host: 2 rows that are not ours stood before edition 1"):
        synthseed.fill(url=database.url, rows=45)


def test_init_writes_a_configuration_that_the_other_verbs_use(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    database.execute(TABLES)
    monkeypatch.chdir(tmp_path)

    done = synthseed.init(database.url)
    planned = plan(db="dev")
    filled = synthseed.fill(db="dev", rows=10)

    assert (done.file, done.alias, done.tables) == ("seeds_config/synthseed.yml", "dev", 2)
    assert planned.folder == "seeds_config/plans/dev"
    assert filled.plan.startswith("The plan is seeds_config/plans/dev/")
    assert counts(database) == (10, 10)


def test_init_never_writes_a_password(postgresql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    postgresql.execute(TABLES)
    url = postgresql.url.replace("postgres@", "postgres:hush@")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", url)

    done = synthseed.init()
    filled = synthseed.fill(db="dev", rows=10)

    assert "hush" not in (tmp_path / done.file).read_text()
    assert "hush" not in repr((done, filled))
    assert counts(postgresql) == (10, 10)
