"""Say which server answers, under which name a model is asked for, and which key may be shown to whom.

A key belongs to the server that it was made for. OPENAI_API_KEY goes to OpenAI's hosts, AZURE_OPENAI_API_KEY to Azure's; any
other server is shown a key only where the configuration names the variable that holds it. The SDK would send OPENAI_API_KEY,
and the organization's name, to any base_url.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from synthseed.errors import ConfigurationError, suggestion

DEFAULT_MODEL = "gpt-6.1-terra"
DEFAULT_URL = "https://api.openai.com/v1"
APIS = ("auto", "responses", "chat")
EFFORTS = ("none", "minimal", "low", "medium", "high", "xhigh", "max")
TIERS = ("auto", "default", "flex", "priority")
_OPENAI = frozenset(f"{region}api.openai.com" for region in ("", "us.", "eu.", "ae.", "au.", "in.", "jp."))
_AZURE = re.compile(r"[a-z0-9-]+\.(?:openai\.azure\.com|openai\.azure\.us|cognitiveservices\.azure\.com|services\.ai\.azure\.com)")


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Describe where a model is asked, and how.

    Attributes:
        model: Name of the model, as the server knows it.
        base_url: URL below which `/responses` and `/chat/completions` are, without a slash at its end.
        key: What is sent as the bearer's token; None: nothing is sent.
        key_variable: Environment variable that the key came from, for messages.
        api: `responses`, `chat`, or `auto`: Responses on OpenAI's and Azure's hosts, Chat Completions elsewhere.
        effort: Reasoning effort; None: the server's own, which is billed as output.
        service_tier: `flex` halves prices and is slower; None: the account's own.
        timeout: Seconds that one request may take, from connecting to the last byte. A call with its retries takes at most twice that.
    """

    model: str = DEFAULT_MODEL
    base_url: str = DEFAULT_URL
    key: str | None = field(default=None, repr=False)
    key_variable: str | None = None
    api: str = "auto"
    effort: str | None = "low"
    service_tier: str | None = None
    timeout: float = 600.0

    def __post_init__(self) -> None:
        _one_of("model.api", self.api, APIS)
        if self.effort is not None:
            _one_of("model.effort", self.effort, EFFORTS)
        if self.service_tier is not None:
            _one_of("model.service_tier", self.service_tier, TIERS)
        if not self.model.strip():
            raise ConfigurationError("model.name is empty; expected the name of a model, for example gpt-6.1-terra")
        if not 0 < self.timeout <= 86_400:
            raise ConfigurationError(f"model.timeout is {self.timeout}; expected seconds, above 0 and at most 86400")

    @property
    def host(self) -> str:
        """Return the host, in small letters, without its port."""
        return urlsplit(self.base_url).hostname or ""

    @property
    def native(self) -> bool:
        """Return whether this is OpenAI or Azure, by the exact name of the host."""
        return _is_native(self.host)

    @property
    def responses(self) -> bool:
        """Return whether the Responses API is asked first."""
        return self.api == "responses" or (self.api == "auto" and self.native)

    @property
    def where(self) -> str:
        """Return how messages name it: `model gpt-6.1-terra at api.openai.com`."""
        return f"model {self.model} at {urlsplit(self.base_url).netloc}"


def endpoint(
    environment: Mapping[str, str],
    *,
    model: str | None = None,
    base_url: str | None = None,
    key_variable: str | None = None,
    api: str = "auto",
    effort: str | None = "low",
    service_tier: str | None = None,
    timeout: float = 600.0,
) -> Endpoint:
    """Return the endpoint of what is configured; what is not is taken from the environment, then from the defaults.

    Args:
        environment: Variables: OPENAI_BASE_URL, which counts as if it were configured, and the one that holds the key.
        model: Name of the model.
        base_url: URL of the server.
        key_variable: Name of the variable that holds the key for this very server.
        api: `auto`, `responses` or `chat`.
        effort: Reasoning effort; None: the server's own.
        service_tier: `flex` or another tier; None: the account's own.
        timeout: Seconds that one request may take.

    Raises:
        ConfigurationError: The URL or the key cannot be used; the message names the variable, never its value.
    """
    url = _url(base_url, "model.base_url") if base_url else None
    if url is None:
        own = environment.get("OPENAI_BASE_URL", "").strip()
        url = _url(own, "OPENAI_BASE_URL") if own else DEFAULT_URL
    variable = key_variable or _variable_of(urlsplit(url).hostname or "")
    key = None if variable is None else _key(environment, variable, url)
    return Endpoint(
        model=(model or DEFAULT_MODEL).strip(),
        base_url=url,
        key=key,
        key_variable=variable,
        api=api,
        effort=effort,
        service_tier=service_tier,
        timeout=timeout,
    )


def _variable_of(host: str) -> str | None:
    """Return the variable whose key was made for a host; None where no key is known to be."""
    if host in _OPENAI:
        return "OPENAI_API_KEY"
    return "AZURE_OPENAI_API_KEY" if _AZURE.fullmatch(host) else None


def _is_native(host: str) -> bool:
    return host in _OPENAI or _AZURE.fullmatch(host) is not None


def _key(environment: Mapping[str, str], variable: str, url: str) -> str:
    """Return a key that can be sent: a line feed at its end would read as a connection error, a quotation mark as a wrong key."""
    key = environment.get(variable, "").strip()
    where = f"environment variable {variable}"
    if not key:
        raise ConfigurationError(
            f"{where}: not set, and {urlsplit(url).hostname} wants a key; expected an API key of that server. Export it, "
            "or plan without a model: --planner offline"
        )
    if not key.isascii() or not key.isprintable():
        raise ConfigurationError(f"{where}: holds characters that no key has (not printable ASCII); expected an API key. Copy it again")
    if any(character.isspace() for character in key):
        raise ConfigurationError(f"{where}: holds blanks inside; expected an API key, which has none. Copy it again")
    if key[0] in "\"'" or key[-1] in "\"'":
        raise ConfigurationError(f"{where}: starts or ends with a quotation mark; expected an API key alone. Remove the quotation marks")
    return key


def _url(text: str, where: str) -> str:
    """Return a base URL without the slash at its end; a text that holds a password is not repeated in the message."""
    url = text.strip().rstrip("/")
    what = "expected for example http://127.0.0.1:11434/v1"
    if not url.isascii() or not url.isprintable() or " " in url or "\\" in url:
        raise ConfigurationError(f"{where}: holds blanks, backslashes or characters that no URL has; {what}")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise ConfigurationError(f"{where}: not a URL; {what}") from error
    if "@" in parts.netloc:
        raise ConfigurationError(f"{where}: holds a user or a password; remove them, and name the variable of a key: `model: key: NAME`")
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ConfigurationError(f"{where}: not a URL of a web server; {what}")
    if parts.path.endswith(("/chat/completions", "/responses")):
        raise ConfigurationError(f"{where}: ends in what the API adds itself; expected the URL before `/chat/completions` or `/responses`")
    if parts.query or parts.fragment:
        raise ConfigurationError(f"{where}: holds `?` or `#`; {what}, without parameters")
    if parts.scheme == "http" and _is_native(parts.hostname):
        raise ConfigurationError(f"{where}: http would send the key unencrypted to {parts.hostname}; expected https")
    return url


def _one_of(where: str, value: str, known: tuple[str, ...]) -> None:
    if value not in known:
        raise ConfigurationError(f"{where} is {value!r}{suggestion(value, known)}; expected one of {', '.join(known)}")
