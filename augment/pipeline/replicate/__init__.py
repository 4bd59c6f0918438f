"""An experiment as one file that runs anywhere: made here, run where the GPU is, merged here.

>>> make(sources, settings, guide=folder, path=Path("bundle.zip"))
Bundle(id='3f2a…', …)
>>> run(opened(path), gathered, settings, work=work)
Replicated(bundle='3f2a…', students=(Ran(name='linear', …),), result=Result(…), …)
"""

from augment.pipeline.replicate.gather import gather
from augment.pipeline.replicate.make import Source, make
from augment.pipeline.replicate.merge import load, merge, put, section
from augment.pipeline.replicate.records import Bundle, Merged, Part, Replicated
from augment.pipeline.replicate.run import differences, run, settings_of
from augment.pipeline.replicate.zipped import Opened, opened

__all__ = [
    "Bundle",
    "Merged",
    "Opened",
    "Part",
    "Replicated",
    "Source",
    "differences",
    "gather",
    "load",
    "make",
    "merge",
    "opened",
    "put",
    "run",
    "section",
    "settings_of",
]
