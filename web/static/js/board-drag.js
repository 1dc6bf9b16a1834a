/* Carrying a visit by mouse, pen or finger. Before it is dropped every column says whether it may go there, and why not. */

import { fill } from "./board-data.js";

const FAR_ENOUGH = 6;
const HOLD_MS = 350;
const EDGE = 48;

export class Drag {
  constructor(lanes, moves, talk, words) {
    this.lanes = lanes;
    this.moves = moves;
    this.talk = talk;
    this.words = words;
    this.box = lanes.table.parentElement;
    this.held = null;
    lanes.table.addEventListener("pointerdown", (event) => this.press(event));
    lanes.table.addEventListener("dragstart", (event) => event.preventDefault());
    lanes.table.addEventListener("click", (event) => this.swallow(event), true);
    lanes.table.addEventListener("contextmenu", (event) => this.held?.carried && event.preventDefault());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && this.held?.carried) this.stop(this.words.stopped);
    });
  }

  press(event) {
    const chip = event.target.closest("a.movable");
    if (!chip || event.button !== 0 || this.held) return;
    const held = { chip, uid: chip.dataset.uid, pointer: event.pointerId, x: event.clientX, y: event.clientY, carried: null };
    this.held = held;
    held.listeners = [
      ["pointermove", (move) => this.follow(move)],
      ["pointerup", (up) => this.drop(up)],
      ["pointercancel", () => this.stop("")],
    ];
    for (const [name, listener] of held.listeners) document.addEventListener(name, listener);
    if (event.pointerType !== "mouse") held.timer = window.setTimeout(() => this.lift(), HOLD_MS);
    held.byMouse = event.pointerType === "mouse";
    held.still = (touch) => held.carried && touch.preventDefault();
    document.addEventListener("touchmove", held.still, { passive: false });
  }

  follow(event) {
    const held = this.held;
    if (!held || event.pointerId !== held.pointer) return;
    const far = Math.hypot(event.clientX - held.x, event.clientY - held.y) > FAR_ENOUGH;
    if (!held.carried && far) {
      // A finger that moves before it has held still wants to scroll.
      if (!held.byMouse) return void this.stop("");
      this.lift();
    }
    if (held.carried) this.carry(event.clientX, event.clientY);
  }

  /** Take the visit up: its days are asked for, and the columns are shaded when the answer comes. */
  lift() {
    const held = this.held;
    const visit = this.lanes.visits.get(held.uid);
    held.carried = held.chip.cloneNode(true);
    held.carried.classList.add("carried");
    held.carried.textContent = visit.site;
    held.note = Object.assign(document.createElement("div"), { className: "board-note", textContent: this.words.asking_days });
    document.body.append(held.carried, held.note);
    for (const chip of this.lanes.chipsOf(held.uid)) chip.classList.add("lifted");
    this.talk.say(fill(this.words.held, { site: visit.site }));
    this.carry(held.x, held.y);
    this.moves.days(held.uid).then(
      (found) => {
        if (this.held !== held) return;
        held.found = found;
        this.shade(found, visit);
        this.carry(held.lastX, held.lastY);
      },
      () => this.held === held && this.stop(this.words.unsaved_long),
    );
  }

  shade(found, visit) {
    this.held.verdicts = this.lanes.heads.map((head) => this.judge(found, visit, head));
    this.lanes.heads.forEach((head, place) => {
      const verdict = this.held.verdicts[place];
      head.classList.add(verdict.can ? "can" : "cannot");
      head.dataset.title = head.title;
      head.title = verdict.text;
      head.querySelector("[data-verdict]").textContent = verdict.can ? "✓" : "✕";
      for (const row of this.lanes.rows.values()) row.cells[place + 1].classList.add(verdict.can ? "can" : "cannot");
    });
  }

  judge(found, visit, head) {
    if (this.lanes.view === "day") return this.moves.verdict(found, visit.day, Number(head.dataset.column), false);
    return this.moves.verdict(found, head.dataset.column, null, head.classList.contains("off"));
  }

  carry(x, y) {
    const held = this.held;
    held.lastX = x;
    held.lastY = y;
    held.carried.style.transform = `translate(${x + 8}px, ${y + 8}px)`;
    held.note.style.transform = `translate(${Math.min(x + 8, window.innerWidth - 330)}px, ${y + 36}px)`;
    this.scrollAtEdges(x, y);
    const cell = document.elementFromPoint(x, y)?.closest?.("table.board td, table.board thead th[data-column]");
    const place = cell && this.lanes.table.contains(cell) ? cell.cellIndex - 1 : -1;
    if (place === held.place && held.noted === Boolean(held.verdicts)) return;
    held.place = place;
    held.noted = Boolean(held.verdicts);
    for (const other of this.lanes.table.querySelectorAll("td.target")) other.classList.remove("target");
    if (place < 0) {
      held.note.textContent = held.found ? "" : this.words.asking_days;
      return;
    }
    for (const row of this.lanes.chipsOf(held.uid).map((chip) => chip.closest("tr"))) row.cells[place + 1].classList.add("target");
    if (held.verdicts) held.note.textContent = `${this.lanes.heads[place].dataset.title} · ${held.verdicts[place].text}`;
  }

  scrollAtEdges(x, y) {
    const edge = this.box.getBoundingClientRect();
    if (x > edge.right - EDGE) this.box.scrollLeft += 14;
    if (x < edge.left + EDGE) this.box.scrollLeft -= 14;
    if (y > edge.bottom - EDGE) this.box.scrollTop += 14;
    if (y < edge.top + EDGE) this.box.scrollTop -= 14;
  }

  async drop(event) {
    const held = this.held;
    if (!held || event.pointerId !== held.pointer) return;
    if (!held.carried) {
      this.stop("", { quiet: true });
      return;
    }
    this.carry(event.clientX, event.clientY);
    const { uid, place, found } = held;
    const head = place >= 0 ? this.lanes.heads[place] : null;
    const verdict = held.verdicts?.[place];
    const title = head?.dataset.title ?? "";
    this.stop("");
    this.swallowing = true;
    window.setTimeout(() => {
      this.swallowing = false;
    }, 0);
    if (!head || !found) return;
    if (!verdict.can) this.talk.tell("bad", [this.words.taken_back, title], [verdict.text]);
    else this.send(uid, head.dataset.column, verdict);
  }

  send(uid, column, verdict) {
    const visit = this.lanes.visits.get(uid);
    const inDay = this.lanes.view === "day";
    const day = inDay ? visit.day : column;
    const quarter = inDay ? Number(column) : verdict.quarters.includes(visit.quarter) ? visit.quarter : verdict.quarters[0];
    if (day !== visit.day || quarter !== visit.quarter) this.moves.move(uid, day, quarter);
  }

  stop(text) {
    const held = this.held;
    if (!held) return;
    window.clearTimeout(held.timer);
    for (const [name, listener] of held.listeners) document.removeEventListener(name, listener);
    document.removeEventListener("touchmove", held.still);
    held.carried?.remove();
    held.note?.remove();
    for (const chip of this.lanes.chipsOf(held.uid)) chip.classList.remove("lifted");
    if (held.verdicts) this.unshade();
    for (const other of this.lanes.table.querySelectorAll("td.target")) other.classList.remove("target");
    this.held = null;
    if (text) this.talk.say(text);
  }

  unshade() {
    for (const head of this.lanes.heads) {
      head.classList.remove("can", "cannot");
      head.title = head.dataset.title;
      head.querySelector("[data-verdict]").textContent = "";
    }
    for (const cell of this.lanes.table.querySelectorAll("td.can, td.cannot")) cell.classList.remove("can", "cannot");
  }

  /** The click that ends a drag opens nothing. */
  swallow(event) {
    if (!this.swallowing) return;
    event.preventDefault();
    event.stopPropagation();
  }
}
