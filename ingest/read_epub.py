"""E-books.

In: bytes. Out: one `Reading`: the chapters in the order of the book's spine, each read as a web page is.
"""

from __future__ import annotations

import posixpath
from collections.abc import Sequence
from urllib.parse import unquote

from lxml import etree

from ingest.build import Builder, one_line
from ingest.describe import iso_date
from ingest.hidden import with_sheets, without_hidden
from ingest.load import Limits, Reading
from ingest.read_web import add_blocks, declared, parse
from ingest.zips import check_expansion, member
from rag.errors import ReadError

_NS = {
    "c": "urn:oasis:names:tc:opendocument:xmlns:container",
    "o": "http://www.idpf.org/2007/opf",
    "d": "http://purl.org/dc/elements/1.1/",
}


def read_epub(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Read an e-book: its chapters in the order of its spine."""
    opened = check_expansion(data, limits)
    left = limits.settings.max_expanded_mb << 20
    safe = etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=False)
    try:
        container = etree.fromstring(member(opened, "META-INF/container.xml", left, limits), safe)
        path = container.xpath("string(//c:rootfile/@full-path)", namespaces=_NS)
        package = etree.fromstring(member(opened, path, left, limits), safe)
    except etree.XMLSyntaxError as error:
        raise ReadError(f"a damaged e-book ({error})") from error
    files = {i.get("id"): i.get("href") for i in package.iterfind(".//o:manifest/o:item", _NS)}
    folder = posixpath.dirname(path)
    sheets = [
        declared(member(opened, sheet, left, limits))
        for i in package.iterfind(".//o:manifest/o:item", _NS)
        if i.get("media-type") == "text/css" and (sheet := _inside(folder, i.get("href"))) in opened.namelist()
    ]
    builder = Builder()
    warnings = []
    for reference in package.iterfind(".//o:spine/o:itemref", _NS):
        href = files.get(reference.get("idref"))
        if not href:
            continue
        try:
            chapter = member(opened, _inside(folder, href), left, limits)
            left -= len(chapter)
            page = with_sheets(declared(chapter).removeprefix("\ufeff"), sheets)
            add_blocks(builder, without_hidden(parse(page)))
        except ReadError as error:
            warnings.append(str(error))

    def fact(tag: str) -> str | None:
        found = package.findtext(f".//d:{tag}", namespaces=_NS)
        return one_line(found) if found else None

    return (
        builder.reading(
            title=fact("title"), author=fact("creator"), date=iso_date(fact("date")),
            language=fact("language") or None, media_type="application/epub+zip", warnings=warnings,
        ),
    )  # fmt: skip


def _inside(folder: str, href: str | None) -> str:
    """Return the path in the archive of what a package names from its own folder."""
    return posixpath.normpath(posixpath.join(folder, unquote(href or "")))
