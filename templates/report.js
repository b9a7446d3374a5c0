"use strict";
(() => {
  const byId = (id) => document.getElementById(id);
  const counted = (number) => number.toLocaleString("en");
  const KINDS = ["mismatched", "source-only", "target-only"];

  for (const part of document.querySelectorAll(".scripted")) part.hidden = false;
  for (const part of document.querySelectorAll(".unscripted")) part.hidden = true;

  // ---- what was said to who cannot see, and for a moment to who can
  let silence = 0;
  function say(words) {
    byId("said").textContent = words;
    clearTimeout(silence);
    silence = setTimeout(() => (byId("said").textContent = ""), 4000);
  }

  // ---- light and dark
  const theme = byId("theme");
  const isDark = () => {
    const chosen = document.documentElement.dataset.theme;
    return chosen ? chosen === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
  };
  const nameTheme = () => (theme.textContent = isDark() ? "Light" : "Dark");
  function turnTheme() {
    document.documentElement.dataset.theme = isDark() ? "light" : "dark";
    nameTheme();
  }
  theme.setAttribute("aria-label", "Switch between light and dark");
  theme.addEventListener("click", turnTheme);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", nameTheme);
  nameTheme();

  // ---- copying
  async function copy(words, told) {
    try {
      await navigator.clipboard.writeText(words);
    } catch {
      const area = document.createElement("textarea");
      area.value = words;
      document.body.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
    }
    say(told);
  }
  for (const button of document.querySelectorAll(".copy")) {
    button.addEventListener("click", () => copy(button.dataset.copy, "Copied."));
  }

  const table = byId("differences");
  if (!table) return;
  const data = JSON.parse(byId("data").textContent);
  const rows = data.rows;

  // ---- values as nodes; nothing of the data is ever read as markup
  const UNSEEN = /[\p{Cc}\p{Cf}\p{Cn}\p{Co}\p{Cs}\p{Zl}\p{Zp}\p{Zs}]/u;
  const UNUSUAL = /^ | $| {2}|[^ -~]/;
  const SPACES = /^ +| +$| {2,}/g;
  const NAMES = { "\0": "NUL", "\t": "TAB", "\n": "LF", "\r": "CR", "\u00a0": "NBSP", "\ufeff": "BOM" };
  const nameOf = (one) =>
    NAMES[one] || `U+${one.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;

  function element(tag, look, ...children) {
    const made = document.createElement(tag);
    if (look) made.className = look;
    made.append(...children);
    return made;
  }

  function* pieces(text, marks) {
    const spaces = Array.from(text.matchAll(SPACES), (found) => [found.index, found.index + found[0].length]);
    const edges = [...new Set([0, text.length, ...marks, ...spaces.flat()])].sort((a, b) => a - b);
    for (let at = 0; at + 1 < edges.length; at++) {
      const [first, last] = [edges[at], edges[at + 1]];
      let isChanged = false;
      for (let mark = 0; mark < marks.length; mark += 2)
        isChanged ||= marks[mark] <= first && first < marks[mark + 1];
      const piece = text.slice(first, last);
      const isSpace = /^ +$/.test(piece);
      if (isSpace && (isChanged || spaces.some(([from, to]) => from <= first && first < to)))
        yield [piece, "space", isChanged];
      else yield* runs(piece, isChanged);
    }
  }

  function* runs(text, isChanged) {
    if (!UNSEEN.test(text.replaceAll(" ", ""))) {
      if (text) yield [text, "", isChanged];
      return;
    }
    let seen = "";
    for (const one of text) {
      if (one !== " " && UNSEEN.test(one)) {
        if (seen) yield [seen, "", isChanged];
        yield [nameOf(one), "unseen", isChanged];
        seen = "";
      } else seen += one;
    }
    if (seen) yield [seen, "", isChanged];
  }

  function shown(look, text, marks) {
    const made = element("bdi", look);
    if (!marks.length && !UNUSUAL.test(text)) {
      made.append(text);
      return made;
    }
    for (const [piece, kind, isChanged] of pieces(text, marks)) {
      const node = kind ? element("span", kind, piece) : piece;
      made.append(isChanged ? element("mark", "", node) : node);
    }
    return made;
  }

  const named = (name) => shown("text", name, []);
  const parts = (value) => (Array.isArray(value) ? value : [0, value, 0]);

  function valueNodes(value, marks = []) {
    const [before, text, after] = parts(value);
    if (text === null) return [element("i", "nothing", "NULL")];
    if (!text) return [element("i", "nothing", "empty text")];
    return [
      ...(before ? [element("i", "cut", `${counted(before)} equal characters before …`)] : []),
      shown("value", text, marks),
      ...(after ? [element("i", "cut", `… ${counted(after)} more characters`)] : []),
    ];
  }

  // ---- rows as nodes
  const isPair = (row) => row[0] === 0;
  const cellsOf = (row) => (isPair(row) ? row[5] : []);
  const inKey = new Set(data.key.map((at) => data.columns[at]));
  const namesOf = (row) => data.shapes[row[5]].map((at) => data.columns[at]);

  function head(row, number) {
    const [kind, sourceRow, targetRow, inFlight, key] = row;
    const anchor = element("a", "anchor", counted(number));
    anchor.href = `#row-${number}`;
    anchor.setAttribute("aria-label", `Link to row ${number}`);
    const places = [];
    if (sourceRow !== null) places.push(`source row ${counted(sourceRow)}`);
    if (targetRow !== null) places.push(`target row ${counted(targetRow)}`);
    const keys = key.map((value, at) =>
      element("span", "pair", named(data.columns[data.key[at]]), " ", ...valueNodes(value)));
    const cell = element("th", "", element("div", "row-line",
      anchor, element("span", "kind", KINDS[kind]), ...(inFlight ? [element("span", "tag", "in flight")] : []),
      ...keys, element("span", "at", places.join(" · "))));
    cell.colSpan = 4;
    cell.scope = "rowgroup";
    return element("tr", "row-head", cell);
  }

  function cellLine([column, source, target, pattern, sourceMarks, targetMarks]) {
    const name = element("th", "", named(data.columns[column]));
    name.scope = "row";
    return element("tr", "", name,
      element("td", "source", ...valueNodes(source, sourceMarks)),
      element("td", "target", ...valueNodes(target, targetMarks)),
      element("td", "pattern", pattern < 0 ? "" : data.patterns[pattern].replaceAll("_", " ")));
  }

  function wholeLine(row) {
    const names = namesOf(row);
    const list = element("dl", "named", ...row[6].flatMap((value, at) => inKey.has(names[at]) ? [] :
      [element("div", "", element("dt", "", named(names[at])), element("dd", "", ...valueNodes(value)))]));
    const cell = element("td", "whole", list);
    cell.colSpan = 4;
    return element("tr", "", cell);
  }

  function body(at) {
    const row = rows[at];
    const lines = isPair(row) ? cellsOf(row).map(cellLine) : row[6].length ? [wholeLine(row)] : [];
    const made = element("tbody", KINDS[row[0]], head(row, at + 1), ...lines);
    made.id = `row-${at + 1}`;
    made.tabIndex = -1;
    return made;
  }

  // ---- search, filters, order, pages
  const chosen = { search: byId("search"), kind: byId("kind"), column: byId("column"), pattern: byId("pattern"), order: byId("order") };
  const listed = (select, names) =>
    names.map((name, at) => [name, at]).sort(([a], [b]) => (a < b ? -1 : 1)).forEach(([name, at]) => {
      const words = Array.from(runs(name, false), ([piece]) => piece).join("") || "(no name)";
      select.append(new Option(words.replaceAll("_", select === chosen.pattern ? " " : "_"), String(at)));
    });
  const inCells = new Set(rows.flatMap((row) => cellsOf(row).map(([column]) => column)));
  listed(chosen.column, data.columns);
  for (const option of Array.from(chosen.column.options).slice(1))
    if (!inCells.has(Number(option.value))) option.remove();
  listed(chosen.pattern, data.patterns);
  if (rows.some((row) => cellsOf(row).some((cell) => cell[3] < 0)) && data.patterns.length)
    chosen.pattern.append(new Option("no pattern", "-1"));
  chosen.column.closest("label").hidden = inCells.size === 0;
  chosen.pattern.closest("label").hidden = data.patterns.length === 0;

  const textOf = (value) => parts(value)[1] ?? "null";
  const haystacks = [];
  function haystack(at) {
    const row = rows[at];
    haystacks[at] ??= [
      ...row[4].map(textOf),
      ...(isPair(row)
        ? cellsOf(row).flatMap(([column, source, target]) => [data.columns[column], textOf(source), textOf(target)])
        : row[6].map(textOf)),
    ].join("\n").toLowerCase();
    return haystacks[at];
  }

  const ORDERS = {
    cells: (a, b) => cellsOf(rows[b]).length - cellsOf(rows[a]).length,
    source: (a, b) => (rows[a][1] ?? Infinity) - (rows[b][1] ?? Infinity) || 0,
    target: (a, b) => (rows[a][2] ?? Infinity) - (rows[b][2] ?? Infinity) || 0,
    kind: (a, b) => rows[a][0] - rows[b][0],
  };

  let found = rows.map((_, at) => at);
  let page = 0;

  function find() {
    const words = chosen.search.value.toLowerCase();
    const { kind, column, pattern, order } = chosen;
    found = [];
    for (let at = 0; at < rows.length; at++) {
      const row = rows[at];
      if (kind.value === "flight" ? !row[3] : kind.value && row[0] !== Number(kind.value)) continue;
      if (column.value || pattern.value) {
        const fits = ([inColumn, , , withPattern]) =>
          (!column.value || inColumn === Number(column.value)) && (!pattern.value || withPattern === Number(pattern.value));
        if (!cellsOf(row).some(fits)) continue;
      }
      if (words && !haystack(at).includes(words)) continue;
      found.push(at);
    }
    if (order.value) found.sort((a, b) => ORDERS[order.value](a, b) || a - b);
  }

  const AT_ONCE = 30;  // rows that fill a screen; the others of a leaf follow when these are painted
  let drawing = 0;

  function draw(leaf, isWhole) {
    for (const old of Array.from(table.tBodies)) old.remove();
    const now = isWhole ? leaf.length : AT_ONCE;
    table.append(...leaf.slice(0, now).map(body));
    const turn = ++drawing;
    if (leaf.length > now)
      requestAnimationFrame(() => setTimeout(() => {
        if (turn === drawing) table.append(...leaf.slice(now).map(body));
      }));
  }

  function show({ isDrawn = false, isWhole = false } = {}) {
    const pages = Math.max(1, Math.ceil(found.length / data.perPage));
    page = Math.max(0, Math.min(page, pages - 1));
    const leaf = found.slice(page * data.perPage, (page + 1) * data.perPage);
    if (!isDrawn) draw(leaf, isWhole);
    table.hidden = !leaf.length;
    byId("nothing-found").hidden = leaf.length > 0;
    const first = leaf.length ? page * data.perPage + 1 : 0;
    byId("position").textContent =
      `Rows ${counted(first)} to ${counted(page * data.perPage + leaf.length)} of ${counted(found.length)}` +
      (found.length < rows.length ? ` (${counted(rows.length)} in all)` : "");
    for (const button of document.querySelectorAll(".previous")) button.disabled = page === 0;
    for (const button of document.querySelectorAll(".next")) button.disabled = page >= pages - 1;
  }

  function again() {
    find();
    page = 0;
    show();
  }

  function turn(by) {
    page += by;
    show();
    byId("rows").scrollIntoView();
  }

  function clear() {
    for (const choice of Object.values(chosen)) choice.value = "";
    again();
  }

  for (const choice of Object.values(chosen)) choice.addEventListener("input", again);
  byId("clear").addEventListener("click", () => { clear(); chosen.search.focus(); });
  for (const button of document.querySelectorAll(".previous")) button.addEventListener("click", () => turn(-1));
  for (const button of document.querySelectorAll(".next")) button.addEventListener("click", () => turn(1));
  for (const button of document.querySelectorAll(".show")) {
    button.addEventListener("click", () => {
      for (const choice of Object.values(chosen)) choice.value = "";
      chosen.column.value = button.dataset.column;
      chosen.pattern.value = button.dataset.pattern ?? "";
      again();
      byId("rows").scrollIntoView();
      chosen.column.focus({ preventScroll: true });
    });
  }

  // ---- CSV: as mismatches.csv has it, where no formula is run
  const RISKY = /^(?:[\s\0]*[=+\-@\uff1d\uff0b\uff0d\uff20]|['\t\r\n])/;
  const NUMBER = /^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$/;
  const FIELDS = ["difference_type", "column", "source_value", "target_value", "source_row", "target_row", "nulls", "in_flight"];
  const defused = (text) => (RISKY.test(text) && !NUMBER.test(text) ? `'${text}` : text);
  const quoted = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  const field = (value) => quoted(defused(value === null ? "" : String(value)));

  function csvLines(at, plain) {
    const row = rows[at];
    const keys = data.key.map((place) => `key:${data.columns[place]}`);
    const key = row[4].map(plain);
    const nullKeys = keys.filter((_, place) => key[place] === null);
    const line = (column, source, target, nulls) => [...key, KINDS[row[0]].replace("-", "_"), column, source, target,
      row[1], row[2], nulls.length ? JSON.stringify(nulls) : "", row[3] ? "true" : ""];
    if (isPair(row))
      return cellsOf(row).map(([column, ...sides]) => {
        const [source, target] = sides.slice(0, 2).map(plain);
        const nulls = [...(source === null ? ["source_value"] : []), ...(target === null ? ["target_value"] : [])];
        return line(data.columns[column], source, target, [...nullKeys, ...nulls]);
      });
    const names = namesOf(row);
    const whole = row[6].map((value, place) => `${JSON.stringify(names[place])}:${JSON.stringify(plain(value))}`);
    const json = `{${whole.join(",")}}`;
    return [line("", ...(row[0] === 1 ? [json, ""] : ["", json]), nullKeys)];
  }

  function csv() {
    let cuts = 0;
    const plain = (value) => {
      const [before, text, after] = parts(value);
      if (before || after) cuts++;
      return text;
    };
    const lines = [[...data.key.map((at) => `key:${data.columns[at]}`), ...FIELDS]];
    for (const at of found) lines.push(...csvLines(at, plain));
    return [lines.map((line) => `${line.map(field).join(",")}\r\n`).join(""), cuts];
  }
  byId("csv").addEventListener("click", () => {
    const [words, cuts] = csv();
    const cut = cuts ? ` Long values are cut as on the page (${counted(cuts)}); the page shows no more of them.` : "";
    copy(words, `Copied ${counted(found.length)} ${found.length === 1 ? "row" : "rows"} as CSV.${cut}`);
  });

  // ---- keys
  function move(by) {
    const bodies = Array.from(table.tBodies);
    const at = bodies.indexOf(document.activeElement?.closest?.("tbody"));
    const next = bodies[at < 0 ? (by > 0 ? 0 : bodies.length - 1) : at + by];
    next?.focus();
    next?.scrollIntoView({ block: "nearest" });
  }
  const KEYS = {
    "/": () => chosen.search.focus(),
    j: () => move(1),
    k: () => move(-1),
    n: () => turn(1),
    p: () => turn(-1),
    t: turnTheme,
  };
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target.matches?.("input:not([type=checkbox]), select, textarea");
    if (event.key === "Escape" && isTyping) event.target.blur();
    if (isTyping || event.ctrlKey || event.metaKey || event.altKey || !byId("keys").checked) return;
    if (Object.hasOwn(KEYS, event.key)) {
      event.preventDefault();
      KEYS[event.key]();
    }
  });

  // ---- links to a row
  function follow() {
    const number = Number(/^#row-(\d+)$/.exec(location.hash)?.[1]);
    if (!(number >= 1 && number <= rows.length)) return;
    if (!found.includes(number - 1)) clear();
    page = Math.floor(found.indexOf(number - 1) / data.perPage);
    show({ isWhole: true });
    const row = byId(`row-${number}`);
    row.classList.add("linked");
    row.scrollIntoView({ block: "center" });
    row.focus({ preventScroll: true });
  }
  addEventListener("hashchange", follow);

  show({ isDrawn: table.tBodies.length === Math.min(data.perPage, rows.length) });  // the first leaf is in the file
  follow();
})();
