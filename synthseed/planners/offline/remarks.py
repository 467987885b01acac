"""Plan what people write: remarks, reasons, reviews, messages, titles, descriptions and log lines.

Remarks are rare and short; some repeat on purpose. Reviews follow the row's rating, log lines its level.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

from synthseed.plan import Choice, Null, Number, Override, Slot, Template, Tier
from synthseed.planners.offline import names
from synthseed.planners.offline.lookups import is_list
from synthseed.planners.offline.question import TextPlan, TextQuestion
from synthseed.planners.offline.texts_fields import column_words, field_for, label_of, members
from synthseed.planners.offline.texts_fitting import ALL, Filled, apart, choice, fill
from synthseed.planners.offline.texts_known import plan_own
from synthseed.planners.offline.texts_vocabulary import phrases
from synthseed.planners.offline.things import GOODS, is_goods, kind_of, noun_of

REMARKS = members("note remark comment memo annotation observation instruction feedback hint message_internal wish notice")
TITLES = frozenset(["title", "subject", "headline", "heading", "caption", "summary", "topic"])
DESCRIPTIONS = members("description summary abstract bio about detail info information synopsis excerpt teaser overview profile blurb")
BODIES = members("body content text message review answer reply question post article transcript")
REASONS = frozenset(["reason", "cause", "justification", "motive", "ground", "excuse"])
LOGS = frozenset(["log", "audit", "trace", "exception", "crash"])
RATINGS = frozenset(["rating", "star", "score", "grade", "mark"])
TALK = members("message chat conversation email mail sms thread letter inbox")
REVIEWS = frozenset(["review", "rating", "testimonial", "evaluation", "feedback"])
COMMENTS = frozenset(["comment", "reply", "discussion"])
NEWS = frozenset(["article", "post", "news", "blog", "story", "page"])
ISSUES = members("ticket issue bug incident case complaint request fault defect problem support")
QUESTIONS = frozenset(["question", "faq"])
NOTICES = frozenset(["notification", "alert", "reminder", "push"])
PAPERS = frozenset(["document", "file", "attachment", "report", "contract"])
JOBS = frozenset(["job", "vacancy", "position", "posting", "opening"])
SAYING = {"shop": "shop", "hospitality": "hospitality", "food": "food", "media": "media"}
PLACES = members("hotel restaurant cafe bar clinic school store venue museum apartment listing building farm park location site branch")
WORKS = members("movie book series album song game podcast exhibition")
LEARNED = frozenset(["course", "lesson", "exam", "program"])
DONE = frozenset(["task", "milestone", "project", "workflow"])
HELD = frozenset(["event", "tour", "trip", "tournament"])
MONEY = members("transaction payment expense booking posting entry journal ledger invoice transfer")
PARCELS = members("parcel package consignment shipment cargo")
GROUPS = members("guild clan club team group community channel party band")
GEAR_OF_GAMES = members("item quest monster spell weapon achievement creature artifact")
ASSETS = members(
    "device machine vehicle equipment asset tool computer printer instrument server sensor pump turbine meter camera laptop furniture"
)
STAYS = frozenset({"hotel", "room", "booking", "stay", "reservation", "apartment", "accommodation", "listing"})
MEALS = frozenset({"restaurant", "dish", "menu", "meal", "recipe", "cafe", "bar"})
SERVED = frozenset(
    {"doctor", "clinic", "practice", "service", "provider", "appointment", "driver", "course", "teacher", "workshop", "garage"}
)
ROUTINE = Decimal(22)  # percentage of remarks that say the first, most usual thing


def plan_remark(question: TextQuestion) -> TextPlan | None:
    """Plan a remark: mostly NULL, else a fragment of its field."""
    said = phrases(question.language)
    field = field_for(question)
    common = said.texts("remarks", "any")
    texts = said.texts("remarks", field) or common
    filled = fill(texts, question)
    if filled is None:
        return None
    usual = fill(common[:3] if field == "" else (*texts[-1:], *common[:1]), question)
    gen = filled.template
    if usual is not None and len(filled.texts) > 4:
        gen = Template((Tier(100 - ROUTINE, filled.texts), Tier(ROUTINE, usual.texts)))
        filled = Filled(filled.texts, _joined(filled.slots, usual.slots))
    percent = 82 if question.words[-1:] != ("instruction",) else 68
    return TextPlan(gen, filled.slots, nulls=Decimal(percent) if question.column.nullable else None)


def _joined(*parts: tuple[Slot, ...]) -> tuple[Slot, ...]:
    return tuple({slot.name: slot for slots in parts for slot in slots}.values())


def plan_reason(question: TextQuestion) -> TextPlan | None:
    """Plan a reason: to cancel, to return, for an absence."""
    words = {*question.words, *question.table_words}
    kinds = {
        "cancel": {"cancel", "cancellation", "cancelled", "termination", "deleted"}, "return": {"return", "refund", "rma"},
        "absence": {"absence", "leave", "sick", "absent"}, "reject": {"reject", "rejection", "rejected", "denial", "failure"},
        "visit": {"visit", "appointment", "consultation", "encounter"}, "change": {"change", "adjustment", "correction",
        "movement"},
    }  # fmt: skip
    own = [kind for kind, found in kinds.items() if found & set(question.words)]
    kind = (own or [kind for kind, found in kinds.items() if found & words] or ["any"])[0]
    if kind == "cancel":
        kind = _cancelled(question)
    filled = fill(phrases(question.language).texts("reasons", kind, kind.partition("@")[0], "any"), question)
    if filled is None:
        return None
    nulls = Decimal(8 if kind in ("visit", "absence") else 80) if question.column.nullable else None
    return TextPlan(filled.template, filled.slots, nulls=nulls)


CANCELLED = {
    "appointment": members("appointment consultation visit examination treatment viewing"),
    "booking": members("booking reservation stay trip rental flight"),
    "subscription": members("subscription membership contract policy account"),
    "event": members("event course lesson match tour class training hearing"),
}  # fmt: skip


def _cancelled(question: TextQuestion) -> str:
    """Return what a reason to cancel is about: the table's own noun, else its parents'; an order where nothing tells it."""
    for around in (question.table_words, *question.parents.values()):
        for thing, nouns in CANCELLED.items():
            if nouns & set(around):
                return f"cancel@{thing}"
    return "cancel"


# ---------------------------------------------------------------------------------------------- reviews and logs
def rating_of(question: TextQuestion) -> tuple[str, Decimal] | None:
    """Return the table's rating column and its highest value, where it is planned as a number of a few."""
    for column in question.table.columns:
        if not RATINGS & set(names.words(column.name, question.language)) or column.name not in question.siblings:
            continue
        gen = question.siblings[column.name].gen
        if isinstance(gen, Choice):
            values = [value for tier in gen.tiers for value in tier.values]
            if values and all(value.isdigit() for value in values):
                return column.name, Decimal(max(int(value) for value in values))
        elif isinstance(gen, Number) and 2 < gen.q.max <= 100:
            return column.name, gen.q.max
    return None


