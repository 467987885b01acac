"""Run dbt-core 1 so that no model stops the others, and, where asked, so that the warehouse looks empty and is never called.

This is a program for the interpreter of the user's dbt, which has no synthseed: it imports nothing of this package. Plain
`dbt compile` ends with the first model that fails, and `--no-introspect` fails each model that looks at the warehouse, so
every incremental one ("connection never acquired", dbt-core 1.11). Here such a model sees a warehouse without relations.
"""

from __future__ import annotations

import os
import sys
from importlib import import_module
from typing import Any

EMPTY = "SYNTHSEED_EMPTY_WAREHOUSE"  # environment variable; "1" keeps dbt from connecting
COLUMNS = 8  # of the table without rows that every query returns; `results.columns[0].values()` is a common use
BROKEN = 70  # exit code (sysexits.h, EX_SOFTWARE): this dbt is not one that is known here


def main() -> None:
    """Run dbt with the arguments of the command line."""
    try:
        _keep_going()
        if os.environ.get(EMPTY) == "1":
            _disconnect()
        run = import_module("dbt.cli.main").cli
    except Exception as error:  # any other dbt may differ anywhere
        sys.stderr.write(f"{type(error).__name__}: {error}\n")
        sys.exit(BROKEN)
    run(prog_name="dbt")


def _keep_going() -> None:
    task = import_module("dbt.task.compile").CompileTask
    for name in ("raise_on_first_error", "_mark_dependent_errors"):
        getattr(task, name)  # an AttributeError says that this dbt is another one
    task.raise_on_first_error = lambda self: False
    task._mark_dependent_errors = lambda self, *args, **options: None


def _disconnect() -> None:
    container = import_module("dbt.adapters.factory").AdapterContainer
    register = container.register_adapter

    def registered(self: Any, config: Any, *args: Any, **options: Any) -> None:
        register(self, config, *args, **options)
        _empty(self.adapters[config.credentials.type])

    container.register_adapter = registered


def _empty(adapter: Any) -> None:
    for name in ("list_relations", "list_relations_without_caching", "list_schemas", "get_columns_in_relation", "get_missing_columns"):
        setattr(adapter, name, lambda *args, **options: [])
    adapter.get_column_schema_from_query = lambda *args, **options: []
    adapter.get_relation = lambda *args, **options: None
    adapter.check_schema_exists = lambda *args, **options: False
    adapter.set_relations_cache = lambda *args, **options: None
    adapter.execute = _nothing
    type(adapter).ConnectionManager.open = classmethod(_opened)


def _nothing(*_args: Any, **_options: Any) -> tuple[Any, Any]:
    agate, response = import_module("agate"), import_module("dbt.adapters.contracts.connection").AdapterResponse
    names = [f"c{number}" for number in range(COLUMNS)]
    return response(_message="OK"), agate.Table([], names, [agate.Text()] * COLUMNS)


class _Handle:
    """Stand where a connection stands: BigQuery opens one before it needs it. It can be closed, and nothing else."""

    def close(self, *_args: Any, **_options: Any) -> None:
        pass

    rollback = commit = close

    def __getattr__(self, name: str) -> Any:
        raise import_module("dbt_common.exceptions").DbtRuntimeError(f"the warehouse is not asked here ({name})")


def _opened(_kind: Any, connection: Any) -> Any:
    connection.state, connection.handle = "open", _Handle()
    return connection


if __name__ == "__main__":
    main()
