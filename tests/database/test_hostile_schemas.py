"""Claims about schemas that real teams have, from the database's side: filled, topped up, taken out again."""

from __future__ import annotations

from typing import Any

import pytest

import synthseed

AUDITED = """
create table audit_log (id bigserial primary key, what text not null, at timestamptz not null default now());
create table account (id serial primary key, name text not null);
create function audit() returns trigger language plpgsql as
    'begin insert into audit_log (what) values (tg_table_name); return null; end';
create trigger audit after insert on account for each row execute function audit();
"""


@pytest.mark.parametrize("script", [AUDITED, AUDITED.replace("table account", "table a_first").replace("on account", "on a_first")])
def test_a_trigger_that_writes_an_audit_log_takes_no_key_of_ours(postgresql: Any, script: str) -> None:
    postgresql.execute(script)
    synthseed.fill(url=postgresql.url, rows=30)
    synthseed.fill(url=postgresql.url, rows=50)
    assert postgresql.query("select count(*) from audit_log where what in ('account', 'a_first')") == [(50,)]
    assert postgresql.query("select count(*) from audit_log") == [(100,)]
    assert postgresql.query("select nextval('audit_log_id_seq') > max(id) from audit_log") == [(True,)]


def test_addresses_as_keys_are_known_again(postgresql: Any) -> None:
    postgresql.execute("create table host (address inet primary key, note text)")
    synthseed.fill(url=postgresql.url, rows=30)
    before = set(postgresql.query("select address, note from host"))
    synthseed.fill(url=postgresql.url, rows=40)
    after = set(postgresql.query("select address, note from host"))
    assert before < after
    assert len(after) == 40
    synthseed.reset(url=postgresql.url)
    assert postgresql.query("select count(*) from host") == [(0,)]


def test_a_key_that_is_declared_twice_is_one_key(database: Any) -> None:
    database.execute(
        "create table team (id integer primary key, name text not null);"
        "create table player (id integer primary key, team_id integer not null references team (id), "
        "constraint again foreign key (team_id) references team (id))"
    )
    synthseed.fill(url=database.url, rows=30)
    assert database.query("select count(*) from player join team on team.id = team_id") == [(30,)]


def test_a_row_begins_after_a_parent_whose_key_and_time_have_odd_names(database: Any) -> None:
    database.execute(
        'create table contract (tenant integer not null, "no." integer not null, "signed.on" date not null, primary key (tenant, "no."));'
        'create table "visit 1" (id integer primary key, "the tenant" integer not null, "the no." integer not null, '
        '"visited on" date not null, foreign key ("the tenant", "the no.") references contract (tenant, "no."))'
    )
    synthseed.fill(url=database.url, rows=30)
    early = 'select count(*) from "visit 1" join contract on tenant = "the tenant" and "no." = "the no." where "visited on" < "signed.on"'
    assert database.query(early) == [(0,)]


def test_a_column_with_a_colon_is_named_by_a_refusal(postgresql: Any) -> None:
    postgresql.execute('create table "odd, line 7" (id serial primary key, ":bind: it" int4range)')
    with pytest.raises(synthseed.SynthseedError, match="column :bind: it"):
        synthseed.fill(url=postgresql.url, rows=30, set={"odd, line 7.:bind: it": "abc"})


def test_columns_with_dots_are_named_by_their_table(database: Any) -> None:
    database.execute('create table "a.b" (id integer primary key, "c.d" varchar(9) not null, "e.f" integer not null)')
    synthseed.fill(url=database.url, rows=20, set={"a.b.c.d": "x", "a.b.e.f": "7"})
    assert database.query('select distinct "c.d", "e.f" from "a.b"') == [("x", 7)]


