"""The gate: nothing in the program runs text as code, unpickles, starts a shell or builds SQL from strings.

It reads the syntax tree, so that a name that was imported under another one, passed on or looked up by its text is
found as well, and words in comments, messages and methods of the same name are not. That it finds them is shown below
on planted code; that it stays silent, on code of the same looks that does no harm.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path

REPOSITORY = Path(__file__).parent.parent
MODULES = sorted((REPOSITORY / "chatbot").rglob("*.py"))
PROGRAMS = sorted(path for name in ("eval", "examples", "scripts") for path in (REPOSITORY / name).rglob("*.py"))

NO_MODULES = set("pickle _pickle cPickle marshal shelve dill cloudpickle joblib jsonpickle sqlitedict".split())
"""Reading what they wrote may run code."""

NO_BUILTINS = {"eval", "exec", "compile", "__import__", "__builtins__"}

NO_NAMES = {
    "asyncio": "create_subprocess_shell",
    "builtins": "eval exec compile __import__",
    "code": "interact InteractiveConsole InteractiveInterpreter",
    "numexpr": "evaluate re_evaluate",
    "os": "system popen execl execle execlp execv execve execvp execvpe spawnl spawnle spawnlp spawnv spawnve spawnvp",
    "pandas": "eval read_pickle",
    "pty": "spawn",
    "runpy": "run_module run_path",
    "subprocess": "getoutput getstatusoutput",
    "sympy": "sympify parse_expr",
    "torch": "load",
    "types": "CodeType FunctionType",
    "yaml": "load load_all full_load full_load_all unsafe_load unsafe_load_all Loader FullLoader UnsafeLoader",
}
"""What must not even be named, by the module it is in."""

DANGEROUS = NO_BUILTINS | {f"{module}.{name}" for module, names in NO_NAMES.items() for name in names.split()}
LOOKED_UP = NO_BUILTINS | {"system", "popen", "create_subprocess_shell", "unsafe_load"}
"""Names that `getattr` must not be asked for."""

NO_SWITCHES = {"shell", "allow_pickle", "trust_remote_code", "allow_dangerous_deserialization"}
"""Arguments that may only ever be False."""

SWITCHES_ALLOWED = {
    ("chatbot/cli/local_settings.py", "trust_remote_code"): "for a model that the settings name, and no other",
    ("chatbot/models/local/checkpoint.py", "trust_remote_code"): "for a model that the settings name, and no other",
    ("chatbot/models/local/loading.py", "trust_remote_code"): "for a model that the settings name, and no other",
    ("chatbot/models/local/merging.py", "trust_remote_code"): "for a model that the settings name, and no other",
    ("chatbot/models/local/processors.py", "trust_remote_code"): "for a model that the settings name, and no other",
    ("chatbot/cli/models_merge_command.py", "trust_remote_code"): "for a model that the settings name, and no other",
    ("chatbot/retrieval/formats/definitions.py", "shell"): "a programming language, in a table of them",
    ("eval/benchmarks/code_outlines.py", "shell"): "a programming language, in a table of them",
}
"""Where such an argument, or a key of a table of this name, may be given as a variable, and why."""

SHELLS = {"sh", "bash", "zsh", "dash", "cmd", "cmd.exe", "powershell", "pwsh"}

SQL = re.compile(
    r"\s*(?:(?:SELECT|INSERT|REPLACE INTO|UPDATE|DELETE|CREATE|DROP|ALTER|ATTACH|PRAGMA|WITH|WHERE|AND|ORDER BY"
    r"|VALUES)\b|(?i:select\b.*\bfrom|insert\s+into|delete\s+from|update\b.*\bset|drop\s+table|create\s+table|pragma\s)\b)",
    re.DOTALL,
)

ALLOWED = {
    ("chatbot/database.py", "mode"): "a PRAGMA takes no parameters; one of two words of our own",
    ("chatbot/database.py", "milliseconds"): "a PRAGMA takes no parameters; one of two numbers of our own",
    ("chatbot/database.py", "len(migrations)"): "a PRAGMA takes no parameters; a number of our own",
    ("chatbot/retrieval/repair.py", "columns"): "names of columns of our own schema",
    ("chatbot/salvage.py", "table"): "names of tables of our own schema",
    ("chatbot/salvage.py", "names"): "names of columns of our own schema",
    ("chatbot/salvage.py", "wanted"): "names of columns of our own schema",
    ("chatbot/salvage.py", "order"): "names of columns of our own schema",
    ("chatbot/salvage.py", "marks"): "question marks",
    ("chatbot/journal/salvage.py", "table"): "names of tables of our own schema",
    ("chatbot/journal/salvage.py", "which"): "conditions of our own",
    ("chatbot/retrieval/repair.py", "marks"): "question marks only",
    ("chatbot/retrieval/repair.py", "table"): "a name out of a table of constants",
    ("chatbot/retrieval/repair.py", "which"): "a condition out of a table of constants",
    ("chatbot/retrieval/store.py", "_marks(part)"): "question marks only",
    ("chatbot/retrieval/store.py", "wanted"): "the condition of where.py: constants, repeated",
    ("chatbot/retrieval/store.py", "which"): "one of two constants",
    ("chatbot/retrieval/where.py", "' AND '.join(parts)"): "constants, repeated",
}
"""What may be put into SQL, and why it is no text from outside."""


def findings(source: str, file: str = "") -> list[str]:
    """What is dangerous in the source, by line."""
    nodes = list(ast.walk(ast.parse(source)))
    found = dangers(nodes, imported(nodes), file)
    return [f"{file}:{node.lineno}: {what}" for node, what in found]  # type: ignore[attr-defined]


def imported(nodes: Iterable[ast.AST]) -> dict[str, str]:
    """The whole names that names of this module stand for."""
    known: dict[str, str] = {}
    for node in nodes:
        if isinstance(node, ast.Import):
            known |= {alias.asname or alias.name.partition(".")[0]: alias.name for alias in node.names if alias.asname}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            known |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return known


def whole_name(node: ast.AST, known: Mapping[str, str]) -> str:
    """`os.system` for whatever stands for it here; empty for what is no name."""
    if isinstance(node, ast.Name):
        return known.get(node.id, node.id)
    owner = whole_name(node.value, known) if isinstance(node, ast.Attribute) else ""
    return f"{owner}.{node.attr}" if owner and isinstance(node, ast.Attribute) else ""


def dangers(nodes: Iterable[ast.AST], known: Mapping[str, str], file: str) -> Iterator[tuple[ast.AST, str]]:
    for node in nodes:
        if isinstance(node, ast.Import | ast.ImportFrom):
            yield from ((node, f"imports {name}") for name in modules_of(node) if unwanted(name))
        elif isinstance(node, ast.Name | ast.Attribute) and (name := whole_name(node, known)) in DANGEROUS:
            yield node, name
        elif isinstance(node, ast.Call):
            yield from ((node, what) for what in (*of_call(node, known, file), *executed(node, file)))
        elif isinstance(node, ast.Subscript) and constant(node.slice) in NO_BUILTINS:
            yield node, f"looks up {constant(node.slice)}"
        elif isinstance(node, ast.List | ast.Tuple) and is_shell([constant(each) for each in node.elts]):
            yield node, "starts a shell"
        elif isinstance(node, ast.Dict):
            pairs = zip(node.keys, node.values, strict=True)
            yield from ((node, f"switches on {constant(key)}") for key, value in pairs if switched(key, value, file))
        elif isinstance(node, ast.Assign):
            targets = [target.slice for target in node.targets if isinstance(target, ast.Subscript)]
            yield from ((node, f"switches on {constant(key)}") for key in targets if switched(key, node.value, file))
        if built := built_sql(node, file):
            yield node, f"builds SQL with {built}"


def modules_of(node: ast.Import | ast.ImportFrom) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if node.level:
        return []  # a module of the package's own
    return [node.module or "", *(f"{node.module}.{alias.name}" for alias in node.names)]


def unwanted(module: str) -> bool:
    return module.partition(".")[0] in NO_MODULES or module in DANGEROUS


def of_call(call: ast.Call, known: Mapping[str, str], file: str) -> Iterator[str]:
    name = whole_name(call.func, known)
    texts = [constant(argument) for argument in call.args]
    if name.endswith("import_module") and texts and unwanted(texts[0]):
        yield f"imports {texts[0]}"
    if name.endswith("getattr") and len(texts) > 1 and texts[1] in LOOKED_UP:
        yield f"looks up {texts[1]}"
    for keyword in call.keywords:
        allowed = (file, keyword.arg) in SWITCHES_ALLOWED and not isinstance(keyword.value, ast.Constant)
        if keyword.arg in NO_SWITCHES and not is_false(keyword.value) and not allowed:
            yield f"switches on {keyword.arg}"


def executed(call: ast.Call, file: str) -> Iterator[str]:
    """What a statement that is built where it is executed is built with, also where it does not begin like SQL."""
    if isinstance(call.func, ast.Attribute) and call.func.attr.startswith("execute") and call.args:
        statement = call.args[0]
        text, parts = pieces(statement)
        outside = [part for part in parts if (file, part) not in ALLOWED]
        if outside and not isinstance(statement, ast.Name | ast.Attribute | ast.Subscript) and not SQL.match(text):
            yield f"builds SQL with {', '.join(outside)}"


def is_shell(words: Sequence[str]) -> bool:
    """Whether it is a command line that hands text to a shell."""
    return len(words) > 1 and words[0].rpartition("/")[2] in SHELLS and words[1].lower() in ("-c", "/c", "-command")


def switched(key: ast.AST | None, value: ast.AST, file: str) -> bool:
    if (file, constant(key)) in SWITCHES_ALLOWED and not isinstance(value, ast.Constant):
        return False
    return constant(key) in NO_SWITCHES and not is_false(value) and not constant(value)  # {"shell": "bash"} is a word


def constant(node: ast.AST | None) -> str:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def is_false(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and node.value is False


def built_sql(node: ast.AST, file: str) -> str:
    """What is put into SQL here that is no constant; empty where nothing is."""
    if not isinstance(node, ast.JoinedStr | ast.BinOp | ast.Call):
        return ""
    text, parts = pieces(node)
    if not SQL.match(text):
        return ""
    return ", ".join(part for part in parts if (file, part) not in ALLOWED)


def pieces(node: ast.AST) -> tuple[str, list[str]]:
    """The constant text of a string that is built, and the expressions that go into it."""
    if isinstance(node, ast.JoinedStr):
        inner = [ast.unparse(each.value) for each in node.values if isinstance(each, ast.FormattedValue)]
        return "".join(constant(each) or "{}" for each in node.values), inner
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Add):
        (left, inside), (right, also) = pieces(node.left), pieces(node.right)
        return left + right, inside + also
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mod):
        return constant(node.left), [ast.unparse(node.right)]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("format", "replace"):
        return constant(node.func.value), [ast.unparse(each) for each in (*node.args, *node.keywords)]
    return (text, []) if (text := constant(node)) else ("{}", [ast.unparse(node)] if isinstance(node, ast.expr) else [])


# --- the program ------------------------------------------------------------------------------------------------------


def test_nothing_dangerous_is_in_the_program(figure: Callable[[str], None]) -> None:
    paths = [*MODULES, *PROGRAMS]
    found = [
        finding
        for path in paths
        for finding in findings(path.read_text(encoding="utf-8"), path.relative_to(REPOSITORY).as_posix())
    ]
    figure(f"{len(paths)} files read: {len(found)} dangerous calls (0 may be)")
    assert found == []


def test_every_exception_is_still_needed() -> None:
    used = {
        (file, part)
        for file in {file for file, _ in ALLOWED}
        for node in ast.walk(ast.parse((REPOSITORY / file).read_text(encoding="utf-8")))
        for part in pieces(node)[1]
        if SQL.match(pieces(node)[0])
    }
    assert ALLOWED.keys() - used == set()


# --- the gate itself --------------------------------------------------------------------------------------------------

PLANTED = [
    "import pickle",
    "from pickle import loads as read",
    "import importlib; importlib.import_module('marshal')",
    "def f():\n    import shelve as s\n    return s.open('x')",
    "from joblib import load",
    "import dill",
    "value = eval(text)",
    "run = exec\nrun(text)",
    "from builtins import eval as evaluate",
    "import builtins as b; b.exec(text)",
    "f = getattr(__builtins__, 'eval')",
    "code = compile(text, 'x', 'eval')",
    "__import__('os').system(text)",
    "import os as o; o.system(text)",
    "from os import popen as p; p(text)",
    "import subprocess; subprocess.run(text, shell=True)",
    "from subprocess import Popen; Popen(text, shell=flag)",
    "import subprocess; subprocess.getoutput(text)",
    "import asyncio; asyncio.create_subprocess_shell(text)",
    "import yaml; yaml.load(text, Loader=yaml.SafeLoader)",
    "from yaml import load; load(text)",
    "import yaml as y; y.unsafe_load(text)",
    "import yaml; yaml.load_all(text, yaml.FullLoader)",
    "import numpy as np; np.load(path, allow_pickle=True)",
    "AutoModel.from_pretrained(name, trust_remote_code=True)",
    "options = {'trust_remote_code': True}",
    "options['allow_pickle'] = True",
    "FAISS.load_local(path, e, allow_dangerous_deserialization=True)",
    "import torch; torch.load(path)",
    "import pandas as pd; pd.read_pickle(path)",
    "import numexpr as ne; ne.evaluate(text)",
    "connection.execute(f\"SELECT * FROM user WHERE name = '{name}'\")",
    "sql = 'SELECT * FROM user WHERE name = ' + name",
    "sql = 'DELETE FROM user WHERE id = %s' % key",
    "sql = 'UPDATE user SET name = {}'.format(name)",
    "sql += f' AND name = {name}'",
    "connection.execute('select * from ' + table)",
    "connection.execute('SELECT * FROM t WHERE a = ' + a + ' AND b = 1')",
    "connection.execute(f'pragma table_info({table})')",
    "sql = 'SELECT * FROM $table'.replace('$table', table)",
    "connection.execute(f'{verb} FROM user')",
    "connection.executescript(' '.join(['DELETE FROM', table]))",
    "globals()['eval'](text)",
    "import subprocess; subprocess.run(['/bin/sh', '-c', text])",
]

HARMLESS = [
    "model.eval()",
    "import re; pattern = re.compile(text)",
    "import ast; ast.literal_eval(text)",
    "# eval(text), pickle.loads(data)\nvalue = 1",
    '"""Never uses eval, exec or pickle."""',
    "message = 'os.system is not allowed, and shell=True neither'",
    "import subprocess; subprocess.run([program, argument], shell=False)",
    "import asyncio; asyncio.create_subprocess_exec(program)",
    "import yaml; yaml.safe_load(text)",
    "import yaml\nclass Loader(yaml.SafeLoader): pass",
    "import json; json.load(file)",
    "import numpy as np; np.load(path, allow_pickle=False)",
    "AutoModel.from_pretrained(name, trust_remote_code=False)",
    "options = {'trust_remote_code': False}",
    "languages = {'shell': 'bash'}",
    "if 'trust_remote_code' in config: refuse(config)",
    "connection.execute('SELECT * FROM user WHERE name = ?', (name,))",
    "sql = 'SELECT * FROM user' + ' WHERE name = ?'",
    "sql = 'SELECT a '\\\n    'FROM b'",
    "connection.execute(sql, (name,)); connection.execute(SQL[name]); connection.execute(self.sql)",
    "import subprocess; subprocess.run([sys.executable, '-c', program])",
    "message = f'select one of {names}'",
    "message = f'And so {name} went on'",
    "from chatbot.journal import pickle_free",
    "from .eval import run",
    "names = [getattr(value, 'name'), getattr(value, name)]",
    "import importlib; importlib.import_module(f'chatbot.cli.{name}')",
    "import platform; platform.system()",
]


def test_what_is_planted_is_found(figure: Callable[[str], None]) -> None:
    missed = [source for source in PLANTED if not findings(source)]
    figure(f"{len(PLANTED) - len(missed)} of {len(PLANTED)} planted dangers found (20 of 20 asked for)")
    assert missed == []


def test_what_only_looks_dangerous_is_passed_over() -> None:
    assert [source for source in HARMLESS if findings(source)] == []


def test_a_find_says_where_and_what() -> None:
    assert findings("x = 1\nimport os as o\no.system(x)", "a.py") == ["a.py:3: os.system"]
