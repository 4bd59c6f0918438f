import datetime

import pytest

from augment.errors import GuideError, PathError
from augment.guide import load
from augment.guide.check import check
from augment.guide.feedback import Source
from augment.guide.write import write
from augment.prompt import PromptSettings, prompt, template
from augment.review.edits import Proposal, Proposals, read, save
from augment.review.feedback import feedback
from augment.review.proposals import apply, changes, propose
from augment.schema import Change, Finding, Order, Review
from tests.helpers import doc

GUIDE = load("ukraine_live")
DAY = datetime.date(2026, 11, 22)
TEXT = (
    "Rien à signaler. L’[[1:MILITARY_ORGANISATION|armée]] est à [[2:PLACE|Lviv]], une ville "
    "d’[[3:PLACE|Ukraine]]. La suite demain."
)


def change(action, kind, head="armée", tail="Lviv", was=None):
    return Change(kind="relation", action=action, type=kind, what=(head, kind, tail), was=was)


def reviewed(*changes, relations=((2, "IS_LOCATED_IN", 3),), strategy="compose", id="s1"):
    document = doc(TEXT, *relations, id=id)
    meta = document.meta.model_copy(
        update={
            "strategy": strategy,
            "review": Review(verdict="corrected", changes=changes),
        }
    )
    return document.model_copy(update={"meta": meta})


def test_corrections_are_counted_by_section_and_by_whom():
    got = feedback(
        [
            reviewed(change("removed", "HAS_CONTROL_OVER")),
            reviewed(change("retyped", "OPERATES_IN", was="HAS_CONTROL_OVER"), id="s2"),
            reviewed(change("added", "HAS_CONTROL_OVER"), strategy=None, id="gold"),
            reviewed(
                Change(kind="mention", action="added", type="PLACE", what=("Lviv", 0, 4)), id="s3"
            ),
        ],
        guide=GUIDE,
        findings={
            "people": [
                Finding(
                    code="wrong_signature",
                    scope="relation",
                    action="removed",
                    detail="2:PLACE IS_LOCATED_IN 1:CIVILIAN",
                )
            ]
        },
    )
    assert [(b.place, b.llm, b.people) for b in got] == [
        ("relations.HAS_CONTROL_OVER", 2, 1),
        ("entities.PLACE", 1, 0),
        ("relations.IS_LOCATED_IN", 0, 1),
    ]
    assert got[0].actions == {"added": 1, "removed": 1, "retyped: OPERATES_IN": 1}
    assert [case.document for case in got[0].cases] == ["s1", "s2"]  # gold is never quoted
    assert got[1].actions == {"mention added": 1}
    assert got[2].paragraphs == {"relations.IS_LOCATED_IN.signatures": 1}


def test_a_text_whose_rights_keep_it_from_llms_is_counted_and_not_quoted():
    document = reviewed(change("removed", "HAS_CONTROL_OVER"), strategy="mentions")
    meta = document.meta.model_copy(update={"rights": {"remote_llm": False}})
    (section,) = broken = feedback([document.model_copy(update={"meta": meta})], guide=GUIDE)
    assert (section.llm, section.cases) == (1, ())
    assert propose(broken, GUIDE).proposals == ()
    assert feedback([document], guide=GUIDE)[0].cases


def test_what_was_removed_becomes_a_negative_example():
    broken = feedback([reviewed(change("removed", "HAS_CONTROL_OVER"))], guide=GUIDE)
    (proposal,) = propose(broken, GUIDE).proposals
    assert proposal.at == "relations.HAS_CONTROL_OVER.negative"
    assert not proposal.take
    assert proposal.example.text.startswith("L’[[e1:MILITARY_ORGANISATION|armée]]")
    assert proposal.example.text.endswith("[[e3:PLACE|Ukraine]].")
    assert proposal.example.absent == (("e1", "HAS_CONTROL_OVER", "e2"),)
    assert proposal.example.why == (
        "La relecture a retiré «\u00a0contrôle, possède\u00a0»\u00a0: le texte ne le dit pas."
    )


def test_what_became_another_type_warns_of_it():
    turned = change("retyped", "OPERATES_IN", was="IS_PART_OF")
    after = [(1, "OPERATES_IN", 2)]
    broken = feedback([reviewed(turned, relations=after, id=f"s{i}") for i in (1, 2)], guide=GUIDE)
    got = propose(broken, GUIDE).proposals
    assert [p.at.split(".")[2] for p in got] == ["negative", "lookalikes", "rule"]
    assert [p.add for p in got[1:]] == [
        "OPERATES_IN",
        "À ne pas confondre avec «\u00a0agit à\u00a0» (OPERATES_IN)\u00a0: "
        "c’est la correction la plus fréquente à la relecture.",
    ]
    assert len(got) == 3  # the same sentence twice is one example


