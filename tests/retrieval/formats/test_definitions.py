"""Functions and classes told by lines alone, in the usual languages."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chatbot.retrieval.formats.definitions import LANGUAGES, definitions
from chatbot.retrieval.formats.table_of_formats import FORMATS

CODE = {
    "javascript": (
        "export class Shop extends Base {\n  constructor(a) {\n    this.a = a;\n  }\n\n"
        "  // Orders.\n  async order(x) {\n"
        "    if (x) {\n      pay(`\nnot {indented\n`);\n    }\n  }\n}\n\nexports.close = function () {\n};\n"
        "describe('it', () => {\n});\n",
        ["class Shop", "method Shop.constructor", "method Shop.order", "function close"],
    ),
    "typescript": (
        "export interface Order {\n  id: string;\n}\n\n"
        "export const add = async (a: number): Promise<number> => {\n"
        "  return a;\n};\n\nabstract class A<T> {\n  private get(x: T): T {\n    return x;\n  }\n}\n",
        ["class Order", "function add", "class A", "method A.get"],
    ),
    "java": (
        "package a;\n\n@Entity\npublic final class Shop<T> extends Base {\n"
        "  private int x = make();\n\n  public Shop() {\n"
        "  }\n\n  @Override\n  protected List<Map<String, T>> order(int x,\n"
        "      int y) throws E {\n    return run(x);\n  }\n"
        "\n  abstract void none();\n}\n",
        ["class Shop", "method Shop.Shop", "method Shop.order"],
    ),
    "csharp": (
        "namespace Shops\n{\n    public class Shop : Base\n    {\n#if NET\n"
        "        [Test]\n        public void Order()\n"
        '        {\n            var x = @"[\n1]";\n        }\n#endif\n'
        "        public int Sum(int a) => a;\n    }\n}\n",
        ["namespace Shops", "class Shops.Shop", "method Shops.Shop.Order", "method Shops.Shop.Sum"],
    ),
    "c": (
        "#define X 1\nstruct shop {\n  int rooms;\n};\n\nint prototype(int a,\n"
        "              int b);\n\n/* Adds. */\n"
        "static long long\nadd(int a, int b)\n{\n  call(a,\n       b);\n  return a;\n}\n"
        "\nint main(void) {\n}\n",
        ["class shop", "function add", "function main"],
    ),
    "cpp": (
        "namespace shops {\nclass Shop : public Base {\n public:\n  Shop() : rooms(1) {\n"
        "  }\n  int size() const override {\n"
        "    return 1;\n  }\n};\n\n"
        "int Shop::order(const std::map<int, std::vector<int>>& x) {\n  return 0;\n}\n}\n",
        ["namespace shops", "class Shop", "method Shop.Shop", "method Shop.size", "function Shop::order"],
    ),
    "go": (
        "package a\n\ntype Shop struct {\n\tRooms int\n}\n\n// Order orders.\n"
        "func (s *Shop) Order(x int) error {\n\treturn nil"
        "\n}\n\nfunc main() {\n}\n",
        ["class Shop", "method Shop.Order", "function main"],
    ),
    "rust": (
        "/// A shop.\n#[derive(Debug)]\npub struct Shop<'a> {\n    rooms: &'a str,\n}\n\n"
        "impl<'a> fmt::Display for Shop<'a> {\n"
        "    fn fmt(&self) -> Result {\n        Ok(())\n    }\n}\n\npub(crate) async fn main() {\n}\n",
        ["class Shop", "class Shop", "method Shop.fmt", "function main"],
    ),
    "ruby": (
        "module Shops\n  class Shop < Base\n    attr :x\n\n    def self.open?(x)\n"
        "      x.each do |y|\n        y\n      end\n"
        "    end\n  end\nend\n",
        ["class Shops", "class Shops.Shop", "method Shops.Shop.open?"],
    ),
    "php": (
        "<?php\nfinal class Shop\n{\n    public static function order(int $x): int\n"
        "    {\n        return 1;\n    }\n}\n",
        ["class Shop", "method Shop.order"],
    ),
    "kotlin": ("data class A(val x: Int)\n\nfun <T> List<T>.last(): T = get(0)\n", ["class A", "function last"]),
    "swift": ("struct A {\n  init(x: Int) {\n  }\n  func b() {\n  }\n}\n", ["class A", "method A.init", "method A.b"]),
    "scala": ("object A {\n  def b(x: Int): Int = x\n}\n", ["class A", "method A.b"]),
    "lua": ("local function a(x)\nend\n\nM.b = function()\nend\n", ["function a", "function M.b"]),
    "shell": ("a() {\n  b\n}\nfunction c {\n  d\n}\n", ["function a", "function c"]),
    "r": ("a.b <- function(x) {\n  x\n}\n", ["function a.b"]),
    "julia": ("function a(x)\n  x\nend\n\nstruct B\n  x\nend\n", ["function a", "class B"]),
    "perl": ("sub a {\n  1;\n}\n", ["function a"]),
    "sql": (
        "CREATE TABLE shop (\n  id int\n);\n\ncreate or replace view v AS SELECT 1;\n",
        ["definition shop", "definition v"],
    ),
    "python": ("class A:\n    def b(self):\n        pass\n", ["class A", "method A.b"]),
}


@pytest.mark.parametrize("language", CODE)
def test_definitions_are_found_with_the_names_around_them(language: str) -> None:
    code, expected = CODE[language]

    found = definitions(code.splitlines(keepends=True), language)

    assert [f"{each.kind} {each.name}" for each in found] == expected


def test_every_language_is_tested_and_has_a_file_ending() -> None:
    assert CODE.keys() == LANGUAGES.keys()
    assert {form.language for form in FORMATS.values()} - {"", "settings"} == LANGUAGES.keys()


def test_a_definition_has_its_comment_and_its_closing_bracket() -> None:
    lines = CODE["javascript"][0].splitlines(keepends=True)
    order = next(each for each in definitions(lines, "javascript") if each.name == "Shop.order")

    assert (lines[order.first].strip(), lines[order.after - 1]) == ("// Orders.", "  }\n")


LINE = st.lists(
    st.sampled_from(
        ["class ", "fn ", "a", "<", ">", "(", ")", "{", "}", ";", "=", "=>", " ", "  ", "public ", '@"', "`", "::"]
    ),
    max_size=12,
).map("".join)


@given(st.lists(LINE, max_size=12), st.sampled_from(sorted(LANGUAGES)))
def test_definitions_lie_one_in_the_other_or_one_behind_the_other(lines: list[str], language: str) -> None:
    found = definitions(lines, language)

    for left, right in itertools.pairwise(found):
        assert left.first <= right.first < right.after <= len(lines)
        assert right.first >= left.after or right.after <= left.after


@pytest.mark.parametrize(
    "line",
    [
        "a<b> " * 80,
        "a<" * 200,
        "a<>" * 130,
        "public " * 57,
        "(" * 400,
        "const a = (" + "()" * 190,
        "template<" * 40,
        "impl<" + "a" * 390,
        "x<a><b><c> " * 36,
        "fun <a>" * 50,
        "a::" * 130 + "(",
        "x" * 1000000,
    ],
)
def test_no_line_is_too_odd_to_be_looked_at(line: str) -> None:
    for language in LANGUAGES:
        definitions([line] * 5, language)
