import json

import pytest


def test_fill_writes_the_rows_asked_for(run, library):
    done = run("fill", "--url", library.url, "--rows", "50", "--rows", "books=120")

    assert done.code == 0
    assert (library.count("authors"), library.count("books")) == (50, 120)
    assert "Wrote 170 rows" in done.out


def test_a_second_fill_has_nothing_to_do(run, library):
    run("fill", "--url", library.url, "--rows", "50")

    done = run("fill", "--url", library.url, "--rows", "50")

    assert done.code == 0
    assert done.out.startswith("Nothing to do")
    assert library.count("books") == 50


def test_more_rows_top_up_and_move_nothing(run, library):
    run("fill", "--url", library.url, "--rows", "50")
    before = library.query("select * from books order by id")

    done = run("fill", "--url", library.url, "--rows", "80")

    assert done.code == 0
    assert library.count("books") == 80
    assert library.query("select * from books order by id limit 50") == before


def test_the_same_plan_gives_the_same_rows(run, library, tmp_path):
    run("fill", "--url", library.url, "--rows", "30")
    first = library.query("select * from books order by id")
    run("reset", "--url", library.url)

    run("fill", "--url", library.url, "--rows", "30")

    assert library.query("select * from books order by id") == first


def test_truncate_starts_again_with_fewer(run, library):
    run("fill", "--url", library.url, "--rows", "50")

    done = run("fill", "--url", library.url, "--rows", "20", "--truncate")

    assert done.code == 0
    assert (library.count("authors"), library.count("books")) == (20, 20)


def test_rows_of_others_are_parents_and_are_named(run, library):
    library.execute("insert into authors values (7, 'Somebody', 'somebody@example.com')")

    done = run("fill", "--url", library.url, "--rows", "books=10")

    assert done.code == 0
    assert library.query("select distinct author_id from books") == [(7,)]
    assert "authors: holds rows that synthseed did not write" in done.out


def test_append_adds_rows_beside_those_of_others(run, library):
    library.execute("insert into authors values (7, 'Somebody', 'somebody@example.com')")

    done = run("fill", "--url", library.url, "--rows", "10", "--append")

    assert done.code == 0
    assert library.count("authors") == 11
    assert library.query("select name from authors where id = 7") == [("Somebody",)]


def test_a_table_that_we_filled_and_the_application_used_is_topped_up(run, library):
    run("fill", "--url", library.url, "--rows", "10")
    library.execute("insert into authors values (1000, 'Somebody', 'somebody@example.com')")

    done = run("fill", "--url", library.url, "--rows", "15")

    assert done.code == 0
    assert library.count("authors") == 16


def test_a_deleted_row_of_ours_is_noticed(run, library):
    run("fill", "--url", library.url, "--rows", "10")
    library.execute("delete from books where id = 3")

    done = run("fill", "--url", library.url, "--rows", "15")

    assert done.code == 1
    assert "10 rows of ours are on record, 9 of them stand" in done.err


def test_a_dry_run_writes_nothing(run, library):
    done = run("fill", "--url", library.url, "--rows", "10", "--dry-run")

    assert done.code == 0
    assert done.out.startswith("Would write 20 rows")
    assert library.query("select name from sqlite_master where name like 'synthseed%'") == []
    assert library.count("authors") == 0


def test_json_is_all_that_stdout_holds(run, library):
    done = run("fill", "--url", library.url, "--rows", "10", "--json")

    told = json.loads(done.out)
    assert told["rows"] == 20
    assert {table["table"]: table["rows"] for table in told["tables"]} == {"authors": 10, "books": 10}
    assert done.err == ""


def test_quiet_says_nothing(run, library):
    done = run("fill", "--url", library.url, "--rows", "10", "--quiet")

    assert (done.code, done.out, done.err) == (0, "", "")


def test_only_the_tables_named_gain_rows(run, library):
    done = run("fill", "--url", library.url, "--rows", "10", "--tables", "authors")

    assert done.code == 0
    assert (library.count("authors"), library.count("books")) == (10, 0)


