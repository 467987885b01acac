"""Give towns with all that belongs to them: region, postcode, coordinates, time zone, area code.

America's come from zipcodes, where all of it is real. Elsewhere a town of airportsdata (which knows region, coordinates and
time zone) is kept when mimesis lists it among the cities of that country, in mimesis' spelling; postcodes then have the
country's format, and digits that are the same for a town and start alike in a region.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from dataclasses import dataclass, fields
from difflib import get_close_matches
from functools import cached_property
from typing import TYPE_CHECKING, Any

from synthseed import words_sources as sources
from synthseed.words_kept import kept
from synthseed.words_latin import fold, slug

if TYPE_CHECKING:
    from synthseed.words import Words

FIELDS = ("city", "state", "state_code", "postcode", "county", "latitude", "longitude", "timezone", "area")
FEW = 12  # towns that both packages know, below which all of airportsdata's are taken
SURE = 20  # towns in a region that both packages know, from which on the others are left out
MOST = 16_384  # places of a country; America has 4,763, in the order of their postcodes
NO_TOWN = re.compile(r"\d|\b(air|airport|base|field|island|islands|military|camp|platform|station|heliport|naval|fort|army|farm)\b", re.I)
REGION_WORDS = re.compile(r"\b(voivodeship|province|prefecture|county|region|state|lan|län)\b", re.I)
LETTERS = "ABCEGHJKLMNPRSTXY"  # postcodes leave out D, F, I, O, Q, U in Canada, and the Netherlands' and Britain's are among these
# Codes that no rule over the letters of the name finds: Bremen and Hamburg are numbered as Hanseatic cities.
STATE_CODES = {"DE": {"Bremen": "HB", "Hamburg": "HH"}}


@dataclass(frozen=True)
class Town:
    """Describe one place: every text as it is stored, coordinates in hundredths of a degree."""

    city: str
    state: str
    state_code: str
    postcode: str
    county: str
    latitude: int
    longitude: int
    timezone: str
    area: str


@dataclass(frozen=True)
class Places:
    """Hold the places of a country; a town that is drawn more often has more of them, each with its own postcode."""

    name: str
    country: str
    towns: tuple[Town, ...]

    def __len__(self) -> int:
        return len(self.towns)

    @cached_property
    def digest(self) -> str:
        """Return a digest of all towns in their order."""
        from synthseed.words import digest

        return digest(str(getattr(town, field)) for town in self.towns for field in FIELDS)

    def column(self, field: str) -> list[Any]:
        """Return one field of every place."""
        return [getattr(town, field) for town in self.towns]


def places_of(words: Words, country: str) -> Places:
    """Return the places of a country, cities spelled as the words' locale does where that is the country's own."""
    found = kept(
        f"towns-{words.locale}-{country}",
        lambda: [tuple(getattr(town, one.name) for one in fields(Town)) for town in _towns(words, country)],
    )
    towns = [Town(*row) for row in found]
    return Places(f"{words.locale}/places.{country}", country, tuple(towns[:MOST]))


def _towns(words: Words, country: str) -> list[Town]:
    return _american() if country == "US" else _foreign(words, country)


# ---------------------------------------------------------------------------------------------- America
def _american() -> list[Town]:
    address = sources.mimesis_json("en", "address")["state"]
    states = dict(zip(address["abbr"], address["name"], strict=True))
    busy = _busy("US")
    towns: list[Town] = []
    for row in sources.zips():
        if row["state"] in states and not NO_TOWN.search(row["city"]):
            town = Town(
                city=row["city"],
                state=states[row["state"]],
                state_code=row["state"],
                postcode=row["zip_code"],
                county=row["county"],
                latitude=_hundredths(row["lat"]),
                longitude=_hundredths(row["long"]),
                timezone=row["timezone"],
                area=row["area_codes"][0],
            )
            towns.extend([town] * busy.get((fold(town.city), fold(town.state)), 1))
    return towns


def _busy(country: str) -> Counter[tuple[str, str]]:
    """Return how often a town is drawn, by the airport it has: an international one 6, one with an IATA code 2, else 1."""
    weight: Counter[tuple[str, str]] = Counter()
    for row in sources.airports().get(country, ()):
        key = (fold(_town_name(row["city"])), fold(row["subd"]))
        rank = 6 if "International" in row["name"] and row["iata"] else 2 if row["iata"] else 1
        weight[key] = max(weight[key], rank)
    return weight


def _hundredths(degrees: str) -> int:
    # Centroids to two decimals (a kilometre): a coordinate of an invented street must not point at a house.
    sign, text = (-1, degrees[1:]) if degrees.startswith("-") else (1, degrees)
    whole, _, part = text.partition(".")
    return sign * (int(whole) * 100 + int((part + "00")[:2]))


# ---------------------------------------------------------------------------------------------- elsewhere
def _town_name(city: str) -> str:
    return re.split(r"[/(,;]| - ", city)[0].strip()


def _address(words: Words, country: str) -> dict[str, Any]:
    """Return mimesis' address file of a country: of the locale itself, or of the language that is at home there."""
    from synthseed.words import country_of

    own = [name for name in sources.mimesis_locales() if country_of(name) == country]
    own.sort(key=lambda name: (name.partition("-")[0] != words.language, -len(name)))
    return sources.mimesis_json(own[0], "address") if own else {}


