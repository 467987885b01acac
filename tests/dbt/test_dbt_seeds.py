"""`synthseed dbt seeds` in place of `dbt seed`: rows from a plan in the seeds' relations, which the project's own dbt builds on."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import duckdb
import pytest
import yaml
from database.conftest import Database, DuckDB

from synthseed.errors import ConfigurationError, Guarded, LoadError
from synthseed.report.dbt_seeds import SeedsDone, build, summary
from synthseed.verbs.dbt_seeds import dbt_seeds

TYPES = {
    "id": "bigint",
    "code": "text",
    "email": "text",
    "amount": "numeric(10,2)",
    "active": "boolean",
    "created_at": "timestamp",
    "note": "text",
}
PEOPLE = """
table: people
rows: 200
columns:
  code: {use: template, template: "00{digits:3}"}
  note: {use: choice, values: {"": 30, "left at the gate": 70}}
nulls: {note: 40}
"""
SEEDS = {
    "seeds": [
        {
            "name": "people",
            "config": {"column_types": TYPES},
            "columns": [{"name": "id", "data_tests": ["unique", "not_null"]}],
        },
        {
            "name": "orders",
            "columns": [
                {"name": "order_id", "data_tests": ["unique", "not_null"]},
                {"name": "person_id", "data_tests": [{"relationships": {"arguments": {"to": "ref('people')", "field": "id"}}}]},
                {"name": "country", "data_tests": [{"relationships": {"arguments": {"to": "ref('countries')", "field": "iso"}}}]},
                {"name": "status", "data_tests": [{"accepted_values": {"arguments": {"values": ["open", "paid"]}}}]},
            ],
        },
    ]
}
MODEL = """
select o.order_id, p.email, c.name
from {{ ref('orders') }} o join {{ ref('people') }} p on p.id = o.person_id join {{ ref('countries') }} c on c.iso = o.country
"""


@dataclass(frozen=True)
class Shop:
    """Hold a small project with two seeds that are only a header, one with rows, and its warehouse."""

    folder: Path
    dbt: str
    database: Database
    manifests: dict[str, str]  # of this session, by the project's files

    def seeds(self, **given: Any) -> SeedsDone:
        with chdir(self.folder):
            return dbt_seeds(dbt=self.dbt, **given)

    def parsed(self, config: Mapping[str, Mapping[str, Any]] | None = None, **given: Any) -> SeedsDone:
        """Work from artifacts; dbt parses the same files once in a session, whatever the warehouse.

        Args:
            config: Configuration by seed in place of the one in YAML, which dbt passes on as it is.
        """
        read = [file for folder in ("seeds", "models") for file in sorted((self.folder / folder).glob("*"))]
        key = json.dumps([(file.name, file.read_text(encoding="utf-8")) for file in read])
        target = self.folder / "parsed"
        if key not in self.manifests:
            self.run("parse", "--target-path", str(target))
            self.manifests[key] = (target / "manifest.json").read_text(encoding="utf-8")
        output = outputs(self.database)
        raw = json.loads(self.manifests[key])
        raw["metadata"]["adapter_type"] = output["type"]
        for node in raw["nodes"].values():
            node["database"] = output.get("dbname") or Path(output["path"]).stem
            if config is not None and node["resource_type"] == "seed":
                node["config"] |= {"column_types": {}, **config.get(node["name"], {})}
        target.mkdir(exist_ok=True)
        (target / "manifest.json").write_text(json.dumps(raw), encoding="utf-8")
        return self.seeds(artifacts=target, **given)

    def run(self, *words: str) -> str:
        """Call dbt; it has to succeed."""
        command = [self.dbt, "--no-use-colors", "--no-send-anonymous-usage-stats", *words, "--profiles-dir", "."]
        ours = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONWARNINGS")}
        done = subprocess.run(command, cwd=self.folder, env=ours, text=True, capture_output=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        return self.database.query(query.replace("FROM ", "from analytics."))


def outputs(database: Database) -> dict[str, Any]:
    if isinstance(database, DuckDB):
        return {"type": "duckdb", "path": database.path, "schema": "analytics"}
    where = urlsplit(database.url)
    return {
        "type": "postgres",
        "host": where.hostname,
        "port": where.port or 5432,
        "user": where.username,
        "password": where.password or "none",
        "dbname": where.path[1:],
        "schema": "analytics",
    }


def made(folder: Path, dbt: str, database: Database, manifests: dict[str, str]) -> Shop:
    files = {
        "dbt_project.yml": yaml.safe_dump({"name": "shop", "version": "1.0.0", "profile": "shop"}),
        "profiles.yml": yaml.safe_dump({"shop": {"target": "dev", "outputs": {"dev": outputs(database)}}}),
        "seeds/people.csv": ",".join(TYPES) + "\n",
        "seeds/orders.csv": "order_id,person_id,country,status,quantity\n",
        "seeds/countries.csv": "iso,name\nde,Germany\nfr,France\n",
        "seeds/seeds.yml": yaml.safe_dump(SEEDS, sort_keys=False),
        "seeds_config/plans/shop-seeds/_plan.yml": 'seed: 0\nas_of: "2026-01-01"\nlocale: en_US\nengine: 1\n',
        "seeds_config/plans/shop-seeds/people.yml": PEOPLE,
    }
    for name, text in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, encoding="utf-8")
    return Shop(folder, dbt, database, manifests)


@pytest.fixture(scope="session")
def manifests() -> dict[str, str]:
    """What dbt has parsed in this session."""
    return {}


@pytest.fixture(params=["duckdb", "postgresql"])
def shop(request: pytest.FixtureRequest, tmp_path: Path, dbt: str, manifests: dict[str, str]) -> Shop:
    """The project on each warehouse in turn."""
    on_duckdb = request.param == "duckdb"
    database = DuckDB(f"duckdb:///{tmp_path / 'shop.duckdb'}") if on_duckdb else request.getfixturevalue("postgresql")
    return made(tmp_path / "shop", dbt, database, manifests)


@pytest.fixture
def small(tmp_path: Path, dbt: str, manifests: dict[str, str]) -> Shop:
    """The project on DuckDB alone, for what the warehouse has no part in."""
    return made(tmp_path / "shop", dbt, DuckDB(f"duckdb:///{tmp_path / 'shop.duckdb'}"), manifests)


def test_dbt_builds_on_the_rows_of_a_plan(shop: Shop) -> None:
    (shop.folder / "models").mkdir()
    (shop.folder / "models/sold.sql").write_text(MODEL, encoding="utf-8")
    done = shop.seeds(rows={"orders": 300})

    told = shop.run(*build(done).split()[1:])
    tests = shop.run("test")

    assert [(one.seed, one.rows) for one in done.seeds] == [("people", 200), ("orders", 300)]
    assert done.real == ("countries",)
    assert "seed file analytics.countries" in told
    assert "seed file analytics.people" not in told
    assert "PASS=7" in tests
    assert shop.rows("select count(*) FROM sold") == [(300,)]


def test_leading_zeros_empty_texts_and_types_reach_the_relation(shop: Shop) -> None:
    shop.parsed()

    assert shop.rows("select count(*) FROM people where code like '00___'") == [(200,)]
    counts = shop.rows("select count(*) filter (where note = ''), count(*) filter (where note is null), count(*) FROM people")
    assert all(count > 0 for count in counts[0])
    assert counts[0][2] == 200
    query = (
        "select column_name, data_type, numeric_scale from information_schema.columns where table_name = 'people' order by ordinal_position"
    )
    found = shop.database.query(query)
    expected = [
        ("bigint",),
        ("text", "varchar"),
        ("text", "varchar"),
        ("numeric", "decimal(10,2)"),
        ("boolean",),
        ("timestamp without time zone", "timestamp"),
        ("text", "varchar"),
    ]
    assert [name for name, _, _ in found] == list(TYPES)
    assert all(sql.lower() in names for (_, sql, _), names in zip(found, expected, strict=True))
    assert found[3][2] == 2


def test_a_file_may_be_called_like_a_schema_and_texts_fit_the_length_that_was_declared(
    tmp_path: Path, dbt: str, manifests: dict[str, str]
) -> None:
    shop = made(tmp_path / "shop", dbt, DuckDB(f"duckdb:///{tmp_path / 'analytics.duckdb'}"), manifests)
    config = {"people": {"column_types": TYPES | {"email": "varchar(6)"}}}

    shop.parsed(config, rows=20)
    done = shop.parsed(config, rows=30)

    assert {one.place for one in done.seeds} == {'"analytics"."people"', '"analytics"."orders"'}
    assert shop.database.query("select count(*), max(length(email)) <= 6 from analytics.analytics.people") == [(30, True)]
    assert shop.database.query("select count(*) from analytics.analytics.orders") == [(30,)]


def test_a_second_run_replaces_rows_of_ours_by_the_same(shop: Shop) -> None:
    shop.parsed(rows=50)
    first = shop.rows("select * FROM people order by id")

    shop.parsed(rows=80)
    again = shop.rows("select * FROM people order by id")
    assert len(again) == 80
    shop.parsed(rows=50)

    assert shop.rows("select * FROM people order by id") == first


def test_rows_of_dbt_seed_are_refused_unless_they_are_to_be_replaced(shop: Shop) -> None:
    shop.run("seed")

    with pytest.raises(Guarded, match=r'"countries" \(2 rows\): found rows that synthseed did not write.*--truncate'):
        shop.parsed(select="countries")
    assert shop.rows("select count(*) FROM countries") == [(2,)]
    shop.parsed(select="countries", truncate=True, rows=7)

    assert shop.rows("select count(*) FROM countries") == [(7,)]
    assert (shop.folder / "seeds/countries.csv").read_text() == "iso,name\nde,Germany\nfr,France\n"

    shop.database.execute("drop table analytics.people")
    done = shop.parsed(rows=5)  # of a header alone, with no row to look at, dbt has made every column of `orders` an integer

    assert {one.seed: one.made for one in done.seeds} == {"people": True, "orders": False}
    assert {status for (status,) in shop.rows("select status FROM orders")} <= {"open", "paid"}


def test_reset_takes_out_what_is_ours_and_a_row_that_somebody_adds_makes_a_relation_theirs(shop: Shop) -> None:
    shop.parsed(rows=30)
    shop.database.execute("insert into analytics.people (id) values (0)")

    with pytest.raises(Guarded, match=r"31 rows"):
        shop.parsed()
    told = summary(shop.parsed(reset=True, dry_run=True))
    done = shop.parsed(reset=True)
    again = shop.parsed(reset=True)

    assert "Would take 30 rows out of" in told
    assert '"analytics"."people": 31 rows stay' in told
    assert [(one.seed, one.rows) for one in done.seeds] == [("orders", 30)]
    assert shop.rows("select count(*) FROM people union all select count(*) FROM orders") == [(31,), (0,)]
    assert again.seeds == ()
    assert "Nothing to take out" in summary(again)
    assert [one.rows for one in shop.parsed(select="orders", truncate=True, rows=3).seeds] == [3, 3]


def test_a_type_that_the_warehouse_refuses_leaves_nothing_behind(shop: Shop) -> None:
    with pytest.raises(LoadError, match=r"seed orders: the database refuses to make it: .*column_types"):
        shop.parsed({"orders": {"column_types": {"status": "no_such_type"}}})

    assert shop.database.query("select count(*) from information_schema.tables where table_schema = 'analytics'") == [(0,)]


def test_rows_that_the_warehouse_refuses_leave_no_relation_behind(shop: Shop) -> None:
    shop.database.execute("create schema analytics; create type numeric_or_so as enum ('only this')")

    with pytest.raises(LoadError):
        shop.parsed({"people": {"column_types": TYPES | {"note": "numeric_or_so"}}})

    assert shop.database.query("select count(*) from information_schema.tables where table_schema = 'analytics'") == [(0,)]


def test_a_dry_run_makes_no_database(small: Shop) -> None:
    done = small.parsed(dry_run=True)

    assert done.rows > 200
    assert "Would write" in summary(done)
    assert not Path(small.database.url.removeprefix("duckdb:///")).exists()


def test_rows_are_the_same_in_every_warehouse(tmp_path: Path, dbt: str, postgresql: Database, manifests: dict[str, str]) -> None:
    found = []
    for name, database in (("a", DuckDB(f"duckdb:///{tmp_path / 'a.duckdb'}")), ("b", postgresql)):
        shop = made(tmp_path / name, dbt, database, manifests)
        shop.parsed()
        found.append([shop.rows("select * FROM people order by id"), shop.rows("select * FROM orders order by order_id")])

    assert found[0] == found[1]


def test_a_relation_with_other_columns_and_rows_of_others_is_not_made_anew(shop: Shop) -> None:
    shop.database.execute("create schema analytics; create table analytics.people (id bigint); insert into analytics.people values (1)")

    with pytest.raises(LoadError, match=r'(?i)"people": found id bigint; expected id bigint, code'):
        shop.parsed(truncate=True)

    assert shop.rows("select * FROM people") == [(1,)]


def test_a_relation_of_ours_gets_the_types_that_the_seed_has_now(small: Shop) -> None:
    small.parsed()
    hook = [{"sql": "select 1", "transaction": True, "index": None}]
    done = small.parsed({"people": {"column_types": TYPES | {"id": "integer"}, "post-hook": hook}}, select="people")

    query = "select data_type from information_schema.columns where table_name = 'people' and column_name = 'id'"
    assert small.database.query(query) == [("INTEGER",)]
    assert "people: post-hook not run, which `dbt seed` would run" in done.notes


def test_views_on_a_relation_with_other_types_are_not_dropped(
    tmp_path: Path, dbt: str, postgresql: Database, manifests: dict[str, str]
) -> None:
    shop = made(tmp_path / "shop", dbt, postgresql, manifests)
    shop.parsed()
    shop.database.execute("create view analytics.seen as select * from analytics.people")

    with pytest.raises(LoadError, match=r"dbt seed --full-refresh --select people"):
        shop.parsed({}, select="people")

    assert shop.rows("select count(*) FROM seen") == [(200,)]


# ---------------------------------------------------------------------------------------------- files
def test_csv_files_keep_their_types_through_dbt_seed(shop: Shop) -> None:
    done = shop.parsed(out="written", select="people")
    straight = shop.parsed(select="people") and shop.rows("select id, code, amount, active, created_at, email FROM people order by id")
    (shop.folder / "written/people.csv").replace(shop.folder / "seeds/people.csv")
    (shop.folder / "seeds/seeds.yml").unlink()
    (shop.folder / "written/people.yml").replace(shop.folder / "seeds/people.yml")
    shop.run("seed", "--select", "people", "--full-refresh")

    assert done.files == ("written/people.csv", "written/people.yml")
    assert shop.rows("select id, code, amount, active, created_at, email FROM people order by id") == straight
    # What no CSV can tell dbt is told.
    assert shop.rows("select count(*) FROM people where note = ''") == [(0,)]
    assert any("note holds empty texts" in note for note in done.notes)


def test_parquet_files_keep_empty_texts(small: Shop) -> None:
    small.parsed(out="written", format="parquet", select="people")

    file = small.folder / "written/people.parquet"
    kinds = duckdb.sql(f"select column_type from (describe from '{file}')").fetchall()
    assert [kind for (kind,) in kinds] == ["BIGINT", "VARCHAR", "VARCHAR", "DECIMAL(10,2)", "BOOLEAN", "TIMESTAMP", "VARCHAR"]
    assert duckdb.sql(f"select count(*) filter (note = '') > 0 and count(*) filter (note is null) > 0 from '{file}'").fetchall() == [
        (True,)
    ]
    body = yaml.safe_load((small.folder / "written/people.yml").read_text(encoding="utf-8"))
    assert body["seeds"] == [{"name": "people", "config": {"column_types": TYPES}}]


def test_files_that_are_there_are_never_replaced(small: Shop) -> None:
    before = (small.folder / "seeds/people.csv").read_text()

    with pytest.raises(ConfigurationError, match=r"people\.csv would be replaced|people\.csv and 1 more would be replaced"):
        small.parsed(out="seeds")

    assert (small.folder / "seeds/people.csv").read_text() == before
    assert not (small.folder / "seeds/people.yml").exists()


# ---------------------------------------------------------------------------------------------- which
def test_seeds_with_rows_of_their_own_are_left_alone_and_named(small: Shop) -> None:
    for name in ("people", "orders"):
        (small.folder / f"seeds/{name}.csv").unlink()
    (small.folder / "seeds/seeds.yml").unlink()
    (small.folder / "seeds_config/plans/shop-seeds/people.yml").unlink()

    done = small.parsed()

    assert done.seeds == ()
    assert "--select countries" in summary(done)


def test_a_seed_is_written_with_the_one_that_it_refers_to(small: Shop) -> None:
    done = small.parsed(select="orders", dry_run=True)

    assert {one.seed for one in done.seeds} == {"people", "orders"}


def test_tests_of_staging_models_hold_for_seeds_without_any(small: Shop) -> None:
    tests = [{"relationships": {"arguments": {"to": "ref('people')", "field": "id"}}}]
    columns = [
        {"name": "person", "data_tests": tests},
        {"name": "state", "data_tests": [{"accepted_values": {"arguments": {"values": ["P"]}}}]},
    ]
    (small.folder / "seeds/seeds.yml").write_text(yaml.safe_dump({"seeds": SEEDS["seeds"][:1]}), encoding="utf-8")
    (small.folder / "models").mkdir()
    (small.folder / "models/stg.sql").write_text("select person_id as person, status as state from {{ ref('orders') }}", encoding="utf-8")
    (small.folder / "models/stg.yml").write_text(yaml.safe_dump({"models": [{"name": "stg", "columns": columns}]}), encoding="utf-8")

    done = small.seeds(rows=300)

    assert "PASS=3" in small.run("build", "--select", "stg")
    assert done.rows == 600


def test_a_name_that_is_no_seed_is_told_with_the_nearest(small: Shop) -> None:
    with pytest.raises(ConfigurationError, match=r"--select order: the project has no seed of that name.*orders"):
        small.parsed(select="order")


def test_a_plan_is_saved_to_be_reviewed(small: Shop) -> None:
    done = small.parsed(save=True, rows={"orders": 30})

    plan = yaml.safe_load((small.folder / "seeds_config/plans/shop-seeds/orders.yml").read_text(encoding="utf-8"))
    assert plan["table"] == "orders"
    assert "review" in done.plan
    assert small.parsed(rows={"orders": 30}).rows == done.rows
