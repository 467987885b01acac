"""Put rows into the relations of seeds by the bulk path, so that `ref` finds them: what `dbt seed` does, without a CSV.

A relation's comment says what we wrote. Where it holds another number of rows, somebody else wrote some, and it is refused.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from synthseed.errors import ConfigurationError, Guarded, LoadError
from synthseed.loaders.sql_names import quoted
from synthseed.report.progress import Progress
from synthseed.verbs.fill import written

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.chunk import Chunk
    from synthseed.dbt.seeds import Seed
    from synthseed.engine.program import Program
    from synthseed.loaders.work import Loader, Work
    from synthseed.schema import Schema

MARK = re.compile(r"synthseed dbt seeds: (\d+) rows\b")
DIALECTS = ("postgresql", "duckdb")
KIND = """
select table_type from information_schema.tables
where table_schema = :space and table_name = :name and table_catalog = current_database()"""
SPACE = "select count(*) from information_schema.schemata where schema_name = :space and catalog_name = current_database()"
COMMENT = {
    "postgresql": "select obj_description(c.oid, 'pg_class') from pg_class c join pg_namespace n on n.oid = c.relnamespace "
    "where n.nspname = :space and c.relname = :name",
    "duckdb": "select comment from duckdb_tables() "
    "where database_name = current_database() and schema_name = :space and table_name = :name",
}
TYPES = {
    "postgresql": "select a.attname, format_type(a.atttypid, a.atttypmod) from pg_attribute a "
    "where a.attrelid = cast(:whole as regclass) and a.attnum > 0 and not a.attisdropped order by a.attnum",
    "duckdb": "select column_name, data_type from duckdb_columns() where schema_name = :space and table_name = :name "
    "and (database_name = current_database() or database_name = 'temp') order by column_index",
}
WANTED = "synthseed_wanted_columns"  # a temporary table that says how the database itself spells the types


@dataclass(frozen=True)
class Place:
    """Hold a seed's relation as it stands.

    Attributes:
        there: True where it is a table already.
        rows: Rows that it holds.
        ours: True where all of them are ours.
    """

    seed: Seed
    there: bool = False
    rows: int = 0
    ours: bool = False

    @property
    def shown(self) -> str:
        """Return the relation's name as a person is told it."""
        return ".".join(map(quoted, (self.seed.node.schema, self.seed.node.alias)))

    @property
    def at(self) -> dict[str, str]:
        """Return schema and name, for a query of the catalogue."""
        return {"space": self.seed.node.schema, "name": self.seed.node.alias}


def _schema(connection: Connection, name: str) -> str:
    """Return a schema's quoted name as statements need it: on DuckDB it stands behind the database, which may be called alike."""
    from sqlalchemy import quoted_name

    return connection.dialect.identifier_preparer.quote_schema(quoted_name(name, True))


def relation(connection: Connection, place: Place) -> str:
    """Return a relation's quoted name as statements need it."""
    quote = connection.dialect.identifier_preparer.quote_identifier
    return f"{_schema(connection, place.seed.node.schema)}.{quote(place.seed.node.alias)}"


# ---------------------------------------------------------------------------------------------- what stands
def places(connection: Connection, seeds: Sequence[Seed], *, truncate: bool) -> dict[str, Place]:
    """Look at the relations of seeds; nothing is changed.

    Raises:
        Guarded: One holds rows that are not ours, and they are not to be replaced.
        ConfigurationError: It is no table, or stands in another database.
    """
    if connection.dialect.name not in DIALECTS:
        raise ConfigurationError(
            f"{connection.dialect.name}: seeds are loaded into DuckDB and PostgreSQL; write files for any other warehouse with --out DIR"
        )
    found = {seed.name: _place(connection, seed) for seed in seeds}
    foreign = [place for place in found.values() if place.rows and not place.ours]
    if foreign and not truncate:
        names = ", ".join(f"{place.shown} ({place.rows:,} rows)" for place in foreign[:5])
        raise Guarded(
            f"{names}: found rows that synthseed did not write (`dbt seed` did, or somebody else); expected none, or ours; "
            "--truncate replaces them"
        )
    return found