def _foreign(words: Words, country: str) -> list[Town]:
    address = _address(words, country)
    rows = [row for row in sources.airports().get(country, ()) if not NO_TOWN.search(_town_name(row["city"]))]
    spelled = _spellings(address.get("city", ()), words.language)
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        name = spelled.get(fold(_town_name(row["city"])))
        if name and (name not in found or row["iata"] > found[name]["iata"]):
            found[name] = row
    if len(found) < FEW:
        found |= _romanless(address, rows) or {_town_name(row["city"]): row for row in rows if row["iata"] or len(rows) < FEW}
    states = _states(address, found)
    codes = _codes(address, country)
    busy = _busy(country)
    pattern = address.get("postal_code_fmt") or "#####"
    towns: list[Town] = []
    for name, row in found.items():
        if name not in states:
            continue
        state = states[name]
        for place in range(busy[(fold(_town_name(row["city"])), fold(row["subd"]))] or 1):
            postcode = _postcode(pattern, country, state, name, place)
            code = codes.get(state, _short(state))
            towns.append(Town(name, state, code, postcode, state, _hundredths(row["lat"]), _hundredths(row["lon"]), row["tz"], ""))
    return towns or [Town(country, "", "", "00000", "", 0, 0, "Etc/UTC", "")]


def _spellings(cities: Any, language: str) -> dict[str, str]:
    """Return mimesis' spelling of each city by the ways other packages may write it: Münster, Munster, Muenster."""
    spelled: dict[str, str] = {}
    for city in cities:
        for key in (fold(city), slug(city, language)):
            if key and not NO_TOWN.search(city):
                spelled.setdefault(key, city)
    return spelled


