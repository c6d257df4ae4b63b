"""See the package."""

from __future__ import annotations

import argparse
import asyncio
import importlib
import logging
import sys

import bench.sparing

from .measures import Measure

PARTS = ["starts", "running", "known"]


async def measure(parts: list[str]) -> list[Measure]:
    """All parts, one after the other; each line is printed as soon as it is known."""
    found: list[Measure] = []
    for part in parts:
        module = importlib.import_module(f"bench.sparing.{part}")
        async for one in module.measure():
            print(one, flush=True)
            found.append(one)
    return found


def main() -> int:
    """0; with --check, 1 when something is above what it may be."""
    parser = argparse.ArgumentParser(prog="script/bench sparing", description=bench.sparing.__doc__)
    parser.add_argument("parts", nargs="*", help=f"of {', '.join(PARTS)}; all by default")
    parser.add_argument("--check", action="store_true", help="exit 1 where something is too much")
    arguments = parser.parse_args()
    unknown = set(arguments.parts) - set(PARTS)
    if unknown:
        parser.error(f"there is no part {', '.join(sorted(unknown))}")
    logging.getLogger("telethon").setLevel(logging.ERROR)
    found = asyncio.run(measure(arguments.parts or PARTS))
    return 1 if arguments.check and not all(one.is_well for one in found) else 0


if __name__ == "__main__":
    sys.exit(main())
