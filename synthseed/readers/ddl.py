"""Take out of SQLite's own DDL what its pragmas do not tell: CHECKs, generated expressions, names, deferral, conditions.

sqlite_master keeps each statement as it was written, so texts come out verbatim, comments and all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

TOKEN = re.compile(
    r"""(?P<skip>\s+|--[^\n]*|/\*.*?(?:\*/|$))
      | (?P<quoted>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])
      | (?P<text>'(?:[^']|'')*')
      | (?P<word>[^\W\d][\w$]*)
      | (?P<other>\d[\w.]*|.)""",
    re.VERBOSE | re.DOTALL,
)
TABLE_PARTS = ("CONSTRAINT", "PRIMARY", "UNIQUE", "CHECK", "FOREIGN")


@dataclass(frozen=True, slots=True)
class Token:
    """Hold a token; `word` is in upper case for a bare word, `name` is what it names, if it can name something."""

    text: str
    word: str
    name: str
    start: int
    end: int
    depth: int


@dataclass(frozen=True, slots=True)
class Reference:
    """Describe a foreign key as it was declared; `columns` in lower case."""

    columns: tuple[str, ...]
    name: str | None
    deferrable: bool
    deferred: bool


@dataclass(slots=True)
class TableDdl:
    """Hold what a CREATE TABLE says; names of columns are in lower case, as SQLite compares them."""

    checks: list[tuple[str | None, str]] = field(default_factory=list)
    generated: dict[str, str] = field(default_factory=dict)
    references: list[Reference] = field(default_factory=list)
    keys: dict[tuple[str, ...], str] = field(default_factory=dict)


def tokens(sql: str) -> list[Token]:
    """Return the tokens of a statement without its blanks and comments; a parenthesis has the depth outside of it."""
    found, depth = [], 0
    for match in TOKEN.finditer(sql):
        kind, text = match.lastgroup, match[0]
        if kind == "skip":
            continue
        depth -= text == ")"
        word = text.upper() if kind == "word" else text if kind == "other" else ""
        found.append(Token(text, word, unquoted(text), match.start(), match.end(), depth))
        depth += text == "("
    return found


def unquoted(text: str) -> str:
    """Return the name inside an identifier's quotes."""
    if text[:1] == "[":
        return text[1:-1]
    if text[:1] in ('"', "`", "'") and len(text) > 1:
        return text[1:-1].replace(text[0] * 2, text[0])
    return text


def names_in(sql: str) -> set[str]:
    """Return all that a text could name, in lower case."""
    return {token.name.lower() for token in tokens(sql) if token.text[0] != "'"}


def table_ddl(sql: str) -> TableDdl:
    """Read a CREATE TABLE statement."""
    found, all_ = TableDdl(), tokens(sql)
    for item in _items(all_, next((at for at, token in enumerate(all_) if token.text == "("), len(all_))):
        own = item[0].word not in TABLE_PARTS
        _Item(sql, item, item[0].name.lower() if own else None, found).read()
    return found


def index_ddl(sql: str) -> tuple[list[str], str | None]:
    """Return the parts of a CREATE INDEX statement, without their order, and its condition."""
    all_ = tokens(sql)
    opening = next(at for at, token in enumerate(all_) if token.text == "(")
    parts = []
    for item in _items(all_, opening):
        while len(item) > 1 and (item[-1].word in ("ASC", "DESC") or item[-2].word == "COLLATE"):
            item = item[: -1 if item[-1].word in ("ASC", "DESC") else -2]
        parts.append(sql[item[0].start : item[-1].end])
    where = next((token for token in all_[opening:] if token.depth == 0 and token.word == "WHERE"), None)
    return parts, sql[where.end :].strip().rstrip(";").strip() if where else None


def _items(all_: Sequence[Token], opening: int) -> Iterator[list[Token]]:
    """Yield the tokens between the commas of the list that begins at this place."""
    item: list[Token] = []
    for token in all_[opening + 1 :]:
        ends = token.text == ")" and token.depth == 0
        if ends or (token.text == "," and token.depth == 1):
            if item:
                yield item
            item = []
        else:
            item.append(token)
        if ends:
            return


@dataclass(slots=True)
class _Item:
    """Read one column or table constraint; constraints may follow each other without a comma."""

    sql: str
    item: list[Token]
    column: str | None
    found: TableDdl
    at: int = 0
    name: str | None = None

    def read(self) -> None:
        self.at = 1 if self.column else 0
        while self.at < len(self.item):
            token = self.item[self.at]
            self.at += 1
            if token.depth == 1 and token.word:
                self._part(token.word)

    def _part(self, word: str) -> None:
        match word:
            case "CONSTRAINT":
                self.name = self.item[self.at].name
                self.at += 1
            case "CHECK":
                self.found.checks.append((self._named(), self._group()))
            case "AS" if self.column and self._opens():
                self.found.generated[self.column] = self._group()
            case "PRIMARY" | "UNIQUE":
                self.at += word == "PRIMARY"
                columns = (self.column,) if self.column else self._columns()
                if name := self._named():
                    self.found.keys[columns] = name
            case "FOREIGN":
                self.at += 1
                columns = self._columns()
                self._reference(columns)
            case "REFERENCES" if self.column:
                self.at -= 1
                self._reference((self.column,))
            case "DEFAULT" if self._opens():
                self._group()

    def _reference(self, columns: tuple[str, ...]) -> None:
        name = self._named()
        self.at += 2  # REFERENCES, and the parent
        rest = [token.word for token in self.item[self.at :] if token.depth == 1]
        ends = next((at for at, word in enumerate(rest) if word in ("CONSTRAINT", "CHECK", "FOREIGN", "REFERENCES")), len(rest))
        told = " ".join(rest[:ends])
        deferrable = "DEFERRABLE" in told and "NOT DEFERRABLE" not in told
        self.found.references.append(Reference(columns, name, deferrable, deferrable and "INITIALLY DEFERRED" in told))

    def _named(self) -> str | None:
        name, self.name = self.name, None
        return name

    def _opens(self) -> bool:
        return self.at < len(self.item) and self.item[self.at].text == "("

    def _group(self) -> str:
        """Return the text inside the parenthesis that begins here, and go behind it."""
        start = self.item[self.at].end
        end = next(at for at in range(self.at + 1, len(self.item)) if self.item[at].text == ")" and self.item[at].depth == 1)
        self.at = end + 1
        return self.sql[start : self.item[end].start].strip()

    def _columns(self) -> tuple[str, ...]:
        if not self._opens():
            return ()
        start = self.at
        self._group()
        inner = self.item[start + 1 : self.at - 1]
        starts = [True, *(token.text == "," for token in inner)]
        return tuple(token.name.lower() for token, first in zip(inner, starts, strict=False) if first)
