// Conversations: begun, found again by their address, listed, renamed, deleted, shared, written out.
// In: what the server keeps of this visitor. Out: the conversation on the page and its address.
(() => {
  "use strict";
  const f = window.footnote, {el} = f;
  let talk = null, own = true, privately = false;

  f.talk = () => talk || "";
  f.isPrivate = () => privately;
  f.setPrivate = (on) => { privately = on; document.body.classList.toggle("fn-private", on); f.fresh(); };

  // The conversation that a question belongs to; the first question begins one.
  f.begin = () => {
    if (talk && own) return talk;
    if (!own) f.forget();
    talk = f.chance();
    own = true;
    if (!privately) history.pushState({}, "", `/c/${talk}`);
    return talk;
  };

  f.fresh = () => {
    f.ring.fresh();
    f.forget();
    talk = null;
    own = true;
    f.toShelf();
    el("said").textContent = "New conversation.";
    if (location.pathname !== "/") history.pushState({}, "", "/");
    f.box()?.focus();
  };

  // Shows what the address names: a conversation, a turn of it and its footnote, or a passage.
  f.arrive = async () => {
    const sent = new URLSearchParams(location.search).get("talk");
    if (sent) history.replaceState({}, "", `/c/${sent}${location.hash}`);
    const [, wanted] = location.pathname.match(/^\/c\/([\w-]{22})\/?$/) || [];
    if (wanted && wanted !== talk) await restore(wanted);
    else if (!wanted && talk && !privately) { f.forget(); talk = null; own = true; }
    const [, turn, note] = location.hash.match(/^#t(\d+)(?:-(\d+))?$/) || [];
    if (turn) {
      const article = el("turns").children[Number(turn) - 1];
      if (article) f.reveal(article, false);
      article?.querySelector(`[data-open][data-n="${Number(note)}"]`)?.click();
    }
    const passage = new URLSearchParams(location.hash.slice(1));
    if (passage.get("doc")) f.open(`at:${passage.get("char") || "0-0"}:${passage.get("doc")}`, f.box());
  };

  async function restore(id) {
    try {
      const kept = await f.json(`talks/${id}`);
      f.forget();
      talk = id;
      own = kept.own;
      for (const html of kept.turns) f.turn(html, true);
      const last = el("turns").lastElementChild;
      if (last) f.reveal(last, false);
      f.canBegin(true);
      el("said").textContent = `${kept.title}: ${kept.turns.length} questions.`;
    } catch (error) { f.toast(error.message); }
  }

  f.turnLink = async (id) => {
    const number = [...el("turns").children].findIndex((one) => one.dataset.turn === id) + 1;
    const address = `${location.origin}/c/${talk}#t${number}`;
    try { if (own && !privately) await f.tell(`talks/${talk}`, {shared: true}); }
    catch (error) { f.toast(error.message); return; }
    const done = await f.copy(address);
    f.toast(done ? "The address is copied. Who has it can read this conversation here." : address);
  };

  // --- the list ---

  f.talks = async () => {
    const list = el("talks");
    try {
      const found = await f.json(`talks?words=${encodeURIComponent(el("recall").value)}`);
      list.replaceChildren(...days(found));
    } catch (error) { list.textContent = error instanceof TypeError ? "" : error.message; }
  };

  function days(found) {
    const rows = [], day = (used) => new Date(used * 1000).toLocaleDateString(undefined, {year: "numeric", month: "long", day: "numeric"});
    let before = "";
    for (const one of found) {
      if (day(one.used) !== before) {
        before = day(one.used);
        const head = document.createElement("li");
        head.className = "day";
        head.textContent = before;
        rows.push(head);
      }
      rows.push(row(one));
    }
    if (!rows.length) {
      const none = document.createElement("li");
      none.className = "day";
      none.textContent = "No conversation is kept.";
      rows.push(none);
    }
    return rows;
  }

  function row(one) {
    const item = document.createElement("li");
    item.dataset.talk = one.id;
    const add = (name, label, hint) => {
      const button = document.createElement("button");
      button.type = "button";
      button.dataset[name] = one.id;
      button.textContent = label;
      if (hint) button.setAttribute("aria-label", `${hint}: ${one.title}`);
      return button;
    };
    const title = add("resume", one.title);
    title.className = "talk";
    if (one.id === talk) title.setAttribute("aria-current", "true");
    const deeds = document.createElement("span");
    deeds.className = "talk-deeds";
    deeds.append(add("rename", "Rename", "Rename"), add("delete", "Delete", "Delete"));
    for (const [kind, label] of [["md", "Markdown"], ["json", "JSON"], ["html", "Print"]]) {
      const link = document.createElement("a");
      link.href = `/footnote/talks/${one.id}/export?as=${kind}`;
      link.textContent = label;
      link.setAttribute("aria-label", `${label}: ${one.title}`);
      if (kind === "html") link.target = "_blank";
      deeds.append(link);
    }
    item.append(title, deeds);
    return item;
  }

  f.resume = async (id) => {
    const covered = history.state?.drawer;   // the drawer's own step back is taken by the conversation
    f.shut(false);
    history[covered ? "replaceState" : "pushState"]({}, "", `/c/${id}`);
    await f.arrive();
  };

  f.rename = (id) => {
    const item = el("talks").querySelector(`[data-talk="${id}"]`), title = item.querySelector(".talk");
    const field = document.createElement("input");
    field.value = title.textContent;
    field.setAttribute("aria-label", "New title");
    title.replaceWith(field);
    field.focus();
    field.select();
    let over = false;
    const done = async (keep) => {
      if (over) return;
      over = true;
      try { if (keep && field.value.trim()) await f.tell(`talks/${id}`, {title: field.value}); }
      catch (error) { f.toast(error.message); }
      await f.talks();
      el("talks").querySelector(`[data-resume="${id}"]`)?.focus();
    };
    field.addEventListener("keydown", (event) => {
      if (event.key === "Enter") done(true);
      if (event.key === "Escape") { event.stopPropagation(); done(false); }
    });
    field.addEventListener("blur", () => done(true));
  };

  f.remove = async (id) => {
    try {
      await f.tell(`talks/${id}`, {deleted: true});
      await f.talks();
      if (id === talk) f.fresh();
      f.toast("The conversation is deleted.", async () => { await f.tell(`talks/${id}`, {deleted: false}); await f.talks(); });
    } catch (error) { f.toast(error.message); }
  };
})();
