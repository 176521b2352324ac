"""The `rag` command: what was typed becomes settings and a call of one verb.

In: the command line. Out: an exit status: 0 answered (a refusal is an answer), 1 an error, 2 a mistake in what was
typed. Each verb lives in a module of its own that is imported when it runs, so that `rag --help` loads no model.
"""

from __future__ import annotations

import argparse
import difflib
import io
import os
import pkgutil
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NoReturn

from rag.config import Settings
from rag.errors import ConfigError, RagError
from rag.store.memory import steady
from ui.flags import add_flags, given

EPILOG = """\
start here:
  rag ingest FOLDER          read the documents of a folder into the library
  rag ask "Who signed it?"   answer with a footnote under every sentence
  rag serve                  the same on a page in your browser

exit status: 0 answered (a refusal is an answer), 1 an error, 2 a mistake in the command line"""


class Parser(argparse.ArgumentParser):
    """An argument parser that names mistakes in one line and what was probably meant."""

    def error(self, message: str) -> NoReturn:
        """Exit with status 2 and one line."""
        verb = self.prog.removeprefix("rag").strip()
        self.exit(2, f"rag: {message}; see: rag {verb + ' ' if verb else ''}--help\n")

    def nearest(self, wrong: str) -> str:
        """Return a hint at the flag that looks like ``wrong``."""
        near = difflib.get_close_matches(wrong.split("=")[0], self._option_string_actions, n=1)
        return f"; did you mean {near[0]}?" if near else ""


@dataclass(frozen=True, slots=True)
class Verb:
    """A word after `rag`: what it does, the function that runs it and the flags it takes."""

    name: str
    help: str
    run: str
    arguments: Callable[[Parser], None]
    settings: tuple[str, ...] = ()


def _workers(parser: Parser) -> None:
    parser.add_argument("--workers", type=int, default=1, metavar="N", help="processes that embed (default 1)")


def _ingest(parser: Parser) -> None:
    _workers(parser)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders")
    parser.add_argument("--dry-run", action="store_true", help="say what would change, write nothing")
    parser.add_argument("--prune", action="store_true", help="allow deletions beyond half of the library")


def _bounds(parser: Parser) -> None:
    parser.add_argument("--in", dest="inside", action="append", default=[], metavar="NAME",
                        help="only this file, folder or title; may be given several times")  # fmt: skip
    parser.add_argument("--type", dest="types", action="append", default=[], metavar="TYPE",
                        help="only files of this type: pdf, mail, slides, .md; may be given several times")  # fmt: skip
    parser.add_argument(
        "--since", default="", metavar="DATE", help="only documents of this day, month or year or later"
    )


def _ask(parser: Parser) -> None:
    parser.add_argument("question", nargs="+", metavar="QUESTION", help="the question; - reads one a line from stdin")
    _bounds(parser)
    parser.add_argument("--save", metavar="FILE", help="keep the answer here, for rag recheck")
    parser.add_argument("--history", metavar="FILE", help='past turns as JSON: [{"question": …, "answer": …}]')


def _search(parser: Parser) -> None:
    parser.add_argument("question", nargs="+", metavar="QUESTION", help="what to search for")
    _bounds(parser)
    parser.add_argument("-k", type=int, default=10, metavar="N", help="passages to show (default 10)")


def _check(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="a text of any kind that ingest reads; - reads standard input")
    _bounds(parser)
    parser.add_argument("--format", choices=("text", "html", "json", "sarif"), default="text", help="default text")
    parser.add_argument("--output", metavar="OUT", help="write here, not to standard output")
    parser.add_argument("--fail-on", default="none", metavar="KINDS",
                        help="exit with 1 on contradicted, partly, not-said (joined by commas) or any")  # fmt: skip


def _recheck(parser: Parser) -> None:
    parser.add_argument("files", nargs="+", metavar="FILE", help="answers that rag ask --save kept")
    parser.add_argument("--update", action="store_true", help="keep the new answer where a footnote fell")


def _show(parser: Parser) -> None:
    parser.add_argument("source", metavar="SOURCE", help="a document, as `rag status --documents` lists it")
    parser.add_argument("--page", type=int, metavar="N", help="one page only, counted from 1")
    parser.add_argument("--picture", metavar="FILE", help="write the page of a PDF as it is printed to this PNG file")


