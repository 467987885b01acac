"""Describe the sources of a dbt project as a `Schema`, the same that a database is described by.

What tests and SQL say becomes what a database would enforce: not null, unique, foreign keys, CHECKs. So the planners and the
engine need to know nothing of dbt. What no database can say (shares, sums over children, pivots) is in `adjusted.py`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from synthseed.dbt import identities
from synthseed.dbt.artifacts import Manifest, Source, plain
from synthseed.dbt.domains import Domain, circular, domains, lists
from synthseed.dbt.facts import ColumnFacts, Facts, Link, Strength, TypeFact
from synthseed.dbt.followed import Followed, followed
from synthseed.dbt.lineage import Lineage
from synthseed.dbt.rows import Cell
from synthseed.dbt.seed_types import type_of
from synthseed.dbt.settled import Settled, settle, whole
from synthseed.dbt.types import TIMES, kind_of
from synthseed.schema import Check, Column, ForeignKey, Schema, Table, Type, Unique

DEFAULT_SCHEMAS = {"postgres": "public", "redshift": "public", "duckdb": "main"}
DIALECTS = {"postgres": "postgresql", "redshift": "postgresql"}
OPTIONAL = re.compile(
    r"(delet|cancel|clos|end(s|ed)?_|_end$|expir|refund|void|fail|complet|deliver|ship(ped)?_|paid_at|resolv|archiv|last_(seen|login)"
    r"|note|comment|descri|remark|memo|middle|suffix|prefix|line_?2|address_?2|referr|utm|campaign|discount|coupon|promo|fax|error|reason"
    r"|parent|gift|delinquent|metadata|optional|secondary|alternat|^old_|previous)"
)
COMPARABLE = ("text", "integer", "numeric")
MOST = 1_000  # values of a seed's key that are taken over


@dataclass(frozen=True)
class Described:
    """Hold the schema of a project's sources, and how to find a fact again.

    Attributes:
        tables: `Table.key` by source id, of the sources that are filled.
        names: Column as the warehouse spells it, by cell.
        types: How each column's type was settled.
        domains: Key domains.
        left: Why a source is not filled, by id.
        choices: Values of the parent's key, where that is a real seed, by cell.
        followed: Keys that another key of their row tells; they are no foreign keys of their own.
    """

    schema: Schema
    tables: Mapping[str, str]
    names: Mapping[Cell, str]
    types: Mapping[Cell, Settled]
    domains: tuple[Domain, ...]
    left: Mapping[str, str]
    choices: Mapping[Cell, tuple[str, ...]] = field(default_factory=dict)
    followed: Mapping[Cell, Followed] = field(default_factory=dict)

    def parsed_schema(self) -> Schema:
        """Return the schema with the types that models read texts as, in place of the texts."""
        parsed = {
            (self.tables[cell.relation], self.names[cell]): type_of(one.parsed)
            for cell, one in self.types.items()
            if one.kind == "text" and one.parsed not in ("", "json") and cell.relation in self.tables
        }
        tables = tuple(
            replace(table, columns=tuple(replace(c, type=parsed.get((table.key, c.name), c.type)) for c in table.columns))
            for table in self.schema.tables
        )
        return replace(self.schema, tables=tables)

    def where(self, cell: Cell) -> str:
        """Return `table.column` of a cell."""
        return f"{self.tables.get(cell.relation, cell.relation)}.{self.names.get(cell, cell.column)}"


def left_alone(manifest: Manifest) -> dict[str, str]:
    """Return the sources that are not filled, with the reason: those that dbt makes itself, and those that a plug-in serves.

    Of several sources with one relation the last is filled: it is the one that SQL is mapped to by name.
    """
    made = {plain(node.relation): node.kind for node in manifest.nodes.values() if node.relation}
    same = {plain(source.relation): source for source in manifest.sources.values() if source.relation and not source.location}
    found = {}
    for source in manifest.sources.values():
        kind = made.get(plain(source.relation or ""))
        if kind:
            found[source.id] = f"is also a {kind} of the project, which dbt fills"
        elif source.plugin:
            found[source.id] = f"is served by the dbt-duckdb plug-in {source.plugin}"
        elif (other := same.get(plain(source.relation or ""), source)) is not source:
            found[source.id] = f"is the same relation as {other.label}, which is filled"
    return found


def describe(
    manifest: Manifest,
    lineage: Lineage,
    facts: Facts,
    *,
    standing: Mapping[str, Table] | None = None,
    seeds: Mapping[str, Mapping[str, tuple[str, ...]]] | None = None,
) -> Described:
    """Return the schema of a project's sources.

    Args:
        standing: Tables that are there already, by source id: their columns and types are the strongest word.
        seeds: Values of the columns of real seeds, by id and column in small letters.
    """
    maker = _Maker(manifest, lineage, facts, standing or {}, seeds or {})
    return maker.made()


class _Maker:
    def __init__(
        self,
        manifest: Manifest,
        lineage: Lineage,
        facts: Facts,
        standing: Mapping[str, Table],
        seeds: Mapping[str, Mapping[str, tuple[str, ...]]],
    ) -> None:
        self.manifest, self.lineage, self.facts, self.standing, self.seeds = manifest, lineage, facts, standing, seeds
        self.adapter = manifest.adapter
        self.left = left_alone(manifest)
        self.sources = {key: source for key, source in manifest.sources.items() if key not in self.left}
        self.tables = _keys(self.sources.values(), DEFAULT_SCHEMAS.get(self.adapter, "public"))
        self.cells = {key: self._cells(source) for key, source in self.sources.items()}
        self.found: tuple[Domain, ...] = ()
        self.followed: Mapping[Cell, Followed] = {}
        self.circular: Collection[Cell] = ()
        self.names = {cell: name for source in self.sources.values() for cell, name in self._names(source).items()}

    def made(self) -> Described:
        self._declared()
        known = [cell for cells in self.cells.values() for cell in cells]
        keyed = {Cell(fact.relation, fact.columns[0]) for fact in self.facts.keys if len(fact.columns) == 1}
        self._by_name(keyed)
        links = [link for link in self.facts.links if self._filled(link.left) and self._filled(link.right)]
        self.facts.links[:] = links
        seeds = {key for key, node in self.manifest.nodes.items() if node.kind == "seed"}
        found = tuple(domains(self.facts, seeds, keyed | lists(links, set(known))))
        self.found = found
        self.circular = circular(found)
        keys = {Cell(fact.relation, name) for fact in self.facts.keys for name in fact.columns}
        self.followed = {cell: one for cell, one in followed(self.facts, found, self.sources).items() if cell not in keys}
        self._seed_types(found)
        cells = [*known, *_seed_cells(found, seeds)]
        same = [*(domain.cells for domain in found), *self.facts.peers]
        types = settle(cells, self.facts.columns, same, self.adapter, self.names)
        types.update(whole(types, [domain.cells for domain in found if domain.parent is not None], self.adapter))
        choices = self._choices(found, seeds)
        tables = tuple(self._table(source, types, found, choices) for source in self.sources.values())
        default = DEFAULT_SCHEMAS.get(self.adapter, "public")
        schema = Schema(tables, DIALECTS.get(self.adapter, self.adapter), default_schema=default)
        return Described(schema, self.tables, self.names, types, found, self.left, choices, self.followed)

    def _filled(self, cell: Cell) -> bool:
        return cell.relation in self.sources or cell.relation in self.manifest.nodes

    # ------------------------------------------------------------------------------------------ columns
    def _cells(self, source: Source) -> list[Cell]:
        stands = self.standing.get(source.id)
        names = dict.fromkeys([column.name.lower() for column in stands.columns] if stands else ())
        names.update(dict.fromkeys(self.lineage.rows[source.id].columns))
        names.update(dict.fromkeys(cell.column for cell in self.facts.columns if cell.relation == source.id))
        names.update(dict.fromkeys([source.loaded_column.strip('"').lower()]))
        sure = {one.name.lower() for one in source.columns} | {one.name.lower() for one in (stands.columns if stands else ())}
        cells = [Cell(source.id, name) for name in names if name and not name.startswith("_dbt_source")]
        return [cell for cell in cells if cell not in self.facts.renamed or cell.column in sure]

    def _names(self, source: Source) -> dict[Cell, str]:
        """Return how each column is spelled: as it stands, as SQL quotes it, as it is documented where case is kept."""
        stands = {column.name.lower(): column.name for column in self.standing[source.id].columns} if source.id in self.standing else {}
        documented = {one.name.lower(): one.name for one in source.columns} if self.adapter == "duckdb" else {}
        return {
            cell: stands.get(cell.column) or self.lineage.spelled.get(cell) or documented.get(cell.column) or cell.column
            for cell in self.cells[source.id]
        }

    def _declared(self) -> None:
        for source in self.sources.values():
            for one in source.columns:
                column = self.facts.columns[Cell(source.id, one.name.lower())]
                column.described = one.description or column.described
                kind = kind_of(one.data_type) if one.data_type else None
                if kind and one.data_type:
                    column.types.append(TypeFact(kind, Strength.DECLARED, f"data_type in {source.file}", one.data_type))
            if source.loaded_column:
                loaded = self.facts.columns[Cell(source.id, source.loaded_column.lower())]
                loaded.types.append(TypeFact("timestamp", Strength.LITERAL, f"freshness in {source.file}"))
            for standing in self.standing[source.id].columns if source.id in self.standing else ():
                kind = kind_of(standing.type.sql) or "other"
                column = self.facts.columns[Cell(source.id, standing.name.lower())]
                column.types.append(TypeFact(kind, Strength.WAREHOUSE, "the table as it stands", standing.type.sql))

    def _by_name(self, keyed: Collection[Cell]) -> None:
        """Link `customer_id` with the key of the table `customers` (`id`, or that name) of its source, where nothing else says it."""
        linked = {cell for link in self.facts.links for cell in (link.left, link.right)}
        for source in self.sources.values():
            for cell in self.cells[source.id]:
                stem = cell.column.removesuffix("_id")
                if stem == cell.column or cell in linked or cell in keyed:
                    continue
                target = next((t for t in self.sources.values() if t.source == source.source and _called(t, stem)), None)
                keys = [Cell(target.id, name) for name in ("id", cell.column)] if target is not None and target.id != source.id else []
                for key in [key for key in keys if key in self.cells[key.relation]][:1]:
                    self.facts.links.append(Link(cell, key, "its name", directed=True))

    def _seed_types(self, found: tuple[Domain, ...]) -> None:
        """Let the values of a real seed tell the type of its key."""
        import pyarrow as pa

        from synthseed.dbt.seed_types import inferred

        for domain in found:
            for cell in domain.cells:
                values = self.seeds.get(cell.relation, {}).get(cell.column)
                node = self.manifest.nodes.get(cell.relation)
                if not values or node is None:
                    continue
                config = node.config.get("column_types") or {}
                written = next((sql for name, sql in config.items() if name.lower() == cell.column), None)
                told = written or (inferred(pa.array(list(values))) or ("text", ""))[0]
                kind = kind_of(str(told)) or "text"
                self.facts.columns[cell].types.append(TypeFact(kind, Strength.DECLARED, f"the seed {node.name}", ""))

    def _choices(self, found: tuple[Domain, ...], seeds: Collection[str]) -> dict[Cell, tuple[str, ...]]:
        """Return the keys of the real seed that a column points at."""
        choices = {}
        for domain in found:
            if domain.parent is None or domain.parent.relation not in seeds:
                continue
            values = tuple(dict.fromkeys(self.seeds.get(domain.parent.relation, {}).get(domain.parent.column, ())))[:MOST]
            choices.update({cell: values for cell in domain.cells if cell.relation in self.sources and values})
        return choices

    # ------------------------------------------------------------------------------------------ one table
    def _table(
        self, source: Source, types: Mapping[Cell, Settled], found: tuple[Domain, ...], choices: Mapping[Cell, tuple[str, ...]]
    ) -> Table:
        stands = self.standing.get(source.id)
        required = self._required(source, found)
        columns = tuple(self._column(cell, types[cell], cell in required) for cell in self.cells[source.id])
        mirrored = self._mirrored(source, found, required)
        primary, uniques = self._uniques(source, found, mirrored, types)
        key = self.tables[source.id]
        schema, name = (source.schema, source.identifier) if "." in key and key != source.identifier else (None, source.identifier)
        return Table(
            name=name,
            schema=schema,
            columns=tuple(
                Column(one.name, one.type, nullable=False, comment=one.comment) if primary and one.name in primary.columns else one
                for one in columns
            ),
            primary_key=primary,
            uniques=uniques,
            foreign_keys=self._foreign_keys(source, found, mirrored),
            checks=(*self._checks(source, types, choices), *(stands.checks if stands else ())),
            comment=source.description or None,
        )

    def _column(self, cell: Cell, settled: Settled, required: bool) -> Column:
        facts = self.facts.columns.get(cell) or ColumnFacts()
        standing = self.standing[cell.relation].by_name.get(self.names[cell]) if cell.relation in self.standing else None
        type_ = standing.type if standing is not None else _typed(settled, self.adapter)
        nullable = not required and (standing is None or standing.nullable) and self._optional(cell, facts)
        return Column(self.names[cell], type_, nullable=nullable, comment=facts.described or None)

    def _optional(self, cell: Cell, facts: ColumnFacts) -> bool:
        """Return whether a column may be NULL: a filter looks for that, its name says so, or it leads back to its own table.

        Nothing of a project says which columns are always there; most of a source's are.
        """
        own = any(cell in domain.cells and domain.parent and domain.parent.relation == cell.relation for domain in self.found)
        return None in facts.wanted or own or cell in self.circular or OPTIONAL.search(self.names[cell].lower()) is not None

    def _required(self, source: Source, found: tuple[Domain, ...]) -> set[Cell]:
        total = {cell for domain in found for cell in domain.total}
        required = {cell for cell in self.cells[source.id] if self.facts.columns[cell].not_null or cell in total}
        required |= {cell for cell in self.cells[source.id] if None in self.facts.columns[cell].refused}
        summed = {name for rule in self.facts.rules if rule.relation == source.id and identities.solved(rule.text) for name in rule.columns}
        required |= {cell for cell in self.cells[source.id] if cell.column in summed}  # NULL in one of them, and sums over them differ
        required |= {cell for cell in self.cells[source.id] if cell.column == source.loaded_column.lower()}
        return required

    def _mirrored(self, source: Source, found: tuple[Domain, ...], required: Collection[Cell]) -> set[Cell]:
        """Return the columns that hold keys of their own table in every row, or each once: the row's own, for there is no first row."""
        keyed = set(required) | {
            Cell(source.id, key.columns[0]) for key in self.facts.keys if key.relation == source.id and len(key.columns) == 1
        }
        parents = [(domain.parent, domain.cells) for domain in found if domain.parent is not None and domain.parent.relation == source.id]
        return {cell for parent, cells in parents for cell in cells if cell.relation == source.id and cell != parent and cell in keyed}

    def _uniques(
        self, source: Source, found: tuple[Domain, ...], mirrored: Collection[Cell], types: Mapping[Cell, Settled]
    ) -> tuple[Unique | None, tuple[Unique, ...]]:
        parents = {domain.parent for domain in found if domain.parent is not None and domain.parent.relation == source.id}
        keys = {self._at_its_time(fact.columns, source, types): fact.where for fact in self.facts.keys if fact.relation == source.id}
        keys = {columns: where for columns, where in keys.items() if not {Cell(source.id, one) for one in columns} & set(mirrored)}
        for cell in parents:
            keys.setdefault((cell.column,), "keys point at it")
        own = Cell(source.id, "id")
        if own in self.cells[source.id] and not any("id" in columns for columns in keys):
            keys.setdefault(("id",), "its name")
        smallest = [columns for columns in keys if not any(set(other) < set(columns) for other in keys)]
        known = {cell.column for cell in self.cells[source.id]}
        named = [tuple(self.names[Cell(source.id, one)] for one in columns) for columns in smallest if set(columns) <= known]
        if not named:
            return None, ()
        best = max(named, key=lambda columns: (len(columns) == 1, columns[0].lower() == "id", len(columns[0]) < 12))
        return Unique(best, primary=True), tuple(Unique(columns) for columns in named if columns != best)

    def _at_its_time(self, columns: tuple[str, ...], source: Source, types: Mapping[Cell, Settled]) -> tuple[str, ...]:
        """Return a history's key without the names that come again in it, (item, name, at): two changes of an item have two moments."""
        cells = [Cell(source.id, one) for one in columns]
        again = {cell for cell in cells if self.facts.columns[cell].repeats and cell in types and types[cell].kind == "text"}
        again -= {cell for domain in self.found for cell in domain.cells}
        kept = [cell for cell in cells if cell not in again]
        timed = any(cell in types and types[cell].kind in TIMES for cell in kept)
        return tuple(cell.column for cell in kept) if timed and len(kept) > 1 else columns

    def _foreign_keys(self, source: Source, found: tuple[Domain, ...], mirrored: Collection[Cell]) -> tuple[ForeignKey, ...]:
        keys = []
        for domain in found:
            parent = domain.parent
            if parent is None or parent.relation not in self.sources:
                continue
            own = sorted((cell for cell in domain.cells if cell.relation == source.id and cell != parent), key=lambda one: one.column)
            own = [cell for cell in own if cell not in self.followed and (parent.relation != source.id or cell not in mirrored)]
            keys += [ForeignKey((self.names[cell],), self.tables[parent.relation], (self.names[parent],)) for cell in own]
        return tuple(keys)

    # ------------------------------------------------------------------------------------------ checks
    def _checks(self, source: Source, types: Mapping[Cell, Settled], choices: Mapping[Cell, tuple[str, ...]]) -> tuple[Check, ...]:
        found = {}
        for cell in self.cells[source.id]:
            values = choices.get(cell) or self.vocabulary(cell, types[cell])
            if values:
                found[self.names[cell]] = _among(self.names[cell], types[cell].kind, values)
        rules: dict[object, Check] = {}
        for rule in self.facts.rules:
            if rule.relation == source.id and all(Cell(source.id, name) in self.names for name in rule.columns):
                sum_ = identities.solved(rule.text)
                text = self._spelled(source.id, identities.written(*sum_) if sum_ else rule.text, rule.columns)
                same = (frozenset(rule.columns), " = " in rule.text) if " = " in rule.text and len(rule.columns) > 1 else text
                rules.setdefault(same, Check(text, tuple(self.names[Cell(source.id, name)] for name in rule.columns)))
        return (*found.values(), *rules.values())

    def vocabulary(self, cell: Cell, settled: Settled) -> tuple[str, ...]:
        """Return the values of a column that tests accept, or that models tell apart."""
        facts = self.facts.columns.get(cell)
        if facts is None or settled.kind not in COMPARABLE or settled.parsed not in ("", "integer"):
            return ()
        if facts.accepted:
            return tuple(facts.accepted)
        if facts.unique:
            return ()
        linked = any(cell in (link.left, link.right) for link in self.facts.links)
        seen = dict.fromkeys([*facts.seen, *(text for text in facts.wanted if text), *(text for text in facts.refused if text)])
        least = 2 if settled.kind == "text" else 3
        return tuple(seen) if len(seen) >= least and not linked else ()

    def _spelled(self, relation: str, text: str, names: tuple[str, ...]) -> str:
        for name in names:
            text = text.replace(f'"{name}"', _quoted(self.names[Cell(relation, name)]))
        return text


def _typed(settled: Settled, adapter: str) -> Type:
    return type_of(settled.sql, adapter)


def _seed_cells(found: tuple[Domain, ...], seeds: Collection[str]) -> list[Cell]:
    return [cell for domain in found for cell in domain.cells if cell.relation in seeds]


def _called(source: Source, stem: str) -> bool:
    name = source.name.lower().removeprefix("raw_")
    return name in (stem, f"{stem}s", f"{stem}es", f"{stem[:-1]}ies" if stem.endswith("y") else stem)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _among(name: str, kind: str, values: tuple[str, ...]) -> Check:
    texts = [value if kind in ("integer", "numeric") else "'" + value.replace("'", "''") + "'" for value in values]
    return Check(f"{_quoted(name)} IN ({', '.join(texts)})", (name,))


def _keys(sources: Collection[Source], default: str) -> dict[str, str]:
    """Return the key of each source's table."""
    return {one.id: one.identifier if one.schema == default else f"{one.schema}.{one.identifier}" for one in sources}
