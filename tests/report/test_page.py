import re

import pytest

from augment.reasons import Reason
from augment.report import Case, render
from augment.report.page import apart
from augment.schema import Drop
from tests.helpers import doc
from tests.report.made import Page, compared, data, empty, measure, scores

EVIL = "<script>alert(1)</script>"
DIRTY = [{"id": "compose/3", "arm": "compose", "test_id": "t9", "reason": "leak_names: A & B"}]
ALONE = {"base": {"60": scores(0.5)}, "placebo": {"60": compared(0.5, 0.0)}}
VARIANTS = {
    "full": data(),
    "dirty": data(measure=measure(arms={}, dirty=DIRTY)),
    "unmeasured": data(measure=None),
    "no additions": data(measure=measure(arms=ALONE), additions=(), drift={}, values={}),
    "empty": empty(),
}


@pytest.mark.parametrize("name", VARIANTS)
def test_the_page_is_well_formed_and_needs_nothing_from_outside(name):
    html = render(VARIANTS[name])
    page = Page(html)
    ids = [attributes["id"] for _, attributes, _ in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    for tag, attributes, _ in page.elements:
        assert tag not in ("script", "link", "iframe", "img", "base")
        assert not {"src", "srcset", "data", "action", "onload", "onclick"} & set(attributes)
        assert attributes.get("href", "#").startswith("#")
        assert attributes.get("href", "#")[1:] in ["", *ids]
    assert "url(" not in html and "@import" not in html and "http" not in html


@pytest.mark.parametrize("name", VARIANTS)
def test_tables_and_drawings_can_be_read_aloud(name):
    page = Page(render(VARIANTS[name]))
    assert all("scope" in attributes for attributes, _ in page.all("th"))
    tags = [tag for tag, *_ in page.elements]
    drawings = [i for i, tag in enumerate(tags) if tag == "svg"]
    assert all(tags[i + 1 : i + 3] == ["title", "desc"] for i in drawings)


def test_the_verdict_is_in_the_header_with_its_reason():
    page = Page(render(data()))
    assert (
        "On 100 gold documents, macro-F1 goes from 50.0 to 51.5: +1.5 points, 95 % interval "
        "−0.5 to +3.5, which holds zero; micro-F1 +0.1 [−0.2, +0.4]." in page.text
    )
    assert "placebo (gold, some of it twice): +0.5 [−1.5, +2.5], not told apart" in page.text
    assert "With less gold: 50: gain +5.0 [+3.0, +7.0]." in page.text
    assert "one generation batch" in page.text


def test_yield_plan_and_types_carry_their_numbers():
    page = Page(render(data()))
    text = page.text
    assert re.search(r"rewrite .*? 40 37 3 ", text)
    assert ({}, "35") in page.all("strong") and "of 40 samples made without an LLM" in text
    assert re.search(r"IS_BORN_ON \S* ?7 22.0 60 % 24 21 rare", text)
    assert "0.01" in text and "not shown" in text and "worst −3.1, margin −2.0" in text
    assert "RESIDES_IN" in text and "compose/7" in text and "self_relation 4" in text


def test_large_drift_is_marked():
    assert "▲ +55 %" in Page(render(data())).text
    assert apart(20, 24.9) == apart(0, 3.0) == apart(None, 3.0) == apart(2.0, None) == ""
    assert apart(0.2, 0.05) == "▼ −75 %"


def test_a_dirty_experiment_lists_offenders_instead_of_figures():
    page = Page(render(VARIANTS["dirty"]))
    assert "compose/3" in page.text and "leak_names: A & B" in page.text
    assert not page.all("h2")[0][1].startswith("Gain")
    assert "macro-F1" not in page.text and not page.text.count("Verdict")
    assert any(text == "Yield by stage" for _, text in page.all("h2"))


def test_without_figures_the_page_says_so():
    assert "the run did not measure" in Page(render(VARIANTS["unmeasured"])).text
    assert "No sample was accepted" in Page(render(VARIANTS["no additions"])).text
    assert "Nothing was ordered" in Page(render(VARIANTS["empty"])).text


def test_a_demonstration_says_that_it_is_none():
    banner = "DEMONSTRATION: small sample, not evidence"
    shown = data(manifest={**data().manifest, "config": {"demonstration": True}})
    assert banner in render(shown)
    assert banner not in render(data())


def test_everything_is_escaped():
    hostile = doc("[[1:PLACE|Kiev]] & <i>", (1, "IS_PART_OF", 1), id=EVIL)
    entity = hostile.entities[0].model_copy(update={"id": EVIL, "type": EVIL})
    relation = hostile.relations[0].model_copy(
        update={"head": EVIL, "tail": EVIL, "type": EVIL, "attributes": {EVIL: EVIL}}
    )
    hostile = hostile.model_copy(update={"entities": (entity,), "relations": (relation,)})
    arms = {**measure()["arms"], EVIL: measure()["arms"]["compose"]}
    page = data(
        title=EVIL,
        manifest={**data().manifest, "config": {"corpus": EVIL}, "edits": {EVIL: 1}},
        measure=measure(arms=arms, notes=[EVIL], student=EVIL, set_aside={EVIL: [EVIL]}),
        additions=(EVIL,),
        drift={EVIL: ({"metric": EVIL, "left": 1, "right": 2},)},
        values={EVIL: {EVIL: {EVIL: 0.5}}},
        families={EVIL: {"label": EVIL, "colour": "red;} </style>" + EVIL}},
        family={EVIL: EVIL},
        relation_labels={EVIL: EVIL},
        examples=(hostile,),
        cases=(Case(why=EVIL, document=hostile),),
        drops=(Drop(id=EVIL, stage=EVIL, reason=Reason.LEAK_TEXT, detail=EVIL, raw=EVIL),),
        card={EVIL: {EVIL: 1}},
    )
    html = render(page)
    assert "<script" not in html and "</style>" in html and "<i>" not in html
    assert Page(html).text.count(EVIL) > 20
    dirty = [dict.fromkeys(("id", "arm", "test_id", "reason"), EVIL)]
    assert "<script" not in render(data(measure=measure(arms={}, dirty=dirty)))


def test_the_same_data_gives_the_same_bytes():
    assert render(data()) == render(data())


def test_texts_are_in_their_language_and_the_page_in_english():
    page = Page(render(data(language="fr")))
    assert page.all("html")[0][0]["lang"] == "en"
    texts = [attributes for attributes, _ in page.all("p") if attributes.get("class") == "text"]
    assert len(texts) == 3 and all(attributes["lang"] == "fr" for attributes in texts)


def contrast(one, other):
    def luminance(colour):
        digits = colour * 2 if len(colour) == 3 else colour
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_text_has_enough_contrast_in_light_and_dark():
    schemes = [dict(re.findall(r"--(\w+): #(\w+)", block)) for block in
               re.findall(r":root \{(.*?)\}", render(empty()), re.S)]  # fmt: skip
    assert len(schemes) == 2
    for colours in schemes:
        for name in ("ink", "quiet", "accent", "up", "down", "open", "violet", "teal"):
            for background in ("bg", "soft"):
                assert contrast(colours[name], colours[background]) >= 4.5, (name, background)
