"""Write seeds_config/synthseed.yml for a database."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from synthseed import configuration
from synthseed.configuration import Database
from synthseed.errors import ConfigurationError, NotBuilt
from synthseed.verbs.planning import near
from synthseed.verbs.target import opened, read, resolve, shown

TEXT = """\
# Databases that synthseed fills, by alias. A URL comes out of the environment: ${{NAME}}, or ${{NAME:-default}}.
databases:
  {alias}:
    url: {url}
    # locale: de_DE            # language and country of people, places and texts
    # schemas: [public]        # default: all but the system's
    # exclude: [audit_*]       # tables to leave alone
{planner}
# domain: garden tools         # what the database is about, and your own words, for a model that plans
# instructions: A German B2B shop for garden tools; 2 % of payments are fraudulent
# budget: {{max_cost_usd: 0.50}}
"""
OFFLINE = "planner: offline             # openai: a model makes the plan, once, out of metadata alone (docs/model.md)"
OPENAI = "planner: openai              # a model makes the plan, once, out of metadata alone; offline: nobody is asked"
KEY = "OPENAI_API_KEY"


@dataclass(frozen=True, slots=True)
class Initialised:
    """Say what was written: the file, the database's tables, the environment variable of its URL, and who plans."""

    file: str
    alias: str
    target: str
    tables: int
    variable: str
    planner: str = "offline"


def init(url: str | None = None, *, alias: str = "dev", variable: str = "DATABASE_URL") -> Initialised:
    """Look at a database and write seeds_config/synthseed.yml for it, here.

    The URL itself is written only when it holds no secret; otherwise the file names the environment variable alone. Where a
    key for OpenAI is in the environment, the file says that a model plans; the key itself is never written.

    Raises:
        ConfigurationError: There is a configuration already, or no URL was given.
        ConnectionFailed: The database does not answer.
    """
    if url and (Path(url) / "dbt_project.yml").is_file():
        raise NotBuilt(f"{url} is a dbt project; reading one is not built yet")
    file = Path.cwd() / configuration.FOLDER / configuration.FILE
    if file.exists():
        raise ConfigurationError(f"{near(file)} is there already; add a database below its `databases:`")
    database = resolve(url=url)
    with opened(database) as connection:
        tables = len(read(connection, database).tables)
    planner = "openai" if os.environ.get(KEY, "").strip() else "offline"
    text = TEXT.format(alias=alias, url=_written(database, variable), planner=OPENAI if planner == "openai" else OFFLINE)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")
    return Initialised(near(file), alias, shown(database), tables, variable, planner)


def _written(database: Database, variable: str) -> str:
    from synthseed import connection

    plain = connection.shown(database.url)
    return f"${{{variable}}}" if "***" in plain else f"${{{variable}:-{plain}}}"
