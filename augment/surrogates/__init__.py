"""Surrogate names for what goes to another machine, and the real ones back in what returns.

>>> names = known(train, guide.person_names)
>>> hidden = shown(document, Level.PSEUDONYMISED, names, Vault(Path("vault.jsonl")))
>>> hidden.text
'Selon Bruno Lebrun, le front tient.'
"""

from augment.surrogates.known import Names, find, known
from augment.surrogates.swap import back, pseudonymise, restore, restore_text, shown
from augment.surrogates.vault import Vault

__all__ = [
    "Names",
    "Vault",
    "back",
    "find",
    "known",
    "pseudonymise",
    "restore",
    "restore_text",
    "shown",
]
