from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthseed.cells import Form, numbers
from synthseed.errors import PlanError
from synthseed.generators.base import Setting
from synthseed.generators.numbers import build_number
from synthseed.generators.quantiles import POSITIONS, distribution
from synthseed.generators.scatter import build_geo, cosine
from synthseed.plan import Center, Geo, Number, Quantiles, Spike, TablePlan
from synthseed.schema import Column, Kind, Schema, Table, Type
from synthseed.streams import Stream

BIGINT, SMALLINT = Type("bigint", Kind.INTEGER, bits=64), Type("smallint", Kind.INTEGER, bits=16)
MONEY = Type("numeric(10,2)", Kind.NUMERIC, precision=10, scale=2)


class Run:
    """A run of rows without an engine: streams of one seed, and an index that visits a space in order."""

    def __init__(self, count: int = 20_000, start: int = 0) -> None:
        self.numbers = np.arange(start, start + count)
        self.as_of = np.zeros(count, np.int64)

    def stream(self, *names: object) -> Stream:
        return Stream.named(0, "t", *names)

    def index(self, name: str, size: int):
        return self.numbers % size

    def once(self, name, draw):
        return draw()


def setting(type_: Type | None, dialect: str = "postgresql", unique: bool = False) -> Setting:
    column = None if type_ is None else Column("c", type_)
    table = Table("t", () if column is None else (column,))
    return Setting(Schema((table,), dialect), table, column, "c", TablePlan("t", 1), unique=unique)


def q(*values: object) -> Quantiles:
    return Quantiles(*(Decimal(str(value)) for value in values))


def made(gen: Number, type_: Type | None = BIGINT, count: int = 20_000):
    return build_number(gen, setting(type_)).values(Run(count))


# ---------------------------------------------------------------------------------------------- distributions
knots = st.lists(st.integers(-(10**18), 10**18) | st.integers(-50, 50), min_size=6, max_size=6).map(sorted)
words = st.lists(st.integers(0, 2**64 - 1), min_size=1, max_size=30).map(lambda found: np.array(sorted({0, 2**64 - 1, *found}), np.uint64))


@settings(max_examples=150, deadline=None)
@given(knots, words)
def test_draws_rise_with_the_word_and_stay_between_min_and_max(line, drawn):
    values = distribution([Fraction(value) for value in line], "t.c").draw(drawn)

    assert (np.diff(values) >= 0).all()
    assert line[0] <= values[0] <= values[-1] <= line[-1]


@settings(max_examples=150, deadline=None)
@given(knots, words, st.lists(st.integers(-(10**18), 10**18), max_size=10))
def test_the_count_is_the_exact_inverse(line, drawn, others):
    found = distribution([Fraction(value) for value in line], "t.c")
    positions = (drawn >> np.uint64(32)).astype(np.int64)
    units = np.array([*found.at(positions), *line, line[0] - 1, line[-1] + 1, *others], np.int64)
    counts = found.count(units)

    below, above = counts > 0, counts < POSITIONS
    assert counts.min() >= 0
    assert counts.max() <= POSITIONS
    assert (found.at(counts[below] - 1) <= units[below]).all()
    assert (found.at(counts[above]) > units[above]).all()


def test_the_ends_of_a_distribution_have_no_draws_below_and_all_at_the_top():
    found = distribution([Fraction(value) for value in (0, 1, 2, 3, 4, 5)], "t.c")

    assert found.count(np.array([-(2**62), -1, 5, 2**62])).tolist() == [0, 0, POSITIONS, POSITIONS]


def test_draws_have_the_quantiles_that_were_planned():
    values = np.sort(made(Number(q(0, 40, 180, 620, 3200, 24_000)), count=200_000).ints)

    for share, planned in ((0.25, 40), (0.5, 180), (0.75, 620), (0.95, 3200)):
        assert abs(values[int(share * len(values))] - planned) <= max(2, planned * 0.03)
    assert values[0] >= 0
    assert values[-1] <= 24_000


def test_a_small_range_gives_each_value_its_share():
    values = made(Number(q(1, 3, 3, 3, 5, 5)), count=200_000).ints

    share = np.bincount(values, minlength=6)[1:] / len(values)
    assert np.abs(share - [0.0625, 0.125, 0.6125, 0.1, 0.1]).max() < 0.005


# ---------------------------------------------------------------------------------------------- numbers
def test_numbers_are_multiples_of_the_step_inside_the_range():
    cells = made(Number(q("0.3", 2, 5, 7, 9, "9.9"), Decimal("0.25")), MONEY)

    assert cells.form is Form.NUMBER
    assert cells.scale == 2
    assert not (cells.ints % 25).any()
    assert (cells.ints.min(), cells.ints.max()) == (50, 975)


