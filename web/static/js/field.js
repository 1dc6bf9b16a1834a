/*
 * The officer's day in a dead spot. Every form works without this; with it, what cannot be sent is kept on the phone
 * and sent later, each entry under a key of its own, so that the service counts it once.
 */
import { keepPhoto, photoOf, refusal, sweepPhotos } from "./field_photos.js";

const STORE = "onedoor-field";
const PATIENCE_MS = 15000;
const PHOTO_PATIENCE_MS = 120000;
const box = document.querySelector("#unsent");
let sending = false;

/**
 * Entries that wait: {key, url, page, fields, label, at, user, fault, refused, photo}; fields are pairs, as a form may
 * say a name twice. `page`: where the form stands.
 */
function entries() {
  try {
    return JSON.parse(localStorage.getItem(STORE) ?? "[]");
  } catch {
    return [];
  }
}

function keep(list) {
  if (list.length) localStorage.setItem(STORE, JSON.stringify(list));
  else localStorage.removeItem(STORE);
  show();
}

function change(key, values) {
  keep(entries().map((one) => (one.key === key ? { ...one, ...values } : one)));
}

function drop(key) {
  keep(entries().filter((one) => one.key !== key));
  sweepPhotos(entries());
}

/** Show plainly what is not sent yet. */
function show() {
  const list = entries();
  box.hidden = list.length === 0;
  box.querySelector("[data-count]").textContent = String(list.length);
  box.querySelector("[data-list]").replaceChildren(...list.map(line));
}

function line(entry) {
  const item = document.createElement("li");
  const text = document.createElement("span");
  const state = entry.user !== box.dataset.user ? box.dataset.foreign : (entry.fault ?? box.dataset.waiting);
  text.textContent = `${entry.label} · ${new Date(entry.at).toLocaleString()} · ${state}`;
  const button = document.createElement("button");
  button.type = "button";
  button.className = "button tiny";
  button.textContent = box.dataset.drop;
  button.addEventListener("click", () => {
    if (window.confirm(box.dataset.sure)) drop(entry.key);
  });
  item.append(text, ...mending(entry), button);
  return item;
}

/** The way back to the form of an entry that the service refused. */
function mending(entry) {
  if (!entry.refused || !entry.page || entry.user !== box.dataset.user) return [];
  const link = document.createElement("a");
  link.className = "button tiny";
  link.href = `${entry.page}#mend-${entry.key}`;
  link.textContent = box.dataset.mend;
  return [link];
}

/** Ask for a token of the present sign-in; undefined without a network. */
async function token() {
  const answer = await fetch(box.dataset.token, {
    headers: { Accept: "application/json" },
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE_MS),
  });
  return answer.ok ? answer.json() : { status: answer.status };
}

/** The body of an entry; undefined when its photo is gone from this phone. */
async function bodyOf(entry, csrf) {
  const pairs = Array.isArray(entry.fields) ? entry.fields : Object.entries(entry.fields);
  const all = [...pairs, ["csrf_token", csrf], ["device_at", entry.at]];
  if (!entry.photo) return new URLSearchParams(all);
  const photo = await photoOf(entry.key);
  if (!photo) return undefined;
  const body = new FormData();
  for (const [name, value] of all) body.append(name, value);
  body.append("photo", photo, entry.photo.name);
  return body;
}

/** Send one entry: "sent", "later" (no network, or the service is down), or the words of a refusal. */
async function send(entry) {
  try {
    const found = await token();
    if (found.status === 401 || found.status === 302) return { fault: box.dataset.signin };
    if (!found.csrf) return { later: true };
    if (found.user !== entry.user) return { fault: box.dataset.foreign };
    const body = await bodyOf(entry, found.csrf);
    if (!body) return { fault: box.dataset.gone, refused: true };
    const answer = await fetch(entry.url, {
      method: "POST",
      body,
      headers: { Accept: "application/json", "Idempotency-Key": entry.key },
      signal: AbortSignal.timeout(entry.photo ? PHOTO_PATIENCE_MS : PATIENCE_MS),
    });
    if (answer.ok) return { sent: true, where: (await answer.json()).where };
    if (answer.status >= 500 || answer.status === 429) return { later: true };
    const problem = await answer.json();
    const details = (problem.errors ?? []).map((one) => one.detail).join(" ");
    return { fault: box.dataset.refused + (details || problem.title), refused: true };
  } catch {
    return { later: true };
  }
}

/** Send what waits, in its order: a result goes after the arrival that it needs. */
async function sendAll() {
  if (sending) return;
  sending = true;
  let some = false;
  try {
    for (const entry of entries()) {
      if (entry.user !== box.dataset.user) continue;
      const outcome = await send(entry);
      if (outcome.later) break;
      if (outcome.sent) {
        some = true;
        drop(entry.key);
      } else {
        change(entry.key, { fault: outcome.fault, refused: outcome.refused });
        if (!outcome.refused) break;
      }
    }
  } finally {
    sending = false;
  }
  if (some && entries().length === 0) location.reload();
}

function faults(form, text) {
  const place = form.querySelector("[data-faults]");
  place.hidden = !text;
  place.textContent = text ?? "";
  if (text) place.scrollIntoView({ block: "center" });
}

