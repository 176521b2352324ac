// The pane beside the conversation: a footnote opens in its document, a document from its start.
// In: HTML made (and escaped) by ui/source_page.py. Out: what is open, and where the focus goes.
(() => {
  "use strict";
  const f = window.footnote, {el, wide, offsetIn} = f;
  let opener = null;    // the control that opened the source, to return to
  let quiet = false;    // true when a source was opened without anybody asking
  let held = null;      // where the quote stood on the screen before more of its document came
  f.current = null;     // the reference of the source that is open

  f.open = (ref, control) => {
    opener = control || opener;
    quiet = control === null;
    f.mark(ref);
    f.current = ref;
    f.closePicture();
    f.ring.open({ref, talk: f.talk()});
  };

  // More of a long document: what is being read stays where it is on the screen.
  f.more = (window) => {
    const pane = el("pane"), quote = pane.querySelector("#quote");
    held = quote ? offsetIn(quote, pane) - pane.scrollTop : -pane.scrollTop;
    f.ring.open({ref: f.current, window, talk: f.talk()});
  };

  // Called when the pane holds the source.
  f.opened = () => {
    const sources = el("sources"), pane = el("pane");
    const shown = pane.querySelector("[data-ref]")?.dataset.ref;
    if (f.current === null || !shown) return;
    if (shown !== f.current) { f.ring.open({ref: f.current, talk: f.talk()}); return; }   // an earlier answer came later
    sources.classList.add("reading");
    sources.querySelector("[data-shelf]").hidden = false;
    if (!quiet) f.sheet(true);
    const quote = pane.querySelector("#quote");
    const head = pane.querySelector("h2");
    f.readerTools();
    if (held !== null) {
      pane.scrollTop = (quote ? offsetIn(quote, pane) : 0) - held;
      held = null;
      return;
    }
    f.turnTo(pane.querySelector("[data-printed]") ? 0 : null);
    pane.scrollTop = 0;
    if (quote) pane.scrollTop = Math.max(0, offsetIn(quote, pane) - pane.clientHeight / 3);
    if (!quiet && (quote || head)) (quote || head).focus({preventScroll: true});
  };

  // Shows in the conversation which footnote is open: the one of its own turn only.
  f.mark = (ref) => {
    document.querySelectorAll("[data-open].is-open").forEach((one) => one.classList.remove("is-open"));
    if (ref) document.querySelectorAll(`[data-open="${CSS.escape(ref)}"]`).forEach((one) => one.classList.add("is-open"));
  };

  // On a small screen the pane is a sheet over the conversation, which Back closes.
  f.sheet = (on) => {
    const sources = el("sources"), was = sources.classList.contains("open");
    sources.classList.toggle("open", on);
    document.body.classList.toggle("fn-sheet", on && !wide());
    if (on && !was && !wide()) history.pushState({sheet: true}, "");
  };

  f.close = (back = true) => {
    const sources = el("sources"), was = sources.classList.contains("open");
    f.sheet(false);
    if (was && back && !wide() && history.state?.sheet) history.back();
    if (opener && opener.isConnected) opener.focus();
  };

  f.toShelf = () => {
    f.current = null;
    f.closePicture();
    f.mark(null);
    el("sources").classList.remove("reading", "pictured", "large");
    el("sources").querySelector("[data-shelf]").hidden = true;
    el("sources").querySelector(".reader-tools").hidden = true;
  };
})();
