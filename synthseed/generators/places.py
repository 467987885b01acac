"""Make addresses: one number per row is a place, a street and a house number, and every field of the address reads it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from synthseed import chunk
from synthseed import words_sources as sources
from synthseed.cells import Cells, numbers, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, fitting, group_of, is_numeric, is_unique, length_of, one_per_index, pooled
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Ints, below, scrambled
from synthseed.words import Words, country_name, current_currencies
from synthseed.words_places import Places

TOWN_FIELDS = (
    "city",
    "state",
    "region",
    "state_code",
    "postcode",
    "county",
    "latitude",
    "longitude",
    "street",
    "address",
    "secondary_address",
)
COUNTRY_FIELDS = ("country", "country_code", "timezone", "currency_code", "language_code", "language", "locale", "currency_name")
FIELDS = (*TOWN_FIELDS, *COUNTRY_FIELDS)
HOUSES = {"US": 200, "CA": 200, "AU": 200}
FEW_HOUSES = 120
HOME = 60  # percent of the rows of a country column without a town that are the locale's own country
SPREAD = 0xD1B54A32D192ED03
# mimesis' formats put the number first in these; Via Roma, 12 and Nygade 12 are how it is written there.
FORMATS = {"it": "{st_sfx} {st_name}, {st_num}", "da": "{st_name} {st_num}", "no": "{st_name} {st_num}", "ja": "{st_name}{st_num}"}
CITY_FIRST = {"US", "CA", "AU", "GB", "IE", "NZ", "IN"}  # the postcode stands behind the town


@dataclass(frozen=True)
class Addresses:
    """Hold what addresses of a country are made of.

    Attributes:
        places: Its places; one that is common is listed several times.
        copies: Which copy of its place each is; places of one town with postcodes of their own are all 0.
        streets: Street names, complete but for the number.
        houses: House numbers, as they are written.
        most: Copies that a place has at most.
    """

    places: Places
    copies: Ints
    most: int
    streets: tuple[str, ...]
    houses: tuple[str, ...]
    before: bool
    between: str

    @property
    def size(self) -> int:
        """Return how many addresses there are."""
        return len(self.places) * len(self.streets) * (len(self.houses) // self.most)

    def split(self, index: Ints) -> tuple[Ints, Ints, Ints]:
        """Return place, street and house of each number."""
        rest, place = np.divmod(index, len(self.places))
        house, street = np.divmod(rest, len(self.streets))
        return place, street, house * self.most + self.copies[place]


@lru_cache(maxsize=32)
def _addresses(locale: str) -> Addresses:
    words = Words.of(locale)
    places = words.places()
    seen: Counter[tuple[str, str]] = Counter()
    copies = []
    for town in places.towns:
        copies.append(seen[town.city, town.postcode])
        seen[town.city, town.postcode] += 1
    pattern = FORMATS.get(words.language) or words.text("address", "address_fmt") or "{st_name} {st_num}"
    most = max(copies) + 1
    houses = HOUSES.get(words.country, FEW_HOUSES) * most
    before = pattern.startswith("{st_num}")
    between = "" if words.language in ("ja", "zh") else ", " if ", {st_num}" in pattern else " "
    return Addresses(
        places, np.array(copies, np.int64), most, tuple(_streets(words, pattern)), tuple(_houses(words, houses)), before, between
    )


def _houses(words: Words, count: int) -> list[str]:
    if words.language == "ja":
        return [f"{n % 9 + 1}-{n // 9 % 20 + 1}-{n % 17 + 1}" for n in range(count)]
    return [str(number + 1) for number in range(count)]


def _streets(words: Words, pattern: str) -> list[str]:
    """Return street names with their kind (Street, Rue, ul.), where the list does not hold it already."""
    names = list(words.pool("street").texts)
    kinds = list(words.pool("street_suffix").texts)
    starts = Counter(name.split()[0] for name in names)
    complete = starts.most_common(1)[0][1] * 10 > 3 * len(names)  # Rua ..., Calle ...
    bare = complete or ("{st_sfx}" not in pattern and words.language != "ja")
    kinds = [""] if bare else _weighted(kinds, names)
    first = pattern.find("{st_sfx}") < pattern.find("{st_name}")
    space = "" if words.language in ("ja", "zh") else " "
    done = []
    for number, name in enumerate(names):
        name = _particles(name) if words.language == "fr" else name
        kind = kinds[number * 7919 % len(kinds)]
        if not kind or name.split()[0] in kinds or name.split()[-1] in kinds:
            done.append(name)
        else:
            done.append(f"{kind}{space}{name}" if first and words.language != "ja" else f"{name}{space}{kind}")
    return list(dict.fromkeys(done))


def _weighted(kinds: list[str], names: list[str]) -> list[str]:
    """Repeat each kind of street as often as it stands in the names; the order of the list decides where none does."""
    used = Counter(word for name in names for word in (name.split()[0], name.split()[-1]) if word in kinds)
    if sum(used.values()) >= 20 and len(kinds) > 8:
        return [kind for kind, count in used.most_common(5) for _ in range(min(count, 40))]
    return [kind for rank, kind in enumerate(kinds[:7]) for _ in range(max(1, 8 - 2 * rank))]


def _particles(name: str) -> str:
    lower = re.sub(r"\b(De|Du|Des|La|Le|Les|Et|Sur|Sous|En|Aux?)\b(?!$)", lambda found: found[0].lower(), name)
    return re.sub(r"\b([DL]) ?['’] ?", lambda found: f"{found[1].lower()}'", lower)


def _has_town(gen: Semantic, setting: Setting) -> bool:
    return any(
        isinstance(plan.gen, Semantic) and plan.gen.group == gen.group and plan.gen.type in TOWN_FIELDS for plan in setting.plan.columns
    )


def build_place(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of one field of an address; `gen.group` names the address.

    A country without a town is not bound to the locale's own: it is drawn from all countries, the own one most often.
    """
    if gen.type in COUNTRY_FIELDS and (is_unique(setting) or not _has_town(gen, setting)):
        return _international(gen, setting)
    words = Words.of(setting.locale)
    places = words.places()
    if gen.type in ("city", "state", "region", "state_code", "postcode", "county", "street") and is_unique(setting):
        return _alone(gen, setting, words)
    words.pool("street"), words.pool("street_suffix")
    found = _addresses(words.locale)
    make = _maker(gen, setting, words, found)
    address = gen.type == "address"
    assert found.places is places or len(found.places) == len(places)
    return Drawn(group_of("place", gen.group), found.size, make, injective=address)


