"""Student `seq2seq`: a language model that is asked « oui » or « non » about every candidate.

>>> student = resolve("student", "seq2seq:google/flan-t5-base")(guide)

``wording`` has the French, ``prompts`` writes it as tokens, ``questions`` chooses what to ask,
``model`` answers, ``loop`` trains, ``language`` reads and writes folders, ``student`` is the plug.
What trains and survives a kill is shared with :mod:`augment.train.transformer`.
"""

import augment.train.transformer  # noqa: F401 — telemetry is off before the packages are imported
