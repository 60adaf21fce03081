// A list worked without the mouse: j and k move, x ticks, Enter opens, a goes to the actions for what
// is ticked, or else for all that is shown, and r reviews what is ticked.
document.addEventListener("DOMContentLoaded", () => {
  const rows = [...document.querySelectorAll("#result_list tr.data-row")];
  const form = document.getElementById("changelist-form");
  let at = -1;
  const go = (place) => {
    rows[at]?.classList.remove("paidup-here");
    at = Math.max(0, Math.min(rows.length - 1, place));
    rows[at].classList.add("paidup-here");
    rows[at].scrollIntoView({ block: "nearest" });
  };
  const box = (row) => row?.querySelector("input.action-select");
  const ticked = () => {
    if (at >= 0 && !form.querySelector("input.action-select:checked")) box(rows[at])?.click();
    return form.querySelector("input.action-select:checked");
  };
  const action = () => form.querySelector("[name=action]");
  // The theme shows the actions once something is ticked, a moment later.
  const act = () => {
    if (!ticked()) document.getElementById("action-toggle")?.click();
    setTimeout(() => action()?.focus());
  };
  const review = () => {
    if (!action()?.querySelector("[value=review_selected]") || !ticked()) return;
    action().value = "review_selected";
    form.requestSubmit(form.querySelector("[name=index]") || undefined);
  };
  document.addEventListener("keydown", (event) => {
    const inField = event.target.closest("select, textarea, input:not([type=checkbox]), button, a");
    const isPlain = !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!rows.length || !isPlain || inField || event.target.closest("dialog")) return;
    const opens = event.target.matches("input") ? null : () => rows[at]?.querySelector("th a, td a")?.click();
    const does = {
      j: () => go(at + 1),
      k: () => go(at - 1),
      x: () => box(rows[at])?.click(),
      Enter: at >= 0 && opens,
      a: act,
      r: review,
    }[event.key];
    if (!does) return;
    event.preventDefault();
    does();
  });
});
