"""Check a request as the real API does, and wrap a reply as it does: Responses and Chat Completions.

Sources: OpenAI's API reference (both endpoints) and its guide to structured outputs, whose limits on a strict schema are held.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from synthseed.testing.scripts import Asked, Reply

RESPONSES, CHAT = "/v1/responses", "/v1/chat/completions"
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS = ("auto", "default", "flex", "scale", "priority")
_KNOWN = {
    RESPONSES: {
        "model", "input", "instructions", "text", "store", "max_output_tokens", "reasoning", "service_tier", "temperature",
        "metadata",
    },
    CHAT: {
        "model", "messages", "response_format", "store", "max_completion_tokens", "max_tokens", "reasoning_effort", "service_tier",
        "temperature", "metadata", "seed", "n",
    },
}  # fmt: skip
_DEEPEST, _MOST_PROPERTIES = 10, 5000
_WORDS = {"type", "properties", "required", "additionalProperties", "items", "enum", "anyOf", "$ref", "$defs", "description", "const"}


class Refused(Exception):
    """Raised for a request that the API would refuse; the arguments are the status and the `error` object."""

    def __init__(self, message: str, *, param: str | None = None, code: str | None = None, status: int = 400) -> None:
        super().__init__(message)
        self.status = status
        self.error = {"message": message, "type": "invalid_request_error", "param": param, "code": code}


def asked(path: str, body: Mapping[str, Any], without: Collection[str]) -> Asked:
    """Return what a request asks.

    Args:
        path: Path of the endpoint.
        body: The request.
        without: Parameters and formats that this server does not know: `responses`, `json_schema`, `json_object`, `reasoning`, ...

    Raises:
        Refused: The API would refuse it.
    """
    if path not in _KNOWN or (path == RESPONSES and "responses" in without):
        raise Refused(f"Invalid URL (POST {path})", status=404)
    for name in body:
        if name not in _KNOWN[path] or name in without:
            raise Refused(f"Unknown parameter: '{name}'.", param=name, code="unknown_parameter")
    _text(body.get("model"), "model", "you must provide a model parameter")
    _common(body)
    return _asked_of_responses(body, without) if path == RESPONSES else _asked_of_chat(body, without)


def wrapped(path: str, question: Asked, reply: Reply, number: int) -> dict[str, Any]:
    """Return the object that the API answers with."""
    given = -(-len((question.system + question.user).encode()) * 10 // 33) if reply.input is None else reply.input
    made = -(-len(reply.text.encode()) * 10 // 33) if reply.output is None else reply.output
    if path == RESPONSES:
        return _response(question, reply, number, given, made)
    return _completion(question, reply, number, given, made)


# ---------------------------------------------------------------------------------------------- what is asked
def _common(body: Mapping[str, Any]) -> None:
    if not isinstance(body.get("store", False), bool):
        raise Refused("Invalid type for 'store': expected a boolean.", param="store", code="invalid_type")
    if body.get("service_tier", "auto") not in TIERS:
        raise Refused("Invalid service_tier argument", param="service_tier", code="invalid_value")
    for name, least in (("max_output_tokens", 16), ("max_completion_tokens", 1), ("max_tokens", 1)):
        value = body.get(name)
        if value is not None and (not isinstance(value, int) or isinstance(value, bool) or value < least):
            raise Refused(f"Invalid '{name}': expected an integer of at least {least}.", param=name, code="integer_below_min_value")


def _asked_of_responses(body: Mapping[str, Any], without: Collection[str]) -> Asked:
    said = body.get("input")
    messages = [{"role": "user", "content": said}] if isinstance(said, str) else said
    reasoning = body.get("reasoning", {})
    _effort(reasoning.get("effort") if isinstance(reasoning, dict) else reasoning, "reasoning.effort")
    text = body.get("text", {})
    format_ = text.get("format", {"type": "text"}) if isinstance(text, dict) else None
    schema = _format(format_, format_, "text.format", without)
    system, user = _spoken(messages, "input", "input_text")
    return Asked(str(body["model"]), system + str(body.get("instructions") or ""), user, schema)


def _asked_of_chat(body: Mapping[str, Any], without: Collection[str]) -> Asked:
    _effort(body.get("reasoning_effort"), "reasoning_effort")
    format_ = body.get("response_format", {"type": "text"})
    inner = format_.get("json_schema") if isinstance(format_, dict) else None
    schema = _format(format_, inner, "response_format", without)
    system, user = _spoken(body.get("messages"), "messages", "text")
    if isinstance(format_, dict) and format_.get("type") == "json_object" and "json" not in (system + user).lower():
        raise Refused(
            "'messages' must contain the word 'json' in some form, to use 'response_format' of type 'json_object'.", param="messages"
        )
    return Asked(str(body["model"]), system, user, schema)


def _effort(value: object, name: str) -> None:
    if value is not None and value not in EFFORTS:
        raise Refused(f"Invalid value: '{name}'. Supported values are: {', '.join(EFFORTS)}.", param=name, code="invalid_value")


def _spoken(messages: object, name: str, kind: str) -> tuple[str, str]:
    """Return what was said as system and as user."""
    if not isinstance(messages, list) or not messages:
        raise Refused(f"Missing required parameter: '{name}'.", param=name, code="missing_required_parameter")
    texts: dict[str, list[str]] = {"system": [], "user": []}
    for at, message in enumerate(messages):
        role = message.get("role") if isinstance(message, dict) else None
        if role not in ("system", "developer", "user", "assistant"):
            raise Refused(f"Invalid value: '{name}[{at}].role'.", param=f"{name}[{at}].role", code="invalid_value")
        content = message.get("content")
        if isinstance(content, list):
            content = "".join(part["text"] for part in content if isinstance(part, dict) and part.get("type") == kind)
        if role != "assistant":
            texts["user" if role == "user" else "system"].append(_text(content, f"{name}[{at}].content", "expected a string"))
    return "\n".join(texts["system"]), "\n".join(texts["user"])


def _text(value: object, name: str, message: str) -> str:
    if not isinstance(value, str) or not value:
        raise Refused(f"Invalid or missing '{name}': {message}.", param=name, code="missing_required_parameter")
    return value


def _format(format_: object, inner: object, name: str, without: Collection[str]) -> Mapping[str, Any] | None:
    """Return the schema of a format; the format itself may be flat (Responses) or hold it one level down (chat)."""
    kind = format_.get("type") if isinstance(format_, dict) else None
    if kind not in ("text", "json_object", "json_schema"):
        raise Refused(f"Invalid value: '{name}.type'.", param=f"{name}.type", code="invalid_value")
    if kind in without:
        message = f"Invalid parameter: '{name}' of type '{kind}' is not supported with this model."
        raise Refused(message, param=name, code="unsupported_value")
    if kind != "json_schema":
        return None
    within = name if inner is format_ else f"{name}.json_schema"
    if not isinstance(inner, dict) or not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", str(inner.get("name", ""))):
        raise Refused(f"Missing required parameter: '{within}.name'.", param=f"{within}.name", code="missing_required_parameter")
    schema = inner.get("schema")
    if not isinstance(schema, dict):
        raise Refused(f"Missing required parameter: '{within}.schema'.", param=f"{within}.schema", code="missing_required_parameter")
    if inner.get("strict") is not True:
        raise Refused("Expected a strict schema: without 'strict': true no reply is certain to satisfy it.", param=f"{within}.strict")
    counts = _Strict(f"{within}.schema")
    counts.check(schema, (), 1)
    if schema.get("type") != "object":
        raise counts.refused((), "schema must be a JSON Schema of 'type: \"object\"'")
    for key, definition in schema.get("$defs", {}).items():
        counts.check(definition, ("$defs", key), 1)
    return schema


class _Strict:
    """Hold a schema against the limits of strict structured outputs."""

    def __init__(self, param: str) -> None:
        self.param, self.properties = param, 0

    def refused(self, path: tuple[str, ...], what: str) -> Refused:
        where = ", ".join(map(repr, path))
        return Refused(f"Invalid schema for response_format: In context=({where}), {what}.", param=self.param, code="invalid_json_schema")

    def check(self, node: object, path: tuple[str, ...], depth: int) -> None:
        if not isinstance(node, dict):
            raise self.refused(path, "expected a schema object")
        if unknown := set(node) - _WORDS:
            raise self.refused(path, f"'{min(unknown)}' is not permitted")
        if depth > _DEEPEST:
            raise self.refused(path, f"more than {_DEEPEST} levels of nesting")
        if node.get("type") == "object":
            self._object(node, path, depth)
        if node.get("type") == "array":
            self.check(node.get("items"), (*path, "items"), depth)
        for at, choice in enumerate(node.get("anyOf", ())):
            self.check(choice, (*path, "anyOf", str(at)), depth)

    def _object(self, node: Mapping[str, Any], path: tuple[str, ...], depth: int) -> None:
        properties = node.get("properties", {})
        if node.get("additionalProperties") is not False:
            raise self.refused(path, "'additionalProperties' is required to be supplied and to be false")
        if sorted(node.get("required", ())) != sorted(properties):
            raise self.refused(path, "'required' is required to be supplied and to be an array including every key in properties")
        self.properties += len(properties)
        if self.properties > _MOST_PROPERTIES:
            raise self.refused(path, f"more than {_MOST_PROPERTIES} properties")
        for key, inner in properties.items():
            self.check(inner, (*path, "properties", key), depth + 1)


# ---------------------------------------------------------------------------------------------- what is answered
def _response(question: Asked, reply: Reply, number: int, given: int, made: int) -> dict[str, Any]:
    status = {"stop": "completed", "refusal": "completed", "failed": "failed"}.get(reply.end, "incomplete")
    refused = {"type": "refusal", "refusal": "I can't help with that."}
    spoken = {"type": "output_text", "text": reply.text, "annotations": [], "logprobs": []}
    content = [refused if reply.end == "refusal" else spoken]
    message = {"id": f"msg_{number}", "type": "message", "role": "assistant", "status": "completed", "content": content}
    reason = {"length": "max_output_tokens", "filter": "content_filter"}.get(reply.end)
    usage = {
        "input_tokens": given,
        "input_tokens_details": {"cached_tokens": reply.cached, "cache_write_tokens": 0},
        "output_tokens": made,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": given + made,
    }
    return {
        "id": f"resp_{number}",
        "object": "response",
        "created_at": 0,
        "model": question.model,
        "status": status,
        "error": {"code": "server_error", "message": "The model failed to generate a response."} if reply.end == "failed" else None,
        "incomplete_details": {"reason": reason} if reason else None,
        "output": [] if reply.end == "failed" else [{"id": f"rs_{number}", "type": "reasoning", "summary": []}, message],
        "usage": usage if reply.usage else None,
    }


def _completion(question: Asked, reply: Reply, number: int, given: int, made: int) -> dict[str, Any]:
    if reply.end == "failed":
        return {"error": {"message": "The model failed to generate a response.", "type": "server_error", "code": "server_error"}}
    finish = {"length": "length", "filter": "content_filter"}.get(reply.end, "stop")
    refused = reply.end == "refusal"
    message = {"role": "assistant", "content": None if refused else reply.text, "refusal": "I can't help with that." if refused else None}
    usage = {
        "prompt_tokens": given,
        "prompt_tokens_details": {"cached_tokens": reply.cached},
        "completion_tokens": made,
        "total_tokens": given + made,
    }
    return {
        "id": f"chatcmpl-{number}",
        "object": "chat.completion",
        "created": 0,
        "model": question.model,
        "choices": [{"index": 0, "message": message, "finish_reason": finish, "logprobs": None}],
    } | ({"usage": usage} if reply.usage else {})
