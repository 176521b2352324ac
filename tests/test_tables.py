"""Plans over tables: what they come to is what pandas says of the same frame, and what they say is in their quotes."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.load import Limits
from ingest.read_any import read_any
from rag.config import Settings
from rag.tables import values
from rag.tables.asked import asked
from rag.tables.candidates import candidates
from rag.tables.plan import Outcome, Plan, Where, run
from rag.tables.say import Told, say
from rag.tables.score import choice, scores, sure, weights
from rag.tables.table import Table, views

NAMES = ("Ship", "Port", "Tons", "Built")
ROWS = [
    ("Alba", "Oslo", "1,200", "1 May 1990"),
    ("Brisk", "Bergen", "300", "3 June 1985"),
    ("Comet", "Oslo", "950", "12 March 1999"),
    ("Dawn", "Bergen", "—", "7 July 2001"),
    ("Eider", "Oslo", "4,000", "30 January 1979"),
    ("Total", "", "6,450", ""),
]


def stored(rows: Sequence[Sequence[str]]) -> tuple[list[Table], str]:
    buffer = io.StringIO()
    csv.writer(buffer).writerows(rows)
    (reading,) = read_any(buffer.getvalue().encode(), "ships.csv", Limits(Settings()))
    return views(reading.grids[0], reading.text), reading.text


def ships() -> tuple[Table, str]:
    tables, text = stored([NAMES, *ROWS])
    return tables[0], text


CELLS: list[tuple[str, float | None, values.Day | None]] = [
    ("1,200", 1200, None),
    ("1 420 436", 1_420_436, None),
    ("£16.8M", 16.8, None),
    ("−3.5", -3.5, None),
    ("(12)", -12, None),
    ("12,5 %", 12.5, None),
    ("1.90 m (6 ft 3 in)", 1.9, None),
    ("26 March 1969", 26, (1969, 3, 26)),
    ("March 2, 2008", None, (2008, 3, 2)),
    ("2024-03-05", 2024, (2024, 3, 5)),
    ("05/23/2024", 5, (2024, 5, 23)),
    ("2008/09", 2008, (2008, 0, 0)),
    ("4th", 4, None),
]


@pytest.mark.parametrize(("text", "number", "day"), CELLS)
def test_a_cell_is_read_once(text: str, number: float | None, day: values.Day | None) -> None:
    value = values.read(text)
    assert value is not None
    assert value.day == day
    if number is not None:
        assert value.number == number


@pytest.mark.parametrize("text", ["", "—", "n/a", "N/A", "-", "TBA", "[1]"])
def test_a_cell_that_holds_nothing(text: str) -> None:
    assert values.read(text) is None


PLANS: list[tuple[Plan, tuple[str, ...]]] = [
    (Plan("count", (Where(1, "is", "oslo"),)), ("3",)),
    (Plan("count", (Where(1, "is", "oslo", negated=True),)), ("2",)),
    (Plan("sum", by=2), ("6,450",)),
    (Plan("sum", (Where(1, "is", "bergen"),), by=2), ("300",)),
    (Plan("best", told=0, by=2), ("Eider",)),
    (Plan("best", told=0, by=3, down=False), ("Eider",)),
    (Plan("best", told=0, by=2, place=1), ("Alba",)),
    (Plan("place", told=0, place=-1), ("Eider",)),
    (Plan("next", (Where(0, "is", "brisk"),), told=0), ("Comet",)),
    (Plan("previous", (Where(0, "is", "brisk"),), told=0), ("Alba",)),
    (Plan("difference", (Where(0, "is", "alba"),), told=2, other=(Where(0, "is", "comet"),)), ("250",)),
    (Plan("common", told=1), ("Oslo",)),
    (Plan("distinct", told=1), ("2",)),
    (Plan("years", by=3), ("22",)),
    (Plan("cell", (Where(3, "above", low=1990),), told=0), ("Comet", "Dawn")),
    (Plan("cell", (Where(2, "empty"),), told=0), ("Dawn",)),
    (Plan("whether", (Where(1, "is", "oslo"), Where(2, "above", low=5000)), ), ("no",)),
]  # fmt: skip


@pytest.mark.parametrize(("plan", "said"), PLANS)
def test_what_a_plan_comes_to(plan: Plan, said: tuple[str, ...]) -> None:
    table, _ = ships()
    outcome = run(plan, table)
    assert outcome is not None
    assert outcome.said == said


@pytest.mark.parametrize(
    "plan",
    [
        Plan("count", (Where(1, "above", low=3),)),
        Plan("cell", (Where(0, "year", low=1990),), told=1),
        Plan("sum", by=1),
        Plan("sum", by=3),
        Plan("best", told=0, by=1),
        Plan("difference", (Where(0, "is", "alba"),), told=1, other=(Where(0, "is", "comet"),)),
        Plan("next", (Where(0, "is", "eider"),), told=0),
    ],
)
def test_no_plan_runs_over_a_column_of_another_kind(plan: Plan) -> None:
    table, _ = ships()
    assert run(plan, table) is None


places = st.sampled_from(["Oslo", "Bergen", "Tromso"])
rows = st.lists(st.tuples(places, st.one_of(st.none(), st.integers(-500, 50_000))), min_size=2, max_size=15)


@settings(deadline=None, max_examples=60)
@given(rows, places, st.integers(-500, 50_000))
def test_plans_agree_with_pandas(made: list[tuple[str, int | None]], port: str, low: int) -> None:
    names = ["Name", "Port", "Tons"]
    lines = [[f"Ship{chr(97 + n)}", p, "" if t is None else str(t)] for n, (p, t) in enumerate(made)]
    table = stored([names, *lines])[0][0]
    if table.names != tuple(names) or table.column(2).kind != "number":
        return
    frame = pd.DataFrame({"Name": [c[0] for c in lines], "Port": [p for p, _ in made], "Tons": [t for _, t in made]})
    frame["Tons"] = pd.to_numeric(frame["Tons"])
    inside = frame[(frame["Port"] == port) & (frame["Tons"] > low)]
    where = (Where(1, "is", port.lower()), Where(2, "above", low=low))
    wanted = [
        (Plan("count", where), str(len(inside)) if len(inside) else None),
        (Plan("sum", where, by=2), f"{inside['Tons'].sum():.0f}" if len(inside) else None),
        (Plan("largest", where, by=2), f"{inside['Tons'].max():.0f}" if len(inside) else None),
        (Plan("smallest", where, by=2, down=False), f"{inside['Tons'].min():.0f}" if len(inside) else None),
        (Plan("distinct", told=1), str(frame["Port"].nunique())),
        (Plan("place", where, told=0, place=-1), inside["Name"].iloc[-1] if len(inside) else None),
    ]
    for plan, said in wanted:
        outcome = run(plan, table)
        assert (outcome.said[0] if outcome else None) == said, plan


ports = st.sampled_from(["oslo", "bergen", "tromso"])
figures = st.integers(-500, 50_000)
orders = st.sampled_from(["above", "below", "least", "most"])
conditions = st.one_of(
    st.builds(lambda port, no: Where(1, "is", port, negated=no), ports, st.booleans()),
    st.builds(lambda test, low, no: Where(2, test, low=low, negated=no), orders, figures, st.booleans()),
    st.builds(lambda a, b: Where(2, "between", low=min(a, b), high=max(a, b)), figures, figures),
    st.builds(lambda test: Where(2, test), st.sampled_from(["empty", "held"])),
)  # fmt: skip
plans = st.builds(
    lambda do, where, place, down: Plan(do, tuple(where), told=1, by=2, place=place, down=down),
    st.sampled_from(["count", "sum", "largest", "smallest", "distinct", "often", "place", "best"]),
    st.lists(conditions, max_size=3),
    st.integers(0, 3),
    st.booleans(),
)


def in_pandas(where: Where, frame: pd.DataFrame) -> pd.Series:
    """The rows that meet a condition, by pandas."""
    tons = frame["Tons"]
    met = {
        "is": frame["Port"] == where.text,
        "above": tons > where.low,
        "below": tons < where.low,
        "least": tons >= where.low,
        "most": tons <= where.low,
        "between": tons.between(where.low, where.high),
        "empty": tons.isna() | (tons == 0),
        "held": tons.notna() & (tons != 0),
    }[where.test]
    known = frame["Port"].notna() if where.column == 1 or where.test in {"empty", "held"} else tons.notna()
    return (~met if where.negated else met) & known


def expected(plan: Plan, inside: pd.DataFrame) -> list[str] | None:
    """What a plan comes to, by pandas; ``None`` for nothing."""
    if inside.empty:
        return None
    tons = inside["Tons"].dropna()
    if plan.do in {"sum", "largest", "smallest", "best"} and tons.empty:
        return None
    if plan.do == "best":
        order = inside.dropna(subset=["Tons"]).sort_values("Tons", ascending=not plan.down, kind="stable")
        if len(order) < max(2, plan.place + 1):
            return None
        tied = order[order["Tons"] == order["Tons"].iloc[plan.place]]
        return list(dict.fromkeys(tied["Port"]))
    if plan.do in {"largest", "smallest"}:
        order = tons.sort_values(ascending=not plan.down)
        return [f"{order.iloc[plan.place]:.0f}"] if plan.place < len(order) else None
    if plan.do == "place":
        return [inside["Port"].iloc[plan.place]] if plan.place < len(inside) else None
    if plan.do == "often":
        sizes = inside.groupby("Port", sort=False).size()
        met = sizes[sizes >= plan.place] if plan.down else sizes[sizes == plan.place]
        return list(met.index) if 0 < len(met) < len(sizes) else None
    by = {"count": len(inside), "sum": tons.sum(), "distinct": inside["Port"].nunique()}
    return [f"{by[plan.do]:.0f}"]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(ports, st.one_of(st.none(), figures)), min_size=3, max_size=12), plans)
def test_any_plan_over_any_table_is_what_pandas_says(made: list[tuple[str, int | None]], plan: Plan) -> None:
    lines = [[f"Ship{chr(97 + n)}", p, "" if t is None else str(t)] for n, (p, t) in enumerate(made)]
    table = stored([["Name", "Port", "Tons"], *lines])[0][0]
    if table.names != ("Name", "Port", "Tons") or table.column(2).kind != "number":
        return
    frame = pd.DataFrame({"Port": [p for p, _ in made], "Tons": pd.to_numeric(pd.Series([t for _, t in made]))})
    for where in plan.where:
        frame = frame[in_pandas(where, frame)]
    outcome = run(plan, table)
    assert (list(outcome.said) if outcome else None) == expected(plan, frame), plan


GAMES = [
    ("Week", "Opponent", "Score", "Medals", "Time"),
    ("1", "Alba", "21–17", "2", "1:58.2"),
    ("2", "at Brisk", "10–24", "0", "2:01.0"),
    ("3", "Comet", "35–14", "1", "2:03.5"),
    ("4", "Alba", "20–20", "", "1:59.9"),
    ("5", "Dawn", "8–7", "3", "2:00.4"),
    ("6", "Brisk", "3–31", "1", "2:00.4"),
]
KINDS: list[tuple[str, Where]] = [
    ("How many games were won by more than 3 points?", Where(2, "margin", low=4, high=1e9)),
    ("In which week did they win no medals?", Where(3, "empty")),
    ("How many games took less than two minutes?", Where(4, "below", low=120)),
    ("Who did they play in the first three games?", Where(1, "top", low=3)),
    ("How often did they play Brisk?", Where(1, "has", "brisk")),
    ("What was played in the same time as Dawn?", Where(4, "is", "2:00.4")),
]


@pytest.mark.parametrize(("question", "where"), KINDS)
def test_what_is_asked_of_the_rows_becomes_a_condition(question: str, where: Where) -> None:
    (table, *_), _ = stored(GAMES)
    assert where in [m.where for m in asked(question, table).matches]


GROUPS: list[tuple[Plan, tuple[str, ...]]] = [
    (Plan("often", told=1, place=2, down=False), ("Alba",)),
    (Plan("often", told=4, place=2), ("2:00.4",)),
    (Plan("count", (Where(1, "top", low=-2),)), ("2",)),
    (Plan("count", (Where(2, "margin", low=4, high=1e9),)), ("4",)),
    (Plan("more", (Where(1, "is", "comet"),), by=3, other=(Where(1, "is", "dawn"),)), ("no",)),
    (Plan("more", (Where(1, "is", "comet"),), by=3, other=(Where(1, "is", "dawn"),), down=False), ("yes",)),
    (Plan("count", (Where(3, "empty"),)), ("2",)),
]


@pytest.mark.parametrize(("plan", "said"), GROUPS)
def test_groups_margins_and_one_row_against_another(plan: Plan, said: tuple[str, ...]) -> None:
    (table, *_), text = stored(GAMES)
    outcome = run(plan, table)
    assert outcome is not None
    assert outcome.said == said
    assert say(plan, outcome, table, "games.csv", (), text, "games") is not None
    assert run(Plan("count", (Where(1, "margin", low=1, high=9),)), table) is None


def test_groups_of_columns_side_by_side_are_one_table() -> None:
    (table,), text = stored(
        [("Mayor", "Term", "Mayor", "Term"), ("Ada Berg", "1900", "Cleo Dahl", "1920"), ("Bo Lund", "1910", "", "")]
    )
    assert table.names == ("Mayor", "Term")
    assert [table.cell(r, 0) for r in table.body] == ["Ada Berg", "Bo Lund", "Cleo Dahl"]
    assert table.span(2, 1).of(text) == "1920"


def test_a_table_of_several_kinds_is_not_turned() -> None:
    rows = [("Name", "Port", "Tons"), ("Alba", "Oslo", "12"), ("Brisk", "Bergen", "30"), ("Comet", "Oslo", "9")]
    assert [t.is_turned for t in stored(rows)[0]] == [False]


PEOPLE = [
    ("Rank", "Rider", "Country", "Points"),
    ("1", "Piet Vos", "Netherlands", "31"),
    ("2", "Jan Bos", "Belgium", "29"),
    ("3", "Eva Roos", "Netherlands", "22"),
    ("4", "Kari Lie", "Norway", "14"),
    ("5", "Ana Gil", "Spain", "9"),
]
ASKED: list[tuple[str, str]] = [
    ("How many Dutch riders are there?", "2"),
    ("Which rider came right after Jan Bos?", "Eva Roos"),
    ("How many points did Kari Lie get?", "14"),
    ("Which country is Ana Gil from?", "Spain"),
    ("Who had more points, Kari Lie or Ana Gil?", "Kari Lie"),
    ("What is the difference in points between Piet Vos and Ana Gil?", "22"),
]


@pytest.mark.parametrize(("question", "short"), ASKED)
def test_questions_as_people_ask_them(question: str, short: str) -> None:
    answer, _, chance = told(question, PEOPLE)
    assert answer.short == short
    assert chance >= weights()["below"]


QUESTIONS: list[tuple[str, str]] = [
    ("How many ships are from Oslo?", "3"),
    ("Which ship has the most tons?", "Eider"),
    ("What is the port of Brisk?", "Bergen"),
    ("Which ship is listed after Brisk?", "Comet"),
    ("What is the difference in tons between Alba and Comet?", "250"),
    ("How many ships had more than 500 tons?", "3"),
    ("What is the total tons of all ships?", "6,450"),
]


def told(question: str, rows: Sequence[Sequence[str]], about: str = "") -> tuple[Told, str, float]:
    tables, text = stored(rows)
    found = [(c, t) for t in tables for c in candidates(asked(question, t, about), t)]
    best, facts = choice([c for c, _ in found], scores([c for c, _ in found], weights()["plan"]))
    table = next(t for c, t in found if c is best)
    answer = say(best.plan, best.outcome, table, "ships.csv", (), text, "ships")
    assert answer is not None
    return answer, text, sure(facts, weights()["sure"])


@pytest.mark.parametrize(("question", "short"), QUESTIONS)
def test_a_question_becomes_the_right_plan_with_verbatim_footnotes(question: str, short: str) -> None:
    answer, text, chance = told(question, [NAMES, *ROWS])
    assert answer.short == short
    assert chance >= weights()["below"]
    assert answer.citations
    for c in answer.citations:
        assert text[c.quote_start : c.quote_end] == c.quote
        assert answer.text[c.marker_start : c.marker_end] == f"[{c.number}]"


COSTS = [
    ("Thing", "Planned", "Paid"),
    ("Fence", "300", "340"),
    ("Gate", "120", "120"),
    ("Paint", "80", "65"),
    ("Roof", "900", "1010"),
]
GIFTS = [
    ("Giver", "Year", "Sum in euros"),
    ("Mill School", "2021", "350"),
    ("Ada Finch", "2022", "90"),
    ("Mill School", "2023", "800"),
]
STORE = [("Thing", "Quantity", "Room"), ("Chair", "64", "Hall"), ("Ladder", "2", "Attic"), ("Lamp", "9", "Hall")]
VALUED = [("Tool", "Maker", "Value"), ("Saw", "Holt", "150"), ("Lathe", "Ferrum", "900"), ("Drill", "Holt", "80")]
BESIDE: list[tuple[str, list[tuple[str, ...]], str]] = [
    ("Which things cost more than planned?", COSTS, "Fence, Roof"),  # what equals it is not more
    ("Which things stayed under the planned amount?", COSTS, "Paint"),
    ("By how much did the roof exceed its planned cost?", COSTS, "110"),
    ("How many things were over what was planned?", COSTS, "2"),
    ("How much did Mill School give altogether?", GIFTS, "1150"),
    ("How many gifts came in 2022?", GIFTS, "1"),
    ("Who gave the largest gift?", GIFTS, "Mill School"),
    ("How many chairs are there?", STORE, "64"),  # not one row
    ("Which is dearer, the saw or the lathe?", VALUED, "Lathe"),
    ("What are the tools worth together?", VALUED, "1130"),
]


@pytest.mark.parametrize(("question", "rows", "short"), BESIDE)
def test_columns_held_against_each_other_and_amounts_meant(
    question: str, rows: list[tuple[str, ...]], short: str
) -> None:
    answer, text, chance = told(question, rows, "gifts" if rows is GIFTS else "tools")
    assert answer.short == short
    assert chance >= weights()["below"]
    assert all(text[c.quote_start : c.quote_end] == c.quote for c in answer.citations)


UNMET = [
    ("What is the salary of the ladder?", STORE),
    ("How much does a lamp weigh?", STORE),
    ("How many owners does the lathe have?", VALUED),
    ("What was the highest mountain?", GIFTS),
    ("By how much did the paint exceed its planned cost?", COSTS),  # it did not
]


@pytest.mark.parametrize(("question", "rows"), UNMET)
def test_a_thing_asked_for_that_the_table_does_not_hold_makes_it_unsure(
    question: str, rows: list[tuple[str, ...]]
) -> None:
    tables, _ = stored(rows)
    found = [c for t in tables for c in candidates(asked(question, t), t)]
    _, facts = choice(found, scores(found, weights()["plan"]))
    assert sure(facts, weights()["sure"]) < weights()["below"]


def test_a_question_of_another_table_is_not_answered() -> None:
    for question in ("Which album sold the most copies in Japan?", "How many goals did Larsen score against Italy?"):
        tables, _ = stored([NAMES, *ROWS])
        found = [c for t in tables for c in candidates(asked(question, t), t)]
        if found:
            _, facts = choice(found, scores(found, weights()["plan"]))
            assert sure(facts, weights()["sure"]) < weights()["below"], question


def test_a_number_that_its_quotes_do_not_bear_is_not_said() -> None:
    table, text = ships()
    plan = Plan("sum", by=2)
    good = run(plan, table)
    assert good is not None
    assert say(plan, good, table, "a", (), text, "rows") is not None
    assert say(plan, Outcome(("6,451",), good.cells, good.sum), table, "a", (), text, "rows") is None
    assert say(Plan("count"), Outcome(("9",), good.cells), table, "a", (), text, "rows") is None


def test_a_table_of_years_is_read_by_its_columns_too_and_one_of_measures_is_not() -> None:
    assert len(stored(COSTS)[0]) == 1  # "Planned" and "Paid" are no series
    lines = [["Item", "2019", "2020", "2021"], ["Sales", "120", "90", "200"], ["Costs", "80", "95", "70"]]
    tables, text = stored(lines)
    turned = tables[1]
    outcome = run(Plan("best", told=0, by=1), turned)
    assert outcome is not None
    assert outcome.said == ("2021",)
    assert all(turned.span(r, c).of(text) == turned.cell(r, c) for r, c in outcome.cells)
