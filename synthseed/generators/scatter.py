"""Scatter coordinates around weighted centres, in millionths of a degree: no floats and no libm."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, localcontext
from fractions import Fraction
from itertools import accumulate
from typing import Any

import numpy as np

from synthseed.cells import Cells, Form, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Generator, Rows, Setting
from synthseed.generators.numbers import FITTING, held
from synthseed.plan import Center, Geo
from synthseed.schema import Kind
from synthseed.streams import Ints, Words, scrambled

MICRO = 1_000_000  # parts of a degree: a tenth of a metre
HALF_TURN, QUARTER_TURN = 180 * MICRO, 90 * MICRO
KILOMETRES = Fraction(111_195, 1000)  # of a degree of latitude on a sphere of 6371 km
# Four 16-bit words added have a standard deviation of 65536 / sqrt(3); 3 ** 0.5 to nine digits, as a fraction.
DEVIATION = 65536 / Fraction(1_732_050_808, 10**9)
PI = Decimal("3.14159265358979323846264338328")


@dataclass(frozen=True, slots=True)
class Centers:
    """Hold the centres: where each one's share of [0, 2**16) parts of 2**47 ends, its place, and its spread per draw.

    `lat_reach` and `lon_reach` are millionths of a degree per unit of the sum, times 2**16.
    """

    ends: Ints
    lat: Ints
    lon: Ints
    lat_reach: Ints
    lon_reach: Ints


@dataclass(frozen=True, slots=True)
class GeoGenerator:
    """Draw latitude and longitude under the group's name, and return the axis that is asked for."""

    axis: str
    drawn: str
    centers: Centers
    point: tuple[str, str, str]
    version: int = 1
    distinct: bool = False
    group: str = ""

    def values(self, rows: Rows, /) -> Cells:
        """Return degrees with six digits; for a point its text."""
        lat, lon = rows.once((self.drawn, "geo", self.centers.ends.tobytes()), lambda: self._place(rows))
        if self.axis == "point":
            return texts(self._text(lat, lon))
        return Cells(Form.NUMBER, lat if self.axis == "lat" else lon, None, 6)

    def _place(self, rows: Rows) -> tuple[Ints, Ints]:
        words = rows.stream(self.drawn, "geo").bits(rows.numbers)
        share = (words >> np.uint64(1)).view(np.int64)
        at = np.minimum(np.searchsorted(self.centers.ends, share, "right"), len(self.centers.ends) - 1)
        up, along = scrambled(~words), scrambled(words)
        lat = self.centers.lat.take(at) + (_bell(up) * self.centers.lat_reach.take(at) >> 16)
        lon = self.centers.lon.take(at) + (_bell(along) * self.centers.lon_reach.take(at) >> 16)
        return np.clip(lat, -QUARTER_TURN, QUARTER_TURN), (lon + HALF_TURN) % (2 * HALF_TURN) - HALF_TURN

    def _text(self, lat: Ints, lon: Ints) -> Any:
        from synthseed import chunk

        before, between, after = self.point
        first, second = (lat, lon) if between == "," and not before else (lon, lat)
        return chunk.join(before, degrees(first), between, degrees(second), after)

    def space(self) -> None:
        """Return None: places repeat."""
        return None


def _bell(words: Words) -> Ints:
    """Return the sum of the four 16-bit parts of each word, around zero: close to a normal distribution, in integers."""
    low = np.uint64(0x0000FFFF0000FFFF)
    pairs = (words & low) + (words >> np.uint64(16) & low)
    return ((pairs & np.uint64(0xFFFFFFFF)) + (pairs >> np.uint64(32))).view(np.int64) - 2 * 65535


def degrees(values: Ints) -> Any:
    """Return millionths of a degree as decimal text."""
    from synthseed import chunk

    size = np.abs(values)
    sign = chunk.take(chunk.strings(["", "-"]), (values < 0).astype(np.int64))
    return chunk.join(sign, chunk.text_of(size // MICRO), ".", chunk.text_of(size % MICRO, 6))


def build_geo(gen: Geo, setting: Setting) -> Generator:
    """Build an axis of a place: `lat` and `lon` for numbers and texts, `point` for a geometric or a text column.

    Raises:
        PlanError: No centres or no weight, one off the globe, an unknown axis, or a column that cannot hold it.
    """
    where = setting.where
    if gen.axis not in ("lat", "lon", "point"):
        raise PlanError(f"{where}: axis is {gen.axis!r:.40}, expected lat, lon or point")
    if not gen.centers or any(center.share < 0 for center in gen.centers) or not any(center.share for center in gen.centers):
        raise PlanError(f"{where}: no centre has a share above 0; write centers: [{{share: 1, lat: ..., lon: ..., km: ...}}]")
    for center in gen.centers:
        if abs(center.lat) > 90 or abs(center.lon) > 180 or not 0 <= center.km <= 20_000:
            raise PlanError(
                f"{where}: the centre {center.lat}, {center.lon} ({center.km} km) is not on the globe: lat -90..90, lon -180..180"
            )
    _fits(gen, setting)
    return GeoGenerator(gen.axis, gen.group or setting.name, _centers(gen.centers), _point_text(setting))


def _fits(gen: Geo, setting: Setting) -> None:
    column = setting.column
    if column is None:
        return
    takes = (Kind.TEXT, Kind.OTHER) if gen.axis == "point" else FITTING
    if column.type.kind not in takes:
        raise PlanError(f"{setting.where}: {gen.axis} does not fit {column.type.sql}; plan the column with another `use`")
    if gen.axis != "point" and column.type.kind in (Kind.NUMERIC, Kind.INTEGER):
        largest = max(abs(int(center.lat if gen.axis == "lat" else center.lon)) for center in gen.centers)
        if largest > held(column, 0)[1]:
            raise PlanError(f"{setting.where}: {column.type.sql} holds no {largest} degrees; move the centre, or plan another `use`")


def _point_text(setting: Setting) -> tuple[str, str, str]:
    """Return what stands before, between and after the two coordinates in the input text of the column's type."""
    column = setting.column
    if column is None or column.type.kind is not Kind.OTHER:
        return "", ",", ""  # lat,lon as people write it
    if column.type.sql.lower().startswith("point") and setting.schema.dialect == "postgresql":
        return "(", ",", ")"  # PostgreSQL's own: (x,y)
    return "POINT(", " ", ")"  # well-known text: PostGIS, MySQL, SpatiaLite


def _centers(centers: tuple[Center, ...]) -> Centers:
    total = sum(Fraction(center.share) for center in centers)
    ends = [int(end * 2**63 / total) for end in accumulate(Fraction(center.share) for center in centers)]
    reach = [Fraction(center.km) / KILOMETRES * MICRO / DEVIATION * 2**16 for center in centers]
    wider = [r / max(cosine(center.lat), Fraction(1, 100)) for r, center in zip(reach, centers, strict=True)]
    return Centers(
        np.array([min(end, 2**63 - 1) for end in ends], np.int64),
        np.array([int(center.lat * MICRO) for center in centers], np.int64),
        np.array([int(center.lon * MICRO) for center in centers], np.int64),
        np.array([int(r) for r in reach], np.int64),
        np.array([int(r) for r in wider], np.int64),
    )


def cosine(angle: Decimal) -> Fraction:
    """Return the cosine of degrees by its Taylor series in decimals: libm's differs between machines in the last bit."""
    with localcontext() as context:
        context.prec = 28
        square = (angle * PI / 180) ** 2
        term = total = Decimal(1)
        for k in range(1, 20):
            term = -term * square / ((2 * k - 1) * (2 * k))
            total += term
        return Fraction(round(total, 12))
