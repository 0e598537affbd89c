// The preview of an act on many follows the choice of where to begin; the reason that was typed stays.
import { part, say } from "./page.js";

const PARTS = ["ask-title", "preview", "preview-go"];

document.addEventListener("change", async ({ target }) => {
  const form = target.name === "mode" && target.closest?.("form[data-preview]");
  if (!form) return;
  const fields = [...new FormData(form)].filter(([name]) => name !== "reason");
  try {
    const answer = await part(`${form.dataset.preview}?${new URLSearchParams(fields)}`);
    if (!answer.ok || !form.isConnected || new FormData(form).get("mode") !== target.value) return;
    for (const id of PARTS) show(id, answer.nodes.getElementById(id));
    say(document.getElementById("preview").dataset.said);
  } catch {
    // The old preview stays, and what is sent is still held to it.
  }
});

function show(id, fresh) {
  if (fresh) document.getElementById(id).replaceChildren(...fresh.childNodes);
  if (fresh?.dataset.said) document.getElementById(id).dataset.said = fresh.dataset.said;
}
