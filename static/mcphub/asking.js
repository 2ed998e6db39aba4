// A part of a page that asks the hub again and again: not while the page is hidden, nor while a person has
// paused it by [data-pause]. [data-words] says how it stands, and [data-is] of the part itself.

/**
 * Ask at `address()` every so many milliseconds, and hand what came to `take`, with when it was asked for.
 * `words` are what is said under "live", "paused" and "late".
 */
export function keepAsking(part, { every, words, address, take }) {
  const button = part.querySelector("[data-pause]");
  const said = part.querySelector("[data-words]");
  let paused = false;
  let asking = false;

  function tell(name) {
    if (!said || part.dataset.is === name) return;
    part.dataset.is = name;
    said.textContent = words[name];
  }

  async function ask() {
    if (asking || paused || document.hidden) return;
    asking = true;
    try {
      const since = performance.now();
      const answer = await fetch(address(), { credentials: "same-origin", redirect: "error" });
      if (!answer.ok) throw new Error(String(answer.status));
      const text = await answer.text();
      if (paused) return;
      take(text, since);
      tell("live");
    } catch {
      if (!paused) tell("late");
    } finally {
      asking = false;
    }
  }

  if (button) {
    button.hidden = false;
    button.addEventListener("click", () => {
      paused = !paused;
      button.setAttribute("aria-pressed", String(paused));
      button.textContent = paused ? "Go on" : "Pause";
      tell(paused ? "paused" : "live");
      ask();
    });
  }
  document.addEventListener("visibilitychange", ask);
  setInterval(ask, every);
  tell("live");
}
