"""What stands before a replaced mention: elision, contraction, articles, gender."""

import pytest

from augment.rewrite.french import attach, before, elides, gender_of, number_of, sentences

# sentence with the old mention in brackets, new mention, its gender, expected sentence
CASES = [
    # elided article, both apostrophes, and back
    ("Il voit l'[armée] avancer.", "bataillon", "m", "Il voit le bataillon avancer."),
    ("Il voit l’[armée] avancer.", "bataillon", "m", "Il voit le bataillon avancer."),
    ("L'[armée] avance.", "bataillon", "m", "Le bataillon avance."),
    ("L’[armée] avance.", "brigade", "f", "La brigade avance."),
    ("Le [bataillon] avance.", "armée", "f", "L'armée avance."),
    ("La [brigade] avance. C’est l’heure.", "armée", "f", "L’armée avance. C’est l’heure."),
    ("Il quitte la [ville].", "usine", "f", "Il quitte l'usine."),
    ("Il quitte la [ville].", "gare", "f", "Il quitte la gare."),
    ("Il quitte le [port].", "hôpital", "m", "Il quitte l'hôpital."),
    ("Il quitte l'[usine].", "école", "f", "Il quitte l'école."),
    # h aspiré and mute h
    ("Il voit l'[homme].", "héros", "m", "Il voit le héros."),
    ("Il voit le [soldat].", "héros", "m", "Il voit le héros."),
    ("Elle est l'[amie] du peuple.", "héroïne", "f", "Elle est l'héroïne du peuple."),
    ("Il brûle l'[entrepôt].", "hangar", "m", "Il brûle le hangar."),
    ("Il sort du [garage].", "hangar", "m", "Il sort du hangar."),
    ("Il sort du [garage].", "hôtel", "m", "Il sort de l'hôtel."),
    ("Il parle de la [France].", "Hongrie", "f", "Il parle de la Hongrie."),
    ("Il vient d'[Italie].", "Hongrie", "f", "Il vient de Hongrie."),
    ("Il vient de [Hongrie].", "Italie", "f", "Il vient d'Italie."),
    ("Le sud de l'[Espagne] brûle.", "Hollande", "f", "Le sud de la Hollande brûle."),
    ("Il va au [Honduras].", "Yémen", "m", "Il va au Yémen."),
    ("Il est né à [Harare].", "Helsinki", None, "Il est né à Helsinki."),
    ("Il vient de [Houston].", "Haïti", None, "Il vient d'Haïti."),
    # de + article
    ("Le toit de l'[usine] cède.", "bâtiment", "m", "Le toit du bâtiment cède."),
    ("Le toit de l’[usine] cède.", "maison", "f", "Le toit de la maison cède."),
    ("Le toit du [bâtiment] cède.", "maison", "f", "Le toit de la maison cède."),
    ("Le toit du [bâtiment] cède.", "usine", "f", "Le toit de l'usine cède."),
    ("Le toit de la [maison] cède.", "bâtiment", "m", "Le toit du bâtiment cède."),
    ("Le toit de la [maison] cède.", "immeuble", "m", "Le toit de l'immeuble cède."),
    ("Du [pétrole] a fui.", "essence", "f", "De l'essence a fui."),
    ("Du [pétrole] a fui.", "mazout", "m", "Du mazout a fui."),
    # à + article
    ("Elle va à l'[école].", "bureau", "m", "Elle va au bureau."),
    ("Elle va à l’[école].", "mairie", "f", "Elle va à la mairie."),
    ("Elle va au [bureau].", "école", "f", "Elle va à l'école."),
    ("Elle va au [bureau].", "mairie", "f", "Elle va à la mairie."),
    ("Elle va à la [mairie].", "stade", "m", "Elle va au stade."),
    ("À l'[école], tout va bien.", "bureau", "m", "Au bureau, tout va bien."),
    ("A l'[école], tout va bien.", "mairie", "f", "À la mairie, tout va bien."),
    ("Jusqu'à la [mairie].", "hôtel", "m", "Jusqu'à l'hôtel."),
    # plural articles do not change
    ("Il vit aux [Pays-Bas].", "États-Unis", "m", "Il vit aux États-Unis."),
    ("Les [soldats] partent.", "armées", "f", "Les armées partent."),
    ("Ils ont des [fusils].", "armes", "f", "Ils ont des armes."),
    ("Plusieurs [soldats] partent.", "hommes", "m", "Plusieurs hommes partent."),
    # bare de, que and their like
    ("Un tas de [pierres].", "ordures", "f", "Un tas d'ordures."),
    ("Un tas d'[ordures].", "pierres", "f", "Un tas de pierres."),
    ("Un tas d’[ordures].", "haches", "f", "Un tas de haches."),
    ("La femme de [Paul].", "Adèle", None, "La femme d'Adèle."),
    ("Il dit que [Paul] ment.", "Adèle", None, "Il dit qu'Adèle ment."),
    ("Il dit qu'[Adèle] ment.", "Paul", None, "Il dit que Paul ment."),
    ("Il dit qu’[Adèle] ment.", "Paul", None, "Il dit que Paul ment."),
    ("Lorsque [Paul] ment.", "Ida", None, "Lorsqu'Ida ment."),
    ("Lorsqu'[Ida] ment.", "Paul", None, "Lorsque Paul ment."),
    ("Puisque [Paul] ment.", "Ida", None, "Puisqu'Ida ment."),
    ("De [Paris] à Lyon.", "Orléans", None, "D'Orléans à Lyon."),
    ("D'[Orléans] à Lyon.", "Paris", None, "De Paris à Lyon."),
    ("Il vient de [Lyon].", "Ouagadougou", None, "Il vient de Ouagadougou."),
    ("Il vient de [Lyon].", "Yaoundé", None, "Il vient de Yaoundé."),
    ("Il vient de [Lyon].", "Œuilly", None, "Il vient d'Œuilly."),
    ("Un groupe de [dix].", "onze", None, "Un groupe de onze."),
    # one, this, my
    ("Un [camion] brûle.", "voiture", "f", "Une voiture brûle."),
    ("Une [voiture] brûle.", "arbre", "m", "Un arbre brûle."),
    ("Le toit d'un [camion] brûle.", "voiture", "f", "Le toit d'une voiture brûle."),
    ("Ce [camion] brûle.", "arbre", "m", "Cet arbre brûle."),
    ("Cet [arbre] brûle.", "camion", "m", "Ce camion brûle."),
    ("Cet [arbre] brûle.", "héros", "m", "Ce héros brûle."),
    ("Cette [maison] brûle.", "hôtel", "m", "Cet hôtel brûle."),
    ("Sa [voiture] brûle.", "usine", "f", "Son usine brûle."),
    ("Son [usine] brûle.", "voiture", "f", "Sa voiture brûle."),
    ("Son [camion] brûle.", "voiture", "f", "Sa voiture brûle."),
    ("Ma [voiture] brûle.", "auto", "f", "Mon auto brûle."),
    ("Aucun [soldat] ne part.", "armée", "f", "Aucune armée ne part."),
    ("Leur [camion] brûle.", "voiture", "f", "Leur voiture brûle."),
    ("Chaque [camion] brûle.", "usine", "f", "Chaque usine brûle."),
    # adjectives with a form before a vowel
    ("Un nouveau [camion] brûle.", "avion", "m", "Un nouvel avion brûle."),
    ("Un vieil [homme] part.", "soldat", "m", "Un vieux soldat part."),
    ("Un bel [arbre] tombe.", "hêtre", "m", "Un beau hêtre tombe."),
    # nothing to fit
    ("À [Paris], il pleut.", "Orléans", None, "À Orléans, il pleut."),
    ("[Paris] dort.", "Orléans", None, "Orléans dort."),
    ("Il vit en [France].", "Italie", "f", "Il vit en Italie."),
    ("Selon M. [Roy], non.", "Aubry", None, "Selon M. Aubry, non."),
    ("L'ONG « [Aurore] » part.", "Partage", None, "L'ONG « Partage » part."),
]


