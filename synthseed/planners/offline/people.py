"""Plan people, places, firms and identifiers: which built-in meaning a column has, and whom it describes.

Columns of one `group` describe one person, place or company of the row, so that they agree.
"""

from __future__ import annotations

from decimal import Decimal

from synthseed.expression_nodes import quoted
from synthseed.generators.semantic import TYPES
from synthseed.plan import Gen, Null, Override, Semantic, Slot, Tier
from synthseed.planners.offline.draft import Draft, of_place
from synthseed.planners.offline.forms import formed
from synthseed.planners.offline.names import ends
from synthseed.planners.offline.roles import FIRMS, PEOPLE
from synthseed.planners.offline.shapes import choice, number, template
from synthseed.schema import Column, Kind
from synthseed.words import Words
from synthseed.words_sources import cldr

MEANINGS: dict[str, tuple[str, ...]] = {
    "first_name": ("first name", "given name", "call name"),
    "middle_name": ("middle name", "second name"),
    "last_name": ("last name", "family name", "maiden name", "birth name"),
    "full_name": ("full name", "contact name", "contact person", "account holder", "card holder", "cardholder", "holder name"),
    "username": ("user name", "login", "login name", "nickname", "screen name", "handle", "nick", "gamertag", "account name"),
    "email": ("email", "mail", "email address", "mail address", "e mail"),
    "phone": ("phone", "telephone", "mobile", "fax", "cell", "cellphone", "phone number", "mobile number", "fax number", "mobile phone"),
    "password_hash": ("password", "password hash", "hashed password", "encrypted password", "password digest", "crypted password"),
    "job_title": ("job title", "occupation", "profession", "job position", "designation"),
    "company": ("company", "company name", "employer", "organization name", "firm", "business name"),
    "street": ("street", "address", "street address", "address line", "address line 1", "address 1", "line 1", "street 1", "street name"),
    "city": ("city", "town", "municipality", "locality", "birth city", "place of birth"),
    "state": ("province", "county", "federal state", "address state"),
    "postcode": ("postcode", "postal code", "post code", "postcode prefix"),
    "country": ("country", "country name", "nation"),
    "nationality": ("nationality",),
    "country_code": ("country code", "country iso", "iso country", "country iso code"),
    "latitude": ("latitude",),
    "longitude": ("longitude",),
    "timezone": ("time zone", "timezone"),
    "locale": ("locale",),
    "language_code": ("language code", "language", "lang"),
    "currency_code": ("currency", "currency code", "iso currency"),
    "url": ("url", "website", "homepage", "web site", "link", "uri", "web page", "web address", "site url"),
    "referrer": ("referrer", "referer", "referrer url"),
    "domain": ("domain", "domain name"),
    "hostname": ("host name", "host", "fqdn", "server name"),
    "ipv4": ("ip", "ip address", "ipv4", "remote address", "ipv4 address"),
    "ipv6": ("ipv6", "ipv6 address"),
    "mac": ("mac", "mac address", "hardware address"),
    "user_agent": ("user agent",),
    "browser": ("browser",),
    "os": ("os", "operating system"),
    "http_method": ("http method", "request method"),
    "file_name": ("file name", "original name", "attachment name"),
    "file_path": ("file path", "storage path", "storage key"),
    "extension": ("file extension", "extension"),
    "mime_type": ("mime type", "mime", "media type", "content type"),
    "color": ("color", "hex color", "color hex", "color code"),
    "uuid": ("uuid", "guid", "public id"),
    "md5": ("md5",),
    "sha1": ("sha1", "sha 1"),
    "sha256": ("sha256", "sha 256"),
    "commit_sha": ("commit", "commit sha", "commit hash", "sha"),
    "hash": ("hash", "checksum", "digest", "etag", "fingerprint"),
    "token": ("token", "secret", "session key", "secret key", "access key"),
    "api_key": ("api key",),
    "iban": ("iban",),
    "bic": ("bic", "swift", "swift code"),
    "bank_name": ("bank name", "bank"),
    "card_number": ("card number", "credit card", "credit card number"),
    "card_last4": ("card last4", "last4", "last 4", "last four", "card last 4", "card suffix"),
    "card_brand": ("card brand", "card type", "card network"),
    "card_expiry": ("card expiry",),
    "cvv": ("cvv", "cvc"),
    "national_id": ("social security number", "national id", "identity number", "insurance number", "passport number"),
    "tax_id": ("tax id", "tax number", "tax identifier"),
    "vat_id": ("vat id", "vat number"),
    "license_plate": ("license plate", "licensed plate", "licence plate", "plate number", "number plate", "registration plate", "plate"),
    "vin": ("vin",),
    "imei": ("imei",),
    "isbn": ("isbn", "isbn13", "isbn 13"),
    "ean": ("ean", "gtin", "barcode", "upc", "ean code"),
    "gender": ("gender", "sex"),
    "salutation": ("salutation",),
}
PERSON = frozenset(name for name, info in TYPES.items() if info.family == "person") | {"phone", "password_hash"}
PLACE = frozenset(name for name, info in TYPES.items() if info.family == "place")
CURRENCIES: dict[str, tuple[tuple[int, str], ...]] = {
    "US": ((93, "USD"), (4, "EUR"), (3, "GBP")),
    "GB": ((90, "GBP"), (7, "EUR"), (3, "USD")),
    "": ((93, "EUR"), (4, "CHF"), (3, "USD")),
}
COUNTRIES: dict[str, tuple[tuple[int, str], ...]] = {
    "DE": ((74, "DE"), (14, "AT"), (12, "CH")),
    "FR": ((80, "FR"), (12, "BE"), (8, "CH")),
    "ES": ((82, "ES"), (18, "PT")),
    "": ((70, "US"), (18, "CA"), (12, "GB")),
}
NEAR = ("city", "postcode", "street", "address", "country", "zip")
SPELLINGS = {phrase: meaning for meaning, phrases in MEANINGS.items() for phrase in phrases}
ROADS = 400
PHONE = 20  # characters of the longest number as people write it
OWNERS = (
    "ship", "shipping", "bill", "billing", "delivery", "contact", "emergency", "home", "work", "sender", "recipient", "pickup", "origin",
    "destination", "from", "to", "mailing", "invoice", "birth", "guardian", "parent", "start", "end", "departure", "arrival", "source",
)  # fmt: skip


