// Keeps a page true: the server says what changed, the page fetches that part again. A lost stream becomes polling.
import { now, span } from "./clock.js";
import { base, part, say, words } from "./page.js";
import { isPaused, note } from "./pausing.js";
import { released, swap } from "./swap.js";

const POLL = 5000;      // while the stream is away
const SAFETY = 60;      // seconds, while it is there: a lost notice is not lost for long; a page may ask for less
const PATIENCE = 15000; // with one fetch

const mark = document.getElementById("connection");
const stale = document.getElementById("stale");
const pause = Number(mark?.dataset.pause ?? 700);   // between two fetches, however much happens
const watched = mark?.dataset.watch;
let stream, poll, rhythm = 0, said = "", state = "still", fetched = now(), busy = false, again = false, last = 0;

export async function refresh(ids = []) {
  if (!mark) return location.reload();
  if (isPaused()) return note(ids);
  if (busy) return void (again = true);
  busy = true;
  await new Promise((done) => setTimeout(done, Math.max(0, last + pause - Date.now())));
  last = Date.now();
  try {
    const answer = await part(address(), { signal: AbortSignal.timeout(PATIENCE) });
    if (!answer.ok) throw new Error(answer.status === 503 ? "away" : "lost");
    await released();
    if (!isPaused()) { swap(answer.nodes); fetched = now(); }
    if (state === "lost") found();
  } catch (error) {
    stale.dataset.cause = error.message === "away" ? "away" : "lost";
    show("lost");
    every(POLL);
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
  stream?.close();
  stream = new EventSource(`${base}api/ingestion/stream`);
  stream.addEventListener("hello", () => { show("live"); every(safety()); refresh(); });
  stream.addEventListener("changed", (event) => { if (concerns(event.data)) refresh(JSON.parse(event.data)); });
  stream.addEventListener("error", lose);
}

const safety = () => (Number(mark.dataset.pace) || SAFETY) * 1000;

function lose() {
  if (state !== "lost") show("polling");
  every(POLL);
  if (stream.readyState === EventSource.CLOSED) setTimeout(() => { if (!document.hidden && state !== "live") listen(); }, POLL);
}

function found() {
  const streaming = stream.readyState === EventSource.OPEN;
  show(streaming ? "live" : "polling");
  every(streaming ? safety() : POLL);
}

function concerns(data) {
  const ids = JSON.parse(data);
  return !watched || ids === "*" || ids.includes(watched);
}

// A rhythm that is kept already is left alone: a stream that fails again and again must not put the next look off for ever.
function every(milliseconds) {
  if (rhythm === milliseconds) return;
  clearInterval(poll);
  poll = setInterval(refresh, rhythm = milliseconds);
}

function stop() {
  stream?.close();
  clearInterval(poll);
  rhythm = 0;
}

function show(next) {
  state = next;
  stale.hidden = next !== "lost";
  age();
  if (!stale.hidden && said !== stale.dataset.cause) say(stale.innerText.trim());
  said = stale.hidden ? "" : stale.dataset.cause;
}

// While updates are paused the data age from then on; until then a live stream has kept them true.
function age() {
  const told = isPaused() ? "held" : state;
  if (told === "held" && mark.dataset.state === "live") fetched = now();
  mark.dataset.state = told;
  const pattern = told === "held" ? words.held : words[told];
  const text = told === "live" ? words.live : told === "still" ? null : pattern.replace("{}", span((now() - fetched) / 1000));
  const place = document.getElementById("connection-words");
  if (text && place.textContent !== text) place.textContent = text;
  document.getElementById("stale-age").textContent = span((now() - fetched) / 1000);
}

if (mark) {
  document.addEventListener("visibilitychange", () => { if (document.hidden) { stop(); state = "polling"; } else listen(); });
  document.addEventListener("session-ended", () => { stop(); stale.dataset.cause = "ended"; show("lost"); });
  addEventListener("pagehide", stop);
  addEventListener("pageshow", (event) => { if (event.persisted) listen(); });
  setInterval(age, 1000);
  if (!document.hidden) listen();
}
