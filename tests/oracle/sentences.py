"""Every sentence with a number, in text and Markdown, against what is counted.

A sentence of the Risk section that no pattern knows is a finding as well: nothing is said unjudged.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from tests.oracle import numbers
from tests.oracle.desired import Expectation
from tests.oracle.verdict import Finding

Document = Mapping[str, Any]
WORDS = (
    *("no", "one", "two", "three", "four", "five", "six"),
    *("seven", "eight", "nine", "ten", "eleven", "twelve"),
)
POOLS = {"Voice": "voice", "Web chat": "web_chat", "SMS": "sms", "Transcription": "transcription"}

N = r"(?P<n>[A-Z]?[a-z]+|\d+)"
M = r"(?P<m>[a-z]+|\d+)"
WHO = r"(?:person|people)"
CALLS = r"(?:calls for skill (?P<skill>\S+)|(?P<queue>\S+) calls)"
TARGET = r"(?:(?:q|Q)ueue (?P<queue>\S+?)|(?:s|S)kill (?P<skill>\S+?))"


def judge(expected: Expectation, document: Document, text: str, markdown: str) -> Iterator[Finding]:
    facts = _Facts(expected, document)
    section = re.search(r"\nRisk\n(.*?)\n\n", text, re.DOTALL)
    sentences = [line.strip() for line in section[1].splitlines()] if section else []
    for sentence in sentences:
        yield from facts.sentence(sentence)
    yield from facts.missing(sentences)
    yield from _markdown(sentences, markdown)
    yield from _tables(document, text)
    yield from _last_line(expected, document, text)


def number(word: str) -> int | None:
    word = word.lower()
    if word in ("nobody", "none", "nothing"):
        return 0
    if word.isdecimal():
        return int(word)
    return WORDS.index(word) if word in WORDS else None


class _Facts:
    """What is true, by pattern of a sentence."""

    def __init__(self, expected: Expectation, document: Document) -> None:
        self.expected, self.document = expected, document
        self.rows = {row["address"]: row for row in document["coverage"]}
        self.pools = {row["license"]: row for row in document["seats"]}
        self.patterns: list[tuple[str, Callable[[dict[str, str]], bool]]] = [
            (rf"{N} {WHO} (?:get|gets) another extension\.", self._moved("extension")),
            (rf"{N} {WHO} (?:sign|signs) in with another e-mail\.", self._moved("email")),
            (rf"{N} {WHO} can no longer sign in and take calls\.", self._access("lose")),
            (rf"{N} {WHO} can sign in and take calls from now on\.", self._access("gain")),
            (rf"{N} {WHO} (?:stop|stops) receiving {CALLS}; {M} remains?\.", self._group("leave")),
            (
                rf"{N} {WHO} (?:start|starts) receiving {CALLS}; there (?:is|are) {M} then\.",
                self._group("join"),
            ),
            (r"Nobody is left in queue (?P<queue>\S+): its callers reach nobody\.", self._empty),
            (r"Nobody with skill (?P<skill>\S+) is left: calls for it reach nobody\.", self._empty),
            (rf"{TARGET} falls to {M}, below its minimum of {N}\.", self._below("minimum")),
            (rf"{TARGET} falls to {M}, below the {N} that it had\.", self._below("before")),
            (
                rf"This plan dips: for a moment {TARGET} has (?:only )?{M}"
                rf"(?:, below (?:its minimum of|the) (?P<low>\w+)(?: that it had)?)?\.",
                self._dip,
            ),
            (rf"(?P<pool>[\w ]+?) gives back {N} of its seats\.", self._seats(-1)),
            (
                rf"(?P<pool>[\w ]+?) takes {N} more of its seats; {M} stays? free\.",
                self._seats(1),
            ),
            (
                rf"(?P<pool>[\w ]+?) needs {N} seats?, and {M} (?:was|were) purchased\.",
                self._needs,
            ),
            (r"Extension range (?P<range>\S+) is full then\.", self._full),
            (rf"{N} {WHO} (?:is|are) no longer recorded(?: automatically)?\.", self._recorded),
        ]

    def sentence(self, text: str) -> Iterator[Finding]:
        for pattern, is_true in self.patterns:
            if matched := re.fullmatch(pattern, text):
                if not is_true(matched.groupdict()):
                    yield Finding("sentence", f"false: {text}")
                return
        yield Finding("sentence unknown", text)

    def missing(self, sentences: list[str]) -> Iterator[Finding]:
        """Who stops and who starts is what the section is for."""
        for address, row in self.rows.items():
            name = address.partition("/")[2]
            for word, column in (("stop", "leave"), ("start", "join")):
                sought = rf"{word}s? receiving (calls for skill )?{re.escape(name)}\b"
                if row[column] and not any(re.search(sought, text) for text in sentences):
                    yield Finding("sentence missing", f"{len(row[column])} {column} {address}")

    def _moved(self, path: str) -> Callable[[dict[str, str]], bool]:
        def is_true(groups: dict[str, str]) -> bool:
            moved = [
                changed[path]
                for key, changed in self.expected.changes().items()
                if path in changed and key in self.expected.start.agents
            ]
            return number(groups["n"]) == sum(None not in values for values in moved)

        return is_true

    def _access(self, side: str) -> Callable[[dict[str, str]], bool]:
        return lambda groups: number(groups["n"]) == len(self.document["access"][side])

    def _row(self, groups: dict[str, str]) -> Mapping[str, Any]:
        kind = "skill" if groups.get("skill") else "queue"
        return self.rows[f"{kind}/{groups[kind]}"]

    def _group(self, side: str) -> Callable[[dict[str, str]], bool]:
        def is_true(groups: dict[str, str]) -> bool:
            row = self._row(groups)
            return (number(groups["n"]), number(groups["m"])) == (len(row[side]), row["after"])

        return is_true

    def _empty(self, groups: dict[str, str]) -> bool:
        row = self._row(groups)
        return row["after"] == 0 and row["before"] > 0

    def _below(self, column: str) -> Callable[[dict[str, str]], bool]:
        def is_true(groups: dict[str, str]) -> bool:
            row = self._row(groups)
            low, bound = number(groups["m"]), number(groups["n"])
            return low in (row["lowest"], row["after"]) and bound == row[column] and low < bound

        return is_true

    def _dip(self, groups: dict[str, str]) -> bool:
        row = self._row(groups)
        low = number(groups["m"])
        is_bound = groups["low"] is None or number(groups["low"]) in (row["minimum"], row["before"])
        return is_bound and low == row["lowest"] < min(row["before"], row["after"])

    def _seats(self, sign: int) -> Callable[[dict[str, str]], bool]:
        def is_true(groups: dict[str, str]) -> bool:
            row = self.pools[POOLS[groups["pool"]]]
            is_count = number(groups["n"]) == sign * (row["after"] - row["assigned"])
            return is_count and (sign < 0 or number(groups["m"]) == row["free"])

        return is_true

    def _needs(self, groups: dict[str, str]) -> bool:
        row = self.pools[POOLS[groups["pool"]]]
        return (number(groups["n"]), number(groups["m"])) == (row["after"], row["purchased"])

    def _full(self, groups: dict[str, str]) -> bool:
        rows = {row["range"]: row for row in self.document["extensions"]}
        return bool(rows[groups["range"]]["free"] == 0)

    def _recorded(self, groups: dict[str, str]) -> bool:
        modes = [
            changed["recording_mode"]
            for key, changed in self.expected.changes().items()
            if "recording_mode" in changed and key in self.expected.start.agents
        ]
        stopped = [
            (before, after)
            for before, after in modes
            if str(before).startswith("automatic") and not str(after).startswith("automatic")
        ]
        return number(groups["n"]) == len(stopped)


def _markdown(sentences: list[str], markdown: str) -> Iterator[Finding]:
    """The same sentences; what Markdown escapes is unescaped first."""
    plain = re.sub(r"\\(.)", r"\1", markdown).replace("\u200b", "")
    for sentence in sentences:
        if f"- {sentence}" not in plain and "and " not in sentence[:4]:
            yield Finding("markdown", f"does not say: {sentence}")


def _tables(document: Document, text: str) -> Iterator[Finding]:
    """Every row that is shown has the document's numbers."""
    columns = {
        "Seats": ("license", ("purchased", "assigned", "after", "peak", "free", "over")),
        "Extensions": ("range", ("from", "to", "used", "after", "free", "foreign")),
        "Coverage": ("address", ("before", "lowest", "after", "minimum", "join", "leave")),
    }
    for title, (key, names) in columns.items():
        rows = {row[key]: row for row in document[title.lower()]}
        section = re.search(rf"\n{title}\n(.*?)\n\n", text, re.DOTALL)
        for line in section[1].splitlines()[1:] if section else []:
            name, *cells = line.split()
            true = [_cell(rows[name][column]) for column in names]
            if cells != true:
                yield Finding("table", f"{title} {name} shows {cells}, the document says {true}")


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return str(len(value))
    return "none" if value is None else str(value)