@pytest.mark.parametrize(
    ("type_", "low", "high"),
    [
        (SMALLINT, -32_768, 32_767),
        (Type("tinyint unsigned", Kind.INTEGER, bits=8, unsigned=True), 0, 255),
        (Type("numeric(4,2)", Kind.NUMERIC, precision=4, scale=2), -9999, 9999),
        (Type("numeric(2,4)", Kind.NUMERIC, precision=2, scale=4), -99, 99),
        (Type("numeric(5,0)", Kind.NUMERIC, precision=5, scale=0), -99_999, 99_999),
        (Type("varchar(3)", Kind.TEXT, length=3), -99, 999),
        (BIGINT, -(10**18), 10**18),
        (Type("double precision", Kind.FLOAT, bits=64), -(2**53), 2**53),
    ],
)
def test_numbers_fit_what_the_type_holds(type_, low, high):
    step = Decimal(1).scaleb(-(type_.scale or 0))
    gen = build_number(Number(q(-(10**30), -(10**30), 0, 0, 10**30, 10**30), step), setting(type_))
    cells = gen.values(Run())

    assert (cells.ints.min(), cells.ints.max()) == (low, high) or type_ in (BIGINT,)
    assert cells.ints.min() >= low
    assert cells.ints.max() <= high
    assert gen.space().size == high - low + 1


def test_a_range_outside_the_type_is_refused():
    with pytest.raises(PlanError, match="inside smallint"):
        made(Number(q(*[40_000] * 6)), SMALLINT)


def test_a_step_finer_than_the_column_becomes_its_least_multiple():
    cells = made(Number(q(0, 2, 3, 4, 5, 6), Decimal("0.25")), Type("numeric(5,1)", Kind.NUMERIC, precision=5, scale=1))

    assert set((cells.ints % 5).tolist()) == {0}
    assert 5 in cells.ints


@pytest.mark.parametrize(
    ("gen", "words"),
    [
        (Number(q(5, 4, 3, 2, 1, 0)), "min 5 is above max 0"),
        (Number(q(0, 4, 3, 5, 6, 9)), "quantiles fall"),
        (Number(q(0, 1, 2, 3, 4, 5), Decimal(0)), "above 0"),
        (Number(q(1, 1, 2, 2, 3, 4), Decimal(10)), "no multiple of 10"),
        (Number(q(1, 1, 2, 2, 3, 4), Decimal(1), (Spike(Decimal(3), Decimal(101)),)), "101 %"),
        (Number(q(1, 1, 2, 2, 3, 4), Decimal(1), (Spike(Decimal("0.5"), Decimal(1)),)), "spike 0.5"),
    ],
)
def test_a_number_that_cannot_be_is_refused_by_name(gen, words):
    with pytest.raises(PlanError, match=r"t\.c") as raised:
        made(gen)

    assert words in str(raised.value)


@pytest.mark.parametrize("kind", [Kind.BOOLEAN, Kind.UUID, Kind.DATE, Kind.BYTES, Kind.ARRAY])
def test_a_type_without_numbers_is_refused(kind):
    with pytest.raises(PlanError, match="does not fit"):
        made(Number(q(1, 1, 2, 2, 3, 4)), Type("x", kind))


def test_spikes_have_their_shares_and_need_not_lie_in_the_range():
    gen = Number(q(10, 20, 30, 40, 50, 60), Decimal(1), (Spike(Decimal(0), Decimal(20)), Spike(Decimal(99), Decimal("2.5"))))
    values = made(gen, count=400_000).ints

    assert abs((values == 0).mean() - 0.2) < 0.0018
    assert abs((values == 99).mean() - 0.025) < 0.0008
    assert ((values == 0) | (values == 99) | ((values >= 10) & (values <= 60))).all()


def test_a_spike_moves_no_other_row():
    plain, spiked = (made(Number(q(10, 20, 30, 40, 50, 60), Decimal(1), spikes)).ints for spikes in ((), (Spike(Decimal(0), Decimal(9)),)))

    assert (plain[spiked != 0] == spiked[spiked != 0]).all()


def test_an_interval_is_planned_in_seconds():
    cells = made(Number(q(60, 120, 180, 240, 300, 600), Decimal(30)), Type("interval", Kind.INTERVAL))

    assert cells.form is Form.SPAN
    assert not (cells.ints % 30_000_000).any()
    assert cells.ints.max() <= 600_000_000


def test_a_helper_column_takes_any_number():
    assert made(Number(q("0.1", "0.2", "0.3", "0.4", "0.5", "0.6"), Decimal("0.001")), None).scale == 3


def test_a_number_depends_on_its_row_alone():
    gen = build_number(Number(q(0, 1, 5, 90, 95, 10**12), Decimal(1), (Spike(Decimal(7), Decimal(30)),)), setting(BIGINT))

    whole, part = gen.values(Run(1000)).ints, gen.values(Run(10, 500)).ints
    assert (whole[500:510] == part).all()


