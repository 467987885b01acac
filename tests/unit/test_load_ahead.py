"""Chunks are made ahead in one thread that does not outlive its block."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

from synthseed.loaders import ahead


def working() -> list[str]:
    return [thread.name for thread in threading.enumerate() if thread.name.startswith("synthseed")]


def test_chunks_come_in_their_order() -> None:
    with ahead(range(100)) as made:  # type: ignore[arg-type]
        assert list(made) == list(range(100))


def test_no_more_is_made_than_the_depth_allows() -> None:
    done: list[int] = []
    begun = threading.Event()

    def chunks() -> Iterator[Any]:
        for number in range(1000):
            done.append(number)
            if number == 3:
                begun.set()
            yield number

    with ahead(chunks(), depth=2) as made:
        next(made)
        assert begun.wait(10)

    assert len(done) < 10
    assert working() == []


def test_leaving_with_an_error_ends_the_thread() -> None:
    with pytest.raises(KeyboardInterrupt), ahead(iter(int, 1)) as made:  # type: ignore[arg-type]  # noqa: PT012
        next(made)
        raise KeyboardInterrupt

    assert working() == []


def test_what_is_raised_while_making_comes_after_the_chunks_before_it() -> None:
    def chunks() -> Iterator[Any]:
        yield 1
        raise ZeroDivisionError

    with ahead(chunks()) as made:
        assert next(made) == 1
        with pytest.raises(ZeroDivisionError):
            next(made)

    assert working() == []
