// While rows are chosen the list stands still: what changes meanwhile is counted, and fetched when nothing is chosen any more.
import { counted, words } from "./page.js";

const changed = new Set();
let chosen = 0;

export const isPaused = () => chosen > 0;

export function pause(n) {
  chosen = n;
  draw();
}

// Tells whether there was anything to resume: then it is time to fetch.
export function resume() {
  const was = isPaused();
  chosen = 0;
  changed.clear();
  return was;
}

// Only rows on the screen are counted: of others nobody knows whether they would be shown.
export function note(ids) {
  for (const id of ids) if (document.getElementById(`job-${id}`)) changed.add(id);
  draw();
}

function draw() {
  const place = document.getElementById("held-words");
  if (!place) return;
  place.textContent = counted(words.paused, chosen);
  document.getElementById("held-since").textContent = changed.size ? `· ${counted(words.since, changed.size)}` : "";
}
