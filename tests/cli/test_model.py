"""A model plans where someone said so, over real HTTP to a server on this machine; nothing is sent twice, nor said in vain."""

from __future__ import annotations

import json

import pytest

from synthseed.testing import ModelServer
from synthseed.testing.scripts import Fault, Reply

KEY = "sk-test-0123456789abcdefghij"


@pytest.fixture
def server():
    with ModelServer() as running:
        yield running


@pytest.fixture
def folder(tmp_path, library):
    """A configuration that asks a model; `{url}` is for the server's."""
    (tmp_path / "seeds_config").mkdir()

    def written(base_url, more=""):
        text = f"planner: openai\nmodel: {{base_url: '{base_url}', key: MY_KEY}}\n{more}databases: {{dev: {{url: '{library.url}'}}}}\n"
        (tmp_path / "seeds_config" / "synthseed.yml").write_text(text)

    return written


def one_line(done):
    assert done.err.count("\n") == 1, done.err
    assert "Traceback" not in done.err
    return done.err


def test_a_fill_asks_once_saves_the_plan_and_says_what_was_sent(run, library, folder, server, tmp_path):
    folder(server.base_url)
    first = run("fill", "--db", "dev", MY_KEY=KEY, SYNTHSEED_CACHE=str(tmp_path / "cache"))
    second = run("fill", "--db", "dev", "--json", MY_KEY=KEY, SYNTHSEED_CACHE=str(tmp_path / "cache"))

    assert (first.code, second.code) == (0, 0), first.err + second.err
    assert len(server.requests) == 1
    assert library.count("books") > 0
    assert "1 request" in first.out
    assert "sent sha256" in first.out
    assert "$0.0" in first.out
    assert (tmp_path / "seeds_config" / "plans" / "dev" / "books.yml").is_file()
    assert json.loads(second.out)["rows"] == 0


def test_a_url_asks_as_well_and_keeps_the_plan_in_the_database(run, library, server, tmp_path):
    arguments = ("--url", library.url, "--planner", "openai", "--base-url", server.base_url)
    first = run("fill", *arguments, "--json", SYNTHSEED_CACHE=str(tmp_path / "cache"))
    more = run("fill", *arguments, "--rows", "500", "--json", SYNTHSEED_CACHE=str(tmp_path / "cache"))

    told = json.loads(first.out)["model"]
    assert (first.code, more.code, len(server.requests)) == (0, 0, 1)
    assert (told["requests"], len(told["calls"][0]["sha256"])) == (1, 64)
    assert library.count("books") == 500
    assert not (tmp_path / "seeds_config").exists()


def test_the_same_question_is_answered_from_the_cache(run, library, folder, server, tmp_path):
    folder(server.base_url)
    cache = {"MY_KEY": KEY, "SYNTHSEED_CACHE": str(tmp_path / "cache")}
    run("plan", "--db", "dev", **cache)
    again = run("plan", "--db", "dev", "--again", **cache)

    assert again.code == 0
    assert len(server.requests) == 1
    assert "nothing was sent" in again.err


def test_one_new_table_makes_one_request_for_that_table(run, library, folder, server, tmp_path):
    folder(server.base_url)
    cache = {"MY_KEY": KEY, "SYNTHSEED_CACHE": str(tmp_path / "cache")}
    run("plan", "--db", "dev", **cache)
    before = (tmp_path / "seeds_config" / "plans" / "dev" / "books.yml").read_text()
    library.execute("create table reviews (id integer primary key, book_id integer not null references books, stars integer not null);")
    done = run("plan", "--db", "dev", **cache)

    asked = json.dumps(server.requests[1].body).partition("plan_for")[2]
    assert (done.code, len(server.requests)) == (0, 2)
    assert "reviews" in asked
    assert "authors" not in asked
    assert (tmp_path / "seeds_config" / "plans" / "dev" / "books.yml").read_text() == before


def test_a_migration_asks_for_what_it_touched_and_locked_columns_outlast_a_new_plan(run, library, folder, server, tmp_path):
    folder(server.base_url)
    cache = {"MY_KEY": KEY, "SYNTHSEED_CACHE": str(tmp_path / "cache")}
    run("plan", "--db", "dev", **cache)
    file = tmp_path / "seeds_config" / "plans" / "dev" / "books.yml"
    file.write_text(file.read_text().replace("columns:\n", "columns:  # ours\n  # as in our shop\n", 1).replace("rows: ", "rows:   ", 1))
    lines = file.read_text().splitlines(keepends=True)
    at = next(place for place, line in enumerate(lines) if line.startswith("  title:"))
    end = next(place for place in range(at + 1, len(lines)) if lines[place][:4].strip())
    mine = "  title: {use: choice, values: [Mine], locked: true}   # hands off\n"
    file.write_text("".join((*lines[:at], mine, *lines[end:])))
    before = file.read_text()
    library.execute("alter table books add column pages integer;")

    differs = run("plan", "--db", "dev", "--check", "--json", **cache)
    done = run("plan", "--db", "dev", **cache)
    agrees = run("plan", "--db", "dev", "--check", **cache)
    added, asked = file.read_text(), json.dumps(server.requests[1].body).partition("plan_for")[2]
    again = run("plan", "--db", "dev", "--again", **cache)

    assert (differs.code, done.code, agrees.code, again.code) == (3, 0, 0, 0), done.err + again.err
    assert json.loads(differs.out)["differences"] == ["books.pages: is in the database and not in the plan"]
    assert json.loads(differs.out)["repair"] == "synthseed plan --db dev"
    assert len(server.requests) == 3
    assert "pages" in asked
    assert "  pages:" in added
    assert [line for line in added.splitlines() if line in before.splitlines()] == before.splitlines()
    assert "values: [Mine], locked: true" in file.read_text()
    assert "books.title: locked, kept" in again.err


