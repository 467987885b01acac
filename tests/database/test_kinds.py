"""Every kind of generator of a plan fills its column on every database, and the rows are what the plan says."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import synthseed

TABLES = """
create table products (
  id integer primary key, sku varchar(20) not null unique, brand varchar(30) not null, model varchar(40) not null,
  name varchar(120) not null, price numeric(10,2) not null check (price > 0), cost numeric(10,2) not null, weight_g integer,
  check (cost < price)
);
create table customers (
  id integer primary key, full_name varchar(80) not null, email varchar(120) not null unique, nickname varchar(40),
  city varchar(60) not null, zip varchar(10) not null, tier varchar(10) not null check (tier in ('free', 'pro', 'all')),
  channel varchar(12) not null, points integer not null, rating numeric(4,2) not null, joined timestamp not null,
  lat numeric(9,6) not null, lon numeric(9,6) not null, place varchar(60) not null, profile text not null, retired varchar(10),
  n integer not null, spent numeric(12,2) not null, mean numeric(12,2), least numeric(12,2), most numeric(12,2), newest timestamp
);
create table addresses (
  id integer primary key, customer_id integer not null references customers (id), street varchar(120) not null, city varchar(60) not null
);
create table orders (
  id integer primary key, customer_id integer not null references customers (id), address_id integer not null references addresses (id),
  number varchar(40) not null, status varchar(12) not null, channel varchar(12) not null, total numeric(12,2) not null,
  placed_at timestamp not null, paid_at timestamp, shipped_at timestamp, due date not null, late integer not null
);
create table items (
  id integer primary key, order_id integer not null references orders (id), product_id integer not null references products (id),
  line integer not null, quantity integer not null, price numeric(10,2) not null, amount numeric(12,2) not null, label varchar(80) not null,
  unique (order_id, line)
);
create table clocks (
  id integer primary key,
  flat timestamp not null, office timestamp not null, retail timestamp not null, social timestamp not null, machine timestamp not null,
  q4 timestamp not null, summer timestamp not null, winter timestamp not null, school timestamp not null,
  in_seconds timestamp not null, in_minutes timestamp not null, in_hours timestamp not null, in_days timestamp not null,
  in_months timestamp not null, later timestamp not null
);
create table words (
  id integer primary key, slot varchar(80), col varchar(80), field varchar(80), seq varchar(80), seqs varchar(80), digits varchar(80),
  uppers varchar(80), hexes varchar(80), ints varchar(80), years varchar(80), brace varchar(80), slug varchar(80), lowered varchar(80),
  raised varchar(80), titled varchar(80), owner varchar(80), base varchar(40) not null, code varchar(9) not null, made date not null,
  n integer not null, customer_id integer not null references customers (id)
);
create table sums (
  id integer primary key, a integer not null, b numeric(8,2) not null, name varchar(20) not null, made date not null, maybe integer,
  rounded numeric(8,1) not null, floored integer not null, ceiled integer not null, positive integer not null, least integer not null,
  most integer not null, first integer not null, iffed varchar(10) not null, lowered varchar(20) not null, uppered varchar(20) not null,
  joined varchar(60) not null, part varchar(20) not null, size integer not null, day date not null, y integer not null, m integer not null,
  week_on date not null, days integer not null, odd integer not null, divided numeric(10,4) not null, truth integer not null,
  above varchar(60) not null, customer_id integer not null references customers (id)
)
"""
PLAN = {
    "_plan": "seed: 3\nas_of: 2026-01-31\nlocale: en_US\n",
    "products": """
table: products
role: entity
rows: 80
joints:
  - name: line
    fields: [brand, model, noun, base]
    rows:
      - {share: 60, cells: [Nordal, Kiel 2, lamp, "49.9"]}
      - {share: 30, cells: [Nordal, Fjord, desk, "310"]}
      - {share: 10, cells: [Ostwerk, Zero, chair, "129.5"]}
slots:
  - {name: colour, values: [oak, ash, sand]}
