"""Say what one call to a model is made of, and what comes back: the types that the files of this room share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from hashlib import sha256


@dataclass(frozen=True, slots=True)
class Guidance:
    """Hold what the user says about a database in their own words, from synthseed.yml and the command line.

    Attributes:
        instructions: Free text for the whole database.
        tables: Free text per `Table.key`.
        columns: Free text per `table.column`.
        domain: What the database is about, in a few words.
        locale: Language and country: `de_DE`.
        comments: False: comments of tables and columns stay out of the prompt.
        as_of: ISO date that the rows are told from.
    """

    instructions: str = ""
    tables: Mapping[str, str] = field(default_factory=dict)
    columns: Mapping[str, str] = field(default_factory=dict)
    domain: str = ""
    locale: str = ""
    comments: bool = True
    as_of: str = ""


@dataclass(frozen=True, slots=True)
class Request:
    """Hold one call: every byte that is sent as text.

    Attributes:
        name: For people: `plan 1 of 3`, `repair 1`.
        system: The system prompt, the same for every database.
        user: The user prompt.
        schema: JSON schema of the reply, the same for every database; by its file's name in planners/model/.
        tables: `Table.key` of the tables that it asks for.
        columns: Columns that it asks for, `table.column`.
        limit: Most tokens of the reply.
    """

    name: str
    system: str
    user: str
    schema: str = "plan.schema.json"
    tables: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    limit: int = 16_000

    @property
    def sha256(self) -> str:
        """Return the hexadecimal digest of what is sent as text: system prompt, a line feed, user prompt; UTF-8."""
        return sha256(f"{self.system}\n{self.user}".encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Usage:
    """Count tokens: `cached` is the part of `input` that the server had in its prompt cache, `output` includes reasoning."""

    input: int = 0
    cached: int = 0
    output: int = 0

    def __add__(self, other: Usage) -> Usage:
        """Return the sum, part by part."""
        return Usage(self.input + other.input, self.cached + other.cached, self.output + other.output)


@dataclass(frozen=True, slots=True)
class Answer:
    """Hold what came back for a request.

    Attributes:
        text: The reply, not yet looked at: untrusted.
        usage: Tokens; zero where the reply came out of the cache.
        how: The rung of the ladder that answered: `responses schema`, `chat schema`, `chat json`, `chat text`, or `cache`.
    """

    text: str
    usage: Usage = Usage()
    how: str = ""


@dataclass(frozen=True, slots=True)
class Problem:
    """Name one thing of a reply that cannot be used as it is; the text goes back to the model, so it holds metadata only.

    Attributes:
        code: Short and stable, for tests and counts: `unknown_column`, `not_a_label`, `capacity`, `refused_23514`, ...
        table: `Table.key`; empty for the reply as a whole.
        column: Column, or label of a foreign key; empty for the table as a whole.
        text: What was found and what was expected, one sentence.
        sql: The query that refuses it, where the user lets that be sent.
    """

    code: str
    table: str
    column: str
    text: str
    sql: str = ""
