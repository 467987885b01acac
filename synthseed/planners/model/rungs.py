"""Shape a request for a server: one ladder from the strictest promise to none, and parameters that a server may refuse.

    responses schema    Responses, JSON schema, strict      OpenAI, Azure
    chat schema         Chat Completions, JSON schema       vLLM, llama.cpp, Ollama, LM Studio, most gateways
    chat json           Chat Completions, some JSON object  servers that know JSON mode alone
    chat text           Chat Completions, plain             anything

A refusal teaches: a rung that is refused is left for the next one, a parameter that is refused is dropped. Replies of every rung
are checked alike, for some servers accept a schema and ignore it.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from synthseed.planners.model.blocks import file_text
from synthseed.planners.model.endpoint import Endpoint
from synthseed.planners.model.faults import Fault
from synthseed.planners.model.request import Request

RUNGS = ("responses schema", "chat schema", "chat json", "chat text")
_NO_SUCH_PATH = (404, 405, 501)
_REFUSALS = (400, 404, 405, 415, 422, 501)
_FORMAT = re.compile(r"response_format|text\.format|json_schema|json_object|json schema|structured output|guided|grammar", re.IGNORECASE)
_DISLIKE = re.compile(
    r"unsupported|not supported|does ?n.t support|unknown|unrecogni[sz]ed|unexpected|not permitted|not allowed|forbidden|invalid"
    r"|too large|at most",
    re.IGNORECASE,
)
# What each parameter is called by the servers that refuse it.
_NAMES = {
    "effort": ("reasoning_effort", "reasoning.effort", "reasoning"),
    "service_tier": ("service_tier",),
    "max_completion_tokens": ("max_completion_tokens", "max_tokens"),
    "max_tokens": ("max_tokens",),
    "store": ("store",),
}


@dataclass(frozen=True, slots=True)
class Shape:
    """Hold what was learned about a server: which rung, and which parameters it refused."""

    rung: int = 0
    dropped: frozenset[str] = frozenset()

    @property
    def name(self) -> str:
        """Return the name of the rung, as `Answer.how` tells it."""
        return RUNGS[self.rung]

    @property
    def responses(self) -> bool:
        """Return whether the Responses API is asked."""
        return self.rung == 0


def system_text(shape: Shape, endpoint: Endpoint, request: Request) -> str:
    """Return the system prompt; servers that may not show the schema to the model, or don't know it, get it as text."""
    if shape.responses or (shape.name == "chat schema" and endpoint.native):
        return request.system
    return f"{request.system}\n\nThe JSON object must satisfy this JSON schema:\n{file_text(request.schema)}"


def body(shape: Shape, endpoint: Endpoint, request: Request) -> dict[str, Any]:
    """Return the parameters of `create()`."""
    made = _responses(endpoint, request) if shape.responses else _chat(shape, endpoint, request)
    made |= {"model": endpoint.model, "store": False}
    if endpoint.service_tier is not None:
        made["service_tier"] = endpoint.service_tier
    for name in shape.dropped:
        for key in (name, "reasoning", "reasoning_effort") if name == "effort" else (name,):
            made.pop(key, None)
    return made


def next_shape(fault: Fault, shape: Shape, endpoint: Endpoint) -> tuple[Shape, str] | None:
    """Return what to try after a refusal, and a sentence that names it; None where asking otherwise would not help."""
    if fault.status not in _REFUSALS or fault.no_model or fault.declined:
        return None
    name = _refused(fault, shape, endpoint)
    if name is not None:
        return Shape(shape.rung, shape.dropped | {name}), f"{endpoint.where} refuses the parameter {name}; asked without it"
    no_path = shape.responses and fault.status in _NO_SUCH_PATH
    if shape.rung + 1 < len(RUNGS) and (no_path or _is_about_format(fault)):
        lower = Shape(shape.rung + 1, shape.dropped)
        return lower, f"{endpoint.where} cannot answer by `{shape.name}`; asked by `{lower.name}`"
    return None


def _responses(endpoint: Endpoint, request: Request) -> dict[str, Any]:
    text = {"format": {"type": "json_schema", "name": _name(request), "strict": True, "schema": json.loads(file_text(request.schema))}}
    made: dict[str, Any] = {
        "input": [{"role": "system", "content": request.system}, {"role": "user", "content": request.user}],
        "text": text,
        "max_output_tokens": request.limit,
    }
    if endpoint.effort is not None:
        made["reasoning"] = {"effort": endpoint.effort}
    return made


def _chat(shape: Shape, endpoint: Endpoint, request: Request) -> dict[str, Any]:
    system = system_text(shape, endpoint, request)
    limit = "max_tokens" if "max_completion_tokens" in shape.dropped else "max_completion_tokens"
    made: dict[str, Any] = {
        "messages": [{"role": "system", "content": system}, {"role": "user", "content": request.user}],
        limit: request.limit,
    }
    if shape.name == "chat schema":
        schema = {"name": _name(request), "strict": True, "schema": json.loads(file_text(request.schema))}
        made["response_format"] = {"type": "json_schema", "json_schema": schema}
    elif shape.name == "chat json":
        made["response_format"] = {"type": "json_object"}
    if endpoint.effort is not None:
        made["reasoning_effort"] = endpoint.effort
    return made


def _name(request: Request) -> str:
    return re.sub(r"[^A-Za-z0-9_-]", "_", request.schema.partition(".")[0])[:64]


def _refused(fault: Fault, shape: Shape, endpoint: Endpoint) -> str | None:
    """Return which parameter that was sent the server refused; None where it did not refuse one that can be dropped."""
    limit = () if shape.responses else ("max_tokens",) if "max_completion_tokens" in shape.dropped else ("max_completion_tokens",)
    # OpenAI keeps replies unless it is told not to: there, a prompt is never sent without store=False.
    sent = {"effort", "service_tier", *limit, *(() if endpoint.native else ("store",))} - shape.dropped
    for name in sorted(sent):
        if fault.param in _NAMES[name]:
            return name
    if fault.param is not None or not _DISLIKE.search(fault.text):
        return None
    for name in sorted(sent):
        if any(re.search(rf"(?<![\w.]){re.escape(word)}(?![\w.])", fault.text) for word in _NAMES[name][:2]):
            return name
    return None


def _is_about_format(fault: Fault) -> bool:
    if fault.param is not None:
        return fault.param.startswith(("text", "response_format"))
    return _FORMAT.search(fault.text) is not None