def _romanless(address: dict[str, Any], rows: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """Return cities in a script that names of airports are not written in: those that share their name with a region.

    青森市 lies in 青森県. Their coordinates are of some town of the country.
    """
    cities = [city for city in address.get("city", ()) if not slug(city)]
    regions = {state[:-1]: state for state in address.get("state", {}).get("name", ())}
    found = {}
    for number, city in enumerate(cities):
        if city[:-1] in regions and rows:
            found[city] = dict(rows[number * 7 % len(rows)], subd=regions[city[:-1]])
    return found


def _states(address: dict[str, Any], found: dict[str, dict[str, str]]) -> dict[str, str]:
    """Return the region of each town, in mimesis' spelling where one of the country's regions is meant.

    airportsdata writes some regions in English and some in their own language (Saxony, Sachsen). Towns of an unknown one
    are left out where enough others are known; else it stays as it is.
    """
    states = list(address.get("state", {}).get("name", ()))
    names = {key: state for state in states for key in (state, fold(state), slug(state, "de")) if key}
    known = {town: _known(town, row["subd"], names) for town, row in found.items()}
    sure = {town: state for town, state in known.items() if state}
    if len(sure) >= SURE:
        return sure
    return {town: state or _region(found[town]["subd"]) for town, state in known.items()}


def _known(town: str, subdivision: str, names: dict[str, str]) -> str:
    """Return the region that a subdivision's spelling means; a town named like a region is its capital."""
    region = fold(_region(subdivision))
    close = get_close_matches(region, [name for name in names if name.isascii()], n=1, cutoff=0.82) if region else []
    return names.get(subdivision) or names.get(region) or names.get(fold(town) or town) or (names[close[0]] if close else "")


def _region(text: str) -> str:
    return " ".join(REGION_WORDS.sub("", text.replace("-", " ")).split())


def _codes(address: dict[str, Any], country: str) -> dict[str, str]:
    """Return the code of each region. mimesis' two lists run in parallel in most countries; else letters decide."""
    names = list(address.get("state", {}).get("name", ()))
    codes = [str(code).rpartition("-")[2] for code in address.get("state", {}).get("abbr", ())]
    fits = [_letters(code, name) for code, name in zip(codes, names, strict=False)]
    numbered = all(code.isdigit() for code in codes)
    if len(names) == len(codes) and (numbered or sum(fits) * 20 >= len(fits) * 19):
        return dict(zip(names, codes, strict=True))
    fixed = {name: code for name, code in STATE_CODES.get(country, {}).items() if name in names}
    for name in sorted(set(names) - set(fixed)):
        exact = [code for code in codes if code not in fixed.values() and not _start(code, name)]
        fixed.update({name: exact[0]} if exact else {})
    free = [code for code in codes if code not in fixed.values()]
    for name in sorted(set(names) - set(fixed), key=lambda name: (sum(_letters(code, name) for code in free), name)):
        fitting = [code for code in free if _letters(code, name)]
        # Of several the one that the fewest other names could take: Sachsen leaves SL to Saarland.
        if fitting:
            best = min(fitting, key=lambda code: (sum(_letters(code, other) for other in names), code))
            fixed[name] = best
            free.remove(best)
    return fixed


def _letters(code: str, name: str) -> bool:
    rest = iter(fold(name))
    return fold(name)[:1] == code[:1].lower() and all(letter in rest for letter in code.lower())


def _start(code: str, name: str) -> int:
    """Return 0 when the code is made of the initials, or of the first letters of the name."""
    initials = "".join(word[0] for word in re.split(r"[ -]+", fold_words(name)) if word)
    return 0 if initials == code.lower() or (len(initials) == 1 and fold(name).startswith(code.lower())) else 1


def fold_words(name: str) -> str:
    """Return a name's words without accents and case."""
    return " ".join(fold(word) for word in re.split(r"[ -]+", name))


def _short(state: str) -> str:
    return fold(state)[:2].upper()


def _postcode(pattern: str, country: str, state: str, city: str, place: int) -> str:
    """Fill a country's postcode format: `#` is a digit, `@` a letter; the first digit is the region's, the next the town's."""
    pattern = re.sub(r"^[A-Z]{2}-", "", pattern).replace("1###", "####")  # DK-####; 1### @@ of the Dutch list
    if country == "GB":
        pattern = "@@# #@@"
    town = hashlib.blake2b(f"{country}/{state}/{city}".encode(), digest_size=16).digest()
    here = hashlib.blake2b(f"{country}/{state}/{city}/{place}".encode(), digest_size=16).digest()
    region = hashlib.blake2b(f"{country}/{state}".encode(), digest_size=1).digest()[0]
    first = fold(city)[:2].upper().ljust(2, "X")
    marks = [at for at, mark in enumerate(pattern) if mark in "#@"]
    out = list(pattern)
    for turn, at in enumerate(marks):
        byte = town[turn] if turn < len(marks) - 2 else here[turn]
        if pattern[at] == "@":
            out[at] = first[turn] if country == "GB" and turn < 2 else LETTERS[byte % len(LETTERS)]
        else:
            out[at] = str(1 + region % 9) if turn == 0 else str(byte % 9 + 1 if turn == 1 else byte % 10)
    return "".join(out)