def _status(parser: Parser) -> None:
    parser.add_argument("--documents", action="store_true", help="list the documents")
    parser.add_argument("--failed", action="store_true", help="list the files that could not be read, and why")


def _backup(parser: Parser) -> None:
    parser.add_argument("file", metavar="FILE", help="the copy, a zip archive")


def _watch(parser: Parser) -> None:
    _workers(parser)
    parser.add_argument("paths", nargs="+", metavar="PATH", help="files and folders")


def _serve(parser: Parser) -> None:
    parser.add_argument("--open", action="store_true", help="open the page in the browser")
    parser.add_argument("--no-page", action="store_true", help="serve the doors for programs alone, without the page")
    parser.add_argument("--ingest", nargs="+", metavar="PATH", help="read these files and folders meanwhile")
    parser.add_argument("--read-only", action="store_true", help="let nobody add or remove documents on the page")


def _proxy(parser: Parser) -> None:
    parser.add_argument("--to", required=True, metavar="SPEC", help="the model that writes: openai:NAME@URL, …")
    parser.add_argument("--pass-key", action="store_true", help="the key that a client sends is the model's")


def _token(parser: Parser) -> None:
    parser.add_argument("action", choices=("new", "list", "revoke"), help="what to do")
    parser.add_argument("name", nargs="?", default="", metavar="NAME", help="what to call it; which to revoke")
    parser.add_argument("--scope", action="append", choices=("ask", "read", "write"),
                        help="what it may do; may be given several times (default: ask and read)")  # fmt: skip


def _eval(parser: Parser) -> None:
    parser.add_argument("cases", nargs="?", metavar="CASES", help="JSONL or SQuAD JSON (default: the sample's cases)")
    parser.add_argument("--corpus", metavar="DIR", help="the documents the cases are about")
    parser.add_argument("--split", metavar="NAME", help="only the cases of this split")
    parser.add_argument("--limit", type=int, metavar="N", help="only the first N cases")
    parser.add_argument("--html", metavar="FILE", help="write a report for people here")
    parser.add_argument("--report", metavar="FILE", help="write the report for programs (JSON) here")
    parser.add_argument("--compare", metavar="FILE", help="say what changed since this earlier --report")
    parser.add_argument("--min", action="append", default=[], metavar="NAME=VALUE", help="fail below this figure")


def _calibrate(parser: Parser) -> None:
    parser.add_argument("--questions", type=int, default=200, metavar="N", help="questions to make (default 200)")
    parser.add_argument("--alpha", type=float, default=0.1, metavar="P", help="false answers to allow (default 0.1)")
    parser.add_argument("--seed", type=int, default=0, metavar="N", help="draws the sentences (default 0)")
    parser.add_argument("--plot", metavar="FILE", help="write the picture (SVG) here (default: into the library)")
    parser.add_argument("--force", action="store_true", help="store even what refuses over half of the answerable")
    parser.add_argument("--forget", action="store_true", help="go back to the packaged thresholds, ask nothing")


def _nothing(parser: Parser) -> None:
    """The verb takes no argument of its own."""


