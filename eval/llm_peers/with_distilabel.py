"""distilabel: python with_distilabel.py URL REQUESTS CONCURRENCY, in its environment."""

import sys

from distilabel.models import OpenAILLM
from distilabel.pipeline import Pipeline
from distilabel.steps import LoadDataFromDicts
from distilabel.steps.tasks import TextGeneration

url, requests, concurrency = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])

if __name__ == "__main__":
    with Pipeline(name="capitals") as pipeline:
        questions = [{"instruction": f"What is the capital of country number {n}?"} for n in range(requests)]
        load = LoadDataFromDicts(data=questions, batch_size=concurrency)
        ask = TextGeneration(llm=OpenAILLM(model="mock", base_url=url, api_key="none"), input_batch_size=concurrency)
        load >> ask
    answers = pipeline.run(use_cache=False)["default"]["train"]
    assert len(answers) == requests
