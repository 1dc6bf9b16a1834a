/* 改期… without a drag: the page of the move in a dialog, sent without leaving the board. Without scripts it is a page. */

/** Open the form of a move; falls back to its page when it cannot be loaded here. */
export async function openMoveForm(uid, moves, talk) {
  const url = moves.moveUrl(uid);
  let form = null;
  try {
    const response = await fetch(url, { headers: { Accept: "text/html" }, credentials: "same-origin" });
    const page = new DOMParser().parseFromString(await response.text(), "text/html");
    form = page.querySelector("form[data-move-form]");
  } catch {
    form = null;
  }
  if (!form) {
    window.location.assign(url);
    return;
  }
  form = document.importNode(form, true);
  form.classList.remove("card");
  const title = form.querySelector(".move-title");
  title.id = "board-move-title";
  const dialog = talk.open(form, title.id);
  const chosen = form.querySelector("input[name=place]:checked") ?? form.querySelector("input[name=place]");
  (chosen ?? title).focus();
  form.querySelector("[data-move-close]").addEventListener("click", (event) => {
    event.preventDefault();
    dialog.close();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const values = new FormData(form);
    const [day, quarter] = String(values.get("place") ?? "").split("_");
    if (!day) return;
    dialog.close();
    moves.move(uid, day, Number(quarter), String(values.get("reason") ?? "").trim());
  });
}
