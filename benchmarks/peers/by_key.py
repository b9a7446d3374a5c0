"""csv-diff, csvdiff and reladiff, asked as for the false-pass cases.

`python -m benchmarks.peers.by_key csv-diff|csvdiff|reladiff SOURCE TARGET KEY`
"""

import json
import sys
from pathlib import Path

from benchmarks.false_pass.peers.every import PROGRAMS
from benchmarks.false_pass.written import Pair


def main() -> None:
    """Ask, print what was said."""
    name, source, target, key = sys.argv[1:]
    found = PROGRAMS[name].ask(Pair(source=Path(source), target=Path(target), key=(key,)))
    said = {
        "mismatched": found.mismatched,
        "source_only": found.source_only,
        "target_only": found.target_only,
        "source_left": found.source_left,
        "target_left": found.target_left,
        "mismatch_by_column": found.by_column,
    }
    print(json.dumps({name: value for name, value in said.items() if value is not None}))


if __name__ == "__main__":
    main()
