"""Keys that a schema combines in ways that a first plan would break."""

from __future__ import annotations

from typing import Any

import pytest

import synthseed

APPROVALS = """
create table users (id integer primary key, name varchar(40) not null);
create table requests (id integer primary key, created_by integer not null references users, title varchar(60) not null);
create table approvals (
    id integer primary key, request_id integer not null references requests, created_by integer not null references users,
    unique (request_id, created_by));
"""
STATES = """
create table runs (id integer primary key, name varchar(40) not null, created timestamp not null);
create table run_states (
    id integer primary key, run_id integer not null references runs, happened timestamp not null, created timestamp not null,
    unique (run_id, happened));
"""
ALWAYS = """
create table things (
    id integer primary key, name varchar(40) not null, created_at timestamp, updated_at timestamp,
    constraint created_there check (created_at is not null), constraint updated_there check (updated_at is not null));
"""


def test_who_approves_is_told_apart_from_who_asked(database: Any) -> None:
    database.execute(APPROVALS)

    synthseed.fill(url=database.url, rows=60)

    same = "select count(*) from approvals a join requests r on r.id = a.request_id where a.created_by = r.created_by"
    assert database.query("select count(*) from approvals") == [(60,)]
    assert database.query(same)[0][0] < 60


def test_a_time_that_is_unique_within_a_parent_is_distinct_there(database: Any) -> None:
    database.execute(STATES)

    synthseed.fill(url=database.url, rows=80)
    synthseed.fill(url=database.url, rows=200)

    assert database.query("select count(*) from run_states") == [(200,)]


def test_a_check_that_forbids_null_is_met(database: Any) -> None:
    database.execute(ALWAYS)

    done = synthseed.fill(url=database.url, rows=200)

    assert done.rows == 200
    assert not any("refused" in note for note in done.notes)


def test_a_table_without_a_partition_is_left_out_by_name_with_what_needs_it(postgresql: Any) -> None:
    postgresql.execute(
        "create table jobs (id integer not null, queue varchar(20) not null, primary key (id, queue)) partition by list (queue);"
        "create table runs (id integer primary key, job_id integer not null, queue varchar(20) not null, "
        "foreign key (job_id, queue) references jobs); create table queues (id integer primary key, name varchar(20) not null);"
    )

    done = synthseed.fill(url=postgresql.url, rows=20)

    assert {table.table: table.rows for table in done.tables} == {"jobs": 0, "runs": 0, "queues": 20}
    assert sum("left out" in note for note in done.notes) == 2
    with pytest.raises(synthseed.SynthseedError, match="jobs: it is partitioned and has no partition"):
        synthseed.fill(url=postgresql.url, rows={"jobs": 5})
