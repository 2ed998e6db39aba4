// A long list to choose from gets a field that narrows it. Without this the whole list is there.
// What is chosen always stays in sight, and so does whatever the browser wants to complain about.
const field = document.querySelector("input[data-filter]");
const rows = [...document.querySelectorAll("[data-filtered]")];
const told = document.querySelector("[data-filter-told]");
const words = (row) => [...row.querySelectorAll("label, .quiet")].map((part) => part.textContent);
const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

function narrow() {
  const asked = plain(field.value).split(/\s+/).filter(Boolean);
  let found = 0;
  for (const row of rows) {
    const text = plain(words(row).join(" "));
    const fits = asked.every((word) => text.includes(word));
    row.hidden = !fits && !row.querySelector("input:checked");
    if (fits) found += 1;
  }
  told.textContent = asked.length ? `${found || "None"} of ${rows.length} fit.` : "";
}

if (field) {
  field.closest("[hidden]").hidden = false;
  field.addEventListener("input", narrow);
  field.form.addEventListener("change", narrow);
  field.form.addEventListener("invalid", () => { field.value = ""; narrow(); }, true);
  window.addEventListener("pageshow", narrow);
}
