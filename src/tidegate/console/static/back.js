// On the page that says that the database is away: ask quietly whether it is back, then load what was wanted.
const place = document.querySelector("[data-back-after]");

async function look() {
  const answer = await fetch(new URL("../../health/ready", import.meta.url), { cache: "no-store" }).catch(() => null);
  if (answer?.ok) location.reload();
  else wait();
}

const wait = () => setTimeout(look, place.dataset.backAfter * 1000);

if (place) wait();
