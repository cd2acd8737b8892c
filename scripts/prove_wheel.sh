#!/usr/bin/env bash
# Builds the wheel, installs it with its core dependencies alone into a fresh environment, and asks it a question there.
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
echo "the wheel answers"