def test_a_warning_claims_to_be_the_most_frequent_correction_only_where_it_is():
    turned = [
        reviewed(change("retyped", "OPERATES_IN", was="IS_PART_OF"), id=f"s{i}") for i in range(2)
    ]
    gone = [reviewed(change("removed", "IS_PART_OF"), id=f"r{i}") for i in range(3)]
    (rule,) = (
        p
        for p in propose(feedback([*turned, *gone], guide=GUIDE), GUIDE).proposals
        if p.at == "relations.IS_PART_OF.rule"
    )
    assert rule.add == "À ne pas confondre avec «\u00a0agit à\u00a0» (OPERATES_IN)."


def test_what_had_been_forgotten_becomes_a_positive_example():
    added = [(1, "OPERATES_IN", 2)]
    broken = feedback([reviewed(change("added", "OPERATES_IN"), relations=added)], guide=GUIDE)
    (proposal,) = propose(broken, GUIDE).proposals
    assert proposal.at == "relations.OPERATES_IN.positive"
    assert proposal.example.relations == (("e1", "OPERATES_IN", "e2"),)


def test_only_what_is_taken_changes_the_guide(tmp_path):
    broken = feedback([reviewed(change("removed", "HAS_CONTROL_OVER"))], guide=GUIDE)
    path = tmp_path / "proposals.yaml"
    save(propose(broken, GUIDE), path)
    assert apply(GUIDE, read(path), date=DAY) is GUIDE
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("take: false", "take: true"), encoding="utf-8")
    after = apply(GUIDE, read(path), date=DAY)
    negative = [g.relations["HAS_CONTROL_OVER"].negative for g in (GUIDE, after)]
    assert negative[1][1:] == negative[0]
    assert after.version == GUIDE.version + 1
    assert check(after) == check(GUIDE)
    shown = [line for line in changes(GUIDE, after) if line[0] in "+-"]
    assert all(line[0] == "+" for line in shown[2:] if "version" not in line)


def test_an_example_can_take_the_place_of_another(tmp_path):
    added = [(1, "OPERATES_IN", 2)]
    broken = feedback([reviewed(change("added", "OPERATES_IN"), relations=added)], guide=GUIDE)
    given = propose(broken, GUIDE)
    (one,) = given.proposals
    taken = one.model_copy(update={"take": True, "replace": 0})
    after = apply(GUIDE, given.model_copy(update={"proposals": (taken,)}), date=DAY)
    positive = [g.relations["OPERATES_IN"].positive for g in (GUIDE, after)]
    assert len(positive[0]) == len(positive[1])
    assert positive[1][0] == one.example
    far = one.model_copy(update={"take": True, "replace": 99})
    with pytest.raises(GuideError, match="no number 99"):
        apply(GUIDE, given.model_copy(update={"proposals": (far,)}), date=DAY)


def test_the_guide_check_has_its_say():
    broken = feedback([reviewed(change("removed", "HAS_CONTROL_OVER"))], guide=GUIDE)
    given = propose(broken, GUIDE)
    (one,) = given.proposals
    spoilt = one.example.model_copy(update={"text": "[[e1:NOBODY|armée]]"})
    bad = one.model_copy(update={"take": True, "example": spoilt})
    with pytest.raises(GuideError, match="proposal 1"):
        apply(GUIDE, given.model_copy(update={"proposals": (bad,)}), date=DAY)
    older = given.model_copy(update={"version": 0})
    with pytest.raises(GuideError, match="version 0"):
        apply(GUIDE, older, date=DAY)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("guide: [", "not YAML"),
        ("guide: x\nversion: 1\nproposals:\n- {at: entities.PLACE.negative}\n", "proposals.0.at"),
    ],
)
def test_a_file_that_cannot_be_read_says_why(tmp_path, text, said):
    path = tmp_path / "proposals.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(GuideError, match=said):
        read(path)
    with pytest.raises(PathError):
        read(tmp_path / "none.yaml")


def test_ends_that_are_not_clear_are_counted_and_not_shown():
    unclear = change("removed", "HAS_CONTROL_OVER", tail="Kiev")
    broken = feedback([reviewed(unclear)], guide=GUIDE)
    assert broken[0].llm == 1
    assert propose(broken, GUIDE).proposals == ()


def by(document, reviewer, verdict="corrected"):
    review = document.meta.review.model_copy(update={"reviewer": reviewer, "verdict": verdict})
    return document.model_copy(update={"meta": document.meta.model_copy(update={"review": review})})


