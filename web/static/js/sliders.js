/* Sliders say in words where they stand; without this script the scale stands in the page. */

/** The words of a slider's place: from its list of places, or the figure itself. */
function said(input) {
  const places = input.list ? [...input.list.options] : [];
  return places.find((option) => option.value === input.value)?.label ?? `${input.value}${input.dataset.unit ?? ""}`;
}

for (const box of document.querySelectorAll("[data-slider]")) {
  const input = box.querySelector("input[type=range]");
  const output = box.querySelector("output");
  const tell = () => {
    output.textContent = said(input);
    input.setAttribute("aria-valuetext", output.textContent);
  };
  input.addEventListener("input", tell);
  tell();
}
