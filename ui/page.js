// The movement of the chat page: places turns, opens sources, keeps focus where a reader expects it.
// In: HTML made (and escaped) by ui/markup.py. Out: events. It makes no request of its own and evaluates nothing.
window.footnote = (() => {
  "use strict";
  const el = (id) => document.getElementById(id);
  const wide = () => window.matchMedia("(min-width: 900px)").matches;
  let ring = null;      // the events that Gradio listens to
  let current = null;   // the reference of the source that is open
  let opener = null;    // the control that opened it, to return to
  let quiet = false;    // true when a source was opened without anybody asking
  let held = null;      // where the quote stood on the screen before more of its document came
  let asked = null;     // the page whose picture was asked for, of the source that is open; 0 is the one with the quote
  let pressedOn = null; // the name of the button that turned the page: its successor takes the focus
  let folded = null;    // whether the reader put the page's picture away
  let dropped = null;   // the turn that was stopped: late news of it is ignored

  const busy = (on) => document.body.classList.toggle("fn-busy", on);

  function start(events) {
    ring = events;
    document.addEventListener("click", clicked);
    document.addEventListener("keydown", pressed);
    document.addEventListener("keydown", entered, true);
    document.addEventListener("change", (event) => { if (event.target.closest("[data-write]")) ring.write({by: event.target.value}); });
    document.addEventListener("input", (event) => { if (event.target.closest(".filter")) filter(); });
  }

  function clicked(event) {
    const at = (selector) => event.target.closest(selector);
    let control;
    if ((control = at("[data-open]"))) open(control.dataset.open, control);
    else if ((control = at("[data-window]"))) more(Number(control.dataset.window));
    else if ((control = at("[data-ask]"))) ask(control.dataset.ask);
    else if ((control = at("[data-copy]"))) copy(control);
    else if ((control = at("[data-page]"))) turnTo(Number(control.dataset.page), control.ariaLabel || "");
    else if (at("[data-enlarge]")) enlarge();
    else if (at("[data-fold]")) fold();
    else if (at("[data-close]")) close();
    else if (at("[data-shelf]")) shelf();
    else if (at(".fresh")) fresh();
    else if (at("#stop")) stopped();
    else if (at("#ask") && typed()) busy(true);
    else if (event.target.id === "sources" && el("sources").classList.contains("open")) close();
  }

  function pressed(event) {
    if (event.key === "Escape" && el("sources").classList.contains("large")) { enlarge(false); return; }
    if (event.key === "Escape" && (el("sources").classList.contains("open") || el("sources").contains(document.activeElement))) close();
    if (event.key !== "Tab") return;
    if (el("sources").classList.contains("large")) keepInside(event, el("printed"));
    else if (el("sources").classList.contains("open") && !wide()) keepInside(event, el("sources"));
  }

  // The sheet of a small screen, or an enlarged picture, covers the page: focus stays in it until it is closed.
  function keepInside(event, box) {
    const stops = [...box.querySelectorAll("button:not(:disabled), [tabindex]")].filter((one) => one.offsetParent !== null);
    const first = stops[0], last = stops[stops.length - 1];
    if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
    else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
  }

  const typed = () => document.querySelector("#question textarea").value.trim() !== "";

  // One question at a time: while one is being answered, Enter leaves what is typed in its place.
  function entered(event) {
    if (event.key !== "Enter" || event.shiftKey || event.isComposing || !event.target.closest("#question")) return;
    if (document.body.classList.contains("fn-busy")) { event.preventDefault(); event.stopPropagation(); }
    else if (typed()) busy(true);
  }

  function ask(question) {
    if (!document.body.classList.contains("fn-busy")) { busy(true); ring.ask({question}); }
  }

  // --- turns ---

  function turn(html) {
    if (!html) return;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const fresh = holder.content.firstElementChild;
    if (!fresh || fresh.dataset.turn === dropped) return;
    const turns = el("turns"), talk = el("talk");
    const known = [...turns.children].find((one) => one.dataset.turn === fresh.dataset.turn);
    const follow = !known || talk.scrollHeight - talk.scrollTop - talk.clientHeight < 160;
    if (known) known.replaceWith(fresh); else turns.append(fresh);
    document.body.classList.add("fn-talking");
    const growing = fresh.getAttribute("aria-busy") === "true";
    busy(growing);
    el("fresh").querySelector("button").disabled = growing;
    if (follow) reveal(fresh, !known);
    if (!growing) finished(fresh);
  }

  // A short turn is shown whole, a long one from its question.
  function reveal(article, smooth) {
    const talk = el("talk");
    const top = article.offsetTop - talk.offsetTop;
    const target = Math.min(top - 12, top + article.offsetHeight - talk.clientHeight + 24);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (target > talk.scrollTop || top < talk.scrollTop) talk.scrollTo({top: Math.max(target, 0), behavior: smooth && !calm ? "smooth" : "auto"});
  }

  function finished(article) {
    const text = article.querySelector(".reply");
    const table = article.querySelector(".grid"), counts = table && table.querySelector("mark");
    if (counts) {  // the first cell that counts, below the names of the columns and not at an edge
      table.scrollTop = Math.max(0, offsetIn(counts, table) - table.clientHeight / 3);
      table.scrollLeft = Math.max(0, counts.getBoundingClientRect().left - table.getBoundingClientRect().left - table.clientWidth / 3);
    }
    el("said").textContent = text ? (article.querySelector(".text") || text).innerText : "";
    const first = article.querySelector("[data-open]");
    if (first && wide() && !article.classList.contains("refused")) open(first.dataset.open, null);
    else if (first) mark(null);
  }

  function stopped() {
    const article = document.querySelector('#turns [aria-busy="true"]');
    busy(false);
    if (!article) return;
    dropped = article.dataset.turn;
    article.removeAttribute("aria-busy");
    article.classList.remove("pending", "growing");
    article.classList.add("stopped");
    const note = document.createElement("p");
    note.className = "reason";
    note.textContent = "Stopped.";
    article.querySelector(".reply").append(note);
    const again = document.createElement("button");
    again.type = "button";
    again.className = "again";
    again.dataset.ask = article.querySelector(".question").textContent;
    again.textContent = "Ask again";
    const foot = document.createElement("footer");
    foot.className = "meta";
    foot.append(again);
    article.append(foot);
    el("fresh").querySelector("button").disabled = false;
  }

  function fresh() {
    el("turns").replaceChildren();
    document.body.classList.remove("fn-talking");
    el("said").textContent = "New conversation.";
    el("fresh").querySelector("button").disabled = true;
    shelf();
    ring.fresh();
    const box = document.querySelector("#question textarea");
    if (box) box.focus();
  }

  // --- sources ---

  function open(ref, control) {
    opener = control || opener;
    quiet = control === null;
    mark(ref);
    current = ref;
    asked = null;
    enlarge(false);
    ring.open({ref});
  }

  // More of a long document: what is being read stays where it is on the screen.
  function more(window) {
    const pane = el("pane"), quote = pane.querySelector("#quote");
    held = quote ? offsetIn(quote, pane) - pane.scrollTop : -pane.scrollTop;
    ring.open({ref: current, window});
  }

  // Called when the pane holds the source.
  function opened() {
    const sources = el("sources"), pane = el("pane");
    const shown = pane.querySelector("[data-ref]")?.dataset.ref;
    if (current === null || !shown) return;
    if (shown !== current) { ring.open({ref: current}); return; }   // an earlier answer came later
    sources.classList.add("reading");
    sources.querySelector("[data-shelf]").hidden = false;
    if (!quiet) {
      sources.classList.add("open");
      document.body.classList.toggle("fn-sheet", !wide());
    }
    const quote = pane.querySelector("#quote");
    const head = pane.querySelector("h2");
    if (held !== null) {
      pane.scrollTop = (quote ? offsetIn(quote, pane) : 0) - held;
      held = null;
      return;
    }
    turnTo(pane.querySelector("[data-printed]") ? 0 : null);
    pane.scrollTop = 0;
    if (quote) pane.scrollTop = Math.max(0, offsetIn(quote, pane) - pane.clientHeight / 3);
    if (!quiet && (quote || head)) (quote || head).focus({preventScroll: true});
  }

  // --- the printed page ---

  // Asks for the picture of a page; what is there of another source goes at once, so that it is never taken for this one.
  function turnTo(page, button = null) {
    const sources = el("sources"), box = el("printed").querySelector("[data-ref]");
    if (folded === null) folded = window.innerHeight < 640;
    asked = page;
    pressedOn = button;
    sources.classList.toggle("pictured", page !== null);
    sources.classList.toggle("folded", folded);
    if (box && box.dataset.ref !== current) box.replaceChildren();
    if (page !== null) ring.print({ref: current, page});
  }

  // Called when a picture is there; one that is no longer asked for is not shown.
  function printed() {
    const holder = el("printed"), box = holder.querySelector("[data-ref]");
    if (!box || asked === null || current === null) return;
    if (box.dataset.ref !== current) { box.replaceChildren(); ring.print({ref: current, page: asked}); return; }
    labels();
    const sheet = holder.querySelector(".sheet");
    el("sources").classList.toggle("unpictured", !sheet);
    if (!sheet) return;
    toMark(sheet);
    if (pressedOn === null || Number(sheet.dataset.number) !== asked) return;  // the page before is still shown
    const button = holder.querySelector(`[aria-label="${CSS.escape(pressedOn)}"]`);
    (button && !button.disabled ? button : sheet).focus({preventScroll: true});
    pressedOn = null;
  }

  function toMark(sheet) {
    const marked = sheet.querySelector(".quoted") || sheet.querySelector(".also");
    if (!marked) { sheet.scrollTop = 0; return; }
    sheet.scrollTop = Math.max(0, offsetIn(marked, sheet) - sheet.clientHeight / 3);
    const left = marked.getBoundingClientRect().left - sheet.getBoundingClientRect().left + sheet.scrollLeft;
    sheet.scrollLeft = Math.max(0, left - sheet.clientWidth / 4);
  }

  function labels() {
    const large = el("sources").classList.contains("large");
    const bigger = el("printed").querySelector("[data-enlarge]"), away = el("printed").querySelector("[data-fold]");
    if (!bigger || !away) return;
    bigger.textContent = large ? "Smaller" : "Enlarge";
    bigger.setAttribute("aria-pressed", large);
    away.textContent = folded ? "Show" : "Hide";
    away.setAttribute("aria-expanded", !folded);
  }

  function enlarge(large = !el("sources").classList.contains("large")) {
    el("sources").classList.toggle("large", large);
    labels();
    const sheet = el("printed").querySelector(".sheet");
    if (sheet) toMark(sheet);
  }

  function fold() {
    folded = !folded;
    el("sources").classList.toggle("folded", folded);
    labels();
    const sheet = el("printed").querySelector(".sheet");
    if (sheet && !folded) toMark(sheet);
  }

  function offsetIn(node, box) {
    return node.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  }

  // Shows in the conversation which footnote is open: the one of its own turn only.
  function mark(ref) {
    document.querySelectorAll("[data-open].is-open").forEach((one) => one.classList.remove("is-open"));
    if (ref) document.querySelectorAll(`[data-open="${CSS.escape(ref)}"]`).forEach((one) => one.classList.add("is-open"));
  }

  function close() {
    el("sources").classList.remove("open");
    document.body.classList.remove("fn-sheet");
    if (opener && opener.isConnected) opener.focus();
  }

  function shelf() {
    current = null;
    asked = null;
    mark(null);
    el("sources").classList.remove("reading", "pictured", "large");
    el("sources").querySelector("[data-shelf]").hidden = true;
  }

  // Shows the documents whose title, date or path holds every typed word; accents and case do not matter.
  function filter() {
    const field = el("shelf").querySelector(".filter");
    if (!field) return;
    const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    const words = plain(field.value).split(/\s+/).filter(Boolean);
    el("shelf").querySelectorAll(".shelf li").forEach((one) => {
      const text = plain(one.textContent);
      one.hidden = !words.every((word) => text.includes(word));
    });
  }

  // --- copying ---

  async function copy(button) {
    let done = false;
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
      done = true;
    } catch {
      const box = document.createElement("textarea");   // no clipboard without https beyond this machine
      box.value = button.dataset.copy;
      document.body.append(box);
      box.select();
      done = document.execCommand("copy");
      box.remove();
    }
    button.textContent = done ? "Copied" : "Select and copy by hand";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  return {start, turn, opened, printed, filter};
})();
