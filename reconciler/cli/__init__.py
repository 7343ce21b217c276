"""The command line: one module a verb, loaded when it is asked for.

A verb reads options, calls `pipeline`, prints a rendering and chooses an exit code. Results go to
stdout, everything else to stderr. Failures of the world end here as one line, never as a traceback.
"""

import sys
from collections.abc import Sequence
from importlib import import_module
from keyword import iskeyword

import click

from reconciler import __version__, errors
from reconciler.cli import exits
from reconciler.cli.exits import Exit

VERBS = {
    "validate": "Check the files: schema and offline rules; no token, no network.",
    "plan": "Compare the files with the tenant and show the change plan; writes nothing.",
    "apply": "Execute a plan: a saved document, or a folder that is planned first.",
    "drift": "Report where the tenant is not as the files say.",
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
    "history": "Show past applies, or one of them with every operation.",
    "lock": "See who is applying, or take the lease away.",
    "tenants": "List the tenants below a folder, for a pipeline's matrix.",
    "sandbox": "Run the embedded tenant.",
}


class Verbs(click.Group):
    """Imports a verb's module only when that verb is called, so that `--help` starts at once."""

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
    5 plan does not fit, 6 lease held by someone else, 7 cannot tell, 64 usage, 130 interrupted.
    """


def main(arguments: Sequence[str] | None = None) -> None:
    """The console script. Never returns; leaves with one of the exit codes of `exits`."""
    sys.exit(int(run(arguments)))


def run(arguments: Sequence[str] | None = None) -> int:
    """Runs one command line and returns its exit code."""
    try:
        outcome = reconciler.main(
            args=None if arguments is None else list(arguments),
            prog_name="reconciler",
            standalone_mode=False,
        )
    except click.UsageError as error:
        error.show()
        return Exit.USAGE
    except click.ClickException as error:
        error.show()
        return Exit.INVALID
    except (click.Abort, KeyboardInterrupt):
        click.echo("interrupted", err=True)
        return Exit.INTERRUPTED
    except errors.ReconcilerError as error:
        _say(error)
        return exits.of_error(error)
    except BrokenPipeError:
        _silence_stdout()
        return Exit.DONE
    return outcome if isinstance(outcome, int) else Exit.DONE


def _say(error: errors.ReconcilerError) -> None:
    from reconciler.render import escape

    hint = f"  -> {error.hint}" if error.hint else ""
    click.echo(f"reconciler: {escape.terminal(str(error))}{escape.terminal(hint)}", err=True)


def _silence_stdout() -> None:
    """The reader of a pipe went away; the interpreter must not complain about it while it ends."""
    import os

    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
