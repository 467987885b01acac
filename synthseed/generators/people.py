"""Make persons: one number per row is a first name, a surname and a variant, and every field of the person reads it.

E-mail and user name write all three, so that another number is always another address: first the separator and the domain
differ, then the town of the domain, then middle initials. No address ends in a counter, and none reaches anyone: domains are
those of RFC 2606 and RFC 6761.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from synthseed import chunk
from synthseed.cells import Cells, texts
from synthseed.errors import PlanError
from synthseed.generators.base import Rows, Setting
from synthseed.generators.drawn import Drawn, group_of, is_unique, length_of, pooled, positions
from synthseed.generators.person_names import DOMAINS, FAMILY_FIRST, FORMS, NUMBERED, SEPARATORS, SPREAD, Names, names_of
from synthseed.plan import Semantic
from synthseed.schema import Kind
from synthseed.streams import Ints, below, scrambled
from synthseed.words import Words
from synthseed.words_names import GENDERS

FIELDS = (
    "first_name", "last_name", "full_name", "middle_name", "initials", "gender", "salutation", "username", "email", "occupation",
    "job_title", "nationality",
)  # fmt: skip


# ---------------------------------------------------------------------------------------------- fields
def build_person(gen: Semantic, setting: Setting) -> Drawn:
    """Return the generator of one field of a person; `gen.group` names the person."""
    if gen.type in ("first_name", "last_name", "middle_name", "occupation", "nationality") and is_unique(setting):
        return _alone(gen, setting)
    names = names_of(gen, setting)
    make, find = _MAKERS[gen.type](names, gen, setting)
    space = find is not None
    return Drawn(group_of("person", gen.group), names.shares * names.rounds, make, natural=names.shares, find=find, injective=space)


def _alone(gen: Semantic, setting: Setting) -> Drawn:
    words = Words.of(setting.locale)
    kind = {"middle_name": "first_name", "job_title": "occupation"}.get(gen.type, gen.type)
    entries = [text for gender in reversed(GENDERS) for text in words.pool(f"{kind}.{gender}").texts]
    return pooled(setting, entries, group=f"{gen.type}:{setting.name}", what=gen.type)


Make = Callable[[Ints, Rows], Cells]
Find = Callable[[Cells], Ints] | None


def _first_name(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    return lambda index, rows: texts(chunk.take(names.firsts, names.first_slots[index % len(names.first_slots)])), None


def _surname(names: Names, first: Ints, last: Ints) -> pa.Array:
    return chunk.take(names.lasts, np.where(first < names.women, last, last + len(names.last)))


def _last_name(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    def make(index: Ints, rows: Rows) -> Cells:
        first, last, _ = names.person(index)
        return texts(_surname(names, first, last))

    return make, None


def _full_name(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    def make(index: Ints, rows: Rows) -> Cells:
        first, last, _ = names.person(index)
        given, family = chunk.take(names.firsts, first), _surname(names, first, last)
        pair = (family, given) if names.language in FAMILY_FIRST else (given, family)
        return texts(chunk.join(pair[0], " ", pair[1]))

    return make, None


def _middle(names: Names, index: Ints) -> Ints:
    """Return the place of a middle name, of the same gender as the first."""
    first, _, _ = names.person(index)
    draw = scrambled(index.astype(np.uint64) * np.uint64(SPREAD))
    women = first < names.women
    count = np.where(women, names.women, len(names.first) - names.women)
    other = below(draw, np.maximum(count - 1, 1)) + np.where(women, 0, names.women)
    return np.minimum(other + (other >= first), len(names.first) - 1)  # never the first name again


def _middle_name(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    return lambda index, rows: texts(chunk.take(names.firsts, _middle(names, index))), None


def _initials(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    firsts = chunk.strings([text[0].upper() for text in names.first])
    lasts = chunk.strings([text[0].upper() for text, _ in names.last])
    dots = (length_of(setting) or 9) >= 4

    def make(index: Ints, rows: Rows) -> Cells:
        first, last, _ = names.person(index)
        parts = (
            (chunk.take(firsts, first), ".", chunk.take(lasts, last), ".") if dots else (chunk.take(firsts, first), chunk.take(lasts, last))
        )
        return texts(chunk.join(*parts))

    return make, None


def _gender(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    """Return women and men by the first name, in the words of the column: its enum's labels, a letter, or the language's own."""
    labels = _gender_labels(setting)
    if setting.column is not None and setting.column.type.kind in (Kind.INTEGER, Kind.NUMERIC):
        from synthseed.cells import numbers

        # ISO/IEC 5218: 1 male, 2 female.
        return lambda index, rows: numbers(np.where(names.first_slots[index % len(names.first_slots)] < names.women, 2, 1)), None
    array = chunk.strings(labels)
    return lambda index, rows: texts(
        chunk.take(array, (names.first_slots[index % len(names.first_slots)] >= names.women).astype(np.int64))
    ), None


def _gender_labels(setting: Setting) -> tuple[str, str]:
    type_ = setting.column.type if setting.column else None
    words = list(Words.of(setting.locale).pool("gender").texts)
    female = next((text for text in words if text[:1].lower() in "fwkvžżð女" or text[:4].lower() in ("muje", "femi")), "female")
    male = next((text for text in words if text != female and (text[:1].lower() in "m男" or text[:3].lower() == "her")), "male")
    if type_ is not None and type_.labels:
        fits = [[label for label in type_.labels if label[:1].lower() in set(own)] for own in ("fwvk", "mh")]
        return (fits[0] or list(type_.labels))[0], (fits[1] or list(type_.labels))[0]
    length = length_of(setting)
    if length is not None and length < max(len(female), len(male)):
        return (female[:1].upper(), male[:1].upper())
    return female, male


def _salutation(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    words, length = Words.of(setting.locale), length_of(setting) or 10**6
    pools = [[text for text in words.pool(f"salutation.{gender}").texts if len(text) <= length] or [""] for gender in GENDERS]
    array = chunk.strings([*pools[0][:2], *pools[1][:1]])
    women = len(pools[0][:2])

    def make(index: Ints, rows: Rows) -> Cells:
        first, last, _ = names.person(index)
        return texts(chunk.take(array, np.where(first < names.women, (first + last) % women, women)))

    return make, None


def _of_person(kind: str) -> Callable[[Names, Semantic, Setting], tuple[Make, Find]]:
    def field(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
        words, length = Words.of(setting.locale), length_of(setting) or 10**6
        pools = [[text for text in words.pool(f"{kind}.{gender}").texts if len(text) <= length] for gender in GENDERS]
        if not all(pools):
            raise PlanError(f"{setting.where}: no {kind} fits its length; widen the column or plan it as a choice")
        array, women = chunk.strings([*pools[0], *pools[1]]), len(pools[0])

        def make(index: Ints, rows: Rows) -> Cells:
            first = names.first_slots[index % len(names.first_slots)]
            draw = scrambled(index.astype(np.uint64) * np.uint64(SPREAD) + np.uint64(len(kind)))
            count = np.where(first < names.women, women, len(pools[1]))
            return texts(chunk.take(array, below(draw, count) + np.where(first < names.women, 0, women)))

        return make, None

    return field


def _rotation(first: Ints, last: Ints) -> Ints:
    return first * 7 + last * 3


def _username(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    """Write first.last with one of three separators, then with two digits, then with initials between."""
    plain = len(SEPARATORS)
    middles = chunk.strings([*SEPARATORS, *FORMS[plain:]])
    endings = chunk.strings(["", *(str(number) for number in range(10, 10 + NUMBERED))])

    def make(index: Ints, rows: Rows) -> Cells:
        first, last, variant = names.person(index)
        turn, form = np.divmod(variant, plain)
        middle = (form + _rotation(first, last)) % plain
        number = np.where(turn > 0, 1 + (turn - 1 + _rotation(last, first)) % NUMBERED, 0)
        far = turn > NUMBERED
        middle, number = np.where(far, variant - plain * (NUMBERED + 1) + plain, middle), np.where(far, 0, number)
        return texts(
            chunk.join(
                chunk.take(names.first_slugs, first),
                chunk.take(middles, middle),
                chunk.take(names.last_slugs, last),
                chunk.take(endings, number),
            )
        )

    def find(values: Cells) -> Ints:
        parts = pc.extract_regex(
            values.array, pattern=r"^(?P<first>[a-z]+)(?P<middle>[._-](?:[a-z][._-]){0,2})(?P<last>[a-z]+)(?P<ending>[0-9]{2})?$"
        )
        first, last = positions(names.first_slugs, parts.field("first")), positions(names.last_slugs, parts.field("last"))
        middle, number = positions(middles, parts.field("middle")), positions(endings, parts.field("ending"))
        known = (first >= 0) & (last >= 0) & (middle >= 0) & (number >= 0)
        first, last = np.where(known, first, 0), np.where(known, last, 0)
        turn = np.where(number > 0, 1 + (number - 1 - _rotation(last, first)) % NUMBERED, 0)
        near = turn * plain + (middle - _rotation(first, last)) % plain
        variant = np.where(middle < plain, near, middle - plain + plain * (NUMBERED + 1))
        return np.where(known, names.number(first, last, variant), -1)

    return make, find


def _email(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    """Write first.last at one of four domains, with other separators, at other towns' domains, then with initials between."""
    company = next(
        (
            plan
            for plan in setting.plan.columns
            if isinstance(plan.gen, Semantic) and plan.gen.type == "company" and plan.gen.group == gen.group
        ),
        None,
    )
    if company is not None:
        return _work_email(names, gen, setting)
    slots = len(DOMAINS) + 1
    forms = chunk.strings(FORMS)
    short = (length_of(setting) or 64) < 40
    every = (*DOMAINS, *(DOMAINS[:1] if short else names.domains))
    domains = chunk.strings(every)
    towns = max(len(every) - len(DOMAINS), 1)
    if short:
        slots = len(DOMAINS)
    near = len(SEPARATORS) * slots
    far = near if short else near + (towns - 1) * len(SEPARATORS)  # from here on with initials

    def make(index: Ints, rows: Rows) -> Cells:
        first, last, variant = names.person(index)
        turn = _rotation(first, last)
        form, slot = np.divmod(np.where(variant < far, variant, variant - far + near), slots)
        slot = (slot + turn) % slots
        domain = np.where(slot < len(DOMAINS), slot, len(DOMAINS) + turn % towns)
        if far > near:
            step, separator = np.divmod(variant - near, len(SEPARATORS))
            other = (variant >= near) & (variant < far)
            form = np.where(other, separator, form)
            domain = np.where(other, len(DOMAINS) + (turn + 1 + step) % towns, domain)
        return texts(
            chunk.join(
                chunk.take(names.first_slugs, first),
                chunk.take(forms, form),
                chunk.take(names.last_slugs, last),
                chunk.take(domains, domain),
            )
        )

    def find(values: Cells) -> Ints:
        parts = pc.extract_regex(
            values.array, pattern=r"^(?P<first>[a-z]+)(?P<form>[._-](?:[a-z][._-]){0,2})(?P<last>[a-z]+)(?P<domain>@.*)$"
        )
        first, last = positions(names.first_slugs, parts.field("first")), positions(names.last_slugs, parts.field("last"))
        form, domain = positions(forms, parts.field("form")), positions(domains, parts.field("domain"))
        known = (first >= 0) & (last >= 0) & (form >= 0) & (domain >= 0)
        first, last = np.where(known, first, 0), np.where(known, last, 0)
        turn = _rotation(first, last)
        step = (domain - len(DOMAINS) - turn) % towns  # 0 at the person's own town
        other = (domain >= len(DOMAINS)) & (step > 0)
        known &= ~other | (form < len(SEPARATORS))
        variant = form * slots + (np.minimum(domain, len(DOMAINS)) - turn) % slots
        variant = np.where(variant < near, variant, variant - near + far)
        variant = np.where(other, near + (step - 1) * len(SEPARATORS) + form, variant)
        return np.where(known, names.number(first, last, variant), -1)

    return make, find


