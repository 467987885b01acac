"""Ask a model over HTTP: the only file that imports openai, and only inside a call (its import takes half a second to a second).

    ask ── cache? ── budget ── one request ──┬── reply ── Answer
                        ▲                    ├── refused rung or parameter: the next shape (rungs.py)
                        │                    ├── passing trouble: wait, again, twice at most
                        └────────────────────┴── all else: ModelError; what no later call can mend stops the client

Retries follow the SDK's rule but are ours: the SDK repeats 429s of accounts that have nothing left to spend, waits without regard
to any deadline, and its requests would pass the budget unseen. The SDK's own total timeout is one per read: a server that sends a
byte a minute never ends, so a request runs in a thread of its own that is given up in time.
"""

from __future__ import annotations

import os
import random
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from itertools import count
from threading import Lock, Thread
from typing import Any

from synthseed.errors import ModelError
from synthseed.planners.model.blocks import file_text
from synthseed.planners.model.budget import Budget, Reservation, estimated_input, tokens
from synthseed.planners.model.cache import Cache
from synthseed.planners.model.endpoint import Endpoint
from synthseed.planners.model.faults import LONGEST_PAUSE, Fault, failed, fault_of
from synthseed.planners.model.outcome import LARGEST, Outcome, Page, read
from synthseed.planners.model.request import Answer, Request, Usage
from synthseed.planners.model.rungs import Shape, body, next_shape, system_text

_RETRIES = 2
_EXHAUSTED = 5  # calls in a row that ended in passing trouble, before no more is sent
_CONNECT = 10.0  # seconds


