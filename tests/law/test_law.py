"""Hold the law of rows to its promises, on random schemas and random histories of growth."""

from __future__ import annotations

import hashlib
import tracemalloc
from dataclasses import replace

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings

import columns as C
import law as L
from columns import Law, Table
from editions import Driver, Edition
from law import NULL, Curve, Refused, Stream

settings.register_profile("law", max_examples=60, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck))
settings.load_profile("law")
SHAPES = [((1, 1),), ((1, 50), (9, 30), (90, 20)), ((20, 80), (80, 20)), ((50, 100), (50, 0))]
WORDS = st.integers(0, 2**64 - 1)


def numbers(count: int, start: int = 0) -> np.ndarray:
    return np.arange(start, start + count, dtype=np.int64)


def deviations(counts: np.ndarray) -> float:
    """Return how far counts are from equal, as chi-square in standard deviations of its own."""
    expected, free = counts.sum() / counts.size, counts.size - 1
    return float((((counts - expected) ** 2 / expected).sum() - free) / np.sqrt(2 * free))


# ------------------------------------------------------------------------------------------ streams
def test_a_stream_is_uniform_in_every_byte():
    bits = Stream.named(7, "t", "c").bits(numbers(200_000))

    assert all(abs(deviations(np.bincount((bits >> np.uint64(shift)).astype(np.uint8), minlength=256))) < 5 for shift in range(0, 64, 8))


def test_streams_of_neighbouring_names_and_rows_do_not_follow_each_other():
    streams = [Stream.named(7, "t", f"c{i}").bits(numbers(4096)) for i in range(20)]
    signs = np.array([np.where(bits >> np.uint64(63), 1, -1) for bits in streams])

    for lag in (0, 1, 2, 64):
        product = signs[:, : 4096 - lag] @ signs[:, lag:].T / np.sqrt(4096 - lag)
        assert np.abs(product - (np.diag(np.diag(product)) if lag == 0 else 0)).max() < 5


def test_names_cannot_be_cut_differently_into_the_same_stream():
    assert Stream.named(1, "ab", "c") != Stream.named(1, "a", "bc") != Stream.named(11, "a", "bc")


@given(WORDS, st.one_of(st.integers(1, 2**32), st.integers(1, 2**63 - 1)))
def test_below_is_the_exact_high_half_of_the_product(word, bound):
    assert L.below(np.array([word], np.uint64), bound)[0] == word * bound >> 64


# ------------------------------------------------------------------------------------------ bijections
@given(st.integers(1, 3000), WORDS)
def test_shuffle_is_a_bijection_with_an_inverse(size, key):
    placed = L.shuffle(numbers(size), size, key)

    assert np.array_equal(np.sort(placed), numbers(size))
    assert np.array_equal(L.unshuffle(placed, size, key), numbers(size))


@given(st.lists(st.tuples(st.integers(1, 2**60), WORDS, WORDS), min_size=1, max_size=40))
def test_shuffle_with_a_size_and_key_per_row_is_the_same_function(cases):
    size, key, word = (np.array(column, np.uint64) for column in zip(*cases, strict=True))
    position, size = (word % size).astype(np.int64), size.astype(np.int64)
    placed = L.shuffle(position, size, key)

    assert np.array_equal(placed, np.concatenate([L.shuffle(position[[i]], int(size[i]), key[i]) for i in range(len(size))]))
    assert np.array_equal(L.unshuffle(placed, size, key), position)
    assert ((placed >= 0) & (placed < size)).all()


def written_shuffle(place, size, key):
    """Follow the sentence in LAW.md with plain integers."""
    width = (size - 1).bit_length()
    while True:
        for turn in range(1, 7):
            word = int(L.scrambled(np.array([key + L.GOLDEN * turn & L.WORD], np.uint64))[0])
            place = (place * (word | 1) + (word >> 32 | word << 32 & L.WORD)) & ((1 << width) - 1)
            place ^= place >> (width + 1) // 2
        if place < size:
            return place


@given(st.one_of(st.integers(1, 2**62), st.integers(0, 61).map(lambda k: 2**k), st.integers(40, 61).map(lambda k: 2**k - 3)), WORDS, WORDS)
def test_shuffle_is_the_written_rule(size, key, word):
    assert L.shuffle(np.array([word % size]), size, key)[0] == written_shuffle(word % size, size, key)


@pytest.mark.parametrize("size", [2, 3, 4, 5, 7, 9, 12, 16, 17, 33])
def test_over_keys_a_small_shuffle_sends_every_pair_of_places_everywhere_alike(size):
    keys = Stream.named(3, "keys").bits(numbers(20_000))
    placed = L.shuffle(np.tile(numbers(size), 20_000), size, np.repeat(keys, size)).reshape(-1, size)
    pairs = np.bincount(placed[:, 0] * size + placed[:, -1], minlength=size * size).reshape(size, size)

    assert max(deviations(np.bincount(placed[:, i], minlength=size)) for i in range(size)) < 5
    assert size == 2 or deviations(pairs[~np.eye(size, dtype=bool)]) < 5


