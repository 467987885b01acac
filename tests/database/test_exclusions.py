"""What an exclusion constraint keeps apart never overlaps, and later rows come behind."""

from __future__ import annotations

from typing import Any

import synthseed

TABLES = """
create table rooms (id integer primary key, name varchar(40) not null);
create table bookings (
    id integer primary key, room_id integer not null references rooms, during tstzrange not null,
    exclude using gist (int4range(room_id, room_id, '[]') with =, during with &&));
create table shifts (
    id integer primary key, begins timestamp not null, ends timestamp not null check (ends > begins),
    exclude using gist (tsrange(begins, ends) with &&));
create table stays (
    id integer primary key, from_day date not null, to_day date not null,
    exclude using gist (daterange(from_day, to_day, '[)') with &&));
create table tariffs (id integer primary key, valid daterange not null, exclude using gist (valid with &&));
create table lots (id integer primary key, span int4range not null, exclude using gist (span with &&));
"""


def test_tables_with_exclusion_constraints_are_filled_and_grow(postgresql: Any) -> None:
    postgresql.execute(TABLES)

    first = synthseed.fill(url=postgresql.url, rows=200)
    before = postgresql.query("select id, room_id, during from bookings order by id")
    synthseed.fill(url=postgresql.url, rows=500)

    assert first.rows == 1_200
    assert postgresql.query("select id, room_id, during from bookings where id <= 200 order by id") == before
    assert postgresql.query("select count(*), count(distinct during) from bookings") == [(500, 500)]
    assert postgresql.query("select count(*) from stays where to_day <= from_day") == [(0,)]
    assert postgresql.query("select count(*) from lots where isempty(span)") == [(0,)]


def test_stretches_have_different_lengths(postgresql: Any) -> None:
    postgresql.execute(TABLES)
    synthseed.fill(url=postgresql.url, rows=100)

    [(count,)] = postgresql.query("select count(distinct upper(during) - lower(during)) from bookings")

    assert count > 10
