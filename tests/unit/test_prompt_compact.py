"""A table as a model reads it."""

from __future__ import annotations

import pytest

from synthseed.planners.model.compact import described, planned, stub
from synthseed.schema import Check, Column, Exclusion, ForeignKey, Kind, Partitioning, Schema, Sequence, Table, Type, Unique, Unread

INT = Type("integer", Kind.INTEGER, bits=32)
BIG = Type("bigint", Kind.INTEGER, bits=64)
TEXT = Type("text", Kind.TEXT)
MAIL = Type("character varying(255)", Kind.TEXT, length=255)
MONEY = Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)
TIME = Type("timestamp with time zone", Kind.TIMESTAMPTZ)


def text_of(table: Table, **options: object) -> list[str]:
    return described(table, Schema((table,)), **options).splitlines()  # type: ignore[arg-type]  # options of described


def lines_of(*columns: Column, **parts: object) -> list[str]:
    return text_of(Table("t", columns, **parts))[1:]  # type: ignore[arg-type]  # parts of Table


def test_a_column_shows_type_constraints_default_and_comment() -> None:
    status = Type("customer_segment", Kind.ENUM, labels=("retail", "business"))

    assert lines_of(
        Column("id", BIG, False, identity="always"),
        Column("email", MAIL, False),
        Column("segment", status, False, "'retail'::customer_segment", comment="what they buy\nas"),
        Column("price", MONEY, False),
        Column("tags", Type("text[]", Kind.ARRAY, element=TEXT)),
        primary_key=Unique(("id",), primary=True),
        uniques=(Unique(("email",)),),
        checks=(Check("(price > 0)", ("price",)),),
    ) == [
        "  id bigint NN auto PK",
        "  email varchar(255) NN UNIQUE",
        "  segment enum NN = 'retail' {retail, business}  -- what they buy as",
        "  price numeric(10,2) NN CHECK (price > 0)",
        "  tags text[]",
    ]


def test_what_the_engine_owns_is_auto_and_not_asked_for() -> None:
    table = Table(
        "t",
        (
            Column("id", INT, False, "nextval('t_id_seq'::regclass)", sequence=Sequence("t_id_seq")),
            Column("owner_id", INT, comment="who pays"),
            Column("net", MONEY),
            Column("gross", MONEY, generated="net * 1.19"),
            Column("nr", INT, False, identity="by default"),
        ),
        primary_key=Unique(("id",), primary=True),
        foreign_keys=(ForeignKey(("owner_id",), "owners", ("id",)),),
    )

    assert planned(table) == ("net",)
    assert text_of(table)[1:] == [
        "  id int NN auto PK",
        "  owner_id int auto FK owners.id  -- who pays",
        "  net numeric(10,2)",
        "  gross numeric(10,2) auto",
        "  nr int NN auto",
    ]


def test_a_key_in_its_own_words_is_asked_for() -> None:
    table = Table(
        "countries", (Column("code", Type("char(2)", Kind.TEXT, length=2, fixed=True), False),), primary_key=Unique(("code",), primary=True)
    )

    assert planned(table) == ("code",)
    assert text_of(table)[1:] == ["  code char(2) NN PK"]


def test_what_holds_between_columns_stands_below_them() -> None:
    a, b = Column("a", INT, False), Column("b", INT, False)

    assert lines_of(
        a,
        b,
        primary_key=Unique(("a", "b"), primary=True),
        foreign_keys=(ForeignKey(("a", "b"), "s.p", ("x", "y")),),
        uniques=(Unique(("b",), where="state = 'secret'"), Unique((), expressions=("lower(a)",)), Unique(("b", "a"))),
        checks=(Check("a < b", ("a", "b")),),
        exclusions=(Exclusion((("a", "="), ("during", "&&")), "EXCLUDE ... WHERE (x = 'secret')"),),
        partitioning=Partitioning("range", ("a",), ("FOR VALUES FROM (17) TO (4711)",)),
    )[2:] == [
        "  FK (a, b) s.p (x, y)",
        "  PRIMARY KEY (a, b)",
        "  UNIQUE (b) among some rows",
        "  UNIQUE (lower(a))",
        "  UNIQUE (b, a)",
        "  EXCLUDE (a with =, during with &&)",
        "  PARTITIONED BY (a)",
        "  CHECK (a < b)",
    ]


