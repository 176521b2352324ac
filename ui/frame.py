"""The standing parts of the page as HTML: what is there before any document, question or answer.

Out: strings without a single word of a visitor's or a document's. The script fills what is empty.
"""

from __future__ import annotations

MASTHEAD = '<header class="brand"><h1>Footnote<sup aria-hidden="true">1</sup></h1></header>'

# On a wide screen a part of the masthead, on a small one the bar at the foot of the page.
BAR = (
    '<nav class="bar" aria-label="Page">'
    '<button type="button" data-view="ask" class="small-only">Ask</button>'
    '<button type="button" data-view="library" class="small-only">Library</button>'
    '<button type="button" data-view="history">History</button>'
    '<button type="button" class="fresh" disabled>New<span class="wide-only"> conversation</span></button></nav>'
)

WELCOME = (
    '<section class="welcome"><h2>Ask your documents.</h2>'
    "<p>Every sentence of an answer carries a footnote that opens the exact words it stands on. "
    "What the documents do not say, Footnote does not say either.</p></section>"
    '<section class="offer" hidden><h2>Begin with your documents.</h2>'
    "<p>Drop files or a folder anywhere on this page. They are read where Footnote runs, and stay there.</p>"
    '<p class="ways"><button type="button" class="way primary" data-choose="files">Choose files</button>'
    '<button type="button" class="way" data-choose="folder">Choose a folder</button>'
    '<button type="button" class="way" data-sample>Try the sample</button></p></section>'
    '<div id="examples"></div>'
)

TURNS = '<div id="turns" role="region" aria-label="Conversation"></div><p id="said" role="status"></p>'

# What goes on above the composer: the ingest in work, a server that is gone, something that can be undone.
BANNER = (
    '<div id="reading" hidden><span></span><progress max="1" value="0" aria-label="Read so far"></progress></div>'
    '<p id="gone" role="alert" hidden>Footnote is not running. Your question is kept and sent when it is back.</p>'
    '<p id="trouble" role="alert" hidden></p>'
    '<p id="toast" role="status" hidden><span></span><button type="button" data-undo>Undo</button></p>'
)

BELOW = (
    '<div class="below"><span id="scope" hidden></span><span id="line" hidden></span><label class="private">'
    '<input type="checkbox" data-private><span>Private<span class="wide-only">: keep nothing</span></span></label>'
    '<span id="count" hidden></span><button type="button" data-keys aria-label="The keys">?</button></div>'
)

PANE_HEAD = (
    '<div class="pane-head"><h2>Library</h2><span class="pane-tools">'
    '<button type="button" data-choose="files" data-writes hidden>Add files</button>'
    '<button type="button" data-choose="folder" data-writes hidden class="wide-only">Add a folder</button>'
    '<button type="button" class="shelf-button" data-shelf hidden>All documents</button>'
    '<button type="button" class="close-button" data-close aria-label="Close the library">Close</button></span></div>'
    '<div class="reader-tools" hidden><span class="step"><button type="button" data-step="-1" '
    'aria-label="Footnote before">‹</button><span id="step"></span><button type="button" data-step="1" '
    'aria-label="Next footnote">›</button></span><input type="search" id="find" placeholder="Find" '
    'aria-label="Find in the document"><span id="hits" role="status"></span>'
    '<button type="button" data-quote>Copy quote</button><button type="button" data-link>Copy link</button></div>'
)

SHELF = '<ul id="way" aria-label="Files on their way"></ul><div id="books"></div>'

DRAWER = (
    '<aside id="history" class="drawer" role="dialog" aria-modal="true" aria-label="Conversations" hidden>'
    '<div class="drawer-head"><h2>Conversations</h2><button type="button" data-shut>Close</button></div>'
    '<input type="search" id="recall" placeholder="Find a conversation" aria-label="Find a conversation">'
    '<ul id="talks"></ul></aside>'
    '<aside id="keys" class="drawer" role="dialog" aria-modal="true" aria-label="Keys" hidden>'
    '<div class="drawer-head"><h2>Keys</h2><button type="button" data-shut>Close</button></div><dl>'
    "<dt>Enter</dt><dd>ask; while an answer comes, wait in line</dd><dt>Shift Enter</dt><dd>a new line</dd>"
    "<dt>↑</dt><dd>the question before, in an empty box</dd><dt>/</dt><dd>to the box</dd>"
    "<dt>Esc</dt><dd>stop the answer, or close what is open</dd><dt>?</dt><dd>this list</dd></dl></aside>"
)

DROP = (
    '<div id="drop" hidden><p>Drop to add to the library</p></div>'
    '<input type="file" id="files" multiple hidden><input type="file" id="folder" webkitdirectory hidden>'
)
