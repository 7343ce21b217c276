"""Expressions of GitHub's workflows, as far as ours use them; anything else is an error."""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r"\s*(?:(?P<text>'(?:[^']|'')*')|(?P<number>\d+(?:\.\d+)?)|(?P<name>[A-Za-z_][\w-]*)"
    r"|(?P<sign>&&|\|\||==|!=|[!().,\[\]*]))"
)
WORDS = {"true": True, "false": False, "null": None}


class UnknownExpressionError(Exception):
    """Raised for what this evaluator does not know, so that no workflow is run wrongly."""


@dataclass(slots=True)
class Scope:
    """Contexts by name, and the functions that tell of a status.

    `open_contexts` are those where a missing key is empty, as it is for GitHub; in the others it is
    an error.
    """

    contexts: Mapping[str, Any]
    status: Mapping[str, Callable[[], bool]] = field(default_factory=dict)
    open_contexts: frozenset[str] = frozenset({"secrets", "vars", "needs", "steps", "github.event"})


def render(template: Any, scope: Scope) -> Any:
    """Evaluate what stands in `${{ }}`; a template that is one expression keeps its type."""
    if isinstance(template, dict):
        return {key: render(value, scope) for key, value in template.items()}
    if isinstance(template, list):
        return [render(value, scope) for value in template]
    if not isinstance(template, str) or "${{" not in template:
        return template
    alone = re.fullmatch(r"\$\{\{((?:(?!\}\}).)*)\}\}", template.strip(), re.DOTALL)
    if alone:
        return evaluate(alone[1], scope)
    return re.sub(
        r"\$\{\{(.*?)\}\}", lambda match: text(evaluate(match[1], scope)), template, flags=re.DOTALL
    )


def text(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        raise UnknownExpressionError("an object in a text")
    return str(value)


def condition(template: Any, scope: Scope) -> bool:
    """Evaluate an `if:`; without a function of the status, `success()` is part of it."""
    if template is None:
        return scope.status["success"]()
    source = str(template).strip()
    source = source[3:-2] if source.startswith("${{") and source.endswith("}}") else source
    holds = truth(evaluate(source, scope))
    has_status = re.search(r"\b(always|failure|success|cancelled)\(", source)
    return holds if has_status else holds and scope.status["success"]()


def truth(value: Any) -> bool:
    return value not in (None, False, 0, "")


def evaluate(source: str, scope: Scope) -> Any:
    parser = _Parser(_tokens(source), scope)
    value = parser.either()
    if parser.position != len(parser.tokens):
        raise UnknownExpressionError(source)
    return value


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens, position = [], 0
    source = source.strip()
    while position < len(source):
        match = TOKEN.match(source, position)
        if not match:
            raise UnknownExpressionError(f"{source[position:]!r} in {source!r}")
        kind = match.lastgroup or ""
        tokens.append((kind, match[kind]))
        position = match.end()
    return tokens


class _Parser:
    def __init__(self, tokens: list[tuple[str, str]], scope: Scope) -> None:
        self.tokens, self.scope, self.position = tokens, scope, 0

    def either(self) -> Any:
        value = self.both()
        while self.take("||"):
            other = self.both()
            value = value if truth(value) else other
        return value

    def both(self) -> Any:
        value = self.comparison()
        while self.take("&&"):
            other = self.comparison()
            value = other if truth(value) else value
        return value

    def comparison(self) -> Any:
        value = self.negation()
        if self.take("=="):
            return _same(value, self.negation())
        if self.take("!="):
            return not _same(value, self.negation())
        return value

    def negation(self) -> Any:
        if self.take("!"):
            return not truth(self.negation())
        if self.take("("):
            value = self.either()
            self.expect(")")
            return value
        return self.atom()

    def atom(self) -> Any:
        if self.position >= len(self.tokens):
            raise UnknownExpressionError("ends early")
        kind, word = self.tokens[self.position]
        self.position += 1
        if kind == "text":
            return word[1:-1].replace("''", "'")
        if kind == "number":
            return float(word)
        if kind == "name" and word in WORDS:
            return WORDS[word]
        if kind == "name":
            return self.call(word) if self.take("(") else self.path(word)
        raise UnknownExpressionError(word)

    def call(self, name: str) -> Any:
        if name == "fromJSON":
            value = json.loads(text(self.either()))
            self.expect(")")
            return value
        if name in self.scope.status:
            self.expect(")")
            return self.scope.status[name]()
        raise UnknownExpressionError(f"{name}()")

    def path(self, name: str) -> Any:
        if name not in self.scope.contexts:
            raise UnknownExpressionError(f"context {name}")
        value, path = self.scope.contexts[name], name
        while self.take("."):
            kind, key = self.tokens[self.position]
            self.position += 1
            if kind != "name":
                raise UnknownExpressionError(f"{path}.{key}")
            is_open = any(
                path == each or path.startswith(f"{each}.") for each in self.scope.open_contexts
            )
            if not (isinstance(value, Mapping) and key in value) and not is_open:
                raise UnknownExpressionError(f"{path}.{key}")
            value = value.get(key) if isinstance(value, Mapping) else None
            path = f"{path}.{key}"
        return value

    def take(self, sign: str) -> bool:
        is_next = self.tokens[self.position : self.position + 1] == [("sign", sign)]
        self.position += is_next
        return is_next

    def expect(self, sign: str) -> None:
        if not self.take(sign):
            raise UnknownExpressionError(f"no {sign}")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, str) and isinstance(other, str):
        return one.casefold() == other.casefold()
    if one is None and other == "":
        return True
    return bool(one == other)
