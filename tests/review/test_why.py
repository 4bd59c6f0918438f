import pytest

from augment.guide import load
from augment.labelstudio import version
from augment.review.why import FRENCH, doubted, reported, score, why
from augment.schema import Finding, Meta
from augment.validate.rules import BAD_ATTRIBUTE, GRAPH, RELATION, TEXT, UNSOUND
from tests.helpers import doc

GUIDE = load("textmine")
LLM = {"generator": {"model": "mistral-small"}}
TAGGED = "[[1:CIVILIAN|Olha]] vit à [[2:PLACE|Lviv]], en [[3:PLACE|Ukraine]]."


def made(**fields):
    return doc(TAGGED, (1, "RESIDES_IN", 2), meta=Meta(origin="synthetic", **fields))


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        (
            {"strategy": "compose", "prompt": "compose/write.v3+textmine.v2", "rights": LLM},
            "compose/v3+textmine.v2/mistral-small",
        ),
        (
            {
                "strategy": "annotate",
                "prompt": "annotate/text.v1+annotate/relations.v12+textmine.v2",
                "rights": LLM,
            },
            "annotate/v1+v12+textmine.v2/mistral-small",
        ),
        ({"strategy": "compose", "rights": LLM}, "compose/mistral-small"),
        ({"strategy": "mentions"}, "mentions"),
        ({"rights": {"generator": "said otherwise"}}, "synthetic"),
    ],
)
def test_the_version_says_strategy_prompt_and_llm(fields, said):
    assert version(made(**fields)) == said


def test_the_score_is_a_students_sureness_or_else_the_agreement():
    assert score(made()) is None
    assert score(made(agreement=0.75)) == 0.75
    assert score(made(agreement=0.75), doubt=0.9) == 0.1


def test_why_tells_disagreement_and_what_was_taken_out():
    masked = ((1, "IS_LOCATED_IN", 3), (3, "NO_SUCH", 1), (1, None, 3), (1, "RESIDES_IN", 2))
    sample = made(agreement=0.5, rights=LLM).model_copy(update={"masked": masked})
    assert doubted(sample, GUIDE) == ["«\u00a0Olha est situé à Ukraine\u00a0»"]
    assert why(sample, GUIDE) == (
        "accord avec une annotation à l’aveugle\u00a0: 0,50\u00a0; "
        "écarté dans le doute\u00a0: «\u00a0Olha est situé à Ukraine\u00a0»"
    )
    recombined = made(strategy="recombine").model_copy(update={"masked": masked})
    assert why(recombined, GUIDE) == ""
    assert why(made(agreement=1.0), GUIDE) == ""


def test_every_finding_of_the_rules_has_its_words():
    rules = [*UNSOUND, *TEXT, *RELATION, BAD_ATTRIBUTE, *GRAPH]
    assert {str(rule.code) for rule in rules} == set(FRENCH)
    found = [Finding(code="missing_partner", scope="relation", action="completed")] * 2
    assert reported(found) == "signalé\u00a0: relation symétrique dans un seul sens"
    assert reported([]) == ""
