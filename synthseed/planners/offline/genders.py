"""Plan genders and forms of address that a CHECK or an enum lists: they follow the first name of the row."""

from __future__ import annotations

from synthseed.plan import Expr, Override, Semantic
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.names import tokens
from synthseed.planners.offline.shapes import choice, number
from synthseed.schema import Column
from synthseed.words import Words

WOMEN = {"f", "w", "k", "v", "female", "woman", "women", "weiblich", "frau", "femme", "feminin", "femenino", "femenina", "mujer"} | {
    "mrs", "ms", "miss", "mme", "madame", "sra", "senora",
}  # fmt: skip
MEN = {"m", "h", "male", "man", "men", "maennlich", "herr", "homme", "masculin", "masculino", "hombre", "mr", "monsieur", "sr", "senor"}
OTHERS = 2  # percent of people whose entry is none of the two


def plan_gender(draft: Draft, column: Column, labels: tuple[str, ...]) -> bool:
    """Plan a listed gender or salutation by the row's first name; False where it is none."""
    if draft.names[column.name][-1] not in ("gender", "sex", "salutation") or column.name in draft.unique:
        return False
    if not draft.said & {"first name", "last name", "full name", "name"}:
        return False
    women, men = ([label for label in labels if set(tokens(label)[:1]) <= own and tokens(label)] for own in (WOMEN, MEN))
    if not women or not men:
        return False
    nulls = draft.scatter(column.name, 2, 20)
    female = _female(draft.locale)
    draft.put("_gender", Semantic("gender", "person"), "women and men by their first names")
    draft.put(column, Expr(f"if(_gender = {_text(female)}, {_text(women[0])}, {_text(men[0])})"), nulls=nulls)
    rest = [label for label in labels if label not in (*women, *men)]
    married = [label for label in women[1:] if label.lower().rstrip(".") in ("mrs", "ms", "miss")]
    if rest or married:
        draft.put("_spread", number("1 25 50 75 95 100"), "spreads the entries that first names don't tell")
    if rest:
        draft.overrides.append(Override(column.name, f"_spread <= {OTHERS}", choice((100, tuple(rest)))))
    if married:
        draft.overrides.append(Override(column.name, f"_gender = {_text(female)} and _spread > 50", choice((100, tuple(married)))))
    return True


def _female(locale: str) -> str:
    """Return the word that the built-in gender writes for women."""
    words = Words.of(locale).pool("gender").texts
    return next((text for text in words if text[:1].lower() in "fwkvžżð女" or text[:4].lower() in ("muje", "femi")), "female")


def _text(label: str) -> str:
    return "'" + label.replace("'", "''") + "'"