def _last_line(expected: Expectation, document: Document, text: str) -> Iterator[Finding]:
    line = next(line for line in reversed(text.splitlines()) if line.startswith("Plan: "))
    counts = dict.fromkeys(numbers.ACTIONS, 0)
    for change in document["changes"]:
        if change["action"] != "no-op":
            counts[change["action"]] += 1
    total = sum(counts.values())
    happens = ", ".join(f"{count} {action}" for action, count in counts.items())
    unchanged = sum(row.get("unchanged", 0) for row in document["summary"].values())
    begin = f"Plan: {total} change{'s' * (total != 1)}: {happens}; {unchanged} unchanged"
    if not line.startswith(begin):
        yield Finding("plan line", f"{line} does not begin with {begin}")
    end = _standing(document, total)
    if not re.search(rf"; {end}$", line):
        yield Finding("plan line", f"{line} does not end with {end}")


def _standing(document: Document, total: int) -> str:
    """Blockers of rules may be called findings, as they stand among the diagnostics."""
    findings = {(d["rule"], d["address"], d["summary"]) for d in document["diagnostics"]}
    blockers = [(b["guard"], b.get("address"), b.get("summary")) for b in document["blockers"]]
    if not blockers:
        return "can be applied" if total else "nothing to do"
    of_rules = sum(blocker in findings for blocker in blockers)
    counts = (len(blockers) - of_rules, "guard"), (of_rules, "finding")
    apart = " and ".join(f"{count} {word}{'s' * (count != 1)}" for count, word in counts if count)
    return f"blocked by ({len(blockers)} guards?|{apart})"
