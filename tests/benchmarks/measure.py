"""Measures one piece and writes its figures: python -m tests.benchmarks.measure NAME FILE."""

import json
import sys
from pathlib import Path

from tests.benchmarks.pieces import PIECES

if __name__ == "__main__":
    name, file = sys.argv[1:]
    found = PIECES[name]()
    partly = Path(file).with_suffix(".partly")
    partly.write_text(json.dumps(found, indent=1))
    partly.rename(file)
