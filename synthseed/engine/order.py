"""Put tables in an order in which parents come first, as far as their keys allow."""

from __future__ import annotations

from synthseed.schema import Schema


def load_order(schema: Schema) -> tuple[str, ...]:
    """Return all tables, parents before children; in a ring of keys, a key that may wait (deferrable, then nullable) waits."""
    waiting = {
        table.key: {key.parent for key in table.foreign_keys if key.parent in schema.by_key} - {table.key} for table in schema.tables
    }
    order: list[str] = []
    while waiting:
        ready = [key for key, parents in waiting.items() if not parents & waiting.keys()]
        for key in ready or [min(waiting, key=lambda key: _held(schema, key, set(waiting)))]:
            order.append(key)
            del waiting[key]
    return tuple(order)


def _held(schema: Schema, key: str, waiting: set[str]) -> tuple[int, int]:
    """Count the keys of a table that cannot wait for their parents, and those that can."""
    table = schema.table(key)
    open_keys = [one for one in table.foreign_keys if one.parent in waiting and one.parent != key]
    patient = [one for one in open_keys if one.deferrable or any(table.column(name).nullable for name in one.columns)]
    return len(open_keys) - len(patient), len(patient)
