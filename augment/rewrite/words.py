"""French word lists for the LLM-free strategies: closed classes, and nouns whose ending misleads.

>>> "héros" in MASCULINE.split(), "plusieurs" in PLURAL
(False, True)
"""

PLURAL = frozenset(
    """
    les des aux ces mes tes ses nos vos leurs quels quelles plusieurs quelques certains certaines
    nombreux nombreuses divers diverses différents différentes tous toutes deux trois quatre cinq
    six sept huit neuf dix onze douze treize quatorze quinze seize vingt trente quarante cinquante
    soixante cent mille
    """.split()
)
"""Words before a noun that show the plural."""

PRONOUNS = frozenset(
    """
    il elle ils elles le la l' l’ les lui leur leurs eux y en se s' s’ soi qui que qu' qu’ dont où
    lequel laquelle lesquels lesquelles auquel duquel celui celle ceux celles celui-ci celle-ci
    ceux-ci celles-ci celui-là celle-là ceux-là celles-là ce c' c’ ça cela ceci dernier dernière
    derniers dernières premier première lui-même elle-même eux-mêmes elles-mêmes tous toutes tout
    certains certaines un une l'un l'une l’un l’une aucun aucune autres je j' j’ tu me m' m’ te t'
    t’ nous vous on sien sienne sa son ses plusieurs chacun chacune d'autres d’autres uns unes
    """.split()
) | {"ce dernier", "cette dernière", "ces derniers", "ces dernières", "d'entre eux", "les uns"}
"""Mentions that are pronouns, lower-cased."""

PREPOSED = frozenset(
    """
    petit petite petits petites grand grande grands grandes vieux vieil vieille vieilles jeune
    jeunes nouveau nouvel nouvelle nouveaux nouvelles ancien ancienne anciens anciennes autre autres
    premier première premiers premières bon bonne bons bonnes beau bel belle beaux belles gros
    grosse grosses mauvais mauvaise même mêmes double seul seule seuls seules simple simples long
    longue longs longues haut haute hauts hautes faux fausse futur future futurs célèbre célèbres
    dernier dernière derniers dernières ex terrible violent violente violents véritable nombreux
    nombreuses vaste énorme immense
    """.split()
)
"""Adjectives that stand before their noun."""

MASCULINE = """
    lycée musée trophée comité côté bas-côté été pâté traité génie incendie parapluie silence
    murmure squelette mercure stade grade arbre véhicule immeuble quartier article portable
    téléphone médicament camion bus train avion hélicoptère bateau navire drone missile char
    fusil pistolet revolver couteau sabre explosif engin obus projectile gaz lacrymogène pétrole
    carburant charbon bois fer or cuivre uranium plutonium chlore ammoniac alcool éthanol acide
    pneu vase cadre tableau carton sac bijou collier bracelet stylo livre journal document dossier
    tract flyer meuble lit matelas drap vêtement casque masque gant uniforme filtre câble portail
    jouet cadeau repas sandwich fruit légume vivre légumes antibiotique vaccin test tube scooter
    vélo tracteur conteneur container commerce site siège bar restaurant hôtel hôpital magasin
    supermarché marché centre parc port pont fleuve lac littoral domicile appartement garage
    groupe peuple élève membre pompier gendarme militaire soldat civil otage complice adulte
    gyrophare piercing projecteur monoxyde fonds matériau canal site ordinateur appareil autographe
    sanctuaire territoire laboratoire dispensaire monastère cimetière théâtre temple cloître
    service organisme ministère syndicat parti régiment bataillon escadron commissariat
"""
FEMININE = """
    chaleur couleur douleur erreur fleur horreur lueur odeur peur rumeur sueur terreur valeur
    vapeur ardeur longueur hauteur largeur foi fin main dent forêt nuit mort part dot eau peau
    fourmi tribu vertu bru arme bombe grenade balle cartouche mine roquette barricade pierre
    flèche vitre vitrine fenêtre porte lampe torche flamme flammes ferraille tôle coque
    boisson bouteille caisse boîte malle tente couverture échelle corde bâche feuille affiche
    pancarte banderole lettre photo vidéo image radio télévision caméra alarme ambulance voiture
    moto motocyclette remorque péniche barque pirogue montgolfière cocaïne héroïne drogue
    marijuana résine huile essence farine viande pièce somme prison ville rue plage montagne
    autoroute route avenue place rive île colline vallée campagne atmosphère usine école
    église mosquée gare banque entreprise armée police garde brigade patrouille milice foule
    famille équipe victime personne star vedette recrue sentinelle gens faillite marchandise
    matraque lunette glace goutte lentille terre béquille prise enquête tombe rivière mer côte
"""
"""Common nouns whose gender their ending does not show."""

MASS = frozenset(
    """
    eau nourriture argent drogue essence pétrole carburant gazole mazout fioul kérosène bois sable
    riz pain lait vin alcool cocaïne héroïne cannabis marijuana haschich résine viande fumée sang
    électricité oxygène acide benzène chlore ammoniac uranium plutonium plastique béton acier fer
    cuivre or charbon savon gel farine levain sucre sel tabac thé café huile peinture matériel
    gaz monoxyde peroxyde nitrate éthanol mercure phénol acétone chanvre plomb crystal personnel
    bétail aide soutien sel bitume ferraille poudre poussière neige boue lin tissu papier carton
    coton énergie champagne fromage jus shampoing dynamite munition ravitaillement mobilier
    """.split()
)
"""Nouns that one does not count: they go with *de l'eau*, not with *une eau*."""

VERBS = frozenset(
    """
    avance attaque tire explose brûle garde quitte arrive reste reprend prend perd annonce affirme
    déclare demande lance bloque occupe contrôle tient part entre sort tombe refuse menace vise
    frappe détruit bombarde encercle recule résiste campe attend arrête mène ouvre cherche envoie
    reçoit dit doit peut veut vient va fait met sait voit compte organise dénonce accuse rejette
    cède confirme promet soutient poursuit défend traverse patrouille intervient transporte contient
    """.split()
)
"""Verbs in the present that may follow a subject, and are not adjectives."""
