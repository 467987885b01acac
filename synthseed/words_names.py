"""Choose the names of persons and say how common each is.

faker lists some locales' names with a census' frequencies (en_US, sv_SE), some by rank (fr_FR's surnames) and some by the
alphabet (de_DE): of these a name is the commoner the more other lists of the language hold it. Where faker has none, or not in
Latin letters, mimesis' lists stand in, whose names are the commoner the more languages list them.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from functools import cache
from itertools import pairwise
from math import isqrt
from typing import TYPE_CHECKING, Any

from synthseed import words_sources as sources
from synthseed.words_kept import kept
from synthseed.words_latin import fold

if TYPE_CHECKING:
    from synthseed.words import Words

GENDERS = ("female", "male")
LONG, ENOUGH = 500, 150  # a list above LONG names is taken to hold rare ones, which are left out while ENOUGH are left
FOUNDERS = 1000  # surnames that firms are named after
SHARED_BY = (4, 3, 2)  # languages that must list a name of a long list, the most that leave enough
HEADERS = {"name", "nombre", "nom"}  # the Spanish list of surnames holds its own heading
NAME = re.compile(r"[^\W\d_]+(?:[ '’.-]+[^\W\d_]+)*\.?")

HEAD = {"first_name": 150, "last_name": 300}  # names of a list that persons are drawn from; the rest is rare
ENOUGH = 90  # names that a list must have to be believed about how common they are
LEAST = {"first_name": 90, "last_name": 200}  # names below which a list is filled up with mimesis'
SHARED = Fraction(3, 2)  # votes below which a name is rare
TOP = 9  # weight of the commonest name
PLAIN_NAME = re.compile(r"[^\W\d_]+(?:[ '’-]+[^\W\d_]+)*")
LATIN = re.compile("[\x00-\u024f\u1e00-\u1eff’]+")  # the blocks of Latin letters


def _is_name(text: str) -> bool:
    if wide(text):
        return bool(NAME.fullmatch(text)) and len(text) > 1
    return bool(NAME.fullmatch(text)) and len(text) > 2 and text != text.upper() and text.lower() not in HEADERS


def wide(text: str) -> bool:
    """Return whether a text is of a script without case."""
    return not any(char.isupper() or char.islower() for char in text)  # scripts without case: Han, Kana, Hangul, Arabic


@cache
def _votes() -> dict[str, Counter[str]]:
    """Return how many languages list each first name, per gender."""
    seen: dict[str, set[tuple[str, str]]] = {gender: set() for gender in GENDERS}
    for locale in sources.mimesis_locales():
        names = sources.mimesis_json(locale, "person").get("names", {})
        for gender in GENDERS:
            seen[gender].update((locale.partition("-")[0], fold(text) or text) for text in names.get(gender, ()))
    return {gender: Counter(text for _, text in pairs) for gender, pairs in seen.items()}


@cache
def lists(language: str, kind: str) -> tuple[Counter[str], int]:
    """Return how many of a language's different lists (`de`, `de-at`, `de-ch`) hold each name, and how many lists there are."""
    lists: set[frozenset[str]] = set()
    for locale in sources.mimesis_locales():
        if locale.partition("-")[0] == language:
            person = sources.mimesis_json(locale, "person")
            found = person.get("surnames", ()) if kind == "last_name" else person.get("names", {}).get(kind.partition(".")[2], ())
            names = frozenset(text for part in found.values() for text in part) if isinstance(found, dict) else frozenset(found)
            if not any(len(names ^ other) * 20 < len(names) for other in lists):  # en-gb copies en
                lists.add(names)
    return Counter(text for names in lists for text in names), len([names for names in lists if names])


def known(words: Words, kind: str, most: int = 0) -> dict[str, int]:
    """Return the common names of a list with their weights, the commonest first; empty where only mimesis has them."""
    key = (words.locale, kind, most)
    if key not in _KNOWN:
        found: dict[str, int] = kept(f"names-{words.locale}-{kind}-{most}", lambda: _known(words, kind, most))
        _KNOWN[key] = found
    return _KNOWN[key]