def plan_review(question: TextQuestion, *, short: bool) -> TextPlan | None:
    """Plan a review's body, or its title, by its rating: good words for the upper fifths, poor ones for the lower two."""
    said = phrases(question.language)
    field = field_for(question)
    own = "titles" if short else _reviewed(question, field)
    openings = said.group("reviews", own, "shop")
    closings = said.group("reviews", "close")
    plans = {}
    for mood in ("good", "mid", "bad"):
        first = tuple(openings.get(mood, ()))
        if not first:
            return None
        slots = {f"{part}_{mood}": words for part, words in _said_of(first, tuple(closings[mood]), short).items()}
        texts = [f"{{title_{mood}}}"] if short else _bodies(mood)
        plans[mood] = fill(texts, question, given=slots)
    rated = rating_of(question)
    good, mid, bad = plans["good"], plans["mid"], plans["bad"]
    if good is None or mid is None or bad is None:
        return None
    if rated is None:
        gen = Template((Tier(Decimal(62), good.texts), Tier(Decimal(22), mid.texts), Tier(Decimal(16), bad.texts)))
        return TextPlan(gen, _joined(good.slots, mid.slots, bad.slots), nulls=_rare(question, short))
    name, high = rated
    overrides = (
        Override(question.column.name, f"{name} <= {_share(high, 40)}", bad.template),
        Override(question.column.name, f"{name} > {_share(high, 40)} and {name} <= {_share(high, 60)}", mid.template),
    )
    return TextPlan(
        good.template,
        _joined(good.slots, mid.slots, bad.slots),
        nulls=_rare(question, short),
        overrides=overrides,
        note=f"the tone follows {name}",
    )


