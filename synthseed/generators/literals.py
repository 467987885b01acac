"""Read the texts of a plan as values: numbers, times, truths, labels, by the type of the column that they are for."""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal, InvalidOperation
from typing import cast

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, Form, numbers, texts
from synthseed.errors import PlanError, suggestion
from synthseed.generators.base import Setting
from synthseed.schema import Kind, Type
from synthseed.streams import Ints

DAY = 86_400_000_000  # microseconds
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
TRUTHS = {"true": 1, "t": 1, "yes": 1, "y": 1, "on": 1, "1": 1, "false": 0, "f": 0, "no": 0, "n": 0, "off": 0, "0": 0}
DIGITS = 18  # of an int64
_PLAIN = re.compile(r"-?(0|[1-9]\d{0,17})(\.\d{1,9})?")  # reading it as a number and writing it again gives the same text


def decimal_of(text: str) -> Decimal | None:
    """Return the finite number that a text holds, else None."""
    try:
        value = Decimal(text.strip())
    except InvalidOperation:
        return None
    return value if value.is_finite() and abs(value.adjusted()) < 100 else None


def scale_of(value: Decimal) -> int:
    """Return the digits behind the point."""
    return max(-cast("int", value.as_tuple().exponent), 0)


def day_of(text: str) -> int | None:
    """Return days since 1970-01-01 of an ISO date, else None; of an ISO time, its day."""
    try:
        return (date.fromisoformat(text.strip()) - EPOCH.date()).days
    except ValueError:
        moment = moment_of(text)
        return None if moment is None else moment // DAY


def moment_of(text: str) -> int | None:
    """Return microseconds since 1970 UTC of an ISO date or time, else None; without an offset it is UTC."""
    try:
        value = datetime.fromisoformat(text.strip())
    except ValueError:
        return None
    value = value if value.tzinfo else value.replace(tzinfo=UTC)
    return (value - EPOCH) // timedelta(microseconds=1)


def time_of(text: str) -> int | None:
    """Return microseconds since midnight of an ISO time of day, else None."""
    try:
        value = time.fromisoformat(text.strip())
    except ValueError:
        return None
    return ((value.hour * 60 + value.minute) * 60 + value.second) * 1_000_000 + value.microsecond


_SPAN = re.compile(r"(?P<number>\d+)\s*(?P<unit>day|hour|minute|min|second|sec|week)s?|(?P<h>\d+):(?P<m>\d\d)(?::(?P<s>\d\d))?")
SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "min": 60, "second": 1, "sec": 1}


def span_of(text: str) -> int | None:
    """Return microseconds of `1 day 02:30:00`, `90 minutes`, else None. Months and years have no fixed length."""
    text, sign = text.strip().lower(), 1
    if text.startswith("-"):
        text, sign = text[1:].strip(), -1
    if not text or _SPAN.sub("", text).strip(" ,"):
        return None
    seconds = 0
    for match in _SPAN.finditer(text):
        if match["number"]:
            seconds += int(match["number"]) * SECONDS[match["unit"]]
        else:
            seconds += (int(match["h"]) * 60 + int(match["m"])) * 60 + int(match["s"] or 0)
    return sign * seconds * 1_000_000


# ---------------------------------------------------------------------------------------------- by column
def converted(values: Sequence[str], setting: Setting) -> Cells:
    """Return texts as cells of the setting's column; for a helper column, numbers or truths where all of them are.

    Raises:
        PlanError: A value is none of the column's type: the message names the column, the value and what it takes.
    """
    if setting.column is None:
        return guessed(values, setting.where)
    return of_type(values, setting.column.type, setting.where)


def guessed(values: Sequence[str], where: str) -> Cells:
    """Return numbers where every text is written as one, truths where every text is true or false, else texts."""
    if values and all(_PLAIN.fullmatch(value) for value in values):
        return _decimals(values, None, "")
    if values and set(values) <= {"true", "false"}:
        return Cells(Form.BOOLEAN, np.array([TRUTHS[value] for value in values], np.int64))
    for value in values:
        check_plain(value, where)
    return texts(chunk.strings(values))


def of_type(values: Sequence[str], type_: Type, where: str) -> Cells:
    """Return texts as cells of a type (see `converted`)."""
    match type_.kind:
        case Kind.INTEGER:
            return _integers(values, type_, where)
        case Kind.NUMERIC | Kind.FLOAT:
            return _decimals(values, type_, where)
        case Kind.BOOLEAN:
            found = [TRUTHS.get(value.strip().lower()) for value in values]
            return Cells(Form.BOOLEAN, _all(found, values, where, "true or false"))
        case Kind.DATE:
            return Cells(Form.DATE, _all([day_of(value) for value in values], values, where, "an ISO date, 2024-05-31"))
        case Kind.TIMESTAMP | Kind.TIMESTAMPTZ:
            found = [moment_of(value) for value in values]
            return Cells(Form.MOMENT, _all(found, values, where, "an ISO time, 2024-05-31 09:30:00"))
        case Kind.TIME:
            return Cells(Form.TIME, _all([time_of(value) for value in values], values, where, "a time of day, 09:30:00"))
        case Kind.INTERVAL:
            return Cells(
                Form.SPAN, _all([span_of(value) for value in values], values, where, "days, hours, minutes or seconds: 1 day 02:30:00")
            )
        case Kind.ARRAY if type_.element is not None:
            return _lists(values, type_.element, where)
        case _:
            return _written(values, type_, where)


