// Asking: the box is emptied in the browser and never filled by the server; one question may wait in line.
// In: what is typed. Out: questions, sent when the server is there and no other is being answered.
(() => {
  "use strict";
  const f = window.footnote, {el} = f;
  const LIMIT = 2000, NEAR = 1800;
  let line = null;       // the question that waits until the one before is answered
  let sent = null;       // the question that is being answered
  let gone = false;      // the server does not answer
  const earlier = [];    // questions of this visit, for the arrow key

  const put = (text) => {
    const box = f.box();
    box.value = text;
    box.dispatchEvent(new Event("input", {bubbles: true}));   // Gradio grows the box by it
    count();
  };

  function count() {
    const left = LIMIT - f.box().value.length;
    el("count").hidden = left > LIMIT - NEAR;
    el("count").textContent = `${left} characters left`;
  }
  f.count = count;

  f.submit = () => {
    const question = f.box().value.trim();
    if (!question || (line !== null && (f.isBusy() || gone))) return;
    put("");
    f.ask(question);
  };

  f.ask = (question) => {
    if (earlier.at(-1) !== question) earlier.push(question);
    if (f.isBusy() || gone) { wait(question); return; }
    f.busy(true);
    sent = question;
    const talk = f.begin();
    f.waiting(question);
    const writer = document.querySelector("[data-write]");
    f.ring.ask({question, talk, inside: f.inside(), write: writer?.value !== "none", private: f.isPrivate(), coming: f.coming()});
  };

  function wait(question) {
    line = question;
    const place = el("line");
    place.hidden = question === null;
    place.replaceChildren();
    if (question === null) return;
    const back = document.createElement("button");
    back.type = "button";
    back.dataset.back = "";
    back.textContent = "Take back";
    place.append("Next: ", question.length > 80 ? `${question.slice(0, 80)}…` : question, " ", back);
  }

  f.takeBack = () => { if (line !== null && !f.box().value) put(line); wait(null); f.box().focus(); };

  // The answer is whole: the question in line has its turn.
  f.asked = () => {
    sent = null;
    if (line === null || gone) return;
    const next = line;
    wait(null);
    setTimeout(() => f.ask(next), 0);
  };

  f.edit = (question) => { put(question); f.box().focus(); };
  f.stop = () => { sent = null; f.stopped(); if (line !== null) f.takeBack(); };
  f.recall = () => { if (!f.box().value && earlier.length) { put(earlier.at(-1)); return true; } return false; };

  // --- the server is gone, and comes back ---

  f.lost = () => {
    if (gone) return;
    gone = true;
    el("gone").hidden = false;
    document.body.classList.add("fn-gone");
    if (sent === null) return;
    const question = sent;
    f.stopped();
    document.querySelector("#turns .turn.stopped:last-child")?.remove();
    sent = null;
    if (line === null) wait(question);
  };

  f.found = () => {
    if (!gone) return;
    gone = false;
    el("gone").hidden = true;
    document.body.classList.remove("fn-gone");
    if (line !== null && !f.isBusy()) f.asked();
  };
})();
