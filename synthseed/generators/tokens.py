"""Make what machines draw at random: UUIDs, digests, tokens, keys. Each holds a keyed bijection of the row number, so no two are alike.

Of the 64 bits that `Stream.bits` makes of a row number none is lost, so two rows never share a value; the rest is filled from other
streams. Where a column is too short for that, values are numbers drawn from its whole space.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from synthseed import chunk
from synthseed.cells import Cells, Form, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Generator, Rows, Setting, Space
from synthseed.generators.drawn import Drawn, length_of
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Ints

FIELDS = ("uuid", "hash", "md5", "sha1", "sha256", "commit_sha", "token", "api_key", "jwt", "password_hash", "otp")
Bytes = NDArray[np.uint8]
HEX = np.frombuffer(b"0123456789abcdef", np.uint8)
BASE64 = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)
BCRYPT = np.frombuffer(b"./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789", np.uint8)
WIDTHS = {"md5": 32, "sha1": 40, "commit_sha": 40, "sha256": 64, "hash": 64}
PREFIXES = {"api_key": "key_test_", "password_hash": "$2b$12$", "jwt": "eyJhbGciOiJub25lIn0."}  # {"alg":"none"}: no server takes it


@dataclass(eq=False)
class Random:
    """Make a cell of the row number itself; distinct when it holds all 64 bits."""

    make: Callable[[Rows], Cells]
    distinct: bool = True
    group: str = ""
    version: int = 1

    def values(self, rows: Rows, /) -> Cells:
        """Return one cell per row."""
        return self.make(rows)

    def space(self) -> Space | None:
        """Return None: nothing is drawn from a space."""
        return None


def build_token(gen: Semantic, setting: Setting) -> Generator:
    """Return the generator of a random text, or of a UUID."""
    if gen.type == "uuid":
        return _uuid(setting)
    if gen.type == "otp":
        return _short(setting, 6, np.frombuffer(b"0123456789", np.uint8))
    if setting.column is not None and setting.column.type.kind is Kind.BYTES:
        return _binary(gen, setting)
    if gen.type in WIDTHS:
        width = min(WIDTHS[gen.type], length_of(setting) or 64)
        width = max((known for known in (*WIDTHS.values(), 16) if known <= width), default=width) if gen.type == "hash" else width
        return _text(setting, HEX, 4, width, "") if width >= 16 else _short(setting, width, HEX)
    prefix, alphabet = PREFIXES.get(gen.type, ""), BCRYPT if gen.type == "password_hash" else BASE64
    width = {"token": 32, "api_key": 24, "jwt": 64, "password_hash": 53}[gen.type]
    room = (length_of(setting) or 255) - len(prefix)
    if gen.type == "password_hash" and room < width:
        return _text(setting, HEX, 4, room + len(prefix), "") if room + len(prefix) >= 16 else _short(setting, room + len(prefix), HEX)
    if room < 11:
        return _short(setting, room + len(prefix), BASE64)
    return _text(setting, alphabet, 6, min(width, room), prefix, dots=gen.type == "jwt")


def _words(rows: Rows, setting: Setting, count: int) -> list[NDArray[np.uint64]]:
    return [rows.stream(setting.name, "random", number).bits(rows.numbers) for number in range(count)]


def _text(setting: Setting, alphabet: Bytes, bits: int, width: int, prefix: str, *, dots: bool = False) -> Generator:
    per = 64 // bits  # whole characters of a word; the first word's last bits go into one more

    def make(rows: Rows) -> Cells:
        first, *rest = _words(rows, setting, 1 + max(0, -(-(width - per - 1) // per)))
        out = np.empty((len(first), len(prefix) + width), np.uint8)
        out[:, : len(prefix)] = np.frombuffer(prefix.encode(), np.uint8)
        column = len(prefix)
        for word, take in ((first, per + (64 % bits > 0)), *((word, per) for word in rest)):
            for turn in range(min(take, out.shape[1] - column)):
                out[:, column] = alphabet[(word >> np.uint64(bits * turn) & np.uint64(len(alphabet) - 1)).astype(np.int64)]
                column += 1
        if dots:
            out[:, len(prefix) + width * 2 // 3] = ord(".")
        return texts(chunk.fixed_text(out))

    return Random(make)


def _short(setting: Setting, width: int, alphabet: Bytes) -> Generator:
    if width < 1:
        raise PlanError(f"{setting.where}: the column is too short for a token; widen it")
    from synthseed.generators.drawn import is_numeric

    width = min(width, 10 if len(alphabet) > 16 else 15)
    size = len(alphabet) ** width

    def matrix(index: Ints) -> Bytes:
        out = np.empty((len(index), width), np.uint8)
        rest = index
        for column in reversed(range(width)):
            rest, last = np.divmod(rest, len(alphabet))
            out[:, column] = alphabet[last]
        return out

    def make(index: Ints, rows: Rows) -> Cells:
        from synthseed.cells import numbers

        return numbers(index) if is_numeric(setting) else texts(chunk.fixed_text(matrix(index)))

    return Drawn(f"token:{setting.name}", size, make, injective=True)


def _binary(gen: Semantic, setting: Setting) -> Generator:
    width = WIDTHS.get(gen.type, 64) // 2
    width = min(width, (setting.column.type.length if setting.column else None) or width)

    def make(rows: Rows) -> Cells:
        raw = np.stack(_words(rows, setting, -(-width // 8)), axis=1).astype("<u8").view(np.uint8)[:, :width]
        import pyarrow as pa

        ends = np.arange(0, width * (len(raw) + 1), width, dtype=np.int32)
        return Cells(
            Form.BYTES, pa.Array.from_buffers(pa.binary(), len(raw), [None, pa.py_buffer(ends), pa.py_buffer(np.ascontiguousarray(raw))])
        )

    return Random(make, distinct=width >= 8)


def _uuid(setting: Setting) -> Generator:
    """Return version 4 UUIDs (RFC 9562): 64 of the 122 bits are the row number's bijection."""
    text = setting.column is not None and setting.column.type.kind is not Kind.UUID

    def make(rows: Rows) -> Cells:
        one, two = _words(rows, setting, 2)
        raw = np.empty((len(one), 16), np.uint8)
        raw[:, :8] = one.astype(">u8").view(np.uint8).reshape(-1, 8)
        raw[:, 8:] = two.astype(">u8").view(np.uint8).reshape(-1, 8)
        # The six bits that version and variant take from the first word and the second: the first word's move to the end.
        raw[:, 15] = raw[:, 6] >> 4 | raw[:, 15] & 0xF0
        raw[:, 6] = raw[:, 6] & 0x0F | 0x40
        raw[:, 8] = raw[:, 8] & 0x3F | 0x80
        if not text:
            return Cells(Form.UUID, chunk.uuids(raw))
        bare = np.empty((len(raw), 32), np.uint8)
        bare[:, ::2], bare[:, 1::2] = HEX[raw >> 4], HEX[raw & 15]
        if (length_of(setting) or 36) < 36:
            return texts(chunk.fixed_text(bare))
        out = np.full((len(raw), 36), ord("-"), np.uint8)
        for source, target in (((0, 8), 0), ((8, 12), 9), ((12, 16), 14), ((16, 20), 19), ((20, 32), 24)):
            out[:, target : target + source[1] - source[0]] = bare[:, source[0] : source[1]]
        return texts(chunk.fixed_text(out))

    if text and (length_of(setting) or 36) < 32:
        return _short(setting, length_of(setting) or 16, HEX)
    return Random(make)
