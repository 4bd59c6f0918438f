"""Properties are the same at each run, and may take their time: machines differ."""

from hypothesis import settings

settings.register_profile("augment", deadline=None, derandomize=True)
settings.load_profile("augment")
