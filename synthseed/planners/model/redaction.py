"""Take out of a database's texts what must not leave: what nobody sees, what closes a block, what identifies or opens something.

Every pattern here either cannot fail behind its first character or is bounded, so that a text takes time by its length
alone; and no more than WINDOW characters of a text are looked at (measured: 1 MB of the worst takes under 10 ms).
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise

COMMENT, CODE, LABEL = 200, 300, 100  # most characters of a comment, of a default or CHECK, of an enum's label
WINDOW = 20_000
TAIL = 300  # characters before a cut that may hold the beginning of a secret, whose end would tell what it is

# Beside control and format characters (Cc, Cf): variation selectors, fillers and joiners that show nothing, and brackets
# that only look like others.
HIDDEN = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0\ufe64\ufe65\uff1c\uff1e")
SELECTORS = ((0xFE00, 0xFE0F), (0xE0100, 0xE01EF), (0x180B, 0x180F))

SQL = re.compile(
    r"""(?P<remark>--[^\n]*|/\*(?:[^*]|\*(?!/))*(?:\*/)?)"""
    r"""|(?P<text>[eE]'(?:[^'\\]|\\.|'')*'?|'(?:[^']|'')*'?|"(?:[^"]|"")*"?|`[^`]*`?)"""
    r"""|(?P<code>[^'"`eE/-]+|.)""",
    re.DOTALL,
)
CAST = re.compile(
    r"::(?:character varying|double precision|(?:timestamp|time)(?:\(\d\))? with(?:out)? time zone|[\w.\"]{1,130})"
    r"(?:\(\d{1,9}(?:,\d{1,9})?\))?(?:\[\])?"
)
TAG = re.compile(r"<(?=[^\W\d]|[/!?])")
PLAIN = re.compile(r"[^\W\d][\w$.-]*")
PLAIN_LABEL = re.compile(r"[\w+][\w .+&%/-]*")


# ---------------------------------------------------------------------------------------------- what nobody sees
@lru_cache(maxsize=4096)
def _kept(char: str) -> str:
    """Return a character as it may stand in a prompt: itself, a space, or nothing."""
    if char in "\t\n\r\v\f\x85\u2028\u2029":
        return " "
    category, number = unicodedata.category(char), ord(char)
    hidden = category in ("Cc", "Cf", "Co", "Cs", "Cn") or char in HIDDEN or any(low <= number <= high for low, high in SELECTORS)
    return "" if hidden else char


def cleaned(text: str) -> str:
    """Return a text on one line, without control, zero-width, bidirectional and other hidden characters."""
    if not text.isascii() or not text.isprintable():
        text = "".join(map(_kept, text))
    return " ".join(text.split())


def _escape(char: str) -> str:
    if _kept(char) == char and char not in "<>":
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else json.dumps(char)[1:-1]


def escaped(text: str) -> str:
    """Return a text as a JSON string that hides no character and holds no angle bracket; reading it gives the same text."""
    return '"' + "".join(map(_escape, json.dumps(text, ensure_ascii=False)[1:-1])) + '"'


def name(text: str) -> str:
    """Return the name of a table or column as the prompt writes it: plain, or as a JSON string where it isn't."""
    return text if PLAIN.fullmatch(text) and all(_kept(char) == char for char in text) else escaped(text)


# ---------------------------------------------------------------------------------------------- what identifies or opens
SECRET = "[secret]"
KEYS = re.compile(
    r"-----BEGIN [^-]{1,40}-----[^-]*(?:-----END [^-]{1,40}-----)?"
    r"|\beyJ[\w-]{8,}(?:\.[\w-]*){0,2}"
    r"|\b[sprk]k[-_](?:live|test|proj|ant|or)[-_][\w-]{8,}|\bsk-[A-Za-z0-9]{16,}"
    r"|\b(?:gh[opsu]|github_pat|npm|whsec|hf|shpat|dop_v1)_[\w-]{16,}|\b(?:glpat|xox[abprs])-[\w-]{8,}"
    r"|\b(?:AKIA|ASIA|AGPA|AROA)[A-Z0-9]{12,}|\bAIza[\w-]{20,}|\bSG\.[\w-]{10,}[\w.-]*"
)
URLS = re.compile(r"\b[A-Za-z][A-Za-z0-9+.-]{1,20}://[^\s'\"`]+|\bwww\.[^\s'\"`]+")
EMAILS = re.compile(r"[\w.+-]{0,63}[^\W_]@[^\W_][\w.-]{0,254}")
ASSIGNED = re.compile(
    r"(?P<what>\b(?:password|passwd|pwd|passphrase|passcode|pin|secret|token|bearer|credentials?|api[ _-]?key|access[ _-]?key|"
    r"private[ _-]?key|kennwort|passwort)\b[\"']?)"
    r"(?P<sign>\s{0,3}(?:=|:|\bis\b)\s{0,3}|\s)(?P<value>\"[^\"]*\"?|'[^']*'?|[^\s,;)]+)",
    re.IGNORECASE,
)
ADDRESSES = re.compile(
    r"(?<![\d.])\d{1,3}(?:\.\d{1,3}){3}(?:/\d{1,2})?(?![\d.]*\d)"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){7}[0-9A-Fa-f]{1,4}(?![\w:])"
    r"|(?<![\w:])(?:[0-9A-Fa-f]{1,4}:){1,6}(?::[0-9A-Fa-f]{1,4}){1,6}(?![\w:])"
    r"|(?<![\w:])[0-9A-Fa-f]{2}(?:[:-][0-9A-Fa-f]{2}){5}(?![\w:])"
)
UUIDS = re.compile(r"\b[0-9A-Fa-f]{8}-(?:[0-9A-Fa-f]{4}-){3}[0-9A-Fa-f]{12}\b")
RUNS = re.compile(r"[A-Za-z0-9+/=_-]{16,}")
DATE = r"(?P<date>(?<!\d)\d{4}-\d{2}-\d{2}(?:[ T]\d{2}:\d{2}(?::\d{2}(?:\.\d{1,6})?)?(?:Z|[+-]\d{2}(?::?\d{2})?(?!\d))?)?(?![\d-]))"
DIGITS = re.compile(DATE + r"|[+(]?\d(?:[ .()/-]{0,2}\d)*")
CODE_DIGITS = re.compile(DATE + r"|\d(?:[-.]?\d)*")
ROUND = re.compile(r"\d{1,3}0*|9+|2147483647|2147483648|4294967295|9223372036854775807|9223372036854775808")