def _reviewed(question: TextQuestion, field: str) -> str:
    """Return what a review is about: the parents say it best."""
    around = _around(question)
    kinds = (
        ("shop", GOODS),
        ("hospitality", STAYS),
        ("food", MEALS),
        ("media", WORKS | {"film", "episode", "article"}),
        ("service", SERVED),
    )
    return next((kind for kind, nouns in kinds if around & nouns), SAYING.get(field, "service" if field else "shop"))


def _said_of(first: tuple[str, ...], closings: tuple[str, ...], short: bool) -> dict[str, tuple[str, ...]]:
    """Return the slots of a title or a body; two halves, so that no body says one thing twice."""
    half = (len(first) + 1) // 2
    return {"title": first} if short else {"opening": first, "start": first[:half], "more": first[half:], "closing": closings}


def _bodies(mood: str) -> list[str]:
    opening, start, more, closing = (f"{{{part}_{mood}}}" for part in ("opening", "start", "more", "closing"))
    return [f"{opening}.", f"{opening}. {closing}", f"{start}. {more}. {closing}", f"{more}. {start}.", f"{start}. {more}."]


def _share(high: Decimal, percent: int) -> str:
    return str((high * percent / 100).normalize().quantize(Decimal(1)) if high >= 5 else high // 2)


def _rare(question: TextQuestion, short: bool) -> Decimal | None:
    return Decimal(18 if short else 24) if question.column.nullable else None


def _around(question: TextQuestion) -> set[str]:
    return {word for words in (question.table_words, *question.parents.values()) for word in words}


def plan_log(question: TextQuestion) -> TextPlan | None:
    """Plan a log message that follows the row's level, where it has one."""
    said = phrases(question.language)
    if question.words[-1:] == ("error",) or "error" in question.words or "exception" in question.words:
        filled = fill(said.texts("logs", "error"), question)
        return None if filled is None else TextPlan(filled.template, filled.slots, nulls=Decimal(85) if question.column.nullable else None)
    plans = {level: fill(said.texts("logs", level), question) for level in ("info", "debug", "warning", "error")}
    info = plans["info"]
    if info is None:
        return None
    overrides: list[Override] = []
    column = _level_of(question)
    if column is not None:
        for values, level in _levels(question, column):
            found = plans[level]
            if found is not None and values:
                listed = ", ".join("'" + value.replace("'", "''") + "'" for value in values)
                overrides.append(Override(question.column.name, f"{column} in ({listed})", found.template))
    slots = _joined(*(found.slots for found in plans.values() if found is not None))
    if not overrides:
        return TextPlan(info.template, info.slots)
    return TextPlan(info.template, slots, overrides=tuple(overrides), note=f"the message follows {column}")


def _level_of(question: TextQuestion) -> str | None:
    for column in question.table.columns:
        plan = question.siblings.get(column.name)
        if {"level", "severity"} & set(names.words(column.name, question.language)) and plan is not None and isinstance(plan.gen, Choice):
            return column.name
    return None


def _levels(question: TextQuestion, column: str) -> list[tuple[list[str], str]]:
    gen = question.siblings[column].gen
    values = [value for tier in gen.tiers for value in tier.values] if isinstance(gen, Choice) else []
    starts = {"debug": ("debug", "trace", "verbose"), "warning": ("warn",), "error": ("err", "crit", "fatal", "emerg", "alert")}
    return [([value for value in values if value.lower().startswith(marks)], level) for level, marks in starts.items()]


# ---------------------------------------------------------------------------------------------- titles, bodies, descriptions
def plan_title(question: TextQuestion) -> TextPlan | None:
    """Plan a title or subject of something written; None for the title of a thing (a book, a course)."""
    nouns = set(question.table_words)
    if question.words == ("title",) and any(names.ends(column_words(column, question), "last name") for column in question.table.columns):
        titles = phrases(question.language).values("lookups", "salutation")
        return TextPlan(choice(titles)) if titles else None
    kinds = (
        ("message", TALK | NOTICES),
        ("issue", ISSUES),
        ("question", QUESTIONS),
        ("article", NEWS | COMMENTS),
        ("document", PAPERS),
        ("job", JOBS),
    )
    if nouns & REVIEWS:
        return plan_review(question, short=True)
    kind = next((kind for kind, found in kinds if found & nouns), "")
    return _said("titles", kind, question) if kind else None


def plan_body(question: TextQuestion) -> TextPlan | None:
    """Plan a body: a review, a message, an article, a comment, an answer."""
    nouns = {*question.table_words, *question.words}
    if nouns & LOGS or (nouns & {"event", "error"} and not nouns & (TALK | REVIEWS | COMMENTS | NEWS)):
        return plan_log(question)
    if nouns & REVIEWS:
        return plan_review(question, short=(question.column.type.length or 999) < 60)
    if "question" in question.words or (question.table_words[-1:] == ("question",) and "answer" not in question.words):
        return _said("titles", "question", question)
    kinds = (
        ("answer", {"answer", "reply", "solution"}),
        ("notification", NOTICES),
        ("comment", COMMENTS),
        ("message", TALK),
        ("article", NEWS),
    )
    kind = next((kind for kind, found in kinds if found & nouns), "")
    if kind:
        return _said("bodies", kind, question)
    if nouns & ISSUES:
        return _said("descriptions", "issue", question)
    return plan_remark(question) if question.column.nullable else plan_description(question)


def plan_description(question: TextQuestion) -> TextPlan | None:
    """Plan a description of what the table holds; often NULL."""
    kind = kind_of(question)
    nouns = set(question.table_words)
    kinds = (
        ("goods", is_goods(question)), ("issue", bool(nouns & ISSUES)), ("place", kind in PLACES), ("work", kind in WORKS),
        ("course", kind in LEARNED),
        ("task", kind in DONE), ("event", kind in HELD), ("money", bool(nouns & MONEY)), ("parcel", bool(nouns & PARCELS)),
        ("group", bool(nouns & GROUPS)), ("member", bool({*question.words} & {"bio", "profile", "about", "biography"})),
    )  # fmt: skip
    found = next((name for name, holds in kinds if holds), "any")
    if found == "any" and (question.role == "lookup" or is_list(question)):
        return _entry(question) or _own_words(question)
    if found == "any" and nouns & GEAR_OF_GAMES and field_for(question) == "games":
        found = "games"
    if found == "any" and nouns & ASSETS:
        found = "asset"
    if found == "any":
        return _own_words(question)
    plan = _said("descriptions", found, question)
    if plan is None or not question.column.nullable:
        return plan
    return replace(plan, nulls=Decimal(15 if found in ("goods", "work", "issue", "money") else 75 if found == "asset" else 40))


def _own_words(question: TextQuestion) -> TextPlan | None:
    """Describe a row of which only its own name is known, seldom; NULL where not even that is there."""
    entry = _entry(question, "thing")
    if entry is not None:
        return replace(entry, nulls=Decimal(75) if question.column.nullable else None, understood=False)
    return TextPlan(Null(), nulls=ALL, understood=False) if question.column.nullable else plan_own(question, noun_of(question))


def _entry(question: TextQuestion, said: str = "entry") -> TextPlan | None:
    """Describe an entry of a lookup by its own name; two of three have no description."""
    label = label_of(question.table, question.language)
    if label is None or label.name == question.column.name:
        return None
    texts = [text.replace("{entry", f"{{col:{label.name}") for text in phrases(question.language).texts("descriptions", said)]
    filled = fill(texts, question, widths={f"col:{label.name}": label.type.length or 32})
    return None if filled is None else TextPlan(filled.template, filled.slots, nulls=Decimal(66) if question.column.nullable else None)


def _said(section: str, kind: str, question: TextQuestion) -> TextPlan | None:
    """Return the texts of a section, told apart by a running number where each must be unique."""
    filled = fill(phrases(question.language).texts(section, kind, "any"), question)
    if filled is not None and question.unique:
        filled = apart(filled, question.rows) or fill([f"{text} ({{seq}})" for text in filled.texts], question)
    return None if filled is None else TextPlan(filled.template, filled.slots)