def plan_people(draft: Draft) -> None:
    """Plan the columns that describe people, places and firms, and identifiers that must reach nobody."""
    for column in draft.todo:
        if column.type.kind not in (Kind.TEXT, Kind.OTHER, Kind.NUMERIC, Kind.FLOAT, Kind.UUID, Kind.ARRAY, Kind.BYTES):
            continue
        if draft.limits[column.name].among:
            continue
        found = _plan_one(draft, column)
        if draft.limits[column.name].patterns:
            gen = formed(draft, column, found[0] if found is not None else None)
            found = (gen, found[1] if found is not None else None) if gen is not None else None
        if found is not None:
            draft.put(column, *found[:1], nulls=found[1])
    _whole_addresses(draft)


def _whole_addresses(draft: Draft) -> None:
    """Leave out an address as a whole: the parts of one place are NULL together."""
    groups: dict[str, list[str]] = {}
    for column in draft.free:
        gen = draft.columns[column.name].gen if column.name in draft.columns else None
        if isinstance(gen, Semantic) and gen.type in PLACE and gen.group:
            groups.setdefault(gen.group, []).append(column.name)
    for columns in groups.values():
        if not all(draft.table.column(name).nullable for name in columns):
            for name in columns:  # a postcode that is always there has its town
                draft.nulls.pop(name, None)
            continue
        first, *others = columns
        numbers = [
            c.name
            for c in draft.free
            if c.nullable and c.name in draft.columns and ends(draft.names[c.name], "house number", "street number")
        ]
        for name in (*others, *numbers):
            draft.nulls.pop(name, None)
            draft.overrides.append(Override(name, f"{quoted(first)} is null", Null()))


def _plan_one(draft: Draft, column: Column) -> tuple[Gen, int | None] | None:
    kind, words = column.type.kind, draft.names[column.name]
    if column.name in draft.shared and "country" in words and words[-1] in ("country", "code") and not draft.needed(column.name):
        return choice(*COUNTRIES.get(draft.locale[-2:], COUNTRIES[""])), 0  # part of a key: its values are counted
    if kind is Kind.UUID:
        return Semantic("uuid"), draft.scatter(column.name, 5, 30)
    if kind in (Kind.NUMERIC, Kind.FLOAT):
        axis = meaning(draft, column, words)
        return (Semantic(axis, _group(draft, words, axis)), 8) if axis in ("latitude", "longitude") else None
    if kind is Kind.BYTES:
        return Semantic("hash"), draft.scatter(column.name, 5, 40)
    if kind is Kind.OTHER:
        return _network(column)
    if _home_alone(draft, column, words):
        return _home(draft, column), 3
    special = _parts_of_an_address(draft, column, words)
    if special is not None:
        return special
    found = meaning(draft, column, words)
    if found == "street" and draft.said & {"house number", "street number"} and not draft.needed(column.name):
        return _road(draft), 6
    if found == "currency_code" and not any(word in draft.said for word in NEAR) and not draft.needed(column.name):
        return choice(*CURRENCIES.get(draft.locale[-2:], CURRENCIES[""])), 4
    limit = draft.limits[column.name]
    if found == "phone" and (limit.longest or 99) < PHONE and limit.longest != column.type.length:
        return (template("555010" + f"{{digits:{max(10, limit.shortest) - 6}}}"), 12) if (limit.longest or 0) >= 10 else None
    if found is None or (column.type.length or 99) < TYPES[found].low:
        return None
    return Semantic(found, _group(draft, words, found)), _nulls(found, words, draft, column)


