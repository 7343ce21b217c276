"""A Xima tenant of its own: the two documented lists on loopback, and a model of the console.

Nothing here is shared with the reconciler. The console knows rows, dialogs, boxes and levels as the
vendor's pages describe them; a person reads a step as it is printed and does what it says there, or
does not. `Console.facts` is what is true, for tests that judge sentences by it.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.providers import servers

BOXES = {"Voice": "voice", "Web Chat": "web_chat", "SMS": "sms", "Transcription": "transcription"}
ROW = re.compile(r"(?P<name>.*)\((?P<number>[0-9]+)\)")


@dataclass
class Human:
    """One row of the console, licensed or not."""

    name: str
    number: str
    kind: str = "XIMA"
    email: str = ""
    licenses: set[str] = field(default_factory=set)
    levels: dict[str, int] = field(default_factory=dict)
    profile: dict[str, str] = field(default_factory=dict)

    @property
    def row(self) -> str:
        return f"{self.name}({self.number})"


class NoSuchRowError(Exception):
    """The page has no such row: whoever looks for it cannot do the step."""


@dataclass
class Console:
    """What is saved, what is ticked and not saved yet, and who is asked for the lists."""

    humans: list[Human] = field(default_factory=list)
    skills: list[str] = field(default_factory=list)
    directory: list[Human] = field(default_factory=list)
    pending: list[Callable[[], None]] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)
    broken: tuple[int, bytes] | None = None
    url: str = ""

    def person(self, number: str) -> Human:
        for human in self.humans:
            if human.number == number:
                return human
        raise NoSuchRowError(number)

    def named(self, name: str) -> Human:
        (found,) = (human for human in self.humans if human.name == name)
        return found

    def row(self, text: str) -> Human:
        for human in self.humans:
            if human.row == text or f"extension {human.number}" == text:
                return human
        raise NoSuchRowError(text)

    def agents(self) -> list[dict[str, str]]:
        """The documented list: who has a license, with name, number and kind."""
        return [{"agent": h.row, "type": h.kind} for h in self.humans if h.licenses]

    # --- pages ---------------------------------------------------------------------------------

    def do(self, step: Mapping[str, Any], *, saves: bool = True) -> None:
        """What a step says; `saves` whether the dialog is saved in which it is done."""
        title, entries = str(step["title"]), [(f["label"], f["value"]) for f in step["fields"]]
        for pattern, deed in DEEDS:
            if match := re.fullmatch(pattern, title):
                deed(self, match["row"], entries, saves)
                return
        raise AssertionError(f"nobody knows how to do: {title}")

    def save_page(self) -> None:
        for change in self.pending:
            change()
        self.pending.clear()

    def reload_page(self) -> None:
        """What was not saved is gone."""
        self.pending.clear()

    def _create(self, row: str, entries: Sequence[tuple[str, str]], saves: bool) -> None:
        if not saves:
            return
        match = ROW.fullmatch(row)
        assert match
        if any(human.number == match["number"] for human in self.humans):
            raise NoSuchRowError(f"extension {match['number']} is already in use")
        human = Human("", "")
        self.humans.append(human)
        self._fill(human, entries)

    def _edit(self, row: str, entries: Sequence[tuple[str, str]], saves: bool) -> None:
        human = self.row(row)
        taken = [value for label, value in entries if label == "Extension"]
        if any(h.number in taken for h in self.humans if h is not human):
            raise NoSuchRowError(f"extension {taken[0]} is already in use")
        if saves:
            self._fill(human, entries)

    def _fill(self, human: Human, entries: Sequence[tuple[str, str]]) -> None:
        for label, value in entries:
            if label == "Name":
                human.name = value
            elif label == "Extension":
                human.number = value
            elif label == "Email Address":
                human.email = value
            else:
                human.profile[label] = value

    def _license(self, row: str, entries: Sequence[tuple[str, str]], _saves: bool) -> None:
        human = self.row(row)

        def ticked() -> None:
            for label, value in entries:
                if label == "Every license":
                    human.licenses.clear()
                elif value.startswith("ticked"):
                    human.licenses.add(BOXES[label])
                else:
                    human.licenses.discard(BOXES[label])

        self.pending.append(ticked)

    def _levels(self, row: str, entries: Sequence[tuple[str, str]], _saves: bool) -> None:
        human = self.row(row)
        if not human.licenses:
            raise NoSuchRowError(f"{row} has no row on Skill Levels")

        def typed() -> None:
            for label, value in entries:
                if label == "Every skill":
                    human.levels.clear()
                elif value.startswith("blank"):
                    human.levels.pop(label, None)
                else:
                    assert label in self.skills, label
                    human.levels[label] = int(value) if value.isdigit() else 1

        self.pending.append(typed)

    def _skill(self, row: str, _entries: Sequence[tuple[str, str]], saves: bool) -> None:
        if saves and row not in self.skills:
            self.skills.append(row)

    def _edit_skill(self, row: str, _entries: Sequence[tuple[str, str]], _saves: bool) -> None:
        if row not in self.skills:
            raise NoSuchRowError(row)

    def _sync(self, row: str, _entries: Sequence[tuple[str, str]], _saves: bool) -> None:
        for human in self.directory:
            if human not in self.humans:
                self.humans.append(human)
        self.row(row)

    def _delete(self, row: str, _entries: Sequence[tuple[str, str]], saves: bool) -> None:
        human = self.row(row)
        if saves:
            self.humans.remove(human)


DEEDS = (
    (r"Create (?P<row>.*)", Console._create),
    (r"Edit the skill (?P<row>.*)", Console._edit_skill),
    (r"(?:Edit|Park) (?P<row>.*?)(?: for now, a later step moves it on)?", Console._edit),
    (r"Take all licenses from (?P<row>.*)", Console._license),
    (r"(?:License|Take licenses from) (?P<row>.*)", Console._license),
    (r"(?:Set|Blank) the skill levels of (?P<row>.*)", Console._levels),
    (r"Make the skill (?P<row>.*)", Console._skill),
    (r"Bring (?P<row>.*) in from the phone system", Console._sync),
    (r"Delete (?P<row>.*)", Console._delete),
)


@contextmanager
def tenant(console: Console) -> Iterator[Console]:
    """The documented reads of the console, served on loopback; everything else is refused."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:  # http.server's name
            console.requests.append(f"GET {self.path}")
            status, body = _answer(console, self.path)
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_arguments: object) -> None:
            """Quiet."""

    with servers.serving(ThreadingHTTPServer(("127.0.0.1", 0), Handler)) as url:
        console.url = url
        yield console


