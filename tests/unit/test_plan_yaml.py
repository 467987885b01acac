from dataclasses import fields, replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthseed import plan_reader
from synthseed.errors import NotBuilt, PlanError
from synthseed.generators.calendar import RHYTHMS, SEASONS
from synthseed.generators.times import UNITS
from synthseed.plan import (
    KINDS,
    After,
    Center,
    Choice,
    ColumnPlan,
    Expr,
    Follow,
    Geo,
    Joint,
    JointRow,
    JointTable,
    Json,
    KeyPlan,
    Moment,
    Null,
    Number,
    Override,
    Plan,
    Quantiles,
    SameAs,
    Semantic,
    Slot,
    Spike,
    TablePlan,
    Template,
    Tier,
)
from synthseed.plan_patch import update_plan
from synthseed.plan_writer import scalar
from synthseed.plan_yaml import check_fit, dump_plan, file_names, fingerprint, load_plan, plan_of, plan_text, save_plan
from synthseed.schema import Column, ForeignKey, Kind, Schema, Table, Type, Unique

Q = Quantiles(*map(Decimal, ("0", "9", "70", "260.5", "900", "1700")))


def shop() -> Plan:
    return Plan(
        {
            "customers": TablePlan(
                "customers",
                1000,
                "people who buy in the web shop",
                columns=(
                    ColumnPlan("email", Semantic("email", "person"), note="unique, so it is drawn without replacement"),
                    ColumnPlan("status", Choice((Tier(Decimal(80), ("paid",)), Tier(Decimal(20), ("no",)))), "model"),
                    ColumnPlan("joined", Moment("-3y", growth=Decimal("3.5"), rhythm="retail")),
                ),
                nulls={"phone": Decimal(18)},
            ),
            "orders": TablePlan(
                "orders",
                5000,
                role="event",
                fks=(KeyPlan("customer_id", "driver", fanout=Q),),
                joints=(JointTable("place", ("city", "zip"), (JointRow(Decimal(9), ("Köln", "05401")),)),),
                slots=(Slot("adjective", (Tier(Decimal(100), ("blue", "rough")),)),),
                columns=(
                    ColumnPlan("number", Template((Tier(Decimal(100), ("INV-{year}-{seq:6}",)),))),
                    ColumnPlan("city", Joint("place", "city")),
                    ColumnPlan("total", Number(Q, Decimal("0.01"), (Spike(Decimal(0), Decimal(21)),))),
                    ColumnPlan("paid_at", After("customer_id.joined", "days", Q, True)),
                    ColumnPlan("extra", Json('{"a": "{slot}"}')),
                    ColumnPlan("lat", Geo("lat", "", (Center(Decimal(1), Decimal("52.5"), Decimal("-13.4"), Decimal(8)),))),
                    ColumnPlan("kind", SameAs("customers.status")),
                    ColumnPlan("net", Expr("round(total / 1.19, 2)")),
                ),
                overrides=(Override("paid_at", "status = 'open'", Null()),),
                follow=(Follow("total", "customer_id.joined", Decimal("-0.45")),),
                rules=("total >= 0",),
            ),
        },
        as_of="2026-01-01",
        locale="de_DE",
        vocabularies={"names": "00e1"},
    )


def files(tmp_path, **texts: str):
    for name, text in ({"_plan": "seed: 0\n"} | texts).items():
        (tmp_path / f"{name}.yml").write_text(text, encoding="utf-8")
    return tmp_path


# ---------------------------------------------------------------------------------------------- round trips
def test_a_plan_comes_back_from_its_files(tmp_path):
    save_plan(tmp_path, shop())

    assert load_plan(tmp_path) == shop()


def test_a_plan_comes_back_from_one_text():
    assert plan_of(plan_text(shop())) == shop()


