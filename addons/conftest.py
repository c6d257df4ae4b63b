"""Let pytest look into addons without importing them: only their pure parts are its business."""

import pytest


@pytest.hookimpl(optionalhook=True)  # newer than the pytest of Python 3.7, which does not need it
def pytest_collect_directory(path, parent):
    """A folder is a folder, not a package: importing an addon's package would import Odoo."""
    return pytest.Dir.from_parent(parent, path=path)
