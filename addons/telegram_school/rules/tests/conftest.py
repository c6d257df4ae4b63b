"""Make `rules` importable by itself: these tests need neither Odoo nor the addon around them."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
