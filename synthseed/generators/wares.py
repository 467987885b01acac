"""Make values that stand alone: products, colours, files, versions, departments, texts, birthdays."""

from __future__ import annotations

import mimetypes
from collections.abc import Callable

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, Form, texts
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, group_of, is_unique, length_of, one_per_index, pooled
from synthseed.plan import Semantic
from synthseed.streams import Ints, below, scrambled
from synthseed.words import Words
from synthseed.words_latin import slug

FIELDS = (
    "product_name", "slug", "brand", "color", "color_name", "hex_color", "file_name", "file_path", "mime_type", "extension", "version",
    "department", "university", "degree", "blood_type", "bank_name", "sentence", "paragraph", "birth_date", "license", "car",
    "keyword",
)  # fmt: skip
# Files that people and machines keep, by extension; mimetypes knows what they are.
EXTENSIONS = {
    "pdf": 30,
    "jpg": 20,
    "png": 16,
    "docx": 8,
    "xlsx": 8,
    "csv": 6,
    "txt": 4,
    "zip": 4,
    "mp4": 3,
    "json": 2,
    "pptx": 2,
    "svg": 1,
    "mp3": 1,
}
OFFICE = {
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "pptx": "application/vnd.openxmlformats-officedocument.presentationml.presentation",
}  # not in mimetypes' own table, and the machine's table must not decide a cell
MODELS = 40  # model numbers: 100, 120, ..., 880
SPREAD = 0xA0761D6478BD642F


