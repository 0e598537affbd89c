// Small conveniences of forms: colours at once, filters at a choice, addresses without empty fields, the menu closing.
import { base, root } from "./page.js";

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-themes]") || !event.submitter) return;
  event.preventDefault();
  root.dataset.theme = event.submitter.value;
  document.cookie = `tidegate-theme=${event.submitter.value}; path=${base}; max-age=31536000; samesite=lax`;
  for (const button of event.target.querySelectorAll("button")) button.setAttribute("aria-pressed", String(button === event.submitter));
});

for (const form of document.querySelectorAll("[data-filters]")) {
  form.addEventListener("change", (event) => { if (event.target.matches("select") && !event.target.closest("details")) form.requestSubmit(); });
  form.addEventListener("formdata", ({ formData }) => {
    for (const [name, value] of [...formData]) if (value === "") formData.delete(name);
  });
}

// A form is sent once: its button is busy until the next page is there, or a download has begun.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (event.defaultPrevented || !button || event.target.method === "dialog") return;
  if (button.getAttribute("aria-busy") === "true") return event.preventDefault();
  button.setAttribute("aria-busy", "true");
  setTimeout(() => button.removeAttribute("aria-busy"), 5000);
});

const menu = document.getElementById("menu");
document.addEventListener("click", (event) => { if (menu?.open && !menu.contains(event.target)) menu.open = false; });
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape" && menu?.open) { menu.open = false; menu.querySelector("summary").focus(); }
});

document.querySelector("#tabs [aria-current]")?.scrollIntoView({ inline: "center", block: "nearest" });
