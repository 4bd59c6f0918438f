"""Tiny encoders with random weights, of the families people use, and their tokenizers.

``make("camembert", folder)``: two layers of width 64, 1000 pieces of words learnt from the sample.
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


def tokenizer(family, lines, pieces=1000):
    """Of the family's kind, learnt from lines: unigram, word pieces, or byte-level BPE."""
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors, trainers
    from transformers import PreTrainedTokenizerFast

    learnt = {"vocab_size": pieces, "special_tokens": SPECIAL, "show_progress": False}
    if family in ("camembert", "xlm-roberta"):
        made = Tokenizer(models.Unigram())
        made.normalizer = normalizers.NFKC()
        made.pre_tokenizer = pre_tokenizers.Metaspace()
        trainer = trainers.UnigramTrainer(unk_token="<unk>", **learnt)
    elif family == "deberta-v2":
        made = Tokenizer(models.WordPiece(unk_token="<unk>"))
        made.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
        trainer = trainers.WordPieceTrainer(**learnt)
    else:
        made = Tokenizer(models.BPE())
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
        alphabet = pre_tokenizers.ByteLevel.alphabet()
        trainer = trainers.BpeTrainer(initial_alphabet=alphabet, **learnt)
    made.train_from_iterator(lines, trainer)
    ends = [(token, SPECIAL.index(token)) for token in ("</s>", "<s>")]
    made.post_processor = processors.BertProcessing(*ends)
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        cls_token="<s>",
        sep_token="</s>",
        **{f"{name}_token": f"<{name}>" for name in ("pad", "unk", "mask")},
    )


def make(family, folder, **update):
    """Write an encoder and its tokenizer. Families: those of :func:`configuration`."""
    import torch
    from transformers import AutoModel

    lines = (ROOT / "data" / "sample" / "train.txt").read_text(encoding="utf-8").splitlines()
    words = tokenizer(family, lines)
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
