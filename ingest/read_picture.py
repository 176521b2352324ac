"""Pictures of text: photographs and scans as PNG, JPEG, TIFF and their like, recognised with the extra `ocr`.

In: bytes. Out: one `Reading`, a page for each picture of the file. Without the extra, and for a picture in which no
text is found, `ReadError` says so.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import Any

from ingest.load import Limits, Reading
from ingest.read_pdf import printed_reading
from ingest.recognise import Page, Recogniser
from rag.errors import ReadError

_MOST_PIXELS = 100_000_000
_FORMATS = ("PNG", "JPEG", "TIFF", "WEBP", "BMP", "GIF")


def read_picture(data: bytes, name: str, limits: Limits) -> Sequence[Reading]:
    """Recognise the text of a picture, or of each page of a TIFF."""
    recogniser = Recogniser(limits.settings)
    if not recogniser.on:
        raise ReadError(f"a picture: {recogniser.why_not}")
    with opened(data) as picture:
        count = getattr(picture, "n_frames", 1)
        if count > limits.settings.max_pages:
            raise ReadError(f"{count:,} pages are more than max_pages = {limits.settings.max_pages}")
        pages: list[Page] = []
        for number in range(1, count + 1):
            pages.append(recogniser.page(number, frame(picture, number)))
        kind = str(picture.get_format_mimetype() or "image/png")
    if not any(page.lines for page in pages):
        raise ReadError("; ".join(["a picture in which no text was found", *recogniser.warnings()]))
    return (printed_reading(dict(enumerate(pages, 1)), recogniser, kind),)


def opened(data: bytes) -> Any:
    """Open a picture; `ReadError` when it is damaged or too large to be unpacked."""
    from PIL import Image, UnidentifiedImageError

    try:
        picture = Image.open(io.BytesIO(data), formats=_FORMATS)
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise ReadError(f"a damaged picture ({str(error)[:100]})") from error
    if picture.width * picture.height > _MOST_PIXELS:
        raise ReadError(f"a picture of {picture.width * picture.height:,} pixels is too large")
    return picture


def frame(picture: Any, number: int) -> Any:
    """Return one page of a picture, counted from 1, as its file says that it is turned, on white."""
    from PIL import Image, ImageOps

    try:
        picture.seek(number - 1)
        turned = ImageOps.exif_transpose(picture)
        if "A" not in turned.getbands() and "transparency" not in turned.info:
            return turned.convert("RGB")
        clear = turned.convert("RGBA")
        return Image.alpha_composite(Image.new("RGBA", clear.size, "white"), clear).convert("RGB")
    except (OSError, EOFError, ValueError, SyntaxError) as error:
        raise ReadError(f"a damaged picture ({str(error)[:100]})") from error
