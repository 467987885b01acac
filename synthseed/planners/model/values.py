"""Judge single values that a model wrote: do they fit their column, and do they reach nobody."""

from __future__ import annotations

import re
from ipaddress import IPv4Address, ip_address

from synthseed.errors import PlanError
from synthseed.schema import Column, Kind

# What would reach somebody: an address outside of the reserved names, a link, a number long enough to be a card's or a phone's.
# A token of a template (`{slot}`) may stand for any part of a domain, or for all of it.
MAIL_DOMAIN = re.compile(
    r"(?<=[\w}.+-])@(?!example\.(?:com|org|net)\b)(?![\w-]+\.example\b)(?:((?:[\w-]|\{[^{}]*\})+(?:\.(?:[\w-]|\{[^{}]*\})+)+)|\{[^{}]*\})"
)
LINK = re.compile(r"\b(https?://|www\.)(?!example\.(?:com|org|net)\b)(?![\w-]+\.example\b)([^\s/'\"<>]+)", re.IGNORECASE)
# A date is eight digits and the hour two more: it is passed over first, or `2024-05-31 09:30` would lose its digits.
LONG_NUMBER = re.compile(r"(?<![\w.])(?:((?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:[0-2]\d|3[01])(?!\d))|\+?\d(?:[ ()./-]{0,2}\d){8,18}(?![\w.]))")
ADDRESS = re.compile(r"(?<![\w.:])(?:(?:\d{1,3}\.){3}\d{1,3}|[0-9a-f]{0,4}(?::[0-9a-f]{0,4}){2,7})(?![\w.:])", re.IGNORECASE)
IBAN = re.compile(r"(?<!\w)([A-Z]{2})(\d\d)((?: ?[A-Z0-9]){11,30})(?!\w)")
DIALLED = re.compile(r"(?<![\w.])\+\d(?:[ ()./-]{0,2}\d){8,14}(?![\w.])")
FORMULA = re.compile(r"^\s*[=+@\t\r-]")
NUMERIC = re.compile(r"\s*[+-]?\d[\d.,]*\s*%?\s*")
SAFE = "example.com"


def textual(column: Column) -> bool:
    """Return whether any text may stand in a column."""
    return column.type.kind in (Kind.TEXT, Kind.OTHER)


def safe(value: str) -> str:
    """Return a text whose addresses, links, accounts and long numbers reach nobody (RFC 2606, RFC 5737, RFC 3849)."""
    made = MAIL_DOMAIN.sub(f"@{SAFE}", value)
    made = LINK.sub(lambda found: f"{found[1]}{SAFE}", made)
    made = ADDRESS.sub(lambda found: _unrouted(found[0]), made)
    made = IBAN.sub(_unpaid, made)
    return LONG_NUMBER.sub(lambda found: found[1] or re.sub(r"\d", "0", found[0]), made) if "{" not in made else made


def reaches(value: str) -> bool:
    """Return whether a finished text holds an address, a link, an account or a dialled number that could be somebody's.

    Digits alone are no number to dial: an order's number has as many. A formula reaches a spreadsheet.
    """
    named = MAIL_DOMAIN.search(value) or LINK.search(value) or DIALLED.search(value)
    numbered = any(_unrouted(found[0]) != found[0] for found in ADDRESS.finditer(value)) or IBAN.sub(_unpaid, value) != value
    return bool(named) or numbered or harmless(value) != value


def _unrouted(text: str) -> str:
    """Return an IP address of a documentation range in place of one that the internet routes."""
    try:
        address = ip_address(text)
    except ValueError:
        return text
    if not address.is_global:
        return text
    return f"192.0.2.{address.packed[3]}" if isinstance(address, IPv4Address) else f"2001:db8::{address.packed[15]:x}"


def _unpaid(found: re.Match[str]) -> str:
    """Return an account number whose check digits are 00, which no bank gives (ISO 13616), in place of one that holds."""
    number = (found[3] + found[1] + found[2]).replace(" ", "")
    holds = int("".join(str(int(char, 36)) for char in number)) % 97 == 1
    return f"{found[1]}00{found[3]}" if holds else found[0]


def harmless(value: str) -> str:
    """Return a text without the first characters that make a spreadsheet take it for a formula; a number keeps its sign."""
    if not FORMULA.match(value) or NUMERIC.fullmatch(value):
        return value
    return value.lstrip("=+-@\t\r ") or value  # a sign alone is no formula


def misfit(value: str, column: Column) -> str:
    """Return why a text is no value of a column's type, as a sentence; empty where it is one."""
    from synthseed.generators.literals import of_type

    kind = column.type
    if kind.kind is Kind.TEXT and kind.length is not None and len(value) > kind.length:
        return f"a text has {len(value)} characters, {kind.sql} takes {kind.length}"
    if kind.kind in (Kind.TEXT, Kind.OTHER, Kind.ARRAY):
        return ""
    try:
        of_type([value], kind, column.name)
    except PlanError as error:
        return str(error).removeprefix(f"{column.name}: ")
    return ""
