from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np
import pytest
from rows_stand_in import StandIn

from synthseed import chunk
from synthseed.cells import Cells, Form, numbers, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Setting
from synthseed.generators.templates import Templates, build_template, shared
from synthseed.plan import JointRow, JointTable, Slot, TablePlan, Template, Tier
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type

SLOTS = {"model": ("Ridge", "Summit", "Cascade {int:1-9}"), "detail": ("A.", "B.", "C."), "loop": ("{back}",), "back": ("{loop}",)}
NOVEMBER = 1_764_000_000_000_000  # 2025-11-24


def setting(length: int | None = None, *, unique: bool = False, locale: str = "en_US") -> Setting:
    columns = [
        Column("c", Type("text", Kind.TEXT, length=length)),
        Column("brand", Type("text", Kind.TEXT)),
        Column("at", Type("timestamp", Kind.TIMESTAMP)),
    ]
    columns += [Column("price", Type("numeric(8,2)", Kind.NUMERIC, precision=8, scale=2)), Column("p", Type("int", Kind.INTEGER))]
    parent = Table("u", (Column("id", Type("int", Kind.INTEGER)), Column("name", Type("varchar(200)", Kind.TEXT, length=200))))
    table = Table("t", tuple(columns), foreign_keys=(ForeignKey(("p",), "u", ("id",)),))
    joint = JointTable("line", ("noun",), (JointRow(Decimal(1), ("Tent",)),))
    plan = TablePlan("t", 10, slots=tuple(Slot(name, (Tier(Decimal(1), values),)) for name, values in SLOTS.items()), joints=(joint,))
    return Setting(Schema((table, parent)), table, table.column("c"), "c", plan, locale, unique=unique)


def built(*templates: str, length: int | None = None, unique: bool = False, locale: str = "en_US") -> Templates:
    return build_template(Template((Tier(Decimal(1), templates),)), setting(length, unique=unique, locale=locale))


def rows(count: int = 4, urns: tuple[str, ...] = ()) -> StandIn:
    known = {
        "brand": texts(chunk.strings(["Bär & Söhne"] * count), np.arange(count) != 1),
        "line.noun": texts(chunk.strings(["Tent"] * count)),
        "p.name": texts(chunk.strings(["Women's boots and everything else"] * count)),
        "at": Cells(Form.MOMENT, np.arange(count) * 10**15),
        "price": numbers(np.arange(count) * 5, 2),
    }
    return StandIn(count, known, as_of=NOVEMBER, urns=urns)


def written(template: str, count: int = 4, **how: object) -> list[str]:
    return list(chunk.python(built(template, **how).values(rows(count)).array))  # type: ignore[arg-type]  # keywords of built


@pytest.mark.parametrize(
    ("template", "second"),
    [
        ("SO-{year}-{seq:7}", "SO-2025-0000002"),
        ("{col:brand|slug}.{line.noun}", ".Tent"),
        ("{brand} {line.noun}", "Tent"),
        ("{p.name|first|upper}", "WOMEN'S"),
        ("{p.name|title}", "Women's Boots And Everything Else"),
        ("{p.name|slug}", "womens-boots-and-everything-else"),
        ("{{{price}}}", "{0.05}"),
        ("{year:at} {date:at:%Y-%m}", "2001 2001-09"),
        ("{at}", "2001-09-09 01:46:40"),
        ("plain", "plain"),
    ],
)
def test_tokens_are_written_canonically(template: str, second: str) -> None:
    assert written(template)[1] == second


def test_a_slug_of_a_german_locale_writes_umlauts_as_two_letters() -> None:
    assert written("{brand|slug}", locale="de_DE")[0] == "baer-soehne"
    assert written("{brand|slug}", locale="fr_FR")[0] == "bar-sohne"


@pytest.mark.parametrize(
    ("template", "pattern"),
    [
        ("{upper:3}{lower:2}", "[A-Z]{3}[a-z]{2}"),
        ("{hex:40}", "[0-9a-f]{40}"),
        ("{hex:8|upper}", "[0-9A-F]{8}"),
        ("{digits:20}", r"\d{20}"),
        ("{int:-5-12}", r"-[1-5]|\d|1[012]"),
    ],
)
def test_random_tokens_have_their_alphabet_and_width(template: str, pattern: str) -> None:
    import re

    assert all(re.fullmatch(pattern, text) for text in written(template, 500))


def test_the_same_slot_twice_in_a_template_writes_two_values() -> None:
    assert all(len(set(text.split())) == 3 for text in written("{detail} {detail} {detail}", 200))


def test_a_row_reads_the_same_alone_and_in_any_order() -> None:
    generator = built("{model} {digits:3}", "{detail}", "x{model} {detail}")
    whole = chunk.python(generator.values(StandIn(50)).array)

    some = chunk.python(generator.values(StandIn(np.array([49, 7, 7, 0]))).array)

    assert some == [whole[49], whole[7], whole[7], whole[0]]


