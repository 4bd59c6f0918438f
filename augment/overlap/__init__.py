"""What duplicates and leakage share: folding, n-grams, near-twins, MinHash, the leak rules."""

from augment.overlap.grams import (
    containment,
    fold,
    jaccard,
    near_twin_groups,
    ngrams,
    words,
)
from augment.overlap.leaks import Leak, Leaks
from augment.overlap.near import NearDuplicates, Sketch, Twin, sketch

__all__ = [
    "Leak",
    "Leaks",
    "NearDuplicates",
    "Sketch",
    "Twin",
    "containment",
    "fold",
    "jaccard",
    "near_twin_groups",
    "ngrams",
    "sketch",
    "words",
]