def _work_email(names: Names, gen: Semantic, setting: Setting) -> tuple[Make, Find]:
    """Write first.last at the domain of the row's company: another person is another local part, whatever the company."""
    from synthseed.generators.companies import companies_of

    companies = companies_of(setting)
    forms = chunk.strings(FORMS)

    def local(first: Ints, last: Ints, variant: Ints) -> pa.Array:
        return chunk.join(chunk.take(names.first_slugs, first), chunk.take(forms, variant), chunk.take(names.last_slugs, last))

    def make(index: Ints, rows: Rows) -> Cells:
        domain = companies.domain(rows.index(group_of("company", gen.group), companies.natural))
        return texts(chunk.join(local(*names.person(index)), "@", domain))

    def find(values: Cells) -> Ints:
        parts = pc.extract_regex(values.array, pattern=r"^(?P<first>[a-z]+)(?P<form>[._-](?:[a-z][._-]){0,2})(?P<last>[a-z]+)@.*\.example$")
        first, last = positions(names.first_slugs, parts.field("first")), positions(names.last_slugs, parts.field("last"))
        form = positions(forms, parts.field("form"))
        known = (first >= 0) & (last >= 0) & (form >= 0)
        return np.where(known, names.number(np.where(known, first, 0), np.where(known, last, 0), np.where(known, form, 0)), -1)

    return make, find


_MAKERS: dict[str, Callable[[Names, Semantic, Setting], tuple[Make, Find]]] = {
    "first_name": _first_name,
    "last_name": _last_name,
    "full_name": _full_name,
    "middle_name": _middle_name,
    "initials": _initials,
    "gender": _gender,
    "salutation": _salutation,
    "username": _username,
    "email": _email,
    "occupation": _of_person("occupation"),
    "job_title": _of_person("occupation"),
    "nationality": _of_person("nationality"),
}
