"""The seam: which embedder a spec names, and what a wrong one is told."""

import subprocess
import sys

import pytest

from chatbot.errors import NotFoundError, UsageError
from chatbot.retrieval.embed import embedder


def test_the_packaged_model_is_the_default_and_is_shared():
    assert embedder() is embedder("minilm")


def test_an_embedder_is_taken_as_it_is():
    packaged = embedder()

    assert embedder(packaged) is packaged


@pytest.mark.parametrize(
    "spec", ["miniml", "minilm:", "minilm:large", "", "openai:", "openai", "sentence-transformers:"]
)
def test_a_name_that_means_nothing_is_refused(spec):
    with pytest.raises(NotFoundError) as refusal:
        embedder(spec)

    assert repr(spec) in refusal.value.message


def test_a_slip_of_the_pen_gets_the_nearest_name():
    with pytest.raises(NotFoundError) as refusal:
        embedder("miniml")

    assert "'minilm'" in refusal.value.hint


@pytest.mark.parametrize("thing", [42, None, object(), str])
def test_an_object_that_embeds_nothing_is_refused(thing):
    with pytest.raises(UsageError, match="no embedder"):
        embedder(thing)


def test_importing_the_seam_loads_nothing_heavy():
    heavy = ["onnxruntime", "tokenizers", "openai", "langchain_core", "sentence_transformers", "torch"]
    script = f"import sys, chatbot.retrieval.embed; print([name for name in {heavy} if name in sys.modules])"

    seen = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert seen.stdout.strip() == "[]"


def test_a_missing_package_is_named_with_the_extra_that_brings_it():
    script = """
import sys
sys.modules["sentence_transformers"] = None  # what Python itself does for a package that cannot be imported
from chatbot.errors import UsageError
from chatbot.retrieval.embed import embedder
try:
    embedder("sentence-transformers:some/model")
except UsageError as error:
    print(error.hint)
"""

    seen = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True)

    assert seen.stdout.strip() == 'pip install "chatbot[local]"'
