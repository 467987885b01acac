"""Write cells as text, canonically: decimals with their scale, times in ISO form; and shape texts by filters."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, Form, Mask
from synthseed.errors import PlanError
from synthseed.streams import Ints

SECOND = 1_000_000
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)


def as_text(cells: Cells, *, iso: bool = False) -> pa.Array:
    """Return the text of each value; a NULL cell's is empty.

    Args:
        cells: Cells of any form but LIST.
        iso: Write moments as RFC 3339 does (`2024-05-31T09:30:00Z`), not as a person does (`2024-05-31 09:30:00`).
    """
    array = _text(cells, iso)
    return array if cells.valid is None or cells.valid.all() else chosen(cells.valid, array, chunk.strings([""])[0])


def chosen(mask: Mask, yes: pa.Array, no: pa.Array | pa.Scalar) -> pa.Array:
    """Return the first array's values where the mask is True, else the second's."""
    return pc.if_else(pa.Array.from_buffers(pa.bool_(), len(mask), [None, chunk.bits(mask)]), yes, no)


def repeated(text: str, count: int) -> pa.Array:
    """Return the same text for every row."""
    return chunk.take(chunk.strings([text]), np.zeros(count, np.int64))


def _text(cells: Cells, iso: bool) -> pa.Array:
    match cells.form:
        case Form.TEXT:
            return cells.array
        case Form.NUMBER:
            return decimals(cells.ints, cells.scale)
        case Form.BOOLEAN:
            return chunk.take(chunk.strings(["false", "true"]), (cells.ints != 0).astype(np.int64))
        case Form.DATE:
            days = np.ascontiguousarray(cells.ints, np.int32)
            return pa.Array.from_buffers(pa.date32(), len(days), [None, pa.py_buffer(days)]).cast(pa.string())
        case Form.MOMENT:
            return _moments(cells.ints, iso)
        case Form.TIME | Form.SPAN:
            return _clock(cells.ints)
        case Form.UUID:
            return _uuids(cells.array)
        case Form.BYTES:
            return _hex(cells.array)
        case _:
            raise PlanError(f"{cells.form} cells have no text; use a column of a plain type")


def decimals(values: Ints, scale: int) -> pa.Array:
    """Return numbers in units of 10**-scale as text, with all digits of the scale."""
    if scale == 0:
        return chunk.text_of(values)
    size = np.abs(values)
    sign = chunk.take(chunk.strings(["", "-"]), (values < 0).astype(np.int64))
    return chunk.join(
        sign,
        chunk.text_of(size // 10**scale),
        ".",
        chunk.text_of(size % 10**scale, max(scale, 2)) if scale > 1 else chunk.text_of(size % 10),
    )


def timestamps(values: Ints) -> pa.Array:
    """Return microseconds since 1970 as an Arrow timestamp array of whole seconds."""
    return chunk.integers(values // SECOND).view(pa.timestamp("s"))


def _moments(values: Ints, iso: bool) -> pa.Array:
    text = timestamps(values).cast(pa.string())
    if iso:
        text = pc.replace_substring(text, pattern=" ", replacement="T")
    text = _with_fraction(text, values % SECOND)
    return chunk.join(text, "Z") if iso else text


def _with_fraction(text: pa.Array, micros: Ints) -> pa.Array:
    if not micros.any():
        return text
    return chosen(micros != 0, chunk.join(text, ".", chunk.text_of(micros, 6)), text)


def _clock(values: Ints) -> pa.Array:
    size = np.abs(values)
    seconds = size // SECOND
    sign = chunk.take(chunk.strings(["", "-"]), (values < 0).astype(np.int64))
    text = chunk.join(
        sign, chunk.text_of(seconds // 3600, 2), ":", chunk.text_of(seconds // 60 % 60, 2), ":", chunk.text_of(seconds % 60, 2)
    )
    return _with_fraction(text, size % SECOND)


def _digits_of_bytes(data: np.ndarray) -> np.ndarray:
    return np.stack([HEX[data >> 4], HEX[data & 15]], axis=-1).reshape(*data.shape[:-1], -1)


def _uuids(array: pa.Array) -> pa.Array:
    data = np.frombuffer(array.buffers()[1], np.uint8)[array.offset * 16 : (array.offset + len(array)) * 16].reshape(-1, 16)
    text = _digits_of_bytes(data)
    dash = np.full((len(text), 1), ord("-"), np.uint8)
    parts = [text[:, :8], dash, text[:, 8:12], dash, text[:, 12:16], dash, text[:, 16:20], dash, text[:, 20:]]
    return chunk.fixed_text(np.concatenate(parts, axis=1))


def _hex(array: pa.Array) -> pa.Array:
    data = _digits_of_bytes(np.frombuffer(chunk.content(array), np.uint8))
    ends = ((chunk.offsets(array) - chunk.offsets(array)[:1]) * 2).astype(np.int32)
    return pa.Array.from_buffers(pa.string(), len(array), [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(data))])


# ---------------------------------------------------------------------------------------------- filters
SPECIAL = (("ß", "ss"), ("æ", "ae"), ("œ", "oe"), ("ø", "o"), ("đ", "d"), ("ð", "d"), ("ł", "l"), ("þ", "th"), ("ı", "i"))
UMLAUTS = (("ä", "ae"), ("ö", "oe"), ("ü", "ue"))
FILTERS = ("slug", "lower", "upper", "title", "first")


def filtered(array: pa.Array, name: str, locale: str) -> pa.Array:
    """Return texts shaped by one of FILTERS; German umlauts become two letters in a slug of a German locale."""
    match name:
        case "lower":
            return pc.utf8_lower(array)
        case "upper":
            return pc.utf8_upper(array)
        case "title":
            return _titled(array)
        case "first":
            return pc.extract_regex(pc.utf8_trim_whitespace(array), pattern=r"^(?P<word>\S*)").field("word")
        case _:
            return _slug(array, locale)


def _titled(array: pa.Array) -> pa.Array:
    # utf8_title makes "Women'S" of "women's": a word ends at a space here.
    words = pc.split_pattern(array, pattern=" ")
    capital = pc.utf8_capitalize(words.values)
    return pc.binary_join(pa.ListArray.from_arrays(words.offsets, capital), chunk.strings([" "])[0])


def is_ascii(array: pa.Array) -> bool:
    """Return True where no text holds a byte above 127."""
    return not bool((np.frombuffer(chunk.content(array), np.uint8) > 127).any())


def _replaced(array: pa.Array, pairs: Sequence[tuple[str, str]]) -> pa.Array:
    for old, new in pairs:
        array = pc.replace_substring(array, pattern=old, replacement=new)
    return array


def _slug(array: pa.Array, locale: str) -> pa.Array:
    text = pc.replace_substring_regex(pc.utf8_lower(array), pattern="['’]", replacement="")
    if not is_ascii(text):
        composed = pc.utf8_normalize(text, form="NFC")
        text = _replaced(composed, (*UMLAUTS, *SPECIAL) if locale.startswith("de") else SPECIAL)
        text = pc.replace_substring_regex(pc.utf8_normalize(text, form="NFKD"), pattern=r"\p{M}+", replacement="")
    plain = pc.utf8_trim(pc.replace_substring_regex(text, pattern="[^a-z0-9]+", replacement="-"), characters="-")
    nothing = chunk.lengths(plain) == 0
    if nothing.any():  # a name in another script keeps its own letters
        kept = pc.utf8_trim(pc.replace_substring_regex(text, pattern=r"[^\p{L}\p{N}]+", replacement="-"), characters="-")
        plain = chosen(nothing, kept, plain)
    return plain


def escaped(array: pa.Array) -> pa.Array:
    """Return texts as they stand between the quotes of a JSON string."""
    present = np.unique(np.frombuffer(chunk.content(array), np.uint8))
    if 0x5C in present:
        array = pc.replace_substring(array, pattern="\\", replacement="\\\\")
    if 0x22 in present:
        array = pc.replace_substring(array, pattern='"', replacement='\\"')
    short = {8: "\\b", 9: "\\t", 10: "\\n", 12: "\\f", 13: "\\r"}
    for code in present[present < 32].tolist():
        array = pc.replace_substring(array, pattern=chr(code), replacement=short.get(code, f"\\u{code:04x}"))
    return array
