"""YAML as configuration files use it: a safe, small and predictable part of the language.

Texts stay texts (a date is no date, ``no`` is no false), the same name twice is refused, and so are anchors, aliases and
tags, by which a few lines can become a million or call code. Every value knows its line.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import yaml
from django.utils.translation import gettext as _

from banyan.core.kernel.document_shapes import Path

MOST_CHARACTERS = 4_000_000
MOST_LEVELS = 40
LINE_LENGTH = 120
_TAG = "tag:yaml.org,2002:"


class BadYaml(ValueError):
    """A text that is not YAML as configuration files use it; ``line`` counts from 1."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line
        self.message = message


#: Written in C where the platform has it, which is ten times as fast; a template has thousands of values.
_SafeLoader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_SafeLoader):  # type: ignore[misc]  # which of the two is known at run time alone
    """Reads plain words as YAML 1.2 does: only true, false, null and numbers are more than text."""


_Loader.yaml_implicit_resolvers = {}

_Loader.add_implicit_resolver(f"{_TAG}bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), list("tTfF"))
_Loader.add_implicit_resolver(f"{_TAG}null", re.compile(r"^(?:~|null|Null|NULL|)$"), ["~", "n", "N", ""])
_Loader.add_implicit_resolver(f"{_TAG}int", re.compile(r"^[-+]?(?:0|[1-9][0-9]{0,30})$"), list("-+0123456789"))
_Loader.add_implicit_resolver(
    f"{_TAG}float", re.compile(r"^[-+]?(?:[0-9]+\.[0-9]*|\.[0-9]+)(?:[eE][-+]?[0-9]{1,3})?$"), list("-+.0123456789")
)


class _Dumper(yaml.SafeDumper):
    """Writes lists indented below their name, as people do."""

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002 YAML's own
        """Begin a level of its own for every list."""
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        """Write everything out; files have no aliases."""
        return True


@dataclass
class ReadYaml:
    """What a text says, and in which line each value stands."""

    value: Any
    lines: dict[Path, int] = field(default_factory=dict)


def read_yaml(text: str) -> ReadYaml:
    """Read a text; raise ``BadYaml``."""
    if len(text) > MOST_CHARACTERS:
        most = {"most": MOST_CHARACTERS // 1_000_000}
        raise BadYaml(1, _("The file is too large; at most %(most)d million characters are read.") % most)
    try:
        for event in yaml.parse(text, Loader=_Loader):
            _refuse_tricks(event)
        node = yaml.compose(text, Loader=_Loader)
    except yaml.MarkedYAMLError as problem:
        mark = problem.problem_mark or problem.context_mark
        said = {"problem": str(problem.problem or problem.context or "")}
        raise BadYaml(mark.line + 1 if mark else 1, _("This is not YAML: %(problem)s.") % said) from None
    except yaml.YAMLError as problem:
        raise BadYaml(1, _("This is not YAML: %(problem)s.") % {"problem": str(problem)[:200]}) from None
    except RecursionError:
        raise BadYaml(1, _("The file is nested too deeply.")) from None
    found = ReadYaml(None)
    found.value = _value(node, (), found.lines) if node is not None else None
    return found


def write_yaml(value: Any) -> str:
    """Write a value in the order in which it is given, so that ``read_yaml`` reads it back."""
    text: str = yaml.dump(value, Dumper=_Dumper, allow_unicode=True, sort_keys=False, width=LINE_LENGTH)
    return text


def _refuse_tricks(event: Any) -> None:
    if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
        raise BadYaml(event.start_mark.line + 1, _("Anchors (&) and aliases (*) are not used in configuration files."))
    if getattr(event, "tag", None) not in {None, "!"}:
        raise BadYaml(event.start_mark.line + 1, _("Tags (!) are not used in configuration files."))


def _value(node: Any, path: Path, lines: dict[Path, int]) -> Any:
    line = node.start_mark.line + 1
    if len(path) > MOST_LEVELS:
        raise BadYaml(line, _("The file is nested too deeply."))
    lines.setdefault(path, line)
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, path, lines)
    if isinstance(node, yaml.SequenceNode):
        return [_value(item, (*path, position), lines) for position, item in enumerate(node.value)]
    return _scalar(node, line)


def _mapping(node: yaml.MappingNode, path: Path, lines: dict[Path, int]) -> Mapping[str, Any]:
    found: dict[str, Any] = {}
    for name_node, value_node in node.value:
        line = name_node.start_mark.line + 1
        if not isinstance(name_node, yaml.ScalarNode):
            raise BadYaml(line, _("A name must be a plain text."))
        name = name_node.value
        if name in found:
            raise BadYaml(line, _("“%(name)s” stands here twice.") % {"name": name[:80]})
        lines[*path, name] = line
        found[name] = _value(value_node, (*path, name), lines)
    return found


def _scalar(node: Any, line: int) -> Any:
    kind = node.tag.removeprefix(_TAG)
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() == "true"
    if kind == "int":
        return int(node.value)
    if kind == "float":
        number = float(node.value)
        if not math.isfinite(number):
            raise BadYaml(line, _("Write a number."))
        return number
    return node.value
