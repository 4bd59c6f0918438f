"""A transformer that is trained in a second."""

import torch

from augment.train.transformer.student import Transformer
from tests.train.small import GUIDE

QUICK = {"rate": 1e-3, "head_rate": 5e-3, "held_out": 0.0, "epochs": 2}
FAMILIES = ["camembert", "xlm-roberta", "modernbert", "deberta-v2"]


def fitted(model, documents, weights=None, *, seed=0, guide=GUIDE, **settings):
    student = Transformer(guide, seed, model=model, **{**QUICK, **settings})
    student.fit(documents, weights)
    return student


def weights_of(student):
    return student._network.state_dict()


def same(one, other):
    a, b = weights_of(one), weights_of(other)
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
