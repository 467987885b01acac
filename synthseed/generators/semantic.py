"""Name the built-in values that a plan may ask for by `use: semantic`, and build them.

`TYPES` is what planners read; it is cheap to import. Columns whose types share a `family` and that name one `group` describe one
person, place, company or card.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from synthseed.errors import PlanError, suggestion
from synthseed.plan import Semantic
from synthseed.schema import Kind

if TYPE_CHECKING:
    from synthseed.generators.base import Generator, Setting

TEXT = (Kind.TEXT,)
LABEL = (Kind.TEXT, Kind.ENUM)
DIGITS = (Kind.TEXT, Kind.INTEGER, Kind.NUMERIC)
NUMBERS = (Kind.TEXT, Kind.NUMERIC, Kind.FLOAT)
INPUT = (Kind.TEXT, Kind.OTHER)


@dataclass(frozen=True, slots=True)
class TypeInfo:
    """Describe a built-in value.

    Attributes:
        about: What it is, for the reader of a plan.
        family: `person`, `place`, `company`, `card`, `product`, `file`; "" for a value that stands alone.
        kinds: Kinds of columns that it fills.
        identifier: True where values come from reserved or impossible ranges (docs: privacy).
        low: Characters that the column needs at least.
    """

    about: str
    family: str = ""
    kinds: tuple[Kind, ...] = TEXT
    identifier: bool = False
    low: int = 1

    @property
    def numeric(self) -> bool:
        """Return True when it fills columns of numbers too."""
        return Kind.INTEGER in self.kinds or Kind.NUMERIC in self.kinds


TYPES: Mapping[str, TypeInfo] = {
    "first_name": TypeInfo("given name, by the person's gender", "person", low=4),
    "last_name": TypeInfo("surname", "person", low=4),
    "full_name": TypeInfo("given name and surname, in the language's order", "person", low=14),
    "middle_name": TypeInfo("another given name of the same gender", "person", low=4),
    "initials": TypeInfo("first letters of the names", "person", low=2),
    "gender": TypeInfo("woman or man, in the column's or the language's words; 2 and 1 in numbers", "person", (*LABEL, Kind.INTEGER)),
    "salutation": TypeInfo("Ms, Mr and the like", "person", low=2),
    "username": TypeInfo("user name, made of the person's name", "person", low=18),
    "email": TypeInfo("e-mail address in example.com or .example; at the company of its group", "person", identifier=True, low=30),
    "occupation": TypeInfo("what someone works as", "person", low=6),
    "job_title": TypeInfo("what someone works as", "person", low=6),
    "nationality": TypeInfo("nationality, in the locale's language", "person", low=5),
    "street": TypeInfo("street and house number", "place", low=30),
    "address": TypeInfo("address on one line", "place", low=90),
    "secondary_address": TypeInfo("flat, floor or suite", "place", low=8),
    "city": TypeInfo("town", "place", low=4),
    "state": TypeInfo("state or region", "place", low=2),
    "region": TypeInfo("state or region", "place", low=2),
    "state_code": TypeInfo("code of the state", "place", low=2),
    "postcode": TypeInfo("postcode", "place", DIGITS, low=4),
    "county": TypeInfo("county, in America", "place", low=4),
    "country": TypeInfo("country, in the locale's language; its code where the column is short", "place", low=2),
    "country_code": TypeInfo("ISO 3166 code of two letters", "place", LABEL, low=2),
    "latitude": TypeInfo("degrees north, of the town, to two decimals", "place", NUMBERS, low=6),
    "longitude": TypeInfo("degrees east, of the town, to two decimals", "place", NUMBERS, low=7),
    "timezone": TypeInfo("IANA name of the time zone", "place", low=16),
    "locale": TypeInfo("language and country: de_DE", "place", LABEL, low=5),
    "language_code": TypeInfo("ISO 639 code of two letters", "place", LABEL, low=2),
    "language": TypeInfo("language, in the locale's language", "place", low=5),
    "currency_code": TypeInfo("ISO 4217 code of the country's currency", "place", LABEL, low=3),
    "currency_name": TypeInfo("currency, in the locale's language", "place", low=6),
    "company": TypeInfo("name of a firm that does not exist", "company", low=32),
    "domain": TypeInfo("the firm's domain in .example", "company", identifier=True, low=44),
    "url": TypeInfo("the firm's site in .example", "company", identifier=True, low=56),
    "hostname": TypeInfo("host in the firm's domain", "company", identifier=True, low=48),
    "phone": TypeInfo("telephone number that is reserved for fiction or can't be dialled", "", DIGITS, identifier=True, low=17),
    "national_id": TypeInfo("social security or identity number that is never issued", "", DIGITS, identifier=True, low=9),
    "tax_id": TypeInfo("tax number that is never issued", "", DIGITS, identifier=True, low=18),
    "vat_id": TypeInfo("value added tax number that is never issued", "", TEXT, identifier=True, low=18),
    "iban": TypeInfo("bank account with wrong check digits", "", TEXT, identifier=True, low=30),
    "bic": TypeInfo("bank's code, marked as a test code", "", TEXT, identifier=True, low=8),
    "bank_name": TypeInfo("bank of the country", "", low=6),
    "card_number": TypeInfo("payment card with a wrong check digit", "card", DIGITS, identifier=True, low=16),
    "card_last4": TypeInfo("last four digits of the card", "card", DIGITS, low=4),
    "card_brand": TypeInfo("the card's brand", "card", LABEL, low=4),
    "card_expiry": TypeInfo("month and year in which the card ends", "card", low=5),
    "cvv": TypeInfo("the card's three digits", "card", DIGITS, low=3),
    "license_plate": TypeInfo("a car's plate", "", low=9),
    "imei": TypeInfo("a phone's number, of the test body and with a wrong check digit", "", DIGITS, identifier=True, low=15),
    "vin": TypeInfo("a car's number with a wrong check digit", "", TEXT, identifier=True, low=17),
    "isbn": TypeInfo("book number with a wrong check digit", "", DIGITS, identifier=True, low=13),
    "ean": TypeInfo("article number of GS1's demonstration range", "", DIGITS, identifier=True, low=13),
    "ipv4": TypeInfo("IPv4 address of a documentation range", "", (*INPUT, Kind.INTEGER), identifier=True, low=15),
    "ipv6": TypeInfo("IPv6 address of the documentation range", "", INPUT, identifier=True, low=25),
    "ip_cidr": TypeInfo("network of a documentation range", "", INPUT, identifier=True, low=18),
    "mac": TypeInfo("MAC address of the documentation range", "", INPUT, identifier=True, low=17),
    "asn": TypeInfo("number of an autonomous system, reserved for documentation", "", DIGITS, identifier=True, low=10),
    "port": TypeInfo("TCP port", "", DIGITS, low=5),
    "user_agent": TypeInfo("a browser's own description", "", low=60),
    "device": TypeInfo("model of a phone", "", low=8),
    "os": TypeInfo("operating system", "", LABEL, low=5),
    "browser": TypeInfo("browser", "", LABEL, low=4),
    "http_method": TypeInfo("HTTP method", "", LABEL, low=3),
    "http_status": TypeInfo("HTTP status code, most of them 200", "", DIGITS, low=3),
    "referrer": TypeInfo("page that a visit came from, in .example", "", identifier=True, low=24),
    "uuid": TypeInfo("UUID version 4, distinct", "", (Kind.UUID, Kind.TEXT)),
    "hash": TypeInfo("digest in hexadecimal, distinct", "", (Kind.TEXT, Kind.BYTES)),
    "md5": TypeInfo("digest of 32 hexadecimal digits", "", (Kind.TEXT, Kind.BYTES)),
    "sha1": TypeInfo("digest of 40 hexadecimal digits", "", (Kind.TEXT, Kind.BYTES)),
    "sha256": TypeInfo("digest of 64 hexadecimal digits", "", (Kind.TEXT, Kind.BYTES)),
    "commit_sha": TypeInfo("a commit's 40 hexadecimal digits", "", (Kind.TEXT, Kind.BYTES)),
    "token": TypeInfo("random token, distinct", "", (Kind.TEXT, Kind.BYTES)),
    "api_key": TypeInfo("random key that says it is a test key", ""),
    "jwt": TypeInfo("text in the shape of a JSON web token without a signature", "", low=40),
    "otp": TypeInfo("one-time code of six digits", "", DIGITS),
    "password_hash": TypeInfo("hash of the known `password`; without one, text in the shape of a bcrypt hash", "", low=16),
    "product_name": TypeInfo("maker, model and number", "product", low=12),
    "slug": TypeInfo("the product's name for a URL", "product", low=12),
    "brand": TypeInfo("maker of devices", "", low=4),
    "color": TypeInfo("colour, in the locale's language; #rrggbb where the column has seven characters", "", low=4),
    "color_name": TypeInfo("colour, in the locale's language", "", low=4),
    "hex_color": TypeInfo("colour as #rrggbb", "", low=7),
    "file_name": TypeInfo("name of a file", "file", low=14),
    "file_path": TypeInfo("path of a file", "file", low=36),
    "extension": TypeInfo("a file's extension", "file", low=4),
    "mime_type": TypeInfo("a file's MIME type", "file", low=16),
    "image": TypeInfo("small grey PNG file that looks like a scan; one of 64", "image", (Kind.BYTES,), low=4228),
    "image_width": TypeInfo("width of the group's image in pixels", "image", (Kind.INTEGER,)),
    "image_height": TypeInfo("height of the group's image in pixels", "image", (Kind.INTEGER,)),
    "version": TypeInfo("version of a program: 1.4.2", "", low=5),
    "department": TypeInfo("department of a firm, in English", "", low=5),
    "university": TypeInfo("university of the country", "", low=20),
    "degree": TypeInfo("academic degree", "", low=4),
    "blood_type": TypeInfo("blood group", "", LABEL, low=3),
    "license": TypeInfo("software licence", "", low=26),
    "car": TypeInfo("make and model of a car", "", low=8),
    "keyword": TypeInfo("a plain English word", "", low=4),
    "sentence": TypeInfo("a sentence in the locale's language, about nothing in particular", "", low=10),
    "paragraph": TypeInfo("three sentences", "", low=40),
    "birth_date": TypeInfo("day on which an adult was born", "birth", (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)),
}  # fmt: skip


def build_semantic(gen: Semantic, setting: Setting) -> Generator:
    """Return the generator of a built-in value.

    Raises:
        PlanError: There is no type of this name, the column can't hold any of its values, or a password is said where none is meant.
    """
    if gen.password or gen.scheme:
        from synthseed.generators import passwords

        return passwords.build_password(gen, setting)
    from synthseed.generators import companies, identifiers, images, network, people, places, tokens, wares

    if gen.type in people.FIELDS:
        return people.build_person(gen, setting)
    if gen.type in places.FIELDS:
        return places.build_place(gen, setting)
    if gen.type in companies.FIELDS:
        return companies.build_company(gen, setting)
    if gen.type in identifiers.FIELDS:
        return identifiers.build_identifier(gen, setting)
    if gen.type in network.FIELDS:
        return network.build_network(gen, setting)
    if gen.type in tokens.FIELDS:
        return tokens.build_token(gen, setting)
    if gen.type in images.FIELDS:
        return images.build_image(gen, setting)
    if gen.type in wares.FIELDS:
        return wares.build_ware(gen, setting)
    raise PlanError(
        f"{setting.where}: semantic type {gen.type!r} was found, one of the built-in types is expected{suggestion(gen.type, TYPES)}"
    )
