"""What a server answers becomes a reply or an error that says what to do; nothing else, and never a hang."""

from __future__ import annotations

import socket
import time
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

import pytest
from asking import PLAN, REQUEST, SECRET_COLUMN

from synthseed.errors import Declined, ModelError, OverBudget, Truncated
from synthseed.planners.model.budget import Budget
from synthseed.planners.model.request import Usage
from synthseed.testing import Fault, ModelServer, Reply

LIMITED = Fault(429, {"error": {"message": "Rate limit reached", "type": "requests", "code": "rate_limit_exceeded"}})
APIS = pytest.mark.parametrize("api", ["responses", "chat"])


def error(message, **more):
    return {"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None, **more}}


# ---------------------------------------------------------------------------------------------- replies
@APIS
def test_a_reply_comes_with_what_it_used(api, asking):
    with ModelServer(Reply(PLAN, input=900, cached=600, output=40)) as server:
        answer = asking(server, api=api).ask(REQUEST)

    assert (answer.text, answer.usage, answer.how) == (PLAN, Usage(900, 600, 40), f"{api} schema")


@APIS
def test_what_is_sent_is_strict_unstored_and_limited(api, asking):
    with ModelServer(PLAN) as server:
        asking(server, api=api).ask(REQUEST)
    body = server.requests[0].body
    schema = body["text"]["format"] if api == "responses" else body["response_format"]["json_schema"]
    effort = body["reasoning"]["effort"] if api == "responses" else body["reasoning_effort"]

    assert (body["store"], body["model"], effort, schema["strict"]) == (False, "gpt-6.1-terra", "low", True)
    assert body["max_output_tokens" if api == "responses" else "max_completion_tokens"] == REQUEST.limit


@APIS
@pytest.mark.parametrize(("end", "kind"), [("length", Truncated), ("filter", Declined), ("refusal", Declined), ("failed", ModelError)])
def test_a_reply_that_did_not_end_well_is_an_error_of_its_kind(end, kind, api, asking):
    with ModelServer(Reply('{"tab', end, input=50, output=7)) as server:
        client = asking(server, api=api)
        with pytest.raises(kind) as caught:
            client.ask(REQUEST)

    assert type(caught.value) is kind
    assert len(server.requests) == (3 if end == "failed" else 1)
    assert client.budget.totals.usage.output == (0 if (end, api) == ("failed", "chat") else 7 * len(server.requests))


@APIS
def test_an_empty_reply_is_an_error(api, asking):
    with ModelServer(Reply("  ")) as server, pytest.raises(ModelError, match="the reply is empty; expected a plan as JSON"):
        asking(server, api=api).ask(REQUEST)


def test_a_server_that_tells_no_usage_is_estimated(asking):
    with ModelServer(Reply(PLAN, usage=False)) as server:
        answer = asking(server).ask(REQUEST)

    assert answer.usage.input > 0
    assert answer.usage.output == 5


@APIS
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (Fault(200, "<html><body>Welcome to the proxy</body></html>"), r"HTTP 200 with a page \(text/html, 46 bytes\)"),
        (Fault(200, {"message": "hello"}), "HTTP 200 with JSON of another kind"),
        (Fault(200, "[1, 2]"), "HTTP 200 with JSON that is no object"),
        (Fault(200, ""), "HTTP 200 with an empty body"),
        (Fault(200, {"output": [3], "status": "completed", "choices": [4]}), "the reply is empty|another kind"),
        (Fault(200, {"output": {}, "status": 7, "choices": [{"message": "x"}]}), "another kind"),
        (Fault(200, {"error": "overloaded, sorry"}), r"reports an error \(overloaded, sorry\)"),
    ],
)
def test_a_success_that_is_none_is_said(fault, said, api, asking):
    with ModelServer(script=[fault]) as server:
        client = asking(server, api=api)
        with pytest.raises(ModelError, match=said):
            client.ask(REQUEST)

    assert len(server.requests) == 1


def test_a_body_of_deep_json_is_an_error(asking):
    with ModelServer(script=[Fault(200, "[" * 100_000)] * 3) as server, pytest.raises(ModelError, match="was cut off"):
        asking(server).ask(REQUEST)


