// The turns of a conversation: each is placed, grown, finished, stopped.
// In: HTML made (and escaped) by ui/markup.py. Out: what is seen of the conversation.
(() => {
  "use strict";
  const f = window.footnote, {el, wide} = f;
  let dropped = null;   // the turn that was stopped: late news of it is ignored

  f.turn = (html, restored = false) => {
    if (!html) return;
    const holder = document.createElement("template");
    holder.innerHTML = html;
    const [fresh, notice] = holder.content.children;
    if (!fresh || fresh.dataset.turn === dropped) return;
    if (notice) fresh.append(notice);
    const turns = el("turns"), talk = el("talk");
    f.answered();
    const known = [...turns.children].find((one) => one.dataset.turn === fresh.dataset.turn);
    const follow = !known || talk.scrollHeight - talk.scrollTop - talk.clientHeight < 160;
    if (known) known.replaceWith(fresh); else turns.append(fresh);
    document.body.classList.add("fn-talking");
    const growing = fresh.getAttribute("aria-busy") === "true";
    if (!restored) f.busy(growing);
    f.canBegin(!growing);
    if (growing) { if (follow) reveal(fresh, !known); return; }
    controls(fresh);
    if (restored) return;
    if (follow) reveal(fresh, !known);
    finished(fresh);
  };

  f.canBegin = (can) => document.querySelectorAll(".fresh").forEach((one) => { one.disabled = !can || !el("turns").children.length; });

  // What can be done with a question that was asked.
  function controls(article) {
    const foot = article.querySelector(".meta"), question = article.querySelector(".question");
    if (!foot || !question || foot.querySelector("[data-edit]")) return;
    const add = (name, label, value) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "again";
      button.dataset[name] = value;
      button.textContent = label;
      foot.append(button);
    };
    if (!foot.querySelector("[data-ask]")) add("ask", "Ask again", question.textContent);
    add("edit", "Edit", question.textContent);
    if (article.querySelector(".text")) add("turnLink", "Copy link", article.dataset.turn);
  }

  // A short turn is shown whole, a long one from its question.
  function reveal(article, smooth) {
    const talk = el("talk");
    const top = article.offsetTop - talk.offsetTop;
    const target = Math.min(top - 12, top + article.offsetHeight - talk.clientHeight + 24);
    const calm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (target > talk.scrollTop || top < talk.scrollTop) talk.scrollTo({top: Math.max(target, 0), behavior: smooth && !calm ? "smooth" : "auto"});
  }
  f.reveal = reveal;

  function finished(article) {
    const text = article.querySelector(".reply");
    const table = article.querySelector(".grid"), counts = table && table.querySelector("mark");
    if (counts) {  // the first cell that counts, below the names of the columns and not at an edge
      table.scrollTop = Math.max(0, f.offsetIn(counts, table) - table.clientHeight / 3);
      table.scrollLeft = Math.max(0, counts.getBoundingClientRect().left - table.getBoundingClientRect().left - table.clientWidth / 3);
    }
    el("said").textContent = text ? (article.querySelector(".text") || text).innerText : "";
    const first = article.querySelector("[data-open]");
    if (article.classList.contains("refused")) f.toShelf();
    else if (first && wide()) f.open(first.dataset.open, null);
    else if (first) f.mark(null);
    f.asked();
  }

  // Shown at once, before the server has heard of it.
  f.waiting = (question) => {
    f.answered();
    const article = document.createElement("article");
    article.className = "turn pending";
    article.id = "waiting";
    article.setAttribute("aria-busy", "true");
    const head = document.createElement("h2");
    head.className = "question";
    head.textContent = question;
    article.append(head);
    el("turns").append(article);
    document.body.classList.add("fn-talking");
    reveal(article, true);
  };
  f.answered = () => el("waiting")?.remove();

  f.stopped = () => {
    f.answered();
    const article = document.querySelector('#turns [aria-busy="true"]');
    f.busy(false);
    f.canBegin(true);
    if (!article) return;
    dropped = article.dataset.turn;
    article.removeAttribute("aria-busy");
    article.classList.remove("pending", "growing");
    article.classList.add("stopped");
    const note = document.createElement("p");
    note.className = "reason";
    note.textContent = "Stopped.";
    article.querySelector(".reply").append(note);
    const foot = document.createElement("footer");
    foot.className = "meta";
    article.append(foot);
    controls(article);
  };

  f.forget = () => {
    el("turns").replaceChildren();
    document.body.classList.remove("fn-talking");
    f.busy(false);
    f.canBegin(false);
  };
})();
