"""Load PostgreSQL tables through temporary ones, where COPY into them is refused or their keys wait for each other.

One statement moves the rows of all tables of a group. Foreign keys are checked at its end, so a cycle of keys that may
neither be deferred nor dropped is loaded with the right to INSERT alone; and row-level security, which refuses COPY FROM
(SQLSTATE 0A000), takes INSERT.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from synthseed.loaders.catalogue import Relation, Server
from synthseed.loaders.sql_names import quoted


@dataclass(frozen=True, slots=True)
class Stage:
    """Describe a table that is loaded through a temporary one."""

    relation: Relation
    columns: tuple[str, ...]
    number: int

    @property
    def sql(self) -> str:
        """Return the temporary table's name, quoted."""
        return f"pg_temp.synthseed_stage_{self.number}"

    def create(self) -> str:
        """Return the statement that makes the temporary table."""
        columns = ", ".join(f"{quoted(name)} {self.relation.declared[name]}" for name in self.columns)
        return f"create temporary table synthseed_stage_{self.number} ({columns}) on commit drop"

    def move(self) -> str:
        """Return the statement that copies its rows to where they belong."""
        names = ", ".join(quoted(name) for name in self.columns)
        override = " overriding system value" if self.relation.always & set(self.columns) else ""
        return f"insert into {self.relation.sql} ({names}){override} select {names} from {self.sql}"


def groups(tables: Sequence[str], alone: Sequence[str], spans: Sequence[tuple[str, str]]) -> tuple[tuple[str, ...], ...]:
    """Return the tables that go through temporary ones, those together that must be.

    Args:
        tables: All tables, in the order in which they are loaded.
        alone: Tables that need it for themselves.
        spans: Pairs (child, parent that is loaded after it): all from the one to the other go together.
    """
    place = {key: at for at, key in enumerate(tables)}
    ranges = sorted([(place[key], place[key]) for key in alone] + [(place[child], place[parent]) for child, parent in spans])
    found: list[tuple[int, int]] = []
    for low, high in ranges:
        if found and low <= found[-1][1]:
            found[-1] = (found[-1][0], max(high, found[-1][1]))
        else:
            found.append((low, high))
    return tuple(tuple(tables[low : high + 1]) for low, high in found)


def move_all(server: Server, stages: Sequence[Stage]) -> list[int]:
    """Move the rows of a group in one statement; return how many rows each table took."""
    if len(stages) == 1:
        return [server.execute(stages[0].move().encode()).rowcount]
    parts = ", ".join(f"part{at} as ({stage.move()} returning 1)" for at, stage in enumerate(stages))
    counts = ", ".join(f"(select count(*) from part{at})" for at in range(len(stages)))
    row = server.execute(f"with {parts} select {counts}".encode()).fetchone()
    return list(row or ())
