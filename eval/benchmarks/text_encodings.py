"""Which library tells the encoding of a text that names none: chardet, charset-normalizer, faust-cchardet.

    python eval/benchmarks/text_encodings.py

The first article of the Universal Declaration of Human Rights and its like, in the encodings that each language was
written in. Counted is a text that comes back to the letter, by its first 60 and 120 characters and by many. A library
that is not installed is left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable

TEXTS = (
    (
        "cp1252",
        "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen "
        "begabt und sollen einander im Geist der Brüderlichkeit begegnen. Jeder hat Anspruch auf alle in "
        "dieser Erklärung verkündeten Rechte und Freiheiten, ohne irgendeinen Unterschied.",
    ),
    (
        "cp1252",
        "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et"
        " de conscience et doivent agir les uns envers les autres dans un esprit de fraternité. Chacun peut "
        "se prévaloir de tous les droits et de toutes les libertés proclamés dans la présente Déclaration.",
    ),
    (
        "iso8859-1",
        "Todos los seres humanos nacen libres e iguales en dignidad y derechos y, dotados como están de razón"
        " y conciencia, deben comportarse fraternalmente los unos con los otros. Toda persona tiene todos los"
        " derechos y libertades proclamados en esta Declaración, sin distinción alguna.",
    ),
    (
        "cp1251 koi8-r cp866",
        "Все люди рождаются свободными и равными в своем достоинстве и правах. Они наделены разумом и "
        "совестью и должны поступать в отношении друг друга в духе братства.",
    ),
    (
        "cp1250 iso8859-2",
        "Wszyscy ludzie rodzą się wolni i równi pod względem swej godności i swych praw. Są oni obdarzeni "
        "rozumem i sumieniem i powinni postępować wobec innych w duchu braterstwa.",
    ),
    (
        "cp1250",
        "Všichni lidé rodí se svobodní a sobě rovní co do důstojnosti a práv. Jsou nadáni rozumem a svědomím "
        "a mají spolu jednat v duchu bratrství.",
    ),
    (
        "cp1253",
        "Όλοι οι άνθρωποι γεννιούνται ελεύθεροι και ίσοι στην αξιοπρέπεια και τα δικαιώματα. Είναι "
        "προικισμένοι με λογική και συνείδηση, και οφείλουν να συμπεριφέρονται μεταξύ τους με πνεύμα "
        "αδελφοσύνης.",
    ),
    (
        "cp1254",
        "Bütün insanlar hür, haysiyet ve haklar bakımından eşit doğarlar. Akıl ve vicdana sahiptirler ve "
        "birbirlerine karşı kardeşlik zihniyeti ile hareket etmelidirler.",
    ),
    (
        "cp1255",
        "כל בני האדם נולדו בני חורין ושווים בערכם ובזכויותיהם. כולם חוננו בתבונה ובמצפון, לפיכך חובה עליהם "
        "לנהוג איש ברעהו ברוח של אחווה.",
    ),
    (
        "cp1256",
        "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا "
        "بروح الإخاء.",
    ),
    (
        "shift_jis euc_jp",
        "すべての人間は、生まれながらにして自由であり、かつ、尊厳と権利とについて平等である。人間は、理性と良心とを授けられており、互いに同胞の精神をもって行動しなければならない。",
    ),
    (
        "gb18030",
        "人人生而自由,在尊严和权利上一律平等。他们赋有理性和良心,并应以兄弟关系的精神相对待。",
    ),
    (
        "big5",
        "人人生而自由,在尊嚴和權利上一律平等。他們賦有理性和良心,並應以兄弟關係的精神相對待。",
    ),
    (
        "euc_kr",
        "모든 인간은 태어날 때부터 자유로우며 그 존엄과 권리에 있어 동등하다. 인간은 "
        "천부적으로 이성과 양심을 부여받았으며 서로 형제애의 정신으로 행동하여야 한다.",
    ),
    (
        "cp874",
        "มนุษย์ทั้งหลายเกิดมามีอิสระและเสมอภาคกันในเกียรติศักดิ์และสิทธิ ต่างมีเหตุผลและมโนธรรม และควรปฏิบัติต่อกันด้วยเจตนารมณ์แห่งภราดรภาพ",
    ),
    (
        "cp1252",
        "The café’s “naïve” owner – a résumé in hand – said it costs £5 or €6. It is otherwise plain text in "
        "English, with many words that need no accents at all.",
    ),
    (
        "utf-16-le utf-16-be",
        "The owner of the house said it costs five. It is otherwise plain text in English.",
    ),
    (
        "mac_roman",
        "Tous les êtres humains naissent libres et égaux en dignité et en droits. Ils sont doués de raison et"
        " de conscience et doivent agir les uns envers les autres dans un esprit de fraternité.",
    ),
)
"""Encodings, and a text that was written in them."""

LENGTHS = (60, 120, 5_000)


def by_chardet(data: bytes) -> str | None:
    import chardet

    return chardet.detect(data)["encoding"]


def by_charset_normalizer(data: bytes) -> str | None:
    from charset_normalizer import from_bytes

    found = from_bytes(data).best()
    return found.encoding if found else None


def by_faust_cchardet(data: bytes) -> str | None:
    import cchardet

    return cchardet.detect(data)["encoding"]


def ours(data: bytes) -> str | None:
    from chatbot.decoding import decode

    return decode(data)[1]


def told(tell: Callable[[bytes], str | None], text: str, encoding: str) -> bool:
    """Whether the text comes back to the letter."""
    data = text.encode(encoding)
    try:
        return data.decode(tell(data) or "ascii", "replace") == text
    except (LookupError, ValueError):
        return False


def main() -> None:
    cases = [(encoding, text) for encodings, text in TEXTS for encoding in encodings.split()]
    for tell in (ours, by_chardet, by_charset_normalizer, by_faust_cchardet):
        try:
            tell(b"caf\xe9")
        except ImportError:
            print(f"{tell.__name__}: not installed")
            continue
        for length in LENGTHS:
            started = time.perf_counter()
            wrong = [name for name, text in cases if not told(tell, (text * 40)[:length], name)]
            seconds = time.perf_counter() - started
            print(
                f"{tell.__name__:22} {length:5} characters: {len(cases) - len(wrong)} of {len(cases)}, "
                f"{1000 * seconds / len(cases):.1f} ms a text; not {', '.join(wrong) or 'any'}"
            )


if __name__ == "__main__":
    main()
