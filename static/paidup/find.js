// Enter opens what is found for the words as they stand: not what was found for those before, and
// not nothing. Pressed before the answer is there, it opens the first once it is.
(() => {
  let isAwaited = false;
  const found = (box) => {
    const list = document.getElementById("command-results-list");
    return list?.dataset.term === box.value.trim() ? list : null;
  };
  document.addEventListener(
    "keydown",
    (event) => {
      if (event.target.id !== "search-input-command") return;
      const list = found(event.target);
      isAwaited = event.key === "Enter" && !list;
      if (event.key !== "Enter" || list?.querySelector("a")) return;
      event.preventDefault();
      event.stopImmediatePropagation();
    },
    true,
  );
  document.addEventListener("htmx:afterSettle", () => {
    const box = document.getElementById("search-input-command");
    if (!isAwaited || !box || !found(box)) return;
    isAwaited = false;
    found(box).querySelector("a")?.click();
  });
})();
