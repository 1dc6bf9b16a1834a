/* What the board says to the person: notes at the corner, a question for a reason, the form of a move. Knows no visit. */

export class Talk {
  constructor(words) {
    this.words = words;
    this.line = document.querySelector("[data-board-said]");
    this.box = document.createElement("div");
    this.box.className = "board-talk no-print";
    document.body.append(this.box);
  }

  /** Read aloud, politely; nothing to see. */
  say(text) {
    if (this.line) this.line.textContent = text;
  }

  /** A note that stays until it is closed or the next one comes. */
  tell(tone, lines, list) {
    const note = document.createElement("div");
    note.className = `note ${tone}`;
    note.setAttribute("role", tone === "bad" ? "alert" : "status");
    for (const line of lines.filter(Boolean)) note.append(paragraph(line));
    if (list.length) {
      const points = document.createElement("ul");
      for (const text of list) {
        const point = document.createElement("li");
        point.textContent = text;
        points.append(point);
      }
      note.append(points);
    }
    const actions = document.createElement("div");
    actions.className = "actions";
    note.append(actions);
    this.button(note, this.words.close, () => {});
    this.box.replaceChildren(note);
    return note;
  }

  /** A button in a note; pressing it closes the note. */
  button(note, text, act) {
    const button = document.createElement("button");
    button.type = "button";
    button.className = "button tiny";
    button.textContent = text;
    button.addEventListener("click", () => {
      note.remove();
      act();
    });
    note.querySelector(".actions").prepend(button);
  }

  /** Ask for a reason in a dialog; `give` gets it, `stop` is called when there is none. */
  askReason(title, lines, give, stop) {
    const form = document.createElement("form");
    form.method = "dialog";
    form.className = "form";
    const heading = document.createElement("h2");
    heading.textContent = title;
    heading.id = "board-reason-title";
    const points = document.createElement("ul");
    for (const line of lines) points.append(Object.assign(document.createElement("li"), { textContent: line }));
    const field = document.createElement("textarea");
    field.className = "input short";
    field.required = true;
    field.name = "reason";
    field.setAttribute("aria-labelledby", heading.id);
    const send = Object.assign(document.createElement("button"), { className: "button main-action", type: "submit", textContent: this.words.again });
    const back = Object.assign(document.createElement("button"), { className: "button", type: "button", textContent: this.words.put_back });
    const actions = document.createElement("div");
    actions.className = "actions";
    actions.append(send, back);
    form.append(heading, points, field, actions);
    const dialog = this.open(form, heading.id);
    let given = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      if (!field.value.trim()) return;
      given = true;
      dialog.close();
      give(field.value.trim());
    });
    back.addEventListener("click", () => dialog.close());
    dialog.addEventListener("close", () => {
      if (!given) stop();
    });
    field.focus();
  }

  /** A dialog around some content; it is gone when it is closed, and the focus goes back. */
  open(content, labelledBy) {
    const came = document.activeElement;
    const dialog = document.createElement("dialog");
    dialog.className = "board-dialog";
    if (labelledBy) dialog.setAttribute("aria-labelledby", labelledBy);
    dialog.append(content);
    document.body.append(dialog);
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (came?.isConnected) came.focus();
    });
    dialog.showModal();
    return dialog;
  }
}

function paragraph(text) {
  return Object.assign(document.createElement("p"), { textContent: text });
}
