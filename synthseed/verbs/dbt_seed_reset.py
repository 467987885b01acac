"""Take the rows that synthseed wrote out of the relations of seeds; those of others stay, and so do the relations."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from synthseed.errors import LoadError
from synthseed.report.dbt_seeds import SeedDone, SeedsDone
from synthseed.verbs.dbt_seed_load import Place, places, relation
from synthseed.verbs.target import shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.configuration import Database
    from synthseed.dbt.artifacts import Manifest
    from synthseed.dbt.seeds import Seed


def chosen(manifest: Manifest, select: Sequence[str]) -> list[Seed]:
    """Return the seeds that somebody named, or all; no CSV is read.

    Raises:
        ConfigurationError: A name that is no seed.
    """
    from synthseed.dbt.seeds import Seed, nodes, selected

    known = nodes(manifest)
    return [Seed(name, known[name], Path(known[name].file), (), 0) for name in selected(known, select) or known]


def reset(database: Database, seeds: Sequence[Seed], *, dry_run: bool) -> SeedsDone:
    """Empty the relations that hold rows of ours alone, in one transaction.

    Raises:
        LoadError: The database refuses it; nothing was taken out.
    """
    from synthseed.verbs.dbt_warehouse import opened
    from synthseed.verbs.fill import guard

    found: list[Place] = []
    with opened(database, create=False) as connection:
        if connection is not None:
            guard(connection, database)
            found = [place for place in places(connection, seeds, truncate=True).values() if place.rows]
            if not dry_run:
                _take_out(connection, [place for place in found if place.ours])
    stays = tuple(f"{one.shown}: {one.rows:,} rows stay, since synthseed did not write all of them" for one in found if not one.ours)
    taken = tuple(SeedDone(one.seed.name, one.shown, one.rows) for one in found if one.ours)
    return SeedsDone(shown(database), seeds=taken, notes=stays, dry_run=dry_run, reset=True)


def _take_out(connection: Connection, found: Sequence[Place]) -> None:
    from sqlalchemy.exc import DBAPIError

    for place in found:
        try:
            connection.exec_driver_sql(f"delete from {relation(connection, place)}")
            connection.exec_driver_sql(f"comment on table {relation(connection, place)} is null")
        except DBAPIError as error:
            first = str(error.orig).strip().splitlines()[0]
            raise LoadError(f"{place.shown}: the database refuses to let its rows go: {first}; nothing was taken out") from None
    connection.commit()
