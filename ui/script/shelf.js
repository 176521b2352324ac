// The shelf: the documents, found and ordered by the server, and which of them may answer.
// In: HTML made (and escaped) by ui/shelf.py. Out: what is shown, and the scope of the next question.
(() => {
  "use strict";
  const f = window.footnote, {el} = f;
  const chosen = new Set();   // the sources that may answer; all where it is empty
  let asked = 0, most = 200, timer = null;

  f.shelf = async () => {
    const mine = ++asked, books = el("books"), value = (name) => books.querySelector(name)?.value || "";
    const query = new URLSearchParams({words: value(".filter"), kind: value("[data-kind]"), order: value("[data-order]") || "title", most});
    try {
      const html = await f.call(`shelf?${query}`);
      if (mine !== asked) return;   // a later question was put
      const focused = document.activeElement?.matches?.("#books .filter") ? document.activeElement.selectionStart : null;
      const typed = value(".filter");
      books.innerHTML = html;
      const field = books.querySelector(".filter");
      if (field) field.value = typed;
      if (field && focused !== null) { field.focus(); field.setSelectionRange(focused, focused); }
      books.querySelectorAll("[data-scope]").forEach((one) => { one.checked = chosen.has(one.dataset.scope); });
    } catch (error) { if (mine === asked && !(error instanceof TypeError)) books.textContent = error.message; }
  };

  f.shelfSoon = () => { clearTimeout(timer); most = 200; timer = setTimeout(f.shelf, 150); };
  f.shelfMore = (many) => { most = many; f.shelf(); };

  f.inside = () => [...chosen];
  f.scope = (source, on) => {
    if (on) chosen.add(source); else chosen.delete(source);
    const place = el("scope");
    place.replaceChildren();
    place.hidden = !chosen.size;
    if (!chosen.size) return;
    const names = [...chosen].map((one) => one.split("/").pop());
    const told = document.createElement("b");
    told.textContent = names.length > 2 ? `${names.length} documents` : names.join(", ");
    const all = document.createElement("button");
    all.type = "button";
    all.dataset.unscope = "";
    all.textContent = "Ask all";
    place.append("Asking only ", told, all);
  };
  f.unscope = () => {
    chosen.clear();
    f.scope("", false);
    document.querySelectorAll("[data-scope]").forEach((one) => { one.checked = false; });
  };

  f.original = (source) => {
    const link = document.createElement("a");
    link.href = `/footnote/original?source=${encodeURIComponent(source)}`;
    link.download = "";
    document.body.append(link);
    link.click();
    link.remove();
  };

  // A deed with a document; what the server cannot do it says in a line.
  f.deed = async (deed, source) => {
    try {
      const said = await f.tell("documents", {do: deed, source});
      if (deed === "remove") {
        document.querySelectorAll(`#books [data-source="${CSS.escape(source)}"]`).forEach((one) => one.remove());
        f.scope(source, false);
        f.toast(`${source.split("/").pop()} is removed.`, async () => { await f.tell("documents", {do: "undo", token: said.token}); });
      }
    } catch (error) { f.toast(error.message); }
  };
})();
