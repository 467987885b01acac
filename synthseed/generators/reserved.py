"""Tell from a text alone whether it is an identifier that reaches nobody: what a lint over stored rows asks.

The arithmetic is written apart from the generators', one value at a time, so that a fault in one is not a fault in both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from ipaddress import ip_address, ip_network

DOMAIN = re.compile(r"(?:[a-z0-9-]+\.)*(?:example|example\.(?:com|org|net))")
DOCUMENTATION = [
    ip_network(text) for text in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "240.0.0.0/4", "2001:db8::/32", "3fff::/20")
]
FICTION = re.compile(
    r"(?:1?[2-9]\d\d(?:55501\d\d|[01]\d{6}))|(?:0(?:11[3-8]|121|131|141|151|161)4960\d{3})|0191498\d{4}|02079460\d{3}|02896496\d{3}|02920180\d{3}"
    r"|(?:01632960|07700900|08081570|03069990)\d{3}|09098790\d{3}|(?:03023125|06990009|04066969|08999998)\d{3}|02214710\d{3}"
    r"|(?:019900|026191|035301|046571|053649|063998)\d{4}|0[2378](?:5550|7010)\d{4}|02091\d{5}|999\d{7,12}"
)


def reserved(type_: str, text: str) -> bool:
    """Return True when a value of a type is reserved for fiction or can't be anyone's.

    Args:
        type_: `email`, `phone`, `ipv4`, ...: a type of `semantic.TYPES` whose `identifier` is true.
        text: The value as it is stored.
    """
    return _RULES[type_](text.strip())


def _digits(text: str) -> list[int]:
    return [int(char) for char in text if char.isdecimal()]


def luhn_holds(text: str) -> bool:
    """Return True when the digits pass the Luhn check."""
    total = 0
    for place, digit in enumerate(reversed(_digits(text))):
        total += digit if place % 2 == 0 else (digit * 2 - 9 if digit > 4 else digit * 2)
    return total % 10 == 0


def _email(text: str) -> bool:
    local, _, domain = text.rpartition("@")
    return bool(local) and bool(DOMAIN.fullmatch(domain))


def _url(text: str) -> bool:
    found = re.fullmatch(r"https?://([^/:?#]+)(?:[:/?#].*)?", text)
    return found is not None and bool(DOMAIN.fullmatch(found[1]))


def _ip(text: str) -> bool:
    try:
        address = ip_address(int(text) if text.isdecimal() else text)
    except ValueError:
        return False
    return any(address in network for network in DOCUMENTATION if network.version == address.version)


def _network(text: str) -> bool:
    try:
        inner = ip_network(text)
    except ValueError:
        return False
    return any(inner.subnet_of(outer) for outer in DOCUMENTATION[:3] if inner.version == outer.version)  # type: ignore[arg-type]


def _mac(text: str) -> bool:
    bare = re.sub(r"[^0-9a-f]", "", text.lower())
    return len(bare) == 12 and (bare.startswith("00005e0053") or bare[1] in "26ae")


def _card(text: str) -> bool:
    return len(_digits(text)) in (15, 16) and not luhn_holds(text)


def _iban(text: str) -> bool:
    bare = text.replace(" ", "").upper()
    if not re.fullmatch(r"[A-Z]{2}\d{2}[A-Z0-9]{11,30}", bare):
        return False
    value = int("".join(str(int(char, 36)) for char in bare[4:] + bare[:4]))
    return value % 97 != 1 and bare[2:4] not in ("00", "01")


def _vat(text: str) -> bool:
    """Return True for a number whose country's rule it breaks."""
    country, rest = text[:2], text[2:]
    rules: dict[str, Callable[[], bool]] = {
        "XX": lambda: True,
        "DE": lambda: rest.startswith("0"),
        "FR": lambda: not luhn_holds(rest[2:]),
        "IT": lambda: not luhn_holds(rest),
        "ES": lambda: not luhn_holds(rest[1:]),
        "NL": lambda: rest.endswith("B00"),
        "SE": lambda: not luhn_holds(rest[:10]),
        "PL": lambda: sum(a * b for a, b in zip(_digits(rest), (6, 5, 7, 2, 3, 4, 5, 6, 7), strict=False)) % 11 != _digits(rest)[-1],
        "GB": lambda: _british(rest),
        "AT": lambda: _austrian(rest),
        "BE": lambda: 97 - int(rest[:8]) % 97 != int(rest[8:]),
    }
    if country in rules:
        return rules[country]()
    return _tax(text)


def _british(rest: str) -> bool:
    digits = _digits(rest)
    total = sum(a * b for a, b in zip(digits, (8, 7, 6, 5, 4, 3, 2), strict=False)) + digits[7] * 10 + digits[8]
    return total % 97 not in (0, 97 - 55)


