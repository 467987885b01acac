"""Try everything that asks a model without a key and without a network: a local server that speaks OpenAI's two APIs.

    python -m synthseed.testing --port 8899          then: synthseed plan --planner openai --base-url http://127.0.0.1:8899/v1

    with ModelServer() as server:                    in a test
        ... server.base_url, server.requests

It answers with plain plans, made from names and types by a few rules: enough to walk the whole way, nothing to judge quality by.
"""

from synthseed.testing.scripts import Asked, Fault, Received, Reply
from synthseed.testing.server import ModelServer

__all__ = ["Asked", "Fault", "ModelServer", "Received", "Reply"]
