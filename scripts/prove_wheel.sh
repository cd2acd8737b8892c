#!/usr/bin/env bash
# Builds the wheel, installs it with its core dependencies alone into a fresh environment, and asks it a question, an eval,
# and for what only an extra brings; then installs it by hashes.
set -euo pipefail
here=$(cd "$(dirname "$0")/.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python=${PYTHON:-"$here/.venv/bin/python"}
"$python" -m pip wheel --quiet --disable-pip-version-check --no-deps --wheel-dir "$work" "$here"
"$python" -m venv "$work/venv"
"$work/venv/bin/python" -m pip install --quiet --disable-pip-version-check --constraint "$here/constraints.txt" "$work"/*.whl
cd "$work"
export HOME="$work" XDG_STATE_HOME="$work/state"
"$work/venv/bin/chatbot" --version
"$work/venv/bin/chatbot" ask --model extractive --json "What is nucleus sampling?" | tee answer.json
"$work/venv/bin/python" -c 'import json; answer = json.load(open("answer.json")); assert answer["citations"] and not answer["declined"], answer'
cat > items.jsonl <<'ITEMS'
{"id": "1", "question": "What is nucleus sampling?", "answer": "nucleus"}
{"id": "2", "question": "What does a Wilson interval do?", "answer": "Wilson"}
{"id": "3", "question": "Who painted the Mona Lisa?", "answer": "Leonardo"}
ITEMS
cat > suite.yaml <<'SUITE'
dataset: {path: items.jsonl}
prompts: [chat]
retrieval: [{name: meaning, search: dense}, {name: words, search: lexical}]
scorers: [{kind: contains, expect: "{{ answer }}", ignore_case: true}, {kind: latency}]
SUITE
"$work/venv/bin/chatbot" eval run suite.yaml --model extractive --json --html report.html > run.json
"$work/venv/bin/python" -c 'import json; run = json.load(open("run.json")); assert [each["mean"] for each in run["variants"]] == [2 / 3, 2 / 3] and run["comparisons"], run'
grep -q "No variant is shown to be better" report.html
cat > extras.py <<'EXTRAS'
from chatbot import Chatbot
from chatbot.errors import UsageError

def said(ask):
    try:
        ask()
    except UsageError as error:
        return error.hint

bot = Chatbot("extractive", workspace=None)
assert said(bot.as_runnable) == "pip install 'chatbot[langchain]'"
assert said(lambda: bot.ask("What is this?", images=[b"\x89PNG\r\n\x1a\n"])) == "pip install 'chatbot[documents]'"
EXTRAS
"$work/venv/bin/python" extras.py
echo "the wheel answers, compares, and names the extras that it lacks"

# Again by hashes: what has another is not installed, and what is installed is enough.
"$python" -m venv "$work/hashed"
by_hashes=("$work/hashed/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r)
sed '0,/--hash=sha256:......../s//--hash=sha256:00000000/' "$here/requirements.txt" > wrong.txt
if "${by_hashes[@]}" wrong.txt 2> wrong.log; then echo "a package with another hash was installed" >&2; exit 1; fi
grep -q "DO NOT MATCH THE HASHES" wrong.log
"${by_hashes[@]}" "$here/requirements.txt"
"$work/hashed/bin/python" -m pip install --quiet --disable-pip-version-check --no-deps "$work"/*.whl
"$work/hashed/bin/python" -m pip check
"$work/hashed/bin/chatbot" ask --model extractive --json "What is nucleus sampling?" > again.json
"$python" -c 'import json; one, two = (json.load(open(name)) for name in ("answer.json", "again.json")); assert one["text"] == two["text"]'
echo "the same by hashes"
