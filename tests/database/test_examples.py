"""The examples are filled as their readers fill them, and hold what they say of themselves."""

from __future__ import annotations

import json
import re
from collections import Counter
from itertools import pairwise
from math import cos, hypot, radians
from pathlib import Path
from statistics import mean, pstdev
from struct import unpack
from typing import Any

import pytest
from example_databases import filled, value, values

KILOMETRES = 111.2  # of a degree


@pytest.fixture
def fill(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Fill this test's database with an example."""
    return lambda name, **options: filled(name, database, tmp_path, monkeypatch, **options)


def correlated(pairs: list[tuple[float, float]]) -> float:
    """Return the rank correlation of some pairs."""
    first, second = (ranks([pair[side] for pair in pairs]) for side in (0, 1))
    middles = mean(first), mean(second)
    together = mean((a - middles[0]) * (b - middles[1]) for a, b in zip(first, second, strict=True))
    return together / (pstdev(first) * pstdev(second))


def ranks(numbers: list[float]) -> list[int]:
    """Return the place of each number among all of them."""
    known = {number: place for place, number in enumerate(sorted(set(numbers)))}
    return [known[number] for number in numbers]


# ---------------------------------------------------------------------------------------------- user analytics
def test_users_have_exactly_the_attributes_asked_for_in_their_ranges(database: Any, fill: Any) -> None:
    fill("user_analytics")

    (row,) = database.query(
        "select count(*), min(age), max(age), min(posts), max(posts), min(likes), max(likes), min(followers), max(followers) from users"
    )
    assert row[0] == 1000
    for found, allowed in zip(zip(row[1::2], row[2::2], strict=True), ((18, 65), (1, 100), (1, 500), (0, 5000)), strict=True):
        assert allowed[0] <= found[0] < found[1] <= allowed[1]
    assert set(values(database, "select distinct gender from users")) == {"female", "male", "non-binary"}
    assert value(database, "select count(distinct location) from users") == 10
    assert value(database, "select max(n) from (select count(*) as n from users group by location) as cities") < 135  # uniform, as set


def test_who_posts_more_is_liked_and_followed_more(database: Any, fill: Any) -> None:
    fill("user_analytics")

    assert correlated(database.query("select posts, likes from users")) > 0.6
    assert correlated(database.query("select posts, followers from users")) > 0.45
    assert correlated(database.query("select followers, following from users")) > 0.3
    assert correlated(database.query("select age, posts from users")) < -0.2


def test_one_line_makes_a_class_uniform(database: Any, fill: Any) -> None:
    fill("user_analytics", balance={"users.gender": "uniform"})

    shares = Counter(values(database, "select gender from users"))
    assert min(shares.values()) > 280
    assert max(shares.values()) < 390


# ---------------------------------------------------------------------------------------------- card fraud
def payments(database: Any) -> list[tuple[Any, ...]]:
    """Return (card, seconds, latitude, longitude, fraud) of payments in person, by card and time."""
    seconds = "strftime('%s', occurred_at)" if database.dialect == "sqlite" else "extract(epoch from occurred_at)"
    found = database.query(
        f"select card_id, {seconds}, latitude, longitude, is_fraud from transactions where city is not null order by card_id, occurred_at"
    )
    return [(card, int(moment), float(lat), float(lon), bool(fraud)) for card, moment, lat, lon, fraud in found]


def jumps(database: Any) -> list[tuple[bool, bool]]:
    """Return which of two payments in a row were fraud, where a card went more than 500 kilometres within an hour."""
    return [
        (one[4], two[4])
        for one, two in pairwise(payments(database))
        if one[0] == two[0] and two[1] - one[1] <= 3600 and apart(one[2:4], two[2:4]) > 500
    ]


def apart(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Return kilometres between two places, roughly."""
    return hypot(one[0] - two[0], (one[1] - two[1]) * cos(radians(one[0]))) * KILOMETRES


@pytest.mark.parametrize(
    ("line", "low", "high"), [(None, 0.012, 0.028), ("true:10,false:90", 0.08, 0.12), ("true:30,false:70", 0.27, 0.33)]
)
def test_the_share_of_fraud_is_the_one_of_the_line(database: Any, fill: Any, line: str | None, low: float, high: float) -> None:
    fill("card_fraud", balance=None if line is None else {"card_sessions.is_fraud": line})

    share = value(database, "select avg(case when is_fraud then 1.0 else 0.0 end) from transactions")
    assert low < float(share) < high
    patterns = {bool(fraud): set() for fraud in (True, False)}
    for fraud, pattern in database.query(
        "select t.is_fraud, s.pattern from transactions t join card_sessions s on s.id = t.session_id group by 1, 2"
    ):
        patterns[bool(fraud)].add(pattern)
    assert patterns == {True: {"card_testing", "impossible_travel", "night_spree"}, False: {"everyday"}}


def test_fraud_follows_its_patterns_and_honest_payments_do_not(database: Any, fill: Any) -> None:
    fill("card_fraud")

    span = "(julianday(max(occurred_at)) - julianday(min(occurred_at))) * 86400"
    if database.dialect == "postgresql":
        span = "extract(epoch from max(occurred_at) - min(occurred_at))"
    bursts = database.query(
        f"select s.pattern, count(*), max(amount), {span} from transactions t join card_sessions s on s.id = t.session_id "
        "group by s.id, s.pattern"
    )
    tested = [(count, float(amount), float(seconds)) for pattern, count, amount, seconds in bursts if pattern == "card_testing"]
    assert len(tested) > 5
    assert all(count >= 3 and amount <= 2.5 and seconds <= 30 * count for count, amount, seconds in tested)
    assert min(float(seconds) / count for pattern, count, _, seconds in bursts if pattern == "everyday") > 600
    assert len([jump for jump in jumps(database) if all(jump)]) > 20
    assert [jump for jump in jumps(database) if not any(jump)] == []
    hour = "cast(strftime('%H', occurred_at) as integer)" if database.dialect == "sqlite" else "extract(hour from occurred_at)"
    night = dict(database.query(f"select is_fraud, avg(case when {hour} < 5 then 1.0 else 0.0 end) from transactions group by 1"))
    assert float(night[True]) > 0.4
    assert float(night[False]) < 0.05


def test_cards_times_and_places_of_payments_agree(database: Any, fill: Any) -> None:
    fill("card_fraud")

    assert (
        value(
            database,
            "select count(*) from transactions t join card_sessions s on s.id = t.session_id join cards c on c.id = t.card_id "
            "where t.card_id <> s.card_id or t.occurred_at < s.started_at or s.started_at < c.issued_on or t.is_fraud <> s.is_fraud",
        )
        == 0
    )
    assert (
        value(
            database,
            "select count(*) from transactions t join cards c on c.id = t.card_id join cardholders h on h.id = c.cardholder_id "
            "where not t.is_fraud and t.city <> h.home_city",
        )
        == 0
    )
    assert value(database, "select count(*) from transactions where channel = 'atm' and amount * 100 % 1000 <> 0") == 0


# ---------------------------------------------------------------------------------------------- patients
def test_history_visits_and_imaging_fit_the_patient(database: Any, fill: Any) -> None:
    fill("patients")

    wrong = [
        "conditions c join patients p on p.id = c.patient_id where c.onset_on < p.birth_date",
        "visits v join patients p on p.id = v.patient_id where v.started_at < p.registered_on or p.registered_on < p.birth_date",
        "imaging_studies s join visits v on v.id = s.visit_id where s.patient_id <> v.patient_id",
        "imaging_studies s join visits v on v.id = s.visit_id where s.performed_at < v.started_at or s.performed_at > v.ended_at",
        "conditions c join patients p on p.id = c.patient_id where p.sex = 'M' and c.icd10_code in ('C50.9', 'M81.0', 'N95.1')",
        "conditions c join patients p on p.id = c.patient_id where p.sex = 'F' and c.icd10_code in ('C61', 'N40')",
        "visits v join patients p on p.id = v.patient_id where v.department = 'Paediatrics' and p.birth_date < '2005-01-01'",
    ]
    assert {sql: value(database, f"select count(*) from {sql}") for sql in wrong} == dict.fromkeys(wrong, 0)
    assert value(database, "select count(*) from visits") == 3000


def test_diagnoses_are_codes_of_icd_10_each_with_one_title(database: Any, fill: Any) -> None:
    fill("patients")

    pairs = database.query("select distinct icd10_code, title from conditions")
    assert all(re.fullmatch(r"[A-TV-Z]\d\d(\.\d)?", code) for code, _ in pairs)
    assert len(pairs) == len({code for code, _ in pairs}) > 40
    ages = dict(
        database.query(
            "select c.icd10_code, max(p.birth_date) from conditions c join patients p on p.id = c.patient_id "
            "where c.icd10_code in ('I48.9', 'H66.9') group by 1"
        )
    )
    assert str(ages["I48.9"]) < "1962"  # the old alone
    assert str(ages["H66.9"]) > "2015"


def test_images_are_png_files_and_their_metadata_agree(database: Any, fill: Any) -> None:
    fill("patients")

    rows = database.query("select image, image_size, image_columns, image_rows, header, modality, study_uid from imaging_studies")
    for image, size, columns, lines, header, modality, uid in rows:
        file = bytes(image)
        assert file[:8] == b"\x89PNG\r\n\x1a\n"
        assert (len(file), *unpack(">II", file[16:24])) == (size, columns, lines)
        tags = json.loads(header) if isinstance(header, str) else header
        assert (tags["Modality"], tags["Rows"], tags["Columns"], tags["StudyInstanceUID"]) == (modality, lines, columns, uid)
        assert re.fullmatch(r"2\.25\.[1-9]\d{0,38}", uid)
        assert int(uid[5:]) < 2**128
    assert len({bytes(row[0]) for row in rows}) > 50


@pytest.mark.parametrize(("line", "low", "high"), [(None, 0.015, 0.045), ("normal:40,benign:40,suspicious:20", 0.16, 0.24)])
def test_what_is_suspicious_is_urgent_and_followed_up(database: Any, fill: Any, line: str | None, low: float, high: float) -> None:
    fill("patients", balance=None if line is None else {"imaging_studies.finding": line})

    assert low < float(value(database, "select avg(case when finding = 'suspicious' then 1.0 else 0.0 end) from imaging_studies")) < high
    rows = database.query("select finding, urgent, follow_up_on is not null, impression from imaging_studies")
    assert all(bool(urgent) == (finding == "suspicious") for finding, urgent, _, _ in rows)
    assert all(follow and re.search("advised|malignancy", text) for finding, _, follow, text in rows if finding == "suspicious")
    assert not any("biopsy" in text or "malignancy" in text for finding, _, _, text in rows if finding != "suspicious")


# ---------------------------------------------------------------------------------------------- driving
def test_sensor_events_come_in_the_order_of_time_inside_their_drive(database: Any, fill: Any) -> None:
    fill("driving")

    events: dict[int, list[tuple[Any, ...]]] = {}
    for drive, *event in database.query("select scenario_id, seq, occurred_at, position_km from sensor_events order by scenario_id, seq"):
        events.setdefault(drive, []).append(tuple(event))
    assert all([event[0] for event in of_one] == list(range(1, len(of_one) + 1)) for of_one in events.values())
    assert all(one[1] <= two[1] and one[2] <= two[2] for of_one in events.values() for one, two in pairwise(of_one))
    outside = "e.occurred_at < s.started_at or e.occurred_at > s.ended_at or e.position_km > r.length_km"
    joined = "sensor_events e join scenarios s on s.id = e.scenario_id join routes r on r.id = s.route_id"
    assert value(database, f"select count(*) from {joined} where {outside}") == 0
    assert value(database, f"select count(*) from {joined} where road_class = 'motorway' and event in ('pedestrian', 'traffic_light')") == 0


def test_weather_is_uniform_by_one_line_and_the_rest_follows_it(database: Any, fill: Any) -> None:
    fill("driving")

    shares = Counter(values(database, "select weather from scenarios"))
    assert len(shares) == 5
    assert min(shares.values()) > 90
    assert max(shares.values()) < 150
    sights = {
        weather: (float(sight), float(speed), float(warmth))
        for weather, sight, speed, warmth in database.query(
            "select weather, avg(visibility_m), avg(average_speed_kmh), max(temperature_c) from scenarios group by 1"
        )
    }
    assert sights["fog"][0] < sights["snow"][0] < sights["rain"][0] < sights["clear"][0]
    assert max(sights["fog"][1], sights["snow"][1]) < 0.8 * sights["clear"][1]
    assert sights["snow"][2] <= 1
    assert value(database, "select count(*) from scenarios where weather = 'rain' and road_condition <> 'wet'") == 0


def test_a_rare_outcome_is_set_in_one_line_and_ends_as_it_must(database: Any, fill: Any) -> None:
    fill("driving", balance={"scenarios.outcome": "uneventful:60,near_miss:20,collision:20"})

    shares = Counter(values(database, "select outcome from scenarios"))
    assert 90 < shares["collision"] < 150
    last = dict.fromkeys(shares, 0)
    for outcome, event, count in database.query(
        "select s.outcome, e.event, count(*) from scenarios s join sensor_events e on e.scenario_id = s.id "
        "where event in ('impact', 'hard_braking') group by 1, 2"
    ):
        assert count == shares[outcome]
        last[outcome] += 1 if event == "hard_braking" else 2
    assert last == {"uneventful": 0, "near_miss": 1, "collision": 3}
    assert value(database, "select count(*) from scenarios where weather in ('fog', 'snow')") < 100  # the plan's own shares