def test_a_body_that_never_ends_growing_is_not_read_to_its_end(asking):
    endless = Fault(200, b" " * 9_000_000, {"Content-Length": "90000000"})
    with ModelServer(script=[endless]) as server, pytest.raises(ModelError, match="larger than 8,000,000 bytes"):
        asking(server, timeout=5.0).ask(REQUEST)


# ---------------------------------------------------------------------------------------------- passing trouble
def test_a_rate_limit_is_waited_for_as_long_as_it_says(asking):
    with ModelServer(PLAN, script=[Fault(429, LIMITED.body, {"Retry-After": "7"})]) as server:
        asking(server).ask(REQUEST)

    assert asking.pauses == [7.0]
    assert len(server.requests) == 2


def test_a_date_to_retry_after_is_understood(asking):
    date = time.strftime("%a, %d %b %Y %H:%M:%S GMT", time.gmtime(time.time() + 15))
    with ModelServer(PLAN, script=[Fault(429, LIMITED.body, {"Retry-After": date})]) as server:
        asking(server).ask(REQUEST)

    assert 10 < asking.pauses[0] <= 15


def test_a_wait_beyond_two_minutes_is_said_and_ends_all(asking):
    with ModelServer(PLAN, script=[Fault(429, LIMITED.body, {"Retry-After": "121"})]) as server:
        client = asking(server)
        for _ in range(2):
            with pytest.raises(ModelError, match="asks to wait 121 s, and at most 120 s are waited"):
                client.ask(REQUEST)

    assert (len(server.requests), asking.pauses) == (1, [])


def test_a_wait_beyond_the_end_of_the_call_is_not_begun(asking):
    with ModelServer(PLAN, script=[Fault(429, LIMITED.body, {"Retry-After": "50"})]) as server, pytest.raises(ModelError, match="HTTP 429"):
        asking(server).ask(REQUEST)

    assert asking.pauses == []


@pytest.mark.parametrize(
    "codes",
    [
        {"type": "insufficient_quota", "code": "insufficient_quota"},
        {"type": "insufficient_quota", "code": None},
        {"type": "insufficient_quota", "code": "project_spend_limit_exceeded"},
        {"code": "credit_balance_exhausted"},
    ],
)
def test_an_account_with_nothing_left_is_asked_once(codes, asking):
    with ModelServer(PLAN, script=[Fault(429, error("You exceeded your current quota", **codes))]) as server:
        client = asking(server)
        for _ in range(2):
            with pytest.raises(ModelError, match="waiting does not help"):
                client.ask(REQUEST)

    assert (len(server.requests), asking.pauses) == (1, [])


@pytest.mark.parametrize("status", [408, 409, 429, 500, 502, 503])
def test_passing_trouble_is_tried_three_times(status, asking):
    with ModelServer(PLAN, script=[Fault(status, "gone wrong")] * 2) as server:
        answer = asking(server).ask(REQUEST)

    assert (answer.text, len(server.requests)) == (PLAN, 3)
    assert 0.3 < asking.pauses[0] <= 0.5 < asking.pauses[1] <= 1.0


def test_five_calls_in_a_row_that_end_in_rate_limits_end_it(asking):
    with ModelServer(LIMITED) as server:
        client = asking(server)
        for _ in range(5):
            with pytest.raises(ModelError, match="HTTP 429, rate_limit_exceeded"):
                client.ask(REQUEST)
        with pytest.raises(ModelError, match="5 calls in a row ended like this"):
            client.ask(REQUEST)

    assert len(server.requests) == 15


def test_an_answer_between_rate_limits_starts_the_count_again(asking):
    script = [LIMITED] * 12 + [None] + [LIMITED] * 12
    with ModelServer(PLAN, script=script) as server:
        client = asking(server)
        for at in range(9):
            if at == 4:
                client.ask(REQUEST)
            else:
                with pytest.raises(ModelError, match="HTTP 429, rate_limit_exceeded"):
                    client.ask(REQUEST)

    assert len(server.requests) == 25


