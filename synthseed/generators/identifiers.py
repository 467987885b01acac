"""Make identifiers that reach nobody: from ranges reserved for fiction, else with a check digit or a prefix that can't be.

Reserved ranges come first; a unique column that needs more goes on in the second tier. `reserved` tells, from the text
alone and with arithmetic of its own, whether a value is one of them: a lint over stored rows must find none outside.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from synthseed.generators.base import Setting
from synthseed.generators.cards import CARD_FIELDS, build_card
from synthseed.generators.drawn import Drawn, length_of
from synthseed.generators.patterns import Codes, Tier, build_pattern, codes, digits, no_luhn, no_weighted, remainder, two_digits
from synthseed.generators.reserved import reserved as reserved  # asked for beside what it judges
from synthseed.plan import Semantic
from synthseed.words import Words

FIELDS = ("phone", "national_id", "tax_id", "vat_id", "iban", "bic", "imei", "vin", "isbn", "ean", "license_plate", *CARD_FIELDS)

# ---------------------------------------------------------------------------------------------- phones
# (national beginning, free digits, layout); sources: Ofcom's numbers for drama, Bundesnetzagentur Mitteilung 148/2021,
# ARCEP decision 2018-0881, ACMA, PTS.
PHONES: dict[str, tuple[tuple[str, int, str], ...]] = {
    "GB": (
        *((f"0{area}4960", 3, "#### ### ####") for area in ("113", "114", "115", "116", "117", "118", "121", "131", "141", "151", "161")),
        ("0191498", 4, "#### ### ####"), ("02079460", 3, "### #### ####"), ("02896496", 3, "### #### ####"),
        ("02920180", 3, "### #### ####"), ("01632960", 3, "##### ######"), ("07700900", 3, "##### ######"),
        ("08081570", 3, "#### ### ####"), ("03069990", 3, "#### ### ####"),
    ),
    "DE": (("03023125", 3, "### ########"), ("06990009", 3, "### ########"), ("04066969", 3, "### ########"),
           ("02214710", 3, "#### #######"),
           ("08999998", 3, "### ########")),
    "FR": tuple((start, 4, "## ## ## ## ##") for start in ("019900", "026191", "035301", "046571", "053649", "063998")),
    "AU": tuple((f"0{area}{block}", 4, "## #### ####") for area in (2, 3, 7, 8) for block in ("5550", "7010")),
    "IE": (("02091", 5, "### ### ####"),),
}  # fmt: skip
# Digits of a usual national number, for countries without reserved numbers: +999 is not assigned by the ITU.
NATIONAL_DIGITS = {
    "US": 10,
    "NL": 9,
    "PL": 9,
    "ES": 9,
    "PT": 9,
    "IT": 10,
    "BR": 11,
    "JP": 10,
    "SE": 9,
    "CH": 9,
    "AT": 10,
    "BE": 9,
    "DK": 8,
    "NO": 8,
}
GROUPING = {8: "## ## ## ##", 9: "### ### ###", 10: "### ### ####", 11: "## ##### ####"}
AMERICAN = ("US", "CA")


def _phone(gen: Semantic, setting: Setting, country: str) -> Drawn:
    group = f"phone:{setting.name}"
    if country in AMERICAN:
        return _american_phone(setting, group)
    tiers = [Tier((start,), free, shape) for start, free, shape in PHONES.get(country, ())]
    if country == "IE":
        tiers = [Tier(("02091",), 5, "### ### ####")]
    first = sum(tier.size for tier in tiers)
    width = NATIONAL_DIGITS.get(country, 9)
    tiers.append(Tier(tuple(f"999{digit}" for digit in range(1, 10)), width - 1, f"+### {GROUPING.get(width, '#' * width)}"))
    length = length_of(setting)
    if length is not None and length < width + 3 and tiers[:-1]:
        tiers = tiers[:-1]
    return build_pattern(setting, tiers, group=group, natural=first or tiers[-1].size)


def area_codes() -> tuple[str, ...]:
    """Return American area codes that stand in a map of postcodes, in their order."""
    places = Words.of("en_US").places("US")
    return tuple(sorted({town.area for town in places.towns}))


def _american_phone(setting: Setting, group: str) -> Drawn:
    areas = area_codes()
    # 555-0100 to 555-0199 are reserved for fiction in every area code; an exchange never starts with 0 or 1 (NANP).
    first = Tier(tuple(f"{area}55501" for area in areas), 2, "(###) ###-####")
    second = Tier(tuple(f"{area}{digit}" for area in areas for digit in "01"), 6, "(###) ###-####")
    length = length_of(setting)
    if length is not None and length < len(first.shape):
        shape = "###-###-####" if length >= 12 else ""
        first, second = Tier(first.starts, 2, shape), Tier(second.starts, 6, shape)
    return build_pattern(setting, [first, second], group=group)


# ---------------------------------------------------------------------------------------------- national numbers
DAYS = tuple(f"{year:02d}{month:02d}{day:02d}" for year in range(40, 100) for month in range(1, 13) for day in range(1, 29))


def _no_tax_id_de(body: Codes) -> Codes:
    """Return a wrong check digit of ISO 7064 MOD 11,10."""
    product = np.full(len(body), 10, np.int64)
    for column in range(body.shape[1]):
        total = (body[:, column].astype(np.int64) - 48 + product) % 10
        product = np.where(total == 0, 10, total) * 2 % 11
    return digits((11 - product) % 10 + 1, 2)[:, 1:]


def _no_nir(body: Codes) -> Codes:
    right = 97 - remainder(body, 97)
    return two_digits(right % 97 + 1)


def _no_letter(body: Codes) -> Codes:
    letters = np.frombuffer(b"TRWAGMYFPDXBNJZSQVHLCKE", np.uint8)
    return letters[(remainder(body, 23) + 1) % 23][:, None]


def _no_two(first: tuple[int, ...], second: tuple[int, ...]) -> Callable[[Codes], Codes]:
    """Return two check digits modulo 11 (CPF, CNPJ), the first of them wrong."""

    def check(body: Codes) -> Codes:
        number = body.astype(np.int64) - 48
        rest = (number * np.array(first)).sum(axis=1) % 11
        wrong = (np.where(rest < 2, 0, 11 - rest) + 1) % 10
        rest = ((number * np.array(second[:-1])).sum(axis=1) + wrong * second[-1]) % 11
        return digits(wrong * 10 + np.where(rest < 2, 0, 11 - rest), 2)

    return check


def _hetu(body: Codes) -> Codes:
    letters = np.frombuffer(b"0123456789ABCDEFHJKLMNPRSTUVWXY", np.uint8)
    return letters[remainder(np.delete(body, 6, axis=1), 31)][:, None]


CPF = _no_two((10, 9, 8, 7, 6, 5, 4, 3, 2), (11, 10, 9, 8, 7, 6, 5, 4, 3, 2))
CNPJ = _no_two((5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2), (6, 5, 4, 3, 2, 9, 8, 7, 6, 5, 4, 3, 2))
# Areas 666 and 000, and then the group 00, are never issued (Social Security Administration).
SSN = (
    Tier(("666", "000"), 6, "###-##-####"),
    Tier(tuple(f"{area:03d}00" for area in range(1, 900) if area != 666), 4, "###-##-####"),
)
NATIONAL: dict[str, tuple[Tier, ...]] = {
    "US": SSN,
    "GB": (Tier(("BG", "GB", "KN", "NK", "NT", "TN", "ZZ"), 6, "## ## ## ## #", ends=("A", "B", "C", "D")),),  # HMRC NIM39110
    "DE": (Tier(tuple("123456789"), 9, "", _no_tax_id_de),),
    "FR": (Tier(tuple(f"{sex}{day[:4]}" for sex in "12" for day in DAYS[::28]), 8, "# ## ## ## ### ### ##", _no_nir),),
    "ES": (Tier(("",), 8, "", _no_letter, least=10**7),),
    "NL": (Tier(tuple("123456789"), 7, "", no_weighted((9, 8, 7, 6, 5, 4, 3, 2), 11, minus=False)),),
    "PL": (Tier(DAYS, 4, "", no_weighted((1, 3, 7, 9, 1, 3, 7, 9, 1, 3), 10)),),
    "SE": (Tier(DAYS, 3, "######-####", no_luhn),),
    "BR": (Tier(("",), 9, "###.###.###-##", CPF, least=10**8),),
    "JP": (Tier(tuple("123456789"), 10, "", no_weighted((6, 5, 4, 3, 2, 7, 6, 5, 4, 3, 2), 11)),),
    "CA": (Tier(("0",), 7, "### ### ###", no_luhn),),
    "FI": (Tier(tuple(f"{day[4:]}{day[2:4]}{day[:2]}-9" for day in DAYS), 2, "", _hetu),),  # 900 to 999 are temporary
}


# ---------------------------------------------------------------------------------------------- tax
def _no_french_key(body: Codes) -> Codes:
    """Return a wrong Luhn digit of the SIREN, and the two digits that would go with it."""
    siren = np.concatenate([body, no_luhn(body)], axis=1)
    return np.concatenate([siren[:, -1:], two_digits((12 + 3 * remainder(siren, 97)) % 97)], axis=1)


def _no_british(body: Codes) -> Codes:
    total = ((body.astype(np.int64) - 48) * np.array((8, 7, 6, 5, 4, 3, 2))).sum(axis=1)
    return two_digits((97 - total % 97) % 97 + 1)


def _no_austrian(body: Codes) -> Codes:
    number = body.astype(np.int64) - 48
    double = number[:, 1::2] * 2
    total = number[:, ::2].sum(axis=1) + (double // 10 + double % 10).sum(axis=1)
    return digits(((10 - (total + 4) % 10) % 10 + 1) % 10, 1)


def _no_belgian(body: Codes) -> Codes:
    return two_digits((97 - remainder(body, 97)) % 97 + 1)


def _no_cnpj(body: Codes) -> Codes:
    """Return the branch 0001 and two check digits, the first of them wrong."""
    branch = np.tile(codes(["0001"]), (len(body), 1))
    return np.concatenate([branch, CNPJ(np.concatenate([body, branch], axis=1))], axis=1)


def _after(prefix: str, width: int) -> str:
    return prefix + "#" * width


VAT: dict[str, tuple[Tier, ...]] = {
    "DE": (Tier(("0",), 8, _after("DE", 9)),),  # never starts with 0
    "FR": (Tier(("",), 8, _after("FR", 11), _no_french_key, order=(9, 10, 0, 1, 2, 3, 4, 5, 6, 7, 8)),),
    "GB": (Tier(("",), 7, _after("GB", 9), _no_british),),
    "ES": (Tier(("",), 7, _after("ESB", 8), no_luhn),),
    "IT": (Tier(("",), 10, _after("IT", 11), no_luhn),),
    "NL": (Tier(("",), 8, "NL#########B00", no_weighted((9, 8, 7, 6, 5, 4, 3, 2), 11, minus=False)),),  # branches count from 01
    "PL": (Tier(tuple("123456789"), 8, _after("PL", 10), no_weighted((6, 5, 7, 2, 3, 4, 5, 6, 7), 11, minus=False)),),
    "SE": (Tier(("55", "56"), 7, "SE##########01", no_luhn),),
    "AT": (Tier(("",), 7, _after("ATU", 8), _no_austrian),),
    "BE": (Tier(("0",), 7, _after("BE", 10), _no_belgian),),
}
OTHER_VAT = (Tier(("",), 9, _after("XX", 9)),)  # XX is no country (ISO 3166 leaves it to users)
EIN = (Tier(("00",), 7, "##-#######"), Tier(("07", "08", "09"), 7, "##-#######"))  # prefixes that the IRS does not give out
CNPJ_TIER = (Tier(("",), 8, "##.###.###/####-##", _no_cnpj),)


def _tax(country: str) -> tuple[Tier, ...]:
    if country == "US":
        return EIN
    if country == "BR":
        return CNPJ_TIER
    return VAT.get(country, OTHER_VAT)


# ---------------------------------------------------------------------------------------------- banks
# Bank letters, digits of the rest (ISO 13616 registry). SYNB is no bank.
IBANS = {
    "DE": ("", 18), "FR": ("", 23), "GB": ("SYNB", 14), "ES": ("", 20), "IT": ("X", 22), "NL": ("SYNB", 10), "PL": ("", 24),
    "SE": ("", 20), "AT": ("", 16), "BE": ("", 12), "CH": ("", 17), "DK": ("", 14), "FI": ("", 14), "IE": ("SYNB", 14), "NO": ("", 11),
    "PT": ("", 21), "CZ": ("", 20),
}  # fmt: skip


def _iban(setting: Setting, country: str, group: str) -> Drawn:
    country = country if country in IBANS else "DE"
    bank, width = IBANS[country]
    tail = np.frombuffer(f"{country}00".encode(), np.uint8)

    def check(body: Codes) -> Codes:
        # The right digits plus 1: 03 to 99, never 00 to 02, which some validators read as 97 to 99.
        right = 98 - remainder(np.concatenate([body, np.tile(tail, (len(body), 1))], axis=1), 97)
        return two_digits(right + 1)

    whole = len(bank) + width
    order = (whole, whole + 1, *range(whole))
    # 17 digits at random behind fixed ones are more than any table has; int64 holds no more.
    free = min(width, 17)
    starts = tuple(bank + f"{n * 7919 % 10 ** (width - free):0{width - free}d}" for n in range(9)) if width > free else (bank,)
    return build_pattern(setting, [Tier(starts, free, _after(country, whole + 2), check, order=order)], group=group)


def _bic(setting: Setting, country: str, group: str) -> Drawn:
    # The eighth character of a test BIC is 0 (ISO 9362); 26**3 bank codes behind S.
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    starts = tuple(f"S{a}{b}{c}{country}" for a in letters for b in letters for c in letters)
    return build_pattern(setting, [Tier(starts, 1, "", ends=("0",), least=2)], group=group)


# ---------------------------------------------------------------------------------------------- things
def _right_ean(body: Codes) -> Codes:
    weights = np.array([1, 3] * 6)
    return digits((-((body.astype(np.int64) - 48) * weights).sum(axis=1)) % 10, 1)


def _no_isbn(body: Codes) -> Codes:
    return digits((_right_ean(body)[:, 0].astype(np.int64) - 48 + 1) % 10, 1)


VIN_VALUES = dict(
    zip("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", (1, 2, 3, 4, 5, 6, 7, 8, 1, 2, 3, 4, 5, 7, 9, 2, 3, 4, 5, 6, 7, 8, 9, *range(10)), strict=True)
)
VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def _no_vin(body: Codes) -> Codes:
    table = np.zeros(128, np.int64)
    for letter, value in VIN_VALUES.items():
        table[ord(letter)] = value
    weights = np.array(VIN_WEIGHTS[:8] + VIN_WEIGHTS[9:])
    right = (table[body] * weights).sum(axis=1) % 11
    return np.frombuffer(b"0123456789X", np.uint8)[(right + 1) % 11][:, None]


THINGS: dict[str, tuple[Tier, ...]] = {
    "imei": (Tier(("00",), 12, "", no_luhn),),  # 00 is the test body, and the Luhn digit is wrong
    "ean": (Tier(("952",), 9, "", _right_ean),),  # GS1 gives 952 to demonstrations
    "isbn": (Tier(("9781", "9783"), 8, "", _no_isbn),),
    "vin": (Tier(("WZZAAA1Z", "1ZZBB32C", "VZZCCC4R", "SZZDD55A"), 8, "", _no_vin, order=(*range(8), 16, *range(8, 16))),),
}


def _plate(setting: Setting, country: str, group: str) -> Drawn:
    """Write letters and digits as plates have them. No range is reserved for fiction."""
    letters = "ABCDEFGHJKLMNPRSTUVWXYZ"
    pairs = tuple(a + b for a in letters for b in letters)
    if country == "DE":
        towns = tuple(dict.fromkeys(text[:1].upper() for text in Words.of("de_DE").places().column("city") if text[:1].isascii()))
        return build_pattern(
            setting, [Tier(tuple(town + pair for town in towns for pair in pairs), 4, "#-## ####", least=1000)], group=group
        )
    triples = tuple(pair + c for pair in pairs for c in letters)
    return build_pattern(setting, [Tier(triples, 4, "###-####")], group=group)


# ---------------------------------------------------------------------------------------------- building
def build_identifier(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of an identifier of a person, a bank, a card or a thing."""
    country, group = Words.of(setting.locale).country, f"{gen.type}:{setting.name}"
    if gen.type == "phone":
        return _phone(gen, setting, country)
    if gen.type in CARD_FIELDS:
        return build_card(gen, setting)
    if gen.type == "iban":
        return _iban(setting, country, group)
    if gen.type == "bic":
        return _bic(setting, country, group)
    if gen.type == "license_plate":
        return _plate(setting, country, group)
    tiers = {"national_id": NATIONAL.get(country, SSN), "tax_id": _tax(country), "vat_id": VAT.get(country, OTHER_VAT)}
    if gen.type == "vat_id" and country in ("BR", "US"):  # countries without one: the firm's tax number
        return build_pattern(setting, _tax(country), group=group)
    return build_pattern(setting, tiers.get(gen.type) or THINGS[gen.type], group=group)
