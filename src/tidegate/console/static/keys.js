// Single keys for those who triage by keyboard; they can be switched off, and never act while somebody types.
import { isTyping } from "./page.js";
import { chosen, clear, toggle } from "./selecting.js";

const KEPT = "tidegate-keys";
const help = document.getElementById("help");
const choice = document.getElementById("keys-on");
const on = () => localStorage.getItem(KEPT) !== "off";
const row = () => document.activeElement?.closest?.(".row");

if (choice) {
  choice.checked = on();
  choice.addEventListener("change", () => localStorage.setItem(KEPT, choice.checked ? "on" : "off"));
}

const ACTS = {
  "/": () => document.getElementById("q")?.focus(),
  "?": () => help?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  x: () => toggle(row(), false),
  X: () => toggle(row(), true),
  r: () => press("retry"),
  a: () => press("acknowledge"),
  n: () => document.getElementById("fresh-show")?.click(),
  Escape: clear,
};
const ALWAYS = new Set(["?", "Escape"]);

document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]");
  const act = ACTS[event.key];
  if (!act || busy || isTyping(event.target) || (!on() && !ALWAYS.has(event.key))) return;
  event.preventDefault();
  act();
});

function move(by) {
  const names = [...document.querySelectorAll(".row-name")];
  const at = names.findIndex((name) => row()?.contains(name));
  const next = at < 0 ? names[by > 0 ? 0 : names.length - 1] : names[at + by];
  next?.focus();
  next?.closest(".row").scrollIntoView({ block: "nearest" });
}

// The chosen rows go before the row in focus, and that before the job of the page.
function press(name) {
  const button = document.getElementById(chosen().length ? `pick-${name}` : row() ? `${row().id}-${name}` : `job-${name}`);
  if (button?.matches("[aria-disabled]")) button.focus();
  else button?.click();
}
