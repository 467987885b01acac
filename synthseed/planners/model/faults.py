"""Say what went wrong between us and a server, in a message that holds neither a key nor a prompt."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import mktime_tz, parsedate_tz
from typing import Any

from synthseed.errors import Declined, ModelError, Truncated
from synthseed.planners.model.endpoint import Endpoint
from synthseed.planners.model.request import Request

LONGEST_PAUSE = 120.0  # seconds of Retry-After that are waited for; the SDK's own bound
_WINDOW = 16  # letters and digits that a message may share with a prompt by chance
# 429 in all cases, and no waiting helps: https://platform.openai.com/docs/guides/error-codes
_SPENT = frozenset(
    {
        "insufficient_quota",
        "credit_balance_exhausted",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
        "billing_hard_limit_reached",
        "billing_not_active",
    }
)
_NO_MODEL = re.compile(r"model[^.]{0,80}(?:not found|does not exist|not exist)|no such model|try pulling it", re.IGNORECASE)
_DECLINED = frozenset({"content_filter", "content_policy_violation", "invalid_prompt", "bio_policy", "misalignment_policy_violation"})
_TOO_LONG = frozenset({"context_length_exceeded", "string_above_max_length", "exceed_context_size_error"})
_CONTEXT = re.compile(r"context (?:length|size|window)", re.IGNORECASE)
ASK_OTHERWISE = "expected a plan. Leave comments out (`comments: false`), reword instructions, or exclude the table"


@dataclass(frozen=True, slots=True)
class Fault:
    """Hold one failed request.

    Attributes:
        status: HTTP status; 0 where no whole answer came.
        kind: `status`, `timeout`, `connection` (nothing was sent for certain) or `cut` (something came).
        code: The server's own code, empty where it gives none.
        param: The parameter that it complains about, as it calls it.
        text: What it says: never to be printed as it is.
        codes: Code and type, in small letters.
        retry_after: Seconds that it asks to wait.
        location: Where it redirects to.
        retry: What it says itself about trying again (`x-should-retry`).
    """

    status: int = 0
    kind: str = "status"
    code: str = ""
    param: str | None = None
    text: str = ""
    codes: frozenset[str] = frozenset()
    retry_after: float | None = None
    location: str = ""
    retry: bool | None = None

    @property
    def spent(self) -> bool:
        """Return whether an account has nothing left to spend: no waiting helps."""
        return self.status == 402 or bool(self.codes & _SPENT)

    @property
    def unbilled(self) -> bool:
        """Return whether no model can have worked for it: it was refused, or never arrived."""
        return self.kind == "connection" or (self.kind == "status" and self.status not in (408, 504, 524))

    @property
    def no_model(self) -> bool:
        """Return whether the server does not know the model."""
        return "model_not_found" in self.codes or (self.status in (400, 404) and _NO_MODEL.search(self.text) is not None)

    @property
    def declined(self) -> bool:
        """Return whether a filter refused the prompt."""
        return bool(self.codes & _DECLINED)

    @property
    def too_long(self) -> bool:
        """Return whether the model cannot read as much as was sent, with the reply that may follow."""
        return self.status == 413 or bool(self.codes & _TOO_LONG) or (self.status == 400 and _CONTEXT.search(self.text) is not None)

    @property
    def passing(self) -> bool:
        """Return whether trying again may help: the SDK's own rule, without accounts that have nothing left to spend."""
        if self.spent or self.declined or (self.retry_after or 0.0) > LONGEST_PAUSE:
            return False
        if self.retry is not None:
            return self.retry
        return self.kind != "status" or self.status in (408, 409, 429) or self.status >= 500


def fault_of(status: int, headers: Mapping[str, str], text: str) -> Fault:
    """Return the fault of an answer that is not a success, whatever its body is."""
    error = _error(text)
    code, kind = (str(error.get(name) or "").lower() for name in ("code", "type"))
    param, message = error.get("param"), error.get("message")
    retry = {"true": True, "false": False}.get(headers.get("x-should-retry", ""))
    return Fault(
        status=status,
        code=code,
        param=param if isinstance(param, str) and param else None,
        text=message if isinstance(message, str) and message else text[:20_000],
        codes=frozenset({code, kind} - {""}),
        retry_after=_retry_after(headers),
        location=headers.get("location", ""),
        retry=retry,
    )


def message(fault: Fault, endpoint: Endpoint, request: Request) -> str:
    """Return where, what was found, what was expected and what to do."""
    found = _found(fault, endpoint, request)
    said = quoted(fault.text, endpoint, request) if fault.status not in (0, 401) else ""
    return f"{endpoint.where}, {request.name}: {found}{f' ({said})' if said else ''}; {_remedy(fault, endpoint)}"


