"""Send requests and read what comes back: halves where a reply was cut, no comments where one was refused, four at once.

What cannot be answered costs its request only; what went wrong is kept, to be named where the columns fall back.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Protocol, TypeVar

from synthseed.errors import Declined, ModelError, OverBudget, Truncated
from synthseed.planners.model import prompt
from synthseed.planners.model.reply import Reading, read_reply
from synthseed.planners.model.request import Answer, Guidance, Request, Usage
from synthseed.schema import Schema

AT_ONCE = 4  # requests in flight after the first
TICK = 0.1  # seconds between two looks at whether somebody pressed Ctrl-C
UNANSWERED = {Truncated: "cut at its limit", Declined: "declined"}
T = TypeVar("T")


class Asker(Protocol):
    """Send requests; `client.Client` is one."""

    def ask(self, request: Request, *, fresh: bool = False) -> Answer:
        """Return what came back; raises ModelError."""

    def keep(self, request: Request, answer: Answer) -> None:
        """Keep a reply that could be used, so that asking the same again sends nothing."""


class Telling(Protocol):
    """Be told how far the asking is."""

    def asked(self, name: str, done: int, total: int) -> None:
        """A request was answered, or given up: `done` of `total` so far."""


class Silence:
    """Tell nobody."""

    def asked(self, name: str, done: int, total: int) -> None:
        """Say nothing."""


@dataclass(frozen=True, slots=True)
class Sent:
    """Say what one request sent, how it was answered and what it used."""

    name: str
    sha256: str
    how: str
    usage: Usage


@dataclass(slots=True)
class Talk:
    """Hold one conversation about a schema.

    Attributes:
        sent: What was sent so far, in the order of the answers.
        failures: What went wrong, by table; the reason why its columns fall back.
        last: The error that came last.
        fatal: An error of asking, not of a reply: other requests would meet it too.
        hopeless: The smallest request was cut and none was answered: smaller ones are cut as well, and each costs its whole limit.
        answered: Some request was.
    """

    schema: Schema
    guidance: Guidance
    client: Asker
    telling: Telling = field(default_factory=Silence)
    sent: list[Sent] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    last: ModelError | None = None
    fatal: ModelError | None = None
    hopeless: bool = False
    answered: bool = False

    def readings(self, requests: Sequence[Request]) -> list[Reading]:
        """Return what the replies say; the first request is sent alone, so that the others find its beginning cached.

        Raises:
            ModelError: The first request failed in a way that no other one would mend.
        """
        found: list[Reading] = []
        rest = list(requests)
        if rest:
            found += self._all([rest.pop(0)], 0, len(requests))
        if not found and (self.fatal or self.hopeless):
            raise self.fatal or self.last or ModelError("the model answered nothing")
        found += self._all(rest, 1, len(requests))
        return found

    def _all(self, requests: Sequence[Request], before: int, total: int) -> list[Reading]:
        """Return the readings in the order of the requests, whichever is answered first."""
        found: dict[int, list[Reading]] = {}
        for number, readings in at_once([_bound(self._read, request) for request in requests]):
            found[number] = readings
            self.telling.asked(requests[number].name, before + len(found), total)
        return [reading for number in sorted(found) for reading in found[number]]

    def _read(self, request: Request) -> list[Reading]:
        try:
            answer = self._ask(request)
        except Truncated as error:
            halves = () if self.hopeless else prompt.halves(request, self.schema, self.guidance)
            if not halves:
                self.hopeless = not self.answered
                return self._failed(request, error)
            return [reading for half in halves for reading in self._read(half)]
        except Declined as error:
            return self._failed(request, error)
        except ModelError as error:
            self.fatal = error
            return self._failed(request, error)
        try:
            return [self._understood(request, answer)]
        except ModelError as error:
            return self._failed(request, error)

    def _understood(self, request: Request, answer: Answer) -> Reading:
        """Return what a reply says; one that came out of the cache and is of no use is asked for again."""
        try:
            reading = read_reply(answer.text, request, self.schema)
        except ModelError:
            if answer.how != "cache":
                raise
            answer = self._sent(request, fresh=True)
            reading = read_reply(answer.text, request, self.schema)
        if _useful(reading, request):
            self.client.keep(request, answer)
        return reading

    def _ask(self, request: Request) -> Answer:
        """Return the answer; after a refusal that of the same request without comments, which may have been what was refused."""
        try:
            return self._sent(request)
        except Declined:
            quiet = prompt.without_comments(request, self.schema, self.guidance)
            if quiet.user == request.user:
                raise
            return self._sent(quiet)

    def _sent(self, request: Request, *, fresh: bool = False) -> Answer:
        """Return the answer, and record what was sent whatever came back; a budget stops a request before it is sent."""
        try:
            answer = self.client.ask(request, fresh=fresh)
        except OverBudget:
            raise
        except ModelError as error:
            self.sent.append(Sent(request.name, request.sha256, UNANSWERED.get(type(error), "no answer"), Usage()))
            raise
        self.answered, self.hopeless = True, False
        self.sent.append(Sent(request.name, request.sha256, answer.how, answer.usage))
        return answer

    def _failed(self, request: Request, error: ModelError) -> list[Reading]:
        self.last = error
        self.failures.update(dict.fromkeys(request.tables, str(error)))
        return []


def _useful(reading: Reading, request: Request) -> bool:
    """Return whether a reply plans any column that was asked for: asking the same again may bring more than one that does not."""
    given = {f"{key}.{column}" for key, table in reading.tables.items() for column in table.by_column}
    return not request.columns or not given.isdisjoint(request.columns)


def _bound(call: Callable[[Request], T], request: Request) -> Callable[[], T]:
    return lambda: call(request)


def at_once(calls: Sequence[Callable[[], T]]) -> Iterator[tuple[int, T]]:
    """Yield number and result of each call, four at a time, in the order in which they end.

    The threads are daemons: Ctrl-C does not wait for a server. The main thread looks up every tenth of a second.
    """
    waiting: SimpleQueue[int] = SimpleQueue()
    ended: SimpleQueue[tuple[int, T | BaseException]] = SimpleQueue()
    for number in range(len(calls)):
        waiting.put(number)

    def work() -> None:
        while True:
            try:
                number = waiting.get_nowait()
            except Empty:
                return
            try:
                ended.put((number, calls[number]()))
            except BaseException as error:  # whatever it is belongs to the one who waits
                ended.put((number, error))

    for _ in range(min(AT_ONCE, len(calls))):
        threading.Thread(target=work, name="synthseed-model", daemon=True).start()
    for _ in calls:
        number, result = _next(ended)
        if isinstance(result, BaseException):
            raise result
        yield number, result


def _next(ended: SimpleQueue[T]) -> T:
    while True:
        try:
            return ended.get(timeout=TICK)
        except Empty:
            continue
