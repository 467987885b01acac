"""Change a plan by what a dbt project says and no database could: sums over children, shares, windows, pivots, formats.

The plan was made from the schema (`described.py`), offline or by a model. What is changed here is what tests and filters of the
project need, and each change is said in the column's note with where it is known from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal

from synthseed.dbt.artifacts import Manifest
from synthseed.dbt.described import Described
from synthseed.dbt.documents import Attributes, document, sometimes
from synthseed.dbt.drafts import Draft, helper_of, place, spelled, values_of
from synthseed.dbt.facts import ColumnFacts, Facts
from synthseed.dbt.patterned import one_of
from synthseed.dbt.rows import Cell
from synthseed.dbt.totals import Totals
from synthseed.dbt.types import TIMES
from synthseed.plan import (
    After,
    Choice,
    ColumnPlan,
    Expr,
    Json,
    Moment,
    Number,
    Override,
    Plan,
    Quantiles,
    Semantic,
    TablePlan,
    Template,
    Tier,
)
from synthseed.plan_parts import words
from synthseed.schema import Kind

SINCE_1970 = Decimal(100_000_000)  # seconds: 1973
MOST = Decimal(88)  # percentage of the rows that get through a filter
MANY_NULLS = Decimal(85)
MINOR = re.compile(r"(^|_)(cents?|pence|pennies|minor(_units?)?)(_|$)")  # planned in the smallest unit by its name


def adjust(plan: Plan, manifest: Manifest, facts: Facts, described: Described, parsed: Plan) -> Plan:
    """Return the plan with what the project needs of it.

    Args:
        parsed: A plan for `described.parsed_schema()`: texts that models read as numbers or times are planned as those.
    """
    drafts = {key: Draft(table) for key, table in plan.tables.items()}
    adjuster = _Adjuster(manifest, facts, described, drafts, parsed)
    adjuster.columns()
    adjuster.own_parents()
    adjuster.followed()
    attributes = Attributes(facts, described, drafts)
    attributes.pivots()
    attributes.dense()
    totals = Totals(facts, described, drafts)
    totals.sums()
    totals.portions()
    adjuster.freshness()
    return replace(plan, tables={key: draft.done() for key, draft in drafts.items()})


@dataclass
class _Adjuster:
    manifest: Manifest
    facts: Facts
    described: Described
    drafts: Mapping[str, Draft]
    parsed: Plan

    def place(self, cell: Cell) -> tuple[Draft, str] | None:
        """Return the draft and the name of a column; None where it is not planned or not filled."""
        return place(cell, self.described, self.drafts)

    # ------------------------------------------------------------------------------------------ one column
    def columns(self) -> None:
        keys = {
            (table.key, name)
            for table in self.described.schema.tables
            for columns in (*(key.columns for key in table.keys), *(key.columns for key in table.foreign_keys))
            for name in (columns if len(columns) == 1 else ())
        }
        for cell, facts in self.facts.columns.items():
            found = self.place(cell)
            if found is None:
                continue
            draft, name = found
            if (draft.plan.table, name) in keys or name not in draft.columns:
                self._constants(draft, name, self._asked_of(cell, facts))
                if name in draft.columns and facts.shapes and self.described.types[cell].kind == "text":
                    self._shaped(draft, name, facts)
                self._nulls(draft, cell, name, facts)
                continue
            self._formats(draft, cell, name, facts)
            self._smallest(draft, cell, name, facts)
            self._shares(draft, name, facts)
            self._window(draft, cell, name, facts)
            self._literals(draft, cell, name, facts)
            self._repeated(draft, name, facts)
            self._of_day(draft, name, facts)
            self._nulls(draft, cell, name, facts)

    def _asked_of(self, cell: Cell, facts: ColumnFacts) -> list[str]:
        """Return the keys that filters name; of texts also those that models tell apart, in the columns that lead here as well."""
        texts = [text for text in facts.wanted if text is not None]
        if self.described.types[cell].kind == "text":
            led = (one for domain in self.described.domains if domain.parent == cell for one in sorted(domain.cells, key=str))
            texts += [text for one in led for text in (*self.facts.columns[one].wanted, *self.facts.columns[one].seen) if text]
        return list(dict.fromkeys(texts))

    def _constants(self, draft: Draft, name: str, asked: list[str]) -> None:
        """Let a key that models name be there: a row by hand each, as far as the table does not point at itself by it."""
        table = self.described.schema.table(draft.plan.table)
        own = any(key.columns == (name,) for key in table.keys) and not any(key.columns == (name,) for key in table.foreign_keys)
        there = {row.get(name) for row in draft.fixed}
        counted = name not in draft.columns and table.column(name).type.kind is Kind.INTEGER  # its rows are 1, 2, 3 whatever is asked
        texts = [text for text in asked if text not in there] if own and not counted else []
        draft.fixed += [{name: text} for text in texts[:20]]

    def _nulls(self, draft: Draft, cell: Cell, name: str, facts: ColumnFacts) -> None:
        column = self.described.schema.table(draft.plan.table).by_name.get(name)
        if column is None or not column.nullable or None not in facts.wanted:
            return
        draft.nulls[name] = Decimal(60) if None in facts.refused else MANY_NULLS

    def _shares(self, draft: Draft, name: str, facts: ColumnFacts) -> None:
        """Give most rows to the values that get through the filters, and some to every other."""
        gen = draft.columns[name].gen
        wanted = [text for text in facts.wanted if text is not None]
        if not isinstance(gen, Choice) or not wanted:
            return
        values = list(dict.fromkeys(value for tier in gen.tiers for value in tier.values))
        inside = [value for value in values if value.lower() in {text.lower() for text in wanted}]
        if not inside or len(inside) == len(values):
            return
        outside = [value for value in values if value not in inside]
        tiers = (Tier(MOST, tuple(inside)), Tier(100 - MOST, tuple(outside)))
        draft.put(name, Choice(tiers), f"most are {', '.join(inside[:3])}: a filter of {_first(facts.wanted)}")

    def _literals(self, draft: Draft, cell: Cell, name: str, facts: ColumnFacts) -> None:
        """Let a literal that models look for be there, where the column is planned as something else."""
        settled = self.described.types[cell]
        gen = draft.columns[name].gen
        texts = [text for text in dict.fromkeys([*facts.wanted, *facts.seen]) if text]
        if settled.kind not in ("text", "integer") or settled.parsed not in ("", "integer") or isinstance(gen, Choice | Expr) or not texts:
            return
        if facts.accepted:
            return
        when = "row_number() % 3 <> 0" if any(text in facts.wanted for text in texts) else "row_number() % 4 = 0"
        where = next(iter((*facts.wanted.values(), *facts.seen.values())))
        draft.overrides.append(Override(name, when, Choice((Tier(Decimal(100), tuple(texts)),))))
        draft.put(name, gen, f"{', '.join(texts[:3])}: {where} looks for it")

    def _of_day(self, draft: Draft, name: str, facts: ColumnFacts) -> None:
        """Let a time that is a number, and that models count with but never read as seconds since 1970, be minutes of a day."""
        gen = draft.columns[name].gen
        if not isinstance(gen, Number) or gen.q.min < SINCE_1970 or not facts.counted or facts.clocked:
            return
        late = re.search(r"end|clos|stop|finish|until|_to(_|$)", name.lower()) is not None
        hours = (16, 17, 18, 18, 20, 22) if late else (6, 8, 9, 9, 10, 12)
        minutes = (Decimal(hour * 60) for hour in hours)
        draft.put(name, Number(Quantiles(*minutes), Decimal(30)), f"minutes of a day: {facts.counted} counts with it")

    def _repeated(self, draft: Draft, name: str, facts: ColumnFacts) -> None:
        """Let a text come again where models look for the row before among those of the same text."""
        gen = draft.columns[name].gen
        if facts.repeats and isinstance(gen, Template) and any("{seq" in text for tier in gen.tiers for text in tier.values):
            words = tuple(f"{name.replace('_', ' ').capitalize()} {letter}" for letter in "ABCDEF")
            draft.put(name, Choice((Tier(Decimal(100), words),)), f"comes again: {facts.repeats} looks at the row before or after")

    def _window(self, draft: Draft, cell: Cell, name: str, facts: ColumnFacts) -> None:
        """Let most moments lie in the window that a filter leaves open."""
        if self.described.types[cell].kind not in TIMES or not (facts.since or facts.until):
            return
        starts = [text for text in facts.since if not text.endswith("d")]
        ends = [text for text in facts.until if not text.endswith("d")]
        days = [int(text[:-1]) for text in facts.since if text.endswith("d") and int(text[:-1]) < 0]
        where = _first({**facts.since, **facts.until})
        if starts:
            start = min(starts)[:10]
            gen = draft.columns[name].gen
            window = replace(gen if isinstance(gen, Moment) else Moment(start), start=start, end=max(ends)[:10] if ends else "")
            draft.put(name, window, f"from {start}: a filter of {where}")
        elif days and max(days) > -800:
            back = max(days)
            draft.overrides.append(Override(name, "row_number() % 3 <> 0", Moment(f"{back + 1 if back < -1 else back}d", "")))
            self._note(draft, name, f"most within {-back} days: a filter of {where}")

    @staticmethod
    def _note(draft: Draft, name: str, note: str) -> None:
        there = draft.columns[name]
        draft.columns[name] = replace(there, note=note)

    def _formats(self, draft: Draft, cell: Cell, name: str, facts: ColumnFacts) -> None:
        """Let text that models read as something else be text that reads so."""
        settled = self.described.types[cell]
        if settled.kind == "json" or settled.parsed == "json":
            self._document(draft, name, facts)
        elif settled.kind == "text" and facts.parts and not facts.accepted:
            mark, count = next(iter(facts.parts.items()))
            text = mark.replace("{", "{{").replace("}", "}}").join(["{int:0-1}{int:0-9}"] * count)
            draft.put(name, Template((Tier(Decimal(100), (text, f"-{text}")),)), f"numbers between {mark}: models read them one by one")
        elif settled.kind == "text" and facts.formats and not facts.accepted:
            self._written(draft, name, facts)
        elif settled.kind == "text" and settled.parsed and not facts.accepted:
            self._parsed(draft, name, facts, settled.parsed, next((fact.where for fact in facts.parsed if fact.kind != "text"), ""))
        elif settled.kind == "text" and ((facts.shapes and self._shaped(draft, name, facts)) or one_of(draft, name, facts)):
            return
        elif settled.kind == "text" and facts.patterns and not isinstance(draft.columns[name].gen, Choice | Semantic):
            self._patterns(draft, name, facts)

    def _parsed(self, draft: Draft, name: str, facts: ColumnFacts, kind: str, where: str) -> None:
        """Plan a text as what it is read as; a date keeps its form by a helper."""
        other = self.parsed.tables[draft.plan.table].by_column.get(name)
        if other is None or (isinstance(draft.columns[name].gen, Choice) and (facts.seen or facts.wanted)):
            return
        note = f"text that reads as {kind}: {where}"
        for helper in _helpers(other, self.parsed.tables[draft.plan.table]):
            draft.columns.setdefault(helper.column, helper)
        if isinstance(other.gen, Moment | After):
            form = "%Y-%m-%d" if kind == "date" else "%Y-%m-%d %H:%M:%S"
            draft.put(name, Template((Tier(Decimal(100), (f"{{date:{self._moment(draft, other, 0)}:{form}}}",)),)), note)
        elif isinstance(other.gen, Expr) and words(other.gen) & self._texts(draft):
            draft.put(name, values_of(kind) or other.gen, note)
        else:
            draft.put(name, other.gen, note)

    def _written(self, draft: Draft, name: str, facts: ColumnFacts) -> None:
        """Plan a text that is read as a time by a format as the days of two years, written so."""
        form, where = next(iter(facts.formats.items()))
        days = (datetime(2024, 1, 1) + timedelta(days=day, minutes=7 * day) for day in range(731))
        dated = re.search(r"%-?[YyGcDxF]", form) is not None  # without its year 29 February is no day of most years
        texts = dict.fromkeys(day.strftime(form) for day in days if dated or (day.month, day.day) != (2, 29))
        draft.put(name, Choice((Tier(Decimal(100), tuple(texts)),)), f"written as {form}: {where}")

    def _moment(self, draft: Draft, other: ColumnPlan, depth: int) -> str:
        """Return the helper that a text is written from; a time after another text's is after that text's helper."""
        helper, gen = helper_of(other.column), other.gen
        if helper in draft.columns:
            return helper
        if isinstance(gen, After) and (gen.ref in self._texts(draft) or "." in gen.ref):
            before = self.parsed.tables[draft.plan.table].by_column.get(gen.ref)
            timed = before is not None and isinstance(before.gen, Moment | After) and depth < 8
            gen = replace(gen, ref=self._moment(draft, before, depth + 1)) if timed and before is not None else Moment("-2y", "")
        draft.columns[helper] = replace(other, column=helper, gen=gen)
        return helper

    def _texts(self, draft: Draft) -> set[str]:
        """Return the columns of a table that are text."""
        own = [(cell, name) for cell, name in self.described.names.items() if self.described.tables.get(cell.relation) == draft.plan.table]
        return {name for cell, name in own if self.described.types[cell].kind == "text"}

    def _smallest(self, draft: Draft, cell: Cell, name: str, facts: ColumnFacts) -> None:
        """Let a column that counts cents hold a hundred times what it would else, unless its bounds or its name told that already."""
        gen = draft.columns[name].gen
        bounded = any(one.relation == cell.relation and cell.column in one.columns and "<" in one.text for one in self.facts.rules)
        if bounded or MINOR.search(name.lower()):
            return
        if facts.smallest and isinstance(gen, Expr) and all(word.startswith("_") or word.isdigit() for word in words(gen)):
            draft.put(name, Expr(f"({gen.expr}) * 100"), f"in cents: {facts.smallest}")
        if not facts.smallest or not isinstance(gen, Number):
            return
        q = Quantiles(*(value * 100 for value in (gen.q.min, gen.q.p25, gen.q.p50, gen.q.p75, gen.q.p95, gen.q.max)))
        spikes = tuple(replace(one, value=one.value * 100) for one in gen.spikes)
        draft.put(name, Number(q, max(gen.step * 100 / 4, Decimal(1)).to_integral_value(), spikes), f"in cents: {facts.smallest}")

    def _document(self, draft: Draft, name: str, facts: ColumnFacts) -> None:
        """Let a document hold the keys that models read, nested as their paths are, of the types that they are read as."""
        if facts.paths:
            draft.put(name, Json(document(facts.paths)), f"keys that models read: {', '.join(list(facts.paths)[:4])}")
            sometimes(draft, name, "", facts.paths)

    def _shaped(self, draft: Draft, name: str, facts: ColumnFacts) -> bool:
        """Let every text match a LIKE pattern; an address matches that of addresses already."""
        gen, (pattern, where) = draft.columns[name].gen, next(iter(facts.shapes.items()))
        if isinstance(gen, Semantic | Choice) or "@" in pattern:
            return False
        draft.put(name, Template((Tier(Decimal(100), (_template(pattern),)),)), f"like {pattern}: {where}")
        return True

    def _patterns(self, draft: Draft, name: str, facts: ColumnFacts) -> None:
        texts = [_sample(pattern) for pattern in facts.patterns]
        texts = [text for text in texts if text]
        if texts:
            draft.overrides.append(Override(name, "row_number() % 4 = 0", Choice((Tier(Decimal(100), tuple(texts)),))))

    # ------------------------------------------------------------------------------------------ own parents
    def own_parents(self) -> None:
        """Let a column that is never NULL, and holds keys of its own table, hold the row's own: there is no first row else."""
        for domain in self.described.domains:
            parent = domain.parent
            place = self.place(parent) if parent is not None else None
            if place is None or parent is None:
                continue
            for cell in sorted(domain.cells, key=lambda one: one.column):
                found = self.place(cell) if cell.relation == parent.relation and cell != parent else None
                if found is not None and not any(fk.columns == found[1] for fk in found[0].fks):
                    found[0].nulls.pop(found[1], None)
                    found[0].put(found[1], Expr(spelled(place[1])), f"the row's own {place[1]}: {domain.where}")

    def followed(self) -> None:
        """Let a key that follows from another be that of the row which the other leads to."""
        for cell, one in self.described.followed.items():
            found, via, there = self.place(cell), self.described.names.get(one.via), self.described.names.get(one.there)
            if found is not None and via is not None and there is not None:
                found[0].nulls.pop(found[1], None)
                found[0].put(found[1], Expr(f"{spelled(via)}.{spelled(there)}"), f"that of its {via}: {one.where}")

    # ------------------------------------------------------------------------------------------ freshness
    def freshness(self) -> None:
        """Let the latest moment that freshness is measured by lie just before now."""
        for source in self.manifest.sources.values():
            limit = source.freshness.warn or source.freshness.error
            if not source.loaded_at or not limit:
                continue
            cell = Cell(source.id, source.loaded_column.lower())
            found = self.place(cell)
            if found is None or found[1] not in found[0].columns:
                continue
            draft, column = found
            self._fresh(draft, column, limit, f"freshness of {source.label}: within {_spoken(limit)} of now")

    def _fresh(self, draft: Draft, column: str, limit: int, note: str) -> None:
        gen = draft.columns[column].gen
        last = f"-{max(limit // 7200, 1)}h"
        if column.lower().startswith(("_", "loaded", "synced")) or "sync" in column.lower() or "loaded" in column.lower():
            draft.put(column, Moment(last, ""), note)
            return
        kept = gen if isinstance(gen, Moment | After) else Moment("-2y", "")
        draft.put(column, kept, note)
        draft.overrides.append(Override(column, "row_number() % 25 = 1", Moment(last, "")))
        draft.nulls.pop(column, None)


