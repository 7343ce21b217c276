"""The table of docs/xima.md: evidence on the left, the sentence that is made of it on the right."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from reconciler.evidence import sentences
from reconciler.evidence.grades import BASE, NEVER
from reconciler.manual import Proof, Step
from reconciler.manual.guide import Look, verdict
from reconciler.model import Attestation

PAGE = Path(__file__).parents[2] / "docs" / "xima.md"
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
SAM = Attestation("agent/4001", "licenses.voice", True, "sam", NOW)
ANA, IDA = "agent/4001", "agent/4950"


def step(row: str, proof: Proof, **values: object) -> Step:
    set_: dict[str, object] = values
    return Step("id", 4, ANA, "", "", (), (), "", "", set_, (), proof, row)  # type: ignore[arg-type]


NEW = step("Ida Voss(4950)", Proof.APPEARS, licenses=None)
RENAMED = step("Ana Soto(4001)", Proof.APPEARS, name="Ana Soto", extension="4001")
GONE = step("Ana Diaz(4001)", Proof.VANISHES, active=False, licenses=None)

MADE = (
    f"step 4: {verdict(RENAMED, Look.SHOWN)}",
    f"step 4: {verdict(NEW, Look.SHOWN)}",
    f"step 4: {verdict(NEW, Look.CONTRADICTED)}",
    f"step 4: {verdict(GONE, Look.CONTRADICTED)}",
    f"step 4: {verdict(NEW, Look.NOT_LOOKED)}",
    sentences.value_before(
        Attestation(ANA, "x", True, "sam", NOW - timedelta(days=12)), "voice", NOW
    ),
    sentences.value_before(Attestation(ANA, "x", None, "last apply", NEVER, BASE), "manual", NOW),
    sentences.value_before(Attestation(ANA, "x", None, "", NEVER, BASE), "none", NOW),
    sentences.not_licensed(IDA, SAM).summary,
    sentences.still_licensed(ANA, SAM).summary,
    sentences.disagreement(
        ANA, Attestation(ANA, "name", "Ana Soto", "sam", NOW), "Ana Diaz"
    ).summary,
    sentences.unknown_name(
        ANA, Attestation(ANA, "queues.suport", 5, "sam", NOW), "queues", "suport"
    ).summary,
)


@pytest.mark.parametrize("sentence", MADE)
def test_the_page_has_the_sentence_as_it_is_made(sentence: str) -> None:
    rows = re.findall(r"^\| .* \| (.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert sentence in rows
