// The beginning, and the one place that hears clicks, keys, drops and Back; each other file does its own part.
// In: the events that Gradio listens to. Out: calls.
(() => {
  "use strict";
  const f = window.footnote, {el, wide} = f;
  let returning = null;   // where the focus was before a drawer was opened

  f.start = (ring) => {
    f.ring = ring;
    document.addEventListener("click", clicked);
    document.addEventListener("click", asks, true);
    document.addEventListener("keydown", pressed, true);
    document.addEventListener("input", typed);
    document.addEventListener("change", changed);
    window.addEventListener("popstate", back);
    window.addEventListener("hashchange", () => f.arrive());
    for (const kind of ["dragenter", "dragover", "dragleave", "drop"]) document.addEventListener(kind, dragged);
    f.listen();
    f.arrive();
  };

  // In this order: the first that fits is meant.
  const DEEDS = [
    ["[data-open]", (one) => f.open(one.dataset.open, one)],
    ["[data-window]", (one) => f.more(Number(one.dataset.window))],
    ["[data-ask]", (one) => f.ask(one.dataset.ask)],
    ["[data-edit]", (one) => f.edit(one.dataset.edit)],
    ["[data-turn-link]", (one) => f.turnLink(one.dataset.turnLink)],
    ["[data-copy]", (one) => copied(one)],
    ["[data-page]", (one) => f.turnTo(Number(one.dataset.page), one.ariaLabel || "")],
    ["[data-enlarge]", () => f.enlarge()],
    ["[data-fold]", () => f.fold()],
    ["[data-close]", () => f.close()],
    ["[data-shelf]", () => f.toShelf()],
    ["[data-step]", (one) => f.step(Number(one.dataset.step))],
    ["[data-quote]", () => f.copyQuote()],
    ["[data-link]", () => f.copyLink()],
    ["[data-back]", () => f.takeBack()],
    ["[data-unscope]", () => f.unscope()],
    ["[data-original]", (one) => f.original(one.dataset.original)],
    ["[data-again]", (one) => f.deed("again", one.dataset.again)],
    ["[data-cancel]", (one) => f.deed("cancel", one.dataset.cancel)],
    ["[data-remove]", (one) => f.deed("remove", one.dataset.remove)],
    ["[data-sample]", () => f.deed("sample", "")],
    ["[data-unsend]", (one) => f.cancelSending(one.dataset.unsend)],
    ["[data-resend]", (one) => f.sendAgain(one.dataset.resend)],
    ["[data-most]", (one) => f.shelfMore(Number(one.dataset.most))],
    ["[data-choose]", (one) => el(one.dataset.choose).click()],
    ["[data-resume]", (one) => f.resume(one.dataset.resume)],
    ["[data-rename]", (one) => f.rename(one.dataset.rename)],
    ["[data-delete]", (one) => f.remove(one.dataset.delete)],
    ["[data-undo]", async () => { const undo = f.toast.undo; el("toast").hidden = true; try { await undo?.(); } catch (error) { f.toast(error.message); } }],
    ["[data-view]", (one) => view(one.dataset.view, one)],
    ["[data-keys]", (one) => drawer("keys", one)],
    ["[data-shut]", () => f.shut()],
    [".fresh", () => f.fresh()],
    ["#stop", () => f.stop()],
  ];

  function clicked(event) {
    for (const [selector, deed] of DEEDS) {
      const one = event.target.closest(selector);
      if (one) { deed(one); break; }
    }
    if (event.target.id === "sources" && el("sources").classList.contains("open")) f.close();
    document.querySelectorAll("details.deeds[open]").forEach((one) => { if (!one.contains(event.target)) one.open = false; });
  }

  // Gradio's own button would send what it holds of the box; what is in the box is sent.
  function asks(event) {
    if (event.target.closest("#ask")) { event.preventDefault(); event.stopPropagation(); f.submit(); }
  }

  async function copied(button) {
    const done = await f.copy(button.dataset.copy);
    button.textContent = done ? "Copied" : "Select and copy by hand";
    setTimeout(() => { button.textContent = "Copy"; }, 1600);
  }

  function pressed(event) {
    const inBox = event.target.closest?.("#question"), writing = event.target.matches?.("input, textarea, select");
    if (event.key === "Enter" && inBox && !event.shiftKey && !event.isComposing) { event.preventDefault(); event.stopPropagation(); f.submit(); }
    else if (event.key === "Enter" && event.target.id === "find") { event.preventDefault(); f.nextHit(event.shiftKey ? -1 : 1); }
    else if (event.key === "ArrowUp" && inBox && f.recall()) event.preventDefault();
    else if (event.key === "Escape") escaped();
    else if (event.key === "Tab") tabbed(event);
    else if (!writing && !event.ctrlKey && !event.metaKey && !event.altKey) {
      if (event.key === "/") { event.preventDefault(); f.box().focus(); }
      if (event.key === "?") { event.preventDefault(); drawer("keys", document.activeElement); }
    }
  }

  function escaped() {
    if (document.querySelector(".drawer:not([hidden])")) f.shut();
    else if (el("sources").classList.contains("large")) f.enlarge(false);
    else if (f.isBusy() && !el("sources").contains(document.activeElement)) el("stop").click();
    else if (el("sources").classList.contains("open") || el("sources").contains(document.activeElement)) f.close();
  }

  function tabbed(event) {
    const open = document.querySelector(".drawer:not([hidden])");
    if (open) f.keepInside(event, open);
    else if (el("sources").classList.contains("large")) f.keepInside(event, el("printed"));
    else if (el("sources").classList.contains("open") && !wide()) f.keepInside(event, el("sources"));
  }

  function typed(event) {
    if (event.target.closest("#question")) f.count();
    if (event.target.matches("#books .filter")) f.shelfSoon();
    if (event.target.id === "find") f.find(event.target.value);
    if (event.target.id === "recall") f.talks();
  }

  function changed(event) {
    const one = event.target;
    if (one.matches("[data-kind], [data-order]")) f.shelf();
    if (one.matches("[data-scope]")) f.scope(one.dataset.scope, one.checked);
    if (one.matches("[data-private]")) f.setPrivate(one.checked);
    if (one.id === "files" || one.id === "folder") {
      f.add([...one.files].map((file) => [file.webkitRelativePath || file.name, file]));
      one.value = "";
    }
  }

  function dragged(event) {
    if (!event.dataTransfer?.types.includes("Files") || !f.canAdd()) return;
    event.preventDefault();
    el("drop").hidden = event.type === "drop" || (event.type === "dragleave" && event.relatedTarget !== null);
    if (event.type === "drop") f.dropped(event.dataTransfer).then(f.add, (error) => f.toast(String(error.message || error)));
  }

  // --- drawers and the bar of a small screen ---

  function drawer(name, from) {
    f.shut();
    returning = from;
    el(name).hidden = false;
    document.body.classList.add("fn-drawer");
    if (!wide()) history.pushState({drawer: true}, "");
    el(name).querySelector("input, button").focus();
    if (name === "history") f.talks();
  }

  f.shut = (goBack = true) => {
    const open = document.querySelector(".drawer:not([hidden])");
    if (!open) return;
    open.hidden = true;
    f.placeToast();
    document.body.classList.remove("fn-drawer");
    if (goBack && history.state?.drawer) history.back();
    if (returning?.isConnected) returning.focus();
  };

  function view(name, from) {
    if (name === "history") { f.close(false); drawer("history", from); return; }
    f.shut();
    if (name === "ask") { f.close(); f.box().focus(); return; }
    f.toShelf();
    f.sheet(true);
    el("sources").querySelector("[data-close]").focus();
  }

  function back() {
    f.shut(false);
    if (el("sources").classList.contains("open")) f.close(false);
    f.arrive();
  }
})();
