"""Make clients of local servers, and close them."""

from __future__ import annotations

import pytest
from asking import Asking


@pytest.fixture
def asking(tmp_path, monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    made = Asking(tmp_path / "replies")
    yield made
    for client in made.clients:
        client.close()
