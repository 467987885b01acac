"""After a migration what it touched is planned again, and nothing else; a person's words survive."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import synthseed
from synthseed.verbs.plan import check_plan, plan

TABLES = """
create table shops (id integer primary key, name varchar(40) not null, kind varchar(8) not null);
create table sales (id integer primary key, shop_id integer not null references shops, amount integer not null, note varchar(40));
"""
MIGRATION = "alter table sales add column tax integer; create table tills (id integer primary key, shop_id integer references shops);"
EVENTS = """
create table events (
    id integer primary key, created_at timestamp not null, shipped_at timestamp, amount integer, label varchar(30), kind varchar(12)
);
"""


@pytest.fixture
def folder(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A database with a plan as the offline planner made it."""
    monkeypatch.chdir(tmp_path)
    database.execute(TABLES)
    synthseed.init(database.url)
    monkeypatch.setenv("DATABASE_URL", database.url)
    plan(db="dev")
    return tmp_path / "seeds_config" / "plans" / "dev"


def edit(file: Path, column: str, text: str) -> str:
    """Give a column of a plan's file another line; return that line."""
    lines = file.read_text().splitlines()
    at = next(number for number, line in enumerate(lines) if line.startswith(f"  {column}:"))
    end = next((number for number in range(at + 1, len(lines)) if not lines[number].startswith("    ")), len(lines))
    lines[at:end] = [f"  {column}: {text}"]
    file.write_text("\n".join(lines) + "\n")
    return lines[at]


def test_a_plan_and_its_database_agree(folder: Path) -> None:
    assert check_plan(db="dev").differences == ()


def test_what_differs_is_told_and_nothing_is_written(database: Any, folder: Path) -> None:
    database.execute(MIGRATION)
    before = {file.name: file.read_text() for file in folder.iterdir()}

    told = check_plan(db="dev").differences

    assert told == ("tills: is in the database and not in the plan", "sales.tax: is in the database and not in the plan")
    assert {file.name: file.read_text() for file in folder.iterdir()} == before


def test_only_what_is_new_is_planned_and_rows_stay(database: Any, folder: Path) -> None:
    synthseed.fill(db="dev", rows=30)
    before = database.query("select id, shop_id, amount, note from sales order by id")
    mine = edit(folder / "sales.yml", "note", "{use: choice, values: [mine]}  # my own words")
    database.execute(MIGRATION)
    shops = (folder / "shops.yml").read_text()

    done = plan(db="dev")

    assert sorted(done.notes)[:2] == ["sales.tax: new, planned", "tills: new, planned"]
    assert mine.split("  #")[0] in (folder / "sales.yml").read_text()
    assert (folder / "shops.yml").read_text() == shops
    assert check_plan(db="dev").differences == ()
    synthseed.fill(db="dev", rows=40)
    assert database.query("select id, shop_id, amount, note from sales where id <= 30 order by id") == before
    assert {row[0] for row in database.query("select note from sales where id > 30")} <= {"mine", None}


