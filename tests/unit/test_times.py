from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthseed.cells import Cells, Form
from synthseed.errors import PlanError, Refused
from synthseed.generators.base import Setting
from synthseed.generators.calendar import DAY, MICRO, RHYTHMS, SEASONS, calendar, months_before, point
from synthseed.generators.times import UNITS, build_after, build_moment
from synthseed.plan import After, Moment, Quantiles, TablePlan
from synthseed.schema import Column, Kind, Schema, Table, Type
from synthseed.streams import Stream

TIMESTAMP, DATE, TIME = Type("timestamp", Kind.TIMESTAMP), Type("date", Kind.DATE), Type("time", Kind.TIME)
INTEGER, TEXT = Type("bigint", Kind.INTEGER, bits=64), Type("text", Kind.TEXT)


def seconds(text: str) -> int:
    return int(np.datetime64(text, "s").astype(np.int64))


AS_OF = seconds("2025-11-24T10:30:00") * MICRO
AFTER_HALF = seconds("2025-06-01") * MICRO


class Run:
    """A run of rows without an engine: streams of one seed, given cells, and an index that visits a space in order."""

    def __init__(self, count: int = 20_000, as_of=AS_OF, **cells: Cells) -> None:
        self.numbers = np.arange(count)
        self.as_of = np.broadcast_to(np.asarray(as_of, np.int64), (count,))
        self.given = cells

    def stream(self, *names: object) -> Stream:
        return Stream.named(0, "t", *names)

    def cells(self, name: str) -> Cells:
        return self.given[name]

    def index(self, name: str, size: int):
        return self.numbers % size


def setting(type_: Type | None = TIMESTAMP, unique: bool = False) -> Setting:
    column = None if type_ is None else Column("c", type_)
    table = Table("t", () if column is None else (column,))
    return Setting(Schema((table,)), table, column, "c", TablePlan("t", 1), as_of=AS_OF, unique=unique)


def moments(gen: Moment, type_: Type | None = TIMESTAMP, run: Run | None = None):
    return build_moment(gen, setting(type_)).values(run or Run()).ints


def q(*values: object) -> Quantiles:
    return Quantiles(*(Decimal(str(value)) for value in values))


def at(*texts: str) -> Cells:
    return Cells(Form.MOMENT, np.array([seconds(text) * MICRO for text in texts], np.int64))


