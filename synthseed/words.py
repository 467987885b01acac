"""Give vocabularies of a locale as named pools of distinct texts, read from well-kept packages' data.

A pool has a digest, which a plan records: a cell depends on the words that are installed. What a locale lacks is taken from
its language, then from English, and `Words.gaps` says so. Names come from faker, which knows how common they are, or else from
mimesis, whose lists are long and without frequencies (its Swedish one has runic names): there those of many languages come first.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from synthseed import words_sources as sources
from synthseed.errors import ConfigurationError, suggestion
from synthseed.words_names import names, wide

if TYPE_CHECKING:
    import pyarrow as pa

    from synthseed.words_places import Places


# The British and Australian lists hold the townlands of Northern Ireland (Artabrackagh, Ballymacully); the Canadian one
# has streets named after British places, which read right in both.
STREETS_OF = {"en-gb": "en-ca", "en-au": "en-ca"}
# Of the 70 suffixes that mimesis lists (Bayou, Stravenue, Viaduct; in French Saint), those that most streets have, the
# commonest first; a list is known by its first one.
USUAL_SUFFIXES = {
    "Street": ("Street", "Avenue", "Road", "Drive", "Lane", "Court", "Place"),
    "Rue": ("Rue", "Avenue", "Boulevard", "Place", "Impasse", "Route", "Allée"),
}
# The legal forms that most firms of a country take; mimesis lists funds, cooperatives and foundations among them.
USUAL_FORMS = {
    "US": ("Inc.", "Corp.", "Ltd."), "GB": ("Ltd.", "PLC", "LLP"), "DE": ("GmbH", "GmbH & Co. KG", "AG", "KG", "OHG", "UG"),
    "FR": ("SARL", "SAS", "SA", "EURL"), "ES": ("S.L.", "S.A."), "IT": ("S.r.l.", "S.p.a.", "S.n.c."), "NL": ("BV", "VOF", "N.V."),
    "PL": ("Sp. z o.o.", "S.A.", "sp.j."), "SE": ("AB", "HB"), "BR": ("Ltd.", "EIRELI"), "JP": ("株式会社", "有限会社"),
}  # fmt: skip

_noted: ContextVar[dict[str, str] | None] = ContextVar("noted", default=None)


@dataclass(frozen=True)
class Pool:
    """Hold distinct texts in a fixed order.

    Attributes:
        name: `locale/list`: `de_DE/last_name`.
        texts: NFC, without control characters.
    """

    name: str
    texts: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.texts)

    @cached_property
    def digest(self) -> str:
        """Return a digest of the texts in their order."""
        return digest(self.texts)

    @cached_property
    def array(self) -> pa.Array:
        """Return the texts as an Arrow array."""
        from synthseed import chunk

        return chunk.strings(self.texts)

    def fitting(self, length: int | None) -> tuple[str, ...]:
        """Return the texts of at most `length` characters."""
        return self.texts if length is None else tuple(text for text in self.texts if len(text) <= length)


def digest(texts: Iterable[str]) -> str:
    """Return blake2b of length-prefixed texts, 16 hex digits."""
    whole = hashlib.blake2b(digest_size=8)
    for text in texts:
        data = text.encode()
        whole.update(len(data).to_bytes(4, "big") + data)
    return whole.hexdigest()


@contextmanager
def noting() -> Iterator[dict[str, str]]:
    """Collect name and digest of every pool that is handed out inside the `with` block."""
    used: dict[str, str] = {}
    token = _noted.set(used)
    try:
        yield used
    finally:
        _noted.reset(token)


class Words:
    """Give the pools of a locale, each read when it is first asked for. `Words.of` shares one object per locale."""

    def __init__(self, locale: str) -> None:
        """Take a locale such as `de_DE`, `de-AT` or `de`.

        Raises:
            ConfigurationError: No package has words of this language.
        """
        language, _, country = locale.replace("-", "_").partition("_")
        self.language = language.lower()
        self.country = country.upper() or home(self.language)
        self.locale = f"{self.language}_{self.country}"
        self.gaps: list[str] = []
        self._pools: dict[str, Pool] = {}
        self._places: dict[str, Places] = {}
        known = sources.mimesis_locales()
        wanted = (f"{self.language}-{self.country.lower()}", self.language, "en")
        self._chain = tuple(dict.fromkeys(name for name in wanted if name in known))
        if self.language not in known:
            shown = sorted({f"{name.partition('-')[0]}_{country_of(name)}" for name in known})
            raise ConfigurationError(
                f"locale: {locale!r} was found, a language with words is expected{suggestion(self.locale, shown)}; "
                f"known: {', '.join(shown)}"
            )

    @staticmethod
    @cache
    def of(locale: str) -> Words:
        """Return the words of a locale, one object per locale."""
        return Words(locale)

    @property
    def used(self) -> dict[str, str]:
        """Return name and digest of every pool given out so far."""
        found = {pool.name: pool.digest for pool in self._pools.values()}
        found.update({places.name: places.digest for places in self._places.values()})
        return dict(sorted(found.items()))

    def digest(self, name: str) -> str:
        """Return the digest of a pool."""
        return self.pool(name).digest

    def pool(self, name: str) -> Pool:
        """Return a pool by name: `first_name.female`, `last_name.male`, `street`, `occupation.female`, `country`, ...

        Raises:
            KeyError: There is no list of this name.
        """
        if name not in self._pools:
            found = self._texts(name)
            self._pools[name] = Pool(
                f"{self.locale}/{name}", tuple(dict.fromkeys(unicodedata.normalize("NFC", text).strip() for text in found))
            )
        pool = self._pools[name]
        self._note(pool)
        return pool

    def places(self, country: str = "") -> Places:
        """Return the towns of a country (the locale's own without an argument), with all that belongs to them."""
        from synthseed.words_places import places_of

        country = country or self.country
        if country not in self._places:
            self._places[country] = places_of(self, country)
        self._note(self._places[country])
        return self._places[country]

    @staticmethod
    def _note(pool: Pool | Places) -> None:
        used = _noted.get()
        if used is not None:
            used[pool.name] = pool.digest

    # ------------------------------------------------------------------------------------------ reading
    def raw(self, file: str, *path: str, chain: Sequence[str] = ()) -> Any:
        """Return what mimesis has under a path of a JSON file, from the nearest locale that has it; None where none has.

        A list that the locale's own file lacks is written down in `gaps`, with the locale that it was taken from.
        """
        for name in chain or self._chain:
            found: Any = sources.mimesis_json(name, file)
            for key in path:
                found = found.get(key) if isinstance(found, dict) else None
            if found:
                if name != (chain or self._chain)[0]:
                    gap = f"{file}.{'.'.join(path)}: {name}"
                    self.gaps.extend([gap] if gap not in self.gaps else [])
                return found
        return None

    def _texts(self, name: str) -> list[str]:
        head, _, part = name.partition(".")
        if head in ("first_name", "last_name", "founder", "spelling"):
            return names(self, name)
        if head == "salutation":
            return list(self.raw("person", "title", part, "typical") or self.raw("person", "title", part, "academic"))
        if head in _LISTS:
            file, path, shape = _LISTS[head]
            chain = self._street_chain() if head == "street" else ()
            texts = shape(_of_gender(self.raw(file, *path, chain=chain), part))
            if head == "street":
                return self._usual_streets(texts)
            if head == "company_form":
                return [text for text in USUAL_FORMS.get(self.country, ()) if text in texts] or texts[:6]
            return texts
        if head in _CLDR:
            return _CLDR[head](self)
        file, table, group = _TABLES[head]
        found = sources.mimesis_tables(file)[table]
        found = found[group] if group else found
        return [" ".join(str(text).split()) for text in found]

    def _usual_streets(self, texts: list[str]) -> list[str]:
        """Leave out streets that don't end as the country's do by faker (Straße, gatan), where most of the list's do.

        Berlin's list, the German one, has allotments, bridges and parks, and the French quarter's Rue Doret.
        """
        tables = sources.faker_tables("address", f"{self.language}_{home(self.language)}")
        lists = [found for name, found in tables.items() if name.startswith("street_suffixes")]
        endings = tuple(str(text).lower() for found in lists for text in found)
        usual = [text for text in texts if text.lower().endswith(endings)] if endings else []
        return usual if len(usual) * 10 >= 6 * len(texts) else texts

    def _street_chain(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys((STREETS_OF.get(self._chain[0], self._chain[0]), *self._chain)))

    def text(self, file: str, *path: str) -> str:
        """Return a single text: a format, the country's own name, the currency code; "" where there is none."""
        found = self.raw(file, *path)
        return found if isinstance(found, str) else ""


@cache
def home(language: str) -> str:
    """Return the country that a language is spoken in most, by CLDR's likely subtags: `en` is US, `sv` is SE."""
    likely = str(sources.cldr_global("likely_subtags").get(language, ""))
    return likely.rpartition("_")[2] or "US"


@cache
def country_of(name: str) -> str:
    """Return the country of one of mimesis' locales: `pt` is Portugal's, since Brazil has a file of its own."""
    language, _, country = name.partition("-")
    at_home = home(language)
    if country or f"{name}-{at_home.lower()}" not in sources.mimesis_locales():
        return country.upper() or at_home
    namesake = sources.cldr_global("territory_languages").get(language.upper(), {})
    return language.upper() if language in namesake else at_home


# ---------------------------------------------------------------------------------------------- shapes of lists
def _of_gender(found: Any, gender: str) -> list[str]:
    if isinstance(found, dict):
        found = found.get(gender or "male") or next(iter(found.values()))
    parts = [str(text).split(" / ") for text in found or ()]
    return [part[-1] if gender == "female" else part[0] for part in parts]  # "Arzt / Ärztin"


def _plain(texts: Iterable[str]) -> list[str]:
    """Drop what has brackets, digits or only capitals; cut nothing."""
    return [text for text in texts if re.fullmatch(r"[^\d()\[\]/:;,\"“”„]+", text) and (wide(text) or text != text.upper())]


def _street(texts: Iterable[str]) -> list[str]:
    kept = [text for text in _plain(texts) if len(text) > (1 if wide(text) else 3) and " Dit " not in text]
    return [text for text in kept if not re.search(r"\b[A-Z] [A-Z]?\b|[A-Z]{2}|Falang", text)]  # A G Bellstraat, AEG-Siedlung


def _uncased(texts: Iterable[str]) -> list[str]:
    return [re.sub(r" *\([^)]*\)", "", text).strip() for text in texts if text]


def _suffix(texts: Iterable[str]) -> list[str]:
    found = list(texts)
    usual = next((usual for first, usual in USUAL_SUFFIXES.items() if first in found), ())
    whole = [text for text in found if " " not in text or not text.split()[-1].islower()]  # not: Via degli
    return [text for text in usual if text in found] or whole


def _every(texts: Iterable[str]) -> list[str]:
    return [text for text in texts if text.strip() and text.isprintable()]


def _sentence(texts: Iterable[str]) -> list[str]:
    return [" ".join(text.split()) for text in texts if 8 <= len(text) <= 400]


_LISTS: dict[str, tuple[str, tuple[str, ...], Any]] = {
    "city": ("address", ("city",), _plain),
    "state": ("address", ("state", "name"), _every),
    "street": ("address", ("street", "name"), _street),
    "street_suffix": ("address", ("street", "suffix"), _suffix),
    "secondary_address": ("address", ("secondary_address_fmt",), _every),
    "occupation": ("person", ("occupation",), _plain),
    "nationality": ("person", ("nationality",), _plain),
    "university": ("person", ("university",), _uncased),
    "degree": ("person", ("academic_degree",), _every),
    "gender": ("person", ("gender",), _every),
    "bank": ("finance", ("banks",), _uncased),
    "company": ("finance", ("company", "name"), _plain),
    "company_form": ("finance", ("company", "type", "abbr"), _every),
    "color_name": ("text", ("color",), _every),
    "level": ("text", ("level",), _every),
    "answer": ("text", ("answers",), _every),
    "sentence": ("text", ("text",), _sentence),
    "dish": ("food", ("dishes",), _plain),
    "drink": ("food", ("drinks",), _plain),
    "fruit": ("food", ("fruits",), _plain),
    "spice": ("food", ("spices",), _plain),
    "vegetable": ("food", ("vegetables",), _plain),
}

_TABLES = {
    "user_agent": ("internet", "USER_AGENTS", ""),
    "http_method": ("internet", "HTTP_METHODS", ""),
    "operating_system": ("development", "OS", ""),
    "license": ("development", "LICENSES", ""),
    "programming_language": ("development", "PROGRAMMING_LANGS", ""),
    "folder": ("development", "FOLDERS", ""),
    "stage": ("development", "STAGES", ""),
    "project": ("development", "PROJECT_NAMES", ""),
    "device": ("hardware", "PHONE_MODELS", ""),
    "manufacturer": ("hardware", "MANUFACTURERS", ""),
    "hex_color": ("text", "SAFE_COLORS", ""),
    "blood_type": ("person", "BLOOD_GROUPS", ""),
    "car": ("transport", "CARS", ""),
    "car_brand": ("transport", "AUTO_MANUFACTURERS", ""),
    "card_brand": ("payment", "CREDIT_CARD_NETWORKS", ""),
    "keyword": ("cryptographic", "WORDLIST", ""),
    "plate": ("transport", "VR_CODES", ""),
}


# ---------------------------------------------------------------------------------------------- CLDR
def _countries() -> list[str]:
    """Return the countries that have a currency and a time zone of their own today, by code."""
    zones = sources.cldr_global("territory_zones")
    return sorted(code for code in current_currencies() if code in zones and code.isalpha() and len(code) == 2)


@cache
def current_currencies() -> dict[str, str]:
    """Return the legal tender of each country, by country code."""
    found = sources.cldr_global("territory_currencies")
    tender = {code: [entry[0] for entry in entries if entry[2] is None and entry[3]] for code, entries in found.items()}
    return {code: names[-1] for code, names in tender.items() if names}


def country_name(language: str, code: str) -> str:
    """Return a country's name in a language, as CLDR writes it; the code where CLDR has none."""
    names = sources.cldr(language).get("territories", {}) or sources.cldr("en")["territories"]
    return str(names.get(code, code))


def _languages(words: Words) -> list[str]:
    """Return the official languages of the world's countries, by code."""
    official = {"official", "de_facto_official"}
    found = sources.cldr_global("territory_languages")
    codes = {code for entry in found.values() for code, facts in entry.items() if facts["official_status"] in official}
    return sorted(code for code in codes if len(code) == 2 and code in sources.cldr("en")["languages"])


def _language_names(words: Words) -> list[str]:
    names = sources.cldr(words.language).get("languages") or sources.cldr("en")["languages"]
    return [str(names[code]) for code in _languages(words) if code in names]


def _zones(words: Words) -> list[str]:
    return sorted({zone for zones in sources.cldr_global("territory_zones").values() for zone in zones if "/" in zone})


def _currency_names(words: Words) -> list[str]:
    names = sources.cldr(words.language).get("currency_names") or sources.cldr("en")["currency_names"]
    return [str(names[code]) for code in sorted(set(current_currencies().values())) if code in names]


_CLDR: dict[str, Any] = {
    "country_code": lambda words: _countries(),
    "country": lambda words: [country_name(words.language, code) for code in _countries()],
    "currency_code": lambda words: sorted(set(current_currencies().values())),
    "currency_name": _currency_names,
    "language_code": _languages,
    "language": _language_names,
    "timezone": _zones,
}
