"""All of TextMine, and generated documents, to a real Label Studio and back: each comes back equal.

The server itself turns the predictions into annotations, as its menu of actions does.
"""

import json
import subprocess
import sys

import pytest
from hypothesis import Phase, given, settings
from label_studio_sdk import LabelStudio

from augment.read import read_all, write
from tests.helpers import corpora
from tests.properties.strategies import documents
from tests.review.labelstudio import TOKEN

GENERATED = 200
"""Documents of Hypothesis that go to the server together."""

pytestmark = pytest.mark.usefixtures("token")


def command(*arguments):
    program = "from augment.cli import main; main()"
    ask = [sys.executable, "-c", program, "review", *map(str, arguments)]
    done = subprocess.run(ask, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def there_and_back(studio, path, tmp_path, *options):
    """What `review pull` writes of a file that `review push` sent, submitted untouched."""
    at = ["--project", path.stem, "--url", studio.url]
    sent = json.loads(command("push", path, "--guide", "textmine", *at, *options, "--json"))
    sdk = LabelStudio(base_url=studio.url, api_key=TOKEN)
    sdk.actions.create(
        project=sent["project"],
        id="predictions_to_annotations",
        selected_items={"all": True, "excluded": []},
    )
    out = tmp_path / "reviewed.jsonl"
    command("pull", *at, "--out", out)
    found, drops = read_all(out)
    assert drops == []
    return found


def bare(document, origin):
    meta = document.meta.model_copy(update={"origin": origin, "review": None})
    return document.model_copy(update={"meta": meta})


def equal(back, given):
    assert {d.meta.review.verdict for d in back} == {"accept"}
    origins = {document.id: document.meta.origin for document in given}
    assert [bare(d, origins[d.id]) for d in back] == given


@pytest.mark.corpora
def test_all_of_textmine_comes_back_equal(studio, tmp_path):
    path = corpora("textmine", "train.csv")
    given, drops = read_all(path)
    assert len(given) == 400 and drops == []
    equal(there_and_back(studio, path, tmp_path), given)


@pytest.mark.parametrize("kind", ["correct", "triage"])
def test_generated_documents_come_back_equal(studio, tmp_path, kind):
    made = []

    @settings(max_examples=GENERATED, phases=[Phase.generate], database=None, derandomize=True)
    @given(documents(crossing=True))
    def collect(document):
        made.append(document.model_copy(update={"id": f"{len(made):03}"}))

    collect()
    several = [d for d in made if len({(r.head, r.tail) for r in d.relations}) < len(d.relations)]
    loops = [d for d in made if any(r.head == r.tail for r in d.relations)]
    assert len(made) > GENERATED / 2 and several and loops
    path = tmp_path / f"{kind}.jsonl"
    write(made, path, format="jsonl")
    equal(there_and_back(studio, path, tmp_path, "--task", kind), made)