def _assigned(code: bool) -> Callable[[re.Match[str]], str]:
    """Return what stands for a value that a word like `password` announces.

    In SQL it is a quoted text behind `=` or `:`. In prose a word that is only letters is a part of the sentence, unless `=`
    stands before it.
    """

    def replaced(match: re.Match[str]) -> str:
        sign, value = match["sign"].strip(), match["value"]
        quoted, inner = value[0] in "\"'", value.strip("\"'.!?")
        if not inner or value == SECRET:
            return match[0]
        if code or quoted:
            hidden = quoted and bool(sign)
        elif sign:
            hidden = sign == "=" or not (inner.isalpha() or value.startswith("("))
        else:
            hidden = len(inner) >= 6 and any(char.isdigit() for char in inner)
        return f"{match['what']}{match['sign']}{SECRET}" if hidden else match[0]

    return replaced


def _drawn(match: re.Match[str]) -> str:
    """Return what stands for a run of letters and digits: itself where it is made of words, else that it is a key."""
    text = match[0]
    digits = sum(char.isdigit() for char in text)
    if digits >= 4 and len(text) >= 24 and re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", text):
        return SECRET
    kinds = ["d" if char.isdigit() else "u" if char.isupper() else "l" if char.islower() else "" for char in text]
    # A word may begin with a capital letter; a key changes its kind every second character.
    changes = sum(a != b and bool(a) and bool(b) and (a, b) != ("u", "l") for a, b in pairwise(kinds))
    return SECRET if changes * 4 >= len(text) else text


def _number(limit: int) -> Callable[[re.Match[str]], str]:
    """Return what stands for digits: themselves where they are few, round, a date or a decimal number."""

    def replaced(match: re.Match[str]) -> str:
        text = match[0]
        digits = re.sub(r"\D", "", text)
        decimal = re.fullmatch(r"(\d+)\.\d+", text)
        short = len(digits) < limit or (decimal is not None and len(decimal[1]) < limit)
        return text if match["date"] or short or ROUND.fullmatch(digits) else "[number]"

    return replaced


def redacted(text: str, *, code: bool = False) -> str:
    """Return a text without e-mail addresses, URLs, network addresses, keys, and long runs of digits.

    Args:
        text: A cleaned text.
        code: It is SQL: numbers of up to eight digits are bounds, and `-` between digits takes something off.
    """
    text = KEYS.sub(SECRET, text)
    text = URLS.sub("[url]", text)
    text = EMAILS.sub("[email]", text)
    text = ASSIGNED.sub(_assigned(code), text)
    text = UUIDS.sub("[id]", text)
    text = ADDRESSES.sub("[ip]", text)
    text = RUNS.sub(_drawn, text)
    return CODE_DIGITS.sub(_number(9), text) if code else DIGITS.sub(_number(7), text)


def capped(text: str, limit: int) -> str:
    """Return at most `limit` characters, the last one an ellipsis where something was cut off."""
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def _whole(text: str) -> str:
    """Return what is looked at: a text that is longer than the window loses what stands near the cut."""
    if len(text) <= WINDOW:
        return text
    return text[: WINDOW - TAIL].rpartition(" ")[0] + " …"


# ---------------------------------------------------------------------------------------------- the texts of a schema
def comment(text: str) -> str:
    """Return the comment of a table or column, as the prompt writes it."""
    clean = cleaned(_whole(text)).replace("<", "").replace(">", "")
    return capped(redacted(clean), COMMENT)


def sql(text: str, limit: int = CODE) -> str:
    """Return a default, a CHECK, an index's expression or a query as the prompt writes it: without remarks and casts.

    Comparisons keep their signs, apart from the next word; inside of quotes angle brackets are written as \\u003c and \\u003e.
    """
    pieces, code = [], ""
    for match in SQL.finditer(_whole(text)):
        if match["text"] is None:
            code += match["code"] if match["remark"] is None else " "
            continue
        pieces += [code, match["text"]]
        code = ""
    pieces.append(code)
    whole = "".join(_literal(piece) if place % 2 else TAG.sub("< ", CAST.sub("", piece)) for place, piece in enumerate(pieces))
    return capped(redacted(TAG.sub("< ", cleaned(whole)), code=True), limit)


def _literal(text: str) -> str:
    return text.replace("<", "\\u003c").replace(">", "\\u003e")


def label(text: str) -> str:
    """Return an enum's label as the prompt writes it: plain, or as a JSON string."""
    clean = cleaned(text[: LABEL * 4])
    shown = redacted(clean)
    if shown != clean:
        return escaped(capped(shown, LABEL))
    return text if len(text) <= LABEL and clean == text and PLAIN_LABEL.fullmatch(text) else escaped(capped(text, LABEL))


def words(text: str) -> str:
    """Return the user's own words: their lines stay; hidden characters go, and nothing in them opens or closes a block."""
    lines = (TAG.sub("< ", cleaned(line)) for line in text.splitlines())
    return "\n".join(lines).strip()
