// Files dropped or chosen are listed, sent with progress, and lead to their batch. Without script the form sends itself.
import { nodesOf, number, say, words } from "./page.js";

const form = document.querySelector("form[data-upload]");

if (form) {
  const files = form.querySelector("#files"), drop = form.querySelector("#drop"), list = form.querySelector("#chosen");
  const bar = form.querySelector("#upload-bar"), line = form.querySelector("#upload-words");

  for (const name of ["dragenter", "dragover"]) drop.addEventListener(name, () => drop.classList.add("over"));
  for (const name of ["dragleave", "drop"]) drop.addEventListener(name, () => drop.classList.remove("over"));
  files.addEventListener("change", () => {
    list.replaceChildren(...[...files.files].map(entry));
    list.hidden = !files.files.length;
  });

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send(new FormData(form));
  });

  function send(body) {
    const request = new XMLHttpRequest();
    busy(true);
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      bar.value = (loaded / total) * 100;
      line.textContent = loaded < total ? words.uploading.replace("{done}", size(loaded)).replace("{total}", size(total)) : words.storing;
    });
    request.addEventListener("load", () => (request.status < 300 ? location.assign(request.responseURL) : refused(request.responseText)));
    request.addEventListener("error", () => refused(""));
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "text/html");
    request.setRequestHeader("X-Tidegate-Fragment", "1");
    request.send(body);
  }

  function refused(html) {
    busy(false);
    const place = document.getElementById("upload-problem");
    place.replaceChildren(html ? nodesOf(html) : words.broken);
    place.scrollIntoView({ block: "nearest" });
    say(place.textContent.trim());
  }

  function busy(yes) {
    document.getElementById("upload-state").hidden = !yes;
    document.getElementById("upload-go").disabled = yes;
    bar.value = 0;
  }

  function entry(file) {
    const item = document.createElement("li");
    item.append(Object.assign(document.createElement("span"), { textContent: file.name }),
      Object.assign(document.createElement("span"), { textContent: size(file.size) }));
    return item;
  }
}

function size(bytes) {
  let unit = 0;
  for (; bytes >= 1024 && unit < 4; unit += 1) bytes /= 1024;
  return `${number(bytes, unit && bytes < 100 ? 1 : 0)} ${["B", "KiB", "MiB", "GiB", "TiB"][unit]}`;
}
