// The printed page of a PDF below its text: asked for, marked, turned, enlarged, put away.
// In: HTML made by ui/source_page.py. Out: what is seen of the picture.
(() => {
  "use strict";
  const f = window.footnote, {el, offsetIn} = f;
  let asked = null;     // the page whose picture was asked for; 0 is the one with the quote
  let pressedOn = null; // the name of the button that turned the page: its successor takes the focus
  let folded = null;    // whether the reader put the page's picture away

  f.closePicture = () => { asked = null; f.enlarge(false); };

  // Asks for a page; what is there of another source goes at once, so that it is never taken for this one.
  f.turnTo = (page, button = null) => {
    const sources = el("sources"), box = el("printed").querySelector("[data-ref]");
    if (folded === null) folded = window.innerHeight < 640;
    asked = page;
    pressedOn = button;
    sources.classList.toggle("pictured", page !== null);
    sources.classList.toggle("folded", folded);
    if (box && box.dataset.ref !== f.current) box.replaceChildren();
    if (page !== null) f.ring.print({ref: f.current, page, talk: f.talk()});
  };

  // Called when a picture is there; one that is no longer asked for is not shown.
  f.printed = () => {
    const holder = el("printed"), box = holder.querySelector("[data-ref]");
    if (!box || asked === null || f.current === null) return;
    if (box.dataset.ref !== f.current) { box.replaceChildren(); f.ring.print({ref: f.current, page: asked, talk: f.talk()}); return; }
    labels();
    const sheet = holder.querySelector(".sheet");
    el("sources").classList.toggle("unpictured", !sheet);
    if (!sheet) return;
    toMark(sheet);
    if (pressedOn === null || Number(sheet.dataset.number) !== asked) return;  // the page before is still shown
    const button = holder.querySelector(`[aria-label="${CSS.escape(pressedOn)}"]`);
    (button && !button.disabled ? button : sheet).focus({preventScroll: true});
    pressedOn = null;
  };

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

  f.enlarge = (large = !el("sources").classList.contains("large")) => {
    el("sources").classList.toggle("large", large);
    labels();
    const sheet = el("printed").querySelector(".sheet");
    if (sheet) toMark(sheet);
  };

  f.fold = () => {
    folded = !folded;
    el("sources").classList.toggle("folded", folded);
    labels();
    const sheet = el("printed").querySelector(".sheet");
    if (sheet && !folded) toMark(sheet);
  };
})();
