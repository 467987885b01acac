"""Ctrl-C strikes between two calls of a library, never inside one."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from synthseed import interrupts

LIBRARY = """
def call(steps, done):
    for step in range(3):
        if step == 0:
            interrupt()
        steps.append("works on")
        pause(0.03)
    done.append(True)
    if fails:
        raise RuntimeError("cancelled")
"""


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    """A library that is interrupted while it works: to the guard, the tests are the package."""
    monkeypatch.setattr(interrupts, "PACKAGE", __name__.partition(".")[0])
    space: dict[str, Any] = {"__name__": "a_library", "pause": time.sleep, "interrupt": partial(os.kill, os.getpid(), signal.SIGINT)}
    exec(LIBRARY, space)  # a module of its own, as far as frames tell
    call = space["call"]

    def called(*, fails: bool = False) -> tuple[list[str], list[bool]]:
        space["fails"] = fails
        steps: list[str] = []
        done: list[bool] = []
        with pytest.raises(KeyboardInterrupt), interrupts.between_calls() as guard:  # noqa: PT012 - where it is raised is the point
            guard.cancel = lambda: steps.append("cancelled")
            call(steps, done)
            for _ in range(1000):  # the signal comes again; never as late as this
                time.sleep(0.01)
            steps.append("never")
        return steps, done

    return called


def test_a_library_is_not_interrupted_halfway(library: Callable[..., Any]) -> None:
    steps, done = library()

    assert done == [True]
    assert steps == ["cancelled", "works on", "works on", "works on"]


def test_the_error_of_a_cancelled_command_is_the_interrupt(library: Callable[..., Any]) -> None:
    _, done = library(fails=True)

    assert done == [True]


def test_code_of_ours_is_interrupted_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(interrupts, "PACKAGE", __name__.partition(".")[0])
    reached = []

    with pytest.raises(KeyboardInterrupt), interrupts.between_calls():  # noqa: PT012 - where it is raised is the point
        os.kill(os.getpid(), signal.SIGINT)
        reached.append(True)

    assert not reached
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_a_handler_of_somebody_else_is_left_alone() -> None:
    seen = []
    before = signal.signal(signal.SIGINT, lambda *_: seen.append(True))
    try:
        with interrupts.between_calls():
            os.kill(os.getpid(), signal.SIGINT)
    finally:
        signal.signal(signal.SIGINT, before)

    assert seen == [True]


def test_another_thread_is_not_touched() -> None:
    inside: list[Any] = []

    def work() -> None:
        with interrupts.between_calls():
            inside.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()

    assert inside == [signal.default_int_handler]


def test_what_was_done_is_said() -> None:
    with pytest.raises(KeyboardInterrupt, match="rows are written"), interrupts.saying(interrupts.WRITTEN):
        raise KeyboardInterrupt


def test_after_a_commit_the_interrupt_says_that_rows_are_written() -> None:
    with pytest.raises(KeyboardInterrupt, match="rows are written"), interrupts.between_calls() as guard:  # noqa: PT012 - its end raises
        interrupts.committed()
        guard.pending = True