_KNOWN: dict[tuple[str, str, int], dict[str, int]] = {}


def _known(words: Words, kind: str, most: int) -> dict[str, int]:
    head, _, gender = kind.partition(".")
    kind = kind if head == "first_name" else head
    if head == "last_name" and isinstance(words.raw("person", "surnames"), dict):
        return {}  # bent by gender, which only mimesis lists in pairs
    if believed(words.language, words.country, kind) or not _at_home(words):
        return frequent(words.language, words.country, kind, most=most)
    if head == "last_name":
        return frequent(words.language, words.country, kind, tuple(family(words.raw("person", "surnames"), "")), most=most)
    other = "male" if gender == "female" else "female"
    return frequent(words.language, words.country, kind, *(tuple(_of_mimesis(words, side)) for side in (gender, other)), most=most)


def _at_home(words: Words) -> bool:
    """Return whether mimesis has names of the country, and not only of its language: India's are not America's."""
    from synthseed.words import country_of

    return any(country_of(name) == words.country and name.startswith(words.language) for name in sources.mimesis_locales())


def _of_mimesis(words: Words, gender: str) -> list[str]:
    counts, many = lists(words.language, f"first_name.{gender}")
    everywhere = {text for text, count in counts.items() if many > 1 and count == many}
    return given(words.raw("person", "names", gender), gender, everywhere)


def names(words: Words, kind: str) -> list[str]:
    """Return the texts of a pool of names: `first_name.female`, `last_name.male`, `founder`, ..."""
    head, _, gender = kind.partition(".")
    if head == "founder":  # firms are named after more people than have a row
        common = list(known(words, "last_name", FOUNDERS))
        return list(dict.fromkeys([*common, *family(words.raw("person", "surnames"), "male")]))[:FOUNDERS]
    if head == "spelling":  # for scripts without a plain form: all that there is
        common = list(known(words, f"first_name.{gender}", FOUNDERS))
        return list(dict.fromkeys([*common, *_of_mimesis(words, gender)]))
    found = list(known(words, kind))
    if found:
        return found
    return family(words.raw("person", "surnames"), gender) if head == "last_name" else _of_mimesis(words, gender)


def weights(words: Words, kind: str) -> list[int]:
    """Return how often each name of a pool is drawn, relative to the others.

    Where faker does not say: of bent surnames those that its list of one gender has count by their place in it. Else names that
    all lists of the language hold (of Canada's hundred first names those that America has too) count most, then those that many
    languages know.
    """
    texts = words.pool(kind).texts
    found = known(words, kind)
    if found:
        return [found.get(text, 1) for text in texts]
    if kind == "last_name.male":
        found = frequent(words.language, words.country, "last_name")
        if sum(text in found for text in texts) >= SHARED_BY[0]:
            return [found.get(text, 1) for text in texts]
    counts, many = lists(words.language, "last_name" if kind.startswith("last_name") else kind)
    top = [many > 1 and counts[text] == many for text in texts]
    if kind.startswith("last_name"):
        return [2 if shared else 1 for shared in top]
    gender = kind.partition(".")[2]
    return [6 if shared else 2 if commonness(text, gender) >= SHARED_BY[0] else 1 for shared, text in zip(top, texts, strict=True)]


def commonness(name: str, gender: str) -> int:
    """Return how many languages list a first name for this gender."""
    return _votes()[gender][fold(name) or name]


def given(names: Sequence[str], gender: str, everywhere: set[str]) -> list[str]:
    """Return first names, those of all the language's lists and then the most widely known first.

    Names that as many languages list for the other gender are left out: mimesis' English women include Aaron and Carlos.
    """
    other = "male" if gender == "female" else "female"
    kept = [text for text in names if _is_name(text) and all(wide(word) or word[0].isupper() for word in re.split(r"[ '’-]+", text))]
    kept = [text for text in kept if commonness(text, gender) > commonness(text, other)]
    if len(kept) > LONG:
        enough = ([text for text in kept if text in everywhere or commonness(text, gender) >= least] for least in SHARED_BY)
        kept = next((names for names in enough if len(names) >= ENOUGH), kept)
    return sorted(kept, key=lambda text: (text not in everywhere, -commonness(text, gender)))