texts = st.text(st.characters(blacklist_categories=("Cs",)), min_size=0, max_size=12) | st.sampled_from(
    [
        "no",
        "y",
        "null",
        "~",
        "2026-01-01",
        "1",
        "007",
        "1e3",
        "12:30",
        "- a",
        "a: b",
        "a #b",
        "#",
        "{{x}}",
        '"',
        "\\",
        "'",
        "a\nb",
        " a",
        "*x",
        "&x",
    ]
)
names = st.text(st.characters(blacklist_categories=("Cs",)), min_size=1, max_size=8)
decimals = st.decimals(0, 100, places=3) | st.integers(0, 100).map(Decimal)
tiers = st.lists(st.builds(Tier, decimals | st.just(Decimal(100)), st.lists(texts, max_size=4).map(tuple)), max_size=3).map(tuple)
quantiles = st.builds(Quantiles, *[st.decimals(-(10**9), 10**9, places=2)] * 6)
words = {name: st.sampled_from(values) for name, values in plan_reader.WORDS.items()}
generators = st.one_of(
    st.builds(Semantic, texts, texts),
    st.builds(Choice, tiers),
    st.builds(Template, tiers),
    st.builds(Number, quantiles, decimals, st.lists(st.builds(Spike, decimals, decimals), max_size=2).map(tuple)),
    st.builds(Moment, texts, texts, decimals, words["rhythm"], words["season"]),
    st.builds(After, texts, words["unit"], quantiles, st.booleans()),
    st.builds(Joint, texts, texts),
    st.builds(Expr, texts),
    st.builds(Json, texts),
    st.builds(Geo, words["axis"], texts, st.lists(st.builds(Center, decimals, decimals, decimals, decimals), max_size=2).map(tuple)),
    st.builds(SameAs, texts),
    st.just(Null()),
)
keys = st.builds(KeyPlan, names, words["mode"], texts, st.none() | quantiles, words["skew"], st.none() | st.booleans())
joints = st.builds(
    JointTable, names, st.just(("a", "b")), st.lists(st.builds(JointRow, decimals, st.tuples(texts, texts)), max_size=2).map(tuple)
)
follows = st.lists(  # a ref with a point in it is no column that could lead back
    st.builds(Follow, names, texts.map("key.{}".format), st.decimals(Decimal("-0.95"), Decimal("0.95"), places=2)),
    max_size=2,
    unique_by=lambda follow: follow.column,
).map(tuple)
tables = st.builds(
    TablePlan,
    names,
    st.integers(0, 10**6),
    texts,
    words["role"],
    st.lists(keys, max_size=2).map(tuple),
    st.lists(joints, max_size=2).map(tuple),
    st.lists(st.builds(Slot, names, tiers), max_size=2).map(tuple),
    st.lists(st.builds(ColumnPlan, names, generators, words["source"], texts), max_size=4, unique_by=lambda plan: plan.column).map(tuple),
    st.dictionaries(names, decimals, max_size=2),
    st.lists(st.builds(Override, names, texts, generators), max_size=2).map(tuple),
    st.lists(texts, max_size=2).map(tuple),
    texts,
    follows,
    locked=st.booleans(),
)
plans = st.builds(
    lambda found, **rest: Plan({table.table: table for table in found}, **rest),
    st.lists(tables, max_size=3, unique_by=lambda table: table.table),
    seed=st.integers(-(2**63), 2**63 - 1),
    as_of=st.none() | texts,
    locale=texts,
    vocabularies=st.dictionaries(names, texts, max_size=2),
)


@settings(max_examples=60, deadline=None)
@given(plans)
def test_every_plan_comes_back_from_text(plan):
    assert plan_of(plan_text(plan)) == plan


@settings(max_examples=15, deadline=None)
@given(plans)
def test_every_plan_comes_back_from_files(tmp_path_factory, plan):
    directory = tmp_path_factory.mktemp("plan")
    save_plan(directory, plan)

    assert load_plan(directory) == plan


@settings(max_examples=25, deadline=None)
@given(plans, plans)
def test_every_plan_is_written_over_every_other(tmp_path_factory, before, after):
    directory = tmp_path_factory.mktemp("plan")
    save_plan(directory, before)

    update_plan(directory, after, Schema(()), before=before)

    assert fingerprint(load_plan(directory)) == fingerprint(after)


def test_every_kind_of_generator_is_in_the_round_trip():
    drawn = {type(column.gen) for table in shop().tables.values() for column in table.columns} | {Null}

    assert drawn == set(KINDS.values())