def test_adding_a_template_leaves_the_tokens_of_the_others_as_they_are() -> None:
    alone = chunk.python(built("{model} {digits:3}").values(StandIn(300)).array)
    beside = chunk.python(built("{model} {digits:3}", "other").values(StandIn(300)).array)

    kept = [(one, two) for one, two in zip(alone, beside, strict=True) if two != "other"]
    assert 80 < len(kept) < 220
    assert all(one == two for one, two in kept)


@pytest.mark.parametrize(
    ("template", "length"), [("{brand} {model}", 20), ("{p.name|slug}-{seq:5}", 20), ("{model}", 6), ("{model} {detail} {brand}", 12)]
)
def test_texts_fit_their_column_and_keep_their_running_number(template: str, length: int) -> None:
    texts_ = written(template, 200, length=length)

    assert all(0 < len(text) <= length for text in texts_)
    assert "seq" not in template or texts_[199].endswith("-00200")


def test_values_of_a_slot_that_do_not_fit_are_dropped() -> None:
    assert set(written("{model}", 200, length=6)) == {"Ridge", "Summit"}


def test_room_goes_first_to_those_that_want_little() -> None:
    assert shared(20, [3, None, 30]) == [3, 9, 8]


@pytest.mark.parametrize(
    ("templates", "distinct"),
    [
        (("{upper:3}-{seq:5}",), True),
        (("{brand|slug}-{seq}",), True),
        (("{digits:4}{seq}",), True),
        (("{model}-{seq}", "x-{seq:4}"), True),
        (("{seq}@{brand|slug}",), True),
        (("{brand}{seq}",), False),
        (("{int:1-99}{seq}",), False),
        (("{seq}", "plain"), False),
        (("{model}-{seq}-{model}",), False),
    ],
)
def test_a_running_number_makes_texts_distinct_only_where_it_can_be_read_back(templates: Sequence[str], distinct: bool) -> None:
    assert built(*templates).distinct is distinct


@pytest.mark.parametrize(
    "template",
    [
        "{digits:3}",
        "AB-{upper:2}{digits:2}",
        "{hex:32}",
        "{int:1-9999}-{int:5-77}",
        "{detail}{digits:1}",
        "{brand}-{digits:4}",
        "x|.ü{digits:2}",
        "{digits:40}",
        "2.25.{int:1-9}{digits:18}{digits:18}",
        "{upper:2}{hex:32}",
    ],
)
def test_a_unique_template_is_a_space_that_decodes_and_encodes(template: str) -> None:
    generator = built(template, unique=True)
    space = generator.space()
    assert space is not None
    count = min(space.size, 2000)
    table = rows(count, urns=("c",))

    values = generator.values(table)

    assert len(set(chunk.python(values.array))) == count
    assert (space.encode(values) == table.index("c", space.size)).all()
    assert space.encode(texts(chunk.strings(["no such text", ""]))).tolist() == [-1, -1]


def test_a_small_token_before_large_ones_leaves_room_for_many_texts() -> None:
    space = built("{int:1-9}{digits:18}{digits:18}", unique=True).space()

    assert space is not None
    assert space.size == 10**18


@pytest.mark.parametrize("templates", [("{model}",), ("{brand}{seq}",), ("{detail} {detail}",), ("{digits:3}", "{hex:3}")])
def test_a_unique_column_refuses_templates_that_cannot_be_kept_apart(templates: Sequence[str]) -> None:
    with pytest.raises(PlanError, match=r"t\.c: the column is unique.*\{seq\}"):
        built(*templates, unique=True)


@pytest.mark.parametrize(
    ("template", "message"),
    [
        ("{loop}", "loop -> back -> loop"),
        ("{nope}", "t has no column `nope`"),
        ("{p.nam}", "did you mean name?"),
        ("{upper:x}", "expected a number from 1 to 128"),
        ("{int:9-1}", "the smaller first"),
        ("{a", "is not closed"),
        ("{model|slg}", "did you mean slug?"),
        ("{sq:3}", "did you mean seq?"),
        ("{}", "is no token"),
        ("{date:at:%q}", "expected %Y"),
        ("a\0", "zero character"),
    ],
)
def test_a_token_that_is_none_is_refused_at_build_time(template: str, message: str) -> None:
    with pytest.raises(PlanError) as caught:
        built(template)

    assert str(caught.value).startswith("t.c: ")
    assert message in str(caught.value)


def test_a_template_that_can_never_fit_is_refused() -> None:
    with pytest.raises(PlanError, match="no template fits the 12 characters"):
        built("abc {digits:9}", length=12)


def test_slots_that_multiply_are_refused() -> None:
    slots = tuple(Slot(f"s{n}", (Tier(Decimal(1), (f"{{s{n + 1}}}" * 8,)),)) for n in range(8))
    base = setting()
    explosive = Setting(
        base.schema, base.table, base.column, "c", TablePlan("t", 1, slots=(*slots, Slot("s8", (Tier(Decimal(1), ("x",)),))))
    )

    with pytest.raises(PlanError, match="nest fewer slots"):
        build_template(Template((Tier(Decimal(1), ("{s0}",)),)), explosive)
