"""A page saved several times: ids stay, the newest version wins, repeated posts have a group."""

from datetime import datetime

import pytest

from augment.measure.splits import near_twins
from augment.pipeline.split import hold_out
from augment.read.page.times import day_in, instant, told
from augment.reasons import Reason
from tests.helpers import doc
from tests.read.live import blog, le_monde, page, post, reading, update

MORNING, NOON = "2022-02-24T07:00:00+01:00", "2022-02-24T12:00:00+01:00"


def test_a_correction_takes_the_place_of_what_it_corrects(tmp_path):
    before = le_monde(post("Trois morts à Kiev."), modified=MORNING)
    after = le_monde(post("Deux morts à Kiev."), post("Neuf.", id="post-3587499"), modified=NOON)
    for order in ([before, after], [after, before]):
        documents, [drop] = reading(tmp_path, *order)
        corrected = next(d for d in documents if d.id == "lemonde.fr:3587412")
        assert len(documents) == 2
        assert corrected.text == "Deux morts à Kiev."
        assert corrected.meta.modified == NOON
        assert corrected.meta.time == "2022-02-24T06:12:00+01:00"
        assert (drop.id, drop.reason) == (corrected.id, Reason.SUPERSEDED)
        assert "Trois morts" in drop.raw


def test_what_a_post_says_of_its_update_counts_before_the_page(tmp_path):
    old = update(body="Trois morts.", dateModified="2022-02-24T06:00:00Z")
    new = update(body="Deux morts.", dateModified="2022-02-24T06:30:00Z")
    stale = page(json_ld=blog(old, dateModified="2022-02-24T12:00:00Z"))
    fresh = page(json_ld=blog(new, dateModified="2022-02-24T07:00:00Z"))
    [document], [drop] = reading(tmp_path, fresh, stale)
    assert (document.text, drop.reason) == ("Deux morts.", Reason.SUPERSEDED)
    assert document.meta.modified == "2022-02-24T07:30:00+01:00"


def test_the_same_again_is_no_correction(tmp_path):
    pages = [le_monde(post("Un."), modified=when) for when in (MORNING, NOON)]
    [document], [drop] = reading(tmp_path, *pages)
    assert (document.meta.modified, drop.reason) == (None, Reason.DUPLICATE_ID)
    [document], [drop] = reading(tmp_path / "one", le_monde(post("Un."), post("Un.")))
    assert drop.reason is Reason.DUPLICATE_ID


def test_without_an_id_of_its_own_a_post_is_known_by_time_and_title(tmp_path):
    pages = [
        le_monde(post(text, id="", title="Kiev"), modified=when)
        for text, when in (("Trois morts.", MORNING), ("Deux morts.", NOON))
    ]
    [document], [drop] = reading(tmp_path, *pages)
    assert (document.text, drop.reason) == ("Deux morts.", Reason.SUPERSEDED)


def test_a_headline_that_changes_changes_no_id(tmp_path):
    before = le_monde(post("Un."))
    after = before.replace("guerre-en-ukraine_6115069", "guerre-en-ukraine-kiev-tient_6115069")
    documents, drops = reading(tmp_path, before, after)
    assert (len(documents), [d.reason for d in drops]) == (1, [Reason.DUPLICATE_ID])


LONG = (
    "Le maire de Kiev appelle les habitants à rester chez eux et à préparer une valise pour la nuit"
)


def test_posts_that_repeat_each_other_have_the_group_of_the_first(tmp_path):
    posts = [
        post(f"Rappel. {LONG}, a-t-il redit.", id="post-3587414", date="10:00"),
        post("Odessa tient, selon le gouverneur de la région.", id="post-3587413", date="09:00"),
        post(f"{LONG}.", date="06:12"),
    ]
    documents, _ = reading(tmp_path, le_monde(*posts))
    assert [d.meta.group for d in documents] == ["lemonde.fr:3587412", None, "lemonde.fr:3587412"]


def test_a_group_stays_together_in_splits():
    def of(number, group):
        document = doc(f"Le texte numéro {number} ne ressemble à aucun autre.", id=str(number))
        return document.model_copy(
            update={
                "text": " ".join(f"mot{number}x{i}" for i in range(30)),
                "meta": document.meta.model_copy(update={"group": group}),
            }
        )

    documents = [of(n, "a" if n % 2 else None) for n in range(20)]
    groups = near_twins(documents)
    assert len({g for g, d in zip(groups, documents, strict=True) if d.meta.group}) == 1
    for seed in range(5):
        _, test = hold_out(documents, share=0.2, seed=seed)
        assert sum(d.meta.group == "a" for d in test) in (0, 10)


