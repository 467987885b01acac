"""Texts are planned by kind, in the schema's language, and fit what the column can hold."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal

import pytest

from synthseed.plan import Choice, ColumnPlan, Gen, Joint, Json, Moment, Number, Quantiles, Semantic, Template
from synthseed.planners.offline import names, things
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts import plan_text
from synthseed.planners.offline.texts_fitting import BUILT_IN, longest, renderings, space, tokens
from synthseed.planners.offline.texts_vocabulary import phrases
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

LANGUAGES = ("en", "de", "fr", "es")
KINDS = "hotel restaurant school team vessel song book movie event course project task quest item warehouse sensor server route club widget"
LISTS = "department category genre skill tag payment_method room_type priority speciality unit"
WRITTEN = "description note remark comment title subject body message reason summary error_message"
NUMBER = ColumnPlan("rating", Number(Quantiles(*(Decimal(value) for value in (1, 3, 4, 5, 5, 5)))))


def asked(
    table: str, column: str, *, language: str = "en", length: int | None = None, unique: bool = False, role: str = "entity",
    rows: int = 100, nullable: bool = False, kind: Kind = Kind.TEXT, more: tuple[Column, ...] = (), check: str = "",
) -> TextQuestion:  # fmt: skip
    own = Column(column, Type("text", kind, length=length), nullable)
    keys = (Unique((column,)),) if unique else ()
    checks = (Check(check),) if check else ()
    held = Table(table, (Column("id", Type("bigint", Kind.INTEGER, bits=64), nullable=False), own, *more), uniques=keys, checks=checks)
    locale = names.LOCALES[language]
    words, table_words = names.words(column, language), names.words(table, language)
    return TextQuestion(Schema((held,)), held, own, words, table_words, role, language, locale, rows, unique)


def texts_of(gen: Gen) -> list[str]:
    return [value for tier in gen.tiers for value in tier.values] if isinstance(gen, (Choice, Template)) else []


def generators(plan: TextPlan) -> list[Gen]:
    return [plan.gen, *(override.gen for override in plan.overrides)]


def plans() -> list[tuple[TextQuestion, TextPlan]]:
    asking = [
        asked(table, column, language=language, length=length, nullable=length is None, role=role)
        for language in (*LANGUAGES, "it")
        for role, tables, columns in (
            ("entity", " ".join(KINDS.split()[::2]), "name code " + WRITTEN),
            ("lookup", LISTS, "name code description"),
            ("event", "order review log ticket", WRITTEN),
        )
        for table in tables.split()
        for column in columns.split()
        for length in (None, 40, 8)
    ]  # fmt: skip
    return [(question, plan) for question in asking if (plan := plan_text(question)) is not None]


@pytest.fixture(scope="module")
def planned() -> list[tuple[TextQuestion, TextPlan]]:
    return plans()


def test_every_token_of_a_text_is_known(planned: list[tuple[TextQuestion, TextPlan]]) -> None:
    for question, plan in planned:
        slots = {slot.name: slot.tiers[0].values for slot in plan.slots}
        for text in [
            *(text for gen in generators(plan) for text in texts_of(gen)),
            *(value for values in slots.values() for value in values),
        ]:
            unknown = [token for token in tokens(text) if token not in slots and not BUILT_IN.fullmatch(token)]

            assert not unknown, (question.table.name, question.column.name, question.language, text)


def test_every_text_fits_its_column(planned: list[tuple[TextQuestion, TextPlan]]) -> None:
    for question, plan in planned:
        slots = {slot.name: slot.tiers[0].values for slot in plan.slots}
        widths = {
            f"{joint.name}.{field}": max(len(row.cells[at]) for row in joint.rows)
            for joint in plan.joints
            for at, field in enumerate(joint.fields)
        }
        limit = question.column.type.length
        for text in [text for gen in generators(plan) for text in texts_of(gen)]:
            assert limit is None or longest(text, slots, question, widths) <= limit, (question.table.name, question.column.name, text)
        if isinstance(plan.gen, Joint) and limit is not None:
            assert widths[f"{plan.gen.set}.{plan.gen.field}"] <= limit


def test_slots_of_one_name_are_the_same_in_a_table(planned: list[tuple[TextQuestion, TextPlan]]) -> None:
    seen: dict[tuple[str, str, str], object] = {}
    for question, plan in planned:
        if question.column.type.length is None:
            for slot in plan.slots:
                known = seen.setdefault((question.table.name, question.language, question.role + slot.name), slot)

                assert known == slot, (question.table.name, question.column.name, slot.name)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("rows", [6, 40, 300])
def test_a_lookup_holds_each_value_once(language: str, rows: int) -> None:
    for table in LISTS.split():
        question = asked(table, "name", language=language, role="lookup", rows=rows, unique=True)
        plan = plan_text(question)

        assert plan is not None
        cells = [row.cells[plan.joints[0].fields.index("name")] for row in plan.joints[0].rows]
        assert len(cells) == len(set(cells)) == rows


def test_codes_of_a_lookup_are_distinct_and_short() -> None:
    code = Column("code", Type("char(3)", Kind.TEXT, length=3), nullable=False)
    plan = plan_text(asked("departments", "name", role="lookup", rows=120, more=(code,)))

    assert plan is not None
    cells = [row.cells[plan.joints[0].fields.index("code")] for row in plan.joints[0].rows]
    assert len(set(cells)) == 120
    assert all(re.fullmatch("[A-Z0-9]{1,3}", cell) for cell in cells)


@pytest.mark.parametrize("language", LANGUAGES)
def test_unique_names_are_enough_for_the_rows(language: str) -> None:
    for table in KINDS.split():
        for rows in (30, 3_000, 1_000_000):
            plan = plan_text(asked(table, "name", language=language, unique=True, rows=rows))
            if plan is None:
                continue
            slots = {slot.name: slot.tiers[0].values for slot in plan.slots}

            assert sum(space(text, slots) for text in texts_of(plan.gen)) >= rows, table


@pytest.mark.parametrize("language", LANGUAGES)
def test_few_unique_names_are_listed_and_differ(language: str) -> None:
    for table in KINDS.split():
        plan = plan_text(asked(table, "name", language=language, unique=True, rows=20))
        if plan is not None and not plan.slots:
            texts = texts_of(plan.gen)

            assert len({text.casefold() for text in texts}) == len(texts) >= 20


@pytest.mark.parametrize(
    ("table", "column", "pattern"),
    [
        ("invoices", "invoice_no", r"INV-\{seq:\d\}"), ("tracking", "tracking_number", r"LX\{digits:9\}US"),
        ("products", "sku", r"PR-\{seq:\d\}"),
        ("books", "isbn", r"978-0-\{digits:5\}-\{digits:3\}-\{digits:1\}"),
        ("vehicles", "license_plate", r"\{upper:3\}-\{digits:4\}"), ("customers", "customer_number", r"C-\{seq:\d\}"),
    ],
)  # fmt: skip
def test_a_code_has_one_pattern(table: str, column: str, pattern: str) -> None:
    plan = plan_text(asked(table, column, unique=True, length=30))

    assert plan is not None
    assert re.fullmatch(pattern, *texts_of(plan.gen))


def test_a_barcode_has_its_check_digit_where_there_is_room() -> None:
    long, short = (plan_text(asked("products", "ean", unique=True, length=length)) for length in (13, 8))

    assert long is not None
    assert long.gen == Semantic("ean")
    assert short is not None
    assert texts_of(short.gen) == ["2{digits:7}"]


def test_a_number_carries_the_year_of_its_row() -> None:
    question = asked("invoices", "invoice_no", unique=True, more=(Column("issued_on", Type("date", Kind.DATE), nullable=False),))
    plan = plan_text(replace(question, siblings={"issued_on": ColumnPlan("issued_on", Moment("-2y"))}))

    assert plan is not None
    assert texts_of(plan.gen) == ["INV-{year:issued_on}-{seq:5}"]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_review_follows_its_rating(language: str) -> None:
    rating = Column("rating", Type("int", Kind.INTEGER, bits=32), nullable=False)
    plan = plan_text(replace(asked("reviews", "body", language=language, more=(rating,)), siblings={"rating": NUMBER}))

    assert plan is not None
    assert [override.when for override in plan.overrides] == ["rating <= 2", "rating > 2 and rating <= 3"]
    assert not {text for override in plan.overrides for text in texts_of(override.gen)} & set(texts_of(plan.gen))


@pytest.mark.parametrize("language", LANGUAGES)
def test_bodies_of_reviews_seldom_repeat(language: str) -> None:
    plan = plan_text(asked("reviews", "body", language=language))

    assert plan is not None
    slots = {slot.name: slot.tiers[0].values for slot in plan.slots}
    assert sum(space(text, slots) for text in plan.gen.tiers[0].values) > 1000  # type: ignore[union-attr]


def test_remarks_are_mostly_missing() -> None:
    plan = plan_text(asked("orders", "remark", nullable=True))

    assert plan is not None
    assert plan.nulls is not None
    assert 60 <= plan.nulls <= 90


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(
    "column", ["attributes", "settings", "metadata", "payload", "config", "address", "dimensions", "result", "whatever"]
)
def test_a_document_is_an_object_whose_values_vary(language: str, column: str) -> None:
    plan = plan_text(asked("products", column, language=language, kind=Kind.JSON))

    assert plan is not None
    assert isinstance(plan.gen, Json)
    assert isinstance(json.loads(plan.gen.template), dict)
    assert tokens(plan.gen.template)


def test_a_check_decides_that_a_document_is_a_list() -> None:
    plan = plan_text(asked("posts", "extra", kind=Kind.JSON, check="jsonb_typeof(extra) = 'array'"))

    assert plan is not None
    assert isinstance(plan.gen, Json)
    assert isinstance(json.loads(plan.gen.template), list)


@pytest.mark.parametrize("language", LANGUAGES)
def test_goods_agree_with_their_category(language: str) -> None:
    product = asked("products", "name", language="en")
    key = ForeignKey(("category_id",), "categories", ("id",))
    parent = Table("categories", (Column("name", Type("text", Kind.TEXT), nullable=False),))
    table = replace(product.table, foreign_keys=(key,))
    question = replace(product, table=table, schema=Schema((table, parent)), parents={"category_id": ("category",)}, language=language)
    listed = replace(question, table=parent, column=parent.columns[0], table_words=("category",), role="lookup", rows=8, parents={})

    plan, categories = plan_text(question), plan_text(listed)

    assert plan is not None
    assert categories is not None
    named = {override.when.partition("= ")[2].strip("'") for override in plan.overrides}
    assert {row.cells[0] for row in categories.joints[0].rows} <= named
    assert things.base_of(question) == "_base"


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_of_every_language_have_the_same_sections(language: str) -> None:
    own, english = phrases(language).data, phrases("en").data

    assert set(english) - {"nouns", "also"} <= set(own)
    assert set(own["remarks"]) == set(english["remarks"])
    assert set(own["reviews"]) == set(english["reviews"])
    assert all(
        price.rpartition(" ")[2].replace(".", "").isdigit()
        for group in own["goods"].values()
        for line in group.values()
        for price in line.split(" | ")
    )


def test_what_says_nothing_is_left_to_its_type() -> None:
    assert plan_text(asked("things", "xyzzy")) is None
    assert plan_text(asked("things", "name", kind=Kind.BYTES)) is None


def test_renderings_are_what_the_space_counts() -> None:
    slots = {"a": ("x", "{b}"), "b": ("y", "z")}

    assert len(set(renderings("{a}-{int:1-3}", slots))) == space("{a}-{int:1-3}", slots) == 9