# ---------------------------------------------------------------------------------------------- points in time
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024-02-29", "2024-02-29T00:00:00"),
        ("2024-02-29T08:00:00", "2024-02-29T08:00:00"),
        ("2024-02-29 08:00:00+02:00", "2024-02-29T06:00:00"),
        ("1950-05-01T00:00:00.75", "1950-05-01T00:00:00"),
        ("now", "2025-11-24T10:30:00"),
        ("-3y", "2022-11-24T10:30:00"),
        ("-18m", "2024-05-24T10:30:00"),
        ("-2w", "2025-11-10T10:30:00"),
        ("-90d", "2025-08-26T10:30:00"),
        ("-12h", "2025-11-23T22:30:00"),
    ],
)
def test_a_bound_is_absolute_or_told_from_as_of(text, expected):
    assert point(text, "t.c").at(AS_OF // MICRO) == seconds(expected)


def test_a_month_earlier_ends_with_its_month():
    assert months_before(seconds("2024-03-31T12:00:00"), 1) == seconds("2024-02-29T12:00:00")
    assert months_before(seconds("2024-02-29T00:00:00"), 12) == seconds("2023-02-28T00:00:00")


def test_a_date_as_end_is_its_last_second():
    assert point("2024-02-29", "t.c", end=True).at(0) == seconds("2024-02-29T23:59:59")


# ---------------------------------------------------------------------------------------------- moments
def test_moments_are_whole_seconds_inside_their_bounds():
    values = moments(Moment("2024-01-01T12:00:00", "2024-01-03T06:00:00", rhythm="social"))

    assert not (values % MICRO).any()
    assert values.min() >= seconds("2024-01-01T12:00:00") * MICRO
    assert values.max() <= seconds("2024-01-03T06:00:00") * MICRO


spans = st.tuples(st.integers(-(2**33), 2**33), st.sampled_from([0, 1, 59, 86_399, 86_400, 200_000, 10**7, 10**9]))


@settings(max_examples=60, deadline=None)
@given(spans, st.decimals("0.01", "50", places=2), st.sampled_from(sorted(RHYTHMS)), st.sampled_from(sorted(SEASONS)))
def test_no_calendar_is_left_and_its_days_rise_with_the_word(span, growth, rhythm, season):
    low, high = span[0], sum(span)
    found = calendar(low, high, growth, rhythm, season)
    words = np.sort(Stream.named(0, low, high).bits(np.arange(500)))
    words[[0, -1]] = 0, 2**64 - 1
    values, days = found.draw(words), found.day(words)

    assert low <= values.min()
    assert values.max() <= high
    assert (np.diff(days) >= 0).all()
    assert days.max() <= high // DAY - low // DAY


@pytest.mark.parametrize("days", [1, 30, 5000, 80_000])
def test_a_day_is_found_by_its_share(days):
    found = calendar(0, days * DAY - 1, Decimal(3), "office", "summer")
    words = np.concatenate([Stream.named(0).bits(np.arange(5000)), found.ends[:-1].astype(np.uint64) << np.uint64(32)])

    assert (found.day(words) == np.searchsorted(found.ends, (words >> np.uint64(32)).astype(np.int64), "right")).all()


def test_an_open_end_is_the_as_of_of_the_rows_own_edition():
    older = AS_OF - 400 * DAY * MICRO
    run = Run(as_of=np.where(np.arange(20_000) % 2, AS_OF, older))
    for end in ("", "2031-01-01", "now"):
        values = moments(Moment("-3y", end), run=run)
        alone = moments(Moment("-3y", end), run=Run(as_of=older))

        assert (values <= run.as_of).all()
        assert values.max() > AS_OF - 30 * DAY * MICRO
        assert (values[::2] == alone[::2]).all()


def test_an_edition_before_the_start_is_not_told_from_the_future():
    early = seconds("2020-01-01") * MICRO

    assert set(moments(Moment("2024-01-01"), run=Run(as_of=early)).tolist()) == {early}


def test_growth_makes_the_end_busier_than_the_start():
    values = moments(Moment("2023-01-01", "2024-12-31", Decimal(4)), run=Run(200_000)) // MICRO
    month = np.bincount(values.astype("M8[s]").astype("M8[M]").astype(int) - 53 * 12)

    assert 3.2 < month[-1] / month[0] < 4.2
    assert month[12] > month[0] * 1.8


def test_an_office_works_by_day_and_rests_at_week_ends():
    values = moments(Moment("2024-01-01", "2024-12-31", rhythm="office")) // MICRO
    weekday, hour = (values // DAY + 3) % 7, values // 3600 % 24

    assert (weekday >= 5).mean() < 0.05
    assert ((hour >= 7) & (hour < 18)).mean() > 0.9


def test_a_shop_is_busiest_before_christmas():
    values = moments(Moment("2023-01-01", "2024-12-31", season="retail_q4")) // MICRO
    month = np.bincount(values.astype("M8[s]").astype("M8[M]").astype(int) % 12)

    assert month.argmax() == 11
    assert month[11] / month[1] > 1.8


def test_a_date_column_takes_days_up_to_as_of():
    values = moments(Moment("2025-11-01", rhythm="office"), DATE)

    assert values.min() >= seconds("2025-11-01") // DAY
    assert values.max() == AS_OF // MICRO // DAY
    assert ((values + 3) % 7 == 6).mean() < 0.03


def test_a_time_column_keeps_its_hours():
    values = moments(Moment("08:30", "18:00", rhythm="office"), TIME) // MICRO

    assert values.min() >= 8.5 * 3600
    assert values.max() <= 18 * 3600
    assert build_moment(Moment("-3y"), setting(TIME)).values(Run(10)).form is Form.TIME


def test_an_integer_column_counts_seconds_since_1970():
    cells = build_moment(Moment("2025-01-01"), setting(INTEGER)).values(Run(100))

    assert cells.form is Form.NUMBER
    assert (cells.ints >= seconds("2025-01-01")).all()
    assert (cells.ints <= AS_OF // MICRO).all()


@pytest.mark.parametrize(
    ("gen", "words"),
    [
        (Moment("yesterday"), "expected an ISO date"),
        (Moment("2024-13-01"), "expected an ISO date"),
        (Moment("2024-02-01", "2024-01-01"), "lies after end 2024-01-01"),
        (Moment("2026-02-01"), "lies after as_of 2025-11-24T10:30:00"),
        (Moment("-1y", growth=Decimal(0)), "growth"),
        (Moment("-1y", rhythm="ofice"), "did you mean office"),
        (Moment("-1y", season="sumer"), "did you mean summer"),
    ],
)
def test_a_moment_that_cannot_be_is_refused_by_name(gen, words):
    with pytest.raises(PlanError, match=r"t\.c") as raised:
        build_moment(gen, setting())

    assert words in str(raised.value)


@pytest.mark.parametrize("kind", [Kind.BOOLEAN, Kind.UUID, Kind.NUMERIC, Kind.INTERVAL])
def test_a_type_without_times_is_refused(kind):
    for build, gen in ((build_moment, Moment("-1y")), (build_after, After("a", "days", q(0, 1, 2, 3, 4, 5)))):
        with pytest.raises(PlanError, match="does not fit"):
            build(gen, setting(Type("x", kind)))


# ---------------------------------------------------------------------------------------------- spaces
@pytest.mark.parametrize(
    ("type_", "start", "end", "size"),
    [
        (TIMESTAMP, "2024-01-01", "2024-01-02", 2 * DAY),
        (DATE, "2024-01-01", "2024-12-31", 366),
        (TIME, "08:00", "08:59:59", 3600),
        (INTEGER, "2024-01-01", "2024-01-01", DAY),
    ],
)
def test_a_unique_time_has_a_space_of_whole_ticks_and_back(type_, start, end, size):
    gen = build_moment(Moment(start, end), setting(type_, unique=True))
    cells = gen.values(Run(size))

    assert gen.space().size == size
    assert len(np.unique(cells.ints)) == size
    assert (gen.space().encode(cells) == np.arange(size)).all()
    assert (gen.space().encode(Cells(cells.form, cells.ints - cells.ints.min() - 1)) == -1).all()
    assert gen.group == "c"


def test_a_relative_start_does_not_grow_to_another_as_of():
    gen = build_moment(Moment("-1y"), setting(unique=True))

    gen.values(Run(10))
    with pytest.raises(Refused, match="ISO date as start"):
        gen.values(Run(10, AS_OF + 1))


# ---------------------------------------------------------------------------------------------- after
def after(gen: After, ref: Cells, type_: Type | None = TIMESTAMP, as_of=AS_OF):
    return build_after(gen, setting(type_)).values(Run(len(ref), as_of, ref=ref))


def test_a_later_time_lies_between_the_other_and_as_of():
    start = build_moment(Moment("-1y"), setting()).values(Run())
    cells = after(After("ref", "days", q(0, 9, 70, 260, 900, 1700)), start)

    assert (cells.ints >= start.ints).all()
    assert (cells.ints <= AS_OF).all()


def test_rows_do_not_pile_up_at_as_of():
    start = Cells(Form.MOMENT, np.full(50_000, AS_OF - 100 * DAY * MICRO))
    days = (after(After("ref", "days", q(0, 50, 100, 200, 300, 400)), start).ints - start.ints) // MICRO // DAY

    share = np.bincount(days, minlength=100) / len(days)
    assert np.abs(share[:100] - 0.01).max() < 0.003  # even up to 100 days, so even after the cut


def test_a_delay_has_its_quantiles_when_nothing_cuts_it():
    start = Cells(Form.MOMENT, np.full(100_000, seconds("2001-01-01") * MICRO))
    hours = np.sort((after(After("ref", "hours", q(1, 2, 8, 24, 72, 100)), start).ints - start.ints) // MICRO) / 3600

    assert np.abs(hours[[25_000, 50_000, 75_000, 95_000]] - [2, 8, 24, 72]).max() < 0.6
    assert hours[0] >= 1
    assert hours[-1] <= 100


def test_a_time_at_or_after_as_of_has_no_delay():
    start = at("2025-11-24T10:30:00", "2026-01-01")

    assert after(After("ref", "days", q(1, 2, 3, 4, 5, 6)), start).ints.tolist() == start.ints.tolist()


def test_a_shortest_delay_beyond_as_of_is_drawn_from_what_is_left():
    start = Cells(Form.MOMENT, np.full(10_000, AS_OF - DAY * MICRO))
    late = (after(After("ref", "days", q(10, 11, 12, 13, 14, 15)), start).ints - start.ints) // MICRO

    assert late.min() >= 0
    assert late.max() <= DAY
    assert abs(late.mean() / DAY - 0.5) < 0.02


def test_a_future_delay_is_not_cut():
    start = at("2025-11-24T10:00:00", "2026-01-01")

    delay = (after(After("ref", "days", q(30, 30, 30, 30, 30, 30), future=True), start).ints - start.ints) // MICRO // DAY
    assert delay.tolist() == [30, 30]


def test_no_other_time_is_no_time():
    start = Cells(Form.MOMENT, np.zeros(3, np.int64), np.array([True, False, True]))

    assert after(After("ref", "days", q(1, 2, 3, 4, 5, 6)), start).mask().tolist() == [True, False, True]


def test_the_cut_is_that_of_the_rows_own_edition():
    start = Cells(Form.MOMENT, np.zeros(1000, np.int64))
    as_of = np.where(np.arange(1000) < 500, 5, 500) * DAY * MICRO
    both = after(After("ref", "days", q(0, 10, 20, 30, 40, 50)), start, as_of=as_of).ints
    alone = after(After("ref", "days", q(0, 10, 20, 30, 40, 50)), start, as_of=5 * DAY * MICRO).ints

    assert (both <= as_of).all()
    assert (both[:500] == alone[:500]).all()


def test_a_fraction_of_a_second_is_not_undercut():
    start = Cells(Form.MOMENT, np.full(100, AS_OF - 5 * DAY * MICRO + 700_000))
    values = after(After("ref", "seconds", q(0, 0, 0, 0, 0, 1)), start).ints

    assert (values >= start.ints).all()
    assert not (values % MICRO).any()


def test_dates_are_later_by_whole_days():
    start = at("2024-05-01T23:59:00", "2024-05-01T00:00:00", "2025-11-24T10:00:00")
    cells = after(After("ref", "days", q(0, 2, 2, 2, 2, 2)), start, DATE)

    assert cells.form is Form.DATE
    assert (cells.ints >= start.ints // MICRO // DAY).all()
    assert cells.ints[2] == AS_OF // MICRO // DAY


@pytest.mark.parametrize(
    ("type_", "form"), [(TIMESTAMP, Form.MOMENT), (DATE, Form.DATE), (INTEGER, Form.NUMBER), (TEXT, Form.MOMENT), (None, Form.MOMENT)]
)
@pytest.mark.parametrize(
    "ref", [Cells(Form.DATE, np.full(500, 19_000)), Cells(Form.NUMBER, np.full(500, 19_000 * DAY)), at(*["2022-01-08"] * 500)]
)
def test_any_time_may_follow_any_other(type_, form, ref):
    cells = after(After("ref", "months", q(1, 2, 3, 4, 5, 6)), ref, type_)
    unit = {Form.MOMENT: MICRO * DAY, Form.DATE: 1, Form.NUMBER: DAY}[form]

    assert cells.form is form
    assert cells.ints.min() >= (19_000 + 30) * unit
    assert cells.ints.max() <= (19_000 + 183) * unit


def test_a_time_of_day_follows_another_before_midnight():
    ref = Cells(Form.TIME, np.full(5000, 22 * 3600 * MICRO))
    cells = after(After("ref", "hours", q(1, 2, 3, 4, 5, 8)), ref, TIME)

    assert cells.ints.min() >= 23 * 3600 * MICRO
    assert cells.ints.max() < DAY * MICRO


@pytest.mark.parametrize(
    ("gen", "words"),
    [
        (After("ref", "weeks", q(0, 1, 2, 3, 4, 5)), "expected one of seconds"),
        (After("ref", "days", q(-1, 1, 2, 3, 4, 5)), "shortest delay is -1"),
        (After("ref", "days", q(0, 1, 5, 3, 4, 5)), "quantiles fall"),
    ],
)
def test_a_delay_that_cannot_be_is_refused_by_name(gen, words):
    with pytest.raises(PlanError, match=words):
        build_after(gen, setting())


def test_a_delay_after_no_time_is_refused():
    from synthseed.cells import texts
    from synthseed.chunk import strings

    with pytest.raises(PlanError, match="holds no times"):
        after(After("ref", "days", q(0, 1, 2, 3, 4, 5)), texts(strings(["a"])))


def test_every_unit_is_in_whole_seconds():
    assert UNITS == {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86_400, "months": 2_630_016}


def test_a_delay_of_days_falls_on_working_hours_and_stays_after_its_reference():
    start = build_moment(Moment("-1y"), setting()).values(Run())
    made = after(After("ref", "days", q(0, 1, 5, 20, 90, 400), rhythm="office"), start)
    hours = made.ints // MICRO // 3600 % 24

    assert (made.ints >= start.ints).all()
    assert (made.ints <= AS_OF).all()
    assert ((hours >= 6) & (hours < 21)).mean() > 0.9


def test_a_column_that_takes_no_null_has_a_time_also_where_its_reference_has_none():
    start = Cells(Form.MOMENT, np.full(4000, AFTER_HALF), np.arange(4000) % 2 == 0)
    column = Column("c", TIMESTAMP, nullable=False)
    table = Table("t", (column,))
    built = build_after(
        After("ref", "days", q(0, 1, 5, 20, 90, 400)), Setting(Schema((table,)), table, column, "c", TablePlan("t", 1), as_of=AS_OF)
    )
    made = built.values(Run(4000, AS_OF, ref=start))

    assert made.valid is None
    assert (made.ints <= AS_OF).all()
    assert (made.ints >= AS_OF - 400 * DAY * MICRO).all()
