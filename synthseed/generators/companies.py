"""Make companies: one number per row is a name, its legal form, and the domain that is spelled like it.

Names are made of the locale's surnames, of words that its firms' names end in, and of its legal forms; the names of firms that
exist are not used. Domains lie in `.example` (RFC 6761).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property, lru_cache

import numpy as np
import pyarrow as pa

from synthseed import chunk
from synthseed.cells import Cells, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, group_of
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Ints
from synthseed.words import Words
from synthseed.words_latin import slug

TAILS_FROM = 3  # firms whose names end in a word, from which on it is taken
FIELDS = ("company", "domain", "url", "hostname")
MAILBOXES = ("info", "office", "hello", "contact")


@dataclass(frozen=True)
class Companies:
    """Hold what company names are made of; `forms[0]` is left out of domains."""

    surnames: tuple[str, ...]
    surname_slugs: tuple[str, ...]
    tails: tuple[str, ...]
    tail_slugs: tuple[str, ...]
    forms: tuple[str, ...]
    form_slugs: tuple[str, ...]
    wide: bool

    @property
    def plain(self) -> int:
        """Return how many names there are of one surname and a form."""
        return len(self.surnames) * len(self.forms)

    @property
    def natural(self) -> int:
        """Return the names that rows are drawn from first: a quarter of one surname, the others of two parts."""
        return 4 * self.plain

    @property
    def paired(self) -> int:
        """Return the names of two surnames that the first names use, in units of `plain`."""
        return 3 - min(len(self.tails), 2)

    @property
    def size(self) -> int:
        """Return how many names there are."""
        return self.natural + max(0, self.plain * (len(self.surnames) - 1) - self.paired * self.plain)

    def parts(self, index: Ints) -> tuple[Ints, Ints, Ints, Ints]:
        """Return kind (0 one surname, 1 two surnames, 2 a surname and a word), surname, second part and form of each number."""
        count, forms = len(self.surnames), len(self.forms)
        turn, quarter = np.divmod(index, 4)
        late = index >= self.natural
        tails = min(len(self.tails), 2)
        kind = np.where(late | (quarter == 1), 1, np.where(quarter == 0, 0, np.where(quarter - 2 < tails, 2, 1)))
        # Numbers of two-surname names: quarter 1 takes the first `plain`, quarters without a word the next ones.
        block = np.where(quarter == 1, 0, quarter - 1 - tails)
        number = np.where(late, index - self.natural + self.paired * self.plain, np.where(kind == 1, block * self.plain + turn, turn))
        number = np.where(kind == 2, (quarter - 2) * self.plain + turn, number)
        first, rest = number % count, number // count
        form, step = rest % forms, rest // forms
        other = (first + 1 + (step + first * 131 + form * 17) % max(count - 1, 1)) % count
        word = (step + first * 7 + form) % max(len(self.tails), 1)
        return kind, first, np.where(kind == 2, word, other), form

    @cached_property
    def _pools(self) -> tuple[pa.Array, pa.Array, pa.Array, pa.Array]:
        between = "・" if self.wide else " & "
        second = ["", *(between + text for text in self.surnames), *(" " + text for text in self.tails)]
        second_slugs = ["", *("-" + text for text in self.surname_slugs), *("-" + text for text in self.tail_slugs)]
        return tuple(chunk.strings(pool) for pool in (self.surnames, second, self.surname_slugs, second_slugs))

    def _second(self, kind: Ints, part: Ints) -> Ints:
        return np.where(kind == 0, 0, np.where(kind == 1, 1 + part, 1 + len(self.surnames) + part))

    def name(self, index: Ints) -> pa.Array:
        """Return the name of each number."""
        kind, first, part, form = self.parts(index)
        surnames, second, _, _ = self._pools
        body = (chunk.take(surnames, first), chunk.take(second, self._second(kind, part)))
        if self.wide:
            return chunk.join(chunk.take(chunk.strings(self.forms), form), *body)
        return chunk.join(*body, " ", chunk.take(chunk.strings(self.forms), form))

    def domain(self, index: Ints, ending: str = ".example") -> pa.Array:
        """Return the domain of each number: another one for every name."""
        kind, first, part, form = self.parts(index)
        _, _, slugs, second = self._pools
        forms = chunk.strings([ending, *(f"-{text}{ending}" for text in self.form_slugs[1:])])
        return chunk.join(chunk.take(slugs, first), chunk.take(second, self._second(kind, part)), chunk.take(forms, form))


@lru_cache(maxsize=32)
def _companies(locale: str, most: int) -> Companies:
    from synthseed.generators.person_names import single_surnames

    words = Words.of(locale)
    forms = words.pool("company_form").texts
    form_slugs = tuple(slug(text, words.language) or f"c{number}" for number, text in enumerate(forms))
    room = (most - max(map(len, forms)) - 4) // 2
    found = {
        short: pair[1] for pair, short, _ in single_surnames(words, 64) if " " not in pair[1] and max(len(pair[1]), len(short)) <= room
    }
    tails = {slug(text): text for text in _tails(locale) if len(text) <= room}
    tails = {short: text for short, text in tails.items() if short and short not in found and short not in form_slugs}
    found = {short: text for short, text in found.items() if short not in form_slugs}
    wide = not forms[0].isascii() and slug(forms[0]) == ""
    if wide:
        tails = {}
    return Companies(tuple(found.values()), tuple(found), tuple(tails.values()), tuple(tails), forms, form_slugs, wide)


def _tails(locale: str) -> list[str]:
    """Return the words that firms' names end in: often in the locale, or often in English and once in the locale."""
    counts = {name: Counter(_endings(name)) for name in (locale, "en_US")}
    known = {text for text, count in counts["en_US"].items() if count >= TAILS_FROM}
    return sorted(text for text, count in counts[locale].items() if count >= TAILS_FROM or text in known)


