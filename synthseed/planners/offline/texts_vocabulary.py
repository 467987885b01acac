"""Hold what texts are built of: phrases in a schema's language (`phrases/*.yml`), and words out of packages' data.

Names of people, cities, dishes, cars and the like come from packages; the phrase files know only how a language speaks
of a kind of thing. A language without a phrase file has names and codes, and no sentences.
"""

from __future__ import annotations

import ast
import csv
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from typing import Any

RELATIVES = ("en", "de", "fr", "es", "nl", "sv", "da", "it", "pl")  # locales whose first names are compared
LONGEST = 22  # of a package's word; longer dishes and cars do not fit into names


@dataclass(frozen=True)
class Phrases:
    """Hold one language's phrases. `texts` and `values` are empty where the file says nothing."""

    language: str
    data: Mapping[str, Any]

    def values(self, section: str, *names: str) -> tuple[str, ...]:
        """Return the values of the first name that a section of word lists knows."""
        for name in names:
            if name in self.data.get(section, {}):
                return split(self.data[section][name])
        return ()

    def texts(self, section: str, *names: str) -> tuple[str, ...]:
        """Return the whole texts of the first name that a section knows."""
        for name in names:
            if name in self.data.get(section, {}):
                return tuple(self.data[section][name])
        return ()

    def top(self, name: str) -> tuple[str, ...]:
        """Return a word list that stands on its own: `regions`, `series`."""
        return split(self.data.get(name, ""))

    def word(self, section: str, name: str) -> str:
        """Return one word that a section keeps under a name, "" where it has none."""
        return str(self.data.get(section, {}).get(name, ""))

    def group(self, section: str, *names: str) -> Mapping[str, Any]:
        """Return the mapping of the first name that a section knows."""
        for name in names:
            if name in self.data.get(section, {}):
                return dict(self.data[section][name])
        return {}


def split(text: object) -> tuple[str, ...]:
    """Return the values of a word list."""
    return tuple(part for part in str(text).split(" | ") if part)


@cache
def phrases(language: str) -> Phrases:
    """Return the phrases of a language; those that every language shares where it has no file."""
    import yaml

    folder = files("synthseed.planners.offline").joinpath("phrases")
    own = folder.joinpath(f"{language}.yml")
    text = (own if own.is_file() else folder.joinpath("any.yml")).read_text("utf-8")
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return Phrases(language, yaml.load(text, loader) or {})  # a safe loader in both cases


# ---------------------------------------------------------------------------------------------- packages
def folder(package: str) -> Path:
    """Return the folder of an installed package, without importing it: mimesis takes 0.2 s, its data 5 ms."""
    found = find_spec(package)
    if found is None or found.origin is None:  # pragma: no cover - both are dependencies
        raise ModuleNotFoundError(package)
    return Path(found.origin).parent


@cache
def mimesis(language: str, name: str) -> dict[str, Any]:
    """Return one of the JSON files of mimesis, {} where the language has none."""
    path = folder("mimesis") / "datasets" / language / f"{name}.json"
    return dict(json.loads(path.read_text("utf-8"))) if path.exists() else {}


@cache
def international(module: str, name: str) -> tuple[str, ...]:
    """Return a list that mimesis keeps as a Python literal (`transport`, `CARS`), read without running it."""
    path = folder("mimesis") / "datasets" / "int" / f"{module}.py"
    for node in ast.parse(path.read_text("utf-8")).body:
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target if isinstance(node, ast.AnnAssign) else None
        if isinstance(target, ast.Name) and target.id == name and isinstance(node, (ast.Assign, ast.AnnAssign)) and node.value is not None:
            return tuple(str(value) for value in ast.literal_eval(node.value))
    return ()


@cache
def airports(country: str) -> tuple[tuple[str, str, str, str], ...]:
    """Return (IATA, ICAO, name, city) of a country's airports with scheduled codes."""
    with (folder("airportsdata") / "airports.csv").open(encoding="utf-8", newline="") as lines:
        rows = [row for row in csv.DictReader(lines) if row["iata"] and row["city"] and row["country"] == country]
    return tuple((row["iata"], row["icao"], row["name"], row["city"]) for row in rows)


