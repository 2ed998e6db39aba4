// Copy buttons: <button data-copy="ID" hidden> copies the text of #ID; shown only where this runs.
"use strict";

// The clipboard API is missing on plain http beyond loopback; selecting the text still helps there.
function select(element) {
  const range = document.createRange();
  range.selectNodeContents(element);
  const selection = window.getSelection();
  selection.removeAllRanges();
  selection.addRange(range);
}

async function copy(element) {
  if (navigator.clipboard) {
    await navigator.clipboard.writeText(element.textContent);
    return true;
  }
  select(element);
  return document.execCommand("copy");
}

function tell(button, text) {
  button.textContent = text;
  const status = document.querySelector("[data-copied]");
  if (status) {
    status.textContent = ""; // the same words once more would be no change, and not heard
    setTimeout(() => { status.textContent = text; }, 100);
  }
  setTimeout(() => { button.textContent = "Copy"; }, 2000);
}

for (const button of document.querySelectorAll("[data-copy]")) {
  const element = document.getElementById(button.dataset.copy);
  button.hidden = false;
  button.addEventListener("click", async () => {
    try {
      tell(button, (await copy(element)) ? "Copied" : "Press Ctrl+C");
    } catch {
      select(element);
      tell(button, "Press Ctrl+C");
    }
  });
}
