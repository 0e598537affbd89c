// What every module needs: fragments of our own server as nodes, the page's words, messages.

export const root = document.documentElement;
root.classList.add("scripted");

// Where the console is on its site, with a slash at the end: two folders above its scripts.
export const base = new URL("../../", import.meta.url).pathname;

export const words = JSON.parse(document.body.dataset.words ?? "{}");

// Numbers in the page's language, and the form of a counted text that goes with one: shown as console/language.py shows them.
const plurals = new Intl.PluralRules(root.lang);
export const number = (n, decimals = 0) => n.toLocaleString(root.lang, { minimumFractionDigits: 0, maximumFractionDigits: decimals });
export const counted = (forms, n) => (forms[plurals.select(n)] ?? forms.other).replace("{n}", number(n));

// Whether keys are text there; a checkbox takes none but the space bar.
export const isTyping = (element) =>
  element.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName ?? "") && !/^(checkbox|radio)$/.test(element.type));

// The only way from text to nodes: what our own server rendered and escaped.
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy("tidegate", { createHTML: (html) => html })
  : { createHTML: (html) => html };

export function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

// Ask our own server for a part of a page. `to` is where an act leads; nothing follows once the session has ended.
export async function part(url, options = {}) {
  const headers = { Accept: "text/html", "X-Tidegate-Fragment": "1", ...options.headers };
  const response = await fetch(url, { credentials: "same-origin", ...options, headers });
  const nodes = nodesOf(await response.text());
  if (response.status === 401) {
    ended(nodes);
    await new Promise(() => {});
  }
  return { ok: response.ok, status: response.status, to: response.redirected ? response.url : "", nodes };
}

// Say that the session has ended, over whatever is open; signing in leads back to this very place.
function ended(nodes) {
  if (document.getElementById("ended")) return;
  const dialog = Object.assign(document.createElement("dialog"), { id: "ended", className: "dialog" });
  dialog.setAttribute("aria-labelledby", "ended-title");
  dialog.append(nodes);
  document.body.append(dialog);
  const here = `/${location.pathname.slice(base.length)}` + location.search + location.hash;
  dialog.querySelector("a").href = `${base}sign-in?next=${encodeURIComponent(here)}`;
  dialog.showModal();
  document.dispatchEvent(new Event("session-ended"));
}

export function say(text) {
  const line = document.getElementById("said");
  if (line) line.textContent = text;
}

export function toast(content) {
  const place = document.getElementById("toasts");
  if (!place) return;
  const box = typeof content === "string" ? Object.assign(document.createElement("div"), { className: "toast", textContent: content }) : content;
  const shown = box instanceof DocumentFragment ? box.firstElementChild : box;
  place.replaceChildren(shown);
  say(shown.textContent.trim());
  const fade = () => setTimeout(() => (shown.matches(":hover, :focus-within") ? fade() : shown.remove()), 8000);
  fade();
}
