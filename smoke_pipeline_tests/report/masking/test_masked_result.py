import io
import json
from dataclasses import replace
from zipfile import ZipFile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smoke_pipeline.comparison.result import (
    CellDifference,
    ComparisonResult,
    DifferenceKind,
    DuplicateGroup,
    Proposal,
    RowCounts,
    RowDifference,
)
from smoke_pipeline.readers.reading import Guess, LeftOut, Reading
from smoke_pipeline.report.bundle import write_bundle
from smoke_pipeline.report.formats.registry import FORMATS
from smoke_pipeline.report.formats.short_text import summary_text
from smoke_pipeline.report.masking.lines import mask_lines
from smoke_pipeline.report.masking.masker import Masker
from smoke_pipeline.report.masking.result import masked_manifest, masked_result
from smoke_pipeline.report.summary import as_markdown, as_text, explanation_as_markdown
from smoke_pipeline.settings.model import ReportSettings
from smoke_pipeline_tests.report.results import cluster, mismatch, one_sided, result, rich

KEY = b"a key of many characters"
BY_NAME = Masker(KEY, columns=("secret", "id"))
BY_VALUE = Masker(KEY, patterns=("geheim",))


def everything_of(found: ComparisonResult) -> str:
    """Every form in which a result is told, in one text."""
    texts = [
        as_text(found),
        as_markdown(found),
        explanation_as_markdown(found),
        summary_text(found),
        repr(found),
    ]
    for one in FORMATS.values():
        file = io.BytesIO()
        one.write(found, file, ReportSettings(repair_table="t", repair_dialect="mysql"))
        if one.name == "parquet":
            texts.append(repr(pq.read_table(io.BytesIO(file.getvalue())).to_pylist()))
        else:
            texts.append(file.getvalue().decode())
    return "\n".join(texts)


def planted(value: str) -> ComparisonResult:
    """A result that holds the value wherever one can be."""
    token = Proposal(
        cells=1,
        flags=("--rule", f"secret:null_values={value}"),
        options={"rules": {"secret": {"null_values": [value]}}},
    )
    counts = RowCounts(matched=5, mismatched=1, source_only=1, target_only=1)
    reading = Reading(
        guesses=(Guess(what="header", value="yes", confidence="weak", evidence=f"{value!r} stands there"),),
        preamble=LeftOut(lines=1, sha256="00", start=f"list of {value}"),
        footer=LeftOut(lines=1, sha256="00", start=f"{value}"),
    )
    plain = result(counts)
    return result(
        counts,
        source=replace(plain.source, reading=reading),
        target=replace(plain.target, reading=reading),
        mismatch_by_column={"secret": 1},
        duplicate_groups=(DuplicateGroup(key=(value,), source_count=2, target_count=1),),
        duplicate_group_count=1,
        explanation=(
            replace(
                cluster(
                    "secret", "null_word", cells=1, of=1, example=(value, None), shared=value, proposal=token
                ),
                sentence=f"all 1 differences are NULL against a word for it: {value}.",
            ),
        ),
        differences=(
            mismatch(value, ("secret", value, f"{value}2"), ("amount", "1", "2")),
            one_sided(DifferenceKind.SOURCE_ONLY, {"id": value, "secret": value, "amount": "3"}, 2),
            one_sided(DifferenceKind.TARGET_ONLY, {"id": "x", "secret": f"{value}3", "amount": None}, 2),
        ),
    )


@pytest.mark.parametrize("masker", [BY_NAME, BY_VALUE], ids=["by column", "by value"])
def test_a_planted_value_is_in_no_form(masker):
    found = planted("geheim")
    assert everything_of(found).count("geheim") > 20

    assert "geheim" not in everything_of(masked_result(found, masker))


@pytest.mark.parametrize("masker", [BY_NAME, BY_VALUE], ids=["by column", "by value"])
def test_verdict_counts_and_order_stay(masker):
    found = planted("geheim")

    masked = masked_result(found, masker)

    for name in (
        "counts",
        "verdict",
        "match_score",
        "mismatch_by_column",
        "patterns",
        "duplicates",
        "columns",
    ):
        assert getattr(masked, name) == getattr(found, name)
    assert [row.kind for row in masked.differences] == [row.kind for row in found.differences]
    assert [row.source_row for row in masked.differences] == [row.source_row for row in found.differences]


def test_other_columns_stay_as_they_are():
    masked = masked_result(planted("geheim"), BY_NAME)

    assert masked.differences[0].cells[1] == CellDifference(column="amount", source="1", target="2")
    assert masked.differences[1].values["amount"] == "3"


def test_one_value_is_masked_alike_in_every_place():
    masked = masked_result(planted("geheim"), BY_NAME)

    places = {
        masked.differences[0].key[0],
        masked.differences[0].cells[0].source,
        masked.differences[1].values["secret"],
        masked.duplicate_groups[0].key[0],
        masked.explanation[0].source,
    }
    assert places == {BY_NAME.token("geheim")}


def test_the_columns_that_are_masked_are_told():
    assert masked_result(planted("geheim"), BY_NAME).masked_columns == ("id", "secret")
    assert masked_result(planted("geheim"), Masker(KEY, columns=("other",))).masked_columns == ()