def rewritten(sentence, new, gender):
    start, end = sentence.index("["), sentence.index("]") - 1
    text = sentence.replace("[", "").replace("]", "")
    begin, words = attach(text, start, new, gender)
    return text[:begin] + words + new + text[end:]


@pytest.mark.parametrize(("sentence", "new", "gender", "expected"), CASES)
def test_words_before_a_mention_fit_the_new_one(sentence, new, gender, expected):
    assert rewritten(sentence, new, gender) == expected


def test_there_and_back_gives_the_sentence_again():
    tried = 0
    for sentence, new, _, expected in CASES:
        old_gender = _gender(sentence)
        if old_gender and not sentence.startswith("A "):
            old = sentence[sentence.index("[") + 1 : sentence.index("]")]
            tail = sentence[sentence.index("]") + 1 :]
            start = len(expected) - len(tail) - len(new)
            marked = f"{expected[:start]}[{new}]{tail}"
            assert rewritten(marked, old, old_gender) == _plain(sentence)
            tried += 1
    assert tried > 30


def _plain(sentence):
    return sentence.replace("[", "").replace("]", "")


def _gender(sentence):
    """Gender of the bracketed noun where its own article shows it."""
    at = sentence.index("[")
    old = sentence[at + 1 : sentence.index("]")]
    return gender_of(before(sentence[:at] + old, at).word, old)