def test_a_server_in_trouble_is_named_with_its_status(asking):
    with ModelServer(Fault(503, error("The engine is overloaded"))) as server, pytest.raises(ModelError) as caught:
        asking(server).ask(REQUEST)

    assert "HTTP 503 (The engine is overloaded); expected an answer. The server is in trouble: run it again later" in str(caught.value)


def test_an_answer_that_does_not_come_is_given_up(asking):
    with ModelServer(script=[Fault(delay=30)] * 3) as server:
        started = time.monotonic()
        with pytest.raises(ModelError, match=r"no whole answer in 0.3 s; .* Raise model.timeout"):
            asking(server, timeout=0.3).ask(REQUEST)

    assert time.monotonic() - started < 20


def test_an_answer_that_drips_is_given_up(asking):
    with ModelServer(script=[Fault(200, PLAN * 100, drip=0.05)] * 3) as server:
        started = time.monotonic()
        with pytest.raises(ModelError, match="no whole answer"):
            asking(server, timeout=0.4).ask(REQUEST)

    assert time.monotonic() - started < 20


def test_a_refusal_that_drips_is_given_up(asking):
    with ModelServer(script=[Fault(500, "x" * 1_000, drip=0.05)] * 3) as server:
        started = time.monotonic()
        with pytest.raises(ModelError, match="no whole answer"):
            asking(server, timeout=0.4).ask(REQUEST)

    assert time.monotonic() - started < 20


@pytest.mark.parametrize("fault", [Fault(200, {"a": "b" * 500}, cut=100), Fault(hang_up=True), Fault(200, '{"output": [{"ty')])
def test_a_body_that_is_cut_is_asked_for_again(fault, asking):
    with ModelServer(PLAN, script=[fault]) as server:
        client = asking(server)
        answer = client.ask(REQUEST)

    assert (answer.text, len(server.requests)) == (PLAN, 2)
    assert client.budget.totals.unknown == 1


def test_a_server_that_is_not_there_is_said_and_costs_nothing(asking):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        client = asking(url)
        with pytest.raises(ModelError, match=r"cannot be reached; .* that the server runs"):
            client.ask(REQUEST)

    assert (client.budget.totals.requests, client.budget.totals.at_most) == (3, Decimal(0))


# ---------------------------------------------------------------------------------------------- the ladder
@pytest.mark.parametrize(
    ("without", "how", "tries"),
    [
        ((), "responses schema", 1),
        (("responses",), "chat schema", 2),
        (("responses", "json_schema"), "chat json", 3),
        (("responses", "json_schema", "json_object"), "chat text", 4),
    ],
)
def test_what_a_server_does_not_know_leads_down_the_ladder_once(without, how, tries, asking):
    with ModelServer(PLAN, without=without) as server:
        client = asking(server, api="responses")
        answers = [client.ask(REQUEST, fresh=True) for _ in range(3)]

    assert [answer.how for answer in answers] == [how] * 3
    assert len(server.requests) == tries + 2
    assert len(client.notes) == tries - 1


@pytest.mark.parametrize(
    "refusal",
    [
        Fault(400, error("Invalid schema for response_format 'plan'", param="text.format.schema", code="invalid_json_schema")),
        Fault(400, {"error": "json_schema is not supported"}),
        Fault(400, "failed to parse grammar"),
        Fault(422, {"detail": [{"loc": ["body", "response_format", "type"], "msg": "Input should be 'text'"}]}),
    ],
)
def test_a_schema_is_refused_in_many_words(refusal, asking):
    with ModelServer(PLAN, script=[refusal]) as server:
        answer = asking(server, api="chat").ask(REQUEST)

    assert answer.how == "chat json"


def test_without_a_schema_of_its_own_a_server_gets_it_as_text(asking):
    with ModelServer(PLAN, without=("json_schema",)) as server:
        asking(server).ask(REQUEST)
    system = server.requests[-1].body["messages"][0]["content"]

    assert system.startswith(REQUEST.system)
    assert '"additionalProperties":false' in system


def test_a_prompt_that_is_too_long_is_as_good_as_cut(asking):
    refusal = Fault(400, error("This model's maximum context length is 4096 tokens", code="context_length_exceeded"))
    with ModelServer(PLAN, script=[refusal]) as server, pytest.raises(Truncated, match=r"HTTP 400, context_length_exceeded .*4096 tokens"):
        asking(server).ask(REQUEST)

    assert len(server.requests) == 1


