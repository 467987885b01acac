"""Ask a model for more values where a plan has too few: texts that people read, and columns that are unique.

Nothing depends on it: where no more values can be had the plan stays as it was, with a note. Only lists that the model itself
wrote grow; one that a locked column, or a person's, reads as well is left alone.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from synthseed.errors import Declined, ModelError, Truncated
from synthseed.plan import Choice, ColumnPlan, Gen, Slot, TablePlan, Template, Tier
from synthseed.planners.model.asking import Asker, Sent, Silence, Telling
from synthseed.planners.model.more import expand_request
from synthseed.planners.model.more_reply import read_values
from synthseed.planners.model.request import Answer, Guidance, Problem, Request
from synthseed.planners.model.vocabulary import words
from synthseed.planners.model.vocabulary_size import Sizes
from synthseed.schema import Kind, Schema, Table

FEWEST_ROWS = 20  # of a table; below, a person sees each row anyway
MOST_ROWS = 2_000  # that a vocabulary is measured against: larger tables repeat their texts, as real ones do
SENTENCE = 4  # words of a text, on average, that is read and not counted: `Home and garden` is a category
MOST_MORE = 60  # values that one list is asked to grow by
STEP = 10
MOST_VALUES = 5_000  # of a table


@dataclass
class Expanded:
    """Hold plans with larger vocabularies.

    Attributes:
        tables: Every plan that was given, grown or as it was.
        sent: What was sent.
        notes: What grew, and what could not.
    """

    tables: dict[str, TablePlan]
    sent: list[Sent] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def expanded(
    schema: Schema,
    plans: Mapping[str, TablePlan],
    guidance: Guidance,
    client: Asker,
    *,
    tables: Collection[str] | None = None,
    telling: Telling | None = None,
) -> Expanded:
    """Return the plans with more values where they have too few for their rows; one request per table that lacks some.

    Args:
        schema: The database.
        plans: Plans by table, with `rows`.
        guidance: What the user says.
        client: Sends the requests.
        tables: Tables that may grow; None: all. Those that nobody asked for are not to be changed.
        telling: Is told about every answer.
    """
    done = Expanded(dict(plans))
    lacking = {key: want for key, plan in plans.items() if (tables is None or key in tables) and (want := small(plan, schema, plan.rows))}
    for number, (key, want) in enumerate(lacking.items(), 1):
        request = expand_request(schema, plans[key], want, guidance)
        try:
            done.tables[key] = _grown(done, request, want, schema, client)
        except (Truncated, Declined) as error:
            done.notes.append(_left(key, want, error))
        except ModelError as error:  # of asking: the next table would meet it too
            done.notes.append(_left(key, want, error))
            break
        (telling or Silence()).asked(request.name, number, len(lacking))
    return done


def _left(key: str, want: Collection[str], error: ModelError) -> str:
    return f"{key}: {', '.join(want)}: few values for its rows, and no more could be had: {str(error).partition('; nothing was saved')[0]}"


# ---------------------------------------------------------------------------------------------- what is too small
def small(plan: TablePlan, schema: Schema, rows: int) -> dict[str, int]:
    """Return how many more values which lists of a plan need, by slot or column; nothing where all are large enough."""
    table, wanted = schema.table(plan.table), dict[str, int]()
    ours = [one for one in plan.columns if _ours(one)]
    for one in ours:
        filled = min(int(rows * (100 - plan.nulls.get(one.column, 0)) / 100), MOST_ROWS)
        goal = _goal(one, plan, table, schema.dialect, filled)
        lists = _lists(one, plan, ours) if goal else ()
        if not lists:
            continue
        need = _needed(Sizes(plan), one, lists, goal, filled)
        wanted |= {name: max(more, wanted.get(name, 0)) for name, more in need.items()}
    room = MOST_VALUES - sum(len(tier.values) for tiers in _every(plan) for tier in tiers)
    return wanted if sum(wanted.values()) <= room else {}


def _ours(one: ColumnPlan) -> bool:
    return one.source == "model" and not one.locked and isinstance(one.gen, Choice | Template)


def _every(plan: TablePlan) -> list[tuple[Tier, ...]]:
    return [slot.tiers for slot in plan.slots] + [one.gen.tiers for one in plan.columns if isinstance(one.gen, Choice | Template)]


def _goal(one: ColumnPlan, plan: TablePlan, table: Table, dialect: str, rows: int) -> int:
    """Return how many texts a column should be able to have; 0 where those that it has are enough."""
    from synthseed.constraints.checks import facts
    from synthseed.constraints.facts import Among

    column = table.by_name.get(one.column)
    listed = {fact.column for fact in facts(table, dialect) if isinstance(fact, Among)}
    if rows < FEWEST_ROWS or column is None or column.type.kind is not Kind.TEXT or column.type.labels or one.column in listed:
        return 0
    sizes, tiers = Sizes(plan), _tiers(one)
    if any(key.columns == (one.column,) for key in table.keys):
        enough = sizes.cells(tiers) or sizes.total(tiers) >= rows
        return 0 if enough else rows + rows // 4
    if sizes.words(tiers) < SENTENCE or sizes.distinct(tiers, rows) >= rows // 2:
        return 0
    return rows // 2


def _tiers(one: ColumnPlan) -> tuple[Tier, ...]:
    return one.gen.tiers if isinstance(one.gen, Choice | Template) else ()


def _lists(one: ColumnPlan, plan: TablePlan, ours: Collection[ColumnPlan]) -> tuple[str, ...]:
    """Return the lists that a column's texts are made of: the slots that it reads, where only the model's columns read them."""
    if isinstance(one.gen, Choice):
        return (one.column,)
    sizes = Sizes(plan)
    mine = {other.column for other in ours}
    others: list[Gen] = [other.gen for other in plan.columns if other.column not in mine]
    others += [other.gen for other in plan.overrides if other.column not in mine]
    taken = {slot for other in others for slot in sizes.reached(words([other]))}
    names = {other.column for other in plan.columns}
    read = sizes.reached(words([one.gen]))
    return tuple(slot.name for slot in plan.slots if slot.name in read and slot.name not in taken and slot.name not in names) or (
        (one.column,) if not read else ()
    )


def _needed(sizes: Sizes, one: ColumnPlan, lists: Collection[str], goal: int, rows: int) -> dict[str, int]:
    """Return how much each list is to grow for a column to come to so many texts, or as near as may be."""
    unique = goal > rows
    more = dict.fromkeys(lists, 0)
    while min(more.values()) < MOST_MORE:
        larger = {name: count + STEP for name, count in more.items()}
        grown = replace(sizes, more=larger)
        if grown.too_many_parts(one.column):
            break
        more = larger
        tiers = _tiers(one)
        reached = grown.total(tiers, one.column) if unique else grown.distinct(tiers, rows, one.column)
        if reached >= goal:
            break
    return {name: count for name, count in more.items() if count}


# ---------------------------------------------------------------------------------------------- growing
def _grown(done: Expanded, request: Request, want: Mapping[str, int], schema: Schema, client: Asker) -> TablePlan:
    """Return a table's plan with the new values of one answer; one out of the cache that is of no use is asked for again."""
    plan = done.tables[request.tables[0]]
    answer = client.ask(request)
    done.sent.append(Sent(request.name, request.sha256, answer.how, answer.usage))
    try:
        new, problems = _read(answer, plan, want, schema)
    except Declined:
        if answer.how != "cache":
            raise
        answer = client.ask(request, fresh=True)
        done.sent.append(Sent(request.name, request.sha256, answer.how, answer.usage))
        new, problems = _read(answer, plan, want, schema)
    client.keep(request, answer)
    done.notes += [problem.text for problem in problems]
    new = {name: values[: 2 * want[name]] for name, values in new.items()}
    done.notes += [f"{plan.table}: {name}: {len(values)} values more, for it had few for its rows" for name, values in new.items()]
    return with_values(plan, new)


