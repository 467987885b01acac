"""Write words in plain ASCII, for e-mail addresses, user names and domains."""

from __future__ import annotations

import re
import unicodedata
from functools import cache, lru_cache

from synthseed.words_sources import mimesis_tables

# Letters that no Unicode decomposition takes apart, as their languages write them in plain letters.
LETTERS = {
    "ß": "ss",
    "æ": "ae",
    "ø": "o",
    "å": "a",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ł": "l",
    "œ": "oe",
    "ı": "i",
    "ħ": "h",
    "ŋ": "n",
    "ー": "",
}
UMLAUTS = {"ä": "ae", "ö": "oe", "ü": "ue"}  # German; elsewhere the dots are dropped
NORDIC = {"å": "aa", "ø": "oe", "æ": "ae"}  # Danish and Norwegian
SMALL_KANA = {"ゃ": "ya", "ゅ": "yu", "ょ": "yo"}


@cache
def _cyrillic() -> dict[str, str]:
    tables = mimesis_tables("common")
    letters = dict(tables["COMMON_LETTERS"])
    for language in ("ru", "uk", "kk"):
        for letter, latin in tables["ROMANIZATION_DICT"].get(language, {}).items():
            letters.setdefault(letter, latin)
    return {letter: latin.lower() for letter, latin in letters.items() if ord(letter) > 0x300}


@cache
def _letter(char: str) -> str:
    """Return the Latin letters of one character by its Unicode name; "" where it has none.

    Kana and Hangul syllables are named by their sound (HIRAGANA LETTER KA), Greek letters by theirs (THETA: th).
    """
    name = unicodedata.name(char, "").split()
    if len(name) < 3 or name[0] not in {"HIRAGANA", "KATAKANA", "HANGUL", "GREEK"}:
        return ""
    if name[0] == "GREEK":
        sound = re.match(r"[TPC][HS]|.", name[-1] if "FINAL" in name else name[3] if len(name) > 3 else name[-1])
        return sound[0].lower() if sound else ""
    return name[-1].lower()


def latin(text: str, language: str = "") -> str:
    """Return a word in ASCII letters, digits and blanks, lower case; "" when a letter of it has no Latin form.

    Args:
        text: The word.
        language: ISO 639; German writes ü as ue, Danish and Norwegian å as aa.
    """
    special = UMLAUTS if language == "de" else NORDIC if language in {"da", "no", "nb"} else {}
    out: list[str] = []
    for char in unicodedata.normalize("NFC", text).lower():
        known = special.get(char, LETTERS.get(char, _cyrillic().get(char)))
        if known is None:
            plain = "".join(c for c in unicodedata.normalize("NFKD", char) if not unicodedata.combining(c))
            known = plain if plain.isascii() else _syllable(char, out)
            if not known and (char.isalpha() or unicodedata.category(char) == "Lo"):
                return ""
        out.append(known)
    return "".join(out)


def _syllable(char: str, out: list[str]) -> str:
    sound = _letter(char)
    if out and char in SMALL_KANA and len(out[-1]) > 1 and out[-1].endswith("i"):  # ki + small yo: kyo
        out[-1] = out[-1][:-1]
    return SMALL_KANA.get(char, sound)


def slug(text: str, language: str = "") -> str:
    """Return only the ASCII letters and digits of a word, joined; "" when it has no Latin form."""
    return re.sub(r"[^a-z0-9]", "", latin(text, language))


@lru_cache(maxsize=1 << 14)  # towns, regions and names come again and again
def fold(text: str) -> str:
    """Return a word without accents and case, to compare spellings of different packages."""
    lower = text.lower()
    if lower.isascii():
        return lower if lower.isalnum() else re.sub(r"[^a-z0-9]", "", lower)
    plain = unicodedata.normalize("NFKD", lower)
    return re.sub(r"[^a-z0-9]", "", "".join(LETTERS.get(c, c) for c in plain if not unicodedata.combining(c)))