def test_what_only_some_reviewers_corrected_is_disputed():
    both, one = change("removed", "HAS_CONTROL_OVER"), change("added", "OPERATES_IN")
    ana, ben = by(reviewed(both, one), "ana"), by(reviewed(both), "ben")
    carl = by(reviewed(), "carl", "reject")
    got = {b.place: b for b in feedback([ana, ben, carl], guide=GUIDE)}
    control, operates = got["relations.HAS_CONTROL_OVER"], got["relations.OPERATES_IN"]
    assert (control.llm, control.people, control.disputed) == (1, 0, 0)
    assert (operates.llm, operates.people, operates.disputed) == (0, 0, 1)
    assert operates.actions == {} and operates.cases == ()
    assert [case.document for case in operates.disputes] == ["s1"]
    assert [p.type for p in propose(list(got.values()), GUIDE).proposals] == ["HAS_CONTROL_OVER"]
    alone = feedback([by(ana, "ana"), ana], guide=GUIDE)  # the same file twice
    assert [(b.llm, b.disputed) for b in alone] == [(1, 0), (1, 0)]


def test_both_directions_of_a_symmetric_relation_are_one_correction():
    kind = "IS_AT_ODDS_WITH"
    ways = change("removed", kind), change("removed", kind, head="Lviv", tail="armée")
    (broken,) = feedback([reviewed(*ways)], guide=GUIDE)
    assert (broken.llm, len(broken.cases)) == (1, 1)


def test_the_shortest_sentences_are_shown():
    long = reviewed(change("removed", "HAS_CONTROL_OVER"), id="long")
    text = "L’[[1:MILITARY_ORGANISATION|armée]] est à [[2:PLACE|Lviv]]."
    short = doc(text, id="short").model_copy(update={"meta": long.meta})
    (broken,) = feedback([long, short], guide=GUIDE)
    assert [case.document for case in broken.cases] == ["short", "long"]


def taken(given, **update):
    """The proposals, all taken."""
    rows = tuple(p.model_copy(update={"take": True, **update}) for p in given.proposals)
    return given.model_copy(update={"proposals": rows})


def test_what_was_taken_is_recorded_and_not_proposed_again(tmp_path):
    turned = change("retyped", "OPERATES_IN", was="IS_PART_OF")
    said = [reviewed(turned, relations=[(1, "OPERATES_IN", 2)], id=f"s{i}") for i in (1, 2)]
    source = Source(name="r.jsonl", sha256="0" * 64, documents=2, corrections=2)
    given = propose(feedback(said, guide=GUIDE), GUIDE, [source])
    save(given, tmp_path / "p.yaml")
    assert read(tmp_path / "p.yaml") == given
    after = apply(GUIDE, taken(given), date=DAY)
    (record,) = after.feedback
    assert (record.version, record.date, record.reviewed) == (GUIDE.version + 1, DAY, (source,))
    assert [(t.at.split(".")[2], t.count) for t in record.taken] == [
        ("negative", 2),
        ("lookalikes", 2),
        ("rule", 2),
    ]
    write(after, tmp_path / "new")
    assert load(str(tmp_path / "new")) == after
    again = propose(feedback(said, guide=after), after)
    assert again.proposals == ()
    assert apply(after, again, date=DAY) is after


def test_what_an_example_replaced_is_recorded():
    added = [(1, "OPERATES_IN", 2)]
    broken = feedback([reviewed(change("added", "OPERATES_IN"), relations=added)], guide=GUIDE)
    after = apply(GUIDE, taken(propose(broken, GUIDE), replace=0), date=DAY)
    (edit,) = after.feedback[0].taken
    assert edit.instead == GUIDE.relations["OPERATES_IN"].positive[0].text
    rule = Proposal(take=True, at="relations.OPERATES_IN.rule", add="Non.", replace=0)
    given = Proposals(guide=GUIDE.name, version=GUIDE.version, proposals=(rule,))
    with pytest.raises(GuideError, match="`replace` is for examples"):
        apply(GUIDE, given, date=DAY)


def test_a_prompt_without_room_keeps_the_examples_from_reviews():
    broken = feedback([reviewed(change("removed", "HAS_CONTROL_OVER"))], guide=GUIDE)
    after = apply(GUIDE, taken(propose(broken, GUIDE)), date=DAY)
    new = after.relations["HAS_CONTROL_OVER"].negative[0].text
    order = Order(id="0", strategy="annotate", source="s1", exhaustive=True)
    source = doc("Rien.", id="s1")
    shown = []
    for guide in (GUIDE, after):
        made = prompt(
            order,
            guide=guide,
            template=template("annotate"),
            source=source,
            settings=PromptSettings(model="m", budget=8000),
        )
        shown.append(made.messages[0].content)
    assert "Contre-exemple" not in shown[0]
    assert shown[1].count("Contre-exemple") == 1 and new in shown[1]
