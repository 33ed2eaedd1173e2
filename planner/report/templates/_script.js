"use strict";
for (const table of document.querySelectorAll("table.sortable")) {
  table.tHead.querySelectorAll("th").forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => sort(table, head, column));
  });
}
function sort(table, head, column) {
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.querySelectorAll("th")) other.removeAttribute("aria-sort");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = [...body.rows].sort((a, b) => compare(a.cells[column], b.cells[column]));
  body.append(...(down ? rows.reverse() : rows));
}
function compare(a, b) {
  if ("sort" in a.dataset && "sort" in b.dataset) return a.dataset.sort - b.dataset.sort;
  return a.textContent.localeCompare(b.textContent);
}

const tip = document.createElement("div");
tip.className = "tip";
tip.setAttribute("role", "status");
document.body.append(tip);
let lit = null;
for (const plot of document.querySelectorAll(".plot")) explore(plot);
function explore(plot) {
  const said = new Map();
  for (const title of plot.querySelectorAll("svg title")) {
    const mark = title.parentNode;
    title.remove();
    if (mark.localName !== "svg") said.set(mark, title.textContent);
  }
  const marks = [...said.keys()];
  if (!marks.length) return;
  plot.setAttribute("aria-label", `${plot.getAttribute("aria-label")}. Arrow keys step through ${marks.length} values`);
  const show = (mark) => {
    hide();
    lit = mark;
    mark.classList.add("lit");
    tip.textContent = said.get(mark);
    tip.classList.add("on");
    place(mark.getBoundingClientRect());
  };
  plot.addEventListener("pointerover", (event) => said.has(event.target) ? show(event.target) : hide());
  plot.addEventListener("pointerleave", hide);
  plot.addEventListener("focus", () => plot.matches(":focus-visible") && show(marks[0]));
  plot.addEventListener("blur", hide);
  plot.addEventListener("keydown", (event) => {
    if (event.key === "Escape") return hide();
    const next = step(marks, lit, event.key);
    if (!next || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    next.scrollIntoView({ block: "nearest", inline: "nearest" });
    show(next);
  });
}
function step(marks, from, key) {
  const at = marks.indexOf(from);
  if (key === "Home" || (at < 0 && key.startsWith("Arrow"))) return marks[0];
  if (key === "End") return marks.at(-1);
  if (key === "ArrowRight") return marks[Math.min(at + 1, marks.length - 1)];
  if (key === "ArrowLeft") return marks[Math.max(at - 1, 0)];
  if (key === "ArrowUp" || key === "ArrowDown") return beyond(marks, from, key === "ArrowDown" ? 1 : -1);
  return null;
}
function beyond(marks, from, way) {
  const here = centre(from);
  let best = from, least = Infinity;
  for (const mark of marks) {
    const there = centre(mark);
    const down = way * (there.y - here.y), aside = Math.abs(there.x - here.x);
    if (down > 1 && down + 3 * aside < least) [best, least] = [mark, down + 3 * aside];
  }
  return best;
}
function centre(mark) {
  const box = mark.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}
function place(box) {
  const wide = document.documentElement.clientWidth - tip.offsetWidth - 8;
  const above = box.top - tip.offsetHeight - 8;
  tip.style.left = `${Math.max(8, Math.min(wide, box.left + box.width / 2 - tip.offsetWidth / 2))}px`;
  tip.style.top = `${above > 8 ? above : Math.min(box.bottom + 8, innerHeight - tip.offsetHeight - 8)}px`;
}
function hide() {
  if (lit) lit.classList.remove("lit");
  lit = null;
  tip.classList.remove("on");
}
addEventListener("scroll", () => lit && place(lit.getBoundingClientRect()), { passive: true });

const folded = [...document.querySelectorAll("details")];
let opened = [];
addEventListener("beforeprint", () => {
  hide();
  opened = folded.filter((one) => !one.open);
  for (const one of opened) one.open = true;
});
addEventListener("afterprint", () => {
  for (const one of opened) one.open = false;
});
