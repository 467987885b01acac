"""Say what a server was asked, and what it is to answer: the words of a script."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal


@dataclass(frozen=True, slots=True)
class Received:
    """Hold one request as it came.

    Attributes:
        path: `/v1/responses` or `/v1/chat/completions`.
        headers: By their names in small letters.
        body: Its JSON object; empty where it is none.
    """

    path: str
    headers: Mapping[str, str]
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Asked:
    """Hold what a request asks of a model, whichever API it came by.

    Attributes:
        model: Name of the model.
        system: All that was said to the model as system or developer.
        user: All that was said as user.
        schema: JSON schema that the reply must satisfy; None where none was given.
    """

    model: str
    system: str
    user: str
    schema: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Reply:
    """Answer in the form of the API that was asked.

    Attributes:
        text: What the model says.
        end: Why it ends: by itself, at the limit of tokens, by a filter, refused by the model, or failed at the server.
        input: Tokens of the input; None: counted from the texts.
        cached: Tokens of the input that came out of the prompt cache.
        output: Tokens of the output; None: counted from the text.
        usage: False: the server does not say what it used.
    """

    text: str = ""
    end: Literal["stop", "length", "filter", "refusal", "failed"] = "stop"
    input: int | None = None
    cached: int = 0
    output: int | None = None
    usage: bool = True


@dataclass(frozen=True, slots=True)
class Fault:
    """Answer as servers do when something is wrong.

    Attributes:
        status: HTTP status.
        body: JSON where it is a mapping, else the bytes of the text.
        headers: Headers beside the usual ones.
        delay: Seconds before anything is sent; ends early when the server closes.
        cut: Bytes of the body that are sent before the connection is closed; None: all.
        drip: Seconds before each byte of the body.
        hang_up: True: the connection is closed without an answer.
    """

    status: int = 200
    body: Mapping[str, Any] | str | bytes = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0.0
    cut: int | None = None
    drip: float = 0.0
    hang_up: bool = False


Answering = str | Reply | Fault | None
Speaker = Callable[[Asked], Answering]