def test_a_proposal_that_quotes_nothing_is_kept():
    found = result(
        explanation=(
            cluster(
                "secret",
                "case",
                cells=1,
                of=1,
                example=("A", "a"),
                proposal=Proposal(
                    cells=1,
                    flags=("--rule", "secret:ignore_case"),
                    options={"rules": {"secret": {"ignore_case": True, "unicode": "nfc"}}},
                ),
            ),
        )
    )

    assert masked_result(found, BY_NAME).explanation[0].proposal == found.explanation[0].proposal


@pytest.mark.parametrize(
    ("pattern", "cells", "of", "sentence"),
    [
        pytest.param("case", 1, 1, "the only difference shows the pattern case.", id="one"),
        pytest.param("null_word", 3, 3, "all 3 differences show the pattern null word.", id="all"),
        pytest.param(None, 2, 1000, "2 of 1,000 differences show no known pattern.", id="some"),
    ],
)
def test_what_is_said_of_masked_cells_is_their_pattern_alone(pattern, cells, of, sentence):
    found = result(explanation=(cluster("secret", pattern, cells=cells, of=of, example=("a", "b")),))

    assert masked_result(found, BY_NAME).explanation[0].sentence == sentence


def test_without_a_masker_the_result_stays_what_it_is():
    assert masked_result(rich(), None) == rich()
    assert masked_manifest(rich().source, None) == rich().source


values = st.one_of(st.none(), st.text(st.characters(exclude_categories=["Cs"]), max_size=12))
secrets = st.text("äöüßqxyz", min_size=6, max_size=12)


@st.composite
def results(draw) -> tuple[ComparisonResult, set[str]]:
    """A result, and the values of its column `secret`."""
    differences, hidden = [], set()
    for number in range(draw(st.integers(1, 5))):
        kind = draw(st.sampled_from([*DifferenceKind]))
        one, other = draw(st.one_of(st.none(), secrets)), draw(st.one_of(st.none(), secrets))
        key = draw(secrets)
        hidden |= {key} | {value for value in (one, other) if value is not None}
        is_mismatch = kind is DifferenceKind.MISMATCHED
        if not is_mismatch:
            hidden -= {other} - {key, one}
        differences.append(
            RowDifference(
                kind=kind,
                key=(key,),
                source_row=number,
                target_row=number,
                cells=(
                    CellDifference(column="secret", source=one, target=other),
                    CellDifference(column="free", source=draw(st.just("1")), target="2"),
                )
                if is_mismatch
                else (),
                values={} if is_mismatch else {"id": key, "secret": one, "free": "3"},
            )
        )
    return result(differences=tuple(differences)), hidden


@settings(max_examples=40, deadline=None)
@given(results())
def test_no_masked_value_is_in_any_form(drawn):
    found, hidden = drawn

    told = everything_of(masked_result(found, BY_NAME))

    assert [value for value in hidden if value in told] == []


def lines(path, rows):
    schema = pa.schema(
        [
            (name, pa.string())
            for name in ("key:id", "difference_type", "column", "source_value", "target_value")
        ]
        + [("source_row", pa.uint64()), ("target_row", pa.uint64()), ("in_flight", pa.bool_())]
    )
    pq.write_table(pa.Table.from_pylist(rows, schema=schema), path, row_group_size=2)


def test_the_file_of_every_difference_is_masked_line_by_line(tmp_path):
    path = tmp_path / "mismatches.parquet"
    rows = [
        {
            "key:id": "geheim",
            "difference_type": "mismatched",
            "column": "secret",
            "source_value": "geheim",
            "target_value": None,
        },
        {
            "key:id": "geheim",
            "difference_type": "mismatched",
            "column": "free",
            "source_value": "1",
            "target_value": "2",
        },
        {
            "key:id": None,
            "difference_type": "source_only",
            "column": None,
            "source_value": '{"id":null,"secret":"geheim","free":"3"}',
            "target_value": None,
        },
    ]
    lines(path, rows)

    mask_lines(path, BY_NAME)

    found = pq.read_table(path).to_pylist()
    token = BY_NAME.token("geheim")
    assert "geheim" not in repr(found)
    assert (found[0]["key:id"], found[0]["source_value"], found[0]["target_value"]) == (token, token, None)
    assert (found[1]["source_value"], found[1]["target_value"]) == ("1", "2")
    assert found[2]["key:id"] is None
    assert json.loads(found[2]["source_value"]) == {"id": None, "secret": token, "free": "3"}


def test_without_a_masker_the_file_need_not_be_there(tmp_path):
    mask_lines(tmp_path / "nowhere.parquet", None)


def test_the_manifest_of_the_bundle_holds_no_planted_value(tmp_path):
    masked = masked_result(planted("geheim"), BY_NAME)

    path = write_bundle(masked, tmp_path, name="r", settings=ReportSettings(formats=tuple(FORMATS))).zip_path

    with ZipFile(path) as bundle:
        assert not [name for name in bundle.namelist() if b"geheim" in bundle.read(name)]
