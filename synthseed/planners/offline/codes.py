"""Plan codes: one pattern per table, with a prefix of the table's noun, a year and a running number as its field writes it."""

from __future__ import annotations

import re
import unicodedata

from synthseed.plan import After, Choice, Moment, Semantic, Template, Tier
from synthseed.planners.offline import names
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts_fields import label_of, members
from synthseed.planners.offline.texts_fitting import ALL, country_of, fill, longest, words_for
from synthseed.planners.offline.texts_vocabulary import airports, phrases
from synthseed.planners.offline.things import distinct
from synthseed.schema import Kind

ENDS = members(
    "code number no sku reference ref serial barcode ean gtin upc isbn issn lot batch tracking voucher coupon plate vin "
    "slug handle key identifier abbreviation symbol iata icao tail callsign imei matriculation registration id pin swift "
    "bic hash_code short_code accession"
)
YEARLY = members(
    "invoice order purchase quote offer ticket case contract claim shipment delivery booking reservation project return "
    "receipt credit application work permit incident complaint request prescription"
)
DATES = (Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ)
BORN = (
    "issued",
    "ordered",
    "created",
    "placed",
    "booked",
    "opened",
    "received",
    "order",
    "invoice",
    "issue",
    "booking",
    "posting",
    "date",
    "registered",
)
PLATES = {
    "DE": "{plate_town}-{upper:2} {int:10-9999}", "FR": "{upper:2}-{digits:3}-{upper:2}", "ES": "{digits:4} {upper:3}",
    "IT": "{upper:2}{digits:3}{upper:2}", "GB": "{upper:2}{int:10-74} {upper:3}", "NL": "{upper:2}-{digits:3}-{upper:1}",
    "PT": "{upper:2}-{digits:2}-{upper:2}",
}  # fmt: skip
GROUPS = {"en": "0", "de": "3", "fr": "2", "es": "84", "it": "88", "nl": "90", "pt": "972"}  # ISBN registration groups
PLATED = frozenset({"kennzeichen", "matricula", "targa", "kenteken", "placa"})
VEHICLES = frozenset({"vehicle", "car", "truck", "van", "bus", "trailer", "motorcycle"})
SETTINGS = frozenset({"setting", "config", "configuration", "parameter", "preference", "option"})


def is_code(question: TextQuestion) -> bool:
    """Tell whether a column's name asks for a code."""
    words = question.words
    return bool(words) and (words[-1] in ENDS or bool(set(words) & {"sku", "isbn", "ean", "barcode", "vin", "slug", "gtin"}))


def plan_code(question: TextQuestion) -> TextPlan | None:
    """Plan a code; None where the column can't hold one."""
    words = set(question.words)
    words |= {"plate"} if PLATED & set(names.tokens(question.column.name)) and VEHICLES & set(question.table_words) else set()
    special = _special(words, question)
    if special is not None:
        return special
    if "slug" in words or "handle" in words:
        return _slug(question)
    if "key" in words and question.unique and SETTINGS & set(question.table_words):
        named = distinct(("{setting_area}.{setting_name}",), question, placed=False)
        return None if named is None else TextPlan(named.template, named.slots)
    texts = _patterns(words, question)
    if question.unique:
        texts = [text for text in texts if "{seq" in text or _wide(text, question)]
    lead = texts[-1].partition("{")[0][:1] if texts else ""
    filled = fill(texts, question) or (fill([f"{lead}{{seq:{len(str(question.rows)) + 1}}}"], question) if question.unique else None)
    if filled is None:
        return _narrow(question)
    return TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots)


def _wide(text: str, question: TextQuestion) -> bool:
    size = 1
    for token in re.findall(r"\{(\w+):(\d+)\}", text):
        size *= {"digits": 10, "upper": 26, "hex": 16}.get(token[0], 1) ** int(token[1])
    return size >= 1000 * max(question.rows, 1000)


