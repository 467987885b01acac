from datetime import date, datetime
from decimal import Decimal

from synthseed.report.table import text_table

LONG = "a text that is much longer than any terminal would like to show of it"


def test_without_a_width_nothing_is_cut():
    assert LONG in text_table(["id", "text"], [[1, LONG]])


def test_long_texts_are_shortened_to_the_width():
    lines = text_table(["id", "text"], [[1, LONG], [2, "short"]], width=40).splitlines()

    assert max(map(len, lines)) == 40
    assert lines[2].endswith("…")
    assert lines[3] == " 2  short"


def test_numbers_and_times_are_never_cut():
    cut = text_table(["n", "at", "text"], [[12345678901234, datetime(2026, 1, 2, 3, 4, 5), LONG]], width=55)

    assert "12345678901234  2026-01-02 03:04:05" in cut


def test_columns_that_do_not_fit_are_left_out_and_counted():
    lines = text_table(["a", "b", "c", "d"], [[LONG] * 4], width=30).splitlines()

    assert lines[0].split() == ["a", "b"]
    assert lines[-1] == "(+2 columns)"


def test_a_column_of_nothing_but_null_is_no_column_of_numbers():
    assert text_table(["a column"], [[None]]).splitlines()[2] == "NULL"


def test_lists_are_shown_by_what_they_hold():
    values = [["a", None, Decimal("2.50")], [date(2026, 1, 2), True], []]

    assert text_table(["list"], [[value] for value in values]).splitlines()[2:] == ["[a, NULL, 2.50]", "[2026-01-02, true]", "[]"]
