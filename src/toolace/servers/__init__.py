"""Back ends of `toolace.serve`: each serves one model folder behind OpenAI's chat completions interface."""

MODEL_NAME = "toolace"
"""The name by which every back end serves its model."""