LATEST = datetime.fromisoformat("2022-02-25T00:30:00+01:00")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("Publié le 24 février 2022 à 06h12", ["2022-02-24T06:12:00+01:00"]),
        ("Publié le 1er août 2022 à 6h", ["2022-08-01T06:00:00+02:00"]),
        ("le 24\u00a0février\u00a02022 à 6\u00a0h\u00a005", ["2022-02-24T06:05:00+01:00"]),
        ("24/02/2022 06:12", ["2022-02-24T06:12:00+01:00"]),
        ("24 févr., 06:12", ["2022-02-24T06:12:00+01:00"]),
        ("31 décembre à 23h59", ["2021-12-31T23:59:00+01:00"]),
        ("06:12", ["2022-02-24T06:12:00+01:00"]),
        ("00h05", ["2022-02-25T00:05:00+01:00"]),
        ("Hier à 22h10", ["2022-02-24T22:10:00+01:00"]),
        (
            "Publié le 24 février 2022 à 06h12, mis à jour le 24 février 2022 à 08h30",
            ["2022-02-24T06:12:00+01:00", "2022-02-24T08:30:00+01:00"],
        ),
        (
            "Publié à 06:12 - Modifié à 08:30",
            ["2022-02-24T06:12:00+01:00", "2022-02-24T08:30:00+01:00"],
        ),
        (
            "Publié le 23 février 2022 à 22h10, modifié à 23h05",
            ["2022-02-23T22:10:00+01:00", "2022-02-23T23:05:00+01:00"],
        ),
        (
            "Publié le 23 février 2022 à 22h10, modifié à 01h20",
            ["2022-02-23T22:10:00+01:00", "2022-02-24T01:20:00+01:00"],
        ),
        (
            "Publié le 23 février 2022 à 22h10, modifié aujourd’hui à 00h20",
            ["2022-02-23T22:10:00+01:00", "2022-02-25T00:20:00+01:00"],
        ),
        ("27 mars 2022 à 01h59", ["2022-03-27T01:59:00+01:00"]),
        ("27 mars 2022 à 02h30", ["2022-03-27T03:30:00+02:00"]),
        ("27 mars 2022 à 03h00", ["2022-03-27T03:00:00+02:00"]),
        ("30 octobre 2022 à 02h30", ["2022-10-30T02:30:00+02:00"]),
        ("30 octobre 2022 à 03h00", ["2022-10-30T03:00:00+01:00"]),
        ("31 février 2022 à 06h12", []),
        ("il y a 3 heures", []),
        ("Il y a 2 h", []),
        ("1er janvier 0001 à 00h05", []),
        ("12:75", []),
        ("", []),
    ],
)
def test_times_in_french(written, expected):
    assert [found.isoformat() for found in told(written, LATEST)] == expected


def test_a_time_of_day_alone_says_nothing():
    assert (
        told("06:12", None) == told("Hier à 22h10", None) == told("24 février, 06:12", None) == []
    )


def test_times_for_machines():
    assert instant("2022-07-14T10:00:00Z").isoformat() == "2022-07-14T12:00:00+02:00"
    assert instant("2022-07-14T10:00:00").isoformat() == "2022-07-14T10:00:00+02:00"
    assert instant("hier") is instant(None) is instant("0001-01-01T00:00:00+14:00") is None
    assert day_in("https://x.example/live/2022/02/24/a.html").isoformat()[:10] == "2022-02-24"
    assert day_in("https://x.example/live/2022/13/45/a.html") is None


def test_an_update_in_the_hour_that_comes_twice_in_autumn(tmp_path):
    before, after = "2022-10-30T00:50:00Z", "2022-10-30T01:10:00Z"
    told = page(json_ld=blog(update(datePublished=before, dateModified=after)))
    times = f'<time datetime="{before}"></time><time datetime="{after}"></time>'
    for number, written in enumerate((told, le_monde(post("Un.", date=times)))):
        [document], _ = reading(tmp_path / str(number), written)
        assert document.meta.time == "2022-10-30T02:50:00+02:00"
        assert document.meta.modified == "2022-10-30T02:10:00+01:00"


def test_days_follow_the_order_of_the_page(tmp_path):
    dates = ["06:00", "10:00", "00:05", "23:50", "19:30"]
    posts = [post(f"Numéro {n}.", id=f"post-358741{n}", date=d) for n, d in enumerate(dates)]
    documents, _ = reading(tmp_path, le_monde(*posts, modified="2022-02-24T11:00:00+01:00"))
    assert [d.meta.time[8:16] for d in documents] == [
        "24T06:00", "24T10:00", "24T00:05", "23T23:50", "23T19:30",
    ]  # fmt: skip


def test_a_page_that_says_no_day_gives_no_time(tmp_path):
    written = le_monde(post("Un."), modified=None).replace("/2022/02/24/", "/")
    assert [d.meta.time for d in reading(tmp_path, written)[0]] == [None]


@pytest.mark.parametrize("never", ["0001-01-01T00:00:00Z", "9999-12-31T22:30:00Z"])
def test_a_date_that_stands_for_none_is_none(tmp_path, never):
    assert instant(never) is None
    shown = [post(f"Un {n}.", id=f"post-358741{n}") for n in range(3)]
    written = le_monde(*shown, modified=never).replace("/2022/02/24/", "/")
    assert [d.meta.time for d in reading(tmp_path, written)[0]] == [None] * 3
    dated = [
        post(f"Un {n}.", id=f"post-358741{n}", date=f'<time datetime="{never}"></time>')
        for n in range(3)
    ]
    assert [d.meta.time for d in reading(tmp_path, le_monde(*dated))[0]] == [None] * 3
