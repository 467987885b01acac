"""Pools come out of packages' data, in a fixed order, with digests and named gaps."""

from __future__ import annotations

import subprocess
import sys
import unicodedata

import pytest

from synthseed.errors import ConfigurationError
from synthseed.words import Pool, Words, digest, noting
from synthseed.words_latin import slug
from synthseed.words_names import GENDERS, weights
from synthseed.words_sources import faker_tables

LOCALES = ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "nl_NL", "it_IT", "pl_PL", "pt_BR", "sv_SE", "ja_JP"]
POOLS = [
    "first_name.female",
    "first_name.male",
    "last_name.male",
    "street",
    "company_form",
    "occupation.female",
    "country",
    "language",
    "city",
]


@pytest.mark.parametrize("locale", LOCALES)
def test_pools_are_distinct_and_clean(locale: str) -> None:
    for name in POOLS:
        texts = Words.of(locale).pool(name).texts

        assert len(set(texts)) == len(texts) > 0
        assert all(text == unicodedata.normalize("NFC", text) and text.isprintable() and text.strip() == text for text in texts)


def test_names_have_no_brackets_digits_or_shouting() -> None:
    for locale in LOCALES:
        for gender in GENDERS:
            names = Words.of(locale).pool(f"first_name.{gender}").texts
            assert [text for text in names if any(c.isdigit() or c in "()/&" for c in text) or (len(text) > 3 and text.isupper())] == []


def test_a_digest_tells_another_order_and_another_cut() -> None:
    assert len({digest(["ab", "c"]), digest(["a", "bc"]), digest(["c", "ab"])}) == 3
    assert Pool("x", ("ab", "c")).digest == digest(["ab", "c"])


def test_the_same_words_have_the_same_digest() -> None:
    assert Words("de_DE").digest("last_name.male") == Words("de-de").digest("last_name.male")
    assert Words("de_DE").digest("last_name.male") != Words("de_AT").digest("last_name.male")


def test_used_names_what_was_given_out() -> None:
    words = Words("sv_SE")

    words.pool("street")

    assert list(words.used) == ["sv_SE/street"]


def test_noting_collects_pools_that_were_read_before() -> None:
    words = Words.of("en_US")
    words.pool("street")

    with noting() as used:
        words.pool("street")

    assert used == {"en_US/street": words.pool("street").digest}


def test_a_gap_is_filled_from_the_language_and_named() -> None:
    words = Words("de_AT")

    found = words.pool("occupation.female").texts

    assert found == Words("de_DE").pool("occupation.female").texts
    assert words.gaps == ["person.occupation: de"]


def test_an_unknown_language_is_refused_with_a_suggestion() -> None:
    with pytest.raises(ConfigurationError, match="de_DE"):
        Words("dd_DE")


def test_women_are_not_called_carlos() -> None:
    assert "Carlos" not in Words.of("en_US").pool("first_name.female").texts
    assert "Carlos" in Words.of("en_US").pool("first_name.male").texts


