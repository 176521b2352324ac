// The tools of the reader: step through the footnotes of a turn, find words, copy the quote or its address.
// In: what is open in the pane. Out: marks on the words found, text on the clipboard.
(() => {
  "use strict";
  const f = window.footnote, {el} = f;
  let found = [], at = -1;

  // The footnotes of the turn that the open one belongs to, in their order.
  function row() {
    const [turn, which] = (f.current || "").split(":");
    if (turn === "doc" || !which?.startsWith("c")) return [];
    return [...new Set([...document.querySelectorAll(`.footnotes [data-open^="${CSS.escape(turn)}:c"]`)].map((one) => one.dataset.open))];
  }

  f.readerTools = () => {
    const tools = el("sources").querySelector(".reader-tools"), all = row(), place = all.indexOf(f.current);
    tools.hidden = !el("pane").querySelector(".document");
    tools.querySelector(".step").hidden = all.length < 2;
    el("step").textContent = all.length > 1 ? `${place + 1} of ${all.length}` : "";
    const quote = el("pane").querySelector("#quote");
    tools.querySelector("[data-quote]").hidden = !quote;
    tools.querySelector("[data-link]").hidden = !el("pane").querySelector("[data-at]");
    el("find").value = "";
    find("");
  };

  f.step = (by) => {
    const all = row(), next = all[all.indexOf(f.current) + by];
    if (next) f.open(next, document.activeElement);
  };

  // Marks every place; the browser draws them, so that the text and its offsets stay as they are.
  function find(words) {
    const pane = el("pane").querySelector(".document");
    found = [];
    at = -1;
    if (window.CSS?.highlights) CSS.highlights.delete("found");
    if (!pane || words.trim().length < 2) { el("hits").textContent = ""; return; }
    const wanted = words.toLowerCase(), walker = document.createTreeWalker(pane, NodeFilter.SHOW_TEXT);
    while (walker.nextNode() && found.length < 500) {
      const text = walker.currentNode.textContent.toLowerCase();
      for (let i = text.indexOf(wanted); i >= 0 && i + wanted.length <= walker.currentNode.length; i = text.indexOf(wanted, i + wanted.length)) {
        const range = new Range();
        range.setStart(walker.currentNode, i);
        range.setEnd(walker.currentNode, i + wanted.length);
        found.push(range);
      }
    }
    if (window.CSS?.highlights && found.length) CSS.highlights.set("found", new Highlight(...found));
    el("hits").textContent = found.length ? `${found.length} found` : "none";
    nextHit(1);
  }
  f.find = find;

  function nextHit(by) {
    if (!found.length) return;
    at = (at + by + found.length) % found.length;
    const pane = el("pane"), place = found[at].getBoundingClientRect();
    pane.scrollTop += place.top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
    el("hits").textContent = `${at + 1} of ${found.length}`;
  }
  f.nextHit = nextHit;

  f.copyQuote = async () => {
    const source = el("pane").querySelector(".source"), marks = [...source.querySelectorAll("mark")].map((one) => one.textContent);
    const page = source.dataset.cited ? `, p. ${source.dataset.cited}` : "";
    const done = await f.copy(`“${marks.join(" ")}” (${source.querySelector("h2").textContent}, ${source.querySelector(".path").textContent}${page})`);
    f.toast(done ? "The quote and its reference are copied." : "Select the quote and copy it by hand.");
  };

  f.copyLink = async () => {
    const at = el("pane").querySelector("[data-at]").dataset.at;
    const done = await f.copy(`${location.origin}/#${at}`);
    f.toast(done ? "The address of this passage is copied." : `${location.origin}/#${at}`);
  };
})();
