"""The server that ships with the package refuses what the real API refuses, and answers what our prompts ask for."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import pytest
from asking import REQUEST
from sqlalchemy import make_url

from synthseed.connection import connect
from synthseed.planners.model.blocks import file_text
from synthseed.planners.model.more import written_request
from synthseed.planners.model.prompt import plan_requests
from synthseed.planners.model.request import Guidance, Request
from synthseed.readers import read_schema
from synthseed.schema import Column, Kind, Schema, Table, Type
from synthseed.testing import ModelServer

DDL = """
create table customers (
    id integer primary key, email varchar(255) not null unique, first_name varchar(80) not null, phone varchar(32), birth_date date,
    segment varchar(10) not null check (segment in ('retail', 'x, y')), points int not null default 0 check (points >= 0),
    tag varchar(3) not null unique, created_at timestamp not null, last_login_at timestamp, opens time, active boolean,
    extra json not null default '{}', picture blob, check (last_login_at >= created_at));
create table "order items" (
    customer_id int not null references customers (id), line_no int not null, "weird, {name}" text, note text default 'a {b} -- c',
    net numeric(12,2) not null, fee numeric(8,2) not null, total numeric(12,2), quantity int check (quantity between 1 and 99),
    boss int references customers (id), primary key (customer_id, line_no), check (total = net + fee));
