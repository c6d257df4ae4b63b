"""The methods, a module for each namespace of the schema."""

from __future__ import annotations

import importlib
import pkgutil


def load_services() -> None:
    """Import every module here, so that its handlers are registered."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
