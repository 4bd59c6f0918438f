"""The near-duplicate rule in bounded memory: what it decides is what comparing all texts gives."""

import subprocess
import sys

from hypothesis import given, settings
from hypothesis import strategies as st

from augment.filter import FilterSettings, filter
from augment.guide.model import Guide
from augment.overlap import Leaks, NearDuplicates, ngrams, scratch, sketch
from augment.schema import Candidate, Document, Drop, Meta

WORDS = [f"mot{i}" for i in range(60)]
BASES = [" ".join(WORDS[start : start + 40]) for start in (0, 20)]
TRAIN = [Document(id="g0", text=BASES[0]), Document(id="g1", text=BASES[1])]
STRATEGIES = ["compose", "mentions"]
PARENTS = [(), ("g0",), ("g1",), ("g0", "g1"), ("0",), ("1", "g0")]


def edited(base, places):
    found = BASES[base].split()
    for place in places:
        found[place] = f"autre{place}"
    return " ".join(found)


texts = st.builds(edited, st.integers(0, 1), st.lists(st.integers(0, 39), max_size=3))
drawn = st.lists(
    st.tuples(texts, st.sampled_from(STRATEGIES), st.sampled_from(PARENTS)), max_size=12
)


def candidate(id, text, strategy, parents):
    meta = Meta(origin="synthetic", strategy=strategy, parents=parents)
    document = Document(id=id, text=text, meta=meta)
    return Candidate(id=id, order="o", strategy=strategy, document=document)


def compared(candidates):
    """All against all that was kept before, by the definition."""
    seen = [(f"train {d.id}", d.text, {d.id}) for d in TRAIN]
    out = []
    for c in candidates:
        parents, text = c.document.meta.parents, c.document.text
        own = set(parents) if c.strategy == "mentions" else set()
        twin = next((key for key, other, _ in seen if other == text), None)
        if twin:
            out.append(f"equal to {twin}")
            continue
        best = (0.0, "")
        for key, other, families in seen:
            a, b = ngrams(text, 3), ngrams(other, 3)
            if not own & families and (share := len(a & b) / len(a | b)) > best[0]:
                best = (share, key)
        if best[0] >= 0.8:
            out.append(f"{best[0]:.2f} like {best[1]}")
            continue
        out.append(None)
        seen.append((f"sample {c.id}", text, {c.id, *parents}))
    return out


@settings(max_examples=200, derandomize=True, deadline=None)
@given(drawn)
def test_it_decides_as_comparing_all_texts_does(rows):
    batch = [candidate(str(i), *row) for i, row in enumerate(rows)]
    guide = Guide(name="none", entities={}, relations={}, language="none")
    made = filter(
        batch, train=TRAIN, leaks=Leaks(TRAIN, []), guide=guide, settings=FilterSettings()
    )
    assert [r.detail if isinstance(r, Drop) else None for r in made] == compared(batch)


def test_what_does_not_fit_into_memory_is_found_on_disk(monkeypatch):
    monkeypatch.setattr(scratch, "CACHE", 16)
    index = NearDuplicates()
    for i in range(200):
        index.add(str(i), sketch(" ".join(f"{word}-{i}" for word in WORDS)))
    for i in (0, 99, 199):
        assert index.query(sketch(" ".join(f"{w}-{i}" for w in WORDS[1:]))).key == str(i)


FULL = """
import resource
from augment.errors import PathError
from augment.overlap import NearDuplicates, scratch, sketch
scratch.CACHE = 16
resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, 200_000))
index = NearDuplicates()
try:
    for i in range(1000):
        index.add(str(i), sketch(" ".join(f"mot{j}-{i}" for j in range(60))))
except PathError as error:
    print(error.hint)
"""


def test_a_full_disk_is_one_clear_line():
    done = subprocess.run([sys.executable, "-c", FULL], capture_output=True, text=True)
    assert "set TMPDIR" in done.stdout, done.stderr
