"""A client of the server for assistants: the official one, with the server as a subprocess."""

import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import anyio
from mcp import Client, StdioServerParameters, stdio_client

Call = tuple[str, Mapping[str, Any]]


def calls(
    place: Path,
    wanted: Sequence[Call],
    *arguments: str,
    environ: Mapping[str, str] | None = None,
    between: Any = None,
) -> list[tuple[bool, str]]:
    """Make the calls in order in one session; whether each is an error, and its text.

    `between` is called after the first one.
    """
    results: list[tuple[bool, str]] = []

    async def session(client: Client) -> None:
        for name, values in wanted:
            result = await client.call_tool(name, dict(values))
            results.append((result.is_error, result.content[0].text))  # type: ignore[union-attr]
            if between and len(results) == 1:
                between()

    _run(place, session, arguments, environ or {})
    return results


def tools(place: Path) -> list[Any]:
    listed: list[Any] = []

    async def session(client: Client) -> None:
        listed.extend((await client.list_tools()).tools)

    _run(place, session, (), {})
    return listed


def refusal(place: Path, name: str) -> Exception:
    """Return the error of a call that the protocol refuses."""
    errors: list[Exception] = []

    async def session(client: Client) -> None:
        try:
            await client.call_tool(name, {})
        except Exception as error:
            errors.append(error)

    _run(place, session, (), {})
    return errors[0]


def _run(place: Path, session: Any, arguments: Sequence[str], environ: Mapping[str, str]) -> None:
    async def main() -> None:
        server = StdioServerParameters(
            command=sys.executable,
            args=["-m", "reconciler", "mcp", *arguments],
            cwd=place,
            env={**_inherited(), **environ},
        )
        with (place / "server.log").open("a") as log:
            async with Client(stdio_client(server, errlog=log)) as client:
                await session(client)

    anyio.run(main)


def _inherited() -> dict[str, str]:
    """Return the variables of the test but ours."""
    return {n: v for n, v in os.environ.items() if not n.startswith("RECONCILER_")}
