// Acts in a dialog: the same forms as on their own pages, fetched and sent without leaving the list.
import { refresh } from "./live.js";
import { part, toast } from "./page.js";
import { clear } from "./selecting.js";

const dialog = document.getElementById("ask");
let opener = "";

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("a[data-ask]");
  if (link && dialog && !event.defaultPrevented && event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey) {
    event.preventDefault();
    opener = link.id;
    await open(link.href);
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
  (dialog.querySelector("textarea") ?? dialog.querySelector("a, button"))?.focus();
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
    if (answer.led) {
      location.assign(answer.led);
    } else if (answer.ok) {
      dialog.close();
      toast(answer.nodes);
      if (opener.startsWith("pick-")) clear();
    } else {
      show(answer.nodes);
    }
    if (!answer.led) refresh();
  } catch {
    form.submit();
  }
});

dialog?.addEventListener("close", () => {
  const focused = document.activeElement;
  if (focused && focused !== document.body && !dialog.contains(focused)) return;
  const row = opener.replace(/-(retry|acknowledge)$/, "-name");
  (document.getElementById(opener) ?? document.getElementById(row))?.focus();
});
