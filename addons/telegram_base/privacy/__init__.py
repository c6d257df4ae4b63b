"""Personal data: what is held on a person; its export and its erasure."""

from .holding import DELETED, GATEWAY, KEPT, NAMELESS, Holding, Person