def test_without_a_ledger_nothing_is_remembered(run, library):
    done = run("fill", "--url", library.url, "--rows", "10", "--no-ledger")

    assert done.code == 0
    assert library.query("select name from sqlite_master where name like 'synthseed%'") == []


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_files_are_written_instead_of_rows(run, library, tmp_path, kind):
    done = run("fill", "--url", library.url, "--rows", "10", "--out", "out", "--format", kind)

    assert done.code == 0
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [f"authors.{kind}", f"books.{kind}"]
    assert library.count("authors") == 0


def test_files_need_no_database(run, tmp_path):
    (tmp_path / "schema.sql").write_text("create table authors (id integer primary key, name varchar(80) not null);")

    done = run("fill", "--schema-file", "schema.sql", "--rows", "3", "--out", "out")

    assert done.code == 0
    assert len((tmp_path / "out" / "authors.csv").read_text().splitlines()) == 4


def test_reset_takes_out_what_fill_put_in_and_nothing_else(run, library):
    library.execute("insert into authors values (7, 'Somebody', 'somebody@example.com')")
    run("fill", "--url", library.url, "--rows", "10", "--append")

    done = run("reset", "--url", library.url)

    assert done.code == 0
    assert library.query("select * from authors") == [(7, "Somebody", "somebody@example.com")]
    assert library.query("select name from sqlite_master where name like 'synthseed%'") == []


def test_reset_refuses_when_a_row_of_others_hangs_on_ours(run, library):
    run("fill", "--url", library.url, "--rows", "10")
    library.execute("insert into books values (500, 3, 'Mine', 10, '2026-01-01')")

    done = run("reset", "--url", library.url)

    assert done.code == 1
    assert "nothing was taken out" in done.err
    assert (library.count("authors"), library.count("books")) == (10, 11)


def test_preview_shows_the_rows_that_fill_writes(run, library):
    shown = run("preview", "authors", "--url", library.url, "--rows", "3", "--json")
    run("fill", "--url", library.url)

    stored = library.query("select id, name, email from authors order by id limit 3")
    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert [(row["id"], row["name"], row["email"]) for row in rows] == stored


def test_preview_of_a_filled_database_shows_what_stands(run, library):
    run("fill", "--url", library.url, "--rows", "4")

    shown = run("preview", "authors", "--url", library.url, "--json")

    rows = [json.loads(line) for line in shown.out.splitlines()]
    assert [row["email"] for row in rows] == [email for (email,) in library.query("select email from authors order by id")]


def test_explain_names_a_row_and_its_parents(run, library):
    done = run("explain", "books", "2", "--url", library.url, "--json")

    told = json.loads(done.out)
    assert (told["table"], told["row"]) == ("books", 2)
    assert told["parents"]["author_id"]["table"] == "authors"


def test_progress_is_plain_lines_where_stderr_is_no_terminal(run, library):
    done = run("fill", "--url", library.url, "--rows", "20")

    assert [line.partition(" in ")[0] for line in done.err.splitlines()] == ["authors: 20 rows", "books: 20 rows"]
    assert "\x1b" not in done.err


def test_the_hints_name_the_database_and_are_aligned(run, library):
    done = run("fill", "--url", "library.db", "--rows", "20")

    hints = done.out.partition("Look further:\n")[2].splitlines()
    assert len(hints) == 4
    assert all("--url library.db" in hint for hint in hints)
    assert len({hint.index("#") for hint in hints}) == 1


def test_init_in_a_folder_is_found_from_below(run, library, tmp_path):
    done = run("init", "library.db")
    filled = run("fill", "--db", "dev", "--rows", "20")

    assert done.code == 0, done.err
    assert (tmp_path / "seeds_config" / "synthseed.yml").is_file()
    assert filled.code == 0, filled.err
    assert library.count("books") == 20
