from pathlib import Path

import pytest


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A random Llama of two narrow layers with SmolLM2's real tokenizer."""
    from transformers import LlamaConfig, LlamaForCausalLM, set_seed

    from toolace.config import ModelConfig
    from toolace.weights import load_tokenizer

    folder = tmp_path_factory.mktemp("tiny-model")
    tokenizer = load_tokenizer(ModelConfig())
    set_seed(0)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=True,
    )
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder
