"""What a question wants of the library itself: a list of documents, those that mention something, a summary of one.

In: the text of a question. Out: a `Request` with the phrases that name documents, or None where it asks for what the
documents say. English and Spanish, by table. It knows no library: whether a phrase names a document is seen later.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum

from rag.catalogue.names import ANY, KINDS
from rag.text import fold, word_spans


class Want(Enum):
    """What is asked of the library."""

    LIST = "list"
    COUNT = "count"
    AUTHOR = "author"
    DATE = "date"
    PAGES = "pages"
    TO = "to"
    TITLE = "title"
    COMPARED = "compared"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True)
class Request:
    """``name`` is the phrase that names documents, ``other`` a second one, ``topic`` what they must mention.

    ``sums_up``: a summary is ordered in so many words, so that any title will do as a name. ``several``: the name is
    a noun of something written, which means documents only where more than one is called so.
    """

    want: Want
    name: str = ""
    topic: str = ""
    other: str = ""
    sums_up: bool = False
    several: bool = False


@dataclass(frozen=True, slots=True)
class Within:
    """A question of which a phrase says where to look. ``firm``: nothing but a place to look can be meant."""

    question: str
    name: str
    firm: bool


_DOCUMENTS = (
    r"(?P<kind>(?:documents?|files?|docs|pdfs?|(?:e-?)?mails?|messages|spreadsheets?|workbooks?|presentations?|slides"
    r"|decks?|texts|articles?|reports?|sources|web ?pages|documentos?|archivos?|ficheros?|correos?|mensajes|informes?"
    r"|presentaciones|hojas de calculo|textos|articulos?))"
)
_LISTED = re.compile(
    r"(?:(?:and |y )?(?:please )?(?:list|show|name|enumerate|display|give me|what|which|are there|do you have"
    r"|in which|in what"
    r"|lista|enumera|muestra(?:me)?|dame|nombra|que|cuales|hay|en que|en cuales)\b(?: me)?"
    r"(?: (?:a|the|una|la) (?:list|lista) (?:of|de))?(?: (?:kinds?|tipos?) (?:of|de))?"
    r"(?: (?:are|is|son|any|of|all|the|your|my|our|these|those|available|different|todos|todas|los|las|tus|mis"
    r"|nuestros|algun|de))*"
    rf"|(?P<many>how many|cuantos|cuantas)(?: (?:of|different|de|los|las|the|my|your))*) {_DOCUMENTS}\b(?P<rest>.*)"
)
# "Which minutes are there?", "list the contracts": a kind of document that names or folders tell.
_NAMED = re.compile(
    r"(?:(?:and |y )?(?:what|which|que)|(?P<many>how many|cuant[oa]s)|(?:please )?(?:list|show me|enumerate|lista"
    r"|enumera|muestrame)(?: all)?(?: (?:the|our|my|todos|todas|los|las|nuestr[oa]s))*) (?P<kind>\w+s)\b(?P<rest>.*)"
)
# What may stand behind "which documents" and adds nothing to it.
_SHELL = frozenset(
    "do you have can i we ask about search are is there available in the library collection folder this here did give "
    "know of read use used loaded indexed contain exist stored your my knowledge base access to please and"
    " their names "
    "titles name title all with archive database total altogether currently now got been have has hold holds it that "
    "which answer from searched "
    "tienes puedes buscar hay en la biblioteca coleccion carpeta el los que existen conoces disponibles leer"
    " consultar "
    "tu mi son estan por favor todos todas usar has leido cuales".split()
)
_MENTIONS = re.compile(
    r"\W*(?:(?:that|which|do|does|que) )*(?:(?:actually|also|tambien) )?(?:mention(?:s|ed|ing)?|(?:talk"
    r"|speak)(?:s|ing)? (?:about|of)"
    r"|discuss(?:es|ing)?|refer(?:s|ring)? to|deal(?:s|ing)? with|cover(?:s|ing)?|(?:say|have|know)s? (?:some"
    r"|any)thing (?:about|on)"
    r"|contain(?:s|ing)?(?: the (?:words?|term|phrase|name))?|include(?:s)?(?: the (?:words?|term|phrase|name))?"
    r"|(?:are|is) (?:about|on)|about|concern(?:s|ing)?"
    r"|mencionan?|hablan? (?:de|del|sobre)|tratan? (?:de|del|sobre)|se refieren? a|contienen?(?: la palabra)?"
    r"|dicen? algo (?:de|del|sobre)|sobre)\s+(?P<topic>.+)"
)
_APPEARS = re.compile(
    r"\W*(?:is|are|was|were|does|do|se|es|aparece|sale|esta) (?P<topic>.+?) ?"
    r"(?:mentioned|named|discussed|appear(?:s|ed)?|occurs?|found|(?:come|turn)s? up|mencionad[oa]s?|menciona"
    r"|aparece)\W*"
)
_WHERE = re.compile(r"(?:where|donde) (?:is|are|does|do|se) (?P<topic>.+?) (?:mentioned|appear|occur)\W*")
_MENTIONED = re.compile(r"(?:donde|en que (?:documentos?|archivos?)) se (?:menciona|habla de)n? (?P<topic>.+)")
_NEW = re.compile(
    r"(?:what|que) (?:else )?(?:is|has|have|hay|ha)? ?(?:been )?(?:changed|new|newer|added|come in|updated"
    r"|cambiado|nuevo|de nuevo)"
    r"(?: in the (?:library|folder|documents))? (?P<name>(?:since|after|desde|despues de) .+?)[ .?!]*"
)
_LIMITED = re.compile(
    r"\W*(?:(?:that|which|are|is|were|was|there|have|has|been|que|son|hay) )*(?P<name>(?:written by|sent by"
    r"|made by|dated|from|by|of|since|after|before|until|between"
    r"|in|inside|under|during|escritos por|enviados por|fechados|desde|despues de|antes de|entre|de|del|por|en) .+)"
)
_SENT = re.compile(
    r"\W*(?:did|has|have) (?P<name>.+?) (?:write|written|send|sent|make|made)\W*|\W*(?:escribio|envio"
    r"|mando) (?P<es>.+)"
)

_NAME = r"(?P<name>.+?)"
_SENDER = r"(?P<sender>.+?)"
# What may stand behind "when did Kari write": no topic, which would be asked of the text.
_LETTER = r"(?: (?:(?:the|a|an|her|his|their|that|this) )?(?:e-?mail|mail|message|reply|letter))?(?: to(?: \w+){0,3})?"
_END = r"[ .?!]*$"
_ASKED: tuple[tuple[Want, re.Pattern[str]], ...] = tuple(
    (want, re.compile(pattern + _END))
    for want, pattern in (
        (Want.AUTHOR, rf"who (?:wrote|authored|sent|(?:is|was|are"
            rf"|were) the (?:authors?|writers?|sender) of) {_NAME}"),
        (Want.AUTHOR, rf"(?:by whom|by who) (?:is|was|were) {_NAME} (?:written|sent|drafted|made|prepared)"),
        (Want.AUTHOR, rf"quien (?:escribio|redacto|envio|mando|hizo|es (?:el|la) autora? de|es (?:el"
            rf"|la) autora? del) {_NAME}"),
        (Want.DATE, rf"when (?:is|was|were) {_NAME} (?:last )?(?:written|published|created|dated|sent|issued"
            rf"|changed|updated|modified|revised|made)"),
        (Want.DATE, rf"(?:what is|what's|which is) the date of {_NAME}"),
        (Want.DATE, rf"(?:from when|how old|how recent) (?:is|are) {_NAME}"),
        (Want.DATE, rf"(?:cuando se (?:escribio|publico|redacto|envio)|de cuando (?:es|son)|(?:que"
            rf"|cual es la) fecha (?:tiene|de|del)) {_NAME}"),
        (Want.DATE, rf"(?:when|on what date) did {_SENDER} (?:write|send|reply|answer|respond|e-?mail){_LETTER}"),
        (Want.TO, rf"(?:to whom|who) did {_SENDER} (?:write|send|reply|answer|respond|e-?mail){_LETTER}"),
        (Want.TO, rf"(?:to whom|who) (?:is|was|were) {_NAME} (?:sent|addressed|written|directed)(?: to)?"),
        (Want.TO, rf"who (?:received|got|(?:is|was) the (?:recipient|addressee) of) {_NAME}"),
        (Want.TITLE, rf"what (?:is|was) the (?:subject|title)(?: line)? of {_NAME}"),
        (Want.PAGES, rf"how many pages (?:does|do|has|have|are in|are there in|is) {_NAME}(?: have| long)?"),
        (Want.PAGES, rf"cuantas paginas (?:tiene|tienen|hay en) {_NAME}"),
        (Want.COMPARED, rf"(?:what (?:has |have |was |were )?(?:changed|different|changes)|(?:what"
            rf"|which) (?:are|is|were) (?:the )?(?:differences?|changes?)"
                        rf"|compare|list (?:all )?(?:the )?(?:differences?|changes)) ?(?:between"
                        rf"|from)? {_NAME} (?:and|to|with) (?P<other>.+?)"),
        (Want.COMPARED, rf"(?:how (?:do|does)) {_NAME} (?:and|differ from) (?P<other>.+?)(?: differ)?"),
        (Want.COMPARED, rf"(?:que (?:ha )?cambi(?:o|ado|a)|(?:cuales son )?(?:las )?diferencias(?: hay)?"
            rf"|en que se diferencian|compara) ?(?:entre|de)? {_NAME} (?:y|a|con) (?P<other>.+?)"),
        (Want.COMPARED, rf"what (?:has )?(?:changed|is new|was changed) in {_NAME}"),
        (Want.SUMMARY, rf"(?:summari[sz]e|sum up|outline|recap|tl;?dr:?(?: of)?|summary of|overview of) {_NAME}"),
        (Want.SUMMARY, rf"(?:(?:give|write|make|show|get) (?:me )?)?(?:a |an |the )?(?:short |brief |quick "
            rf"|concise )?(?:summary|overview|outline|digest|recap|gist) (?:of|for) {_NAME}"),
        (Want.SUMMARY, rf"what (?:is|are|were) the (?:main |key |most important |central )?(?:points?|ideas?"
            rf"|messages?|takeaways?|topics?|contents?|gist|essence) (?:of|in|from) {_NAME}"),
        (Want.SUMMARY, rf"(?:what is|what's|what are) {_NAME} (?:all )?about"),
        (Want.SUMMARY, rf"what (?:does|do) {_NAME} (?:say|contain|cover|tell(?: me| us)?)"),
        (Want.SUMMARY, rf"what (?:is|stands|'s) in {_NAME}"),
        (Want.SUMMARY, rf"(?:resume(?:me)?|resumir|sintetiza|resumen de|resumen del|(?:haz|hazme|dame|escribe"
            rf"|quiero) un (?:breve )?resumen (?:de|del)) {_NAME}"),
        (Want.SUMMARY, rf"cuales son los puntos (?:principales|clave|mas importantes) (?:de|del) {_NAME}"),
        (Want.SUMMARY, rf"(?:de que (?:trata|va|habla)|que (?:dice|contiene)) {_NAME}"),
    )
)  # fmt: skip

# Nouns of things that are written, so that "in the lease" may be a place to look.
WRITTEN = (
    ANY | frozenset(KINDS) | frozenset(
        "protocol policy minutes memo memorandum letter manual handbook guide guideline guidelines contract lease "
        "agreement plan review newsletter note notes checklist interview log logbook budget list brochure leaflet faq "
        "statement proposal offer quote invoice bill form survey study thesis book booklet chapter story glossary "
        "schedule agenda register table script transcript summary announcement press release notice bulletin diary "
        "journal regulation regulations rules statutes constitution act treaty directive instructions recipe "
        "catalogue catalog inventory timetable calendar decision appendix annex attachment specification readme "
        "protocolo politica acta actas carta guia contrato acuerdo plan revision boletin nota notas lista entrevista "
        "presupuesto folleto propuesta oferta factura formulario encuesta estudio tesis libro capitulo glosario "
        "horario agenda registro tabla anuncio diario reglamento ley manual memoria memorando inventario catalogo "
        "instrucciones receta anexo decision cuaderno".split()
    )
)  # fmt: skip
# Nouns of what is written that stand as well for what it says, and what asks for the documents themselves.
_TOLD = frozenset("rules instructions regulations guidelines statutes decisions tables plans offers acts".split())
_THERE = frozenset("there have hold exist available got hay tienes tenemos existen".split())
# Works that documents tell of: who wrote the treaty, and when, stands in the text.
WORKS = frozenset(
    "book booklet chapter story act treaty constitution directive statutes regulation regulations study thesis survey "
    "article articles agreement contract lease recipe press release libro capitulo tratado ley reglamento estudio "
    "tesis acuerdo contrato receta".split()
)
_UNNAMED = frozenset(
    "this that it the these a document file text article page one my our este esta eso el la documento archivo texto "
    "articulo lo contents content of".split()
)


def plain(text: str) -> str:
    """Return ``text`` without capitals and accents, character by character, so that places stay where they are."""
    return "".join(f if len(f := fold(c)) == 1 else c.lower() for c in text)


def request(question: str) -> Request | None:
    """Read what a question wants of the library, or return None."""
    text = question.strip().lstrip("¿¡ ")
    low = plain(text)
    return _listing(text, low) or next(_asking(text, low), None)


def _asking(text: str, low: str) -> Iterator[Request]:
    for want, pattern in _ASKED:
        if m := pattern.match(low):
            other = text[slice(*m.span("other"))] if "other" in pattern.groupindex else ""
            orders = want is Want.SUMMARY and not re.match(r"what|que\b|de que|cuales", low)
            sent = "sender" in pattern.groupindex
            name = f"mail from {text[slice(*m.span('sender'))]}" if sent else text[slice(*m.span("name"))]
            yield Request(want, name, other=other, sums_up=orders)


def _listing(text: str, low: str) -> Request | None:
    if m := _NEW.fullmatch(low):
        return Request(Want.LIST, f"documents {text[slice(*m.span('name'))]}")
    if m := _WHERE.fullmatch(low) or _MENTIONED.fullmatch(low):
        return Request(Want.LIST, topic=_topic(text, m))
    m = _LISTED.match(low)
    if m is None:
        return _of_a_name(text, low)
    want, kind = Want.COUNT if m["many"] else Want.LIST, text[slice(*m.span("kind"))]
    at, rest = m.start("rest"), m["rest"].strip(" .?!:")
    if all(w in _SHELL for w in re.findall(r"\w+", rest)):
        return Request(want, kind)
    for pattern in (_MENTIONS, _APPEARS):
        if found := pattern.fullmatch(low[at:]):
            return Request(want, kind, topic=_topic(text[at:], found))
    if found := _SENT.fullmatch(low[at:]):
        span = found.span("name") if found["name"] else found.span("es")
        return Request(want, f"{kind} written by {text[at:][slice(*span)]}")
    if found := _LIMITED.match(low[at:]):
        return Request(want, f"{kind} {text[at:][slice(*found.span('name'))]}")
    return None


def _of_a_name(text: str, low: str) -> Request | None:
    """Read "which minutes are there?"; "list the rules" asks for what they say, and "how many minutes?" for time."""
    m = _NAMED.fullmatch(low)
    if m is None or m["kind"] in _TOLD or not is_written(m["kind"]):
        return None
    rest, orders = re.findall(r"\w+", m["rest"]), not (m["many"] or re.match(r"(?:and |y )?(?:what|which|que) ", low))
    if not all(w in _SHELL for w in rest) or not (orders or set(rest) & _THERE):
        return None
    return Request(Want.COUNT if m["many"] else Want.LIST, text[slice(*m.span("kind"))], several=True)


def _topic(text: str, m: re.Match[str]) -> str:
    topic = text[slice(*m.span("topic"))].strip(" .?!")
    return re.sub(r"^(?:the words?|the term|the phrase|la palabra|al?)\s+", "", topic, flags=re.I).strip("\"'“”«»‘’ ")


def is_unnamed(name: str) -> bool:
    """Tell whether a phrase names no document: "it", "this document"."""
    return all(w in _UNNAMED for w in re.findall(r"\w+", plain(name)))


def is_written(name: str, besides: frozenset[str] = frozenset()) -> bool:
    """Tell whether a phrase speaks of something written, ``besides`` left out: "the staff handbook"."""
    words = {form for w in re.findall(r"\w+", plain(name)) for form in (w, w.removesuffix("s"))}
    return not words.isdisjoint(WRITTEN - besides)


_FIRM = (
    rf"(?:according to|as per|per|based on|as stated in|going by|segun|de acuerdo con"
    rf"|conforme a) {_NAME}[,:] (?P<rest>.+)",
    rf"(?:(?:please )?(?:only|just|solo|solamente|unicamente) (?:(?:in|from|use|search|look in|consider|en|de"
    rf"|usa|busca en) )?|(?:use|search|look) (?:only|just)(?: in| at)? ){_NAME}[,:] (?P<rest>.+)",
    rf"(?:in|from|within|en|de) {_NAME}(?: only| solo)?[,:] (?P<rest>.+)",
)  # fmt: skip
_BEHIND = rf"(?P<rest>.+?),? (?:according to|as per|as stated in|based on|segun|de acuerdo con) {_NAME}{_END}"
_SAYS = (
    rf"(?P<says>what|which|que) (?:does|do|did|dice|dicen|cuenta) {_NAME} (?:say|says|state|tell(?: us| me)?"
    rf"|write|mention|report)? ?(?:about|on|regarding|of|sobre|acerca de|de) (?P<rest>.+)",
)  # fmt: skip
_TAIL = re.compile(
    rf"(?P<rest>.+?) (?:stated |given |mentioned |described |listed |written )?(?P<in>in|from|within|inside|of"
    rf"|under|by|en|de|del) (?P<name>(?:(?!\b(?:in|from|within|en)\b).)+?){_END}"
)
_FIRM_RULES = tuple(re.compile(p) for p in (*_FIRM, _BEHIND))
_SAYS_RULES = tuple(re.compile(p) for p in _SAYS)


def places(question: str) -> Iterator[Within]:
    """Yield the ways to read a question as one with a place to look, the surest first."""
    text = question.strip()
    low = plain(text).lstrip("¿¡ ")
    text = text[len(text) - len(low) :]
    for pattern in _FIRM_RULES:
        if m := pattern.match(low):
            leads = low.startswith(("in ", "from ", "within ", "en ", "de "))
            rest = text[slice(*m.span("rest"))]
            rest += "?" if text.endswith("?") and not rest.endswith("?") else ""
            yield Within(_capital(rest), text[slice(*m.span("name"))], not leads)
    for pattern in _SAYS_RULES:
        if m := pattern.match(low):
            rest = text[slice(*m.span("rest"))].rstrip(" ?.!")
            asked = f"¿Qué se dice de {rest}?" if m["says"] == "que" else f"What is said about {rest}?"
            yield Within(asked, text[slice(*m.span("name"))], True)
    if m := _TAIL.match(low):
        yield Within(f"{text[slice(*m.span('rest'))]}?", text[slice(*m.span("name"))], False)


def _capital(text: str) -> str:
    at = next((s.start for s in word_spans(text)), 0)
    return text[:at] + text[at : at + 1].upper() + text[at + 1 :]
