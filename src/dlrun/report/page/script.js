"use strict";
(() => {
  const SVG = "http://www.w3.org/2000/svg";
  const PAGE = 100;
  const PAGED_FROM = 200;
  const page = JSON.parse(document.getElementById("values").textContent);
  const table = document.getElementById("table");
  const bodies = [...table.tBodies];
  const heads = [...table.tHead.rows[0].cells];
  const panels = document.getElementById("panels");
  const shown = document.getElementById("shown");
  const rows = bodies.flatMap((body) => [...body.rows].filter((row) => row.dataset.g));
  const order = new Map(rows.map((row, place) => [row, place]));
  const isPaged = rows.length > PAGED_FROM;
  const state = { column: null, down: false, words: [], first: 0 };

  const node = (name, attributes = {}) => {
    const made = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  };
  const button = (text) => {
    const made = document.createElement("button");
    made.type = "button";
    made.textContent = text;
    return made;
  };
  const place = (scale, value) =>
    scale[2] + ((value - scale[0]) / (scale[1] - scale[0])) * (scale[3] - scale[2]);
  const text = (value) => {
    if (value === null || value === undefined) return "–";
    const size = Math.abs(value);
    if (size && (size < 1e-3 || size >= 1e6)) return value.toExponential(2);
    const digits = size < 1 ? 4 : Math.max(0, 4 - String(Math.trunc(size)).length);
    return value.toFixed(digits);
  };
  const epochs = (curve) => curve.e || curve.m.map((_, at) => at + 1);
  const trace = (xs, ys, x, y) => {
    let path = "";
    let pen = "M";
    ys.forEach((value, at) => {
      if (value === null) {
        pen = "M";
        return;
      }
      path += `${pen}${place(x, xs[at]).toFixed(1)} ${place(y, value).toFixed(1)}`;
      pen = "L";
    });
    return path;
  };
  const lastEpoch = (group) =>
    Math.max(...[group.t, group.v].filter(Boolean).map((curve) => epochs(curve).at(-1)), 2);
  const near = (curve, epoch) => {
    const xs = epochs(curve);
    let best = 0;
    xs.forEach((x, at) => {
      if (Math.abs(x - epoch) < Math.abs(xs[best] - epoch)) best = at;
    });
    return best;
  };

  /* Curves of one group, in a panel or in a cell. */
  const draw = (target, group, x, y, radius) => {
    const last = lastEpoch(group);
    const foot = Math.max(y[2], y[3]);
    const top = Math.min(y[2], y[3]);
    if (group.onset && group.onset < last) {
      const left = place(x, Math.max(group.onset, 1));
      target.append(
        node("rect", { class: "onset", x: left, y: top, width: place(x, last) - left, height: foot - top }),
      );
    }
    const kinds = [["train", group.t], ["validation", group.v]].filter(([, curve]) => curve);
    for (const [kind, curve] of kinds) {
      if (!curve.l || !radius) continue;
      const xs = epochs(curve);
      const point = (value, at) => `${place(x, xs[at]).toFixed(1)} ${place(y, value).toFixed(1)}`;
      const edge = [...curve.h.map(point), ...curve.l.map(point).reverse()];
      target.append(node("polygon", { class: `band ${kind}`, points: edge.join(" ") }));
    }
    if (radius && panels.dataset.reference) {
      const behind = page.groups[panels.dataset.reference].v;
      if (behind) target.append(node("path", { class: "line reference", d: trace(epochs(behind), behind.m, x, y) }));
    }
    for (const [kind, curve] of kinds) {
      target.append(node("path", { class: `line ${kind}`, d: trace(epochs(curve), curve.m, x, y) }));
    }
    if (group.mark !== undefined) {
      const seen = Math.min(Math.max(group.mark, y[0]), y[1]);
      target.append(node("circle", { class: "mark", cx: place(x, group.best), cy: place(y, seen), r: radius || 2.5 }));
    }
  };

  /* Sort, filter, pages. */
  const valueOf = (row, column) => {
    const cell = row.cells[column];
    const word = cell.dataset.v ?? cell.textContent.trim();
    if (word === "" || word === "-") return null;
    const size = Number(word.replace(/[,−]/g, (mark) => (mark === "," ? "" : "-")));
    return Number.isNaN(size) ? word : size;
  };
  const compare = (left, right) => {
    if (typeof left === "number" && typeof right === "number") return left - right;
    if (typeof left !== typeof right) return typeof left === "number" ? -1 : 1;
    return left.localeCompare(right, "en", { numeric: true });
  };
  const sorted = (members) => {
    if (state.column === null) return members.sort((one, two) => order.get(one) - order.get(two));
    const values = new Map(members.map((row) => [row, valueOf(row, state.column)]));
    const turn = state.down ? -1 : 1;
    return members.sort((one, two) => {
      const [left, right] = [values.get(one), values.get(two)];
      if (left === null || right === null) return (left === null) - (right === null) || order.get(one) - order.get(two);
      return turn * compare(left, right) || order.get(one) - order.get(two);
    });
  };
  const matches = (row) => state.words.every((word) => row.textContent.toLowerCase().includes(word));
  const fillSparks = (row) => {
    const cell = row.cells[heads.findIndex((head) => head.classList.contains("curves"))];
    const group = page.groups[row.dataset.g];
    if (!cell || cell.firstChild || !group) return;
    const values = [group.t, group.v].filter(Boolean).flatMap((curve) => curve.m).filter((value) => value !== null);
    if (!values.length) return;
    const low = Math.min(...values);
    const high = Math.min(Math.max(...values), 3 * (values.sort((a, b) => a - b)[values.length >> 1] - low) + low || 1);
    const picture = node("svg", { class: "spark", viewBox: "0 0 92 24", role: "img", "aria-label": `curves of ${group.name}` });
    draw(picture, group, [1, lastEpoch(group), 3, 88], [low, high > low ? high : low + 1, 22, 2], 0);
    cell.append(picture);
  };
  const update = () => {
    const found = [];
    for (const body of bodies) {
      const members = sorted(rows.filter((row) => row.parentNode === body));
      body.append(...members);
      found.push(...members.filter(matches));
    }
    const total = found.length;
    const end = isPaged ? state.first + PAGE : total;
    const visible = new Set(found.slice(state.first, end));
    for (const row of rows) row.hidden = !visible.has(row);
    visible.forEach(fillSparks);
    table.classList.toggle("resorted", state.column !== null || state.words.length > 0);
    const range = isPaged && total > PAGE ? `${state.first + 1}–${Math.min(end, total)} of ` : "";
    const all = total === rows.length ? "" : ` of ${rows.length.toLocaleString("en")}`;
    shown.textContent = `${range}${total.toLocaleString("en")}${all} ${rows.length === 1 ? "group" : "groups"}`;
    document.getElementById("pages").hidden = !isPaged || total <= PAGE;
    document.getElementById("previous").disabled = state.first === 0;
    document.getElementById("next").disabled = end >= total;
  };
  const sortBy = (column) => {
    const isAgain = state.column === column;
    if (isAgain && state.down) state.column = null;
    else {
      state.down = isAgain;
      state.column = column;
    }
    state.first = 0;
    heads.forEach((head, at) => {
      if (at === state.column) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
    update();
  };
  const turnPage = (step) => {
    state.first = Math.max(0, state.first + step * PAGE);
    update();
    table.scrollIntoView({ block: "start" });
  };

  /* Panels. */
  const readouts = new WeakMap();
  const addPanel = (number) => {
    const group = page.groups[number];
    const figure = document.getElementById("panel").content.firstElementChild.cloneNode(true);
    const tag = figure.querySelector(".tag");
    figure.dataset.g = number;
    figure.classList.add("added");
    figure.querySelector(".label").textContent = group.name;
    tag.textContent = group.tag;
    if (group.tag) tag.classList.add(group.kind);
    else tag.remove();
    figure.querySelector("svg").setAttribute("aria-label", `curves of ${group.name}`);
    figure.querySelector(".readout").textContent = group.note;
    draw(figure.querySelector("g"), group, page.x, page.y, 3.5);
    panels.append(figure);
    prepare(figure);
  };
  const toggle = (number) => {
    const present = panels.querySelector(`[data-g="${number}"]`);
    const name = page.groups[number].name;
    if (present) present.remove();
    else addPanel(number);
    mark();
    shown.textContent = present ? `removed the curves of ${name}` : `added the curves of ${name} below`;
  };
  const mark = () => {
    const drawn = new Set([...panels.children].map((figure) => figure.dataset.g));
    for (const row of rows) {
      const isDrawn = drawn.has(row.dataset.g);
      row.classList.toggle("drawn", isDrawn);
      row.querySelector(".name button")?.setAttribute("aria-pressed", isDrawn);
    }
  };
  const prepare = (figure) => {
    const readout = figure.querySelector(".readout");
    readouts.set(figure, readout.textContent);
    const close = button("×");
    close.className = "close";
    close.setAttribute("aria-label", `Remove the curves of ${page.groups[figure.dataset.g].name}`);
    close.addEventListener("click", () => {
      figure.remove();
      mark();
    });
    figure.querySelector("figcaption").insertBefore(close, readout);
    const picture = figure.querySelector("svg");
    picture.tabIndex = 0;
    picture.addEventListener("pointermove", (event) => {
      const box = picture.getBoundingClientRect();
      const x = ((event.clientX - box.left) / box.width) * picture.viewBox.baseVal.width;
      const share = (x - page.x[2]) / (page.x[3] - page.x[2]);
      pointAt(Math.round(page.x[0] + share * (page.x[1] - page.x[0])));
    });
    picture.addEventListener("pointerleave", () => pointAt(null));
    picture.addEventListener("blur", () => pointAt(null));
    picture.addEventListener("keydown", (event) => {
      const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!step) return;
      event.preventDefault();
      pointAt((pointed ?? page.groups[figure.dataset.g].best ?? 1) + step);
    });
  };
  let pointed = null;
  const pointAt = (epoch) => {
    pointed = epoch === null ? null : Math.min(Math.max(epoch, page.x[0]), page.x[1]);
    for (const figure of panels.children) {
      figure.querySelector(".pointer")?.remove();
      const readout = figure.querySelector(".readout");
      if (pointed === null) readout.textContent = readouts.get(figure);
      else point(figure, readout);
    }
  };
  const point = (figure, readout) => {
    const group = page.groups[figure.dataset.g];
    const layer = node("g", { class: "pointer" });
    const left = place(page.x, pointed);
    layer.append(node("path", { class: "cross", d: `M${left} ${page.y[2]}V${page.y[3]}` }));
    const words = [];
    for (const [kind, curve] of [["validation", group.v], ["train", group.t]]) {
      if (!curve) continue;
      const at = near(curve, pointed);
      const isThere = Math.abs(epochs(curve)[at] - pointed) < Math.max(1, (page.x[1] - page.x[0]) / 50);
      const value = isThere ? curve.m[at] : null;
      words.push(`${kind === "train" ? kind : page.curve} ${text(value)}`);
      if (value !== null && value >= page.y[0] && value <= page.y[1]) {
        layer.append(node("circle", { class: `probe ${kind}`, cx: left, cy: place(page.y, value), r: 3.5 }));
      }
    }
    readout.textContent = `epoch ${pointed}: ${words.join(", ")}`;
    figure.querySelector("svg").append(layer);
  };

  /* Files. */
  const quote = (value) => {
    const plain = String(value ?? "");
    const safe = /^[=+@\t\r-]/.test(plain) && Number.isNaN(Number(plain)) ? `'${plain}` : plain;
    return /[",\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
  };
  const save = (name, lines) => {
    const link = document.createElement("a");
    const content = `${lines.map((line) => line.map(quote).join(",")).join("\n")}\n`;
    link.href = URL.createObjectURL(new Blob([content], { type: "text/csv" }));
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  };
  const saveTable = () => {
    const kept = heads.map((head, at) => at).filter((at) => !/\b(picture|curves)\b/.test(heads[at].className));
    const found = rows.filter(matches).sort((one, two) => order.get(one) - order.get(two));
    const names = kept.map((at) => heads[at].dataset.name);
    save("groups.csv", [names, ...found.map((row) => kept.map((at) => valueOf(row, at)))]);
  };
  const saveCurves = () => {
    const lines = [["group", "part", "epoch", page.metric, "low", "high"]];
    for (const group of Object.values(page.groups)) {
      for (const [part, curve] of [["train", group.t], [page.curve, group.v]]) {
        if (curve) epochs(curve).forEach((epoch, at) => lines.push([group.name, part, epoch, curve.m[at], curve.l?.[at], curve.h?.[at]]));
      }
    }
    save("curves.csv", lines);
  };

  /* Wake up. */
  heads.forEach((head, at) => {
    const label = head.firstChild?.nodeType === 3 ? head.firstChild : null;
    head.dataset.name = label?.textContent ?? "";
    if (!label || /\b(picture|curves)\b/.test(head.className)) return;
    const made = button(label.textContent);
    made.addEventListener("click", () => sortBy(at));
    label.replaceWith(made);
  });
  for (const row of rows) {
    if (!panels || !page.groups[row.dataset.g]) continue;
    const label = row.querySelector(".name .label");
    const made = button("");
    made.append(...label.childNodes);
    label.append(made);
    row.addEventListener("click", () => {
      if (!String(getSelection())) toggle(row.dataset.g);
    });
  }
  if (panels) {
    table.classList.add("live");
    [...panels.children].forEach(prepare);
    mark();
  }
  for (const mark of document.querySelectorAll(".points [data-g]")) {
    const row = rows.find((one) => one.dataset.g === mark.dataset.g);
    mark.addEventListener("click", () => panels && !row.classList.contains("drawn") && toggle(mark.dataset.g));
  }
  document.getElementById("filter").addEventListener("input", (event) => {
    state.words = event.target.value.toLowerCase().split(/\s+/).filter(Boolean);
    state.first = 0;
    update();
  });
  document.getElementById("previous").addEventListener("click", () => turnPage(-1));
  document.getElementById("next").addEventListener("click", () => turnPage(1));
  document.getElementById("table-csv").addEventListener("click", saveTable);
  document.getElementById("curves-csv").addEventListener("click", saveCurves);
  document.getElementById("tools").hidden = false;
  update();
})();
