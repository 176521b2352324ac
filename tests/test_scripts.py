"""Scripts without spaces: how their runs are cut, and that a question's words alone find the passage."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from ingest.doctor import examine
from ingest.rebuild import rebuild
from rag import languages
from rag.asked.lexicon import question_language
from rag.asked.question import Kind, analyse
from rag.errors import LibraryError
from rag.library import Library
from rag.scripts import grams, script_language
from rag.store import schema
from rag.text import content_words, fold, index_words, sentence_spans, word_spans
from tests.ingest_support import run, write

TEXTS = {
    "ja-library.txt": "市立図書館は二〇二四年四月に開館した。\n\n"
    "本は一人十冊まで借りることができる。休館日は月曜日である。\n",
    "ja-bridge.txt": "青葉橋の設計者は中村和子である。橋の長さは二百十メートルで、工事には三年かかった。\n",
    "ja-dog.txt": "灯台守は犬を一匹飼っている。犬の名前はコーヒーである。\n",
    "zh-museum.txt": "铁路博物馆周一闭馆。门票价格是三十元，学生半价。\n\n博物馆的馆长叫林晓梅。\n",
    "zh-river.txt": "白沙河全长一百二十公里，发源于北山。河上有五座桥。\n",
    "ko-market.txt": "중앙시장은 매주 토요일에 열립니다. 시장에는 가게가 마흔 곳 있습니다.\n",
    "ko-park.txt": "호수공원은 봄에 가장 아름답습니다. 공원의 나무는 모두 벚나무입니다.\n",
    "th-temple.txt": "วัดริมน้ำสร้างเสร็จในปีสองพันห้าร้อย มีเจดีย์สีทองสามองค์\n",
    "th-school.txt": "โรงเรียนบ้านสวนมีนักเรียนแปดสิบคน ครูใหญ่ชื่อสมหญิง\n",
}


@pytest.fixture(scope="module")
def lib(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scripts")
    run(write(folder / "docs", TEXTS), folder / "lib")
    return folder / "lib"


@pytest.mark.parametrize(
    ("question", "source", "inside"),
    [
        ("図書館はいつ開館しましたか？", "ja-library.txt", "開館した"),
        ("本は何冊まで借りられますか", "ja-library.txt", "十冊"),
        ("橋を設計したのは誰ですか？", "ja-bridge.txt", "中村和子"),
        ("犬の名前は何ですか", "ja-dog.txt", "コーヒー"),
        ("博物馆的门票多少钱？", "zh-museum.txt", "三十元"),
        ("谁是博物馆馆长？", "zh-museum.txt", "林晓梅"),
        ("河上有几座桥？", "zh-river.txt", "五座桥"),
        ("시장은 언제 열립니까?", "ko-market.txt", "토요일"),
        ("공원의 나무는 무엇입니까?", "ko-park.txt", "벚나무"),
        ("เจดีย์มีกี่องค์", "th-temple.txt", "สาม"),
        ("โรงเรียนมีนักเรียนกี่คน", "th-school.txt", "แปดสิบ"),
    ],
)
def test_words_alone_find_the_passage(lib: Path, question: str, source: str, inside: str) -> None:
    library = Library.open(lib)
    [(first, _), *_] = library.lexical(analyse(question).terms, 5)
    [passage] = library.passages([first])
    assert passage.passage.source == source
    assert inside in passage.passage.text
    assert library.text(source)[passage.passage.start : passage.passage.end] == passage.passage.text


def test_words_that_no_passage_has_find_nothing(lib: Path) -> None:
    assert Library.open(lib).lexical(analyse("宇宙飛行士は誰ですか").terms, 5) == []
    assert Library.open(lib).lexical(analyse("飞机票").terms, 5) == []


def test_sentences_end_at_the_full_stop_of_their_script(lib: Path) -> None:
    found = Library.open(lib).document_passages("ja-library.txt")
    assert [s.of(Library.open(lib).text("ja-library.txt")) for p in found for s in p.sentences] == [
        "市立図書館は二〇二四年四月に開館した。",
        "本は一人十冊まで借りることができる。",
        "休館日は月曜日である。",
    ]


def test_runs_are_words_and_latin_words_inside_them_stay_whole() -> None:
    text = "GPT-4は2024年に東京で発表"
    assert [s.of(text) for s in word_spans(text)] == ["GPT", "4", "は", "2024", "年", "に", "東京", "で", "発表"]
    assert content_words(text, "ja") == ["gpt", "4", "2024", "年", "東京", "発表"]


def test_grams_overlap_and_a_lone_ideograph_is_found_inside_a_run() -> None:
    assert grams("博物馆") == ["博物", "物馆"]
    assert grams("橋") == ["橋"]
    assert "橋" in index_words("青葉橋", "ja")
    assert "橋" not in content_words("青葉橋", "ja")
    assert grams("パソコン") == ["パソ", "ソコ", "コン"]


def test_voiced_kana_and_hangul_survive_folding() -> None:
    assert fold("がぎパ") == "がぎパ"
    assert fold("ﾊﾟｿｺﾝ") == "パソコン"
    assert fold("한국") == "한국"
    assert content_words("हिन्दी भाषा", "hi") == [fold("हिन्दी"), fold("भाषा")]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("図書館はどこですか", "ja"), ("图书馆在哪里", "zh"), ("도서관은 어디", "ko"), ("ห้องสมุดอยู่ที่ไหน", "th"),
        ("Где находится мост?", "ru"), ("Πού είναι η γέφυρα;", "el"), ("أين يقع الجسر؟", "ar"),
    ],
)  # fmt: skip
def test_a_script_tells_the_language(text: str, code: str) -> None:
    assert question_language(text) == code


def test_latin_letters_outweigh_one_borrowed_word() -> None:
    assert script_language("What does 東京 mean?") is None
    assert question_language("What does 東京 mean?") == "en"


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("図書館はいつ開館しましたか", Kind.DATE), ("橋を設計したのは誰ですか", Kind.PERSON),
        ("橋の長さはどのくらいですか", Kind.QUANTITY), ("なぜ閉館しましたか", Kind.REASON),
        ("図書館は日曜日に開いていますか", Kind.YES_NO), ("博物馆在哪里？", Kind.PLACE),
        ("门票多少钱？", Kind.QUANTITY),
        ("为什么闭馆？", Kind.REASON), ("博物馆周日开放吗？", Kind.YES_NO), ("시장은 어디에 있습니까?", Kind.PLACE),
    ],
)  # fmt: skip
def test_kinds_of_questions(question: str, kind: Kind) -> None:
    assert analyse(question).kind is kind


def test_every_table_is_folded_and_compiles() -> None:
    for code, table in languages.languages().items():
        for name in ("cuts", "stopwords", "asking"):
            assert all(fold(w) == w for w in languages.words(code, name)), (code, name)
        for kind, pattern in table["kinds"]:
            assert Kind(kind)
            assert re.compile(pattern)


def test_a_library_of_the_format_before_is_named_and_a_rebuild_brings_it_up(tmp_path: Path) -> None:
    lib = tmp_path / "lib"
    run(write(tmp_path / "docs", {"ja.txt": TEXTS["ja-bridge.txt"]}), lib)
    connection = schema.connect(lib, write=True)
    connection.execute("UPDATE meta SET value = '1' WHERE key = 'schema'")
    connection.execute("UPDATE search SET stems = 'x'")  # what the format before made of the text: one token a run
    connection.close()
    with pytest.raises(LibraryError, match=r"format 1.*rag rebuild"):
        Library.open(lib)
    with pytest.raises(LibraryError, match="rag rebuild"):
        run(tmp_path / "docs", lib)
    assert [(c.name, "rag rebuild" in c.remedy) for c in examine(lib).checks if not c.ok] == [("library", True)]
    assert rebuild(lib).embedded == 0
    assert Library.open(lib).lexical(content_words("設計者", "ja"), 5)


def test_a_library_of_a_later_format_is_not_touched(tmp_path: Path) -> None:
    lib = tmp_path / "lib"
    run(write(tmp_path / "docs", {"a.txt": "One text.\n"}), lib)
    connection = schema.connect(lib, write=True)
    connection.execute("UPDATE meta SET value = '99' WHERE key = 'schema'")
    connection.close()
    for call in (Library.open, rebuild):
        with pytest.raises(LibraryError, match="rag ingest"):
            call(lib)


@pytest.mark.parametrize(
    ("language", "sentences"),
    [
        (
            "en",
            ["Delivery takes approx. 14 days, cf. Art. 7 para. 2 of the Act.", "Use e.g. Bergen."],
        ),
        ("en", ["Is it No. 5?", "No.", "It was 5.", "Then it closed in Dec. 2019.", "See p. 3."]),
        ("en", ["Steps: 1. Open the valve.", "2. Close it.", "3. Go home."]),
        ("de", ["Am 1. März 2024 wurde z. B. die Brücke eröffnet.", "Siehe S. 12 und Nr. 4.", "Dr. Müller sprach."]),
        ("fr", ["Le 1er mars, voir p. 12 et art. 4.", "Mme Durand est partie.", "M. Dupont reste."]),
        ("pt", ["Ver pág. 3.", "O Sr. Silva saiu.", "Custou 1.234,5 euros."]),
        ("it", ["Cfr. pag. 3.", "Il sig. Rossi parte.", "Costa 1.234,5 euro."]),
    ],
)
def test_abbreviations_end_no_sentence(language: str, sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [s.of(text) for s in sentence_spans(text, language)] == sentences


@pytest.mark.parametrize(
    "sentences",
    [
        ["彼は「行く。」と言った。", "終わり。"],
        ["图书馆九点开门。", "周一闭馆！", "能借几本书？"],
        ["본문이다.", "끝이다."],
    ],
)
def test_full_stops_of_east_asia_end_a_sentence(sentences: list[str]) -> None:
    text = "".join(sentences) if "。" in sentences[0] else " ".join(sentences)
    assert [s.of(text) for s in sentence_spans(text, "ja")] == sentences
