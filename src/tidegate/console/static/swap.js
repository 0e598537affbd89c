// Puts a fragment's elements in the place of those with the same id: in place, focus kept, changes told.
import { counted, say, words } from "./page.js";

export function swap(nodes) {
  const focused = document.activeElement?.id;
  const open = [...document.querySelectorAll("details[open][id]")].map((details) => details.id);
  const told = [];
  for (const fresh of [...nodes.children]) {
    const old = fresh.id && document.getElementById(fresh.id);
    if (old) replace(old, fresh, told);
  }
  for (const id of open) document.getElementById(id)?.setAttribute("open", "");
  if (focused && document.activeElement?.id !== focused) document.getElementById(focused)?.focus({ preventScroll: true });
  if (told.length) say(told.length > 3 ? counted(words.changed, told.length) : told.join(". "));
}

function replace(old, fresh, told) {
  if (old.contains(document.activeElement) && isTyping(document.activeElement)) return;
  if (old.isEqualNode(fresh)) return;
  if (fresh.dataset.word && old.dataset.word !== fresh.dataset.word) {
    told.push(`${fresh.dataset.name}: ${fresh.dataset.word}`);
    fresh.classList.add("changed");
  }
  old.replaceWith(fresh);
}

const isTyping = (element) => /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName);

