"""Guess how a column's values are made from its name and its type: the plain plan of the test server."""

from __future__ import annotations

import re
from typing import Any

from synthseed.testing.reading import Column, Table

Gen = dict[str, Any]
_PERSON, _PLACE = "person", "place"
# Word of a name -> semantic type, group. The first that fits is taken.
_WORDS = (
    (r"e_?mail", "email", _PERSON),
    (r"first_?name|given_?name|vorname", "first_name", _PERSON),
    (r"last_?name|surname|family_?name|nachname", "last_name", _PERSON),
    (r"user_?name|login|handle", "username", _PERSON),
    (r"full_?name|display_?name", "full_name", _PERSON),
    (r"phone|mobile|fax", "phone", _PERSON),
    (r"company|employer|organi[sz]ation", "company", ""),
    (r"street|address", "street", _PLACE),
    (r"city|town", "city", _PLACE),
    (r"zip|post_?code|postal", "postcode", _PLACE),
    (r"state_code|province_code", "state_code", _PLACE),
    (r"state|province", "state", _PLACE),
    (r"country_code", "country_code", _PLACE),
    (r"country", "country", _PLACE),
    (r"currency", "currency_code", ""),
    (r"url|website|homepage", "url", ""),
    (r"ip|ip_address", "ipv4", ""),
    (r"uuid|guid", "uuid", ""),
    (r"colou?r", "color", ""),
    (r"description|body|notes?|comment|remarks?|bio|content|text|message", "paragraph", ""),
)
_FITS = {"phone": 20, "postcode": 10, "state_code": 2, "country_code": 2, "currency_code": 3}
_LONG = 40  # characters that words of any other kind fit into
_NOUNS = ("North", "River", "Granite", "Cedar", "Harbor", "Summit", "Willow", "Copper", "Aurora", "Falcon", "Meadow", "Ember")
_KINDS = ("Basic", "Classic", "Compact", "Extra", "Prime", "Select", "Standard", "Touring")


def gen(column: Column, table: Table) -> Gen | None:
    """Return the generator of a column; None where its type says nothing."""
    told = _told_by_checks(column, table)
    if told is not None:
        return told
    if column.name in table.primary and numeric(column):
        return {"kind": "expr", "expr": "ordinal()"}
    if column.labels:
        return _choice(column.labels)
    if column.type.endswith("[]"):
        return _choice(("{}", "{a}", "{a,b}") if column.type.startswith(("text", "varchar", "char")) else ("{}",))
    word = re.match(r"[a-z]+", column.type)
    match word[0] if word else "":
        case "tinyint" | "smallint" | "int" | "bigint" | "numeric" | "float":
            return _number(column)
        case "bool":
            return {"kind": "choice", "tiers": [{"share": 75, "values": ["true"]}, {"share": 25, "values": ["false"]}]}
        case "date" | "timestamp" | "timestamptz":
            return _moment(column)
        case "time":
            return _of_times("08:00", "18:30")
        case "interval":
            return _choice(("1 day", "7 days", "30 days"))
        case "uuid":
            return _semantic("uuid", "")
        case "json" | "jsonb":
            return {"kind": "json", "template": '{"level": "{int:1-9}", "tag": "{upper:2}{digits:3}"}'}
        case "text" | "varchar" | "char":
            return _text(column)
    return None


def temporal(column: Column) -> bool:
    """Return whether a column holds points in time."""
    return column.type in ("date", "timestamp", "timestamptz")


def numeric(column: Column) -> bool:
    """Return whether a column holds numbers."""
    return re.match(r"(?:tinyint|smallint|int|bigint|numeric|float)\b", column.type) is not None


# ---------------------------------------------------------------------------------------------- what checks say
def _told_by_checks(column: Column, table: Table) -> Gen | None:
    """Return what a check between two columns settles: `total = a + b`, `shipped_at >= placed_at`, `cost < price`."""
    own = re.escape(column.name)
    for check in table.checks:
        sum_ = re.fullmatch(rf"{own} = ([\w\s+*().-]+)", check)
        if sum_ and set(re.findall(r"[A-Za-z_]\w*", sum_[1])) <= set(table.by_name) - {column.name}:
            return {"kind": "expr", "expr": sum_[1]}
        for pattern in (rf"{own} >=? (\w+)", rf"(\w+) <=? {own}"):
            earlier = re.search(rf"(?<!\w){pattern}(?!\w)", check)
            other = table.by_name.get(earlier[1]) if earlier else None
            if other is not None and temporal(column) and temporal(other):
                return _after(other.name)
        larger = re.search(rf"(?<!\w){own} <=? (\w+)(?!\w)", check)
        other = table.by_name.get(larger[1]) if larger else None
        if other is not None and numeric(column) and numeric(other):
            return {"kind": "expr", "expr": f"round({other.name} * 0.6, {_scale(column.type)})"}
    return None


