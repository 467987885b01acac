"""Read the intervals of SQL that have a fixed length."""

from __future__ import annotations

import re
from decimal import Decimal

SECONDS = {"week": 604_800, "day": 86_400, "hour": 3_600, "minute": 60, "min": 60, "second": 1, "sec": 1}
_PART = re.compile(
    r"\s*(?:(?P<n>\d+(?:\.\d+)?)\s*(?P<unit>week|day|hour|minute|min|second|sec)s?\b|(?P<h>\d+):(?P<m>\d\d)(?::(?P<s>\d\d))?)"
)


def seconds_of(text: str) -> Decimal | None:
    """Return the seconds of `1 day 02:30:00` or `90 minutes`; None of months, years and whatever else."""
    text, at, total = text.strip().lower(), 0, Decimal(0)
    sign = -1 if text.startswith("-") else 1
    text = text.lstrip("-")
    while at < len(text):
        match = _PART.match(text, at)
        if match is None:
            return None
        if match["n"]:
            total += Decimal(match["n"]) * SECONDS[match["unit"]]
        else:
            total += (int(match["h"]) * 60 + int(match["m"])) * 60 + int(match["s"] or 0)
        at = match.end()
    return sign * total if text else None
