"""How many runs may read from a server, whatever the presets call it."""

import pytest

from smoke_pipeline.settings.bounds import bound_at, queue_limits
from smoke_pipeline.settings.connections import Connection, MySql, Oracle, Postgres, StorageGrid
from smoke_pipeline.settings.load import load_settings
from smoke_pipeline.settings.model import Preset

OLD = MySql(user="reader", host="DB1", database="old")


def test_two_names_of_one_server_share_its_bound():
    first, second = (
        bound_at("mysql.old", OLD),
        bound_at("mysql.new", OLD.model_copy(update={"user": "other"})),
    )

    assert first.tag == second.tag
    assert (first.name, first.most) == ("mysql.old", 1)
    assert "db1" not in first.tag


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(OLD.model_copy(update={"port": 3307}), id="port"),
        pytest.param(OLD.model_copy(update={"host": "db2"}), id="host"),
        pytest.param(Postgres(user="reader", host="DB1", port=3306, database="old"), id="kind"),
        pytest.param(Oracle(user="reader", dsn="db1:3306/old"), id="oracle"),
        pytest.param(StorageGrid(endpoint_url="http://db1:3306"), id="store"),
        pytest.param(StorageGrid(region="eu-west-1"), id="amazon"),
    ],
)
def test_every_server_has_a_bound_of_its_own(other):
    assert bound_at("a", other).tag != bound_at("a", OLD).tag


def test_the_queue_begins_twice_as_many_runs_as_may_read_from_a_server():
    wide = OLD.model_copy(update={"max_runs": 3})
    presets = {
        "a": Preset(mysql={"old": OLD}, storagegrid=StorageGrid()),
        "b": Preset(mysql={"wide": wide}, oracle={"one": Oracle(user="reader", dsn="ora:1521/x")}),
    }
    settings = load_settings(environ={}).model_copy(update={"presets": presets})

    assert queue_limits(settings) == {
        bound_at("", OLD).tag: 6,
        bound_at("", StorageGrid()).tag: 8,
        bound_at("", Oracle(user="reader", dsn="ora:1521/x")).tag: 2,
    }


def test_what_is_read_from_nowhere_has_none():
    with pytest.raises(TypeError, match="Nothing is read"):
        bound_at("a", Connection())
