"""A key goes to the server that it was made for, and only if it can be sent."""

from __future__ import annotations

import pytest
from asking import PLAN, REQUEST

from synthseed.errors import ConfigurationError
from synthseed.planners.model.endpoint import endpoint
from synthseed.testing import ModelServer

KEY = "sk-proj-0123456789abcdefghij"
OPENAI = {"OPENAI_API_KEY": KEY}


def sent(asking, monkeypatch, environment, **settings):
    """Return the headers that a server gets when the whole environment holds what OpenAI's SDK reads."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with ModelServer(PLAN) as server:
        made = endpoint(environment, base_url=server.base_url, **settings)
        fields = {name: getattr(made, name) for name in ("key", "key_variable", "api")}
        asking(server, **fields).ask(REQUEST)
    return server.requests[0].headers


@pytest.mark.parametrize("api", ["responses", "chat"])
def test_what_the_environment_holds_for_openai_does_not_reach_another_server(api, asking, monkeypatch):
    environment = OPENAI | {
        "OPENAI_ORG_ID": "org-secret",
        "OPENAI_PROJECT_ID": "proj-secret",
        "OPENAI_ADMIN_KEY": "sk-admin-secret",
        "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer custom-secret\nX-Gateway: gateway-secret",
    }
    headers = sent(asking, monkeypatch, environment, api=api)

    assert "authorization" not in headers
    assert not any("secret" in value or KEY in value for value in headers.values())


def test_a_key_whose_variable_is_named_reaches_that_server(asking, monkeypatch):
    environment = OPENAI | {"MY_KEY": "my-own-key", "OPENAI_CUSTOM_HEADERS": "Authorization: Bearer other"}

    assert sent(asking, monkeypatch, environment, key_variable="MY_KEY")["authorization"] == "Bearer my-own-key"
    assert sent(asking, monkeypatch, environment, key_variable="OPENAI_API_KEY")["authorization"] == f"Bearer {KEY}"


def test_a_base_url_of_the_environment_counts_as_configured():
    made = endpoint(OPENAI | {"OPENAI_BASE_URL": " http://127.0.0.1:1234/v1/ "})

    assert (made.base_url, made.key, made.native) == ("http://127.0.0.1:1234/v1", None, False)


@pytest.mark.parametrize(
    ("url", "native"),
    [
        ("https://api.openai.com/v1", True),
        ("https://eu.api.openai.com/v1", True),
        ("https://API.OPENAI.COM/v1", True),
        ("https://api.openai.com.example.org/v1", False),
        ("https://myapi.openai.com/v1", False),
        ("https://example.org/api.openai.com/v1", False),
    ],
)
def test_openais_hosts_are_known_exactly(url, native):
    made = endpoint(OPENAI, base_url=url)

    assert (made.native, made.responses, made.key) == (native, native, KEY if native else None)


@pytest.mark.parametrize(
    ("url", "native"),
    [
        ("https://mine.openai.azure.com/openai/v1", True),
        ("https://a.mine.openai.azure.com/openai/v1", False),
        ("https://mine.openai.azure.com.example.org/v1", False),
    ],
)
def test_azure_has_a_key_of_its_own(url, native):
    made = endpoint(OPENAI | {"AZURE_OPENAI_API_KEY": "azure-key"}, base_url=url)

    assert (made.responses, made.key) == (native, "azure-key" if native else None)


def test_blanks_around_a_key_are_stripped():
    assert endpoint({"OPENAI_API_KEY": f" {KEY}\r\n"}).key == KEY


@pytest.mark.parametrize(
    ("key", "said"),
    [
        (None, "not set"),
        ("  ", "not set"),
        (f"{KEY[:8]} {KEY[8:]}", "blanks inside"),
        (f"{KEY[:8]}\n{KEY[8:]}", "no key has"),
        (f"{KEY}\u200b", "no key has"),
        ("sk-prüf0123456789", "no key has"),
        (f'"{KEY}"', "quotation mark"),
    ],
)
def test_a_key_that_cannot_be_sent_is_refused_by_its_variable(key, said):
    with pytest.raises(ConfigurationError, match=f"OPENAI_API_KEY: .*{said}.*; *expected|OPENAI_API_KEY: {said}") as caught:
        endpoint({} if key is None else {"OPENAI_API_KEY": key})

    assert "0123456789" not in str(caught.value)


@pytest.mark.parametrize(
    "url",
    [
        "ftp://example.org/v1",
        "example.org/v1",
        "http://",
        "http://example.org:99999/v1",
        "http://user:hidden@example.org/v1",
        "https://api.openai.com@example.org/v1",
        "http://example.org/v1?key=hidden",
        "http://exa mple.org/v1",
        "https://api.openai.com\\.example.org/v1",
        "http://api.openai.com/v1",
        "https://api.openai.com/v1/responses",
        "http://127.0.0.1:11434/v1/chat/completions/",
    ],
)
def test_a_url_that_leads_elsewhere_than_it_looks_is_refused(url):
    with pytest.raises(ConfigurationError, match=r"model.base_url: ") as caught:
        endpoint(OPENAI, base_url=url)

    assert "hidden" not in str(caught.value)


@pytest.mark.parametrize(
    ("name", "value"), [("api", "chats"), ("effort", "lowish"), ("service_tier", "flexi"), ("model", "  "), ("timeout", 0)]
)
def test_a_setting_that_is_not_known_is_named(name, value):
    with pytest.raises(ConfigurationError, match=f"model.{'name' if name == 'model' else name} is"):
        endpoint(OPENAI, **{name: value})
