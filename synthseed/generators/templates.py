"""Write texts out of templates, by tiers: `template`. Slots hold texts that may be templates themselves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting, Space
from synthseed.generators.literals import check_plain
from synthseed.generators.naming import check_names, longest_of
from synthseed.generators.rendering import chosen, filtered
from synthseed.generators.shares import Shares, cut, flattened
from synthseed.generators.template_parts import Calendar, Cell, Context, Names, Random, Running, Text, Whole
from synthseed.generators.template_tokens import RANDOM, Token, tokens
from synthseed.plan import Template, Tier
from synthseed.schema import Kind
from synthseed.streams import Ints

PARTS = 5_000  # of one column: slots inside slots multiply
LENGTHS = {"%Y": 4, "%m": 2, "%d": 2, "%H": 2, "%M": 2, "%S": 2, "%y": 2, "%j": 3}

DEEPEST = 40  # slots within slots; each takes three calls of the stack


@dataclass(frozen=True)
class Written:
    """Write one template: literal texts and parts in order."""

    parts: tuple[Part, ...]

    @cached_property
    def longest(self) -> int | None:
        """Return the most characters; None where that is not known."""
        sizes = [len(part) if isinstance(part, str) else part.longest for part in self.parts]
        return None if any(size is None for size in sizes) else sum(size or 0 for size in sizes)

    @cached_property
    def least(self) -> int:
        """Return the fewest characters that the template can be made to fit in."""
        return sum(
            len(part) if isinstance(part, str) else part.least if isinstance(part, Slot | Cell) else part.longest or 0
            for part in self.parts
        )

    @property
    def literal(self) -> str | None:
        """Return the text where there is no token."""
        return "".join(map(str, self.parts)) if all(isinstance(part, str) for part in self.parts) else None

    def text(self, context: Context) -> Text:
        """Return the text of each row; where a part is NULL, double spaces and those at the ends go with it."""
        found = [part if isinstance(part, str) else part.text(context) for part in self.parts]
        rendered = [part for part in found if isinstance(part, Text)]
        if not rendered:
            return Text(chunk.take(chunk.strings([self.literal or ""]), np.zeros(len(context.numbers), np.int64)))
        nulls = [part.null for part in rendered if part.null is not None]
        if len(found) == 1:
            return rendered[0]
        array = chunk.join(*(part if isinstance(part, str) else part.array for part in found))
        if nulls:
            tidy = pc.utf8_trim_whitespace(pc.replace_substring_regex(array, pattern=r"\s{2,}", replacement=" "))
            array = chosen(np.logical_or.reduce(nulls), tidy, array)
        return Text(array)

    def fitted(self, limit: int) -> Written | None:
        """Return a template whose texts have at most `limit` characters; None where there is none.

        Literal text and random tokens take what they need; what is left is shared by slots, whose longer values go, and
        other cells, which are cut.
        """
        if self.longest is not None and self.longest <= limit:
            return self
        bending = [part for part in self.parts if isinstance(part, Slot | Cell)]
        stiff = sum(len(part) if isinstance(part, str) else part.longest or 0 for part in self.parts if not isinstance(part, Slot | Cell))
        least = [part.least for part in bending]
        if stiff + sum(least) > limit:
            return None
        wants = [part.longest if part.longest is None else part.longest - need for part, need in zip(bending, least, strict=True)]
        rooms = zip(bending, least, shared(limit - stiff - sum(least), wants), strict=True)
        room = {id(part): need + more for part, need, more in rooms}
        fitted = [_narrowed(part, room[id(part)]) if isinstance(part, Slot | Cell) else part for part in self.parts]
        return None if any(part is None for part in fitted) else Written(tuple(part for part in fitted if part is not None))


def _narrowed(part: Slot | Cell, room: int) -> Slot | Cell | None:
    if isinstance(part, Slot):
        return part.fitted(room)
    if part.longest is not None and part.longest <= room:
        return part
    return replace(part, room=room, longest=room) if room > 0 else None


def shared(room: int, wants: Sequence[int | None]) -> list[int]:
    """Share room: those that want little get it, the others equal parts of what is left; None wants all."""
    given = [0] * len(wants)
    waiting = sorted(range(len(wants)), key=lambda place: (wants[place] is None, wants[place] or 0))
    for done, place in enumerate(waiting):
        part, want = room // (len(waiting) - done), wants[place]
        given[place] = part if want is None else min(want, part)
        room -= given[place]
    return given


# ---------------------------------------------------------------------------------------------- one of several
@dataclass(frozen=True)
class Pool:
    """Write one of several templates, by tiers."""

    names: Names
    tiers: tuple[tuple[Decimal, tuple[Written, ...]], ...]

    @cached_property
    def templates(self) -> list[Written]:
        """Return the templates of all tiers in order."""
        return [template for _, some in self.tiers for template in some]

    @cached_property
    def shares(self) -> Shares:
        """Return how they are drawn."""
        return cut([share for share, _ in self.tiers], [len(some) for _, some in self.tiers])

    @cached_property
    def plain(self) -> pa.Array:
        """Return the texts of those that have no token; an empty text for the others."""
        return chunk.strings(template.literal or "" for template in self.templates)

    @cached_property
    def moving(self) -> dict[int, Written]:
        """Return those that have tokens, by place."""
        return {place: template for place, template in enumerate(self.templates) if template.literal is None}

    @cached_property
    def longest(self) -> int | None:
        """Return the most characters; None where that is not known."""
        sizes = [template.longest for template in self.templates]
        return None if any(size is None for size in sizes) else max(size or 0 for size in sizes)

    @cached_property
    def least(self) -> int:
        """Return the fewest characters that one of the templates can be made to fit in."""
        return min(template.least for template in self.templates)

    def pick(self, context: Context) -> Ints:
        """Return the place of a template per row."""
        if (self.names, 0) in context.given:
            return context.given[self.names, 0]
        if self.shares.size == 1:
            return np.zeros(len(context.numbers), np.int64)
        return self.shares.pick(context.bits(self.names))

    def text(self, context: Context, index: Ints) -> Text:
        """Return the text of each row by the template at its place."""
        if not self.moving:
            return Text(chunk.take(self.plain, index))
        if len(self.templates) == 1:
            return self.templates[0].text(context)
        found, place, null = [chunk.take(self.plain, index)], np.arange(len(index)), np.zeros(len(index), bool)
        start = len(index)
        for number, template in self.moving.items():
            at = np.flatnonzero(index == number)
            if len(at):
                text = template.text(context.among(at))
                found.append(text.array)
                place[at] = np.arange(start, start + len(at))
                start += len(at)
                null[at] = False if text.null is None else text.null
        return Text(chunk.take(chunk.concat(found), place), null if null.any() else None)

    def fitted(self, limit: int) -> Pool | None:
        """Return the templates that fit, or were made to; None where none does."""
        if self.longest is not None and self.longest <= limit:
            return self
        tiers = [(share, tuple(fit for one in some if (fit := one.fitted(limit)) is not None)) for share, some in self.tiers]
        kept = tuple((share, some) for share, some in tiers if some)
        return Pool(self.names, kept) if kept else None


@dataclass(frozen=True)
class Slot:
    """Write one of a slot's values; another one than the same slot wrote before in the same template."""

    name: str
    pool: Pool
    filters: tuple[str, ...] = ()
    locale: str = ""

    @property
    def longest(self) -> int | None:
        """Return the most characters; None where that is not known."""
        # A filter may write two letters for one (ss for a sharp s).
        most = self.pool.longest
        return most if most is None or not self.filters else most * 2

    @property
    def least(self) -> int:
        """Return the fewest characters that it can be made to fit in."""
        return self.pool.least * 2 if self.filters else self.pool.least

    @property
    def width(self) -> int | None:
        """Return the number of characters where all values have as many and no tokens."""
        sizes = {len(template.literal) if template.literal is not None else None for template in self.pool.templates}
        return sizes.pop() if len(sizes) == 1 else None

    def text(self, context: Context) -> Text:
        """Return a value per row."""
        index = self.pool.pick(context)
        earlier = context.chosen.setdefault(self.name, [])
        if len(earlier) < self.pool.shares.size:
            for _ in earlier:  # each pass moves past at least one that is taken
                taken = np.logical_or.reduce([index == one for one in earlier])
                index = np.where(taken, (index + 1) % self.pool.shares.size, index)
        earlier.append(index)
        text = self.pool.text(context, index)
        array = text.array
        for name in self.filters:
            array = filtered(array, name, self.locale)
        return replace(text, array=array)

    def fitted(self, limit: int) -> Slot | None:
        """Return the slot with the values that fit; None where none does."""
        pool = self.pool.fitted(limit // 2 if self.filters else limit)
        return None if pool is None else replace(self, pool=pool)


Part = str | Random | Whole | Running | Calendar | Cell | Slot


# ---------------------------------------------------------------------------------------------- compiling
class Compiler:
    """Compile the templates of one column; slots are looked up in the table's plan."""

    def __init__(self, setting: Setting) -> None:
        self.setting = setting
        self.slots: Mapping[str, tuple[Tier, ...]] = {slot.name: slot.tiers for slot in setting.plan.slots}
        self.count = 0

    def pool(self, tiers: Sequence[Tier], names: Names, inside: tuple[str, ...] = ()) -> Pool:
        """Return the compiled templates of some tiers."""
        flattened(tiers, self.setting.where)  # refuses what has no values or negative shares
        return Pool(
            names, tuple((tier.share, tuple(self.written(value, names, inside) for value in tier.values)) for tier in tiers if tier.values)
        )

    def written(self, template: str, names: Names, inside: tuple[str, ...] = ()) -> Written:
        """Return a compiled template, its streams named by `names`."""
        check_plain(template, self.setting.where)
        seen: dict[str, int] = {}
        parts: list[Part] = []
        for piece in tokens(template, frozenset(self.slots), self.setting.where):
            self.count += 1
            if self.count > PARTS:
                raise PlanError(f"{self.setting.where}: its templates come to more than {PARTS} parts; nest fewer slots")
            if isinstance(piece, str):
                parts.append(piece)
                continue
            turn = seen[piece.text] = seen.get(piece.text, -1) + 1
            parts.append(self._part(piece, (*names, piece.text, turn), inside))
        return Written(tuple(parts))

    def _part(self, token: Token, names: Names, inside: tuple[str, ...]) -> Part:
        match token.kind:
            case "slot":
                return self._slot(token, names, inside)
            case "cell":
                check_names([token.argument], self.setting)
                return Cell(token.argument, token.filters, self.setting.locale, self._longest(token))
            case "seq":
                return Running(token.low)
            case "int":
                return Whole(names, token.low, token.high)
            case "year" | "date":
                check_names([token.argument] if token.argument else [], self.setting)
                form = token.format or "%Y"
                size = len(form) + sum(length - 2 for directive, length in LENGTHS.items() for _ in range(form.count(directive)))
                return Calendar(token.argument, form, size)
            case _:
                return Random(names, _alphabet(token), token.low)

    def _longest(self, token: Token) -> int | None:
        most = longest_of(token.argument, self.setting)
        return most if most is None or "slug" not in token.filters else most * 2

    def _slot(self, token: Token, names: Names, inside: tuple[str, ...]) -> Slot:
        name = token.argument
        if name in inside:
            circle = " -> ".join([*inside[inside.index(name) :], name])
            raise PlanError(f"{self.setting.where}: slots hold each other in a circle ({circle}); take the token out of one of them")
        if len(inside) >= DEEPEST:
            raise PlanError(f"{self.setting.where}: slots hold each other {DEEPEST} deep; name values, not one more slot, in {name}")
        pool = self.pool(self.slots[name], names, (*inside, name))
        if pool.moving or not token.filters:
            return Slot(name, pool, token.filters, self.setting.locale)
        done: list[tuple[Decimal, tuple[Written, ...]]] = []
        for share, some in pool.tiers:  # a vocabulary is filtered once
            array = chunk.strings(template.literal or "" for template in some)
            for one in token.filters:
                array = filtered(array, one, self.setting.locale)
            done.append((share, tuple(Written((text,)) for text in chunk.python(array))))
        return Slot(name, Pool(names, tuple(done)))


def _alphabet(token: Token) -> str:
    alphabet = RANDOM[token.kind]
    for name in token.filters:
        alphabet = alphabet.upper() if name == "upper" else alphabet.lower() if name in ("lower", "slug") else alphabet
    return alphabet


# ---------------------------------------------------------------------------------------------- the generator
@dataclass(frozen=True)
class Templates:
    """Write a template per row, the template chosen by tiers."""

    pool: Pool
    setting: Setting
    distinct: bool
    version: int = 1

    @property
    def group(self) -> str:
        """Return the name that `Rows.index` is asked under."""
        return self.setting.name

    def values(self, rows: Rows, /) -> Cells:
        """Return one text per row."""
        space = self.space() if self.setting.unique and not self.distinct else None
        if space is not None:
            return space.decode(rows.index(self.group, space.size), rows)
        context = Context(rows)
        try:
            return texts(self.pool.text(context, self.pool.pick(context)).array)
        except PlanError as error:
            raise PlanError(f"{self.setting.where}: {error}") from None

    def space(self) -> Space | None:
        """Return the texts of the template, numbered, where it is one and its random tokens can be read back from it."""
        return self._space

    @cached_property
    def _space(self) -> Space | None:
        from synthseed.generators.template_space import space_of

        return None if self.distinct else space_of(self.pool)


def build_template(gen: Template, setting: Setting) -> Templates:
    """Build the generator of a `template` column.

    Raises:
        PlanError: A token is none of the language or names what is not there; slots hold each other in a circle; no
            template fits the column's length; the column is unique and the texts can't be kept apart.
    """
    from synthseed.generators.template_space import counts

    pool = fitting(Compiler(setting).pool(gen.tiers, (setting.name,)), setting)
    found = Templates(pool, setting, counts(pool.templates))
    if setting.unique and not found.distinct and found.space() is None:
        raise PlanError(
            f"{setting.where}: the column is unique, but two rows could get the same text; put {{seq}} into every template, set apart "
            "by a character that is no digit, or use one template with random tokens of fixed width such as {digits:6} or {hex:8}"
        )
    return found


def fitting(pool: Pool, setting: Setting) -> Pool:
    """Return the templates that fit the column, or were made to; PlanError where none does."""
    limit = setting.column.type.length if setting.column is not None and setting.column.type.kind is Kind.TEXT else None
    if limit is None:
        return pool
    fitted = pool.fitted(limit)
    if fitted is None:
        raise PlanError(f"{setting.where}: no template fits the {limit} characters of the column; shorten its texts, tokens or slots")
    return fitted