CHOSEN = """
create table customer (id integer primary key, name varchar(60) not null);
create table address (id integer primary key, customer_id integer not null references customer (id), street varchar(80) not null,
    is_default boolean not null);
create unique index one_default on address (customer_id) where is_default;
create table subscription (id integer primary key, customer_id integer not null references customer (id),
    status varchar(9) not null check (status in ('active', 'paused', 'canceled')), ended_at timestamp);
create unique index one_active on subscription (customer_id) where status = 'active';
create table rate (id integer primary key, customer_id integer not null references customer (id),
    amount numeric(8, 2) not null, valid_to date);
create unique index one_current on rate (customer_id) where valid_to is null;
"""


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])  # DuckDB has no partial indexes
def test_parents_have_many_rows_of_which_one_is_chosen(engine: str, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue(engine)
    database.execute(CHOSEN)
    first = {"customer": 40, "address": 150, "subscription": 150, "rate": 150}
    synthseed.fill(url=database.url, rows=first)
    synthseed.fill(url=database.url, rows={table: 2 * count for table, count in first.items()})

    for table, count in first.items():
        assert database.query(f"select count(*) from {table}") == [(2 * count,)]
    ((chosen,),) = database.query("select count(distinct customer_id) from address where is_default")
    assert 40 < chosen <= 80
    assert database.query("select count(distinct status) from subscription") == [(3,)]
    ((past,),) = database.query("select count(*) from rate where valid_to is not null")
    assert past > 0


APART = """
create table account (id integer primary key, owner varchar(60) not null);
create table transfer (id integer primary key, from_id integer not null references account (id),
    to_id integer not null references account (id), check (from_id <> to_id));
create table follow (from_id integer not null references account (id), to_id integer not null references account (id),
    primary key (from_id, to_id), check (from_id <> to_id));
create table friends (one_id integer not null references account (id), other_id integer not null references account (id),
    primary key (one_id, other_id), check (one_id < other_id));
"""


def test_keys_that_must_differ_do(database: Any) -> None:
    database.execute(APART)
    synthseed.fill(url=database.url, rows={"account": 10, "transfer": 150, "follow": 60, "friends": 45})
    synthseed.fill(url=database.url, rows={"account": 12, "transfer": 300, "follow": 130, "friends": 66})

    assert database.query("select count(*), count(distinct from_id * 100 + to_id) from follow where from_id <> to_id") == [(130, 130)]
    assert database.query("select count(*) from transfer where from_id <> to_id") == [(300,)]
    assert database.query("select count(*) from friends where one_id < other_id") == [(66,)]


SHARED = """
create table tenant (id integer primary key, name varchar(60) not null);
create table project (tenant_id integer not null references tenant (id), no integer not null, name varchar(60) not null,
    primary key (tenant_id, no));
create table person (tenant_id integer not null references tenant (id), no integer not null, email varchar(80) not null,
    primary key (tenant_id, no), unique (tenant_id, email));
create table task (id integer primary key, tenant_id integer not null, assignee integer, project integer not null,
    title varchar(80) not null, foreign key (tenant_id, assignee) references person (tenant_id, no),
    foreign key (tenant_id, project) references project (tenant_id, no));
create table note (id integer primary key, tenant_id integer not null, writer integer not null, project integer not null,
    foreign key (tenant_id, writer) references person (tenant_id, no), foreign key (tenant_id, project) references project (tenant_id, no));
"""


def test_two_keys_that_share_the_tenant_lead_to_rows_of_one_tenant(database: Any) -> None:
    database.execute(SHARED)
    synthseed.fill(url=database.url, rows={"tenant": 5, "project": 20, "person": 60, "task": 150, "note": 50})
    synthseed.fill(url=database.url, rows={"tenant": 6, "project": 30, "person": 90, "task": 300, "note": 90})

    joined = "from task t join project p on p.tenant_id = t.tenant_id and p.no = t.project"
    assert database.query(f"select count(*) {joined}") == [(300,)]
    ((given, people),) = database.query("select count(assignee), count(distinct tenant_id * 1000 + assignee) from task")
    assert given > 100
    assert people > 20
    assert database.query(
        "select count(*) from task t left join person p on p.tenant_id = t.tenant_id and p.no = t.assignee "
        "where t.assignee is not null and p.no is null"
    ) == [(0,)]


NEAR = """
create table booking (id serial primary key, starts_at timestamptz not null,
    ends_at timestamptz not null check (ends_at > starts_at and ends_at <= starts_at + interval '8 hours'));
create table rental (id serial primary key, start_date date not null, end_date date,
    check (end_date is null or end_date - start_date between 1 and 30));
create table visit (id serial primary key, opened timestamp not null, closed timestamp not null,
    check (closed - opened <= interval '2 days'), check (closed >= opened + interval '15 minutes'));
create table stay (id serial primary key, check_in date not null, check_out date not null,
    check (check_out > check_in), check (check_out < check_in + 15));
create table trial (id serial primary key, starts_on date, ends_on date check (ends_on = starts_on + 14));
"""


def test_times_are_as_near_to_each_other_as_checks_want(postgresql: Any) -> None:
    postgresql.execute(NEAR)
    done = synthseed.fill(url=postgresql.url, rows=300)

    assert not [note for note in done.notes if "refused" in note]
    ((shortest, longest),) = postgresql.query("select min(check_out - check_in), max(check_out - check_in) from stay")
    assert shortest == 1
    assert 10 < longest <= 14
    assert postgresql.query("select count(*) > 20, count(distinct ends_at - starts_at) > 50 from booking") == [(True, True)]
    assert postgresql.query("select distinct ends_on - starts_on from trial where ends_on is not null") == [(14,)]


SHARES = """
create table sale (id integer primary key, note varchar(40));
create table sale_line (id integer primary key, sale_id integer not null references sale (id), qty integer not null check (qty > 0),
    price numeric(10, 2) not null check (price >= 0), discount numeric(4, 3) default 0 not null check (discount >= 0 and discount < 1),
    rebate numeric(10, 2) not null check (rebate <> 0));
"""


def test_a_discount_below_one_is_a_share_and_what_is_not_zero_is_above(database: Any) -> None:
    database.execute(SHARES)
    synthseed.fill(url=database.url, rows={"sale": 50, "sale_line": 300})

    ((least, most, kinds),) = database.query("select min(discount), max(discount), count(distinct discount) from sale_line")
    assert least == 0
    assert 0.1 <= most < 1
    assert kinds > 3
    assert database.query("select count(*) from sale_line where rebate <= 0") == [(0,)]
    assert database.query("select count(distinct rebate) > 20 from sale_line") == [(True,)]


FOLDED = """
create table article (id integer primary key, title varchar(120) not null, code varchar(20) not null,
    slug text generated always as (lower(replace(title, ' ', '-'))) stored, name varchar(80) not null);
create unique index one_slug on article (slug);
create unique index one_name on article (lower(name));
create unique index one_code on article (upper(code)) where code <> '';
"""


@pytest.mark.parametrize("engine", ["postgresql", "sqlite"])
def test_keys_over_expressions_and_over_what_the_database_makes_are_unique(engine: str, request: pytest.FixtureRequest) -> None:
    database = request.getfixturevalue(engine)
    database.execute(FOLDED)
    synthseed.fill(url=database.url, rows=500)
    synthseed.fill(url=database.url, rows=1500)

    assert database.query("select count(distinct slug), count(distinct lower(name)) from article") == [(1500, 1500)]
