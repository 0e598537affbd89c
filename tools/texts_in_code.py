"""The texts that readers are shown, as Python says them: found in its syntax tree.

A text is a literal, or is looked up in a constant: `_("Retry")`, `_(WORDS[state])`, `_(CATALOGUE[code].remedy)`. Of a lookup all
that the constant holds is taken. Whatever else stands in such a place cannot be translated, and is a complaint.
"""

import ast
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import ModuleType
from typing import Any

from tidegate.domain.refusals import Refusal

COUNTED = frozenset({"ngettext", "forms"})
TEXT_AT: Mapping[str, tuple[int | str, ...]] = {
    "_": (0,),
    "gettext": (0,),
    "Sentence": (0,),
    "Problem": (2,),
    "Entry": ("message", "cause", "remedy", "detailed"),
}
"""Where the text stands in a call. In that of a refusal it is the second argument."""


class Unreadable(Exception):
    """A text that cannot be told from the code."""


@dataclass(frozen=True)
class Message:
    """One text, and its plural where it counts something."""

    text: str
    plural: str = ""


@dataclass(frozen=True)
class Found:
    """A message at a place, literally or by a lookup; or a complaint about the place."""

    place: str
    message: Message | None
    literal: bool = True
    complaint: str = ""


def in_code(source: str, module: ModuleType, place: str) -> list[Found]:
    """Return what a module says; `module` is it, imported, for the constants that it names."""
    found: list[Found] = []
    for call in _calls(ast.parse(source)):
        try:
            found += [Found(place, message, literal) for message, literal in _said(call, module) if message.text]
        except Unreadable as reason:
            found.append(Found(f"{place}:{call.lineno}", None, complaint=f"{ast.unparse(call)[:100]} - {reason}"))
    return found


def possible(value: ast.expr, module: ModuleType) -> list[Any]:
    """Return all that an expression may be: literals, and what is looked up in a module's constants. Raises Unreadable."""
    match value:
        case ast.Constant():
            return [value.value]
        case ast.Name() if hasattr(module, value.id):
            return [getattr(module, value.id)]
        case ast.IfExp():
            return possible(value.body, module) + possible(value.orelse, module)
        case ast.Attribute():
            return [getattr(holder, value.attr) for holder in possible(value.value, module)]
        case ast.Subscript():
            return [held for holder in possible(value.value, module) for held in _held(holder, value.slice)]
        case ast.Call(func=ast.Attribute(attr="get", value=table), args=[key, otherwise]):
            return [held for holder in possible(table, module) for held in _held(holder, key)] + possible(otherwise, module)
    raise Unreadable("the text is neither a literal nor looked up in a constant")


def _held(holder: Any, key: ast.expr) -> list[Any]:
    if isinstance(holder, Mapping):
        return list(holder.values())
    return [holder[key.value]] if isinstance(key, ast.Constant) else list(holder)


def _calls(tree: ast.Module) -> list[ast.Call]:
    """Return the calls that take a text, in their order; a refusal's own `super().__init__("code", "Text.")` is one."""
    refusals = _refusals()
    own = {
        call
        for kind in ast.walk(tree)
        if isinstance(kind, ast.ClassDef) and any(ast.unparse(base) in {"Refusal", *refusals} for base in kind.bases)
        for call in ast.walk(kind)
        if isinstance(call, ast.Call) and ast.unparse(call.func) == "super().__init__"
    }
    named = {
        node for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {*TEXT_AT, *COUNTED, *refusals}
    }  # fmt: skip
    return sorted(own | named, key=lambda call: (call.lineno, call.col_offset))


def _refusals(kind: type[Refusal] = Refusal) -> set[str]:
    """Return the names of refusals that are made of a code and a text."""
    kinds = kind.__subclasses__()
    return {one.__name__ for one in kinds if "__init__" not in vars(one)}.union(*(_refusals(one) for one in kinds))


def _said(call: ast.Call, module: ModuleType) -> Iterator[tuple[Message, bool]]:
    name = call.func.id if isinstance(call.func, ast.Name) else ""
    if name in COUNTED:
        yield from _counted(call, module)
        return
    named = {entry.arg: entry.value for entry in call.keywords}
    for place in TEXT_AT.get(name, (1,)):
        value = named.get(place) if isinstance(place, str) else _argument(call, place)
        if value is not None and not _is_passed_on(value):
            yield from ((Message(text), isinstance(value, ast.Constant)) for text in _texts(value, module))


def _counted(call: ast.Call, module: ModuleType) -> Iterator[tuple[Message, bool]]:
    if isinstance(call.args[0], ast.Starred):
        yield from ((Message(*pair), False) for pair in possible(call.args[0].value, module))
    else:
        yield Message(*_texts(call.args[0], module), *_texts(call.args[1], module)), True


def _texts(value: ast.expr, module: ModuleType) -> list[str]:
    texts = possible(value, module)
    if not all(isinstance(text, str) for text in texts):
        raise Unreadable("it is no text")
    return texts


def _argument(call: ast.Call, place: int) -> ast.expr:
    if place >= len(call.args) or any(isinstance(argument, ast.Starred) for argument in call.args):
        raise Unreadable("the text does not stand in its place")
    return call.args[place]


def _is_passed_on(value: ast.expr) -> bool:
    """Tell whether it is handed on from elsewhere: the pattern of a sentence, or a text of an entry of the catalogue."""
    told = ast.unparse(value)
    return told.rpartition(".")[2] == "pattern" or (told.startswith("entry_of(") and told.rpartition(".")[2] in TEXT_AT["Entry"])
