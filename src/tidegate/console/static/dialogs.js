// Acts in a dialog: the same forms as on their own pages, fetched and sent without leaving the page.
import { refresh } from "./live.js";
import { part, toast, words } from "./page.js";
import { clear } from "./selecting.js";

const dialog = document.getElementById("ask");
let opener = "";

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-ask]");
  if (link && dialog && !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    opener = link.id;
    link.setAttribute("aria-busy", "true");
    await open(link.href);
    (document.getElementById(link.id) ?? link).removeAttribute("aria-busy");   // its row may have changed meanwhile
  } else if (event.target.closest?.("[data-close]") && dialog?.open) {
    event.preventDefault();
    dialog.close();
  } else if (event.target === dialog || event.target.id === "help") {
    event.target.close();
  }
});

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!dialog || !form.matches("form[data-ask]")) return;
  event.preventDefault();
  opener = event.submitter.id;
  const url = new URL(event.submitter.getAttribute("formaction") ?? form.action, location.href);
  url.search = new URLSearchParams(new FormData(form, event.submitter));
  await open(url);
});

async function open(url) {
  try {
    show((await part(url)).nodes);
  } catch {
    location.assign(url);
  }
}

function show(nodes) {
  dialog.replaceChildren(nodes);
  if (!dialog.open) dialog.showModal();
  (dialog.querySelector("input[required]") ?? dialog.querySelector("textarea") ?? dialog.querySelector("a, button"))?.focus();
}

document.addEventListener("submit", async (event) => {
  const form = event.target.closest(":is(#ask, #toasts) form[data-act]");
  if (!form) return;
  event.preventDefault();
  const button = event.submitter;
  if (button?.getAttribute("aria-busy") === "true") return;
  button?.setAttribute("aria-busy", "true");
  try {
    const answer = await part(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (answer.to) return location.assign(answer.to);
    take(answer, form);
    if (!dialog.open && opener.startsWith("pick-")) clear();
    if (!dialog.open || document.getElementById("connection")) refresh();
  } catch {
    tell(form, words.unsent);
  }
  button?.removeAttribute("aria-busy");
}, true);   // before choices.js, which marks the button of whatever is sent

// What an act came to: done; to be asked again, with the reason that was typed; or not now, and the form stays as it is.
function take(answer, form) {
  if (answer.status === 429 || answer.status >= 500) return tell(form, answer.nodes.querySelector("[role=alert]").textContent.trim());
  if (!answer.nodes.querySelector("#ask-title")) {
    dialog.close();
    return toast(answer.nodes);
  }
  const typed = form.querySelector("textarea")?.value;
  show(answer.nodes);
  const reason = dialog.querySelector("textarea");
  if (reason && typed) reason.value = typed;
}

function tell(form, text) {
  const old = dialog.querySelector(":scope > [role=alert]");
  const notice = Object.assign(document.createElement("p"), { className: "notice", textContent: text });
  notice.setAttribute("role", "alert");
  notice.dataset.tone = "failed";
  old?.remove();
  form.before(notice);
}

dialog?.addEventListener("close", () => {
  if (dialog.querySelector("[data-reload]")) return location.reload();
  const focused = document.activeElement;
  if (focused && focused !== document.body && !dialog.contains(focused)) return;
  const row = opener.replace(/-(retry|acknowledge)$/, "-name");
  (document.getElementById(opener) ?? document.getElementById(row))?.focus();
});