def _read(answer: Answer, plan: TablePlan, want: Collection[str], schema: Schema) -> tuple[dict[str, tuple[str, ...]], tuple[Problem, ...]]:
    """Return what a reply holds; one of no use is declined: that is the reply's fault, and another table may fare better."""
    try:
        return read_values(answer.text, plan, want, schema)
    except ModelError as error:
        raise Declined(str(error)) from error


def with_values(plan: TablePlan, new: Mapping[str, tuple[str, ...]]) -> TablePlan:
    """Return a plan whose slots and columns have more values; the shares of the tiers stay."""
    slots = {slot.name for slot in plan.slots}
    columns = []
    for one in plan.columns:
        more = () if one.column in slots else new.get(one.column, ())
        gen = replace(one.gen, tiers=_spread(one.gen.tiers, more)) if more and isinstance(one.gen, Choice | Template) else one.gen
        columns.append(replace(one, gen=gen))
    grown = tuple(Slot(slot.name, _spread(slot.tiers, new.get(slot.name, ()))) for slot in plan.slots)
    return replace(plan, slots=grown, columns=tuple(columns))


def _spread(tiers: tuple[Tier, ...], values: tuple[str, ...]) -> tuple[Tier, ...]:
    """Return tiers with more values, each put where a value is drawn most often."""
    lists = [list(tier.values) for tier in tiers]
    for value in values:
        at = 0
        for place in range(1, len(tiers)):
            if tiers[place].share * len(lists[at]) > tiers[at].share * len(lists[place]):
                at = place
        lists[at].append(value)
    return tuple(replace(tier, values=tuple(found)) for tier, found in zip(tiers, lists, strict=True))
