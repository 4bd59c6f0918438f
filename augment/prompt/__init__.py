"""Orders and templates → requests.

>>> prompt(order, guide=guide, template=template("compose.v1"), settings=PromptSettings(model="m"))
Request(id='000001', model='m', messages=(…), …)
"""

from augment.prompt.examples import Examples
from augment.prompt.messages import PromptSettings, tokens
from augment.prompt.request import prompt
from augment.prompt.template import Template, template

__all__ = ["Examples", "PromptSettings", "Template", "prompt", "template", "tokens"]
