"""NeMo Data Designer: python with_data_designer.py URL REQUESTS CONCURRENCY, in its environment."""

import sys

import data_designer.config as dd
from data_designer.interface import DataDesigner

url, requests, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
model = dd.ModelConfig(
    alias="asked",
    model="mock",
    provider="mock",
    skip_health_check=True,
    inference_parameters=dd.ChatCompletionInferenceParams(max_parallel_requests=concurrency),
)
builder = dd.DataDesignerConfigBuilder(model_configs=[model])
builder.add_column(dd.SamplerColumnConfig(name="n", sampler_type=dd.SamplerType.UUID, params=dd.UUIDSamplerParams()))
builder.add_column(
    dd.LLMTextColumnConfig(name="answer", model_alias="asked", prompt="What is the capital of country number {{ n }}?")
)
designer = DataDesigner(
    artifact_path="artifacts",
    model_providers=[dd.ModelProvider(name="mock", endpoint=url, api_key="OPENAI_API_KEY")],
)
answers = designer.create(builder, num_records=requests).load_dataset()
assert len(answers) == requests