def _place(connection: Connection, seed: Seed) -> Place:
    import sqlalchemy

    place = Place(seed)
    here = str(connection.exec_driver_sql("select current_database()").scalar_one())
    if seed.node.database and seed.node.database.casefold() != here.casefold():
        raise ConfigurationError(
            f"seed {seed.name}: its relation is in database {seed.node.database}, and the target's is {here}; expected the same; "
            "take `database:` out of its configuration, or write files with --out DIR"
        )
    kind = connection.execute(sqlalchemy.text(KIND), place.at).scalar()
    if kind is None:
        return place
    if kind != "BASE TABLE":
        raise ConfigurationError(f"{place.shown}: found a {str(kind).lower()}; expected a table, or nothing; drop it, or rename the seed")
    rows = int(connection.exec_driver_sql(f"select count(*) from {relation(connection, place)}").scalar_one())
    comment = str(connection.execute(sqlalchemy.text(COMMENT[connection.dialect.name]), place.at).scalar() or "")
    mark = MARK.search(comment)
    return replace(place, there=True, rows=rows, ours=mark is not None and int(mark[1]) == rows)


# ---------------------------------------------------------------------------------------------- relations
@contextlib.contextmanager
def made(connection: Connection, found: Mapping[str, Place]) -> Iterator[None]:
    """Make the relations that are missing, with the types of their columns; those made are dropped again after an error.

    A table with other columns is made anew where nothing but rows of ours goes with it.

    Raises:
        LoadError: The database refuses a type, or a table with other columns cannot be replaced.
    """
    import sqlalchemy

    with _told("the relations of the seeds"):
        for space in dict.fromkeys(place.seed.node.schema for place in found.values()):
            if not connection.execute(sqlalchemy.text(SPACE), {"space": space}).scalar():
                connection.exec_driver_sql(f"create schema {_schema(connection, space)}")
    fresh = [place for place in found.values() if not place.there]
    for place in found.values():
        with _told(f"seed {place.seed.name}"):
            _make(connection, place)
    connection.commit()
    try:
        yield
    except BaseException:
        with contextlib.suppress(Exception):  # a lost connection leaves empty tables behind, which the next run takes
            connection.rollback()
            for place in fresh:
                connection.exec_driver_sql(f"drop table if exists {relation(connection, place)}")
            connection.commit()
        raise


def _make(connection: Connection, place: Place) -> None:
    columns = ", ".join(f"{quoted(_name(connection, place.seed, one.name))} {one.sql}" for one in place.seed.columns)
    if place.there:
        stands = _types(connection, place.at | {"whole": place.shown})
        connection.exec_driver_sql(f"create temporary table {WANTED} ({columns})")
        wanted = _types(connection, {"space": "main", "name": WANTED, "whole": WANTED})
        connection.exec_driver_sql(f"drop table {WANTED}")
        if stands == wanted:
            return
        if place.rows and not place.ours:
            raise LoadError(f"{place.shown}: found {_columns(stands)}; expected {_columns(wanted)}; drop it, and run this again")
        _drop(connection, place)
    connection.exec_driver_sql(f"create table {relation(connection, place)} ({columns})")


def _drop(connection: Connection, place: Place) -> None:
    from sqlalchemy.exc import DBAPIError

    try:
        connection.exec_driver_sql(f"drop table {relation(connection, place)}")
    except DBAPIError:
        raise LoadError(
            f"{place.shown}: its columns have other types than the seed's now, and something stands on it, so that it cannot be made anew; "
            f"expected no view on it; `dbt seed --full-refresh --select {place.seed.node.name}` drops both, then run this again"
        ) from None