@pytest.mark.parametrize(
    ("locale", "kind", "name"),
    [
        ("en_US", "last_name.male", "Smith"),
        ("en_US", "first_name.male", "James"),
        ("en_GB", "last_name.male", "Jones"),
        ("de_DE", "last_name.male", "Müller"),
        ("fr_FR", "last_name.male", "Martin"),
        ("es_ES", "last_name.male", "García"),
        ("it_IT", "last_name.male", "Rossi"),
        ("pl_PL", "last_name.male", "Kowalski"),
        ("sv_SE", "last_name.male", "Andersson"),
    ],
)
def test_common_names_are_drawn_more_often(locale: str, kind: str, name: str) -> None:
    words = Words.of(locale)
    weight = dict(zip(words.pool(kind).texts, weights(words, kind), strict=True))

    assert 2 * weight[name] > 3 * sorted(weight.values())[len(weight) // 2]
    assert 1 <= min(weight.values()) <= max(weight.values()) <= 9


@pytest.mark.parametrize("locale", ["en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pt_BR", "sv_SE"])
def test_a_first_name_is_of_one_gender(locale: str) -> None:
    women, men = (set(Words.of(locale).pool(f"first_name.{gender}").texts) for gender in GENDERS)

    assert women & men == set()
    assert min(len(women), len(men)) >= 90


def test_spanish_names_keep_their_accents() -> None:
    texts = set(Words.of("es_ES").pool("last_name.male").texts)

    assert {"García", "Hernández", "Muñoz"} <= texts
    assert not {"Garcia", "Hernandez", "Munoz"} & texts


def test_german_streets_end_as_streets_do() -> None:
    streets = Words.of("de_DE").pool("street").texts

    assert len(streets) > 5000
    assert [text for text in streets if text.startswith("Rue ") or text.endswith(("park", "brücke"))] == []


def test_a_country_is_not_named_after_another_of_its_language() -> None:
    texts = Words.of("en_IN").pool("last_name.male").texts

    assert "Singh" in texts
    assert "Miller" not in texts


def test_tables_of_a_module_are_read_without_running_it() -> None:
    tables = faker_tables("person", "en_GB")

    assert tables["last_names"]["Smith"] > 1
    assert tables["first_names"] == tables["first_names_male"] + tables["first_names_female"]


def test_weights_fit_their_pool() -> None:
    for locale in LOCALES:
        words = Words.of(locale)
        for kind in ("first_name.female", "first_name.male", "last_name.male"):
            assert len(weights(words, kind)) == len(words.pool(kind))


def test_bent_surnames_stay_in_pairs() -> None:
    female, male = Words.of("pl_PL").pool("last_name.female").texts, Words.of("pl_PL").pool("last_name.male").texts

    assert len(female) == len(male)
    assert female[male.index("Kowalski")] == "Kowalska"


@pytest.mark.parametrize("locale", LOCALES)
def test_places_agree(locale: str) -> None:
    places = Words.of(locale).places()

    assert len(places) >= 20
    for town in places.towns:
        assert town.city
        assert "/" in town.timezone
        assert -9000 <= town.latitude <= 9000
        assert -18000 <= town.longitude <= 18000
        assert any(char.isdigit() for char in town.postcode)


def test_a_german_state_has_its_own_code() -> None:
    pairs = {town.state: town.state_code for town in Words.of("de_DE").places().towns}

    assert pairs["Bayern"] == "BY"
    assert pairs["Schleswig-Holstein"] == "SH"
    assert len(set(pairs.values())) == len(pairs)


def test_an_american_zip_code_is_its_towns() -> None:
    towns = {town.postcode: (town.city, town.state_code) for town in Words.of("en_US").places().towns}

    assert towns["73301" if "73301" in towns else "73401"] in {("Austin", "TX"), ("Ardmore", "OK")}
    assert towns["60601"] == ("Chicago", "IL")


@pytest.mark.parametrize(
    ("text", "language", "plain"),
    [
        ("Müller", "de", "mueller"),
        ("Müller", "sv", "muller"),
        ("Łukasz", "pl", "lukasz"),
        ("Groß", "de", "gross"),
        ("Ørsted", "da", "oersted"),
        ("O'Brien", "en", "obrien"),
        ("Щукин", "ru", "shchukin"),
        ("たけし", "ja", "takesi"),
        ("山田", "ja", ""),
    ],
)
def test_words_are_written_in_plain_letters(text: str, language: str, plain: str) -> None:
    assert slug(text, language) == plain


def test_words_load_no_heavy_package() -> None:
    code = (
        "import sys; from synthseed.words import Words; w = Words('de_DE'); w.pool('street'); w.pool('first_name.male'); w.places();"
        "print([m for m in ('mimesis', 'faker', 'pandas', 'pyarrow', 'numpy', 'airportsdata', 'sqlalchemy') if m in sys.modules])"
    )

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_places_reach_from_coast_to_coast() -> None:
    towns = Words.of("en_US").places().towns

    assert len({town.state for town in towns}) == 50
    assert {"212", "415", "312"} <= {town.area for town in towns}