columns:
  _factor: {use: number, q: {min: 0.8, p25: 0.9, p50: 1, p75: 1.1, p95: 1.4, max: 2}, step: 0.01}
  sku: {use: template, template: "{upper:3}-{seq:5}"}
  brand: {use: joint, set: line, field: brand}
  model: {use: joint, set: line, field: model}
  name: {use: template, template: "{col:brand} {line.noun} {col:model} in {colour}"}
  price: {use: expr, expr: floor(line.base * _factor) + 0.95}
  cost: {use: expr, expr: "round(price * 0.6, 2)"}
  weight_g: {use: number, q: {min: 100, p25: 400, p50: 900, p75: 2000, p95: 9000, max: 30000}, step: 50}
follow:
  - {column: weight_g, ref: price, rho: 0.9}
rules: ["cost < price", "price > 0"]
""",
    "customers": """
table: customers
role: entity
rows: 300
joints:
  - name: place
    fields: [city, zip]
    rows:
      - {share: 70, cells: [Springfield, "01101"]}
      - {share: 30, cells: [Riverton, "84065"]}
slots:
  - {name: hobby, values: [chess, tea, maps]}
columns:
  full_name: {use: semantic, type: full_name, group: person}
  email: {use: semantic, type: email, group: person}
  nickname: {use: semantic, type: first_name, group: person}
  city: {use: joint, set: place, field: city}
  zip: {use: joint, set: place, field: zip}
  tier: {use: choice, values: {free: 70, pro: 25, all: 5}}
  channel: {use: choice, tiers: [{share: 80, values: [web, app]}, {share: 20, values: [shop]}]}
  points:
    use: number
    q: {min: 0, p25: 50, p50: 200, p75: 800, p95: 4000, max: 20000}
    step: 10
    spikes: [{value: 0, share: 20}, {value: 100, share: 10}]
  rating: {use: number, q: {min: 1, p25: 3, p50: 4, p75: 4.5, p95: 5, max: 5}, step: 0.25}
  joined: {use: moment, start: -3y, end: -30d, growth: 4, rhythm: social, season: retail_q4}
  lat: {use: geo, axis: lat, group: home, centers: [{share: 1, lat: 52.5, lon: 13.4, km: 10}]}
  lon: {use: geo, axis: lon, group: home, centers: [{share: 1, lat: 52.5, lon: 13.4, km: 10}]}
  place: {use: geo, axis: point, group: home, centers: [{share: 1, lat: 52.5, lon: 13.4, km: 10}]}
  profile:
    use: json
    template: >-
      {"hobby": "{hobby}", "points": "{col:points}", "ref": "C-{seq:4}", "level": "{int:1-9}",
      "tags": ["{col:tier|upper}", true, null], "n": {"deep": "{place.zip}"}}
  retired: null
  n: {use: expr, expr: count(orders)}
  spent: {use: expr, expr: sum(orders.total)}
  mean: {use: expr, expr: avg(orders.total)}
  least: {use: expr, expr: min_of(orders.total)}
  most: {use: expr, expr: max_of(orders.total)}
  newest: {use: expr, expr: max_of(orders.placed_at)}
nulls: {nickname: 40}
overrides:
  - {column: points, when: "tier = 'all'", use: number, q: {min: 30000, p25: 31000, p50: 32000, p75: 33000, p95: 34000, max: 35000}}
follow:
  - {column: points, ref: joined, rho: -0.45}
rules: ["n >= 0"]
""",
    "addresses": """
table: addresses
rows: 450
fks:
  - {columns: customer_id, mode: driver, fanout: {min: 1, p25: 1, p50: 1, p75: 2, p95: 3, max: 4}}
columns:
  street: {use: semantic, type: street, group: home}
  city: {use: expr, expr: customer_id.city}
""",
    "orders": """
table: orders
role: event
rows: 1200
fks:
  - {columns: customer_id, mode: driver, fanout: {min: 0, p25: 1, p50: 3, p75: 6, p95: 14, max: 40}}
  - {columns: address_id, mode: same_parent, via: customer_id}
