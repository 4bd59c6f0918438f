"""The README of a bundle, in English and French: the one command, and what it needs.

>>> readme(bundle)
'# An experiment to run: bundle 3f2a1b0c9d8e …'
"""

from __future__ import annotations

from augment.pipeline.replicate.records import Bundle

TEXT = """\
# An experiment to run: bundle {id}

    augment replicate run BUNDLE.zip --corpora FOLDER --out result.json

`BUNDLE.zip` is this file, `FOLDER` where the corpora are: they are known by their content. Send
`result.json` back: it holds scores, versions of packages and the kind of machine, no text, no path
and no name of a host or user. Stopped, it goes on where it was with the same command.

- needs {augment}, Python {python}: `pip install -r requirements.txt`, then augment{extra}
- students: {students}; for an encoder in a folder of yours: `--student transformer:FOLDER`
- documents:
{parts}

# Une expérience à lancer : lot {id}

La commande ci-dessus suffit. `BUNDLE.zip` est ce fichier, `FOLDER` le dossier des corpus, reconnus
à leur contenu. Renvoyez `result.json` : on y lit des scores, les versions des paquets et le type de
machine, aucun texte, aucun chemin, aucun nom de machine ni d’utilisateur. Interrompue, la même
commande reprend là où elle s’était arrêtée.
"""


def readme(bundle: Bundle) -> str:
    """Its text."""
    parts = [
        f"  - {part}: {part.documents}, "
        + ("in the bundle" if part.inside else f"not in the bundle, SHA-256 {part.sha256}")
        for part in bundle.parts
    ]
    students = bundle.settings["students"]
    return TEXT.format(
        id=bundle.id[:12],
        augment=bundle.augment,
        python=bundle.python,
        extra=" with its extra `transformers`" if any(":" in s for s in students) else "",
        students=", ".join(students),
        parts="\n".join(parts),
    )
