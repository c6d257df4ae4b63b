"""Make the rules importable as `lesson_register_rules`: neither Odoo nor the addon around them is
needed, and the rules of another addon are called `rules` in the same run."""

import importlib.util
import sys
from pathlib import Path

from hypothesis import settings

FOLDER = Path(__file__).resolve().parents[1]

if "lesson_register_rules" not in sys.modules:
    spec = importlib.util.spec_from_file_location(
        "lesson_register_rules",
        str(FOLDER / "__init__.py"),
        submodule_search_locations=[str(FOLDER)],
    )
    package = importlib.util.module_from_spec(spec)
    sys.modules["lesson_register_rules"] = package
    spec.loader.exec_module(package)

# the time of one example depends on the machine
settings.register_profile("rules", deadline=None)
settings.load_profile("rules")