@pytest.mark.parametrize("size", [2**20, 1_000_003, 10**8, 3 * 10**9])
def test_a_large_shuffle_leaves_no_stride_and_fills_its_buckets_evenly(size):
    placed = L.shuffle(numbers(100_000), size, 0x1234_5678_9ABC_DEF1)
    stride = np.unique(np.diff(placed) % size, return_counts=True)[1].max()
    bend = np.unique(np.diff(placed, 2) % size, return_counts=True)[1].max()

    assert stride <= 6 and bend <= 6  # 100,000 differences over at least 2**20 values: a Poisson of 0.1
    assert -6 < deviations(np.bincount(placed * 1000 // size, minlength=1000)) < 5
    assert -6 < deviations(np.bincount(placed % 1000, minlength=1000)) < 5
    assert abs(np.corrcoef(placed[:-1], placed[1:])[0, 1]) < 0.015


# ------------------------------------------------------------------------------------------ urns
@st.composite
def urns(draw):
    """Draw (drawn, size) of a growing urn, often emptied to the last ball."""
    drawn, size = [0], []
    for _ in range(draw(st.integers(1, 5))):
        size.append(max([drawn[-1], *size]) + draw(st.integers(0, 40)))
        drawn.append(draw(st.one_of(st.just(size[-1]), st.integers(drawn[-1], size[-1]))))
    return drawn, size, draw(st.integers(0, 9999))


@given(urns())
def test_an_urn_never_gives_a_ball_twice_and_growth_moves_none(urn):
    drawn, size, seed = urn
    stream, balls = Stream.named(seed, "urn"), []
    for editions in range(1, len(size) + 1):
        longer = L.ball(stream, numbers(drawn[editions]), drawn[: editions + 1], size[:editions])

        assert np.array_equal(longer[: len(balls)], balls)
        assert len(np.unique(longer)) == len(longer)
        assert (longer < np.repeat(size[:editions], np.diff(drawn[: editions + 1]))).all()
        balls = longer


@given(st.data())
def test_an_urn_passes_over_the_values_that_others_hold_whenever_they_turn_up(data):
    stream, size, drawn, found, balls = Stream.named(data.draw(st.integers(0, 999)), "urn"), [], [0], [], numbers(0)
    for edition in range(data.draw(st.integers(1, 4))):
        size.append((size or [0])[-1] + data.draw(st.integers(1, 30)))
        free = np.setdiff1d(numbers(size[-1] + 5), [*balls, *(value for values in found for value in values)])
        found.append(np.array(data.draw(st.lists(st.sampled_from(free.tolist()), max_size=6, unique=True)), np.int64))
        others = sum((values < size[-1]).sum() for values in found)
        assume(drawn[-1] <= size[-1] - others)
        drawn.append(data.draw(st.one_of(st.just(int(size[-1] - others)), st.integers(drawn[-1], int(size[-1] - others)))))
        after = L.ball(stream, numbers(drawn[-1]), drawn, size, taken=L.taken_places(stream, found, drawn, size))

        assert np.array_equal(after[: len(balls)], balls)
        assert len(np.unique(np.concatenate([after, *found]))) == len(after) + sum(map(len, found))
        assert (after < size[-1]).all()
        balls = after


def test_a_value_found_standing_that_is_ours_is_refused():
    stream = Stream.named(1, "urn")
    ours = int(L.ball(stream, numbers(1), [0, 5], [20])[0])

    with pytest.raises(Refused, match="one that a row of ours was given"):
        L.taken_places(stream, [np.array([], np.int64), np.array([ours])], [0, 5, 8], [20, 20])


def test_an_urn_gives_newcomers_their_fair_share_and_empties_completely():
    counts = np.zeros(60, np.int64)
    for seed in range(4000):
        second = L.ball(Stream.named(seed, "u"), numbers(10, 20), [0, 20, 30], [40, 60])
        counts[second] += 1

    assert counts[40:].sum() / counts.sum() == pytest.approx(20 / 40, abs=0.01)  # 20 new balls among 40 left
    assert np.array_equal(np.sort(L.ball(Stream.named(1, "u"), numbers(60), [0, 20, 60], [40, 60])), numbers(60))


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), min_size=1, max_size=5))
def test_the_cells_of_a_growing_rectangle_keep_their_numbers(steps):
    heights, widths = (np.cumsum(column).tolist() for column in zip(*steps, strict=True))
    area = [h * w for h, w in zip(heights, widths, strict=True)]
    whole = np.stack(L.corner(numbers(area[-1]), heights, widths), axis=1)

    for edition in range(len(area)):
        part = np.stack(L.corner(numbers(area[edition]), heights[: edition + 1], widths[: edition + 1]), axis=1)
        assert np.array_equal(part, whole[: area[edition]])
        assert len(np.unique(part, axis=0)) == area[edition]
        assert not area[edition] or (part < [heights[edition], widths[edition]]).all()


