// Back shows a page anew, so with new tokens: the forms get back those they had, and what was sent
// already is not sent a second time. A page that is opened or reloaded keeps its new ones.
addEventListener("DOMContentLoaded", () => {
  const fields = [...document.querySelectorAll('input[name="form_token"]')];
  const [visit] = performance.getEntriesByType("navigation");
  const kept = history.state?.formTokens;
  const isBack = visit?.type === "back_forward" && kept?.length === fields.length;
  if (isBack) fields.forEach((field, place) => (field.value = kept[place]));
  const formTokens = fields.map((field) => field.value);
  history.replaceState({ ...history.state, formTokens }, "");
});