def _austrian(rest: str) -> bool:
    digits = _digits(rest)
    total = sum(digit if place % 2 == 0 else digit * 2 // 10 + digit * 2 % 10 for place, digit in enumerate(digits[:7]))
    return (10 - (total + 4) % 10) % 10 != digits[7]


def _tax(text: str) -> bool:
    digits = _digits(text)
    if len(digits) == 9:
        return f"{digits[0]}{digits[1]}" in ("00", "07", "08", "09")
    return len(digits) == 14 and _mod_11(digits[:12], (5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2)) != digits[12]


def _mod_11(digits: list[int], weights: tuple[int, ...]) -> int:
    rest = sum(a * b for a, b in zip(digits, weights, strict=True)) % 11
    return 0 if rest < 2 else 11 - rest


def _national(text: str) -> bool:
    """Return True for a number that its scheme, known by its form, can't have given out."""
    bare = re.sub(r"[ .-]" if "." in text else r"[ .]", "", text)
    if re.fullmatch(r"\d{3}-?\d{2}-?\d{4}", text) and (bare.startswith(("666", "000")) or re.sub(r"\D", "", text)[3:5] == "00"):
        return True
    schemes: list[tuple[str, Callable[[list[int], str], bool]]] = [
        (r"(?:BG|GB|KN|NK|NT|TN|ZZ)\d{6}[A-D]", lambda digits, bare: True),
        (r"\d{6}-\d{4}", lambda digits, bare: not luhn_holds(bare)),
        (r"\d{6}-9\d{2}[0-9A-Y]", lambda digits, bare: _finnish(bare)),
        (r"\d{8}[A-Z]", lambda digits, bare: "TRWAGMYFPDXBNJZSQVHLCKE"[int(bare[:8]) % 23] != bare[8]),
        (r"\d{15}", lambda digits, bare: 97 - int(bare[:13]) % 97 != int(bare[13:])),
        (r"\d{12}", lambda digits, bare: _my_number(digits)),
        (r"\d{11}", lambda digits, bare: _eleven(digits, text)),
        (r"\d{10}", lambda digits, bare: not luhn_holds(bare)),
        (
            r"\d{9}",
            lambda digits, bare: bare[0] == "0" or sum(d * w for d, w in zip(digits, (9, 8, 7, 6, 5, 4, 3, 2, -1), strict=True)) % 11 != 0,
        ),
    ]
    return any(re.fullmatch(pattern, bare) is not None and holds(_digits(bare), bare) for pattern, holds in schemes)


def _finnish(bare: str) -> bool:
    """Return True for a temporary Finnish code (individual number from 900) with the check character that it needs."""
    return 1 <= int(bare[:2]) <= 31 and "0123456789ABCDEFHJKLMNPRSTUVWXY"[int(bare[:6] + bare[7:10]) % 31] == bare[10]


def _my_number(digits: list[int]) -> bool:
    rest = sum(d * w for d, w in zip(digits, (6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), strict=False)) % 11
    return (0 if rest < 2 else 11 - rest) != digits[11]


def _eleven(digits: list[int], text: str) -> bool:
    """Return True when the check digits of CPF, PESEL or the German tax number, by the layout or all of them, fail."""
    if "." in text:
        return _mod_11(digits[:9], (10, 9, 8, 7, 6, 5, 4, 3, 2)) != digits[9]
    product = 10
    for digit in digits[:10]:
        total = (digit + product) % 10 or 10
        product = total * 2 % 11
    german = (11 - product) % 10 == digits[10]
    polish = sum(d * w for d, w in zip(digits, (1, 3, 7, 9, 1, 3, 7, 9, 1, 3, 1), strict=True)) % 10 == 0
    return not (german and polish)


def _ean(text: str) -> bool:
    return text.startswith("952") and len(text) == 13


def _isbn(text: str) -> bool:
    digits = _digits(text)
    return len(digits) == 13 and sum(digit * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10 != 0


def _vin(text: str) -> bool:
    values = dict(zip("ABCDEFGHJKLMNPRSTUVWXYZ", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9), strict=True))
    numbers = [values.get(char, int(char) if char.isdecimal() else 0) for char in text]
    total = sum(a * b for a, b in zip(numbers, (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2), strict=True)) % 11
    return text[8] != "0123456789X"[total]


def _asn(text: str) -> bool:
    number = int(text)
    return 64496 <= number <= 64511 or 65536 <= number <= 65551 or 4_200_000_000 <= number <= 4_294_967_294


_RULES: Mapping[str, Callable[[str], bool]] = {
    "email": _email,
    "domain": lambda text: bool(DOMAIN.fullmatch(text)),
    "hostname": lambda text: bool(DOMAIN.fullmatch(text)),
    "url": _url,
    "referrer": _url,
    "phone": lambda text: bool(FICTION.fullmatch("".join(char for char in text if char.isdecimal()))),
    "ipv4": _ip,
    "ipv6": _ip,
    "ip_cidr": _network,
    "mac": _mac,
    "asn": _asn,
    "card_number": _card,
    "iban": _iban,
    "bic": lambda text: len(text) in (8, 11) and text[7] == "0",
    "national_id": _national,
    "tax_id": lambda text: _vat(text),
    "vat_id": _vat,
    "imei": lambda text: text.startswith("00") and not luhn_holds(text),
    "vin": _vin,
    "isbn": _isbn,
    "ean": _ean,
}
