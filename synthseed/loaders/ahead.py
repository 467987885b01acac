"""Make the next chunks while the database takes this one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from queue import Empty, Full, Queue
from threading import Event, Thread

from synthseed.chunk import Chunk, release

DEPTH = 2  # chunks made ahead: 4 loaded 1.6 million rows no faster, and took 20 MB more where a row has 300 bytes (measured)
TICK = 0.05  # seconds between two looks at the stop sign while the queue is full


@contextmanager
def ahead(chunks: Iterable[Chunk], *, depth: int = DEPTH) -> Iterator[Iterator[Chunk]]:
    """Make chunks in one thread, `depth` of them ahead of whoever takes them.

    The connection stays in the thread that opened it, so Ctrl-C interrupts the load where it is, and what the making
    raises is raised here, after the chunks made before it. No thread outlives the block: leaving it stops the making
    after the chunk at hand.
    """
    queue: Queue[Chunk | BaseException | None] = Queue(depth)
    stop = Event()

    def put(item: Chunk | BaseException | None) -> bool:
        while not stop.is_set():
            try:
                queue.put(item, timeout=TICK)
                return True
            except Full:
                continue
        return False

    def make() -> None:
        try:
            for chunk in chunks:
                if not put(chunk):
                    return
                release()
            put(None)
        except BaseException as error:  # whatever it is belongs to the one who takes the chunks
            put(error)

    thread = Thread(target=make, name="synthseed-ahead", daemon=True)
    thread.start()
    try:
        yield _taken(queue)
    finally:
        stop.set()
        while True:  # wakes a `put` that waits, and lets go of the memory
            try:
                queue.get_nowait()
            except Empty:
                break
        thread.join()


def _taken(queue: Queue[Chunk | BaseException | None]) -> Iterator[Chunk]:
    while (item := queue.get()) is not None:
        if isinstance(item, BaseException):
            raise item
        yield item
