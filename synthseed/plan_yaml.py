"""Read and write a plan: one YAML file per table beside `_plan.yml`, or one text for the ledger.

The files are for persons: they are reviewed, edited and committed. So a comment above a column is its note and comes back
when the file is written again, the order is the schema's, and every error names file and line.
"""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from fractions import Fraction
from hashlib import blake2b
from pathlib import Path
from typing import Any

from synthseed import plan_reader, plan_writer
from synthseed.errors import PlanError
from synthseed.plan import KINDS, Plan, TablePlan
from synthseed.plan_fit import check_fit
from synthseed.plan_nodes import Node, documents
from synthseed.schema import Schema

__all__ = [
    "check_fit",
    "dump_plan",
    "file_names",
    "fingerprint",
    "load_plan",
    "places",
    "plan_of",
    "plan_text",
    "save_plan",
    "write_whole",
    "canonical",
]

HEAD = "_plan.yml"
LARGEST = 2 * 1024 * 1024  # bytes of a file: a table of 1,600 columns, each with a page of vocabulary, stays below
LONGEST = 200  # bytes of a file name before `.yml`; file systems take 255, encrypted ones 143 (eCryptfs) to 176
DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)  # names that Windows keeps for itself


# ---------------------------------------------------------------------------------------------- reading
def load_plan(directory: Path) -> Plan:
    """Read `_plan.yml` and every other `*.yml` of a directory.

    Raises:
        PlanError: With file and line: no such directory or `_plan.yml`, no YAML, or something that is no plan.
        NotBuilt: A word of the plan's language that this version does not have.
    """
    if not (directory / HEAD).is_file():
        raise PlanError(f"{directory / HEAD}: there is no such file; `synthseed plan` writes one, or look at the name of the plan")
    for other in sorted(directory.glob("*.yaml")):
        raise PlanError(f"{other}: plan files end in .yml; rename it, or move it elsewhere")
    tables = {key: table for key, (table, _) in _tables(directory).items()}
    return plan_reader.plan(_single(directory / HEAD, empty=True), tables)


def places(directory: Path) -> dict[str, Path]:
    """Return the file that each table is planned in, whatever it is called."""
    return {key: path for key, (_, path) in _tables(directory).items()}


def _tables(directory: Path) -> dict[str, tuple[TablePlan, Path]]:
    found: dict[str, tuple[TablePlan, Path]] = {}
    for path in sorted(directory.glob("*.yml")):
        if path.name == HEAD or path.name.startswith("."):
            continue
        node = _single(path)
        table = plan_reader.table(node)
        if table.table in found:
            line = node.mapping("the plan of a table")["table"].line
            raise PlanError(f"{path}:{line}: table {table.table} is planned in {found[table.table][1]} too; keep one of the two files")
        found[table.table] = table, path
    return found


def _single(path: Path, *, empty: bool = False) -> Node:
    try:
        with path.open("rb") as file:
            raw = file.read(LARGEST + 1)
    except OSError as error:
        raise PlanError(f"{path}: it cannot be read: {error.strerror}") from error
    if len(raw) > LARGEST:
        raise PlanError(f"{path}: above {LARGEST:,} bytes, the most that a plan file has; keep large vocabularies out of it")
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise PlanError(f"{path}:{line}: not UTF-8; save the file as UTF-8") from None
    found = documents(text.replace("\r\n", "\n"), str(path))
    if len(found) > 1:
        found[1].fail("a second document; a plan file holds one, take the line `---` out")
    if not found and not empty:
        raise PlanError(f"{path}:1: the file is empty; a table's plan needs `table` and `rows`")
    return found[0] if found else Node(str(path), 1, "", plain=True)


def plan_of(text: str) -> Plan:
    """Return the plan that `plan_text` wrote."""
    head, *rest = documents(text, "the ledger's plan") or [Node("the ledger's plan", 1, "", plain=True)]
    tables = [plan_reader.table(node) for node in rest]
    return plan_reader.plan(head, {table.table: table for table in tables})


# ---------------------------------------------------------------------------------------------- writing
def dump_plan(plan: Plan, schema: Schema | None = None) -> dict[str, str]:
    """Return the text of each file by its name; with a schema in its order of columns, and with their types beside them."""
    names = file_names(plan.tables)
    tables = schema.by_key if schema else {}
    return {HEAD: plan_writer.plan_head(plan)} | {
        names[key]: plan_writer.table_text(table, tables.get(key)) for key, table in plan.tables.items()
    }