# ------------------------------------------------------------------------------------------ curves
@st.composite
def cuts(draw):
    parents, least = draw(st.integers(1, 400)), draw(st.integers(0, 3))
    most = least + draw(st.integers(0, 30))
    return (
        parents,
        draw(st.integers(least * parents, most * parents)),
        least,
        most,
        draw(st.sampled_from([*SHAPES, L.zipf(parents, "1.2")])),
    )


@given(cuts())
def test_a_curve_hands_out_exactly_the_rows_asked_within_its_bounds(cut):
    parents, rows, least, most, _ = cut
    curve = Curve.cut(*cut)
    counts = np.diff(curve.start(numbers(parents + 1)))

    assert counts.sum() == rows and counts.min() >= least and counts.max() <= most
    assert (counts <= [curve.longest(rank) for rank in range(parents)]).all()


@given(cuts())
def test_rank_and_start_of_a_curve_are_inverse(cut):
    curve = Curve.cut(*cut)
    counts = np.diff(curve.start(numbers(cut[0] + 1)))

    assert np.array_equal(curve.rank(numbers(cut[1])), np.repeat(numbers(cut[0]), counts))


@given(cuts(), st.booleans())
def test_a_curve_is_refused_exactly_when_the_rows_do_not_fit(cut, over):
    parents, _, least, most, shape = cut
    assume(over or least)

    with pytest.raises(Refused, match=rf"{parents} parents take {least} to {most} each"):
        Curve.cut(parents, most * parents + 1 if over else least * parents - 1, least, most, shape)


def test_a_full_composite_key_takes_every_pair_that_is_left_even_after_a_skewed_start():
    tables = [
        Table("u", [C.Key("id")]),
        Table("g", [C.Key("id")]),
        Table("m", [Driver("u", "u", False, 0, None, SHAPES[1]), C.Partner("g", "g")]),
    ]
    law = Law(1, tables, [Edition({"u": 100, "g": 20, "m": 300}), Edition({"u": 50, "g": 10, "m": 150 * 30 - 300 - 100})])
    rows = every_row(law, "m")

    assert len(np.unique(law.fans["m"].parents(rows) * 30 + law.members("m", "g", rows))) == 150 * 30 - 100


def test_a_skewed_pick_follows_the_inverse_power():
    parents, picks = 10_000, 400_000
    curve = Curve.cut(parents, 2**32, shape=L.zipf(parents, "1"))
    counts = np.bincount(curve.pick(Stream.named(5, "p").bits(numbers(picks))), minlength=parents)
    ideal = 1 / np.arange(1, parents + 1)

    for first, end in ((0, 1), (0, 10), (0, 100), (0, 1000), (5000, 10_000)):
        assert counts[first:end].sum() / picks == pytest.approx(ideal[first:end].sum() / ideal.sum(), rel=0.2)


# ------------------------------------------------------------------------------------------ random schemas
EVEN = lambda values: values % 4 != 1  # noqa: E731  a CHECK that refuses a quarter of the values
ORDERED = C.Group({"low": (0, 50), "high": (0, 50)}, lambda cells: cells["low"] < cells["high"])


@st.composite
def schemas(draw):
    """Draw two to six tables, each of one key shape over the tables before it, with every kind of value."""
    tables: list[Table] = []
    for number in range(draw(st.integers(2, 6))):
        shape = draw(st.sampled_from(["driven", "driven", "driven", "single", "pair", "root"])) if number else "root"
        tables.append(Table(f"t{number}", [C.Key("id"), *draw_keys(draw, shape, tables), *draw_values(draw)]))
    for child in tables:
        driver = driver_of(child)
        if driver and driver.closed and "low" in names(child):
            parent = next(table for table in tables if table.name == driver.parent)
            parent.columns.append(C.Total(f"sum_{child.name}", child.name, "low"))
    return tables


def draw_keys(draw, shape, tables):
    earlier = st.sampled_from([table.name for table in tables]) if tables else None
    keys = (
        [C.Pick("pick", draw(earlier), draw(st.sampled_from(["0", "0.8", "1.3"])), nullable=True)] if tables and draw(st.booleans()) else []
    )
    if shape == "single":
        keys.append(C.Single("single", draw(earlier)))
    if shape == "pair":
        parents = (draw(earlier), draw(earlier))
        keys += [C.Pair("left", parents, 0), C.Pair("right", parents, 1)]
    if shape == "driven":
        keys += draw_driver(draw, earlier, tables)
    return keys


