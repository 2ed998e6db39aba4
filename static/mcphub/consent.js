// The consent page works without this: the hub gives what a scope includes, and counts one answer.
// With it the boxes show that at once, Enter in a box does nothing, and a double click sends once.
const form = document.querySelector("form[data-consent]");
const boxes = [...form.querySelectorAll("input[data-includes]")];
const included = (box) => box.dataset.includes.split(" ").filter(Boolean);

for (const changed of boxes) {
  changed.addEventListener("change", () => {
    for (const box of boxes) {
      if (changed.checked && included(changed).includes(box.value)) box.checked = true;
      if (!changed.checked && included(box).includes(changed.value)) box.checked = false;
    }
  });
}

form.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) event.preventDefault();
});

let sent = false;
form.addEventListener("submit", (event) => {
  if (sent) event.preventDefault();
  sent = true;
});
window.addEventListener("pageshow", (event) => {
  if (event.persisted) sent = false;
});
