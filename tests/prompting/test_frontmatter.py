from collections.abc import Callable

import pytest

from chatbot.errors import PromptError
from chatbot.prompting import Input, Prompt
from chatbot.sampling import Sampling


def test_everything_that_a_file_can_say_is_read(make_prompt: Callable[..., Prompt]) -> None:
    prompt = make_prompt(
        "user:\n{{ question }}",
        inputs='- {name: question, kind: string, required: true, description: "What to ask", example: why}',
        frontmatter="""
name: solve
displayName: Solve it
description: Solve a word problem
metadata: {authors: [us], tags: [math], version: "1.2", chatbot: {strategy: few_shot}}
model:
  id: gpt-4o-mini
  provider: openai
  apiType: chat
  connection: {kind: key, endpoint: "${env:NOT_SET_ANYWHERE}", apiKey: "${env:NOT_SET_EITHER}"}
  options: {temperature: 0, maxOutputTokens: 400, topP: 0.9, seed: 1, stopSequences: ["\\n\\n"]}
template: {format: {kind: jinja2}, parser: {kind: prompty}}
""",
    )
    assert prompt.name == "made"
    assert prompt.description == "Solve a word problem"
    assert prompt.inputs == {"question": Input("question", "string", required=True, description="What to ask")}
    assert prompt.sampling == Sampling(temperature=0.0, top_p=0.9, max_tokens=400, seed=1, stop=("\n\n",))
    assert prompt.model == "gpt-4o-mini"
    assert prompt.settings.strategy.name == "few_shot"


def test_inputs_may_be_a_list_or_a_table_and_a_model_a_name(make_prompt: Callable[..., Prompt]) -> None:
    listed = make_prompt("{{ k }}", inputs="- {name: k, kind: integer, default: 3}", frontmatter="model: gpt\n")
    table = make_prompt("{{ k }}", inputs="k: {kind: integer, default: 3}", frontmatter="model: {id: gpt}\n")
    assert listed.inputs == table.inputs == {"k": Input("k", "integer", default=3)}
    assert listed.model == table.model == "gpt"
    assert listed.hash == table.hash


def test_a_file_that_says_nothing_leaves_all_choices_open(make_prompt: Callable[..., Prompt]) -> None:
    prompt = make_prompt("user:\nhi")
    assert (prompt.sampling, prompt.model, prompt.inputs, prompt.description) == (Sampling(), None, {}, "")


@pytest.mark.parametrize(
    ("frontmatter", "line", "said", "hint"),
    [
        ("sample: {q: 1}\n", 2, "version 1", "example"),
        ("authors: [us]\n", 2, "version 1", "metadata.authors"),
        ("name: x\nmodel:\n  api: chat\n", 4, "version 1", "apiType"),
        ("model:\n  configuration: {type: openai}\n", 3, "version 1", "connection"),
        ("model:\n  parameters: {max_tokens: 3}\n", 3, "version 1", "maxOutputTokens"),
        ("inputs:\n  q:\n    type: string\n", 4, "version 1", "kind"),
    ],
)
def test_version_1_is_refused_with_what_to_write_instead(
    make_prompt: Callable[..., Prompt], frontmatter: str, line: int, said: str, hint: str
) -> None:
    with pytest.raises(PromptError, match=f":{line}: .*{said}") as caught:
        make_prompt("", frontmatter=frontmatter)
    assert caught.value.hint.startswith("chatbot prompts convert ")
    assert hint in caught.value.hint