# ---------------------------------------------------------------------------------------------- made for persons
def test_a_table_reads_as_a_person_would_write_it():
    schema = Schema(
        (Table("customers", (Column("status", Type("varchar(20)", Kind.TEXT), nullable=False), Column("email", Type("text", Kind.TEXT)))),)
    )

    text = dump_plan(shop(), schema)["customers.yml"]

    assert text == (
        "# customers: people who buy in the web shop\n"
        "table: customers\n"
        "role: entity\n"
        "rows: 1000\n"
        "columns:\n"
        "  joined: {use: moment, start: -3y, growth: 3.5, rhythm: retail}\n"
        '  status: {use: choice, values: {paid: 80, "no": 20}, source: model}  # varchar(20), not null\n'
        "  # unique, so it is drawn without replacement\n"
        "  email: {use: semantic, type: email, group: person}  # text\n"
        "nulls: {phone: 18}\n"
    )


@pytest.mark.parametrize("text", ["paid", "Straße 5", "New York", "1", "9.50", "l'eau", "été"])
def test_a_plain_text_has_no_quotes(text):
    assert scalar(text) == text


@pytest.mark.parametrize(
    "text", ["no", "On", "y", "null", "~", "", "2026-01-01", "007", "1e3", "12:30", "a: b", "a #b", "{x}", "- a", " a", "a "]
)
def test_a_text_that_yaml_takes_for_something_else_has_quotes(text):
    assert scalar(text)[0] in "\"'"


def test_what_a_column_follows_is_one_line_each():
    assert "follow:\n  - {column: total, ref: customer_id.joined, rho: -0.45}\n" in dump_plan(shop())["orders.yml"]


def test_a_long_vocabulary_is_broken_into_lines():
    many = tuple(f"value number {n}" for n in range(40))
    plan = Plan({"t": TablePlan("t", 1, columns=(ColumnPlan("c", Choice((Tier(Decimal(100), many),))),))})

    assert max(map(len, dump_plan(plan)["t.yml"].split("\n"))) <= 120
    assert plan_of(plan_text(plan)) == plan


def test_short_forms_mean_what_the_long_ones_mean(tmp_path):
    columns = (
        "  a: {use: choice, values: [x, no, 1]}\n  b: {use: choice, values: {x: 3, no: 1}}\n"
        '  c: {use: template, template: "{seq}"}\n  d: {use: null}\n  e: {use: "null"}\n  f: null\n'
    )
    plan = load_plan(files(tmp_path, t=f"table: t\nrows: 1\ncolumns:\n{columns}")).tables["t"]

    assert [column.gen for column in plan.columns] == [
        Choice((Tier(Decimal(100), ("x", "no", "1")),)),
        Choice((Tier(Decimal(3), ("x",)), Tier(Decimal(1), ("no",)))),
        Template((Tier(Decimal(100), ("{seq}",)),)),
        Null(),
        Null(),
        Null(),
    ]


def test_a_comment_above_a_column_stays_when_the_plan_is_written_again(tmp_path):
    text = (
        "table: t\nrows: 1\ncolumns:\n  a: {use: 'null'}\n\n  # far away\n\n  # asked by Ines:\n  # empty until March\n  b: {use: 'null'}\n"
    )
    plan = load_plan(files(tmp_path, t=text))

    assert plan.tables["t"].by_column["b"].note == "asked by Ines:\nempty until March"
    assert "  # asked by Ines:\n  # empty until March\n  b: " in dump_plan(plan)["t.yml"]


def test_a_value_in_two_tiers_keeps_both():
    tier = Tier(Decimal(50), ("a",))
    plan = Plan({"t": TablePlan("t", 1, columns=(ColumnPlan("c", Choice((tier, tier))),))})

    assert plan_of(plan_text(plan)) == plan


def test_who_planned_is_said_once_where_it_is_the_same():
    columns = tuple(ColumnPlan(name, Null(), source) for name, source in (("a", "model"), ("b", "model"), ("c", "offline")))
    plan = Plan({"t": TablePlan("t", 1, columns=columns)})

    assert dump_plan(plan)["t.yml"].count("source: model") == 1
    assert 'c: {use: "null", source: offline}' in dump_plan(plan)["t.yml"]
    assert plan_of(plan_text(plan)) == plan


