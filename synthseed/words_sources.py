"""Read the data of the packages that vocabularies come from, without importing more of them than needed.

mimesis is read as files (importing it costs 92 ms, its two JSON files of a locale 5 ms), faker's modules are parsed and never
run (importing it costs 120 ms, parsing a locale's names 2 to 20), airportsdata is read as its CSV, and zipcodes through its
compiled search, since its whole list takes half a second to become Python objects. babel's CLDR
files are opened by `babel.localedata`.
"""

from __future__ import annotations

import ast
import csv
import json
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from synthseed.errors import ConfigurationError

Json = dict[str, Any]


@cache
def package(name: str) -> Path:
    """Return the folder of an installed package, without importing it."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise ConfigurationError(f"{name}: the package is not installed, its words are needed; run `pip install {name}`")
    return Path(spec.origin).parent


@cache
def mimesis_locales() -> tuple[str, ...]:
    """Return the locales that mimesis has data for, as it writes them: `de`, `de-at`, `en`, ..."""
    folder = package("mimesis") / "datasets"
    return tuple(sorted(path.name for path in folder.iterdir() if (path / "person.json").exists()))


@cache
def mimesis_json(locale: str, file: str) -> Json:
    """Return one JSON file of a locale; empty where there is none."""
    path = package("mimesis") / "datasets" / locale / f"{file}.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


@cache
def mimesis_tables(file: str) -> dict[str, Any]:
    """Return the literal tables of a locale-free module (`internet`, `hardware`, ...), by name, without running it."""
    path = package("mimesis") / "datasets" / "int" / f"{file}.py"
    tables: dict[str, Any] = {}
    for node in ast.parse(path.read_text("utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
        value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
        if isinstance(target, ast.Name) and value is not None:
            try:
                tables[target.id] = ast.literal_eval(value)
            except ValueError:
                continue  # a table that is computed from others
    return tables


@cache
def faker_locales() -> tuple[str, ...]:
    """Return the locales that faker lists persons' names for, as it writes them: `de_DE`, `en_GB`, ..."""
    folder = package("faker") / "providers" / "person"
    return tuple(sorted(path.name for path in folder.iterdir() if (path / "__init__.py").exists()))


@cache
def faker_tables(provider: str, locale: str) -> dict[str, Any]:
    """Return the literal tables of one of faker's providers (`person`, `address`), by name; empty where there is no such locale.

    A list is a tuple of texts, one with frequencies a dict. What is computed in another way than by adding tables is left out.
    """
    path = package("faker") / "providers" / provider / locale / "__init__.py"
    tables: dict[str, Any] = {}
    for provides in ast.parse(path.read_text("utf-8")).body if path.exists() else ():
        for node in provides.body if isinstance(provides, ast.ClassDef) else ():
            target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
            value = node.value if isinstance(node, ast.Assign | ast.AnnAssign) else None
            if isinstance(target, ast.Name) and value is not None:
                try:
                    tables[target.id] = _literal(value, tables)
                except (ValueError, TypeError, KeyError):
                    continue  # a table that is computed
    return tables


def _literal(node: ast.expr, known: dict[str, Any]) -> Any:
    """Return the value of a literal, of an OrderedDict of one, of an earlier table's name, or of a sum of these."""
    if isinstance(node, ast.Name):
        return known[node.id]
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        return tuple(_literal(node.left, known)) + tuple(_literal(node.right, known))
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "OrderedDict" and len(node.args) == 1:
        return dict(_literal(node.args[0], known))
    return ast.literal_eval(node)


@cache
def airports() -> dict[str, list[dict[str, str]]]:
    """Return the rows of airportsdata's CSV that name a town, by country code."""
    by_country: dict[str, list[dict[str, str]]] = {}
    text = (package("airportsdata") / "airports.csv").read_text("utf-8")
    for row in csv.DictReader(text.splitlines()):
        if row["city"]:
            by_country.setdefault(row["country"], []).append(row)
    return by_country


@cache
def zips() -> tuple[Json, ...]:
    """Return American postcodes that end in 01 to 10 or in x0: the first ones of every sectional center.

    The first numbers of a center are its principal town's, so the well-known towns are all there; 5 searches take 80 ms,
    the whole list 520 ms.
    """
    import zipcodes

    search: Any = zipcodes.contains  # without annotations

    found: dict[str, Json] = {}
    for fragment in ("01", "02", "03", "04", "10"):
        for row in search(fragment):
            if row["zip_code"].endswith(fragment) and row["zip_code_type"] == "STANDARD" and row["active"] and row["area_codes"]:
                found[row["zip_code"]] = row
    return tuple(found[code] for code in sorted(found))


@cache
def cldr(language: str) -> Json:
    """Return CLDR's data of a language: `territories`, `languages`, `currency_names`; empty where babel has none."""
    from babel.localedata import exists, load

    return dict(load(language)) if exists(language) else {}


@cache
def cldr_global(name: str) -> Json:
    """Return one of CLDR's tables that belong to no language: `territory_currencies`, `territory_zones`, ..."""
    import babel.core

    table: Any = babel.core.get_global  # knows its names as literals
    return dict(table(name))
