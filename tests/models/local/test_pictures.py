"""Pictures before a model that sees: it writes what `generate` writes after its own processor, at every turn."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

pytest.importorskip("torch")

from pictures import claims, drawing, file_of, photo
from PIL import Image as Pillow
from PIL import ImageOps
from tiny_models import tiny_model
from tiny_seers import FAMILIES, tiny_seer

from chatbot import Chatbot
from chatbot.cli import main
from chatbot.effects import Generate
from chatbot.errors import ImagesRefused, UsageError
from chatbot.events import OfSample, TextDelta
from chatbot.images import encoded
from chatbot.messages import Image, Message, Reply, Segment, message
from chatbot.models.connect import connect
from chatbot.models.fold import fold
from chatbot.models.local.model import LocalModel
from chatbot.sampling import Sampling

GREEDY = Sampling(temperature=0.0, max_tokens=32)

BEACH = encoded(photo(64, 48), "beach.jpg")
CLIFF = encoded(file_of(ImageOps.invert(drawing(32, 96)), "PNG"), "cliff.png")


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    return {family: tiny_seer(tmp_path_factory.mktemp(family), family) for family in FAMILIES}


@pytest.fixture(scope="module")
def models(folders: dict[str, Path]) -> dict[str, LocalModel]:
    return {family: connected(folder) for family, folder in folders.items()}


@pytest.fixture(params=list(FAMILIES))
def model(request: pytest.FixtureRequest, models: dict[str, LocalModel]) -> LocalModel:
    return models[request.param]


@pytest.fixture(params=["qwen2_vl", "gemma3"])
def intricate(request: pytest.FixtureRequest, models: dict[str, LocalModel]) -> LocalModel:
    """With positions of several axes, or pictures that are read both ways."""
    return models[request.param]


@pytest.fixture
def llava(models: dict[str, LocalModel]) -> LocalModel:
    return models["llava"]


def connected(folder: Path) -> LocalModel:
    model = connect(f"local:{folder}")
    assert isinstance(model, LocalModel)
    return model


def asks(text: str, *images: Image) -> Message:
    return Message("user", (Segment(text, "user"),), images=images)


def says(reply: Reply) -> Message:
    return message("assistant", reply.text, "model")


def reply(model: LocalModel, *said: Message, **sampling: Any) -> Reply:
    sampling = {"temperature": 0.0, "max_tokens": 8, **sampling}
    return asyncio.run(fold(model.stream(Generate(said, sampling=Sampling(**sampling)))))


def processed(model: LocalModel, said: Sequence[Message]) -> dict[str, Any]:
    """What the model's own processor makes of the conversation, asked as its documentation has it."""
    processor = model.weights.processor
    tables = [
        {"role": each.role, "content": [*({"type": "image"} for _ in each.images), {"type": "text", "text": each.text}]}
        for each in said
    ]
    text = processor.apply_chat_template(tables, add_generation_prompt=True, tokenize=False)
    images = [Pillow.open(BytesIO(image.data)).convert("RGB") for each in said for image in each.images]
    found = processor(text=[text], images=images or None, return_tensors="pt", add_special_tokens=False)
    if "token_type_ids" not in processor.model_input_names or "Gemma" not in type(processor).__name__:
        found.pop("token_type_ids", None)
    return dict(found)


def plainly(model: LocalModel, *said: Message, **options: Any) -> str:
    """What `generate` writes after that."""
    given, weights = processed(model, said), model.weights
    found = weights.model.generate(**given, **{"max_new_tokens": 8, "do_sample": False, **options})[0]
    hidden = set(weights.tokenizer.all_special_ids)
    return weights.decode([token for token in found[given["input_ids"].shape[1] :].tolist() if token not in hidden])


# --- as plain generate does -------------------------------------------------------------------------------------------


def test_the_prompt_is_the_processors_own(model: LocalModel) -> None:
    said = [asks("What is this?", BEACH), message("assistant", "A beach.", "model"), asks("And these?", CLIFF, BEACH)]
    ids, _ = model._read(Generate(tuple(said)))
    assert ids == processed(model, said)["input_ids"][0].tolist()


