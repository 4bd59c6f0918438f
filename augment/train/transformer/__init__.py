"""Student `transformer`: a pretrained encoder fine-tuned to find relations of documents.

>>> student = resolve("student", "transformer:almanach/camembert-base")(guide)

``data`` makes windows and pairs, ``model`` scores pairs, ``loop`` trains, ``checkpoint`` survives a
kill, ``encoder`` reads and writes folders, ``student`` is the plug. Torch is imported only here.
"""

import os

for name in ("HF_HUB_DISABLE_TELEMETRY", "DO_NOT_TRACK"):  # before the packages are imported
    os.environ[name] = "1"