@dataclass(slots=True, eq=False)
class Client:
    """Ask one endpoint, from several threads at once; close it, or use it in a `with` block.

    Attributes:
        endpoint: Whom to ask.
        budget: What may be spent.
        cache: Replies that were kept.
        sleep: Waits for seconds between tries.
    """

    endpoint: Endpoint
    budget: Budget
    cache: Cache
    sleep: Callable[[float], None] = time.sleep
    _lock: Any = field(default_factory=Lock, init=False, repr=False)
    _shape: Shape = field(init=False)
    _notes: list[str] = field(default_factory=list, init=False)
    _exhausted: int = field(default=0, init=False)
    _stopped: ModelError | None = field(default=None, init=False)
    _made: Any = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        self._shape = Shape(0 if self.endpoint.responses else 1)

    def ask(self, request: Request, *, fresh: bool = False) -> Answer:
        """Return the reply to a request: out of the cache, else from the server.

        Args:
            request: What to send.
            fresh: True: the cache is not looked at, because the reply in it turned out to be useless.

        Raises:
            Truncated: The reply was cut at its limit.
            Declined: The model or a filter refused.
            OverBudget: The next request could exceed the budget; it is not sent.
            ModelError: No reply, for any other reason.
        """
        kept = None if fresh else self.cache.get(self._key(request))
        if kept is not None:
            return kept
        deadline = time.monotonic() + 2 * self.endpoint.timeout
        while True:
            shape = self._now()
            found = self._tried(request, shape, deadline)
            if isinstance(found, Answer):
                return found
            self._adapt(found, shape, request)

    def keep(self, request: Request, answer: Answer) -> None:
        """Keep a reply that the caller found usable, for the next time the same is asked."""
        if answer.how != "cache":
            self.cache.put(self._key(request), answer.text)

    @property
    def notes(self) -> tuple[str, ...]:
        """Return what the server refused and how it was asked instead, one sentence each."""
        with self._lock:
            return tuple(self._notes)

    def close(self) -> None:
        """Close the connections."""
        with self._lock:
            made, self._made = self._made, None
        if made is not None:
            made.close()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _key(self, request: Request) -> str:
        at = self.endpoint
        return Cache.key(at.base_url, at.model, at.effort or "", file_text(request.schema), request.system, request.user)

    def _now(self) -> Shape:
        """Return the shape that is known to be the best; raise what stopped the client."""
        with self._lock:
            if self._stopped is not None:
                raise type(self._stopped)(str(self._stopped))
            return self._shape

    def _tried(self, request: Request, shape: Shape, deadline: float) -> Answer | Fault:
        """Return the answer, or a fault that trying again does not mend."""
        for attempt in count():
            found = self._sent(request, shape, deadline)
            if isinstance(found, Answer):
                with self._lock:
                    self._exhausted = 0
                return found
            if not found.passing:
                return found
            pause = found.retry_after or min(0.5 * 2**attempt, 8.0) * (1 - 0.25 * random.random())
            if attempt >= _RETRIES or time.monotonic() + pause > deadline:
                raise self._exhausted_by(found, request)
            self.sleep(pause)
        raise AssertionError("count() has no end")

    def _sent(self, request: Request, shape: Shape, deadline: float) -> Answer | Fault:
        """Send one request; its reservation is closed however it ends."""
        self._now()
        system = system_text(shape, self.endpoint, request)
        tier = None if "service_tier" in shape.dropped else self.endpoint.service_tier
        given = estimated_input(system, request.user, file_text(request.schema))
        reserved = self.budget.reserve(self.endpoint.model, input=given, output=request.limit, tier=tier)
        try:
            seconds = max(min(self.endpoint.timeout, deadline - time.monotonic()), 0.001)
            page = _within(seconds, lambda: self._post(request, shape, seconds))
            if isinstance(page, Fault):
                if page.unbilled:
                    reserved.release()
                return page
            outcome = read(page, self.endpoint, request, responses=shape.responses)
            self._book(outcome, reserved, given)
        finally:
            reserved.lose()  # what is not booked by now may be billed all the same
        if outcome.fault is not None:
            return outcome.fault
        if outcome.error is not None:
            raise outcome.error
        return Answer(outcome.text, outcome.usage or Usage(given, 0, tokens(outcome.text)), shape.name)

    def _book(self, outcome: Outcome, reserved: Reservation, given: int) -> None:
        if outcome.usage is not None:
            reserved.book(outcome.usage, written=outcome.written)
        elif outcome.foreign:
            reserved.release()
        elif outcome.text:
            reserved.book(Usage(given, 0, tokens(outcome.text)))

    def _post(self, request: Request, shape: Shape, seconds: float) -> Page | Fault:
        """Send it and read the whole body, which is cut where it grows too large."""
        import openai

        http = sys.modules[openai.DefaultHttpxClient.__bases__[0].__module__.partition(".")[0]]  # httpx or, from 3.0 on, httpx2
        api = self._sdk()
        create = (api.responses if shape.responses else api.chat.completions).with_streaming_response.create
        timeout = openai.Timeout(seconds, connect=min(_CONNECT, seconds))
        headers = self._headers(openai.Omit())
        until = time.monotonic() + seconds
        try:
            with create(**body(shape, self.endpoint, request), extra_headers=headers, timeout=timeout) as response:
                content = bytearray()
                for piece in response.iter_bytes():
                    content += piece
                    if len(content) > LARGEST or time.monotonic() > until:
                        break
                return Page(bytes(content), response.headers.get("content-type", ""))
        except openai.APIStatusError as error:
            return fault_of(error.status_code, error.response.headers, error.response.text)
        except (openai.APITimeoutError, http.TimeoutException) as error:
            cause = error.__cause__ or error
            return Fault(kind="connection" if isinstance(cause, (http.ConnectTimeout, http.PoolTimeout)) else "timeout")
        except openai.APIConnectionError as error:
            return Fault(kind="connection" if isinstance(error.__cause__, http.ConnectError) else "cut")
        except (http.HTTPError, http.StreamError):
            return Fault(kind="cut")

    def _sdk(self) -> Any:
        import openai

        with self._lock:
            if self._made is None:
                self._made = openai.OpenAI(
                    api_key=self.endpoint.key or "none",
                    base_url=self.endpoint.base_url,
                    max_retries=0,
                    # A redirection would hand the prompt to a server that nobody named.
                    http_client=openai.DefaultHttpxClient(follow_redirects=False),
                )
            return self._made

    def _headers(self, omit: Any) -> Mapping[str, Any]:
        """Return headers that keep what the environment holds for OpenAI away from other servers."""
        key = self.endpoint.key
        headers: dict[str, Any] = {"Authorization": f"Bearer {key}" if key else omit}
        if self.endpoint.native:
            return headers
        names = [line.partition(":")[0].strip() for line in os.environ.get("OPENAI_CUSTOM_HEADERS", "").split("\n") if ":" in line]
        others = (name for name in (*names, "OpenAI-Organization", "OpenAI-Project") if name.lower() != "authorization")
        return headers | dict.fromkeys(others, omit)

    def _adapt(self, fault: Fault, shape: Shape, request: Request) -> None:
        """Remember what the server refuses, for every later call; raise where nothing else can be tried."""
        step = next_shape(fault, shape, self.endpoint)
        if step is None:
            error = failed(fault, self.endpoint, request)
            if fault.status in (401, 402, 403, 429) or fault.spent or fault.no_model or (fault.retry_after or 0.0) > LONGEST_PAUSE:
                self._stop(error)
            raise error
        following, note = step
        with self._lock:
            if note not in self._notes:
                self._notes.append(note)
            self._shape = Shape(max(self._shape.rung, following.rung), self._shape.dropped | following.dropped)

    def _exhausted_by(self, fault: Fault, request: Request) -> ModelError:
        error = failed(fault, self.endpoint, request)
        with self._lock:
            self._exhausted += 1
            ended = self._exhausted >= _EXHAUSTED
        if ended:
            self._stop(ModelError(f"{error}. {_EXHAUSTED} calls in a row ended like this, so no more are sent"))
        return error

    def _stop(self, error: ModelError) -> None:
        with self._lock:
            self._stopped = self._stopped or error


def _within(seconds: float, send: Callable[[], Page | Fault]) -> Page | Fault:
    """Return what `send` returns, or a timeout; a request that is given up ends on its own, and ends no process later."""
    found: list[Page | Fault] = []
    raised: list[BaseException] = []

    def run() -> None:
        try:
            found.append(send())
        except BaseException as error:
            raised.append(error)

    thread = Thread(target=run, daemon=True, name="synthseed model")
    thread.start()
    thread.join(seconds)
    if raised:
        raise raised[0]
    return found[0] if found else Fault(kind="timeout")
