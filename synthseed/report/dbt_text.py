"""Tell a person what is known of a dbt project's sources, and what `synthseed dbt fill` did with them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from synthseed.report.dbt_filled import Built, DbtFilled, Repair
from synthseed.report.dbt_inspected import ColumnInspected, Inspected, SourceInspected
from synthseed.report.summary import summary
from synthseed.report.table import text_table

MOST = 6  # values of a vocabulary that are shown
LISTED = 12  # lines of a list of gaps; --json has all of them


# ---------------------------------------------------------------------------------------------- inspect
def inspected(found: Inspected, *, width: int | None = None) -> str:
    """Return the text that `synthseed dbt inspect` prints."""
    columns = sum(len(source.columns) for source in found.sources)
    many = f"{len(found.sources)} {_plural('source table', len(found.sources))}, {columns} {_plural('column', columns)}"
    head = f"{found.project} ({found.adapter}, dbt {found.dbt_version}): {many}.\nRead by {found.how}."
    if not found.sources and not found.left:
        head += "\nThe project has no source: there is nothing to fill. `synthseed dbt seeds` is for its seeds."
    return "\n\n".join([head, *(_source(one, width) for one in found.sources), *_gaps(found)])


def _source(source: SourceInspected, width: int | None) -> str:
    lines = [f"{source.label}  {source.relation}", f"  read by {_some(source.readers) if source.readers else 'no model'}"]
    lines += [f"  unique together: {one.what}  ({one.where})" for one in source.keys]
    lines += [f"  rule: {one.what}  ({one.where})" for one in source.rules]
    lines += [f"  freshness: {source.freshness.what}  ({source.freshness.where})"] if source.freshness else []
    if source.columns:
        rows = [[column.name, column.type.what, column.type.where, _key(column), _says(column)] for column in source.columns]
        lines.append(text_table(["column", "type", "known from", "key", ""], rows, width=width, indent="  "))
    else:
        lines.append("  no column is known: nothing names one, and none is documented")
    return "\n".join(lines)


def _key(column: ColumnInspected) -> str:
    if column.parent is not None:
        return f"-> {column.parent.what}" + (", unique" if column.unique else "")
    return "unique" if column.unique else ""


def _says(column: ColumnInspected) -> str:
    parts = ["not null"] if column.required else []
    parts += [f"read as {column.parsed.what}"] if column.parsed else []
    if column.accepted:
        parts.append(f"one of {_some(one.what for one in column.accepted)}")
    elif column.seen:
        parts.append(f"seen: {_some(one.what for one in column.seen)}")
    parts += [one.what for one in column.filters[:3]]
    parts += [f"holds {_some(one.what for one in column.json)}"] if column.json else []
    kinds = dict.fromkeys(kind.rpartition(".")[2] for kind in column.tests.values())
    parts += [f"tests: {', '.join(kinds)}"] if kinds else []
    return "; ".join(parts)


def _gaps(found: Inspected) -> list[str]:
    parts = _list("Left alone", [f"{label}: {why}" for label, why in found.left.items()])
    guessed = [f"{source.label}: {', '.join(source.guessed)}" for source in found.sources if source.guessed]
    parts += _list("Types known from the name alone (a `data_type` in the source's YAML settles one)", guessed)
    parts += _list("No model reads", found.idle)
    unread = [f"{source.label}: {', '.join(source.unread)}" for source in found.sources if source.unread]
    parts += _list("Documented, and no model or test names it", unread)
    if found.all_tests and not found.partial:
        told = f"Tests: {found.tests} of {found.all_tests} say something of a source column."
        parts.append("\n".join([told, *_lines([f"{one.what.removeprefix('test ')}: {one.where}" for one in found.unused])]))
    return parts + _list("Could not be compiled or read, and told nothing", [f"{key}: {why}" for key, why in found.failed.items()])


# ---------------------------------------------------------------------------------------------- fill
def filled(done: DbtFilled, *, width: int | None = None) -> str:
    """Return the text that ends `synthseed dbt fill`."""
    parts = [f"Read by {done.how}."]
    told = replace(done.filled, further=())  # those look into databases that describe themselves
    parts.append(summary(told, width=width) if done.filled.tables else f"{done.filled.plan}: nothing was written.")
    parts += _list("The warehouse corrected", done.corrections)
    parts += _list("Could not be compiled or read", [f"{key}: {why}" for key, why in done.failed.items()])
    parts += _list("Left alone", done.left)
    parts += [repaired(done.repairs, width=width)] if done.repairs else []
    parts += [built(done.built)] if done.built else []
    if done.built is None and done.filled.rows and not done.filled.dry_run and not done.filled.files:
        parts.append("Next: dbt build    (or `synthseed dbt fill --verify`, which runs it and repairs the plan where a test fails)")
    return "\n\n".join(parts)


def repaired(repairs: Sequence[Repair], *, width: int | None = None) -> str:
    """Return what failed, what was changed in the plan, and why, as a table."""
    rows = [[one.round, one.failed, one.change or "(nothing could be changed)", one.why] for one in repairs]
    return text_table(["round", "failed", "changed in the plan", "why"], rows, width=width)


def built(result: Built) -> str:
    """Return what the last build came to, with the names of what is not as it should be."""
    head = f"dbt build: {result.models} {_plural('model', result.models)}, {result.passed} {_plural('test', result.passed)} passed"
    head += f"; {result.rounds} {_plural('build', result.rounds)} were run" if result.rounds > 1 else ""
    parts = [f"{head}. {'Green.' if result.green else 'Not green.'}"]
    parts += _list("Failed", result.failed)
    parts += _list("Warned", result.warned)
    parts += _list("Models without a row", result.empty)
    share = f" ({len(result.null_columns)} of {result.columns} columns; 5 % are allowed)" if result.columns else ""
    return "\n\n".join(parts + _list(f"Columns of marts that hold NULL alone{share}", result.null_columns))


# ---------------------------------------------------------------------------------------------- parts
def _list(head: str, lines: Iterable[str]) -> list[str]:
    found = _lines(lines)
    return ["\n".join([f"{head}:", *found])] if found else []


def _lines(lines: Iterable[str]) -> list[str]:
    found = [f"  - {line}" for line in lines]
    return [*found[:LISTED], f"  - and {len(found) - LISTED} more; --json has all of them"] if len(found) > LISTED + 1 else found


def _some(values: Iterable[str]) -> str:
    found = list(values)
    return ", ".join(found[:MOST]) + (f", and {len(found) - MOST} more" if len(found) > MOST else "")


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"
