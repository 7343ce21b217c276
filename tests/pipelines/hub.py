"""What GitHub keeps of a repository: a bare remote, pull requests, runs, artefacts, comments."""

import io
import json
import os
import shutil
import subprocess
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

GIT = {
    "GIT_AUTHOR_NAME": "Tests",
    "GIT_AUTHOR_EMAIL": "tests@acme.example",
    "GIT_COMMITTER_NAME": "Tests",
    "GIT_COMMITTER_EMAIL": "tests@acme.example",
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_NOSYSTEM": "1",
}


def git(place: Path, *arguments: str) -> str:
    ran = subprocess.run(
        ["git", *arguments],
        cwd=place,
        env={**os.environ, **GIT},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert ran.returncode == 0, f"git {arguments}: {ran.stderr}"
    return ran.stdout.strip()


@dataclass(frozen=True, slots=True)
class Hub:
    """`home` has the remote, a working clone and the store that `gh` reads."""

    home: Path
    repository: str
    branch: str

    @classmethod
    def make(cls, home: Path, repository: str, branch: str, files: Mapping[str, str]) -> "Hub":
        hub = cls(home, repository, branch)
        home.mkdir(parents=True, exist_ok=True)
        git(home, "init", "--quiet", "--bare", f"--initial-branch={branch}", str(hub.remote))
        git(hub.remote, "config", "uploadpack.allowAnySHA1InWant", "true")
        git(home, "clone", "--quiet", str(hub.remote), str(hub.clone))
        git(hub.clone, "checkout", "--quiet", "-B", branch)
        hub.store({"pulls": [], "runs": [], "artifacts": [], "comments": [], "issues": []})
        hub.commit(files, "First files")
        hub.push(branch)
        return hub

    @property
    def remote(self) -> Path:
        return self.home / "remote.git"

    @property
    def clone(self) -> Path:
        return self.home / "clone"

    @property
    def kept(self) -> dict[str, Any]:
        read: dict[str, Any] = json.loads((self.home / "store.json").read_text())
        return read

    def store(self, kept: Mapping[str, Any]) -> None:
        content = {"repository": self.repository, **kept}
        (self.home / "store.json").write_text(json.dumps(content))

    def commit(self, files: Mapping[str, str], message: str) -> str:
        for name, text in files.items():
            place = self.clone / name
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(text, encoding="utf-8")
        git(self.clone, "add", "--all")
        git(self.clone, "commit", "--quiet", "--allow-empty", "-m", message)
        return git(self.clone, "rev-parse", "HEAD")

    def push(self, branch: str) -> None:
        git(self.clone, "push", "--quiet", "--force", "origin", f"HEAD:refs/heads/{branch}")
        git(self.clone, "fetch", "--quiet", "origin")

    def tip(self, branch: str) -> str:
        return git(self.remote, "rev-parse", f"refs/heads/{branch}")

    def open_pull(
        self,
        branch: str,
        files: Mapping[str, str],
        *,
        base: str = "",
        fork: str = "",
        start: str = "",
    ) -> int:
        """Push a branch with these files, and open a pull request of it; return its number."""
        git(self.clone, "checkout", "--quiet", "--detach", f"origin/{start or self.branch}")
        head = self.commit(files, "A change")
        if fork:
            git(self.clone, "push", "--quiet", "origin", f"HEAD:refs/pull/{branch}/head")
        else:
            self.push(branch)
        return self.pull_of(branch, head, base=base, fork=fork)

    def pull_of(self, branch: str, head: str, *, base: str = "", fork: str = "") -> int:
        kept = self.kept
        number = len(kept["pulls"]) + 1
        kept["pulls"].append(
            {
                "number": number,
                "state": "open",
                "merged_at": None,
                "merge_commit_sha": None,
                "head": {
                    "sha": head,
                    "ref": branch,
                    "repo": {"full_name": fork or self.repository},
                },
                "base": {
                    "ref": base or self.branch,
                    "repo": {"full_name": self.repository, "default_branch": self.branch},
                },
            }
        )
        self.store(kept)
        return number

    def pull(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.kept["pulls"][number - 1]
        return found

    def merge(self, number: int) -> dict[str, Any]:
        """Merge a pull request, and return the event of the push."""
        kept = self.kept
        pull = kept["pulls"][number - 1]
        base = pull["base"]["ref"]
        before = self.tip(base)
        git(self.clone, "checkout", "--quiet", "-B", "merging", before)
        git(self.clone, "merge", "--quiet", "--no-ff", "-m", f"Merge {number}", pull["head"]["sha"])
        self.push(base)
        after = self.tip(base)
        pull |= {"state": "closed", "merged_at": "2026-01-01", "merge_commit_sha": after}
        self.store(kept)
        return self.pushed(base, before, after)

    def pushed(self, branch: str, before: str, after: str) -> dict[str, Any]:
        return {
            "ref": f"refs/heads/{branch}",
            "before": before,
            "after": after,
            "repository": {"full_name": self.repository, "default_branch": self.branch},
        }

    def begin_run(self, event: str, branch: str, commit: str, path: str, **more: Any) -> int:
        kept = self.kept
        number = 5000 + len(kept["runs"])
        kept["runs"].append(
            {
                "id": number,
                "event": event,
                "head_branch": branch,
                "head_sha": commit,
                "path": path,
                "repository": {"full_name": self.repository},
                "head_repository": {"full_name": self.repository},
                "conclusion": None,
                **more,
            }
        )
        self.store(kept)
        return number

    def run(self, number: int) -> dict[str, Any]:
        found: dict[str, Any] = self.kept["runs"][number - 5000]
        return found

    def upload(self, run: int, name: str, files: Mapping[str, bytes]) -> int:
        content = io.BytesIO()
        with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
            for inner, text in files.items():
                archive.writestr(inner, text)
        return self.upload_archive(run, name, content.getvalue())

    def upload_archive(self, run: int, name: str, archive: bytes) -> int:
        kept = self.kept
        artefacts = kept["artifacts"] = [
            each
            for each in kept["artifacts"]
            if (each["name"], each["workflow_run"]["id"]) != (name, run)
        ]
        number = 1 + max([each["id"] for each in artefacts], default=100)
        place = self.home / f"artefact-{number}.zip"
        place.write_bytes(archive)
        artefacts.append(
            {
                "id": number,
                "name": name,
                "size_in_bytes": len(archive),
                "expired": False,
                "place": str(place),
                "workflow_run": {"id": run},
            }
        )
        self.store(kept)
        return number

    def everything_shared(self) -> str:
        """All that has left a job so far: comments, issues, and the files of all artefacts."""
        kept = self.kept
        texts = [json.dumps(kept["comments"]), json.dumps(kept["issues"])]
        for artefact in kept["artifacts"]:
            with zipfile.ZipFile(artefact["place"]) as archive:
                texts += [artefact["name"]]
                texts += [archive.read(name).decode() for name in archive.namelist()]
        return "\n".join(texts)

    def checkout(self, place: Path, commit: str, *, deep: bool) -> None:
        """What actions/checkout does, without credentials left behind."""
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir(parents=True)
        git(place, "init", "--quiet", "--initial-branch=checkout")
        git(place, "remote", "add", "origin", str(self.remote))
        if deep:
            git(place, "fetch", "--quiet", "origin", "+refs/heads/*:refs/remotes/origin/*")
        git(place, "fetch", "--quiet", *([] if deep else ["--depth=1"]), "origin", commit)
        git(place, "checkout", "--quiet", "--detach", commit)
        git(place, "remote", "set-url", "origin", "https://github.invalid/no-credentials")
