"""Plan the dates that no process hangs on: births, foundings, hirings, and times of day."""

from __future__ import annotations

from synthseed.plan import Joint, JointRow, JointTable, Moment
from synthseed.planners.offline.draft import TIMES, Draft
from synthseed.planners.offline.names import ends
from synthseed.planners.offline.rhythms import rhythm
from synthseed.planners.offline.roles import GROUPS, PEOPLE
from synthseed.planners.offline.shapes import choice, number
from synthseed.planners.offline.spans import stage
from synthseed.schema import Column, Kind


def plan_births(draft: Draft, late: bool) -> None:
    """Plan what lies before the process: births, foundings, hirings; `late` says that parents begin before the row."""
    for column in draft.todo:
        words = draft.names[column.name]
        if column.type.kind in TIMES and (says_birth(words) or words == ("birth",)):
            animal = {"pet", "animal", "horse", "dog", "cat"} & set(draft.words)
            young = {"student", "pupil", "child"} & set(draft.words)
            start, end = ("-14y", "-2m") if animal else ("-19y", "-6y") if young else ("-84y", "-18y")
            draft.put(column, inside_bounds(draft, column, Moment(start, end, number("2 2 2 2 2 2").q.min)), nulls=12)
        elif column.type.kind in TIMES and {"founded", "established", "foundation"} & set(words):
            if late:
                continue  # a guild is founded by a player who is there
            if draft.words[-1] in GROUPS:
                draft.put(column, inside_bounds(draft, column, Moment("-8y", "-2m", rhythm=rhythm(draft))), nulls=8)
                continue
            draft.put(column, inside_bounds(draft, column, Moment("-90y", "-2y", number("2 2 2 2 2 2").q.min)), nulls=18)
        elif column.type.kind in TIMES and {"death", "died", "deceased"} & set(words):
            draft.put(column, Moment("-3y"), nulls=97)
        elif (
            column.type.kind in TIMES
            and {"hired", "hire", "joined", "employment"} & set(words)
            and draft.words[-1] in PEOPLE
            and draft.role == "entity"
        ):
            draft.put(column, inside_bounds(draft, column, Moment("-14y", "-1m", number("2 2 2 2 2 2").q.min, "office")), nulls=6)


def says_birth(words: tuple[str, ...]) -> bool:
    """Tell whether a date is a birthday."""
    return ends(words, "birth date", "date of birth", "birthday", "birth day", "born", "born at", "born on", "birth") or {
        "birth",
        "date",
    } <= set(words)


def plan_hours(draft: Draft) -> None:
    """Plan times of day: an opening belongs to its closing."""
    times = [c for c in draft.todo if c.type.kind is Kind.TIME]
    if len(times) == 2:
        pairs = (
            (30, "08:00:00", "12:00:00"),
            (26, "09:00:00", "17:00:00"),
            (18, "10:00:00", "18:00:00"),
            (12, "13:30:00", "15:00:00"),
            (14, "14:00:00", "16:30:00"),
        )
        lesson = {"lesson", "timetable", "class", "course", "appointment"} & set(draft.words)
        if lesson:
            pairs = (
                (24, "08:00:00", "09:30:00"),
                (24, "09:45:00", "11:15:00"),
                (20, "11:30:00", "13:00:00"),
                (18, "14:00:00", "15:30:00"),
                (14, "16:00:00", "17:30:00"),
            )
        first, second = sorted(
            times, key=lambda c: (stage(draft.names[c.name]) if "close" not in draft.names[c.name] else 20, draft.table.columns.index(c))
        )
        rows = tuple(JointRow(number(f"{share} {share} {share} {share} {share} {share}").q.min, (a, b)) for share, a, b in pairs)
        draft.joints["hours"] = JointTable("hours", ("begin", "end"), rows)
        draft.put(first, Joint("hours", "begin"), nulls=6)
        draft.put(second, Joint("hours", "end"), nulls=6)
        return
    for column in times:
        draft.put(
            column,
            choice(
                (40, ("08:00:00", "09:00:00", "10:00:00")),
                (35, ("13:30:00", "14:00:00", "15:30:00", "16:00:00")),
                (25, ("11:15:00", "17:45:00", "18:30:00")),
            ),
            nulls=10,
        )


def inside_bounds(draft: Draft, column: Column, gen: Moment) -> Moment:
    """Return a moment inside the bounds that constraints or partitions set."""
    limit = draft.limits[column.name]
    if limit.first or limit.last:
        return Moment(
            limit.first or gen.start,
            limit.last or ("" if gen.end.startswith("-") and limit.first else gen.end),
            gen.growth,
            gen.rhythm,
            gen.season,
        )
    return gen
