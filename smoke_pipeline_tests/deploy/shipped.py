"""The files with which the product is deployed, read."""

import configparser
import json
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
MANIFESTS: list[dict[str, Any]] = list(
    yaml.safe_load_all((ROOT / "deploy/kubernetes/services.yaml").read_text("utf-8"))
)
HELM: dict[str, Any] = yaml.safe_load((ROOT / "deploy/helm/values.yaml").read_text("utf-8"))
DASHBOARD: dict[str, Any] = json.loads((ROOT / "deploy/grafana/smoke-pipeline.json").read_text("utf-8"))
ALERTS: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/alerts.yml").read_text("utf-8"))
SCRAPES: dict[str, Any] = yaml.safe_load((ROOT / "deploy/prometheus/prometheus.yml").read_text("utf-8"))
DAGSTER: dict[str, Any] = yaml.safe_load((ROOT / "dagster.yaml").read_text("utf-8"))


def own_services() -> dict[str, Any]:
    """The services of the compose file that run our image."""
    return {
        name: one for name, one in COMPOSE["services"].items() if one["image"].startswith("smoke-pipeline")
    }


def pods() -> list[dict[str, Any]]:
    """The pod of each manifest that has one."""
    return [one["spec"]["template"]["spec"] for one in MANIFESTS if "template" in one["spec"]]


class _Repeated(dict):
    """Lets a key of a unit stand several times."""

    def __setitem__(self, key: str, value: Any) -> None:
        if isinstance(value, list) and key in self:
            self[key].extend(value)
        else:
            super().__setitem__(key, value)


def unit() -> dict[str, list[str]]:
    """The section `Service` of the systemd unit: key -> its values."""
    parser = configparser.RawConfigParser(strict=False, dict_type=_Repeated)
    parser.optionxform = str  # type: ignore[method-assign,assignment]
    text = (ROOT / "deploy/systemd/smoke-pipeline.service").read_text("utf-8")
    parser.read_string(text)
    return {key: value.split("\n") for key, value in parser["Service"].items()}