@cache
def cities(language: str, country: str) -> tuple[str, ...]:
    """Return towns of a country that are large enough for an airport, one word each."""
    flown = {row[3] for row in airports(country)}
    known = [str(city) for city in mimesis(language, "address").get("city", ())]
    both = [city for city in known if city in flown and city.isalpha()]
    found = both if len(both) >= 15 else [city for city in (*both, *sorted(flown)) if city.isalpha()]
    return tuple(dict.fromkeys(city for city in found if len(city) <= 12))


@cache
def firstnames(language: str) -> tuple[str, ...]:
    """Return first names of a language that several others share: the lists are long and full of rarities."""
    known = {name: _names(name) for name in dict.fromkeys((language, *RELATIVES))}
    others = [names for name, names in known.items() if name != language]
    shared = sorted(name for name in known[language] if sum(name in names for names in others) >= 4)
    return tuple(shared) if len(shared) >= 20 else tuple(sorted(known[language])) or firstnames("en")


def _names(language: str) -> frozenset[str]:
    names = mimesis(language, "person").get("names", {})
    return frozenset(name for part in names.values() for name in part) if isinstance(names, dict) else frozenset(names)


def surnames(language: str) -> tuple[str, ...]:
    """Return surnames of a language."""
    names = mimesis(language, "person").get("surnames", ())
    found = sorted({name for part in names.values() for name in part}) if isinstance(names, dict) else list(names)
    return tuple(found) or surnames("en")


FOODS = {"dish": "dishes", "drink": "drinks", "fruit": "fruits", "vegetable": "vegetables", "spice": "spices"}
SOURCES = {
    "car": ("transport", "CARS"), "airplane": ("transport", "AIRPLANES"), "car_maker": ("transport", "AUTO_MANUFACTURERS"),
    "programming": ("development", "PROGRAMMING_LANGS"), "system": ("development", "OS"), "licence": ("development", "LICENSES"),
    "stage_software": ("development", "STAGES"), "phone_model": ("hardware", "PHONE_MODELS"), "cpu": ("hardware", "CPU"),
    "resolution": ("hardware", "RESOLUTIONS"),
}  # fmt: skip


@cache
def package_words(name: str, language: str, country: str) -> tuple[str, ...]:
    """Return a package's words under the name of a slot (`surname`, `dish`, `car`), () for a name that is none."""
    if name in FOODS:
        return _foods(FOODS[name], language)
    if name in SOURCES:
        return tuple(word for word in international(*SOURCES[name]) if len(word) <= LONGEST)
    if name in ("plant", "ingredient"):
        parts = ("vegetable", "spice") if name == "ingredient" else ("fruit", "vegetable", "spice")
        return tuple(dict.fromkeys(word for part in parts for word in package_words(part, language, country)))
    made = {
        "surname": lambda: _plain(surnames(language)),
        "firstname": lambda: _plain(firstnames(language)),
        "city": lambda: cities(language, country) or cities("en", "US"),
        "airport": lambda: tuple(dict.fromkeys(row[2] for row in airports(country) if len(row[2]) <= 40)),
        "occupation": lambda: _occupations(language),
    }
    return made[name]() if name in made else ()


def _plain(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if 3 <= len(word) <= 12 and word.isalpha() and word[0].isupper())


def _foods(name: str, language: str) -> tuple[str, ...]:
    """Return foods of a language; () where the list is English in another language's file (mimesis, es: vegetables)."""
    words = mimesis(language, "food").get(name, ())
    copied = language != "en" and len(set(words) & set(mimesis("en", "food")[name])) > len(words) // 2
    shown = tuple(dict.fromkeys(word for word in words if 3 <= len(word) <= LONGEST and re.fullmatch(r"[\w' -]+", word)))
    return shown if len(shown) >= 8 and not copied else ()


def _occupations(language: str) -> tuple[str, ...]:
    """Return occupations; where both forms are given (`Arzt / Ärztin`), the first."""
    words = tuple(word.split(" / ")[0] for word in mimesis(language, "person").get("occupation", ()))
    return tuple(word for word in words if len(word) <= LONGEST)