/** What a form says, as an entry. Its key is its own: a page that was kept for a dead spot always shows the same one. */
function entryOf(form) {
  const pairs = [...new FormData(form)].filter(([name, value]) => !(value instanceof File) && name !== "csrf_token");
  const key = newKey();
  return {
    key,
    url: form.getAttribute("action"),
    page: location.pathname + location.search,
    fields: pairs.map(([name, value]) => [name, name === "key" ? key : value]),
    label: form.dataset.label,
    at: new Date().toISOString(),
    user: box.dataset.user,
  };
}

/** Put the photo of a form beside its entry; the words of what is in the way, or undefined. */
async function withPhoto(form, entry) {
  const file = form.elements.photo?.files[0];
  if (!file) return undefined;
  const why = refusal(
    file,
    entries().filter((one) => one.key !== form.dataset.mends),
  );
  if (why) return box.dataset[why];
  if (!(await keepPhoto(entry.key, file))) return box.dataset.full;
  entry.photo = { name: file.name, size: file.size };
  entry.label = `${entry.label} · ${file.name}`;
  return undefined;
}

/** Take a form over: send it, and keep it when it cannot be sent. What is refused stays in the form. */
async function submit(event) {
  if (event.defaultPrevented) return;
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button[type=submit]");
  button.disabled = true;
  const entry = entryOf(form);
  const hindrance = await withPhoto(form, entry);
  if (hindrance) {
    faults(form, hindrance);
    button.disabled = false;
    return;
  }
  // An entry that is mended takes the place of the one that was refused, and its time: the arrival was then.
  const refused = entries().find((one) => one.key === form.dataset.mends);
  if (refused) entry.at = refused.at;
  const before = entries().filter((one) => one.key !== refused?.key);
  keep(refused ? entries().map((one) => (one.key === refused.key ? entry : one)) : [...before, entry]);
  const outcome = before.some((one) => one.user === entry.user) ? { later: true } : await send(entry);
  if (outcome.sent) {
    drop(entry.key);
    location.assign(outcome.where ?? form.dataset.after ?? location.href.split("#")[0]);
    return;
  }
  button.disabled = false;
  if (outcome.refused && refused) {
    change(entry.key, { fault: outcome.fault, refused: true });
    form.dataset.mends = entry.key;
    faults(form, outcome.fault);
  } else if (outcome.refused) {
    drop(entry.key);
    faults(form, outcome.fault);
  } else {
    faults(form, outcome.fault ?? box.dataset.saved);
    // The next photo is another entry; what was typed elsewhere stays for whoever wants to add to it.
    if (form.elements.photo) form.elements.photo.value = "";
    sendAll();
  }
}

/** Put what a refused entry says back into its form, to be mended there. What is hidden the page knows better. */
function mend() {
  const entry = entries().find((one) => location.hash === `#mend-${one.key}` && one.user === box.dataset.user);
  if (!entry) return;
  const pairs = Array.isArray(entry.fields) ? entry.fields : Object.entries(entry.fields);
  const form = [...document.querySelectorAll("form[data-field]")].find(
    (one) => one.getAttribute("action") === entry.url && pairs.every(([name]) => one.elements.namedItem(name)),
  );
  if (!form) {
    const typed = pairs.filter(([name, value]) => value && name !== "key" && !name.startsWith("version-"));
    change(entry.key, { fault: box.dataset.noform + typed.map(([, value]) => value).join(" / ") });
    return;
  }
  for (const control of form.elements) {
    const values = pairs.filter(([name]) => name === control.name).map(([, value]) => value);
    if (!control.name || ["hidden", "file", "submit"].includes(control.type)) continue;
    if (["radio", "checkbox"].includes(control.type)) control.checked = values.includes(control.value);
    else if (values.length) [control.value] = values;
  }
  form.dataset.mends = entry.key;
  form.closest("details")?.setAttribute("open", "");
  faults(form, entry.fault);
  putPhotoBack(form, entry);
}

/** Choose the photo of a refused entry again for whoever mends it: it is still on this phone. */
async function putPhotoBack(form, entry) {
  const photo = entry.photo && (await photoOf(entry.key));
  if (!photo) return;
  const chosen = new DataTransfer();
  chosen.items.add(new File([photo], entry.photo.name, { type: photo.type }));
  form.elements.photo.files = chosen.files;
}

/** A new key: the service counts what comes under one key once. */
function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((one) => one.toString(16).padStart(2, "0")).join("");
}

/** Let the worker keep today's pages, and nothing of another day. */
async function startWorker() {
  if (!("serviceWorker" in navigator)) return;
  try {
    await navigator.serviceWorker.register(box.dataset.worker);
    const ready = await navigator.serviceWorker.ready;
    const pages = [...document.querySelectorAll("a[data-keep]")].map((one) => one.getAttribute("href"));
    const files = performance
      .getEntriesByType("resource")
      .map((one) => new URL(one.name))
      .filter((one) => one.origin === location.origin && one.pathname.startsWith("/static/"))
      .map((one) => one.pathname);
    ready.active?.postMessage({ day: box.dataset.day, pages: [location.pathname, ...pages], files });
  } catch {
    // Without a worker the forms still work and still wait for the network.
  }
}

for (const form of document.querySelectorAll("form[data-field]")) form.addEventListener("submit", submit);
box.querySelector("[data-send]").addEventListener("click", sendAll);
window.addEventListener("online", sendAll);
window.addEventListener("hashchange", mend);
window.setInterval(() => entries().length && sendAll(), 30000);
show();
mend();
sweepPhotos(entries());
startWorker();
if (entries().length) sendAll();
