"use strict";
(() => {
  const table = document.getElementById("differences");
  if (!table) return;
  const byId = (id) => document.getElementById(id);
  const perPage = Number(document.body.dataset.rowsPerPage);
  const rows = Array.from(table.tBodies);
  const texts = rows.map((row) => row.textContent.toLowerCase());
  let page = 0;

  function show() {
    const words = byId("search").value.toLowerCase();
    const kind = byId("kind").value;
    const found = rows.filter((row, at) => texts[at].includes(words) && (!kind || row.dataset.kind === kind));
    const pages = Math.max(1, Math.ceil(found.length / perPage));
    page = Math.min(page, pages - 1);
    const shown = new Set(found.slice(page * perPage, (page + 1) * perPage));
    for (const row of rows) row.hidden = !shown.has(row);
    const first = found.length ? page * perPage + 1 : 0;
    byId("position").textContent =
      `${first.toLocaleString("en")} to ${(page * perPage + shown.size).toLocaleString("en")} of ${found.length.toLocaleString("en")}`;
    byId("previous").disabled = page === 0;
    byId("next").disabled = page >= pages - 1;
  }

  function turn(to) {
    page = to;
    show();
  }

  byId("search").addEventListener("input", () => turn(0));
  byId("kind").addEventListener("change", () => turn(0));
  byId("previous").addEventListener("click", () => turn(page - 1));
  byId("next").addEventListener("click", () => turn(page + 1));
  document.querySelector(".tools").hidden = false;
  show();
})();
