/** Diffs in one column or two. @module */
import { countOf, MAX_ROWS, type Pair, pairsOf, type Row, rowsOf } from "../view/diff.ts";
import { button, h } from "./dom.ts";

const KEY = "opencode.diff";

function wanted(): "one" | "two" {
  return localStorage.getItem(KEY) === "two" ? "two" : "one";
}

/** A unified diff, with a switch between one column and two. */
export function diffElement(patch: string, name: string): HTMLElement {
  const rows = rowsOf(patch);
  const { added, removed } = countOf(rows);
  const body = h("div", {
    class: "diff-body",
    tabindex: 0,
    role: "group",
    "aria-label": `Changes of ${name}`,
  });
  let columns = wanted();
  const show = () => {
    body.replaceChildren(columns === "two" ? twoColumns(rows) : oneColumn(rows));
    toggle.textContent = columns === "two" ? "One column" : "Two columns";
  };
  const toggle = button("", () => {
    columns = columns === "two" ? "one" : "two";
    localStorage.setItem(KEY, columns);
    show();
  });
  show();
  return h(
    "figure",
    { class: "diff" },
    h(
      "figcaption",
      {},
      h("span", { class: "path" }, name),
      h("span", { class: "added-count" }, `+${added}`),
      h("span", { class: "removed-count" }, `−${removed}`),
      toggle,
    ),
    body,
  );
}

const SIGN: Record<Row["kind"], string> = { same: " ", added: "+", removed: "−", gap: "⋯" };

function oneColumn(rows: readonly Row[]): HTMLElement {
  return table(
    rows,
    (row) =>
      h(
        "tr",
        { class: row.kind },
        h("td", { class: "number" }, row.before === undefined ? "" : String(row.before)),
        h("td", { class: "number" }, row.after === undefined ? "" : String(row.after)),
        h("td", { class: "sign" }, SIGN[row.kind]),
        h("td", { class: "line" }, row.text),
      ),
  );
}

function twoColumns(rows: readonly Row[]): HTMLElement {
  const side = (row: Row | undefined, number: number | undefined) => {
    const kind = row?.kind ?? "empty";
    return [
      h("td", { class: `number ${kind}` }, number === undefined ? "" : String(number)),
      h("td", { class: `line ${kind}` }, row?.text ?? ""),
    ];
  };
  return table(
    pairsOf(rows),
    ({ left, right }: Pair) =>
      h("tr", {}, ...side(left, left?.before), ...side(right, right?.after)),
    "two",
  );
}

function table<T>(rows: readonly T[], row: (value: T) => HTMLElement, kind = "one"): HTMLElement {
  const body = h("tbody", {}, ...rows.slice(0, MAX_ROWS).map(row));
  if (rows.length > MAX_ROWS) {
    body.append(h("tr", {}, h("td", { colspan: 4 }, `… ${rows.length - MAX_ROWS} more lines`)));
  }
  return h("table", { class: kind }, body);
}
