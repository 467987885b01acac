"""Make what networks name: addresses of documentation and reserved ranges, ports, agents, devices."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from synthseed import chunk
from synthseed.cells import Cells, merged, numbers, texts
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, is_numeric, one_per_index, pooled, positions
from synthseed.plan import Semantic
from synthseed.streams import Ints
from synthseed.words import Words

FIELDS = (
    "ipv4", "ipv6", "ip_cidr", "mac", "asn", "port", "user_agent", "device", "os", "browser", "http_method", "http_status", "referrer",
)  # fmt: skip
DOCUMENTATION = ("192.0.2.", "198.51.100.", "203.0.113.")  # RFC 5737
HOSTS = 254
FIRST_TIER = len(DOCUMENTATION) * HOSTS
FUTURE = 16 * 256**3 - 1  # 240.0.0.0 to 255.255.255.254 (RFC 1112, class E)
SPREAD_32 = 0x9E3779B1  # odd, so that multiplying carries [0, 2**32) onto itself and neighbours far apart
PORTS = (443, 80, 8080, 22, 5432, 3306, 6379, 8443, 25, 53, 21, 27017)
STATUS = ((200, 70), (201, 6), (204, 4), (301, 2), (302, 3), (304, 5), (400, 2), (401, 2), (403, 1), (404, 4), (429, 1), (500, 1), (503, 1))
METHODS = {"GET": 70, "POST": 18, "PUT": 5, "PATCH": 3, "DELETE": 3, "HEAD": 1, "OPTIONS": 1}
BROWSERS = (("Edg", "Edge", 6), ("Firefox", "Firefox", 8), ("Chrome", "Chrome", 60), ("Safari", "Safari", 20), ("OPR", "Opera", 3))
SYSTEMS = (("Windows", 45), ("Android", 25), ("iOS", 15), ("macOS", 10), ("Linux", 5))

_BYTES = [str(number) for number in range(256)]
_HEX = [f"{number:02x}" for number in range(256)]
_GROUPS = [f"{number:x}" for number in range(65536)]


def build_network(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of a network's value."""
    return _BUILDERS[gen.type](setting, f"{gen.type}:{setting.name}")


def _dotted(value: Ints) -> Cells:
    octets = chunk.strings(_BYTES)
    parts = [chunk.take(octets, value >> shift & 255) for shift in (24, 16, 8, 0)]
    return texts(chunk.join(parts[0], ".", parts[1], ".", parts[2], ".", parts[3]))


def _ipv4(setting: Setting, group: str) -> Drawn:
    near = chunk.strings([f"{DOCUMENTATION[number % 3]}{number // 3 + 1}" for number in range(FIRST_TIER)])

    def far(index: Ints) -> Ints:
        # FUTURE is 3 * 5 * 17 * 257 * 65537 * 16 ... less one; multiplying by a prime above it permutes the numbers below.
        return (0xF0000000 + index * SPREAD_32 % FUTURE).astype(np.int64)

    def make(index: Ints, rows: Rows) -> Cells:
        if is_numeric(setting):
            first = np.array([int.from_bytes(bytes(map(int, text.split("."))), "big") for text in chunk.python(near)], np.int64)
            return numbers(np.where(index < FIRST_TIER, first[np.minimum(index, FIRST_TIER - 1)], far(index - FIRST_TIER)))
        low, high = np.flatnonzero(index < FIRST_TIER), np.flatnonzero(index >= FIRST_TIER)
        if not len(high):
            return texts(chunk.take(near, index))
        return merged([(low, texts(chunk.take(near, index[low]))), (high, _dotted(far(index[high] - FIRST_TIER)))], len(index))

    def find(values: Cells) -> Ints:
        import pyarrow.compute as pc

        found = positions(near, values.array)
        fields = pc.extract_regex(values.array, pattern=r"^(?P<a>2[45][0-9])\.(?P<b>[0-9]{1,3})\.(?P<c>[0-9]{1,3})\.(?P<d>[0-9]{1,3})$")
        parts = [positions(chunk.strings(_BYTES), fields.field(name)) for name in "abcd"]
        whole = ((parts[0] * 256 + parts[1]) * 256 + parts[2]) * 256 + parts[3] - 0xF0000000
        fine = np.logical_and.reduce([part >= 0 for part in parts]) & (whole >= 0) & (whole < FUTURE)
        back = np.where(fine, whole, 0) * pow(SPREAD_32, -1, FUTURE) % FUTURE
        return np.where(found >= 0, found, np.where(fine, FIRST_TIER + back, -1))

    return Drawn(group, FIRST_TIER + FUTURE, make, natural=FIRST_TIER, find=None if is_numeric(setting) else find, injective=True)


def _ipv6(setting: Setting, group: str) -> Drawn:
    """Write 2001:db8:a:b::c (RFC 3849) in its canonical form (RFC 5952): three groups that are never 0."""
    wide = 65535
    pool = _GROUPS[1:]

    def make(index: Ints, rows: Rows) -> Cells:
        groups = chunk.strings(pool)
        a, b, c = index % wide, index // wide % wide, index // wide**2
        return texts(chunk.join("2001:db8:", chunk.take(groups, a), ":", chunk.take(groups, b), "::", chunk.take(groups, c)))

    def find(values: Cells) -> Ints:
        import pyarrow.compute as pc

        fields = pc.extract_regex(values.array, pattern=r"^2001:db8:(?P<a>[0-9a-f]+):(?P<b>[0-9a-f]+)::(?P<c>[0-9a-f]+)$")
        a, b, c = (positions(chunk.strings(pool), fields.field(name)) for name in "abc")
        return np.where((a >= 0) & (b >= 0) & (c >= 0), (c * wide + b) * wide + a, -1)

    return Drawn(group, wide**3, make, find=find, injective=True)


