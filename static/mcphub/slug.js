// An address that follows from a title as it is typed: <input data-slug-of="ID of the title">.
// Once somebody types an address of their own, it is theirs. The server does the same without this.
"use strict";

(() => {
  const LONGEST = 56;

  function slug(title) {
    const plain = title.normalize("NFKD").replace(/[\u0300-\u036f]/g, "").toLowerCase();
    return plain.replace(/[^a-z0-9\s_-]/g, "").replace(/[\s_-]+/g, "-").replace(/^-+/, "").slice(0, LONGEST).replace(/-+$/, "");
  }

  document.addEventListener("DOMContentLoaded", () => {
    for (const field of document.querySelectorAll("[data-slug-of]")) {
      const title = document.getElementById(field.dataset.slugOf);
      let own = field.value !== "";
      field.addEventListener("input", () => { own = field.value !== ""; });
      title.addEventListener("input", () => { if (!own) field.value = slug(title.value); });
    }
  });
})();
