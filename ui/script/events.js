// What goes on behind the page: models that load, documents that are read, a library that changes, a server that is gone.
// In: one stream of events. Out: the status, the bar, the shelf and the questions to begin with, each when it has news.
(() => {
  "use strict";
  const f = window.footnote, {el} = f;
  let generation = null, boot = null, offered = null, failing = null;

  f.listen = () => {
    const stream = new EventSource("/footnote/events");
    stream.onmessage = (event) => { clearTimeout(failing); failing = null; f.found(); news(JSON.parse(event.data)); };
    stream.onerror = () => {
      if (!failing) failing = setTimeout(f.lost, 1200);   // a stream that is renewed at once is no loss
      if (stream.readyState === EventSource.CLOSED) setTimeout(f.listen, 2000);
    };
  };

  function news(state) {
    boot = boot || state.boot;
    status(state);
    f.setReadOnly(state.read_only);
    f.onTheWay(state.items);
    const empty = state.documents === 0;
    document.querySelector(".offer").hidden = !empty || state.read_only || Boolean(state.running?.total);
    document.querySelector(".welcome").hidden = empty && !state.read_only;
    reading(state);
    const trouble = state.trouble && !(empty && state.phase === "loading") ? state.trouble : "";
    el("trouble").hidden = !trouble;
    el("trouble").textContent = trouble;
    if (state.generation !== generation) { generation = state.generation; f.shelf(); }
    const wanted = `${state.generation} ${state.phase}`;
    if (state.phase === "ready" && !state.running && wanted !== offered) { offered = wanted; examples(); }
  }

  function status(state) {
    const place = el("status"), many = (count, word) => `${count.toLocaleString("en")} ${word}${count === 1 ? "" : "s"}`;
    const line = document.createElement("p"), number = document.createElement("b"), rest = document.createElement("span");
    const [count, ...words] = many(state.documents, "document").split(" ");
    number.textContent = count;
    rest.className = "wide-only";
    rest.textContent = ` · ${many(state.passages, "passage")}`;
    line.append(number, ` ${words.join(" ")}`, rest);
    if (state.phase === "loading" && state.documents) line.append(" · loading");
    if (place.textContent !== line.textContent) place.replaceChildren(line);
  }

  function reading(state) {
    const place = el("reading"), run = state.running;
    place.hidden = !run;
    if (!run) return;
    const total = run.total + f.coming();
    const told = run.total ? `${run.done} of ${total} read` : "Looking at the files";
    const line = run.name && run.total ? `${told} · ${run.name.split("/").pop()}` : told;
    if (place.firstElementChild.textContent !== line) place.firstElementChild.textContent = line;
    const bar = place.querySelector("progress");
    if (run.total) { bar.max = total; bar.value = run.done; } else bar.removeAttribute("value");
  }

  async function examples() {
    try { el("examples").innerHTML = await f.call("examples"); } catch (error) { if (!(error instanceof TypeError)) el("examples").textContent = ""; }
  }
})();
