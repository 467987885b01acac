"""Look at a dbt project and say what is known of its sources, and what is not; no warehouse is needed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from fnmatch import fnmatchcase
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.dbt.facts import ColumnFacts, Strength
from synthseed.dbt.rows import Cell
from synthseed.errors import ConfigurationError, suggestion
from synthseed.report.dbt_inspected import ColumnInspected, Inspected, SourceInspected, Told
from synthseed.verbs import dbt_sources

if TYPE_CHECKING:
    from synthseed.dbt.artifacts import Limit, Source
    from synthseed.dbt.domains import Domain
    from synthseed.dbt.facts import Facts
    from synthseed.dbt.settled import Settled
    from synthseed.verbs.dbt_sources import Read

GUESSED = "its name"  # how the `where` of a type ends that is known from a name alone, a join partner's included


def dbt_inspect(
    *,
    project_dir: str | Path | None = None,
    dbt: str | Path | None = None,
    target: str | None = None,
    profiles_dir: str | Path | None = None,
    vars: Mapping[str, Any] | None = None,  # noqa: A002 - dbt's own word
    artifacts: str | Path | None = None,
    select: Sequence[str] | str = (),
) -> Inspected:
    """Return what a dbt project's SQL and tests say of its sources, each fact with where it is known from.

    Nothing is written and no warehouse is asked. A model that cannot be read costs what only that model says, and is named.

    Args:
        project_dir: Folder of dbt_project.yml, or one below it; the current one.
        dbt: The user's dbt; the one on the PATH.
        target: Of the profile.
        profiles_dir: Folder of profiles.yml, found as dbt finds it.
        vars: As `dbt --vars`.
        artifacts: Folder of artifacts that are read in dbt's place.
        select: The only sources to tell of: `source`, `source.table`, with `*`.

    Raises:
        ConfigurationError: The project as a whole cannot be read, or has no source of that name.
    """
    named = dbt_sources.asked(project_dir, dbt, target, profiles_dir, vars, artifacts)
    return told(dbt_sources.read_project(named), (select,) if isinstance(select, str) else tuple(select))


def told(read: Read, select: Sequence[str] = ()) -> Inspected:
    """Return what was read of a project, for a person."""
    manifest, described = read.manifest, read.described
    chosen = _chosen(read, select)
    kinds = {f"test {test.name}": test.kind for test in manifest.tests.values()}
    teller = _Teller(read, kinds)
    sources = tuple(teller.source(manifest.sources[key]) for key in described.tables if key in chosen)
    used = set(_test_names(_all_wheres(read.facts)))
    return Inspected(
        project=manifest.project or read.project.name,
        adapter=manifest.adapter,
        dbt_version=manifest.dbt_version,
        how=read.how,
        sources=sources,
        left={manifest.sources[key].label: why for key, why in described.left.items() if key in chosen},
        tests=len(used & kinds.keys()),
        all_tests=len(kinds),
        unused=tuple(_unused(read, used)),
        failed=dict(_failed(read)),
        partial=bool(select),
    )


def _chosen(read: Read, select: Sequence[str]) -> set[str]:
    sources = read.manifest.sources
    names = [one.removeprefix("source:") for text in select for one in text.replace(",", " ").split()]
    if not names:
        return set(sources)
    found: set[str] = set()
    for name in names:
        matching = {key for key, one in sources.items() if any(fnmatchcase(word, name) for word in (one.label, one.source, one.name))}
        if not matching:
            known = [one.label for one in sources.values()]
            listed = ", ".join(known[:20]) or "none"
            raise ConfigurationError(f"--select {name}: the project has no such source{suggestion(name, known)}; it has: {listed}")
        found |= matching
    return found


def _failed(read: Read) -> Iterator[tuple[str, str]]:
    for key, why in read.failed.items():
        node = read.manifest.nodes.get(key)
        yield key, "is a Python model: what it reads is not known" if node is not None and node.file.endswith(".py") else why


# ---------------------------------------------------------------------------------------------- tests
def _all_wheres(facts: Facts) -> Iterator[str]:
    for column in facts.columns.values():
        yield from _wheres(column)
    for links in (facts.links, facts.keys, facts.rules, facts.sums, facts.pivots):
        for one in links:
            yield one.where


def _wheres(column: ColumnFacts) -> Iterator[str]:
    yield from (fact.where for fact in (*column.types, *column.parsed))
    yield from column.not_null
    yield from column.unique
    for values in (column.accepted, column.seen, column.wanted, column.refused, column.since, column.until, column.patterns):
        yield from values.values()
    yield from (where for _, _, where in column.bounds)


def _test_names(wheres: Iterator[str]) -> Iterator[str]:
    """Return `test NAME` of each fact that a test tells, without what is added on how it does."""
    return (where.partition(",")[0] for where in wheres if where.startswith("test "))


def _unused(read: Read, used: set[str]) -> Iterator[Told]:
    """Return the tests that told nothing, with the reason."""
    known = dict(read.facts.unused)
    for test in read.manifest.tests.values():
        name = f"test {test.name}"
        if name in used:
            continue
        yield Told(name, known.get(name) or read.failed.get(test.id) or "it is about a column that is computed, or of a seed")


# ---------------------------------------------------------------------------------------------- sources
class _Teller:
    def __init__(self, read: Read, kinds: Mapping[str, str]) -> None:
        self.read, self.facts, self.described, self.kinds = read, read.facts, read.described, kinds
        self.domains = {cell: domain for domain in read.described.domains for cell in domain.cells}
        self.named = _named_cells(read)
        self.readers: dict[str, list[str]] = {}
        for node in read.manifest.nodes.values():
            for key in node.depends_on:
                self.readers.setdefault(key, []).append(node.name)

    def source(self, source: Source) -> SourceInspected:
        """Return what is known of a source."""
        cells = [cell for cell in self.described.names if cell.relation == source.id]
        columns = tuple(self.column(cell, self.described.types[cell]) for cell in cells if cell in self.described.types)
        documented = [Cell(source.id, one.name.lower()) for one in source.columns]
        keys = {fact.columns: fact.where for fact in self.facts.keys if fact.relation == source.id}
        together = {one: where for one, where in keys.items() if len(one) > 1 and not any(set(other) < set(one) for other in keys)}
        return SourceInspected(
            label=source.label,
            relation=source.relation or f"{source.schema}.{source.identifier}",
            file=source.file,
            readers=tuple(dict.fromkeys(self.readers.get(source.id, ()))),
            columns=columns,
            keys=tuple(Told(", ".join(names), where) for names, where in together.items()),
            rules=tuple(self._rules(source)),
            freshness=_freshness(source),
            unread=tuple(self.described.names.get(cell, cell.column) for cell in documented if cell not in self.named),
            description=source.description,
        )

    def _rules(self, source: Source) -> Iterator[Told]:
        where = self.described.where
        for text, place in {one.text: one.where for one in self.facts.rules if one.relation == source.id}.items():
            yield Told(text.replace('"', ""), place)
        for one in self.facts.sums:
            if one.total.relation == source.id:
                yield Told(f"{one.total.column} is the sum of {where(one.term)} over {where(one.key)}", one.where)
        names = {one.name: one for one in self.facts.pivots if one.name.relation == source.id}
        for cell, pivot in names.items():
            texts = dict.fromkeys(one.literal for one in self.facts.pivots if one.name == cell)
            yield Told(f"{pivot.value.column} is read by {cell.column}: {', '.join(texts)}", pivot.where)

    def column(self, cell: Cell, settled: Settled) -> ColumnInspected:
        """Return what is known of a column."""
        facts = self.facts.columns.get(cell) or ColumnFacts()
        domain = self.domains.get(cell)
        tests = {name.removeprefix("test "): self.kinds[name] for name in self._tests(cell, facts, domain) if name in self.kinds}
        return ColumnInspected(
            name=self.described.names[cell],
            type=Told(settled.sql, settled.where),
            strength=settled.strength.name.lower(),
            parsed=_parsed(settled, facts),
            parent=self._parent(cell, domain),
            unique=tuple(dict.fromkeys(facts.unique)),
            required=tuple(dict.fromkeys(facts.not_null)),
            accepted=tuple(Told(value, where) for value, where in facts.accepted.items()),
            seen=tuple(Told(value, where) for value, where in facts.seen.items()),
            filters=tuple(_filters(facts)),
            json=tuple(Told(f"{path} ({kind})", "models read it") for path, kind in facts.paths.items()),
            tests=tests,
            guessed=settled.where.endswith(GUESSED) and settled.strength <= Strength.PARTNER,
            description=facts.described,
        )

    def _parent(self, cell: Cell, domain: Domain | None) -> Told | None:
        if domain is None or domain.parent is None or domain.parent == cell:
            return None
        node = self.read.manifest.nodes.get(domain.parent.relation)
        what = f"{node.name}.{domain.parent.column}" if node else self.described.where(domain.parent)
        own = next((link.where for link in self.facts.links if {link.left, link.right} == {cell, domain.parent}), domain.where)
        return Told(what, own)

    def _tests(self, cell: Cell, facts: ColumnFacts, domain: Domain | None) -> list[str]:
        wheres = list(_wheres(facts))
        wheres += [link.where for link in self.facts.links if link.left == cell] if domain else []
        wheres += [fact.where for fact in self.facts.keys if fact.relation == cell.relation and cell.column in fact.columns]
        wheres += [rule.where for rule in self.facts.rules if rule.relation == cell.relation and cell.column in rule.columns]
        wheres += [one.where for one in self.facts.sums if cell in (one.total, one.term)]
        return list(dict.fromkeys(_test_names(iter(wheres))))


def _parsed(settled: Settled, facts: ColumnFacts) -> Told | None:
    if not settled.parsed:
        return None
    return Told(settled.parsed, next((fact.where for fact in facts.parsed if fact.kind == settled.parsed), settled.where))


def _filters(facts: ColumnFacts) -> Iterator[Told]:
    for value, where in facts.wanted.items():
        yield Told("some NULL" if value is None else f"some {value}", where)
    for value, where in facts.refused.items():
        if value is not None:
            yield Told(f"mostly not {value}", where)
    for moment, where in facts.since.items():
        yield Told(f"after {_moment(moment)}", where)
    for moment, where in facts.until.items():
        yield Told(f"before {_moment(moment)}", where)
    for pattern, where in facts.patterns.items():
        yield Told(f"like {pattern}", where)
    for sign, bound, where in facts.bounds:
        yield Told(f"{sign} {bound}", where)


def _moment(text: str) -> str:
    """Return `-90d` as a person says it; a date stays."""
    days = text.removesuffix("d")
    if days == text or not days.removeprefix("-").isdigit():
        return text
    return f"{days.removeprefix('-')} days {'before' if days.startswith('-') else 'after'} now" if int(days) else "now"


def _freshness(source: Source) -> Told | None:
    limit: Limit = source.freshness
    told = [f"{word} after {_span(seconds)}" for word, seconds in (("warns", limit.warn), ("fails", limit.error)) if seconds]
    if not told:
        return None
    return Told(", ".join(told), f"by {source.loaded_at}" if source.loaded_at else "without a loaded_at_field")


def _span(seconds: int) -> str:
    for size, word in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds % size == 0:
            count = seconds // size
            return f"{count} {word}{'' if count == 1 else 's'}"
    return f"{seconds} seconds"


def _named_cells(read: Read) -> set[Cell]:
    """Return the columns that some expression of a model or a test names."""
    from synthseed.dbt.lineage import SURPRISES
    from synthseed.dbt.origins import bound
    from synthseed.dbt.rows import value_of

    found: set[Cell] = set()
    for query in (*read.lineage.queries, *read.lineage.test_queries):
        for expression in (*query.outputs, *query.conditions, *query.groups, *(on for _, on in query.joins if on is not None)):
            try:
                found |= {cell for column in bound(expression) if (cell := value_of(column).cell) is not None}
            except SURPRISES:
                continue
    return found
