from __future__ import annotations

import subprocess
import sys
from decimal import Decimal

import numpy as np
import pytest
from rows_stand_in import StandIn

from synthseed import chunk
from synthseed.cells import Cells, Form, nulls, numbers, texts
from synthseed.errors import PlanError
from synthseed.expressions import parse
from synthseed.generators.base import Setting
from synthseed.generators.formulas import build_expr, evaluate, holds, truth
from synthseed.generators.rendering import as_text
from synthseed.plan import Expr, JointRow, JointTable, TablePlan
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type

DAY = 86_400_000_000
WITH_HOLE = np.array([True, False, True])


def rows() -> StandIn:
    return StandIn(
        3,
        {
            "a": numbers(np.array([1, 2, 3])),
            "price": numbers(np.array([1999, 250, -1]), 2),
            "n": numbers(np.array([5, 2**62, 7]), 0, WITH_HOLE),
            "t": texts(chunk.strings(["x", "Ünï", "zz"])),
            "d": Cells(Form.DATE, np.array([0, 19_000, 20_000])),
            "m": Cells(Form.MOMENT, np.array([0, 19_000 * DAY + DAY // 2, 5]), np.array([True, True, False])),
            "b": Cells(Form.BOOLEAN, np.array([1, 0, 1]), np.array([True, True, False])),
            "z": nulls(3),
            "big": numbers(np.array([2**62, 1, 1])),
            "line.base": numbers(np.array([24, 249, 5990]), 1),
            "u": Cells(Form.UUID, chunk.uuids(np.arange(48).reshape(3, 16))),
            "sum(items.total)": numbers(np.array([100, 200, 300]), 2),
            "count(items.)": numbers(np.array([1, 2, 0])),
        },
    )


def result(text: str) -> list[str | None]:
    cells = evaluate(parse(text), rows())
    return [one if there else None for one, there in zip(chunk.python(as_text(cells)), cells.mask(), strict=True)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("floor(line.base * 1.5) + 0.95", ["3.95", "37.95", "898.95"]),
        ("a / 3", ["0.333333", "0.666667", "1.000000"]),
        ("-a / 3", ["-0.333333", "-0.666667", "-1.000000"]),
        ("price / 100", ["0.1999", "0.0250", "-0.0001"]),
        ("round(price * 0.54, 2)", ["10.79", "1.35", "-0.01"]),
        ("round(a / 2)", ["1", "1", "2"]),
        ("round(-a / 2)", ["-1", "-1", "-2"]),
        ("-price % 7", ["-5.99", "-2.50", "0.01"]),
        ("ceil(price)", ["20", "3", "0"]),
        ("a / 0", [None, None, None]),
        ("n + 1", ["6", None, "8"]),
        ("min(a, n, 2)", ["1", "2", "2"]),
        ("max(price, 0)", ["19.99", "2.50", "0.00"]),
        ("coalesce(n, a)", ["5", "2", "7"]),
        ("sum(items.total) + count(items)", ["2.00", "4.00", "3.00"]),
        ("round(1234.5, -2)", ["1200", "1200", "1200"]),
    ],
)
def test_arithmetic_is_exact(text: str, expected: list[str | None]) -> None:
    assert result(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("n > 5", ["false", None, "true"]),
        ("not n > 5", ["true", None, "false"]),
        ("n > 5 or a >= 1", ["true", "true", "true"]),
        ("n > 5 and a > 2", ["false", "false", "true"]),
        ("n > 0 and a < 9", ["true", None, "true"]),
        ("n is null", ["false", "true", "false"]),
        ("a in (1, 3, null)", ["true", None, "true"]),
        ("t in ('x', 'zz')", ["true", "false", "true"]),
        ("n not between 6 and 9", ["true", None, "false"]),
        ("z = 1", [None, None, None]),
        ("(n is null) = (a = 2)", ["true", "true", "true"]),
        ("b", ["true", "false", None]),
        ("if(n > 5, 'more', 'less')", ["less", "less", "more"]),
        ("t < 'z'", ["true", "false", "false"]),
    ],
)
def test_truth_has_three_values(text: str, expected: list[str | None]) -> None:
    assert result(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("d > '2022-01-01'", ["false", "true", "true"]),
        ("d < '1970-01-01 00:00:01'", ["true", "false", "false"]),
        ("m >= d", ["true", "true", None]),
        ("m - d", ["00:00:00", "12:00:00", None]),
        ("d - '1970-01-02'", ["-1", "18999", "19999"]),
        ("add_days('2024-02-28', a)", ["2024-02-29", "2024-03-01", "2024-03-02"]),
        ("add_days(m, 0.5)", ["1970-01-01 12:00:00", "2022-01-09 00:00:00", None]),
        ("add_seconds(m, a)", ["1970-01-01 00:00:01", "2022-01-08 12:00:02", None]),
        ("year(d) * 100 + month(d)", ["197001", "202201", "202410"]),
        ("days_between(m, d)", ["0", "-1", None]),
    ],
)
def test_times_are_calculated_in_days_and_microseconds(text: str, expected: list[str | None]) -> None:
    assert result(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("concat(t, '-', n)", ["x-5", "Ünï-", "zz-7"]),
        ("upper(substr(t, 2))", ["", "NÏ", "Z"]),
        ("length(t)", ["1", "3", "2"]),
        ("u = '00010203-0405-0607-0809-0a0b0c0d0e0f'", ["true", "false", "false"]),
        ("ordinal() + row_number()", ["2", "4", "6"]),
    ],
)
def test_texts_and_running_numbers(text: str, expected: list[str | None]) -> None:
    assert result(text) == expected


