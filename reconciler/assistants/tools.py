"""What the tools do: the stages of `pipeline`, and a rendering. Every tool only reads."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Final

from reconciler import kinds, load, pipeline, planfile
from reconciler.assistants.folders import Folders
from reconciler.assistants.redaction import Redaction
from reconciler.diagnostics import Severity
from reconciler.errors import ReconcilerError, SetupError
from reconciler.model import Coverage, Desired, Plan
from reconciler.pipeline import Environment, PlanOptions, ValidationResult
from reconciler.providers import address
from reconciler.render import facts, redact
from reconciler.render import text as plain
from reconciler.render.text import lines

MOST_NUMBERS: Final = 1000


@dataclass(frozen=True, slots=True)
class Setup:
    """What the command line decided, once and for every call."""

    folders: Folders
    environ: Mapping[str, str]
    root: Path
    options: PlanOptions = field(default_factory=PlanOptions)
    is_redacted: bool = True
    max_bytes: int = 32_768
    seconds: float = 120.0

    def environment(self) -> Environment:
        now = datetime.now(UTC).replace(microsecond=0)
        return Environment(environ=self.environ, root=self.root, now=now)


class InvalidError(ReconcilerError):
    """The files hold an error, or an argument is wrong; the message is the whole result."""


Arguments = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Tool:
    """One tool: `parameters` are JSON Schemas by name, `required` those that must be given."""

    name: str
    description: str
    run: Callable[[Setup, Arguments], str]
    parameters: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    required: tuple[str, ...] = ()

    @property
    def schema(self) -> dict[str, Any]:
        return {
            "type": "object",
            "properties": {name: dict(below) for name, below in self.parameters.items()},
            "required": list(self.required),
            "additionalProperties": False,
        }


def allowed_hosts(
    folders: Folders, environ: Mapping[str, str], tenant_from: Path | None = None
) -> dict[str, str]:
    """Return the environment, in which `RECONCILER_HOSTS` is set.

    Where the operator did not set it, it holds the hosts that the files name now: whoever edits the
    files while the server runs cannot make it send a token to another host.
    """
    if address.HOSTS in environ:
        return dict(environ)
    hosts: set[str] = set()
    places = [tenant_from] if tenant_from else [place for _name, place in folders.roots]
    for place in places:
        if place.is_dir():
            try:
                tenants = load.tenants(place)
            except ReconcilerError:  # nothing to read yet: no host is allowed
                continue
            hosts |= {host for _folder, tenant in tenants for host in address.hosts_of(tenant)}
    return {**environ, address.HOSTS: ",".join(sorted(hosts))}


# --- tools ---------------------------------------------------------------------------------------


def _validate(setup: Setup, arguments: Arguments) -> str:
    folder = _folder(setup, arguments)
    checked = _check(setup, folder, arguments)
    assert checked.desired is not None
    text = plain.diagnostics(redaction_of(setup, folder).diagnostics(checked.diagnostics))
    return f"{text}\n{folder} is valid: {pipeline.describe_size(checked.desired)}".lstrip("\n")


def _plan(setup: Setup, arguments: Arguments) -> str:
    return _plan_text(setup, _made(setup, _folder(setup, arguments), arguments))


def _show(setup: Setup, arguments: Arguments) -> str:
    saved = planfile.read(setup.folders.file(arguments["plan"]))
    planfile.verify(saved)
    return _plan_text(setup, saved)


def _drift(setup: Setup, arguments: Arguments) -> str:
    folder, options = _folder(setup, arguments), _options(setup, arguments)
    checked = _check(setup, folder, arguments)
    environment = setup.environment()
    compared = pipeline.compare(checked, folder, environment, options, audited=True)
    report = pipeline.report(compared, environment, None, remember=False)
    if setup.is_redacted:
        report = redact.drift(report)
    texts = (plain.drift(report, detail=detail) for detail in (True, False))
    return _fitting(setup, texts, facts.drift_headline(report))


def _explain(setup: Setup, arguments: Arguments) -> str:
    folder = _folder(setup, arguments)
    desired = _desired(setup, folder, arguments)
    redaction = redaction_of(setup, folder)
    address = redaction.original(arguments["address"], (*desired.resources, *desired.waiting))
    agent = pipeline.find_agent(desired, address)
    if agent is None:
        near = pipeline.similar_agent(desired, address)
        offer = f"did you mean {redaction.address(near)}?" if near else ""
        raise SetupError(f"no file declares {address}", hint=offer)
    live, note = None, "the tenant was not asked"
    if not arguments.get("offline"):
        live = pipeline.find_live(desired, folder, agent, setup.environment())
        note = "" if live else "the tenant shows nobody who this is"
    label = redaction.label(agent.address, kinds.label_of(agent))
    rows = [
        [
            origin.path,
            *(_word(redaction.value(origin.path, each)) for each in (origin.value, origin.live)),
            f"{origin.file}:{origin.line}",
            origin.profile or "-",
        ]
        for origin in pipeline.origins(folder, agent, live)
    ]
    table = lines.table(["field", "value", "live", "from", "profile"], rows)
    return "\n".join([f"{redaction.address(agent.address)}  {label}", *table, note]).rstrip()


def _coverage(setup: Setup, arguments: Arguments) -> str:
    made = _made(setup, _folder(setup, arguments), arguments)
    rows = [_coverage_row(row) for row in made.coverage]
    heads = ["queue or skill", "now", "lowest", "after the plan", "minimum", ""]
    table = list(lines.table(heads, rows))
    return "\n".join(table) if table else "no queue or skill has members that are known"


def _free_extensions(setup: Setup, arguments: Arguments) -> str:
    desired = _desired(setup, _folder(setup, arguments), arguments)
    name, count = arguments["range"], arguments.get("count", 1)
    interval = pipeline.find_range(desired, name)
    if interval is None:
        names = ", ".join(each.name for each in desired.ranges) or "none is declared"
        raise SetupError(f"there is no range {name}", hint=f"name one of: {names}")
    if not 1 <= count <= MOST_NUMBERS:
        raise InvalidError(f"count is a number from 1 to {MOST_NUMBERS}")
    environment = setup.environment()
    is_live = arguments.get("live", True)
    live = pipeline.live_extensions(desired, environment) if is_live else {}
    numbers = pipeline.free_extensions(interval, desired, live, count)
    counted = "in the files and in the tenant" if is_live else "in the files"
    note = "" if len(numbers) == count else f"; {count} were asked for"
    return "\n".join([*numbers, f"{len(numbers)} free in {name}, {counted}{note}"])


# --- what they share -----------------------------------------------------------------------------


def _folder(setup: Setup, arguments: Arguments) -> Path:
    return setup.folders.folder(arguments.get("folder", ""))


def _options(setup: Setup, arguments: Arguments) -> PlanOptions:
    options = setup.options
    return PlanOptions(
        as_of=_day(arguments.get("as_of")),
        base=options.base,
        tenant_from=options.tenant_from,
        select=tuple(arguments.get("select", ())),
    )


def _day(text: str | None) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError as error:
        raise InvalidError("as_of is a date, such as 2027-01-05") from error


def redaction_of(setup: Setup, folder: Path) -> Redaction:
    """Return the pseudonyms of a folder; the same as in its plans."""
    tenant_from = setup.options.tenant_from
    return Redaction.of(folder, tenant_from=tenant_from, is_off=not setup.is_redacted)


def _check(setup: Setup, folder: Path, arguments: Arguments) -> ValidationResult:
    """Validate the files. Raises `InvalidError` with all diagnostics where they hold an error."""
    checked = pipeline.check(folder, setup.environment(), _options(setup, arguments))
    if checked.desired is None:
        diagnostics = redaction_of(setup, folder).diagnostics(checked.diagnostics)
        errors = [each for each in diagnostics if each.severity is Severity.ERROR]
        others = [each for each in diagnostics if each.severity is not Severity.ERROR]
        text = "\n".join(filter(None, map(plain.diagnostics, (errors, others))))
        raise InvalidError(f"{folder} is not valid:\n{text}")
    return checked


def _desired(setup: Setup, folder: Path, arguments: Arguments) -> Desired:
    desired = _check(setup, folder, arguments).desired
    assert desired is not None
    return desired


def _made(setup: Setup, folder: Path, arguments: Arguments) -> Plan:
    options = _options(setup, arguments)
    checked = _check(setup, folder, arguments)
    environment = setup.environment()
    compared = pipeline.compare(checked, folder, environment, options)
    return pipeline.plan(compared, environment, options, checked.diagnostics)


def _plan_text(setup: Setup, made: Plan) -> str:
    document = redact.plan(made) if setup.is_redacted else made
    texts = (plain.plan(document, detail=detail) for detail in (True, False))
    return _fitting(setup, texts, f"{facts.headline(document)}; {document.digest}")


def _fitting(setup: Setup, texts: Iterable[str], headline: str) -> str:
    """Return the first text within the bound; else the last one, to be cut, under its headline."""
    text = ""
    for text in texts:
        if len(text.encode("utf-8", "backslashreplace")) <= setup.max_bytes:
            return text
    return f"{headline}\n\n{text}"


def _coverage_row(row: Coverage) -> Sequence[object]:
    minimum = row.minimum if row.minimum is not None else "-"
    is_short = row.minimum is not None and row.before < row.minimum
    note = "below its minimum" if is_short else ""
    return [row.address, row.before, row.lowest, row.after, minimum, note]


def _word(value: object) -> str:
    if value is None:
        return "-"
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


# --- the list ------------------------------------------------------------------------------------

_FOLDER: Final = {
    "type": "string",
    "description": "A folder of desired state; may be left out where there is only one.",
}
_AS_OF: Final = {"type": "string", "description": "Judge dates as on this day: 2027-01-05."}

TOOLS: Final = (
    Tool(
        "validate",
        "Check the YAML files: schema and offline rules. Asks no tenant.",
        _validate,
        {"folder": _FOLDER, "as_of": _AS_OF},
    ),
    Tool(
        "plan",
        "Compare the files with the tenant and show what an apply would change. Writes nothing.",
        _plan,
        {
            "folder": _FOLDER,
            "as_of": _AS_OF,
            "select": {
                "type": "array",
                "items": {"type": "string"},
                "description": "Plan only these addresses: agent/4001, queue/support.",
            },
        },
    ),
    Tool(
        "show",
        "Show a saved plan document.",
        _show,
        {"plan": {"type": "string", "description": "The path of the plan document."}},
        required=("plan",),
    ),
    Tool(
        "drift",
        "Report where the tenant differs from the files, since when, and whose change that is.",
        _drift,
        {"folder": _FOLDER, "as_of": _AS_OF},
    ),
    Tool(
        "explain",
        "Show where each value of an agent comes from (file, line, profile), and what is live.",
        _explain,
        {
            "folder": _FOLDER,
            "address": {"type": "string", "description": "agent/4001, or 4001."},
            "offline": {"type": "boolean", "description": "Do not ask the tenant."},
        },
        required=("address",),
    ),
    Tool(
        "coverage",
        "Show how many licensed agents each queue and skill has: now, and under the plan.",
        _coverage,
        {"folder": _FOLDER, "as_of": _AS_OF},
    ),
    Tool(
        "free_extensions",
        "List the next free numbers of an extension range.",
        _free_extensions,
        {
            "folder": _FOLDER,
            "range": {"type": "string", "description": "The name of a range in the files."},
            "count": {"type": "integer", "minimum": 1, "maximum": MOST_NUMBERS},
            "live": {
                "type": "boolean",
                "description": "Count numbers that only the tenant shows in use; true by default.",
            },
        },
        required=("range",),
    ),
)


def find(name: str) -> Tool | None:
    return next((tool for tool in TOOLS if tool.name == name), None)


_TYPES: Final[Mapping[str, type]] = {"string": str, "boolean": bool, "integer": int, "array": list}


def problems(tool: Tool, arguments: Arguments) -> Iterator[str]:
    """Yield what is wrong with the arguments of a call."""
    for name in sorted(arguments.keys() - tool.parameters.keys()):
        known = ", ".join(tool.parameters)
        yield f"{tool.name} takes no argument {name!r}; it takes {known}"
    for name in tool.required:
        if name not in arguments:
            yield f"{tool.name} needs the argument {name}"
    for name, schema in tool.parameters.items():
        if name in arguments and not _fits(arguments[name], schema):
            yield f"{name} is to be of the type {schema['type']}"


def _fits(value: object, schema: Mapping[str, Any]) -> bool:
    expected = _TYPES[schema["type"]]
    if isinstance(value, bool) and expected is not bool:
        return False
    if isinstance(value, list) and "items" in schema:
        return all(_fits(item, schema["items"]) for item in value)
    return isinstance(value, expected)
