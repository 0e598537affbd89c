// Copies links to attempts and events, and secrets that are shown once.
import { toast, words } from "./page.js";

document.addEventListener("click", async (event) => {
  const link = event.target.closest?.("[data-copy]");
  const button = event.target.closest?.("[data-copy-text]");
  const text = link?.href ?? document.getElementById(button?.dataset.copyText ?? "")?.textContent;
  if (!text || !navigator.clipboard) return;
  if (link && !link.hash) event.preventDefault();
  await navigator.clipboard.writeText(text);
  toast(words.copied);
});