def _answer(console: Console, path: str) -> tuple[int, bytes]:
    if console.broken:
        return console.broken
    if path == "/rest/api/v1/agents":
        return 200, json.dumps({"agents": console.agents()}).encode()
    if path == "/rest/api/v1/skills":
        return 200, json.dumps({"skills": [{"name": name} for name in console.skills]}).encode()
    return 404, b"{}"


# --- people --------------------------------------------------------------------------------------


@dataclass
class Scripted:
    """Somebody at the console and at the terminal of an apply: a `Terminal` that answers itself.

    `does` tells what is done of a step before it is called done: `"all"`, `"nothing"`, or
    `"no save"` (done, and the page or dialog not saved). `leaves_after` is the number of answers
    after which the apply is left.
    """

    console: Console
    steps: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    does: Callable[[str], str] = lambda _title: "all"
    leaves_after: int | None = None
    lines: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def say(self, text: str) -> None:
        self.lines.append(text)

    def width(self) -> int:
        return 80

    def ask(self, question: str) -> str:
        return f"{question}: it refused"

    def choose(self, choices: Sequence[str]) -> str:
        if self.leaves_after is not None and len(self.asked) >= self.leaves_after:
            return choices[-1]
        question = self.lines[-1]
        self.asked.append(question)
        titles = re.findall(r"Step \d+ of \d+: (.*)", question)
        if not titles:
            self.console.save_page() if self.does("save") == "all" else self.console.reload_page()
            return "done"
        try:
            self._do(self._whole(titles[0], question))
        except NoSuchRowError:
            return "failed"
        return "done"

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    def _whole(self, title: str, question: str) -> Mapping[str, Any]:
        """The step as the terminal shows it: fields from its own lines."""
        fields = [
            {"label": label.strip(), "value": re.sub(r"  \(now .*\)$", "", value.strip())}
            for label, value in re.findall(r"  set    (.*?)  (\S.*)", question)
        ]
        second = question.split("\n")
        joined = " ".join(line.strip() for line in second)
        match = re.search(r"Step \d+ of \d+: (.*?)(?: click | check | set )", joined + " check ")
        return {"title": match[1].strip() if match else title, "fields": fields}

    def _do(self, step: Mapping[str, Any]) -> None:
        how = self.does(str(step["title"]))
        if how != "nothing":
            self.console.do(step, saves=how == "all")
