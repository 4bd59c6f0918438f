"""What is left of a document in a format that cannot hold all of it."""

from __future__ import annotations

from augment.schema import Document, Meta, Relation

PLAIN = Document(id="", text="")


def without(document: Document, losses: list[str]) -> Document:
    """The document with exactly what is listed set to its default."""
    meta = {name.removeprefix("meta."): None for name in losses if name.startswith("meta.")}
    update: dict = {"meta": document.meta.model_copy(update={n: getattr(Meta(), n) for n in meta})}
    for name in set(losses) - {f"meta.{n}" for n in meta}:
        if name == "attributes":
            update["relations"] = tuple(
                Relation(**dict(r) | {name: {}}) for r in document.relations
            )
        else:
            update[name] = getattr(PLAIN, name)
    return document.model_copy(update=update)
