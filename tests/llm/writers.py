"""Tiny language models with random weights: encoder–decoders (T5, BART), decoders (Llama, Gemma 2).

``make("t5", folder)``: two layers of width 64, 1000 pieces of words learnt from the sample.
"""

from tests.helpers import ROOT

DECODERS = ("llama", "gemma2")
SPECIAL = ["<pad>", "</s>", "<unk>"]
LEARNT = "Texte : [1:Paul] … [2:Lyon] […] Question : d’après ce texte, oui ou non ? Réponse : oui"


def tokenizer(lines, decoder):
    """Pieces of words; « oui » and « non » are one piece each, after a space."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.Unigram())
    made.pre_tokenizer = pre_tokenizers.Metaspace()
    trainer = trainers.UnigramTrainer(
        vocab_size=1000, special_tokens=SPECIAL, unk_token="<unk>", show_progress=False
    )
    made.train_from_iterator([*lines, *[LEARNT, "oui", "non"] * 20], trainer)
    if not decoder:
        made.post_processor = processors.TemplateProcessing(
            single="$A </s>", special_tokens=[("</s>", 1)]
        )
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        pad_token="<pad>",
        eos_token="</s>",
        unk_token="<unk>",
        model_max_length=512,
    )


def make(family, folder, **update):
    """Write a language model and its tokenizer. Families: those of :func:`configuration`."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    lines = (ROOT / "data" / "sample" / "train.txt").read_text(encoding="utf-8").splitlines()
    words = tokenizer(lines, decoder=family in DECODERS)
    torch.manual_seed(0)
    config = configuration(family, len(words), update)
    auto = AutoModelForCausalLM if family in DECODERS else AutoModelForSeq2SeqLM
    auto.from_config(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)


def configuration(family, pieces, update):
    import transformers

    numbers = {"vocab_size": pieces, "bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0}
    if family in DECODERS:
        sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
        heads = {"num_attention_heads": 2, "num_key_value_heads": 1, "head_dim": 32}
        more = {"max_position_embeddings": 514, "initializer_range": 0.1}
        if family == "llama":
            return transformers.LlamaConfig(**sizes, **heads, **numbers, **more, **update)
        window = {"sliding_window": 32}
        return transformers.Gemma2Config(**sizes, **heads, **numbers, **more, **window, **update)
    start = {"decoder_start_token_id": 0}
    if family == "t5":
        sizes = {"d_model": 64, "d_kv": 32, "d_ff": 128, "num_layers": 2, "num_heads": 2}
        return transformers.T5Config(**sizes, **numbers, **start, dropout_rate=0.0, **update)
    sizes = {"d_model": 64, "max_position_embeddings": 514, "init_std": 0.1}
    sides = {"layers": 2, "attention_heads": 2, "ffn_dim": 128}
    both = {f"{side}_{name}": n for side in ("encoder", "decoder") for name, n in sides.items()}
    return transformers.BartConfig(**sizes, **both, **numbers, **start, **update)