def _cidr(setting: Setting, group: str) -> Drawn:
    blocks = [
        f"{start}{step}/{bits}"
        for bits, width in ((27, 32), (28, 16), (26, 64), (24, 256))
        for start in DOCUMENTATION
        for step in range(0, 256, width)
    ]
    return pooled(setting, blocks, group=group, what="network")


def _mac(setting: Setting, group: str) -> Drawn:
    """Write 00-00-5E-00-53-xx (RFC 9542), then locally administered addresses."""
    near = chunk.strings([f"00:00:5e:00:53:{pair}" for pair in _HEX])

    def make(index: Ints, rows: Rows) -> Cells:
        low, high = np.flatnonzero(index < 256), np.flatnonzero(index >= 256)
        if not len(high):
            return texts(chunk.take(near, index))
        pairs, value = chunk.strings(_HEX), index[high] - 256
        parts = [chunk.take(pairs, value >> shift & 255) for shift in (32, 24, 16, 8, 0)]
        far = chunk.join("02:", parts[0], ":", parts[1], ":", parts[2], ":", parts[3], ":", parts[4])
        return merged([(low, texts(chunk.take(near, index[low]))), (high, texts(far))], len(index))

    def find(values: Cells) -> Ints:
        import pyarrow.compute as pc

        found, pairs = positions(near, values.array), chunk.strings(_HEX)
        names = "abcde"
        pattern = "^02:" + ":".join(f"(?P<{name}>[0-9a-f]{{2}})" for name in names) + "$"
        fields = pc.extract_regex(values.array, pattern=pattern)
        parts = [positions(pairs, fields.field(name)) for name in names]
        value = np.zeros(len(values), np.int64)
        for part in parts:
            value = value * 256 + part
        return np.where(found >= 0, found, np.where(parts[0] >= 0, 256 + value, -1))

    return Drawn(group, 256 + 2**40, make, natural=256, find=find, injective=True)


def _asn(setting: Setting, group: str) -> Drawn:
    reserved = np.array([*range(64496, 64512), *range(65536, 65552)], np.int64)  # RFC 5398
    private, count = 4_200_000_000, 94_967_295  # RFC 6996

    def make(index: Ints, rows: Rows) -> Cells:
        value = np.where(index < len(reserved), reserved[np.minimum(index, len(reserved) - 1)], private + index - len(reserved))
        return numbers(value) if is_numeric(setting) else texts(chunk.text_of(value))

    def find(values: Cells) -> Ints:
        value = values.ints if is_numeric(setting) else chunk.view(values.array.cast("int64"))
        place = np.minimum(np.searchsorted(reserved, value), len(reserved) - 1)
        far = (value >= private) & (value < private + count)
        return np.where(reserved[place] == value, place, np.where(far, value - private + len(reserved), -1))

    return Drawn(group, len(reserved) + count, make, natural=len(reserved), find=find, injective=True)


def _weighted(entries: Sequence[tuple[str, int]]) -> Callable[[Setting, str], Drawn]:
    def build(setting: Setting, group: str) -> Drawn:
        return pooled(setting, [text for text, _ in entries], group=group, what="value", weights=[weight for _, weight in entries])

    return build


def _port(setting: Setting, group: str) -> Drawn:
    entries = [(str(port), 40 // (rank + 1)) for rank, port in enumerate(PORTS)]
    entries += [(str(port), 1) for port in range(49152, 49152 + 40)]
    return _weighted(entries)(setting, group)


def _agents(setting: Setting, group: str) -> Drawn:
    return pooled(setting, Words.of(setting.locale).pool("user_agent").texts, group=group, what="user agent")


def _devices(setting: Setting, group: str) -> Drawn:
    return pooled(setting, Words.of(setting.locale).pool("device").texts, group=group, what="device")


def _referrer(setting: Setting, group: str) -> Drawn:
    entries = [
        f"https://{name}.example/{path}"
        for name in ("search", "www.news", "blog", "social", "mail", "forum")
        for path in ("", "start", "q")
    ]
    return pooled(setting, entries, group=group, what="referrer", weights=[8 if text.endswith("/") else 2 for text in entries])


def _status(setting: Setting, group: str) -> Drawn:
    make = one_per_index([str(code) for code, weight in STATUS for _ in range(weight)], is_numeric(setting))
    return Drawn(group, sum(weight for _, weight in STATUS), lambda index, rows: make(index))


_BUILDERS: dict[str, Callable[[Setting, str], Drawn]] = {
    "ipv4": _ipv4,
    "ipv6": _ipv6,
    "ip_cidr": _cidr,
    "mac": _mac,
    "asn": _asn,
    "port": _port,
    "user_agent": _agents,
    "device": _devices,
    "os": _weighted(SYSTEMS),
    "browser": _weighted([(name, weight) for _, name, weight in BROWSERS]),
    "http_method": _weighted(list(METHODS.items())),
    "http_status": _status,
    "referrer": _referrer,
}