def plan_text(plan: Plan) -> str:
    """Return a plan as one text, for the ledger: the head, then the tables, as YAML documents."""
    parts = [plan_writer.plan_head(plan), *(plan_writer.table_text(table) for table in plan.tables.values())]
    return "---\n".join(parts)


def save_plan(directory: Path, plan: Plan, schema: Schema | None = None) -> tuple[Path, ...]:
    """Write the files of a plan, whole each, and take out the files of tables that it no longer has.

    Returns:
        The files that were written or taken out; those whose text stays as it is are not among them.
    """
    texts = dump_plan(plan, schema)
    directory.mkdir(parents=True, exist_ok=True)
    changed = [directory / name for name, text in texts.items() if write_whole(directory / name, text)]
    for path in sorted(directory.glob("*.yml")):
        if path.name not in texts and not path.name.startswith("."):
            path.unlink()
            changed.append(path)
    return tuple(changed)


def write_whole(path: Path, text: str) -> bool:
    """Write a file whole, or not at all; return whether its text changed."""
    raw = text.encode()
    if path.is_file() and path.read_bytes() == raw:
        return False
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(raw)
        os.chmod(name, 0o666 & ~_umask())  # mkstemp gives 0600, and a committed file is its owner's group's to read
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
    return True


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


# ---------------------------------------------------------------------------------------------- names of files
def file_names(tables: Iterable[str]) -> dict[str, str]:
    """Return the file name of each table: its key, percent-encoded where some file system could not hold it.

    Two keys that a file system without upper case would take for one are told apart by encoding their capitals.
    """
    keys = list(tables)
    folded = Counter(_folded(key) for key in keys)
    return {key: _file_name(key, every=folded[_folded(key)] > 1) for key in keys}


def _folded(key: str) -> str:
    return unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", key).casefold())


def _file_name(key: str, *, every: bool) -> str:
    """Encode what is no letter, digit or one of `_.-`; with `every` also all but [a-z0-9_.-]."""

    def kept(char: str) -> bool:
        return char in "_.-" or (char.isalnum() and (not every or (char.isascii() and not char.isupper())))

    name = "".join(char if kept(char) else _percent(char) for char in key)
    if name[:1] in (".", "-", "") or DEVICES.fullmatch(name) or f"{name}.yml" == HEAD:
        name = _percent(name[:1]) + name[1:]
    if len(name.encode()) > LONGEST:
        name = name.encode()[: LONGEST - 20].decode(errors="ignore") + "~" + blake2b(key.encode(), digest_size=8).hexdigest()
    return f"{name}.yml"


def _percent(char: str) -> str:
    return "".join(f"%{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))


# ---------------------------------------------------------------------------------------------- the fingerprint
UNTOLD = ("about", "note", "locked")  # for the reader and the planners; no cell depends on them
LATER = ("follow", "fixed", "written", "password", "scheme")  # told only where they are used: older fingerprints stay what they are
# No cell depends on the order of these.
SORTED: Mapping[str, str] = {"columns": "column", "fks": "columns", "joints": "name", "slots": "name", "follow": "column"}
KIND_NAMES = {kind: name for name, kind in KINDS.items()}


def fingerprint(plan: Plan) -> str:
    """Return 32 hexadecimal digits of all in a plan but comments, notes and the order of tables and columns."""
    text = json.dumps(canonical(plan), ensure_ascii=True, sort_keys=True, separators=(",", ":"))
    return blake2b(text.encode(), digest_size=16).hexdigest()


def canonical(value: Any) -> Any:
    """Return a part of a plan (or of a schema) as JSON can hold it; 1.50 is 1.5, and the order of columns does not matter."""
    if isinstance(value, Decimal):
        return str(Fraction(value))  # 1.50 is 1.5
    if isinstance(value, Mapping):
        return {key: canonical(item) for key, item in value.items()}
    if isinstance(value, tuple):
        return [canonical(item) for item in value]
    if is_dataclass(value):
        named = {item.name: getattr(value, item.name) for item in fields(value) if item.name not in UNTOLD}
        parts = {name: canonical(_sorted(name, part)) for name, part in named.items() if part or name not in LATER}
        return parts | ({"use": KIND_NAMES[type(value)]} if type(value) in KIND_NAMES else {})
    return value


def _sorted(name: str, value: Any) -> Any:
    by = SORTED.get(name)
    return tuple(sorted(value, key=lambda item: str(getattr(item, by)))) if by and isinstance(value, tuple) else value
