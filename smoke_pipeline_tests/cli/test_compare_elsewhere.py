"""`smoke compare` of objects and tables."""

import pytest
import yaml
from pydantic import SecretStr

from smoke_pipeline_tests.cli.comparing import answer, compare, fall, files, refusal
from smoke_pipeline_tests.readers.storagegrid.buckets import SECRET

TEXT = "id,amount\n1,10.50\n2,20.00\n"


def written(place):
    """A place as a person writes it in the settings."""
    secrets = {
        name: value.get_secret_value() for name, value in place if isinstance(value, SecretStr) and value
    }
    return place.model_dump(mode="json") | secrets


@pytest.fixture
def settings_of(tmp_path, monkeypatch):
    """Name a settings file with these places in the preset `development`."""

    def settings_of(**places):
        plain = {
            name: place.model_dump(mode="json") for name, place in places.items() if name == "storagegrid"
        }
        if "storagegrid" in places:
            store = places["storagegrid"]
            plain["storagegrid"] |= {
                "access_key_id": store.access_key_id.get_secret_value(),
                "secret_access_key": store.secret_access_key.get_secret_value(),
            }
        if "mysql" in places:
            found = places["mysql"]
            plain["mysql"] = {
                "warehouse": found.model_dump(mode="json") | {"password": found.password.get_secret_value()}
            }
        path = tmp_path / "settings.yaml"
        path.write_text(yaml.safe_dump({"presets": {"development": plain}}), "utf-8")
        monkeypatch.setenv("SMOKE_SETTINGS", str(path))
        monkeypatch.setenv("SMOKE_COMPARISON__SPILL_DIR", str(tmp_path / "spill"))

    return settings_of


def test_an_object_is_compared_as_bytes_once_it_is_here(bucket, settings_of, tmp_path):
    settings_of(storagegrid=bucket.store)
    bucket.put("a.csv", TEXT.encode())
    (path,) = files(tmp_path, TEXT.replace("20.00", "20.01"))

    found = answer(f"s3://{bucket.name}/a.csv", path, "--key", "id")

    assert (fall(found), found["engine"]["tier"]) == ((1, 1, 0, 0), "byte")
    assert not list((tmp_path / "spill").glob("*/*"))


@pytest.mark.mariadb
def test_a_table_is_compared_with_a_file(mysql, fill_mysql, settings_of, tmp_path):
    settings_of(mysql=mysql)
    fill_mysql(
        "CREATE TABLE smoke.orders (id INT, amount DECIMAL(10,2), secret INT)",
        "INSERT INTO smoke.orders VALUES (1, 10.5, 1), (2, 20, 2), (3, 30, 3)",
    )
    (path,) = files(tmp_path, TEXT)
    flags = ("--columns-source", "id,amount", "--where-source", "id <> 3", "--key", "id")

    found = answer("mysql.warehouse:orders", path, *flags)

    assert fall(found) == (2, 0, 0, 0)
    assert not list((tmp_path / "spill").glob("*/*"))


def test_the_preset_says_which_store_is_meant(bucket, settings_of, tmp_path):
    settings_of(storagegrid=bucket.store)
    (path,) = files(tmp_path, TEXT)

    lines = refusal(f"s3://{bucket.name}/a.csv", path, "--preset", "production")

    assert "names no StorageGrid" in lines[0]


def test_no_error_tells_a_secret(bucket, settings_of, tmp_path):
    settings_of(storagegrid=bucket.store)
    (path,) = files(tmp_path, TEXT)

    result = compare(f"s3://{bucket.name}/none.csv", path)

    assert result.exit_code == 2
    assert SECRET not in result.output
