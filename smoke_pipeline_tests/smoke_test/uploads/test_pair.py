"""One ZIP that holds both sides."""

import zipfile

import pytest

from smoke_pipeline.errors import (
    ArchiveChoiceError,
    NoCsvInArchiveError,
    ObjectNotFoundError,
    UnsafeArchiveError,
    UnsupportedFileTypeError,
)
from smoke_pipeline.smoke_test.uploads.pair import pair_in_zip
from smoke_pipeline.smoke_test.uploads.roles import RoleRule, Roles


@pytest.fixture
def zipped(tmp_path):
    """A ZIP with these members."""

    def zipped(**members):
        path = tmp_path / "pair.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members.items():
                archive.writestr(name.replace("__", "."), content)
        return path

    return zipped


def test_names_of_members_say_which_is_the_source(zipped):
    path = zipped(after__csv="id\n1\n", before__csv="id\n1\n", readme__txt="hello", __hidden__csv="x")

    assert pair_in_zip(path) == Roles(source="before.csv", target="after.csv", rule=RoleRule.NAME)


def test_without_a_word_in_their_names_the_first_member_is_the_source(zipped):
    path = zipped(b__csv="id\n1\n", a__tsv="id\n1\n")

    assert pair_in_zip(path) == Roles(source="b.csv", target="a.tsv", rule=RoleRule.ORDER)


def test_three_csvs_are_listed_with_their_sizes(zipped):
    path = zipped(a__csv="id\n1\n", b__csv="id\n", c__csv="")

    with pytest.raises(ArchiveChoiceError) as caught:
        pair_in_zip(path)

    assert caught.value.message.endswith(
        "holds 3 CSVs, and both sides are two: a.csv (5 bytes), b.csv (3 bytes), c.csv (0 bytes)."
    )
    assert caught.value.context == {"members": {"a.csv": 5, "b.csv": 3, "c.csv": 0}}


def test_of_very_many_csvs_the_first_are_listed(zipped):
    path = zipped(**{f"t{number}__csv": "" for number in range(25)})

    with pytest.raises(ArchiveChoiceError, match=r"t19\.csv \(0 bytes\) and 5 more\."):
        pair_in_zip(path)


def test_one_csv_is_not_both_sides(zipped):
    with pytest.raises(NoCsvInArchiveError, match=r"one CSV only, a\.csv \(3 bytes\)"):
        pair_in_zip(zipped(a__csv="id\n", notes__md="x"))


def test_a_zip_without_a_csv_says_what_it_holds(zipped):
    with pytest.raises(NoCsvInArchiveError) as caught:
        pair_in_zip(zipped(notes__md="x"))

    assert caught.value.suggestions == ("It holds notes.md (1 bytes).",)


def test_two_members_of_one_name_are_refused(tmp_path):
    path = tmp_path / "pair.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", "id\n1\n")
        with pytest.warns(UserWarning, match="Duplicate name"):
            archive.writestr("a.csv", "id\n2\n")

    with pytest.raises(UnsafeArchiveError, match=r"holds a\.csv more than once"):
        pair_in_zip(path)


def test_what_is_no_zip_cannot_hold_both(tmp_path):
    (tmp_path / "a.csv").write_text("id\n1\n")

    with pytest.raises(UnsupportedFileTypeError, match="cannot hold both sides"):
        pair_in_zip(tmp_path / "a.csv")
    with pytest.raises(ObjectNotFoundError):
        pair_in_zip(tmp_path / "none.zip")


def test_a_damaged_zip_is_refused(zipped):
    path = zipped(a__csv="id\n1\n", b__csv="id\n1\n")
    path.write_bytes(path.read_bytes()[:-20])

    with pytest.raises(UnsafeArchiveError, match="is not a ZIP that can be read"):
        pair_in_zip(path)
