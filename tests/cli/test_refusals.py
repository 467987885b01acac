"""Every bad input: one clear message, the exit code of PRIVACY.md, and nothing written."""

import pytest


def one_message(done):
    """Return the message, after checking that it is one and no traceback."""
    lines = [line for line in done.err.splitlines() if line]
    assert "Traceback" not in done.err
    assert lines[-1].startswith(("synthseed: ", "Error: ")), done.err
    assert done.out == ""
    return lines[-1]


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("postgrs://localhost/x", "unknown dialect"),
        ("oracle://scott:tiger@localhost/x", "oracle"),
        ("nonsense", "no URL and no file"),
        ("postgresql://me:geheim@127.0.0.1:1/nothing", "nothing listens"),
        ("sqlite:///missing.db", "there is no file"),
    ],
)
def test_a_url_that_does_not_work_is_one_message_without_the_password(run, url, words):
    done = run("fill", "--url", url)

    assert done.code == 1
    assert words in one_message(done)
    assert "geheim" not in done.err
    assert "tiger" not in done.err


def test_a_wrong_alias_is_answered_with_the_nearest(run, configured):
    done = run("fill", "--db", "dv")

    assert done.code == 1
    assert "did you mean dev?" in one_message(done)


def test_a_table_name_with_a_typo_is_answered_with_the_nearest(run, library):
    done = run("fill", "--url", library.url, "--rows", "boks=5")

    assert done.code == 1
    assert "did you mean books?" in one_message(done)
    assert library.count("books") == 0


@pytest.mark.parametrize("rows", ["-5", "books=-1", "99999999999999999999", "many", "books=", "1.5"])
def test_a_count_that_is_none_is_a_usage_error(run, library, rows):
    done = run("fill", "--url", library.url, f"--rows={rows}")

    assert done.code == 2
    assert "--rows" in one_message(done)
    assert library.count("authors") == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--scale", "-1"],
        ["--scale", "0"],
        ["--scale", "many"],
        ["--scale", "2", "--rows", "5"],
        ["--truncate", "--append"],
        ["--db", "dev"],
        ["--colour", "red"],
        ["--seed", "x"],
    ],
)
def test_options_that_make_no_sense_are_usage_errors(run, library, options):
    done = run("fill", "--url", library.url, *options)

    assert done.code == 2
    assert one_message(done)
    assert library.count("authors") == 0


def test_a_plan_that_cannot_be_read_is_named_by_file_and_line(run, configured, library):
    run("plan", "--db", "dev")
    path = configured / "plans" / "dev" / "books.yml"
    path.write_text(path.read_text() + "colums: {}\n")

    done = run("fill", "--db", "dev")

    assert done.code == 1
    assert f"books.yml:{len(path.read_text().splitlines())}" in one_message(done)
    assert library.count("authors") == 0


def test_a_plan_that_does_not_fit_the_schema_is_named(run, configured, library):
    run("plan", "--db", "dev")
    path = configured / "plans" / "dev" / "books.yml"
    path.write_text(path.read_text().replace("title:", "titel:"))

    done = run("fill", "--db", "dev")

    assert done.code == 1
    assert "titel" in one_message(done)
    assert "books.yml" in one_message(done)
    assert library.count("authors") == 0


def test_more_unique_rows_than_values_are_refused_with_the_arithmetic(run, library):
    library.execute("create table flags (id integer primary key, code varchar(1) not null unique check (code in ('a', 'b')))")

    done = run("fill", "--url", library.url, "--rows", "5")

    assert done.code == 1
    assert "flags" in one_message(done)
    assert "5" in one_message(done)
    assert library.count("authors") == 0


def test_fewer_rows_than_stand_are_refused_with_the_ways_out(run, library):
    run("fill", "--url", library.url, "--rows", "20")

    done = run("fill", "--url", library.url, "--rows", "5")

    assert done.code == 1
    assert "--truncate" in one_message(done)
    assert "reset" in one_message(done)
    assert library.count("books") == 20


def test_another_seed_over_rows_that_stand_is_refused(run, library):
    run("fill", "--url", library.url, "--rows", "20")

    done = run("fill", "--url", library.url, "--rows", "30", "--seed", "7")

    assert done.code == 1
    assert "seed 7 asked" in one_message(done)
    assert library.count("books") == 20


def test_rows_of_others_asked_for_by_name_are_refused(run, library):
    library.execute("insert into authors values (7, 'Somebody', 'somebody@example.com')")

    done = run("fill", "--url", library.url, "--rows", "authors=5")

    assert done.code == 1
    assert "--append" in one_message(done)
    assert "--truncate" in one_message(done)
    assert "Somebody" not in done.err
    assert library.count("authors") == 1


def test_a_database_that_looks_like_production_is_refused(run, tmp_path, library):
    library.path.rename(tmp_path / "shop_prod.db")

    done = run("fill", "--url", f"sqlite:///{tmp_path / 'shop_prod.db'}")

    assert done.code == 1
    assert "prod" in one_message(done)


def test_a_variable_that_is_not_set_is_named_with_file_and_line(run, configured):
    (configured / "synthseed.yml").write_text("databases:\n  dev:\n    url: ${SHOP_DATABASE}\n")

    done = run("fill", "--db", "dev")

    assert done.code == 1
    assert "synthseed.yml:3" in one_message(done)
    assert "SHOP_DATABASE" in done.err


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("databases: {dev: {urk: x}}", "urk is not known (did you mean url?)"),
        ("databases: [", "not YAML"),
        ("databases:\n  dev:\n    url: x\nplanner: magic", "synthseed.yml:4: planner is 'magic'"),
        ("model: gpt", "must be a mapping"),
    ],
)
def test_a_configuration_that_is_wrong_says_where(run, configured, text, words):
    (configured / "synthseed.yml").write_text(text)

    done = run("fill", "--db", "dev")

    assert done.code == 1
    assert words in one_message(done)


def test_no_database_named_says_how_to_name_one(run):
    done = run("fill")

    assert done.code == 1
    assert "--db ALIAS" in one_message(done)


def test_database_url_is_the_default(run, library):
    done = run("fill", "--rows", "5", DATABASE_URL=library.url)

    assert done.code == 0
    assert library.count("authors") == 5


def test_a_refusal_of_too_many_rows_ends_with_the_options_that_get_past_it(run, library):
    library.execute(
        "create table rate (code char(3) primary key); create table one (id integer primary key, code char(3) unique references rate);"
    )
    library.execute("create table size (code char(1) primary key check (code in ('S', 'M', 'L')));")

    refused = run("fill", "--url", library.url, "--rows", "2000")
    way = one_message(refused).partition("the way out: add ")[2].split()
    done = run("fill", "--url", library.url, "--rows", "2000", *way)

    assert refused.code == 1
    assert "size=3" in way
    assert done.code == 0
    assert (library.count("authors"), library.count("size")) == (2000, 3)


@pytest.mark.parametrize("share", ["1e999999", "1e-999999", "1e30"])
def test_a_share_beyond_all_measure_is_refused(run, library, share):
    done = run("fill", "--url", library.url, "--set", f"books.title=x:{share},y:1")

    assert done.code == 1
    assert "share" in done.err
    assert "bug of synthseed" not in done.err
