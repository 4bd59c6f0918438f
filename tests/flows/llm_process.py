"""An LLM in a process of its own, which can be killed; its log says what it was asked, in order.

python -m tests.flows.llm_process 8000 items.jsonl asked.log
"""

import json
import os
import re
import sys
import time
from pathlib import Path

from tests.generate.server import Server, completion

NUMBER = re.compile(r"Point n° (\d+)\.")
"""How each item begins; prompts hold other texts before it."""
SECONDS = 0.1


def main(port, items, log):
    texts = [json.loads(line)["text"] for line in Path(items).read_text().splitlines()]
    asked = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT)

    def annotated(body, attempt):
        """The item of the prompt with its first two words marked, as if they were places."""
        number = NUMBER.findall(body["messages"][-1]["content"])[-1]
        os.write(asked, f"{number}\n".encode())
        time.sleep(SECONDS)
        first, second, rest = texts[int(number)].split(" ", 2)
        marked = f"[[e1:PLACE|{first}]] [[e2:PLACE|{second}]] {rest}"
        return completion(f'{marked}\n{{"relations": [["e1", "IS_LOCATED_IN", "e2"]]}}')

    Server(annotated, int(port)).serve_forever()


if __name__ == "__main__":
    main(*sys.argv[1:])