"""
OBJECT = {"type": "object", "properties": {"a": {"type": "string"}}, "required": ["a"], "additionalProperties": False}
GOOD = {"type": "json_schema", "name": "plan", "strict": True, "schema": OBJECT}
ASKED = {"model": "m", "input": "x", "text": {"format": GOOD}}


def posted(url: str, body: Mapping[str, Any]) -> tuple[int, dict[str, Any]]:
    request = urllib.request.Request(url, json.dumps(body).encode(), {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, json.load(refused)


def misfits(value: object, node: Mapping[str, Any], root: Mapping[str, Any], where: str = "$") -> list[str]:
    """Return where a value breaks a strict schema."""
    if "$ref" in node:
        return misfits(value, root["$defs"][node["$ref"].rpartition("/")[2]], root, where)
    if "anyOf" in node:
        tries = [misfits(value, choice, root, where) for choice in node["anyOf"]]
        return [] if [] in tries else min(tries, key=len)
    if "enum" in node:
        return [] if value in node["enum"] else [f"{where}: {value!r}"]
    kinds = {"object": dict, "array": list, "string": str, "number": int | float, "integer": int, "boolean": bool, "null": type(None)}
    wanted = node["type"] if isinstance(node["type"], list) else [node["type"]]
    if not any(isinstance(value, kinds[kind]) for kind in wanted):
        return [f"{where}: {value!r} is no {node['type']}"]
    if isinstance(value, dict):
        if list(value) != list(node["properties"]):
            return [f"{where}: {list(value)}"]
        return [text for name in value for text in misfits(value[name], node["properties"][name], root, f"{where}.{name}")]
    if isinstance(value, list):
        return [text for at, item in enumerate(value) for text in misfits(item, node["items"], root, f"{where}[{at}]")]
    return []


@pytest.fixture
def shop(tmp_path):
    with closing(sqlite3.connect(tmp_path / "shop.db")) as made:
        made.executescript(DDL)
    with connect(make_url(f"sqlite:///{tmp_path}/shop.db")) as connection:
        return read_schema(connection)


def reply(asking, request: Request) -> Any:
    with ModelServer() as server:
        return json.loads(asking(server, api="responses").ask(request).text)


# ---------------------------------------------------------------------------------------------- what it answers
def test_a_plan_has_every_column_that_is_asked_for_in_the_form_of_the_schema(shop, asking):
    (request,) = plan_requests(shop, Guidance())
    plan, schema = reply(asking, request), json.loads(file_text("plan.schema.json"))

    assert misfits(plan, schema, schema) == []
    planned = [f"{table['table']}.{column['column']}" for table in plan["tables"] for column in table["columns"]]
    assert planned == [column for column in request.columns if column != "customers.picture"]
    assert [[key["columns"], key["mode"]] for key in plan["tables"][1]["fks"]] == [["customer_id", "driver"], ["boss", "pick"]]


def test_a_plan_follows_labels_checks_and_names(shop, asking):
    (request,) = plan_requests(shop, Guidance())
    plan = reply(asking, request)
    gens = {f"{table['table']}.{column['column']}": column["gen"] for table in plan["tables"] for column in table["columns"]}

    assert [tier["values"] for tier in gens["customers.segment"]["tiers"]] == [["retail"], ["x, y"]]
    assert (gens["customers.email"]["type"], gens["customers.phone"]["type"]) == ("email", "phone")
    assert (gens["customers.last_login_at"]["kind"], gens["customers.last_login_at"]["ref"]) == ("after", "created_at")
    assert gens["order items.total"] == {"kind": "expr", "expr": "net + fee"}
    assert (gens["order items.quantity"]["q"]["min"], gens["order items.quantity"]["q"]["max"]) == (1, 99)


def test_a_part_of_a_table_is_planned_alone(shop, asking):
    (request,) = plan_requests(shop, Guidance(), columns=["customers.points", "order items.weird, {name}"])
    plan = reply(asking, request)

    found = {table["table"]: [column["column"] for column in table["columns"]] for table in plan["tables"]}
    assert found == {"customers": ["points"], "order items": ["weird, {name}"]}


def test_rows_are_written_as_many_as_are_asked_for(shop, asking):
    request = written_request(shop, "customers", rows=5, first=41, guidance=Guidance())
    rows, schema = reply(asking, request), json.loads(file_text("rows.schema.json"))

    assert misfits(rows, schema, schema) == []
    assert [row["n"] for row in rows["rows"]] == [41, 42, 43, 44, 45]
    assert {len(row["cells"]) for row in rows["rows"]} == {len(request.columns)}


def test_another_question_is_answered_by_the_least_that_its_schema_allows(asking):
    assert reply(asking, REQUEST) == {"tables": []}


WORDS = [
    "email", "first_name", "last_name", "username", "full_name", "phone", "company", "street", "city", "zip", "state_code", "state",
    "country_code", "country", "currency", "website", "ip", "uuid", "color", "description", "notes", "title",
]  # fmt: skip


@pytest.mark.parametrize("length", [3, 10, 200])
def test_every_word_of_a_name_leads_to_a_type_that_the_schema_knows(length, asking):
    table = Table("things", tuple(Column(word, Type("varchar", Kind.TEXT, length=length)) for word in WORDS))
    (request,) = plan_requests(Schema((table,), dialect="postgresql"), Guidance())
    plan, schema = reply(asking, request), json.loads(file_text("plan.schema.json"))

    assert misfits(plan, schema, schema) == []
    assert [column["column"] for column in plan["tables"][0]["columns"]] == WORDS


# ---------------------------------------------------------------------------------------------- what it refuses
@pytest.mark.parametrize(
    ("change", "param"),
    [
        ({"model": ""}, "model"),
        ({"input": []}, "input"),
        ({"input": [{"role": "king", "content": "x"}]}, "input[0].role"),
        ({"tempo": 1}, "tempo"),
        ({"store": "no"}, "store"),
        ({"max_output_tokens": 3}, "max_output_tokens"),
        ({"reasoning": {"effort": "lots"}}, "reasoning.effort"),
        ({"service_tier": "first"}, "service_tier"),
        ({"text": {"format": GOOD | {"strict": False}}}, "text.format.strict"),
        ({"text": {"format": GOOD | {"name": "a b"}}}, "text.format.name"),
        ({"text": {"format": GOOD | {"schema": OBJECT | {"required": []}}}}, "text.format.schema"),
        ({"text": {"format": GOOD | {"schema": OBJECT | {"additionalProperties": True}}}}, "text.format.schema"),
        ({"text": {"format": GOOD | {"schema": OBJECT | {"patternProperties": {}}}}}, "text.format.schema"),
        ({"text": {"format": {"type": "yaml"}}}, "text.format.type"),
    ],
)
def test_what_the_api_would_refuse_is_refused_by_its_parameter(change, param):
    with ModelServer() as server:
        status, answer = posted(f"{server.base_url}/responses", ASKED | change)
        good, _ = posted(f"{server.base_url}/responses", ASKED)

    assert (status, answer["error"]["param"], good) == (400, param, 200)


def test_json_mode_wants_the_word_in_a_message():
    with ModelServer() as server:
        body = {"model": "m", "messages": [{"role": "user", "content": "hello"}], "response_format": {"type": "json_object"}}
        status, answer = posted(f"{server.base_url}/chat/completions", body)

    assert (status, answer["error"]["param"]) == (400, "messages")


def test_another_path_is_not_there():
    with ModelServer() as server:
        assert posted(f"{server.base_url}/completions", ASKED)[0] == 404


# ---------------------------------------------------------------------------------------------- by hand
def test_it_can_be_started_by_hand():
    command = [sys.executable, "-m", "synthseed.testing", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as started:
        url = started.stdout.readline().strip()
        status, answer = posted(f"{url}/responses", ASKED)
        started.send_signal(signal.SIGINT)
        _, told = started.communicate(timeout=60)

    assert (status, answer["status"], started.returncode) == (200, "completed", 130)
    assert told.startswith("asked for m: ")


def test_a_port_that_is_taken_is_said():
    with ModelServer() as server:
        port = server.base_url.removesuffix("/v1").rpartition(":")[2]
        done = subprocess.run(
            [sys.executable, "-m", "synthseed.testing", "--port", port], capture_output=True, text=True, timeout=60, check=False
        )

    assert done.returncode == 1
    assert "cannot be listened on" in done.stderr
