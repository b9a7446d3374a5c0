"""Makes the bill of materials: of a CycloneDX list of a whole environment, only what is shipped.

sbom.py ENVIRONMENT.json SBOM.json     the list
sbom.py --pins FILE                    the same packages as `name==version`, for pip-audit
"""

import json
import sys
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from shipped import PRODUCT, normal, shipped


def only(found: Mapping[str, Any], names: Collection[str]) -> dict[str, Any]:
    """The list without the components whose names are not among `names`, nor what leads to them."""
    kept = [one for one in found["components"] if normal(one["name"]) in names]
    missing = sorted(set(names) - {normal(one["name"]) for one in kept})
    if missing:
        raise SystemExit(f"The list of the environment lacks {', '.join(missing)}.")
    references = {one["bom-ref"] for one in kept}
    dependencies = [
        {**one, "dependsOn": [ref for ref in one.get("dependsOn", ()) if ref in references]}
        for one in found.get("dependencies", ())
        if one["ref"] in references
    ]
    return {**found, "components": kept, "dependencies": dependencies}


def main(arguments: list[str]) -> None:
    """Do what the arguments say."""
    if arguments[0] == "--pins":
        pins = [f"{one.metadata['Name']}=={one.version}\n" for one in shipped()]
        Path(arguments[1]).write_text("".join(pins), "utf-8")
        return
    names = {normal(one.metadata["Name"]) for one in shipped()} | {PRODUCT}
    found = json.loads(Path(arguments[0]).read_text("utf-8"))
    Path(arguments[1]).write_text(json.dumps(only(found, names), indent=2) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
