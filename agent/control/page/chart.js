// Documents and bytes per day, as bars and as a table.
import { $, el, renew } from "./dom.js";
import { get } from "./door.js";
import { counted, number, size } from "./words.js";

const SVG = "http://www.w3.org/2000/svg";
const HIGH = 100;

function shape(kind, attributes) {
  const made = document.createElementNS(SVG, kind);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  return made;
}

function bars(days, key, tone, words) {
  const most = Math.max(1, ...days.map((one) => one[key]));
  const svg = shape("svg", {
    viewBox: `0 0 ${days.length} ${HIGH}`,
    preserveAspectRatio: "none",
    role: "img",
  });
  svg.setAttribute("aria-label", words(days));
  days.forEach((one, at) => {
    const high = one[key] && Math.max(2, (one[key] / most) * HIGH);
    const bar = shape("rect", {
      x: at + 0.12,
      width: 0.76,
      y: HIGH - high,
      height: high,
      class: `bar ${tone}`,
    });
    const ground = shape("rect", { x: at, width: 1, y: 0, height: HIGH, fill: "transparent" });
    const title = shape("title", {});
    title.textContent = `${one.day}: ${counted(one.documents, "document")}, ${size(one.bytes)}`;
    const group = shape("g", {});
    group.append(title, ground, bar);
    svg.append(group);
  });
  svg.append(shape("rect", { x: 0, y: HIGH - 1, width: days.length, height: 1, class: "axis" }));
  return svg;
}

const sum = (days, key) => days.reduce((all, one) => all + one[key], 0);

const best = (days, key) => days.reduce((top, one) => (one[key] > top[key] ? one : top), days[0]);

function figure(days, key, tone, title, text) {
  const all = sum(days, key);
  const top = best(days, key);
  const words = `${title}: ${text(all)} in ${days.length} days${all ? `, most on ${top.day} with ${text(top[key])}` : ""}`;
  return el(
    "figure",
    {},
    el("figcaption", {}, words),
    bars(days, key, tone, () => words),
  );
}

function charts(days) {
  return [
    figure(days, "documents", "first", "Documents", number),
    figure(days, "bytes", "second", "Size", size),
    el(
      "div",
      { class: "scale", "aria-hidden": "true" },
      el("span", {}, days[0].day),
      el("span", {}, days.at(-1).day),
    ),
  ];
}

const row = (one) =>
  el(
    "tr",
    {},
    el("th", { scope: "row" }, one.day),
    el("td", { class: "number" }, number(one.documents)),
    el("td", { class: "number" }, size(one.bytes)),
  );

export async function days() {
  const { days } = await get("days", { days: $("span").value });
  if (!days.length) return;
  renew($("charts"), days, () => charts(days));
  renew($("days-table"), days, () => [...days].reverse().map(row));
}
