"""The pipeline at a glance."""

from smoke_pipeline.definitions import build_definitions, owned_by
from smoke_pipeline.defs.smoke_test import assets

GRAPH = {
    "smoke_test/source_snapshot": [],
    "smoke_test/etl_completed": ["smoke_test/source_snapshot"],
    "smoke_test/target_snapshot": ["smoke_test/etl_completed", "smoke_test/source_snapshot"],
    "smoke_test/comparison": ["smoke_test/source_snapshot", "smoke_test/target_snapshot"],
    "smoke_test/report": ["smoke_test/comparison"],
}

CHECKS = {
    ("smoke_test/source_snapshot", "snapshot_is_sane", True),
    ("smoke_test/target_snapshot", "snapshot_is_sane", True),
    ("smoke_test/target_snapshot", "target_changed", False),
    ("smoke_test/comparison", "columns_match", False),
    ("smoke_test/comparison", "match_score_reaches_threshold", False),
    ("smoke_test/comparison", "row_counts_match", False),
    ("smoke_test/comparison", "no_duplicate_keys", False),
}

JOBS = {
    "take_source": {"smoke_test/source_snapshot"},
    "take_target": {"smoke_test/target_snapshot"},
    "compare": {"smoke_test/comparison", "smoke_test/report"},
    "verify": {"smoke_test/target_snapshot", "smoke_test/comparison", "smoke_test/report"},
    "smoke_test": {
        "smoke_test/source_snapshot",
        "smoke_test/target_snapshot",
        "smoke_test/comparison",
        "smoke_test/report",
    },
}


def test_the_assets_hang_together_like_this():
    graph = build_definitions().resolve_asset_graph()

    found = {
        key.to_user_string(): sorted(parent.to_user_string() for parent in graph.get(key).parent_keys)
        for key in graph.get_all_asset_keys()
    }

    assert found == GRAPH


def test_only_the_etl_is_outside_and_everything_belongs_to_a_session():
    graph = build_definitions().resolve_asset_graph()
    nodes = [graph.get(key) for key in graph.get_all_asset_keys()]

    assert [n.key.to_user_string() for n in nodes if not n.is_materializable] == ["smoke_test/etl_completed"]
    assert {n.partitions_def.name for n in nodes} == {"smoke_sessions"}


def test_only_a_snapshot_that_cannot_be_trusted_stops_what_comes_after_it():
    graph = build_definitions().resolve_asset_graph()

    found = {
        (key.asset_key.to_user_string(), key.name, graph.get_check_spec(key).blocking)
        for key in graph.asset_check_keys
    }

    assert found == CHECKS


def test_each_job_takes_its_part_of_the_graph():
    definitions = build_definitions()

    found = {
        name: {
            key.to_user_string()
            for key in definitions.resolve_job_def(name).asset_layer.executable_asset_keys
        }
        for name in JOBS
    }

    assert found == JOBS


def test_the_assets_show_whom_the_settings_name():
    nobody = build_definitions().resolve_asset_graph()
    owners = ["team:data", "ada@example.com"]

    snapshot, etl = owned_by(owners, [assets.source_snapshot, assets.etl_completed])

    assert {tuple(nobody.get(key).owners) for key in nobody.get_all_asset_keys()} == {()}
    assert snapshot.get_asset_spec().owners == owners
    assert etl.owners == owners


def test_everything_on_the_page_says_what_it_is():
    definitions = build_definitions()
    repository, graph = definitions.get_repository_def(), definitions.resolve_asset_graph()
    told = {
        **{job.name: job.description for job in repository.get_all_jobs() if not job.name.startswith("__")},
        **{sensor.name: sensor.description for sensor in repository.sensor_defs},
        **{schedule.name: schedule.description for schedule in repository.schedule_defs},
        **{key.to_user_string(): graph.get(key).description for key in graph.get_all_asset_keys()},
        **{key.name: graph.get_check_spec(key).description for key in graph.asset_check_keys},
    }

    assert [name for name, words in told.items() if not (words and words.strip().endswith("."))] == []
