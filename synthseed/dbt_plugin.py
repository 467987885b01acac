"""Serve the sources of a dbt project on DuckDB with rows that are made as dbt asks for them: a plug-in of dbt-duckdb.

One line in profiles.yml, below the target, and one in dbt_project.yml, for all sources of the project:

    plugins: [{module: synthseed.dbt_plugin, alias: synthseed}]
    sources: {shop: {+meta: {plugin: synthseed}}}

It is imported by dbt, in dbt's own environment, and has the methods of dbt-duckdb's `BasePlugin` without being one, so that
nothing of dbt is imported here (dbt-duckdb 1.11, `plugins/__init__.py`, calls these and reads `name`).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Mapping
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.errors import ConfigurationError, SynthseedError

if TYPE_CHECKING:
    from synthseed.verbs.dbt_served import Served

OPTIONS = ("rows", "scale", "seed", "as_of", "locale", "plan", "oracle", "dbt", "project_dir")


class Plugin:
    """Return the rows of a source; they are made once per invocation of dbt."""

    def __init__(self, name: str, plugin_config: Mapping[str, Any], credentials: Any = None) -> None:
        self.name = name
        self.config = {key: value for key, value in plugin_config.items() if key in OPTIONS}
        self._lock = threading.Lock()
        self._made: dict[str, Served | SynthseedError] = {}
        self.ours = _scratch(credentials)
        if self.ours:
            _leave_out(name)

    def load(self, source_config: Any) -> Any:
        """Return the rows of a source as an Arrow table."""
        return self._rows(source_config.schema, source_config.identifier)

    def configure_connection(self, conn: Any) -> None:
        """Make the tables that unit tests look at: dbt runs those before the model that would have them made (dbt-core 1.11)."""
        flags = import_module("dbt.flags").get_flags()
        if self.ours or flags.WHICH not in ("build", "test"):
            return
        from synthseed.verbs.dbt_served import place, unit_tested

        for schema, identifier in unit_tested(self._folder(), flags.TARGET_PATH, self.name):
            found = conn.execute("select 1 from information_schema.tables where table_schema = ? and table_name = ?", [schema, identifier])
            if not found.fetchall():
                conn.register("synthseed_rows", self._rows(schema, identifier))
                conn.execute(f"create schema if not exists {place(schema)}")
                conn.execute(f"create table {place(schema, identifier)} as select * from synthseed_rows")
                conn.unregister("synthseed_rows")

    def _rows(self, schema: str, identifier: str) -> Any:
        invocation = str(import_module("dbt_common.invocation").get_invocation_id())
        with self._lock:  # dbt compiles models in several threads
            if invocation not in self._made:
                self._made = {invocation: self._served_or_why()}
            found = self._made[invocation]
            if isinstance(found, SynthseedError):
                raise found
            return found.table(schema, identifier)

    def _served_or_why(self) -> Served | SynthseedError:
        """Return an error instead of raising it: every model would compile the project anew to fail of it again."""
        try:
            return self._served()
        except SynthseedError as error:
            return error

    def _folder(self) -> Path:
        return Path(self.config.get("project_dir") or import_module("dbt.flags").get_flags().PROJECT_DIR)

    def _served(self) -> Served:
        from synthseed.verbs import dbt_served, dbt_sources, dbt_wanted, wanted

        flags, given = import_module("dbt.flags").get_flags(), self.config
        beside = Path(sys.executable).with_name("dbt")
        named = dbt_sources.Asked(
            project_dir=self._folder(),
            dbt=given.get("dbt") or (str(beside) if beside.exists() else None),
            target=flags.TARGET,
            profiles_dir=Path(flags.PROFILES_DIR),
            vars=dict(flags.VARS or {}),
        )
        wish = dbt_wanted.Wanted(
            wanted.asked(given.get("rows"), given.get("scale")),
            seed=given.get("seed"),
            as_of=str(given["as_of"]) if given.get("as_of") else None,
            locale=given.get("locale"),
            plan=given.get("plan"),
            oracle=bool(given.get("oracle", True)),
        )
        return dbt_served.served(named, wish, self.name)

    def store(self, target_config: Any) -> None:
        """Refuse to write models.

        Raises:
            ConfigurationError: Always.
        """
        raise ConfigurationError(f"plugin {self.name}: serves sources; it stores no model; take it out of that model's config")

    def default_materialization(self) -> str:
        """Return how dbt-duckdb keeps the rows: a table is there after dbt has ended, so that a view over it can be read."""
        return "table"

    def update_connection_config(self, creds: Any, config: dict[str, Any]) -> None:
        """Change nothing of the connection."""

    def configure_cursor(self, cursor: Any) -> None:
        """Change nothing of a cursor."""


# ---------------------------------------------------------------------------------------------- a dbt that we called ourselves
def _scratch(credentials: Any) -> bool:
    """Return whether this dbt only compiles the project for us, against a scratch file: it must not call us in turn."""
    from synthseed.dbt.scratch import PREFIX

    return any(part.startswith(PREFIX) for part in Path(str(getattr(credentials, "path", "") or "")).parts)


def _leave_out(name: str) -> None:
    """Let this process load no source of ours: its models then compile against what is in the scratch file."""
    environment = import_module("dbt.adapters.duckdb.environments.local").LocalEnvironment
    load = environment.load_source

    def load_source(self: Any, plugin_name: str, source_config: Any) -> Any:
        return None if plugin_name == name else load(self, plugin_name, source_config)

    environment.load_source = load_source
