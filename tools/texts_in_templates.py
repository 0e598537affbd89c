"""The texts that readers are shown, as templates say them: by `_` and `ngettext`, found among the tokens of their blocks."""

import ast
import re
from io import StringIO
from tokenize import STRING, TokenInfo, generate_tokens

from tools.texts_in_code import Found, Message

TEXTS = {"_": 1, "ngettext": 2}
"""How many literals each function takes first."""

_BLOCKS = re.compile(r"(\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\})", re.DOTALL)


def in_template(source: str, place: str) -> list[Found]:
    """Return what a template says; a call without its literals is a complaint."""
    found: list[Found] = []
    for block in _BLOCKS.findall(source):
        tokens = [] if block.startswith("{#") else _tokens(block)
        for at, token in enumerate(tokens):
            if token.string in TEXTS and tokens[at + 1].string == "(":
                texts = _literals(tokens[at + 2 :], TEXTS[token.string])
                message, complaint = (Message(*texts), "") if texts else (None, f"no literal: {block[:100]}")
                found.append(Found(place, message, complaint=complaint))
    return found


def own_text(source: str, stand_in: str = "") -> str:
    """Return what a template holds besides its blocks; what it inserts is the stand-in."""
    return _BLOCKS.sub(lambda block: stand_in if block[0].startswith("{{") else "", source)


def _tokens(block: str) -> list[TokenInfo]:
    """Return the tokens of a block: those of Python will do for expressions."""
    return list(generate_tokens(StringIO(block[2:-2].strip("-+ \n")).readline))


def _literals(tokens: list[TokenInfo], n: int) -> list[str]:
    """Return the first `n` arguments of a call, nothing when one of them is no single literal."""
    firsts = [tokens[2 * at : 2 * at + 2] for at in range(n)]
    whole = all(text.type == STRING and behind.string in {",", ")"} for text, behind in firsts)
    return [str(ast.literal_eval(text.string)) for text, _ in firsts] if whole else []
