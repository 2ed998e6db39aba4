// A form that is sent is not sent again by a double click. The hub counts one answer anyway; without this
// the browser would show the answer to the second click, which is not the one that did the work.
"use strict";

(() => {
  const PAUSE = 3000; // milliseconds; whose request got lost may try again
  const sent = new WeakMap();

  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (event.defaultPrevented || form.method !== "post") return;
    if (Date.now() - (sent.get(form) ?? -PAUSE) < PAUSE) event.preventDefault();
    else sent.set(form, Date.now());
  });

  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) sent.delete(form);
  });
})();
