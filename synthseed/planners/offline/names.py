"""Read names: `cust_nm`, `OrderItems` and `geburtsdatum` become English words.

A lexicon (`lexicon.tsv`) maps abbreviations and words of other languages to English concepts; compounds are cut into
parts that it knows. The language of a schema is guessed from its own names, because `note` is a grade in German and a
remark in English.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from importlib.resources import files

LANGUAGES = ("en", "de", "fr", "es", "it", "nl", "pt")
LOCALES = {"en": "en_US", "de": "de_DE", "fr": "fr_FR", "es": "es_ES", "it": "it_IT", "nl": "nl_NL", "pt": "pt_PT"}
PREFIXES = frozenset({"tbl", "tb", "t", "fk", "pk", "vw", "dim", "fct", "stg"})
HEADS = frozenset(
    [
        "date",
        "number",
        "time",
        "name",
        "price",
        "amount",
        "code",
        "type",
        "status",
        "total",
        "method",
        "address",
        "hour",
        "level",
        "unit",
        "reason",
        "count",
        "line",
        "detail",
        "entry",
    ]
)
FILLERS = frozenset(
    ["de", "du", "des", "la", "le", "les", "del", "da", "do", "das", "dos", "der", "die", "of", "the", "d", "l", "el", "los", "las", "di"]
)
INTERNATIONAL = frozenset(
    [
        "id",
        "name",
        "email",
        "status",
        "code",
        "url",
        "text",
        "date",
        "total",
        "version",
        "type",
        "position",
        "region",
        "stock",
        "article",
        "service",
        "client",
    ]
)
SHORT = frozenset({"id", "nr", "no", "at", "am", "by", "ip", "plz"})
LINKS = ("", "s", "n", "en", "es", "e")
FOLDED = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue", "æ": "ae", "ø": "o"})
TOKEN = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")


@cache
def lexicon() -> Mapping[str, Mapping[str, tuple[str, ...]]]:
    """Return the concepts of each language's words."""
    found: dict[str, dict[str, tuple[str, ...]]] = {language: {} for language in LANGUAGES}
    text = files("synthseed.planners.offline").joinpath("lexicon.tsv").read_text("utf-8")
    for line in text.splitlines()[1:]:
        language, word, concept = line.split("\t")
        found[language][word] = tuple(concept.split(" "))
    return found


@cache
def vocabulary() -> frozenset[str]:
    """Return the English words that the lexicon translates into."""
    return frozenset(word for words in lexicon().values() for concept in words.values() for word in concept)


def tokens(name: str) -> tuple[str, ...]:
    """Return the parts of a name in lower case and ASCII: `OrderItems2` is ("order", "items", "2")."""
    text = unicodedata.normalize("NFKD", name.translate(FOLDED)).encode("ascii", "ignore").decode()
    parts = [part.lower() for part in TOKEN.findall(text)]
    if len(parts) > 1 and parts[0] in PREFIXES:
        parts = parts[1:]
    return tuple(parts) or (name.lower(),)


@cache
def words(name: str, language: str = "en") -> tuple[str, ...]:
    """Return a name as English words, singular: `cust_nm` is ("customer", "name")."""
    parts = tokens(name)
    found: list[str] = []
    skip = 0
    for at, part in enumerate(parts):
        if skip:
            skip -= 1
            continue
        joined = _known("".join(parts[at : at + 2]), language) if at + 1 < len(parts) and len(part) > 2 else None
        if joined is not None and at + 2 <= len(parts) and part + parts[at + 1] not in parts:
            found += joined
            skip = 1
        elif part in FILLERS and len(parts) > 1 and language != "en":
            continue
        elif part == "no" and (at == 0 or at + 1 < len(parts)):
            found.append(part)
        else:
            found += concept(part, language)
    return _ordered(tuple(found) or parts, language)


def _ordered(found: tuple[str, ...], language: str) -> tuple[str, ...]:
    """Put the head noun last: `fecha_nacimiento` is a birth date, `num_orders` an order count."""
    if len(found) > 1 and found[0] == "number" and language == "en":
        return (*found[1:], "count")
    if len(found) > 1 and language in ("fr", "es", "it", "pt") and found[0] in HEADS:
        found = (*found[1:], found[0])
    if found[-2:] == ("created", "by") or found[-2:] == ("created", "from"):
        return (*found[:-1], "by")
    return found[:-1] if found[-2:] in (("birth_date", "date"), ("at", "date")) else found