def build_ware(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of a value that belongs to no person, place or company."""
    if gen.type in _POOLS:
        return _pool(gen, setting)
    return _BUILDERS[gen.type](gen, setting)


def _pool(gen: Semantic, setting: Setting) -> Drawn:
    words = Words.of(setting.locale)
    kind = _POOLS[gen.type]
    entries = list(words.pool(kind).texts)
    if gen.type == "color" and (length_of(setting) or 99) == 7:
        entries = list(words.pool("hex_color").texts)
    return pooled(setting, entries, group=f"{gen.type}:{setting.name}", what=gen.type)


_POOLS = {
    "color": "color_name", "color_name": "color_name", "hex_color": "hex_color", "university": "university", "degree": "degree",
    "blood_type": "blood_type", "bank_name": "bank", "license": "license", "car": "car", "keyword": "keyword", "brand": "manufacturer",
}  # fmt: skip


# ---------------------------------------------------------------------------------------------- products
def _product_parts(setting: Setting) -> tuple[list[str], list[str]]:
    words = Words.of(setting.locale)
    language = words.language
    brands = [text for text in words.pool("last_name.male").texts if " " not in text and 3 < len(text) < 9][:120]
    models = [
        text.split()[0] for text in words.pool("city").texts if text[:1].isupper() and "-" not in text and 3 < len(text.split()[0]) < 9
    ]
    wide = [text for text in words.pool("street").texts if len(text) < 6] if not models else []
    brands = brands or list(words.pool("last_name.male").texts[:120])
    keep_brands = {slug(text, language) or text: text for text in brands}
    keep_models = {slug(text, language) or text: text for text in models or wide}
    return list(keep_brands.values()), list(keep_models.values())[:400]


def _product(gen: Semantic, setting: Setting) -> Drawn:
    """Write a maker, a model's name and its number: `Hartmann Lindau 240`."""
    brands, models = _product_parts(setting)
    numbers = [str(100 + 20 * number) for number in range(MODELS)]
    is_slug = gen.type == "slug"
    language = Words.of(setting.locale).language
    if is_slug:
        brands = [slug(text, language) or f"m{at}" for at, text in enumerate(brands)]
        models = [slug(text, language) or f"t{at}" for at, text in enumerate(models)]
    length = length_of(setting) or 255
    if length < max(map(len, brands)) + max(map(len, models)) + 5:
        cap = max((length - 5) // 2, 3)
        brands = [text for text in brands if len(text) <= cap] or [text[:cap] for text in brands[:1]]
        models = [text for text in models if len(text) <= cap] or [text[:cap] for text in models[:1]]
    pools = [chunk.strings(pool) for pool in (brands, models, numbers)]
    between = "-" if is_slug else " "

    def make(index: Ints, rows: Rows) -> Cells:
        rest, brand = np.divmod(index, len(brands))
        number, model = np.divmod(rest, len(models))
        return texts(chunk.join(chunk.take(pools[0], brand), between, chunk.take(pools[1], model), between, chunk.take(pools[2], number)))

    return Drawn(group_of("product", gen.group), len(brands) * len(models) * MODELS, make, injective=True)


# ---------------------------------------------------------------------------------------------- files
def _mime(extension: str) -> str:
    return OFFICE.get(extension) or mimetypes.types_map.get(f".{extension}") or "application/octet-stream"


def _file(gen: Semantic, setting: Setting) -> Drawn:
    """Write a name out of two plain words and a date-like number, an extension, and what belongs to it."""
    slots = [extension for extension, weight in EXTENSIONS.items() for _ in range(weight)]
    if gen.type in ("extension", "mime_type"):
        entries = slots if gen.type == "extension" else [_mime(extension) for extension in slots]
        if is_unique(setting):
            return pooled(setting, list(dict.fromkeys(entries)), group=f"{gen.type}:{setting.name}", what=gen.type)
        length = length_of(setting) or 255
        entries = [
            text if len(text) <= length else next((other for other in entries if len(other) <= length), text[:length]) for text in entries
        ]
        lookup = one_per_index(entries)
        return Drawn(group_of("file", gen.group), 2048 * 2047 * len(slots), lambda index, rows: lookup(index % len(slots)))
    words = Words.of(setting.locale).pool("keyword").texts
    cap = max(((length_of(setting) or 255) - 6 - (22 if gen.type == "file_path" else 0)) // 2, 3)
    names = [text for text in words if len(text) <= cap]
    first, second, ends = chunk.strings(names), chunk.strings([f"-{text}" for text in names]), chunk.strings([f".{text}" for text in slots])
    folders = chunk.strings([f"/{folder.lower()}/" for folder in Words.of(setting.locale).pool("folder").texts])

    def make(index: Ints, rows: Rows) -> Cells:
        rest, slot = np.divmod(index, len(slots))
        b, a = np.divmod(rest, len(names))
        parts = [chunk.take(first, a % len(names)), chunk.take(second, (a + 1 + b % (len(names) - 1)) % len(names)), chunk.take(ends, slot)]
        if gen.type == "file_path":
            parts.insert(0, chunk.take(folders, a % len(folders)))
        return texts(chunk.join(*parts))

    same = len(set(slots)) == len(slots)
    size = 2048 * 2047 * len(slots)
    if is_unique(setting) and not same:
        slots[:] = list(EXTENSIONS)
        ends = chunk.strings([f".{text}" for text in slots])
        return Drawn(f"{gen.type}:{setting.name}", len(names) * (len(names) - 1) * len(slots), make, injective=True)
    return Drawn(group_of("file", gen.group), size, make)


def _version(gen: Semantic, setting: Setting) -> Drawn:
    """Write major.minor.patch, low numbers more often unless the column is unique."""
    entries = [f"{a}.{b}.{c}" for a in range(1, 10) for b in range(20) for c in range(30)]
    weights = [max(1, 24 // (1 + at // 600 * 4 + at % 600 // 30 + at % 30)) for at in range(len(entries))]
    return pooled(setting, entries, group=f"version:{setting.name}", what="version", weights=weights)


# ---------------------------------------------------------------------------------------------- people's work
def _department(gen: Semantic, setting: Setting) -> Drawn:
    """Take the fields of work that several occupations of the locale name: Accounts, Sales, Marketing."""
    from collections import Counter

    counts: Counter[str] = Counter()
    for text in Words.of("en_US").pool("occupation").texts:
        head, _, tail = text.rpartition(" ")
        if (
            tail in ("Manager", "Director", "Executive", "Assistant", "Administrator", "Clerk", "Staff", "Officer")
            and head
            and " " not in head
        ):
            counts[head] += 1
    entries = [text for text, count in counts.most_common(24) if count > 1]
    return pooled(setting, entries, group=f"department:{setting.name}", what="department", weights=[24 - at for at in range(len(entries))])


# ---------------------------------------------------------------------------------------------- texts and days
def _sentence(gen: Semantic, setting: Setting) -> Drawn:
    entries = list(Words.of(setting.locale).pool("sentence").texts)
    length = length_of(setting) or 10**6
    if gen.type == "sentence":
        short = [text for text in entries if len(text) <= min(length, 120)] or [min(entries, key=len)[:length]]
        return pooled(setting, short, group=f"sentence:{setting.name}", what="sentence")
    kept = [text for text in entries if len(text) <= min(200, (length - 2) // 3)] or [min(entries, key=len)[: max(length // 3 - 1, 1)]]
    pool = chunk.strings(kept)
    count = len(kept)

    def make(index: Ints, rows: Rows) -> Cells:
        parts = [
            chunk.take(pool, below(scrambled(index.astype(np.uint64) * np.uint64(SPREAD) + np.uint64(turn)), count)) for turn in range(3)
        ]
        return texts(chunk.join(parts[0], " ", parts[1], " ", parts[2]))

    return Drawn(f"paragraph:{setting.name}", 1 << 40, make)


# Ages of adults, in years: percent of the rows younger.
AGES = ((18, 0), (25, 14), (35, 36), (45, 56), (55, 74), (65, 89), (80, 100))


def _birth_date(gen: Semantic, setting: Setting) -> Drawn:
    """Return days on which adults of today were born: most are 25 to 55."""
    low = np.array([age for age, _ in AGES[:-1]], np.int64) * 36525
    width = np.diff(np.array([age for age, _ in AGES], np.int64)) * 36525
    starts = np.array([share for _, share in AGES[:-1]], np.int64)
    size = 100 * 36525

    def make(index: Ints, rows: Rows) -> Cells:
        share, rest = np.divmod(index, 36525)
        piece = np.searchsorted(starts, share, "right") - 1
        span = np.diff(np.array([*starts, 100]))[piece]
        # Hundredths of days: the piece's width over its percents, each percent cut in 36,525.
        days = (low[piece] + ((share - starts[piece]) * 36525 + rest) * width[piece] // (span * 36525)) // 100
        today = rows.as_of // 86_400_000_000
        return Cells(Form.DATE, today - days)

    return Drawn(group_of("birth", gen.group), size, make)


_BUILDERS: dict[str, Callable[[Semantic, Setting], Drawn]] = {
    "product_name": _product,
    "slug": _product,
    "file_name": _file,
    "file_path": _file,
    "extension": _file,
    "mime_type": _file,
    "version": _version,
    "department": _department,
    "sentence": _sentence,
    "paragraph": _sentence,
    "birth_date": _birth_date,
}