def test_a_conversation_about_pictures_is_what_generate_writes_and_its_pictures_are_read_once(
    model: LocalModel,
) -> None:
    said = [asks("What is this?", BEACH)]
    for question in (asks("And what is behind?"), asks("Compare it to these.", CLIFF, BEACH), asks("Why?")):
        answer = reply(model, *said)
        assert answer.text == plainly(model, *said)
        said += [says(answer), question]
    last = reply(model, *said)
    assert last.text == plainly(model, *said)
    assert last.usage.cached_tokens >= answer.usage.input_tokens - 1


def test_the_picture_makes_the_difference_and_no_other_is_taken_for_it(model: LocalModel) -> None:
    beach, cliff = (reply(model, asks("What is this?", image)) for image in (BEACH, CLIFF))
    assert beach.text != cliff.text
    assert [beach.text, cliff.text] == [plainly(model, asks("What is this?", image)) for image in (BEACH, CLIFF)]


def test_replies_side_by_side_are_those_alone(intricate: LocalModel) -> None:
    questions = [asks("What is this?", CLIFF), asks("Just say hello, at some length."), asks("Look!", BEACH, CLIFF)]
    alone = [reply(intricate, each).text for each in questions]

    async def at_once() -> list[Reply]:
        greedy = Sampling(temperature=0.0, max_tokens=8)
        return await asyncio.gather(*(fold(intricate.stream(Generate((each,), sampling=greedy))) for each in questions))

    assert [each.text for each in asyncio.run(at_once())] == alone
    assert alone == [plainly(intricate, each) for each in questions]


def test_samples_of_a_picture_are_those_drawn_alone(intricate: LocalModel) -> None:
    drawn = Sampling(temperature=1.0, seed=3, max_tokens=6)

    async def texts(samples: int, sample: int = 0) -> dict[int, str]:
        folds: dict[int, str] = {}
        request = Generate((asks("What is this?", CLIFF),), sampling=drawn, samples=samples, sample=sample)
        async for event in intricate.stream(request):
            at, told = (event.index, event.event) if isinstance(event, OfSample) else (sample, event)
            folds[at] = folds.get(at, "") + (told.text if isinstance(told, TextDelta) else "")
        return folds

    together = asyncio.run(texts(3))
    assert together == {sample: asyncio.run(texts(1, sample))[sample] for sample in range(3)}
    assert len(set(together.values())) == 3


def test_beams_see_the_picture(intricate: LocalModel) -> None:
    found = reply(intricate, asks("What is this?", BEACH), beams=3)
    assert found.text == plainly(intricate, asks("What is this?", BEACH), num_beams=3)


@pytest.mark.parametrize(
    "sampling",
    [{"prompt_lookup": 2}, {"contrastive_alpha": 0.0, "top_k": 4}, {"beams": 2, "beam_groups": 2}],
    ids=["prompt look-up", "contrastive search without its penalty", "beams of one each"],
)
def test_what_comes_to_greedy_decoding_does_so_before_a_picture(intricate: LocalModel, sampling: Any) -> None:
    question = asks("What is this? What is this? What is this?", CLIFF)
    assert reply(intricate, question, **sampling).text == plainly(intricate, question)


def test_beams_are_scored_with_the_picture(intricate: LocalModel) -> None:
    greedy = reply(intricate, asks("What is this?", BEACH), logprobs=0, max_tokens=1)
    found = reply(intricate, asks("What is this?", BEACH), logprobs=0, max_tokens=1, beams=2)
    assert found.text == greedy.text
    assert [each.logprob for each in found.scores] == pytest.approx([each.logprob for each in greedy.scores], abs=1e-3)


# --- nobody's words are a picture -------------------------------------------------------------------------------------


def test_a_mark_in_somebodys_words_is_text(model: LocalModel) -> None:
    mark = model.weights.processor.image_token
    said = asks(f"The mark is {mark}, twice: {mark}.", BEACH)
    ids, shown = model._read(Generate((said,)))
    _, plain = model._read(Generate((asks("The mark is gone.", BEACH),)))
    assert shown is not None and plain is not None
    assert (shown.places != 0).sum() == (plain.places != 0).sum()
    assert f"The mark is {mark}, twice: {mark}." in model.weights.decode(ids)
    assert reply(model, said).text


# --- what cannot be shown ---------------------------------------------------------------------------------------------


def test_a_draft_is_refused_since_it_sees_nothing(llava: LocalModel, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="it is not shown pictures"):
        reply(llava, asks("What is this?", BEACH), draft=f"local:{tiny_model(tmp_path)}")


