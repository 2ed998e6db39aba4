// The consent page works without this: the hub gives what a scope includes, and counts one answer.
// With it the boxes show that at once, Enter in a box does nothing, a double click sends once, and the
// page says what became of it: an app that is opened by its own scheme leaves the page standing.
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

const line = form.querySelector("[data-sent]");
const answers = [...form.querySelectorAll("button[name=decision]")];

function answered(yes) {
  for (const button of answers) button.disabled = yes;
  line.textContent = yes ? line.dataset.sent : "";
}

form.addEventListener("submit", () => setTimeout(answered, 0, true)); // once the answer is on its way
window.addEventListener("pageshow", (event) => {
  if (event.persisted) answered(false);
});
