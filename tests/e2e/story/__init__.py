"""Random stories that are played against the real stack, and what must hold after each rest.

`rules.py` is the specification, `sides.py` reads both sides, `player.py` plays steps and waits for
rest, `machine.py` draws the stories, `soak.py` does so for as long as one likes.
"""
