// Files on their way into the library: dropped or chosen, sent one after another, and what becomes of each.
// In: files of the visitor's machine; the server's word on each. Out: requests, and the list above the shelf.
(() => {
  "use strict";
  const f = window.footnote, {el} = f;
  const AT_ONCE = 2;
  const waiting = [];         // [name, file]
  const sending = new Map();  // name -> {share, request} or {reason, file}
  let readOnly = true, told = [];

  // How many files the server does not know of yet.
  f.coming = () => [...sending.values()].filter((one) => !one.reason).length;
  f.canAdd = () => !readOnly;
  f.setReadOnly = (on) => {
    readOnly = on;
    document.querySelectorAll("[data-writes]").forEach((one) => { one.hidden = on; });
  };

  f.add = (files) => {
    if (readOnly) { f.toast("This page is read only."); return; }
    for (const [name, file] of files) { sending.set(name, {share: 0}); waiting.push([name, file]); }
    for (let i = 0; i < AT_ONCE; i += 1) next();
    draw();
  };

  function next() {
    if ([...sending.values()].filter((one) => one.request).length >= AT_ONCE || !waiting.length) return;
    const [name, file] = waiting.shift();
    const request = new XMLHttpRequest();   // fetch tells nothing of what is sent
    sending.set(name, {share: 0, request});
    request.open("PUT", `/footnote/documents?name=${encodeURIComponent(name)}`);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable) sending.set(name, {share: event.loaded / event.total, request});
      draw();
    });
    request.addEventListener("loadend", () => {
      let reason = request.status ? "" : "it was not sent";
      if (request.status !== 200 && request.status) {
        try { reason = JSON.parse(request.responseText).error; } catch { reason = request.responseText || `status ${request.status}`; }
      }
      if (reason) sending.set(name, {reason, file}); else sending.delete(name);
      draw();
      next();
    });
    request.send(file);
  }

  f.cancelSending = (name) => {
    const one = sending.get(name);
    sending.delete(name);
    const place = waiting.findIndex((pair) => pair[0] === name);
    if (place >= 0) waiting.splice(place, 1);
    one?.request?.abort();
    sending.delete(name);
    draw();
  };
  f.sendAgain = (name) => { const one = sending.get(name); if (one?.file) f.add([[name, one.file]]); };

  // What a drop holds, folders included.
  f.dropped = async (transfer) => {
    const entries = [...transfer.items].map((one) => one.webkitGetAsEntry?.()).filter(Boolean);
    if (!entries.length) return [...transfer.files].map((file) => [file.name, file]);
    const files = [];
    const walk = async (entry, path) => {
      if (entry.name.startsWith(".")) return;
      if (entry.isFile) files.push([path + entry.name, await new Promise((done, failed) => entry.file(done, failed))]);
      else {
        const reader = entry.createReader();
        for (;;) {
          const some = await new Promise((done, failed) => reader.readEntries(done, failed));
          if (!some.length) break;
          for (const one of some) await walk(one, `${path}${entry.name}/`);
        }
      }
    };
    for (const entry of entries) await walk(entry, "");
    return files;
  };

  const WORDS = {queued: "waiting", reading: "being read", ready: "ready", partly: "not wholly read", failed: "not read", cancelled: "cancelled"};
  f.onTheWay = (items) => { told = items; draw(); };

  function draw() {
    const list = el("way"), rows = [];
    for (const [name, one] of sending) {
      const state = one.reason ? "failed" : one.request ? `sent ${Math.round(one.share * 100)} %` : "waiting to be sent";
      rows.push(row(name, one.reason ? "failed" : "sending", one.reason ? "not sent" : state, one.reason, one.reason ? ["resend", "Retry"] : ["unsend", "Cancel"]));
    }
    for (const one of told) {
      const control = {queued: ["cancel", "Cancel"], reading: ["cancel", "Cancel"], failed: ["again", "Retry"]}[one.state];
      rows.push(row(one.source, one.state, WORDS[one.state], one.reason, control));
    }
    list.replaceChildren(...rows);
  }

  function row(name, state, word, reason, control) {
    const item = document.createElement("li"), title = document.createElement("b"), how = document.createElement("span");
    item.dataset.state = state;
    title.textContent = name;
    how.textContent = reason ? `${word}: ${reason}` : word;
    item.append(title, how);
    if (control) {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset[control[0]] = name;
      button.textContent = control[1];
      button.setAttribute("aria-label", `${control[1]}: ${name}`);
      item.append(button);
    }
    return item;
  }
})();
