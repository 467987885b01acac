"""Find the rows that stand and are not ours: keys only, and only where something points at them or they are counted.

A row is ours when we gave its key. Of the others the ledger knows, per edition, how many stood and the digest of their
keys; the keys themselves too where they cannot be told by counting.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np

from synthseed import chunk
from synthseed.cells import ARROW, Cells, Form, Mask
from synthseed.editions import Ledger
from synthseed.errors import LedgerError

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from synthseed.engine.standing import Standing
    from synthseed.schema import Schema, Table
    from synthseed.verbs.planning import Chosen
    from synthseed.verbs.wanted import Gain

WAYS = "`fill --truncate` starts again"
KEPT = 10_000  # keys found standing that the ledger keeps of a table with a counted key; of any other it keeps all
Known = Mapping[str, "Standing"]


@dataclass(frozen=True)
class Seen:
    """Hold the keys of one table as they stand, which rows are ours, and the others by the edition that found them."""

    table: Table
    cells: Mapping[str, Cells]
    ours: Mask
    standing: Standing

    @property
    def count(self) -> int:
        """Return the rows that stand."""
        return len(self.ours)


def standing(
    connection: Connection, schema: Schema, ledger: Ledger, chosen: Chosen, gain: Gain, holds: Mapping[str, bool]
) -> dict[str, Standing]:
    """Return the rows found standing, per table and edition, where the new rows or those on record need to know.

    Raises:
        LedgerError: What is recorded and what stands differ.
    """
    from synthseed.engine.order import load_order

    gaining = {key for key, rows in gain.rows.items() if rows}
    needed = gaining | {foreign.parent for key in gaining for foreign in schema.table(key).foreign_keys}
    needed |= {key for edition in ledger.editions for key in edition.found}
    found: dict[str, Standing] = {}
    for key in load_order(schema):
        if key in needed and (holds.get(key, False) or ledger.rows.get(key, 0)):
            seen = see(connection, schema, ledger, chosen, found, key)
            if seen is not None and any(map(len, seen.standing.columns)):
                found[key] = seen.standing
    return found


def see(connection: Connection, schema: Schema, ledger: Ledger, chosen: Chosen, known: Known, key: str) -> Seen | None:
    """Read the keys of a table and say whose they are; None for a table without a key, whose rows are counted only.

    Raises:
        LedgerError: Rows of ours, or rows that an edition found standing, are gone or others.
    """
    from synthseed import readers

    table, recorded = schema.table(key), ledger.rows.get(key, 0)
    columns = key_columns(schema, table)
    if not columns:
        _need_count(connection, table, recorded)
        return None
    cells = dict(zip(columns, readers.read_keys(connection, table, columns), strict=True))
    before = _before(connection, schema, ledger, table, cells)
    ours = _counted_keys(cells, ledger, table)
    if ours is None and recorded and before is not None:
        ours = _given_keys(connection, cells, schema, ledger, chosen, {**known, key: _cut(cells, before)}, table)
    elif ours is None:
        ours = np.zeros(len(next(iter(cells.values()))), bool)
    if int(ours.sum()) != recorded:
        stand = int(ours.sum())
        raise LedgerError(
            f"{key}: {recorded:,} rows of ours are on record, {stand:,} of them stand; rows were deleted, or keys changed; {WAYS}"
        )
    return Seen(table, cells, ours, _by_edition(table, cells, ours, before, ledger))


def identity(table: Table) -> tuple[str, ...]:
    """Return the columns of the key that rows are told apart by; none where the database makes a part of every key."""
    plain = (unique.columns for unique in table.keys if unique.columns and not unique.expressions and unique.where is None)
    return next((columns for columns in plain if not any(table.column(name).generated for name in columns)), ())


def key_columns(schema: Schema, table: Table) -> tuple[str, ...]:
    """Return the columns of the keys, and those that other tables point at; none where rows cannot be told apart."""
    if not identity(table):
        return ()
    names = {name for unique in table.keys for name in unique.columns}
    pointing = [foreign for other in schema.tables for foreign in other.foreign_keys if foreign.parent == table.key]
    names |= {name for foreign in pointing for name in foreign.parent_columns}
    return tuple(column.name for column in table.columns if column.name in names)


def count_rows(connection: Connection, table: Table) -> int:
    """Return the number of rows of a table; those of its inheritance children are not its own."""
    import sqlalchemy

    from synthseed.readers.rows import rows_of

    return int(connection.execute(rows_of(table, sqlalchemy.func.count())).scalar_one())


def _need_count(connection: Connection, table: Table, recorded: int) -> None:
    stand = count_rows(connection, table) if recorded else 0
    if stand != recorded:
        raise LedgerError(f"{table.key}: {recorded:,} rows of ours are on record, {stand:,} stand, and no key tells whose they are; {WAYS}")


# ---------------------------------------------------------------------------------------------- ours
def _counted_keys(cells: Mapping[str, Cells], ledger: Ledger, table: Table) -> Mask | None:
    """Return which keys were given out by a counter; None where no key of one column is counted."""
    editions = [edition for edition in ledger.editions if edition.rows.get(table.key)]
    for unique in table.keys:
        name = unique.columns[0] if len(unique.columns) == 1 else ""
        counted = editions and all(f"{table.key}.{name}" in edition.first_key for edition in editions)
        if counted and name in cells and cells[name].form is Form.NUMBER:
            sequence = table.column(name).sequence
            values, ours = cells[name].ints, np.zeros(len(cells[name]), bool)
            for edition in editions:
                place, rest = np.divmod(values - edition.first_key[f"{table.key}.{name}"], sequence.increment if sequence else 1)
                ours |= (rest == 0) & (place >= 0) & (place < edition.rows[table.key])
            return ours & cells[name].mask()
    return None


def _given_keys(
    connection: Connection, cells: Mapping[str, Cells], schema: Schema, ledger: Ledger, chosen: Chosen, known: Known, table: Table
) -> Mask:
    """Return which keys were made by the editions on record, by making them again."""
    from synthseed.verbs.prepared import compiled
    from synthseed.verbs.stored import LOOSE, as_stored

    program = compiled(schema, chosen, {}, ledger.editions[-1].as_of, ledger, known)
    columns, recorded = identity(table), ledger.rows[table.key]
    made = program.cells(table.key, np.arange(recorded), columns)
    given = [as_stored(connection, table, name, made[name], cells[name].scale) for name in columns]
    ours = _among(cells, columns, set(marks(given)))
    if int(ours.sum()) != recorded == len(ours) and any(table.column(name).type.kind in LOOSE for name in columns):
        return np.ones(len(ours), bool)  # as many rows as on record, and their type has no form that could be told here
    return ours


def _among(cells: Mapping[str, Cells], columns: Sequence[str], given: set[tuple[object, ...]]) -> Mask:
    return np.array([mark in given for mark in marks([cells[name] for name in columns])], bool)


def marks(cells: Sequence[Cells]) -> list[tuple[object, ...]]:
    """Return keys as Python tuples, None for NULL: for looking up whose a row is, never for making one."""
    columns = []
    for one in cells:
        values = chunk.python(one.array) if one.form in ARROW else one.ints.tolist()
        columns.append([value if there else None for value, there in zip(values, one.mask().tolist(), strict=True)])
    return list(zip(*columns, strict=True))


# ---------------------------------------------------------------------------------------------- the others
def kept_keys(table: Table, found: Standing, edition: int) -> str | None:
    """Return the keys that an edition found standing as text for the ledger; None where counting tells them."""
    columns = identity(table)
    cells = [found.columns[edition][name] for name in columns]
    if len(columns) == 1 and cells[0].form is Form.NUMBER and found.count(edition) > KEPT:
        return None
    return json.dumps([[_text(value) for value in mark] for mark in marks(cells)], ensure_ascii=False, separators=(",", ":"))


def _text(value: object) -> object:
    return {"hex": value.hex()} if isinstance(value, bytes) else value


def _value(text: object) -> object:
    return bytes.fromhex(text["hex"]) if isinstance(text, dict) else text


def _before(connection: Connection, schema: Schema, ledger: Ledger, table: Table, cells: Mapping[str, Cells]) -> list[Mask] | None:
    """Return which rows each edition found standing, by the keys that the ledger kept; None where it kept none."""
    from synthseed.loaders import ledger as ledgers

    found: list[Mask] = []
    for edition in ledger.editions:
        if table.key not in edition.found:
            found.append(np.zeros(len(next(iter(cells.values()))), bool))
            continue
        text = ledgers.standing_keys(connection, schema, edition.number).get(table.key)
        if text is None:
            return None
        found.append(_among(cells, identity(table), {tuple(map(_value, mark)) for mark in json.loads(text)}))
    return found


def _by_edition(table: Table, cells: Mapping[str, Cells], ours: Mask, before: list[Mask] | None, ledger: Ledger) -> Standing:
    """Return the rows that are not ours, by the edition that found them; the last entry is for the edition to come."""
    found = [edition.found.get(table.key) for edition in ledger.editions]
    if before is None:  # counted keys: those that came later are larger
        foreign = np.flatnonzero(~ours)
        bounds = np.cumsum([0, *(one.count if one else 0 for one in found)])
        before = []
        for low, high in pairwise(bounds):
            mask = np.zeros(len(ours), bool)
            mask[foreign[low:high]] = True
            before.append(mask)
    new = ~ours
    for mask in before:
        new &= ~mask
    result = _cut(cells, [*before, new])
    for number, one in enumerate(found):
        if one is not None and result.found(number) != one:
            raise LedgerError(
                f"{table.key}: {one.count:,} rows that are not ours stood before edition {ledger.editions[number].number}, "
                f"and they are not the same now; rows of ours may point at those that are gone; {WAYS}"
            )
    return result


def _cut(cells: Mapping[str, Cells], parts: Sequence[Mask]) -> Standing:
    from synthseed.engine.standing import Standing

    places = [np.flatnonzero(part) for part in parts]
    return Standing(tuple({name: one.take(at) for name, one in cells.items()} if len(at) else {} for at in places))