_ALL_MODELS = ("models", "answer")
VERBS = (
    Verb("ingest", "read files into the library", "ui.cli_ingest:ingest", _ingest, ("models", "limits")),
    Verb("ask", "answer a question", "ui.cli_ask:ask", _ask, _ALL_MODELS),
    Verb("chat", "ask in conversation, in the terminal", "ui.chat:chat", _nothing, _ALL_MODELS),
    Verb("search", "show the passages nearest to a question", "ui.cli_ask:search", _search, _ALL_MODELS),
    Verb("check", "mark what a text says and the documents do not", "ui.cli_check:check", _check, _ALL_MODELS),
    Verb("recheck", "say whether a kept answer still stands", "ui.cli_recheck:recheck", _recheck, _ALL_MODELS),
    Verb("show", "print a document as the library holds it", "ui.cli_ask:show", _show),
    Verb("status", "say what the library holds", "ui.cli_library:status", _status),
    Verb("doctor", "check the library, read only", "ui.cli_library:doctor", _nothing, ("models",)),
    Verb("rebuild", "make the library's search index anew", "ui.cli_library:rebuild", _workers, ("models",)),
    Verb("backup", "copy the library into one file, also while it is in use", "ui.cli_library:backup", _backup),
    Verb("restore", "make a library of such a file", "ui.cli_library:restore", _backup),
    Verb("watch", "ingest again whenever a file changes", "ui.cli_ingest:watch", _watch, ("models", "limits")),
    Verb("serve", "open the chat page", "ui.cli_serve:serve", _serve, (*_ALL_MODELS, "page", "limits")),
    Verb(
        "proxy", "check what your own model writes, for programs", "ui.cli_proxy:proxy", _proxy, (*_ALL_MODELS, "page")
    ),
    Verb("mcp", "answer an assistant over MCP, on standard input", "ui.cli_mcp:mcp", _nothing, _ALL_MODELS),
    Verb("token", "make, list and revoke tokens for programs", "ui.cli_token:token", _token),
    Verb("eval", "score the answers on questions with known answers", "ui.cli_eval:evaluate", _eval, _ALL_MODELS),
    Verb(
        "calibrate",
        "fit when to refuse on this library's own text",
        "ui.cli_calibrate:calibrate",
        _calibrate,
        _ALL_MODELS,
    ),
)
NAMES = tuple(verb.name for verb in VERBS)


def build_parser() -> Parser:
    """Return the parser of the whole command."""
    parser = Parser(
        prog="rag",
        description="Answers from your documents, with a footnote under every sentence.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--version", action=_ShowVersion, nargs=0, help="print the version")
    parser.add_argument("--library", dest="set_library", metavar="DIR", help="the library's folder (default .rag)")
    parser.add_argument("--json", action="store_true", help="print JSON")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", title="verbs", parser_class=Parser)
    for verb in VERBS:
        sub = verbs.add_parser(verb.name, help=verb.help, description=_sentence(verb.help), allow_abbrev=False)
        verb.arguments(sub)
        sub.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        sub.add_argument("--config", metavar="FILE", default=None, help="a settings file (default rag.toml, if there)")
        add_flags(sub, "library", *verb.settings)
        sub.set_defaults(run=verb.run, parser=sub)
    return parser


class _ShowVersion(argparse.Action):
    """Look the version up in the installed package's metadata when it is asked for, and not before."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> NoReturn:
        from importlib.metadata import version

        print(f"rag {version('footnote-rag')}")
        parser.exit()


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] + "."


def _parse(argv: Sequence[str]) -> argparse.Namespace:
    parser = build_parser()
    if not argv:
        parser.print_help(sys.stderr)
        raise SystemExit(2)
    word = next((a for a in argv if not a.startswith("-")), None)
    if argv[0] == word and word not in NAMES:
        parser.error(_unknown_verb(word))
    args, rest = parser.parse_known_args(argv)
    if args.verb is None:
        parser.error("say what to do: " + ", ".join(NAMES))
    if rest:
        args.parser.error(f"unknown argument {rest[0]}{args.parser.nearest(rest[0])}")
    return args


def _unknown_verb(word: str) -> str:
    if " " in word:
        return f'to ask a question, type: rag ask "{word}"'
    near = difflib.get_close_matches(word, NAMES, n=1, cutoff=0.5)
    return f"no verb {word!r}; " + (f"did you mean: rag {near[0]}?" if near else "verbs: " + ", ".join(NAMES))


def _streams() -> None:
    """Speak UTF-8 whatever the locale, and write line ends as they are."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="replace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(newline="\n")


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status."""
    _streams()
    steady()
    args = _parse(sys.argv[1:] if argv is None else argv)
    try:
        settings = Settings.load(config_file=args.config, **given(args))
        run: Callable[[argparse.Namespace, Settings], int] = pkgutil.resolve_name(args.run)
        return run(args, settings)
    except ConfigError as error:
        return _fail(str(error), 2)
    except RagError as error:
        return _fail(str(error), 1)
    except BrokenPipeError:
        # The reader left (`rag show X | head`). Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _fail("stopped", 130)
    except OSError as error:
        return _fail(str(error), 1)


def _fail(message: str, status: int) -> int:
    print(f"rag: {' '.join(message.split())}", file=sys.stderr)
    return status


if __name__ == "__main__":
    sys.exit(main())
