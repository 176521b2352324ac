"""Greetings, thanks and "who are you?": a friendly line that says what can be asked, and no search.

In: a question as typed. Out: the name of the message that answers it and its language, or None. Only a question that
is nothing but small talk is one: "Hello, when does the ferry leave?" is not.
"""

from __future__ import annotations

import re

from rag.asked.lexicon import question_language
from rag.text import fold

_HELLO = {
    "en": "hello|hi|hey|hiya|howdy|greetings|good (?:morning|afternoon|evening|day|night)"
    "|how are you(?: doing)?(?: today)?"
          "|how do you do|how is it going|what'?s up|nice to meet you|welcome|test|testing",
    "es": "hola|buenos dias|buenas(?: tardes| noches)?|que tal|como estas|como esta(?: usted)?|encantad[oa]|saludos",
    "fr": "bonjour|bonsoir|salut|coucou|comment (?:ca|allez[- ]vous|vas[- ]tu)(?: va)?|ca va",
    "de": "hallo|guten (?:morgen|tag|abend)|moin|servus|gruss gott|wie geht(?:'s| es)(?: dir| ihnen)?",
    "pt": "ola|oi|bom dia|boa (?:tarde|noite)|tudo bem|como vai",
    "it": "ciao|buongiorno|buonasera|salve|come (?:stai|va|sta)",
    "zh": "你好|您好|早上好|大家好|晚上好|嗨",
    "ja": "こんにちは|こんにちわ|こんばんは|おはよう(?:ございます)?|はじめまして",
    "ko": "안녕|안녕하세요|안녕하십니까|반갑습니다",
    "th": "สวัสดี(?:ครับ|ค่ะ|คะ)?",
}  # fmt: skip
_THANKS = {
    "en": "thanks|thank you|thx|ty|cheers|great|perfect|cool|nice|awesome|excellent|wonderful|well done"
    "|good job|got it|ok|okay"
          "|understood|i see|all right|alright|bye|bye bye|goodbye|see you(?: later| soon)?|good night"
          "|never ?mind|yes|no|sorry|wow"
          "|that helps|that helped|that is (?:great|all|very helpful|helpful)|that'?s (?:great|all|very helpful"
          "|helpful)"
          "|much appreciated|have a nice day",
    "es": "(?:muchas |mil )?gracias|perfecto|genial|vale|muy bien|de acuerdo|entendido|adios|hasta luego"
    "|hasta pronto|chao|si|no"
          "|estupendo|muy amable",
    "fr": "merci|parfait|super|au revoir|d'accord|tres bien",
    "de": "danke|vielen dank|danke schon|super|perfekt|prima|auf wiedersehen|tschuss|alles klar",
    "pt": "obrigad[oa]|muito obrigad[oa]|perfeito|tchau|ate logo",
    "it": "grazie|grazie mille|molte grazie|perfetto|va bene|arrivederci|ottimo",
    "zh": "谢谢|多谢|谢谢你|好的|再见",
    "ja": "ありがとう(?:ございます)?|さようなら|了解(?:です)?",
    "ko": "감사합니다|고마워(?:요)?|고맙습니다|안녕히 계세요",
    "th": "ขอบคุณ(?:ครับ|ค่ะ|คะ|มาก)?|ลาก่อน",
}  # fmt: skip
_WHO = {
    "en": "(?:who|what) are you(?: exactly)?|what(?:'s| is) your name|what can (?:you|i) (?:do|ask|ask you"
    "|do here)(?: for me)?|what do you do"
          "|what are you for|how can you help(?: me)?|can you help(?: me)?|help(?: me)?|how do(?:es)? (?:you"
          "|this|it) work"
          "|are you (?:a |an )?(?:robot|bot|human|ai|chatgpt|real)|introduce yourself|who (?:made|built) you"
          "|what is this|tell me about yourself",
    "es": "quien eres|que eres|como te llamas|que (?:puedes hacer|sabes hacer|haces)"
    "|que (?:te )?puedo preguntar(?:te)?|ayuda"
          "|puedes ayudarme|como funciona(?:s| esto)?|eres (?:un robot|una persona|humano)",
    "fr": "qui es[- ]tu|qui etes[- ]vous|que peux[- ]tu faire|que pouvez[- ]vous faire|aide",
    "de": "wer (?:bist du|sind sie)|was (?:kannst du|konnen sie)|hilfe|wie funktioniert das",
    "pt": "quem e voce|o que voce (?:pode fazer|faz)|ajuda",
    "it": "chi sei|cosa (?:puoi|sai) fare|aiuto",
    "zh": "你是谁|你能做什么",
    "ja": "あなたは誰ですか|何ができますか",
    "ko": "누구세요|무엇을 할 수 있나요",
    "th": "คุณคือใคร|คุณทำอะไรได้บ้าง",
}  # fmt: skip
# What may stand beside: "Hello there, my friend", "thanks a lot for your help".
_BESIDE = (
    "there|again|schon|sehr|vielmals|beaucoup|mille|much|all|everyone|my friend|friend|dear|sir|madam|footnote"
    "|very much|so much|a lot|lots|a million|indeed"
    "|for (?:the|your|all(?: the| your)?|that|this)(?: quick| great| kind| good)?(?: help| answers?| time"
    "| support| information| work)?|please|and|really|then|now|well|oh|so|very|it|a todos"
    "|por (?:la|tu|su) (?:ayuda|respuesta|tiempo)|muy amable|y|por favor|amigo|et|und|e"
)
_NAMED = tuple(
    (name, language, re.compile(rf"(?:{words})(?:\b|(?<=\W)|$|(?=\W))"))
    for name, table in (("who", _WHO), ("hello", _HELLO), ("thanks", _THANKS))
    for language, words in table.items()
)
_EDGE = re.compile(rf"(?:\W+|(?:{_BESIDE})(?!\w))")


def small_talk(question: str) -> tuple[str, str] | None:
    """Return the message for a question that is small talk and nothing else, and its language.

    >>> small_talk("Thanks a lot!"), small_talk("Thanks, who signed it?")
    (('thanks', 'en'), None)
    """
    rest, said = fold(question).replace("’", "'").strip(), dict[str, str]()
    while rest:
        if m := _EDGE.match(rest):
            rest = rest[m.end() :]
            continue
        found = max(
            ((m.end(), name, language) for name, language, rule in _NAMED if (m := rule.match(rest))), default=None
        )
        if found is None or not found[0]:
            return None
        said.setdefault(found[1], found[2])
        rest = rest[found[0] :]
    name = next((n for n in ("who", "hello", "thanks") if n in said), None)
    if name is None:
        return None
    asked = question_language(question, default=said[name])
    return name, said[name] if asked == "en" else asked