def draw_driver(draw, earlier, tables):
    parent, least = draw(st.one_of(st.just(tables[0].name), earlier)), draw(st.sampled_from([0, 0, 1, 2]))
    most = draw(st.one_of(st.none(), st.integers(max(least, 1), 6)))
    keys = [
        Driver("driver", parent, draw(st.booleans()), least, most, draw(st.sampled_from(SHAPES)), draw(st.booleans())),
        C.Rank("rank"),
        C.First("first"),
    ]
    if draw(st.booleans()):
        keys.append(C.After("after", "driver", "id", 9000, 4000))
    if draw(st.booleans()):
        keys.append(C.Partner("partner", draw(earlier)) if draw(st.booleans()) else C.Partner("partner", places=draw(st.integers(2, 12))))
    cousins = [table for table in tables if driver_of(table) and driver_of(table).parent == parent]
    if cousins:
        cousin = draw(st.sampled_from(cousins))
        keys.append(C.Own("own", cousin.name, "driver", nullable=driver_of(cousin).least == 0))
    return keys


def draw_values(draw):
    flag = C.Flag("flag", draw(st.sampled_from([100, 500, 1000])), draw(st.integers(1, 60)))
    choices = [
        [C.Drawn("low", ORDERED), C.Drawn("high", ORDERED)],
        [C.Unique("code", ()), C.Unique("checked", (), EVEN, 24)],
        [flag, C.UniqueWhere("where", flag, flag.most)],
        [C.Tree("tree", "", draw(st.sampled_from([0, 100])))],
    ]
    return [column for choice in choices if draw(st.booleans()) for column in choice]


def driver_of(table):
    return next((column for column in table.columns if isinstance(column, Driver)), None)


def names(table):
    return [column.column for column in table.columns]


@st.composite
def histories(draw):
    """Draw a schema and one to four editions that it can hold, often filled to the brim; return the Law after each one."""
    tables, editions, laws = draw(schemas()), [], []
    slack = {
        (table.name, column.column): draw(st.integers(0, 5)) for table in tables for column in table.columns if isinstance(column, C.Unique)
    }
    seed = draw(st.integers(0, 2**32))
    for number in range(draw(st.sampled_from([1, 2, 2, 3, 3, 4]))):
        edition = Edition({}, {}, {})
        for table in tables:
            low, high = bounds(table, edition, laws[-1] if laws else None, tables)
            assume(low <= high)
            rows = draw(st.one_of(st.just(min(high, low + 60)), st.integers(low, min(high, low + 60))))
            stands = draw(st.lists(st.integers(1, 10**6), max_size=4, unique=True)) if is_root(table) else []
            edition.rows[table.name], edition.standing[table.name] = rows, [key * 7919 if key % 2 else -key for key in stands]
            edition.standing[table.name] = [
                key for key in edition.standing[table.name] if all(key not in e.standing[table.name] for e in editions)
            ]
            edition.first_key[table.name] = 10**12 + 1000 * number
        editions.append(edition)
        laws.append(Law(seed, [filled(table, editions, slack) for table in tables], list(editions)))
    return laws


def is_root(table):
    return not any(isinstance(column, (Driver, C.Single, C.Pair)) for column in table.columns)


def bounds(table, edition, before, tables):
    """Return the fewest and the most rows that this table can gain, by the arithmetic of the law's table."""

    def born(name):
        return edition.rows[name] + len(edition.standing[name])

    def old(name):
        return before.cohorts[name].member[-1] if before else 0

    gone = before.cohorts[table.name].row[-1] if before else 0
    for column in table.columns:
        if isinstance(column, C.Single):
            return 0, int(born(column.parent) + old(column.parent) - gone)
        if isinstance(column, C.Pair):
            left, right = (born(parent) + old(parent) for parent in column.parents)
            return 0, int(left * right - gone)
    driver = driver_of(table)
    if not driver:
        return 0, 30
    limits = [c.places if c.parent is None else born(c.parent) + old(c.parent) for c in table.columns if isinstance(c, C.Partner)]
    limit = min([limit for limit in [driver.most, *limits] if limit is not None], default=9)
    room = sum(ranks * cap for ranks, cap in before.fans[table.name].caps(int(old(driver.parent)), limit)) if before else 0
    low = driver.least * born(driver.parent)
    return (low, int(limit * born(driver.parent) + room)) if driver.least <= limit or not born(driver.parent) else (1, 0)


def filled(table, editions, slack):
    """Give unique columns just the space they need (plus a little), and trees their own table."""
    columns, gained = [], np.cumsum([edition.rows[table.name] for edition in editions])
    for column in table.columns:
        if isinstance(column, C.Unique):
            spaces = [2 + int(rows) * column.tries + slack[table.name, column.column] for rows in gained]
            column = replace(column, spaces=spaces, found=[[0, 1], *[[]] * (len(editions) - 1)])
        columns.append(replace(column, parent=table.name) if isinstance(column, C.Tree) else column)
    return Table(table.name, columns)


