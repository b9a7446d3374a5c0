"""What mismatched cells have in common, as people read it."""

from smoke_pipeline.comparison.result import Proposal
from smoke_pipeline.report.explanation import MOST_LINES, explanation_rows
from smoke_pipeline_tests.report.results import cluster, result

TRIM = {"rules": {"my note": {"trim": True}}}


def test_a_proposal_can_be_pasted_into_a_shell():
    proposal = Proposal(cells=3, flags=("--rule", "my note:trim"), options=TRIM)
    found = cluster("my note", "white_space", cells=3, of=3, example=("a ", "a"), proposal=proposal)

    ((column, words),) = explanation_rows(result(explanation=(found,)))

    assert column == "my note"
    assert words.endswith('For example "a " -> "a". --rule \'my note:trim\' would make them equal.')


def test_a_proposal_for_a_part_says_for_how_many():
    proposal = Proposal(cells=2, flags=(), options=TRIM)
    found = cluster("my note", "white_space", cells=3, of=3, example=("a ", "a"), proposal=proposal)

    ((_, words),) = explanation_rows(result(explanation=(found,)))

    assert words.endswith("A rule in an options file would make 2 of them equal.")


def test_more_clusters_than_a_person_reads_are_counted():
    clusters = tuple(
        cluster(f"c{n}", None, cells=1, of=1, example=("a", "b")) for n in range(MOST_LINES + 12)
    )

    rows = explanation_rows(result(explanation=clusters))

    assert len(rows) == MOST_LINES + 1
    assert rows[-1] == ("…", "12 more in summary.json")


def test_nothing_is_said_where_no_cell_differs():
    assert explanation_rows(result()) == []