def test_numbers_may_be_grouped_and_windows_files_read(tmp_path):
    (tmp_path / "_plan.yml").write_bytes(b"\xef\xbb\xbfseed: 7\r\n")
    (tmp_path / "t.yml").write_bytes(b"table: t\r\nrows: 1_000_000\r\n")

    assert load_plan(tmp_path) == Plan({"t": TablePlan("t", 1_000_000)}, seed=7)


# ---------------------------------------------------------------------------------------------- errors name file and line
TABLE = "table: t\nrows: 1\n"


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (TABLE + "colums: {}\n", 3, "did you mean columns"),
        ("table: t\n", 1, "lacks `rows`"),
        ("table: t\nrows: many\n", 2, "a whole number"),
        ("table: t\nrows: -1\n", 2, "a whole number"),
        (TABLE + "rows: 2\n", 3, "there twice"),
        ("- a\n", 1, "a mapping"),
        ("table: [a\nrows: 1\n", 2, "not valid YAML"),
        (TABLE + "columns:\n  a: {use: chioce, values: [a]}\n", 4, "did you mean choice"),
        (TABLE + "columns:\n  a: {values: [a]}\n", 4, "lacks `use`"),
        (TABLE + "columns:\n  a:\n    use: number\n    step: 1\n", 4, "lacks `q`"),
        (TABLE + "columns:\n  a:\n    use: moment\n    start: -3y\n    rythm: flat\n", 7, "did you mean rhythm"),
        (TABLE + "columns:\n  a: {use: moment, start: -3y, rhythm: ofice}\n", 4, "did you mean office"),
        (TABLE + "columns:\n  a: {use: choice, values: [a], tiers: []}\n", 4, "not tiers and values"),
        (TABLE + "columns:\n  a: {use: choice, values: [null]}\n", 4, "in quotes"),
        (TABLE + "columns:\n  a: &x {use: 'null'}\n  b: *x\n", 4, "anchors"),
        (TABLE + "about: !!python/object:os.system x\n", 3, "tag"),
        (TABLE + "rules: " + "[" * 100_000, 3, "levels"),
        (TABLE + "nulls: {a: 101}\n", 3, "from 0 to 100"),
        (TABLE + "nulls: {a: 1e99}\n", 3, "a number"),
        (TABLE + "role: entitty\n", 3, "did you mean entity"),
        (TABLE + "follow:\n  - {column: a, ref: b, rho: 0.951}\n", 4, "from -0.95 to 0.95"),
        (TABLE + "follow:\n  - {column: a, ref: b}\n", 4, "lacks `rho`"),
        (TABLE + "follow:\n  - {column: a, ref: b, rho: 0}\n  - {column: a, ref: c, rho: 0}\n", 5, "follows b already"),
        (TABLE + "follow:\n  - {column: a, ref: b, rho: 0}\n  - {column: b, ref: a, rho: 0}\n", 5, "b -> a -> b is a circle"),
        (TABLE + "follow:\n  - {column: a, ref: a, rho: 0}\n", 4, "a -> a is a circle"),
        (TABLE + "joints:\n  - name: a\n    fields: [b, c]\n    rows:\n      - {share: 1, cells: [x]}\n", 7, "1 cells for the 2 fields"),
        (TABLE + "---\ntable: u\n", 4, "second document"),
        ("", 1, "empty"),
    ],
)
def test_an_error_names_file_line_and_way_out(tmp_path, text, line, words):
    with pytest.raises(PlanError) as raised:
        load_plan(files(tmp_path, t=text))

    assert str(raised.value).startswith(f"{tmp_path / 't.yml'}:{line}: ")
    assert words in str(raised.value)


def test_what_is_not_built_is_refused_by_name(tmp_path):
    with pytest.raises(NotBuilt, match=r"t.yml:3: `version` is not built yet: remove it"):
        load_plan(files(tmp_path, t=TABLE + "version: 2\n"))


def test_a_table_in_two_files_names_both(tmp_path):
    with pytest.raises(PlanError, match=r"u.yml:1: table t is planned in .*t.yml too"):
        load_plan(files(tmp_path, t=TABLE, u=TABLE))


def test_a_file_above_two_megabytes_is_refused(tmp_path):
    with pytest.raises(PlanError, match="2,097,152"):
        load_plan(files(tmp_path, t=TABLE + "#" * 2**21))


