"""What reads PDF, Word, PowerPoint and Excel files best: text, headings, speed and weight, ours and the field's.

    python eval/benchmarks/install_peers.py documents
    python eval/benchmarks/document_readers.py [--rounds 5] [FOLDER]

The same pages are printed to a PDF in one and in two columns (by Chromium) and written to office files (by python-docx,
python-pptx and openpyxl), and each reader says what it finds: the share of the runs of four words, and of the headings
that are marked as such. Milliseconds are medians of as many rounds, without imports; megabytes are what its packages
take. With FOLDER the PDFs in it are timed too.
"""

from __future__ import annotations

import argparse
import html
import importlib.metadata
import json
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

REPOSITORY = Path(__file__).parents[2]
PYTHON = REPOSITORY / ".cache" / "peers" / "documents" / "bin" / "python"
PAGES = ("retrieval-augmented-generation", "prompting")
"""Pages of the handbook, which are what is printed and written."""

# --- readers: each a function from a file's bytes to text; imported in a process of its own ---------------------------


def _ours(kind: str) -> Callable[[bytes], str]:
    from chatbot.retrieval.formats.table_of_formats import FORMATS

    return lambda data: FORMATS[kind].convert(data).text


def _pdfium(kind: str) -> Callable[[bytes], str]:
    import pypdfium2

    return lambda data: "\f".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(data))


def _pypdf(kind: str) -> Callable[[bytes], str]:
    import pypdf

    return lambda data: "\f".join(page.extract_text() for page in pypdf.PdfReader(BytesIO(data)).pages)


def _pdfminer(kind: str) -> Callable[[bytes], str]:
    from pdfminer.high_level import extract_text

    return lambda data: extract_text(BytesIO(data))


def _markitdown(kind: str) -> Callable[[bytes], str]:
    from markitdown import MarkItDown, StreamInfo

    program = MarkItDown()
    return lambda data: program.convert_stream(BytesIO(data), stream_info=StreamInfo(extension=kind)).text_content


def _python_docx(kind: str) -> Callable[[bytes], str]:
    import docx

    def read(data: bytes) -> str:
        return "\n".join(
            each.text if hasattr(each, "text") else "\n".join(cell.text for row in each.rows for cell in row.cells)
            for each in docx.Document(BytesIO(data)).iter_inner_content()
        )

    return read


def _python_pptx(kind: str) -> Callable[[bytes], str]:
    import pptx

    def read(data: bytes) -> str:
        slides = pptx.Presentation(BytesIO(data)).slides
        return "\f".join("\n".join(s.text_frame.text for s in each.shapes if s.has_text_frame) for each in slides)

    return read


def _openpyxl(kind: str) -> Callable[[bytes], str]:
    import openpyxl

    def read(data: bytes) -> str:
        sheets = openpyxl.load_workbook(BytesIO(data), read_only=True, data_only=True)
        return "\n".join(" | ".join(map(str, row)) for sheet in sheets for row in sheet.iter_rows(values_only=True))

    return read


def _calamine(kind: str) -> Callable[[bytes], str]:
    from python_calamine import CalamineWorkbook

    def read(data: bytes) -> str:
        book = CalamineWorkbook.from_filelike(BytesIO(data))
        sheets = [book.get_sheet_by_name(name) for name in book.sheet_names]
        return "\n".join(" | ".join(map(str, row)) for sheet in sheets for row in sheet.iter_rows())

    return read


READERS: dict[str, tuple[Callable[[str], Callable[[bytes], str]], str, tuple[str, ...]]] = {
    "ours, shut in": (_ours, ".pdf .docx .pptx .xlsx", ("pypdfium2", "mammoth", "cobble", "python-calamine")),
    "pypdfium2": (_pdfium, ".pdf", ("pypdfium2",)),
    "pypdf": (_pypdf, ".pdf", ("pypdf",)),
    "pdfminer.six": (_pdfminer, ".pdf", ("pdfminer.six", "cryptography", "charset-normalizer")),
    "python-docx": (_python_docx, ".docx", ("python-docx", "lxml")),
    "python-pptx": (_python_pptx, ".pptx", ("python-pptx", "lxml", "xlsxwriter", "pillow")),
    "openpyxl": (_openpyxl, ".xlsx", ("openpyxl", "et-xmlfile")),
    "python-calamine": (_calamine, ".xlsx", ("python-calamine",)),
    "markitdown": (
        _markitdown,
        ".pdf .docx .pptx .xlsx",
        ("markitdown", "magika", "onnxruntime", "pandas", "pdfplumber", "pdfminer.six", "cryptography", "lxml"),
    ),
}
"""By name: what makes the reader, the endings that it reads, and the packages that it brings."""


def read_here(name: str, rounds: int, files: list[str]) -> None:
    """Prints what a reader finds in the files, and how long that takes: run in the environment that has it."""
    make, _, packages = READERS[name]
    found = {}
    for file in files:
        read, data = make(Path(file).suffix), Path(file).read_bytes()
        text, seconds = read(data), []
        for _ in range(rounds):
            started = time.perf_counter()
            read(data)
            seconds.append(time.perf_counter() - started)
        found[file] = (text, statistics.median(seconds))
    print(json.dumps({"found": found, "megabytes": sum(map(_size, packages)) / 1e6}))


