"""What is sent to OpenAI itself, where no local server can stand in for the host's name."""

from __future__ import annotations

import subprocess
import sys

import pytest
from asking import REQUEST

from synthseed.planners.model.endpoint import Endpoint
from synthseed.planners.model.faults import fault_of
from synthseed.planners.model.rungs import Shape, body, next_shape

NATIVE, FOREIGN = Endpoint(), Endpoint(base_url="http://127.0.0.1:1/v1")
STORE = fault_of(400, {}, '{"error": {"message": "Unknown parameter: store", "param": "store"}}')


@pytest.mark.parametrize("rung", [0, 1, 2, 3])
def test_openai_is_never_sent_a_prompt_that_it_may_keep(rung):
    assert next_shape(STORE, Shape(rung), NATIVE) is None
    assert body(Shape(rung), NATIVE, REQUEST)["store"] is False


def test_another_server_may_not_know_that_replies_are_kept():
    shape, note = next_shape(STORE, Shape(1), FOREIGN)

    assert "store" not in body(shape, FOREIGN, REQUEST)
    assert "refuses the parameter store" in note


@pytest.mark.parametrize(("endpoint", "told"), [(NATIVE, False), (FOREIGN, True)])
def test_openai_shows_the_schema_to_the_model_itself(endpoint, told):
    system = body(Shape(1), endpoint, REQUEST)["messages"][0]["content"]

    assert ("must satisfy this JSON schema" in system) is told


@pytest.mark.parametrize("rung", [2, 3])
def test_a_rung_without_schema_tells_it_to_everybody(rung):
    assert "must satisfy this JSON schema" in body(Shape(rung), NATIVE, REQUEST)["messages"][0]["content"]


def test_the_last_rung_is_the_last():
    refusal = fault_of(400, {}, '{"error": {"message": "response_format", "param": "response_format"}}')

    assert next_shape(refusal, Shape(3), FOREIGN) is None


def test_openai_is_imported_only_when_something_is_asked():
    code = (
        "import sys, synthseed.planners.model.client, synthseed.testing\n"
        "print([name for name in ('openai', 'httpx', 'httpx2') if name in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout == "[]\n"
