/*
 * Keeps today's pages of an officer for a dead spot. Its scope is /field/. It sends nothing: that is the page's work.
 * What it keeps is of one day; pages of another day are thrown away before anything is shown.
 */
const PREFIX = "field-";
const DISTRICT = "Asia/Shanghai";
const PATIENCE_MS = 6000;
const NEVER = ["/field/token", "/field/worker.js"];

const today = () => new Intl.DateTimeFormat("en-CA", { timeZone: DISTRICT }).format(new Date());

/** Names of caches are of the day; a fixed clock of the service may differ from ours, so the page's day counts. */
let day = null;

async function forgetOthers(keepName) {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name.startsWith(PREFIX) && name !== keepName).map((name) => caches.delete(name)));
}

/** The cache of the day, as `field-<day of the service>-<day of this phone>`; undefined when there is none. */
async function present() {
  const mine = (await caches.keys()).find((name) => name.startsWith(PREFIX) && name.endsWith(`~${today()}`));
  await forgetOthers(mine);
  return mine && caches.open(mine);
}

async function keepPage(cache, address) {
  try {
    const answer = await fetch(address, { credentials: "same-origin" });
    if (answer.ok && !answer.redirected) await cache.put(address, answer);
  } catch {
    // It is kept the next time that there is a network.
  }
}

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("message", (event) => {
  const work = async () => {
    day = event.data.day;
    const name = `${PREFIX}${day}~${today()}`;
    await forgetOthers(name);
    const cache = await caches.open(name);
    await Promise.all([...event.data.pages, ...event.data.files].map((address) => keepPage(cache, address)));
  };
  event.waitUntil(work());
});

async function fromNetwork(request) {
  const answer = await fetch(request, { signal: AbortSignal.timeout(PATIENCE_MS) });
  if (answer.ok && !answer.redirected) {
    const [cache, { pathname, search }] = [await present(), new URL(request.url)];
    // A page of one scanned site must not stand for the page without one.
    if (cache && !search) await cache.put(pathname, answer.clone());
  }
  return answer;
}

async function fromCache(request) {
  const cache = await present();
  const path = new URL(request.url).pathname;
  const found = await cache?.match(path, { ignoreVary: true });
  if (found) return found;
  const home = request.mode === "navigate" ? await cache?.match("/field/", { ignoreVary: true }) : undefined;
  return home ?? Response.error();
}

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const ours = pathname.startsWith("/field/") || pathname.startsWith("/static/");
  if (request.method !== "GET" || origin !== self.location.origin || !ours || NEVER.includes(pathname)) return;
  event.respondWith(fromNetwork(request).catch(() => fromCache(request)));
});
