"""What a server says of itself."""

from __future__ import annotations

from typing import Any

import psycopg
import pytest
from sqlalchemy import make_url

from synthseed.connection import connect
from synthseed.errors import Guarded
from synthseed.privacy.guard import check_target, red_flags, server_flags


def test_a_database_for_tests_is_let_through(database: Any) -> None:
    with connect(database.url, create=True) as connection:
        check_target(connection, database.url)


def test_a_name_that_says_production_is_refused_with_the_signal_and_the_way_out(database: Any) -> None:
    url = make_url(database.url).set(database="shop_prod")
    url = url if database.dialect == "sqlite" else url.set(password="hush")
    with connect(database.url, create=True) as connection, pytest.raises(Guarded, match="the database `shop_prod` says prod") as caught:
        check_target(connection, url)

    assert "Nothing was written. Fill a database of your own" in str(caught.value)
    assert "hush" not in str(caught.value)


def test_an_attached_replica_is_a_signal(postgresql: Any) -> None:
    with psycopg.connect(postgresql.url, replication="true", autocommit=True), connect(postgresql.url) as connection:
        flags = red_flags(connection, postgresql.url)

    assert flags == ["replicas are attached to the server (1 in pg_stat_replication)"]


def test_a_role_without_rights_sees_the_replica_too(postgresql: Any) -> None:
    role = f"plain_{make_url(postgresql.url).database}"
    postgresql.execute(f"create role {role} login")
    try:
        with (
            psycopg.connect(postgresql.url, replication="true", autocommit=True),
            connect(make_url(postgresql.url).set(username=role)) as connection,
        ):
            assert server_flags(connection) == ["replicas are attached to the server (1 in pg_stat_replication)"]
    finally:
        postgresql.execute(f"drop role {role}")


def test_what_may_not_be_asked_leaves_the_transaction_whole(postgresql: Any) -> None:
    role = f"plain_{make_url(postgresql.url).database}"
    postgresql.execute(f"create role {role} login; revoke select on pg_catalog.pg_stat_replication from public")
    try:
        with connect(make_url(postgresql.url).set(username=role)) as connection:
            assert server_flags(connection) == []
            assert connection.exec_driver_sql("select 1").scalar() == 1
    finally:
        postgresql.execute(f"drop role {role}")
