"""Projects that are long, deep or wide are read in time that grows with their size."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from lineage_projects import generic, project


def _chain(length: int, sql: str) -> dict[str, str]:
    first = {"m0": "select * from raw.orders"}
    return first | {f"m{n}": sql.replace("PREVIOUS", f"m{n - 1}") for n in range(1, length)}


@pytest.mark.parametrize(
    "sql",
    [
        "with s as (select * from PREVIOUS), t as (select * from s) select * from t",
        "select *, a as b from PREVIOUS",
        "select id, coalesce(a, 0) as a, status from PREVIOUS",
        "select id, a + 1 as a, a as z from PREVIOUS",
    ],
)
def test_300_models_in_a_chain_are_read(sql: str) -> None:
    models = _chain(300, sql) | {"mart": "select id, a from m299 where status = 'paid'" if "status" in sql else "select id, a from m299"}

    known = project(models, [generic("unique", "mart", "id"), generic("not_null", "mart", "a")])

    assert not known.lineage.failed
    assert {"id", "a"} <= known.columns("orders")
    assert known.keys == {"orders(id)"}
    assert ("coalesce" in sql) is not bool(known.of("orders.a").not_null) or "+ 1" in sql


def test_model_that_joins_the_one_before_with_itself_is_read_in_time() -> None:
    joined = _chain(40, "select a.*, b.* from PREVIOUS a join PREVIOUS b on a.id = b.id")
    stacked = _chain(40, "select * from PREVIOUS union all select * from PREVIOUS")
    begin = time.process_time()

    known = project(joined | {"mart": "select id, a, b from m39"}, [generic("unique", "mart", "id")])
    other = project(stacked | {"mart": "select id, lower(a) as a from m39"}, [generic("accepted_values", "mart", "a", values=["x"])])

    assert known.columns("orders") == {"id", "a", "b"}
    assert other.of("orders.a").accepted == {"x": "test accepted_values_mart_a"}
    assert time.process_time() - begin < 10, "each model costs what the one before does, not twice as much"


def test_time_grows_with_the_number_of_models() -> None:
    def seconds(length: int) -> float:
        begin = time.process_time()
        project(_chain(length, "with s as (select * from PREVIOUS) select *, lower(status) as s2 from s where kind = 'x'"))
        return time.process_time() - begin

    small = max(seconds(50), 0.05)

    assert seconds(200) / small < 16, "four times the models take about four times as long"


def test_two_thousand_lines_of_sql_are_read() -> None:
    lines = ",\n".join(f"sum(case when status = 's{n}' then amount end) as c{n}" for n in range(2_000))

    known = project({"mart": f"select customer_id,\n{lines}\nfrom raw.orders group by 1"})

    assert len(known.of("orders.status").seen) == 2_000


@pytest.mark.parametrize(
    "sql",
    [
        "select * from " + "(select * from " * 200 + "raw.orders" + ")" * 200,
        "select " + "(" * 3_000 + "id" + ")" * 3_000 + " from raw.orders",
        "select " + "coalesce(" * 1_000 + "id" + ", 0)" * 1_000 + " as id from raw.orders",
    ],
    ids=["sub-queries", "parentheses", "calls"],
)
def test_deep_nesting_costs_that_model_only(sql: str) -> None:
    known = project({"deep": sql, "mart": "select status from raw.orders"}, [generic("unique", "deep", "id")])

    assert "status" in known.columns("orders")
    assert set(known.lineage.failed) <= {"model.shop.deep"}


@pytest.mark.parametrize("word", ["and", "or"])
def test_long_conditions_are_read(word: str) -> None:
    condition = f" {word} ".join(f"status = 's{n}'" for n in range(1_500))
    case = f"case when {condition} then 'a' else 'b' end"

    known = project(
        {"mart": f"select id, {case} as kind from raw.orders where {condition}"}, [generic("accepted_values", "mart", "kind", values=["a"])]
    )

    assert not known.lineage.failed
    assert len(known.of("orders.status").seen) == 1_500


def test_long_unions_are_read() -> None:
    known = project({"mart": " union all ".join(f"select id, {n} as n from raw.orders" for n in range(800))})

    assert known.behind("mart", "id") == {"orders.id"}
