"""The gateway's part of an erasure: only the gateway writes its tables, and it removes the person
from the groups. The command `forget` asks it, and it reports `person_forgotten`."""

import uuid

from .holding import Person
from .erasing import erase_rows
from .rows import write_columns


def enqueue_forget(env, person):
    """Ask the gateway of each pool that may hold something about the person to forget them."""
    pools = set(env["telegram.account"].search([]).mapped("pool_name"))
    chats = env["telegram.chat"].with_context(active_test=False)
    pools |= set(chats.search([]).mapped("pool_name"))
    # a gateway gets a name only if its own tables contain it: in the reasons of removals
    reasons = " ".join(filter(None, env["telegram.removal"].search([]).mapped("reason")))
    words = sorted(word for word in person.words if word.lower() in reasons.lower())
    env["telegram.outbox"]._enqueue(
        [
            {
                "kind": "forget",
                "pool": pool,
                "key": "forget:%s:%s" % (person.partner.id, uuid.uuid4().hex),
                "payload": {
                    "partner_id": person.partner.id,
                    "tg_user_ids": sorted(person.accounts),
                    "put_out": sorted(person.put_out),
                    "words": words,
                },
            }
            for pool in sorted(pools)
            if words or _may_hold(env, person, pool)
        ]
    )


def _may_hold(env, person, pool):
    """True if the gateway of this pool may hold something about the person."""
    if person.accounts or person.shared:
        return True
    own = [("partner_id", "=", person.partner.id)]
    chats = env["telegram.member"].search(own).mapped("chat_id")
    chats |= env["telegram.removal"].search(own).mapped("chat_id")
    return pool in chats.mapped("pool_name")


def is_forget_waiting(env, partner):
    """True while a gateway has yet to forget the person."""
    waiting = [
        ("key", "=like", "forget:%s:%%" % partner.id),
        ("state", "not in", ("done", "cancelled")),
    ]
    return bool(env["telegram.outbox"].sudo().search_count(waiting))


def on_person_forgotten(command):
    """Handle a `forget` that the gateway has done: clean facts that it reported meanwhile, and
    remove the ids from the command by which the gateway knew the person."""
    env = command.env
    payload = command._payload()
    accounts = set(payload.get("tg_user_ids") or [])
    linked = env["telegram.contact"].search(
        [("tg_user_id", "in", sorted(accounts)), ("state", "=", "confirmed")]
    )
    partner = env["res.partner"].browse(payload.get("partner_id") or 0)
    # by the accounts alone: the partner's record is anonymous already. An account that somebody
    # else has linked meanwhile is theirs.
    person = Person(
        partner.browse(),
        env["res.users"],
        accounts - set(linked.mapped("tg_user_id")),
        label=env["telegram.personal.data"]._personal_label(partner),
    )
    erase_rows(env, person)
    write_columns(command, {"payload": "{}"})


def is_gateway_alive(env):
    """True if each pool that has an account is served by a running gateway."""
    processes = env["telegram.process"]
    pools = set(env["telegram.account"].search([]).mapped("pool_name")) or {"main"}
    return all(processes._alive(pool) for pool in pools)
