// Rows are chosen one by one, in a range, by the page, or all that match the filter; the bar says how many and what may be done.
import { refresh } from "./live.js";
import { counted, say, words } from "./page.js";
import { isPaused, pause, resume } from "./pausing.js";

const form = document.getElementById("picked");
const part = (name) => document.getElementById(`pick-${name}`);
const boxes = () => [...(form?.querySelectorAll(".row input[name=id]:not(:disabled)") ?? [])];
let all = false, last = "";

export const chosen = () => boxes().filter((box) => box.checked);

export function toggle(row, ranged) {
  const box = row?.querySelector("input[name=id]:not(:disabled)");
  if (!box) return;
  box.checked = ranged || !box.checked;
  pick(box, ranged);
}

export function clear() {
  if (!form) return;
  for (const box of boxes()) box.checked = false;
  all = false;
  show();
}

function pick(box, ranged) {
  const list = boxes(), ends = [list.findIndex((other) => other.id === last), list.indexOf(box)];
  if (ranged && ends[0] >= 0) for (const other of list.slice(Math.min(...ends), Math.max(...ends) + 1)) other.checked = box.checked;
  last = box.id;
  all = false;
  show();
}

function show() {
  const bar = document.getElementById("picking");
  const some = chosen(), n = all ? Number(bar.dataset.n) : some.length;
  const failed = all ? Number(bar.dataset.failed) : some.filter((box) => box.closest("[data-failed]")).length;
  bar.toggleAttribute("data-any", n > 0);
  part("page").checked = n > 0 && some.length === boxes().length;
  part("page").indeterminate = n > 0 && !part("page").checked;
  part("all").hidden = all || n >= Number(bar.dataset.n);
  document.getElementById("picking-words").textContent =
    all ? words.all.replace("{n}", bar.dataset.count) : counted(words.picked, n);
  document.getElementById("picking-failed").textContent = !n || failed >= n ? ""
    : failed ? counted(words.some_failed, failed) : counted(words.none_failed, n);
  for (const button of bar.querySelectorAll("[formaction]")) button.disabled = n > 0 && !failed;
  hold(n);
}

function hold(n) {
  if (n) {
    const first = !isPaused();
    pause(n);
    const told = first ? ["picking-words", "held-words", "picking-failed"] : ["picking-words", "picking-failed"];
    say(told.map((id) => document.getElementById(id).textContent).filter(Boolean).join(". "));
  } else if (resume()) refresh();
}

form?.addEventListener("click", (event) => {
  if (event.target.id === "pick-page") {
    for (const box of boxes()) box.checked = event.target.checked;
    all = false;
    show();
  } else if (event.target.closest("#pick-all")) {
    for (const box of boxes()) box.checked = true;
    all = true;
    show();
    part("retry").focus();
  } else if (event.target.closest("[data-pick-none]")) clear();
  else if (event.target.name === "id") pick(event.target, event.shiftKey);
});

// All that match go by the filter alone.
form?.addEventListener("formdata", ({ formData }) => { if (all) formData.delete("id"); });

// Enter on a checkbox would send the form by its first button.
form?.addEventListener("keydown", (event) => { if (event.key === "Enter" && event.target.type === "checkbox") event.preventDefault(); });

addEventListener("pageshow", () => { if (form) show(); });
