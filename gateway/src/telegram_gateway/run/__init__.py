"""The process and its life: it takes the pool's lease, hands commands and updates to lanes, and ends."""
