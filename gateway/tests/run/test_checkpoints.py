"""The points at which tests let the process die do nothing in service."""

from __future__ import annotations

import os
import subprocess
import sys

from telegram_gateway import checkpoints


def test_checkpoint__disarmed_does_nothing() -> None:
    checkpoints.arm("")
    checkpoints.checkpoint("")  # a step that has no name
    checkpoints.checkpoint("group_created")


def test_checkpoint__armed_kills_at_its_point_only() -> None:
    code = (
        "from telegram_gateway.checkpoints import arm, checkpoint;"
        "arm('call_created'); checkpoint('group_created'); print('on', flush=True);"
        "checkpoint('call_created'); print('never', flush=True)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert (done.returncode, done.stdout) == (-9, "on\n")
