// Puts the cursor where the page asks for it, if that is in sight: a page opens at its top.
addEventListener("load", () => {
  const first = document.querySelector("[data-first]");
  const isInSight = first && first.getBoundingClientRect().bottom <= innerHeight;
  if (isInSight && document.activeElement === document.body) first.focus({ preventScroll: true });
});