def _endings(locale: str) -> list[str]:
    words = Words.of(locale)
    titles = words.raw("finance", "company", "type", "title") or []
    legal = {
        slug(text)
        for text in (*titles, *(words.raw("finance", "company", "type", "abbr") or ()), "Company", "Co.", "Corporation", "Corp.", "Inc.")
    }
    ends = [text.split()[-1].strip(",") for text in words.pool("company").texts if " " in text]
    return [text for text in ends if text.isalpha() and text[0].isupper() and len(text) > 3 and slug(text) not in legal]


def companies_of(setting: Setting) -> Companies:
    """Return what the companies of this table are made of: what its columns of companies and domains can hold."""
    words = Words.of(setting.locale)
    words.pool("founder"), words.pool("company_form"), words.pool("company")  # for the plan's record
    most = 64
    for plan in setting.plan.columns:
        column = setting.table.by_name.get(plan.column)
        if (
            isinstance(plan.gen, Semantic)
            and plan.gen.type in FIELDS
            and column is not None
            and column.type.kind is Kind.TEXT
            and column.type.length
        ):
            extra = {"company": 0, "domain": 8, "hostname": 12, "url": 20}[plan.gen.type]
            most = min(most, column.type.length - extra)
    found = _companies(words.locale, most)
    if len(found.surnames) < 2:
        raise PlanError(f"{setting.where}: no company name fits {most} characters; widen the column or plan it as a choice")
    return found


def build_company(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of one field of a company; `gen.group` names it."""
    companies = companies_of(setting)
    make = _MAKERS[gen.type](companies)
    return Drawn(group_of("company", gen.group), companies.size, make, natural=companies.natural, injective=True)


Make = Callable[[Ints, Rows], Cells]


def _url(companies: Companies) -> Make:
    return lambda index, rows: texts(chunk.join("https://www.", companies.domain(index)))


def _hostname(companies: Companies) -> Make:
    return lambda index, rows: texts(chunk.join("www.", companies.domain(index)))


_MAKERS: dict[str, Callable[[Companies], Make]] = {
    "company": lambda companies: lambda index, rows: texts(companies.name(index)),
    "domain": lambda companies: lambda index, rows: texts(companies.domain(index)),
    "url": _url,
    "hostname": _hostname,
}