def every_row(law, table):
    return numbers(int(law.cohorts[table].row[-1]))


def each(laws, kind):
    """Yield (law, table, column, rows, values) of every column of one kind in the last law."""
    law = laws[-1]
    for table in law.tables.values():
        for column in table.columns:
            rows = every_row(law, table.name)
            if isinstance(column, kind) and len(rows):
                yield law, table.name, column, rows, law.values(table.name, column.column, rows)


# ------------------------------------------------------------------------------------------ the promises
@given(histories())
def test_growth_leaves_every_earlier_row_byte_identical(laws):
    for before, after in zip(laws, laws[1:], strict=False):
        for table in before.tables:
            rows = every_row(before, table)
            old, new = before.cells(table, rows), after.cells(table, rows)
            assert {name: cells.tobytes() for name, cells in old.items()} == {name: cells.tobytes() for name, cells in new.items()}


@given(histories(), st.randoms(use_true_random=False))
def test_rows_do_not_depend_on_chunks_or_their_order(laws, random):
    for table in laws[-1].tables:
        rows = every_row(laws[-1], table)
        whole, mixed = laws[-1].cells(table, rows), np.array(random.sample(list(rows), len(rows)), np.int64)
        for chunk in np.array_split(mixed, 3):
            assert all(np.array_equal(whole[name][chunk], cells) for name, cells in laws[-1].cells(table, chunk).items())


@given(histories())
def test_every_key_is_unique_and_every_foreign_key_points_at_a_parent_of_its_edition(laws):
    for law, table, column, rows, values in each(laws, (Driver, C.Pick, C.Own, C.Single, C.Partner, C.Pair, C.Tree)):
        if column.parent is None:
            continue
        parent, editions = law.cohorts[column.parent], law.cohorts[table].edition_of_row(rows)
        keys = parent.key(numbers(int(parent.member[-1])))
        assert len(np.unique(keys)) == len(keys)
        for edition in np.unique(editions):
            cells = values[editions == edition]
            assert np.isin(cells[cells != NULL], keys[: parent.end(edition)]).all()
        if not isinstance(column, C.Tree) and not getattr(column, "nullable", False):
            assert (values != NULL).all()


@given(histories())
def test_parent_and_slots_are_inverse(laws):
    for law, table, column, rows, _ in each(laws, Driver):
        fan = law.fans[table]
        assert np.array_equal(fan.row(*fan.locate(rows)), rows)
        member = fan.parents(rows)
        assert np.array_equal(fan.rank(member), fan.locate(rows)[0])
        parents, reached = numbers(int(fan.parent.member[-1])), []
        for edition in range(law.editions):
            for owner, children in fan.slots(parents, edition):
                assert np.array_equal(member[children], parents[owner])
                reached.append(children)
        assert np.array_equal(np.sort(np.concatenate(reached)), rows)


@given(histories())
def test_each_parent_has_from_least_to_most_children_and_closed_ones_only_their_own_edition(laws):
    for law, table, driver, rows, _ in each(laws, Driver):
        fan = law.fans[table]
        member = fan.parents(rows)
        counts = np.bincount(member, minlength=int(fan.parent.member[-1]))
        assert counts.min() >= driver.least and counts.max() <= (driver.most or counts.max())
        assert not driver.closed or np.array_equal(fan.parent.edition_of(member), fan.child.edition_of_row(rows))


@given(histories())
def test_ranks_within_a_parent_run_from_one_without_gaps(laws):
    for law, table, _, rows, ranks in each(laws, C.Rank):
        member = law.fans[table].parents(rows)
        order = np.lexsort((ranks, member))
        first = np.flatnonzero(np.diff(member[order], prepend=-1))
        counts = np.diff(np.append(first, len(rows)))
        assert np.array_equal(ranks[order], np.arange(len(rows)) - np.repeat(first, counts) + 1)


@given(histories())
def test_without_scattering_ordinals_rise_with_the_row(laws):
    for law, table, column, rows, ranks in each(laws, C.Rank):
        if not driver_of(law.tables[table]).scattered:
            member = law.fans[table].parents(rows)
            assert np.array_equal(np.lexsort((ranks, member)), np.lexsort((rows, member)))


@given(histories())
def test_composite_keys_inside_a_driver_never_repeat_across_editions(laws):
    for law, table, _, rows, values in each(laws, C.Partner):
        pairs = np.stack([law.fans[table].parents(rows), values], axis=1)
        assert len(np.unique(pairs, axis=0)) == len(rows)


@given(histories())
def test_pairs_of_a_dense_junction_never_repeat_across_editions(laws):
    for law, table, column, rows, values in each(laws, C.Pair):
        pairs = np.stack([law.members(table, "left", rows), law.members(table, "right", rows)], axis=1)
        assert len(np.unique(pairs, axis=0)) == len(rows)


