"""Types by their declared names."""

from __future__ import annotations

import pytest
import sqlalchemy
from sqlalchemy.dialects import mysql

from synthseed.readers.types import generic_type, sqlite_type
from synthseed.schema import Kind, Type

DECLARED = {
    "INTEGER": Type("INTEGER", Kind.INTEGER, bits=64),
    "integer unsigned": Type("integer unsigned", Kind.INTEGER, bits=64, unsigned=True),
    "smallint unsigned": Type("smallint unsigned", Kind.INTEGER, bits=16, unsigned=True),
    "tinyint(1)": Type("tinyint(1)", Kind.BOOLEAN),
    "TINYINT": Type("TINYINT", Kind.INTEGER, bits=8),
    "bool": Type("bool", Kind.BOOLEAN),
    "DATETIME": Type("DATETIME", Kind.TIMESTAMP),
    "datetime(6)": Type("datetime(6)", Kind.TIMESTAMP, precision=6),
    "TIMESTAMP": Type("TIMESTAMP", Kind.TIMESTAMP),
    "TIMESTAMP WITH TIME ZONE": Type("TIMESTAMP WITH TIME ZONE", Kind.TIMESTAMPTZ),
    "TIMESTAMP WITHOUT TIME ZONE": Type("TIMESTAMP WITHOUT TIME ZONE", Kind.TIMESTAMP),
    "DATE": Type("DATE", Kind.DATE),
    "time": Type("time", Kind.TIME),
    "decimal(10, 2)": Type("decimal(10, 2)", Kind.NUMERIC, precision=10, scale=2),
    "DECIMAL(5)": Type("DECIMAL(5)", Kind.NUMERIC, precision=5, scale=0),
    "decimal": Type("decimal", Kind.NUMERIC),
    "VARCHAR(40)": Type("VARCHAR(40)", Kind.TEXT, length=40),
    "VARCHAR(36)": Type("VARCHAR(36)", Kind.TEXT, length=36),
    "CHAR(32)": Type("CHAR(32)", Kind.UUID, length=32),
    "CHAR(36)": Type("CHAR(36)", Kind.UUID, length=36),
    "char(39)": Type("char(39)", Kind.TEXT, length=39),
    "uuid": Type("uuid", Kind.UUID, length=36),
    "JSON": Type("JSON", Kind.JSON),
    "BLOB": Type("BLOB", Kind.BYTES),
    "BINARY(16)": Type("BINARY(16)", Kind.BYTES, length=16),
    "double precision": Type("double precision", Kind.FLOAT, bits=64),
    "REAL": Type("REAL", Kind.FLOAT, bits=64),
    "CHARINT": Type("CHARINT", Kind.INTEGER, bits=64),
    "STRING": Type("STRING", Kind.TEXT),
    "": Type("", Kind.TEXT),
    "POINT": Type("POINT", Kind.INTEGER, bits=64),
}


@pytest.mark.parametrize("declared", DECLARED)
def test_a_declared_type_is_what_its_name_promises(declared: str) -> None:
    assert sqlite_type(declared) == DECLARED[declared]


def test_types_of_other_databases_are_told_by_their_class() -> None:
    found = {
        type_.__class__.__name__: generic_type(type_, "x")
        for type_ in (
            mysql.TINYINT(display_width=1), mysql.BIGINT(unsigned=True), mysql.DATETIME(fsp=3), mysql.ENUM("a", "b"),
            mysql.DECIMAL(8, 3), mysql.VARBINARY(9), sqlalchemy.CHAR(4), sqlalchemy.Uuid(), sqlalchemy.types.NullType(),
        )
    }  # fmt: skip

    assert found == {
        "TINYINT": Type("x", Kind.BOOLEAN),
        "BIGINT": Type("x", Kind.INTEGER, bits=64, unsigned=True),
        "DATETIME": Type("x", Kind.TIMESTAMP, precision=3),
        "ENUM": Type("x", Kind.ENUM, labels=("a", "b")),
        "DECIMAL": Type("x", Kind.NUMERIC, precision=8, scale=3),
        "VARBINARY": Type("x", Kind.BYTES, length=9),
        "CHAR": Type("x", Kind.TEXT, length=4, fixed=True),
        "Uuid": Type("x", Kind.UUID),
        "NullType": Type("x", Kind.OTHER),
    }
