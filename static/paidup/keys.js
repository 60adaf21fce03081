// A list worked without the mouse: j and k move, x ticks, Enter opens, r reviews what is ticked.
(() => {
  const rows = [...document.querySelectorAll("#result_list tr.data-row")];
  let at = -1;
  const go = (place) => {
    rows[at]?.classList.remove("paidup-here");
    at = Math.max(0, Math.min(rows.length - 1, place));
    rows[at].classList.add("paidup-here");
    rows[at].scrollIntoView({ block: "nearest" });
  };
  const box = (row) => row?.querySelector("input.action-select");
  const review = () => {
    const form = document.getElementById("changelist-form");
    if (at >= 0 && !form.querySelector("input.action-select:checked")) box(rows[at])?.click();
    const action = form.querySelector("[name=action]");
    if (!action || !form.querySelector("input.action-select:checked")) return;
    action.value = "review_selected";
    form.requestSubmit(form.querySelector("[name=index]") || undefined);
  };
  document.addEventListener("keydown", (event) => {
    const inField = event.target.closest("select, textarea, input:not([type=checkbox]), button, a");
    if (!rows.length || event.ctrlKey || event.metaKey || event.altKey || inField) return;
    const does = {
      j: () => go(at + 1),
      k: () => go(at - 1),
      x: () => box(rows[at])?.click(),
      Enter: () => rows[at]?.querySelector("th a, td a")?.click(),
      r: review,
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
})();
