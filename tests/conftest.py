"""Keep the environment of whoever runs the tests out of them."""

from __future__ import annotations

from typing import Any

import pytest
import servers
from hypothesis import HealthCheck, settings

# A shared machine stalls for seconds at a time: a deadline would fail what is right. Every run tries the same examples, so that
# a change answers for what it breaks alone; `--hypothesis-profile search` looks for new ones.
CALM = {"deadline": None, "suppress_health_check": [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]}
settings.register_profile("search", **CALM)
settings.register_profile("synthseed", derandomize=True, database=None, **CALM)
settings.load_profile("synthseed")

PRIVATE = ("DATABASE_URL", "OPENAI_API_KEY", "OPENAI_BASE_URL", "SYNTHSEED_DEBUG", "COLUMNS")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Let a worker of xdist tell which servers it started."""
    told = getattr(session.config, "workeroutput", None)
    if told is not None:
        told["servers"] = sorted(session.config.stash.get(servers.STARTED, set()))


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: Any) -> None:
    """Take what a worker told."""
    node.config.stash.setdefault(servers.STARTED, set()).update(getattr(node, "workeroutput", {}).get("servers", ()))


def pytest_terminal_summary(terminalreporter: Any, config: pytest.Config) -> None:
    """Say which server the tests ran on: what ran on the wheel's and what on the system's must be told apart."""
    for line in sorted(config.stash.get(servers.STARTED, set())):
        terminalreporter.write_line(line)


@pytest.fixture(autouse=True)
def _environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in PRIVATE:
        monkeypatch.delenv(name, raising=False)