def test_prompt_and_dry_run_send_nothing(run, folder, server, library):
    folder(server.base_url)
    prompt, dry = run("plan", "--db", "dev", "--prompt"), run("plan", "--db", "dev", "--dry-run")

    assert (prompt.code, dry.code, server.requests) == (0, 0, [])
    assert "table books" in prompt.out
    assert "1 call" in dry.out
    assert "$" in dry.out


def test_the_prompt_that_is_printed_is_what_is_sent(run, folder, server, library, tmp_path):
    folder(server.base_url)
    printed = run("plan", "--db", "dev", "--prompt").out
    run("plan", "--db", "dev", MY_KEY=KEY, SYNTHSEED_CACHE=str(tmp_path / "cache"))

    user = server.requests[0].body["messages"][-1]["content"]
    assert user in printed
    assert "books" in user


def test_a_dry_fill_without_a_plan_asks_nobody(run, folder, server, library):
    folder(server.base_url)
    done = run("fill", "--db", "dev", "--dry-run")

    assert (done.code, server.requests) == (1, [])
    assert "there is no plan yet" in one_line(done)


WRONG = {
    "401": (Fault(status=401, body='{"error": {"message": "Incorrect API key", "code": "invalid_api_key"}}'), "401"),
    "quota": (Fault(status=429, body='{"error": {"message": "no quota", "code": "insufficient_quota"}}'), "quota"),
    "404": (Fault(status=404, body='{"error": {"message": "no such model", "code": "model_not_found"}}'), "model"),
    "html": (Fault(body="<html>a proxy says hello</html>", headers={"Content-Type": "text/html"}), "reply"),
    "nonsense": (Reply("I would rather not say."), "no JSON object"),
    "deep": (Reply("[" * 100_000), "cannot be used"),
    "deep object": (Reply('{"tables":' + "[" * 100_000), "nested deeper"),
    "other tables": (Reply('{"tables": [{"table": "secrets", "columns": []}]}'), "none of the columns"),
    "foreign": (Fault(body='{"hello": "world"}'), "reply"),
    "refused": (Reply("", end="refusal"), "refused"),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_where_no_reply_can_be_used_nothing_is_saved_or_filled(run, library, folder, tmp_path, wrong):
    answer, words = WRONG[wrong]
    with ModelServer(answer) as server:
        folder(server.base_url)
        done = run("fill", "--db", "dev", "--quiet", MY_KEY=KEY, SYNTHSEED_CACHE=str(tmp_path / "cache"))

    assert done.code == 1
    assert words in one_line(done)
    assert "--planner offline" in done.err
    assert KEY not in done.err + done.out
    assert library.count("books") == 0
    assert not (tmp_path / "seeds_config" / "plans").exists()


def test_a_server_that_is_not_there_is_named(run, library, folder):
    folder("http://127.0.0.1:9/v1")
    done = run("fill", "--db", "dev", "--quiet", MY_KEY=KEY)

    assert done.code == 1
    assert "127.0.0.1:9" in one_line(done)
    assert KEY not in done.err


def test_a_budget_stops_before_anything_is_sent(run, folder, server, library):
    folder(server.base_url, "budget: {max_cost_usd: 0.0001}\n")
    done = run("plan", "--db", "dev", "--quiet", MY_KEY=KEY)

    assert (done.code, server.requests) == (1, [])
    assert "max_cost_usd" in one_line(done)


def test_instructions_for_what_is_not_there_are_refused_by_name(run, folder, server, library):
    folder(server.base_url, "instructions: {columns: {books.prize: dear}}\n")
    done = run("plan", "--db", "dev", MY_KEY=KEY)

    assert (done.code, server.requests) == (1, [])
    assert "did you mean price?" in one_line(done)


def test_a_fallback_is_named_and_strict_makes_it_an_error(run, library, folder, tmp_path):
    def answer(asked):
        from synthseed.testing.replies import reply_to

        plan = json.loads(reply_to(asked))
        for table in plan.get("tables", []):
            table["columns"] = [one for one in table["columns"] if one["column"] != "title"]
        return json.dumps(plan)

    with ModelServer(answer) as server:
        folder(server.base_url)
        environment = {"MY_KEY": KEY, "SYNTHSEED_CACHE": str(tmp_path / "cache")}
        strict = run("plan", "--db", "dev", "--strict", "--quiet", **environment)
        saved = (tmp_path / "seeds_config" / "plans").exists()
        done = run("plan", "--db", "dev", **environment)

    assert (strict.code, saved, done.code) == (1, False, 0)
    assert "books.title" in strict.err
    assert "books.title: planned offline" in done.err
    assert len(server.requests) == 5  # the plan, which is kept, and twice two rounds of repair, which were of no use
    assert "use:" in (tmp_path / "seeds_config" / "plans" / "dev" / "books.yml").read_text()


def test_init_says_that_a_model_plans_where_a_key_is_there(run, library, tmp_path):
    with_key = run("init", library.url, OPENAI_API_KEY=KEY)
    text = (tmp_path / "seeds_config" / "synthseed.yml").read_text()
    (tmp_path / "seeds_config" / "synthseed.yml").unlink()
    without = run("init", library.url, OPENAI_API_KEY="")

    assert "planner: openai" in text
    assert KEY not in text + with_key.out
    assert "OPENAI_API_KEY is set" in with_key.out
    assert "planner: offline" in (tmp_path / "seeds_config" / "synthseed.yml").read_text()
    assert "OPENAI_API_KEY is set" not in without.out