@given(histories())
def test_unique_values_never_repeat_pass_their_check_and_stay_in_the_space_of_their_edition(laws):
    for law, table, column, rows, values in each(laws, (C.Unique, C.Single)):
        assert len(np.unique(values)) == len(rows)
        if isinstance(column, C.Unique):
            assert column.passes(values).all() and not np.isin(values, [0, 1]).any()  # 0 and 1 were found standing
            assert (values < np.array(column.spaces)[law.cohorts[table].edition_of_row(rows)]).all()


@given(histories())
def test_values_of_a_partial_unique_never_repeat_where_the_flag_is_true(laws):
    for law, table, column, rows, values in each(laws, C.UniqueWhere):
        flagged = law.values(table, column.flag.column, rows) == 1
        gained = law.cohorts[table].gained
        assert len(np.unique(values[flagged])) == flagged.sum() <= column.space
        assert flagged.sum() == min(gained.sum() * column.flag.share // 1000, column.space)


@given(histories())
def test_one_child_of_each_parent_is_first(laws):
    for law, table, _, rows, values in each(laws, C.First):
        member = law.fans[table].parents(rows)
        assert np.array_equal(np.sort(member[values == 1]), np.unique(member))


@given(histories())
def test_a_tagged_value_is_unique_and_stays_within_its_own_window(laws):
    for law, table, column, rows, values in each(laws, C.After):
        parent = law.cohorts[law.column(table, "driver").parent]
        row = parent.row_of(law.members(table, "driver", rows))
        base = np.full(len(rows), column.since)
        base[row >= 0] = law.values(parent.table, "id", row[row >= 0])
        assert len(np.unique(values)) == len(rows)
        assert (values > base).all() and (values <= base + column.room).all()


@given(histories())
def test_totals_are_the_sums_of_the_children_in_the_table(laws):
    for law, table, column, rows, values in each(laws, C.Total):
        children = every_row(law, column.child)
        parent = law.cohorts[table].row_of(law.fans[column.child].parents(children))
        owned = parent >= 0  # parents found standing have children too, but no total of ours
        sums = np.zeros(len(rows), np.int64)
        np.add.at(sums, parent[owned], law.values(column.child, column.of, children)[owned])
        assert np.array_equal(values, sums)


@given(histories())
def test_same_parent_keys_share_the_parent(laws):
    for law, table, column, rows, values in each(laws, C.Own):
        member, mine = law.members(table, "own", rows), law.members(table, "driver", rows)
        some = member != NULL
        theirs = law.fans[column.parent].parents(law.cohorts[column.parent].row_of(member[some]))
        assert np.array_equal(theirs, mine[some])


@given(histories())
def test_a_tree_points_at_lower_members_only(laws):
    for law, table, _, rows, _ in each(laws, C.Tree):
        member = law.members(table, "tree", rows)
        assert (member < law.cohorts[table].member_of_row(rows)).all()


@given(histories())
def test_groups_are_drawn_again_until_their_check_holds(laws):
    for law, table, column, rows, values in each(laws, C.Drawn):
        cells, attempts = column.group.values(law, table, rows)
        assert (cells["low"] < cells["high"]).all() and np.array_equal(cells[column.column], values)


@given(histories())
def test_explain_tells_what_the_columns_hold(laws):
    for table in laws[-1].tables:
        for row in every_row(laws[-1], table)[:3]:
            told = laws[-1].explain(table, int(row))
            assert told["cells"] == {name: int(cells[row]) for name, cells in laws[-1].cells(table, every_row(laws[-1], table)).items()}


# ------------------------------------------------------------------------------------------ one shop
def shop(customers, orders, items, *, seed=42, closed=True):
    prices = C.Group({"price": (1, 9999)})
    tables = [
        Table("customers", [C.Key("id")]),
        Table("products", [C.Key("id"), C.Tree("parent", "products")]),
        Table("addresses", [C.Key("id"), Driver("customer", "customers", False, 1), C.Rank("rank")]),
        Table(
            "orders",
            [
                C.Key("id"),
                Driver("customer", "customers", False, 0, None, SHAPES[1]),
                C.Own("address", "addresses", "customer"),
                C.Total("total", "items", "price"),
            ],
        ),
        Table(
            "items",
            [
                C.Key("id"),
                Driver("order", "orders", closed, 1, None, SHAPES[2]),
                C.Rank("line"),
                C.Partner("product", "products"),
                C.Drawn("price", prices),
            ],
        ),
        Table("profiles", [C.Key("id"), C.Single("customer", "customers")]),
        Table("wishes", [C.Key("id"), C.Pair("customer", ("customers", "products"), 0), C.Pair("product", ("customers", "products"), 1)]),
        Table("views", [C.Key("id"), C.Pick("product", "products", "1.1")]),
    ]
    editions = [
        Edition(
            {"customers": c, "products": 40, "addresses": 2 * c, "orders": o, "items": i, "profiles": c // 2, "wishes": 30, "views": 50},
            {"products": [907, -3, 55]} if not e else {},
        )
        for e, (c, o, i) in enumerate(zip(customers, orders, items, strict=True))
    ]
    return Law(seed, tables, editions)


def digest(law):
    whole = hashlib.blake2b(digest_size=8)
    for table in law.tables:
        for name, cells in law.cells(table, every_row(law, table)).items():
            whole.update(f"{table}.{name}".encode() + cells.astype("<i8").tobytes())
    return whole.hexdigest()


def test_the_same_seed_and_editions_give_the_same_bytes_everywhere():
    assert digest(shop([20, 5], [60, 20], [200, 70])) == "f4234fded8e24049"


def test_another_seed_gives_other_rows():
    assert digest(shop([20, 5], [60, 20], [200, 70])) != digest(shop([20, 5], [60, 20], [200, 70], seed=43))


def test_one_edition_of_both_sizes_is_not_two_editions():
    assert digest(shop([25], [80], [270])) != digest(shop([20, 5], [60, 20], [200, 70]))


def test_a_fill_of_other_tables_only_changes_nothing():
    law = shop([20, 5], [60, 20], [200, 70])
    gained = [Edition({name: int(cohorts.gained[e]) for name, cohorts in law.cohorts.items()}) for e in range(2)]
    before, after = (
        Law(42, list(law.tables.values()), editions) for editions in (gained, [*gained, Edition({"customers": 3, "addresses": 3})])
    )

    for table in ("products", "orders", "items", "profiles", "wishes", "views"):
        assert len(every_row(after, table)) == len(every_row(before, table))
    assert all(
        after.cells(table, every_row(before, table))[name].tobytes() == cells.tobytes()
        for table in before.tables
        for name, cells in before.cells(table, every_row(before, table)).items()
    )


def test_a_full_junction_holds_every_pair_once():
    tables = [Table("a", [C.Key("id")]), Table("b", [C.Key("id")]), Table("ab", [C.Pair("l", ("a", "b"), 0), C.Pair("r", ("a", "b"), 1)])]
    law = Law(1, tables, [Edition({"a": 30, "b": 7, "ab": 100}), Edition({"a": 3, "b": 5, "ab": 33 * 12 - 100})])
    rows = every_row(law, "ab")

    assert len(np.unique(law.members("ab", "l", rows) * 12 + law.members("ab", "r", rows))) == 33 * 12


# ------------------------------------------------------------------------------------------ ranks
def followers(*editions, seed=5):
    tables = [
        Table("p", [C.Key("id"), C.Even("x", 0, 999)]),
        Table(
            "c",
            [
                C.Key("id"),
                Driver("p", "p", closed=False),
                C.Rank("line"),
                C.Even("a", 0, 999),
                C.Even("b", 0, 9999, "a", "-0.9"),
                C.Even("d", 0, 9999, "b", "0.5"),
                C.Even("e", 0, 9999, "x", "0.8", "p"),
                C.Even("f", 0, 9999, "line", "0.9"),
                C.Even("g", 0, 9999, "id", "0.45"),
            ],
        ),
    ]
    return Law(seed, tables, [Edition({"p": p, "c": c}) for p, c in editions])


def correlation(a, b):
    ranks = [np.unique(values, return_inverse=True)[1] for values in (a, b)]
    places = [(np.cumsum(count) - count / 2)[rank] for rank in ranks for count in [np.bincount(rank)]]
    return float(np.corrcoef(*places)[0, 1])


@pytest.mark.parametrize("size", [50, 4096, 20_000])
def test_ranks_follow_as_closely_as_they_are_told(size):
    law = followers((size, 4 * size))
    cells = law.cells("c", every_row(law, "c"))
    above = law.values("p", "x", law.members("c", "p", every_row(law, "c")))

    for one, other, rho in ((cells["a"], cells["b"], -0.9), (cells["b"], cells["d"], 0.5), (cells["line"], cells["f"], 0.9),
                            (cells["id"], cells["g"], 0.45), (above, cells["e"], 0.8)):  # fmt: skip
        assert abs(correlation(one, other) - rho) < 0.04 + 4 / np.sqrt(size)


def test_what_follows_is_as_even_as_what_does_not():
    law = followers((3000, 20_000))
    cells = law.cells("c", every_row(law, "c"))

    assert all(abs(np.mean(cells[name] < share * 10_000) - share) < 0.02 for name in "bdefg" for share in (0.05, 0.25, 0.5, 0.75, 0.95))


@given(st.lists(st.tuples(st.integers(1, 40), st.integers(0, 90)), min_size=2, max_size=4))
def test_growth_moves_no_rank(editions):
    before, after = followers(*editions[:-1]), followers(*editions)
    rows = every_row(before, "c")

    assert all(np.array_equal(cells, after.cells("c", rows)[name]) for name, cells in before.cells("c", rows).items()) or not len(rows)


def test_the_normal_table_is_symmetrical_and_its_lines_come_back():
    table, positions = L.normal(), numbers(5000) * 858_993

    assert np.array_equal(table + table[::-1], np.full(4097, 2**48)) and (np.diff(table) >= 0).all()
    assert np.abs(L.undeviate(L.deviate(positions)) - positions).max() < 2**9


# ------------------------------------------------------------------------------------------ refusals
def two(child, rows, parents=(5,), **more):
    tables = [Table("p", [C.Key("id"), *more.get("parent", [])]), Table("q", [C.Key("id")]), Table("c", child), *more.get("tables", [])]
    return Law(1, tables, [Edition({"p": p, "q": 3, "c": r} | more.get("also", {})) for p, r in zip(parents, rows, strict=True)])


ADDRESS = Table("a", [C.Key("id"), Driver("p", "p", False, 0)])
REFUSALS = {
    "fewer rows than the least": (
        lambda: two([Driver("p", "p", least=2)], [9]),
        "c: 9 rows in edition 1; p has 5 new rows, 2 to 9 each, .*: 10 to 45 rows",
    ),
    "more rows than the most": (
        lambda: two([Driver("p", "p", most=2)], [11]),
        "5 new rows, 0 to 2 each, and 0 older ones, closed: 0 to 10 rows",
    ),
    "a closed driver that gains no parents": (
        lambda: two([Driver("p", "p")], [10, 4], (5, 0)),
        "4 rows in edition 2; p has 0 new rows, .* and 5 older ones, closed: 0 to 0 rows",
    ),
    "composite key above its candidates": (lambda: two([Driver("p", "p"), C.Partner("q", "q")], [16]), "0 to 3 each, .*: 0 to 15 rows"),
    "one-to-one above its parents": (
        lambda: two([C.Single("p", "p")], [5, 2], (5, 1)),
        "c.p: 7 rows after edition 2, p has 6, one row each",
    ),
    "more rows than pairs": (
        lambda: two([C.Pair("l", ("p", "q"), 0), C.Pair("r", ("p", "q"), 1)], [16]),
        "16 rows after edition 1, 5 x 3 = 15 pairs of p and q",
    ),
    "unique space too small": (lambda: two([C.Unique("u", [9])], [10]), r"c.u: 10 rows x 1 tries after edition 1, 9 values"),
    "unique space without room for redraws": (
        lambda: two([C.Unique("u", [99], EVEN, 10)], [10]),
        "10 rows x 10 tries after edition 1, 99 values",
    ),
    "unique space taken by rows that stand": (
        lambda: two([C.Unique("u", [11], found=([3, 7],))], [10]),
        "10 draws after edition 1, 11 values less 2 found standing",
    ),
    "unique space that shrinks": (lambda: two([C.Unique("u", [99, 98])], [10, 1], (5, 1)), "only grows"),
    "sum over an open driver": (
        lambda: two([Driver("p", "p", False), C.Drawn("v", C.Group({"v": (1, 2)}))], [9], parent=[C.Total("t", "c", "v")]),
        "p.t sums c, whose driver is open",
    ),
    "same_parent that may be empty": (
        lambda: two([Driver("p", "p"), C.Own("a", "a", "p")], [9], tables=[ADDRESS], also={"a": 3}),
        "c.a is NOT NULL, but a may have 0 rows per p: set least to 1",
    ),
    "no parents at all": (lambda: two([C.Pick("p", "p")], [9], (0,)), "c.p: 9 rows in edition 1, p has 0 rows"),
    "two drivers": (lambda: two([Driver("p", "p"), Driver("q", "q")], [9]), "c: two drivers"),
    "its own driver": (lambda: two([C.Key("id"), Driver("c", "c")], [9]), "c: a table cannot be its own driver"),
    "rows taken away": (lambda: two([C.Key("id")], [9, -1], (5, 5)), "c: an edition never takes rows away"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_what_cannot_be_is_refused_with_the_arithmetic(name):
    build, message = REFUSALS[name]

    with pytest.raises(Refused, match=message):
        build()


# ------------------------------------------------------------------------------------------ scale
def test_a_row_at_ten_to_the_eighth_is_reached_without_arrays_of_that_size():
    tracemalloc.start()
    law = shop([10**7, 10**6], [9 * 10**7, 2 * 10**7], [2 * 10**8, 10**8])
    rows = np.array([0, 10**8, 10**8 + 1, 11 * 10**7 - 1])
    rank, ordinal = law.fans["orders"].locate(rows)
    cells = law.cells("orders", rows)
    items = law.cells("items", np.array([10**8, 3 * 10**8 - 1]))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert np.array_equal(law.fans["orders"].row(rank, ordinal), rows)
    assert (cells["total"] > 0).all() and (items["product"] != NULL).all()
    assert peak < 8 * 2**20
