"""What docs/storagegrid.md shows is accepted, and what it says is so."""

import re
from pathlib import Path

import yaml

from smoke_pipeline.readers.storagegrid.request import ObjectRequest
from smoke_pipeline.settings.connections import DOCUMENTS, StorageGrid
from smoke_pipeline.settings.load import load_settings

PAGE = (Path(__file__).resolve().parents[3] / "docs/storagegrid.md").read_text(encoding="utf-8")
ORDER, SETTINGS = re.findall(r"^```yaml\n(.*?)^```", PAGE, flags=re.DOTALL | re.MULTILINE)


def test_the_objects_of_the_page_can_be_asked_for():
    sides = yaml.safe_load(ORDER)

    for side in sides.values():
        assert side.pop("kind") == "object"
        assert ObjectRequest(**side)


def test_the_settings_of_the_page_can_be_loaded(tmp_path):
    (tmp_path / "settings.yaml").write_text(SETTINGS, encoding="utf-8")

    loaded = load_settings(tmp_path / "settings.yaml", environ={"GRID_KEY": "k", "GRID_SECRET": "s"})

    store = loaded.presets["production"].storagegrid
    assert store
    assert store.secret_access_key
    assert store.secret_access_key.get_secret_value() == "s"


def test_the_kinds_of_the_page_are_those_that_are_known():
    listed = re.findall(r"^\| `(\w+)` \| `(\w+)` \| `(\S*\{\S+)` \|$", PAGE, flags=re.MULTILINE)

    assert listed == [(name, one.bucket, one.key) for name, one in DOCUMENTS.items()]


def test_the_defaults_of_the_page_are_those_that_hold():
    listed = dict(
        re.findall(r"^\| `presets\.<name>\.storagegrid\.(\w+)` \| `(\S+)` \|", PAGE, flags=re.MULTILINE)
    )
    defaults = StorageGrid()

    assert listed.pop("range_bytes") == defaults.range_bytes.human_readable().replace(".0", "")
    for name, written in listed.items():
        assert getattr(defaults, name) == yaml.safe_load(written)
