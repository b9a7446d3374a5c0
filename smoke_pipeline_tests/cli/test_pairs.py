"""`smoke compare` and `smoke run` of a ZIP that holds both sides, and of files that names put in order."""

import json
import zipfile

import pytest

from smoke_pipeline_tests.cli.comparing import answer, compare, fall, files, refusal
from smoke_pipeline_tests.cli.served import smoke

BEFORE, AFTER = "id,v\n1,a\n2,b\n3,c\n", "id,v\n1,a\n2,x\n"


@pytest.fixture
def zipped(tmp_path):
    def zipped(*members):
        path = tmp_path / "pair.zip"
        with zipfile.ZipFile(path, "w") as archive:
            for name, content in members:
                archive.writestr(name, content)
        return path

    return zipped


def test_a_zip_of_both_sides_is_compared_by_the_names_in_it(zipped):
    path = zipped(("orders_after.csv", AFTER), ("orders_before.csv", BEFORE))

    found = answer(path, "--key", "id")
    text = compare(path, "--key", "id").stdout

    assert (fall(found), found["role_rule"]) == ((1, 1, 1, 0), "name")
    assert text.splitlines()[-1] == "Source: orders_before.csv, target: orders_after.csv (by name)."


def test_without_words_in_the_names_the_first_of_a_zip_is_the_source(zipped):
    found = answer(zipped(("b.csv", AFTER), ("a.csv", BEFORE)), "--key", "id")

    assert (fall(found), found["role_rule"]) == ((1, 1, 0, 1), "order")


def test_a_zip_of_three_waits_for_a_choice(zipped):
    path = zipped(("a.csv", BEFORE), ("b.csv", AFTER), ("c.csv", AFTER))

    lines = refusal(path, "--key", "id")
    chosen = answer(
        path, path, "--key", "id", "--read-source", "member=a.csv", "--read-target", "member=c.csv"
    )

    assert "a.csv (17 bytes), b.csv (13 bytes), c.csv (13 bytes)" in lines[0]
    assert "--read-source member=NAME" in lines[1]
    assert (fall(chosen), chosen["role_rule"]) == ((1, 1, 1, 0), None)


def test_one_side_of_several_in_a_zip_is_chosen_as_the_error_says(zipped, tmp_path):
    path = zipped(("a b.csv", BEFORE), ("c.csv", AFTER))
    (other,) = files(tmp_path, AFTER)

    lines = refusal(path, other, "--key", "id")

    assert "holds 2 CSVs: a b.csv (17 bytes), c.csv (13 bytes)" in lines[0]
    assert "--read-source 'member=a b.csv'" in lines[1]
    assert fall(answer(path, other, "--key", "id", "--read-source", "member=a b.csv")) == (1, 1, 1, 0)


def test_a_zip_without_a_csv_is_refused(zipped):
    assert "holds no CSV" in refusal(zipped(("notes.md", "x")))[0]


def test_a_member_beside_a_pair_is_refused(zipped):
    path = zipped(("a.csv", BEFORE), ("b.csv", AFTER))

    assert "only one file" in refusal(path, "--read-source", "member=a.csv")[0]


def test_one_side_that_is_no_zip_is_refused(tmp_path):
    (path,) = files(tmp_path, BEFORE)

    assert "cannot hold both sides" in refusal(path)[0]
    assert "the other is not named" in refusal("s3://bucket/a.zip")[0]
    assert "the other is not named" in refusal("mysql.warehouse:orders")[0]


def test_names_of_two_files_decide_where_that_is_asked_for(tmp_path):
    after, before = files(tmp_path, AFTER, BEFORE, names=("after.csv", "before.csv"))

    as_written = answer(after, before, "--key", "id")
    by_name = answer(after, before, "--key", "id", "--by-name")

    assert (fall(as_written), as_written["role_rule"]) == ((1, 1, 0, 1), None)
    assert (fall(by_name), by_name["role_rule"]) == ((1, 1, 1, 0), "name")


def test_a_member_of_what_is_no_zip_is_refused(tmp_path):
    sides = files(tmp_path, BEFORE, AFTER)

    assert "is no ZIP" in refusal(*sides, "--read-target", "member=a.csv")[0]


@pytest.mark.services
def test_a_session_takes_both_sides_out_of_one_zip_that_was_handed_in(open_folder, zipped):
    data = open_folder / "pairs"
    incoming = data / "uploads" / "incoming"
    incoming.mkdir(parents=True)
    content = zipped(("after.csv", AFTER), ("before.csv", BEFORE)).read_bytes()
    (incoming / "pair.zip").write_bytes(content)

    done = smoke(data, "run", "pair.zip", "--uploaded", "--key", "id", "--format", "json")

    assert done.returncode == 1, done.stderr
    assert "Source: before.csv, target: after.csv (by name)." in done.stderr.splitlines()
    found = json.loads(done.stdout)
    assert (found["verdict"], found["result"]["source_only"]) == ("failed", 1)
    assert (found["test_name"], found["result"]["mismatched"]) == ("pair.zip", 1)
