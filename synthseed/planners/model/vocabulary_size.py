"""Measure vocabularies: how many texts a column's templates come to, and how long they are."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from synthseed.errors import PlanError
from synthseed.generators.template_tokens import RANDOM, Token, tokens
from synthseed.plan import TablePlan, Template, Tier

LARGEST = 10**12  # texts; beyond, there are enough of anything
A_CELL = 10  # texts that another column, or a date, is taken to bring: it may be a name or a rating
PARTS = 5_000  # of one column's templates: what generators.templates takes
DEEPEST = 30  # slots inside slots that are looked into: a reply is untrusted, and may hold a chain of a thousand
LONGEST = 2_000  # characters of a text whose words are counted


@dataclass(frozen=True, slots=True)
class Sizes:
    """Measure the vocabularies of one table's plan.

    Attributes:
        plan: The plan.
        more: Values to be thought added to a list, by slot or column; as large as those that are there.
    """

    plan: TablePlan
    more: Mapping[str, int] = field(default_factory=dict)
    slots: Mapping[str, tuple[Tier, ...]] = field(init=False, repr=False, compare=False)
    _sums: dict[str, int] = field(init=False, repr=False, compare=False, default_factory=dict)
    _chances: dict[str, Decimal] = field(init=False, repr=False, compare=False, default_factory=dict)
    _texts: dict[str, str] = field(init=False, repr=False, compare=False, default_factory=dict)

    def __post_init__(self) -> None:
        object.__setattr__(self, "slots", {slot.name: slot.tiers for slot in self.plan.slots})

    def reached(self, names: Collection[str]) -> set[str]:
        """Return the slots among some words, with those that their own templates name."""
        found: set[str] = set()
        todo = [name for name in names if name in self.slots]
        while todo:
            name = todo.pop()
            if name not in found:
                found.add(name)
                todo += [one.argument for one in self._tokens(self.slots[name]) if one.kind == "slot"]
        return found

    def cells(self, tiers: Sequence[Tier]) -> bool:
        """Return whether a text takes something from elsewhere: how many there are is then not known here."""
        inner = {one.kind for one in self._tokens(tiers)}
        slots = self.reached([one.argument for one in self._tokens(tiers) if one.kind == "slot"])
        for name in slots:
            inner |= {one.kind for one in self._tokens(self.slots[name])}
        return not inner.isdisjoint(("cell", "seq", "year", "date"))

    def total(self, tiers: Sequence[Tier], column: str = "") -> int:
        """Return how many texts some tiers come to at most."""
        return min(self._sum(tiers, column, ()), LARGEST)

    def distinct(self, tiers: Sequence[Tier], rows: int, column: str = "") -> int:
        """Return about how many different texts so many rows have.

        A template whose texts are alike in one of `c` pairs gives `m` rows about c * m / (c + m) of them.
        """
        found = Decimal(0)
        for weight, value in _weighted(tiers):
            alike = self._alike(value, ()) * self._diluted(column, tiers)
            drawn = rows * weight
            found += drawn / (1 + drawn * alike)
        return min(int(found), rows)

    def words(self, tiers: Sequence[Tier]) -> int:
        """Return how many words the texts have on average, each slot by its first value."""
        values = [value for tier in tiers for value in tier.values]
        return sum(len(self._shown(value, ()).split()) for value in values) // max(len(values), 1)

    def too_many_parts(self, column: str) -> bool:
        """Return whether a column's templates come to more parts than the engine takes."""
        gen = self.plan.by_column[column].gen
        return isinstance(gen, Template) and self._parts(gen.tiers, column, ()) > PARTS

    # ------------------------------------------------------------------------------------------ walking
    def _pieces(self, value: str) -> tuple[str | Token, ...]:
        try:
            return tokens(value, frozenset(self.slots), self.plan.table)
        except PlanError:
            return (value,)  # refused elsewhere, with a better message

    def _tokens(self, tiers: Sequence[Tier]) -> Iterator[Token]:
        for tier in tiers:
            for value in tier.values:
                yield from (piece for piece in self._pieces(value) if isinstance(piece, Token))

    def _sum(self, tiers: Sequence[Tier], name: str, inside: tuple[str, ...]) -> int:
        sizes = [self._size(value, inside) for tier in tiers for value in tier.values]
        return sum(sizes) + (sum(sizes) * self.more.get(name, 0) // len(sizes) if sizes else 0)

    def _alike(self, value: str, inside: tuple[str, ...]) -> Decimal:
        """Return the chance that two texts of one template are the same."""
        chance = Decimal(1)
        for piece in self._pieces(value):
            if isinstance(piece, Token) and piece.kind == "slot":
                chance *= self._alike_in(piece.argument, inside)
            elif isinstance(piece, Token):
                chance /= self._choices(piece, inside)
        return max(chance, Decimal(1) / LARGEST)

    def _alike_in(self, name: str, inside: tuple[str, ...]) -> Decimal:
        if name in inside or len(inside) >= DEEPEST:
            return Decimal(1)
        if name not in self._chances:  # as with `_sums`
            tiers = self.slots[name]
            same = sum((weight * weight * self._alike(value, (*inside, name)) for weight, value in _weighted(tiers)), Decimal(0))
            self._chances[name] = (same or Decimal(1)) * self._diluted(name, tiers)
        return self._chances[name]

    def _diluted(self, name: str, tiers: Sequence[Tier]) -> Decimal:
        """Return by how much values thought added to a list make two draws from it less often alike."""
        count = sum(len(tier.values) for tier in tiers)
        return Decimal(count) / (count + self.more.get(name, 0)) if count else Decimal(1)

    def _size(self, value: str, inside: tuple[str, ...]) -> int:
        size = 1
        for piece in self._pieces(value):
            if isinstance(piece, Token):
                size = min(size * self._choices(piece, inside), LARGEST)
        return size

    def _choices(self, token: Token, inside: tuple[str, ...]) -> int:
        if token.kind == "slot":
            name = token.argument
            if name in inside or len(inside) >= DEEPEST:
                return 1
            if name not in self._sums:  # slots that name two others each would be walked a billion times
                self._sums[name] = max(self._sum(self.slots[name], name, (*inside, name)), 1)
            return self._sums[name]
        if token.kind == "int":
            return token.high - token.low + 1
        if token.kind in RANDOM:
            return min(len(RANDOM[token.kind]) ** min(token.low, 20), LARGEST)
        return LARGEST if token.kind == "seq" else A_CELL

    def _shown(self, value: str, inside: tuple[str, ...]) -> str:
        found = []
        for piece in self._pieces(value):
            if isinstance(piece, str):
                found.append(piece)
            elif piece.kind == "slot" and piece.argument not in inside and len(inside) < DEEPEST:
                name = piece.argument
                if name not in self._texts:
                    first = next((one for tier in self.slots[name] for one in tier.values), "")
                    self._texts[name] = self._shown(first, (*inside, name))
                found.append(self._texts[name])
            else:
                found.append("x")
        return "".join(found)[:LONGEST]

    def _parts(self, tiers: Sequence[Tier], name: str, inside: tuple[str, ...]) -> int:
        found = count = 0
        for tier in tiers:
            for value in tier.values:
                count += 1
                for piece in self._pieces(value):
                    found += 1
                    if isinstance(piece, Token) and piece.kind == "slot" and piece.argument not in inside and len(inside) < DEEPEST:
                        found += self._parts(self.slots[piece.argument], piece.argument, (*inside, piece.argument))
                    if found > PARTS:
                        return found
        return found + (found * self.more.get(name, 0) // count if count else 0)


def _weighted(tiers: Sequence[Tier]) -> Iterator[tuple[Decimal, str]]:
    """Yield each value with its share of the rows."""
    whole = sum((tier.share for tier in tiers if tier.values), Decimal(0))
    for tier in tiers:
        for value in tier.values:
            yield (tier.share / whole / len(tier.values) if whole > 0 else Decimal(1) / len(tier.values)), value
