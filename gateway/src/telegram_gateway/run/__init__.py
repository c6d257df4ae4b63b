"""A process and its life: it takes the pool's lease, gives commands and updates to lanes, and
ends."""