def _types(connection: Connection, at: Mapping[str, str]) -> list[tuple[str, str]]:
    import sqlalchemy

    statement = sqlalchemy.text(TYPES[connection.dialect.name])
    names = {one: value for one, value in at.items() if f":{one}" in str(statement)}
    return [(str(name), str(sql)) for name, sql in connection.execute(statement, names)]


def _columns(found: Sequence[tuple[str, str]]) -> str:
    return ", ".join(f"{name} {sql}" for name, sql in found)


def _name(connection: Connection, seed: Seed, name: str) -> str:
    """Return a column's name as the database keeps it: PostgreSQL folds one that dbt does not quote."""
    return name.lower() if connection.dialect.name == "postgresql" and not seed.quoted else name


@contextlib.contextmanager
def _told(where: str) -> Iterator[None]:
    from sqlalchemy.exc import DBAPIError

    try:
        yield
    except DBAPIError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise LoadError(f"{where}: the database refuses to make it: {first}; correct its types in `column_types`, or the rights") from None


# ---------------------------------------------------------------------------------------------- rows
def load(
    connection: Connection,
    found: Mapping[str, Place],
    schema: Schema,
    program: Program,
    rows: Mapping[str, int],
    told: str,
    progress: Progress,
) -> dict[str, float]:
    """Replace the rows of all relations in one transaction; return the seconds spent per seed.

    Args:
        rows: Rows per seed.
        told: What the comment of a relation says behind the number of its rows.
    """
    from synthseed.loaders import open_loader

    with made(connection, found):
        work = _work(connection, found, schema, program, rows)
        with open_loader(connection, work) as loader:
            renamed = _Renamed(loader, connection, {name: found[name] for name in found})
            for name, place in found.items():
                mark = f"synthseed dbt seeds: {rows.get(name, 0)} rows, {told}".replace("'", "''")
                connection.exec_driver_sql(f"comment on table {relation(connection, place)} is '{mark}'")
            return written(renamed, program, rows, progress)


def _work(connection: Connection, found: Mapping[str, Place], schema: Schema, program: Program, rows: Mapping[str, int]) -> Work:
    """Say to the loader what it writes where: relations by the names of the warehouse, without keys, for it has none."""
    from synthseed.loaders import Work
    from synthseed.schema import Schema, Table

    tables = []
    for name, place in found.items():
        columns = tuple(replace(one, name=_name(connection, place.seed, one.name), nullable=True) for one in schema.table(name).columns)
        tables.append(Table(place.seed.node.alias, columns, place.seed.node.schema))
    key = {name: f"{place.seed.node.schema}.{place.seed.node.alias}" for name, place in found.items()}
    return Work(
        schema=Schema(tuple(tables), schema.dialect, default_schema=""),
        tables=tuple(key[name] for name in program.order if rows.get(name, 0)),
        rows={key[name]: count for name, count in rows.items() if name in key},
        columns={key[name]: tuple(_name(connection, found[name].seed, one) for one in program.columns(name)) for name in found},
        truncate=tuple(key[name] for name, place in found.items() if place.there),
    )


class _Renamed:
    """Hand chunks on under the names that the warehouse has; a plan knows a seed by its own, whatever the target."""

    def __init__(self, loader: Loader, connection: Connection, found: Mapping[str, Place]) -> None:
        self.loader = loader
        self.connection = connection
        self.found = found
        self.closed = False

    def write(self, chunk: Chunk, /) -> None:
        """Load the next rows of a seed."""
        place = self.found[chunk.table]
        names = [_name(self.connection, place.seed, name) for name in chunk.data.schema.names]
        self.loader.write(replace(chunk, table=self._key(chunk.table), data=chunk.data.rename_columns(names)))

    def finish(self, table: str, /) -> None:
        """Say that a seed has all its rows."""
        self.loader.finish(self._key(table))

    def close(self) -> None:
        """Leave the commit to whoever opened the loader."""

    def _key(self, name: str) -> str:
        node = self.found[name].seed.node
        return f"{node.schema}.{node.alias}"
