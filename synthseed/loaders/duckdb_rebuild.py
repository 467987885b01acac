"""Take rows out of DuckDB tables in one transaction with what follows.

DuckDB keeps a parent's row while an older row of a child names it, even one that was deleted in the same transaction
(duckdb.org/docs/stable/sql/indexes, "Over-Eager Constraint Checking"), and in one DELETE it looks at each row of a table
that refers to itself. So tables with a key between them are made again from their own definition, with the rows that
stay, and the catalogue is compared with what it was.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from synthseed.errors import LoadError
from synthseed.loaders.duckdb_names import bare_references, index_ddl, named, placed, table_ddl
from synthseed.loaders.duckdb_refusals import told
from synthseed.loaders.sql_names import quoted
from synthseed.schema import ForeignKey, Schema, Table

GONE = "synthseed_gone"  # what the keys of rows that go are called while they are read


@dataclass(frozen=True, slots=True)
class Out:
    """Say which rows of a table go: all, or those of these keys.

    Attributes:
        columns: Columns of the key; none where all rows go.
        keys: Keys of the rows that go, as DuckDB writes them as text.
    """

    columns: tuple[str, ...] = ()
    keys: Sequence[tuple[str | None, ...]] = ()


def take_out(driver: Any, schema: Schema, out: Mapping[str, Out]) -> None:
    """Take rows out of tables.

    Raises:
        LoadError: Rows that stay refer to rows that go, or a table would not come back as it was; the caller rolls back.
    """
    holding = [key for key in out if _holds_rows(driver, schema.table(key))]
    again = _with_children(schema, [key for key in holding if _children(schema, key)])
    for key in holding:
        if key not in again:
            with told(key):
                _delete(driver, schema.table(key), out[key])
    if again:
        _rebuild(driver, schema, again, out)


def first(driver: Any, statement: str, parameters: Sequence[Any] = ()) -> Any:
    """Return the first value of a statement; all rows are fetched, for DuckDB 2 refuses much while it holds some."""
    return driver.execute(statement, list(parameters)).fetchall()[0][0]


def _holds_rows(driver: Any, table: Table) -> bool:
    with told(table.key):
        return bool(first(driver, f"select exists (from {named(driver, table)})"))


def _children(schema: Schema, key: str) -> list[str]:
    return [table.key for table in schema.tables if any(foreign.parent == key for foreign in table.foreign_keys)]


def _with_children(schema: Schema, keys: Iterable[str]) -> list[str]:
    """Return tables and all that refer to them, parents first; a table cannot be dropped while another refers to it."""
    found, todo = set[str](), list(keys)
    while todo:
        key = todo.pop()
        if key not in found:
            found.add(key)
            todo += _children(schema, key)
    ordered: list[str] = []
    while len(ordered) < len(found):  # a key of DuckDB is made with its table: there are no circles but of one table
        ordered += [
            key
            for key in sorted(found - set(ordered))
            if all(one.parent in (key, *ordered) or one.parent not in found for one in schema.table(key).foreign_keys)
        ]
    return ordered


def _delete(driver: Any, table: Table, out: Out) -> None:
    where = ""
    if out.columns:
        _register(driver, out)
        where = f" where {_goes(driver, table, out)}"
    driver.execute(f"delete from {named(driver, table)}{where}")
    if out.columns:
        driver.unregister(GONE)


def _register(driver: Any, out: Out) -> None:
    columns = [pa.array(column, pa.string()) for column in zip(*out.keys, strict=True)] or [pa.array([], pa.string()) for _ in out.columns]
    driver.register(GONE, pa.RecordBatch.from_arrays(columns, names=[f"c{at}" for at in range(len(out.columns))]))


def _goes(driver: Any, table: Table, out: Out) -> str:
    whole = named(driver, table)
    same = [f"{whole}.{quoted(name)} = cast(g.c{at} as {table.column(name).type.sql})" for at, name in enumerate(out.columns)]
    return f"exists (from {GONE} g where {' and '.join(same)})"


# ---------------------------------------------------------------------------------------------- made again
def _rebuild(driver: Any, schema: Schema, keys: Sequence[str], out: Mapping[str, Out]) -> None:
    tables = [schema.table(key) for key in keys]
    with told():
        before = _catalogue(driver, tables)
        made = {table.key: _statements(driver, table) for table in tables}
        kept = {table.key: f"synthseed_kept_{at}" for at, table in enumerate(tables) if out.get(table.key) != Out()}
        for table in reversed(tables):
            if table.key in kept:
                _keep(driver, table, kept[table.key], out.get(table.key))
            driver.execute(f"drop table {named(driver, table)}")
    for table in tables:
        with told(table.key):
            for statement in made[table.key]:
                driver.execute(statement)
            if table.key in kept:
                _put_back(driver, table, kept[table.key])
    with told():
        if changed := sorted(before ^ _catalogue(driver, tables)):
            raise LoadError(
                f"{changed[0][1]}: {changed[0][0]} {changed[0][2]} would not come back as it was; nothing was taken out. "
                "Delete the rows yourself, children first, with a commit after each table"
            )


def _keep(driver: Any, table: Table, name: str, out: Out | None) -> None:
    """Copy the rows that stay."""
    columns = ", ".join(quoted(column.name) for column in table.columns if column.generated is None)
    where = ""
    if out is not None:
        _register(driver, out)
        where = f" where not {_goes(driver, table, out)}"
    driver.execute(f"create temp table {name} as select {columns} from {named(driver, table)}{where}")
    if out is not None:
        driver.unregister(GONE)


def _put_back(driver: Any, table: Table, name: str) -> None:
    """Insert the rows that stay; of a table that refers to itself, those first whose parents are there."""
    columns = ", ".join(quoted(column.name) for column in table.columns if column.generated is None)
    own = [key for key in table.foreign_keys if key.parent == table.key]
    whole = named(driver, table)
    ready = " and ".join(_ready(whole, key) for key in own) or "true"
    left = int(first(driver, f"select count(*) from {name}"))
    while left:
        driver.execute(f"create temp table {name}_now as select rowid as row_now, * from {name} k where {ready}")
        count = int(first(driver, f"insert into {whole} ({columns}) select {columns} from {name}_now"))
        driver.execute(f"delete from {name} where rowid in (select row_now from {name}_now)")
        driver.execute(f"drop table {name}_now")
        if not count:
            raise LoadError(f"{table.key}: rows that are not ours refer to rows that are to go; nothing was taken out")
        left -= count
    driver.execute(f"drop table {name}")


def _ready(whole: str, key: ForeignKey) -> str:
    missing = [f"k.{quoted(name)} is null" for name in key.columns]
    same = [f"p.{quoted(above)} = k.{quoted(name)}" for name, above in zip(key.columns, key.parent_columns, strict=True)]
    return f"({' or '.join(missing)} or exists (from {whole} p where {' and '.join(same)}))"


# ---------------------------------------------------------------------------------------------- definitions
OF_TABLE = "database_name = current_database() and schema_name = ? and table_name = ?"


def _statements(driver: Any, table: Table) -> list[str]:
    """Return what makes a table again: itself, its indexes, its comments."""
    place, name = [table.schema or "main", table.name], named(driver, table)
    sql, comment = driver.execute(f"select sql, comment from duckdb_tables() where {OF_TABLE} and not temporary", place).fetchall()[0]
    indexes = driver.execute(
        f"select index_name, sql, comment from duckdb_indexes() where {OF_TABLE} and sql is not null order by index_oid", place
    ).fetchall()
    columns = driver.execute(
        f"select column_name, comment from duckdb_columns() where {OF_TABLE} and comment is not null order by column_index", place
    ).fetchall()
    found = [table_ddl(driver, _whole(sql, table), table.schema)]
    found += [index_ddl(driver, text, table.schema) for _, text, _ in indexes]
    found += [f"comment on table {name} is {_text(comment)}"] if comment is not None else []
    found += [f"comment on column {name}.{quoted(column)} is {_text(told)}" for column, told in columns]
    schema = placed(driver, table.schema)
    return found + [f"comment on index {schema}.{quoted(index)} is {_text(told)}" for index, _, told in indexes if told is not None]


def _whole(sql: str, table: Table) -> str:
    """Return a CREATE TABLE whose keys name their parents as SQL reads them.

    DuckDB 1 writes a parent's name without its quotes, and nothing between two commas for a key to the table itself
    (1.4.5 and 1.5.6).
    """
    for key in table.foreign_keys:
        sql = sql.replace(f") REFERENCES {key.parent}(", f") REFERENCES {_parent(table, key)}(")
    if sql.count("FOREIGN KEY (") >= len(table.foreign_keys):
        return sql
    for key in table.foreign_keys:
        if key.parent == table.key:
            columns, above = (", ".join(map(quoted, names)) for names in (key.columns, key.parent_columns))
            clause = f", FOREIGN KEY ({columns}) REFERENCES {_parent(table, key)}({above})"
            at = re.search(r",\s*(?=[,)])", sql)
            sql = sql if at is None else sql[: at.start()] + clause + sql[at.end() :]
    return sql


def _parent(table: Table, key: ForeignKey) -> str:
    # A key into another schema is refused by DuckDB. DuckDB 1 looks for the parent of a key to the table itself, while rows
    # come, in the schema that is in use, if none is said; that of another key it shows with `main`, if it is said.
    if key.parent == table.key:
        return f"{quoted(table.schema or 'main')}.{quoted(table.name)}"
    if table.schema is None:
        return quoted(key.parent)
    return f"{quoted(table.schema)}.{quoted(key.parent.removeprefix(f'{table.schema}.'))}"


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


SNAPSHOT = (
    f"select 'table', table_name, '', concat_ws(' | ', sql, comment, tags) from duckdb_tables() where {OF_TABLE} and not temporary",
    f"select 'column', table_name, column_name, concat_ws(' | ', column_index, data_type, column_default, is_nullable, comment) "
    f"from duckdb_columns() where {OF_TABLE}",
    f"select 'constraint', table_name, constraint_name, constraint_text from duckdb_constraints() where {OF_TABLE}",
    f"select 'index', table_name, index_name, concat_ws(' | ', sql, comment, tags) from duckdb_indexes() where {OF_TABLE}",
)


def _catalogue(driver: Any, tables: Iterable[Table]) -> set[tuple[str, ...]]:
    """Return all that the catalogue says of these tables."""
    places = [[table.schema or "main", table.name] for table in tables]
    found = [row for place in places for query in SNAPSHOT for row in driver.execute(query, place).fetchall()]
    return {(*row[:-1], bare_references(row[-1])) for row in found}
