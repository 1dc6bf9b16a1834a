/* What a control does, beside it: while the pointer rests on it or the keyboard is on it, until Esc. Knows no page.

A finger has no hover: what is said here stands on the page too, behind a line that opens. */

const REST_MS = 300;
const LEAVE_MS = 150;
const GAP = 6;

const bubble = Object.assign(document.createElement("div"), { className: "tip no-print", id: "tip", hidden: true });
bubble.setAttribute("role", "tooltip");
let over = null;
let waiting = 0;

function place(element) {
  const box = element.getBoundingClientRect();
  const wide = bubble.offsetWidth;
  const high = bubble.offsetHeight;
  const below = box.bottom + GAP + high <= window.innerHeight;
  bubble.style.left = `${Math.max(GAP, Math.min(box.left, window.innerWidth - wide - GAP))}px`;
  bubble.style.top = `${below ? box.bottom + GAP : Math.max(GAP, box.top - GAP - high)}px`;
}

function show(element) {
  hide();
  if (!element.isConnected || !element.dataset.tip) return;
  over = element;
  bubble.textContent = element.dataset.tip;
  // Modal dialogs lie above everything else on the page, so the bubble goes into the one it belongs to.
  (element.closest("dialog") ?? document.body).append(bubble);
  bubble.hidden = false;
  place(element);
  if (!("tipSeen" in element.dataset) && !element.hasAttribute("aria-describedby")) {
    element.setAttribute("aria-describedby", bubble.id);
  }
}

function hide() {
  window.clearTimeout(waiting);
  if (over?.getAttribute("aria-describedby") === bubble.id) over.removeAttribute("aria-describedby");
  over = null;
  bubble.hidden = true;
}

function soon(act, milliseconds) {
  window.clearTimeout(waiting);
  waiting = window.setTimeout(act, milliseconds);
}

document.addEventListener("pointerover", (event) => {
  if (event.pointerType !== "mouse") return;
  if (bubble.contains(event.target)) {
    window.clearTimeout(waiting);
    return;
  }
  const element = event.target.closest?.("[data-tip]");
  if (element === over && element) window.clearTimeout(waiting);
  else if (element && event.buttons === 0) soon(() => show(element), REST_MS);
  else soon(hide, LEAVE_MS);
});
document.addEventListener("focusin", (event) => {
  const element = event.target.closest?.("[data-tip]");
  if (element?.matches(":focus-visible")) show(element);
  else hide();
});
document.addEventListener("focusout", hide);
document.addEventListener("pointerdown", hide);
document.addEventListener("scroll", hide, { capture: true, passive: true });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && over) hide();
});