def _size(package: str) -> int:
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        return 0
    return sum(path.stat().st_size for each in files if (path := Path(str(each.locate()))).is_file())


# --- documents ------------------------------------------------------------------------------------------------------


def written(folder: Path) -> dict[str, str]:
    """The files, and the text that was written into each; its headings begin with number signs."""
    sections = [
        (head.strip(), [" ".join(part.split()) for part in body.split("\n\n") if part.strip() and "|" not in part])
        for name in PAGES
        for head, _, body in (each.partition("\n") for each in re.split(r"^#+ ", _page(name), flags=re.M)[1:])
    ]
    (folder / "sections.json").write_text(json.dumps(sections))
    subprocess.run([str(PYTHON), __file__, "--write", str(folder)], check=True)
    truth = "\n".join(f"# {head}\n" + "\n".join(parts) for head, parts in sections)
    files = {str(folder / f"handbook{ending}"): truth for ending in (".docx", ".pptx")}
    files[str(folder / "rows.xlsx")] = "\n".join(f"Part {n} {n * 3}" for n in range(5_000))
    body = "".join(
        f"<div><h2>{html.escape(head)}</h2>" + "".join(f"<p>{html.escape(part)}</p>" for part in parts) + "</div>"
        for head, parts in sections
    )
    browser = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
    for columns in ("auto", "2") if browser else ():
        page = folder / f"columns {columns}.html"
        page.write_text(f"<meta charset=utf-8><style>div {{ columns: {columns}; font: 10pt serif }}</style>{body}")
        target = folder / f"columns {columns}.pdf"
        flags = ("--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer", f"--print-to-pdf={target}")
        subprocess.run([str(browser), *flags, page.as_uri()], check=True, capture_output=True)
        files[str(target)] = truth
    return files


def _page(name: str) -> str:
    return (REPOSITORY / "knowledge" / f"{name}.md").read_text(encoding="utf-8")


def write_office(folder: Path) -> None:
    """The office files, by the libraries that are made for writing them; run where these are."""
    import docx
    import openpyxl
    import pptx

    text, slides = docx.Document(), pptx.Presentation()
    for head, parts in json.loads((folder / "sections.json").read_text()):
        text.add_heading(head, 1)
        slide = slides.slides.add_slide(slides.slide_layouts[1])
        slide.shapes.title.text = head
        slide.placeholders[1].text = "\n".join(parts)
        for part in parts:
            text.add_paragraph(part)
    text.save(str(folder / "handbook.docx"))
    slides.save(str(folder / "handbook.pptx"))
    book = openpyxl.Workbook()
    for number in range(5_000):
        book.active.append(["Part", number, number * 3])
    book.save(folder / "rows.xlsx")


# --- measures -------------------------------------------------------------------------------------------------------


def in_order(found: str, truth: str) -> float:
    """The share of the true runs of four words that are found."""
    runs, wanted = (
        [" ".join(words[at : at + 4]) for at in range(len(words) - 3)]
        for words in (re.findall(r"\w+", text) for text in (found, truth))
    )
    known = set(runs)
    return sum(run in known for run in wanted) / len(wanted)


def headings(found: str, truth: str) -> float:
    """The share of the true headings that are marked as such."""
    marked = [re.sub(r"\W", "", line) for line in found.splitlines() if line.lstrip().startswith("#")]
    wanted = [re.sub(r"\W", "", line) for line in truth.splitlines() if line.startswith("# ")]
    return sum(head in marked for head in wanted) / len(wanted) if wanted else float("nan")


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", nargs="?", type=Path)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--read", nargs="+", help=argparse.SUPPRESS)
    parser.add_argument("--write", type=Path, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.read:
        return read_here(given.read[0], given.rounds, given.read[1:])
    if given.write:
        return write_office(given.write)
    with tempfile.TemporaryDirectory() as folder:
        files = written(Path(folder))
        more = sorted(map(str, given.folder.glob("*.pdf"))) if given.folder else []
        compare(files, more, given.rounds)
    return None


def compare(files: dict[str, str], more: list[str], rounds: int) -> None:
    """A line for each file and reader."""
    print(f"{'file':<24}{'reader':<18}{'words':>7}{'headings':>10}{'ms':>9}   MB")
    for name, (_, endings, _) in READERS.items():
        python = sys.executable if name.startswith("ours") else str(PYTHON)
        chosen = [file for file in [*files, *more] if Path(file).suffix in endings.split()]
        command = [python, __file__, "--rounds", str(rounds), "--read", name, *chosen]
        said = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        for file, (text, seconds) in said["found"].items():
            row = f"{Path(file).name:<24}{name:<18}"
            if file in files:
                row += f"{in_order(text, files[file]):>7.3f}{headings(text, files[file]):>10.2f}"
            else:
                row += f"{'-':>7}{'-':>10}"
            print(f"{row}{seconds * 1000:>9.1f}   {said['megabytes']:.1f}")


if __name__ == "__main__":
    main()