def _alone(gen: Semantic, setting: Setting, words: Words) -> Drawn:
    if gen.type == "street":
        entries: list[str] = list(_addresses(words.locale).streets)
    else:
        field = {"region": "state"}.get(gen.type, gen.type)
        entries = [*dict.fromkeys(text for text in words.places().column(field) if text)]
        if gen.type == "city":
            entries = list(dict.fromkeys([*entries, *words.pool("city").texts]))
    return pooled(setting, entries, group=f"{gen.type}:{setting.name}", what=gen.type)


Make = Callable[[Ints, Rows], Cells]


def _maker(gen: Semantic, setting: Setting, words: Words, found: Addresses) -> Make:
    if gen.type in ("latitude", "longitude"):
        degrees = np.array(found.places.column(gen.type), np.int64)
        if setting.column is not None and setting.column.type.kind is Kind.TEXT:
            written = one_per_index([f"{'-' if d < 0 else ''}{abs(d) // 100}.{abs(d) % 100:02d}" for d in degrees.tolist()])
            return lambda index, rows: written(index % len(degrees))
        return lambda index, rows: numbers(degrees[index % len(degrees)], 2)
    if gen.type in ("street", "address"):
        return _street(setting, words, found, whole=gen.type == "address")
    if gen.type == "secondary_address":
        return _secondary(setting, words)
    entries = _fitted(gen, setting, _entries(gen, words, found.places))
    make = one_per_index(entries, is_numeric(setting))
    return lambda index, rows: make(index % len(entries))