# ---------------------------------------------------------------------------------------------- texts
def _helpers(plan: ColumnPlan, table: TablePlan) -> list[ColumnPlan]:
    """Return the helper columns that a column's generator names, and those that they name."""
    found: dict[str, ColumnPlan] = {}
    todo = [plan]
    while todo:
        text = str(todo.pop().gen)
        for helper in table.columns:
            if helper.column.startswith("_") and helper.column not in found and helper.column in text:
                found[helper.column] = helper
                todo.append(helper)
    return list(found.values())


def _sample(pattern: str) -> str:
    """Return a text that a LIKE pattern matches."""
    return pattern.replace("%", "").replace("_", "-").strip()


def _template(pattern: str) -> str:
    """Return a template whose texts match a LIKE pattern, all of them different as far as it has a `%`."""
    text = pattern.replace("{", "{{").replace("}", "}}").replace("_", "\0", pattern.count("_"))
    text = text.replace("%", "{seq:6}", 1).replace("%", "{lower:3}")
    return text.replace("\0", "_")


def _spoken(seconds: int) -> str:
    return f"{seconds // 86_400} days" if seconds % 86_400 == 0 else f"{seconds // 3600} hours"


def _first(facts: Mapping[str | None, str] | Mapping[str, str]) -> str:
    return next(iter(facts.values()), "")