# ---------------------------------------------------------------------------------------------- by meaning
def _special(words: set[str], question: TextQuestion) -> TextPlan | None:
    """Plan codes that the world has agreed on."""
    room = question.column.type.length or 100
    if words & {"iata", "icao"} or ({"airport"} & {*words, *question.table_words[-1:]} and words & {"code"} and room <= 4):
        found = airports(country_of(question.locale))
        field = 1 if "icao" in words else 0
        values = tuple(dict.fromkeys(row[field] for row in found if row[field]))[:120]
        return TextPlan(Choice((Tier(ALL, values),))) if values and (not question.unique or question.rows <= len(values)) else None
    if "currency" in words or ("currency" in question.table_words[-1:] and room == 3 and not question.unique):
        return TextPlan(Semantic("currency_code"))
    if "iso" in words or {"3166", "4217", "639"} & words:
        kind = "currency_code" if "4217" in words else "language_code" if "639" in words else "country_code"
        return TextPlan(Semantic(kind)) if not question.unique else None
    if "language" in words and room <= 5:
        return TextPlan(Semantic("language_code"))
    if "country" in words:
        return TextPlan(Semantic("country_code" if room <= 3 else "country"))
    if words & {"barcode", "ean", "gtin", "upc"}:
        # Shorter ones: 200 to 299 are the prefixes that GS1 leaves to shops.
        return TextPlan(Semantic("ean")) if room >= 13 else _one("2{digits:7}", question)
    if "isbn" in words:
        group = GROUPS.get(question.language, "0")
        rest = 9 - len(group)
        return _one(
            f"978-{group}-{{digits:{rest - 3}}}-{{digits:3}}-{{digits:1}}" if room >= 17 else f"978{group}{{digits:{9 - len(group)}}}",
            question,
        )
    if "issn" in words:
        return _one("{digits:4}-{digits:4}", question)
    if words & {"plate", "immatriculation"} or (
        "registration" in words and question.table_words[-1:] in (("vehicle",), ("car",), ("truck",))
    ):
        return _plate(question)
    if "vin" in words:
        return _one("WSX{digits:1}{upper:2}{digits:2}{upper:1}{digits:8}", question)
    if "imei" in words:
        return _one("00{digits:13}", question)
    if "pin" in words:
        return _one("{digits:4}", question)
    return None


def _plate(question: TextQuestion) -> TextPlan | None:
    country = country_of(question.locale)
    pattern = PLATES.get(country, "{upper:3}-{digits:4}")
    if "{plate_town}" in pattern and not words_for("plate_town", question):
        pattern = "{upper:2}-{upper:2} {int:10-9999}"
    filled = fill([pattern, "{upper:3}{digits:4}"], question)
    return None if filled is None else TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots)


def _one(text: str, question: TextQuestion) -> TextPlan | None:
    filled = fill([text, text.replace("-", "")], question)
    return None if filled is None else TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots)


def _slug(question: TextQuestion) -> TextPlan | None:
    """Make a slug of the row's own name; a running number tells rows apart that share one."""
    label = label_of(question.table, question.language)
    if label is None or label.name == question.column.name or label.nullable:
        prefix = names.tokens(question.table.name)[-1]
        filled = fill([f"{prefix}-{{seq}}" if question.unique else f"{prefix}-{{hex:6}}", "{seq}"], question)
        return None if filled is None else TextPlan(Template((Tier(ALL, filled.texts[:1]),)), filled.slots)
    # Two names may have one slug (`Café` and `Cafe`), so that only a number tells them apart.
    text = f"{{col:{label.name}|slug}}" + ("-{seq}" if question.unique else "")
    room = question.column.type.length
    if room is not None and longest(text, {}, question) > room and (label.type.length or 60) > room:
        return _narrow(question)
    return TextPlan(Template((Tier(ALL, (text,)),)))


# ---------------------------------------------------------------------------------------------- by pattern
def subject_of(question: TextQuestion) -> str:
    """Return the English noun that a code numbers: `invoice` of `invoice_no`, else the table's own."""
    last = [
        word
        for word in question.words
        if word not in ENDS and word not in ("external", "internal", "old", "our", "your", "public", "short")
    ]
    if last:
        return last[-1]
    return question.table_words[-1] if question.table_words else ""


def prefix_of(question: TextQuestion) -> str:
    """Return the prefix of a table's codes: as its field writes it, else the first consonants of its noun."""
    subject = subject_of(question)
    known = phrases(question.language).word("prefixes", subject)
    if known:
        return known
    own = names.tokens(question.table.name)[-1] if subject in question.table_words else subject
    folded = unicodedata.normalize("NFKD", own).encode("ascii", "ignore").decode().upper()
    bones = folded[:1] + re.sub(r"[^A-Z]|[AEIOU]", "", folded[1:])
    return (bones if len(bones) >= 2 else folded)[:3]


