// What every module needs: fragments of our own server as nodes, the page's words, messages.

export const root = document.documentElement;
root.classList.add("scripted");

export const words = JSON.parse(document.body.dataset.words ?? "{}");

// Numbers in the page's language, and the form of a counted text that goes with one: shown as console/language.py shows them.
const plurals = new Intl.PluralRules(root.lang);
export const number = (n, decimals = 0) => n.toLocaleString(root.lang, { minimumFractionDigits: 0, maximumFractionDigits: decimals });
export const counted = (forms, n) => (forms[plurals.select(n)] ?? forms.other).replace("{n}", number(n));

// The only way from text to nodes: what our own server rendered and escaped.
const policy = globalThis.trustedTypes
  ? trustedTypes.createPolicy("tidegate", { createHTML: (html) => html })
  : { createHTML: (html) => html };

export function nodesOf(html) {
  const template = document.createElement("template");
  template.innerHTML = policy.createHTML(html);
  return template.content;
}

// Ask our own server for a part of a page. A session that has ended leads to the sign-in, by way of a reload.
export async function part(url, options = {}) {
  const headers = { Accept: "text/html", "X-Tidegate-Fragment": "1", ...options.headers };
  const response = await fetch(url, { credentials: "same-origin", ...options, headers });
  if (response.status === 401) {
    location.reload();
    await new Promise(() => {});
  }
  return { ok: response.ok, status: response.status, nodes: nodesOf(await response.text()) };
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
  setTimeout(() => shown.remove(), 8000);
}