def _road(draft: Draft) -> Gen:
    """Return a street without a number, which has a column of its own."""
    words = Words.of(draft.locale)
    for name, pool in (("road", "street"), ("road_kind", "street_suffix")):
        listed = words.pool(pool).texts
        draft.slots[name] = Slot(name, (Tier(Decimal(100), tuple(listed[:: max(len(listed) // ROADS, 1)])),))
    if draft.locale[:2] in ("de", "nl"):
        return template("{road}")
    return template("{road} {road_kind}" if draft.locale[:2] == "en" else "{road_kind} {road}")


def _home_alone(draft: Draft, column: Column, words: tuple[str, ...]) -> bool:
    """Tell a country without an address: in a database of one language nearly everyone is at home."""
    said = meaning(draft, column, words)
    if (
        said not in ("country", "country_code")
        or column.type.length == 3
        or draft.needed(column.name)
        or draft.words[-1] in ("country", "location", "currency")
    ):
        return False
    return not any(_group(draft, draft.names[c.name], "city") == _group(draft, words, said) and says_place(draft, c) for c in draft.free)


def says_place(draft: Draft, column: Column) -> bool:
    """Tell a column of an address other than its country."""
    return bool(set(draft.names[column.name]) & {"city", "postcode", "street", "zip", "town", "latitude", "state", "region"})


def _home(draft: Draft, column: Column) -> Gen:
    """Return the locale's own country for nearly all rows, and its neighbours for the rest."""
    own, *others = (code for _, code in COUNTRIES.get(draft.locale[-2:], ((1, draft.locale[-2:]), *COUNTRIES[""])))
    if meaning(draft, column, draft.names[column.name]) == "country":
        names = cldr(draft.locale[:2]).get("territories", {})
        own, *others = (names.get(code, code) for code in (own, *others))
    room = column.type.length or 99
    codes = [text for text in dict.fromkeys((own, *others)) if len(text) <= room] or [own[:room]]
    return choice((96, codes[0]), (4, tuple(codes[1:]) or codes[0]))


def _network(column: Column) -> tuple[Gen, int | None] | None:
    """Return addresses for PostgreSQL's network types."""
    found = {"inet": "ipv4", "cidr": "ip_cidr", "macaddr": "mac"}.get(column.type.sql.lower())
    return None if found is None else (Semantic(found), 20)


def _parts_of_an_address(draft: Draft, column: Column, words: tuple[str, ...]) -> tuple[Gen, int | None] | None:
    if ends(words, "house number", "street number"):
        return number("1 8 19 44 128 340"), 5
    if words == ("address",) and (column.type.length or 99) >= TYPES["address"].low and not draft.said & {"city", "postcode"}:
        return Semantic("address", "place"), 8
    near = draft.said & {"address 1", "line 1", "address line 1", "street", "city", "postcode", "address"}
    if near and ends(words, "line 2", "address 2", "address line 2", "street 2", "line 3", "address 3", "line 4", "supplement"):
        if column.nullable:
            return choice((60, "2nd floor"), (40, "c/o reception")), 88
        return choice((90, ""), (10, "2nd floor")), 0
    if ends(words, "house number supplement"):
        return template("{upper:1}"), 90
    return None


def meaning(draft: Draft, column: Column, words: tuple[str, ...]) -> str | None:
    """Return the built-in meaning of a column, None where it has none."""
    said = " ".join(words)
    table = set(draft.words)
    length = column.type.length or 99
    if said in ("name", "title", "label", *(f"{word} name" for word in draft.words)):
        return _name(draft, column, said, table)
    if words[-1] == "name" and len(words) > 1 and words[-2] in PEOPLE and words[-2] not in ("user", "account", "profile", "host"):
        return "full_name"
    if words[-1] == "name" and len(words) > 1 and words[-2] in FIRMS and words[-2] not in ("brand", "team", "branch", "class"):
        return "company"
    if words[-1] == "name" and len(words) > 1 and words[-2] in OWNERS[6:13]:
        return "full_name"
    placed = words in (("state",), ("region",)) or (words[-1] in ("state", "region") and words[0] in OWNERS)
    if (placed and any(word in draft.said for word in NEAR)) or (words[-1] == "state" and of_place(draft, column)):
        return "state_code" if length <= 3 else "state"
    for size in (3, 2, 1):
        found = SPELLINGS.get(" ".join(words[-size:])) if len(words) >= size else None
        if found is None:
            continue
        if size == len(words) or _may_lead(found, words[:-size], column):
            return _by_length(found, length, words, draft)
    return None


def _name(draft: Draft, column: Column, said: str, table: set[str]) -> str | None:
    """Return what `name` names in this table; None where it is a thing, whose name is a matter of texts."""
    head = draft.words[-1]
    if said in ("title", "label"):
        return None
    if head == "tenant" and not draft.said & {"email", "phone", "first name", "birth date"}:
        return "company"  # of a platform, not of a flat
    first, last = "first name" in draft.said, "last name" in draft.said
    if first and not last:
        return "last_name"
    if last and not first:
        return "first_name"
    if head in ("user", "account", "profile") and said == "user name":
        return "username"
    if (head in PEOPLE and head not in ("account", "profile", "lead")) or (
        head in ("account", "profile", "lead") and "email" in draft.said
    ):
        return "full_name"
    return "company" if head in FIRMS and head not in ("brand", "team", "branch", "warehouse", "plant", "ward", "class") else None


def _may_lead(found: str, before: tuple[str, ...], column: Column) -> bool:
    """Tell whether words in front only say whose it is: `billing email` is an e-mail, `color name` would not be."""
    if found in ("username", "full_name", "job_title", "language_code") or (
        found in ("country", "gender", "color", "company") and "count" in before
    ):
        return found != "job_title" and not set(before) & {"product", "class", "field"}
    if found in (
        "hash",
        "token",
        "url",
        "email",
        "phone",
        "uuid",
        "ipv4",
        "ipv6",
        "mac",
        "password_hash",
        "file_name",
        "iban",
        "timezone",
        "currency_code",
    ):
        return True
    return bool(set(before) & (set(OWNERS) | PEOPLE | FIRMS)) or found in ("color", "city", "country", "country_code", "postcode", "locale")


def _by_length(found: str, length: int, words: tuple[str, ...], draft: Draft) -> str | None:
    if found == "country":
        return "country_code" if length <= 3 else "country"
    if found == "state" and length <= 3:
        return "state_code"
    if found == "language_code":
        return found if length <= 12 or words[-1] == "code" else ("locale" if words[-1] == "locale" else "language_code")
    if found in ("token", "hash") and length < 16:
        return None
    if found == "slug":
        return None  # a slug follows the name of its own row: a matter of texts
    if found == "mime_type" and words == ("content", "type") and "http" in draft.words:
        return found
    return found


def _group(draft: Draft, words: tuple[str, ...], found: str) -> str:
    """Return whom a column describes: `billing_city` and `city` are two places, `email` and `name` one person."""
    owner = next((word for word in words[:-1] if word in OWNERS and word not in draft.words), "")
    owner = {"shipping": "ship", "billing": "bill"}.get(owner, owner)
    if not owner and len(words) > 1 and found in PERSON and found != "username" and words[-1] in ("name", "email", "phone"):
        owner = next((word for word in words[:-1] if word in PEOPLE and word not in draft.words), "")
    named = bool(draft.said & {"user name", "first name", "last name"})
    if found in PERSON:
        kind = "person" if found != "email" or owner or named or draft.words[-1] not in FIRMS else "company"
    elif found in PLACE:
        kind = "place"
    elif found in ("company", "domain", "url"):
        kind = "company" if draft.words[-1] in FIRMS or "company" in draft.said or found == "company" else ""
    else:
        return ""
    return f"{owner}_{kind}" if owner and kind else kind


def _nulls(found: str, words: tuple[str, ...], draft: Draft, column: Column) -> int:
    if "middle" in words:
        return 62
    if found == "company" and draft.said & {"first name", "last name"}:
        return 68  # most people order for themselves
    low = {
        "phone": 12,
        "email": 6,
        "first_name": 2,
        "last_name": 2,
        "full_name": 3,
        "city": 4,
        "street": 6,
        "country": 2,
        "postcode": 6,
    }.get(found, 10)
    return low + draft.scatter(column.name, 0, 12)
