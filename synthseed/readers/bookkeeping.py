"""Know the tables in which migration tools keep what they have run: a row too many there breaks the next deployment."""

from __future__ import annotations

from synthseed.schema import Table

# Name of the table, and columns that it has where it is the tool's; both must hold, so that a `migrations` about birds is
# an ordinary table. From the tools' own sources and manuals.
TOOLS: tuple[tuple[str, frozenset[str]], ...] = (
    ("alembic_version", frozenset({"version_num"})),
    ("django_migrations", frozenset({"app", "name", "applied"})),
    ("south_migrationhistory", frozenset({"app_name", "migration", "applied"})),
    ("migrate_version", frozenset({"repository_id", "version"})),  # sqlalchemy-migrate
    ("aerich", frozenset({"version", "app", "content"})),
    ("_yoyo_migration", frozenset({"migration_hash", "migration_id"})),
    ("_yoyo_version", frozenset({"version", "installed_at_utc"})),
    ("_yoyo_log", frozenset({"migration_hash", "operation"})),
    ("yoyo_lock", frozenset({"locked", "pid"})),
    ("schema_migrations", frozenset({"version"})),  # Rails, Ecto, golang-migrate, dbmate
    ("ar_internal_metadata", frozenset({"key", "value"})),
    ("flyway_schema_history", frozenset({"installed_rank", "checksum"})),
    ("schema_version", frozenset({"installed_rank", "checksum"})),  # Flyway before 5
    ("databasechangelog", frozenset({"orderexecuted", "md5sum"})),
    ("databasechangeloglock", frozenset({"locked", "lockedby"})),
    ("knex_migrations", frozenset({"name", "batch"})),
    ("knex_migrations_lock", frozenset({"is_locked"})),
    ("_prisma_migrations", frozenset({"migration_name", "checksum"})),
    ("goose_db_version", frozenset({"version_id", "is_applied"})),
    ("sequelizemeta", frozenset({"name"})),
    ("migrations", frozenset({"migration", "batch"})),  # Laravel
    ("migrations", frozenset({"id", "timestamp", "name"})),  # TypeORM
    ("migrations", frozenset({"id", "name", "run_on"})),  # db-migrate
    ("mikro_orm_migrations", frozenset({"name", "executed_at"})),
    ("pgmigrations", frozenset({"name", "run_on"})),  # node-pg-migrate
    ("__drizzle_migrations", frozenset({"hash", "created_at"})),
    ("__efmigrationshistory", frozenset({"migrationid", "productversion"})),
    ("doctrine_migration_versions", frozenset({"version", "executed_at"})),
    ("phinxlog", frozenset({"version", "migration_name"})),
    ("_sqlx_migrations", frozenset({"version", "checksum"})),
    ("__diesel_schema_migrations", frozenset({"version", "run_on"})),
    ("refinery_schema_history", frozenset({"version", "checksum"})),
    ("seaql_migrations", frozenset({"version", "applied_at"})),
    ("atlas_schema_revisions", frozenset({"version", "hash"})),
    ("gorp_migrations", frozenset({"id", "applied_at"})),
)


def is_bookkeeping(table: Table) -> bool:
    """Say whether a table is a migration tool's own: by its name and the columns that the tool gives it."""
    name, columns = table.name.lower(), {column.name.lower() for column in table.columns}
    return any(name == known and needed <= columns for known, needed in TOOLS)


def without_bookkeeping(tables: tuple[Table, ...]) -> tuple[Table, ...]:
    """Leave the tools' tables out, but for those that a table of the application points at."""
    own = {table.key for table in tables if is_bookkeeping(table)}
    parents = {key.parent for table in tables if table.key not in own for key in table.foreign_keys}
    return tuple(table for table in tables if table.key not in own or table.key in parents)
