"""Makes the sandbox's `facts/methods.json` anew from what the npm package `@mtcute/tl` carries.

The package has Telegram's own list of errors (`raw-errors.json`: who may call which method, the
errors of each) and the documentation's page of each method (`api-schema.json`: errors with the
number that the page gives). Both are kept, apart: where they give two numbers, both are told of.
What was corrected by hand is in `facts/corrections.json`, which this does not touch.

    script/telegram-methods            writes the table and prints what changed
    script/telegram-methods --check    writes nothing; fails where the table is not what it would be
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path
from typing import Any

PACKAGE = "@mtcute/tl"
ROOT = Path(__file__).resolve().parents[2]
TABLE = ROOT / "sandbox/src/telegram_sandbox/facts/methods.json"

_LIST, _PAGES = "raw-errors.json", "api-schema.json"


def download() -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the package's version, its list of errors, and its schema with the pages' errors."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(
            ["npm", "pack", "--silent", PACKAGE], cwd=folder, check=True, stdout=subprocess.DEVNULL
        )
        [path] = Path(folder).glob("*.tgz")
        with tarfile.open(path) as archive:
            manifest, errors, schema = (
                json.load(archive.extractfile(f"package/{name}"))  # type: ignore[arg-type]
                for name in ("package.json", _LIST, _PAGES)
            )
    return manifest["version"], errors, schema


def table(version: str, errors: dict[str, Any], schema: dict[str, Any]) -> dict[str, Any]:
    """The table: a row for each method of the schema."""
    users, bots = set(errors["userOnly"]), set(errors["botOnly"])
    rows = {}
    for entry in schema["e"]:
        if entry["kind"] != "method":
            continue
        name = entry["name"]
        listed = {
            _error(errors["errors"][one]["code"], one) for one in errors["throws"].get(name, ())
        }
        told = {_error(one["code"], one["name"]) for one in entry.get("throws", ())}
        who = "users" if name in users else "bots" if name in bots else "both"
        row: dict[str, Any] = {"who": who}
        if listed:
            row["list"] = sorted(listed)
        if told - listed:
            row["pages"] = sorted(told - listed)
        rows[name] = row
    return {
        "made from": f"{PACKAGE} {version}, by script/telegram-methods",
        "sources": {
            "list": f"Telegram's list of errors ({_LIST})",
            "pages": f"the methods' documentation pages, where they say more ({_PAGES})",
        },
        "methods": dict(sorted(rows.items())),
    }


def _error(code: int, name: str) -> str:
    """ "420 FLOOD_WAIT_X": X stands for a number."""
    return f"{abs(code)} {name.replace('%d', 'X')}"


def written(content: dict[str, Any]) -> str:
    """As JSON with a line for each method, so that a change of one is a change of one line."""
    rows = ",\n".join(
        f"{json.dumps(name)}: {json.dumps(row)}" for name, row in content["methods"].items()
    )
    head = json.dumps({k: v for k, v in content.items() if k != "methods"}, indent=1)
    return f'{head[:-2]},\n "methods": {{\n{rows}\n}}\n}}\n'


def changes(before: dict[str, Any], after: dict[str, Any]) -> list[str]:
    """The differences, a line for each method."""
    old, new = before.get("methods", {}), after["methods"]
    lines = []
    for name in sorted(old.keys() | new.keys()):
        if name not in new:
            lines.append(f"- {name}")
        elif name not in old:
            lines.append(f"+ {name}")
        elif old[name] != new[name]:
            had, has = (
                {*row.get("list", ()), *row.get("pages", ())} for row in (old[name], new[name])
            )
            parts = [f"-{one}" for one in sorted(had - has)] + [
                f"+{one}" for one in sorted(has - had)
            ]
            if old[name]["who"] != new[name]["who"]:
                parts.insert(0, f"{old[name]['who']} → {new[name]['who']}")
            lines.append(f"  {name}: {', '.join(parts) or 'another source'}")
    return lines


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--check", action="store_true", help="write nothing, tell of differences")
    only_check = parser.parse_args().check
    before = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    after = table(*download())
    found = changes(before, after)
    print("\n".join([after["made from"], *found, f"{len(found)} methods changed"]))
    if only_check:
        return int(written(after) != TABLE.read_text())
    TABLE.write_text(written(after))
    return 0


if __name__ == "__main__":
    sys.exit(main())
