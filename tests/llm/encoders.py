"""Tiny encoders with random weights, of the families people use, and their tokenizers.

``make("camembert", folder)``: two layers of width 64; word pieces learnt from a few lines.
"""

from tests.helpers import ROOT

SPECIAL = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]
CONTEXT = 130
"""Tokens an encoder takes: 128, RoBERTa keeps two places."""
SIZES = {
    "hidden_size": 64,
    "intermediate_size": 128,
    "num_hidden_layers": 2,
    "num_attention_heads": 2,
    "max_position_embeddings": CONTEXT,
    "pad_token_id": 1,
    "bos_token_id": 0,
    "eos_token_id": 2,
}


def tokenizer(lines, words=1000):
    """Byte-level BPE (a character outside ASCII may be several tokens)."""
    from tokenizers import Tokenizer, models, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    made = Tokenizer(models.BPE())
    made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(
        vocab_size=words, special_tokens=SPECIAL, initial_alphabet=alphabet, show_progress=False
    )
    made.train_from_iterator(lines, trainer)
    made.post_processor = processors.RobertaProcessing(("</s>", 2), ("<s>", 0), trim_offsets=True)
    names = dict(zip(("bos", "pad", "eos", "unk", "mask"), SPECIAL, strict=True))
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        cls_token="<s>",
        sep_token="</s>",
        **{f"{name}_token": token for name, token in names.items()},
    )


def make(family, folder, **update):
    """Write an encoder and its tokenizer. Families: those of :func:`configuration`."""
    import torch
    from transformers import AutoModel

    lines = (ROOT / "data" / "sample" / "train.txt").read_text(encoding="utf-8").splitlines()
    words = tokenizer(lines)
    torch.manual_seed(0)
    config = configuration(family, vocab_size=len(words), **SIZES, **update)
    AutoModel.from_config(config).save_pretrained(folder)
    words.save_pretrained(folder)
    return str(folder)


def configuration(family, **sizes):
    import transformers

    if family == "camembert":
        return transformers.CamembertConfig(type_vocab_size=1, **sizes)
    if family == "xlm-roberta":
        return transformers.XLMRobertaConfig(type_vocab_size=1, **sizes)
    if family == "modernbert":
        return transformers.ModernBertConfig(
            global_attn_every_n_layers=2, local_attention=16, **sizes
        )
    relative = {"relative_attention": True, "pos_att_type": ["c2p", "p2c"], "position_buckets": 16}
    return transformers.DebertaV2Config(
        type_vocab_size=0, norm_rel_ebd="layer_norm", **relative, **sizes
    )