def _all(found: Sequence[int | None], values: Sequence[str], where: str, expected: str) -> Ints:
    for value, one in zip(values, found, strict=True):
        if one is None:
            raise PlanError(f"{where}: `{value}` is not {expected}; {_hint(value)}")
    return np.array(found, np.int64)


def _hint(value: str) -> str:
    return "plan NULL by `nulls`" if value.strip().lower() in ("", "null", "none") else "change the value in the plan"


def _integers(values: Sequence[str], type_: Type, where: str) -> Cells:
    bits = type_.bits or 64
    low, high = (0, min(2**bits, 2**63) - 1) if type_.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    found: list[int | None] = []
    for value in values:
        number = decimal_of(value)
        number = (
            number if number is not None else Decimal(truth) if (truth := {"true": 1, "false": 0}.get(value.lower())) is not None else None
        )
        found.append(int(number) if number is not None and number == int(number) and low <= number <= high else None)
    return numbers(_all(found, values, where, f"a whole number from {low} to {high} ({type_.sql})"))


def _decimals(values: Sequence[str], type_: Type | None, where: str) -> Cells:
    found = [decimal_of(value) for value in values]
    digits = max((scale_of(value) for value in found if value is not None), default=0)
    exact = type_ is not None and type_.kind is Kind.NUMERIC and type_.scale is not None
    scale = type_.scale if exact and type_ and type_.scale is not None else min(digits, 9)
    precision = min(type_.precision or DIGITS, DIGITS) if exact and type_ else DIGITS
    fits = [
        None
        if value is None or scale_of(value.normalize()) > scale or abs(value.scaleb(scale)) >= 10**precision
        else int(value.scaleb(scale))
        for value in found
    ]
    what = f"a number of {precision} digits, {scale} of them behind the point"
    return numbers(_all(fits, values, where, f"{what} ({type_.sql})" if type_ else what), scale)


def _written(values: Sequence[str], type_: Type, where: str) -> Cells:
    for value in values:
        _check_text(value, type_, where)
    if type_.kind is Kind.UUID:
        return Cells(Form.UUID, chunk.uuids(np.array([list(uuid.UUID(value).bytes) for value in values], np.uint8).reshape(-1, 16)))
    if type_.kind is Kind.BYTES:
        return Cells(
            Form.BYTES, chunk.binaries(bytes.fromhex(value[2:]) if value.startswith("\\x") else value.encode() for value in values)
        )
    return texts(chunk.strings(values))


def check_plain(text: str, where: str) -> None:
    """Raise PlanError where a text holds what no database takes: a zero character, or half of a surrogate pair."""
    if "\0" in text or any("\ud800" <= char <= "\udfff" for char in text):
        raise PlanError(f"{where}: a text holds a zero character or half a character, which no database takes; take it out of the plan")


def _check_text(value: str, type_: Type, where: str) -> None:
    if type_.kind is Kind.ENUM and value not in type_.labels:
        raise PlanError(
            f"{where}: `{value}` is no label of {type_.sql}{suggestion(value, type_.labels)}; its labels: {', '.join(type_.labels)}"
        )
    if type_.kind is Kind.TEXT and type_.length is not None and len(value) > type_.length:
        raise PlanError(f"{where}: `{value}` has {len(value)} characters, {type_.sql} takes {type_.length}; shorten it in the plan")
    check_plain(value, where)
    try:
        if type_.kind is Kind.UUID:
            uuid.UUID(value)
        elif type_.kind is Kind.JSON:
            json.loads(value)
        elif type_.kind is Kind.BYTES and value.startswith("\\x"):
            bytes.fromhex(value[2:])
    except (ValueError, RecursionError):
        raise PlanError(f"{where}: `{value}` is no {type_.sql}; {_hint(value)}") from None


def _lists(values: Sequence[str], element: Type, where: str) -> Cells:
    found = [_elements(value, where) for value in values]
    offsets = np.cumsum([0, *map(len, found)]).astype(np.int64)
    cells = of_type([one for some in found for one in some], element, where)
    type_ = chunk.arrow_type(element, cells.scale)
    return Cells(Form.LIST, chunk.lists(offsets, chunk.to_arrow(cells, element, where) if len(cells) else chunk.empty(type_, 0)))


def _elements(value: str, where: str) -> list[str]:
    """Return the elements of `{a,b}` or `["a", "b"]`."""
    text = value.strip()
    if text.startswith("{") and text.endswith("}") and not set(text[1:-1]) & set('{}"\\'):
        return [part.strip() for part in text[1:-1].split(",")] if text[1:-1].strip() else []
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, list) or any(isinstance(one, list | dict) or one is None for one in found):
        raise PlanError(f'{where}: `{value}` is no list; write an array as {{a,b}} or ["a", "b"]')
    return [one if isinstance(one, str) else json.dumps(one) for one in found]
