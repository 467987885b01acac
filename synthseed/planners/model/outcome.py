"""Read what a server answered with success: the reply's text, what it cost, and why it ended. All of it is untrusted."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from synthseed.errors import Declined, ModelError, Truncated
from synthseed.planners.model.endpoint import Endpoint
from synthseed.planners.model.faults import ASK_OTHERWISE, Fault, fault_of, quoted
from synthseed.planners.model.request import Request, Usage

LARGEST = 8_000_000  # bytes of a body; a reply has at most 2 MB, and JSON in JSON doubles backslashes and quotation marks
_TRANSIENT = ("server_error", "rate_limit_exceeded")


@dataclass(frozen=True, slots=True)
class Page:
    """Hold the body of an answer with success, as it came."""

    content: bytes
    kind: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Hold what a page says.

    Attributes:
        text: The reply; empty where there is none.
        usage: Tokens; None where the server does not say.
        written: Tokens of the input that it put into its prompt cache; None where it does not say.
        error: What stands in the way of using the reply.
        fault: What went wrong at the server, where trying again may help.
        foreign: True: it is no answer of such a server at all, so nothing is billed.
    """

    text: str = ""
    usage: Usage | None = None
    written: int | None = None
    error: ModelError | None = None
    fault: Fault | None = None
    foreign: bool = False


def read(page: Page, endpoint: Endpoint, request: Request, *, responses: bool) -> Outcome:
    """Return the outcome of a page of the Responses API or of Chat Completions."""
    where = f"{endpoint.where}, {request.name}"
    if len(page.content) > LARGEST:
        return Outcome(error=ModelError(f"{where}: the answer is larger than {LARGEST:,} bytes; expected a plan. Choose another model"))
    try:
        answer = json.loads(page.content)
    except (ValueError, RecursionError):
        return _no_json(page, where)
    if not isinstance(answer, dict):
        return _foreign(where, "JSON that is no object")
    if answer.get("error"):
        return _with_error(answer, where, endpoint, request)
    usage, written = _usage(answer.get("usage"))
    found = _of_responses(answer, where) if responses else _of_chat(answer, where)
    return Outcome(found.text, usage, written, found.error, None, found.foreign and usage is None)


def _no_json(page: Page, where: str) -> Outcome:
    if page.content and "json" in page.kind:
        # A body that ends early without a Content-Length looks whole to HTTP.
        return Outcome(fault=Fault(kind="cut"))
    kind = page.kind.partition(";")[0].strip() or "of no type"
    what = f"a page ({kind if kind.isprintable() else 'of no type'}, {len(page.content)} bytes)" if page.content else "an empty body"
    return _foreign(where, what)


def _foreign(where: str, what: str) -> Outcome:
    text = f"{where}: HTTP 200 with {what}; expected a reply as OpenAI's API gives it. Check model.base_url: most end with /v1"
    return Outcome(error=ModelError(text), foreign=True)


def _with_error(answer: dict[str, Any], where: str, endpoint: Endpoint, request: Request) -> Outcome:
    """Return the outcome of `status: failed`, and of servers that report an error with HTTP 200."""
    usage, written = _usage(answer.get("usage"))
    fault = fault_of(500, {}, json.dumps({"error": answer["error"]}))
    if fault.codes & set(_TRANSIENT):
        return Outcome(usage=usage, written=written, fault=fault)
    said = quoted(fault.text, endpoint, request)
    what = f"{where}: the server reports an error{f' ({said})' if said else ''}"
    if fault.declined:
        return Outcome(usage=usage, written=written, error=Declined(f"{what}; {ASK_OTHERWISE}"))
    text = f"{what}; expected a reply. Check model.name, or run it again later"
    return Outcome(usage=usage, written=written, error=ModelError(text), foreign=usage is None)


def _of_responses(answer: dict[str, Any], where: str) -> Outcome:
    output, status = answer.get("output"), answer.get("status")
    if not isinstance(output, list) or not isinstance(status, str):
        return _foreign(where, "JSON of another kind")
    parts = [part for item in output if isinstance(item, dict) and item.get("type") == "message" for part in _parts(item.get("content"))]
    text = "".join(part["text"] for part in parts if part.get("type") == "output_text" and isinstance(part.get("text"), str))
    details = answer.get("incomplete_details")
    reason = details.get("reason") if isinstance(details, dict) else None
    if any(part.get("type") == "refusal" for part in parts):
        return _declined(where, "the model refused to answer")
    if status == "incomplete":
        return _declined(where, "a filter stopped the reply") if reason == "content_filter" else _truncated(where)
    if status != "completed":
        known = status if status in ("failed", "cancelled", "in_progress", "queued") else "unknown"
        return Outcome(error=ModelError(f"{where}: the reply ended with status {known}; expected completed. Run it again later"))
    return _whole(text, where)


def _of_chat(answer: dict[str, Any], where: str) -> Outcome:
    choices = answer.get("choices")
    if not isinstance(choices, list) or not choices or not isinstance(choices[0], dict):
        return _foreign(where, "JSON of another kind")
    spoken = choices[0].get("message")
    if not isinstance(spoken, dict):
        return _foreign(where, "JSON of another kind")
    finish, content = choices[0].get("finish_reason"), spoken.get("content")
    if finish == "content_filter":
        return _declined(where, "a filter stopped the reply")
    if spoken.get("refusal"):
        return _declined(where, "the model refused to answer")
    if finish == "length":
        return _truncated(where)
    text = content if isinstance(content, str) else "".join(str(part.get("text") or "") for part in _parts(content))
    return _whole(text, where)


def _parts(content: object) -> list[dict[str, Any]]:
    return [part for part in content if isinstance(part, dict)] if isinstance(content, list) else []


def _whole(text: str, where: str) -> Outcome:
    if text.strip():
        return Outcome(text)
    return Outcome(error=ModelError(f"{where}: the reply is empty; expected a plan as JSON. Choose another model, or run it again"))


def _truncated(where: str) -> Outcome:
    return Outcome(
        error=Truncated(f"{where}: the reply was cut at its limit of tokens; expected a whole plan. Plan fewer tables at once (`tables:`)")
    )


def _declined(where: str, what: str) -> Outcome:
    return Outcome(error=Declined(f"{where}: {what}; {ASK_OTHERWISE}"))


def _usage(found: object) -> tuple[Usage | None, int | None]:
    """Return tokens by either API's names; None where they are no counts."""
    if not isinstance(found, dict):
        return None, None
    given, made = (_count(found, names) for names in (("input_tokens", "prompt_tokens"), ("output_tokens", "completion_tokens")))
    if given is None or made is None:
        return None, None
    kinds = (found.get("input_tokens_details"), found.get("prompt_tokens_details"))
    details: dict[str, Any] = next((kind for kind in kinds if isinstance(kind, dict)), {})
    cached = _count(details, ("cached_tokens",)) or 0
    return Usage(given, min(cached, given), made), _count(details, ("cache_write_tokens",))


def _count(found: dict[str, Any], names: tuple[str, ...]) -> int | None:
    for name in names:
        value = found.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 10**9:
            return value
    return None
