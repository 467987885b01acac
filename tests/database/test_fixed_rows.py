"""Rows by hand are the first rows of their table; one column can be planned otherwise for one run."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import synthseed

TABLES = """
create table roles (code varchar(8) primary key);
create table users (
    id integer primary key, email varchar(80) not null unique, role varchar(8) not null references roles,
    first_name varchar(40) not null, badge integer not null unique check (badge between 1 and 50), active boolean not null,
    joined timestamp not null, price numeric(8,2), note varchar(40));
create table visits (id integer primary key, user_id integer not null references users, first_name varchar(40) not null);
"""
ROWS = """  - {email: admin@example.com, first_name: Ada, badge: 7, active: true, joined: 2024-01-01 10:00:00, price: 1.50}
  - {email: b@example.com, badge: 9, note: null}
  - {id: 3, badge: 50}
"""


@pytest.fixture
def planned(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a plan whose users begin with three rows by hand."""
    monkeypatch.chdir(tmp_path)
    database.execute(TABLES)
    synthseed.init(database.url)
    monkeypatch.setenv("DATABASE_URL", database.url)
    from synthseed.verbs.plan import plan

    plan(db="dev")
    file = tmp_path / "seeds_config" / "plans" / "dev" / "users.yml"
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith("rows:"))
    lines[at : at + 1] = ["count: 20", "rows:", *ROWS.rstrip().splitlines()]
    file.write_text("\n".join(lines) + "\n")
    visits = file.with_name("visits.yml")
    text = visits.read_text()
    start = text.index("  first_name:")
    end = text.find("\n", start)
    visits.write_text(text[:start] + "  first_name: {use: expr, expr: user_id.first_name}" + text[end:])
    return file


def test_the_first_rows_are_the_ones_by_hand_and_the_others_differ(database: Any, planned: Path) -> None:
    synthseed.fill(db="dev", rows={"users": 50, "visits": 100})

    rows = database.query("select id, email, first_name, badge, price, note from users order by id")
    assert [(row[0], row[1], row[3]) for row in rows[:2]] == [(1, "admin@example.com", 7), (2, "b@example.com", 9)]
    assert (rows[0][2], float(rows[0][4]), rows[1][5], rows[2][3]) == ("Ada", 1.5, None, 50)
    assert sorted(row[3] for row in rows) == list(range(1, 51))
    assert len({row[1] for row in rows}) == 50
    assert database.query("select count(*) from visits v join users u on u.id = v.user_id where v.first_name <> u.first_name") == [(0,)]


def test_growth_moves_no_row(database: Any, planned: Path) -> None:
    synthseed.fill(db="dev", rows={"users": 2, "visits": 5})
    before = database.query("select id, email, badge, first_name from users order by id")
    synthseed.fill(db="dev", rows={"users": 40, "visits": 9})

    after = database.query("select id, email, badge, first_name from users order by id")
    assert after[:2] == before
    assert after[2][2] == 50
    assert sorted(row[2] for row in after) == sorted({row[2] for row in after})


def test_rows_that_stand_stay_where_the_plan_later_gives_others(database: Any, planned: Path) -> None:
    planned.write_text(planned.read_text().replace(ROWS, "  - {note: first}\n"))
    synthseed.fill(db="dev", rows={"users": 4, "visits": 4})
    before = database.query("select * from users order by id")
    planned.write_text(planned.read_text().replace("{note: first}", "{note: first}\n  - {note: second}\n  - {badge: 50}"))

    told = synthseed.fill(db="dev", rows={"users": 6, "visits": 4})
    again = synthseed.fill(db="dev", rows={"users": 6, "visits": 4})
    anew = synthseed.fill(db="dev", rows={"users": 6, "visits": 4}, truncate=True)

    note = "users: rows 2, 3 of `rows` are not written, other rows stand in their place: they come with --truncate"
    assert (note in told.notes, note in again.notes, note in anew.notes) == (True, True, False)
    assert database.query("select note from users where id = 2") == [("second",)]
    assert before[0][-1] == "first"


@pytest.mark.parametrize(
    ("row", "message"),
    [
        ("{emial: x}", "did you mean email"),
        ("{role: admin}", "foreign key"),
        ("{badge: many}", "is not a whole number"),
        ("{email: null}", "NOT NULL"),
        ("{id: 17}", "this key counts up"),
        ("{email: admin@example.com}\n  - {email: admin@example.com}", "have the same email"),
    ],
)
def test_a_row_that_cannot_be_is_refused_by_name(database: Any, planned: Path, row: str, message: str) -> None:
    planned.write_text(planned.read_text().replace(ROWS, f"  - {row}\n"))

    with pytest.raises(synthseed.SynthseedError, match=message):
        synthseed.fill(db="dev")
    assert database.query("select count(*) from users") == [(0,)]


# ---------------------------------------------------------------------------------------------- --set
def shares(database: Any, column: str) -> dict[Any, int]:
    return dict(database.query(f"select {column}, count(*) from users group by 1"))


def test_set_gives_one_column_other_shares_for_one_run(database: Any, planned: Path) -> None:
    text = planned.read_text()
    planned.write_text(text.replace(ROWS, "").replace("rows:\n", "rows: 40\n").replace("count: 20\n", ""))
    synthseed.fill(db="dev", rows={"users": 40}, set=["users.note=paid:80,refunded:20", "users.price=1..5"])

    found = shares(database, "note")
    assert set(found) == {"paid", "refunded"}
    assert found["paid"] > found["refunded"]
    assert all(1 <= float(price) <= 5 for price in shares(database, "price"))
    assert planned.read_text().count("refunded") == 0


def test_a_range_that_is_set_gives_each_number_its_share(database: Any, planned: Path) -> None:
    planned.write_text(planned.read_text().replace(ROWS, "  - {note: null}\n"))
    synthseed.fill(db="dev", rows={"users": 50, "visits": 400}, set={"users.price": "1..3"})

    found = {float(price): count for price, count in shares(database, "price").items()}
    assert set(found) == {1, 2, 3}
    assert max(found.values()) <= 22  # a third each; rounded quantiles would give the middle a half


def test_set_in_the_configuration_holds_for_every_run(database: Any, planned: Path) -> None:
    file = planned.parents[2] / "synthseed.yml"
    file.write_text(file.read_text().replace("    # locale", "    set: {users.note: same}\n    # locale"))
    synthseed.fill(db="dev", rows={"users": 30})

    assert set(shares(database, "note")) <= {"same", None}


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("users.notes=x", "did you mean note"),
        ("usres.note=x", "did you mean users"),
        ("users.role=admin", "foreign key"),
        ("users.badge=one", "is not a whole number"),
        ("users.note=a:1,b", "give every one its share"),
        ("users.note=a:many", "is no number"),
        ("note=x", "expected TABLE.COLUMN"),
        ("users.badge=null", "NOT NULL"),
        ("users.joined=1..5", "--set users.joined=1..5: `1` is not an ISO time"),
    ],
)
def test_a_setting_that_cannot_be_is_refused_by_name(database: Any, planned: Path, setting: str, message: str) -> None:
    with pytest.raises(synthseed.SynthseedError, match=message):
        synthseed.fill(db="dev", set=[setting])
    assert database.query("select count(*) from users") == [(0,)]