@pytest.mark.parametrize(
    "sentence", ["Il voit l'[armée].", "Au [port].", "Sa [ville].", "Un [as]."]
)
def test_unknown_gender_is_refused_where_the_article_shows_it(sentence):
    text = sentence.replace("[", "").replace("]", "")
    assert attach(text, sentence.index("["), "bataillon", None) is None


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        *((w, True) for w in "hôpital homme habitant héroïne hélicoptère histoire hiver".split()),
        *(
            (w, True)
            for w in "humanité hameçon haltère hallucination eau œuvre île État ONU".split()
        ),
        *((w, True) for w in "Haïti Hélène Yonne Ypres UNICEF âge Érythrée Ukraine".split()),
        *((w, False) for w in "héros hangar haine hache handicap hasard haut hibou honte".split()),
        *((w, False) for w in "hors huit hurlement hutte hameau hérisson hiérarchie".split()),
        *((w, False) for w in "Hongrie Honduras Hambourg Hamas Hezbollah Hollande Houston".split()),
        *((w, False) for w in "Yémen yacht onze oui Ouagadougou Paris Pays-Bas FBI".split()),
    ],
)
def test_elision(word, expected):
    assert elides(word) is expected


@pytest.mark.parametrize(
    ("determiner", "noun", "gender", "number"),
    [
        ("le", "camion", "m", "s"),
        ("la", "ville", "f", "s"),
        ("l'", "usine", None, "s"),
        ("son", "usine", None, "s"),
        ("son", "camion", "m", "s"),
        ("cet", "arbre", "m", "s"),
        ("de la", "ville", "f", "s"),
        ("au", "port", "m", "s"),
        ("les", "villes", None, "p"),
        ("12", "villes", None, "p"),
        ("deux", "villes", None, "p"),
        ("de", "ville", None, None),
        ("leur", "ville", None, "s"),
    ],
)
def test_what_a_determiner_shows(determiner, noun, gender, number):
    assert gender_of(determiner, noun) == gender
    assert number_of(determiner) == number


def test_sentences_stop_at_points_but_not_at_abbreviations_or_in_mentions():
    text = "M. Roy arrive. Mme A. Petit dit : « Non ! » Il pleut à St. Malo…\nFin ? Oui. 12 morts."
    found = [text[s:e] for s, e in sentences(text)]
    assert found == [
        "M. Roy arrive.",
        "Mme A. Petit dit : « Non ! »",
        "Il pleut à St. Malo…",
        "Fin ?",
        "Oui.",
        "12 morts.",
    ]
    assert len(sentences("L’ONG Assez ! Stop agit.", [(6, 18)])) == 1
