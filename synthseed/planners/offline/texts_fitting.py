"""Make texts fit: fill in the slots that they name, keep what the type can hold, and count what can be told apart."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from itertools import islice, product
from math import gcd

from synthseed.plan import Choice, Slot, Template, Tier
from synthseed.planners.offline.question import TextQuestion
from synthseed.planners.offline.texts_fields import field_for
from synthseed.planners.offline.texts_vocabulary import package_words, phrases

ALL = Decimal(100)
TOKEN = re.compile(r"\{([^{}]+)\}")
NUMBERED = re.compile(r"(\w+?)\d?$")
BUILT_IN = re.compile(r"(col:.+|seq(:\d+)?|(digits|upper|lower|hex):\d+|int:-?\d+--?\d+|year(:.+)?|\w+\.\w+)")
GUESS = 60  # characters taken for a column without a length
ENUMERATED = 20_000  # texts of a template that are looked at one by one
LISTED = 250  # unique names that a plan lists one by one; above, a template makes them
DRAWN = 40  # words taken from a package for a small table


@dataclass(frozen=True, slots=True)
class Filled:
    """Hold texts and the slots that they name, nested ones included."""

    texts: tuple[str, ...]
    slots: tuple[Slot, ...]

    @property
    def template(self) -> Template:
        """Return the generator."""
        return Template((Tier(ALL, self.texts),))


def choice(values: Iterable[str], *, skewed: bool = True) -> Choice:
    """Return a choice from common to rare; the first third takes two thirds of the rows."""
    members = tuple(dict.fromkeys(values))
    if not skewed or len(members) < 3:
        return Choice((Tier(ALL, members),))
    few, some = max(1, len(members) // 4), max(1, len(members) // 3)
    cuts = (members[:few], members[few : few + some], members[few + some :])
    return Choice(tuple(Tier(Decimal(share), cut) for share, cut in zip((58, 30, 12), cuts, strict=True) if cut))


def tokens(text: str) -> tuple[str, ...]:
    """Return the tokens of a text without braces and filters."""
    return tuple(part.split("|")[0] for part in TOKEN.findall(text))


def country_of(locale: str) -> str:
    """Return the country of a locale."""
    return locale.partition("_")[2][:2].upper() or "US"


def words_for(name: str, question: TextQuestion, field: str = "") -> tuple[str, ...]:
    """Return what a slot of this name says in the question's language; () where nothing is known.

    Args:
        name: A slot of the phrase file, a package's words (`surname`) or the head of a lookup (`season`). A digit at
            the end asks for the same words a second time.
        question: What is asked.
        field: Field of the table: `health`, `school`.
    """
    if name in twins(question.language):
        return tuple(word for place, word in enumerate(_words(name, question, field)) if place % 3 != 2)
    if name[:-1] in twins(question.language) and name.endswith("2"):
        return _words(name[:-1], question, field)[2::3]
    return _words(name, question, field)


@cache
def twins(language: str) -> frozenset[str]:
    """Return the slots that texts of a language name twice (`{city} – {city2}`): each half has words of its own."""
    data = phrases(language).data
    return frozenset(found for found in re.findall(r"\{(\w+)2[|}]", str(data)) if f"{found}2" not in data.get("slots", {}))


def _words(name: str, question: TextQuestion, field: str) -> tuple[str, ...]:
    said = phrases(question.language)
    own = said.values("slots", name) or said.top("regions" if name == "region" else name) or said.values("lookups", f"{name}@{field}", name)
    if own:
        return own
    bare = NUMBERED.fullmatch(name)
    if bare is not None and bare[1] != name:
        return words_for(bare[1], question, field)
    words = package_words(name, question.language, country_of(question.locale))
    most = DRAWN if question.rows <= 300 else 4 * DRAWN if question.rows <= 5_000 else len(words)
    step = max(1, len(words) // most)
    return words[::step][:most] if name != "firstname" else words


def fill(
    texts: Iterable[str],
    question: TextQuestion,
    *,
    given: Mapping[str, tuple[str, ...]] | None = None,
    widths: Mapping[str, int] | None = None,
) -> Filled | None:
    """Return the texts whose slots are all known and that fit the column's length, with their slots; None when none is.

    Args:
        texts: Texts of the phrase file, or made of them.
        question: What is asked.
        given: Slots that the phrase file does not know.
        widths: Most characters of tokens that read other columns or joint tables.
    """
    known = dict(given or {})
    field = field_for(question)
    seen: set[str] = set()
    failed: set[str] = set()
    kept = tuple(text for text in dict.fromkeys(texts) if _resolve(text, question, field, known, seen, failed))
    limit = question.column.type.length
    fits = tuple(text for text in kept if limit is None or longest(text, known, question, widths) <= limit)
    if not fits:
        return None
    used = _reachable(fits, known)
    return Filled(fits, tuple(Slot(name, (Tier(ALL, known[name]),)) for name in known if name in used))


def _resolve(text: str, question: TextQuestion, field: str, known: dict[str, tuple[str, ...]], seen: set[str], failed: set[str]) -> bool:
    """Add the slots that a text names to those known; False when one of them is not."""
    for name in tokens(text):
        if name in failed:
            return False
        if BUILT_IN.fullmatch(name) or name in seen:
            continue
        seen.add(name)
        values = known.get(name) or words_for(name, question, field)
        if not values:
            failed.add(name)
            return False
        known[name] = values
        good = tuple(value for value in values if _resolve(value, question, field, known, seen, failed))
        if not good:
            failed.add(name)
            return False
        known[name] = good
    return True


def _reachable(texts: Iterable[str], known: Mapping[str, tuple[str, ...]]) -> set[str]:
    found: set[str] = set()
    open_texts = list(texts)
    while open_texts:
        for name in tokens(open_texts.pop()):
            if name in known and name not in found:
                found.add(name)
                open_texts.extend(known[name])
    return found


def longest(text: str, slots: Mapping[str, tuple[str, ...]], question: TextQuestion, widths: Mapping[str, int] | None = None) -> int:
    """Return the most characters that a text can take."""
    return len(TOKEN.sub("", text)) + sum(_width(name, slots, question, widths or {}) for name in tokens(text))


def _width(name: str, slots: Mapping[str, tuple[str, ...]], question: TextQuestion, widths: Mapping[str, int]) -> int:
    if name in widths:
        return widths[name]
    if name in slots:
        return max(longest(value, slots, question, widths) for value in slots[name])
    kind, _, rest = name.partition(":")
    if kind == "col":
        column = question.table.by_name.get(rest)
        return (column.type.length if column is not None else None) or GUESS
    if kind == "seq":
        return max(int(rest or 6), len(str(question.rows)))  # the engine takes six digits for a number without a width
    if kind == "int":
        return max(len(part) for part in rest.split("-"))
    if kind == "year":
        return 4
    return int(rest) if rest.isdigit() else GUESS // 2


def space(text: str, slots: Mapping[str, tuple[str, ...]]) -> int:
    """Return how many texts a template can tell apart, columns and joints counted as one."""
    size = 1
    for name in tokens(text):
        kind, _, rest = name.partition(":")
        if name in slots:
            size *= sum(space(value, slots) for value in slots[name])
        elif kind in ("digits", "hex", "upper"):
            size *= {"digits": 10, "hex": 16, "upper": 26}[kind] ** int(rest)
        elif kind == "int":
            low, high = rest.split("-")
            size *= int(high) - int(low) + 1
        elif kind == "seq":
            size *= 10**12
    return size


def apart(filled: Filled, rows: int) -> Filled | None:
    """Return texts that can name `rows` things apart; None when they can't.

    A few are listed one by one, so that every kind of name is among them. For more, one template must do, and one that
    can be read back: the engine draws from its numbered texts.
    """
    slots = {slot.name: slot.tiers[0].values for slot in filled.slots}
    if rows <= LISTED:
        listed = _listed(filled.texts, slots, max(2 * rows, 12) if rows <= 150 else rows + 100)
        return Filled(listed, ()) if len(listed) >= rows else None
    sized = sorted((text for text in filled.texts if readable(text, slots)), key=lambda text: -space(text, slots))
    if not sized or space(sized[0], slots) < 2 * rows:
        return None
    used = _reachable(sized[:1], slots)
    return Filled((sized[0],), tuple(slot for slot in filled.slots if slot.name in used))


def _listed(texts: tuple[str, ...], slots: Mapping[str, tuple[str, ...]], count: int) -> tuple[str, ...]:
    """Return distinct texts without tokens, from every template in turn, spread over what it can say."""
    found: dict[str, str] = {}
    sources = []
    for text in texts:
        if "{col:" not in text and "{seq" not in text:
            rendered = list(dict.fromkeys(islice(renderings(text, slots), ENUMERATED)))
            step = max(1, len(rendered) * 618 // 1000)
            while gcd(step, len(rendered)) > 1:
                step += 1
            sources.append([rendered[at * step % len(rendered)] for at in range(min(len(rendered), count))])
    for place in range(count):
        for source in sources:
            if place < len(source) and len(found) < count:
                found.setdefault(source[place].casefold(), source[place])
    return tuple(found.values())


def readable(text: str, slots: Mapping[str, tuple[str, ...]]) -> bool:
    """Tell whether a text's slots can be read back: each ends before a character that none of its values holds."""
    parts = TOKEN.split(text)
    names = [part for at, part in enumerate(parts) if at % 2]
    if len(set(names)) < len(names) or "{seq" in text:
        return False
    for at, part in enumerate(parts):
        if at % 2 == 0 or part.startswith(("digits:", "upper:", "hex:", "lower:")):
            continue
        after = parts[at + 1][:1]
        last = not after and at + 2 >= len(parts)
        if part in slots and not any("{" in value for value in slots[part]):
            if not last and (not after or any(after in value for value in slots[part])):
                return False
        elif part.startswith("int:"):
            if not last and (not after or after.isdigit()):
                return False
        else:
            return False
    return True


def renderings(text: str, slots: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    """Return every text of a template of slots and small numbers, filters aside."""
    parts = TOKEN.split(text)
    pools = [list(_values(part, slots)) if at % 2 else [part] for at, part in enumerate(parts)]
    return ("".join(found) for found in product(*pools))


def _values(token: str, slots: Mapping[str, tuple[str, ...]]) -> Iterator[str]:
    name, *filters = token.split("|")
    kind, _, rest = name.partition(":")
    if name in slots:
        found: Iterator[str] = (text for value in slots[name] for text in renderings(value, slots))
    elif kind == "int":
        low, high = rest.split("-")
        found = (str(number) for number in range(int(low), int(high) + 1))
    elif kind == "digits":
        found = (str(number).zfill(int(rest)) for number in range(10 ** int(rest)))
    elif kind == "upper":
        found = ("".join(letters) for letters in product("ABCDEFGHIJKLMNOPQRSTUVWXYZ", repeat=int(rest)))
    else:
        found = iter((f"<{name}>",))
    return (value.lower() for value in found) if "lower" in filters else found
