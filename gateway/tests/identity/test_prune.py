"""What is to be pruned has to make sense."""

from __future__ import annotations

from telegram_gateway.identity import prune

from gateway.tests.harness.line import Line


async def test_prune__says_how_many_rows_went_and_refuses_what_makes_no_sense(line: Line) -> None:
    assert prune.prune
    well = line.order("prune", payload={"removals": 400, "intents": 30})
    ill = line.order("prune", payload={"removals": 1})
    assert (await line.done(well))["result"] == {"removals": 0, "intents": 0}
    outcome = await line.done(ill)
    assert (outcome["state"], outcome["error_code"]) == ("failed", "bad_payload")