def test_a_bad_request_of_another_kind_is_not_asked_otherwise(asking):
    with ModelServer(PLAN, script=[Fault(400, error("no"))]) as server, pytest.raises(ModelError, match=r"HTTP 400 \(no\)"):
        asking(server).ask(REQUEST)

    assert len(server.requests) == 1


@APIS
def test_a_prompt_that_a_filter_refuses_is_declined(api, asking):
    refusal = Fault(400, error("The response was filtered. Your response_format was fine.", code="content_filter", param="prompt"))
    with ModelServer(PLAN, script=[refusal]) as server, pytest.raises(Declined, match="HTTP 400, content_filter"):
        asking(server, api=api).ask(REQUEST)

    assert len(server.requests) == 1


def test_a_limit_above_what_a_server_has_room_for_is_left_to_it(asking):
    text = "max_tokens is too large: 4000. This model's maximum context length is 2048 tokens"
    refusals = [Fault(400, error(text, param=param)) for param in ("max_tokens", None)]
    with ModelServer(PLAN, script=refusals) as server:
        asking(server, api="chat").ask(REQUEST)

    assert not set(server.requests[-1].body) & {"max_tokens", "max_completion_tokens"}


@APIS
def test_a_parameter_that_is_refused_is_dropped_and_remembered(api, asking):
    with ModelServer(PLAN, without=("reasoning", "reasoning_effort")) as server:
        client = asking(server, api=api)
        answers = [client.ask(REQUEST, fresh=True) for _ in range(2)]

    assert [answer.how for answer in answers] == [f"{api} schema"] * 2
    assert len(server.requests) == 3
    assert "refuses the parameter effort" in client.notes[0]


def test_all_parameters_that_can_be_dropped_are(asking):
    without = ("reasoning_effort", "service_tier", "max_completion_tokens", "store")
    with ModelServer(PLAN, without=without) as server:
        asking(server, api="chat", service_tier="flex").ask(REQUEST)
    body = server.requests[-1].body

    assert set(body) == {"model", "messages", "response_format", "max_tokens"}


@pytest.mark.parametrize(
    "text",
    [
        "Unrecognized request argument supplied: reasoning_effort",
        '{"detail": [{"type": "extra_forbidden", "loc": ["body", "reasoning_effort"]}]}',
    ],
)
def test_a_parameter_is_refused_in_many_words(text, asking):
    with ModelServer(PLAN, script=[Fault(422, text)]) as server:
        asking(server, api="chat").ask(REQUEST)

    assert "reasoning_effort" not in server.requests[-1].body


def test_four_threads_learn_from_one_another(asking):
    with ModelServer(PLAN, without=("responses", "reasoning_effort")) as server:
        client = asking(server, api="responses")
        client.ask(REQUEST, fresh=True)
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(lambda _: client.ask(REQUEST, fresh=True), range(12)))

    assert {answer.how for answer in answers} == {"chat schema"}
    assert len(server.requests) == 3 + 12


@pytest.mark.parametrize(
    "refusal",
    [
        Fault(404, error("The model `gpt-6.1-terra` does not exist", code="model_not_found")),
        Fault(404, {"error": "model 'gpt-6.1-terra' not found, try pulling it first"}),
    ],
)
def test_a_model_that_is_not_there_ends_it(refusal, asking):
    with ModelServer(refusal) as server:
        client = asking(server, api="responses")
        for _ in range(2):
            with pytest.raises(ModelError, match=r"expected a model that the server knows. Correct model.name"):
                client.ask(REQUEST)

    assert len(server.requests) == 1


def test_a_path_that_is_not_there_is_said(asking):
    with ModelServer(PLAN) as server, pytest.raises(ModelError, match=r"HTTP 404 \(Invalid URL .*most end with /v1"):
        asking(server.base_url.removesuffix("/v1")).ask(REQUEST)


def test_a_redirection_is_not_followed(asking):
    with ModelServer(PLAN) as other, ModelServer(Fault(307, "", {"Location": f"{other.base_url}/chat/completions"})) as server:
        with pytest.raises(ModelError, match="HTTP 307; expected an answer, not a redirection"):
            asking(server).ask(REQUEST)

        assert other.requests == []


