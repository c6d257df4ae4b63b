"""Group calls of lessons: opened, watched, closed, and what was seen of them."""
