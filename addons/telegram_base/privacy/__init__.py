"""Personal data: the data held about a person, its export and its erasure."""

from .holding import DELETED, GATEWAY, KEPT, NAMELESS, Holding, Person
