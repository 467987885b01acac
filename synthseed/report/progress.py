"""Say on stderr how far a fill is: bars on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TextIO

if TYPE_CHECKING:
    from rich.progress import TaskID

PATIENCE = 5.0  # seconds between two plain lines about the same table


class Progress(Protocol):
    """Be told what is going on: `start` once per table, `advance` per chunk, `done` once per table."""

    def start(self, table: str, rows: int) -> None:
        """A table is begun, with this many rows to come."""

    def advance(self, table: str, rows: int) -> None:
        """So many more rows of a table are written."""

    def done(self, table: str) -> None:
        """A table is finished."""

    def asked(self, name: str, done: int, total: int, spent: str) -> None:
        """A model answered a request: `done` of `total` so far, which cost `spent`."""


class Silent:
    """Say nothing."""

    def start(self, table: str, rows: int) -> None:
        """Say nothing."""

    def advance(self, table: str, rows: int) -> None:
        """Say nothing."""

    def done(self, table: str) -> None:
        """Say nothing."""

    def asked(self, name: str, done: int, total: int, spent: str) -> None:
        """Say nothing."""


class Lines:
    """Write one line per table, and one more every few seconds while a table takes long."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._rows = self._written = 0
        self._begun = self._said = 0.0

    def start(self, table: str, rows: int) -> None:
        """Begin a table."""
        self._rows, self._written = rows, 0
        self._begun = self._said = time.monotonic()

    def advance(self, table: str, rows: int) -> None:
        """Count rows; say so when the last line is some time ago."""
        self._written += rows
        now = time.monotonic()
        if now - self._said >= PATIENCE:
            self._said = now
            self._say(f"{table}: {self._written:,} of {self._rows:,} rows")

    def done(self, table: str) -> None:
        """End a table."""
        self._say(f"{table}: {self._written:,} rows in {time.monotonic() - self._begun:.1f} s")

    def asked(self, name: str, done: int, total: int, spent: str) -> None:
        """Say that a request was answered."""
        self._say(f"model: {name} answered, {done} of {total}, {spent} so far")

    def _say(self, text: str) -> None:
        print(text, file=self._stream, flush=True)


class Bars:
    """Draw one bar per table with rich."""

    def __init__(self) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Rich

        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[unit]}"),
            TimeRemainingColumn(),
        )
        self.rich = Rich(*columns, console=Console(stderr=True), transient=True)
        self._tasks: dict[str, TaskID] = {}

    def start(self, table: str, rows: int) -> None:
        """Draw a bar."""
        self._tasks[table] = self.rich.add_task(table, total=rows, unit="rows")

    def advance(self, table: str, rows: int) -> None:
        """Move a bar."""
        self.rich.advance(self._tasks[table], rows)

    def done(self, table: str) -> None:
        """Take the bar away: a schema of 200 tables would not fit on a screen."""
        self.rich.remove_task(self._tasks.pop(table))

    def asked(self, name: str, done: int, total: int, spent: str) -> None:
        """Draw a bar of requests, with the money spent; take it away when all are answered."""
        label = f"model, {spent} spent"
        if "" not in self._tasks:
            self._tasks[""] = self.rich.add_task(label, total=total, unit="requests")
        self.rich.update(self._tasks[""], description=label, completed=done, total=total)
        if done == total:
            self.rich.remove_task(self._tasks.pop(""))


@contextmanager
def shown(*, quiet: bool = False) -> Iterator[Progress]:
    """Yield the progress that fits stderr."""
    if quiet:
        yield Silent()
    elif sys.stderr.isatty() and (bars := _bars()):
        with bars.rich:
            yield bars
    else:
        yield Lines(sys.stderr)


def _bars() -> Bars | None:
    """Return bars where rich is installed (typer brings it along, but does not need it)."""
    try:
        return Bars()
    except ImportError:
        return None
