"""Tell a person what became of a project's seeds: one table, how their types are known, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from synthseed.report.table import text_table


@dataclass(frozen=True, slots=True)
class SeedDone:
    """Say what happened to one seed.

    Attributes:
        place: Its relation in the warehouse, or the file that was written.
        types: (column, type, where it is known from) per column.
        made: True where the relation was not there and was made.
    """

    seed: str
    place: str
    rows: int
    seconds: float = 0.0
    types: tuple[tuple[str, str, str], ...] = ()
    made: bool = False

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "seed": self.seed,
            "place": self.place,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "made": self.made,
            "columns": [{"column": name, "type": sql, "known_from": origin} for name, sql, origin in self.types],
        }


@dataclass(frozen=True, slots=True)
class SeedsDone:
    """Say what `synthseed dbt seeds` did, or would do.

    Attributes:
        target: The warehouse (its password hidden) or the folder that was written.
        plan: Where the plan came from, as a sentence; empty where there was nothing to do.
        as_of: The moment the rows are told from, ISO, UTC.
        seconds: Time from the first row made to the commit.
        notes: What was decided for the user.
        files: Files written, with `out`.
        real: Seeds that were left alone, because rows stand in their CSV.
        dry_run: True when nothing was written on purpose.
        reset: True when rows were taken out: those of ours, per seed.
    """

    target: str
    plan: str = ""
    seeds: tuple[SeedDone, ...] = ()
    seed: int = 0
    as_of: str = ""
    seconds: float = 0.0
    notes: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    real: tuple[str, ...] = ()
    dry_run: bool = False
    reset: bool = False

    @property
    def rows(self) -> int:
        """Return the rows written in all (or, of a dry run, those that would be)."""
        return sum(one.rows for one in self.seeds)

    def as_dict(self) -> Mapping[str, Any]:
        """Return what JSON can hold of it."""
        return {
            "target": self.target,
            "plan": self.plan,
            "seed": self.seed,
            "as_of": self.as_of,
            "dry_run": self.dry_run,
            "reset": self.reset,
            "rows": self.rows,
            "seconds": round(self.seconds, 3),
            "seeds": [one.as_dict() for one in self.seeds],
            "notes": list(self.notes),
            "files": list(self.files),
            "left_alone": list(self.real),
        }


def summary(done: SeedsDone, *, width: int | None = None) -> str:
    """Return the text that ends `synthseed dbt seeds`."""
    if done.reset:
        return "\n\n".join([_taken(done, width), *_listed("Left alone", done.notes)])
    if not done.seeds:
        return "\n\n".join([_nothing(done), *_listed("Also", done.notes)])
    verb = "Would write" if done.dry_run else "Wrote"
    parts = [f"{verb} {done.rows:,} rows into {done.target}.\n{done.plan}; told from {done.as_of}, seed {done.seed}."]
    parts.append(_table(done, width))
    parts += _listed("Decided for you", done.notes)
    if done.real:
        parts.append(f"Left alone, rows stand in their CSV: {', '.join(done.real)}")
    if not done.files:
        parts.append(f"Build on them with `{build(done)}`: a plain `dbt build` loads the CSV files over them.")
    return "\n\n".join(parts)


def _taken(done: SeedsDone, width: int | None) -> str:
    if not done.seeds:
        return f"Nothing to take out: no seed in {done.target} holds rows of ours alone."
    verb = "Would take" if done.dry_run else "Took"
    return f"{verb} {done.rows:,} rows out of {done.target}; the relations stay.\n\n{_table(done, width)}"


def build(done: SeedsDone) -> str:
    """Return the command that builds the project and leaves these seeds as they are; real seeds are loaded by it."""
    names = " ".join(one.seed for one in done.seeds) if done.real else "resource_type:seed"
    return f"dbt build --exclude {names}"


def _nothing(done: SeedsDone) -> str:
    if not done.real:
        return "Nothing to do: the project has no seed."
    return (
        "Nothing to do: rows stand in the CSV of every seed, and they stay the seed's own.\n"
        "Rows are made for a seed whose CSV holds only its header, for one that is planned, and for one that is named:\n"
        f"  synthseed dbt seeds --select {done.real[0]}\n"
        f"Seeds of the project: {', '.join(done.real)}"
    )


def _table(done: SeedsDone, width: int | None) -> str:
    rows: list[list[object]] = []
    for one in done.seeds:
        seconds = "" if done.dry_run or not one.rows else f"{one.seconds:.2f}"
        guessed = [name for name, _, origin in one.types if origin == "name"]
        note = f"type from the name alone: {', '.join(guessed)}" if guessed else ""
        rows.append([one.seed, one.place, f"{one.rows:,}", seconds, note])
    return text_table(["seed", "file" if done.files else "relation", "rows", "seconds", ""], rows, width=width, right=(2, 3))


def _listed(head: str, lines: tuple[str, ...]) -> list[str]:
    return [f"{head}:\n" + "\n".join(f"  - {line}" for line in lines)] if lines else []
