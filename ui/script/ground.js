// The ground the page's scripts stand on: what they share, and how they ask the server.
// In: nothing. Out: `footnote`, to which each of the other files adds its part.
window.footnote = (() => {
  "use strict";
  const el = (id) => document.getElementById(id);
  const wide = () => window.matchMedia("(min-width: 900px)").matches;
  const busy = (on) => document.body.classList.toggle("fn-busy", on);
  const isBusy = () => document.body.classList.contains("fn-busy");
  const offsetIn = (node, box) => node.getBoundingClientRect().top - box.getBoundingClientRect().top + box.scrollTop;
  const box = () => document.querySelector("#question textarea");

  // A name nobody guesses, in the shape the server keeps.
  function chance() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    return btoa(String.fromCharCode(...bytes)).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  }

  // What the server says; an error it states in a line is thrown as that line.
  async function call(path, how = {}) {
    const answer = await fetch("/footnote/" + path, how);
    const text = await answer.text();
    if (answer.ok) return text;
    let line = text;
    try { line = JSON.parse(text).error || text; } catch { /* plain text is the line */ }
    throw new Error(line);
  }
  const json = async (path) => JSON.parse(await call(path));
  const tell = async (path, value) =>
    JSON.parse(await call(path, {method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify(value)}));

  function toast(line, undo = null) {
    const place = el("toast");
    place.querySelector("span").textContent = line;
    place.querySelector("[data-undo]").hidden = undo === null;
    placeToast();
    place.hidden = false;
    clearTimeout(toast.timer);
    toast.undo = undo;
    toast.timer = setTimeout(() => { place.hidden = true; toast.undo = null; }, undo ? 10000 : 5000);
  }

  // What covers the page covers no toast, nor keeps the focus from it.
  const placeToast = () => (document.querySelector(".drawer:not([hidden])") || el("trouble").parentElement).append(el("toast"));

  // Focus stays in what covers the page until it is closed.
  function keepInside(event, where) {
    const stops = [...where.querySelectorAll("button:not(:disabled), input, select, summary, [tabindex]")].filter((one) => one.offsetParent !== null);
    const first = stops[0], last = stops[stops.length - 1];
    if (event.shiftKey && document.activeElement === first) { event.preventDefault(); last.focus(); }
    else if (!event.shiftKey && document.activeElement === last) { event.preventDefault(); first.focus(); }
  }

  async function copy(text) {
    try {
      await navigator.clipboard.writeText(text);
      return true;
    } catch {
      const holder = document.createElement("textarea");   // no clipboard without https beyond this machine
      holder.value = text;
      document.body.append(holder);
      holder.select();
      const done = document.execCommand("copy");
      holder.remove();
      return done;
    }
  }

  return {el, wide, busy, isBusy, offsetIn, box, chance, call, json, tell, toast, placeToast, keepInside, copy, ring: null};
})();
