// Puts a fragment's elements in the place of those with the same id: in place, focus and scrolling kept, changes told.
import { isTyping } from "./page.js";
import { tell } from "./telling.js";

// What is exchanged while it is pressed loses its click, so a press that has begun is let end first.
let pressed = false;
const waiting = [];
export const released = () => new Promise((done) => (pressed ? waiting.push(done) : done()));

function release() {
  pressed = false;
  setTimeout(() => waiting.splice(0).forEach((done) => done()));   // once the click was dispatched
}

addEventListener("pointerdown", () => { pressed = true; }, true);
for (const end of ["pointerup", "pointercancel"]) addEventListener(end, release, true);
addEventListener("blur", release);   // the window's own

export function swap(nodes) {
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll("details[open][id]")].map((details) => details.id);
  const busy = [...document.querySelectorAll("a[data-ask][aria-busy=true][id]")].map((link) => link.id);
  const scrolled = [...document.querySelectorAll(".scroll[id]")].map((box) => [box.id, box.scrollLeft, box.scrollTop]);
  for (const fresh of [...nodes.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (old) replace(old, fresh);
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  for (const id of busy) document.getElementById(id)?.setAttribute("aria-busy", "true");
  for (const [id, left, top] of scrolled) document.getElementById(id)?.scrollTo(left, top);
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
}

function replace(old, fresh) {
  if (old.contains(document.activeElement) && isTyping(document.activeElement)) return;
  tickAlike(old, fresh);
  if (old.isEqualNode(fresh)) return;
  if (fresh.dataset.word && old.dataset.word !== fresh.dataset.word) {
    tell(fresh.dataset.name, fresh.dataset.word);
    fresh.classList.add("changed");
  }
  const along = old.scrollLeft;
  old.replaceWith(fresh);
  if (along) fresh.scrollLeft = along;
}

// A time that ticks is no change by itself.
function tickAlike(old, fresh) {
  const times = fresh.querySelectorAll("time[data-tick]");
  old.querySelectorAll("time[data-tick]").forEach((time, at) => { if (times[at]) time.textContent = times[at].textContent; });
}