def test_what_is_only_asked_for_texts_refuses_pictures(llava: LocalModel) -> None:
    for choices in ((), ("yes", "no")):
        request = Generate((asks("Is this a beach?", BEACH),), candidates=choices)
        with pytest.raises(ImagesRefused, match=r"only asked for texts here, and beach\.jpg is a picture"):
            asyncio.run(fold(llava.stream(request))) if choices else llava.prompt(request)


def test_a_template_without_a_place_for_pictures_is_said_so(tmp_path: Path) -> None:
    folder = tiny_seer(tmp_path, "llava")
    (folder / "chat_template.jinja").write_text("{% for m in messages %}{{ m.content[-1].text }}\n{% endfor %}")
    with pytest.raises(ImagesRefused, match="has no place for pictures"):
        reply(connected(folder), asks("What is this?", BEACH))


def test_a_model_that_only_reads_refuses_a_picture_before_anything_is_computed(tmp_path: Path) -> None:
    model = connected(tiny_model(tmp_path, "llama"))
    assert not model.abilities.images
    with pytest.raises(ImagesRefused, match="cannot see"):
        reply(model, asks("What is this?", BEACH))
    assert model.engine.rates.read == 0


@pytest.mark.parametrize("data", [b"", b"no picture", BEACH.data[:40], claims(30_000, 30_000), claims(4000, 4000)])
def test_a_picture_whose_bytes_are_gone_or_damaged_is_one_line(llava: LocalModel, data: bytes) -> None:
    with pytest.raises(ImagesRefused) as raised:
        reply(llava, asks("What is this?", Image("0" * 64, "image/png", 4, 4, "old.png", data=data)))
    assert "old.png" in str(raised.value) and "\n" not in str(raised.value)


def test_what_a_processor_does_not_take_is_one_line(models: dict[str, LocalModel]) -> None:
    line = encoded(file_of(drawing(1000, 2), "PNG"), "line.png")
    with pytest.raises(ImagesRefused, match=r"cannot be shown line\.png: absolute aspect ratio"):
        reply(models["qwen2_vl"], asks("What is this?", line))


# --- in a chat --------------------------------------------------------------------------------------------------------


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "chatbot.toml").write_text("tools = []\n")
    (tmp_path / "beach.jpg").write_bytes(photo(64, 48))
    monkeypatch.setattr("sys.stdin", None)
    return tmp_path


def test_a_chat_looks_at_a_picture_again_after_a_restart(workspace: Path, folders: dict[str, Path]) -> None:
    spec = f"local:{folders['llava']}"
    bot = Chatbot(spec, prompt="plain", knowledge=None, decode=GREEDY)
    streamed = [each for each in bot.stream("What is this?", images=["beach.jpg"]) if isinstance(each, TextDelta)]
    assert len(streamed) > 1
    second = bot.ask("And behind?")
    assert second.usage.cached_tokens > 0
    session = bot.session.id
    bot.close()
    (workspace / "beach.jpg").unlink()
    bot = Chatbot(spec, prompt="plain", knowledge=None, session=session, decode=GREEDY)
    list(bot.stream_again())
    assert bot.session.messages[-1].message.text == second.text


def test_the_program_shows_a_file_to_a_local_model(
    workspace: Path, folders: dict[str, Path], capsys: pytest.CaptureFixture[str]
) -> None:
    front = "name: short\nmodel: {options: {maxOutputTokens: 8}}\ninputs: [{name: question, kind: string}]"
    (workspace / "short.prompty").write_text(f"---\n{front}\n---\nuser:\n{{{{ question }}}}\n")
    with pytest.raises(SystemExit) as done:
        main([*"ask Look! -f beach.jpg --no-knowledge -p short.prompty -m".split(), f"local:{folders['llava']}"])
    said = capsys.readouterr()
    assert said.out.strip()
    assert (done.value.code, "cut at the token limit" in said.err) == (1, True)  # it was asked for eight tokens


def test_the_program_says_in_one_line_that_a_model_cannot_see(
    workspace: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = tiny_model(workspace / "m")
    capsys.readouterr()
    with pytest.raises(SystemExit) as done:
        main(["ask", "What is this?", "--file", "beach.jpg", "--no-knowledge", "--model", f"local:{folder}"])
    assert done.value.code != 0
    said = capsys.readouterr()
    assert not said.out
    assert said.err.count("\n") == 1 and "cannot see, and beach.jpg is a picture" in said.err
