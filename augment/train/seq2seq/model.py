"""The network: a frozen language model with a LoRA adapter, and its two answers.

>>> Answerer(language_model, tokenizer, prompts, Settings()).scores([Prompt(pair, question)])
tensor([1.7])  # log p(oui) − log p(non)
"""

from __future__ import annotations

import copy
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import torch
from peft import LoraConfig, get_peft_model, get_peft_model_state_dict, set_peft_model_state_dict
from torch import Tensor, nn

from augment.train.decode import Floats
from augment.train.seq2seq import wording
from augment.train.seq2seq.prompts import Prompts
from augment.train.seq2seq.settings import Settings
from augment.train.transformer.checkpoint import Tensors


class Prompt(NamedTuple):
    """Tokens of a prompt: about a pair as far as the question, then the question."""

    pair: list[int]
    question: list[int]


class Answerer(nn.Module):  # type: ignore[misc]  # torch is not there
    """Answers « oui » or « non »; the score is how much more likely « oui » is, as log-odds.

    Method: closed questions about candidates (QA4RE: Zhang et al. 2023, Aligning Instruction Tasks
    Unlocks Large Language Models as Zero-Shot Relation Extractors), LoRA (Hu et al. 2022) on all
    linear layers. An encoder–decoder reads the prompt and writes the answer; a decoder goes on with
    the prompt. Answers of several tokens are told apart by the first that differs: what comes
    before it is given. A chat model is asked without its chat template.
    """

    def __init__(
        self, language_model: Any, tokenizer: Any, prompts: Prompts, settings: Settings
    ) -> None:
        super().__init__()
        self.decoder_only = not language_model.config.is_encoder_decoder
        self.adapter = lora(settings, self.decoder_only)
        self.language_model = get_peft_model(language_model, self.adapter)
        self.prompts = prompts
        self.pad = tokenizer.pad_token_id or 0
        if self.decoder_only:
            texts = [wording.ANSWER + f" {answer}" for answer in (wording.YES, wording.NO)]
            read = [tokenizer(t, add_special_tokens=False)["input_ids"] for t in texts]
        else:
            read = [tokenizer(answer)["input_ids"] for answer in (wording.YES, wording.NO)]
        lead, self.yes, self.no = told_apart(*read)
        self.lead = [*([] if self.decoder_only else [beginning(language_model)]), *lead]

    def state_dict(self) -> Tensors:
        """The adapter alone, under the names that PEFT gives its tensors."""
        return dict(get_peft_model_state_dict(self.language_model, save_embedding_layers=False))

    def load_state_dict(self, tensors: Tensors) -> None:
        """Take the adapter's tensors. Raises ValueError if they are another model's."""
        if tensors.keys() != self.state_dict().keys():
            raise ValueError("the adapter is another model's")
        set_peft_model_state_dict(self.language_model, tensors)

    @property
    def device(self) -> torch.device:
        """Where it is."""
        return next(self.parameters()).device

    def scores(self, prompts: Sequence[Prompt]) -> Tensor:
        """Of each prompt log p(oui) − log p(non), all at once: (prompts,)."""
        if self.decoder_only:
            rows = [[*p.pair, *p.question, *self.lead] for p in prompts]
            return self._odds(self._said(*self._padded(rows, left=True)).logits[:, -1])
        rows = [[*p.pair, *p.question, *self.prompts.after] for p in prompts]
        ids, there = self._padded(rows)
        lead = torch.tensor([self.lead] * len(rows), device=self.device)
        with self._mixed():
            said = self.language_model(
                input_ids=ids, attention_mask=there, decoder_input_ids=lead, use_cache=False
            )
        return self._odds(said.logits[:, -1])

    def answers(self, prompts: Sequence[Prompt], at_once: int) -> Floats:
        """The same without gradients, so many at once, those of about one length together.

        A decoder reads what is asked about one pair once for all its questions.
        """
        found = np.zeros(len(prompts))
        order = sorted(range(len(prompts)), key=lambda n: (len(prompts[n].pair), prompts[n].pair))
        with torch.inference_mode():
            for numbers, odds in self._batches(prompts, order, at_once):
                found[numbers] = odds.double().cpu().numpy()
        return found

    def _batches(
        self, prompts: Sequence[Prompt], order: list[int], at_once: int
    ) -> Iterator[tuple[list[int], Tensor]]:
        if not self.decoder_only:
            for start in range(0, len(order), at_once):
                own = order[start : start + at_once]
                yield own, self.scores([prompts[n] for n in own])
            return
        for _, same in groupby(order, key=lambda n: len(prompts[n].pair)):
            by_pair = [list(g) for _, g in groupby(same, key=lambda n: prompts[n].pair)]
            for start in range(0, len(by_pair), at_once):
                group = by_pair[start : start + at_once]
                yield from self._continued(prompts, group, at_once)

    def _continued(
        self, prompts: Sequence[Prompt], group: list[list[int]], at_once: int
    ) -> Iterator[tuple[list[int], Tensor]]:
        """Questions about pairs whose prompts have one length, which are read first."""
        ids, there = self._padded([prompts[own[0]].pair for own in group])
        read = self._said(ids, there, use_cache=True).past_key_values
        asked = [(row, n) for row, own in enumerate(group) for n in own]
        for start in range(0, len(asked), at_once):
            rows, numbers = zip(*asked[start : start + at_once], strict=True)
            cache = copy.deepcopy(read)
            cache.batch_select_indices(torch.tensor(rows, device=self.device))
            questions = [[*prompts[n].question, *self.lead] for n in numbers]
            more, seen = self._padded(questions)
            seen = torch.cat([there.new_ones(len(rows), ids.shape[1]), seen], dim=1)
            said = self._said(more, seen, past_key_values=cache, logits_to_keep=more.shape[1])
            ends = [len(question) - 1 for question in questions]
            yield list(numbers), self._odds(said.logits[range(len(rows)), ends])

    def _said(self, ids: Tensor, there: Tensor, **more: Any) -> Any:
        """What a decoder says after these tokens, the last columns of ``there``."""
        places = (there.cumsum(dim=1) - 1).clamp(min=0)[:, -ids.shape[1] :]
        with self._mixed():
            return self.language_model(
                input_ids=ids,
                attention_mask=there,
                position_ids=places,
                **{"logits_to_keep": 1, "use_cache": "past_key_values" in more, **more},
            )

    def _odds(self, logits: Tensor) -> Tensor:
        """Of logits (prompts, tokens): (prompts,)."""
        logits = logits.float()
        return logits[:, self.yes] - logits[:, self.no]

    def _padded(self, rows: list[list[int]], left: bool = False) -> tuple[Tensor, Tensor]:
        """Tokens filled up on the right or left, and where they are: (rows, longest) each."""
        longest = max(map(len, rows))
        ids, there = [], []
        for row in rows:
            empty = longest - len(row)
            sides = (empty, 0) if left else (0, empty)
            ids.append([self.pad] * sides[0] + row + [self.pad] * sides[1])
            there.append([0] * sides[0] + [1] * len(row) + [0] * sides[1])
        return torch.tensor(ids, device=self.device), torch.tensor(there, device=self.device)

    def _mixed(self) -> Any:
        device = self.device.type
        return torch.autocast(device, torch.bfloat16, enabled=device == "cuda")


def lora(settings: Settings, decoder_only: bool) -> Any:
    """What PEFT has to know of the adapter."""
    return LoraConfig(
        task_type="CAUSAL_LM" if decoder_only else "SEQ_2_SEQ_LM",
        r=settings.rank,
        lora_alpha=settings.alpha,
        lora_dropout=settings.dropout,
        target_modules="all-linear",
    )


def beginning(language_model: Any) -> int:
    """The token that an encoder–decoder's answer begins with. Raises ValueError."""
    for settings in (language_model.config, language_model.generation_config):
        if (token := getattr(settings, "decoder_start_token_id", None)) is not None:
            return int(token)
    raise ValueError("it does not say what an answer begins with (decoder_start_token_id)")


def told_apart(yes: list[int], no: list[int]) -> tuple[list[int], int, int]:
    """What two answers have in common before the first token that differs, and those two."""
    for n, (a, b) in enumerate(zip(yes, no, strict=False)):
        if a != b:
            return yes[:n], a, b
    raise ValueError("its tokenizer does not tell « oui » from « non »")
