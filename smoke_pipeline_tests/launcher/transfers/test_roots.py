"""Files of the launcher's machine: below the folders that were named, whatever leads there."""

import os

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as how
from hypothesis import strategies as st

from smoke_pipeline.errors import AccessDeniedError
from smoke_pipeline.launcher.transfers.roots import file_below

STEPS = ["..", ".", "in", "out", "a.csv", "secret.csv", "away", "back", "", "/", "~", "loop", "in\x00"]


@pytest.fixture(scope="module")
def jail(tmp_path_factory):
    """A folder with files, links that leave it and links that stay."""
    base = tmp_path_factory.mktemp("jail")
    root, outside = base / "root", base / "outside"
    for folder in (root, root / "in", outside):
        folder.mkdir()
    (root / "a.csv").write_text("id\n1\n")
    (root / "in" / "a.csv").write_text("id\n1\n")
    (outside / "secret.csv").write_text("id\n1\n")
    (base / "rootless.csv").write_text("id\n1\n")
    (root / "away").symlink_to(outside)
    (root / "secret.csv").symlink_to(outside / "secret.csv")
    (root / "back").symlink_to(root / "in")
    (root / "loop").symlink_to(root / "loop")
    return root


@pytest.mark.parametrize("named", ["a.csv", "in/a.csv", "back/a.csv", "in/../a.csv", "away/../root/a.csv"])
def test_a_file_of_the_folder_is_found(jail, named):
    found = file_below(named, [jail])

    assert found == (jail / named).resolve()
    assert file_below(str(jail / named), [jail]) == found


@pytest.mark.parametrize(
    "named",
    [
        "../outside/secret.csv",
        "secret.csv",
        "away/secret.csv",
        "/etc/passwd",
        "in",
        "nowhere.csv",
        "",
        "loop",
        "../rootless.csv",
        "a.csv\x00",
        "x" * 5000,
    ],
)
def test_everything_else_is_refused_in_the_same_words(jail, named):
    with pytest.raises(AccessDeniedError, match="is no file below the folders") as caught:
        file_below(named, [jail])

    assert str(jail) in caught.value.suggestions[0]


@how(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=st.lists(st.sampled_from(STEPS) | st.text(max_size=3), max_size=8), is_absolute=st.booleans())
def test_no_path_leads_out(jail, steps, is_absolute):
    named = "/".join(steps)
    named = f"{jail}/{named}" if is_absolute else named
    try:
        found = file_below(named, [jail])
    except AccessDeniedError:
        return

    assert os.path.realpath(found) == str(found)
    assert found.is_relative_to(jail.resolve())
    assert found.is_file()


def test_without_folders_nothing_is_read(jail):
    with pytest.raises(AccessDeniedError, match="reads no files of its machine") as caught:
        file_below(str(jail / "a.csv"), [])

    assert "smoke mcp --root" in caught.value.suggestions[0]


def test_a_folder_that_is_not_there_leaves_the_others(jail, tmp_path):
    assert file_below("a.csv", [tmp_path / "nowhere", jail]) == (jail / "a.csv").resolve()
