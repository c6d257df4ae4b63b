"""The French files can be loaded again over an installed product."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted((ROOT / "addons").glob("*/i18n/fr.po"))


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parents[1].name)
def test_no_field_is_translated_twice(path):
    """Odoo 14 writes all terms of a file in one statement, which PostgreSQL refuses where two of
    them are for the same field of the same record."""
    lines = path.read_text().splitlines()
    found = Counter(line.removesuffix(":0") for line in lines if line.startswith("#: model:"))
    assert [line for line, count in found.items() if count > 1] == []
