"""Where functions and classes of source code begin and end: ours, by lines, against tree-sitter's grammars.

    pip install tree-sitter tree-sitter-javascript tree-sitter-java …   # a grammar for each language
    python eval/benchmarks/code_outlines.py FOLDER …

The folders hold code of any projects. Printed for each language: of the definitions that its grammar finds, outside of
functions, how many ours finds (recall), of those that ours finds how many are there (precision), and of those found how
many end on the same line; and the time of both. A language whose grammar is not installed is left out.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats.definitions import definitions
from chatbot.retrieval.formats.plain_text import text_of
from chatbot.retrieval.formats.table_of_formats import FORMATS

GRAMMARS = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "java": ("tree_sitter_java", "language"),
    "csharp": ("tree_sitter_c_sharp", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "swift": ("tree_sitter_swift", "language"),
    "scala": ("tree_sitter_scala", "language"),
    "lua": ("tree_sitter_lua", "language"),
    "shell": ("tree_sitter_bash", "language"),
    "python": ("tree_sitter_python", "language"),
}

FUNCTIONS = {
    "function_definition", "function_declaration", "method_definition", "method_declaration", "constructor_declaration",
    "function_item", "method", "singleton_method", "generator_function_declaration", "macro_definition",
}  # fmt: skip
CLASSES = {
    "class_declaration", "class_definition", "class_specifier", "struct_specifier", "struct_item", "enum_item", "class",
    "trait_item", "impl_item", "interface_declaration", "enum_declaration", "enum_specifier", "struct_declaration",
    "type_spec", "module", "trait_declaration", "record_declaration", "object_declaration", "union_specifier",
    "object_definition", "trait_definition", "protocol_declaration", "type_alias_declaration",
    "abstract_class_declaration",
}  # fmt: skip


BODIES = {"struct_type", "interface_type", "class_body", "function_body", "enum_class_body", "object_type", "="}


def name_of(node: Any) -> str:
    found = node.child_by_field_name("name") or node.child_by_field_name("declarator")
    if found is None:
        found = node.child_by_field_name("type")
    else:
        while found is not None and (inner := found.child_by_field_name("declarator")) is not None:
            found = inner
    if found is None:
        found = next((each for each in node.children if each.type in ("simple_identifier", "type_identifier")), None)
    if found is None:
        return ""
    text = found.text.decode("utf-8", "replace")
    return text.split("<")[0].split("::")[-1].split(".")[-1].split(":")[-1].strip("*& \n")


def truth(node: Any) -> Iterator[tuple[str, int, int]]:
    """Name, first line and last line of each definition that is in no function."""
    for child in node.children:
        is_function = child.type in FUNCTIONS
        whole = bool(BODIES & {each.type for each in child.children}) or child.child_by_field_name("body") is not None
        if (is_function or child.type in CLASSES) and whole and (name := name_of(child)):
            yield name, child.start_point[0], child.end_point[0]
        if child.type == "assignment_expression" and (left := child.child_by_field_name("left")) is not None:
            right = child.child_by_field_name("right")
            if right is not None and right.type in ("arrow_function", "function_expression"):
                yield left.text.decode().split(".")[-1], child.start_point[0], child.end_point[0]
                continue
        if child.type in ("lexical_declaration", "variable_declaration"):
            for each in child.children:
                value = each.child_by_field_name("value")
                if value is not None and value.type in ("arrow_function", "function_expression", "generator_function"):
                    yield name_of(each), child.start_point[0], child.end_point[0]
        if not is_function and child.type not in ("lexical_declaration", "variable_declaration"):
            yield from truth(child)


def compare(text: str, language: str, parser: Any, counted: Counter[str]) -> None:
    started = time.perf_counter()
    tree = parser.parse(text.encode())
    expected = list(truth(tree.root_node))
    counted["their microseconds"] += round(1e6 * (time.perf_counter() - started))
    started = time.perf_counter()
    ours = definitions(text.splitlines(keepends=True), language)
    counted["our microseconds"] += round(1e6 * (time.perf_counter() - started))
    left = [
        (each.name.split(".")[-1].split("::")[-1].split(":")[-1], each.first, each.after)
        for each in ours
        if each.kind != "namespace"
    ]
    counted["ours"] += len(left)
    counted["theirs"] += len(expected)
    for name, first, last in expected:
        same = next((each for each in left if each[0] == name and each[1] - 2 <= first < each[2]), None)
        if same:
            left.remove(same)
            counted["both"] += 1
            counted["same end"] += same[2] - 1 == last
        elif "-v" in sys.argv:
            print("   missed", name, text.splitlines()[first].strip()[:100])
    if "-v" in sys.argv:
        for name, first, _ in left:
            print("   invented", name, text.splitlines()[first].strip()[:100])


def main() -> None:
    from tree_sitter import Language, Parser

    files: dict[str, list[Path]] = {}
    for folder in (Path(name) for name in sys.argv[1:] if name != "-v"):
        for path in sorted(folder.rglob("*")):
            form = FORMATS.get(path.suffix.lower())
            if form and form.language in GRAMMARS and path.is_file():
                files.setdefault(form.language, []).append(path)
    for language, paths in sorted(files.items()):
        module, function = GRAMMARS[language]
        try:
            parser = Parser(Language(getattr(import_module(module), function)()))
        except ImportError:
            print(f"{language:12} its grammar is not installed")
            continue
        counted: Counter[str] = Counter()
        for path in paths:
            try:
                compare(text_of(path.read_bytes()), language, parser, counted)
            except KnowledgeError:
                continue
        if counted["theirs"]:
            print(
                f"{language:12} {len(paths):5} files, {counted['theirs']:6} definitions: "
                f"recall {counted['both'] / counted['theirs']:.3f}, "
                f"precision {counted['both'] / max(1, counted['ours']):.3f}, "
                f"same end {counted['same end'] / max(1, counted['both']):.3f}; "
                f"{counted['our microseconds'] / 1e6:.2f} s, tree-sitter {counted['their microseconds'] / 1e6:.2f} s"
            )


if __name__ == "__main__":
    main()