def _bounds(column: Column) -> tuple[float | None, float | None]:
    """Return the least and the greatest number that the column's own checks leave."""
    own, low, high = re.escape(column.name), None, None
    number = r"\(?(-?\d+(?:\.\d+)?)\)?"
    step = float(10 ** -_scale(column.type))
    for sign, text in re.findall(rf"(?<!\w){own} (>=|<=|>|<) {number}", column.checks):
        value = float(text) + (step if sign == ">" else -step if sign == "<" else 0)
        low, high = (value, high) if sign[0] == ">" else (low, value)
    for least, most in re.findall(rf"(?<!\w){own} between {number} and {number}", column.checks, re.IGNORECASE):
        low, high = float(least), float(most)
    return low, high


# ---------------------------------------------------------------------------------------------- kinds of generators
def _number(column: Column) -> Gen:
    low, high = _bounds(column)
    least = 0.0 if low is None else max(low, 1.0) if high is None and low > 0 else low
    most = high if high is not None else max(least + 1.0, _room(column.type))
    places = _scale(column.type)
    shares = (0.0, 0.1, 0.2, 0.4, 0.8, 1.0)
    marks = [round(least + (most - least) * share, places) for share in shares]
    q = dict(zip(("min", "p25", "p50", "p75", "p95", "max"), (int(mark) if places == 0 else mark for mark in marks), strict=True))
    return {"kind": "number", "q": q, "step": 1 if places == 0 else float(10**-places), "spikes": []}


def _scale(type_: str) -> int:
    found = re.search(r"numeric\(\d+,(\d+)\)", type_)
    return min(int(found[1]), 6) if found else 2 if type_.startswith(("float", "numeric")) else 0


def _room(type_: str) -> float:
    """Return a modest number that surely fits."""
    found = re.search(r"numeric\((\d+),(\d+)\)", type_)
    digits = int(found[1]) - int(found[2]) if found else 3
    return float(min(10**digits - 1, 500)) if not type_.startswith("tinyint") else 100.0


def _moment(column: Column) -> Gen:
    if re.search(r"birth|dob", column.name, re.IGNORECASE):
        return {"kind": "moment", "start": "-80y", "end": "-18y", "growth": 1, "rhythm": "flat", "season": "flat"}
    rhythm = "flat" if column.type == "date" else "office"
    return {"kind": "moment", "start": "-3y", "end": "", "growth": 2, "rhythm": rhythm, "season": "flat"}


def _of_times(start: str, end: str) -> Gen:
    return {"kind": "moment", "start": start, "end": end, "growth": 1, "rhythm": "flat", "season": "flat"}


def _after(ref: str) -> Gen:
    q = {"min": 0, "p25": 1, "p50": 3, "p75": 8, "p95": 30, "max": 90}
    return {"kind": "after", "ref": ref, "unit": "days", "q": q, "rhythm": "flat", "future": False}


def _text(column: Column) -> Gen:
    found = re.search(r"\((\d+)\)", column.type)
    length = int(found[1]) if found else 1_000
    if not column.unique:
        for pattern, type_, group in _WORDS:
            if re.search(rf"(?:^|_)(?:{pattern})(?:_|$)", column.name, re.IGNORECASE) and length >= _FITS.get(type_, _LONG):
                return _semantic(type_, group)
    elif re.search(r"e_?mail", column.name, re.IGNORECASE) and length >= _LONG:
        return _semantic("email", _PERSON)
    return _labels(column, length)


def _labels(column: Column, length: int) -> Gen:
    if column.unique:
        return {"kind": "template", "tiers": [{"share": 100, "values": ["{seq}" if length < 9 else "{upper:2}{seq:6}"]}]}
    if length < 20:
        return {"kind": "template", "tiers": [{"share": 100, "values": [f"{{upper:{min(length, 4)}}}"]}]}
    values = [f"{noun} {kind}" for kind in _KINDS[:4] for noun in _NOUNS]
    return {"kind": "choice", "tiers": [{"share": 60, "values": values[:8]}, {"share": 40, "values": values[8:]}]}


def _choice(values: tuple[str, ...]) -> Gen:
    """Return a choice whose first value is the commonest."""
    if len(values) == 1:
        return {"kind": "choice", "tiers": [{"share": 100, "values": list(values)}]}
    return {"kind": "choice", "tiers": [{"share": 60, "values": [values[0]]}, {"share": 40, "values": list(values[1:])}]}


def _semantic(type_: str, group: str) -> Gen:
    return {"kind": "semantic", "type": type_, "group": group}
