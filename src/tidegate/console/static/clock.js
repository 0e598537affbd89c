// Keeps spans such as 'failed 2 h ago' true, by the server's clock. The rule is that of shown/moments.py.
import { base, number, root, words } from "./page.js";

const offset = Date.parse(root.dataset.now) - Date.now();

export const now = () => Date.now() + offset;

export function span(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  const [n, pattern] = whole < 60 ? [whole, words.s] : whole < 3600 ? [Math.floor(whole / 60), words.min]
    : whole < 172800 ? [Math.floor(whole / 3600), words.h] : [Math.floor(whole / 86400), words.d];
  return pattern.replace("{n}", number(n));
}

function tick() {
  for (const time of document.querySelectorAll("time[data-tick]")) {
    const away = (Date.parse(time.dateTime) - now()) / 1000;
    const text = time.dataset.pattern.replace("{}", span(time.dataset.tick === "up" ? -away : away));
    if (time.textContent !== text) time.textContent = text;
  }
}

// The zone is told to the server, which shows every time in it from the next page on.
const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
if (zone) document.cookie = `tz=${encodeURIComponent(zone)}; path=${base}; max-age=31536000; samesite=lax`;

setInterval(tick, 1000);
