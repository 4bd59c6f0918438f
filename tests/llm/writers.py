"""Tiny language models with random weights: an encoder–decoder (T5) and a decoder (Llama).

``make("t5", folder)``: two layers of width 64, 1000 pieces of words learnt from the sample.
"""

from tests.helpers import ROOT

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
    """Write a language model and its tokenizer: "t5" or "llama"."""
    import torch
    from transformers import AutoModelForCausalLM, AutoModelForSeq2SeqLM

    lines = (ROOT / "data" / "sample" / "train.txt").read_text(encoding="utf-8").splitlines()
    words = tokenizer(lines, decoder=family == "llama")
    torch.manual_seed(0)
    config = configuration(family, len(words), update)
    auto = AutoModelForCausalLM if family == "llama" else AutoModelForSeq2SeqLM
    auto.from_config(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)


def configuration(family, pieces, update):
    import transformers

    if family == "llama":
        sizes = {"hidden_size": 64, "intermediate_size": 128, "num_hidden_layers": 2}
        heads = {"num_attention_heads": 2, "num_key_value_heads": 1}
        numbers = {"bos_token_id": None, "eos_token_id": 1, "pad_token_id": 0}
        more = {"max_position_embeddings": 514, "initializer_range": 0.1}
        return transformers.LlamaConfig(
            vocab_size=pieces, **{**sizes, **heads, **numbers, **more, **update}
        )
    sizes = {"d_model": 64, "d_kv": 32, "d_ff": 128, "num_layers": 2, "num_heads": 2}
    more = {"decoder_start_token_id": 0, "dropout_rate": 0.0}
    return transformers.T5Config(vocab_size=pieces, **{**sizes, **more, **update})
