"""Archives from anybody: opened only where they are what they say, and no larger than a document."""

from __future__ import annotations

import pytest
from office_files import ENCRYPTED, OLD, archive, core, relations

from chatbot.errors import KnowledgeError
from chatbot.retrieval.formats import archive as archives
from chatbot.retrieval.formats.archive import MOST_PARTS, MOST_UNPACKED, beside, opened, part, properties, xml


def stating(size: int) -> bytes:
    """An archive that says of its part that it unpacks to so much."""
    data = bytearray(archive({"a": "x" * 1_000}))
    at = data.index(b"PK\x01\x02") + 24
    data[at : at + 4] = size.to_bytes(4, "little")
    return bytes(data)


def refused(data: bytes) -> str:
    with pytest.raises(KnowledgeError) as raised:
        opened(data, "EPUB")
    return str(raised.value)


def test_what_unpacks_to_too_much_is_refused_unread() -> None:
    assert refused(stating(MOST_UNPACKED + 1)) == "it unpacks to more than 400 MB"


def test_what_has_too_many_parts_is_refused() -> None:
    assert "more than" in refused(archive({f"{n}": "" for n in range(MOST_PARTS + 1)}))


def test_encrypted_and_older_files_are_named() -> None:
    locked = bytearray(archive({"a": "text"}))
    locked[locked.index(b"PK\x01\x02") + 8] |= 1

    assert refused(bytes(locked)) == refused(ENCRYPTED) == "protected by a password"
    assert refused(OLD) == "a file of an older format, not EPUB"


def test_a_part_of_another_size_than_stated_is_damaged() -> None:
    with pytest.raises(KnowledgeError, match="damaged: a cannot be unpacked"):
        part(opened(stating(10), "EPUB"), "a")


def test_a_part_that_is_not_there_is_none() -> None:
    assert part(opened(archive({}), "EPUB"), "a") is None
    assert xml(opened(archive({}), "EPUB"), "a") is None
    assert properties(opened(archive({}), "EPUB")) == {}


def test_entities_from_outside_and_those_that_grow_are_refused(tmp_path: object) -> None:
    outside = '<!DOCTYPE a [<!ENTITY x SYSTEM "file:///etc/passwd">]><a>&x;</a>'
    grow = "".join(f'<!ENTITY x{n} "{f"&x{n - 1};" * 10}">' for n in range(1, 10))
    found = opened(archive({"outside": outside, "grow": f'<!DOCTYPE a [<!ENTITY x0 "x">{grow}]><a>&x9;</a>'}), "EPUB")

    for name in ("outside", "grow"):
        with pytest.raises(KnowledgeError, match="is no XML"):
            xml(found, name)


def test_properties_and_relations_are_found() -> None:
    found = opened(
        archive(
            {"docProps/core.xml": core("Pumps", "Us"), "a/_rels/b.xml.rels": relations({"r1": ("slide", "../c.xml")})}
        ),
        "EPUB",
    )

    assert properties(found) == {"title": "Pumps", "creator": "Us"}
    assert archives.relations(found, "a/b.xml") == {"r1": ("slide", "c.xml")}
    assert beside("a/b.xml", "c%20d.xml#e") == "a/c d.xml"
    assert beside("a/b.xml", "../../../etc/passwd") == "../../etc/passwd"  # a name in the archive, where there is none
