"""Mentions → clusters: pairs of mentions of one type are scored, then each finds its antecedent.

>>> linker = Linker(guide)
>>> linker.fit(documents)
>>> linker.predict([document])[0][0].mentions
(Mention(start=32, end=47, value='Oliphie Trameur'), Mention(start=87, end=91, value='elle'))
"""
