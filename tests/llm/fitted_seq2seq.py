"""A seq2seq student that is trained in a second."""

import torch

from augment.train.seq2seq.student import Seq2Seq
from tests.train.small import GUIDE

QUICK = {"rate": 3e-3, "held_out": 0.0, "epochs": 2, "batch": 4, "negatives": 1, "dropout": 0.0}
FAMILIES = ["t5", "llama"]


def fitted(model, documents, weights=None, *, seed=0, guide=GUIDE, **settings):
    student = Seq2Seq(guide, seed, model=model, **{**QUICK, **settings})
    student.fit(documents, weights)
    return student


def same(one, other):
    a, b = one._answerer.state_dict(), other._answerer.state_dict()
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)
