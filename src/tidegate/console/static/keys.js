// Single keys for those who triage by keyboard; they can be switched off, and never act while somebody types.
const KEPT = "tidegate-keys";
const help = document.getElementById("help");
const choice = document.getElementById("keys-on");
const on = () => localStorage.getItem(KEPT) !== "off";

if (choice) {
  choice.checked = on();
  choice.addEventListener("change", () => localStorage.setItem(KEPT, choice.checked ? "on" : "off"));
}

const ACTS = {
  "/": () => document.getElementById("q")?.focus(),
  "?": () => help?.showModal(),
  j: () => move(1),
  k: () => move(-1),
  n: () => document.getElementById("fresh-show")?.click(),
  r: retry,
};

document.addEventListener("keydown", (event) => {
  const busy = event.ctrlKey || event.metaKey || event.altKey || document.querySelector("dialog[open]");
  const act = ACTS[event.key];
  if (!act || busy || isTyping(event.target) || (!on() && event.key !== "?")) return;
  event.preventDefault();
  act();
});

function move(by) {
  const names = [...document.querySelectorAll(".row-name")];
  const row = document.activeElement?.closest?.(".row");
  const at = names.findIndex((name) => row?.contains(name));
  const next = at < 0 ? names[by > 0 ? 0 : names.length - 1] : names[at + by];
  next?.focus();
  next?.closest(".row").scrollIntoView({ block: "nearest" });
}

function retry() {
  const row = document.activeElement?.closest?.(".row");
  const button = row ? row.querySelector("[data-retry], [aria-disabled]") : document.getElementById("job-retry");
  if (button?.matches("[data-retry]")) button.click();
  else button?.focus();
}

const isTyping = (element) => element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName ?? "");
