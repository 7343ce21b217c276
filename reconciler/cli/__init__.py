"""The command line: one module for each verb, imported when the verb is called.

A verb reads options, calls `pipeline`, prints a rendering and chooses an exit code. Results go to
stdout, everything else to stderr. Failures of the world end here as one line, never as a traceback.
"""

import os
import signal
import sys
import threading
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from importlib import import_module
from io import StringIO, TextIOWrapper
from keyword import iskeyword
from types import TracebackType
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler import __version__, errors
from reconciler.cli import exits, output
from reconciler.cli.exits import Exit

if TYPE_CHECKING:
    from reconciler.providers.rate_limiter import RateLimiter

VERBS = {
    "validate": "Check the files: schema and offline rules; no token, no network.",
    "plan": "Compare the files with the tenant and show the change plan; writes nothing.",
    "apply": "Execute a plan: a saved document, or a folder that is planned first.",
    "drift": "Report where the tenant differs from the files.",
    "compare": "Compare two folders, a folder and a tenant, or two tenants.",
    "show": "Show a saved plan in any format.",
    "export": "Write the live tenant as YAML.",
    "import": "Turn a roster (CSV) into YAML to review; never talks to a tenant.",
    "hire": "Add an agent, or all agents of a CSV, to the files.",
    "leave": "State the last working day of agents.",
    "move": "Move agents to another file, or give them another profile.",
    "rename": "Change the name, e-mail or extension of an agent.",
    "fmt": "Format the files.",
    "explain": "Show where each value of an agent comes from, and what is live.",
    "extensions": "Show used, reserved and free numbers of each range.",
    "init": "Write the first files of a repository.",
    "schema": "Print a JSON Schema, of the files or of a document.",
    "inventory": "Record what the console shows of everybody; list whose evidence is old.",
    "history": "Show past applies, or one of them with every operation.",
    "lock": "See who is applying, or take the lease away.",
    "tenants": "List the tenants below a folder, for a pipeline's matrix.",
    "fleet": "Plan, apply and check many tenants at once.",
    "step": "Run one step of a pipeline.",
    "mcp": "Serve coding assistants over stdio: read, check, explain; no way to write.",
    "sandbox": "Run the embedded tenant.",
}


class Verbs(click.Group):
    """A command group that imports a verb's module only when the verb is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(VERBS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in VERBS:
            return None
        underline = "_" if iskeyword(cmd_name) else ""
        module = import_module(f"reconciler.cli.{cmd_name}{underline}")
        command = module.command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl(list(VERBS.items()))


@click.command(
    cls=Verbs, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100}
)
@click.version_option(__version__, prog_name="reconciler")
def reconciler() -> None:
    """Keep a contact-centre tenant the way reviewed YAML says.

    Exit codes: 0 done, 1 invalid input, 2 changes or drift, 3 apply not finished, 4 blocked,
    5 plan does not fit, 6 lease held by someone else, 7 cannot tell, 64 usage, 130 interrupted,
    143 terminated.
    """


class Terminated(KeyboardInterrupt):
    """Raised for SIGTERM; ends a command as Ctrl-C does."""


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the console script. Never returns; exits with one of the codes of `exits`."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    sys.excepthook = _defect
    threading.excepthook = lambda hook: _defect(hook.exc_type, hook.exc_value, hook.exc_traceback)
    with _signals_as_exceptions():
        code = run(arguments)
    if code in (Exit.INTERRUPTED, Exit.TERMINATED):
        _leave_at_once(code)
    sys.exit(int(code))


def _leave_at_once(code: int) -> NoReturn:
    """End the process without waiting for threads that still read.

    A regular interpreter exit would also raise SIGINT again where the first one came during an
    `exec`, as in the making of a dataclass.
    """
    with suppress(OSError, ValueError):
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)


def run(arguments: Sequence[str] | None = None, *, limiter: "RateLimiter | None" = None) -> int:
    """Run one command line, and return its exit code.

    `limiter` keeps the pace below the tenant and waits for it, in place of the command's own.
    """
    try:
        outcome = reconciler.main(
            args=None if arguments is None else list(arguments),
            prog_name="reconciler",
            standalone_mode=False,
            obj=limiter,
        )
    except click.ClickException as error:
        _show(error)
        return Exit.USAGE if isinstance(error, click.UsageError) else Exit.INVALID
    except (click.Abort, KeyboardInterrupt) as error:
        output.say("interrupted")
        is_terminated = isinstance(error.__cause__ or error, Terminated)
        return Exit.TERMINATED if is_terminated else Exit.INTERRUPTED
    except errors.ReconcilerError as error:
        _say(error)
        return exits.of_error(error)
    except OSError as error:  # a failure of this machine, such as a full disk behind stdout
        output.silence_stdout()
        if isinstance(error, BrokenPipeError):
            return Exit.DONE
        _say(errors.SetupError(_words(error)))
        return Exit.INVALID
    return outcome if isinstance(outcome, int) else Exit.DONE


def _say(error: errors.ReconcilerError) -> None:
    from reconciler.render import escape

    hint = f"  -> {error.hint}" if error.hint else ""
    output.say(f"reconciler: {escape.terminal(str(error))}{escape.terminal(hint)}")


def _show(error: click.ClickException) -> None:
    """Return an error message as click words it, with user input made harmless."""
    from reconciler.render import escape

    buffer = StringIO()
    error.show(file=buffer)
    output.say("\n".join(map(escape.terminal, buffer.getvalue().rstrip("\n").split("\n"))))


def _words(error: OSError) -> str:
    reason = error.strerror or str(error) or type(error).__name__
    return f"{error.filename}: {reason}" if error.filename else reason


def _defect(
    kind: type[BaseException], error: BaseException | None, trace: TracebackType | None
) -> None:
    """Show the traceback of a defect of this program, without secrets."""
    output.say("".join(traceback.format_exception(kind, error, trace)).rstrip())


@contextmanager
def _signals_as_exceptions() -> Iterator[None]:
    """Let Ctrl-C, SIGHUP and SIGTERM end the command; further ones end the process at once."""

    def terminate(_number: int, _frame: object) -> None:
        raise Terminated

    handlers = {
        signal.SIGINT: signal.default_int_handler,
        signal.SIGHUP: signal.default_int_handler,
        signal.SIGTERM: terminate,
    }
    before = {number: signal.getsignal(number) for number in handlers}
    for number, handler in handlers.items():
        if before[number] is not signal.SIG_IGN:
            signal.signal(number, handler)
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)
