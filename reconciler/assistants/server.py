"""The protocol: lists the tools, and calls one at a time, bounded in time and size."""

import logging
import signal
import sys
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import anyio
import anyio.to_thread
from mcp import MCPError, stdio_server
from mcp.server import Server
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    ListToolsResult,
    TextContent,
    ToolAnnotations,
)
from mcp_types import Tool as ListedTool

from reconciler import __version__, scrubber
from reconciler.assistants import tools
from reconciler.assistants.redaction import Redaction
from reconciler.assistants.tools import Arguments, InvalidError, Setup, Tool
from reconciler.errors import ReconcilerError
from reconciler.render import escape

INSTRUCTIONS: Final = (
    "Reads the desired state of a contact-centre tenant, and the tenant. Nothing here can write:"
    " edit the YAML files, check them with `validate` and `plan`, and open a pull request."
)
READS: Final = ToolAnnotations(read_only_hint=True, destructive_hint=False, idempotent_hint=True)


def serve(setup: Setup) -> None:
    """Serve one client over stdin and stdout until it closes them."""
    logging.getLogger("mcp").addHandler(logging.NullHandler())
    with _interrupts():
        anyio.run(_serve, setup)


@contextmanager
def _interrupts() -> Iterator[None]:
    """Let Ctrl-C end the server at once, as SIGTERM does.

    asyncio would take the default handler's place and cancel the streams of the protocol one by
    one, which fails while one of them is in use.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    def interrupt(_number: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


async def _serve(setup: Setup) -> None:
    turn = anyio.Lock()

    async def list_tools(_context: Any, _params: Any) -> ListToolsResult:
        return ListToolsResult(tools=[_listed(tool) for tool in tools.TOOLS])

    async def call_tool(_context: Any, params: CallToolRequestParams) -> CallToolResult:
        tool = tools.find(params.name)
        if tool is None:
            names = ", ".join(tool.name for tool in tools.TOOLS)
            raise MCPError(INVALID_PARAMS, f"unknown tool {params.name!r}; there are: {names}")
        async with turn:
            return await _called(setup, tool, params.arguments or {})

    server = Server(
        "reconciler",
        version=__version__,
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
    )
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _listed(tool: Tool) -> ListedTool:
    return ListedTool(
        name=tool.name, description=tool.description, input_schema=tool.schema, annotations=READS
    )


async def _called(setup: Setup, tool: Tool, arguments: Arguments) -> CallToolResult:
    """Run a tool in a thread. A call that takes too long is given up; its thread only reads."""
    with anyio.move_on_after(setup.seconds):
        text, is_error = await anyio.to_thread.run_sync(
            _outcome, setup, tool, arguments, abandon_on_cancel=True
        )
        return _result(setup, text, is_error=is_error)
    text = f"no answer within {setup.seconds:g} s -> try again, or start the server with --timeout"
    return _result(setup, text, is_error=True)


def _outcome(setup: Setup, tool: Tool, arguments: Arguments) -> tuple[str, bool]:
    """Return the text of a call, and whether it failed."""
    wrong = list(tools.problems(tool, arguments))
    if wrong:
        return "; ".join(wrong), True
    try:
        return tool.run(setup, arguments), False
    except InvalidError as error:
        return str(error), True
    except (ReconcilerError, OSError) as error:
        hint = f"  -> {error.hint}" if isinstance(error, ReconcilerError) and error.hint else ""
        return _without_people(setup, arguments, f"{error}{hint}"), True
    except Exception:  # a defect: the client gets an answer, and the operator the traceback
        trace = scrubber.of(setup.environ).text(traceback.format_exc())
        print(trace, file=sys.stderr, flush=True)  # noqa: T201  # stdout is the protocol's
        return f"{tool.name} failed: a defect of the reconciler; see the server's stderr", True


def _without_people(setup: Setup, arguments: Arguments, text: str) -> str:
    try:
        folder = setup.folders.folder(str(arguments.get("folder", "")))
    except ReconcilerError:
        return Redaction(is_off=not setup.is_redacted).text(text)
    return tools.redaction_of(setup, folder).text(text)


def _result(setup: Setup, text: str, *, is_error: bool) -> CallToolResult:
    """Return a text without secrets and control characters, and within the bound."""
    clean = scrubber.of(setup.environ).text(text)
    safe = "\n".join(map(escape.visible, clean.split("\n")))
    content = TextContent(text=_bounded(safe, setup.max_bytes))
    return CallToolResult(content=[content], is_error=is_error)


def _bounded(text: str, max_bytes: int) -> str:
    content = text.encode("utf-8", "backslashreplace")
    if len(content) <= max_bytes:
        return content.decode("utf-8")
    note = f"\n(cut: {len(content)} bytes are more than {max_bytes})"
    kept = content[: max_bytes - len(note)].decode("utf-8", "ignore")
    return kept.rpartition("\n")[0] + note