columns:
  number: {use: template, template: "SO-{year:placed_at}-{seq:6}"}
  status: {use: choice, values: {pending: 10, paid: 20, shipped: 60, cancelled: 10}}
  channel: {use: same_as, ref: customers.channel}
  total: {use: expr, expr: sum(items.amount)}
  placed_at:
    {use: after, ref: customer_id.joined, unit: days, rhythm: retail, q: {min: 0, p25: 20, p50: 120, p75: 300, p95: 700, max: 1000}}
  paid_at: {use: after, ref: placed_at, unit: minutes, q: {min: 0, p25: 1, p50: 3, p75: 20, p95: 600, max: 3000}}
  shipped_at: {use: after, ref: paid_at, unit: hours, q: {min: 1, p25: 12, p50: 24, p75: 48, p95: 90, max: 200}}
  due: {use: expr, expr: "add_days(date(placed_at), 14)"}
  late: {use: expr, expr: "if(shipped_at is not null and days_between(placed_at, shipped_at) > 2, 1, 0)"}
overrides:
  - {column: paid_at, when: "status = 'pending'", use: null}
  - {column: shipped_at, when: "status != 'shipped'", use: null}
rules: ["total >= 0", "shipped_at is null or shipped_at >= placed_at"]
""",
    "items": """
table: items
role: event
rows: 3600
fks:
  - {columns: order_id, mode: driver, fanout: {min: 1, p25: 1, p50: 2, p75: 4, p95: 8, max: 20}}
  - {columns: product_id, mode: pick, skew: heavy}
columns:
  line: {use: expr, expr: ordinal() + 100}
  quantity: {use: number, q: {min: 1, p25: 1, p50: 1, p75: 2, p95: 5, max: 20}}
  price: {use: expr, expr: product_id.price}
  amount: {use: expr, expr: "round(quantity * price * if(order_id.status = 'cancelled', 0, 1), 2)"}
  label: {use: template, template: "{product_id.brand|upper} x {quantity}"}
follow:
  - {column: quantity, ref: product_id.price, rho: -0.9}
""",
    "clocks": """
table: clocks
rows: 4000
columns:
  flat: {use: moment, start: 2023-01-01, end: 2024-12-31}
  office: {use: moment, start: 2023-01-01, end: 2024-12-31, rhythm: office}
  retail: {use: moment, start: 2023-01-01, end: 2024-12-31, rhythm: retail}
  social: {use: moment, start: 2023-01-01, end: 2024-12-31, rhythm: social, growth: 5}
  machine: {use: moment, start: 2023-01-01, end: 2024-12-31, rhythm: machine}
  q4: {use: moment, start: 2023-01-01, end: 2024-12-31, season: retail_q4}
  summer: {use: moment, start: 2023-01-01, end: 2024-12-31, season: summer}
  winter: {use: moment, start: 2023-01-01, end: 2024-12-31, season: winter}
  school: {use: moment, start: 2023-01-01, end: 2024-12-31, season: school_year}
  in_seconds: {use: after, ref: flat, unit: seconds, q: &q {min: 1, p25: 2, p50: 4, p75: 8, p95: 12, max: 15}}
  in_minutes: {use: after, ref: flat, unit: minutes, q: {min: 1, p25: 2, p50: 4, p75: 8, p95: 12, max: 15}}
  in_hours: {use: after, ref: flat, unit: hours, q: {min: 1, p25: 2, p50: 4, p75: 8, p95: 12, max: 15}}
  in_days: {use: after, ref: flat, unit: days, q: {min: 1, p25: 2, p50: 4, p75: 8, p95: 12, max: 15}}
  in_months: {use: after, ref: flat, unit: months, q: {min: 1, p25: 2, p50: 4, p75: 8, p95: 12, max: 15}}
  later: {use: after, ref: flat, unit: months, q: {min: 30, p25: 40, p50: 50, p75: 60, p95: 70, max: 80}, future: true}
""".replace("&q ", ""),
    "words": """
table: words
rows: 200
joints:
  - {name: pair, fields: [noun, verb], rows: [{share: 1, cells: [boat, floats]}, {share: 1, cells: [bird, flies]}]}
slots:
  - {name: adjective, tiers: [{share: 90, values: [blue, green]}, {share: 10, values: [odd]}]}
