"""Render the Jinja inside the strings of dbt_project.yml and profiles.yml, as dbt does it for these two files.

A string becomes another type only behind `as_number`, `as_bool` or `as_native` (docs.getdbt.com/reference/dbt-jinja-functions).
The sandbox is Jinja's own: a file of a foreign project must not reach beyond its strings.
"""

from __future__ import annotations

import ast
import os
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from synthseed.errors import ConfigurationError

if TYPE_CHECKING:
    from jinja2.sandbox import SandboxedEnvironment

SECRET_PREFIX = "DBT_ENV_SECRET"


class Missing(Exception):
    """Raised inside a template for a variable that is not there; `render` turns it into an error with a place."""


class _Marked(str):
    """A text that a filter said is to be read as a Python literal."""


# ---------------------------------------------------------------------------------------------- rendering
def render(value: Any, names: Mapping[str, Any], where: str) -> Any:
    """Return a value with every string in it rendered, keys of mappings excepted.

    Args:
        value: As YAML gave it.
        names: What templates may call, see `functions`.
        where: File and key, for errors.

    Raises:
        ConfigurationError: A template cannot be read, or names a variable that is not there. The template is not shown,
            since a password may stand in it.
    """
    if isinstance(value, dict):
        return {key: render(item, names, f"{where}.{key}") for key, item in value.items()}
    if isinstance(value, list):
        return [render(item, names, f"{where}[{index}]") for index, item in enumerate(value)]
    if not isinstance(value, str) or "{" not in value:
        return value
    return _text(value, names, where)


def _text(text: str, names: Mapping[str, Any], where: str) -> Any:
    from jinja2 import TemplateError

    try:
        return _environment().from_string(text).render(names)
    except Missing as missing:
        raise ConfigurationError(f"{where}: {missing}") from None
    except (TemplateError, TypeError, ValueError, ArithmeticError, AttributeError) as error:
        if where.endswith((".password", ".pass")):
            return text  # dbt keeps it too: passwords hold braces that are no Jinja
        kind = type(error).__name__
        raise ConfigurationError(f"{where}: its Jinja cannot be rendered ({kind}); expected what `dbt debug` takes; correct it") from None


@cache
def _environment() -> SandboxedEnvironment:
    from jinja2 import StrictUndefined
    from jinja2.nativetypes import NativeCodeGenerator
    from jinja2.sandbox import SandboxedEnvironment

    class Environment(SandboxedEnvironment):
        code_generator_class = NativeCodeGenerator
        concat = staticmethod(_joined)

    environment = Environment(undefined=StrictUndefined)
    environment.filters.update(as_text=str, as_number=_marked, as_bool=_marked, as_native=_marked)
    return environment


def _marked(value: Any) -> _Marked:
    return _Marked(value)


def _joined(parts: Iterable[Any]) -> Any:
    found = list(parts)
    if len(found) == 1 and isinstance(found[0], _Marked):
        return _literal(str(found[0]))
    if len(found) == 1 and not isinstance(found[0], str):
        return found[0]
    return "".join(str(part) for part in found)


def _literal(text: str) -> Any:
    known = {"true": True, "false": False}
    if text.lower() in known:
        return known[text.lower()]
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


# ---------------------------------------------------------------------------------------------- names
def functions(given: Mapping[str, Any], declared: Mapping[str, Any]) -> dict[str, Any]:
    """Return the functions that a template may call: `env_var` and `var`.

    Args:
        given: Variables of the command line (`--vars`). dbt knows only these in profiles.yml.
        declared: Variables of dbt_project.yml: taken where the template has no default, so that it never disagrees with dbt 1.
    """

    def var(name: str, default: Any = None) -> Any:
        for known in (given, {} if default is not None else declared):
            if name in known:
                return known[name]
        if default is None:
            raise Missing(f"variable `{name}` is not set and has no default; give it by --vars, or a default in the file")
        return default

    return {"env_var": env_var, "var": var}


def env_var(name: str, default: Any = None) -> Any:
    """Return an environment variable, or the default."""
    value = os.environ.get(name, default)
    if value is None:
        raise Missing(f"environment variable `{name}` is not set and has no default; set it, as `dbt` needs it too")
    return value


# ---------------------------------------------------------------------------------------------- YAML
def read_yaml(file: Path, what: str) -> dict[str, Any]:
    """Read a YAML file that holds a mapping.

    Raises:
        ConfigurationError: With the line: the file cannot be read, or is no YAML, or no mapping.
    """
    import yaml

    try:
        root = yaml.safe_load(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeError) as error:
        raise ConfigurationError(f"{file}: cannot be read ({type(error).__name__}); expected {what}; look at its permissions") from error
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark else ""
        said = getattr(error, "problem", None) or type(error).__name__
        raise ConfigurationError(f"{file}{line}: is no YAML ({said}); expected {what}; correct the line") from None
    if not isinstance(root, dict):
        raise ConfigurationError(f"{file}: holds no mapping; expected {what}; write `key: value` lines")
    return root