@pytest.mark.parametrize(
    ("frontmatter", "line", "said"),
    [
        ("descripton: x\n", 2, "unknown key 'descripton' (did you mean 'description'?)"),
        ("model:\n  optons: {}\n", 3, "unknown key 'optons' in model (did you mean 'options'?)"),
        ("model:\n  options:\n    temprature: 1\n", 4, "did you mean 'temperature'?"),
        ("model:\n  options:\n    allowMultipleToolCalls: true\n", 4, "not supported here"),
        ("model:\n  options:\n    topK: 0\n", 4, "topK must be at least 1"),
        ("model:\n  options:\n    presencePenalty: 3\n", 4, "presencePenalty must be a number from -2 to 2"),
        ("model:\n  options:\n    temperature: hot\n", 4, "temperature must be a number from 0 to 2, not 'hot'"),
        ("model:\n  options:\n    temperature: 3\n", 4, "from 0 to 2"),
        ("model:\n  options:\n    temperature: true\n", 4, "from 0 to 2"),
        ("model:\n  options:\n    maxOutputTokens: 0\n", 4, "at least 1"),
        ("model:\n  options:\n    maxOutputTokens: 1.5\n", 4, "a whole number"),
        ("model:\n  options:\n    stopSequences: [1]\n", 4, "a list of texts"),
        ("model:\n  apiType: embedding\n", 3, "only the apiType chat"),
        ("model: [a]\n", 2, "model must be a table"),
        ("model:\n  id: 4\n", 3, "id must be text"),
        ("name: 3\n", 2, "name must be text"),
        ("template: jinja2\n", 2, "template must be a table"),
        ("template:\n  format: {kind: mustache}\n", 3, "must be jinja2"),
        ("template:\n  parsr: {kind: prompty}\n", 3, "did you mean 'parser'?"),
        ("metadata:\n  chatbot:\n    strateg: few_shot\n", 4, "did you mean 'strategy'?"),
        ("metadata:\n  chatbot:\n    strategy: {samples: 3}\n", 4, "the strategy needs a name"),
        ("metadata:\n  chatbot:\n    budget: {calls: 0}\n", 4, "calls must be at least 1"),
        ("metadata:\n  chatbot:\n    budget: {seconds: 0}\n", 4, "seconds must be a number"),
        ("metadata:\n  chatbot:\n    budget: {dollar: 1}\n", 4, "did you mean 'dollars'?"),
        ("tools:\n  - {name: f, kind: function}\n", 2, "chatbot.toml"),
        ("inputs: question\n", 2, "a list or a table"),
        ("inputs:\n  question: hello\n", 3, "an input is a table"),
        ("inputs:\n  - {kind: string}\n", 3, "needs a name"),
        ("inputs:\n  - {name: two words}\n", 3, "needs a name"),
        ("inputs:\n  - {name: q}\n  - {name: q}\n", 4, "declared twice"),
        ("inputs:\n  q: {kind: strin}\n", 3, "did you mean 'string'?"),
        ("inputs:\n  q: {kind: image}\n", 3, "not supported"),
        ("inputs:\n  q: {requird: true}\n", 3, "did you mean 'required'?"),
        ("inputs:\n  q: {required: 1}\n", 3, "required must be true or false"),
        ("inputs:\n  q: {kind: integer, default: many}\n", 3, "the default of q must be a whole number"),
        ("inputs:\n  q: {kind: string, default: 2024-01-01}\n", 3, "the default of q must be text"),
        ("inputs:\n  q: {kind: string, default: c, enumValues: [a, b]}\n", 3, "one of 'a', 'b'"),
        ("inputs:\n  q: {kind: thread, default: [x]}\n", 3, "can only be []"),
        ("inputs:\n  loop: {kind: string}\n", 3, "'loop'"),
        ("inputs:\n  - {name: none}\n", 3, "cannot be named 'none'"),
        ("inputs:\n  q: {kind: 3}\n", 3, "kind must be text, not 3 (int)"),
        ("inputs:\n  - {name: 3}\n", 3, "name must be text"),
        ("inputs:\n  q: {kind: array, default: [2024-01-01]}\n", 3, "which no template can show"),
        ("model:\n  options:\n    seed: 0x" + "F" * 5_000 + "\n", 4, "more than 1,000 digits"),
        ("metadata: {chatbot: {strategy: [few_shot]}}\n", 2, "strategy must be a table"),
    ],
)
def test_every_mistake_is_named_with_its_line(
    make_prompt: Callable[..., Prompt], frontmatter: str, line: int, said: str
) -> None:
    with pytest.raises(PromptError) as caught:
        make_prompt("", frontmatter=frontmatter)
    assert f"made.prompty:{line}: " in caught.value.message
    assert said in str(caught.value)
