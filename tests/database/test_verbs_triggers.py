"""What triggers write beside a fill is told, and outlives a reset."""

from __future__ import annotations

from typing import Any

import pytest

import synthseed
from synthseed.errors import Refused

TABLES = """
create table trail (id integer primary key, told varchar(40));
create table account (id integer primary key, name varchar(40) not null);
"""
AUDIT = {
    "sqlite": "create trigger audit after insert on account begin insert into trail (told) values ('new'); end;",
    "postgresql": """
        create sequence trail_key start 100000; alter table trail alter id set default nextval('trail_key');
        create function audit() returns trigger language plpgsql as $$ begin insert into trail (told) values ('new'); return null; end $$;
        create trigger audit after insert or delete on account for each row execute function audit();""",
}


def test_rows_of_triggers_are_told_and_outlive_the_reset(database: Any) -> None:
    database.execute(TABLES + AUDIT[database.dialect])

    filled = synthseed.fill(url=database.url, rows={"account": 20, "trail": 0})
    taken = synthseed.reset(url=database.url)

    assert filled.notes[0].startswith("trail: triggers of the database wrote 20 rows more than the 0 asked for")
    assert taken.rows == {"account": 20}
    assert taken.kept["trail"] >= 20
    assert any(note.startswith("trail: ") and "triggers" in note for note in taken.notes)
    assert database.query("select count(*) from account") == [(0,)]


def test_rows_that_a_delete_trigger_writes_do_not_stop_a_reset(postgresql: Any) -> None:
    postgresql.execute(TABLES + AUDIT["postgresql"])
    synthseed.fill(url=postgresql.url, rows={"account": 20, "trail": 0})
    postgresql.execute("insert into account values (-1, 'mine')")

    taken = synthseed.reset(url=postgresql.url)

    assert taken.kept == {"account": 1, "trail": 41}
    assert postgresql.query("select id from account") == [(-1,)]


def test_rows_of_ours_that_a_trigger_keeps_are_a_refusal(postgresql: Any) -> None:
    postgresql.execute(
        TABLES
        + """
        create function keep() returns trigger language plpgsql as $$ begin return null; end $$;
        create trigger keep before delete on account for each row execute function keep();"""
    )
    synthseed.fill(url=postgresql.url, rows={"account": 20, "trail": 0})
    postgresql.execute("insert into account values (-1, 'mine')")

    with pytest.raises(Refused, match="account: 20 rows of ours would not go"):
        synthseed.reset(url=postgresql.url)


def test_without_triggers_nothing_is_told(database: Any) -> None:
    database.execute(TABLES)

    filled = synthseed.fill(url=database.url, rows=20)
    database.execute("insert into account values (-1, 'mine');")

    assert not any("triggers" in note for note in filled.notes)
    assert synthseed.reset(url=database.url).notes == ()
