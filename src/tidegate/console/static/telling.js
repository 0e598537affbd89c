// Tells of what changed by itself: politely, at most once in some seconds, the last word on each thing, much as one number.
import { counted, say, words } from "./page.js";

const LEAST = 3000;
const MANY = 3;
const waiting = new Map();
let timer, last = 0;

export function tell(name, word) {
  waiting.set(name, word);
  timer ??= setTimeout(speak, Math.max(0, last + LEAST - Date.now()));
}

function speak() {
  const told = [...waiting].map(([name, word]) => `${name}: ${word}`);
  say(told.length > MANY ? counted(words.changed, told.length) : told.join(". "));
  waiting.clear();
  timer = undefined;
  last = Date.now();
}
