"""Read the nodes of a synthseed.yml: every error names the file and the line."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NoReturn

from synthseed.errors import ConfigurationError, suggestion


def mapping(file: Path, node: Any, what: str) -> dict[str, Any]:
    """Return the nodes of a mapping by key; an empty one where nothing stands."""
    import yaml

    if node is None or (isinstance(node, yaml.ScalarNode) and node.tag.endswith(":null")):
        return {}
    if not isinstance(node, yaml.MappingNode):
        fail(file, node, f"{what} must be a mapping of names")
    found: dict[str, Any] = {}
    for key, value in node.value:
        if key.value in found:
            fail(file, key, f"{what} names {key.value!r} twice")
        found[str(key.value)] = value
    return found


def text(file: Path, what: str, node: Any) -> str:
    """Return a text that is not empty."""
    import yaml

    if not isinstance(node, yaml.ScalarNode) or not node.value:
        fail(file, node, f"{what} must be a text")
    return str(node.value)


def texts(file: Path, what: str, node: Any) -> dict[str, str]:
    """Return a mapping of names to texts."""
    return {name: text(file, f"{what}.{name}", value) for name, value in mapping(file, node, what).items()}


def names(file: Path, what: str, node: Any) -> tuple[str, ...]:
    """Return a list of names, or the one name that stands in its place."""
    import yaml

    if isinstance(node, yaml.ScalarNode):
        return (text(file, what, node),)
    if not isinstance(node, yaml.SequenceNode):
        fail(file, node, f"{what} must be a list of names")
    return tuple(text(file, what, item) for item in node.value)


def one_of(file: Path, what: str, node: Any, words: Collection[str]) -> str:
    """Return one of some words."""
    found = text(file, what, node)
    if found not in words:
        fail(file, node, f"{what} is {found!r}{suggestion(found, words)}; expected one of {', '.join(words)}")
    return found


def truth(file: Path, what: str, node: Any) -> bool:
    """Return true or false."""
    found = text(file, what, node).lower()
    if found not in ("true", "yes", "on", "false", "no", "off"):
        fail(file, node, f"{what} is {found!r}; expected true or false")
    return found in ("true", "yes", "on")


def number(file: Path, what: str, node: Any, *, whole: bool = False) -> Decimal:
    """Return a number above 0."""
    found = text(file, what, node)
    try:
        value = Decimal(found.replace("_", ""))
    except InvalidOperation:
        value = Decimal(0)
    if not value.is_finite() or value <= 0 or (whole and value != int(value)):
        fail(file, node, f"{what} is {found!r}; expected a {'whole ' if whole else ''}number above 0")
    return value


def known(file: Path, found: Mapping[str, Any], words: Collection[str], where: str = "") -> None:
    """Refuse a word that is not one of these."""
    for name, node in found.items():
        if name not in words:
            fail(file, node, f"{where}{name} is not known{suggestion(name, words)}; expected one of {', '.join(words)}")


def line(node: Any) -> int:
    """Return the line that a node begins in, from 1."""
    return int(node.start_mark.line) + 1


def fail(file: Path, node: Any, message: str) -> NoReturn:
    """Raise ConfigurationError with file and line in front."""
    raise ConfigurationError(f"{file}:{line(node)}: {message}")