def family(found: Any, gender: str) -> list[str]:
    """Return surnames in the list's own order: where a language bends them, the n-th of both genders is one family's."""
    if not isinstance(found, dict):
        return [text for text in found if _is_name(text)]
    if len(found["male"]) != len(found["female"]):
        return [text for text in found[gender] if _is_name(text)]
    pairs = {(male, female) for male, female in zip(found["male"], found["female"], strict=True) if _is_name(male) and _is_name(female)}
    males: dict[str, str] = {}
    for male, female in sorted(pairs):
        if female not in males.values():
            males.setdefault(male, female)
    return list(males.values()) if gender == "female" else list(males)


# ---------------------------------------------------------------------------------------------- faker's lists
def _key(text: str) -> str:
    return fold(text) or text


def _clean(table: Any) -> dict[str, Fraction]:
    """Return a table's names with their frequencies; 0 where it has none."""
    pairs = table.items() if isinstance(table, dict) else ((text, 0) for text in table)
    found: dict[str, Fraction] = {}
    for name, share in pairs:
        text = " ".join(str(name).split())
        if PLAIN_NAME.fullmatch(text) and len(text) > 2 and text != text.upper():
            found.setdefault(text, Fraction(share))
    return found


def _faker(locale: str, kind: str) -> dict[str, Fraction]:
    """Return faker's list of a locale, empty unless it is in Latin letters and, for surnames, the same for women and men."""
    head, _, gender = kind.partition(".")
    tables = sources.faker_tables("person", locale)
    if head == "last_name":
        table = {} if "last_names_female" in tables else tables.get("last_names") or tables.get("male_last_names", {})
    else:
        table = tables.get(f"first_names_{gender}", {})
    names = _clean(table)
    return names if all(LATIN.fullmatch(text) for text in names) else {}


def _standing(names: Mapping[str, Fraction]) -> dict[str, Fraction]:
    """Return how common each name of a list is, 1 for the commonest, by frequency or rank; empty for an alphabetical list."""
    if any(names.values()):
        most = max(names.values())
        return {text: share / most for text, share in names.items()}
    keys = [_key(text) for text in names]
    ascending = sum(a <= b for a, b in pairwise(keys))
    if ascending * 10 > 7 * len(keys):
        return {}
    return {text: Fraction(10, 10 + rank) for rank, text in enumerate(names)}


def _texts_of(locale: str, kind: str) -> list[str]:
    """Return mimesis' list of a locale, empty unless it is in Latin letters."""
    head, _, gender = kind.partition(".")
    person = sources.mimesis_json(locale, "person")
    found = person.get("surnames", ()) if head == "last_name" else person.get("names", {}).get(gender, ())
    texts = list(found.get(gender or "male", ()) if isinstance(found, dict) else found)
    return texts if texts and LATIN.fullmatch(texts[0]) else []


@cache
def _abroad(kind: str) -> tuple[tuple[str, frozenset[str]], ...]:
    """Return (language, plain names) of mimesis' lists. Names with accents, few of which two languages share, are left out."""
    lists: list[tuple[str, frozenset[str]]] = []
    for locale in sources.mimesis_locales():
        language, _, country = locale.partition("-")
        if not country:
            lists.append((language, frozenset(text.lower() for text in _texts_of(locale, kind) if text.isascii())))
    return tuple(lists)