def test_a_missing_plan_says_what_writes_one(tmp_path):
    with pytest.raises(PlanError, match="synthseed plan"):
        load_plan(tmp_path / "nowhere")


def test_a_newer_engine_is_refused(tmp_path):
    with pytest.raises(PlanError, match=r"_plan.yml:1: engine"):
        load_plan(files(tmp_path, _plan="engine: 99\n"))


def test_the_words_of_the_reader_are_those_of_the_generators():
    assert set(plan_reader.WORDS["rhythm"]) == set(RHYTHMS)
    assert set(plan_reader.WORDS["season"]) == set(SEASONS)
    assert set(plan_reader.WORDS["unit"]) == set(UNITS)
    assert {item.name for kind in KINDS.values() for item in fields(kind)} <= set(plan_reader.FIELDS) | {"tiers"}


# ---------------------------------------------------------------------------------------------- files
def test_file_names_differ_without_upper_case_and_are_no_devices():
    found = file_names(["Users", "users", "Orders", "shop.items", "a/b", "con", "_plan", "é", "é", ".x", "ä" * 200])

    assert found["users"] == "users.yml"
    assert found["Users"] == "%55sers.yml"
    assert found["Orders"] == "Orders.yml"
    assert found["shop.items"] == "shop.items.yml"
    assert found["con"] == "%63on.yml"
    assert len({name.casefold() for name in found.values()}) == len(found)
    assert not {"_plan.yml", ".x.yml"} & set(found.values())
    assert all(len(name.encode()) < 256 and "/" not in name for name in found.values())


def test_a_table_that_left_the_plan_leaves_no_file(tmp_path):
    save_plan(tmp_path, shop())
    smaller = replace(shop(), tables={"orders": shop().tables["orders"]})

    changed = save_plan(tmp_path, smaller)

    assert [path.name for path in changed] == ["customers.yml"]
    assert load_plan(tmp_path) == smaller


def test_saving_again_touches_nothing(tmp_path):
    save_plan(tmp_path, shop())

    assert save_plan(tmp_path, shop()) == ()
    assert not list(tmp_path.glob("*.tmp"))


# ---------------------------------------------------------------------------------------------- fingerprints
def test_a_fingerprint_ignores_notes_and_order():
    plan = shop()
    first = plan.tables["customers"]
    other = replace(first, about="x", columns=tuple(replace(column, note="y") for column in reversed(first.columns)))
    turned = replace(plan, tables={"orders": plan.tables["orders"], "customers": other})

    assert fingerprint(turned) == fingerprint(plan)


def test_a_fingerprint_ignores_how_a_number_is_written():
    one, other = (Plan({"t": TablePlan("t", 1, nulls={"a": Decimal(text)})}) for text in ("1.50", "1.5"))

    assert fingerprint(one) == fingerprint(other)


@pytest.mark.parametrize(
    "change",
    [
        {"rows": 1001},
        {"nulls": {"phone": Decimal("18.01")}},
        {"stream": "people"},
        {"columns": (ColumnPlan("email", Null()),)},
        {"columns": (ColumnPlan("email", Expr("a")),)},
    ],
)
def test_a_fingerprint_sees_every_change(change):
    plan = shop()
    changed = replace(plan, tables=dict(plan.tables) | {"customers": replace(plan.tables["customers"], **change)})

    assert fingerprint(changed) != fingerprint(plan)


def test_a_fingerprint_sees_what_a_column_follows():
    one, other = (replace(shop().tables["orders"], follow=follow) for follow in ((), (Follow("total", "paid_at", Decimal(0)),)))

    assert fingerprint(Plan({"orders": one})) != fingerprint(Plan({"orders": other}))


def test_a_fingerprint_tells_a_choice_from_a_template():
    tier = (Tier(Decimal(1), ("{seq}",)),)
    one, other = (Plan({"t": TablePlan("t", 1, columns=(ColumnPlan("c", gen),))}) for gen in (Choice(tier), Template(tier)))

    assert fingerprint(one) != fingerprint(other)


