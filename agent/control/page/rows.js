// The rows of the lists of documents, clients and history.
import { showClient, showDocument } from "./detail.js";
import { button, el, name, stage } from "./dom.js";
import { label, moment, number, plain, size } from "./words.js";

const link = (text, act) => {
  const made = button("", "", act, "link");
  made.append(name(text));
  return made;
};

export const documentRow = (one) =>
  el(
    "tr",
    { "data-key": one.id },
    el(
      "th",
      { scope: "row" },
      link(one.name, () => showDocument(one.id)),
      el("p", { class: "sub narrow" }, name(one.client), `, ${size(one.size)}`),
    ),
    el("td", { class: "wide" }, name(one.client)),
    el("td", {}, stage(one.stage, label("document", one.stage))),
    el("td", { class: "wide number" }, size(one.size)),
    el("td", { class: "wide time" }, moment(one.filed_at)),
  );

export function clientRow(one, seek) {
  const of = one.documents;
  const all = Object.values(of).reduce((sum, many) => sum + many, 0);
  const not = (of.failed ?? 0) + one.waiting_files;
  const way = all - (of.filed ?? 0) - (of.failed ?? 0) - (of.lost ?? 0);
  return el(
    "tr",
    { "data-key": one.id },
    el(
      "th",
      { scope: "row" },
      link(one.name, () => showClient(one, seek)),
      el("p", { class: "sub" }, name(one.external_id), `, ${one.tax_year}, ${one.return_type}`),
    ),
    el("td", { class: "wide" }, stage(one.state, label("client", one.state))),
    el("td", { class: "number" }, number(of.filed ?? 0)),
    el("td", { class: "number wide" }, number(way)),
    el("td", { class: "number" }, not ? el("strong", {}, number(not)) : "0"),
    el("td", { class: "wide time" }, moment(one.last_at)),
  );
}

export const historyRow = (one) =>
  el(
    "tr",
    { "data-key": one.id },
    el("td", { class: "time" }, moment(one.at)),
    el(
      "td",
      {},
      one.subject === "document"
        ? link(one.name ?? `Document ${one.subject_id}`, () => showDocument(one.subject_id))
        : name(one.path ?? one.name ?? one.subject),
      one.client && one.client !== one.name ? el("p", { class: "sub" }, name(one.client)) : null,
      el(
        "div",
        { class: "narrow" },
        stage(one.after, label(one.subject, one.after)),
        el("p", { class: "sub" }, plain(one.why)),
      ),
    ),
    el("td", { class: "wide" }, stage(one.after, label(one.subject, one.after))),
    el("td", { class: "wide" }, plain(one.why)),
  );