def _entries(gen: Semantic, words: Words, places: Places) -> list[str]:
    country = places.country
    same = {
        "country": country_name(words.language, country),
        "country_code": country,
        "currency_code": current_currencies().get(country, "EUR"),
        "language_code": words.language,
        "locale": words.locale,
    }
    if gen.type in same:
        return [same[gen.type]] * len(places)
    if gen.type == "language":
        return [str(sources.cldr(words.language)["languages"].get(words.language, words.language))] * len(places)
    if gen.type == "currency_name":
        names = sources.cldr(words.language)["currency_names"]
        return [str(names.get(current_currencies().get(country, "EUR"), ""))] * len(places)
    return [str(text) for text in places.column({"region": "state"}.get(gen.type, gen.type))]


def _fitted(gen: Semantic, setting: Setting, entries: list[str]) -> list[str]:
    """Replace what the column can't hold: a country or state by its code, a town by the next one that fits."""
    length = length_of(setting)
    entries = [text or entries[0] for text in entries]
    if length is None or max(map(len, entries)) <= length:
        return entries
    if gen.type == "country" and length >= 2:
        words = Words.of(setting.locale)
        return [words.country] * len(entries)
    if gen.type in ("state", "region") and length <= 3:
        return _fitted(
            Semantic("state_code", gen.group),
            setting,
            _entries(Semantic("state_code"), Words.of(setting.locale), Words.of(setting.locale).places()),
        )
    if gen.type == "postcode":
        entries = [re.sub(r"[^0-9A-Z]", "", text) for text in entries]
    kept = [entries[at] for at in fitting(setting, entries, gen.type)]
    return [text if len(text) <= length else kept[number % len(kept)] for number, text in enumerate(entries)]


def _street(setting: Setting, words: Words, found: Addresses, *, whole: bool) -> Make:
    towns = found.places.towns
    if words.country in CITY_FIRST:
        ends = [
            f", {town.city}, {town.state_code} {town.postcode}" if words.country in ("US", "CA", "AU") else f", {town.city} {town.postcode}"
            for town in towns
        ]
    elif words.language in ("ja", "zh"):
        ends = [f"〒{town.postcode} {town.state}{town.city if town.city != town.state else ''}" for town in towns]
    else:
        ends = [f", {town.postcode} {town.city}" for town in towns]
    length = length_of(setting) or 10**6
    extra = max(map(len, ends)) if whole else 0
    room = length - extra - max(map(len, found.houses)) - len(found.between)
    fits = np.array([at for at, text in enumerate(found.streets) if len(text) <= room], np.int64)
    if not len(fits):
        raise PlanError(f"{setting.where}: {length} characters hold no {'address' if whole else 'street'}; widen the column")
    index_of = np.array([at if len(text) <= room else fits[at % len(fits)] for at, text in enumerate(found.streets)], np.int64)
    streets, houses, tails = (chunk.strings(pool) for pool in (found.streets, found.houses, ends))

    def make(index: Ints, rows: Rows) -> Cells:
        place, street, house = found.split(index)
        name, number = chunk.take(streets, index_of[street]), chunk.take(houses, house)
        line = (number, " ", name) if found.before else (name, found.between, number)
        if not whole:
            return texts(chunk.join(*line))
        end = chunk.take(tails, place)
        return texts(chunk.join(end, *line) if words.language in ("ja", "zh") else chunk.join(*line, end))

    return make


def _secondary(setting: Setting, words: Words) -> Make:
    patterns = [text for text in words.pool("secondary_address").texts if "PO Box" not in text and not text.startswith("#")]
    filled = (_filled(pattern, number) for pattern in patterns or words.pool("secondary_address").texts for number in range(1, 40))
    entries = list(dict.fromkeys(filled))
    kept = [entries[at] for at in fitting(setting, entries, "secondary address")]
    make = one_per_index(kept)
    return lambda index, rows: make(below(scrambled(index.astype(np.uint64) * np.uint64(SPREAD)), len(kept)))


