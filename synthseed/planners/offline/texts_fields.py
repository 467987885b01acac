"""Tell the field that a table belongs to (shop, health, school, ...), from its own, its parents' and its neighbours' names."""

from __future__ import annotations

from functools import cache

from synthseed.planners.offline import names
from synthseed.planners.offline.question import TextQuestion
from synthseed.schema import Column, Schema, Table


def members(text: str) -> frozenset[str]:
    """Return the words of a text as a set."""
    return frozenset(text.split())


FIELDS = {
    "shop": "product article cart basket sku shop store order customer wishlist coupon catalog catalogue return checkout brand",
    "food": "restaurant dish menu recipe ingredient drink kitchen meal cafe bar chef waiter wine beer cuisine course_meal",
    "health": "patient doctor clinic hospital diagnosis treatment prescription medication ward nurse vaccination "
    "symptom vet appointment "
    "dose lab allergy dentist therapy pet owner",
    "school": "student teacher school course lesson exam grade class semester enrollment enrolment university lecture "
    "timetable pupil subject "
    "assignment homework curriculum faculty",
    "logistics": "shipment warehouse truck driver pallet container carrier route delivery freight parcel depot "
    "consignment cargo dock tracking "
    "transport vehicle",
    "hospitality": "hotel room guest booking reservation stay check_in resort hostel housekeeping apartment night",
    "finance": "account transaction loan invoice payment ledger journal budget expense bank claim policy insurance "
    "premium tax cost portfolio "
    "posting",
    "software": "user session log event job deployment server host release build repository issue bug ticket token api "
    "feature webhook "
    "workflow pipeline commit incident permission application tenant",
    "games": "player game match quest guild item character monster level achievement inventory spell weapon team league "
    "tournament season score",
    "media": "article author post comment book album song artist movie film playlist podcast episode magazine publisher "
    "track news genre blog "
    "newsletter library loan show listener sponsor broadcast",
    "real_estate": "property apartment listing landlord tenant lease building rent flat viewing estate broker",
    "hr": "employee department salary leave absence position applicant candidate shift timesheet payroll vacancy "
    "contract staff training",
    "energy": "sensor reading meter measurement device station turbine machine maintenance pump inspection plant tank "
    "alarm telemetry probe "
    "consumption",
    "law": "lawyer attorney court hearing judge matter case client plaintiff defendant verdict lawsuit paralegal",
    "culture": "museum exhibition exhibit artwork artist gallery collection loan visitor curator donor artefact",
    "public": "citizen municipality council district permit resident household waste mayor authority civic",
    "science": "sample experiment reagent chemical substance compound laboratory analysis researcher instrument hazard assay",
    "farm": "farm animal field crop herd harvest barn feed milking cow livestock plot farmer tractor milk",
    "sport": "gym trainer workout member membership class athlete coach club exercise",
}  # fmt: skip
NAMED = frozenset({"name", "title", "label", "designation", "caption", "description"})


@cache
def field_of(schema: Schema, key: str, language: str, parents: tuple[tuple[str, ...], ...] = ()) -> str:
    """Return the field of a table: its own name counts most, then its parents', then the other tables'."""
    weights: dict[str, int] = {}
    for table in schema.tables:
        weight = 6 if table.key == key else 2
        for word in names.words(table.name, language):
            weights[word] = max(weights.get(word, 0), weight)
    for words in parents:
        for word in words:
            weights[word] = max(weights.get(word, 0), 4)
    scores = {field: sum(weights.get(word, 0) for word in words.split()) for field, words in FIELDS.items()}
    best = max(scores, key=lambda field: scores[field])
    return best if scores[best] else ""


def field_for(question: TextQuestion) -> str:
    """Return the field of a question's table."""
    return field_of(question.schema, question.table.key, question.language, tuple(question.parents.values()))


OFFICE = frozenset({"finance", "hr"})  # every trade writes invoices and pays people


def trade_of(question: TextQuestion) -> str:
    """Return the field that a whole database works in, offices aside; "" where nothing tells it."""
    found = {word for table in question.schema.tables for word in names.words(table.name, question.language)}
    scores = {field: len(found & set(words.split())) for field, words in FIELDS.items() if field not in OFFICE}
    best = max(scores, key=lambda field: scores[field])
    return best if scores[best] else ""


def column_words(column: Column, question: TextQuestion) -> tuple[str, ...]:
    """Return another column's name as English words."""
    return names.words(column.name, question.language)


def label_of(table: Table, language: str) -> Column | None:
    """Return the column that names a table's rows, if there is one."""
    texts = [column for column in table.columns if column.type.kind == "text" and column.generated is None]
    for wanted in ("name", "title", "label", "designation"):
        for column in texts:
            if names.words(column.name, language)[-1:] == (wanted,) and not names.ends(
                names.words(column.name, language), "first name", "last name", "user name", "file name"
            ):
                return column
    return None