def _known(part: str, language: str) -> tuple[str, ...] | None:
    own = lexicon().get(language, {}).get(part)
    if own is not None:
        return own
    return lexicon()["en"].get(part)


@cache
def concept(part: str, language: str = "en") -> tuple[str, ...]:
    """Return the English words for one part of a name; the part itself, singular, where nothing is known."""
    found = _known(part, language)
    if found is not None:
        return found
    single = singular(part)
    known = _known(single, language) if language == "en" and single != part else None
    if known is not None and len(single) > 4:
        return known
    if part in vocabulary() or single in vocabulary() or part.isdigit():
        return (part if part in vocabulary() and not part.endswith("ies") and single not in vocabulary() else single,)
    for other in LANGUAGES:
        if part in lexicon()[other] and len(part) > 3:
            return lexicon()[other][part]
    compound = _compound(part, language) or (_compound(part, "de") if language == "en" and len(part) > 8 else None)
    if compound is not None:
        return compound
    return (single if language == "en" else part,)


@cache
def _compound(part: str, language: str) -> tuple[str, ...] | None:
    """Cut a compound into known words, the longest first; None where a rest stays unknown."""
    for length in range(len(part) - 2, 2, -1):
        head = _member(part[:length], language)
        if head is None:
            continue
        for link in LINKS if language in ("de", "nl") else ("",):
            rest = part[length + len(link) :]
            if not part[length:].startswith(link) or (len(rest) < 3 and rest not in SHORT):
                continue
            tail = _member(rest, language) or _compound(rest, language)
            if tail is not None:
                return head + tail
    return None


def _member(part: str, language: str) -> tuple[str, ...] | None:
    if len(part) < 3 and part not in SHORT:
        return None
    if part in vocabulary():
        return lexicon().get(language, {}).get(part, (part,))
    return lexicon().get(language, {}).get(part) or (lexicon()["en"].get(part) if len(part) > 3 or part in SHORT else None)


IRREGULAR = {
    "diagnoses": "diagnosis", "analyses": "analysis", "theses": "thesis", "crises": "crisis",
    "people": "person", "children": "child", "men": "man", "women": "woman", "mice": "mouse", "feet": "foot", "data": "data",
    "media": "media", "series": "series", "species": "species", "news": "news", "criteria": "criterion", "indices": "index",
    "matrices": "matrix", "movies": "movie", "cookies": "cookie", "calories": "calorie", "knives": "knife", "lens": "lens",
    "causes": "cause", "houses": "house", "warehouses": "warehouse", "expenses": "expense", "courses": "course", "uses": "use",
}  # fmt: skip


def singular(word: str) -> str:
    """Return an English word in the singular."""
    if word in IRREGULAR:
        return IRREGULAR[word]
    if len(word) < 4 or word.endswith(("ss", "us", "is", "ics")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y"
    if word.endswith(("sses", "shes", "ches", "xes", "zzes", "uses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") else word


def guess_language(names: Iterable[str]) -> str:
    """Return the language that most names of a schema are written in."""
    parts = {part for name in names for part in tokens(name)} - INTERNATIONAL
    english = {part for part in parts if part in vocabulary() or singular(part) in vocabulary() or part in lexicon()["en"]}
    english |= {part for part in parts - english if len(part) > 7 and _compound(part, "en") is not None}  # ordernumber
    best, most = "en", 1
    for language in LANGUAGES[1:]:
        own = {part for part in parts if part in lexicon()[language] or (len(part) > 7 and _compound(part, language) is not None)}
        strange = own - english
        if len(strange) > most and len(strange) > len(english - own):
            best, most = language, len(strange)
    return best


def says(found: tuple[str, ...], phrase: str) -> bool:
    """Tell whether the words hold this phrase, in order and together."""
    parts = tuple(phrase.split(" "))
    return any(found[at : at + len(parts)] == parts for at in range(len(found) - len(parts) + 1))


def ends(found: tuple[str, ...], *phrases: str) -> bool:
    """Tell whether the words end with one of these phrases."""
    return any(found[-len(parts) :] == parts for parts in (tuple(phrase.split(" ")) for phrase in phrases))