columns:
  base: {use: choice, values: [Straße Nord, ÉTÉ doux]}
  code: {use: template, template: "{lower:3}{digits:2}"}
  made: {use: moment, start: 2024-01-01, end: 2024-12-31}
  n: {use: number, q: {min: 5, p25: 6, p50: 7, p75: 8, p95: 9, max: 9}}
  slot: {use: template, template: "a {adjective} one"}
  col: {use: template, template: "{col:n} of {code}"}
  field: {use: template, template: "the {pair.noun} {pair.verb}"}
  seq: {use: template, template: "n{seq}"}
  seqs: {use: template, template: "n{seq:6}"}
  digits: {use: template, template: "{digits:4}"}
  uppers: {use: template, template: "{upper:3}"}
  hexes: {use: template, template: "{hex:8}"}
  ints: {use: template, template: "{int:1-99}"}
  years: {use: template, template: "{year}/{year:made}"}
  brace: {use: template, template: "{{x}} {{{n}}}"}
  slug: {use: template, template: "{col:base|slug}"}
  lowered: {use: template, template: "{col:base|lower}"}
  raised: {use: template, template: "{pair.noun|upper}"}
  titled: {use: template, tiers: [{share: 50, values: ["{pair.verb|title}!"]}, {share: 50, values: ["{adjective|title|upper}"]}]}
  owner: {use: template, template: "{customer_id.full_name|slug}@example.org"}
""",
    "sums": """
table: sums
rows: 200
columns:
  a: {use: number, q: {min: -50, p25: -10, p50: 7, p75: 30, p95: 60, max: 99}}
  b: {use: number, q: {min: 0.01, p25: 1.5, p50: 7.25, p75: 30, p95: 60, max: 99}, step: 0.01}
  name: {use: choice, values: [Anna, Bo, Çelik]}
  made: {use: moment, start: 2024-01-01, end: 2024-12-31}
  maybe: {use: number, q: {min: 1, p25: 2, p50: 3, p75: 4, p95: 5, max: 5}}
  rounded: {use: expr, expr: "round(b, 1)"}
  floored: {use: expr, expr: floor(b)}
  ceiled: {use: expr, expr: ceil(b)}
  positive: {use: expr, expr: abs(a)}
  least: {use: expr, expr: "min(a, 5)"}
  most: {use: expr, expr: "max(a, 5, -3)"}
  first: {use: expr, expr: "coalesce(maybe, -1)"}
  iffed: {use: expr, expr: "if(a > 0 and not (b > 50), 'yes', 'no')"}
  lowered: {use: expr, expr: lower(name)}
  uppered: {use: expr, expr: upper(name)}
  joined: {use: expr, expr: "concat(name, ' ', a, '/', maybe)"}
  part: {use: expr, expr: "substr(name, 2, 2)"}
  size: {use: expr, expr: length(name)}
  day: {use: expr, expr: date(made)}
  y: {use: expr, expr: year(made)}
  m: {use: expr, expr: month(made)}
  week_on: {use: expr, expr: "add_days(made, 7)"}
  days: {use: expr, expr: "days_between(made, week_on) + days_between(week_on, made) + 1"}
  odd: {use: expr, expr: (a + 100) % 2}
  divided: {use: expr, expr: a / 4 - 1 * 2}
  truth: {use: expr, expr: "if(a >= 0 or b < 1, 1, 0)"}
  above: {use: expr, expr: customer_id.city}