# ---------------------------------------------------------------------------------------------- budget and cache
def test_a_call_that_could_exceed_the_budget_is_not_sent(asking):
    with ModelServer(PLAN) as server:
        client = asking(server, budget=Budget(Decimal("0.01")))
        with pytest.raises(OverBudget, match=r"\$0.0000 are spent and the next request may cost \$0.02"):
            client.ask(REQUEST)

    assert server.requests == []


def test_what_was_really_used_is_booked(asking):
    with ModelServer(Reply(PLAN, input=1_000_000, cached=400_000, output=10_000)) as server:
        client = asking(server, api="responses")
        client.ask(REQUEST)

    assert client.budget.totals.dollars == Decimal("0.67")  # 0.6 M at 1.00, none written to the cache; 0.4 M at 0.05; 10,000 at 5.00


def test_retries_count_as_requests(asking):
    with ModelServer(LIMITED) as server:
        client = asking(server, budget=Budget(max_requests=2))
        with pytest.raises(OverBudget, match=r"2 requests were sent and budget.max_requests is 2"):
            client.ask(REQUEST)

    assert len(server.requests) == 2


def test_a_reply_that_was_kept_needs_no_request(asking):
    with ModelServer(PLAN) as server:
        client = asking(server)
        client.keep(REQUEST, client.ask(REQUEST))
        again = client.ask(REQUEST)
        other = asking(server, model="another")
        other.ask(REQUEST)

    assert (again.text, again.usage, again.how) == (PLAN, Usage(), "cache")
    assert len(server.requests) == 2
    assert client.budget.totals.requests == 1


def test_a_reply_that_nobody_kept_is_asked_for_again(asking):
    with ModelServer(PLAN) as server:
        client = asking(server)
        client.ask(REQUEST)
        client.ask(REQUEST)

    assert len(server.requests) == 2


# ---------------------------------------------------------------------------------------------- what no message holds
def test_no_message_holds_a_key_or_a_prompt(asking):
    key = "sk-proj-0123456789abcdefghij"
    texts = [
        f"Incorrect API key provided: {key}.",
        f"cannot tokenize '{SECRET_COLUMN} text NN'",
        f"<p>{SECRET_COLUMN}</p>",
        "sk-proj-01*****ghij is bad",
    ]
    for status in (400, 401, 403, 500):
        for text in texts:
            with ModelServer(Fault(status, error(text))) as server, pytest.raises(ModelError) as caught:
                asking(server, key=key, key_variable="OTHER_KEY").ask(REQUEST)

            assert key not in repr(caught.value)
            assert "sk-proj" not in str(caught.value)
            assert SECRET_COLUMN not in str(caught.value)


@pytest.mark.parametrize("key", ["sk-proj-0123456789abcdefghij", "Qj9vXz7Lm2Rt5Wp8Kd4"])
def test_a_key_is_no_code_and_no_part_of_one_is_told(asking, key):
    for answer in (error("no", code=key), error("no", code=SECRET_COLUMN), error("x " * 94 + key)):
        with ModelServer(Fault(400, answer)) as server, pytest.raises(ModelError) as caught:
            asking(server, key=key, key_variable="OTHER_KEY").ask(REQUEST)

        assert key[:6].lower() not in str(caught.value).lower()
        assert SECRET_COLUMN not in str(caught.value)


def test_an_endpoint_does_not_show_its_key(asking):
    client = asking("http://127.0.0.1:9/v1", key="sk-proj-0123456789abcdefghij")

    assert "sk-proj" not in repr(client)


@pytest.mark.parametrize(("key", "said"), [(None, "`model: key: NAME`"), ("sk-wrong", "Check the environment variable OTHER_KEY")])
def test_a_key_that_is_not_accepted_ends_it(key, said, asking):
    with ModelServer(PLAN, key="sk-right") as server:
        client = asking(server, key=key, key_variable="OTHER_KEY")
        for _ in range(2):
            with pytest.raises(ModelError, match=said):
                client.ask(REQUEST)

    assert len(server.requests) == 1
