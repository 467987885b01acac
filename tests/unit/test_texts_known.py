"""Texts that a field has agreed on follow it, in every language, and say nothing of another world."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal

import pytest

from synthseed.plan import Choice, ColumnPlan, Gen, Joint, Json, Null, Template, Tier
from synthseed.planners.offline import names
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts import plan_text, translated
from synthseed.planners.offline.texts_fitting import fill, renderings, tokens
from synthseed.planners.offline.texts_vocabulary import phrases
from synthseed.schema import Check, Column, ForeignKey, Kind, Schema, Table, Type, Unique

LANGUAGES = ("en", "de", "fr", "es")
KEY = Column("id", Type("bigint", Kind.INTEGER, bits=64), nullable=False)


def text(name: str, length: int | None = None, *, nullable: bool = False) -> Column:
    return Column(name, Type("text", Kind.TEXT, length=length), nullable)


def asked(
    table: str, *columns: Column, at: int = 0, language: str = "en",
    parents: tuple[Table, ...] = (), others: str = "",
    unique: bool = False,
    uniques: tuple[Unique, ...] = (), siblings: dict[str, ColumnPlan] | None = None,
) -> TextQuestion:  # fmt: skip
    keys = tuple(ForeignKey((f"{parent.name}_id",), parent.key, ("id",)) for parent in parents)
    links = tuple(Column(key.columns[0], KEY.type, nullable=False) for key in keys)
    own = Table(table, (KEY, *columns, *links), uniques=uniques, foreign_keys=keys)
    schema = Schema((own, *parents, *(Table(name, (KEY,)) for name in others.split())))
    above = {key.label: names.words(key.parent.rpartition(".")[2], language) for key in keys}
    return TextQuestion(
        schema, own, columns[at], names.words(columns[at].name, language), names.words(table, language), "entity", language,
        names.LOCALES[language], 100, unique, siblings or {}, {}, above,
    )  # fmt: skip


def said(plan: TextPlan | None) -> set[str]:
    assert plan is not None
    slots = {slot.name: slot.tiers[0].values for slot in plan.slots}
    gens: list[Gen] = [plan.gen, *(override.gen for override in plan.overrides)]
    texts = [value for gen in gens if isinstance(gen, (Choice, Template)) for tier in gen.tiers for value in tier.values]
    return {rendered for found in texts for rendered in list(renderings(found, slots))[:200]}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_diagnosis_and_its_code_are_one_row(language: str) -> None:
    columns = (text("icd10_code", 8), text("description", 200))
    code, about = (plan_text(asked("diagnoses", *columns, at=at, language=language)) for at in (0, 1))

    assert code is not None
    assert about is not None
    assert code.gen == Joint("icd", "code")
    assert about.gen == Joint("icd", "text")
    assert code.joints == about.joints
    assert all(re.fullmatch(r"[A-Z]\d\d(\.\d)?", row.cells[0]) for row in code.joints[0].rows)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("length", [7, 9, None])
def test_a_school_year_spans_two_years(language: str, length: int | None) -> None:
    for value in said(plan_text(asked("classes", text("school_year", length), language=language))):
        first, second = re.split("[/-]", value)
        assert (int(first) + 1) % 100 == int(second) % 100
        assert length is None or len(value) <= length


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ["appointments", "lessons", "exams"])
def test_where_something_happens_is_the_number_of_a_room(language: str, table: str) -> None:
    assert all(re.search(r"\d$", value) for value in said(plan_text(asked(table, text("room", 10), language=language))))
    assert not any(re.search(r"\d$", value) for value in said(plan_text(asked("hotel_rooms", text("room_type"), language=language))))


@pytest.mark.parametrize("language", LANGUAGES)
def test_events_are_what_their_parent_goes_through(language: str) -> None:
    check = Check("status in ('planned', 'loaded', 'in_transit', 'delivered')")
    stepped = Table("shipments", (KEY, text("status", 20)), checks=(check,))
    plain = Table("shipments", (KEY,))

    assert said(plan_text(asked("tracking_events", text("event_type", 30), language="en", parents=(stepped,)))) == {
        "loaded", "in_transit", "delivered",
    }  # fmt: skip
    own = said(plan_text(asked("tracking_events", text("event_type", 30), language=language, parents=(plain,))))
    assert own == set(phrases(language).values("happenings", "shipment"))
    people = Table("users", (KEY, text("status")), checks=(Check("status in ('active', 'blocked', 'deleted')"),))
    assert said(plan_text(asked("user_events", text("event_type"), language=language, parents=(people,)))) == set(
        phrases(language).values("happenings", "user")
    )


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize(("field", "others"), [("health", "patient physician"), ("logistics", "shipment carrier"), ("law", "lawyer court")])
def test_lines_of_an_invoice_speak_of_the_trade(language: str, field: str, others: str) -> None:
    plan = plan_text(asked("invoice_lines", text("description", 120), language=language, others=others))

    assert isinstance(plan, TextPlan)
    assert isinstance(plan.gen, Template)
    assert set(plan.gen.tiers[0].values) <= set(phrases(language).values("lines", field))


@pytest.mark.parametrize("language", LANGUAGES)
def test_reasons_to_cancel_depend_on_what_is_cancelled(language: str) -> None:
    reasons = {
        table: said(plan_text(asked(table, text("cancel_reason", nullable=True), language=language)))
        for table in ("appointment", "order", "booking", "subscription")
    }
    assert len({frozenset(found) for found in reasons.values()}) == 4


@pytest.mark.parametrize("language", LANGUAGES)
def test_gear_agrees_with_its_type_and_slot(language: str) -> None:
    columns = (text("name", 60), text("item_type", 20), text("slot", 20))
    name, kind, slot = (plan_text(asked("items", *columns, at=at, language=language, others="players guilds quests")) for at in range(3))

    assert name is not None
    assert kind is not None
    assert slot is not None
    assert kind.gen == Joint("gear", "type")
    assert slot.gen == Joint("gear", "slot")
    assert isinstance(name.gen, Template)
    assert all("gear.noun" in found for found in name.gen.tiers[0].values)


def test_gear_follows_a_type_that_a_check_lists() -> None:
    listed = ColumnPlan("item_type", Choice((Tier(Decimal(100), ("weapon", "armor", "misc")),)))
    columns = (text("name", 60), text("item_type", 20))
    plan = plan_text(asked("items", *columns, others="players guilds quests", siblings={"item_type": listed}))

    assert plan is not None
    assert {override.when for override in plan.overrides} == {"item_type = 'weapon'", "item_type = 'armor'"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ["parcels", "diagnoses", "events", "hearings", "harvests", "guilds"])
def test_only_assets_are_in_use(language: str, table: str) -> None:
    in_use = set(phrases(language).texts("descriptions", "asset"))
    plan = plan_text(asked(table, text("description", nullable=True), language=language))

    assert plan is not None
    assert isinstance(plan.gen, (Null, Template, Joint))
    if isinstance(plan.gen, Template):
        assert not in_use & set(plan.gen.tiers[0].values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_title_of_an_exam_names_its_own_subject(language: str) -> None:
    subject = Table("subjects", (KEY, text("title", 40)))
    plan = plan_text(asked("exams", text("title", 100), language=language, parents=(subject,)))

    assert plan is not None
    assert isinstance(plan.gen, Template)
    assert all("{subjects_id.title}" in found for found in plan.gen.tiers[0].values)


@pytest.mark.parametrize("language", LANGUAGES)
def test_names_that_a_year_tells_apart_carry_no_number(language: str) -> None:
    columns = (text("name", 10), text("school_year", 9))
    question = asked("classes", *columns, language=language, unique=True, uniques=(Unique(("name", "school_year")),))
    plan = plan_text(replace(question, rows=72))

    assert plan is not None
    assert not any("{seq" in value for value in said(plan))
    assert len(said(plan)) * 5 >= 72


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("section", ["things", "descriptions", "titles", "bodies", "reasons", "lines"])
def test_no_text_says_one_word_twice(language: str, section: str) -> None:
    packaged = {"surname", "surname2", "city", "city2", "dish", "vegetable"}  # a surname may be a town's, `Leon`
    for kind, texts in phrases(language).data[section].items():
        question = asked(kind, text("name"), language=language)
        for found in texts if isinstance(texts, list) else texts.split(" | "):
            filled = fill([found], question)
            slots = {slot.name: set(slot.tiers[0].values) for slot in filled.slots} if filled else {}
            used = [slots[token] for token in tokens(found) if token in slots and token not in packaged]
            assert not any(a & b for at, a in enumerate(used) for b in used[at + 1 :]), (kind, found)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("column", ["category", "type", "inspection_kind", "mode"])
def test_a_kind_that_is_not_known_is_a_word_of_the_field(language: str, column: str) -> None:
    for value in said(plan_text(asked("inspections", text(column, 30), language=language))):
        assert not re.search(r"\d", value), value


@pytest.mark.parametrize("language", LANGUAGES)
def test_stats_of_a_game_are_numbers(language: str) -> None:
    column = Column("stats", Type("json", Kind.JSON), nullable=True)
    plan = plan_text(asked("items", column, language=language, others="players guilds quests"))

    assert plan is not None
    assert isinstance(plan.gen, Json)
    assert "{int:" in plan.gen.template
    assert "source" not in plan.gen.template


@pytest.mark.parametrize("language", LANGUAGES)
def test_phrases_of_the_fields_are_the_same_in_every_language(language: str) -> None:
    for section in ("happenings", "lines", "kinds", "gear"):
        assert set(phrases(language).data[section]) == set(phrases("en").data[section])
    nouns = {noun for group in phrases(language).data["gear"].values() for noun in group.partition("=")[2].split(" | ")}
    assert nouns == set(phrases(language).data["gear_slots"])


@pytest.mark.parametrize(("column", "heads"), [("antragsart", "type"), ("ablehnungsgrund", "reason"), ("meldungstyp", "type")])
def test_a_compound_that_nobody_knows_ends_with_its_kind(column: str, heads: str) -> None:
    assert translated(asked("antraege", text(column), language="de")).words[-1] == heads


def test_an_english_word_of_a_list_is_not_read_as_another_language() -> None:
    assert said(plan_text(asked("subscriptions", text("tier", 20)))) == set(phrases("en").values("lookups", "tier"))


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("table", ["class_types", "inspection_kinds"])
def test_a_list_that_nobody_knows_has_no_words_of_a_shop(language: str, table: str) -> None:
    plan = plan_text(replace(asked(table, text("name", 40), language=language), role="lookup", rows=4))

    assert plan is not None
    cells = {cell for joint in plan.joints for row in joint.rows for cell in row.cells}
    assert not cells & set(phrases(language).top("grades"))
