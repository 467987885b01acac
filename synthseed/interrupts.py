"""Let Ctrl-C strike between two calls of a library, never inside one.

Python raises KeyboardInterrupt between any two bytecodes, also right after `with lock:` took a lock and before it would give
it back. Of 340 fills that were interrupted at random, two hung for good in psycopg's own lock and one died of a connection
that was left in the middle of a command (psycopg 3.3, Python 3.11). So while a database is open a signal that arrives inside
a library cancels what the server is doing, and is raised as soon as the library has returned.
"""

from __future__ import annotations

import _thread
import contextlib
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Any

WRITTEN = "interrupted after the commit; the rows are written"
PACKAGE = "synthseed"
AGAIN = 0.02  # seconds until the signal is tried again
LONGEST = 5.0  # seconds that a library is waited for; a server that does not answer must not keep a person

_guards: list[Guard] = []  # of this process: SIGINT has one handler


class Guard:
    """Handle SIGINT; see the module.

    Attributes:
        cancel: Stops what a server is doing, so that the library returns; called in the handler.
        pending: True once there was a Ctrl-C.
        said: What the KeyboardInterrupt says.
        held: True while nothing may be stopped.
    """

    def __init__(self) -> None:
        self.cancel: Callable[[], object] = lambda: None
        self.pending = False
        self.said: tuple[str, ...] = ()
        self.held = False
        self._tries = 0
        self._timer: threading.Timer | None = None

    def strike(self, number: int, frame: FrameType | None) -> None:
        """Raise KeyboardInterrupt, or put it off until the library that runs has returned."""
        first, self.pending = not self.pending, True
        if self.held:
            return self._again()
        if not _in_library(frame) or self._tries * AGAIN >= LONGEST:
            raise KeyboardInterrupt(*self.said)
        self._tries += 1
        if first:
            with contextlib.suppress(Exception):
                self.cancel()
        self._again()

    def _again(self) -> None:
        self._timer = threading.Timer(AGAIN, _thread.interrupt_main)
        self._timer.daemon = True
        self._timer.start()

    def rest(self) -> None:
        """Forget what was put off."""
        if self._timer is not None:
            self._timer.cancel()


def _in_library(frame: FrameType | None) -> bool:
    """Return whether a library runs that one of our functions called."""
    if frame is None or _ours(frame):
        return False
    while frame is not None:
        if _ours(frame):
            return True
        frame = frame.f_back
    return False


def _ours(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__", "")
    return name.partition(".")[0] == PACKAGE or name == "__main__"


@contextmanager
def between_calls() -> Iterator[Guard]:
    """Guard the block. An error in it that follows a Ctrl-C is that Ctrl-C, for it is how a cancelled command ends.

    Where somebody else handles SIGINT, or outside the main thread, nothing is changed.
    """
    guard = Guard()
    before: Any = signal.getsignal(signal.SIGINT)
    if before is not signal.default_int_handler or threading.current_thread() is not threading.main_thread():
        yield guard
        return
    signal.signal(signal.SIGINT, guard.strike)
    _guards.append(guard)
    try:
        yield guard
    except KeyboardInterrupt:
        raise KeyboardInterrupt(*guard.said) from None
    except Exception:
        if guard.pending:
            raise KeyboardInterrupt(*guard.said) from None
        raise
    finally:
        guard.rest()
        _guards.pop()
        signal.signal(signal.SIGINT, before)
    if guard.pending:
        raise KeyboardInterrupt(*guard.said)


def committed() -> None:
    """Let a Ctrl-C from now on say that the rows are written."""
    for guard in _guards:
        guard.said = (WRITTEN,)


@contextmanager
def held() -> Iterator[None]:
    """Let no Ctrl-C into the block, which is a commit and the note that it was made; it strikes behind it.

    DuckDB looks for signals when a statement is done: of 55 fills that were interrupted at random, three said that nothing
    was written, and all was (duckdb 1.4.5 and 2.0.0).
    """
    for guard in _guards:
        guard.held = True
    try:
        yield
    finally:
        for guard in _guards:
            guard.held = False


@contextmanager
def saying(text: str) -> Iterator[None]:
    """Let a KeyboardInterrupt out of the block say what has been done; one that says something already keeps it."""
    try:
        yield
    except KeyboardInterrupt as interrupt:
        if interrupt.args:
            raise
        raise KeyboardInterrupt(text) from None
