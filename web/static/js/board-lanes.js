/* The table of lanes: puts visits into cells and takes them out again. Knows no server. */

import { fill } from "./board-data.js";

const MOST_IN_A_CELL = { month: 8, week: 40, day: 400 };
const STARTS = ["09:00", "10:30", "14:00", "15:30"];

export class Lanes {
  constructor(table, board, options) {
    this.table = table;
    this.board = board;
    this.words = options.words;
    this.movable = options.movable;
    this.link = options.link;
    this.view = table.dataset.view;
    this.by = table.dataset.lanes;
    this.shownDay = table.dataset.day;
    this.heads = [...table.tHead.rows[0].cells].slice(1);
    this.columns = this.heads.map((head) => head.dataset.column);
    this.rows = new Map([...table.tBodies[0].rows].map((row) => [row.dataset.lane, row]));
    this.visits = new Map(board.visits.map((visit) => [visit.uid, visit]));
  }

  /** Fill every cell; what the server counted is replaced by what it counted. */
  fill() {
    const found = new Map();
    for (const visit of this.visits.values()) {
      for (const cell of this.cellsOf(visit)) {
        if (!found.has(cell)) found.set(cell, []);
        found.get(cell).push(visit);
      }
    }
    for (const row of this.rows.values()) {
      for (const cell of [...row.cells].slice(1)) this.fillCell(cell, found.get(cell) ?? []);
    }
  }

  fillCell(cell, visits) {
    const most = MOST_IN_A_CELL[this.view];
    const shown = visits.slice(0, most).map((visit) => this.chip(visit, cell));
    if (visits.length > most) {
      const more = document.createElement("a");
      more.className = "more-visits";
      more.href = this.heads[cell.cellIndex - 1].querySelector("a")?.href ?? "#";
      more.textContent = fill(this.words.more, { count: visits.length - most });
      shown.push(more);
    }
    cell.replaceChildren(...shown);
    this.count(cell, visits.length);
  }

  /** How many visits a cell has, for paper: a month on one sheet shows figures. */
  count(cell, visits) {
    if (visits) cell.dataset.count = visits;
    else delete cell.dataset.count;
  }

  columnOf(visit) {
    return this.view === "day" ? String(visit.quarter) : visit.day;
  }

  keysOf(visit) {
    if (this.by === "organisation") return visit.bodies.length ? visit.bodies : [0];
    return [this.by === "town" ? visit.town : visit.lead];
  }

  cellsOf(visit) {
    const place = this.view === "day" && visit.day !== this.shownDay ? -1 : this.columns.indexOf(this.columnOf(visit));
    if (place < 0) return [];
    const rows = this.keysOf(visit).map((key) => this.rows.get(String(key)));
    return rows.filter(Boolean).map((row) => row.cells[place + 1]);
  }

  /** One element of a visit; a joint visit has one in each of its lanes. */
  chip(visit, cell) {
    const element = document.createElement("a");
    element.href = this.link(visit.uid);
    element.dataset.uid = visit.uid;
    element.tabIndex = -1;
    element.draggable = false;
    this.dress(element, visit, cell);
    return element;
  }

  /** What a visit looks like; what does not fit is there for screen readers, after what is seen. */
  dress(element, visit, cell) {
    const [sign] = this.words.states[visit.state];
    const joint = visit.bodies.length > 1 ? fill(this.words.joint, { count: visit.bodies.length }) : "";
    const secret = visit.hidden ? this.words.hidden : "";
    const narrow = this.view === "month";
    const parts = narrow ? [visit.credit + joint, secret] : [STARTS[visit.quarter], visit.credit, joint, secret, visit.site];
    const mark = document.createElement("span");
    mark.className = "sign";
    mark.textContent = sign;
    mark.setAttribute("aria-hidden", "true");
    const rest = document.createElement("span");
    rest.className = "visually-hidden";
    rest.textContent = `${this.words.comma}${this.rest(visit, cell)}`;
    element.replaceChildren(mark, narrow ? parts.join("") : ` ${parts.filter(Boolean).join(" ")}`, rest);
    element.dataset.tip = this.tip(visit);
    element.dataset.tipSeen = "";
    element.className = ["chip", visit.state, visit.hidden && "hidden-visit", visit.conflict && "conflict", this.movable && !visit.fixed && "movable", visit.mark, visit.selected && "selected"]
      .filter(Boolean)
      .join(" ");
  }

  /** What the pointer or the keyboard finds out about a visit without opening it; screen readers have it already. */
  tip(visit) {
    const words = this.words;
    const marks = [
      words.states[visit.state][1],
      visit.credit && fill(words.credit, { name: visit.credit }),
      visit.hidden && words.hidden_long,
      visit.pinned && words.pinned,
      visit.conflict && words.conflict,
    ];
    const place = [`${visit.day} ${STARTS[visit.quarter]}`, this.board.towns[visit.town], this.board.officers[visit.lead]];
    return [[visit.site], place, [this.namesOf(visit)], marks]
      .map((parts) => parts.filter(Boolean).join(" · "))
      .filter(Boolean)
      .join("\n");
  }

  namesOf(visit) {
    return visit.bodies.map((body) => this.board.bodies[body]).filter(Boolean).join(this.words.and);
  }

  rest(visit, cell) {
    const words = this.words;
    const column = this.view === "day" ? "" : (this.heads[cell.cellIndex - 1]?.title ?? visit.day);
    return [
      visit.selected && "☑",
      this.view === "month" && visit.site,
      column,
      this.view === "month" && STARTS[visit.quarter],
      words.states[visit.state][1],
      this.namesOf(visit),
      visit.hidden && words.hidden_long,
      visit.pinned && words.pinned,
      visit.conflict && words.conflict,
      visit.mark === "unsaved" && words.unsaved,
    ]
      .filter(Boolean)
      .join(words.comma);
  }

  chipsOf(uid) {
    return [...this.table.querySelectorAll(`a[data-uid="${uid}"]`)];
  }

  /** Dress all elements of a visit again, in their places. */
  refresh(uid) {
    const visit = this.visits.get(uid);
    for (const chip of this.chipsOf(uid)) {
      this.dress(chip, visit, chip.closest("td"));
    }
  }

  /** Give a visit other values and bring its elements to where they belong; the focus goes with it. */
  put(uid, values) {
    const visit = Object.assign(this.visits.get(uid) ?? {}, values);
    const old = this.chipsOf(uid);
    const focused = old.some((chip) => chip === document.activeElement);
    const reach = old.some((chip) => chip.tabIndex === 0);
    for (const chip of old) {
      const cell = chip.closest("td");
      chip.remove();
      this.count(cell, Number(cell.dataset.count ?? 1) - 1);
    }
    this.visits.set(uid, visit);
    for (const cell of this.cellsOf(visit)) {
      cell.append(this.chip(visit, cell));
      this.count(cell, Number(cell.dataset.count ?? 0) + 1);
    }
    const first = this.chipsOf(uid)[0];
    if (first && reach) first.tabIndex = 0;
    if (first && focused) first.focus();
    return visit;
  }
}
