"""A small client of the language server protocol, over the standard streams of a real server."""

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

URI = "file:///desired-state/agents.yaml"


class Editor:
    """One open document in one server."""

    def __init__(self, process: "subprocess.Popen[bytes]", schema: str) -> None:
        self._process = process
        self._schema = schema
        self._number = 0
        self.ask("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.tell("initialized", {})

    def open(self, text: str) -> list[dict[str, Any]]:
        """Opens the document and returns its diagnostics."""
        item = {"uri": URI, "languageId": "yaml", "version": 1, "text": text}
        self.tell("textDocument/didOpen", {"textDocument": item})
        while True:
            message = self._message()
            if message.get("method") == "textDocument/publishDiagnostics":
                found: list[dict[str, Any]] = message["params"]["diagnostics"]
                return found

    def at(self, method: str, line: int, character: int) -> Any:
        """What the server answers for a place in the document."""
        place = {"line": line, "character": character}
        return self.ask(f"textDocument/{method}", {"textDocument": {"uri": URI}, "position": place})

    def ask(self, method: str, params: Any) -> Any:
        self._number += 1
        number = self._number
        self._send({"jsonrpc": "2.0", "id": number, "method": method, "params": params})
        while True:
            message = self._message()
            if message.get("id") == number and "method" not in message:
                return message.get("result")

    def tell(self, method: str, params: Any) -> None:
        self._send({"jsonrpc": "2.0", "method": method, "params": params})

    def _message(self) -> dict[str, Any]:
        """The next message for the caller; questions of the server are answered on the way."""
        message = self._receive()
        if "method" in message and "id" in message:
            self._send({"jsonrpc": "2.0", "id": message["id"], "result": self._setting(message)})
            return self._message()
        return message

    def _setting(self, message: dict[str, Any]) -> Any:
        if message["method"] != "workspace/configuration":
            return None
        yaml = {"schemas": {self._schema: "*.yaml"}, "completion": True, "hover": True}
        yaml["validate"] = True
        asked = [item.get("section") for item in message["params"]["items"]]
        return [yaml if section == "yaml" else {} for section in asked]

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin
        content = json.dumps(message).encode()
        self._process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(content) + content)
        self._process.stdin.flush()

    def _receive(self) -> dict[str, Any]:
        assert self._process.stdout
        size = 0
        while line := self._process.stdout.readline().strip():
            name, _, value = line.partition(b":")
            size = int(value) if name.lower() == b"content-length" else size
        assert size, "the server closed its output"
        message: dict[str, Any] = json.loads(self._process.stdout.read(size))
        return message


@contextmanager
def editor(program: str, schema: Path) -> Iterator[Editor]:
    """A server that knows the schema; it ends with the context."""
    with subprocess.Popen(
        [program, "--stdio"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Editor(process, schema.as_uri())
        finally:
            process.kill()
