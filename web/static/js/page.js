/* Small comforts; every page works without them. */

/** Move the focus to the summary of errors, so that it is read first. */
function focusErrors() {
  const summary = document.querySelector("[data-error-summary]");
  // Most browsers have done so before, and somebody may have gone on from there.
  if (summary instanceof HTMLElement && document.activeElement === document.body) summary.focus();
}

/** Filters apply as soon as a choice changes; the button stays for keyboards and screen readers. */
function applyFilters() {
  for (const form of document.querySelectorAll("form[data-auto-submit]")) {
    for (const select of form.querySelectorAll("select")) {
      select.addEventListener("change", () => form.requestSubmit());
    }
  }
}

/** Ask before something that cannot be undone. */
function confirmDangers() {
  document.addEventListener("submit", (event) => {
    const question = event.submitter?.dataset.confirm ?? event.target.dataset.confirm;
    if (question && !window.confirm(question)) event.preventDefault();
  });
}

/** A form is sent once, however often its button is pressed. */
function sendOnce() {
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method === "get") return;
    if (form.dataset.sent) {
      event.preventDefault();
      return;
    }
    form.dataset.sent = "yes";
    window.setTimeout(() => delete form.dataset.sent, 8000);
  });
}

/** "/" goes to the search field of the page, or to that of the whole house. */
function searchByKey() {
  document.addEventListener("keydown", (event) => {
    const typing = event.target.closest("input, textarea, select, [contenteditable]");
    if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
    const search = document.querySelector("main input[type=search]") ?? document.querySelector("[data-find]");
    if (!search) return;
    event.preventDefault();
    search.focus();
  });
}

/** The drawer of the navigation and long filters are open on wide screens, closed on narrow ones. */
function fitDrawers() {
  for (const [name, width] of [[".side-menu", "60.01rem"], ["[data-fold]", "45.01rem"]]) {
    const drawer = document.querySelector(name);
    const wide = window.matchMedia(`(min-width: ${width})`);
    if (!drawer) continue;
    const fit = () => {
      drawer.open = wide.matches;
    };
    wide.addEventListener("change", fit);
    fit();
  }
}

/** A menu longer than the window shows where one is: the open entry is scrolled into sight, the page is not. */
function showPlace() {
  const side = document.querySelector(".side");
  const place = side?.querySelector('.nav a[aria-current="page"]');
  const who = side?.querySelector(".who");
  if (!place || !who) return;
  const below = place.getBoundingClientRect().bottom - who.getBoundingClientRect().top;
  if (below > 0) side.scrollTop += below + 16;
}

/** A button that prints the page. */
function printByButton() {
  for (const button of document.querySelectorAll("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

const PRESENCE_MILLISECONDS = 20_000;

/** Say that this round is open here, and show who else has it open. */
function showPresence() {
  const line = document.querySelector("[data-presence]");
  const token = document.querySelector("input[name=csrf_token]")?.value;
  if (!line || !token) return;
  const beat = async () => {
    const headers = { "X-CSRFToken": token, Accept: "application/json" };
    const answer = await fetch(line.dataset.presence, { method: "POST", headers }).catch(() => null);
    if (!answer?.ok) return;
    const { others } = await answer.json();
    line.hidden = others.length === 0;
    line.textContent = line.dataset.presenceWords + others.join(", ");
  };
  beat();
  window.setInterval(beat, PRESENCE_MILLISECONDS);
}

/** What an officer has not sent yet is lost at sign-out: ask before. */
function warnOfUnsent() {
  const form = document.querySelector("form[data-unsent]");
  form?.addEventListener(
    "submit",
    () => {
      if (localStorage.getItem("onedoor-field")) form.dataset.confirm = form.dataset.unsent;
    },
    { capture: true },
  );
}

const LEAVING_MILLISECONDS = 10_000;

/** A page that renews itself does not call back somebody who has already pressed a link on it. */
function letGo() {
  let left = -LEAVING_MILLISECONDS;
  window.addEventListener("beforeunload", () => {
    left = performance.now();
  });
  window.addEventListener("pageshow", () => {
    left = -LEAVING_MILLISECONDS;
  });
  document.addEventListener("htmx:beforeOnLoad", (event) => {
    if (performance.now() - left < LEAVING_MILLISECONDS) event.preventDefault();
  });
}

/** Explanations of controls are fetched only by pages that have some. */
function explainControls() {
  if (document.querySelector("[data-tip], table[data-board]")) import("./tips.js");
}

focusErrors();
explainControls();
letGo();
warnOfUnsent();
applyFilters();
confirmDangers();
sendOnce();
searchByKey();
fitDrawers();
showPlace();
printByButton();
showPresence();
