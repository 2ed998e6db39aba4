// Parts of a page that are fetched again now and then, as the server renders them:
// <div data-refresh="address" data-every="seconds">. Not while the page is hidden or somebody is inside, and
// no more once what came says [data-over].
"use strict";

(() => {
  const LATE = "hub-late";

  async function refresh(part) {
    if (document.hidden || part.contains(document.activeElement)) return;
    try {
      const answer = await fetch(part.dataset.refresh, { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (!part.contains(document.activeElement)) part.innerHTML = text;
      part.classList.remove(LATE);
    } catch {
      part.classList.add(LATE); // what is shown is what was true last
    }
  }

  async function keep(part) {
    const pause = 1000 * Number(part.dataset.every || "5");
    for (;;) {
      await new Promise((done) => setTimeout(done, pause));
      if (!part.isConnected || part.querySelector("[data-over]")) return;
      await refresh(part);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-refresh]").forEach(keep);
  });
})();