@pytest.mark.parametrize("text", ["big * 4", "big + big", "big / 3", "round(big, 2)", "big * 1.5 > 0", "add_days(m, big)"])
def test_what_does_not_fit_an_int64_is_refused_and_never_wraps(text: str) -> None:
    with pytest.raises(PlanError, match="more than 18 digits") as caught:
        result(text)

    assert "`" in str(caught.value)


def test_what_lies_under_null_does_not_count_as_too_large() -> None:
    assert result("n * 100") == ["500", None, "700"]


@pytest.mark.parametrize("text", ["t + 1", "a = t", "d = 'x'", "t and b", "m + 1", "d * 2", "if(t, 1, 2)"])
def test_forms_that_do_not_go_together_are_refused(text: str) -> None:
    with pytest.raises(PlanError):
        result(text)


def test_a_condition_is_true_where_a_check_also_passes_for_null() -> None:
    node = parse("n > 5")

    assert truth(node, rows()).tolist() == [False, False, True]
    assert holds(node, rows()).tolist() == [False, True, True]


def test_products_agree_with_python_integers() -> None:
    rng = np.random.default_rng(1)
    a, b = rng.integers(-(10**8), 10**8, 500), rng.integers(1, 10**6, 500)
    table = StandIn(500, {"a": numbers(a, 2), "b": numbers(b, 3)})

    product, quotient = evaluate(parse("a * b"), table), evaluate(parse("a / b"), table)

    assert product.scale == 5
    assert product.ints.tolist() == [int(x) * int(y) for x, y in zip(a, b, strict=True)]
    exact = [abs(int(x)) * 10**9 * 2 // int(y) for x, y in zip(a, b, strict=True)]
    assert quotient.scale == 8
    assert quotient.ints.tolist() == [((one + 1) // 2) * (1 if x >= 0 else -1) for one, x in zip(exact, a, strict=True)]


def setting(kind: Kind = Kind.NUMERIC) -> Setting:
    parent = Table("products", (Column("id", Type("int", Kind.INTEGER)), Column("price", Type("numeric", Kind.NUMERIC))))
    table = Table(
        "items",
        (Column("total", Type("x", kind)), Column("a", Type("int", Kind.INTEGER)), Column("product_id", Type("int", Kind.INTEGER))),
        foreign_keys=(ForeignKey(("product_id",), "products", ("id",)),),
    )
    plan = TablePlan("items", 1, joints=(JointTable("line", ("base",), (JointRow(Decimal(1), ("2",)),)),))
    return Setting(Schema((table, parent)), table, table.column("total"), "total", plan)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("product_id.prise", "did you mean price?"),
        ("aa + 1", "items has no column `aa`"),
        ("product.price", "did you mean product_id?"),
        ("line.bass", "did you mean base?"),
        ("sum(orders.total)", "there is no table `orders`"),
        ("a +", "items.total"),
    ],
)
def test_a_name_that_is_not_there_is_refused_at_build_time(text: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        build_expr(Expr(text), setting())

    assert message in str(caught.value)
    assert str(caught.value).startswith("items.total: ")


def test_a_running_number_is_distinct_and_other_formulas_are_not() -> None:
    assert build_expr(Expr("row_number() + 1000"), setting()).distinct
    assert not build_expr(Expr("a + 1000"), setting()).distinct


def test_dates_that_are_written_out_become_dates_where_the_column_takes_them() -> None:
    cells = build_expr(Expr("if(a = 2, '2024-01-01', null)"), setting(Kind.DATE)).values(rows())

    assert cells.form is Form.DATE
    assert cells.mask().tolist() == [False, True, False]
    assert cells.ints[1] == 19_723


def test_rows_that_stand_have_no_running_number() -> None:
    with pytest.raises(PlanError, match="found standing"):
        evaluate(parse("row_number()"), StandIn(np.array([-1, 0])))


def test_evaluating_never_imports_pandas() -> None:
    code = (
        "import sys, numpy as np; from rows_stand_in import StandIn; from synthseed import chunk; from synthseed.cells import *;"
        "from synthseed.expressions import parse; from synthseed.generators.formulas import evaluate;"
        "evaluate(parse(\"concat(upper(t), '-') in ('X-') and t < 'y'\"), StandIn(1, {'t': texts(chunk.strings(['x']))}));"
        "print('pandas' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env={"PYTHONPATH": ":".join(filter(None, sys.path))}
    )

    assert done.stdout.strip() == "False"
