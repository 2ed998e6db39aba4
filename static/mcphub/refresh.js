// Parts of a page that are fetched again now and then, as the server renders them:
// <div data-refresh="address" data-every="seconds">. Not while the page is hidden or somebody is inside, and
// no more once what came says [data-over]. What the server says to who is logged in no longer (401) goes
// into [data-refresh-told], and was the last.
"use strict";

(() => {
  const LATE = "hub-late";
  const UNKNOWN = 401;

  function leave(text) {
    const told = document.querySelector("[data-refresh-told]");
    if (told) told.innerHTML = text;
    return Boolean(told);
  }

  // Returns whether there is nothing more to come.
  async function refresh(part) {
    if (document.hidden || part.contains(document.activeElement)) return false;
    try {
      const answer = await fetch(part.dataset.refresh, { credentials: "same-origin", redirect: "error" });
      const text = await answer.text();
      if (answer.status === UNKNOWN && leave(text)) return true;
      if (!answer.ok) throw new Error(String(answer.status));
      if (!part.contains(document.activeElement)) part.innerHTML = text;
      part.classList.remove(LATE);
    } catch {
      part.classList.add(LATE); // what is shown is what was true last
    }
    return false;
  }

  async function keep(part) {
    const pause = 1000 * Number(part.dataset.every || "5");
    for (;;) {
      await new Promise((done) => setTimeout(done, pause));
      if (!part.isConnected || part.querySelector("[data-over]")) return;
      if (await refresh(part)) return;
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-refresh]").forEach(keep);
  });
})();
