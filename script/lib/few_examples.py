"""A plugin of pytest for `script/test --fast`: a profile of Hypothesis with few examples."""

from hypothesis import settings

settings.register_profile("few", deadline=None, max_examples=15)