# ---------------------------------------------------------------------------------------------- the fit
MOOD = Type("mood", Kind.ENUM, labels=("happy", "sad"))
NUMBER, TEXT = Type("integer", Kind.INTEGER, bits=32), Type("text", Kind.TEXT)
SCHEMA = Schema(
    (
        Table(
            "a", (Column("id", NUMBER, nullable=False), Column("born", Type("date", Kind.DATE))), primary_key=Unique(("id",), primary=True)
        ),
        Table(
            "b",
            (
                Column("a_id", NUMBER),
                Column("mood", MOOD),
                Column("name", TEXT, nullable=False),
                Column("twice", NUMBER, generated="a_id * 2"),
            ),
            foreign_keys=(ForeignKey(("a_id",), "a", ("id",)),),
        ),
    )
)


def of_b(**parts) -> Plan:
    return Plan({"b": TablePlan("b", 1, **parts)})


def planned(column: str, gen, **parts) -> Plan:
    return of_b(columns=(ColumnPlan(column, gen),), **parts)


PLACE = (JointTable("place", ("city",), (JointRow(Decimal(1), ("x",)),)),)


@pytest.mark.parametrize(
    ("plan", "words"),
    [
        (Plan({"bb": TablePlan("bb", 1)}), "no table bb"),
        (planned("nmae", Null()), "did you mean name"),
        (planned("twice", Null()), "GENERATED ALWAYS"),
        (planned("a_id", Null()), "foreign key a_id"),
        (planned("mood", Choice((Tier(Decimal(1), ("hapy",)),))), "did you mean happy"),
        (planned("name", Joint("plcae", "city"), joints=PLACE), "did you mean place"),
        (planned("name", Joint("place", "citty"), joints=PLACE), "did you mean city"),
        (planned("mood", Joint("place", "city"), joints=PLACE), "no label of mood"),
        (planned("name", Template((Tier(Decimal(1), ("{place.town}",)),)), joints=PLACE), "names no field"),
        (planned("name", SameAs("a.birth")), "no column birth"),
        (planned("name", After("a_id.bron", "days", Q)), "did you mean born"),
        (planned("name", Number(Q), follow=(Follow("nmae", "mood", Decimal(0)),)), "did you mean name"),
        (planned("name", Number(Q), follow=(Follow("name", "a_id.bron", Decimal(0)),)), "did you mean born"),
        (planned("name", Number(Q), follow=(Follow("name", "moood", Decimal(0)),)), "did you mean mood"),
        (planned("name", Number(Q), follow=(Follow("name", "mood", Decimal(1)),)), "rho is 1"),
        (planned("name", Null(), follow=(Follow("name", "a_id.born", Decimal(0)),)), "a null has no order that could follow"),
        (
            of_b(columns=(ColumnPlan("name", Semantic("city")), ColumnPlan("_n", Number(Q))), follow=(Follow("_n", "name", Decimal(0)),)),
            "the values of name have no order",
        ),
        (planned("name", After("moood", "days", Q)), "did you mean mood"),
        (of_b(nulls={"name": Decimal(1)}), "NOT NULL"),
        (of_b(nulls={"nmae": Decimal(1)}), "did you mean name"),
        (of_b(fks=(KeyPlan("a", "pick"),)), "no foreign key"),
        (of_b(fks=(KeyPlan("a_id", "same_parent", via="c_id"),)), "via 'c_id'"),
        (of_b(overrides=(Override("moood", "true", Null()),)), "did you mean mood"),
    ],
)
def test_a_plan_that_does_not_fit_is_refused_by_name(plan, words):
    with pytest.raises(PlanError) as raised:
        check_fit(plan, SCHEMA, file=lambda table: f"{table}.yml")

    assert words in str(raised.value)
    assert ".yml: " in str(raised.value)


def test_a_plan_that_fits_passes():
    plan = of_b(
        fks=(KeyPlan("a_id", "driver"),),
        joints=PLACE,
        columns=(
            ColumnPlan("_helper", Joint("place", "city")),
            ColumnPlan("mood", Choice((Tier(Decimal(1), ("sad",)),))),
            ColumnPlan("name", Template((Tier(Decimal(1), ("{{x.y}} {place.city|upper} {col:mood} {int:1-99} {a_id.born}",)),))),
            ColumnPlan("_later", After("a_id.born", "days", Q)),
        ),
        nulls={"mood": Decimal(3), "a_id": Decimal(5)},
    )

    check_fit(plan, SCHEMA)
