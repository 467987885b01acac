"""Open a project's warehouse, look at what stands there of its sources, and make the tables that are missing."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from synthseed.configuration import Database
from synthseed.errors import ConfigurationError, Guarded, LoadError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.dbt.artifacts import Manifest, Source
    from synthseed.dbt.described import Described
    from synthseed.dbt.profiles import Profile
    from synthseed.editions import Ledger
    from synthseed.schema import Schema, Table


def url_of(profile: Profile) -> str:
    """Return the URL of the warehouse.

    Raises:
        ConfigurationError: It is none that rows are loaded into; `--out` writes files for it.
    """
    from synthseed.dbt.profiles import warehouse_url, why_files

    url = warehouse_url(profile)
    if url is None or profile.adapter not in ("duckdb", "postgres"):
        raise ConfigurationError(why_files(profile))
    return url


@contextlib.contextmanager
def opened(database: Database, *, create: bool) -> Iterator[Connection | None]:
    """Open the warehouse; a DuckDB file that is missing is made, as dbt would make it, or there is no connection."""
    from synthseed import connection
    from synthseed.verbs import target

    path = target.file_path(database.url)
    if path is not None and not path.exists():
        if not create:
            yield None
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        with connection.connect(database.url, create=True) as made:
            made.exec_driver_sql("select 1")
    with target.opened(database) as found:
        yield found


def standing(connection: Connection | None, manifest: Manifest) -> dict[str, Table]:
    """Return the tables that are there, by the id of the source that they are."""
    from synthseed import readers

    if connection is None:
        return {}
    there = _schemas(connection)
    wanted = sorted({source.schema for source in manifest.sources.values()} & there)
    schema = readers.read_schema(connection, schemas=wanted) if wanted else None
    return by_source(manifest, schema) if schema is not None else {}


def by_source(manifest: Manifest, schema: Schema) -> dict[str, Table]:
    """Return the tables of a schema that are sources, by the source's id."""
    tables = {((table.schema or schema.default_schema).lower(), table.name.lower()): table for table in schema.tables}
    found = {}
    for source in manifest.sources.values():
        table = tables.get((source.schema.lower(), source.identifier.lower()))
        if table is not None:
            found[source.id] = table
    return found


def _schemas(connection: Connection) -> set[str]:
    rows = connection.exec_driver_sql("select schema_name from information_schema.schemata where catalog_name = current_database()")
    return {str(row[0]) for row in rows}


def need_ours(connection: Connection, schema: Schema, ledger: Ledger, there: Mapping[str, Table], described: Described) -> None:
    """Refuse sources that hold rows which synthseed did not write.

    Raises:
        Guarded: With their names.
    """
    from synthseed import readers

    stands = tuple(table for key, table in there.items() if key in described.tables)
    held = readers.holds_rows(connection, replace(schema, tables=stands))
    foreign = sorted(key for key, holds in held.items() if holds and not ledger.rows.get(key))
    if foreign:
        names = ", ".join(foreign[:8]) + (", ..." if len(foreign) > 8 else "")
        raise Guarded(
            f"{names}: found rows that synthseed did not write; expected empty sources, or none: these may be a copy of production, and "
            "are left as they are. Name another target by --target, or empty them yourself"
        )


@contextlib.contextmanager
def made(
    connection: Connection, described: Described, manifest: Manifest, there: Mapping[str, Table], *, anew: bool = False
) -> Iterator[tuple[str, ...]]:
    """Make the tables of sources that are missing, and the columns that models read and a table of ours lacks.

    With `anew` a table of ours whose columns have other types now is made again, with what stands on it: dbt builds that again.

    They are dropped again after an error. The value is what was made, for the report.

    Raises:
        LoadError: The warehouse refuses it.
    """
    from sqlalchemy.exc import DBAPIError

    from synthseed.dbt import stubs

    catalog = _catalog(connection)
    other = set(_retyped(described, there)) if anew else set()
    there = {key: table for key, table in there.items() if key not in other}
    fresh = [manifest.sources[key] for key in described.tables if key not in there]
    try:
        for source in (manifest.sources[key] for key in other):
            connection.exec_driver_sql(f"drop table {stubs.place(source, catalog)} cascade")
        for statement in stubs.statements(described, manifest.sources, catalog, there):
            connection.exec_driver_sql(statement)
        for source, name in lacking(described, manifest, there):
            table = described.schema.table(described.tables[source.id])
            connection.exec_driver_sql(stubs.add_column(table.column(name), stubs.place(source, catalog)))
    except DBAPIError as error:
        first = str(error.orig).strip().splitlines()[0]
        raise LoadError(f"the tables of the sources: the warehouse refuses to make them: {first}; look at the user's rights") from None
    connection.commit()
    try:
        yield tuple(described.tables[source.id] for source in fresh)
    except BaseException:
        with contextlib.suppress(Exception):  # a lost connection leaves empty tables behind, which the next run takes
            connection.rollback()
            for source in fresh:
                connection.exec_driver_sql(f"drop table if exists {stubs.place(source, catalog)}")
            connection.commit()
        raise


def _retyped(described: Described, there: Mapping[str, Table]) -> Iterator[str]:
    """Return the sources whose table has a column of another type than is now known."""
    for key, table in there.items():
        if key in described.tables:
            wanted = described.schema.table(described.tables[key]).by_name
            if any(column.name in wanted and wanted[column.name].type.kind is not column.type.kind for column in table.columns):
                yield key


def _catalog(connection: Connection) -> str:
    """Return the database's name where its schemas may be called like it: DuckDB then wants both."""
    return str(connection.exec_driver_sql("select current_database()").scalar_one()) if connection.dialect.name == "duckdb" else ""


def lacking(described: Described, manifest: Manifest, there: Mapping[str, Table]) -> Iterator[tuple[Source, str]]:
    """Return the columns that models read and a table that is there lacks."""
    for key, table in there.items():
        if key in described.tables:
            known = {column.name.lower() for column in table.columns}
            for column in described.schema.table(described.tables[key]).columns:
                if column.name.lower() not in known:
                    yield manifest.sources[key], column.name
