"""Ask a local server over real HTTP, with no wait between tries."""

from __future__ import annotations

from synthseed.planners.model.budget import Budget
from synthseed.planners.model.cache import Cache
from synthseed.planners.model.client import Client
from synthseed.planners.model.endpoint import Endpoint
from synthseed.planners.model.request import Request

PLAN = '{"tables": []}'
SECRET_COLUMN = "payroll_settlement_reference"
REQUEST = Request("plan", "You design data and answer JSON.", f"<schema>\ntable staff\n  {SECRET_COLUMN} text NN\n</schema>", limit=4_000)


class Asking:
    """Make clients of a server, and remember what they waited for."""

    def __init__(self, folder):
        self.folder, self.clients, self.pauses = folder, [], []

    def __call__(self, server, *, budget=None, **settings):
        url = server if isinstance(server, str) else server.base_url
        endpoint = Endpoint(**{"base_url": url, "timeout": 20.0, **settings})
        client = Client(endpoint, budget or Budget(), Cache(self.folder), sleep=self.pauses.append)
        self.clients.append(client)
        return client
