// Parts of a page renew themselves by htmx, but never under somebody's hand: what is ticked, typed,
// held or just sent stays. Where the whole page is due anew meanwhile, a link offers it.
(() => {
  const before = new WeakMap();
  const entered = (form) => JSON.stringify([...new FormData(form)]);
  const remember = (part) => {
    for (const form of part.querySelectorAll("form")) before.set(form, entered(form));
  };
  remember(document);
  addEventListener("load", () => remember(document)); // other scripts have filled in theirs
  document.addEventListener("htmx:load", ({ detail }) => remember(detail.elt));

  let isPressing = false;
  let isLeaving = false;
  addEventListener("pointerdown", () => (isPressing = true), true);
  for (const end of ["pointerup", "pointercancel"]) {
    addEventListener(end, () => (isPressing = false), true);
  }
  addEventListener("beforeunload", () => (isLeaving = true));

  const isChanged = (form) => before.has(form) && before.get(form) !== entered(form);
  const isAtWork = (part, focusable) =>
    isPressing ||
    isLeaving ||
    (document.activeElement !== document.body && document.activeElement.matches(focusable) &&
      part.contains(document.activeElement)) ||
    (!getSelection().isCollapsed && part.contains(getSelection().anchorNode)) ||
    [...part.querySelectorAll("form")].some(isChanged);

  const offer = (part) => {
    const link = document.createElement("a");
    link.className = "paidup-link";
    link.href = location.href;
    link.textContent = document.getElementById("paidup-words").dataset.finished;
    part.append(" ", link);
  };

  document.addEventListener("htmx:beforeOnLoad", (event) => {
    const { elt, target, xhr } = event.detail;
    if (!elt.matches('[hx-trigger^="every"]')) return;
    const isWhole = xhr.getResponseHeader("HX-Refresh") === "true";
    // A link that was pressed keeps the focus: that holds up the page, but not a part of it.
    const isHeld = isWhole
      ? isAtWork(document.body, "*")
      : isAtWork(target, "input, select, textarea");
    if (!isHeld) return;
    event.preventDefault();
    if (isWhole && !isLeaving && !elt.querySelector("a")) offer(elt);
  });
})();