def _patterns(words: set[str], question: TextQuestion) -> list[str]:
    """Return patterns from the longest to the shortest."""
    room = question.column.type.length or 24
    prefix = prefix_of(question)
    seq = "{seq:5}" if question.rows < 20_000 else "{seq:7}"
    if words & {"tracking"}:
        return ["LX{digits:9}" + country_of(question.locale), "{digits:12}", "{digits:9}", "{seq}"]
    if words & {"serial", "imei"}:
        return ["{upper:2}{digits:4}-{digits:6}", "{upper:2}{digits:8}", "{digits:8}", "{seq:6}", "{seq}"]
    if words & {"voucher", "coupon", "promo"} and "number" not in words:
        return ["{upper:4}-{upper:4}-{digits:4}", "{upper:4}{digits:6}", "{upper:3}{digits:5}", "{seq:6}", "{seq}"]
    if words & {"swift", "bic"}:
        return [f"{{upper:4}}{country_of(question.locale)}" + "{upper:2}"]
    if words & {"lot", "batch"}:
        return [f"{prefix}{{int:20-26}}{{int:10-52}}-{{digits:4}}", f"{prefix}{{digits:6}}", "{digits:6}", "{seq:5}", "{seq}"][
            0 if not question.unique else 1 :
        ]
    if "key" in words or "handle" in words:
        return _key(question)
    if "room" in words or question.table_words[-1:] == ("room",):
        return ["{seq:3}", "{seq}"] if question.unique else ["{int:1-4}{int:0-2}{int:1-9}", "{int:1-9}"]
    born = _born(question)
    running = seq if question.unique else "{digits:5}"
    if subject_of(question) in YEARLY and room >= len(prefix) + 11:
        return [f"{prefix}-{{year:{born}}}-{running}" if born is not None else f"{prefix}-{running}"]
    if question.unique:
        return [f"{prefix}-{seq}", f"{prefix}{seq}", f"{prefix[:1]}{{seq:4}}", "{seq:4}", "{seq}"]
    if room < 4:
        return [f"{{upper:{room}}}"]
    return [f"{prefix}-{{digits:5}}", f"{prefix}{{digits:4}}", f"{prefix[:1]}{{digits:3}}", "{digits:4}", "{digits:3}"]


def _key(question: TextQuestion) -> list[str]:
    """Return patterns of technical keys: words of the field where it has some."""
    if words_for("feature_word", question) and not question.unique:
        return ["{feature_word}", "{hex:8}", "{hex:4}"]
    if words_for("setting_area", question) and SETTINGS & set(question.table_words):
        return ["{setting_area}.{setting_name}"]
    noun = names.tokens(question.table.name)[-1]
    return [f"{noun}-{{hex:8}}", "{hex:12}", "{hex:8}", f"{noun[:1]}{{seq}}", "{seq}"]


def _born(question: TextQuestion) -> str | None:
    """Return the date column that a row's number follows: NOT NULL, planned, and not the end of something."""
    found: list[tuple[int, str]] = []
    for column in question.table.columns:
        plan = question.siblings.get(column.name)
        if column.nullable or column.type.kind not in DATES or plan is None or not isinstance(plan.gen, (Moment, After)):
            continue
        words = names.words(column.name, question.language)
        ranks = [rank for rank, word in enumerate(BORN) if word in words]
        found.append((min(ranks, default=99), column.name))
    return min(found)[1] if found else None


def _narrow(question: TextQuestion) -> TextPlan | None:
    """Plan the shortest code that tells rows apart."""
    room = question.column.type.length or 12
    if not question.unique:
        return TextPlan(Template((Tier(ALL, (f"{{upper:{min(room, 6)}}}",)),)))
    digits = len(str(question.rows))
    if digits <= room:
        return TextPlan(Template((Tier(ALL, (f"{{seq:{min(digits + 1, room)}}}",)),)))
    text = f"{{upper:{room}}}"
    return TextPlan(Template((Tier(ALL, (text,)),))) if 26**room >= 2 * question.rows else None
