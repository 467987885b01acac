"""Plan small image files in binary columns, and what stands beside them: their size, type, width and height."""

from __future__ import annotations

from synthseed.expressions import quoted
from synthseed.plan import Expr, Semantic
from synthseed.planners.offline.draft import Draft
from synthseed.planners.offline.shapes import choice
from synthseed.schema import Column, Kind

IMAGES = frozenset(
    ["image", "photo", "photograph", "picture", "thumbnail", "thumb", "avatar", "scan", "pixel", "icon", "logo", "portrait", "snapshot",
     "screenshot"]
)  # fmt: skip
FILLERS = frozenset(["date", "byte", "blob", "file", "content", "raw", "binary", "body", "preview"])  # `date`: data, in one's singular
SHORTEST, LONGEST = 1124, 4228  # bytes of the smallest and the largest file: generators/images.py
SIZES = ("size", "size byte", "file size", "byte size", "byte", "length", "content length", "file length")
MIMES = ("mime type", "mime", "media type", "content type")
SIDES = {"image_width": ("width", "column"), "image_height": ("height", "row")}


def plan_images(draft: Draft) -> None:
    """Plan the binary columns that are named after an image, alone or in a table of images, and their properties."""
    for column in draft.todo:
        if column.type.kind is Kind.BYTES and _shows(draft, column) and _holds(draft, column):
            draft.put(column, Semantic("image", column.name), nulls=draft.scatter(column.name, 5, 40))
    files = [name for name, plan in draft.columns.items() if isinstance(plan.gen, Semantic) and plan.gen.type == "image"]
    if len(files) == 1:  # with two, whose size a `size` is can't be told
        _beside(draft, files[0])


def _holds(draft: Draft, column: Column) -> bool:
    """Tell whether any file of the pool may stand there: it is long enough, takes the smallest, and need not be distinct."""
    limit = draft.limits[column.name]
    most = [size for size in (column.type.length, limit.longest) if size is not None]
    return not draft.needed(column.name) and min(most, default=LONGEST) >= LONGEST and limit.shortest <= SHORTEST


def _shows(draft: Draft, column: Column) -> bool:
    words = {word for word in draft.names[column.name] if word not in FILLERS}
    return bool(words & IMAGES) or (not words and draft.words[-1] in IMAGES)


def _beside(draft: Draft, file: str) -> None:
    """Plan what is said of the file; NULL where there is no file, as far as it may be."""
    before = {file, *draft.names[file]}
    for column in draft.todo:
        said = " ".join(word for word in draft.names[column.name] if word not in before)
        if column.type.kind is Kind.INTEGER and said in SIZES:
            size = f"length({quoted(file)})"
            draft.put(column, Expr(size if column.nullable else f"coalesce({size}, 0)"))
        elif column.type.kind is Kind.TEXT and said in MIMES and (column.type.length or 99) >= len("image/png"):
            draft.put(column, choice((100, "image/png")))
        elif column.type.kind is Kind.INTEGER:
            for side, names in SIDES.items():
                if said in names:
                    draft.put(column, Semantic(side, file))