def _filled(pattern: str, number: int) -> str:
    """Put digits for `#` and a letter for `@`: floors below 10, rooms that start with their floor."""

    def digits(found: re.Match[str]) -> str:
        width = len(found[0])
        return str(number % 9 + 1) if width == 1 else str(number % 9 + 1) + f"{number:0{width - 1}d}"[-(width - 1) :]

    return re.sub(r"#+", digits, pattern).replace("@", "ABCDEF"[number % 6])


# ---------------------------------------------------------------------------------------------- countries
@lru_cache(maxsize=32)
def _world(locale: str) -> tuple[tuple[str, int], ...]:
    """Return (country, weight): the own country gets HOME percent, the others by how many scheduled airports they have."""
    words = Words.of(locale)
    codes = words.pool("country_code").texts
    airports = sources.airports()
    served = {code: sum(bool(row["iata"]) for row in airports.get(code, ())) for code in codes if code != words.country}
    # Most customers of a firm abroad come from few countries: the 24 with most airports, and their square roots as weights.
    most = sorted(served, key=lambda code: (-served[code], code))[:24]
    others = {code: max(1, int(np.sqrt(served[code]))) for code in most}
    own = sum(others.values()) * HOME // (100 - HOME)
    return ((words.country, own), *others.items())


def _international(gen: Semantic, setting: Setting) -> Drawn:
    words = Words.of(setting.locale)
    unique = is_unique(setting) or any(_is_key(plan.column, setting) for plan in setting.plan.columns if _same_country(plan.gen, gen))
    world = tuple((code, 1) for code in words.pool("country_code").texts) if unique else _world(words.locale)
    if gen.type in ("language_code", "language", "timezone", "currency_name") and is_unique(setting):
        return pooled(setting, words.pool(gen.type).texts, group=f"{gen.type}:{setting.name}", what=gen.type)
    if gen.type == "currency_code" and is_unique(setting):
        return pooled(setting, words.pool("currency_code").texts, group=f"currency_code:{setting.name}", what=gen.type)
    entries = [_of_country(gen.type, words, code) for code, _ in world]
    length = length_of(setting)
    if gen.type == "country" and length is not None and length <= 3:
        entries = [code for code, _ in world]
    kept = fitting(setting, entries, gen.type)
    texts_ = [entries[at] if at in set(kept) else entries[kept[at % len(kept)]] for at in range(len(entries))]
    slots = np.repeat(np.arange(len(world)), [weight for _, weight in world])
    make = one_per_index(texts_, is_numeric(setting))
    injective = unique and len(set(texts_)) == len(texts_)
    return Drawn(group_of("country", gen.group), len(slots), lambda index, rows: make(slots[index]), injective=injective)


def _same_country(other: object, gen: Semantic) -> bool:
    return isinstance(other, Semantic) and other.group == gen.group and other.type in ("country", "country_code")


def _is_key(column: str, setting: Setting) -> bool:
    return any(key.columns == (column,) and not key.expressions for key in setting.table.keys)


def _of_country(type_: str, words: Words, code: str) -> str:
    if type_ == "country":
        return country_name(words.language, code)
    if type_ == "country_code":
        return code
    if type_ in ("currency_code", "currency_name"):
        currency = current_currencies()[code]
        names = sources.cldr(words.language).get("currency_names", {})
        return currency if type_ == "currency_code" else str(names.get(currency, currency))
    if type_ == "timezone":
        zones = [zone for zone in sources.cldr_global("territory_zones").get(code, ()) if "/" in zone]
        own = words.places().towns[0].timezone if code == words.country else ""
        return own or (zones[0] if zones else "Etc/UTC")
    facts = sources.cldr_global("territory_languages").get(code, {})
    official = [name for name, entry in facts.items() if entry["official_status"] in ("official", "de_facto_official") and len(name) == 2]
    language = words.language if code == words.country else (official or ["en"])[0]
    if type_ == "language_code":
        return language
    if type_ == "locale":
        return f"{language}_{code}"
    return str(sources.cldr(words.language).get("languages", {}).get(language, language))
