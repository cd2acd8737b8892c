"""Equations of Word in a line."""

from __future__ import annotations

from xml.etree.ElementTree import fromstring

import pytest

from chatbot.retrieval.formats.word_formulas import formula

M = "http://schemas.openxmlformats.org/officeDocument/2006/math"


def run(text: str) -> str:
    return f"<m:r><m:rPr/><m:t>{text}</m:t></m:r>"


def of(name: str, **parts: str) -> str:
    return f"<m:{name}>{''.join(f'<m:{part}>{content}</m:{part}>' for part, content in parts.items())}</m:{name}>"


@pytest.mark.parametrize(
    ("markup", "line"),
    [
        (run("E=m") + of("sSup", e=run("c"), sup=run("2")), "E=mc^2"),
        (of("f", num=run("a+b"), den=run("2")), "(a+b)/2"),
        (of("sSub", e=run("x"), sub=run("i")), "x_i"),
        (of("sSubSup", e=run("x"), sub=run("i"), sup=run("n+1")), "x_i^(n+1)"),
        (of("rad", deg="", e=run("2")) + of("rad", deg=run("3"), e=run("x-1")), "√23√(x-1)"),
        (of("d", e=run("a")), "(a)"),
        ("<m:d><m:dPr><m:begChr m:val='['/><m:endChr m:val=']'/></m:dPr>" + f"<m:e>{run('a')}</m:e></m:d>", "[a]"),
        ("<m:nary><m:naryPr><m:chr m:val='∑'/></m:naryPr>"
         f"<m:sub>{run('i=1')}</m:sub><m:sup>{run('n')}</m:sup><m:e>{run('i')}</m:e></m:nary>", "∑_(i=1)^n i"),
        (of("nary", sub="", sup="", e=run("f")), "∫ f"),
        (of("m", mr=f"<m:e>{run('1')}</m:e><m:e>{run('2')}</m:e>"), "1 2"),
        (of("eqArr", e=run("a=1")) + of("func", fName=run("sin"), e=run("x")), "a=1sinx"),
        (of("func", fName=run("sin"), e=run("x")), "sinx"),
    ],
)  # fmt: skip
def test_an_equation_is_a_line_as_people_write_it(markup: str, line: str) -> None:
    assert formula(fromstring(f"<m:oMath xmlns:m='{M}'>{markup}</m:oMath>")) == line
