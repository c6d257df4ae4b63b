"""A Telegram server on loopback that speaks MTProto to an unmodified client.

async with Sandbox() as sandbox:
    ada = sandbox.world.add_user("Ada", phone="+33 6 39 98 00 01")
    async with sandbox.client(ada) as client:
        assert (await client.get_me()).first_name == "Ada"
"""

from .errors import RpcError
from .faults import Faults
from .keys import RsaKey
from .sandbox import Sandbox

__all__ = ["Faults", "RpcError", "RsaKey", "Sandbox"]
