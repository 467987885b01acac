import os

import psycopg
import pytest
import servers


def test_a_fresh_database_is_empty_and_takes_a_script(database):
    database.execute("create table t (a integer, b text); insert into t values (1, 'x'), (2, 'é');")

    assert database.query("select a, b from t order by a") == [(1, "x"), (2, "é")]


def test_the_next_database_knows_nothing_of_the_last(database):
    database.execute("create table t (a integer)")

    assert database.query("select * from t") == []


def test_lower_knows_letters_beyond_ascii(postgresql):
    assert postgresql.query("select lower('É')") == [("é",)]


def test_a_server_out_of_the_wheel_starts_and_leaves_nothing_behind():
    with servers.postgres({"SYNTHSEED_TEST_POSTGRES_FROM": "wheel"}) as server, psycopg.connect(server.url) as connection:
        (data,) = connection.execute("show data_directory").fetchone()
        assert server.origin == "wheel"
        assert connection.execute("select 1").fetchone() == (1,)

    assert not os.path.exists(data)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url, connect_timeout=2)


def test_a_server_that_was_named_and_is_not_there_is_an_error():
    with pytest.raises(servers.NoServer, match="holds no URL"), servers.postgres({"SYNTHSEED_TEST_POSTGRES_FROM": "url"}):
        pass


def test_a_server_is_stopped_after_a_failure_inside():
    with pytest.raises(ZeroDivisionError), servers.postgres({}) as server:
        raise ZeroDivisionError

    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(server.url, connect_timeout=2)
