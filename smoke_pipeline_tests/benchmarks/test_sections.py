"""What one benchmark writes into the page of results is left there by the other."""

from benchmarks.sections import SIGNALS, section_of, with_kept_sections, with_section

PAGE = "# Results\n\n## 1,000 rows\n\nfigures\n"
SECTION = "## History\n\nfigures of the history\n"


def test_a_section_is_added_replaced_and_carried_over():
    first = with_section(PAGE, SECTION)
    again = with_section(first + "\n## Goals\n\nmet\n", "## History\n\nnew\n")

    assert section_of(first) == SECTION
    assert section_of(again) == "## History\n\nnew\n"
    assert "## 1,000 rows\n\nfigures" in again
    assert "## Goals\n\nmet" in again
    assert "figures of the history" not in again
    assert with_section(PAGE, section_of(first)) == first


def test_a_page_without_the_section_stays_as_it_is():
    assert section_of(PAGE) == ""
    assert with_section(PAGE, "") == PAGE


def test_sections_of_several_programs_are_carried_over_to_a_new_page():
    signals = "## Signals\n\nfigures of signals\n"
    before = with_section(with_section(PAGE, SECTION), signals, SIGNALS)

    new = with_kept_sections("# Results\n\n## 2,000 rows\n\nother figures\n", before)

    assert section_of(new).strip() == SECTION.strip()
    assert section_of(new, SIGNALS).strip() == signals.strip()
    assert "## 1,000 rows" not in new
    assert with_kept_sections(new, before) == new