def test_conditions_bounds_triggers_and_sequences_stay_here() -> None:
    table = Table(
        "t",
        (Column("a", INT, False, "nextval('zebra')", sequence=Sequence("zebra", start=4711)), Column("b", INT)),
        uniques=(Unique(("b",), name="zebra", where="zebra = 1"),),
        checks=(Check("b > 0", ("b",), name="zebra"),),
        exclusions=(Exclusion((("b", "="),), "zebra", "zebra"),),
        partitioning=Partitioning("list", ("b",), ("zebra", "4711")),
        unread=(Unread("trigger", "zebra"),),
    )

    found = "\n".join(text_of(table))
    assert "zebra" not in found
    assert "4711" not in found


def test_a_check_that_lists_values_is_a_list_and_another_an_expression() -> None:
    found = lines_of(
        Column("state", TEXT),
        Column("level", INT),
        checks=(
            Check("((state)::text = ANY ((ARRAY['new'::character varying, '<18'::character varying])::text[]))", ("state",)),
            Check("level IN (1, 2, 30)", ("level",)),
            Check("((level >= 1) AND (level <= 5))", ("level",)),
        ),
    )

    assert found == ['  state text {new, "\\u003c18"}', "  level int {1, 2, 30} CHECK (level >= 1 and level <= 5)"]


def test_an_enum_shows_sixty_members_and_counts_the_others() -> None:
    labels = tuple(f"label{number}" for number in range(1000))

    line = lines_of(Column("e", Type("e", Kind.ENUM, labels=labels)))[0]
    assert line.count("label") == 60
    assert line.endswith("label59, … 940 more}")


def test_comments_can_stay_here() -> None:
    table = Table("t", (Column("a", INT, comment="zebra"),), comment="zebra", checks=(Check("a > 0 /* zebra */", ("a",)),))

    assert text_of(table, comments=False) == ["table t", "  a int CHECK (a > 0)"]


def test_a_huge_check_is_shown_by_its_beginning() -> None:
    line = lines_of(Column("a", INT), checks=(Check("a > 0 AND " * 100_000 + "a < 9", ("a",)),))[0]

    assert line.startswith("  a int CHECK (a > 0 AND a > 0")
    assert len(line) < 330


@pytest.mark.parametrize(
    "text", ["a" + "::text" * 600, "a->" * 900 + "b", "(" * 1900 + "a" + ")" * 1900, "not " * 900 + "a", "'" * 3999, "a or"]
)
def test_a_check_that_no_parser_reads_is_shown_as_it_stands(text: str) -> None:
    line = lines_of(Column("a", INT), checks=(Check(text, ("a",)),))[0]

    assert line.startswith("  a int CHECK (")
    assert len(line) < 330


def test_columns_that_are_not_asked_for_are_only_named() -> None:
    table = Table(
        "t",
        (Column("id", INT, False), Column("a", TEXT, comment="zebra"), Column("b", TEXT), Column("c", TEXT)),
        primary_key=Unique(("id",), primary=True),
        checks=(Check("a <> c", ("a", "c")), Check("b <> c", ("b", "c"))),
    )

    assert text_of(table, columns=("b",)) == ["table t", "  id int NN auto PK", "  b text", "  CHECK (b <> c)", "  not asked for: a, c"]


def test_a_parent_is_one_line() -> None:
    table = Table("s.p", (Column("id", INT, False), Column("the name", MAIL)))

    assert stub(table) == 'parent s.p (id int, "the name" varchar(255))'