def test_a_column_that_changed_is_planned_again_unless_it_is_somebodys(postgresql: Any, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(tmp_path)
    postgresql.execute(TABLES)
    synthseed.init(postgresql.url)
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    plan(db="dev")
    file = tmp_path / "seeds_config" / "plans" / "dev" / "shops.yml"
    edit(file, "name", "{use: choice, values: [One, Two], locked: true}")
    postgresql.execute(
        "alter table shops add constraint few check (kind in ('small', 'large')); alter table shops alter column name type varchar(50);"
    )

    told = check_plan(db="dev").differences
    done = plan(db="dev")

    assert sorted(told) == [f"shops.{name}: is another than the one that was planned for" for name in ("kind", "name")]
    assert "shops.kind: changed, planned again" in done.notes
    assert any(note.startswith("shops.name: changed in the database; the plan is yours") for note in done.notes)
    assert "small" in file.read_text()
    assert "[One, Two]" in file.read_text()
    assert check_plan(db="dev").differences == ()


def test_what_is_gone_leaves_the_plan_and_words_of_a_person_are_kept_beside(database: Any, folder: Path) -> None:
    edit(folder / "sales.yml", "note", "{use: choice, values: [mine]}")
    database.execute("alter table sales drop column note;")

    done = plan(db="dev")

    assert "note" not in (folder / "sales.yml").read_text()
    assert "mine" in (folder / "sales.yml.before").read_text()
    assert any("kept in" in note for note in done.notes)
    synthseed.fill(db="dev", rows=10)
    assert database.query("select count(*) from sales") == [(10,)]


def test_a_table_that_is_gone_leaves_the_plan(database: Any, folder: Path) -> None:
    database.execute("drop table sales;")

    done = plan(db="dev")

    assert not (folder / "sales.yml").exists()
    assert any("sales: gone from the database" in note for note in done.notes)
    assert synthseed.fill(db="dev", rows=5).rows == 5


def test_a_lock_that_cannot_be_read_is_refused_by_name(folder: Path) -> None:
    (folder / "_plan.lock").write_text("{")

    with pytest.raises(synthseed.PlanError, match=r"_plan.lock: it cannot be read"):
        check_plan(db="dev")


def start(database: Any, tables: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Plan tables, and fill them; return the plan's folder."""
    monkeypatch.chdir(tmp_path)
    database.execute(tables)
    synthseed.init(database.url)
    monkeypatch.setenv("DATABASE_URL", database.url)
    plan(db="dev")
    synthseed.fill(db="dev", rows=20)
    return tmp_path / "seeds_config" / "plans" / "dev"


def brought_up(database: Any, migration: str, rows: str) -> tuple[str, ...]:
    """Migrate, plan, and fill on; the rows that stand must not move. Return what planning told."""
    database.execute(migration)
    before = database.query(rows)
    assert check_plan(db="dev").differences
    told = plan(db="dev").notes
    assert check_plan(db="dev").differences == ()
    assert plan(db="dev").notes == ()
    synthseed.fill(db="dev", rows=30)
    assert database.query(rows)[: len(before)] == before
    return told


def test_a_persons_text_stays_to_the_byte_with_its_comments(database: Any, folder: Path) -> None:
    file = folder / "our sales.yml"
    (folder / "sales.yml").rename(file)
    edit(file, "note", "{values:   ['mine',  \"too\"],  use: choice}   # in our words")
    text = "# (c) us\n\n" + file.read_text().replace("columns:\n", "columns:   # as agreed\n\n  # -- money\n\n") + "# the end\n"
    file.write_text(text)
    database.execute(MIGRATION)

    plan(db="dev")
    added = file.read_text()
    database.execute("alter table sales drop column tax;")
    plan(db="dev")

    assert "  tax:" in added
    assert all(line in added.split("\n") for line in text.split("\n"))
    assert file.read_text() == text
    assert not (folder / "sales.yml").exists()


def test_what_read_a_dropped_column_is_planned_again(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = start(database, EVENTS, tmp_path, monkeypatch)
    assert "ref: created_at" in (folder / "events.yml").read_text()

    told = brought_up(
        database, "alter table events drop column created_at;", "select id, shipped_at, amount, label from events order by id"
    )

    assert "events.shipped_at: read events.created_at, which is gone; planned again" in told


def test_a_persons_column_that_reads_a_dropped_one_is_named_and_refused_by_name(
    database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = start(database, EVENTS, tmp_path, monkeypatch)
    mine = edit(folder / "events.yml", "label", "{use: template, template: 'for {col:kind}'}")
    database.execute("alter table events drop column kind;")

    told = plan(db="dev").notes

    assert "events.label: reads events.kind, which is gone; its plan is yours and stays as it is: change it" in told
    assert mine in (folder / "events.yml").read_text()
    with pytest.raises(synthseed.SynthseedError, match=r"events.label.*kind"):
        synthseed.fill(db="dev", rows=30)


def test_a_persons_rows_by_hand_and_text_are_kept_beside_each_time(database: Any, folder: Path) -> None:
    edit(folder / "sales.yml", "note", "{use: choice, values: [mine]}")
    database.execute("alter table sales drop column note;")
    plan(db="dev")
    edit(folder / "sales.yml", "amount", "{use: choice, values: [7]}")
    database.execute("alter table sales drop column amount;")

    plan(db="dev")

    assert "mine" in (folder / "sales.yml.before").read_text()
    assert "[7]" in (folder / "sales.yml.before2").read_text()


def test_a_line_that_was_taken_out_is_planned_again(folder: Path) -> None:
    text = (folder / "sales.yml").read_text()
    (folder / "sales.yml").write_text("".join(line for line in text.splitlines(True) if not line.startswith("  amount:")))

    told = check_plan(db="dev").differences
    plan(db="dev")

    assert told == ("sales.amount: is in the database and not in the plan",)
    assert (folder / "sales.yml").read_text() == text


def test_without_a_lock_all_is_a_persons_and_only_what_is_missing_is_planned(database: Any, folder: Path) -> None:
    (folder / "_plan.lock").unlink()
    before = (folder / "sales.yml").read_text()
    database.execute(MIGRATION)

    told = plan(db="dev").notes

    assert sorted(told) == ["sales.tax: new, planned", "tills: new, planned", "tills.shop_id: new, planned"][:2]
    assert [line for line in (folder / "sales.yml").read_text().splitlines() if "tax" not in line] == before.splitlines()


def test_a_plan_that_was_brought_up_without_a_lock_still_knows_whose_it_is(database: Any, folder: Path) -> None:
    (folder / "_plan.lock").unlink()
    database.execute(MIGRATION)
    plan(db="dev")
    database.execute("alter table sales drop column note; alter table sales drop column tax;")

    plan(db="dev")

    assert "  note:" in (folder / "sales.yml.before").read_text()


@pytest.mark.parametrize(
    ("migration", "told"),
    [
        ("alter table events alter column amount type numeric(10,2)", "events.amount: changed, planned again"),
        ("alter table events alter column label set not null", "events.label: changed, planned again"),
        ("alter table events add check (kind in ('a', 'b'))", "events.kind: changed, planned again"),
        (
            "create type st as enum ('x', 'y'); alter table events alter column kind type st using 'x'",
            "events.kind: changed, planned again",
        ),
        ("alter table events add shop integer references events", "events.shop: new, planned"),
        (
            "update events set amount = id; alter table events add foreign key (amount) references events",
            "events.amount: part of a foreign key now, its plan as it was is taken out",
        ),
        (
            "alter table events drop column label; alter table events add column label text generated always as (kind || '!') stored",
            "events.label: computed by the database now, its plan as it was is taken out",
        ),
    ],
)
def test_what_changed_is_planned_again_and_rows_stay(
    postgresql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, migration: str, told: str
) -> None:
    start(postgresql, EVENTS, tmp_path, monkeypatch)
    postgresql.execute("update events set label = coalesce(label, 'x'), kind = 'a'")

    assert told in brought_up(postgresql, migration, "select id, created_at, shipped_at from events order by id")


def test_keys_over_several_columns_come_and_go(postgresql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DATABASE_URL", postgresql.url)
    postgresql.execute(
        "create table p (a integer, b integer, primary key (a, b)); create table c (id integer primary key, x integer, y integer);"
    )
    synthseed.init(postgresql.url)
    plan(db="dev")

    postgresql.execute("alter table c add foreign key (x, y) references p;")
    came = plan(db="dev").notes
    postgresql.execute("alter table c drop column x;")
    gone = plan(db="dev").notes

    assert "c.x,y: new, planned" in came
    assert "c.y: new, planned" in gone
    assert synthseed.fill(db="dev", rows=10).rows == 20


def test_a_column_of_a_person_that_becomes_not_null_loses_its_nulls_alone(
    postgresql: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = start(postgresql, EVENTS, tmp_path, monkeypatch)
    mine = edit(folder / "events.yml", "label", "{use: choice, values: [mine]}")
    assert "nulls:" in (folder / "events.yml").read_text()

    told = brought_up(
        postgresql,
        "update events set label = coalesce(label, ''); alter table events alter column label set not null;",
        "select id, label from events order by id",
    )

    assert any(note.startswith("events.label: NOT NULL now") for note in told)
    assert mine in (folder / "events.yml").read_text()


def test_a_column_that_became_unique_gets_new_values_and_rows_stay(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    start(database, EVENTS, tmp_path, monkeypatch)
    database.execute("update events set label = id;")

    told = brought_up(database, "create unique index one on events (label);", "select id, label, kind from events order by id")

    assert told == ("events.label: changed, planned again",)
    assert database.query("select count(label) > 0 from events where id > 20")[0][0]


@pytest.mark.parametrize(
    "migration",
    [
        "update events set label = id; create unique index one on events (label);",
        "alter table events drop column created_at;",
        "alter table events add column shop integer references events;",
    ],
)
def test_a_plan_that_lies_in_no_file_goes_along_with_the_database(database: Any, migration: str) -> None:
    database.execute(EVENTS)
    synthseed.fill(url=database.url, rows=20)
    database.execute(migration)
    before = database.query("select id, amount, label, kind from events order by id")

    synthseed.fill(url=database.url, rows=30)

    assert database.query("select id, amount, label, kind from events where id <= 20 order by id") == before


def test_a_fill_that_the_plan_does_not_fit_names_the_command_that_mends_it(database: Any, folder: Path) -> None:
    database.execute("alter table sales drop column note;")

    with pytest.raises(synthseed.PlanError, match=r"sales.yml: sales has no column note.*`synthseed plan --db dev` brings the plan up"):
        synthseed.fill(db="dev", rows=10)


def test_a_locked_table_outlasts_a_migration_and_a_plan_from_nothing(database: Any, folder: Path) -> None:
    file = folder / "sales.yml"
    file.write_text(file.read_text().replace("columns:\n", "locked: true  # ours\ncolumns:\n", 1).replace("amount:", "amount:  ", 1))
    text = file.read_text()
    database.execute(MIGRATION)

    plan(db="dev")
    added = file.read_text()
    told = plan(db="dev", again=True).notes

    assert [line for line in added.splitlines() if "tax" not in line] == text.splitlines()
    assert "sales: locked, kept" in told
    assert file.read_text() == added
    assert check_plan(db="dev").differences == ()


def test_a_reset_needs_no_plan_that_fits(database: Any, folder: Path) -> None:
    synthseed.fill(db="dev", rows=20)
    database.execute("alter table sales drop column note;" + MIGRATION)

    synthseed.reset(db="dev")

    assert database.query("select count(*) from sales") == [(0,)]
