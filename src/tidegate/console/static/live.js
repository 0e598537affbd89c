// Keeps a page true: the server says what changed, the page fetches that part again. A lost stream becomes polling.
import { now, span } from "./clock.js";
import { part, words } from "./page.js";
import { isPaused, note } from "./pausing.js";
import { swap } from "./swap.js";

const POLL = 5000;      // while the stream is away
const SAFETY = 60;      // seconds, while it is there: a lost notice is not lost for long; a page may ask for less

const mark = document.getElementById("connection");
const pause = Number(mark?.dataset.pause ?? 700);   // between two fetches, however much happens
const watched = mark?.dataset.watch;
let stream, poll, state = "still", fetched = now(), busy = false, again = false, last = 0;

export async function refresh(ids = []) {
  if (!mark) return location.reload();
  if (isPaused()) return note(ids);
  if (busy) return void (again = true);
  busy = true;
  await new Promise((done) => setTimeout(done, Math.max(0, last + pause - Date.now())));
  last = Date.now();
  try {
    const answer = await part(address());
    if (!answer.ok) throw new Error(String(answer.status));
    if (!isPaused()) { swap(answer.nodes); fetched = now(); }
    if (state === "lost") show("polling");
  } catch {
    if (state !== "live") show("lost");
  }
  busy = false;
  if (again) { again = false; refresh(); }
}

function address() {
  const url = new URL(mark.dataset.live, location.href);
  const ids = [...document.querySelectorAll("[data-job], [data-cause]")].map((row) => row.dataset.job ?? row.dataset.cause);
  if (!watched) url.searchParams.set("ids", ids.join(","));
  return url;
}

function listen() {
  stop();
  stream = new EventSource("/api/ingestion/stream");
  stream.addEventListener("hello", () => { show("live"); every((Number(mark.dataset.pace) || SAFETY) * 1000); refresh(); });
  stream.addEventListener("changed", (event) => { if (concerns(event.data)) refresh(JSON.parse(event.data)); });
  stream.addEventListener("error", lose);
}

function lose() {
  if (state !== "lost") show("polling");
  every(POLL);
  if (stream.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden && state !== "live") listen(); }, POLL);
}

function concerns(data) {
  const ids = JSON.parse(data);
  return !watched || ids === "*" || ids.includes(watched);
}

function every(milliseconds) {
  clearInterval(poll);
  poll = setInterval(refresh, milliseconds);
}

function stop() {
  stream?.close();
  clearInterval(poll);
}

function show(next) {
  state = next;
  age();
}

// While updates are paused the data age from then on; until then a live stream has kept them true.
function age() {
  const told = isPaused() ? "held" : state;
  if (told === "held" && mark.dataset.state === "live") fetched = now();
  mark.dataset.state = told;
  const text = told === "live" ? words.live : told === "still" ? null : words[told].replace("{}", span((now() - fetched) / 1000));
  const place = document.getElementById("connection-words");
  if (text && place.textContent !== text) place.textContent = text;
}

if (mark) {
  document.addEventListener("visibilitychange", () => { if (document.hidden) { stop(); state = "polling"; } else listen(); });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  setInterval(age, 1000);
  if (!document.hidden) listen();
}
