"""Text → mentions with their types: spans that may begin and end, then what each of them is.

>>> recogniser = Recogniser(guide)
>>> recogniser.fit(documents)
>>> recogniser.predict([document])[0][0]
Entity(id=0, type='PLACE', mentions=(Mention(start=2, end=7, value='Paris'),))
"""
