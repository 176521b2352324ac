"""What is wrapped around a question: a greeting, "please tell me", "in one sentence", "as a table", "for a child".

In: a question as typed. Out: the question inside, how long the answer may be, and the wishes about its form that a
quoted answer cannot meet, by the name of the message that says so. English and Spanish. What is left when nothing is
around a question is the question itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag.text import fold

_NUMBERS = {w: n for n, words in enumerate(("one|a|an|single|una|un", "two|dos", "three|tres", "four|cuatro",
                                            "five|cinco"), 1) for w in words.split("|")}  # fmt: skip
_COUNT = r"(?P<count>\d{1,2}|one|a single|a|two|three|four|five|una sola|una|dos|tres|cuatro|cinco)"
_LENGTH = (
    rf"(?:in|using|with|within|en|con) (?:just |only |no more than |at most |solo |como mucho )?{_COUNT}"
    r" (?:short |brief |complete |simple )?(?:sentences?|lines?|frases?|oraciones|oracion)"
)
_BRIEF = (
    r"(?:very )?(?:briefly|in brief|in short|shortly|concisely|in a nutshell|in a few words|in (?:a )?few words"
    r"|in (?:about |under |at most |fewer than |less than )?(?:\d+|five|ten|fifteen|twenty|thirty"
    r"|fifty) words(?: or less| or fewer)?|en pocas palabras|brevemente|en breve|en resumen)"
)
_LIST = (
    r"(?:as|in|using|with|como|en forma de) (?:a |an |una )?(?:bullet(?:ed)?|numbered )?\s*(?:list|bullets"
    r"|bullet points"
    r"|points|lista|vinetas|puntos)"
)
_TABLE = r"(?:as|in|in the form of|como|en|en forma de) (?:a |una )?(?:markdown )?(?:table|tabla)"
_PLAIN = (
    r"(?:(?:so|such) that (?:a child|a kid|anyone) (?:can|could) understand(?: it)?"
    r"|(?:for|to|as if to|like to|as to) (?:a |an |my )?(?:(?:\w+[- ])?(?:year|yr)[- ]old|child(?:ren)?"
    r"|kid(?:s)?|beginner(?:s)?|layperson|layman)"
    r"|like i(?:'?m| am) (?:a )?(?:five|5|\w+ years old)|in (?:very )?(?:simple|plain|easy|simpler) (?:words"
    r"|terms|language|english)"
    r"|para (?:un nino|una nina|ninos|principiantes)|en (?:palabras|terminos) (?:sencillas|sencillos|simples)"
    r"|como si (?:yo )?tuviera \w+ anos|as a (?:poem|song|joke|haiku|rap)|in the style of [\w ]+|como un poema)"
)
_WISHES = (("length", _LENGTH), ("brief", _BRIEF), ("list", _LIST), ("table", _TABLE), ("style", _PLAIN))
_FRONT = tuple((name, re.compile(rf"(?:and )?{rule}\s*[,:]?\s+(?=\S)")) for name, rule in _WISHES)
_BACK = tuple(
    (name, re.compile(rf"(?P<gap>[\s,;(.?!]+)(?:and |y )?{rule}(?: please| por favor)?[\s.?!)]*$"))
    for name, rule in _WISHES
)
# "How many are in a list?" and "Is there a school for a child?" ask; "Explain it as a list" and "…, as a list" wish.
_ORDERS = re.compile(
    r"(?:explain|describe|list|show|tell|give|summari[sz]e|answer|write|name|compare|outline|put|what (?:is"
    r"|are) (?:a|an)\b"
    r"|explica|describe|enumera|muestra|dime|dame|resume|responde|escribe|nombra|compara)"
)

_GREETING = re.compile(
    r"(?:hello|hi|hey|good (?:morning|afternoon|evening|day)|greetings|dear \w+|hola|buenos dias"
    r"|buenas(?: tardes| noches)?"
    r"|thanks|thank you|ok|okay|great)(?: there| again| all| everyone| very much)?\s*[,!.;:–-]+\s*(?=\S)"
)
_THANKS = re.compile(
    r"[\s,.!?;]+(?:many )?(?:thanks|thank you|thx|cheers|gracias|muchas gracias)(?: so much| very much| a lot"
    r"| in advance| de antemano)?[\s.!]*$"
)
_PLEASE = re.compile(r"(?:please|kindly|por favor)\s*,?\s+(?=\S)")
_PLEASE_BACK = re.compile(r"\s*,?\s+(?:please|por favor)\s*(?P<stop>[.?!]*)$")
_ASKING = (
    r"(?:what|which|who|whom|whose|when|where|why|how|whether|if|que|quien|quienes|cual|cuales|cuando|donde"
    r"|como|cuanto|cuantos|cuanta|cuantas|por que|si)\b"
)
_TELL = re.compile(
    r"(?:(?:can|could|would|will) you (?:please |kindly )?(?:tell|show|explain to|remind|inform|let) (?:me"
    r"|us)(?: know)?"
    r"|(?:please )?(?:tell|remind|let|explain to|inform) (?:me|us)(?: know)?(?:,? please)?"
    r"|(?:do|does|did) (?:you|anyone|anybody) (?:happen to )?know|i(?:'d| would) (?:like|love) to know"
    r"|i (?:want|need|wish) to know"
    r"|i (?:was|am|'m) wondering|i wonder|i have a question[:,]?|(?:my )?question[:,]|quick question[:,]"
    r"|can you find out|find out"
    r"|(?:me )?(?:puedes|podrias|puede|podria)(?: usted)? (?:decirme|explicarme|indicarme)|dime|diganos|digame"
    r"|sabes|sabe usted"
    r"|quiero saber|quisiera saber|me gustaria saber|necesito saber|tengo una pregunta[:,]?)"
    rf",?\s+(?P<rest>{_ASKING}.*)",
    re.S,
)  # fmt: skip
_TABLE_OF = re.compile(
    r"(?:make|create|give me|draw|show(?: me)?|build|produce|haz(?:me)?|crea|dame) (?:a|an|una) (?P<what>table"
    r"|tabla|list|lista)"
    r" (?:of|with|showing|de|con) (?P<rest>\S.*)",
    re.S,
)


_LOOSE = frozenset({"list", "table", "style"})


@dataclass(frozen=True, slots=True)
class Wish:
    """``question`` is what is asked; ``most`` the sentences wanted at most, 0 for any; ``unmet`` names messages."""

    question: str
    most: int = 0
    unmet: tuple[str, ...] = ()


def unwrapped(question: str) -> Wish:
    """Take the wrapping off a question.

    >>> unwrapped("In one sentence, please tell me who laid out the garden.")
    Wish(question='Who laid out the garden?', most=1, unmet=())
    """
    text, most, unmet = question.strip(), 0, list[str]()
    while True:
        name, count, rest = _off(text)
        if not rest or rest == text:
            break
        text = rest
        if name == "length":
            most = _NUMBERS.get(count.split()[-1], 0) or (int(count) if count.isdigit() else 1)
        elif name == "brief":
            most = 1
        elif name in {"table", "style"}:
            unmet.append(name)
    return Wish(question, most, tuple(unmet)) if text == question.strip() else Wish(_asked(text), most, tuple(unmet))


def _off(text: str) -> tuple[str, str, str]:
    """Take one layer off: what it was, the number it names, and what is left; "" for each where there is none."""
    lead = len(text) - len(text.lstrip("¿¡"))
    low = "".join(f if len(f := fold(c)) == 1 else c.lower() for c in text[lead:])
    body = text[lead:]
    for name, rule in (("greeting", _GREETING), ("please", _PLEASE), *_FRONT):
        if m := rule.match(low):
            return name, _count(m), body[m.end() :]
    if m := _TELL.match(low):
        return "tell", "", body[slice(*m.span("rest"))]
    if m := _TABLE_OF.match(low):
        verb = "Enumera" if m["what"].endswith("a") else "List"
        return ("table" if m["what"].startswith("tabl") else "list"), "", f"{verb} {body[slice(*m.span('rest'))]}"
    for name, rule in (("thanks", _THANKS), ("please", _PLEASE_BACK), *_BACK):
        m = rule.search(low)
        if m and m.start() and (name not in _LOOSE or m["gap"].strip() or _ORDERS.match(low) or "words" in m[0]):
            stop = body[m.end() - 1] if body[m.end() - 1 : m.end()] in {"?", "!"} else ""
            return name, _count(m), text[: lead + m.start()].rstrip(" ,;") + stop
    return "", "", ""


def _count(m: re.Match[str]) -> str:
    return m["count"] if "count" in m.re.groupindex else ""


def _asked(text: str) -> str:
    """Give what was inside its capital and its question mark back: "who laid out the garden." asks."""
    text = text[:1].upper() + text[1:]
    low = fold(text.lstrip("¿¡"))
    if re.match(_ASKING, low) and not text.rstrip().endswith("?"):
        text = text.rstrip(" .!") + "?"
    return text
