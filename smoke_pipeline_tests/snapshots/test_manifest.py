"""The facts of a side as JSON and back."""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from smoke_pipeline.readers.base import Dialect
from smoke_pipeline.readers.reading import Guess, LeftOut, Reading
from smoke_pipeline.snapshots.manifest import Column, Side, SnapshotManifest

MANIFEST = SnapshotManifest(
    side=Side.TARGET,
    origin="ä/t.csv",
    format="csv",
    compression="zip",
    member="t.csv",
    rows=3,
    columns=(Column(name='a,"b"', type="string"), Column(name="", type="string")),
    size_bytes=12,
    sha256="0" * 64,
    encoding="utf-16-le",
    dialect=Dialect(delimiter="\t", quote=None, escape="\\"),
    empty_lines=2,
    taken_at=datetime(2026, 3, 1, 12, 30, 15, 123456, tzinfo=UTC),
)
READING = Reading(
    guesses=(Guess(what="header", value="yes", confidence="strong", evidence="it has names"),),
    preamble=LeftOut(lines=1, sha256="1" * 64, start="Sales of März"),
    skipped_rows=2,
    first_ragged_lines=(3, 7),
)


@pytest.mark.parametrize(
    "manifest",
    [
        MANIFEST,
        replace(MANIFEST, taken_at=None, dialect=None, encoding=None, member=None),
        replace(MANIFEST, reading=READING),
        replace(MANIFEST, reading=Reading()),
    ],
)
def test_a_manifest_survives_json(manifest):
    assert SnapshotManifest.from_dict(json.loads(json.dumps(manifest.to_dict()))) == manifest


@pytest.mark.parametrize("fact", ["side", "columns", "rows", "sha256"])
def test_a_missing_fact_is_noticed(fact):
    data = MANIFEST.to_dict()
    del data[fact]

    with pytest.raises((KeyError, TypeError)):
        SnapshotManifest.from_dict(data)


def test_a_fact_nobody_knows_is_noticed():
    with pytest.raises(TypeError):
        SnapshotManifest.from_dict({**MANIFEST.to_dict(), "colour": "blue"})


def test_a_manifest_of_an_older_version_can_be_read():
    data = MANIFEST.to_dict()
    del data["reading"], data["dialect"]["skip_space"]

    assert SnapshotManifest.from_dict(data) == MANIFEST


def test_the_sides_are_opposite():
    assert (Side.SOURCE.other, Side.TARGET.other) == (Side.TARGET, Side.SOURCE)