nulls: {maybe: 30}
""",
}


@pytest.fixture
def filled(database: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Return a database that the plan filled."""
    folder = tmp_path / "seeds_config" / "plans" / "kinds"
    folder.mkdir(parents=True)
    for name, text in PLAN.items():
        (folder / f"{name}.yml").write_text(text.lstrip(), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    database.execute(TABLES)
    synthseed.fill(url=database.url, plan="kinds")
    return database


def one(database: Any, sql: str) -> Any:
    return database.query(sql)[0][0]


def moment(value: Any) -> datetime:
    return value if isinstance(value, datetime) else datetime.fromisoformat(value)


def spearman(pairs: list[tuple[Any, Any]]) -> float:
    """Return the rank correlation of two columns, ties sharing their mean rank."""
    columns = []
    for values in zip(*pairs, strict=True):
        first: dict[Any, int] = {}
        for place, value in enumerate(sorted(values)):
            first.setdefault(value, place)
        counts = Counter(values)
        columns.append([first[value] + (counts[value] - 1) / 2 for value in values])
    a, b = ([value - sum(column) / len(column) for value in column] for column in columns)
    return sum(x * y for x, y in zip(a, b, strict=True)) / (sum(x * x for x in a) * sum(y * y for y in b)) ** 0.5


def test_a_plan_of_all_kinds_fills_its_rows(filled: Any) -> None:
    counted = {table: one(filled, f"select count(*) from {table}") for table in PLAN if table != "_plan"}

    assert counted == {name: int(re.search(r"^rows: (\d+)$", text, re.M)[1]) for name, text in PLAN.items() if name != "_plan"}  # type: ignore[index]
    _parents_and_children(filled)
    _joints_and_expressions(filled)
    _numbers_choices_and_places(filled)
    _orders_in_time(filled)
    _documents(filled)
    _clocks(filled)
    _tokens(filled)
    _functions(filled)
    _ranks(filled)


def _parents_and_children(db: Any) -> None:
    sums = "select o.id from orders o join items i on i.order_id = o.id group by o.id, o.total having o.total <> round(sum(i.amount), 2)"
    gathered = (
        "select c.id from customers c left join orders o on o.customer_id = c.id group by c.id, c.n, "
        "c.spent, c.least, c.most, c.newest having c.n <> count(o.id) or abs(c.spent - coalesce(sum(o.total), 0)) > 0.001 "
        "or coalesce(c.least, -1) <> coalesce(min(o.total), -1) "
        "or coalesce(c.most, -1) <> coalesce(max(o.total), -1) or c.newest <> max(o.placed_at)"
    )
    lines = "select order_id from items group by order_id having min(line) <> 101 or max(line) <> count(*) + 100"
    strangers = "select count(*) from orders o join addresses a on a.id = o.address_id where a.customer_id <> o.customer_id"
    fan_out = "select max(n), min(n) from (select count(*) as n from addresses group by customer_id) as counted"

    assert db.query(sums) == db.query(gathered) == db.query(lines) == []
    assert one(db, "select count(*) from customers where n > 0 and abs(mean - spent * 1.0 / n) > 0.0051") == 0
    assert one(db, strangers) == 0
    most, least = db.query(fan_out)[0]
    assert least == 1 < most <= 4
    assert one(db, "select count(*) from customers where n = 0 and (mean is not null or newest is not null)") == 0


def _joints_and_expressions(db: Any) -> None:
    assert set(db.query("select distinct brand, model from products")) <= {("Nordal", "Kiel 2"), ("Nordal", "Fjord"), ("Ostwerk", "Zero")}
    names = db.query("select name, brand, model from products")
    assert all(re.fullmatch(rf"{brand} (lamp|desk|chair) {model} in (oak|ash|sand)", name) for name, brand, model in names)
    assert one(db, "select count(*) from products where price - floor(price) <> 0.95 and abs(price - floor(price) - 0.95) > 0.0001") == 0
    assert one(db, "select count(*) from products where abs(cost - price * 0.6) > 0.0051 or cost >= price") == 0
    assert one(db, "select count(*) from products where model = 'Fjord' and (price < 248 or price > 621)") == 0
    assert one(db, "select count(distinct sku) from products") == 80
    assert set(db.query("select distinct city, zip from customers")) == {("Springfield", "01101"), ("Riverton", "84065")}
    stray = "select count(*) from addresses a join customers c on c.id = a.customer_id where a.city <> c.city"
    assert one(db, stray) == 0


def _numbers_choices_and_places(db: Any) -> None:
    assert one(db, "select count(*) from products where weight_g % 50 <> 0 or weight_g < 100 or weight_g > 30000") == 0
    assert one(db, "select count(*) from customers where points % 10 <> 0 and tier <> 'all'") == 0
    assert 40 <= one(db, "select count(*) from customers where points = 0 and tier <> 'all'") <= 85
    assert one(db, "select count(*) from customers where (tier = 'all') <> (points >= 30000)") == 0
    assert one(db, "select count(*) from customers where rating * 4 <> round(rating * 4)") == 0
    assert 90 <= one(db, "select count(*) from customers where nickname is null") <= 150
    assert one(db, "select count(*) from customers where retired is not null") == 0
    assert one(db, "select count(*) from customers where nickname is not null and full_name not like nickname || '%'") == 0
    assert one(db, "select count(*) from customers where abs(lat - 52.5) > 0.6 or abs(lon - 13.4) > 1") == 0
    assert all(_placed(*row) for row in db.query("select place, lat, lon from customers"))
    shares = dict(db.query("select channel, count(*) from orders group by channel"))
    assert set(shares) == {"web", "app", "shop"}
    assert 0.14 < shares["shop"] / 1200 < 0.26


def _placed(text: str, lat: Any, lon: Any) -> bool:
    """Return whether a point's text holds both coordinates."""
    found = sorted(float(number) for number in re.findall(r"-?\d+\.\d+", text))
    return found == sorted((float(lat), float(lon)))


def _orders_in_time(db: Any) -> None:
    early = "select count(*) from orders o join customers c on c.id = o.customer_id where o.placed_at < c.joined"
    late = "select count(*) from orders where paid_at < placed_at or shipped_at < paid_at or shipped_at > {now} or paid_at > {now}"

    assert one(db, early) == one(db, late.format(now="'2026-01-31 00:00:00'")) == 0
    assert one(db, "select count(*) from orders where (status = 'pending') <> (paid_at is null)") == 0
    assert one(db, "select count(*) from orders where status <> 'shipped' and shipped_at is not null") == 0
    for number, placed, due, shipped, late_by in db.query("select number, placed_at, due, shipped_at, late from orders"):
        at = moment(placed)
        assert re.fullmatch(rf"SO-{at.year}-\d{{6}}", number)
        assert (due if isinstance(due, date) else date.fromisoformat(due)) == at.date() + timedelta(days=14)
        assert late_by == int(shipped is not None and (moment(shipped) - at).days > 2)


def _documents(db: Any) -> None:
    for text, points, tier, zip_code in db.query("select profile, points, tier, zip from customers"):
        document = json.loads(text)

        assert document["points"] == points
        assert document["hobby"] in ("chess", "tea", "maps")
        assert re.fullmatch(r"C-\d{4}", document["ref"])
        assert document["level"] in range(1, 10)
        assert document["tags"] == [tier.upper(), True, None]
        assert document["n"]["deep"] in (zip_code, int(zip_code))


CLOCKS = "flat office retail social machine q4 summer winter school"
UNITS = {"seconds": 1, "minutes": 60, "hours": 3600, "days": 86400, "months": 2_630_016}


def _clocks(db: Any) -> None:
    names = CLOCKS.split()
    rows = [[moment(value) for value in row] for row in db.query(f"select {', '.join(names)} from clocks")]
    times = dict(zip(names, zip(*rows, strict=True), strict=True))

    assert all(datetime(2023, 1, 1) <= min(column) and max(column) < datetime(2025, 1, 1) for column in times.values())
    weekend = {name: sum(at.weekday() >= 5 for at in column) / 4000 for name, column in times.items()}
    night = {name: sum(at.hour < 6 for at in column) / 4000 for name, column in times.items()}
    assert weekend["office"] < 0.08 < weekend["flat"] < 0.33
    assert max(night[name] for name in ("office", "retail", "social")) < 0.12 < night["flat"] < 0.28
    assert night["machine"] > 0.12
    months = {name: Counter(at.month for at in column) for name, column in times.items()}
    assert sum(months["q4"][month] for month in (11, 12)) > 1.25 * sum(months["flat"][month] for month in (11, 12))
    assert sum(months["summer"][month] for month in (6, 7, 8)) > 1.25 * sum(months["flat"][month] for month in (6, 7, 8))
    assert sum(months["winter"][month] for month in (12, 1, 2)) > 1.25 * sum(months["flat"][month] for month in (12, 1, 2))
    assert sum(months["school"][month] for month in (7, 8)) < 0.75 * sum(months["flat"][month] for month in (7, 8))
    assert sum(at.year == 2024 for at in times["social"]) > 2400  # five times busier at the end
    _delays(db)


def _delays(db: Any) -> None:
    for unit, seconds in UNITS.items():
        delays = sorted((moment(b) - moment(a)).total_seconds() / seconds for a, b in db.query(f"select flat, in_{unit} from clocks"))
        assert delays[0] >= 0.99
        assert delays[-1] <= 15.01
        assert 3.5 < delays[2000] < 4.5
    assert one(db, "select count(*) from clocks where in_months > '2026-01-31'") == 0
    assert one(db, "select count(*) from clocks where later > '2026-01-31'") > 3000


TOKENS = {
    "slot": "a (blue|green|odd) one",
    "col": r"[5-9] of [a-z]{3}\d\d",
    "field": "the (boat floats|bird flies)",
    "seq": r"n[1-9]\d*",
    "seqs": r"n\d{6}",
    "digits": r"\d{4}",
    "uppers": "[A-Z]{3}",
    "hexes": "[0-9a-f]{8}",
    "ints": r"[1-9]\d?",
    "years": r"20\d\d/2024",
    "brace": r"\{x\} \{[5-9]\}",
    "slug": "(strasse-nord|ete-doux)",
    "lowered": "(straße nord|été doux)",
    "raised": "(BOAT|BIRD)",
    "titled": "((Floats|Flies)!|BLUE|GREEN|ODD)",
    "owner": r"[a-z0-9-]+@example\.org",
}


def _tokens(db: Any) -> None:
    for name, pattern in TOKENS.items():
        texts = [row[0] for row in db.query(f"select {name} from words")]
        assert [text for text in texts if not re.fullmatch(pattern, text)] == [], name
    assert one(db, "select count(*) from words where col <> n || ' of ' || code") == 0
    assert one(db, "select count(distinct seq) from words") == one(db, "select count(distinct seqs) from words") == 200
    agreed = "select count(*) from words where (field like '%boat%') <> (raised = 'BOAT') or (titled = 'Flies!' and raised = 'BOAT')"
    assert one(db, agreed) == 0


FUNCTIONS = (
    "abs(rounded - b) < 0.0501 and floored <= b and b < floored + 1 and ceiled >= b and b > ceiled - 1",
    "positive = abs(a) and first = coalesce(maybe, -1)",
    "least = case when a < 5 then a else 5 end and most = case when a > 5 then a else 5 end",
    "iffed = case when a > 0 and not (b > 50) then 'yes' else 'no' end",
    "(name = 'Bo') = (lowered = 'bo') and (name = 'Anna') = (uppered = 'ANNA') and (name = 'Çelik') = (lowered = 'çelik')",
    "joined = name || ' ' || a || '/' || coalesce(cast(maybe as varchar(9)), '')",
    "part = substr(name, 2, 2) and size = length(name)",
    "day = made and y = 2024 and m between 1 and 12",
    "days = 1 and week_on > made",
    "odd = (a + 100) % 2 and abs(divided - (a / 4.0 - 2)) < 0.0001",
    "truth = case when a >= 0 or b < 1 then 1 else 0 end",
)


def _functions(db: Any) -> None:
    wrong = {text: one(db, f"select count(*) from sums where not ({text})") for text in FUNCTIONS}

    assert wrong == dict.fromkeys(FUNCTIONS, 0)
    assert 35 <= one(db, "select count(*) from sums where maybe is null") <= 85
    assert one(db, "select count(*) from sums s join customers c on c.id = s.customer_id where s.above <> c.city") == 0
    month = "cast(strftime('%m', made) as integer)" if db.dialect == "sqlite" else "extract(month from made)"
    assert one(db, f"select count(*) from sums where m <> {month}") == 0


def _ranks(db: Any) -> None:
    weights = [(float(price), weight) for price, weight in db.query("select price, weight_g from products")]
    points = [(str(joined), points) for joined, points in db.query("select joined, points from customers where tier <> 'all'")]
    bought = "select p.price, i.quantity from items i join products p on p.id = i.product_id"

    assert spearman(weights) > 0.8
    assert -0.6 < spearman(points) < -0.3
    assert spearman([(float(price), quantity) for price, quantity in db.query(bought)]) < -0.6


def test_growth_of_all_kinds_leaves_the_rows_that_stand(filled: Any) -> None:
    growing = ("products", "clocks", "words", "sums")  # the others are summed by customers, who gain no orders later
    before = {table: filled.query(f"select * from {table} order by id") for table in growing}

    synthseed.fill(url=filled.url, plan="kinds", rows={table: 2 * len(rows) for table, rows in before.items()}, tables=growing)

    for table, rows in before.items():
        assert filled.query(f"select * from {table} order by id limit {len(rows)}") == rows
        assert one(filled, f"select count(*) from {table}") == 2 * len(rows)
