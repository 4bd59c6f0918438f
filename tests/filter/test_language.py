import pytest

from augment.filter.language import FUNCTION_WORDS, foreign
from augment.read import read_all
from tests.helpers import corpora

SAID = {
    "fr": "Trois civils ont été tués dans la nuit par des tirs sur un quartier de Kharkiv.",
    "en": "Three civilians were killed at night when a district of Kharkiv was shelled.",
    "de": "Drei Zivilisten sind in der Nacht bei dem Beschuss von einem Viertel gestorben.",
    "es": "Tres civiles murieron en la noche por los disparos sobre un barrio de la ciudad.",
    "it": "Tre civili sono morti nella notte per i colpi su un quartiere della città di Kharkiv.",
    "nl": "Drie burgers zijn in de nacht om het leven gekomen bij een aanval op de stad.",
    "pt": "Três civis morreram na noite com os disparos sobre um bairro da cidade de Kharkiv.",
}


@pytest.mark.parametrize("language", list(FUNCTION_WORDS))
def test_a_sentence_of_each_language_is_told_from_french(language):
    assert foreign(SAID[language], "fr") == (None if language == "fr" else language)
    assert foreign(SAID[language], language) is None
    assert foreign(SAID[language], f"{language}-XX") is None


def test_another_script_is_foreign():
    assert foreign("Вночі внаслідок обстрілу загинули троє цивільних у місті Харків", "fr") == (
        "non-Latin"
    )


@pytest.mark.parametrize(
    "text",
    [
        "Explosion gare Kramatorsk, bilan provisoire 30 morts, secours sur place.",
        "Kiev, Kharkiv, Marioupol, Odessa, Kherson, Lviv, Boutcha, Irpin",
        "The End",
        "Monsieur Luis Dos Santos, époux de Madame Ana Dos Santos, cherche un avocat.",
        "Le porte-parole répond « The war is not over and it will not be » aux journalistes "
        "de Kiev, qui lui posaient la question sur les pourparlers.",
        "8 h 30 : 3 morts, 12 blessés, 4 disparus 5 6 7 8",
    ],
)
def test_in_doubt_it_says_nothing(text):
    assert foreign(text, "fr") is None


def test_a_language_that_is_not_in_the_table_is_not_judged():
    assert foreign(SAID["en"], "fi") is None


@pytest.mark.corpora
def test_all_of_textmine_is_french():
    documents, _ = read_all(corpora("textmine", "train.csv"))
    assert [d.id for d in documents if foreign(d.text, "fr")] == []