@cache
def _list_votes(language: str, kind: str) -> dict[str, Fraction]:
    """Return what a language's lists say of each name: one for each that holds it.

    First names get one more by their standing in a list; surnames don't, since those of Belgium are not the Netherlands'.
    A list of another language counts an eighth.
    """
    votes: dict[str, Fraction] = {}
    for locale in sources.faker_locales():
        if locale.partition("_")[0] == language:
            names = _faker(locale, kind)
            standing = {} if kind == "last_name" else _standing(names)
            for key, more in {_key(text): 1 + standing.get(text, 0) for text in names}.items():
                votes[key] = votes.get(key, Fraction(0)) + more
    copies: list[frozenset[str]] = []
    for locale in sources.mimesis_locales():
        if locale.partition("-")[0] == language:
            keys = frozenset(map(_key, _texts_of(locale, kind)))
            if not any(len(keys ^ other) * 20 < len(keys) for other in copies):  # en-gb copies en
                copies.append(keys)
                for key in keys:
                    votes[key] = votes.get(key, Fraction(0)) + 1
    for spoken, abroad in _abroad(kind):
        for key in abroad & votes.keys() if spoken != language else ():
            votes[key] += Fraction(1, 8)
    return votes


def _at(language: str, country: str) -> str:
    from synthseed.words import home

    own, at_home = f"{language}_{country}", f"{language}_{home(language)}"
    return own if own in sources.faker_locales() else at_home


def _scores(language: str, country: str, kind: str, spare: tuple[str, ...]) -> dict[str, Fraction]:
    """Return how common each name is, the spellings that are to be preferred first: own ones, and González before Gonzalez."""
    own = _faker(_at(language, country), kind)
    standing = dict(sorted(_standing(own).items(), key=lambda entry: entry[0].isascii()))
    if not own or (standing and len(own) >= ENOUGH):
        return standing
    votes = _list_votes(language, kind)
    texts = sorted({**own, **_clean(spare)}, key=lambda text: (text not in own, text.isascii()))
    scores = {text: votes.get(_key(text), Fraction(1)) + standing.get(text, 0) for text in texts}
    shared = {text: score for text, score in scores.items() if score >= SHARED}
    if sum(text in own for text in shared) * 8 < len(own):
        return dict.fromkeys(own, Fraction(1))  # India's names are not those of the language's other countries
    least = LEAST[kind.partition(".")[0]]
    return shared if len(shared) >= least else {text: score for text, score in scores.items() if text in shared or text in own}


def believed(language: str, country: str, kind: str) -> bool:
    """Return whether faker's list says itself how common its names are, or there is none."""
    own = _faker(_at(language, country), kind)
    return not own or (len(own) >= ENOUGH and bool(_standing(own)))


@cache
def frequent(
    language: str, country: str, kind: str, spare: tuple[str, ...] = (), others: tuple[str, ...] = (), most: int = 0
) -> dict[str, int]:
    """Return the commonest names of a list with their weights, the commonest first; empty where faker has none.

    A name of both genders is the commoner one's.

    Args:
        language: ISO 639.
        country: ISO 3166; the language's own country stands in for one that faker does not know.
        kind: `first_name.female`, `first_name.male`, or `last_name`.
        spare: Names of another source, to fill up a short list.
        others: The same for the other gender.
        most: Names to return at most; `HEAD` without an argument.
    """
    scores = _scores(language, country, kind, spare)
    head, _, gender = kind.partition(".")
    if head == "first_name" and scores:
        other = _scores(language, country, "first_name.male" if gender == "female" else "first_name.female", others)
        rival = {_key(text): score for text, score in other.items()}
        scores = {text: score for text, score in scores.items() if score > rival.get(_key(text), 0)}
    best: dict[str, tuple[str, Fraction]] = {}
    for text, score in scores.items():
        best.setdefault(_key(text), (text, score))
    # Equal ones are shuffled: a cut by the alphabet would leave only its start.
    ranked = sorted(best.values(), key=lambda entry: (-entry[1], hashlib.blake2b(entry[0].encode(), digest_size=8).digest()))
    ranked = ranked[: most or HEAD[head]]
    return {text: _weight(score, ranked[0][1], ranked[-1][1]) for text, score in ranked}


def _weight(score: Fraction, most: Fraction, least: Fraction) -> int:
    """Return 1 to TOP: by the root of a share, or by the votes above the least, to the power of 3/2."""
    if most == least:
        return 1
    return max(1, isqrt(int(score * TOP * TOP))) if most <= 1 else 1 + isqrt(int((TOP - 1) ** 2 * ((score - least) / (most - least)) ** 3))
