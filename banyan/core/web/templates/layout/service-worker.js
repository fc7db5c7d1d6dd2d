/* The worker of the installed app. It keeps the static files and one offline page, and never a page with data of anybody. */
const CACHE = "banyan-{{ version }}";
const KEPT = {{ kept_urls|tojson }};
const OFFLINE = "/offline";
const AGAIN_MS = 500;

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(CACHE).then((cache) => cache.addAll([OFFLINE, ...KEPT])).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const dropOld = caches.keys().then((names) => Promise.all(names.filter((name) => name !== CACHE).map((name) => caches.delete(name))));
  event.waitUntil(dropOld.then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (pathname.startsWith("/static/build/") || KEPT.includes(pathname)) {
    event.respondWith(fromCache(request));
  } else if (request.mode === "navigate") {
    event.respondWith(page(request));
  }
});

/** A line that breaks for a moment - another network, a server that starts again - is no reason to call anybody offline. */
async function page(request) {
  try {
    return await fetch(request);
  } catch {
    await new Promise((resolve) => setTimeout(resolve, AGAIN_MS));
    return fetch(request).catch(() => caches.match(OFFLINE));
  }
}

/** Hashed files never change, so what is kept is right. */
async function fromCache(request) {
  const kept = await caches.match(request);
  if (kept) return kept;
  const response = await fetch(request);
  if (response.ok) (await caches.open(CACHE)).put(request, response.clone());
  return response;
}