def quoted(text: str, endpoint: Endpoint, request: Request) -> str:
    """Return what a server said, in at most 200 characters; nothing where it repeats a prompt, a key or a page of HTML."""
    line = "".join(character if character.isprintable() else " " for character in text)
    whole = " ".join(line.split())
    line = whole[:200]
    plain = _letters(line)
    sent = _letters(request.system + request.user)
    repeats = any(plain[start : start + _WINDOW] in sent for start in range(max(len(plain) - _WINDOW + 1, 0)))
    if not line or repeats or line.startswith("<") or re.search(r"\b(?:sk|key|Bearer)[-_ ][A-Za-z0-9*_-]{6,}", line, re.IGNORECASE):
        return ""
    return "" if endpoint.key and endpoint.key.lower() in whole.lower() else line


def failed(fault: Fault, endpoint: Endpoint, request: Request) -> ModelError:
    """Return the error of a fault that is not tried again; what is too long to be read is as good as cut: less is to be asked at once."""
    kind = Declined if fault.declined else Truncated if fault.too_long else ModelError
    return kind(message(fault, endpoint, request))


def _error(text: str) -> dict[str, Any]:
    """Return the object of an error: `{"error": {...}}`, `{"error": "text"}`, or the body itself."""
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    if not isinstance(read, dict):
        return {}
    error = read.get("error", read)
    if isinstance(error, str):
        return {"message": error}
    return error if isinstance(error, dict) else {}


def _retry_after(headers: Mapping[str, str]) -> float | None:
    """Return the seconds of `retry-after-ms` or `Retry-After`, which is a number or a date; None where they say nothing."""
    for name, divisor in (("retry-after-ms", 1000), ("retry-after", 1)):
        try:
            seconds = float(headers.get(name, "")) / divisor
        except ValueError:
            continue
        return max(seconds, 0.0) if seconds == seconds else None
    date = parsedate_tz(headers.get("retry-after", ""))
    try:
        return max(mktime_tz(date) - time.time(), 0.0) if date else None
    except (ValueError, OverflowError, OSError):
        return None


def _found(fault: Fault, endpoint: Endpoint, request: Request) -> str:
    if fault.kind == "timeout":
        return f"no whole answer in {endpoint.timeout:g} s"
    if fault.kind == "connection":
        return "the server cannot be reached"
    if fault.kind == "cut":
        return "the answer was cut off on its way"
    code = f", {fault.code}" if re.fullmatch(r"[a-z0-9_.-]{1,60}", fault.code) and quoted(fault.code, endpoint, request) else ""
    return f"HTTP {fault.status}{code}"


def _remedy(fault: Fault, endpoint: Endpoint) -> str:
    if fault.kind == "timeout":
        return "expected an answer in time. Raise model.timeout, choose a faster model, or plan fewer tables (`tables:`)"
    if fault.kind in ("connection", "cut"):
        return "expected an answer. Check the network, that the server runs, and model.base_url"
    if fault.declined:
        return ASK_OTHERWISE
    if fault.too_long:
        return "expected a prompt that the model can read. Plan fewer tables at once (`tables:`), or choose a model with a larger context"
    if fault.spent:
        return "expected an account that may still spend. Raise its limit or add credit; waiting does not help"
    if (fault.retry_after or 0.0) > LONGEST_PAUSE:
        return f"the server asks to wait {fault.retry_after:.0f} s, and at most {LONGEST_PAUSE:.0f} s are waited. Run it again later"
    if fault.status in (401, 403):
        return _about_the_key(endpoint)
    if fault.no_model:
        return "expected a model that the server knows. Correct model.name"
    if 300 <= fault.status < 400:
        return "expected an answer, not a redirection, which is not followed. Set model.base_url to where the server is"
    if fault.status in (404, 405):
        return "expected an API compatible with OpenAI's. Check model.base_url: most end with /v1"
    if fault.status == 429:
        return "expected room within the rate limit. Run it again later, or choose another model"
    if fault.status >= 500:
        return "expected an answer. The server is in trouble: run it again later"
    return "expected the request to be accepted. Check model.name, model.base_url and the length of what the model accepts"


def _about_the_key(endpoint: Endpoint) -> str:
    if endpoint.key is None:
        return "expected a server that wants no key. Name the variable that holds its key in synthseed.yml: `model: key: NAME`"
    return f"expected a key that the server accepts for this model. Check the environment variable {endpoint.key_variable}"


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text)).lower()
