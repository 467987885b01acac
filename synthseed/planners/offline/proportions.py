"""Plan numbers that other numbers of the row decide: points within their maximum, experience with its level, a parcel's sides.

Each reads its neighbours, so that a row holds together: nobody has more points than an exam gives, a level-4 hero has not
the experience of a level-60 one, and a box that fits into a hand does not weigh 30 kg.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from synthseed.expression_nodes import quoted
from synthseed.plan import Choice, Expr, Override
from synthseed.planners.offline.draft import NUMBERS, Draft
from synthseed.planners.offline.links import required
from synthseed.planners.offline.names import concept
from synthseed.planners.offline.numbers import number_of
from synthseed.planners.offline.shapes import number, values_of
from synthseed.schema import Column, Kind

POINTS = ("point", "score", "mark", "result", "point achieved", "points achieved", "achieved point", "reached point", "point earned")
MOST = ("max", "maximum", "maximal", "possible", "total")
PER_LITRE = "40 90 160 260 420 700"  # grams that a litre of a parcel weighs
PER_CUBE = "60 110 180 260 420 800"  # kilograms that a cubic metre of freight weighs


def plan_proportions(drafts: Mapping[str, Draft]) -> None:
    """Plan what follows from other columns; tables come parents first."""
    for draft in drafts.values():
        _points(draft, drafts)
        _growth(draft)
        _sides(draft)
        _freight(draft)
        _loads(draft)
        _battle(draft)


def _open(draft: Draft) -> list[Column]:
    return [c for c in draft.todo if c.type.kind in NUMBERS and not draft.limits[c.name].among]


def _scale(column: Column) -> int:
    return 0 if column.type.kind is Kind.INTEGER else 2 if column.type.scale is None else column.type.scale


# ---------------------------------------------------------------------------------------------- points and grades
def _points(draft: Draft, drafts: Mapping[str, Draft]) -> None:
    """Plan points as a share of the most that there are, and a grade by the same share."""
    column = next((c for c in _open(draft) if " ".join(draft.names[c.name]) in POINTS), None)
    most = None if column is None else _most(draft, drafts, column)
    if column is None or most is None:
        return
    draft.put("_reached", number("6 48 66 81 96 100"), "percent of what there was to reach")
    scaled = f"floor({most} * _reached / 100)" if _scale(column) == 0 else f"floor({most} * _reached / 50) / 2"
    draft.put(column, Expr(scaled), "a share of the most", nulls=3)
    for grade in _open(draft):
        limit = draft.limits[grade.name]
        if draft.names[grade.name][-1] == "grade" and limit.low == 1 and limit.high in (5, 6):
            worst = int(limit.high or 6)
            steps = 1 if _scale(grade) == 0 else 2
            text = f"floor(({worst}00 - {worst - 1} * _reached) * {steps} / 100 + 0.5)" + ("" if steps == 1 else " / 2")
            draft.put(grade, Expr(f"min(max({text}, 1), {worst})"), "by the share of the points, 1 is best")


def _most(draft: Draft, drafts: Mapping[str, Draft], column: Column) -> str | None:
    """Return the expression of the most points: of this row, or of the exam that it is about."""
    if own := _named_most(draft, column):
        return quoted(own.name)
    for key in draft.table.foreign_keys:
        parent = drafts.get(key.parent)
        held = None if parent is None or parent is draft or not required(draft.table, key) else _named_most(parent, column)
        if held is not None and not held.nullable:
            return f"{quoted(key.label)}.{quoted(held.name)}"
    return None


def _named_most(draft: Draft, other: Column) -> Column | None:
    found = (c for c in draft.free if c is not other and c.type.kind in NUMBERS)
    return next((c for c in found if {"point", "score", "mark"} & set(draft.names[c.name]) and set(MOST) & set(draft.names[c.name])), None)


# ---------------------------------------------------------------------------------------------- levels
def _growth(draft: Draft) -> None:
    """Let experience and strength grow with a level."""
    level = next((c for c in draft.free if draft.names[c.name] == ("level",) and c.type.kind is Kind.INTEGER and not c.nullable), None)
    if level is None or (level.name in draft.columns) or draft.limits[level.name].among:
        return
    gen = number_of(draft, level)
    if gen is None:
        return
    draft.put(level, gen)
    at = quoted(level.name)
    for column in _open(draft):
        said, high = " ".join(draft.names[column.name]), draft.limits[column.name].high
        if said in ("experience", "experience point", "xp", "exp") and (high is None or high >= 10**6):
            draft.put("_gained", number("0 20 45 70 95 99"), "percent of the way to the next level")
            draft.put(column, Expr(f"100 * ({at} - 1) * ({at} - 1) + ({at} * 200 - 100) * _gained / 100"), "grows with the level")
        elif said in ("hit point", "health", "health point", "hp", "life", "mana") and (high is None or high >= 3000):
            draft.put(f"_{column.name}_per_level", number("6 9 12 15 19 24"), "some are tougher than others")
            draft.put(column, Expr(f"40 + {at} * {quoted(f'_{column.name}_per_level')}"), "grows with the level")


# ---------------------------------------------------------------------------------------------- boxes
def _sides(draft: Draft) -> None:
    """Plan length, width and height of a box, the length the longest, and its weight by its volume."""
    found = {word: next((c for c in _open(draft) if draft.names[c.name][0] == word), None) for word in ("length", "width", "height")}
    length, width, height = found["length"], found["width"], found["height"]
    if length is None or width is None or height is None or length.nullable:
        return
    unit = next((word for word in draft.names[length.name] if word in ("cm", "mm")), "cm")
    factor = 10 if unit == "mm" else 1
    if any((draft.limits[c.name].high or 10**6) < 130 * factor for c in (length, width, height)):
        return
    draft.put(length, number(" ".join(str(int(part) * factor) for part in ("12", "24", "35", "48", "80", "120"))))
    for column, shares in ((width, "40 58 72 85 95 100"), (height, "12 25 40 58 82 100")):
        share = f"_{column.name}_share"
        draft.put(share, number(shares), f"{column.name} in percent of the length")
        draft.put(column, Expr(f"max(floor({quoted(length.name)} * {quoted(share)} / 100), 1)"), nulls=2)
    weight = next((c for c in _open(draft) if draft.names[c.name] in (("weight",), ("weight", "kg"))), None)
    if weight is not None and not width.nullable and not height.nullable:
        draft.put("_density", number(PER_LITRE), "grams per litre")
        volume = " * ".join(quoted(c.name) for c in (length, width, height))
        draft.put(weight, Expr(f"max(round({volume} / {factor**3 * 1000} * _density / 1000, {min(_scale(weight), 1)}), {_least(weight)})"))


def _least(weight: Column) -> Decimal:
    return Decimal(1) if _scale(weight) == 0 else Decimal("0.1")


def _freight(draft: Draft) -> None:
    """Plan a volume by its weight, where a table has both."""
    weight = next((c for c in _open(draft) if draft.names[c.name] in (("weight",), ("weight", "kg")) and not c.nullable), None)
    volume = next((c for c in _open(draft) if draft.names[c.name][0] == "volume"), None)
    if weight is None or volume is None or _scale(volume) < 2:
        return
    if "shipment" in draft.words or "freight" in draft.words or "load" in draft.words:
        draft.put(weight, number("12 85 340 1450 9800 23500", "0.5" if _scale(weight) else "1"), "freight")
    else:
        gen = number_of(draft, weight)
        if gen is None:
            return
        draft.put(weight, gen)
    draft.put("_density", number(PER_CUBE), "kilograms per cubic metre")
    draft.put(volume, Expr(f"max(round({quoted(weight.name)} / _density, {min(_scale(volume), 3)}), 0.01)"), "by its weight", nulls=6)


# ---------------------------------------------------------------------------------------------- vehicles and games
LOADS: Mapping[str, str] = {  # kilograms
    "van": "600 800 1000 1200 1400 1600", "truck": "2500 5000 7500 12000 18000 25000", "trailer": "8000 14000 20000 24000 27000 30000",
    "tanker": "12000 18000 22000 25000 27000 30000", "car": "350 400 450 500 550 650", "bike": "15 20 30 60 100 150",
    "bus": "1500 2500 4000 6000 8000 9000", "pickup": "700 800 950 1050 1100 1200", "semi": "12000 18000 22000 25000 27000 30000",
}  # fmt: skip


def _loads(draft: Draft) -> None:
    """Plan what a vehicle may carry by its kind."""
    kind = next((c for c in draft.free if c.name in draft.columns and draft.names[c.name][-1] in ("type", "kind", "category")), None)
    load = next((c for c in _open(draft) if {"load", "payload"} & set(draft.names[c.name])), None)
    if kind is None or load is None or (draft.limits[load.name].high or 0) < 30000:
        return
    gen = draft.columns[kind.name].gen
    labels = values_of(gen) if isinstance(gen, Choice) else ()
    known = {label: concept(label.lower(), draft.language)[-1] for label in labels}
    if not any(word in LOADS for word in known.values()):
        return
    draft.put(load, number(LOADS["truck"], "50"), nulls=4)
    for label, word in known.items():
        if word in LOADS and word != "truck":
            text = "'" + label.replace("'", "''") + "'"
            draft.overrides.append(
                Override(load.name, f"{quoted(kind.name)} = {text}", number(LOADS[word], "50" if word != "bike" else "5"))
            )


def _battle(draft: Draft) -> None:
    """Plan the score of a player in a match by what he did there."""
    kills = next((c for c in _open(draft) if draft.names[c.name] in (("kill",), ("frag",)) and not c.nullable), None)
    score = next((c for c in _open(draft) if draft.names[c.name] in (("score",), ("point",))), None)
    if kills is None or score is None or (draft.limits[score.name].high or 10**6) < 10**4:
        return
    gen = number_of(draft, kills)
    if gen is None:
        return
    draft.put(kills, gen)
    draft.put("_assisted", number("0 40 120 240 480 900", "10"), "what else scored")
    draft.put(score, Expr(f"{quoted(kills.name)} * 100 + _assisted"), nulls=2)
