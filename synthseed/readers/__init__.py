"""Read a live database: its schema, which of its tables hold rows, and the keys that stand. One file per dialect."""

from synthseed.readers.database import read_schema
from synthseed.readers.rows import holds_rows, read_keys
from synthseed.readers.script import read_script

__all__ = ["holds_rows", "read_keys", "read_schema", "read_script"]