# ---------------------------------------------------------------------------------------------- spaces
@pytest.mark.parametrize("type_", [MONEY, Type("interval", Kind.INTERVAL)])
def test_a_space_numbers_every_multiple_once_and_back(type_):
    gen = build_number(Number(q(-1, 0, 1, 2, 3, 4), Decimal("0.5")), setting(type_, unique=True))
    space = gen.space()
    cells = gen.values(Run(space.size))

    assert space.size == 11
    assert len(set(cells.ints.tolist())) == 11
    assert space.encode(cells).tolist() == list(range(11))
    assert gen.group == "c"


def test_a_space_knows_what_is_not_in_it():
    space = build_number(Number(q(10, 10, 15, 20, 20, 20), Decimal(5)), setting(BIGINT)).space()

    assert space.encode(numbers(np.array([5, 10, 12, 20, 25]))).tolist() == [-1, 0, -1, 2, -1]
    assert space.encode(numbers(np.array([100, 101]), 1)).tolist() == [0, -1]
    assert space.encode(numbers(np.array([10]), 0, np.array([False]))).tolist() == [-1]


def test_a_plain_number_asks_for_no_index():
    assert build_number(Number(q(1, 2, 3, 4, 5, 6)), setting(BIGINT)).group == ""


# ---------------------------------------------------------------------------------------------- places
BERLIN = Center(Decimal(3), Decimal("52.5"), Decimal("13.4"), Decimal(8))
FIJI = Center(Decimal(1), Decimal("-17.8"), Decimal("179.99"), Decimal(30))
DOUBLE = Type("double precision", Kind.FLOAT, bits=64)


def axis(name: str, type_: Type | None = DOUBLE, *centers: Center):
    return build_geo(Geo(name, "home", centers or (BERLIN, FIJI)), setting(type_)).values(Run())


def test_places_lie_around_their_centres_by_share():
    lat, lon = axis("lat").ints / 1e6, axis("lon").ints / 1e6
    berlin = lat > 0

    assert abs(berlin.mean() - 0.75) < 0.01
    assert abs(lat[berlin].std() * 111.195 - 8) < 0.2
    assert abs(lon[berlin].std() * 111.195 * 0.60876 - 8) < 0.2  # cos 52.5°


def test_a_longitude_goes_on_beyond_the_date_line():
    lon = axis("lon", DOUBLE, FIJI).ints

    assert lon.min() >= -180_000_000
    assert lon.max() < 180_000_000
    assert (lon < 0).any()
    assert (lon > 0).any()


@pytest.mark.parametrize(
    ("type_", "dialect", "pattern"),
    [
        (Type("point", Kind.OTHER), "postgresql", r"^\(-?\d+\.\d{6},-?\d+\.\d{6}\)$"),
        (Type("geometry(Point,4326)", Kind.OTHER), "postgresql", r"^POINT\(-?\d+\.\d{6} -?\d+\.\d{6}\)$"),
        (Type("text", Kind.TEXT), "sqlite", r"^-?\d+\.\d{6},-?\d+\.\d{6}$"),
    ],
)
def test_a_point_is_the_input_text_of_its_type(type_, dialect, pattern):
    import re

    array = build_geo(Geo("point", "home", (BERLIN, FIJI)), setting(type_, dialect)).values(Run(200)).array

    assert all(re.match(pattern, value.as_py()) for value in array)


def test_axes_of_one_group_are_one_place():
    lat, lon = axis("lat").ints, axis("lon").ints
    text = axis("point", Type("text", Kind.TEXT)).array

    assert text[7].as_py() == f"{lat[7] / 1e6:.6f},{lon[7] / 1e6:.6f}"


@pytest.mark.parametrize(
    ("gen", "type_", "words"),
    [
        (Geo("height", "", (BERLIN,)), DOUBLE, "expected lat, lon or point"),
        (Geo("lat", "", ()), DOUBLE, "no centre"),
        (Geo("lat", "", (Center(Decimal(1), Decimal(91), Decimal(0), Decimal(1)),)), DOUBLE, "globe"),
        (Geo("lat", "", (BERLIN,)), Type("date", Kind.DATE), "does not fit"),
        (Geo("lon", "", (FIJI,)), Type("numeric(8,6)", Kind.NUMERIC, precision=8, scale=6), "holds no 179 degrees"),
    ],
)
def test_a_place_that_cannot_be_is_refused_by_name(gen, type_, words):
    with pytest.raises(PlanError, match=words):
        build_geo(gen, setting(type_))


def test_the_cosine_has_nine_right_digits():
    for angle in (0, 30, 52.5, 60, 89, 90):
        assert abs(float(cosine(Decimal(str(angle)))) - np.cos(np.radians(angle))) < 1e-9
