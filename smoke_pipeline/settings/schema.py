"""The settings as a JSON Schema, which editors read to complete and check `settings.yaml`."""

import json

from smoke_pipeline.settings.model import Settings
from smoke_pipeline.settings.paths import project_file


def settings_schema() -> str:
    """The content of `config/settings.schema.json`."""
    schema = Settings.model_json_schema()
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "Settings of smoke_pipeline"
    return json.dumps(schema, indent=2, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    project_file("config/settings.schema.json").write_text(settings_schema(), "utf-8")
