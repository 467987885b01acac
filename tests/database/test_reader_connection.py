"""Connections: what they are like, and how they fail."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy
from sqlalchemy import make_url

from synthseed.connection import connect
from synthseed.errors import ConnectionFailed


def test_what_was_not_committed_is_gone_ddl_included(database: Any) -> None:
    with connect(database.url, create=True) as connection:
        connection.exec_driver_sql("create table kept (id int)")
        connection.exec_driver_sql("insert into kept values (1)")
        connection.commit()
        connection.exec_driver_sql("create table gone (id int)")
        connection.exec_driver_sql("insert into kept values (2)")

    assert database.query("select * from kept") == [(1,)]
    with connect(database.url) as connection, pytest.raises(Exception, match="gone"):
        connection.exec_driver_sql("select * from gone")


def test_nothing_stays_open(postgresql: Any) -> None:
    with connect(postgresql.url) as connection:
        connection.exec_driver_sql("select 1")

    others = "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'synthseed'"
    assert postgresql.query(others) == [(0,)]


def test_the_server_knows_who_is_connected_and_texts_are_utf8(postgresql: Any) -> None:
    with connect(postgresql.url) as connection:
        found = [connection.exec_driver_sql(f"show {name}").scalar() for name in ("application_name", "client_encoding")]

    assert found == ["synthseed", "UTF8"]


def test_errors_carry_no_parameters(database: Any) -> None:
    with connect(database.url, create=True) as connection, pytest.raises(sqlalchemy.exc.DBAPIError) as caught:
        connection.execute(sqlalchemy.text("select :value from nowhere"), {"value": "hush"})

    assert "hush" not in str(caught.value)


def test_a_missing_file_is_not_made_unless_asked(tmp_path: Path) -> None:
    path = tmp_path / "new.db"
    with pytest.raises(ConnectionFailed, match=r"there is no file .*new\.db"), connect(f"sqlite:///{path}"):
        pass
    assert not path.exists()

    with connect(f"sqlite:///{path}", create=True) as connection:
        connection.exec_driver_sql("create table t (id int)")
        connection.commit()
    with closing(sqlite3.connect(path)) as again:
        assert again.execute("select count(*) from t").fetchone() == (0,)


def test_what_is_no_sqlite_file_is_told(tmp_path: Path) -> None:
    path = tmp_path / "text.db"
    path.write_text("no database at all, but long enough to be looked at as one by its first bytes" * 20)

    with pytest.raises(ConnectionFailed, match="the file is not an SQLite database"), connect(f"sqlite:///{path}"):
        pass
    with pytest.raises(ConnectionFailed, match="is a folder"), connect(f"sqlite:///{tmp_path}"):
        pass
    with pytest.raises(ConnectionFailed, match="there is no folder"), connect(f"sqlite:///{tmp_path}/no/x.db", create=True):
        pass


def test_a_missing_database_user_or_server_is_one_clear_line(postgresql: Any) -> None:
    url = make_url(postgresql.url).set(password="hush")
    wrong = {
        "there is no database `nowhere` on the server": url.set(database="nowhere"),
        "the server has no user `nobody_here`": url.set(username="nobody_here"),
        "nothing listens at 127.0.0.1:1;": url.set(port=1),
        "host `nowhere.invalid` is not known": url.set(host="nowhere.invalid"),
        "an option that the driver does not know": url.update_query_dict({"bogus": "1"}),
    }
    for reason, broken in wrong.items():
        with pytest.raises(ConnectionFailed) as caught, connect(broken.render_as_string(hide_password=False)):
            pass
        assert reason in str(caught.value)
        assert "hush" not in str(caught.value)
        assert "\n" not in str(caught.value)
