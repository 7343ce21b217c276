"""What the steps need of GitHub's REST API, through the program `gh` and its token.

Texts travel as JSON on stdin, so that nothing of a pull request is ever part of a command line.
Answers are bounded in size and time.
"""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote, urlencode

from reconciler.errors import CannotTellError, SetupError

SECONDS: Final = 60
LARGEST: Final = 16 * 1024 * 1024
PAGE: Final = 100
PAGES: Final = 30
LARGEST_BODY: Final = 65_000
_STATUS: Final = re.compile(rb"HTTP (\d{3})")

Answer = Any


class NotFoundError(CannotTellError):
    """GitHub does not have it, or does not show it to this token (404, 410)."""


@dataclass(frozen=True, slots=True)
class GitHub:
    """`repository` is `owner/name`. `environ` is what `gh` gets; `bot` is the login it acts as."""

    repository: str
    environ: Mapping[str, str]
    bot: str

    def pulls_of(self, commit: str) -> list[Answer]:
        """Return the pull requests that have this commit."""
        return list(self._pages(f"commits/{quote(commit)}/pulls", {}))

    def workflow_run(self, number: int) -> Answer:
        return self._json("GET", f"actions/runs/{number}")

    def artefacts(self, name: str) -> list[Answer]:
        """Return the artefacts of exactly this name, the newest first."""
        pages = self._pages("actions/artifacts", {"name": name}, key="artifacts")
        named = [each for each in pages if each.get("name") == name]
        return sorted(named, key=lambda each: int(each["id"]), reverse=True)

    def download(self, artefact: int, *, largest: int) -> bytes:
        """Return an artefact's ZIP archive of at most `largest` bytes."""
        return self._run("GET", f"actions/artifacts/{artefact}/zip", largest=largest)

    def comment(self, number: int, marker: str, body: str) -> None:
        """Write the one comment of this marker, or update it. Only the bot's own is touched."""
        comments = self._pages(f"issues/{number}/comments", {})
        own = [each for each in comments if self._is_own(each, marker)]
        text = _bounded(f"{marker}\n{body}")
        if own:
            self._json("PATCH", f"issues/comments/{int(own[0]['id'])}", {"body": text})
        else:
            self._json("POST", f"issues/{number}/comments", {"body": text})

    def issue(self, marker: str) -> int | None:
        """Return the number of the bot's open issue of this marker."""
        for issue in self._pages("issues", {"state": "open"}):
            if "pull_request" not in issue and self._is_own(issue, marker):
                return int(issue["number"])
        return None

    def write_issue(self, marker: str, title: str, body: str) -> None:
        """Open the issue of this marker, or update it."""
        text, number = _bounded(f"{marker}\n{body}"), self.issue(marker)
        if number is None:
            self._json("POST", "issues", {"title": title, "body": text})
        else:
            self._json("PATCH", f"issues/{number}", {"body": text})

    def close_issue(self, marker: str, comment: str) -> None:
        if (number := self.issue(marker)) is not None:
            self._json("POST", f"issues/{number}/comments", {"body": comment})
            self._json("PATCH", f"issues/{number}", {"state": "closed"})

    def _is_own(self, item: Answer, marker: str) -> bool:
        login = (item.get("user") or {}).get("login")
        return login == self.bot and (item.get("body") or "").startswith(f"{marker}\n")

    def _pages(
        self, path: str, query: Mapping[str, str], *, key: str | None = None
    ) -> Iterator[Answer]:
        """Yield the items of a list, page by page. Raises `CannotTellError` beyond `PAGES`."""
        for page in range(1, PAGES + 1):
            parts = {**query, "per_page": str(PAGE), "page": str(page)}
            answer = self._json("GET", f"{path}?{urlencode(parts)}")
            items = answer.get(key) if key and isinstance(answer, dict) else answer
            if not isinstance(items, list) or not all(isinstance(each, dict) for each in items):
                raise CannotTellError(f"GitHub answers {path} with something that is no list")
            yield from items
            if len(items) < PAGE:
                return
        raise CannotTellError(f"GitHub lists more than {PAGE * PAGES} entries of {path}")

    def _json(self, method: str, path: str, content: Mapping[str, str] | None = None) -> Answer:
        answer = self._run(method, path, content, largest=LARGEST)
        try:
            return json.loads(answer) if answer.strip() else {}
        except (ValueError, RecursionError) as error:
            raise CannotTellError(f"GitHub answers {path} with something that is no JSON") from (
                error
            )

    def _run(
        self, method: str, path: str, content: Mapping[str, str] | None = None, *, largest: int
    ) -> bytes:
        command = ["gh", "api", "--method", method, f"repos/{self.repository}/{path}"]
        if content is not None:
            command += ["--input", "-"]
        try:
            with subprocess.Popen(
                command,
                env=dict(self.environ),
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
            ) as process:
                return _answer(process, json.dumps(content or {}).encode(), path, largest)
        except FileNotFoundError as error:
            raise SetupError("the program gh is not there", hint="install the GitHub CLI") from (
                error
            )


def _answer(process: subprocess.Popen[bytes], content: bytes, path: str, largest: int) -> bytes:
    """Return what a `gh` process prints. Raises `CannotTellError` where it fails."""
    try:
        out, err = process.communicate(content, timeout=SECONDS)
    except subprocess.TimeoutExpired as error:
        process.kill()
        raise CannotTellError(f"GitHub did not answer {path} within {SECONDS} s") from error
    if process.returncode:
        status = _STATUS.search(err)
        kind = NotFoundError if status and status[1] in (b"404", b"410") else CannotTellError
        reason = f"HTTP {status[1].decode()}" if status else f"gh left with {process.returncode}"
        raise kind(
            f"GitHub refuses {path.partition('?')[0]}: {reason}",
            hint="check the permissions of the job's token",
        )
    if len(out) > largest:
        raise CannotTellError(f"GitHub's answer to {path} is larger than {largest} bytes")
    return out


def _bounded(body: str) -> str:
    return body.encode()[:LARGEST_BODY].decode("utf-8", "ignore")
